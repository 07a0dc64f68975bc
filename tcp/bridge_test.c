/* bridge_test.c: tcp/bridge.h. Where the system refuses a network of its own,
 * the tests print that they were skipped. */
#include "packets/arp.h"
#include "packets/dissect.h"
#include "packets/ethernet.h"
#include "packets/ipv4.h"
#include "tcp/bridge.h"
#include "tcp/calls_unit.h"
#include "tcp/clock.h"
#include "tcp/io.h"
#include "tcp/pair.h"
#include "tcp/unit.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

int setns(int fd, int type); /* Linux */
UNIT_KILL
UNIT_CALL(pid_t, -1, fork, (void), ())
UNIT_MAPS
UNIT_CALL(ssize_t, -1, send, (int fd, const void *bytes, size_t n, int flags),
          (fd, bytes, n, flags))
UNIT_CALL(int, -1, setns, (int fd, int type), (fd, type))
UNIT_CALL(int, -1, setsockopt,
          (int fd, int level, int name, const void *value, socklen_t size),
          (fd, level, name, value, size))
UNIT_CALL(int, -1, socketpair,
          (int family, int type, int protocol, int pair[2]),
          (family, type, protocol, pair))
UNIT_CALL(pid_t, -1, waitpid, (pid_t pid, int *status, int options),
          (pid, status, options))

static struct hosts hosts;
static struct bridge bridge;
static struct bridge_report report;
static int ends[2];

/* Does the system allow hosts, and captures of what they send? */
static int try_hosts(void) {
    struct capture c;
    char why[NETWORK_WHY_MAX], name[HOSTS_NAME_MAX];
    if (hosts_open(&hosts, 2, why) == 0 &&
        capture_open(&c, hosts_interface(0, name)) == 0)
        return 0;
    printf("%s\n", why);
    return 2;
}

/* Opens hosts and a bridge. */
static int begin(int count, const struct channel_options *options) {
    char why[NETWORK_WHY_MAX];
    UNIT_EXPECT(hosts_open(&hosts, count, why) == 0);
    UNIT_EXPECT(bridge_start(&bridge, &hosts, options) == 0);
    return 0;
}

/* More than one segment, and more than the kernel's offload would put in one:
 * every byte arrives, and the checksum of every frame is right. */
static int carry_stream(void) {
    static char sent[200000], got[sizeof sent];
    struct bridged b;
    struct dissection d;
    size_t bytes = 0, at = 0, n = 0;
    UNIT_EXPECT(begin(2, NULL) == 0);
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
    UNIT_CHILD_IF(try_hosts, carry_stream);
}

static int use_all_hosts(void) {
    UNIT_EXPECT(begin(HOSTS_MAX, NULL) == 0);
    UNIT_EXPECT(hosts_pair(&hosts, 0, HOSTS_MAX - 1, ends) == 0);
    UNIT_EXPECT(bridge_stop(&bridge, &report) == 0);
    UNIT_EXPECT(report.to[0].delivered > 0);
    UNIT_EXPECT(report.to[HOSTS_MAX - 1].delivered > 0);
    return 0;
}

static void a_bridge_has_as_many_hosts_as_there_may_be(void) {
    UNIT_CHILD_IF(try_hosts, use_all_hosts);
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
    UNIT_EXPECT(begin(2, NULL) == 0);
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
    UNIT_CHILD_IF(try_hosts, cut_wire);
}

/* 20 ms in each direction: a connect takes a round trip, and one for ARP. */
static int delay_packets(void) {
    struct channel_options slow = {.delay_us = 20000};
    char byte;
    UNIT_EXPECT(begin(2, &slow) == 0);
    UNIT_EXPECT(hosts_pair(&hosts, 0, 1, ends) == 0);
    int64_t before = clock_ms();
    UNIT_EXPECT(io_send_all(ends[0], "x", 1) == 0);
    UNIT_EXPECT(io_recv(ends[1], &byte, 1) == 1);
    UNIT_EXPECT(clock_ms() - before >= 19);
    return 0;
}

