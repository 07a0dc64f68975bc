/*
 * ws_state.h: the states of a WebSocket connection as a table, RFC 6455 §4, §7
 *
 *   CONNECTING  | rcv request | OPEN      | snd 101
 *   OPEN        | CLOSE       | CLOSING   | snd close
 *   CLOSING     | rcv close   | LINGERING |
 *   ...
 *
 * websocket/conn.h knows OPEN, CLOSING and LINGERING; websocket/peer.h for a
 * server and websocket/client.h for a client join it to the others. None of the
 * three changes its state but as this table says.
 * Introduced in websocket/407_closing.c.
 */
#ifndef WEBSOCKET_WS_STATE_H
#define WEBSOCKET_WS_STATE_H

#include "packets/state_table.h"

enum ws_state {
    WS_CLOSED,     /* there is no connection; what is all zero */
    WS_CONNECTING, /* the handshake is not complete */
    WS_OPEN,
    WS_CLOSING,   /* our close frame was sent, the peer's is awaited */
    WS_LINGERING, /* no byte of WebSocket follows: TCP is to be ended */
};

enum ws_cause {
    WS_ACCEPT,      /* a server's TCP connection begins */
    WS_CONNECT,     /* and a client's */
    WS_RCV_REQUEST, /* of a handshake that the server accepts */
    WS_RCV_BAD_REQUEST,
    WS_RCV_101, /* with the response to the client's key */
    WS_RCV_REFUSAL,
    WS_CLOSE,     /* this end closes */
    WS_GIVE_UP,   /* this end does not wait for the peer's close frame */
    WS_RCV_CLOSE, /* a valid close frame has arrived */
    WS_FAIL,      /* the peer violates a rule, or memory is used up; §7.1.7 */
    WS_TIMEOUT,
    WS_RCV_FIN,  /* the server has ended TCP; a client is told by it */
    WS_TCP_ENDS, /* this end has closed or lost TCP */
};

extern const struct state_table ws_states;

static inline uint8_t ws_state_next(unsigned state, enum ws_cause cause) {
    return state_table_next(&ws_states, state, cause);
}

/* Has the machine nothing to receive or to send any more? */
static inline bool ws_state_has_ended(unsigned state) {
    return state == WS_LINGERING || state == WS_CLOSED;
}

#endif
