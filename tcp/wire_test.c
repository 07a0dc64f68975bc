#ifdef __linux__
#define _GNU_SOURCE /* unshare */
#endif
/* wire_test.c: tcp/wire.h. Where the system refuses a network of its own, the
 * tests print that they were skipped. */
#include "packets/ipv4.h"
#include "packets/output_unit.h"
#include "packets/unit.h"
#include "tcp/io.h"
#include "tcp/network.h"
#include "tcp/pair.h"
#include "tcp/unit.h"
#include "tcp/wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

static struct wire w;
static struct wire_options options;
static int ends[2];
static char printed[400];

/* Opens the wire, and reads what that prints. how: NULL, or of a remote one. */
static void open_printed(const char *how, bool is_remote) {
    begin_output(STDOUT_FILENO);
    int status = is_remote ? wire_open_remote(&w, &options, how, "why not")
                           : wire_open(&w, &options);
    if (status != 0) abort();
    end_output(printed, sizeof printed);
}

/* Returns whether the wire is captured. */
static bool begin(void) {
    open_printed(NULL, false);
    return w.is_captured;
}

/* Every checksum of a captured segment is right, although the kernel has not
 * computed it. */
static int check_checksums(void) {
    struct captured frame;
    struct dissection d;
    int n = 0;
    UNIT_EXPECT(begin());
    UNIT_EXPECT(strcmp(printed, "wire: captured (own network)\n") == 0);
    UNIT_EXPECT(pair_open(ends) == 0);
    UNIT_EXPECT(io_send_all(ends[0], "hello", 5) == 0);
    for (; wire_next(&w, &frame, &d); n++)
        UNIT_EXPECT(
            segment_checksum_is_right(d.transport, &d.source, &d.destination));
    UNIT_EXPECT(n >= 4);
    return 0;
}

static void the_checksums_of_segments_are_completed(void) {
    UNIT_CHILD_IF(unit_try_capture, check_checksums);
}

static int send_datagram(void) {
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct sockaddr *at = (struct sockaddr *)&to;
    socklen_t size = sizeof to;
    struct captured frame;
    struct dissection d;
    int n = 0;
    UNIT_EXPECT(begin());
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    UNIT_EXPECT(bind(fd, at, size) == 0 && getsockname(fd, at, &size) == 0);
    wire_port(&w, fd);
    UNIT_EXPECT(sendto(fd, "hello", 5, 0, at, size) == 5);
    for (; wire_next(&w, &frame, &d); n++)
        UNIT_EXPECT(d.protocol == IP_UDP && d.data_len == 5);
    UNIT_EXPECT(n == 1);
    return 0;
}

static void a_datagram_is_captured(void) {
    UNIT_CHILD_IF(unit_try_capture, send_datagram);
}

static int model(void) {
    struct captured frame;
    struct dissection d;
    options.is_modelled = true;
    UNIT_EXPECT(!begin());
    UNIT_EXPECT(strcmp(printed, "wire: modelled (as --modelled says)\n") == 0);
    UNIT_EXPECT(!wire_next(&w, &frame, &d));
    UNIT_EXPECT(wire_close(&w) == 0);
    return 0;
}

static void a_model_has_no_frames(void) {
    UNIT_CHILD(model);
}

