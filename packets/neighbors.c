/* neighbors.c: see packets/neighbors.h. Entry points: neighbors_set,
 * neighbors_find, neighbors_wait, neighbors_learn, neighbors_due. */
#include "packets/neighbors.h"

#include <assert.h>

void neighbors_init(struct neighbors *n) {
    n->count = 0;
    for (int i = 0; i < NEIGHBORS_MAX; i++)
        n->entry[i] = (struct neighbor){.waiting.max = NEIGHBORS_MAX_PACKET};
}

void neighbors_free(struct neighbors *n) {
    for (int i = 0; i < NEIGHBORS_MAX; i++) buf_free(&n->entry[i].waiting);
    n->count = 0;
}

static struct neighbor *find_entry(struct neighbors *n,
                                   const struct address *address) {
    for (int i = 0; i < n->count; i++)
        if (address_equal(&n->entry[i].address, address)) return &n->entry[i];
    return NULL;
}

/* Returns the entry that expires first, or NULL: all are permanent. */
static struct neighbor *oldest(struct neighbors *n) {
    struct neighbor *found = NULL;
    for (int i = 0; i < n->count; i++) {
        struct neighbor *e = &n->entry[i];
        if (e->is_permanent) continue;
        if (!found || e->until_us < found->until_us) found = e;
    }
    return found;
}

/* Returns the entry of an address, which it adds if there is none. NULL: the
 * table is full of permanent entries. */
static struct neighbor *make_entry(struct neighbors *n,
                                   const struct address *address) {
    struct neighbor *e = find_entry(n, address);
    if (e) return e;
    e = n->count < NEIGHBORS_MAX ? &n->entry[n->count++] : oldest(n);
    if (!e) return NULL;
    buf_clear(&e->waiting);
    struct buf waiting = e->waiting;
    *e = (struct neighbor){.address = *address, .waiting = waiting};
    return e;
}

bool neighbors_set(struct neighbors *n, const struct address *address,
                   const uint8_t mac[ADDRESS_MAC]) {
    struct neighbor *e = make_entry(n, address);
    if (!e) return false;
    memcpy(e->mac, mac, ADDRESS_MAC);
    e->is_known = e->is_permanent = true;
    return true;
}

/* RFC 1122 §2.3.2.1: there MUST be a mechanism to flush out-of-date entries. */
static bool is_fresh(const struct neighbor *e, int64_t now_us) {
    return e->is_known && (e->is_permanent || now_us < e->until_us);
}

const uint8_t *neighbors_find(const struct neighbors *n, int64_t now_us,
                              const struct address *address) {
    for (int i = 0; i < n->count; i++) {
        const struct neighbor *e = &n->entry[i];
        if (address_equal(&e->address, address))
            return is_fresh(e, now_us) ? e->mac : NULL;
    }
    return NULL;
}

bool neighbors_wait(struct neighbors *n, int64_t now_us,
                    const struct address *address, struct span packet) {
    assert(packet.len <= NEIGHBORS_MAX_PACKET);
    struct neighbor *e = make_entry(n, address);
    if (!e) return false;
    /* RFC 1122 §2.3.2.2: SHOULD save at least one, the latest, packet. */
    buf_clear(&e->waiting);
    buf_append(&e->waiting, packet.data, packet.len);
    bool is_asking = !e->is_known && e->tries > 0;
    /* RFC 1122 §2.3.2.1: at most one request per second and destination. */
    if (is_asking) return false;
    e->is_known = false;
    e->tries = 1;
    e->until_us = now_us + NEIGHBORS_RETRY_US;
    return true;
}

struct neighbor *neighbors_learn(struct neighbors *n, int64_t now_us,
                                 const struct address *address,
                                 const uint8_t mac[ADDRESS_MAC], bool may_add) {
    /* RFC 1812 §3.3.2: MUST not believe that the address of another host is a
     * broadcast or multicast address. */
    if (mac[0] & 1) return NULL;
    struct neighbor *e =
        may_add ? make_entry(n, address) : find_entry(n, address);
    if (!e || e->is_permanent) return NULL;
    memcpy(e->mac, mac, ADDRESS_MAC);
    e->is_known = true;
    e->tries = 0;
    e->until_us = now_us + NEIGHBORS_AGE_US;
    return e;
}

struct neighbor *neighbors_due(struct neighbors *n, int64_t now_us) {
    for (int i = 0; i < n->count; i++) {
        struct neighbor *e = &n->entry[i];
        if (e->is_known || e->until_us > now_us) continue;
        e->tries++;
        e->until_us = now_us + NEIGHBORS_RETRY_US;
        return e;
    }
    return NULL;
}

void neighbors_remove(struct neighbors *n, struct neighbor *entry) {
    struct buf waiting = entry->waiting;
    *entry = n->entry[--n->count];
    n->entry[n->count] = (struct neighbor){.waiting = waiting};
}