static void packets_take_the_delay_of_their_channel(void) {
    UNIT_CHILD_IF(try_hosts, delay_packets);
}

/* The question of ARP goes to all others, the rest only to its host. */
static int find_host(void) {
    struct bridged b;
    struct ethernet e;
    int questions[HOSTS_MAX] = {0}, others[HOSTS_MAX] = {0};
    UNIT_EXPECT(begin(HOSTS_MAX, NULL) == 0);
    UNIT_EXPECT(hosts_pair(&hosts, 0, 2, ends) == 0);
    while (bridge_next(&bridge, &b)) {
        UNIT_EXPECT(b.to < HOSTS_MAX);
        if (ethernet_parse(b.frame.bytes, &e) <= 0) continue;
        if (e.type == ETHERNET_ARP && e.destination[0] == 0xff)
            questions[b.to]++;
        if (e.type == ETHERNET_IPV4) others[b.to]++;
    }
    UNIT_EXPECT(questions[0] == 0);
    for (int i = 1; i < HOSTS_MAX; i++) UNIT_EXPECT(questions[i] == 1);
    UNIT_EXPECT(others[0] >= 1 && others[1] == 0 && others[2] >= 2);
    return 0;
}

static void a_frame_goes_to_the_host_of_its_address(void) {
    UNIT_CHILD_IF(try_hosts, find_host);
}

/* The child holds no copy of the program's sockets. */
static int close_end(void) {
    char byte;
    UNIT_EXPECT(begin(2, NULL) == 0);
    UNIT_EXPECT(hosts_pair(&hosts, 0, 1, ends) == 0);
    UNIT_EXPECT(bridge_stop(&bridge, NULL) == 0);
    UNIT_EXPECT(bridge_start(&bridge, &hosts, NULL) == 0);
    close(ends[0]);
    UNIT_EXPECT(io_recv(ends[1], &byte, 1) == 0);
    return 0;
}

static void a_close_is_a_close_in_spite_of_the_child(void) {
    UNIT_CHILD_IF(try_hosts, close_end);
}

static int connect_without_wire(void) {
    struct channel_options cut = {.loss = 1000};
    UNIT_EXPECT(begin(2, &cut) == 0);
    int before = count_descriptors();
    UNIT_EXPECT(hosts_pair(&hosts, 0, 1, ends) == -1);
    UNIT_EXPECT(errno == EHOSTUNREACH || errno == EINPROGRESS);
    UNIT_EXPECT(count_descriptors() == before);
    return 0;
}

static void without_a_wire_there_is_no_pair(void) {
    UNIT_CHILD_IF(try_hosts, connect_without_wire);
}

static int kill_child(void) {
    struct channel_options none = {.loss = 0};
    UNIT_EXPECT(begin(2, NULL) == 0);
    kill(bridge.child, SIGKILL);
    UNIT_EXPECT(bridge_set(&bridge, 0, &none) == -1 && errno == EPIPE);
    UNIT_EXPECT(bridge_stop(&bridge, &report) == -1);
    return 0;
}

static void a_child_that_has_ended_is_an_error(void) {
    UNIT_CHILD_IF(try_hosts, kill_child);
}

/* The parent is killed: the pipe that only the child still holds ends. Another
 * process may have a copy of the descriptor by which the bridge is controlled,
 * until hold ends. With is_running the child has begun to work by then. */
static int through[2], hold[2];
static int leave_child(bool is_running) {
    struct channel_options none = {.loss = 0};
    char byte;
    UNIT_EXPECT(begin(2, NULL) == 0);
    UNIT_EXPECT(!is_running || bridge_set(&bridge, 0, &none) == 0);
    if (fork() == 0) {
        close(STDERR_FILENO);
        close(through[0]);
        close(through[1]);
        close(hold[1]);
        _exit(read(hold[0], &byte, 1) == 0 ? 0 : 1);
    }
    kill(getpid(), SIGKILL);
    return 0;
}

