/* capture_test.c: tcp/capture.h. Where the system refuses a network of its own,
 * the tests print that they were skipped. */
#include "packets/dissect.h"
#include "tcp/calls_unit.h"
#include "tcp/capture.h"
#include "tcp/io.h"
#include "tcp/network.h"
#include "tcp/pair.h"
#include "tcp/unit.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

UNIT_CALL(int, -1, bind, (int fd, const struct sockaddr *at, socklen_t size),
          (fd, at, size))
UNIT_MAPS
UNIT_CALL(int, -1, setsockopt,
          (int fd, int level, int name, const void *value, socklen_t size),
          (fd, level, name, value, size))
UNIT_CALL(int, -1, socket, (int family, int type, int protocol),
          (family, type, protocol))

static nfds_t polled_count; /* what poll was called with last */

int poll(struct pollfd *fds, nfds_t n, int timeout_ms) {
    static int (*real)(struct pollfd * fds, nfds_t n, int timeout_ms);
    if (!real) find_call("poll", &real);
    polled_count = n;
    return real(fds, n, timeout_ms);
}

static struct capture capture;

/* Captures at lo of a new network. */
static int begin(void) {
    char why[NETWORK_WHY_MAX];
    UNIT_EXPECT(network_enter(why, sizeof why) == 0);
    UNIT_EXPECT(capture_open(&capture, "lo") == 0);
    return 0;
}

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* RFC 9293 §3.5: SYN, SYN ACK, ACK, each of them once, at its time. */
static int capture_handshake(void) {
    static const uint8_t flags[] = {SEGMENT_SYN, SEGMENT_SYN | SEGMENT_ACK,
                                    SEGMENT_ACK};
    struct captured frame;
    struct dissection d;
    int ends[2], n = 0;
    UNIT_EXPECT(begin() == 0);
    UNIT_EXPECT(!capture_next(&capture, &frame));
    int64_t before = now_ns();
    UNIT_EXPECT(pair_open(ends) == 0);
    int64_t after = now_ns();
    for (; capture_next(&capture, &frame); n++) {
        UNIT_EXPECT(n < 3 && dissect(frame.bytes, &d) > 0);
        UNIT_EXPECT(d.segment.flags == flags[n]);
        UNIT_EXPECT(frame.time_ns >= before && frame.time_ns <= after);
        UNIT_EXPECT(frame.bytes.len == frame.length);
    }
    UNIT_EXPECT(n == 3 && capture_dropped(&capture) == 0);
    capture_close(&capture);
    UNIT_EXPECT(capture.fd == -1 && !capture_next(&capture, &frame));
    return 0;
}

static void each_segment_of_a_handshake_is_seen_once_and_in_time(void) {
    UNIT_CHILD_IF(unit_try_capture, capture_handshake);
}

/* Sends count datagrams of n bytes to a socket that is not read. */
static bool send_datagrams(int count, size_t n) {
    static char bytes[60000];
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof to;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bool is_good = bind(fd, (struct sockaddr *)&to, size) == 0 &&
                   getsockname(fd, (struct sockaddr *)&to, &size) == 0 &&
                   connect(fd, (struct sockaddr *)&to, size) == 0;
    for (int i = 0; i < count && is_good; i++)
        is_good = send(fd, bytes, n, 0) == (ssize_t)n;
    close(fd);
    return is_good;
}

static int capture_large_frame(void) {
    struct captured frame;
    struct dissection d;
    UNIT_EXPECT(begin() == 0);
    UNIT_EXPECT(send_datagrams(1, 60000));
    UNIT_EXPECT(capture_wait(&capture, 1000));
    UNIT_EXPECT(capture_next(&capture, &frame));
    UNIT_EXPECT(frame.length == 14 + 20 + 8 + 60000);
    UNIT_EXPECT(frame.bytes.len >= CAPTURE_SNAP && frame.bytes.len < 2048);
    UNIT_EXPECT(dissect(frame.bytes, &d) > 0 && d.data_len == 60000);
    UNIT_EXPECT(!capture_next(&capture, &frame));
    UNIT_EXPECT(!capture_wait(&capture, 0));
    return 0;
}

static void a_long_frame_is_cut_but_its_length_is_kept(void) {
    UNIT_CHILD_IF(unit_try_capture, capture_large_frame);
}

/* On lo the ring holds each frame twice, out and in. */
static int overflow(void) {
    struct captured frame;
    int n = 0;
    UNIT_EXPECT(begin() == 0);
    UNIT_EXPECT(send_datagrams(3000, 1));
    while (capture_next(&capture, &frame)) n++;
    UNIT_EXPECT(n == CAPTURE_FRAMES / 2);
    UNIT_EXPECT(capture_dropped(&capture) == 2 * 3000 - CAPTURE_FRAMES);
    UNIT_EXPECT(capture_dropped(&capture) == 2 * 3000 - CAPTURE_FRAMES);
    UNIT_EXPECT(send_datagrams(10, 1)); /* there is space again */
    for (n = 0; capture_next(&capture, &frame); n++) continue;
    UNIT_EXPECT(n == 10);
    return 0;
}

static void frames_that_do_not_fit_are_counted(void) {
    UNIT_CHILD_IF(unit_try_capture, overflow);
}

static int capture_nothing(void) {
    char why[NETWORK_WHY_MAX];
    UNIT_EXPECT(network_enter(why, sizeof why) == 0);
    UNIT_EXPECT(capture_open(&capture, "none0") == -1 && errno == ENODEV);
    UNIT_EXPECT(capture.fd == -1 && capture.ring == NULL);
    UNIT_EXPECT(capture_dropped(&capture) == 0);
    return 0;
}

static void an_interface_that_is_not_there_is_an_error(void) {
    UNIT_CHILD_IF(unit_try_capture, capture_nothing);
}

/* The version and the ring are set, the ring is mapped, the socket is bound. */
static int refuse_each_step(void) {
    static const struct {
        const char *call;
        int number;
    } calls[] = {{"socket", 1},
                 {"setsockopt", 1},
                 {"setsockopt", 2},
                 {"mmap", 1},
                 {"bind", 1}};
    char why[NETWORK_WHY_MAX];
    UNIT_EXPECT(network_enter(why, sizeof why) == 0);
    int before = count_descriptors();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        fail_call(calls[i].call, calls[i].number, EPERM);
        UNIT_EXPECT(capture_open(&capture, "lo") == -1);
        UNIT_EXPECT(errno == EPERM && call_has_failed());
        UNIT_EXPECT(capture.fd == -1 && capture.ring == NULL);
        UNIT_EXPECT(count_descriptors() == before && mapped_count == 0);
    }
    UNIT_EXPECT(capture_open(&capture, "lo") == 0 && mapped_count == 1);
    UNIT_EXPECT(!capture_wait(&capture, 0) && polled_count == 1);
    capture_close(&capture);
    capture_close(&capture); /* which is closed already */
    UNIT_EXPECT(count_descriptors() == before && mapped_count == 0);
    return 0;
}

static void what_is_refused_leaves_nothing(void) {
    UNIT_CHILD_IF(unit_try_capture, refuse_each_step);
}

UNIT_MAIN("tcp/capture",
          UNIT_TEST(each_segment_of_a_handshake_is_seen_once_and_in_time),
          UNIT_TEST(a_long_frame_is_cut_but_its_length_is_kept),
          UNIT_TEST(frames_that_do_not_fit_are_counted),
          UNIT_TEST(an_interface_that_is_not_there_is_an_error),
          UNIT_TEST(what_is_refused_leaves_nothing))
