/* outbox.c: see packets/outbox.h. Entry points: outbox_packet,
 * outbox_broadcast, outbox_send and outbox_then write a round; outbox_next
 * takes it out again. */
#include "packets/outbox.h"

#include <assert.h>
#include <stdlib.h>

#define NO_INDEX UINT32_MAX    /* no ref, no connection */
#define MAX_KEPT (1024 * 1024) /* bytes of memory kept for the next round */

#define SHARED 0x80000000u /* a bit of a place: it is in shared */

enum { /* the lists */
    NOW,
    LATER
};

struct ref { /* bytes[start] to bytes[start + len - 1] go to one connection */
    uint32_t start, len;
    uint32_t next; /* the connection's next ref, or NO_INDEX */
};

/* A connection that has own packets is in the list NOW. It may also be in the
 * list LATER, where it is skipped if nothing is left for it. */
struct outbox_chain {
    uint32_t first, last; /* refs; valid while the connection is in a list */
    uint32_t next[2];     /* connection in each list */
    uint8_t then;
    uint8_t lists; /* that it is in: a bit for each */
};

bool outbox_init(struct outbox *o, uint32_t conn_count, size_t max_bytes) {
    *o = (struct outbox){.conn_count = conn_count,
                         .free_ref = NO_INDEX,
                         .first = {NO_INDEX, NO_INDEX},
                         .max_receivers = LIMIT_ROUND,
                         .max_ahead = LIMIT_AHEAD};
    buf_init(&o->own, max_bytes);
    buf_init(&o->shared, max_bytes);
    buf_init(&o->gathered, max_bytes);
    buf_init(&o->refs, BUF_MAX);
    o->chains = calloc(conn_count, sizeof *o->chains);
    return o->chains != NULL;
}

void outbox_free(struct outbox *o) {
    buf_free(&o->own);
    buf_free(&o->shared);
    buf_free(&o->refs);
    buf_free(&o->gathered);
    free(o->chains);
    o->chains = NULL;
}

/* Returns the buf that a place is in. */
static const struct buf *buf_of(const struct outbox *o, uint32_t place) {
    return place & SHARED ? &o->shared : &o->own;
}

struct buf *outbox_packet(struct outbox *o) {
    o->packet = o->own.end;
    o->own.failed = false;
    return &o->own;
}

struct buf *outbox_broadcast(struct outbox *o) {
    if ((size_t)o->shared.end + o->refs.end >= LIMIT_DELAYED)
        o->is_overfull = true;
    o->packet = o->shared.end | SHARED;
    o->shared.failed = false;
    return &o->shared;
}

static struct ref *ref_at(const struct outbox *o, uint32_t i) {
    return (struct ref *)(void *)o->refs.bytes + i;
}

/* Puts conn at the end of a list, unless it is in that one or in NOW. A list is
 * a chain through the connections and needs no memory, so a connection can
 * always be dropped. */
static struct outbox_chain *enter(struct outbox *o, uint32_t conn, int which) {
    assert(conn < o->conn_count);
    struct outbox_chain *c = &o->chains[conn];
    if (c->lists & (1u << NOW | 1u << which)) return c;
    if (c->lists == 0) {
        c->first = c->last = NO_INDEX;
        c->then = OUTBOX_OPEN;
    }
    c->lists |= (uint8_t)(1u << which);
    c->next[which] = NO_INDEX;
    if (o->first[which] == NO_INDEX)
        o->first[which] = conn;
    else
        o->chains[o->last[which]].next[which] = conn;
    o->last[which] = conn;
    if (which == LATER) o->entered++;
    return c;
}

/* Removes the first connection of a list and returns it, or NO_INDEX. */
static uint32_t remove_first(struct outbox *o, int which) {
    uint32_t conn = o->first[which];
    if (conn == NO_INDEX) return conn;
    struct outbox_chain *c = &o->chains[conn];
    c->lists ^= (uint8_t)(1u << which);
    o->first[which] = c->next[which];
    if (which == LATER) o->left++;
    return conn;
}

/* Returns a ref that is not in use, or NO_INDEX: no memory. */
static uint32_t new_ref(struct outbox *o) {
    uint32_t i = o->free_ref;
    if (i != NO_INDEX) {
        o->free_ref = ref_at(o, i)->next;
        return i;
    }
    i = o->refs.end / (uint32_t)sizeof(struct ref);
    if (o->refs.cap - o->refs.end < sizeof(struct ref) &&
        !buf_reserve(&o->refs, sizeof(struct ref)))
        return NO_INDEX;
    o->refs.end += (uint32_t)sizeof(struct ref);
    return i;
}

/* Adds len bytes of the packet begun last to the chain of a connection. False:
 * no memory. */
