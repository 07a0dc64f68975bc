/* raw_host.c: see tcp/raw_host.h. Entry points: raw_host_open,
 * raw_host_open_echo, raw_host_close, raw_host_send, raw_host_next,
 * raw_host_listen, raw_host_echo, raw_host_share, raw_host_capture. */
#include "tcp/raw_host.h"
#include "packets/arp.h"
#include "packets/dissect.h"
#include "packets/ethernet.h"
#include "packets/ipv4.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/netlink.h"
#include "tcp/options.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/if_packet.h>
#include <sys/prctl.h>
#endif

enum {
    MTU = 1500,
    TTL = 64
};

#define PEER "10.0.0.1"

static const uint8_t own_mac[ADDRESS_MAC] = {2, 0, 0, 0, 0, 9};
static const uint8_t peer_mac[ADDRESS_MAC] = {2, 0, 0, 0, 0, 1};

int raw_host_capture(const struct raw_host *h, struct capture *c) {
    char name[HOSTS_NAME_MAX];
    if (hosts_use(&h->hosts, HOSTS_MIDDLE) != 0) return -1;
    return capture_open(c, hosts_interface(0, name));
}

/* Makes the socket ignore frames that this host sends at the interface. */
static int ignore_outgoing(int fd) {
#ifdef PACKET_IGNORE_OUTGOING
    int on = 1;
    return setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
#else
    (void)fd;
    return 0;
#endif
}

int raw_host_open(struct raw_host *h, char why[NETWORK_WHY_MAX]) {
    *h = (struct raw_host){.cable.fd = -1, .wire.capture.fd = -1};
    address_parse(&h->own, "10.0.0.9");
    address_parse(&h->peer, PEER);
    if (hosts_open(&h->hosts, 1, why) != 0) return -1;
    if (raw_host_capture(h, &h->cable) == 0 &&
        ignore_outgoing(h->cable.fd) == 0)
        return 0;
    snprintf(why, NETWORK_WHY_MAX, "AF_PACKET: %s", strerror(errno));
    raw_host_close(h);
    return -1;
}

int raw_host_close(struct raw_host *h) {
    if (h->echo > 0) kill(h->echo, SIGKILL);
    while (h->echo > 0 && waitpid(h->echo, NULL, 0) == -1 && errno == EINTR)
        continue;
    h->echo = 0;
    capture_close(&h->cable);
    hosts_close(&h->hosts);
    return wire_close(&h->wire);
}

/* Sends a frame, and frees it. */
static int send_frame(struct raw_host *h, struct buf *frame) {
    assert(!frame->failed);
    ssize_t n = send(h->cable.fd, frame->bytes, frame->end, 0);
    int error = errno;
    if (n == -1) h->unsent++;
    buf_free(frame);
    errno = error;
    return n == -1 ? -1 : 0;
}

static void write_link(struct buf *frame, uint16_t type) {
    struct ethernet e = {.type = type};
    memcpy(e.destination, peer_mac, ADDRESS_MAC);
    memcpy(e.source, own_mac, ADDRESS_MAC);
    ethernet_write(frame, &e);
}

int raw_host_send(struct raw_host *h, struct span segment) {
    struct buf frame = {.max = ETHERNET_HEADER + MTU};
    struct ipv4 ip = {.total_length = (uint16_t)(IPV4_HEADER + segment.len),
                      .dont_fragment = true,
                      .ttl = TTL,
                      .protocol = IP_TCP,
                      .source = h->own,
                      .destination = h->peer};
    assert(segment.len <= MTU - IPV4_HEADER);
    if (!buf_reserve(&frame, ETHERNET_HEADER + MTU)) return -1;
    write_link(&frame, ETHERNET_IPV4);
    ipv4_write(&frame, &ip);
    buf_append(&frame, segment.data, segment.len);
    return send_frame(h, &frame);
}

/* Replies to an ARP request for own: the kernel wants to send a packet to
 * it. */
