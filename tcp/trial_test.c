/* trial_test.c: tcp/trial.h. Where the system refuses a network of its own, the
 * tests print that they were skipped. */
#define _DEFAULT_SOURCE /* glibc: struct ifreq */
#include "tcp/calls_unit.h"
#include "tcp/clock.h"
#include "tcp/io.h"
#include "tcp/trial.h"
#include "tcp/unit.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

UNIT_KILL
UNIT_CALL(ssize_t, -1, send, (int fd, const void *bytes, size_t n, int flags),
          (fd, bytes, n, flags))
UNIT_CALL(int, -1, socket, (int family, int type, int protocol),
          (family, type, protocol))

/* What is to fail fails in the program, not in the child of the bridge. */
pid_t fork(void) {
    static pid_t (*real)(void);
    if (!real) find_call("fork", &real);
    pid_t pid = real();
    if (pid == 0) call_has_failed();
    return pid;
}

static struct trial trial;
static int ends[2][2];

static bool open_trial(const struct wire_options *options) {
    return trial_open(&trial, options) == 0 && trial.is_real;
}

/* Does the system allow hosts, and captures of what they send? */
static int try_hosts(void) {
    struct capture c;
    char why[NETWORK_WHY_MAX], name[HOSTS_NAME_MAX];
    if (hosts_open(&trial.hosts, 2, why) == 0 &&
        capture_open(&c, hosts_interface(0, name)) == 0)
        return 0;
    printf("%s\n", why);
    return 2;
}

static void close_ends(int n) {
    for (int i = 0; i < n; i++) {
        close(ends[i][0]);
        close(ends[i][1]);
    }
}

/* A SYN that crosses a wire which loses all would be sent again after 1 s. */
static int cut_after_connect(void) {
    struct wire_options options = {.pcap = NULL};
    struct channel_options cut = {.loss = 1000};
    char byte;
    int before = count_descriptors();
    memset(&trial, 0x55, sizeof trial); /* memory of any content */
    UNIT_EXPECT(open_trial(&options));
    UNIT_EXPECT(trial.hosts.count == 2);
    UNIT_EXPECT(trial.report.unsent == 0 && trial.report.to[1].lost == 0);
    UNIT_EXPECT(trial_begin(&trial, &cut, ends, 2) == 0);
    for (int i = 0; i < 2; i++) {
        UNIT_EXPECT(io_send_all(ends[i][0], "x", 1) == 0);
        UNIT_EXPECT(recv(ends[i][1], &byte, 1, MSG_DONTWAIT) == -1);
    }
    UNIT_EXPECT(trial_end(&trial) == 0);
    UNIT_EXPECT(trial.report.to[1].lost >= 2);
    UNIT_EXPECT(trial.report.to[1].delivered >= 4); /* SYN and ACK of both */
    close_ends(2);
    UNIT_EXPECT(trial_close(&trial) == 0);
    UNIT_EXPECT(count_descriptors() == before);
    return 0;
}

static void the_wire_is_perfect_until_all_are_connected(void) {
    UNIT_CHILD_IF(try_hosts, cut_after_connect);
}

/* 4000 bytes at 20 000 per second take 200 ms there, and no time back. */
static int pass_slow_wire(void) {
    struct wire_options options = {.pcap = NULL};
    struct channel_options slow = {.rate = 20000};
    static char bytes[4000];
    UNIT_EXPECT(open_trial(&options));
    UNIT_EXPECT(trial_begin(&trial, &slow, ends, 1) == 0);
    int64_t begin_ms = clock_ms();
    UNIT_EXPECT(io_send_all(ends[0][0], bytes, sizeof bytes) == 0);
    UNIT_EXPECT(io_recv_all(ends[0][1], bytes, sizeof bytes) == sizeof bytes);
    UNIT_EXPECT(clock_ms() - begin_ms >= 199);
    UNIT_EXPECT(trial_end(&trial) == 0);
    UNIT_EXPECT(trial_begin(&trial, &slow, &ends[1], 1) == 0);
    begin_ms = clock_ms();
    UNIT_EXPECT(io_send_all(ends[1][1], bytes, sizeof bytes) == 0);
    UNIT_EXPECT(io_recv_all(ends[1][0], bytes, sizeof bytes) == sizeof bytes);
    UNIT_EXPECT(clock_ms() - begin_ms < 199);
    UNIT_EXPECT(trial_end(&trial) == 0);
    close_ends(2);
    return 0;
}

static void the_rate_holds_for_one_direction(void) {
    UNIT_CHILD_IF(try_hosts, pass_slow_wire);
}

static int write_pcap(void) {
    static char path[] = "/tmp/trial_test.XXXXXX", bytes[5000];
    int fd = mkstemp(path);
    struct wire_options options = {.pcap = path};
    struct channel_options perfect = {.seed = 0};
    UNIT_EXPECT(fd != -1);
    close(fd);
    UNIT_EXPECT(open_trial(&options));
    UNIT_EXPECT(trial_begin(&trial, &perfect, ends, 1) == 0);
    UNIT_EXPECT(io_send_all(ends[0][0], bytes, sizeof bytes) == 0);
    UNIT_EXPECT(io_recv_all(ends[0][1], bytes, sizeof bytes) == sizeof bytes);
    UNIT_EXPECT(trial_end(&trial) == 0);
    close_ends(1);
    UNIT_EXPECT(trial_close(&trial) == 0);
    FILE *file = fopen(path, "rb");
    UNIT_EXPECT(file && fseek(file, 0, SEEK_END) == 0);
    UNIT_EXPECT(ftell(file) > (long)sizeof bytes);
    fclose(file);
    unlink(path);
    return 0;
}

static void what_passes_the_wire_is_in_the_file(void) {
    UNIT_CHILD_IF(try_hosts, write_pcap);
}

