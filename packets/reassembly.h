/*
 * reassembly.h: puts the fragments of IPv4 packets together again
 *
 *   0 ........ 1479 | hole ........... | 2960 .... 4007 the last
 *                     ^ 1480 to 2959 have not arrived
 *
 * RFC 791 §3.2, with holes as RFC 815 describes them. Fragments arrive in any
 * order, mixed with those of other packets, twice, or never. Fragments that
 * overlap are no accident: they are an attack on those who look at only one of
 * them. As RFC 5722 demands for IPv6, such a packet is dropped as a whole.
 * Memory is bounded: REASSEMBLY_MAX packets at a time; for a new one the oldest
 * gives way. Introduced in packets/305_fragments.c.
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
    bool is_dropped; /* it waits for its time-out, and takes nothing */
    bool has_first, has_last;
    struct ipv4 header; /* of the first fragment, or of one before it came */
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
    REASSEMBLY_MORE = 0,        /* kept: some are missing */
    REASSEMBLY_DONE = 1,        /* complete */
    REASSEMBLY_DUPLICATE = 2,   /* all its bytes had arrived before, the same */
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

/* Takes a fragment, or a packet that is whole. REASSEMBLY_DONE: *packet is it,
 * with the header of the first fragment, and valid until the next call with r.
 * Otherwise another reassembly_result. */
int reassembly_add(struct reassembly *r, int64_t now_us, struct span fragment,
                   struct span *packet);

/* Removes a packet that is still incomplete, or was dropped, after its time.
 * *first is the packet as far as it has arrived without a hole, for an ICMP
 * error: Time Exceeded, code 1; empty if the first fragment never came, or if
 * the packet was dropped, since then no error is sent. False: there is none. */
bool reassembly_expire(struct reassembly *r, int64_t now_us,
                       struct span *first);

#endif
