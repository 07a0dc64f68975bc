/*
 * packet.h: parses and writes one Socket.IO packet (Socket.IO v5)
 *
 *   type [attachments "-"] ["/" namespace ","] [ack id] [data]
 *   5     2           -    /   chat        ,    17       ["e",{"_pla...":...}]
 *
 * packet_parse checks all of the JSON and copies none of it: the parts are
 * spans of the text, which must be writable and belongs to the caller. Nothing
 * is allocated. Introduced in socketio/505_packets.c.
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

#define PACKET_HEAD_MAX 300 /* bytes that packet_head writes at most */

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
    PACKET_ERR_TYPE = -1,        /* not 0 to 6 */
    PACKET_ERR_ATTACHMENTS = -2, /* not 1 to LIMIT_ATTACHMENTS, or no "-" */
    PACKET_ERR_NAMESPACE = -3,   /* longer than LIMIT_NAMESPACE */
    PACKET_ERR_ID = -4,          /* over 2^53 - 1, not allowed, or missing */
    PACKET_ERR_JSON = -5,        /* the data is not JSON, or nested too deep */
    PACKET_ERR_DATA = -6,        /* JSON, but not what this type carries */
    PACKET_ERR_EVENT = -7,       /* no event name, or a reserved one */
    PACKET_ERR_PLACEHOLDER = -8, /* not one for each attachment */
};

struct packet {
    enum packet_type type;
    unsigned attachments;
    struct span nsp;   /* the namespace; "/" when left out */
    int64_t id;        /* -1: none */
    struct span data;  /* the JSON; empty when left out */
    struct span event; /* EVENT: the name without its quotes, with its escapes,
                          or a number; compare it by json_string_equal */
    struct span args;  /* EVENT: the values after the name, ACK: all values;
                          with the commas between them, without brackets */
    /* The k-th placeholder of the text referred to attachment order[k].
     * packet_parse renumbers it to k, so that the text can be sent to other
     * clients. */
    uint8_t order[LIMIT_ATTACHMENTS];
};

/* Reads a whole packet. Returns 0 or a packet_error; then *p is unspecified,
 * and *where, unless where is NULL, is the offset of the byte that is wrong. */
int packet_parse(struct packet *p, struct span text, size_t *where);

/* Writes the fields before the data (type, attachments, namespace, ack id) and
 * returns their size. p->nsp is at most LIMIT_NAMESPACE bytes. */
size_t packet_head(const struct packet *p, uint8_t out[PACKET_HEAD_MAX]);

/* Returns the text of a packet_error: "the type is not 0 to 6". */
const char *packet_explain(int error);

#endif
