/*
 * engine.h: Engine.IO v4 sessions over links that carry HTTP or WebSocket
 *
 *   (link, bytes, now) -> engine_next: events
 *                         engine_mail: (link, bytes, then)
 *
 * A link is a TCP connection, known by a number of the caller's below
 * max_links (its descriptor will do). A session is known by its slot below
 * max_sessions, and to the peer by an id of 20 characters: slot (3 bytes) and
 * secret (12), so that finding it is one look and one comparison. All memory
 * for links and sessions is taken at init, untouched until used. No clock, no
 * sockets: now (ms, never backwards) and a seed for the ids are arguments.
 * Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_ENGINE_H
#define SOCKETIO_ENGINE_H

#include "packets/buf.h"
#include "packets/limits.h"

struct engine; /* see engine_inside.h */

#define ENGINE_LIMITS(X)                                                       \
    X(LIMIT_SESSIONS, 10000, "sessions", "Engine.IO: 503")                     \
    X(LIMIT_UPGRADE_MS, 10000, "ms", "probe without upgrade: close it")

enum engine_limits {
    ENGINE_LIMITS(LIMIT_ENUM)
};

struct engine_options {
    const char *path;    /* "/engine.io/" or "/socket.io/" */
    const char *origins; /* NULL: own origin only; "*"; or a comma list */
    bool loopback;       /* refuse a Host that is not this machine */
    uint32_t ping_interval, ping_timeout, upgrade_timeout; /* ms */
    uint32_t max_payload, max_links, max_sessions;
    uint8_t seed[32]; /* from the system's randomness: ids come from it */
};

enum engine_event_type {
    ENGINE_OPENED,
    ENGINE_MESSAGE,
    ENGINE_CLOSED,  /* the slot is free once the next event is asked for */
    ENGINE_REQUEST, /* GET or HEAD of another path: engine_respond before the
                       next engine_next, or it is a 404 */
};

struct engine_event {
    enum engine_event_type type;
    uint32_t session, link;
    bool binary;
    struct span payload; /* of a MESSAGE, or a REQUEST's target: lent until the
                            next engine_next; may be written to */
};

enum mail_then {
    MAIL_OPEN, /* go on */
    MAIL_END,  /* nothing follows: stream_end */
    MAIL_DROP, /* the peer does not end: close at once; engine_lost follows */
};

struct mail { /* bytes that are to go out on a link */
    uint32_t link;
    struct span bytes; /* lent until the next engine_mail */
    enum mail_then then;
};

struct engine *engine_open(const struct engine_options *o); /* NULL: memory */
void engine_free(struct engine *e);

/* What happened outside. in is lent until engine_next has returned false.
 * engine_lost (the link's number is free again) may be called at any time,
 * also between two mails: what it causes comes with the next round. */
void engine_accept(struct engine *e, uint32_t link, int64_t now);
void engine_feed(struct engine *e, uint32_t link, struct span in, int64_t now);
void engine_lost(struct engine *e, uint32_t link);

/* First every event, then every mail. */
bool engine_next(struct engine *e, struct engine_event *event, int64_t now);
bool engine_mail(struct engine *e, struct mail *m);

/* The smaller of wait and the ms until the next time-out; wait -1: none yet. */
int engine_wait(const struct engine *e, int64_t now, int wait);

/* A message from k parts. To a session that closes: dropped. */
void engine_send(struct engine *e, uint32_t session, bool binary,
                 const struct span *parts, size_t k);

/* The same to every session in group (0 to 15), encoded once. */
void engine_publish(struct engine *e, unsigned group, bool binary,
                    const struct span *parts, size_t k);

/* Sets the groups that a session is in, a bit each. */
void engine_join(struct engine *e, uint32_t session, uint16_t groups);

/* Closes a session: its ENGINE_CLOSED comes like any other. */
void engine_close(struct engine *e, uint32_t session);

/* Answers an ENGINE_REQUEST. type: Content-Type. */
void engine_respond(struct engine *e, uint32_t link, unsigned status,
                    const char *type, struct span body);

/* Says goodbye to everyone: close frames with 1001, answers for waiting GETs;
 * then every link ends. */
void engine_shut(struct engine *e, int64_t now);

#endif
