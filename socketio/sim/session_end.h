/*
 * session_end.h: a client's end of one session, which may be cut at any moment
 *
 *   OPENING -> POLLING -> PROBING -> PROBED -> SWITCHING -> WEBSOCKET -> ENDED
 *      \___________________________________________________/
 *
 * The client breaks no rule. It appends its output to out of up to three
 * connections, and the caller appends the server's output to in. There is no
 * cable and no clock; model.h has clients on slow connections.
 */
#ifndef SOCKETIO_SIM_SESSION_END_H
#define SOCKETIO_SIM_SESSION_END_H

#include "packets/buf.h"

enum session_phase {
    PHASE_ENDED, /* or not begun yet */
    PHASE_OPENING,
    PHASE_POLLING,
    PHASE_PROBING,   /* the handshake of the upgrade is out */
    PHASE_PROBED,    /* 2probe is out */
    PHASE_SWITCHING, /* 3probe is here: waits for its GET and POST, sends 5 */
    PHASE_WEBSOCKET,
};

enum session_conn {
    CONN_GET,
    CONN_POST,
    CONN_WEBSOCKET,
    SESSION_CONNS,
};

struct session_end {
    enum session_phase phase;
    bool starts_websocket, has_upgraded;
    char sid[21];
    struct {
        bool is_awaited; /* a response */
        struct buf in, out;
    } conns[SESSION_CONNS];
    struct buf pending; /* packets for the next POST, 0x1e between */
    struct buf payload; /* the rest of the response to a GET */
    struct buf packet;  /* the packet that was returned last */
};

/* Begins a session: its first request is in an out. *s must be all zero, or
 * freed. */
void session_end_open(struct session_end *s, bool starts_websocket);
void session_end_free(struct session_end *s);

/* Sends a text of Engine.IO, now or with the next POST. */
void session_end_send(struct session_end *s, const char *text);

/* Writes the GET and the POST that are due. */
void session_end_step(struct session_end *s);

/* Begins to upgrade, if it is POLLING. */
void session_end_probe(struct session_end *s);

/* Returns the next packet for the caller: a text that ends in NUL, or binary;
 * valid until the next call. NULL: all input was read, or the session has
 * ended. */
const char *session_end_next(struct session_end *s, bool *is_binary);

/* A connection has ended, and all its input was read. */
void session_end_lost(struct session_end *s, enum session_conn i);

static inline bool session_end_is_upgrading(const struct session_end *s) {
    return s->phase >= PHASE_PROBING && s->phase <= PHASE_SWITCHING;
}

#endif
