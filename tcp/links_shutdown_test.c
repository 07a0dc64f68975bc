/* links_shutdown_test.c: tcp/links.h: how a signal ends all connections */
#include "tcp/links_unit.h"

static struct span received_signal(void *self, uint32_t conn, struct span in,
                                   int64_t now) {
    (void)self;
    raise(SIGTERM);
    return on_received(self, conn, in, now);
}

static void client_polite(void) {
    int fd = dial_for("xbye");
    expect_end(fd);
}

static void shutdown_large(void *self, int64_t now) {
    (void)self;
    (void)now;
    m.shut_down++;
    if (m.lost == 0) reply(m.last, (struct span){large, LARGE}, OUTBOX_END);
}

static void client_downloads(void) {
    static uint8_t bytes[65536];
    size_t len = 0;
    ssize_t n;
    int fd = dial_for("x");
    while ((n = io_recv(fd, bytes, sizeof bytes)) > 0) len += (size_t)n;
    if (n != 0 || len != LARGE) die("not all arrived");
}

static void download_test(void) {
    struct machine signalled = echo;
    signalled.received = received_signal;
    signalled.shutdown = shutdown_large;
    play_large(&signalled, client_downloads, LARGE);
}

static void a_reply_in_progress_is_finished_during_the_shutdown(void) {
    with_both(download_test);
}

static void client_holds_on(void) {
    client_polite();
    int fd = dup(3); /* the socket stays open until the server has ended */
    (void)fd;
    await_server();
}

static void shutdown_test(void) {
    struct machine signalled = echo;
    signalled.received = received_signal;
    m.expected = 1;
    int64_t start = clock_ms();
    play(&signalled, client_polite);
    UNIT_TRUE(clock_ms() - start < LIMIT_SHUTDOWN_MS);
}

static void a_signal_ends_all_connections_in_an_orderly_way(void) {
    with_both(shutdown_test);
}

/* Most of LIMIT_SHUTDOWN_MS passes at once. */
static void shutdown_jump(void *self, int64_t now) {
    (void)self;
    on_shutdown(self, now);
    clock_offset_ms = LIMIT_SHUTDOWN_MS - 50;
}

static void a_peer_that_holds_on_is_dropped_at_the_end_of_the_shutdown(void) {
    struct machine signalled = echo;
    signalled.received = received_signal;
    signalled.shutdown = shutdown_jump;
    signalled.wait = wait_always_little;
    signalled.lost = lost_release;
    memset(&m, 0, sizeof m);
    m.share = SIZE_MAX;
    m.expected = 1;
    int64_t start = clock_ms();
    play(&signalled, client_holds_on);
    UNIT_TRUE(clock_ms() - start >= LIMIT_SHUTDOWN_MS);
    UNIT_TRUE(clock_ms() - start < LIMIT_SHUTDOWN_MS + 1000);
    clock_offset_ms = 0;
}

UNIT_MAIN("tcp/links_shutdown",
          UNIT_TEST(a_signal_ends_all_connections_in_an_orderly_way),
          UNIT_TEST(a_reply_in_progress_is_finished_during_the_shutdown),
          UNIT_TEST(a_peer_that_holds_on_is_dropped_at_the_end_of_the_shutdown))
