/*
 * wslink.h: the packets of a session on a WebSocket, and its time-outs
 *
 *   PROBING --> OPEN --> CLOSING --> ENDED
 *        \________\_____/
 *
 * Each packet is a message: text with its type first, or binary without one. A
 * probe must complete the upgrade within upgrade_timeout. A message that has
 * begun must make progress within LIMIT_WS_STALLED_MS, even if pongs arrive.
 * After its close frame was sent, the link ends within LIMIT_CLOSING_MS. While
 * output is unsent, only the probe's time-out runs. This module knows no
 * sessions. Engine.IO v4, "WebSocket". Introduced in
 * socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_WSLINK_H
#define SOCKETIO_WSLINK_H

#include "packets/timer.h"
#include "websocket/conn.h"

enum wslink_phase {
    WSLINK_PROBING,
    WSLINK_OPEN,
    WSLINK_CLOSING, /* the server's close frame was written */
    WSLINK_ENDED,   /* nothing more is written; input is dropped */
};

struct wslink_timers { /* must not move */
    struct timers probing, stalled, closing, postponed;
};

struct wslink { /* must not move; 80 bytes */
    struct timer timer;
    struct conn conn;
    uint32_t progress; /* bytes of the current message at the last check */
    uint8_t phase;
    bool is_sending; /* output has not left the process */
};

void wslink_timers_init(struct wslink_timers *t, uint32_t upgrade_timeout);

/* Returns a link that has timed out, or NULL. Its phase says which time-out it
 * was. The caller acts, or postpones that to the next turn. */
struct wslink *wslink_next_due(struct wslink_timers *t, int64_t now);
void wslink_postpone(struct wslink *w, struct wslink_timers *t, int64_t now);

/* Returns the smaller of wait and the ms until the next time-out; wait -1: no
 * limit. */
int wslink_wait(const struct wslink_timers *t, int64_t now, int wait);

void wslink_init(struct wslink *w, enum wslink_phase phase,
                 uint32_t max_message);
void wslink_free(struct wslink *w);

/* Like conn_next. */
bool wslink_next(struct wslink *w, struct span *in, struct conn_event *event,
                 struct buf *out);

/* Appends a packet from k parts. False: no memory, as in conn_send. */
bool wslink_send(struct buf *out, bool is_binary, const struct span *parts,
                 size_t k);

void wslink_enter(struct wslink *w, enum wslink_phase phase);

/* Appends a close frame, unless one was written. */
void wslink_close(struct wslink *w, unsigned code, struct buf *out);

/* Call it after each function above, and when is_sending has changed. */
void wslink_rearm_timer(struct wslink *w, struct wslink_timers *t, int64_t now);

#endif
