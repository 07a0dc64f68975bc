/*
 * recoverable.h: the sockets of a Socket.IO server that may be recovered
 *
 *   joins -> CONNECTED -> (its connection is lost) -> KEPT -> joins again ...
 *                \ (leaves, is put out)                \ (too late, too many)
 *                 ---------------- forgotten ----------
 *
 * A socket is a client in a namespace. It gets a secret id, the pid, which only
 * its client is told; with it the client can prove later that it was this
 * socket. A pid is made as the id of a session is: see session_id.h. All memory
 * for the table is taken at once, and untouched until used; a socket that is
 * kept has the names of its rooms beside. Introduced in
 * socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_RECOVERABLE_H
#define SOCKETIO_RECOVERABLE_H

#include "packets/buf.h"
#include "packets/limits.h"
#include "packets/timer.h"
#include "socketio/server_event.h"
#include "socketio/session_id.h"

#define RECOVERABLE_LIMITS(X)                                                  \
    X(LIMIT_RECOVERABLE, 10000, "sockets", "kept for recovery: forget oldest")

enum recoverable_limits {
    RECOVERABLE_LIMITS(LIMIT_ENUM)
};

struct recoverable {
    struct timer timer; /* started: it is kept */
    uint64_t number;    /* of the socket, from which its sid is made */
    /* The server's: positions of the backlog (see backlog.h) when it joined, of
     * the last event to it, when it was lost, and from where it goes on. */
    uint64_t joined_at, sent_at, lost_at, resume_at;
    uint8_t secret[SECRET_SIZE];
    struct server_socket socket; /* KEPT: it was */
    uint32_t next;    /* of the same client, or free: place + 1, 0: none */
    struct buf rooms; /* KEPT: names, as rooms_write_names writes them */
};

struct recoverables {          /* must not move */
    struct recoverable *table; /* untouched from used on */
    uint32_t *lists;           /* of CONNECTED, by slot of the client */
    uint32_t used, free, max;
    unsigned kept_count;
    struct timers kept;
    struct secret_source secrets;
};

/* seed: 32 bytes, as session_options has them; no pid has a secret that is also
 * that of a session. False: no memory. */
bool recoverable_init(struct recoverables *t, uint32_t max_clients,
                      uint32_t duration_ms, const uint8_t *seed);
void recoverable_free(struct recoverables *t);

/* A socket joins its namespace, with a pid of its own. */
struct recoverable *recoverable_add(struct recoverables *t,
                                    struct server_socket socket,
                                    uint64_t number, uint64_t joined_at);

/* The one that is CONNECTED as that, or NULL. */
struct recoverable *recoverable_of(const struct recoverables *t,
                                   struct server_socket socket);

/* The first one that is CONNECTED as that client, or NULL. */
struct recoverable *recoverable_first(const struct recoverables *t,
                                      uint32_t client);

/* The one with that pid, or NULL. */
struct recoverable *recoverable_find(const struct recoverables *t,
                                     struct span pid);

/* Writes its pid, which is not a C string. */
void recoverable_write_pid(const struct recoverables *t,
                           const struct recoverable *r,
                           char pid[SESSION_ID_LENGTH]);

static inline bool recoverable_is_kept(const struct recoverable *r) {
    return timer_started(&r->timer);
}

/* From CONNECTED to KEPT, for duration_ms; the caller has set r->rooms. And
 * from KEPT to CONNECTED, as another client. */
void recoverable_keep(struct recoverables *t, struct recoverable *r,
                      int64_t now);
void recoverable_resume(struct recoverables *t, struct recoverable *r,
                        uint32_t client);

/* Forgets one, CONNECTED or KEPT; all that are KEPT of a namespace; or those
 * that were KEPT for duration_ms. */
void recoverable_forget(struct recoverables *t, struct recoverable *r);
void recoverable_forget_namespace(struct recoverables *t, uint32_t nsp);
void recoverable_expire(struct recoverables *t, int64_t now);

#endif
