/*
 * engine_client.h: one Engine.IO session, from the client's side
 *
 *   OPENING -> POLLING -> PROBING -> SWITCHING -> WEBSOCKET
 *                   <-------+------------+            -> CLOSING -> CLOSED
 *
 * The client uses no socket and no clock; all its randomness comes from the
 * seed. It opens no connection: dials says which ones the program must open.
 * poller.h does HTTP; engine_client_end.h ends the session. Engine.IO v4.
 * Introduced in socketio/507_echo_client.c.
 */
#ifndef SOCKETIO_ENGINE_CLIENT_H
#define SOCKETIO_ENGINE_CLIENT_H

#include "socketio/engine_client_event.h"
#include "socketio/open_packet.h"
#include "socketio/poller.h"
#include "websocket/client.h"

#define ENGINE_CLIENT_LIMITS(X)                                                \
    X(LIMIT_OPEN_MS, 10000, "ms", "until Engine.IO is open: give up")          \
    X(LIMIT_PROBE_MS, 10000, "ms", "for an upgrade: go on with polling")       \
    X(LIMIT_LEAVE_MS, 2000, "ms", "for the server's close: end without it")

enum engine_client_limits {
    ENGINE_CLIENT_LIMITS(LIMIT_ENUM)
};

/* An index of dials, after POLLER_GET and POLLER_POST, and the count of
 * dials. */
enum engine_client_conn {
    ENGINE_CLIENT_WEBSOCKET = 2,
    ENGINE_CLIENT_CONNS
};

enum engine_client_state {
    ENGINE_STATE_CLOSED,
    ENGINE_STATE_OPENING,
    ENGINE_STATE_POLLING,
    ENGINE_STATE_PROBING,   /* polling goes on */
    ENGINE_STATE_SWITCHING, /* 3probe arrived; the GET and POST must end
                               first */
    ENGINE_STATE_WEBSOCKET,
    ENGINE_STATE_CLOSING,
};

struct engine_client { /* must not move while in use; read state and dials */
    enum engine_client_state state;
    struct dial dials[ENGINE_CLIENT_CONNS];
    const struct engine_client_options *options;
    struct mask_source random;
    struct poller poller;
    struct client websocket;
    bool is_websocket; /* packets are sent on the WebSocket */
    char sid[LIMIT_SID + 1];
    char target[POLLER_TARGET]; /* of websocket */
    uint32_t max_payload, heartbeat_ms;
    int64_t deadline_ms; /* of OPENING, PROBING, SWITCHING, CLOSING */
    int64_t silence_ms;  /* a ping must arrive before then */
    bool is_reported;    /* ENGINE_CLIENT_CLOSED was returned */
    const char *why;     /* the session is CLOSED */
    struct span detail;
};

/* seed: random bytes, different for each client. */
void engine_client_init(struct engine_client *c,
                        const struct engine_client_options *options,
                        const uint8_t seed[MASKS_SEED]);
void engine_client_free(struct engine_client *c);

void engine_client_open(struct engine_client *c, int64_t now); /* if CLOSED */

/* Consumes from *in, and may write to it, until there is an event (true) or *in
 * is empty (false). Call it also after every other function, with an empty *in;
 * conn is not used then. */
bool engine_client_next(struct engine_client *c, unsigned conn, struct span *in,
                        int64_t now, struct engine_client_event *e);

/* Sends a message of k parts, at most 4: UTF-8, or is_binary. Returns 0 or an
 * error; then nothing was sent. engine_client_check returns the error for a
 * message of len bytes that follows others of before bytes, and sends
 * nothing. */
int engine_client_send(struct engine_client *c, bool is_binary,
                       const struct span *parts, size_t k);
int engine_client_check(const struct engine_client *c, bool is_binary,
                        size_t len, size_t before);

/* Ends the session at once, for the reason why. why must stay valid; detail
 * until the next call for this client. */
void engine_client_fail(struct engine_client *c, const char *why,
                        struct span detail);

#endif
