/*
 * 209_dns.c: a name becomes an address, byte by byte
 *
 * Shows       A query is one datagram, and anyone can send a reply. A client
 *             believes only one with its server's address, ID and question.
 * By hand     The query, field by field; what a client compares.
 * Calls       packets/dns.h, udp/nameserver.h (introduced here), tcp/io.h
 * Run         $ bin/209_dns
 *             $ bin/209_dns --break
 * Try         $ bin/209_dns --serve --port 7209 --trace &
 *             $ bin/209_dns 127.0.0.1:7209 many.example
 * Limits      It asks once (202), and never over TCP (RFC 7766).
 * Read        RFC 1034 §3.6.2, RFC 1035 §4, RFC 3596 §2, RFC 5452 §9
 */
#include "packets/url.h"
#include "tcp/clock.h"
#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/trace.h"
#include "udp/endpoint.h"
#include "udp/nameserver.h"

#include <stdio.h>
#include <stdlib.h>

#define WAIT_MS 3000 /* 2 to 5 s, RFC 1035 §4.2.1 */

static struct buf out = {.max = DNS_MAX_UDP};
static struct dns_message query, reply; /* parsed */
static bool is_broken, is_serving;

/* Appends a field to the query, and prints its bytes and what they are. */
static void put(const void *bytes, size_t n, const char *meaning) {
    buf_append(&out, bytes, n);
    for (size_t i = 0; i < n; i++) printf(" %02x", ((const uint8_t *)bytes)[i]);
    printf("%*s  %s\n", n < 8 ? 24 - 3 * (int)n : 0, "", meaning);
}

/* RFC 1035 §4.1.1, §4.1.2. Returns false if there is no such name or type. */
static bool write_query(const char *text, uint16_t number) {
    struct dns_name name;
    uint8_t id[2], type[2] = {(uint8_t)(number >> 8), (uint8_t)number};
    if (dns_name_from(&name, text) != 0 || number == 0) return false;
    check(io_random(id, 2) == 0, "io_random");
    put(id, 2, "ID: random, a forger has to guess it");
    put("\1\0", 2, "flags: QR 0, a query; RD 1, recursion desired");
    put("\0\1", 2, "QDCOUNT: one question");
    put("\0\0", 2, "ANCOUNT: no answers");
    put("\0\0\0\0", 4, "NSCOUNT, ARCOUNT: no records of other kinds");
    for (const uint8_t *l = name.bytes; *l; l += 1 + *l)
        put(l, 1u + *l, "QNAME: a label after its length");
    put("", 1, "QNAME: the root ends it");
    put(type, 2, "QTYPE");
    put("\0\1", 2, "QCLASS: IN, the Internet");
    return dns_parse(buf_view(&out), &query) > 0;
}

/* RFC 5452 §9.1: what a client compares; here with the server's port as well.
 * The kernel compared our own address and port. Returns NULL: believe it. */
static const char *objection(bool is_from_server) {
    if (is_broken) return NULL;
    if (!is_from_server) return "another source";
    if (!reply.is_response || reply.id != query.id) return "another ID";
    return dns_question_equal(&reply, &query) ? NULL : "another question";
}

/* Receives until it believes a reply. False: none arrived within WAIT_MS. */
static bool receive(int fd, const struct endpoint *server) {
    static uint8_t bytes[ENDPOINT_MAX_IPV6]; /* reply borrows from it */
    char name[ENDPOINT_NAME_MAX];
    struct endpoint from;
    for (int64_t end = clock_ms() + WAIT_MS; endpoint_wait_until(fd, end);) {
        ssize_t n = endpoint_recvfrom(fd, bytes, sizeof bytes, &from);
        if (n == -1) continue;
        int used = dns_parse((struct span){bytes, (size_t)n}, &reply);
        bool is_from_server = endpoint_equal(&from, server);
        const char *why = used > 0 ? objection(is_from_server) : "no message";
        printf("%zd bytes from %s: ", n, endpoint_name(&from, name));
        printf("%s%s\n", why ? "refused, " : "believed", why ? why : "");
        if (!why) return true;
    }
    return false;
}

static int show_reply(void) {
    char text[DNS_RECORD_MAX];
    const struct dns_record *found = dns_answer(&reply);
    const char *end = reply.is_truncated ? ", TC: truncated" : "";
    printf("%s%s\n", dns_rcode_text(reply.rcode, text), end);
    for (int i = 0; i < reply.counts[DNS_ANSWERS]; i++)
        printf("  %s\n", dns_record_text(&reply.records[i], text));
    if (!found) puts("no answer record");
    if (found) dns_record_text(found, text);
    if (found) printf("What you saw: the client believes %s\n", text);
    return found ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Asks *to. server is the socket of our own server, or -1. */
static int ask(const struct endpoint *to, int server) {
    const char *any = to->address.any.sa_family == AF_INET6 ? "::" : "0.0.0.0";
    struct endpoint self;
    int fd = endpoint_bind(any, 0, &self);
    check(fd != -1 && endpoint_sendto(fd, out.bytes, out.end, to) != -1,
          "sendto");
    if (server != -1) nameserver_answer(server, &NAMESERVER_EXAMPLE, true);
    if (!receive(fd, to)) die("no reply");
    return show_reply();
}

int main(int argc, char **argv) {
    const char *host = "127.0.0.1", *name = "www.example", *type = "A";
    char *at, *number;
    uint32_t port = 7209;
    struct endpoint to;
    const struct option_row options[] = {
        OPTION_FLAG("--break", "believe the first reply", &is_broken),
        OPTION_FLAG("--serve", "answer queries at --port", &is_serving),
        OPTION_HOST(&host),
        OPTION_PORT(&port),
        OPTION_TRACE(&trace_is_on),
        OPTION_END};
    int status = options_parse_operands(argc, argv, options, 3,
                                        "[HOST:PORT [NAME [TYPE]]]");
    if (status != -1) return status;
    if (is_serving || (argc > 1 && !argv[1] && !is_broken)) { /* --port */
        nameserver_run(host, (uint16_t)port, &NAMESERVER_EXAMPLE);
        return options_report_bind(host, port);
    }
    if (argv[1] && argv[2]) name = argv[2];
    if (argv[1] && argv[2] && argv[3]) type = argv[3];
    int server = argv[1] ? -1 : endpoint_bind(host, 0, &to);
    check(argv[1] || server != -1, "endpoint_bind");
    if (argv[1] && (url_split_host_port(argv[1], &at, &number) != 0 ||
                    endpoint_from(&to, at, (uint16_t)strtol(number, NULL, 10))))
        name = NULL; /* there is no server to ask */
    if (name && write_query(name, dns_type_from(type))) return ask(&to, server);
    fputs("209_dns: expected ADDRESS:PORT NAME TYPE\n", stderr);
    return 2;
}
