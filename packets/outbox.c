/* outbox.c: see packets/outbox.h. Entry points: outbox_packet, outbox_send and
 * outbox_then write a round; outbox_next takes it out again. */
#include "packets/outbox.h"

#include <assert.h>
#include <stdlib.h>

#define NO_INDEX UINT32_MAX    /* no ref, no connection */
#define MAX_KEPT (1024 * 1024) /* bytes of memory kept for the next round */

struct ref { /* bytes[start] to bytes[start + len - 1] go to one connection */
    uint32_t start, len;
    uint32_t next; /* the connection's next ref, or NO_INDEX */
};

struct outbox_chain {
    uint32_t first, last; /* refs; valid while the connection is waiting */
    uint32_t next;        /* connection in the list of those waiting */
    uint8_t then;
    bool is_waiting; /* it is in that list */
};

bool outbox_init(struct outbox *o, uint32_t conn_count, size_t max_bytes) {
    *o = (struct outbox){.conn_count = conn_count,
                         .first_waiting = NO_INDEX,
                         .last_waiting = NO_INDEX};
    buf_init(&o->bytes, max_bytes);
    buf_init(&o->gathered, max_bytes);
    buf_init(&o->refs, BUF_MAX);
    o->chains = calloc(conn_count, sizeof *o->chains);
    return o->chains != NULL;
}

void outbox_free(struct outbox *o) {
    buf_free(&o->bytes);
    buf_free(&o->refs);
    buf_free(&o->gathered);
    free(o->chains);
    o->chains = NULL;
}

struct buf *outbox_packet(struct outbox *o) {
    o->packet = o->bytes.end;
    o->bytes.failed = false;
    return &o->bytes;
}

static struct ref *ref_at(const struct outbox *o, uint32_t i) {
    return (struct ref *)(void *)o->refs.bytes + i;
}

/* Puts conn at the end of the list of those to be pulled. The list is a chain
 * through the connections and needs no memory, so a connection can always be
 * dropped. */
static struct outbox_chain *list(struct outbox *o, uint32_t conn) {
    assert(conn < o->conn_count);
    struct outbox_chain *c = &o->chains[conn];
    if (c->is_waiting) return c;
    *c = (struct outbox_chain){NO_INDEX, NO_INDEX, NO_INDEX, OUTBOX_OPEN, true};
    if (o->first_waiting == NO_INDEX)
        o->first_waiting = conn;
    else
        o->chains[o->last_waiting].next = conn;
    o->last_waiting = conn;
    return c;
}

/* Adds bytes[start] to bytes[start + len - 1] to the chain of a connection.
 * False: no memory. */
static bool add_ref(struct outbox *o, struct outbox_chain *c, uint32_t start,
                    uint32_t len) {
    struct ref *last = c->last == NO_INDEX ? NULL : ref_at(o, c->last);
    if (last && last->start + last->len == start) { /* neighbours: one ref */
        last->len += len;
        return true;
    }
    struct ref r = {start, len, NO_INDEX};
    uint32_t i = o->refs.end / (uint32_t)sizeof r;
    if (!buf_append(&o->refs, &r, sizeof r)) return false;
    if (last)
        ref_at(o, c->last)->next = i;
    else
        c->first = i;
    c->last = i;
    return true;
}

void outbox_send(struct outbox *o, uint32_t conn) {
    uint32_t len = o->bytes.end - o->packet;
    if (len == 0 && !o->bytes.failed) return;
    struct outbox_chain *c = list(o, conn);
    if (c->then == OUTBOX_DROP) return;
    /* If a packet is incomplete or missing, the receiver would misread what
     * follows. So its connection is dropped. */
    if (o->bytes.failed || !add_ref(o, c, o->packet, len))
        c->then = OUTBOX_DROP;
}

void outbox_then(struct outbox *o, uint32_t conn, enum outbox_then then) {
    struct outbox_chain *c = list(o, conn);
    if (c->then < then) c->then = (uint8_t)then;
}

void outbox_forget(struct outbox *o, uint32_t conn) {
    assert(conn < o->conn_count);
    struct outbox_chain *c = &o->chains[conn];
    c->first = c->last = NO_INDEX;
    c->then = OUTBOX_OPEN;
}

/* Sets *bytes to those of a chain: of one ref where they are, of several to a
 * copy in one piece. False: no memory for the copy. */
static bool gather(struct outbox *o, const struct outbox_chain *c,
                   struct span *bytes) {
    *bytes = (struct span){NULL, 0};
    if (c->first == NO_INDEX) return true;
    if (c->first == c->last) {
        const struct ref *r = ref_at(o, c->first);
        *bytes = (struct span){o->bytes.bytes + r->start, r->len};
        return true;
    }
    buf_clear(&o->gathered);
    for (uint32_t i = c->first; i != NO_INDEX; i = ref_at(o, i)->next) {
        const struct ref *r = ref_at(o, i);
        buf_append(&o->gathered, o->bytes.bytes + r->start, r->len);
    }
    *bytes = buf_view(&o->gathered);
    return !o->gathered.failed;
}

/* Empties a buf. Keeps its memory unless that is very large. */
static void reset(struct buf *b) {
    if (b->cap > MAX_KEPT) buf_free(b);
    buf_clear(b);
}

/* Begins the next round, after everything was pulled. */
static void start_round(struct outbox *o) {
    o->packet = 0;
    reset(&o->bytes);
    reset(&o->refs);
    reset(&o->gathered);
}

bool outbox_next(struct outbox *o, struct outgoing *out) {
    while (o->first_waiting != NO_INDEX) {
        uint32_t conn = o->first_waiting;
        struct outbox_chain c = o->chains[conn];
        o->chains[conn] = (struct outbox_chain){0};
        o->first_waiting = c.next;
        *out = (struct outgoing){.conn = conn, .then = c.then};
        if (c.then == OUTBOX_DROP) return true;
        if (!gather(o, &c, &out->bytes)) {
            *out = (struct outgoing){.conn = conn, .then = OUTBOX_DROP};
            return true;
        }
        if (out->bytes.len > 0 || c.then != OUTBOX_OPEN) return true;
    }
    start_round(o);
    return false;
}
