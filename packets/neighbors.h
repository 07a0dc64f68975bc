/*
 * neighbors.h: which MAC address has the neighbor with this IP address?
 *
 *   | 10.0.0.2 | 02:00:00:00:00:0b | known                        until |
 *   | 10.0.0.3 |                   | asked twice, one packet waits until |
 *
 * The table of an interface, for IPv4 the ARP cache. An entry begins without a
 * MAC address: the interface asks, at most once a second, and one packet waits.
 * Entries get old, because a neighbor may get another network card. Introduced
 * in packets/303_ethernet.c.
 */
#ifndef PACKETS_NEIGHBORS_H
#define PACKETS_NEIGHBORS_H

#include "packets/address.h"
#include "packets/buf.h"

#define NEIGHBORS_MAX 16           /* entries; a new one replaces the oldest */
#define NEIGHBORS_MAX_PACKET 1500  /* bytes of a packet that waits */
#define NEIGHBORS_AGE_US 60000000  /* RFC 1122 §2.3.2.1: about a minute */
#define NEIGHBORS_RETRY_US 1000000 /* RFC 1122 §2.3.2.1: once a second */
#define NEIGHBORS_TRIES 3 /* requests, then the neighbor is not there */

struct neighbor {
    struct address address;
    uint8_t mac[ADDRESS_MAC];
    bool is_known, is_permanent;
    int tries;          /* requests so far, if it is not known */
    int64_t until_us;   /* of its MAC address, or of the last request */
    struct buf waiting; /* a packet, if it is not known */
};

struct neighbors {
    int count;
    struct neighbor entry[NEIGHBORS_MAX];
};

void neighbors_init(struct neighbors *n);
void neighbors_free(struct neighbors *n);

/* Adds an entry that does not get old, as an administrator does. False: all
 * entries are such. */
bool neighbors_set(struct neighbors *n, const struct address *address,
                   const uint8_t mac[ADDRESS_MAC]);

/* Returns the MAC address of a neighbor, NULL if it is not known or too old. */
const uint8_t *neighbors_find(const struct neighbors *n, int64_t now_us,
                              const struct address *address);

/* A packet for a neighbor whose MAC address is not known waits in the table, in
 * place of an earlier one. True: ask for the address now. The packet has at
 * most NEIGHBORS_MAX_PACKET bytes. */
bool neighbors_wait(struct neighbors *n, int64_t now_us,
                    const struct address *address, struct span packet);

/* Notes what a neighbor has said about itself. may_add: also if there is no
 * entry for it yet. Returns its entry, whose packet the caller sends and
 * clears; or NULL: nothing was noted. */
struct neighbor *neighbors_learn(struct neighbors *n, int64_t now_us,
                                 const struct address *address,
                                 const uint8_t mac[ADDRESS_MAC], bool may_add);

/* Returns an entry whose request had no reply for a second, and counts a try.
 * Up to NEIGHBORS_TRIES the caller asks again; beyond it the neighbor is not
 * there, and the caller calls neighbors_remove. NULL: there is none. */
struct neighbor *neighbors_due(struct neighbors *n, int64_t now_us);

/* Removes an entry and the packet that waits in it. The entries after it
 * move. */
void neighbors_remove(struct neighbors *n, struct neighbor *entry);

#endif
