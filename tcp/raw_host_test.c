/* raw_host_test.c: tcp/raw_host.h. Where the system refuses a network of its
 * own, the tests print that they were skipped. */
#include "packets/segment.h"
#include "packets/unit.h"
#include "tcp/io.h"
#include "tcp/raw_host.h"

#include <poll.h>
#include <sys/socket.h>

static struct raw_host host;
static char why[NETWORK_WHY_MAX];
static uint16_t port;

static bool begin(void) {
    if (raw_host_open(&host, why) == 0) return true;
    printf("%s\n", why);
    return false;
}

static int send_segment(uint8_t flags, uint32_t seq, uint32_t ack,
                        const char *text) {
    struct buf b = {.max = 100};
    struct segment s = {.source_port = 4000,
                        .destination_port = port,
                        .seq = seq,
                        .ack = ack,
                        .flags = flags,
                        .window = 1000};
    segment_write(&b, &s, span_from(text), &host.own, &host.peer);
    int status = raw_host_send(&host, buf_view(&b));
    buf_free(&b);
    return status;
}

/* Waits for a segment; its data is valid until the next call. */
static bool receive(struct segment *s, struct span *text) {
    struct span bytes;
    while (!raw_host_next(&host, &bytes))
        if (!capture_wait(&host.cable, 2000)) return false;
    int n = segment_parse(bytes, s);
    if (n <= 0 || !segment_checksum_is_right(bytes, &host.peer, &host.own))
        return false;
    *text = span_skip(bytes, (size_t)n);
    return true;
}

/* A handshake; the kernel's ISS. ARP is answered on the way. */
static int connect_by_hand(struct segment *s) {
    struct span text;
    UNIT_EXPECT(send_segment(SEGMENT_SYN, 99, 0, "") == 0);
    UNIT_EXPECT(receive(s, &text));
    UNIT_EXPECT(s->flags == (SEGMENT_SYN | SEGMENT_ACK) && s->ack == 100);
    UNIT_EXPECT(send_segment(SEGMENT_ACK, 100, s->seq + 1, "") == 0);
    return 0;
}

static int check_connection(void) {
    struct segment s;
    struct span text;
    char bytes[10];
    if (!begin()) return UNIT_SKIPPED;
    int listener = raw_host_listen(&host, &port);
    UNIT_EXPECT(listener != -1 && port != 0);
    UNIT_EXPECT(connect_by_hand(&s) == 0);
    int fd = accept(listener, NULL, NULL);
    UNIT_EXPECT(fd != -1);
    UNIT_EXPECT(send_segment(SEGMENT_ACK, 100, s.seq + 1, "hello") == 0);
    UNIT_EXPECT(io_recv(fd, bytes, sizeof bytes) == 5);
    UNIT_EXPECT(memcmp(bytes, "hello", 5) == 0);
    UNIT_EXPECT(receive(&s, &text) && s.ack == 105);
    UNIT_EXPECT(send(fd, "world", 5, 0) == 5);
    UNIT_EXPECT(receive(&s, &text) && text.len == 5);
    UNIT_EXPECT(memcmp(text.data, "world", 5) == 0);
    UNIT_EXPECT(host.unsent == 0);
    close(fd);
    close(listener);
    UNIT_EXPECT(raw_host_close(&host) == 0);
    return 0;
}

static void the_kernel_accepts_a_connection_made_by_hand(void) {
    UNIT_CHILD(check_connection);
}

static int check_echo(void) {
    struct segment s;
    struct span text;
    if (!begin()) return UNIT_SKIPPED;
    UNIT_EXPECT(raw_host_echo(&host, &port) == 0 && port != 0);
    UNIT_EXPECT(connect_by_hand(&s) == 0);
    UNIT_EXPECT(send_segment(SEGMENT_ACK, 100, s.seq + 1, "ping") == 0);
    do UNIT_EXPECT(receive(&s, &text));
    while (text.len == 0);
    UNIT_EXPECT(text.len == 4 && memcmp(text.data, "ping", 4) == 0);
    UNIT_EXPECT(send_segment(SEGMENT_FIN | SEGMENT_ACK, 104, s.seq + 4, "") ==
                0);
    do UNIT_EXPECT(receive(&s, &text));
    while (!(s.flags & SEGMENT_FIN));
    pid_t child = host.echo;
    UNIT_EXPECT(raw_host_close(&host) == 0 && host.echo == 0);
    UNIT_EXPECT(waitpid(child, NULL, 0) == -1); /* it was collected */
    return 0;
}

static void the_echo_sends_back_and_closes(void) {
    UNIT_CHILD(check_echo);
}

/* A kernel that owns the address as well resets what it does not know. */
static int check_share(void) {
    struct segment s;
    struct span text;
    struct captured frame;
    struct capture all;
    int resets = 0;
    if (!begin()) return UNIT_SKIPPED;
    int listener = raw_host_listen(&host, &port);
    UNIT_EXPECT(raw_host_capture(&host, &all) == 0);
    UNIT_EXPECT(raw_host_share(&host) == 0);
    UNIT_EXPECT(send_segment(SEGMENT_SYN, 99, 0, "") == 0);
    UNIT_EXPECT(receive(&s, &text) && s.ack == 100);
    for (int i = 0; i < 20 && resets == 0; i++) {
        capture_wait(&all, 100);
        while (capture_next(&all, &frame)) /* Ethernet and IPv4: 34 bytes */
            if (frame.bytes.len >= 54 && frame.bytes.data[23] == 6 &&
                frame.bytes.data[29] == 9 &&
                (frame.bytes.data[47] & SEGMENT_RST))
                resets++;
    }
    UNIT_EXPECT(resets == 1);
    capture_close(&all);
    close(listener);
    raw_host_close(&host);
    return 0;
}

static void a_second_owner_of_the_address_resets(void) {
    UNIT_CHILD(check_share);
}

static int check_modelled(void) {
    struct wire_options options = {.is_modelled = true};
    UNIT_EXPECT(raw_host_open_echo(&host, &options, 4000, &port) == 0);
    UNIT_EXPECT(port == 0 && host.cable.fd == -1);
    UNIT_EXPECT(raw_host_close(&host) == 0);
    return 0;
}

static void a_model_opens_nothing(void) {
    UNIT_CHILD(check_modelled);
}

static int check_file(void) {
    char path[] = "/tmp/raw_host_test_XXXXXX", bytes[2000];
    int fd = mkstemp(path);
    struct wire_options options = {.pcap = path};
    struct segment s;
    UNIT_EXPECT(fd != -1);
    UNIT_EXPECT(raw_host_open_echo(&host, &options, 4000, &port) == 0);
    unlink(path);
    if (port == 0) return UNIT_SKIPPED;
    UNIT_EXPECT(connect_by_hand(&s) == 0);
    UNIT_EXPECT(raw_host_close(&host) == 0);
    /* Header 24; SYN, SYN ACK with an option, ACK, each after 16 bytes. */
    UNIT_EXPECT(read(fd, bytes, sizeof bytes) >=
                24 + 16 + 54 + 16 + 58 + 16 + 54);
    close(fd);
    return 0;
}

static void the_segments_go_to_a_file(void) {
    UNIT_CHILD(check_file);
}

UNIT_MAIN("raw_host", UNIT_TEST(the_kernel_accepts_a_connection_made_by_hand),
          UNIT_TEST(the_echo_sends_back_and_closes),
          UNIT_TEST(a_second_owner_of_the_address_resets),
          UNIT_TEST(a_model_opens_nothing),
          UNIT_TEST(the_segments_go_to_a_file))
