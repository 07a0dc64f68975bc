/*
 * outbox.h: what a machine sends in one round, each packet written once
 *
 *   own     [ packet A | packet C ]      bytes: packets for one
 *   shared  [ packet B | packet D ]      broadcasts: packets for many
 *   refs    [ A, next ][ B, next ] ...   one for each receiver
 *   lists   now: X -> Y    later: Z      connections that wait
 *
 * A machine appends a packet and then names its receivers, one or thousands.
 * After the round the program pulls one span for each connection, with its
 * packets in the order in which they were added, and sends it by one system
 * call. Refs to adjacent bytes become one ref, so a round that consists of
 * broadcasts is never copied. Packets that are added while the program pulls
 * are pulled in the same round. But 10 000 system calls would delay the other
 * clients: in a round, only some receivers get their broadcasts. The others
 * wait for the next rounds, in which replies overtake them. Does no input or
 * output. Introduced in websocket/410_chat.c.
 */
#ifndef PACKETS_OUTBOX_H
#define PACKETS_OUTBOX_H

#include "packets/buf.h"
#include "packets/limits.h"

#define OUTBOX_LIMITS(X)                                                       \
    X(LIMIT_ROUND, 256, "receivers", "of broadcasts in a round: the next one") \
    X(LIMIT_ROUND_BYTES, 1048576, "bytes", "to them: the same")                \
    X(LIMIT_AHEAD, 65536, "bytes", "of broadcasts that wait: pause senders")   \
    X(LIMIT_DELAYED, 2097152, "bytes", "of broadcasts that wait: all go out")

enum outbox_limits {
    OUTBOX_LIMITS(LIMIT_ENUM)
};

enum outbox_then { /* what the program does after it has sent these bytes */
    OUTBOX_OPEN,   /* nothing: the connection stays open */
    OUTBOX_END,    /* sends a FIN, reads until EOF */
    OUTBOX_DROP,   /* does not send them, but closes the connection now */
};

struct outgoing {
    uint32_t conn; /* the number of the connection */
    struct span bytes;
    enum outbox_then then;
};

struct outbox_chain;

struct outbox {
    struct buf own, shared, refs, gathered;
    struct outbox_chain *chains; /* by number of the connection */
    uint32_t conn_count;
    uint32_t packet;            /* where the last packet begins */
    uint32_t free_ref;          /* the first ref that is not in use */
    uint32_t first[2], last[2]; /* connections in the lists now and later */
    uint32_t entered, left;     /* later, since the start: how many */
    uint32_t max_receivers;     /* in a round: LIMIT_ROUND */
    uint32_t max_ahead;         /* bytes: LIMIT_AHEAD */
    uint32_t receivers, receivers_bytes; /* of this round */
    bool is_overfull;                    /* LIMIT_DELAYED was reached */
};

/* For connections numbered below conn_count; a round holds at most max_bytes.
 * False: no memory. */
bool outbox_init(struct outbox *o, uint32_t conn_count, size_t max_bytes);
void outbox_free(struct outbox *o);

/* Begins a packet for one connection, or a broadcast. Append all of it to the
 * buf returned before the next call of any function here. If an append fails,
 * the receivers are dropped. */
struct buf *outbox_packet(struct outbox *o);
struct buf *outbox_broadcast(struct outbox *o);

/* Sends the packet begun last to conn, after the packets that were sent to it
 * earlier. An empty packet sends nothing. Call it once for each receiver. */
void outbox_send(struct outbox *o, uint32_t conn);

/* Sets what the program does with conn after its bytes. A later call has an
 * effect only from OPEN to END, or from both to DROP. */
void outbox_then(struct outbox *o, uint32_t conn, enum outbox_then then);

/* Forgets the packets of a connection that is closed. Its number may be used
 * for another one. */
void outbox_forget(struct outbox *o, uint32_t conn);

/* Pulls the bytes of one connection, which are valid until the next call of any
 * function here. False: the round is over, and the next one begins. */
bool outbox_next(struct outbox *o, struct outgoing *out);

/* Returns the bytes of packets for one that were not pulled. */
static inline size_t outbox_own_len(const struct outbox *o) {
    return o->own.end;
}

/* Does this connection have packets that were not pulled? */
bool outbox_has(const struct outbox *o, uint32_t conn);

/* Do broadcasts wait for the next round? */
static inline bool outbox_has_waiting(const struct outbox *o) {
    return o->entered != o->left;
}

/* Do so many broadcasts wait that their senders must pause? Until then, later
 * broadcasts join them, and a receiver gets several by one system call. */
static inline bool outbox_is_full(const struct outbox *o) {
    return outbox_has_waiting(o) && o->shared.end + o->refs.end >= o->max_ahead;
}

/* Does a broadcast still wait that was sent when o->entered was mark, or
 * before? An old mark is safe, and so is 0: false. */
static inline bool outbox_is_before(const struct outbox *o, uint32_t mark) {
    return mark - o->left - 1 < o->entered - o->left;
}

#endif
