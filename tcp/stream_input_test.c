/* stream_input_test.c: tcp/stream.h: how much it reads, and what it keeps */
#include "tcp/stream_unit.h"

/* Some output is unsent, but less than LIMIT_UNREAD. */
static void little_unsent(void) {
    static uint8_t bytes[60000];
    size_t sent = fill(0), unsent = buf_view(&stream.unsent).len;
    UNIT_TRUE(unsent > 0 && unsent < LIMIT_UNREAD);
    UNIT_INT(stream.unsent.cap, unsent < 64 ? 64 : unsent); /* exactly */
    UNIT_INT(stream.watch.interest, LOOP_READ | LOOP_WRITE);
    UNIT_INT(io_send_all(peer, bytes, sizeof bytes), 0);
    while (reads == 0) turn();
    UNIT_INT(result, STREAM_DONE);
    UNIT_INT(buf_view(&stream.unsent).len, unsent);
    size_t largest = LIMIT_UNREAD - unsent;
    UNIT_INT(in.len, largest < sizeof bytes ? largest : sizeof bytes);

    while (buf_view(&stream.unsent).len < LIMIT_UNREAD) sent = fill(sent);
    UNIT_INT(stream.watch.interest, LOOP_WRITE);
    UNIT_INT(stream_read(&stream, loop, &in), STREAM_AGAIN);
    UNIT_INT(in.len, 0);
    UNIT_INT(drain(sent), 0);
}

static void reads_up_to_the_soft_limit_of_unsent_output(void) {
    with_both(little_unsent);
}

/* "printf request | nc" ends its side at once and still wants the reply. */
static void half_closed(void) {
    size_t sent = fill(0);
    UNIT_INT(io_send_all(peer, "last", 4), 0);
    shutdown(peer, SHUT_WR);
    while (reads == 0) turn();
    UNIT_TEXT(in.data, in.len, "last");
    UNIT_INT(turn(), STREAM_AGAIN); /* the FIN, which has to wait */
    UNIT_INT(reads, 2);
    UNIT_INT(stream.watch.interest, LOOP_WRITE);
    UNIT_INT(drain(sent), 0);
    while (result != STREAM_EOF) turn();
}

static void a_half_closed_slow_reader_gets_all(void) {
    with_both(half_closed);
}

