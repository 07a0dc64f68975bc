/*
 * nat.h: many hosts with private addresses share one public address
 *
 *   inside              outside             remote               until
 *   192.168.1.2:5000    203.0.113.1:40000   203.0.113.9:3478     02:00
 *   192.168.1.2:6000    203.0.113.1:8000    any                  forwarded
 *
 * RFC 3022 §2.2 (NAPT) and RFC 4787, for UDP over IPv4. An outbound packet adds
 * a row if none matches, and its source is rewritten. An inbound packet must
 * match a row: its destination is rewritten. Does not do: TCP, ICMP (RFC 5508),
 * fragments, and traffic between two inside hosts by their outside addresses
 * (hairpinning, REQ-9). Introduced in packets/315_nat.c.
 */
#ifndef PACKETS_NAT_H
#define PACKETS_NAT_H

#include "packets/address.h"

#define NAT_MAX_ROWS 64          /* beyond them: NAT_ERR_FULL */
#define NAT_TIMEOUT_US 120000000 /* RFC 4787 REQ-5: at least two minutes */
#define NAT_FIRST_PORT 40000     /* of the outside ports that are assigned */

struct nat_endpoint {
    struct address address;
    uint16_t port;
};

struct nat_row {
    struct nat_endpoint inside, remote;
    uint16_t outside_port;
    bool is_forwarded; /* by nat_forward: remote and until_us are not used */
    int64_t until_us;
};

struct nat {
    struct address outside;
    bool is_per_destination; /* RFC 4787 §4.1: address- and port-dependent
                              * mapping. The caller may set it */
    uint16_t next_port;
    int count;
    struct nat_row row[NAT_MAX_ROWS]; /* the oldest first */
};

enum nat_error {
    NAT_ERR_MALFORMED = -1, /* no whole IPv4 and UDP header */
    NAT_ERR_PROTOCOL = -2,  /* not UDP, or a fragment */
    NAT_ERR_NO_ROW = -3,    /* from outside, without a row for it */
    NAT_ERR_FULL = -4,      /* NAT_MAX_ROWS are in use */
};

/* Makes *n a NAT without rows, with this IPv4 address outside. */
void nat_init(struct nat *n, const struct address *outside);

/* Translates a packet from inside to outside: its source, and its checksums.
 * Returns 0; or a nat_error, and the packet is unchanged. A wrong checksum
 * stays wrong. */
int nat_outbound(struct nat *n, int64_t now_us, struct span packet);

/* Translates a packet from outside to inside: its destination. Returns as
 * nat_outbound. */
int nat_inbound(struct nat *n, int64_t now_us, struct span packet);

/* Adds a permanent row that lets in all packets to an outside port. Removes the
 * rows that this inside endpoint has, so that it has one outside port. False:
 * the port is in use, or the table is full. */
bool nat_forward(struct nat *n, uint16_t outside_port,
                 const struct nat_endpoint *inside);

/* Removes all rows that have expired. nat_outbound and nat_inbound do it,
 * too. */
void nat_expire(struct nat *n, int64_t now_us);

/* Returns the new checksum of a header in which one 16-bit word changes; the
 * other words are not needed. */
uint16_t nat_update_checksum(uint16_t checksum, uint16_t old_word,
                             uint16_t new_word);

/* Write "203.0.113.1:40000"; and a row in one line, "192.168.1.2:5000  40000
 * 203.0.113.9:3478  until 120.001", with the time in seconds. Return text. */
#define NAT_TEXT_MAX 100
char *nat_endpoint_text(const struct nat_endpoint *e, char text[NAT_TEXT_MAX]);
char *nat_row_text(const struct nat_row *r, char text[NAT_TEXT_MAX]);

#endif
