/*
 * 119_dead_peer.c: silence is not a close
 *
 * Shows       The wire is cut, and no call fails: three limits that notice it.
 * By hand     A heartbeat; SO_KEEPALIVE with its times; TCP_USER_TIMEOUT.
 * Calls       tcp/hosts.h, tcp/bridge.h (introduced here: two hosts, a wire)
 * Run         $ bin/119_dead_peer
 * Try         PONG_MS 1000: what does it cost, what does it save?
 * Limits      It watches one connection; for many, timers: 124_deadlines.c.
 * Read        RFC 9293 §3.8.3, §3.8.4 (keep-alives), RFC 5482; tcp(7)
 */
#include "tcp/bridge.h"
#include "tcp/clock.h"
#include "tcp/io.h"
#include "tcp/ladder.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define PING_MS 100    /* between two pings */
#define PONG_MS 250    /* without a pong the peer is taken for dead */
#define TIMEOUT_MS 500 /* for data that nobody acknowledges */
#define PROBE_S 1      /* of silence, then a probe; and for its ACK */

enum {
    HEARTBEAT,
    USER_TIMEOUT,
    KEEPALIVE
};
static const char *const names[] = {"heartbeat", "user timeout", "keepalive"};
static const int limits_ms[] = {PONG_MS, TIMEOUT_MS, 2 * PROBE_S * 1000};
static int ends[3][2]; /* of each: a client at host 0, a server at host 1 */
static bool is_late, is_broken;          /* is_late: the pong */
static int64_t cut_ms, ping_ms, pong_ms; /* when: the cut, the last of each */
static struct ladder ladder; /* of the two connections without pings */
static struct hosts hosts;
static struct bridge bridge;

/* The client decides that its peer is dead. how: by what sign. */
static void notice(int way, const char *how) {
    printf("  %-13s %4d ms: %s\n", names[way], (int)(clock_ms() - cut_ms), how);
    ladder_call(&ladder, LADDER_CLIENT, "%s: %s", names[way], how);
}

/* From now on the wire loses every frame; without a heading, none. */
static void cut_wire(const char *heading) {
    struct channel_options o = {.loss = heading ? 1000 : 0};
    check(bridge_set(&bridge, BRIDGE_ALL, &o) == 0, "bridge_set");
    if (heading) cut_ms = clock_ms();
    if (heading) puts(heading);
}

/* Exchanges pings for duration_ms. Only the client gives an alarm: once for
 * each silence, and when recv returns an error of its kernel. */
static void watch(int64_t duration_ms) {
    int client = ends[HEARTBEAT][0], server = ends[HEARTBEAT][1];
    char byte;
    for (int64_t end = clock_ms() + duration_ms; clock_ms() < end;) {
        bool was_late = is_late, is_due = clock_ms() - ping_ms >= PING_MS;
        if (is_due && io_send(client, "p", 1) == 1) ping_ms = clock_ms();
        if (recv(server, &byte, 1, MSG_DONTWAIT) == 1) io_send(server, "p", 1);
        if (recv(client, &byte, 1, MSG_DONTWAIT) == 1) pong_ms = clock_ms();
        is_late = clock_ms() - pong_ms > PONG_MS;
        if (is_late && !was_late) notice(HEARTBEAT, "no pong");
        for (int i = USER_TIMEOUT; i <= KEEPALIVE; i++)
            if (recv(ends[i][0], &byte, 1, MSG_DONTWAIT) == -1 &&
                errno != EAGAIN)
                notice(i, ladder_error_name(errno));
        clock_sleep_until(clock_us() + 5000);
    }
}

static void set_number(int way, int level, int option, int value) {
    setsockopt(ends[way][0], level, option, &value, sizeof value);
}

static void open_connections(void) {
    check(bridge_start(&bridge, &hosts, NULL) == 0, "bridge_start");
    for (int i = 0; i <= KEEPALIVE; i++)
        check(hosts_pair(&hosts, 0, 1, ends[i]) == 0, "hosts_pair");
    wire_port(&ladder.wire, ends[USER_TIMEOUT][0]);
    wire_port(&ladder.wire, ends[KEEPALIVE][0]);
    set_number(USER_TIMEOUT, IPPROTO_TCP, TCP_USER_TIMEOUT, TIMEOUT_MS);
    set_number(KEEPALIVE, SOL_SOCKET, SO_KEEPALIVE, 1);
    if (is_broken) return; /* the first probe comes after two hours */
    set_number(KEEPALIVE, IPPROTO_TCP, TCP_KEEPIDLE, PROBE_S);
    set_number(KEEPALIVE, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_S);
    set_number(KEEPALIVE, IPPROTO_TCP, TCP_KEEPCNT, 1);
}

/* After a short cut TCP retransmits what was lost: only the pong is late. */
static void measure(void) {
    struct bridged b;
    open_connections();
    pong_ms = clock_ms(); /* as if there had been one */
    watch(100);
    cut_wire("the wire is cut for 300 ms:");
    watch(300);
    cut_wire(NULL);
    for (int i = 0; i < 20 && is_late; i++) watch(50);
    if (!is_late) puts("  then a pong: a false alarm");
    cut_wire("the wire is cut for good:");
    io_send(ends[USER_TIMEOUT][0], "hello", 5); /* nobody acknowledges it */
    watch(1600);
    while (bridge_next(&bridge, &b))
        ladder_frame(&ladder, &b.frame, b.fate == CHANNEL_LOST);
    ladder_print(&ladder);
    bridge_stop(&bridge, NULL);
}

int main(int argc, char **argv) {
    struct wire_options options = {.pcap = NULL};
    const struct option_row rows[] = {
        OPTION_FLAG("--break", "SO_KEEPALIVE and no times", &is_broken),
        WIRE_OPTION_ROWS(&options), OPTION_END};
    int status = options_parse(argc, argv, rows);
    if (status != -1) return status;
    char why[NETWORK_WHY_MAX] = "as --modelled says";
    bool is_real = !options.is_modelled && hosts_open(&hosts, 2, why) == 0;
    const char *how = is_real ? "two hosts" : NULL;
    if (ladder_open_remote(&ladder, &options, how, why) != 0) return 1;
    if (is_real) measure();
    for (int i = 0; !is_real && i < KEEPALIVE + !is_broken; i++)
        printf("  %-13s %4d ms: computed\n", names[i], limits_ms[i]);
    puts("What you saw: the cut is no event; only a limit ends the waiting.");
    return ladder_close(&ladder) == 0 ? 0 : 1;
}