static bool add_ref(struct outbox *o, struct outbox_chain *c, uint32_t len) {
    struct ref *last = c->last == NO_INDEX ? NULL : ref_at(o, c->last);
    if (last && last->start + last->len == o->packet) {
        last->len += len; /* adjacent: one ref */
        return true;
    }
    uint32_t i = new_ref(o);
    if (i == NO_INDEX) return false;
    *ref_at(o, i) = (struct ref){o->packet, len, NO_INDEX};
    if (c->last == NO_INDEX)
        c->first = i;
    else
        ref_at(o, c->last)->next = i;
    c->last = i;
    return true;
}

void outbox_send(struct outbox *o, uint32_t conn) {
    const struct buf *b = buf_of(o, o->packet);
    uint32_t len = b->end - (o->packet & ~SHARED);
    if (len == 0 && !b->failed) return;
    struct outbox_chain *c = enter(o, conn, o->packet & SHARED ? LATER : NOW);
    if (c->then == OUTBOX_DROP) return;
    /* If a packet is incomplete or missing, the receiver would misread what
     * follows. So its connection is dropped. */
    if (b->failed || !add_ref(o, c, len)) outbox_then(o, conn, OUTBOX_DROP);
}

void outbox_then(struct outbox *o, uint32_t conn, enum outbox_then then) {
    struct outbox_chain *c = enter(o, conn, NOW);
    if (c->then < then) c->then = (uint8_t)then;
}

/* Empties the chain of a connection. Its refs can be used again. */
static void clear_chain(struct outbox *o, struct outbox_chain *c) {
    c->then = OUTBOX_OPEN;
    if (c->first == NO_INDEX) return;
    ref_at(o, c->last)->next = o->free_ref;
    o->free_ref = c->first;
    c->first = c->last = NO_INDEX;
}

bool outbox_has(const struct outbox *o, uint32_t conn) {
    const struct outbox_chain *c = &o->chains[conn];
    return c->lists && c->first != NO_INDEX;
}

void outbox_forget(struct outbox *o, uint32_t conn) {
    assert(conn < o->conn_count);
    struct outbox_chain *c = &o->chains[conn];
    if (c->lists) clear_chain(o, c);
}

static struct span view(const struct outbox *o, const struct ref *r) {
    uint8_t *bytes = buf_of(o, r->start)->bytes;
    return (struct span){bytes + (r->start & ~SHARED), r->len};
}

/* Sets *bytes to the bytes of a chain. Those of one ref stay where they are;
 * those of several are copied into one piece. False: no memory for the
 * copy. */
static bool gather(struct outbox *o, const struct outbox_chain *c,
                   struct span *bytes) {
    *bytes = (struct span){NULL, 0};
    if (c->first == NO_INDEX) return true;
    if (c->first == c->last) {
        *bytes = view(o, ref_at(o, c->first));
        return true;
    }
    buf_clear(&o->gathered);
    for (uint32_t i = c->first; i != NO_INDEX; i = ref_at(o, i)->next) {
        struct span piece = view(o, ref_at(o, i));
        buf_append(&o->gathered, piece.data, piece.len);
    }
    *bytes = buf_view(&o->gathered);
    return !o->gathered.failed;
}

/* Sets *out for the next connection of a list. False: no connection in it gets
 * anything. */
static bool pull(struct outbox *o, int which, struct outgoing *out) {
    uint32_t conn;
    while ((conn = remove_first(o, which)) != NO_INDEX) {
        struct outbox_chain *c = &o->chains[conn];
        *out = (struct outgoing){.conn = conn, .then = c->then};
        if (c->then != OUTBOX_DROP && !gather(o, c, &out->bytes))
            *out = (struct outgoing){.conn = conn, .then = OUTBOX_DROP};
        clear_chain(o, c);
        if (out->bytes.len > 0 || out->then != OUTBOX_OPEN) return true;
    }
    return false;
}

/* Empties a buf. Keeps its memory unless that is very large. */
static void reset(struct buf *b) {
    if (b->end == 0) return;
    if (b->cap > MAX_KEPT) buf_free(b);
    buf_clear(b);
}

static bool round_is_full(const struct outbox *o) {
    return !o->is_overfull && (o->receivers >= o->max_receivers ||
                               o->receivers_bytes >= LIMIT_ROUND_BYTES);
}

/* Begins the next round. */
static void start_round(struct outbox *o) {
    o->receivers = 0;
    o->receivers_bytes = 0;
    reset(&o->gathered);
    if (outbox_has_waiting(o)) return;
    reset(&o->shared);
    reset(&o->refs);
    o->free_ref = NO_INDEX;
    o->is_overfull = false;
}

bool outbox_next(struct outbox *o, struct outgoing *out) {
    if (pull(o, NOW, out)) return true;
    reset(&o->own);
    outbox_packet(o);
    if (outbox_has_waiting(o) && !round_is_full(o) && pull(o, LATER, out)) {
        o->receivers++;
        o->receivers_bytes += (uint32_t)out->bytes.len;
        return true;
    }
    start_round(o);
    return false;
}
