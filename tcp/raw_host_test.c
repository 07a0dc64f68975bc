/* raw_host_test.c: tcp/raw_host.h. Where the system refuses a network of its
 * own, the tests print that they were skipped. */
#include "packets/ethernet.h"
#include "packets/ipv4.h"
#include "packets/segment.h"
#include "tcp/calls_unit.h"
#include "tcp/io.h"
#include "tcp/raw_host.h"
#include "tcp/unit.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

int setns(int fd, int type); /* Linux */
UNIT_KILL
UNIT_CALL(int, -1, accept, (int fd, struct sockaddr *from, socklen_t *size),
          (fd, from, size))
UNIT_CALL(pid_t, -1, fork, (void), ())
UNIT_CALL(int, -1, getsockname, (int fd, struct sockaddr *at, socklen_t *size),
          (fd, at, size))
UNIT_CALL(int, -1, pipe, (int ends[2]), (ends))
UNIT_CALL(ssize_t, -1, send, (int fd, const void *bytes, size_t n, int flags),
          (fd, bytes, n, flags))
UNIT_CALL(int, -1, setns, (int fd, int type), (fd, type))
UNIT_CALL(int, -1, setsockopt,
          (int fd, int level, int name, const void *value, socklen_t size),
          (fd, level, name, value, size))
UNIT_CALL(int, -1, socket, (int family, int type, int protocol),
          (family, type, protocol))
UNIT_CALL(pid_t, -1, waitpid, (pid_t pid, int *status, int options),
          (pid, status, options))

static struct raw_host host;
static char why[NETWORK_WHY_MAX];
static uint16_t port;

/* Does the system allow a cable, and a capture of it? */
static int try_cable(void) {
    char name[HOSTS_NAME_MAX];
    if (hosts_open(&host.hosts, 1, why) == 0 &&
        capture_open(&host.cable, hosts_interface(0, name)) == 0)
        return 0;
    printf("%s\n", why);
    return 2;
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

/* The kernel's end sends a datagram to own. */
static int send_datagram(void) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    memcpy(&to.sin_addr, host.own.bytes, host.own.len);
    UNIT_EXPECT(hosts_use(&host.hosts, 0) == 0);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    UNIT_EXPECT(hosts_use(&host.hosts, HOSTS_MIDDLE) == 0 && fd != -1);
    UNIT_EXPECT(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to) == 1);
    close(fd);
    return 0;
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
    UNIT_EXPECT(raw_host_open(&host, why) == 0);
    int other = raw_host_listen(&host, &port);
    int listener = raw_host_listen(&host, &port); /* at another port */
    UNIT_EXPECT(other != -1 && listener != -1 && port != 0);
    close(other);
    UNIT_EXPECT(connect_by_hand(&s) == 0);
    int fd = accept(listener, NULL, NULL);
    UNIT_EXPECT(fd != -1);
    UNIT_EXPECT(send_segment(SEGMENT_ACK, 100, s.seq + 1, "hello") == 0);
    UNIT_EXPECT(io_recv(fd, bytes, sizeof bytes) == 5);
    UNIT_EXPECT(memcmp(bytes, "hello", 5) == 0);
    UNIT_EXPECT(receive(&s, &text) && s.ack == 105);
    UNIT_EXPECT(send_datagram() == 0); /* which is no segment */
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
    UNIT_CHILD_IF(try_cable, check_connection);
}

/* Sends one byte to the echo; s is the segment in which it comes back. */
static int wait_for_echo(struct segment *s) {
    struct span text;
    UNIT_EXPECT(connect_by_hand(s) == 0);
    UNIT_EXPECT(send_segment(SEGMENT_ACK, 100, s->seq + 1, "p") == 0);
    do UNIT_EXPECT(receive(s, &text));
    while (text.len == 0);
    UNIT_EXPECT(text.len == 1 && *text.data == 'p');
    return 0;
}

