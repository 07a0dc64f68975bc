/* session_state.c: see socketio/session_state.h. */
#include "socketio/session_state.h"

static const char *const states[] = {"FREE",      "POLLING",   "PROBING",
                                     "SWITCHING", "WEBSOCKET", "CLOSING"};

static const char *const causes[] = {"rcv GET of polling",
                                     "rcv GET of websocket",
                                     "rcv GET of websocket, sid",
                                     "rcv 2probe",
                                     "rcv 5",
                                     "probe ends",
                                     "rcv 1 or close frame",
                                     "connection lost",
                                     "CLOSE",
                                     "links end"};

static const struct transition rows[] = {
    /* Engine.IO v4, "Handshake" */
    {SESSION_FREE, SESSION_RCV_POLL, SESSION_POLLING, "0"},
    {SESSION_FREE, SESSION_RCV_CONNECT, SESSION_WEBSOCKET, "101, 0"},

    /* "Upgrade": with a probe, polling goes on. */
    {SESSION_POLLING, SESSION_RCV_UPGRADE, SESSION_PROBING, "101"},
    {SESSION_PROBING, SESSION_RCV_2PROBE, SESSION_SWITCHING,
     "3probe, and 6 to a GET"},
    {SESSION_SWITCHING, SESSION_RCV_5, SESSION_WEBSOCKET, "the queue"},
    {SESSION_PROBING, SESSION_PROBE_ENDS, SESSION_POLLING, NULL},
    {SESSION_SWITCHING, SESSION_PROBE_ENDS, SESSION_POLLING, NULL},

    /* A session can close in each of four states. */
    {SESSION_POLLING, SESSION_RCV_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_POLLING, SESSION_LOST, SESSION_CLOSING, NULL},
    {SESSION_POLLING, SESSION_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_PROBING, SESSION_RCV_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_PROBING, SESSION_LOST, SESSION_CLOSING, NULL},
    {SESSION_PROBING, SESSION_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_SWITCHING, SESSION_RCV_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_SWITCHING, SESSION_LOST, SESSION_CLOSING, NULL},
    {SESSION_SWITCHING, SESSION_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_WEBSOCKET, SESSION_RCV_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_WEBSOCKET, SESSION_LOST, SESSION_CLOSING, NULL},
    {SESSION_WEBSOCKET, SESSION_CLOSE, SESSION_CLOSING, NULL},
    {SESSION_CLOSING, SESSION_ENDS, SESSION_FREE, NULL},
};

const struct state_table session_states = {"session", states, causes, rows,
                                           sizeof rows / sizeof *rows};
