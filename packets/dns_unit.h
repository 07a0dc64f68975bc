/* dns_unit.h: what the tests of packets/dns.h have in common */
#ifndef PACKETS_DNS_UNIT_H
#define PACKETS_DNS_UNIT_H

#include "packets/dns.h"
#include "packets/unit.h"

#define LEN(bytes) (sizeof(bytes) - 1)

/* A reply of all kinds, put together by hand from RFC 1035 §4.1: www.example is
 * host.example, which has two addresses; an NS, and a TXT of three bytes. */
static const char REPLY[] =
    "\x12\x34\x85\x80\0\1\0\3\0\1\0\1"           /* QR AA RD RA */
    "\3www\7example\0\0\1\0\1"                   /* 12: the question */
    "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\7"             /* 29: CNAME */
    "\4host\xc0\x10"                             /* 41 */
    "\xc0\x29\0\1\0\1\0\0\0\x3c\0\4"             /* 48: A */
    "\xc0\0\2\x0a"                               /* 192.0.2.10 */
    "\xc0\x29\0\x1c\0\1\0\1\0\0\0\x10"           /* 64: AAAA */
    "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"     /* 2001:db8::1 */
    "\xc0\x10\0\2\0\1\0\0\0\x3c\0\5\2ns\xc0\x10" /* 92: NS */
    "\xc0\x0c\0\x10\0\1\0\0\0\x3c\0\3\2hi";      /* 109: TXT */

static struct dns_message m; /* too large for some stacks */
static char text[DNS_TEXT_MAX];

static inline void name_is(const struct dns_name *name, const char *expected) {
    dns_name_text(name, text);
    UNIT_TEXT(text, strlen(text), expected);
}

static inline struct dns_name name_from(const char *from) {
    struct dns_name name;
    UNIT_INT(dns_name_from(&name, from), 0);
    return name;
}

static inline struct dns_record *add(const char *name, uint16_t type) {
    struct dns_record *r = &m.records[m.counts[DNS_ANSWERS]++];
    *r = (struct dns_record){.type = type, .class = DNS_IN};
    r->name = name_from(name);
    if (type == DNS_A) address_parse(&r->address, "192.0.2.1");
    return r;
}

/* Fills m with n records A of "a", and then an OPT of 11 bytes. */
static inline void fill(int n, bool has_opt) {
    m = (struct dns_message){.question_count = 1};
    m.question = (struct dns_question){name_from("a"), DNS_A, DNS_IN};
    for (int i = 0; i < n; i++) add("a", DNS_A);
    if (!has_opt) return;
    m.records[n] = (struct dns_record){.type = DNS_OPT, .class = 512};
    m.records[n].name = name_from(".");
    m.counts[DNS_ADDITIONAL] = 1;
}

#endif