/* Sends to the stream as much as the kernel accepts now. */
static void flood(void) {
    static uint8_t bytes[PIECE];
    struct pollfd arrival = {stream.watch.fd, POLLIN, 0};
    while (send(peer, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
    }
    UNIT_INT(poll(&arrival, 1, 5000), 1); /* a busy kernel delivers later */
}

static void sizes(void) {
    uint32_t size = FIRST_READ;
    int full = 0;
    UNIT_INT(stream.read_size, FIRST_READ);
    for (int i = 0; i < 10000 && size < STREAM_READ; i++) {
        flood();
        UNIT_INT(stream_read(&stream, loop, &in), STREAM_DONE);
        UNIT_TRUE(in.len <= size);
        if (in.len == size) {
            full++;
            size *= 2;
        }
        UNIT_INT(stream.read_size, size);
    }
    UNIT_TRUE(full > 0);
    for (int i = 0; i < 1000 && in.len < STREAM_READ; i++) {
        flood();
        UNIT_INT(stream_read(&stream, loop, &in), STREAM_DONE);
        UNIT_INT(stream.read_size, STREAM_READ); /* that is the largest */
    }
    fill(0); /* the peer does not read */
    UNIT_INT(stream.read_size, FIRST_READ);
}

static void reads_grow_while_they_are_full_until_output_is_unsent(void) {
    with_both(sizes);
}

/* The largest of many reads while the peer floods the stream. */
static size_t largest_read(int send_buffer) {
    size_t largest = 0;
    setsockopt(stream.watch.fd, SOL_SOCKET, SO_SNDBUF, &send_buffer,
               sizeof send_buffer);
    for (int i = 0; i < 200; i++) {
        stream.read_size = STREAM_READ;
        flood();
        UNIT_INT(stream_read(&stream, loop, &in), STREAM_DONE);
        if (in.len > largest) largest = in.len;
        UNIT_INT(stream.read_size, STREAM_READ);
    }
    return largest;
}

static void small_send_buffer(void) {
    UNIT_INT(largest_read(4096), FIRST_READ);
    UNIT_TRUE(io_send_space(stream.watch.fd) < FIRST_READ);
    /* How much of it the kernel has ready for one read is its own affair. */
    size_t largest = largest_read(120000);
    UNIT_TRUE(largest > FIRST_READ);
    UNIT_TRUE(largest <= io_send_space(stream.watch.fd));
}

static void reads_no_more_than_a_reply_could_be_sent(void) {
    with_both(small_send_buffer);
}

/* Reads text, which the peer sends, and keeps what is after the first n. */
static void read_and_keep(struct stream *s, int from, const char *text,
                          size_t n) {
    UNIT_INT(io_send_all(from, text, strlen(text)), 0);
    while (stream_read(s, loop, &in) == STREAM_AGAIN) {
    }
    UNIT_TEXT(in.data, in.len, text);
    UNIT_INT(stream_keep(s, loop, span_skip(in, n)), STREAM_DONE);
}

static void kept_input(void) {
    struct span given = {0};
    read_and_keep(&stream, peer, "abcdef", 3);
    memset(in.data, 'x', in.len); /* the next read may do this */
    UNIT_INT(io_send_all(peer, "ghi", 3), 0);
    UNIT_INT(stream.watch.interest, 0);
    UNIT_TRUE(stream_next_kept(&given) == NULL); /* not in this turn */
    UNIT_TRUE(stream_is_behind());

    UNIT_TRUE(stream_next_kept(&given) == &stream);
    UNIT_TEXT(given.data, given.len, "def");
    UNIT_INT(stream_keep(&stream, loop, span_skip(given, 2)), STREAM_DONE);
    UNIT_TRUE(stream_next_kept(&given) == NULL);

    UNIT_TRUE(stream_next_kept(&given) == &stream);
    UNIT_TEXT(given.data, given.len, "f");
    UNIT_INT(stream_keep(&stream, loop, given), STREAM_DONE); /* all of it */
    UNIT_TRUE(stream_next_kept(&given) == NULL);
    UNIT_INT(stream_read(&stream, loop, &in), STREAM_AGAIN);

    UNIT_TRUE(stream_next_kept(&given) == &stream);
    UNIT_TEXT(given.data, given.len, "f");
    UNIT_INT(stream_keep(&stream, loop, (struct span){0}), STREAM_DONE);
    UNIT_TRUE(stream_next_kept(&given) == NULL);
    UNIT_FALSE(stream_is_behind());
    UNIT_INT(stream.watch.interest, LOOP_READ);
    UNIT_INT(turn(), STREAM_DONE);
    UNIT_TEXT(in.data, in.len, "ghi");
}

static void input_that_is_kept_comes_in_the_next_turn_before_any_other(void) {
    with_both(kept_input);
}

static void kept_and_unsent(void) {
    struct span given = {0};
    read_and_keep(&stream, peer, "abc", 0);
    UNIT_TRUE(stream_next_kept(&given) == NULL);
    static uint8_t bytes[LIMIT_UNREAD];
    UNIT_TRUE(buf_append(&stream.unsent, bytes, sizeof bytes)); /* exactly */
    UNIT_TRUE(stream_next_kept(&given) == NULL);
    buf_clear(&stream.unsent);
    size_t sent = 0;
    while (buf_view(&stream.unsent).len < LIMIT_UNREAD) sent = fill(sent);
    UNIT_TRUE(stream_next_kept(&given) == NULL);
    UNIT_TRUE(stream_next_kept(&given) == NULL);
    UNIT_FALSE(stream_is_behind()); /* nothing to do but wait */
    UNIT_INT(drain(sent), 0);
    while (buf_view(&stream.unsent).len > 0) turn();
    UNIT_TRUE(stream_is_behind());
    UNIT_TRUE(stream_next_kept(&given) == NULL);
    UNIT_TRUE(stream_next_kept(&given) == &stream);
    UNIT_TEXT(given.data, given.len, "abc");
}

static void input_waits_for_a_peer_that_does_not_read(void) {
    with_both(kept_and_unsent);
}

static void two_kept(void) {
    static struct stream other;
    struct span given;
    int ends[2];
    check(pair_open(ends) == 0, "pair_open");
    UNIT_INT(stream_open(&other, loop, ends[1], 100, on_ready), 0);
    read_and_keep(&stream, peer, "abc", 0);
    read_and_keep(&other, ends[0], "def", 0);
    UNIT_TRUE(stream_next_kept(&given) == NULL);
    UNIT_TRUE(stream_next_kept(&given) == &stream);
    UNIT_INT(stream_keep(&stream, loop, given), STREAM_DONE);
    UNIT_TRUE(stream_next_kept(&given) == &other);
    UNIT_INT(stream_keep(&other, loop, given), STREAM_DONE);
    UNIT_TRUE(stream_next_kept(&given) == NULL);
    stream_close(&other, loop);
    UNIT_TRUE(stream_next_kept(&given) == &stream);
    stream_end(&stream, loop); /* what is kept can not be answered any more */
    UNIT_TRUE(stream_next_kept(&given) == NULL);
    UNIT_TRUE(stream_next_kept(&given) == NULL);
    UNIT_INT(stream.watch.interest, LOOP_READ);
    close(ends[0]);
}

static void streams_with_kept_input_take_turns_until_they_end(void) {
    with_both(two_kept);
}

static void full_read(void) {
    struct span given;
    UNIT_TRUE(stream_next_kept(&given) == NULL);
    UNIT_INT(io_send_all(peer, "x", 1), 0);
    UNIT_INT(turn(), STREAM_DONE);
    UNIT_FALSE(stream_is_behind());
    do {
        flood();
        UNIT_INT(stream_read(&stream, loop, &in), STREAM_DONE);
    } while (in.len < FIRST_READ);
    UNIT_TRUE(stream_is_behind());
    UNIT_TRUE(stream_next_kept(&given) == NULL);
    UNIT_FALSE(stream_is_behind());
}

static void a_full_read_means_that_more_may_have_arrived(void) {
    with_both(full_read);
}

UNIT_MAIN("tcp/stream_input",
          UNIT_TEST(reads_up_to_the_soft_limit_of_unsent_output),
          UNIT_TEST(a_half_closed_slow_reader_gets_all),
          UNIT_TEST(reads_grow_while_they_are_full_until_output_is_unsent),
          UNIT_TEST(reads_no_more_than_a_reply_could_be_sent),
          UNIT_TEST(input_that_is_kept_comes_in_the_next_turn_before_any_other),
          UNIT_TEST(input_waits_for_a_peer_that_does_not_read),
          UNIT_TEST(streams_with_kept_input_take_turns_until_they_end),
          UNIT_TEST(a_full_read_means_that_more_may_have_arrived))
