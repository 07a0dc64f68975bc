/*
 * model.h: the model of one Socket.IO client
 *
 *   OPENING -> POLLING -> PROBING -> PROBED -> SWITCHING -> WEBSOCKET -> ENDED
 *      \___________________________________________________/
 *
 * An honest client does what the protocols allow, at random times. A malicious
 * one does one thing that ends its session. A model knows at any time whether
 * the server may have ended its session, and why.
 */
#ifndef SOCKETIO_SIM_MODEL_H
#define SOCKETIO_SIM_MODEL_H

#include "socketio/sim/endpoint.h"
#include "socketio/sim/ledger.h"
#include "websocket/http.h" /* for its limits */

#define MAX_MODELS 256
#define NAMESPACES 3 /* "/", "/custom", and "/made", if it is allowed */
#define ROOMS 4      /* in each */
#define NEVER INT64_MAX

enum phase {
    ABSENT,
    OPENING, /* the request for a session was sent */
    POLLING,
    PROBING,   /* the handshake of the upgrade was sent */
    PROBED,    /* 2probe was sent */
    SWITCHING, /* 3probe arrived: waits for its GET and POST, then sends 5 */
    WEBSOCKET,
    STRANGER, /* sends no Socket.IO, only other requests */
    ENDED,    /* the session has ended; output under way is still read */
};

/* A deadline counts from the moment when the byte at this position is on the
 * wire. */
struct mark {
    struct endpoint *end; /* NULL: none is under way */
    size_t at;
};

struct model {
    int number;    /* index in the table */
    unsigned life; /* distinguishes clients at the same index */
    enum phase phase;
    bool starts_websocket, upgrades, is_single, is_slow, is_malicious, is_mute;
    bool is_hasty;      /* sends 5 without waiting for its GET or its POST */
    unsigned late_post; /* of a hasty one: 1 begun, 2 completed after the 5 */
    int64_t wake, next_act, next_poll, think_ms;
    unsigned acts_left;

    struct endpoint poll, post, ws;
    char sid[21];
    uint32_t slot; /* the server's, after its CONNECT was reported */
    uint16_t requested,
        joined;        /* namespaces: by the client, by the application */
    uint16_t expelled; /* the server has expelled it; the 41 is under way */
    uint8_t rooms[NAMESPACES];          /* that the application let it join */
    struct buf sent, expected, pending; /* pending: no POST yet */
    size_t expected_bytes;
    unsigned errors_due; /* CONNECT_ERROR */
    unsigned noops;      /* in a row, without an upgrade */
    uint32_t next_id;
    uint64_t offset; /* of the last event, if recovery is on */

    const char *fault; /* the protocol error that ends its session, or NULL */
    bool is_confused;  /* two GETs at once: any order is right */
    bool must_end;     /* the server must end the session at once */
    struct mark pong, connect, five, attached;
    bool pong_pending, connect_pending, connected;
    int64_t opened_ms, pong_ms; /* when they were put on the wire */
    int64_t attach_from_ms;     /* attachments are missing since; NEVER: none */
    int64_t pong_read_ms;       /* when the server had read the last pong */
    bool pong_is_unread;
    int64_t ended_ms, probe_ms, late_post_ms;
    unsigned stalled_turns; /* turns without an effect that is due */
};

extern struct model models[MAX_MODELS];

/* model.c: from the start to the end of a client */
void model_begin_run(void);
void model_start(struct model *m, int64_t now);
void model_wake(struct model *m, int64_t now);
void model_end(struct model *m, const char *why, int64_t now);
void model_free(struct model *m);
/* Returns why the session may have ended by now, or NULL: it must exist. */
const char *model_may_end(const struct model *m, int64_t now);
_Noreturn void model_fail(const struct model *m, const char *invariant,
                          const char *detail);

/* model_receive.c: reads all that has arrived */
void model_receive(struct model *m, int64_t now);

#endif
