/*
 * receiver.h: makes events of input, a fair share of each link per turn
 *
 *   turn 1   link 7 [ 64 messages | rest ]   link 9 [ 2 messages ]   expire
 *   turn 2   link 7 [ 64 messages | rest ]   link 9 ...              expire
 *
 * The rest of a link is fed again in the next turn, so that no client waits
 * long while another one sends a burst. If many broadcasts wait, a link is not
 * read from until the broadcasts of its session were sent. The payload of a
 * POST is in memory already: it continues by itself, a share in each round of
 * output. A link with input left over may have a pong in it, so its time-outs
 * are not judged in that turn. Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_RECEIVER_H
#define SOCKETIO_RECEIVER_H

#include "packets/limits.h"
#include "socketio/engine_event.h"
#include "socketio/transport.h"

#define RECEIVER_LIMITS(X)                                                     \
    X(LIMIT_SHARE, 64, "messages", "of a link in a turn, and")                 \
    X(LIMIT_SHARE_BYTES, 65536, "bytes", "of it: the rest in the next turn")   \
    X(LIMIT_SHARE_RECEIVERS, 16384, "receivers", "of its broadcasts: the same")

enum receiver_limits {
    RECEIVER_LIMITS(LIMIT_ENUM)
};

struct receiver {        /* must not move */
    uint32_t fed;        /* the link of in, until receiver_end_feed */
    struct span in;      /* input not consumed yet */
    size_t fed_len;      /* bytes that were fed in all */
    bool can_go_on;      /* there may be another event in in */
    uint32_t posting;    /* the link whose payload is being handed out */
    uint32_t unanswered; /* the link of an ENGINE_REQUEST without a response */
    uint8_t turn;        /* see receiver_end_turn */
    int64_t round;       /* see receiver_end_round */
    struct timers suspended; /* links with payload left, by their last round */
    struct { /* the part of its share that the link has used in this turn */
        uint32_t messages, receivers;
        size_t bytes;
    } share;
};

void receiver_init(struct receiver *r);

/* Begins a connection. */
void receiver_accept(struct transport *t, uint32_t conn);

/* Feeds bytes of a link: call receiver_next until it returns RECEIVER_DONE,
 * then receiver_end_feed, which returns the bytes not consumed. */
void receiver_feed(struct receiver *r, struct transport *t, struct link *l,
                   struct span in);
struct span receiver_end_feed(struct receiver *r, struct transport *t);

/* The link is gone; may also be called while it is fed. */
void receiver_lost(struct receiver *r, struct transport *t, struct link *l);

/* Does one step with the bytes fed, or with a payload. After each step the
 * caller checks whether a session is due. */
enum receiver_step {
    RECEIVER_DONE, /* no more in this turn */
    RECEIVER_NO_EVENT,
    RECEIVER_EVENT,
};
enum receiver_step receiver_next(struct receiver *r, struct transport *t,
                                 struct engine_event *ev);

/* Responds to the last ENGINE_REQUEST, unless it already has its response. */
void receiver_respond(struct receiver *r, struct transport *t, unsigned status,
                      const char *type, struct span body, const char *fields);

/* All output was taken: links with payload left get another share. */
static inline void receiver_end_round(struct receiver *r) {
    r->round++;
}

/* Time-outs were judged: in the new turn no link has unread input yet. */
static inline void receiver_end_turn(struct receiver *r) {
    if (++r->turn == 0) r->turn = 1; /* 0: in no turn */
}

/* Is there payload left? Then the program must not wait. */
bool receiver_has_more(const struct receiver *r);

/* Does this session have input that was not read in this turn? */
bool receiver_is_behind(const struct receiver *r, const struct session *s);

#endif
