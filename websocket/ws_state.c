/* ws_state.c: see websocket/ws_state.h. */
#include "websocket/ws_state.h"

static const char *const states[] = {"CLOSED", "CONNECTING", "OPEN", "CLOSING",
                                     "LINGERING"};

static const char *const causes[] = {
    "accept",      "connect", "rcv request", "rcv bad request", "rcv 101",
    "rcv refusal", "CLOSE",   "GIVE UP",     "rcv close",       "fail",
    "timeout",     "rcv FIN", "TCP ends"};

static const struct transition rows[] = {
    {WS_CLOSED, WS_ACCEPT, WS_CONNECTING, NULL},
    {WS_CLOSED, WS_CONNECT, WS_CONNECTING, "request"}, /* §4.1 */

    /* §4.2.2: the server's response; §4.1: the client checks it. */
    {WS_CONNECTING, WS_RCV_REQUEST, WS_OPEN, "101"},
    {WS_CONNECTING, WS_RCV_101, WS_OPEN, NULL},
    {WS_CONNECTING, WS_RCV_BAD_REQUEST, WS_LINGERING, "4xx"},
    {WS_CONNECTING, WS_RCV_REFUSAL, WS_LINGERING, NULL},
    {WS_CONNECTING, WS_TIMEOUT, WS_LINGERING, "408"},
    {WS_CONNECTING, WS_CLOSE, WS_LINGERING, NULL},
    {WS_CONNECTING, WS_RCV_FIN, WS_LINGERING, NULL},

    /* §7.1.2: a close handshake; §7.1.7: to fail the connection. */
    {WS_OPEN, WS_CLOSE, WS_CLOSING, "close"},
    {WS_OPEN, WS_RCV_CLOSE, WS_LINGERING, "close"},
    {WS_OPEN, WS_FAIL, WS_LINGERING, "close"},
    {WS_OPEN, WS_RCV_FIN, WS_LINGERING, NULL},
    {WS_CLOSING, WS_RCV_CLOSE, WS_LINGERING, NULL},
    {WS_CLOSING, WS_FAIL, WS_LINGERING, NULL},
    {WS_CLOSING, WS_GIVE_UP, WS_LINGERING, NULL},
    {WS_CLOSING, WS_RCV_FIN, WS_LINGERING, NULL},

    /* §7.1.4: the connection is closed when TCP is closed. */
    {WS_CONNECTING, WS_TCP_ENDS, WS_CLOSED, NULL},
    {WS_OPEN, WS_TCP_ENDS, WS_CLOSED, NULL},
    {WS_CLOSING, WS_TCP_ENDS, WS_CLOSED, NULL},
    {WS_LINGERING, WS_TCP_ENDS, WS_CLOSED, NULL},
    {WS_LINGERING, WS_TIMEOUT, WS_CLOSED, NULL},
};

const struct state_table ws_states = {"websocket", states, causes, rows,
                                      sizeof rows / sizeof *rows};