static int ask_for_model(void) {
    struct wire_options options = {.is_modelled = true};
    UNIT_EXPECT(!open_trial(&options));
    UNIT_EXPECT(trial_close(&trial) == 0);
    return 0;
}

static void the_model_needs_no_hosts(void) {
    UNIT_CHILD(ask_for_model);
}

/* Two sockets for the captures, then two for each connection; a request to the
 * bridge for each direction. */
static int refuse_each_step(void) {
    static const struct {
        const char *call;
        int number;
    } calls[] = {{"socket", 1}, {"socket", 3}, {"socket", 5},
                 {"socket", 6}, {"send", 1},   {"send", 2}};
    struct wire_options options = {.pcap = NULL};
    struct channel_options perfect = {.seed = 0};
    UNIT_EXPECT(open_trial(&options));
    int before = count_descriptors();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        fail_call(calls[i].call, calls[i].number, EMFILE);
        UNIT_EXPECT(trial_begin(&trial, &perfect, ends, 2) == -1);
        UNIT_EXPECT(errno == EMFILE && call_has_failed());
        UNIT_EXPECT(count_descriptors() == before);
        UNIT_EXPECT(waitpid(-1, NULL, WNOHANG) == -1); /* no child is left */
    }
    UNIT_EXPECT(trial_begin(&trial, &perfect, ends, 2) == 0);
    return 0;
}

static void what_is_refused_leaves_nothing(void) {
    UNIT_CHILD_IF(try_hosts, refuse_each_step);
}

/* A host without IPv6, which sends what it was not asked to, at its cable. */
static int open_quiet(struct capture *c, int host) {
    UNIT_EXPECT(hosts_use(&trial.hosts, host) == 0);
    int fd = open("/proc/sys/net/ipv6/conf/all/disable_ipv6", O_WRONLY);
    UNIT_EXPECT(fd == -1 || write(fd, "1", 1) == 1);
    if (fd != -1) close(fd);
    UNIT_EXPECT(capture_open(c, "eth0") == 0);
    UNIT_EXPECT(hosts_use(&trial.hosts, HOSTS_MIDDLE) == 0);
    return 0;
}

static int begin_quiet(struct capture c[2]) {
    struct wire_options options = {.pcap = NULL};
    struct channel_options perfect = {.seed = 0};
    UNIT_EXPECT(open_trial(&options));
    for (int i = 0; i < 2; i++) UNIT_EXPECT(open_quiet(&c[i], i) == 0);
    UNIT_EXPECT(trial_begin(&trial, &perfect, ends, 1) == 0);
    return 0;
}

/* While the child is stopped, the ring of its capture fills: one frame more. */
static int drop_frame(void) {
    static const uint8_t frame[60] = {2, 0, 0, 0, 0, 2,    2,
                                      0, 0, 0, 0, 1, 0x88, 0xb5};
    struct capture c[2];
    UNIT_EXPECT(begin_quiet(c) == 0);
    UNIT_EXPECT(kill(trial.bridge.child, SIGSTOP) == 0);
    UNIT_EXPECT(waitpid(trial.bridge.child, NULL, WUNTRACED) > 0);
    for (int i = 0; i < CAPTURE_FRAMES + 1; i++)
        UNIT_EXPECT(send(c[0].fd, frame, sizeof frame, 0) == sizeof frame);
    UNIT_EXPECT(kill(trial.bridge.child, SIGCONT) == 0);
    UNIT_EXPECT(trial_end(&trial) == -1 && errno == ENOBUFS);
    UNIT_EXPECT(trial.report.dropped == 1 && trial.report.unsent == 0);
    return 0;
}

/* The interface is down at the end where the frame is to be delivered. */
static int refuse_frame(void) {
    struct channel_options perfect = {.seed = 0};
    struct ifreq request = {.ifr_name = "host1"};
    struct capture c[2];
    UNIT_EXPECT(begin_quiet(c) == 0);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    UNIT_EXPECT(ioctl(fd, SIOCGIFFLAGS, &request) == 0);
    request.ifr_flags = (short)(request.ifr_flags & ~IFF_UP);
    UNIT_EXPECT(ioctl(fd, SIOCSIFFLAGS, &request) == 0);
    UNIT_EXPECT(io_send_all(ends[0][0], "x", 1) == 0);
    UNIT_EXPECT(bridge_set(&trial.bridge, BRIDGE_ALL, &perfect) == 0);
    UNIT_EXPECT(trial_end(&trial) == -1 && errno == ENOBUFS);
    UNIT_EXPECT(trial.report.dropped == 0 && trial.report.unsent == 1);
    return 0;
}

static int kill_bridge(void) {
    struct capture c[2];
    UNIT_EXPECT(begin_quiet(c) == 0);
    UNIT_EXPECT(kill(trial.bridge.child, SIGKILL) == 0);
    UNIT_EXPECT(trial_end(&trial) == -1 && errno == EPIPE);
    return 0;
}

static void a_trial_that_lost_frames_by_itself_is_an_error(void) {
    UNIT_CHILD_IF(try_hosts, drop_frame);
    UNIT_CHILD_IF(try_hosts, refuse_frame);
    UNIT_CHILD_IF(try_hosts, kill_bridge);
}

UNIT_MAIN("tcp/trial", UNIT_TEST(the_wire_is_perfect_until_all_are_connected),
          UNIT_TEST(the_rate_holds_for_one_direction),
          UNIT_TEST(what_passes_the_wire_is_in_the_file),
          UNIT_TEST(the_model_needs_no_hosts),
          UNIT_TEST(what_is_refused_leaves_nothing),
          UNIT_TEST(a_trial_that_lost_frames_by_itself_is_an_error))
