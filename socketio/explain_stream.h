/*
 * explain_stream.h: explains both streams of a connection message by message
 *
 *   segments   | GET /socket.io/ ... | ... CRLF CRLF |     two segments,
 *   message    | GET /socket.io/ ... ... CRLF CRLF   |     one explanation
 *
 * Bytes come in order, from packets/streams.h. A message that is in one segment
 * is explained there. The beginning of a longer one is kept until its end has
 * come. A message that is longer than EXPLAIN_MAX_MESSAGE is explained up to
 * where it is then, and its other bytes are skipped. Frames of a fragmented
 * WebSocket message are explained one by one.
 *
 *   explain_stream_segment(&c, from, &d);       data is what is visible in d
 *   explain_stream_add(&c, from, bytes);        or bytes that were kept
 *   elsewhere while (explain_stream_next(&c, from, &e, &offset)) show(&e);
 *
 * Introduced in socketio/505_packets.c.
 */
#ifndef SOCKETIO_EXPLAIN_STREAM_H
#define SOCKETIO_EXPLAIN_STREAM_H

#include "socketio/explain_data.h"
#include "websocket/http_body.h"

#define EXPLAIN_MAX_MESSAGE (256 << 10) /* bytes that are kept of one */
#define EXPLAIN_MAX_KEPT (2 << 20)      /* bytes that all streams keep */

/* What is known of the message that begins a stream. */
struct explain_extent {
    uint64_t len; /* of all of it, or 0: not known yet */
    size_t seen;  /* bytes of a head that were looked at */
    size_t pos;   /* of a chunked body: where to go on, or 0 */
    struct http_body body;
};

struct explain_stream {
    struct buf kept;   /* the beginning of a message */
    size_t done;       /* bytes of it that were explained by the last call */
    uint64_t position; /* in the stream, after what is kept */
    uint64_t skip;     /* bytes of a message that was explained before */
    bool is_lost;      /* where the next message begins is not known */
    struct explain_extent extent; /* of what is kept */
};

struct explain_streams { /* of one connection */
    enum explain_protocol protocol;
    uint32_t head_requests; /* bits, from bit 0 on, of the requests that have no
                             * response yet: is it HEAD? */
    unsigned request_count;
    bool is_partial; /* the last explanation is of a part of a message */
    struct explain_stream stream[2];
    size_t *kept_by_all;
};

/* Begins a connection; what *c kept is freed. At first *c must be all zero.
 * *kept_by_all counts the bytes that all connections with that counter keep. */
void explain_streams_reset(struct explain_streams *c, size_t *kept_by_all);

/* The next bytes of a stream are what is visible in d. Explains the messages
 * that begin and end there, and keeps the rest. */
void explain_stream_segment(struct explain_streams *c, int from,
                            struct dissector *d);

/* Adds the next bytes of a stream. */
void explain_stream_add(struct explain_streams *c, int from, struct span bytes);

/* Explains the first message that is kept, if it has ended. True: e is a
 * finished explanation; its input begins at *offset of the stream, and is valid
 * until the next call with c. */
bool explain_stream_next(struct explain_streams *c, int from, struct explain *e,
                         uint64_t *offset);

/* Call when explain_stream_next returns false. The next n bytes will never
 * come; or the stream has ended, and n is 0. Explains what is kept, as
 * above. */
bool explain_stream_missing(struct explain_streams *c, int from, uint64_t n,
                            struct explain *e, uint64_t *offset);

#endif
