/* links_output_test.c: tcp/links.h: output that is large, slow, or not read */
#include "tcp/links_unit.h"

static struct span received_large(void *self, uint32_t conn, struct span in,
                                  int64_t now) {
    (void)self;
    (void)now;
    m.received += in.len;
    reply(conn, (struct span){large, LARGE}, OUTBOX_OPEN);
    return (struct span){0};
}

/* After ten turns without an event the client begins to read. */
static void expire_release(void *self, int64_t now) {
    (void)self;
    (void)now;
    if (m.received > 0 && ++m.expired == 10) {
        UNIT_INT(m.sent, 0);
        release_client();
    }
}

static int wait_little(void *self, int64_t now, int wait) {
    (void)self;
    (void)now;
    return m.expired < 10 ? 1 : wait;
}

static void client_slow(void) {
    static uint8_t bytes[65536];
    start_server();
    int fd = dial();
    check(io_send_all(fd, "x", 1) == 0, "send");
    await_server();
    for (size_t at = 0, n; at < LARGE; at += n) {
        ssize_t got = io_recv(fd, bytes, sizeof bytes);
        check(got > 0, "recv");
        n = (size_t)got;
        if (memcmp(bytes, large + at, n) != 0) die("other bytes");
    }
    check(io_send_all(fd, "y", 1) == 0, "send");
    await_server();
}

static void sent_release(void *self, uint32_t conn, int64_t now) {
    (void)self;
    on_sent(self, conn, now);
    release_client();
}

static struct span received_large_once(void *self, uint32_t conn,
                                       struct span in, int64_t now) {
    (void)self;
    if (m.received == 0) return received_large(self, conn, in, now);
    UNIT_INT(m.sent, 1);
    return (struct span){0};
}

/* Called between the write that the kernel did not accept whole and sent. */
static void unsent_record(void *self, uint32_t conn, size_t bytes) {
    (void)self;
    UNIT_INT(conn, m.last);
    UNIT_INT(m.sent, 0);
    m.unsent = bytes;
}

static void slow_test(void) {
    struct machine slow = echo;
    slow.unsent = unsent_record;
    slow.received = received_large_once;
    slow.sent = sent_release;
    slow.expire = expire_release;
    slow.wait = wait_little;
    large = malloc(LARGE);
    check(large != NULL, "malloc");
    for (size_t i = 0; i < LARGE; i++) large[i] = (uint8_t)(i * 7 + i / 253);
    play(&slow, client_slow);
    UNIT_INT(m.sent, 1);
    UNIT_TRUE(m.unsent > 0 && m.unsent < LARGE);
    free(large);
}

static void sent_is_called_when_the_last_byte_was_sent(void) {
    with_both(slow_test);
}

static void expire_stall(void *self, int64_t now) {
    (void)self;
    (void)now;
    if (m.received > 0 && ++m.expired == 10) clock_offset_ms = 31000;
}

static void client_stalls(void) {
    start_server();
    int fd = dial();
    check(io_send_all(fd, "x", 1) == 0, "send");
    await_server();
}

static void stalled_test(void) {
    struct machine slow = echo;
    slow.received = received_large;
    slow.expire = expire_stall;
    slow.wait = wait_always_little;
    slow.lost = lost_release;
    play_large(&slow, client_stalls, LARGE);
    UNIT_INT(m.sent, 0);
    clock_offset_ms = 0;
}

static void a_reader_that_stalls_is_dropped_after_30_seconds(void) {
    with_both(stalled_test);
}

/* Sends 32768 bytes again and again, until the kernel does not accept all: so
 * fewer than that are unsent, and the stream is still read from. */
static struct span received_start(void *self, uint32_t conn, struct span in,
                                  int64_t now) {
    (void)self;
    (void)now;
    m.received += in.len;
    reply(conn, (struct span){large, 32768}, OUTBOX_OPEN);
    return (struct span){0};
}