static int check_echo(void) {
    struct segment s;
    struct span text;
    UNIT_EXPECT(raw_host_open(&host, why) == 0);
    UNIT_EXPECT(raw_host_echo(&host, &port) == 0 && port != 0);
    UNIT_EXPECT(wait_for_echo(&s) == 0);
    uint32_t first = s.seq; /* may be sent again, on a busy machine */
    UNIT_EXPECT(send_segment(SEGMENT_ACK, 101, s.seq + 1, "again") == 0);
    do UNIT_EXPECT(receive(&s, &text));
    while (text.len == 0 || s.seq == first);
    UNIT_EXPECT(text.len == 5 && memcmp(text.data, "again", 5) == 0);
    UNIT_EXPECT(send_segment(SEGMENT_FIN | SEGMENT_ACK, 106, s.seq + 5, "") ==
                0);
    do UNIT_EXPECT(receive(&s, &text));
    while (!(s.flags & SEGMENT_FIN));
    int status = -1;
    UNIT_EXPECT(waitpid(host.echo, &status, 0) == host.echo && status == 0);
    host.echo = 0;
    UNIT_EXPECT(raw_host_close(&host) == 0);
    return 0;
}

static void the_echo_sends_back_and_closes(void) {
    UNIT_CHILD_IF(try_cable, check_echo);
}

/* Is it a frame of ARP that the program has sent? */
static bool is_own_arp(struct span frame) {
    static const uint8_t own[] = {2, 0, 0, 0, 0, 9, 8, 6};
    return frame.len >= 14 && memcmp(frame.data + 6, own, sizeof own) == 0;
}

/* A kernel with the same address resets connections that it does not know. */
static int check_share(void) {
    struct segment s;
    struct span text;
    struct captured frame;
    struct capture all;
    int resets = 0, replies = 0; /* own replies of ARP */
    UNIT_EXPECT(raw_host_open(&host, why) == 0);
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
            else if (is_own_arp(frame.bytes))
                replies++;
    }
    UNIT_EXPECT(resets == 1 && replies == 0);
    capture_close(&all);
    close(listener);
    raw_host_close(&host);
    return 0;
}

static void a_second_owner_of_the_address_resets(void) {
    UNIT_CHILD_IF(try_cable, check_share);
}

/* Without a client: raw_host_close ends the child, and waits until it has. */
static int check_end_of_echo(void) {
    int before = count_descriptors();
    UNIT_EXPECT(raw_host_open(&host, why) == 0);
    UNIT_EXPECT(host.hosts.count == 1);
    UNIT_EXPECT(raw_host_echo(&host, &port) == 0 && port != 0);
    pid_t child = host.echo;
    fail_call("waitpid", 1, EINTR);
    UNIT_EXPECT(raw_host_close(&host) == 0 && host.echo == 0);
    UNIT_EXPECT(call_has_failed());
    UNIT_EXPECT(waitpid(child, NULL, 0) == -1); /* it was collected */
    UNIT_EXPECT(count_descriptors() == before);
    return 0;
}

static void the_echo_ends_with_the_host(void) {
    UNIT_CHILD_IF(try_cable, check_end_of_echo);
}

/* A pipe ends when the last process that has it is gone: the child of a program
 * that was killed. With is_running the child has begun to work by then. */
static int leave_echo(int pipe_end, bool is_running) {
    struct segment s;
    UNIT_EXPECT(raw_host_open(&host, why) == 0);
    UNIT_EXPECT(raw_host_echo(&host, &port) == 0);
    UNIT_EXPECT(!is_running || wait_for_echo(&s) == 0);
    UNIT_EXPECT(write(pipe_end, "x", 1) == 1);
    kill(getpid(), SIGKILL);
    return 0;
}

static int kill_program(bool is_running) {
    int through[2];
    char byte;
    UNIT_EXPECT(pipe(through) == 0);
    pid_t pid = fork();
    if (pid == 0) _exit(leave_echo(through[1], is_running));
    close(through[1]);
    waitpid(pid, NULL, 0);
    UNIT_EXPECT(read(through[0], &byte, 1) == 1);
    UNIT_EXPECT(pipe_ends(through[0]));
    close(through[0]);
    return 0;
}

static int kill_at_once(void) {
    return kill_program(false);
}

static int kill_later(void) {
    return kill_program(true);
}

static void the_echo_does_not_outlive_the_program(void) {
    UNIT_CHILD_IF(try_cable, kill_at_once);
    UNIT_CHILD_IF(try_cable, kill_later);
}

/* Opens the kernel's end of the cable, for frames as no kernel sends them. */
static int open_inner(struct capture *inner) {
    UNIT_EXPECT(hosts_use(&host.hosts, 0) == 0);
    UNIT_EXPECT(capture_open(inner, "eth0") == 0);
    UNIT_EXPECT(hosts_use(&host.hosts, HOSTS_MIDDLE) == 0);
    return 0;
}

