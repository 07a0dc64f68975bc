/*
 * explain_dns.h: dissector of DNS messages (RFC 1035 §4)
 *
 *   | header | question: QNAME QTYPE QCLASS | record: NAME TYPE CLASS TTL ... |
 *
 * A name is explained label by label; its words are the whole name, with the
 * labels at its pointer. So a record of 12 bytes may need a text of 200, and a
 * datagram has space for 5000 records. To bound the memory, no more records are
 * explained once there are EXPLAIN_DNS_MAX_FIELDS fields. The rest of the
 * message is one field then, and its words say so. Introduced in
 * packets/303_ethernet.c.
 */
#ifndef PACKETS_EXPLAIN_DNS_H
#define PACKETS_EXPLAIN_DNS_H

#include "packets/dissector.h"

#define EXPLAIN_DNS_PORT 53         /* of UDP */
#define EXPLAIN_DNS_MAX_FIELDS 4096 /* more than a message of 4091 bytes has */

/* Explains the visible bytes as a message. */
void explain_dns(struct dissector *d);

#endif
