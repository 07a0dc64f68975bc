/*
 * dns_code.h: the numbers of the domain name system, and their names
 *
 *   28  <->  AAAA        a type of records, RFC 1035 §3.2.2
 *    3   ->  NXDOMAIN    a code of a reply, RFC 1035 §4.1.1
 *
 * Introduced in udp/209_dns.c.
 */
#ifndef PACKETS_DNS_CODE_H
#define PACKETS_DNS_CODE_H

#include "packets/span.h"

enum dns_type {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_PTR = 12,
    DNS_AAAA = 28, /* RFC 3596 §2.1 */
    DNS_OPT = 41,  /* RFC 6891: not data, but what the sender can do */
};

enum {
    DNS_IN = 1 /* the class: the Internet */
};

enum dns_rcode {
    DNS_NOERROR = 0,
    DNS_FORMERR = 1,
    DNS_SERVFAIL = 2,
    DNS_NXDOMAIN = 3,
    DNS_NOTIMP = 4,
    DNS_REFUSED = 5,
};

#define DNS_WORD_MAX 12

/* Return "AAAA" and "NXDOMAIN". For a number without a name here, they write
 * "TYPE99" (RFC 3597 §5) and "RCODE9" to text and return that. */
const char *dns_type_text(uint16_t type, char text[DNS_WORD_MAX]);
const char *dns_rcode_text(uint8_t rcode, char text[DNS_WORD_MAX]);

/* Returns the number of "A", "aaaa" or "TYPE99"; 0: there is no such type. */
uint16_t dns_type_from(const char *text);

#endif