/* RFC 826: "who has 10.0.0.9? tell 10.0.0.1", and the reply to it. */
static const uint8_t request[] = {
    255, 255, 255, 255, 255, 255, 2,  0, 0, 0, 0, 1, 8, 6, /* header */
    0,   1,   8,   0,   6,   4,   0,  1, 2, 0, 0, 0, 0, 1,
    10,  0,   0,   1, /* from */
    0,   0,   0,   0,   0,   0,   10, 0, 0, 9};
static const uint8_t reply[] = {2,  0, 0, 0, 0, 1, 2, 0, 0, 0, 0,  9, 8, 6,
                                0,  1, 8, 0, 6, 4, 0, 2, 2, 0, 0,  0, 0, 9,
                                10, 0, 0, 9, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1};

/* Sends n bytes of the request with one changed, which is not to be answered,
 * then the request: how many replies are there, all equal to reply? */
static int count_replies(struct capture *inner, size_t n, size_t at,
                         uint8_t value) {
    uint8_t changed[sizeof request];
    struct captured frame;
    struct span segment;
    int count = 0;
    memcpy(changed, request, sizeof request);
    changed[at] = value;
    if (send(inner->fd, changed, n, 0) == -1) return -1;
    if (send(inner->fd, request, sizeof request, 0) == -1) return -1;
    while (count == 0 && capture_wait(&host.cable, 2000)) {
        if (raw_host_next(&host, &segment)) return -1;
        while (capture_next(inner, &frame)) {
            if (!is_own_arp(frame.bytes)) continue;
            if (frame.bytes.len != sizeof reply ||
                memcmp(frame.bytes.data, reply, sizeof reply) != 0)
                return -1;
            count++;
        }
    }
    return count;
}

static int check_arp(void) {
    struct capture inner;
    UNIT_EXPECT(raw_host_open(&host, why) == 0);
    UNIT_EXPECT(open_inner(&inner) == 0);
    UNIT_EXPECT(count_replies(&inner, 41, 0, 255) == 1); /* cut */
    UNIT_EXPECT(count_replies(&inner, 42, 13, 5) == 1);  /* type 0x0805 */
    UNIT_EXPECT(count_replies(&inner, 42, 21, 2) == 1);  /* a reply */
    UNIT_EXPECT(count_replies(&inner, 42, 41, 8) == 1);  /* for 10.0.0.8 */
    UNIT_EXPECT(count_replies(&inner, 42, 15, 6) == 1);  /* other hardware */
    UNIT_EXPECT(host.unsent == 0);
    capture_close(&inner);
    return 0;
}

static void it_replies_only_to_arp_for_its_address(void) {
    UNIT_CHILD_IF(try_cable, check_arp);
}

/* Sends a segment from the kernel's end; missing: bytes at its end that the
 * header of IPv4 counts but that are not there. */
static int send_inner(struct capture *inner, const char *source,
                      const char *destination, uint32_t seq, uint16_t missing) {
    struct buf b = {.max = 100};
    struct ethernet e = {{2, 0, 0, 0, 0, 9}, {2, 0, 0, 0, 0, 1}, 0x0800, 0};
    struct ipv4 ip = {.total_length = (uint16_t)(40 + missing),
                      .ttl = 64,
                      .protocol = IP_TCP};
    struct segment s = {.source_port = 1, .destination_port = 2, .seq = seq};
    UNIT_EXPECT(address_parse(&ip.source, source));
    UNIT_EXPECT(address_parse(&ip.destination, destination));
    UNIT_EXPECT(ethernet_write(&b, &e) && ipv4_write(&b, &ip));
    UNIT_EXPECT(
        segment_write(&b, &s, (struct span){0}, &ip.source, &ip.destination));
    UNIT_EXPECT(send(inner->fd, b.bytes, b.end, 0) == 54);
    buf_free(&b);
    return 0;
}

/* RFC 791 §3.1: the header of a packet from the program. */
static int check_header(struct capture *inner) {
    struct captured frame;
    struct ipv4 ip;
    port = 1;
    UNIT_EXPECT(send_segment(SEGMENT_ACK, 1, 2, "abc") == 0);
    UNIT_EXPECT(capture_wait(inner, 2000) && capture_next(inner, &frame));
    UNIT_EXPECT(frame.bytes.len == 14 + 20 + 20 + 3);
    UNIT_EXPECT(ipv4_parse(span_skip(frame.bytes, 14), &ip) == 20);
    UNIT_EXPECT(ip.ttl == 64 && ip.dont_fragment && ip.checksum_is_right);
    UNIT_EXPECT(address_equal(&ip.source, &host.own));
    UNIT_EXPECT(address_equal(&ip.destination, &host.peer));
    return 0;
}

