/* stream_test.c: tcp/stream.h: output, ends, time-outs and errors */
#include "tcp/stream_unit.h"

static void reading(void) {
    UNIT_INT(io_send_all(peer, "hello", 5), 0);
    UNIT_INT(turn(), STREAM_DONE);
    UNIT_TEXT(in.data, in.len, "hello");
    in.data[0] = 'j'; /* it may be written to */
    UNIT_INT(stream_read(&stream, loop, &in), STREAM_AGAIN);
    UNIT_INT(in.len, 0);
    shutdown(peer, SHUT_WR);
    UNIT_INT(turn(), STREAM_EOF);
    UNIT_INT(stream_send(&stream, loop, span_from("bye")), STREAM_DONE);
    char text[4];
    UNIT_INT(io_recv(peer, text, sizeof text), 3); /* it may still read */
}

static void reads_what_arrived_then_nothing_then_the_end(void) {
    with_both(reading);
}

static void sending(void) {
    char text[8];
    UNIT_INT(stream_send(&stream, loop, (struct span){0}), STREAM_DONE);
    UNIT_INT(stream_send(&stream, loop, span_from("hello")), STREAM_DONE);
    UNIT_INT(io_recv_all(peer, text, 5), 5);
    UNIT_TEXT(text, 5, "hello");
    UNIT_INT(stream_send(&stream, loop, span_from("x")), STREAM_DONE);
    UNIT_INT(io_recv(peer, text, sizeof text), 1);
    UNIT_TRUE(stream.unsent.bytes == NULL); /* an idle stream owns nothing */
    UNIT_FALSE(timer_started(&stream.stalled));
}

static void sends_at_once_and_owns_nothing_after(void) {
    with_both(sending);
}

/* Makes n bytes unsent, as if the kernel had not accepted them. */
static void set_unsent(size_t n) {
    static uint8_t bytes[LIMIT_UNREAD];
    buf_clear(&stream.unsent);
    UNIT_TRUE(buf_append(&stream.unsent, bytes, n));
    UNIT_INT(stream_keep(&stream, loop, (struct span){0}), STREAM_DONE);
}

