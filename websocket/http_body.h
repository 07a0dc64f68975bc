/*
 * http_body.h: reads the body of an HTTP/1.1 message (RFC 9112 §6, §7)
 *
 *   Content-Length: 5     h e l l o
 *   chunked               5 CRLF h e l l o CRLF 0 CRLF CRLF
 *
 * A body is read piece by piece as it arrives; nothing is copied. Trailers are
 * checked and dropped. Introduced in websocket/401_http.c.
 */
#ifndef WEBSOCKET_HTTP_BODY_H
#define WEBSOCKET_HTTP_BODY_H

#include "websocket/http.h"

/* A body that is being read: 16 bytes, so that every connection can hold one.
 * All zero: no body, or one that has ended. */
struct http_body {
    uint32_t left;       /* bytes missing of the body, or of the chunk */
    uint32_t total;      /* received so far, without the framing */
    uint16_t extensions; /* bytes of chunk extensions so far */
    uint16_t trailers;   /* bytes of the trailer section so far */
    uint8_t digits;      /* of the chunk size so far */
    uint8_t state;       /* for http_body_next only */
};

/* Prepares for the body that follows the head. Returns HTTP_ERR_BODY if its
 * length is over max, otherwise 0. Do not call it for the response to a HEAD
 * request, which has no body even if its head has a length. */
int http_body_init(struct http_body *b, const struct http_head *h,
                   uint32_t max);

/* Consumes from *in until there is a piece of the body, which is a part of *in.
 * Returns 1: *piece has at least 1 byte; 0: *in is empty, or the body has ended
 * and the rest of *in belongs to the next message; or an http_error: do not
 * call it again. max must not change within a body. More than LIMIT_HTTP_HEAD
 * bytes of trailers are HTTP_ERR_HEAD. */
int http_body_next(struct http_body *b, struct span *in, uint32_t max,
                   struct span *piece);

static inline bool http_body_has_ended(const struct http_body *b) {
    return b->state == 0;
}

#endif