static void answer_arp(struct raw_host *h, struct span frame) {
    struct buf reply = {.max = ETHERNET_HEADER + ARP_LENGTH};
    struct ethernet e;
    struct arp a;
    int n = ethernet_parse(frame, &e);
    if (n <= 0 || e.type != ETHERNET_ARP || h->is_shared) return;
    if (arp_parse(span_skip(frame, (size_t)n), &a) <= 0) return;
    if (a.operation != ARP_REQUEST || !address_equal(&a.target, &h->own))
        return;
    memcpy(a.target_mac, a.sender_mac, ADDRESS_MAC);
    memcpy(a.sender_mac, own_mac, ADDRESS_MAC);
    a.operation = ARP_REPLY;
    a.target = a.sender;
    a.sender = h->own;
    write_link(&reply, ETHERNET_ARP);
    arp_write(&reply, &a);
    send_frame(h, &reply); /* if it is lost, the kernel retries */
}

bool raw_host_next(struct raw_host *h, struct span *segment) {
    struct captured frame;
    struct dissection d;
    while (capture_next(&h->cable, &frame)) {
        answer_arp(h, frame.bytes);
        if (dissect(frame.bytes, &d) <= 0 || d.protocol != IP_TCP) continue;
        if (!address_equal(&d.source, &h->peer) ||
            !address_equal(&d.destination, &h->own))
            continue;
        /* the capture has cut it */
        if (d.transport.len < d.transport_len) continue;
        *segment = d.transport;
        return true;
    }
    return false;
}

int raw_host_listen(const struct raw_host *h, uint16_t *port) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    if (hosts_use(&h->hosts, 0) != 0) return -1;
    int fd = listen_open(PEER, 0);
    bool is_open =
        fd != -1 && getsockname(fd, (struct sockaddr *)&address, &size) == 0;
    int error = errno;
    if (hosts_use(&h->hosts, HOSTS_MIDDLE) != 0) {
        is_open = false;
        error = errno;
    }
    if (is_open) {
        *port = ntohs(address.sin_port);
        return fd;
    }
    if (fd != -1) close(fd);
    errno = error;
    return -1;
}

/* Runs in the child, which ends with its parent, even if the parent is killed,
 * before prctl or later. */
_Noreturn static void serve_echo(int listener, pid_t parent) {
    static char bytes[64 * 1024];
    ssize_t n;
#ifdef PR_SET_PDEATHSIG
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (getppid() != parent) _exit(1);
    int fd = accept(listener, NULL, NULL);
    if (fd == -1) _exit(1);
    while ((n = io_recv(fd, bytes, sizeof bytes)) > 0)
        if (io_send_all(fd, bytes, (size_t)n) != 0) break;
    _exit(0); /* closes fd: a FIN, unless input is unread */
}

int raw_host_echo(struct raw_host *h, uint16_t *port) {
    int listener = raw_host_listen(h, port);
    if (listener == -1) return -1;
    pid_t parent = getpid();
    h->echo = fork();
    if (h->echo == 0) serve_echo(listener, parent);
    int error = errno;
    close(listener);
    errno = error;
    return h->echo == -1 ? -1 : 0;
}

int raw_host_open_echo(struct raw_host *h, const struct wire_options *options,
                       uint16_t own_port, uint16_t *port) {
    char why[NETWORK_WHY_MAX] = "as --modelled says";
    bool is_open = !options->is_modelled && raw_host_open(h, why) == 0;
    if (!is_open) *h = (struct raw_host){.cable.fd = -1, .hosts.middle = -1};
    for (int i = 0; !is_open && i < HOSTS_MAX; i++) h->hosts.net[i] = -1;
    if (wire_open_remote(&h->wire, options, is_open ? "a cable" : NULL, why))
        return -1;
    h->wire.ports[h->wire.port_count++] = own_port;
    *port = 0;
    if (!is_open) return 0;
    if (raw_host_capture(h, &h->wire.capture) == 0 &&
        raw_host_echo(h, port) == 0)
        return 0;
    options_report("the cable");
    return -1;
}

int raw_host_share(struct raw_host *h) {
    char name[HOSTS_NAME_MAX];
    if (hosts_use(&h->hosts, HOSTS_MIDDLE) != 0 ||
        netlink_add_address(hosts_interface(0, name), &h->own, 24) != 0)
        return -1;
    h->is_shared = true;
    return 0;
}