/* After the FIN of either side nothing is read before all is sent. */
static void interests(void) {
    static const struct {
        size_t unsent;
        unsigned open, last;
    } cases[] = {
        {0, LOOP_READ, LOOP_READ},
        {1, LOOP_READ | LOOP_WRITE, LOOP_WRITE},
        {LIMIT_UNREAD - 1, LOOP_READ | LOOP_WRITE, LOOP_WRITE},
        {LIMIT_UNREAD, LOOP_WRITE, LOOP_WRITE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        stream.is_half_closed = false;
        set_unsent(cases[i].unsent);
        UNIT_INT(stream.watch.interest, cases[i].open);
        stream.is_half_closed = true;
        set_unsent(cases[i].unsent);
        UNIT_INT(stream.watch.interest, cases[i].last);
    }
    /* Without memory the kernel changes nothing; here the descriptor is
     * wrong. */
    int fd = stream.watch.fd;
    buf_clear(&stream.unsent);
    stream.watch.fd = -1;
    UNIT_INT(stream_keep(&stream, loop, (struct span){0}), STREAM_LOST);
    stream.watch.fd = fd;
}

static void is_interested_in_what_the_unsent_output_allows(void) {
    with_both(interests);
}

static void one_unsent(void) {
    static uint8_t bytes[LIMIT_UNREAD];
    char text[4];
    set_unsent(1);
    UNIT_INT(stream_send(&stream, loop, (struct span){0}), STREAM_AGAIN);
    UNIT_INT(stream_send(&stream, loop, span_from("ab")), STREAM_AGAIN);
    UNIT_INT(stream_flush(&stream, loop), STREAM_DONE);
    UNIT_INT(io_recv_all(peer, text, 3), 3);
    UNIT_INT(memcmp(text, "\0ab", 3), 0); /* in order */

    set_unsent(1);
    UNIT_INT(stream_flush(&stream, loop), STREAM_DONE);
    UNIT_INT(io_recv(peer, text, sizeof text), 1);

    size_t largest = 0;
    set_unsent(1);
    for (int i = 0; i < 1000 && largest < LIMIT_UNREAD - 1; i++) {
        send(peer, bytes, sizeof bytes, MSG_DONTWAIT);
        enum stream_result r = stream_read(&stream, loop, &in);
        UNIT_TRUE(r == STREAM_DONE || r == STREAM_AGAIN);
        if (in.len > largest) largest = in.len;
    }
    UNIT_INT(largest, LIMIT_UNREAD - 1);
    while (stream_read(&stream, loop, &in) == STREAM_DONE) {
    }
    shutdown(peer, SHUT_WR);
    UNIT_INT(stream_read(&stream, loop, &in), STREAM_AGAIN);
    UNIT_TRUE(stream.is_half_closed);
}

static void a_single_unsent_byte_counts(void) {
    with_both(one_unsent);
}

/* The soft limit, and one reply beyond it. */
static void one_reply_of_the_largest_size_may_be_unsent(void) {
    const size_t space = LIMIT_UNSENT - LIMIT_UNREAD;
    UNIT_INT(stream_max_unsent(0), LIMIT_UNSENT);
    UNIT_INT(stream_max_unsent(space), LIMIT_UNSENT);
    UNIT_INT(stream_max_unsent(space + 1), LIMIT_UNSENT + 1);
}

static void slow_reader(void) {
    size_t sent = fill(0);
    /* More than any window. */
    while (buf_view(&stream.unsent).len < MAX_UNSENT / 2) sent = fill(sent);
    UNIT_INT(stream.watch.interest, LOOP_WRITE);
    UNIT_INT(io_send_all(peer, "more?", 5), 0);
    UNIT_INT(loop_turn(loop, 0), 1);
    UNIT_INT(reads, 0);

    UNIT_INT(drain(sent), 0);
    while (reads == 0) turn();
    UNIT_TRUE(writes > 0);
    UNIT_INT(result, STREAM_DONE);
    UNIT_TEXT(in.data, in.len, "more?");
    UNIT_INT(stream.watch.interest, LOOP_READ);
    UNIT_TRUE(stream.unsent.bytes == NULL);
    UNIT_FALSE(timer_started(&stream.stalled));
}

static void a_slow_reader_is_not_read_from_and_gets_all_in_order(void) {
    with_both(slow_reader);
}

static void too_slow(void) {
    fill(0);
    static uint8_t bytes[PIECE];
    size_t left = stream.unsent.max - buf_view(&stream.unsent).len;
    for (; left > PIECE; left -= PIECE)
        UNIT_INT(stream_send(&stream, loop, (struct span){bytes, PIECE}),
                 STREAM_AGAIN);
    UNIT_INT(stream_send(&stream, loop, (struct span){bytes, left}),
             STREAM_AGAIN); /* N */
    UNIT_INT(stream_send(&stream, loop, (struct span){bytes, 1}),
             STREAM_LOST); /* N + 1 */
}

static void a_byte_over_max_unsent_is_lost(void) {
    with_both(too_slow);
}

static void ending(void) {
    char byte;
    size_t sent = fill(0);
    UNIT_INT(io_send_all(peer, "unread", 6), 0);
    stream_end(&stream, loop);
    stream_end(&stream, loop);
    UNIT_INT(stream_send(&stream, loop, span_from("no")), STREAM_AGAIN);
    UNIT_INT(drain(sent), 0);
    while (reads == 0) turn();
    UNIT_INT(result, STREAM_AGAIN); /* thrown away */
    UNIT_INT(in.len, 0);
    UNIT_INT(stream_send(&stream, loop, span_from("no")), STREAM_DONE);
    UNIT_INT(io_recv(peer, &byte, 1), 0); /* a FIN, and no RST */
    UNIT_INT(io_send_all(peer, "late", 4), 0);
    UNIT_INT(turn(), STREAM_AGAIN);
    close(peer);
    peer = -1;
    UNIT_INT(turn(), STREAM_EOF);
}

static void ends_with_a_fin_after_all_is_sent(void) {
    with_both(ending);
}

static void ending_idle(void) {
    char byte;
    stream_end(&stream, loop);
    UNIT_INT(io_recv(peer, &byte, 1), 0);
    shutdown(peer, SHUT_WR);
    UNIT_INT(turn(), STREAM_EOF);
}

static void an_idle_stream_ends_at_once(void) {
    with_both(ending_idle);
}

static void stalled(void) {
    int64_t now = loop_now(loop);
    UNIT_INT(stream_wait(now, -1), -1);
    size_t sent = fill(0);
    UNIT_INT(stream_wait(now, -1), LIMIT_STALLED_MS);
    UNIT_INT(stream_wait(now, 9), 9);
    UNIT_TRUE(stream_next_stalled(now + LIMIT_STALLED_MS - 1) == NULL);
    UNIT_TRUE(stream_next_stalled(now + LIMIT_STALLED_MS) == &stream);
    UNIT_TRUE(stream_next_stalled(now + LIMIT_STALLED_MS) == NULL);
    UNIT_INT(drain(sent), 0);
}

static void output_without_progress_is_found(void) {
    with_both(stalled);
}

static void awaiting(void) {
    int64_t now = loop_now(loop);
    stream_await(&stream, loop, true);
    UNIT_INT(stream_wait(now, -1), LIMIT_STALLED_MS);
    stream_await(&stream, loop, false);
    UNIT_INT(stream_wait(now, -1), -1);

    size_t sent = fill(0); /* unsent output is awaited in any case */
    stream_await(&stream, loop, false);
    UNIT_INT(stream_wait(now, -1), LIMIT_STALLED_MS);
    stream_await(&stream, loop, true);
    UNIT_INT(drain(sent), 0);
    while (buf_view(&stream.unsent).len > 0) turn();
    UNIT_TRUE(timer_started(&stream.stalled)); /* and now it is the input */
    UNIT_TRUE(stream_next_stalled(loop_now(loop) + LIMIT_STALLED_MS) ==
              &stream);
    stream_await(&stream, loop, true);
    stream_end(&stream, loop); /* nothing is awaited any more */
    UNIT_FALSE(timer_started(&stream.stalled));
}

static void awaited_input_has_a_time_limit(void) {
    with_both(awaiting);
}

/* Each byte that is sent restarts the time-out. */
static void progress(void) {
    for (size_t at = 0; buf_view(&stream.unsent).len < MAX_UNSENT / 2;)
        at = fill(at);
    do { /* until the peer's window is full */
        writes = 0;
        UNIT_INT(loop_turn(loop, 5), 1);
    } while (writes > 0);
    int64_t before = stream.stalled.due_ms;
    UNIT_TRUE(before < loop_now(loop) + LIMIT_STALLED_MS); /* 5 ms are gone */
    static uint8_t bytes[PIECE];
    while (writes == 0) {
        UNIT_TRUE(io_recv(peer, bytes, sizeof bytes) > 0);
        loop_turn(loop, 0);
    }
    UNIT_INT(stream.stalled.due_ms, loop_now(loop) + LIMIT_STALLED_MS);
    UNIT_TRUE(stream.stalled.due_ms > before);
}

static void progress_restarts_the_time_out(void) {
    with_both(progress);
}

static void reset_peer(void) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(peer);
    peer = -1;
}