static int check_others(void) {
    struct capture inner;
    struct segment s;
    struct span text;
    UNIT_EXPECT(raw_host_open(&host, why) == 0);
    UNIT_EXPECT(open_inner(&inner) == 0);
    UNIT_EXPECT(send_inner(&inner, "10.0.0.5", "10.0.0.9", 1, 0) == 0);
    UNIT_EXPECT(send_inner(&inner, "10.0.0.1", "10.0.0.5", 2, 0) == 0);
    UNIT_EXPECT(send_inner(&inner, "10.0.0.1", "10.0.0.9", 3, 1) == 0);
    UNIT_EXPECT(send_inner(&inner, "10.0.0.1", "10.0.0.9", 4, 0) == 0);
    UNIT_EXPECT(receive(&s, &text) && s.seq == 4);
    while (capture_wait(&inner, 0))
        if (!capture_next(&inner, &(struct captured){0})) break;
    UNIT_EXPECT(check_header(&inner) == 0);
    capture_close(&inner);
    return 0;
}

static void it_receives_only_whole_segments_from_its_peer(void) {
    UNIT_CHILD_IF(try_cable, check_others);
}

/* Fails if the call that is refused leaves a descriptor behind. */
static int refuse_listener(const char *call, int number) {
    int before = count_descriptors();
    fail_call(call, number, EPERM);
    UNIT_EXPECT(raw_host_listen(&host, &port) == -1);
    UNIT_EXPECT(errno == EPERM && call_has_failed());
    UNIT_EXPECT(count_descriptors() == before);
    return 0;
}

static int check_refusals(void) {
    struct capture c;
    int status = 0;
    UNIT_EXPECT(raw_host_open(&host, why) == 0);
    UNIT_EXPECT(refuse_listener("setns", 1) == 0);
    UNIT_EXPECT(refuse_listener("setns", 2) == 0);
    UNIT_EXPECT(refuse_listener("socket", 1) == 0);
    UNIT_EXPECT(refuse_listener("getsockname", 1) == 0);

    fail_call("setns", 1, EPERM);
    UNIT_EXPECT(raw_host_capture(&host, &c) == -1 && errno == EPERM);
    fail_call("socket", 1, EPERM);
    UNIT_EXPECT(raw_host_capture(&host, &c) == -1 && errno == EPERM);
    fail_call("setns", 1, EPERM);
    UNIT_EXPECT(raw_host_share(&host) == -1 && !host.is_shared);
    fail_call("socket", 1, EPERM);
    UNIT_EXPECT(raw_host_share(&host) == -1 && !host.is_shared);

    fail_call("send", 1, ENOBUFS);
    UNIT_EXPECT(send_segment(SEGMENT_SYN, 99, 0, "") == -1);
    UNIT_EXPECT(errno == ENOBUFS && host.unsent == 1);

    int before = count_descriptors();
    fail_call("setns", 1, EPERM);
    UNIT_EXPECT(raw_host_echo(&host, &port) == -1 && errno == EPERM);
    fail_call("fork", 1, EAGAIN);
    UNIT_EXPECT(raw_host_echo(&host, &port) == -1 && errno == EAGAIN);
    fail_call("accept", 1, EMFILE); /* in the child */
    UNIT_EXPECT(raw_host_echo(&host, &port) == 0);
    UNIT_EXPECT(waitpid(host.echo, &status, 0) == host.echo);
    UNIT_EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    UNIT_EXPECT(count_descriptors() == before);
    return 0;
}

static void what_is_refused_is_an_error_and_leaves_nothing(void) {
    UNIT_CHILD_IF(try_cable, check_refusals);
}

