/*
 * outbox.h: what a machine sends in one round, each packet written once
 *
 *   bytes  [ packet A | packet B | packet C ]     appended once a packet
 *   refs   [ A, next ][ B, next ][ A, next ] ...  one for each receiver
 *   conns  first, last, next                      the chain of a connection,
 *                                                 the list of those with one
 *
 * A machine appends a packet and then names its receivers, one or thousands.
 * After the round the program pulls one span for each connection, with its
 * packets in the order in which they were added, and sends it by one system
 * call. Refs to neighbouring bytes become one ref, so a round that consists of
 * broadcasts is never copied. Packets that are added while the program pulls
 * are pulled in the same round. Does no input or output. Introduced in
 * websocket/410_chat.c.
 */
#ifndef PACKETS_OUTBOX_H
#define PACKETS_OUTBOX_H

#include "packets/buf.h"

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

/* Begins a packet. Append all of it to the buf returned before the next call of
 * any function here. If an append fails, the receivers are dropped. */
struct buf *outbox_packet(struct outbox *o);

/* Sends the packet begun last to conn, after the packets that were sent to it
 * earlier. An empty packet sends nothing. Call it once for each receiver. */
void outbox_send(struct outbox *o, uint32_t conn);

/* Says what the program does with conn after its bytes. A later call can only
 * make it harder: from OPEN to END, from both to DROP. */
void outbox_then(struct outbox *o, uint32_t conn, enum outbox_then then);

/* Forgets the packets of a connection that is closed. Its number may be used
 * for another one. */
void outbox_forget(struct outbox *o, uint32_t conn);

/* Pulls the bytes of one connection, which are valid until the next call of any
 * function here. False: nothing is left, and the next round begins. */
bool outbox_next(struct outbox *o, struct outgoing *out);

#endif
