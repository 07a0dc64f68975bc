/*
 * explain_stream.h: explains both streams of a connection message by message
 *
 *   segments   | GET /socket.io/ ... | ... CRLF CRLF |     two segments,
 *   message    | GET /socket.io/ ... ... CRLF CRLF   |     one explanation
 *
 * Bytes arrive in order, from packets/streams.h. A message inside one segment
 * is explained there. The beginning of a longer one is kept until its end has
 * arrived. If a message is longer than EXPLAIN_MAX_MESSAGE, its first part is
 * explained and its other bytes are skipped. The frames of a fragmented
 * WebSocket message are explained one by one.
 *
 *   explain_stream_segment(&c, from, &d);       d sees the new data
 *   explain_stream_add(&c, from, bytes);        or without a dissector
 *   while (explain_stream_next(&c, from, &e, &offset)) show(&e);
 *
 * Introduced in socketio/505_packets.c.
 */
#ifndef SOCKETIO_EXPLAIN_STREAM_H
#define SOCKETIO_EXPLAIN_STREAM_H

#include "socketio/explain_data.h"
#include "websocket/http_body.h"

#define EXPLAIN_MAX_MESSAGE (256 << 10) /* bytes that are kept of one */
#define EXPLAIN_MAX_KEPT (2 << 20)      /* bytes that all streams keep */

/* What is known about the first message that is kept. */
struct explain_extent {
    uint64_t len; /* of the message, or 0: not known yet */
    size_t seen;  /* bytes of a head that were searched */
    size_t pos;   /* of a chunked body: where to continue, or 0 */
    struct http_body body;
};

struct explain_stream {
    struct buf kept;   /* the beginning of a message */
    size_t done;       /* bytes of kept that the last call explained */
    uint64_t position; /* in the stream, after the bytes kept */
    uint64_t skip;     /* bytes left of a message that was explained before */
    bool is_lost;      /* the start of the next message is not known */
    struct explain_extent extent; /* of what is kept */
};

struct explain_streams { /* of one connection */
    enum explain_protocol protocol;
    uint32_t head_requests; /* a bit for each request that has no response yet,
                               the oldest in bit 0: is it HEAD? */
    unsigned request_count;
    bool is_partial; /* the last explanation is of a part of a message */
    struct explain_stream stream[2];
    size_t *kept_by_all;
};

/* Begins a connection and frees what *c kept. Before the first call *c must be
 * all zero. *kept_by_all counts the bytes that all connections with that
 * counter keep. */
void explain_streams_reset(struct explain_streams *c, size_t *kept_by_all);

/* Explains the messages that begin and end in the next bytes of a stream, which
 * are visible in d, and keeps the rest. */
void explain_stream_segment(struct explain_streams *c, int from,
                            struct dissector *d);

/* Adds the next bytes of a stream. */
void explain_stream_add(struct explain_streams *c, int from, struct span bytes);

/* Explains the first message that is kept, if it is complete. True: e is a
 * finished explanation; its input begins at *offset of the stream and is valid
 * until the next call with c. */
bool explain_stream_next(struct explain_streams *c, int from, struct explain *e,
                         uint64_t *offset);

/* Call it after explain_stream_next has returned false, if the next n bytes
 * will never arrive, or with n 0 if the stream has ended. Explains what is
 * kept, as explain_stream_next does. */
bool explain_stream_missing(struct explain_streams *c, int from, uint64_t n,
                            struct explain *e, uint64_t *offset);

#endif