static int kill_program(bool is_running) {
    UNIT_EXPECT(pipe(through) == 0 && pipe(hold) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(through[1], STDERR_FILENO); /* which the bridge keeps open */
        _exit(leave_child(is_running));
    }
    close(through[1]);
    waitpid(pid, NULL, 0);
    UNIT_EXPECT(pipe_ends(through[0]));
    close(hold[1]);
    return 0;
}

static int kill_at_once(void) {
    return kill_program(false);
}

static int kill_later(void) {
    return kill_program(true);
}

static void the_child_does_not_outlive_the_program(void) {
    UNIT_CHILD_IF(try_hosts, kill_at_once);
    UNIT_CHILD_IF(try_hosts, kill_later);
}

/* A host without IPv6, which sends what it was not asked to, at its cable. */
static int open_quiet(struct capture *c, int host) {
    UNIT_EXPECT(hosts_use(&hosts, host) == 0);
    int fd = open("/proc/sys/net/ipv6/conf/all/disable_ipv6", O_WRONLY);
    UNIT_EXPECT(fd == -1 || write(fd, "1", 1) == 1);
    if (fd != -1) close(fd);
    UNIT_EXPECT(capture_open(c, "eth0") == 0);
    UNIT_EXPECT(hosts_use(&hosts, HOSTS_MIDDLE) == 0);
    return 0;
}

/* Hosts that send nothing of their own, and a bridge. */
static int begin_quiet(struct capture c[2],
                       const struct channel_options *options) {
    char why[NETWORK_WHY_MAX];
    UNIT_EXPECT(hosts_open(&hosts, 2, why) == 0);
    for (int i = 0; i < 2; i++) UNIT_EXPECT(open_quiet(&c[i], i) == 0);
    UNIT_EXPECT(bridge_start(&bridge, &hosts, options) == 0);
    return 0;
}

/* A frame to a MAC address of which the first and the last byte are given. The
 * type is one set aside for experiments (IEEE 802), which no kernel answers. */