static uint32_t read_u32(const unsigned char *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

/* A file of pcap: each record has the time and the length of its frame. */
static int write_pcap(void) {
    unsigned char bytes[4096];
    char path[] = "/tmp/wire_test.XXXXXX";
    size_t at = 24, frames = 0;
    int fd = mkstemp(path);
    options.pcap = path;
    UNIT_EXPECT(begin());
    UNIT_EXPECT(pair_open(ends) == 0);
    UNIT_EXPECT(wire_close(&w) == 0);
    size_t n = (size_t)read(fd, bytes, sizeof bytes);
    unlink(path);
    UNIT_EXPECT(n >= 24 && memcmp(bytes, "\xa1\xb2\xc3\xd4", 4) == 0);
    for (; at + 16 <= n; frames++) {
        UNIT_EXPECT(labs((long)(time(NULL) - read_u32(bytes + at))) < 600);
        at += 16 + read_u32(bytes + at + 8);
    }
    UNIT_EXPECT(at == n);
    UNIT_EXPECT(frames == 3);
    return 0;
}

static void a_pcap_file_has_every_frame_up_to_the_close(void) {
    UNIT_CHILD_IF(unit_try_capture, write_pcap);
}

/* Not in a child, so that a sanitizer sees what is not freed. */
static void the_pcap_file_of_a_model_has_a_header_only(void) {
    char path[] = "/tmp/wire_test.XXXXXX";
    int fd = mkstemp(path);
    options = (struct wire_options){.is_modelled = true, .pcap = path};
    UNIT_FALSE(begin());
    UNIT_INT(wire_close(&w), 0);
    UNIT_INT(lseek(fd, 0, SEEK_END), 24);
    close(fd);
    unlink(path);
    options = (struct wire_options){.pcap = NULL};
}

static int write_to_a_directory(void) {
    options.is_modelled = true;
    options.pcap = "/tmp";
    char errors[100] = "";
    FILE *file = tmpfile();
    UNIT_EXPECT(dup2(fileno(file), STDERR_FILENO) != -1);
    UNIT_EXPECT(wire_open(&w, &options) == -1);
    UNIT_EXPECT(pread(fileno(file), errors, sizeof errors - 1, 0) > 0);
    UNIT_EXPECT(strstr(errors, "/tmp: ") != NULL);
    return 0;
}

static void a_file_that_cannot_be_written_is_an_error(void) {
    UNIT_CHILD(write_to_a_directory);
}

static int open_remote(void) {
    open_printed("by host 2", true);
    UNIT_EXPECT(w.is_captured && w.is_shared);
    UNIT_EXPECT(strcmp(printed, "wire: captured (by host 2)\n") == 0);
    UNIT_EXPECT(wire_close(&w) == 0);
    open_printed(NULL, true);
    UNIT_EXPECT(!w.is_captured);
    UNIT_EXPECT(strcmp(printed, "wire: modelled (why not)\n") == 0);
    return wire_close(&w);
}

static void says_how_a_remote_wire_is_captured_or_why_not(void) {
    UNIT_CHILD(open_remote);
}

/* On the wire of other hosts a wrong checksum is a fact; on one's own it was
 * only not computed yet. */
static int handle_checksum(void) {
    uint8_t bytes[] = {0,    0,    0,   0,  0, 0, 0,    0,   0,    0,
                       0,    0,    8,   0, /* Ethernet */
                       0x45, 0,    0,   28, 0, 0, 0,    0,   0x40, IP_UDP,
                       0x7c, 0xcf, 127, 0,  0, 1, 127,  0,   0,    1, /* IPv4 */
                       0,    7,    0,   7,  0, 8, 0x12, 0x34};        /* UDP */
    uint8_t *sum = bytes + sizeof bytes - 2;
    struct captured frame = {0, {bytes, sizeof bytes}, sizeof bytes};
    struct dissection d;
    open_printed("by host 2", true);
    w.ports[w.port_count++] = 7;
    UNIT_EXPECT(wire_handle(&w, &frame, &d));
    UNIT_EXPECT(sum[0] == 0x12 && sum[1] == 0x34);
    options.is_modelled = true;
    begin();
    UNIT_EXPECT(wire_handle(&w, &frame, &d));
    UNIT_EXPECT(sum[0] == 0x01 && sum[1] == 0xce);
    return 0;
}

static void only_the_checksums_of_ones_own_wire_are_completed(void) {
    UNIT_CHILD(handle_checksum);
}

static int name_ports(void) {
    options.is_modelled = true;
    UNIT_EXPECT(!begin() && pair_open(ends) == 0);
    wire_port(&w, -1); /* no socket */
    UNIT_EXPECT(w.port_count == 0);
    for (int i = 0; i <= WIRE_PORTS; i++) wire_port(&w, ends[0]);
    UNIT_EXPECT(w.port_count == WIRE_PORTS);
    return wire_close(&w);
}

static void a_wire_has_a_limited_number_of_ports(void) {
    UNIT_CHILD(name_ports);
}

/* The last bytes are written by the close. */
static int fill_disk(void) {
    char errors[100] = "";
    FILE *file = tmpfile();
    if (access("/dev/full", W_OK) != 0) return UNIT_SKIPPED;
    options.is_modelled = true;
    options.pcap = "/dev/full";
    UNIT_EXPECT(wire_open(&w, &options) == 0);
    UNIT_EXPECT(dup2(fileno(file), STDERR_FILENO) != -1);
    UNIT_EXPECT(wire_close(&w) == -1);
    UNIT_EXPECT(pread(fileno(file), errors, sizeof errors - 1, 0) > 0);
    UNIT_EXPECT(strstr(errors, "--pcap: ") != NULL);
    return 0;
}

static void a_full_disk_is_reported_at_the_close(void) {
    UNIT_CHILD(fill_disk);
}

#ifdef __linux__
#include "tcp/refusal_unit.h"

#include <sys/prctl.h>

static int share_loopback(void) {
    struct captured frame;
    struct dissection d;
    int others[2];
    uint32_t bytes = 0, connections = 0;
    if (!forbid_networks(CLONE_NEWUSER | CLONE_NEWNET) ||
        network_set_up("lo") != 0)
        return UNIT_SKIPPED;
    UNIT_EXPECT(begin());
    UNIT_EXPECT(strcmp(printed, "wire: captured (shared loopback)\n") == 0);
    UNIT_EXPECT(pair_open(others) == 0 && pair_open(ends) == 0);
    wire_port(&w, ends[1]);
    UNIT_EXPECT(io_send_all(others[0], "hello", 5) == 0);
    UNIT_EXPECT(io_send_all(ends[0], "hi", 2) == 0);
    while (wire_next(&w, &frame, &d)) {
        bytes += d.data_len;
        connections += d.segment.flags == SEGMENT_SYN;
    }
    UNIT_EXPECT(bytes == 2 && connections == 1);
    return 0;
}

static void others_on_a_shared_loopback_do_not_count(void) {
    UNIT_CHILD(share_loopback);
}

/* Neither a network nor AF_PACKET: the reason is printed. */
static int forbid_everything(void) {
    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return UNIT_SKIPPED;
    UNIT_EXPECT(prctl(PR_SET_DUMPABLE, 0) == 0); /* hides /proc/self */
    if (begin()) return UNIT_SKIPPED;
    UNIT_EXPECT(strncmp(printed, "wire: modelled (", 16) == 0);
    UNIT_EXPECT(strstr(printed, "ermi") && strstr(printed, "; "));
    return 0;
}

static void a_machine_that_forbids_it_has_a_model_and_the_reason(void) {
    UNIT_CHILD(forbid_everything);
}
#define LINUX_TESTS                                                            \
    UNIT_TEST(others_on_a_shared_loopback_do_not_count),                       \
        UNIT_TEST(a_machine_that_forbids_it_has_a_model_and_the_reason),
#else
#define LINUX_TESTS
#endif

UNIT_MAIN("tcp/wire",
          LINUX_TESTS UNIT_TEST(the_checksums_of_segments_are_completed),
          UNIT_TEST(a_datagram_is_captured), UNIT_TEST(a_model_has_no_frames),
          UNIT_TEST(a_pcap_file_has_every_frame_up_to_the_close),
          UNIT_TEST(the_pcap_file_of_a_model_has_a_header_only),
          UNIT_TEST(a_file_that_cannot_be_written_is_an_error),
          UNIT_TEST(a_full_disk_is_reported_at_the_close),
          UNIT_TEST(says_how_a_remote_wire_is_captured_or_why_not),
          UNIT_TEST(only_the_checksums_of_ones_own_wire_are_completed),
          UNIT_TEST(a_wire_has_a_limited_number_of_ports))
