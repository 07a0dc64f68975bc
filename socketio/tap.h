/*
 * tap.h: records of an engine's traffic, for a trace
 *
 *   engine  -- request, response, packet, close -->  tap  -->  the program
 *
 * To show the traffic, a program gives the engine a tap (engine_options) and
 * takes the records out after each step. Without a tap nothing is kept. A
 * broadcast is one record. Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_TAP_H
#define SOCKETIO_TAP_H

#include "packets/buf.h"
#include "socketio/payload.h"
#include "websocket/conn.h"
#include "websocket/http.h"

enum {
    TAP_MAX = 1 << 20,     /* bytes of waiting records; more are dropped */
    TAP_MAX_PACKET = 1024, /* bytes kept of one packet */
};

enum tap_kind {
    TAP_REQUEST, /* bytes: "GET /path" */
    TAP_STATUS,  /* code: of an HTTP response; len: bytes of its body */
    TAP_PAYLOAD, /* bytes: a packet in the body of a POST or of a response */
    TAP_TEXT,    /* bytes: a WebSocket message */
    TAP_BINARY,
    TAP_POSTED_BINARY, /* bytes: a binary packet in the body of a POST */
    TAP_CLOSE,         /* code: of a WebSocket close frame */
    TAP_OPENED,        /* code: the number of a session */
    TAP_CLOSED,        /* code: number of the session; len: a close code */
    TAP_SILENT,        /* code: number of a session without a pong */
};

#define TAP_ALL UINT32_MAX /* a broadcast, or no connection: -1 as an int */

struct tap_record {
    uint32_t conn;
    uint32_t len; /* full size in bytes; see TAP_STATUS, TAP_CLOSED */
    uint32_t code;
    uint16_t kind; /* of enum tap_kind */
    bool is_sent;
    struct span bytes; /* at most TAP_MAX_PACKET; writable, valid until the next
                          tap_next */
};

struct tap {
    struct buf kept; /* records, each followed by its bytes */
};

/* An empty tap: struct tap t = TAP_EMPTY. It allocates with the first record;
 * tap_free frees that. */
#define TAP_EMPTY                                                              \
    {                                                                          \
        .kept = {.max = TAP_MAX }                                              \
    }
void tap_free(struct tap *t);

/* Each function adds the record that its name says; tap_received also that of
 * the close frame sent in reply. text: packets, or empty; len: bytes of the
 * body. A full tap drops the record. t may be NULL: nothing is kept. */
void tap_request(struct tap *t, uint32_t conn, const struct http_head *head);
void tap_response(struct tap *t, uint32_t conn, unsigned status, size_t len,
                  struct span text);
void tap_posted(struct tap *t, uint32_t conn, const struct payload_packet *p);
void tap_received(struct tap *t, uint32_t conn, const struct conn_event *e);
void tap_sent(struct tap *t, uint32_t conn, bool is_binary,
              const struct span *parts, size_t k);
void tap_close(struct tap *t, uint32_t conn, bool is_sent, unsigned code);

/* Adds TAP_OPENED, TAP_CLOSED (why: a close code) or TAP_SILENT. */
void tap_session(struct tap *t, enum tap_kind kind, uint32_t conn,
                 uint32_t session, unsigned why);

/* Removes and returns the oldest record. False: there is no more. */
bool tap_next(struct tap *t, struct tap_record *r);

/* Returns the arrow for a line: "<-" received, "->" sent, "--" neither. */
const char *tap_arrow(const struct tap_record *r);

/* Writes the layers up to Engine.IO in one line: "ws text 6 B · 4 message".
 * Returns text. */
#define TAP_TEXT_SIZE 200
const char *tap_describe(const struct tap_record *r, char text[TAP_TEXT_SIZE]);

#endif
