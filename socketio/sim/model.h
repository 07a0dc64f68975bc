/*
 * model.h: one Socket.IO client as the simulation plays it
 *
 *   OPENING -> POLLING -> PROBING -> PROBED -> SWITCHING -> WEBSOCKET -> ENDED
 *      \___________________________________________________/
 *
 * An honest client does what the protocols allow, at times that the seed
 * chooses. A mean one does, once, something that ends its session. Each knows
 * at any time why its session may have ended, or that it may not.
 */
#ifndef SOCKETIO_SIM_MODEL_H
#define SOCKETIO_SIM_MODEL_H

#include "socketio/sim/endpoint.h"
#include "socketio/sim/ledger.h"
#include "websocket/http.h" /* its limits */

#define MAX_MODELS 256
#define NAMESPACES 3 /* "/", "/custom", and "/made", if it is allowed */
#define ROOMS 4      /* in each */
#define NEVER INT64_MAX

enum phase {
    ABSENT,
    OPENING, /* the request for a session is out */
    POLLING,
    PROBING,   /* the handshake of the upgrade is out */
    PROBED,    /* 2probe is out */
    SWITCHING, /* 3probe is here: waits for its GET and POST, then sends 5 */
    WEBSOCKET,
    STRANGER, /* no Socket.IO: requests of other kinds */
    ENDED,    /* the session has ended; what is on the way is still read */
};

/* Something that counts from when its last byte is on the wire. */
struct mark {
    struct endpoint *end; /* NULL: nothing is on its way */
    size_t at;
};

struct model {
    int number;    /* index in the table */
    unsigned life; /* distinguishes clients at the same index */
    enum phase phase;
    bool starts_websocket, upgrades, is_single, is_slow, is_mean, is_mute;
    bool is_hasty;      /* sends 5 without waiting for its GET or its POST */
    unsigned late_post; /* of a hasty one: 1 begun, 2 completed after the 5 */
    int64_t wake, next_act, next_poll, think_ms;
    unsigned acts_left;

    struct endpoint poll, post, ws;
    char sid[21];
    uint32_t slot; /* the server's, once its CONNECT was reported */
    uint16_t requested,
        joined;       /* namespaces: by the client, by the application */
    uint16_t put_out; /* of these; the client waits for the 41 */
    uint8_t rooms[NAMESPACES];          /* in which the application put it */
    struct buf sent, expected, pending; /* pending: no POST yet */
    size_t expected_bytes;
    unsigned errors_due; /* CONNECT_ERROR */
    unsigned noops;      /* in a row, without an upgrade */
    uint32_t next_id;
    uint64_t offset; /* of the last event, if recovery is on */

    const char *fault; /* what it did to end its session, or NULL */
    bool is_confused;  /* two GETs at once: no order can be expected */
    bool must_end;     /* and the server has to end it at once */
    struct mark pong, connect, five, attached;
    bool pong_pending, connect_pending, connected;
    int64_t opened_ms, pong_ms; /* put on the wire */
    int64_t attach_from_ms;     /* attachments are missing since; NEVER: no */
    int64_t pong_read_ms;       /* the server has read the last pong */
    bool pong_is_unread;
    int64_t ended_ms, probe_ms, late_post_ms;
    unsigned stalled_turns; /* something was due and nothing happened */
};

extern struct model models[MAX_MODELS];

/* model.c: its life */
void model_begin_run(void);
void model_start(struct model *m, int64_t now);
void model_wake(struct model *m, int64_t now);
void model_end(struct model *m, const char *why, int64_t now);
void model_free(struct model *m);
/* Why the session may have ended by now, or NULL: then it must be there. */
const char *model_may_end(const struct model *m, int64_t now);
_Noreturn void model_fail(const struct model *m, const char *invariant,
                          const char *detail);

/* model_receive.c: all that has arrived */
void model_receive(struct model *m, int64_t now);

#endif