static bool send_frame(const struct capture *c, uint8_t first, uint8_t last) {
    uint8_t frame[60] = {first, 0, 0, 0, 0, last, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
    return send(c->fd, frame, sizeof frame, 0) == sizeof frame;
}

/* Sends count frames to host 1. */
static bool send_frames(const struct capture *c, int count) {
    for (int i = 0; i < count; i++)
        if (!send_frame(c, 2, 2)) return false;
    return true;
}

static int count_log(void) {
    struct bridged b;
    int count = 0;
    while (bridge_next(&bridge, &b)) count++;
    return count;
}

/* Nothing else happens while the frame is under way. */
static int wait_for_delay(void) {
    struct channel_options slow = {.delay_us = 100000};
    struct capture c[2];
    struct captured frame;
    UNIT_EXPECT(begin_quiet(c, &slow) == 0);
    while (capture_next(&c[1], &frame)) continue;
    int64_t before = clock_ms();
    UNIT_EXPECT(send_frames(&c[0], 1));
    UNIT_EXPECT(capture_wait(&c[1], 5000));
    UNIT_EXPECT(clock_ms() - before >= 99);
    UNIT_EXPECT(capture_next(&c[1], &frame) && frame.bytes.len == 60);
    UNIT_EXPECT(bridge_stop(&bridge, &report) == 0);
    UNIT_EXPECT(report.to[1].delivered == 1);
    return 0;
}

static void a_frame_alone_is_delivered_when_its_time_has_come(void) {
    UNIT_CHILD_IF(try_hosts, wait_for_delay);
}

/* While the child is stopped, the ring of its capture fills. */
static int overflow_ring(void) {
    struct capture c[2];
    UNIT_EXPECT(begin_quiet(c, NULL) == 0);
    UNIT_EXPECT(kill(bridge.child, SIGSTOP) == 0);
    UNIT_EXPECT(waitpid(bridge.child, NULL, WUNTRACED) == bridge.child);
    UNIT_EXPECT(send_frames(&c[0], CAPTURE_FRAMES + 500));
    UNIT_EXPECT(kill(bridge.child, SIGCONT) == 0);
    UNIT_EXPECT(bridge_stop(&bridge, &report) == 0);
    UNIT_EXPECT(report.dropped == 500);
    UNIT_EXPECT(report.to[1].sent == CAPTURE_FRAMES);
    return 0;
}

static void what_the_ring_has_no_space_for_is_counted(void) {
    UNIT_CHILD_IF(try_hosts, overflow_ring);
}

/* Before each request the child collects all frames that were sent. */
static int overflow_log(void) {
    struct channel_options none = {.loss = 0};
    struct capture c[2];
    int count = 0;
    UNIT_EXPECT(begin_quiet(c, NULL) == 0);
    for (int i = 0; i < 9; i++) {
        UNIT_EXPECT(send_frames(&c[0], 1000));
        UNIT_EXPECT(bridge_set(&bridge, 0, &none) == 0);
    }
    count = count_log();
    UNIT_EXPECT(count == BRIDGE_FRAMES);
    UNIT_EXPECT(bridge_stop(&bridge, &report) == 0);
    UNIT_EXPECT(report.to[0].sent + report.to[1].sent ==
                BRIDGE_FRAMES + report.unlogged);
    UNIT_EXPECT(report.unlogged >= 9000 - BRIDGE_FRAMES);
    return 0;
}

static void frames_beyond_the_log_only_pass(void) {
    UNIT_CHILD_IF(try_hosts, overflow_log);
}

/* The child's first send is that of the frame, which the kernel refuses. */
static int refuse_frame(void) {
    struct capture c[2];
    char why[NETWORK_WHY_MAX];
    UNIT_EXPECT(hosts_open(&hosts, 2, why) == 0);
    for (int i = 0; i < 2; i++) UNIT_EXPECT(open_quiet(&c[i], i) == 0);
    fail_call("send", 1, ENOBUFS);
    UNIT_EXPECT(bridge_start(&bridge, &hosts, NULL) == 0);
    call_has_failed(); /* here, but not in the child */
    UNIT_EXPECT(send_frames(&c[0], 2));
    UNIT_EXPECT(capture_wait(&c[1], 5000)); /* for the second one */
    UNIT_EXPECT(bridge_stop(&bridge, &report) == 0);
    UNIT_EXPECT(report.unsent == 1);
    return 0;
}

static void a_frame_that_the_kernel_refuses_is_counted(void) {
    UNIT_CHILD_IF(try_hosts, refuse_frame);
}

/* When the program has closed its end, the child exits by itself. */
static int close_control(void) {
    int status = -1;
    UNIT_EXPECT(begin(2, NULL) == 0);
    close(bridge.control);
    UNIT_EXPECT(waitpid(bridge.child, &status, 0) == bridge.child);
    UNIT_EXPECT(status == 0);
    return 0;
}

static void without_a_program_the_child_ends(void) {
    UNIT_CHILD_IF(try_hosts, close_control);
}

static int refuse(const char *call, int number) {
    int before = count_descriptors();
    fail_call(call, number, EMFILE);
    UNIT_EXPECT(bridge_start(&bridge, &hosts, NULL) == -1);
    UNIT_EXPECT(errno == EMFILE && call_has_failed());
    UNIT_EXPECT(bridge.child == -1 && bridge.control == -1 && !bridge.log);
    UNIT_EXPECT(count_descriptors() == before && mapped_count == 0);
    return 0;
}

/* Each capture makes two calls of setsockopt and one of mmap; then its own
 * frames are ignored, and last the log is made. */
static int refuse_each_step(void) {
    char why[NETWORK_WHY_MAX];
    UNIT_EXPECT(hosts_open(&hosts, 2, why) == 0);
    UNIT_EXPECT(refuse("setns", 1) == 0);
    for (int i = 1; i <= 6; i++) UNIT_EXPECT(refuse("setsockopt", i) == 0);
    for (int i = 1; i <= 3; i++) UNIT_EXPECT(refuse("mmap", i) == 0);
    UNIT_EXPECT(refuse("socketpair", 1) == 0);
    UNIT_EXPECT(refuse("fork", 1) == 0);
    UNIT_EXPECT(bridge_stop(&bridge, NULL) == -1 && errno == ESRCH);
    UNIT_EXPECT(bridge_start(&bridge, &hosts, NULL) == 0);
    fail_call("waitpid", 1, EINTR);
    pid_t child = bridge.child;
    UNIT_EXPECT(bridge_stop(&bridge, NULL) == 0 && call_has_failed());
    UNIT_EXPECT(mapped_count == 0);
    UNIT_EXPECT(waitpid(child, NULL, 0) == -1); /* it was waited for */
    return 0;
}

static void what_is_refused_is_an_error_and_leaves_nothing(void) {
    UNIT_CHILD_IF(try_hosts, refuse_each_step);
}

/* The first byte of a group's address is odd (IEEE 802). */
static int send_to_group(void) {
    struct channel_options cut = {.loss = 1000};
    struct capture c[2];
    UNIT_EXPECT(begin_quiet(c, NULL) == 0);
    UNIT_EXPECT(send_frame(&c[0], 1, 9) && send_frame(&c[0], 2, 9));
    UNIT_EXPECT(capture_wait(&c[1], 5000));
    UNIT_EXPECT(bridge_set(&bridge, BRIDGE_ALL, &cut) == 0);
    UNIT_EXPECT(send_frame(&c[1], 2, 1)); /* to host 0 */
    UNIT_EXPECT(bridge_stop(&bridge, &report) == 0);
    UNIT_EXPECT(report.to[0].sent == 1 && report.to[0].lost == 1);
    UNIT_EXPECT(report.to[1].sent == 1 && report.to[1].lost == 0);
    return 0;
}

static void a_group_is_every_other_host(void) {
    UNIT_CHILD_IF(try_hosts, send_to_group);
}

/* The child finds the frames and the request at once, when it goes on. */
static int set_after_frames(void) {
    struct channel_options cut = {.loss = 1000}, none = {.loss = 0};
    struct capture c[2];
    UNIT_EXPECT(begin_quiet(c, NULL) == 0);
    for (int i = 0; i < 5; i++) {
        UNIT_EXPECT(kill(bridge.child, SIGSTOP) == 0);
        UNIT_EXPECT(waitpid(bridge.child, NULL, WUNTRACED) == bridge.child);
        UNIT_EXPECT(send_frames(&c[0], 100));
        UNIT_EXPECT(kill(bridge.child, SIGCONT) == 0);
        UNIT_EXPECT(bridge_set(&bridge, BRIDGE_ALL, &cut) == 0);
        UNIT_EXPECT(bridge_set(&bridge, BRIDGE_ALL, &none) == 0);
    }
    UNIT_EXPECT(bridge_stop(&bridge, &report) == 0);
    UNIT_EXPECT(report.to[1].sent == 500 && report.to[1].lost == 0);
    return 0;
}

static void what_was_sent_before_passes_as_before(void) {
    UNIT_CHILD_IF(try_hosts, set_after_frames);
}

/* The fate of each frame is that of a channel with the seed plus 1. */
static int lose_by_seed(void) {
    struct channel_options half = {.seed = 5, .loss = 500}, own = half;
    static struct channel channel;
    struct capture c[2];
    struct bridged b;
    int count = 0;
    own.seed = 6;
    channel_init(&channel, &own);
    UNIT_EXPECT(begin_quiet(c, &half) == 0);
    UNIT_EXPECT(send_frames(&c[0], 40));
    UNIT_EXPECT(bridge_set(&bridge, 0, &half) == 0);
    while (bridge_next(&bridge, &b)) {
        int fate = channel_send(&channel, 0, b.frame.bytes);
        UNIT_EXPECT(b.to == 1 && b.fate == fate);
        count++;
    }
    UNIT_EXPECT(count == 40);
    channel_free(&channel);
    UNIT_EXPECT(bridge_stop(&bridge, NULL) == 0);
    return 0;
}

static void the_losses_of_a_host_depend_on_the_seed_alone(void) {
    UNIT_CHILD_IF(try_hosts, lose_by_seed);
}

static void on_signal(int number) {
    (void)number;
}

/* Waits until the process sleeps: proc(5), "PID (NAME) S". */
static bool is_asleep(pid_t pid) {
    char path[40], line[200];
    const char *end = NULL;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    for (int64_t last_ms = clock_ms() + 5000; clock_ms() < last_ms;) {
        FILE *f = fopen(path, "r");
        if (!f) return false;
        if (fgets(line, sizeof line, f)) end = strrchr(line, ')');
        fclose(f);
        if (end && end[2] == 'S') return true;
    }
    return false;
}

static int interrupt_child(void) {
    struct channel_options none = {.loss = 0};
    struct sigaction handled = {.sa_handler = on_signal};
    UNIT_EXPECT(sigaction(SIGUSR1, &handled, NULL) == 0);
    UNIT_EXPECT(begin(2, NULL) == 0);
    for (int i = 0; i < 5; i++) {
        UNIT_EXPECT(bridge_set(&bridge, 0, &none) == 0);
        UNIT_EXPECT(is_asleep(bridge.child));
        UNIT_EXPECT(kill(bridge.child, SIGUSR1) == 0);
    }
    UNIT_EXPECT(bridge_stop(&bridge, NULL) == 0);
    return 0;
}

static void a_signal_does_not_end_the_child(void) {
    UNIT_CHILD_IF(try_hosts, interrupt_child);
}

/* The lowest descriptor that may be one of the program's. */
static int end_pipe(void) {
    int lowest = STDERR_FILENO + 1;
    UNIT_EXPECT(pipe(ends) == 0);
    UNIT_EXPECT(ends[0] > lowest && ends[1] > lowest);
    UNIT_EXPECT(dup2(ends[1], lowest) == lowest);
    close(ends[1]);
    UNIT_EXPECT(begin(2, NULL) == 0);
    close(lowest);
    UNIT_EXPECT(pipe_ends(ends[0]));
    return 0;
}

static void the_child_keeps_no_descriptor_of_the_program(void) {
    UNIT_CHILD_IF(try_hosts, end_pipe);
}

UNIT_MAIN("tcp/bridge", UNIT_TEST(a_stream_crosses_whole_in_real_segments),
          UNIT_TEST(a_bridge_has_as_many_hosts_as_there_may_be),
          UNIT_TEST(a_cut_holds_from_when_it_is_set),
          UNIT_TEST(packets_take_the_delay_of_their_channel),
          UNIT_TEST(a_frame_goes_to_the_host_of_its_address),
          UNIT_TEST(a_close_is_a_close_in_spite_of_the_child),
          UNIT_TEST(the_child_keeps_no_descriptor_of_the_program),
          UNIT_TEST(without_a_wire_there_is_no_pair),
          UNIT_TEST(a_child_that_has_ended_is_an_error),
          UNIT_TEST(the_child_does_not_outlive_the_program),
          UNIT_TEST(a_frame_alone_is_delivered_when_its_time_has_come),
          UNIT_TEST(what_the_ring_has_no_space_for_is_counted),
          UNIT_TEST(frames_beyond_the_log_only_pass),
          UNIT_TEST(a_frame_that_the_kernel_refuses_is_counted),
          UNIT_TEST(a_group_is_every_other_host),
          UNIT_TEST(what_was_sent_before_passes_as_before),
          UNIT_TEST(the_losses_of_a_host_depend_on_the_seed_alone),
          UNIT_TEST(a_signal_does_not_end_the_child),
          UNIT_TEST(without_a_program_the_child_ends),
          UNIT_TEST(what_is_refused_is_an_error_and_leaves_nothing))
