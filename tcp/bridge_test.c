/* bridge_test.c: tcp/bridge.h. Where the system refuses a network of its own,
 * the tests print that they were skipped. */
#include "packets/arp.h"
#include "packets/dissect.h"
#include "packets/ethernet.h"
#include "packets/ipv4.h"
#include "packets/unit.h"
#include "tcp/bridge.h"
#include "tcp/clock.h"
#include "tcp/io.h"
#include "tcp/pair.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

static struct hosts hosts;
static struct bridge bridge;
static struct bridge_report report;
static int ends[2];

/* Opens hosts and a bridge; false after printing why not. */
static bool begin(int count, const struct channel_options *options) {
    char why[NETWORK_WHY_MAX];
    if (hosts_open(&hosts, count, why) == 0)
        return bridge_start(&bridge, &hosts, options) == 0;
    printf("%s\n", why);
    return false;
}

/* More than one segment, and more than the kernel's offload would put in one:
 * every byte arrives, and the checksum of every frame is right. */
static int carry_stream(void) {
    static char sent[200000], got[sizeof sent];
    struct bridged b;
    struct dissection d;
    size_t bytes = 0, at = 0, n = 0;
    if (!begin(2, NULL)) return UNIT_SKIPPED;
    for (size_t i = 0; i < sizeof sent; i++) sent[i] = (char)(i * 7 / 3);
    UNIT_EXPECT(hosts_pair(&hosts, 0, 1, ends) == 0);
    io_nonblocking(ends[0]);
    while (at < sizeof sent) {
        ssize_t k = io_send(ends[0], sent + n, sizeof sent - n);
        n += k > 0 ? (size_t)k : 0;
        k = io_recv(ends[1], got + at, sizeof got - at);
        UNIT_EXPECT(k > 0);
        at += (size_t)k;
    }
    UNIT_EXPECT(memcmp(sent, got, sizeof sent) == 0);
    while (bridge_next(&bridge, &b)) {
        if (dissect(b.frame.bytes, &d) <= 0 || d.protocol != IP_TCP) continue;
        UNIT_EXPECT(b.fate == 0 && b.frame.length <= 14 + 1500);
        UNIT_EXPECT(b.to == (d.destination.bytes[3] == 2));
        UNIT_EXPECT(
            segment_checksum_is_right(d.transport, &d.source, &d.destination));
        bytes += b.to == 1 ? d.data_len : 0;
    }
    UNIT_EXPECT(bytes >= sizeof sent); /* some perhaps twice */
    UNIT_EXPECT(bridge_stop(&bridge, &report) == 0);
    UNIT_EXPECT(report.to[1].delivered > sizeof sent / 1460);
    UNIT_EXPECT(report.to[1].lost + report.dropped + report.unsent +
                    report.unlogged ==
                0);
    return 0;
}

static void a_stream_crosses_whole_in_real_segments(void) {
    UNIT_CHILD(carry_stream);
}

/* Reads the log until it has a segment of n bytes of data for host 1. Returns
 * its fate, or -2 if there is none within 5 s. */
static int fate_of_data(uint32_t n) {
    struct bridged b;
    struct dissection d;
    for (int64_t end = clock_ms() + 5000; clock_ms() < end;)
        if (bridge_next(&bridge, &b) && dissect(b.frame.bytes, &d) > 0 &&
            d.data_len == n && b.to == 1)
            return b.fate;
    return -2;
}

static int cut_wire(void) {
    struct channel_options cut = {.loss = 1000}, whole = {.loss = 0};
    char text[4];
    if (!begin(2, NULL)) return UNIT_SKIPPED;
    UNIT_EXPECT(hosts_pair(&hosts, 0, 1, ends) == 0);
    UNIT_EXPECT(io_send_all(ends[0], "abc", 3) == 0);
    UNIT_EXPECT(io_recv_all(ends[1], text, 3) == 3);
    UNIT_EXPECT(bridge_set(&bridge, 1, &cut) == 0);
    UNIT_EXPECT(io_send_all(ends[0], "defg", 4) == 0);
    UNIT_EXPECT(fate_of_data(3) == 0);
    UNIT_EXPECT(fate_of_data(4) == CHANNEL_LOST);
    UNIT_EXPECT(recv(ends[1], text, 4, MSG_DONTWAIT) == -1);
    UNIT_EXPECT(bridge_set(&bridge, BRIDGE_ALL, &whole) == 0);
    UNIT_EXPECT(io_recv_all(ends[1], text, 4) == 4); /* sent again */
    UNIT_EXPECT(bridge_stop(&bridge, &report) == 0);
    UNIT_EXPECT(report.to[1].lost >= 1 && report.to[0].lost == 0);
    return 0;
}

static void a_cut_holds_from_when_it_is_set(void) {
    UNIT_CHILD(cut_wire);
}

