/*
 * route.h: classifies an HTTP request to an Engine.IO server
 *
 *   GET  ?EIO=4&transport=polling            OPEN a session
 *   GET  ?EIO=4&transport=polling&sid=..     POLL: its packets, or wait for one
 *   POST ?EIO=4&transport=polling&sid=..     PUSH packets to it
 *   GET  ?EIO=4&transport=websocket[&sid=..] UPGRADE: open one, or move it
 *
 * The result depends only on the head and the options. route.c knows no
 * sessions: request.c checks whether there is one with that sid, and whether it
 * allows the request now. Engine.IO v4, "HTTP long-polling" and "WebSocket".
 * Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_ROUTE_H
#define SOCKETIO_ROUTE_H

#include "socketio/session_id.h"
#include "websocket/http.h"

enum request_kind {
    REQUEST_REFUSE,    /* respond with status and code */
    REQUEST_PREFLIGHT, /* OPTIONS: 204 with the CORS fields */
    REQUEST_OPEN,
    REQUEST_POLL,
    REQUEST_PUSH,
    REQUEST_UPGRADE, /* has_sid: move that session; otherwise open one */
    REQUEST_OTHER,   /* GET or HEAD of another path: not for Engine.IO */
};

enum engine_code { /* Engine.IO's numbers for the errors of a request */
    CODE_UNKNOWN_TRANSPORT,
    CODE_UNKNOWN_SESSION,
    CODE_BAD_METHOD,
    CODE_BAD_REQUEST,
    CODE_FORBIDDEN,
    CODE_BAD_VERSION,
    CODE_NONE, /* an error of HTTP itself: no JSON body */
};

struct route_options {
    const char *path;    /* "/engine.io/" or "/socket.io/" */
    const char *origins; /* as allowed in websocket/origin.h */
    bool is_loopback;    /* refuse a Host that is not this machine */
};

struct route {
    enum request_kind kind;
    unsigned status; /* of REFUSE */
    enum engine_code code;
    bool has_sid;
    bool has_bad_version; /* with a sid: EIO is not 4. Refuse it with 400 and
                             CODE_BAD_REQUEST, but an unknown sid first */
    bool has_bad_body;    /* PUSH: not text. Refuse it and end the session */
    char sid[SESSION_ID_LENGTH + 2]; /* a C string; a longer one is cut off */
    uint8_t origin; /* the number of the allowed origin; see route_cors */
};

/* Classifies the request and sets all of *r. */
void route_request(struct route *r, const struct http_head *head,
                   const struct route_options *o);

/* Appends the fields that allow a page of that origin (route.origin) to read
 * the response (the Fetch standard, "CORS protocol"). False: out is full,
 * nothing was appended. */
bool route_cors(struct buf *out, uint8_t origin, const struct route_options *o);

/* Returns Engine.IO's message for a code: "Session ID unknown". */
const char *route_message(enum engine_code code);

#endif
