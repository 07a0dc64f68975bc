/*
 * explain_dns.h: dissector of DNS messages (RFC 1035 §4)
 *
 *   | header | question: QNAME QTYPE QCLASS | record: NAME TYPE CLASS TTL ... |
 *
 * A name is explained label by label; its words are the whole name, with the
 * labels at its pointer. Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_EXPLAIN_DNS_H
#define PACKETS_EXPLAIN_DNS_H

#include "packets/dissector.h"

#define EXPLAIN_DNS_PORT 53 /* of UDP */

/* Explains the visible bytes as a message. */
void explain_dns(struct dissector *d);

#endif