/* 20 ms in each direction: a connect takes a round trip, and one for ARP. */
static int delay_packets(void) {
    struct channel_options slow = {.delay_us = 20000};
    char byte;
    if (!begin(2, &slow)) return UNIT_SKIPPED;
    UNIT_EXPECT(hosts_pair(&hosts, 0, 1, ends) == 0);
    int64_t before = clock_ms();
    UNIT_EXPECT(io_send_all(ends[0], "x", 1) == 0);
    UNIT_EXPECT(io_recv(ends[1], &byte, 1) == 1);
    UNIT_EXPECT(clock_ms() - before >= 19);
    return 0;
}

static void packets_take_the_delay_of_their_channel(void) {
    UNIT_CHILD(delay_packets);
}

/* The question of ARP goes to all others, the rest only to its host. */
static int find_host(void) {
    struct bridged b;
    struct ethernet e;
    int questions[3] = {0}, others[3] = {0};
    if (!begin(3, NULL)) return UNIT_SKIPPED;
    UNIT_EXPECT(hosts_pair(&hosts, 0, 2, ends) == 0);
    while (bridge_next(&bridge, &b)) {
        if (ethernet_parse(b.frame.bytes, &e) <= 0) continue;
        if (e.type == ETHERNET_ARP && e.destination[0] == 0xff)
            questions[b.to]++;
        if (e.type == ETHERNET_IPV4) others[b.to]++;
    }
    UNIT_EXPECT(questions[0] == 0);
    UNIT_EXPECT(questions[1] == 1 && questions[2] == 1);
    UNIT_EXPECT(others[0] >= 1 && others[1] == 0 && others[2] >= 2);
    return 0;
}

static void a_frame_goes_to_the_host_of_its_address(void) {
    UNIT_CHILD(find_host);
}

/* The child holds no copy of the program's sockets. */
static int close_end(void) {
    char byte;
    if (!begin(2, NULL)) return UNIT_SKIPPED;
    UNIT_EXPECT(hosts_pair(&hosts, 0, 1, ends) == 0);
    UNIT_EXPECT(bridge_stop(&bridge, NULL) == 0);
    UNIT_EXPECT(bridge_start(&bridge, &hosts, NULL) == 0);
    close(ends[0]);
    UNIT_EXPECT(io_recv(ends[1], &byte, 1) == 0);
    return 0;
}

static void a_close_is_a_close_in_spite_of_the_child(void) {
    UNIT_CHILD(close_end);
}

static int connect_without_wire(void) {
    struct channel_options cut = {.loss = 1000};
    if (!begin(2, &cut)) return UNIT_SKIPPED;
    UNIT_EXPECT(hosts_pair(&hosts, 0, 1, ends) == -1);
    UNIT_EXPECT(errno == EHOSTUNREACH || errno == EINPROGRESS);
    return 0;
}

static void without_a_wire_there_is_no_pair(void) {
    UNIT_CHILD(connect_without_wire);
}

static int kill_child(void) {
    struct channel_options none = {.loss = 0};
    if (!begin(2, NULL)) return UNIT_SKIPPED;
    kill(bridge.child, SIGKILL);
    UNIT_EXPECT(bridge_set(&bridge, 0, &none) == -1 && errno == EPIPE);
    UNIT_EXPECT(bridge_stop(&bridge, &report) == -1);
    return 0;
}

static void a_child_that_has_ended_is_an_error(void) {
    UNIT_CHILD(kill_child);
}

/* The parent is killed: the pipe that only the child still holds ends. */
static int through[2];
static int leave_child(void) {
    if (!begin(2, NULL)) return UNIT_SKIPPED;
    kill(getpid(), SIGKILL);
    return 0;
}

static void the_child_does_not_outlive_the_program(void) {
    char byte;
    UNIT_INT(pipe(through), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(through[1], STDERR_FILENO); /* which the bridge keeps open */
        _exit(leave_child());
    }
    close(through[1]);
    waitpid(pid, NULL, 0);
    struct pollfd p = {.fd = through[0], .events = POLLIN};
    UNIT_INT(poll(&p, 1, 5000), 1);
    UNIT_INT(read(through[0], &byte, 1), 0);
    close(through[0]);
}

UNIT_MAIN("tcp/bridge", UNIT_TEST(a_stream_crosses_whole_in_real_segments),
          UNIT_TEST(a_cut_holds_from_when_it_is_set),
          UNIT_TEST(packets_take_the_delay_of_their_channel),
          UNIT_TEST(a_frame_goes_to_the_host_of_its_address),
          UNIT_TEST(a_close_is_a_close_in_spite_of_the_child),
          UNIT_TEST(without_a_wire_there_is_no_pair),
          UNIT_TEST(a_child_that_has_ended_is_an_error),
          UNIT_TEST(the_child_does_not_outlive_the_program))