static void sent_again(void *self, uint32_t conn, int64_t now) {
    (void)self;
    (void)now;
    reply(conn, (struct span){large, 32768}, OUTBOX_OPEN);
}

static void expire_then_release(void *self, int64_t now) {
    (void)self;
    (void)now;
    if (m.received > 0 && ++m.expired == 10) release_client();
}

static void client_resets_unread(void) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    start_server();
    int fd = dial();
    check(io_send_all(fd, "x", 1) == 0, "send");
    await_server();
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
}

static void reset_unread_test(void) {
    struct machine filling = echo;
    filling.received = received_start;
    filling.sent = sent_again;
    filling.expire = expire_then_release;
    filling.wait = wait_little;
    play_large(&filling, client_resets_unread, 32768);
}

static void a_reset_while_output_is_unsent_is_lost_once(void) {
    with_both(reset_unread_test);
}

static void unsent_test(void) {
    struct machine small = echo;
    small.received = received_large;
    small.lost = lost_release;
    small.max_reply = 0;
    play_large(&small, client_stalls, LARGE);
    UNIT_INT(m.sent, 0);
}

static void more_unsent_output_than_the_limit_drops_the_reader(void) {
    with_both(unsent_test);
}

/* A reply starts a time-out, when it was sent: the last thing in a turn. */
static void sent_start(void *self, uint32_t conn, int64_t now) {
    (void)self;
    (void)conn;
    if (m.sent++ == 0) m.due_ms = now + 10;
}

static void client_waits(void) {
    int fd = dial_for("xlate");
    expect_end(fd);
}

static void late_test(void) {
    struct machine timed = echo;
    timed.sent = sent_start;
    int64_t start = clock_ms();
    play(&timed, client_waits);
    UNIT_TRUE(clock_ms() - start >= 10);
    UNIT_TRUE(m.expired < 100); /* it waits and does not spin */
}

static void a_time_out_that_starts_with_the_last_byte_is_waited_for(void) {
    with_both(late_test);
}

enum {
    CROWD = 20,
    AMPLIFIED = 512 << 10 /* bytes of output for one byte */
};

static struct span received_amplify(void *self, uint32_t conn, struct span in,
                                    int64_t now) {
    static uint8_t bytes[AMPLIFIED];
    (void)self;
    (void)now;
    m.received += in.len;
    reply(conn, (struct span){bytes, AMPLIFIED}, OUTBOX_OPEN);
    if (out.own.end > m.peak) m.peak = out.own.end;
    return span_skip(in, in.len);
}

static size_t output_len(void *self) {
    (void)self;
    return outbox_own_len(&out);
}

static void client_amplify(void) {
    static uint8_t bytes[AMPLIFIED];
    int fds[CROWD];
    for (int i = 0; i < CROWD; i++) {
        fds[i] = dial();
        check(io_send_all(fds[i], "x", 1) == 0, "send");
    }
    start_server();
    for (int i = 0; i < CROWD; i++)
        check(io_recv_all(fds[i], bytes, AMPLIFIED) == AMPLIFIED, "recv");
}

static void amplify_test(void) {
    struct machine amplifier = echo;
    amplifier.received = received_amplify;
    amplifier.output_len = output_len;
    m.expected = CROWD;
    play(&amplifier, client_amplify);
    UNIT_INT(m.received, CROWD);
    UNIT_INT(m.peak, 1 << 20);
}

static void much_output_is_sent_before_the_end_of_the_turn(void) {
    with_both(amplify_test);
}

UNIT_MAIN("tcp/links_output",
          UNIT_TEST(sent_is_called_when_the_last_byte_was_sent),
          UNIT_TEST(a_reader_that_stalls_is_dropped_after_30_seconds),
          UNIT_TEST(a_reset_while_output_is_unsent_is_lost_once),
          UNIT_TEST(more_unsent_output_than_the_limit_drops_the_reader),
          UNIT_TEST(a_time_out_that_starts_with_the_last_byte_is_waited_for),
          UNIT_TEST(much_output_is_sent_before_the_end_of_the_turn))
