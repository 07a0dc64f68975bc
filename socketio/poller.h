/*
 * poller.h: Engine.IO over HTTP, from the client's side: two requests at a time
 *
 *   GET    waits at the server until there are packets; then repeats
 *   POST   sends the packets that were queued since the last one
 *
 * Each has its own connection: on one connection, the response to a POST would
 * have to wait for the response to the GET. Engine.IO v4, "HTTP long-polling".
 * Introduced in socketio/507_echo_client.c.
 */
#ifndef SOCKETIO_POLLER_H
#define SOCKETIO_POLLER_H

#include "packets/dial.h"
#include "socketio/payload.h"
#include "socketio/queue.h"
#include "websocket/http_call.h"

#define POLLER_LIMITS(X)                                                       \
    X(LIMIT_POST_MS, 30000, "ms", "for the response to a POST: give up")       \
    X(LIMIT_REUSE_MS, 1000, "ms", "an idle HTTP connection: open another")     \
    X(LIMIT_COLLECTED, 4194304, "bytes", "to be sent: refuse more")            \
    X(LIMIT_POLLED, 8388608, "bytes", "the response to a GET: fail")           \
    X(LIMIT_POSTED, 16384, "bytes", "the response to a POST: fail")

enum poller_limits {
    POLLER_LIMITS(LIMIT_ENUM)
};

enum poller_conn { /* index of dials */
    POLLER_GET,
    POLLER_POST,
};

#define POLLER_TARGET 400 /* bytes, with the final zero byte */
#define POLLER_WHY 80

struct poller { /* must not move while in use */
    struct dial *dials;
    const char *host;
    char target[POLLER_TARGET];
    struct http_call get, post;
    struct span payload; /* the rest of the content of get */
    struct queue *queue; /* of packets for a POST */
    size_t queued;       /* bytes of memory */
    uint32_t dialed;     /* the last number of a dial */
    uint32_t max_payload, max_message;
    int64_t post_ms; /* when the POST was sent, or when the last one ended */
    bool is_paused;  /* no GET and no POST begins */
    const char *why; /* of a failure */
    struct span detail;
    char text[POLLER_WHY];
};

/* Begins a session. dials: two, with out initialized by the caller; host: for
 * the Host field. A longer message than max_message bytes from the server is an
 * error. */
void poller_open(struct poller *p, struct dial *dials, const char *host,
                 uint32_t max_message);
void poller_free(struct poller *p);

/* poller_get begins a GET, and poller_post a POST with as many queued packets
 * as max_payload allows. Nothing happens if one is under way, the poller is
 * paused, or no packet is queued. Set target before. */
void poller_get(struct poller *p);
void poller_post(struct poller *p, int64_t now);

/* Queues a packet, text or binary, for a POST. False: no memory. */
bool poller_push(struct poller *p, bool is_binary, const struct span *parts,
                 size_t k);

/* Consumes bytes of a connection. Returns 1: *packet is from the server, valid
 * until the next call; 0: *in is empty; -1: the session has failed, see why and
 * detail. Call it again after 1, and after poller_lost with an empty *in. */
int poller_next(struct poller *p, unsigned conn, struct span *in, int64_t now,
                struct payload_packet *packet);

/* A connection has ended; why as in engine_client_lost. Returns 0, or -1: the
 * session has failed. */
int poller_lost(struct poller *p, unsigned conn, const char *why, int64_t now);

/* Is neither a GET nor a POST under way? */
static inline bool poller_is_idle(const struct poller *p) {
    return !p->get.is_waiting && !p->post.is_waiting && !p->payload.data;
}

/* Closes both connections. */
void poller_hang_up(struct poller *p);

#endif