/* The calls of setsockopt: two for the ring, one to ignore own frames. */
static int check_open(void) {
    int before = count_descriptors();
    fail_call("pipe", 1, EMFILE);
    UNIT_EXPECT(raw_host_open(&host, why) == -1);
    UNIT_EXPECT(strncmp(why, "pipe: ", 6) == 0);
    UNIT_EXPECT(host.cable.fd == -1 && host.wire.capture.fd == -1);
    UNIT_EXPECT(raw_host_close(&host) == 0);
    for (int k = 1; k <= 3; k += 2) {
        fail_call("setsockopt", k, EACCES);
        UNIT_EXPECT(raw_host_open(&host, why) == -1 && call_has_failed());
        UNIT_EXPECT(strncmp(why, "AF_PACKET: Permission", 21) == 0);
        UNIT_EXPECT(host.cable.fd == -1);
        UNIT_EXPECT(count_descriptors() == before);
    }
    return 0;
}

/* Another child of the program is not the echo's. */
static int check_other_child(void) {
    UNIT_EXPECT(raw_host_open(&host, why) == 0);
    pid_t other = fork();
    if (other == 0) _exit(0);
    UNIT_EXPECT(raw_host_close(&host) == 0);
    UNIT_EXPECT(waitpid(other, NULL, 0) == other);
    return 0;
}

static void the_end_of_another_child_stays_the_programs(void) {
    UNIT_CHILD_IF(try_cable, check_other_child);
}

static void without_a_capture_there_is_no_host(void) {
    UNIT_CHILD_IF(try_cable, check_open);
}

/* What is refused after the cable is open is an error, not a model. */
static int check_open_echo(void) {
    struct wire_options none = {.pcap = NULL}, bad = {.pcap = "/none/none"};
    UNIT_EXPECT(raw_host_open_echo(&host, &bad, 4000, &port) == -1);
    raw_host_close(&host);
    fail_call("setsockopt", 4, EACCES); /* of the second capture */
    UNIT_EXPECT(raw_host_open_echo(&host, &none, 4000, &port) == -1);
    UNIT_EXPECT(call_has_failed() && port == 0);
    UNIT_EXPECT(raw_host_close(&host) == 0);
    fail_call("fork", 2, EAGAIN); /* the first is that of network_enter */
    UNIT_EXPECT(raw_host_open_echo(&host, &none, 4000, &port) == -1);
    UNIT_EXPECT(call_has_failed());
    UNIT_EXPECT(raw_host_close(&host) == 0);
    fail_call("pipe", 1, EMFILE); /* no network: the model */
    UNIT_EXPECT(raw_host_open_echo(&host, &none, 4000, &port) == 0);
    UNIT_EXPECT(call_has_failed() && port == 0);
    UNIT_EXPECT(raw_host_close(&host) == 0);
    return 0;
}

static void a_cable_without_its_echo_is_an_error(void) {
    UNIT_CHILD_IF(try_cable, check_open_echo);
}

static int check_modelled(void) {
    struct wire_options options = {.is_modelled = true};
    int before = count_descriptors();
    UNIT_EXPECT(raw_host_open_echo(&host, &options, 4000, &port) == 0);
    UNIT_EXPECT(port == 0 && host.cable.fd == -1);
    UNIT_EXPECT(raw_host_close(&host) == 0);
    UNIT_EXPECT(count_descriptors() == before);
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
    UNIT_EXPECT(port != 0 && connect_by_hand(&s) == 0);
    UNIT_EXPECT(raw_host_close(&host) == 0);
    /* Header 24; SYN, SYN ACK with an option, ACK, each after 16 bytes. */
    UNIT_EXPECT(read(fd, bytes, sizeof bytes) >=
                24 + 16 + 54 + 16 + 58 + 16 + 54);
    close(fd);
    return 0;
}

static void the_segments_go_to_a_file(void) {
    UNIT_CHILD_IF(try_cable, check_file);
}

UNIT_MAIN("raw_host", UNIT_TEST(the_kernel_accepts_a_connection_made_by_hand),
          UNIT_TEST(the_echo_sends_back_and_closes),
          UNIT_TEST(the_echo_ends_with_the_host),
          UNIT_TEST(the_echo_does_not_outlive_the_program),
          UNIT_TEST(it_replies_only_to_arp_for_its_address),
          UNIT_TEST(it_receives_only_whole_segments_from_its_peer),
          UNIT_TEST(what_is_refused_is_an_error_and_leaves_nothing),
          UNIT_TEST(the_end_of_another_child_stays_the_programs),
          UNIT_TEST(without_a_capture_there_is_no_host),
          UNIT_TEST(a_cable_without_its_echo_is_an_error),
          UNIT_TEST(a_second_owner_of_the_address_resets),
          UNIT_TEST(a_model_opens_nothing),
          UNIT_TEST(the_segments_go_to_a_file))
