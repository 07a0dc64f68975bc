/*
 * exchange.h: the life of an HTTP connection, on the server's side
 *
 *   idle -> head -> body -> answer -> idle ...       (RFC 9112 §9.3)
 *     |       \-------\-> answer -> ending -> over   a fault, or the last one
 *     \-> ending
 *
 * Bytes go in as they were read: half a head, or three requests. Requests come
 * out one at a time, each when the one before it has been answered (§9.3.2).
 * In each phase but answer it is the peer that is waited for, so each has a
 * deadline; no byte puts it off. Bodies are read and dropped. No input or
 * output; the clock is the caller's.
 * Introduced in websocket/401_http.c.
 */
#ifndef WEBSOCKET_EXCHANGE_H
#define WEBSOCKET_EXCHANGE_H

#include "packets/timer.h"
#include "websocket/http.h"

enum exchange_phase {
    EXCHANGE_IDLE,   /* between requests: LIMIT_IDLE_MS */
    EXCHANGE_HEAD,   /* from the first byte, or the beginning: LIMIT_HEAD_MS */
    EXCHANGE_BODY,   /* the head is there, its body is not: LIMIT_BODY_MS */
    EXCHANGE_ANSWER, /* the caller is to answer, or busy with it */
    EXCHANGE_ENDING, /* nothing will be answered any more: LIMIT_CLOSING_MS */
    EXCHANGE_OVER    /* drop it; also the number of phases with a queue */
};

struct exchange_times { /* of all exchanges of a server; must not move */
    struct timers of[EXCHANGE_OVER];
};

struct exchange { /* must not move */
    struct timer deadline;
    enum exchange_phase phase, timed; /* timed: which one deadline is for */
    unsigned status;                  /* of the answer to a fault, or 0 */
    bool goes_on;                     /* after this answer */
    bool head_only;                   /* the answer has no body: HEAD */
    bool ready;                       /* EXCHANGE_READY is due */
    struct buf held;                  /* put in and not consumed */
    size_t seen, consumed; /* bytes of held: looked at, lent with the head */
    unsigned heads;        /* since the last put */
    struct http_body body;
};

enum exchange_event {
    EXCHANGE_NOTHING, /* put more in, or finish the answer */
    EXCHANGE_REQUEST, /* a head: decide what to answer, do not answer yet */
    EXCHANGE_READY,   /* answer now; with status, unless that is 0 */
};

void exchange_times_init(struct exchange_times *times);

/* Begins in the phase head. At most max bytes are held: those of one read and
 * LIMIT_HTTP_HEAD. */
void exchange_init(struct exchange *x, uint32_t max);
void exchange_free(struct exchange *x);

/* Adds what was read. If it is over max or there is no memory, over is the next
 * phase. */
void exchange_put(struct exchange *x, struct span bytes);

/* What is to be done next. With EXCHANGE_REQUEST *h is set, and valid until the
 * next call. Who sends more than LIMIT_HTTP_PIPELINED requests at once gets no
 * answer to the others: goes_on is false. */
enum exchange_event exchange_next(struct exchange *x, struct http_head *h);

/* Appends the head of an answer with n bytes of that type; or with type NULL,
 * a whole answer that says the status. False: out is full. */
bool exchange_answer(const struct exchange *x, struct buf *out, unsigned status,
                     const char *type, size_t n);

/* The answer has been given: idle, or ending. */
void exchange_answered(struct exchange *x);

/* To be called whenever something has been done: sees that the right deadline
 * runs. busy: there is unsent output, so it is not the peer's turn. */
void exchange_keep_time(struct exchange *x, struct exchange_times *times,
                        int64_t now, bool busy);

/* One whose deadline has passed, in its next phase: from idle to ending, from
 * head and body to answer (EXCHANGE_READY with 408 comes next), else to over.
 * NULL: no other. */
struct exchange *exchange_late(struct exchange_times *times, int64_t now);

/* The smaller of wait and the ms until one is late; wait -1: for ever. */
int exchange_wait(const struct exchange_times *times, int64_t now, int wait);

#endif
