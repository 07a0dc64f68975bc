/*
 * packet.h: one Socket.IO packet, from and to text (Socket.IO v5)
 *
 *   type [count "-"] ["/" namespace ","] [ack id] [JSON]
 *   5     2     -    /   chat        ,    17     ["e",{"_placeholder":...}]
 *
 * Checks all of the JSON (no recursion) and copies none of it: the parts are
 * spans of the text, which the caller lends and must be able to write to.
 * Allocates nothing. Introduced in socketio/505_packets.c.
 */
#ifndef SOCKETIO_PACKET_H
#define SOCKETIO_PACKET_H

#include "packets/buf.h"
#include "packets/limits.h"

#define PACKET_LIMITS(X)                                                       \
    X(LIMIT_ATTACHMENTS, 10, "attachments", "of one event: close")             \
    X(LIMIT_NAMESPACE, 255, "bytes", "a name of a namespace: close")

enum packet_limits {
    PACKET_LIMITS(LIMIT_ENUM)
};

#define PACKET_HEAD_MAX 300 /* what packet_head may write */

enum packet_type {
    PACKET_CONNECT,
    PACKET_DISCONNECT,
    PACKET_EVENT,
    PACKET_ACK,
    PACKET_CONNECT_ERROR,
    PACKET_BINARY_EVENT,
    PACKET_BINARY_ACK,
};

enum packet_error {
    PACKET_ERR_TYPE = -1,  /* not 0 to 6 */
    PACKET_ERR_COUNT = -2, /* no count before "-", or not 1 to 10 */
    PACKET_ERR_NSP = -3,   /* a name over LIMIT_NAMESPACE */
    PACKET_ERR_ID = -4,    /* over 2^53 - 1, or missing in an ACK */
    PACKET_ERR_JSON = -5,  /* not JSON, too deep, or of the wrong kind */
    PACKET_ERR_EVENT = -6, /* no name, or a reserved one */
    PACKET_ERR_PLACE = -7, /* placeholders do not match the count */
};

struct packet {
    enum packet_type type;
    unsigned attachments;
    struct span nsp;   /* "/" when left out */
    int64_t id;        /* -1: none */
    struct span data;  /* the JSON, empty when left out */
    struct span event; /* EVENT: the name between its quotes, escapes and all;
                          a number as it is written */
    struct span args;  /* EVENT: the values after the name, ACK: all of them;
                          with the commas between them, without the brackets */
    /* The k-th placeholder of the text meant attachment order[k]; in the text
     * it has been renumbered to k, so the text may be sent on as it is. */
    uint8_t order[LIMIT_ATTACHMENTS];
};

/* Reads a whole packet. 0, or a packet_error; then *p is unspecified, and
 * *where, unless NULL, is the offset of the byte that was wrong. */
int packet_parse(struct packet *p, struct span text, size_t *where);

/* Writes what stands before the JSON (type, count, namespace, id) and returns
 * its size. p->nsp is at most LIMIT_NAMESPACE bytes. */
size_t packet_head(const struct packet *p, uint8_t out[PACKET_HEAD_MAX]);

/* A packet_error in a few words: "the type is not 0 to 6". */
const char *packet_explain(int error);

#endif
