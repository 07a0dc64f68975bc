/*
 * neighbors.h: which MAC address has the neighbor with this IP address?
 *
 *   | 10.0.0.2 | 02:00:00:00:00:0b | known                        until |
 *   | 10.0.0.3 |                   | 2 requests, 1 packet waits   until |
 *
 * The table of an interface, for IPv4 the ARP cache. An entry begins without a
 * MAC address: the interface sends a request, at most one a second, and one
 * packet waits. Entries expire, because a neighbor may get another network
 * card. Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_NEIGHBORS_H
#define PACKETS_NEIGHBORS_H

#include "packets/address.h"
#include "packets/buf.h"

#define NEIGHBORS_MAX 16           /* entries; a new one replaces the oldest */
#define NEIGHBORS_MAX_PACKET 1500  /* bytes of a packet that waits */
#define NEIGHBORS_AGE_US 60000000  /* RFC 1122 §2.3.2.1: about a minute */
#define NEIGHBORS_RETRY_US 1000000 /* RFC 1122 §2.3.2.1: once a second */
#define NEIGHBORS_TRIES 3 /* requests; then the neighbor is unreachable */

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

/* Adds a permanent entry, as an administrator does. False: the table is full of
 * permanent entries. */
bool neighbors_set(struct neighbors *n, const struct address *address,
                   const uint8_t mac[ADDRESS_MAC]);

/* Returns the MAC address of a neighbor. NULL: it is unknown, or expired. */
const uint8_t *neighbors_find(const struct neighbors *n, int64_t now_us,
                              const struct address *address);

/* Keeps a packet of at most NEIGHBORS_MAX_PACKET bytes for a neighbor with an
 * unknown MAC address, in place of an earlier packet. True: send a request for
 * the address now. */
bool neighbors_wait(struct neighbors *n, int64_t now_us,
                    const struct address *address, struct span packet);

/* Sets the MAC address of a neighbor, from a message that it sent. may_add:
 * adds an entry if there is none. Returns the entry: the caller sends and
 * clears the packet that waits in it. NULL: nothing was changed. */
struct neighbor *neighbors_learn(struct neighbors *n, int64_t now_us,
                                 const struct address *address,
                                 const uint8_t mac[ADDRESS_MAC], bool may_add);

/* Returns an entry that has had no reply for a second, and adds 1 to its tries.
 * Up to NEIGHBORS_TRIES the caller sends the request again; beyond it the
 * caller calls neighbors_remove. NULL: there is no such entry. */
struct neighbor *neighbors_due(struct neighbors *n, int64_t now_us);

/* Removes an entry and the packet that waits in it. The last entry moves to its
 * place. */
void neighbors_remove(struct neighbors *n, struct neighbor *entry);

#endif
