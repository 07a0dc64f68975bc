/*
 * zone.h: answers queries from a table of names, as a name server does
 *
 *   query  --->  [ table of rows ]  --->  reply, RFC 1034 §4.3.2
 *
 * For one zone, for which the server is authoritative: it queries no other
 * server. Types: A, AAAA and CNAME. Introduced in udp/209_dns.c.
 */
#ifndef PACKETS_ZONE_H
#define PACKETS_ZONE_H

#include "packets/dns.h"

/* A record. A table ends with a row whose name is NULL. A name with a CNAME has
 * no other row (RFC 1034 §3.6.2). */
struct zone_row {
    const char *name; /* "www.example", in origin */
    uint16_t type;
    const char *data; /* an address, or a name for CNAME */
    int count;        /* so many addresses, from data on; 0 means 1 */
};

struct zone {
    const char *origin; /* all names of the zone end in it */
    uint32_t ttl;       /* s, of all records */
    const struct zone_row *rows;
};

/* Appends the reply to a query: at most DNS_MAX_UDP bytes, with TC if records
 * do not fit. False, and nothing was appended: no reply is due, or out is full.
 * */
bool zone_answer(const struct zone *z, struct span query, struct buf *out);

#endif
