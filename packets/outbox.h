/*
 * outbox.h: what a machine sends in one round, each packet written once
 *
 *   bytes  [ packet A | packet B | packet C ]     appended once a packet
 *   refs   [ A, next ][ B, next ][ A, next ] ...  one for each receiver
 *   conns  first, last, next                      the chain of a connection,
 *                                                 the list of those with one
 *
 * A machine appends a packet and then names its receivers, one or thousands.
 * After the round the program pulls one piece of bytes for each connection, in
 * the order in which the packets were added, and sends it by one system call.
 * Refs that are neighbours in bytes become one, so that a round of nothing but
 * broadcasts goes out without being copied. What is added while pieces are
 * pulled is pulled in the same round. Does no input or output.
 * Introduced in socketio/503_engine_server.c.
 */
#ifndef PACKETS_OUTBOX_H
#define PACKETS_OUTBOX_H

#include "packets/buf.h"

enum outbox_then { /* what becomes of the connection after these bytes */
    OUTBOX_OPEN,   /* it goes on */
    OUTBOX_END,    /* nothing follows: send a FIN, read until EOF */
    OUTBOX_DROP,   /* close it at once, whatever is unsent */
};

struct outgoing {
    uint32_t conn; /* the number of the connection */
    struct span bytes;
    enum outbox_then then;
};

struct outbox_chain;

struct outbox {
    struct buf bytes, refs, gathered;
    struct outbox_chain *chains; /* by number of the connection */
    uint32_t conn_count;
    uint32_t packet; /* where in bytes the last packet begins */
    uint32_t first_waiting, last_waiting; /* connections to be pulled */
};

/* For connections numbered below conn_count; a round holds at most max_bytes.
 * False: no memory. */
bool outbox_init(struct outbox *o, uint32_t conn_count, size_t max_bytes);
void outbox_free(struct outbox *o);

/* Begins a packet and returns where to append it: all of it, before the next
 * call of any function here. If an append fails, its receivers are dropped. */
struct buf *outbox_packet(struct outbox *o);

/* Sends the packet begun last to conn, after all that conn was sent before.
 * An empty packet sends nothing. For a broadcast: call it for each receiver. */
void outbox_send(struct outbox *o, uint32_t conn);

/* Says what becomes of conn after the bytes it was sent. DROP is final, and
 * END is not taken back by OPEN. */
void outbox_then(struct outbox *o, uint32_t conn, enum outbox_then then);

/* The connection is gone: what it was sent is not pulled. Its number may be
 * used for another one. */
void outbox_forget(struct outbox *o, uint32_t conn);

/* Pulls the bytes of one connection; they are lent until the next call of any
 * function here. False: nothing is left, and the next round begins. */
bool outbox_next(struct outbox *o, struct outgoing *out);

#endif
