/*
 * explain_dns.h: dissector of DNS messages (RFC 1035 §4)
 *
 *   | header | question: QNAME QTYPE QCLASS | record: NAME TYPE CLASS TTL ... |
 *
 * A name is explained label by label; its words are the whole name, wherever
 * its pointers lead. Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_EXPLAIN_DNS_H
#define PACKETS_EXPLAIN_DNS_H

#include "packets/dissector.h"

#define EXPLAIN_DNS_PORT 53 /* of UDP */

/* Explains a message: all that is visible. */
void explain_dns(struct dissector *d);

#endif
