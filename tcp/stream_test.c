/* stream_test.c: tcp/stream.h over TCP on the loopback, with both back ends */
#include "packets/unit.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/stream.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PIECE = 64 * 1024,
    MAX_UNSENT = 16 * 1024 * 1024
};

static struct loop *loop;
static struct stream stream; /* our end */
static int peer;             /* the other, blocking */

/* What the callback saw last. */
static enum stream_result result;
static struct span in;
static int reads, writes;

static void on_ready(struct watch *w, unsigned what) {
    struct stream *s = (struct stream *)w;
    if (what & LOOP_WRITE) {
        writes++;
        result = stream_flush(s, loop);
    }
    if (what & LOOP_READ) {
        reads++;
        result = stream_read(s, &in);
    }
}

static void open_ends(uint32_t max_unsent) {
    char name[LISTEN_NAME_MAX], why[100];
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(fd, name), 0);
    peer = connect_to("127.0.0.1", strrchr(name, ':') + 1, why, sizeof why);
    int client = listen_accept(fd);
    close(fd);
    reads = writes = 0;
    UNIT_INT(stream_open(&stream, loop, client, max_unsent, on_ready), 0);
}

static void close_ends(void) {
    stream_close(&stream, loop);
    if (peer != -1) close(peer);
}

static void with_both(void (*test)(void)) {
    for (int i = 0; i < 2; i++) {
        setenv("LOOP_POLL", i ? "1" : "0", 1);
        loop = loop_open();
        if (!loop) abort();
        open_ends(MAX_UNSENT);
        test();
        close_ends();
        loop_close(loop);
    }
    unsetenv("LOOP_POLL");
}

static enum stream_result turn(void) {
    UNIT_INT(loop_turn(loop, -1), 1);
    return result;
}

static uint8_t pattern(size_t i) {
    return (uint8_t)(i * 7 + i / 253);
}

/* Sends the pattern from byte at until the kernel takes no more; returns where
 * it stopped. */
static size_t fill(size_t at) {
    static uint8_t piece[PIECE];
    enum stream_result r;
    do {
        for (size_t i = 0; i < PIECE; i++) piece[i] = pattern(at + i);
        r = stream_send(&stream, loop, (struct span){piece, PIECE});
        at += PIECE;
    } while (r == STREAM_OPEN);
    UNIT_INT(r, STREAM_AGAIN);
    return at;
}

/* Lets the peer read up to the byte at end while the loop turns; counts the
 * bytes that are not of the pattern. */
static size_t drain(size_t end) {
    static uint8_t piece[PIECE];
    size_t at = 0, wrong = 0;
    while (at < end) {
        ssize_t n = io_recv(peer, piece, end - at < PIECE ? end - at : PIECE);
        if (n <= 0) break;
        for (ssize_t i = 0; i < n; i++)
            wrong += piece[i] != pattern(at + (size_t)i);
        at += (size_t)n;
        loop_turn(loop, 0);
    }
    UNIT_INT(at, end);
    return wrong;
}

static void reading(void) {
    UNIT_INT(io_send_all(peer, "hello", 5), 0);
    UNIT_INT(turn(), STREAM_OPEN);
    UNIT_TEXT(in.data, in.len, "hello");
    in.data[0] = 'j'; /* it may be written to */
    UNIT_INT(stream_read(&stream, &in), STREAM_AGAIN);
    UNIT_INT(in.len, 0);
    shutdown(peer, SHUT_WR);
    UNIT_INT(turn(), STREAM_EOF);
    UNIT_INT(stream_send(&stream, loop, span_from("bye")), STREAM_OPEN);
    char text[4];
    UNIT_INT(io_recv(peer, text, sizeof text), 3); /* it may still read */
}

static void reads_what_came_then_nothing_then_the_end(void) {
    with_both(reading);
}

static void sending(void) {
    char text[8];
    UNIT_INT(stream_send(&stream, loop, (struct span){0}), STREAM_OPEN);
    UNIT_INT(stream_send(&stream, loop, span_from("hello")), STREAM_OPEN);
    UNIT_INT(io_recv_all(peer, text, 5), 5);
    UNIT_TEXT(text, 5, "hello");
    UNIT_TRUE(stream.unsent.bytes == NULL); /* an idle stream owns nothing */
    UNIT_FALSE(timer_started(&stream.stuck));
}

