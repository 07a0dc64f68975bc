/*
 * reassembly.h: makes whole IPv4 packets of their fragments
 *
 *   0 ........ 1479 | hole ........... | 2960 .... 4007 the last
 *                     ^ 1480 to 2959 have not arrived
 *
 * RFC 791 §3.2, with holes as RFC 815 describes them. Fragments arrive in any
 * order, mixed with those of other packets, twice, or never. Fragments that
 * overlap are no accident, but an attack on a firewall that looks at only one
 * of them. The whole packet is dropped, as RFC 5722 demands for IPv6. Memory is
 * bounded: REASSEMBLY_MAX packets at a time; a new one replaces the oldest.
 * Introduced in packets/305_fragments.c.
 */
#ifndef PACKETS_REASSEMBLY_H
#define PACKETS_REASSEMBLY_H

#include "packets/ipv4.h"

#define REASSEMBLY_MAX 8        /* packets that are incomplete */
#define REASSEMBLY_MAX_PARTS 64 /* separate runs of bytes in one of them */
#define REASSEMBLY_TIMEOUT_US 60000000 /* RFC 1122 §3.3.2: 60 to 120 s, fixed */

struct reassembly_part {
    uint32_t start, end; /* of bytes that have arrived; end is not included */
};

struct reassembly_packet {
    bool is_used;
    bool is_dropped; /* until its time-out, its fragments are ignored */
    bool has_first, has_last;
    struct ipv4 header; /* of the first fragment; until then, of another one */
    uint8_t options[40];
    uint32_t total; /* bytes of data, if has_last */
    int64_t due_us;
    int part_count;
    struct reassembly_part part[REASSEMBLY_MAX_PARTS]; /* in order */
    struct buf data;
};

struct reassembly {
    struct reassembly_packet packet[REASSEMBLY_MAX];
    struct buf whole; /* what reassembly_add and reassembly_expire return */
};

enum reassembly_result {
    REASSEMBLY_MORE = 0,        /* kept; other fragments are missing */
    REASSEMBLY_DONE = 1,        /* complete */
    REASSEMBLY_DUPLICATE = 2,   /* the same bytes have arrived before */
    REASSEMBLY_ERR_PACKET = -1, /* no whole IPv4 packet */
    REASSEMBLY_ERR_LENGTH = -2, /* RFC 791 §3.2: before the last one, data is a
                                  * multiple of 8 bytes, and not empty */
    REASSEMBLY_ERR_OVERLAP = -3, /* RFC 5722 §4: the packet is dropped */
    REASSEMBLY_ERR_END = -4,   /* bytes after the last, or two ends: dropped */
    REASSEMBLY_ERR_PARTS = -5, /* more than REASSEMBLY_MAX_PARTS: dropped */
    REASSEMBLY_ERR_DROPPED = -6, /* of a packet that was dropped before */
    REASSEMBLY_ERR_MEMORY = -7,  /* no memory: this fragment is lost */
};

void reassembly_init(struct reassembly *r);
void reassembly_free(struct reassembly *r);

/* Adds a fragment, or a whole packet. REASSEMBLY_DONE: *packet is the whole
 * packet, with the header of the first fragment; valid until the next call with
 * r. Otherwise another reassembly_result. */
int reassembly_add(struct reassembly *r, int64_t now_us, struct span fragment,
                   struct span *packet);

/* Removes a packet that has timed out, incomplete or dropped. For the ICMP
 * error Time Exceeded, code 1, *first is its beginning up to the first hole;
 * empty if the first fragment has not arrived or the packet was dropped: no
 * error is sent then. False: no packet has timed out. */
bool reassembly_expire(struct reassembly *r, int64_t now_us,
                       struct span *first);

#endif