static void lost_while_idle(void) {
    reset_peer();
    UNIT_INT(turn(), STREAM_LOST);
    UNIT_INT(stream_send(&stream, loop, span_from("x")), STREAM_LOST);
}

static void lost_while_unsent(void) {
    fill(0);
    reset_peer();
    UNIT_INT(turn(), STREAM_LOST);
    UNIT_INT(reads, 0);
}

static void a_peer_that_resets_is_lost_idle_or_not(void) {
    with_both(lost_while_idle);
    with_both(lost_while_unsent);
}

/* A file is always ready, so epoll does not watch it: EPERM. poll does. */
static void a_descriptor_that_cannot_be_watched_is_closed(void) {
    struct stream s;
    int fd = open("/dev/null", O_RDONLY);
    loop = loop_open();
    bool is_open = stream_open(&s, loop, fd, 10, on_ready) == 0;
    if (is_open) stream_close(&s, loop);
    UNIT_TRUE(is_open || errno == EPERM);
    UNIT_INT(fcntl(fd, F_GETFD), -1);
    UNIT_INT(s.watch.fd, -1);
    UNIT_INT(stream_open(&s, loop, -1, 10, on_ready), -1);
    UNIT_INT(errno, EBADF);
    loop_close(loop);
}

UNIT_MAIN("tcp/stream", UNIT_TEST(reads_what_arrived_then_nothing_then_the_end),
          UNIT_TEST(sends_at_once_and_owns_nothing_after),
          UNIT_TEST(is_interested_in_what_the_unsent_output_allows),
          UNIT_TEST(a_single_unsent_byte_counts),
          UNIT_TEST(one_reply_of_the_largest_size_may_be_unsent),
          UNIT_TEST(a_slow_reader_is_not_read_from_and_gets_all_in_order),
          UNIT_TEST(a_byte_over_max_unsent_is_lost),
          UNIT_TEST(ends_with_a_fin_after_all_is_sent),
          UNIT_TEST(an_idle_stream_ends_at_once),
          UNIT_TEST(output_without_progress_is_found),
          UNIT_TEST(awaited_input_has_a_time_limit),
          UNIT_TEST(progress_restarts_the_time_out),
          UNIT_TEST(a_peer_that_resets_is_lost_idle_or_not),
          UNIT_TEST(a_descriptor_that_cannot_be_watched_is_closed))