static void sends_at_once_and_owns_nothing_after(void) {
    with_both(sending);
}

static void slow_reader(void) {
    size_t sent = fill(0);
    /* Behind what is kept, not past it; more than any window could take. */
    while (buf_view(&stream.unsent).len < MAX_UNSENT / 2) sent = fill(sent);
    UNIT_INT(stream.watch.wants, LOOP_WRITE);
    UNIT_INT(io_send_all(peer, "more?", 5), 0);
    UNIT_INT(loop_turn(loop, 0), 1);
    UNIT_INT(reads, 0);

    UNIT_INT(drain(sent), 0);
    while (reads == 0) turn();
    UNIT_TRUE(writes > 0);
    UNIT_INT(result, STREAM_OPEN);
    UNIT_TEXT(in.data, in.len, "more?");
    UNIT_INT(stream.watch.wants, LOOP_READ);
    UNIT_TRUE(stream.unsent.bytes == NULL);
    UNIT_FALSE(timer_started(&stream.stuck));
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

static void a_byte_over_the_most_unsent_is_lost(void) {
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
    UNIT_INT(stream_send(&stream, loop, span_from("no")), STREAM_OPEN);
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

static void stuck(void) {
    int64_t now = loop_now(loop);
    UNIT_INT(stream_wait(now, -1), -1);
    size_t sent = fill(0);
    UNIT_INT(stream_wait(now, -1), LIMIT_STUCK_MS);
    UNIT_INT(stream_wait(now, 9), 9);
    UNIT_TRUE(stream_next_stalled(now + LIMIT_STUCK_MS - 1) == NULL);
    UNIT_TRUE(stream_next_stalled(now + LIMIT_STUCK_MS) == &stream);
    UNIT_TRUE(stream_next_stalled(now + LIMIT_STUCK_MS) == NULL);
    UNIT_INT(drain(sent), 0);
}

static void output_without_progress_is_found(void) {
    with_both(stuck);
}

/* Each byte that leaves starts the time anew. */
static void progress(void) {
    for (size_t at = 0; buf_view(&stream.unsent).len < MAX_UNSENT / 2;)
        at = fill(at);
    do { /* until the peer's window is full */
        writes = 0;
        UNIT_INT(loop_turn(loop, 5), 1);
    } while (writes > 0);
    int64_t before = stream.stuck.due_ms;
    UNIT_TRUE(before < loop_now(loop) + LIMIT_STUCK_MS); /* 5 ms are gone */
    static uint8_t bytes[PIECE];
    while (writes == 0) {
        UNIT_TRUE(io_recv(peer, bytes, sizeof bytes) > 0);
        loop_turn(loop, 0);
    }
    UNIT_INT(stream.stuck.due_ms, loop_now(loop) + LIMIT_STUCK_MS);
    UNIT_TRUE(stream.stuck.due_ms > before);
}

static void progress_starts_the_time_anew(void) {
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

static void a_descriptor_that_is_none_stays_the_callers(void) {
    struct stream s;
    loop = loop_open();
    UNIT_INT(stream_open(&s, loop, -1, 10, on_ready), -1);
    UNIT_INT(errno, EBADF);
    loop_close(loop);
}

UNIT_MAIN("tcp/stream", UNIT_TEST(reads_what_came_then_nothing_then_the_end),
          UNIT_TEST(sends_at_once_and_owns_nothing_after),
          UNIT_TEST(a_slow_reader_is_not_read_from_and_gets_all_in_order),
          UNIT_TEST(a_byte_over_the_most_unsent_is_lost),
          UNIT_TEST(ends_with_a_fin_after_all_is_sent),
          UNIT_TEST(an_idle_stream_ends_at_once),
          UNIT_TEST(output_without_progress_is_found),
          UNIT_TEST(progress_starts_the_time_anew),
          UNIT_TEST(a_peer_that_resets_is_lost_idle_or_not),
          UNIT_TEST(a_descriptor_that_is_none_stays_the_callers))
