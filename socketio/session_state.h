/*
 * session_state.h: the states of an Engine.IO session as a table
 *
 *   POLLING    | rcv upgrade | PROBING   | snd 101
 *   PROBING    | rcv 2probe  | SWITCHING | snd 3probe
 *   SWITCHING  | rcv 5       | WEBSOCKET | snd the queue
 *   ...
 *
 * A session of socketio/session.h changes its state only as this table says.
 * The client's states are in socketio/engine_client.h. Engine.IO v4,
 * "Handshake", "Upgrade". Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_SESSION_STATE_H
#define SOCKETIO_SESSION_STATE_H

#include "packets/state_table.h"

enum session_state {
    SESSION_FREE, /* no session in this slot of the table */
    SESSION_POLLING,
    SESSION_PROBING,   /* it polls and has a WebSocket, its probe */
    SESSION_SWITCHING, /* it polls; the probe has sent 2probe, no GET waits */
    SESSION_WEBSOCKET,
    SESSION_CLOSING, /* closed; its links were not ended yet */
};

enum session_cause {
    SESSION_RCV_POLL,    /* the first request is a GET */
    SESSION_RCV_CONNECT, /* or opens a WebSocket */
    SESSION_RCV_UPGRADE, /* a request opens a WebSocket for this session */
    SESSION_RCV_2PROBE,
    SESSION_RCV_5,
    SESSION_PROBE_ENDS, /* a probe timed out, was lost, closed or broke the
                           order */
    SESSION_RCV_CLOSE,  /* the packet 1, or a close frame */
    SESSION_LOST,       /* a connection that carried it is lost */
    SESSION_CLOSE,      /* the server closes: no pong, a violation, a limit */
    SESSION_ENDS,       /* its links were ended */
};

extern const struct state_table session_states;

/* Does the peer get its packets by GETs? */
static inline bool session_state_is_polling(unsigned state) {
    return state == SESSION_POLLING || state == SESSION_PROBING ||
           state == SESSION_SWITCHING;
}

static inline bool session_state_is_open(unsigned state) {
    return session_state_is_polling(state) || state == SESSION_WEBSOCKET;
}

#endif
