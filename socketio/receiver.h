/*
 * receiver.h: what arrives becomes events, a fair share of each link a turn
 *
 *   turn 1   link 7 [ 64 messages | rest ]   link 9 [ 2 messages ]   expire
 *   turn 2   link 7 [ 64 messages | rest ]   link 9 ...              expire
 *
 * The rest of a link is fed again in the next turn, so that no client waits
 * long for another one's burst. If many broadcasts wait, a link is not read
 * from until all have got what its session has published. The payload of a POST
 * is in memory already: it goes on by itself, a share in each round of output.
 * Where input is left over, the link is behind: a pong may be in it, so the
 * link is not judged in that turn. Introduced in
 * socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_RECEIVER_H
#define SOCKETIO_RECEIVER_H

#include "packets/limits.h"
#include "socketio/engine_event.h"
#include "socketio/transport.h"

#define RECEIVER_LIMITS(X)                                                     \
    X(LIMIT_SHARE, 64, "messages", "of a link in a turn, and")                 \
    X(LIMIT_SHARE_BYTES, 65536, "bytes", "of it: the rest in the next turn")   \
    X(LIMIT_SHARE_RECEIVERS, 16384, "receivers", "of what it causes: the same")

enum receiver_limits {
    RECEIVER_LIMITS(LIMIT_ENUM)
};

struct receiver {        /* must not move */
    uint32_t fed;        /* the link that in is of, until receiver_end_feed */
    struct span in;      /* what has not been consumed */
    size_t fed_len;      /* its bytes in all */
    bool can_go_on;      /* there may be another event in it */
    uint32_t posting;    /* the link whose payload is being handed out */
    uint32_t unanswered; /* the link of an ENGINE_REQUEST, if it has no
                            response */
    uint8_t turn;        /* see receiver_end_turn */
    int64_t round;       /* see receiver_end_round */
    struct timers suspended; /* links with more payload, by their last round */
    struct { /* what one link has had of its share of this turn */
        uint32_t messages, receivers;
        size_t bytes;
    } share;
};

void receiver_init(struct receiver *r);

/* A connection begins. */
void receiver_accept(struct transport *t, uint32_t conn);

/* Bytes of a link: receiver_next until it is done, then receiver_end_feed. */
void receiver_feed(struct receiver *r, struct transport *t, struct link *l,
                   struct span in);
struct span receiver_end_feed(struct receiver *r, struct transport *t);

/* The link is gone, also while it is fed. */
void receiver_lost(struct receiver *r, struct transport *t, struct link *l);

/* One step of what was fed, or of a payload. The caller looks after each
 * whether a session is due. */
enum receiver_step {
    RECEIVER_DONE, /* nothing more, or not in this turn */
    RECEIVER_NO_EVENT,
    RECEIVER_EVENT,
};
enum receiver_step receiver_next(struct receiver *r, struct transport *t,
                                 struct engine_event *ev);

/* Responds to the last REQUEST; if that has its response already, nothing is
 * done. */
void receiver_respond(struct receiver *r, struct transport *t, unsigned status,
                      const char *type, struct span body, const char *fields);

/* All output was taken: links with more payload get another share. */
static inline void receiver_end_round(struct receiver *r) {
    r->round++;
}

/* Time-outs were judged: no link is behind any more. */
static inline void receiver_end_turn(struct receiver *r) {
    if (++r->turn == 0) r->turn = 1; /* 0: in no turn */
}

/* Is there more payload? Then the program must not wait. */
bool receiver_has_more(const struct receiver *r);

/* Was not all of the input of this session read in this turn? */
bool receiver_is_behind(const struct receiver *r, const struct session *s);

#endif
