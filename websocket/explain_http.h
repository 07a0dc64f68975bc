/*
 * explain_http.h: dissector of HTTP/1.1 messages (RFC 9112)
 *
 *   GET / HTTP/1.1 CRLF        request-line, or a status-line
 *   Host: localhost CRLF       field lines
 *   CRLF                       and a body
 *
 * Introduced in socketio/505_packets.c.
 */
#ifndef WEBSOCKET_EXPLAIN_HTTP_H
#define WEBSOCKET_EXPLAIN_HTTP_H

#include "packets/dissector.h"

struct explain_http {
    bool is_to_head; /* set by the caller: a response to a HEAD request, which
                      * has no body even if its head has a length */
    bool is_request;
    bool is_head;       /* a HEAD request */
    struct span target; /* of a request, borrowed from the input */
    unsigned status;    /* of a response: 101 means that what follows the head
                         * belongs to another protocol */
};

/* Does a message begin here? With less than 8 bytes this is not known yet:
 * explain_http_may_begin asks whether one may begin. */
bool explain_http_begins(struct span bytes);
bool explain_http_may_begin(struct span bytes);

/* Explains the head of a message, and the chunks of a chunked body, and enters
 * the body, which ends at dissector_leave. */
void explain_http(struct dissector *d, struct explain_http *h);

#endif
