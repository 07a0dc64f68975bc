/* capture_test.c: tcp/capture.h. Where the system refuses a network of its own,
 * the tests print that they were skipped. */
#include "packets/dissect.h"
#include "packets/unit.h"
#include "tcp/capture.h"
#include "tcp/io.h"
#include "tcp/network.h"
#include "tcp/pair.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

static struct capture capture;

/* Captures at lo of a new network; false after printing why not. */
static bool begin(void) {
    char why[NETWORK_WHY_MAX];
    if (network_enter(why, sizeof why) == 0 &&
        capture_open(&capture, "lo") == 0)
        return true;
    printf("%s\n", why);
    return false;
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
    if (!begin()) return UNIT_SKIPPED;
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
    UNIT_CHILD(capture_handshake);
}

/* Sends count datagrams of n bytes to a socket that nobody reads. */
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
    if (!begin()) return UNIT_SKIPPED;
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
    UNIT_CHILD(capture_large_frame);
}

/* On lo the ring holds each frame twice, out and in. */
static int overflow(void) {
    struct captured frame;
    int n = 0;
    if (!begin()) return UNIT_SKIPPED;
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
    UNIT_CHILD(overflow);
}

static int capture_nothing(void) {
    char why[NETWORK_WHY_MAX];
    if (network_enter(why, sizeof why) != 0) return UNIT_SKIPPED;
    UNIT_EXPECT(capture_open(&capture, "none0") == -1 && errno == ENODEV);
    UNIT_EXPECT(capture.fd == -1 && capture.ring == NULL);
    return 0;
}

static void an_interface_that_is_not_there_is_an_error(void) {
    UNIT_CHILD(capture_nothing);
}

UNIT_MAIN("tcp/capture",
          UNIT_TEST(each_segment_of_a_handshake_is_seen_once_and_in_time),
          UNIT_TEST(a_long_frame_is_cut_but_its_length_is_kept),
          UNIT_TEST(frames_that_do_not_fit_are_counted),
          UNIT_TEST(an_interface_that_is_not_there_is_an_error))
