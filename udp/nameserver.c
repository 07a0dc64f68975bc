/* nameserver.c: see udp/nameserver.h. */
#include "udp/nameserver.h"
#include "tcp/trace.h"
#include "udp/endpoint.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* RFC 2606 §2 reserves the names; RFC 5737 and RFC 3849 the addresses. */
static const struct zone_row EXAMPLE[] = {
    {"www.example", DNS_CNAME, "host.example", 0},
    {"host.example", DNS_A, "192.0.2.10", 0},
    {"host.example", DNS_AAAA, "2001:db8::10", 0},
    {"many.example", DNS_A, "192.0.2.100", 40}, /* too many for 512 bytes */
    {"ring.example", DNS_CNAME, "ring.example", 0},
    {NULL, 0, NULL, 0},
};
const struct zone NAMESERVER_EXAMPLE = {"example", 60, EXAMPLE};

/* A record of 16 bytes for a message with one question. Its name is a pointer
 * to that of the question; A, IN, a TTL of one day, 203.0.113.66. */
static const uint8_t FORGED[] = {0xc0, DNS_HEADER, 0,    DNS_A, 0, DNS_IN,
                                 0,    1,          0x51, 0x80,  0, 4,
                                 203,  0,          113,  66};

/* Turns a query into a reply by changing its bytes. False and errno: the query
 * is too long to add a record. */
static bool forge(struct buf *out, struct span query, int fault) {
    buf_append(out, query.data, query.len);
    bool is_whole = buf_append(out, FORGED, sizeof FORGED);
    uint8_t *message = buf_view(out).data;
    if (!is_whole || !message) {
        errno = EMSGSIZE;
        return false;
    }
    message[2] |= 0x80;                           /* QR: a response */
    message[7] = 1;                               /* ANCOUNT */
    if (fault == 1) message[1] ^= 1;              /* of the ID */
    if (fault == 2) message[DNS_HEADER + 1] ^= 1; /* of the first label */
    return true;
}

/* Sends the three forged replies. 0, or -1 and errno. */
static int attack(int fd, struct span query, const struct endpoint *to) {
    struct endpoint other;
    int other_fd = endpoint_bind(
        to->address.any.sa_family == AF_INET6 ? "::1" : "127.0.0.1", 0, &other);
    if (other_fd == -1) return -1;
    bool is_sent = true;
    for (int fault = 0; fault < 3 && is_sent; fault++) {
        struct buf out = {.max = DNS_MAX_UDP};
        int from = fault == 0 ? other_fd : fd;
        is_sent = forge(&out, query, fault) &&
                  endpoint_sendto(from, out.bytes, out.end, to) != -1;
        buf_free(&out);
    }
    close(other_fd);
    return is_sent ? 0 : -1;
}

static void trace_datagram(const char *arrow, const struct endpoint *peer,
                           ssize_t n) {
    char name[ENDPOINT_NAME_MAX];
    trace_peer(arrow, -1, "%s %zd B", endpoint_name(peer, name), n);
}

/* RFC 7766 §5: a server MUST support TCP: not enforced: a client sees TC, and
 * that is all this lesson needs. */
int nameserver_answer(int fd, const struct zone *z, bool is_attacked) {
    uint8_t bytes[DNS_MAX_UDP];
    struct endpoint from;
    struct buf out = {.max = DNS_MAX_UDP};
    ssize_t n = endpoint_recvfrom(fd, bytes, sizeof bytes, &from), sent = 0;
    if (n == -1) return -1;
    struct span query = {bytes, (size_t)n};
    bool is_due = zone_answer(z, query, &out);
    trace_datagram("<-", &from, n);
    if (is_due && is_attacked) sent = attack(fd, query, &from);
    if (is_due && sent != -1)
        sent = endpoint_sendto(fd, out.bytes, out.end, &from);
    if (sent > 0) trace_datagram("->", &from, sent);
    buf_free(&out);
    return sent == -1 ? -1 : 0;
}

static void on_signal(int signal_number) { /* as in udp/201_echo_server.c */
    (void)signal_number;
    _exit(EXIT_SUCCESS);
}

int nameserver_run(const char *host, uint16_t port, const struct zone *z) {
    struct endpoint self;
    char name[ENDPOINT_NAME_MAX];
    int fd = endpoint_bind(host, port, &self);
    if (fd == -1) return -1;
    trace_open(trace_is_on);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    printf("listening on %s\n", endpoint_name(&self, name));
    fflush(stdout);
    for (;;) nameserver_answer(fd, z, false);
}
