/*
 * explain_request.h: what do these bits mean? The response to GET /explain
 *
 *   /explain?as=engineio&hex=3432          [{"name":"Engine.IO", ...}]
 *   /explain?as=engineio&hex=34&length=90  "34" begins a packet of 90 bytes
 *   /explain?as=engineio&hex=343           hex: byte 1: a byte has two digits
 *
 * The JSON is that of bin/explain --json (packets/explain_json.h), so a browser
 * and a terminal name the same bits alike. A response may be a hundred times as
 * long as its request, so its limits are small. The module sends nothing and
 * keeps nothing. Introduced in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_EXPLAIN_REQUEST_H
#define SOCKETIO_EXPLAIN_REQUEST_H

#include "packets/buf.h"
#include "packets/limits.h"

/* The field lines of each response: no cache keeps it, and a browser does not
 * guess another type than the one that it names. */
#define EXPLAIN_REQUEST_FIELDS                                                 \
    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"

#define EXPLAIN_REQUEST_LIMITS(X)                                              \
    X(LIMIT_EXPLAIN_INPUT, 4000, "bytes", "of hex: 400")                       \
    X(LIMIT_EXPLAIN_MEMORY, 524288, "bytes", "fields, notes, ... each: 400")   \
    X(LIMIT_EXPLAIN_OUTPUT, 524288, "bytes", "the JSON: 400")

enum explain_request_limits {
    EXPLAIN_REQUEST_LIMITS(LIMIT_ENUM)
};

/* Is it for the path /explain? target: of a request, with its query. */
bool explain_request_is(struct span target);

/* Explains the bytes in the query of target. out must be empty, with a max of
 * LIMIT_EXPLAIN_OUTPUT. Returns the status of the response and writes its body:
 * 200 and JSON; or 400 and one line of text, which says what is wrong.
 *   as      a name of socketio/explain_as.h
 *   hex     two digits a byte, in either case
 *   length  bytes of the whole, of which hex has the beginning; at most
 *           EXPLAIN_MAX_INPUT; left out or empty: hex has all
 * None of them may occur twice. Other parameters are ignored. */
unsigned explain_request(struct span target, struct buf *out);

/* The Content-Type for that status. */
const char *explain_request_type(unsigned status);

#endif
