/*
 * ws_state.h: the states of a WebSocket connection as a table, RFC 6455 §4, §7
 *
 *   CONNECTING  | rcv request | OPEN      | snd 101
 *   OPEN        | CLOSE       | CLOSING   | snd close
 *   CLOSING     | rcv close   | LINGERING |
 *   ...
 *
 * websocket/conn.h uses OPEN, CLOSING and LINGERING; websocket/peer.h (server)
 * and websocket/client.h (client) add the others. All three change their state
 * only as this table says. Introduced in websocket/407_closing.c.
 */
#ifndef WEBSOCKET_WS_STATE_H
#define WEBSOCKET_WS_STATE_H

#include "packets/state_table.h"

enum ws_state {
    WS_CLOSED,     /* there is no connection; all zero */
    WS_CONNECTING, /* the handshake is not complete */
    WS_OPEN,
    WS_CLOSING,   /* this end has sent a close frame and awaits the peer's */
    WS_LINGERING, /* WebSocket has ended; TCP must be ended */
};

enum ws_cause {
    WS_ACCEPT,      /* a server accepts TCP */
    WS_CONNECT,     /* a client connects TCP */
    WS_RCV_REQUEST, /* a handshake that the server accepts */
    WS_RCV_BAD_REQUEST,
    WS_RCV_101, /* with the right accept value */
    WS_RCV_REFUSAL,
    WS_CLOSE,     /* this end closes */
    WS_GIVE_UP,   /* this end does not wait for the peer's close frame */
    WS_RCV_CLOSE, /* a valid close frame has arrived */
    WS_FAIL,      /* the peer breaks a rule, or no memory; §7.1.7 */
    WS_TIMEOUT,
    WS_RCV_FIN,  /* a client: the server has ended TCP */
    WS_TCP_ENDS, /* this end has closed or lost TCP */
};

extern const struct state_table ws_states;

static inline uint8_t ws_state_next(unsigned state, enum ws_cause cause) {
    return state_table_next(&ws_states, state, cause);
}

/* Is there nothing to receive or send any more? */
static inline bool ws_state_has_ended(unsigned state) {
    return state == WS_LINGERING || state == WS_CLOSED;
}

#endif
