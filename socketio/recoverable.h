/*
 * recoverable.h: the sockets of a Socket.IO server that may be recovered
 *
 *   joins -> CONNECTED -> (connection is lost) -> KEPT -> joins again ...
 *                \ (leaves, is expelled)               \ (too late, too many)
 *                 ---------------- forgotten ----------
 *
 * A socket is a client in a namespace. The server sends its client a secret id,
 * the pid, with which the client later proves that it was this socket. A pid is
 * made like a session id: see session_id.h. The whole table is allocated at
 * once; its pages are untouched until used. A KEPT socket has the names of its
 * rooms, too. Introduced in socketio/506_echo_server.c.
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
    struct timer timer; /* started: the socket is KEPT */
    uint64_t number;    /* of the socket: its sid is made from it */
    /* The server's, positions of backlog.h: when the socket joined, of the last
     * event to it, when it was lost, and where it resumes. */
    uint64_t joined_at, sent_at, lost_at, resume_at;
    uint8_t secret[SECRET_SIZE];
    struct server_socket socket; /* KEPT: as it was when CONNECTED */
    uint32_t next;    /* of the same client, or free: index + 1, 0: none */
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

/* seed: 32 bytes, as in session_options; no pid has the same secret as a
 * session id. False: no memory. */
bool recoverable_init(struct recoverables *t, uint32_t max_clients,
                      uint32_t duration_ms, const uint8_t *seed);
void recoverable_free(struct recoverables *t);

/* A socket joins its namespace, with a pid of its own. */
struct recoverable *recoverable_add(struct recoverables *t,
                                    struct server_socket socket,
                                    uint64_t number, uint64_t joined_at);

/* Returns the CONNECTED entry of a socket, or NULL. */
struct recoverable *recoverable_of(const struct recoverables *t,
                                   struct server_socket socket);

/* Returns the first CONNECTED entry of a client, or NULL. */
struct recoverable *recoverable_first(const struct recoverables *t,
                                      uint32_t client);

/* Returns the entry with that pid, or NULL. */
struct recoverable *recoverable_find(const struct recoverables *t,
                                     struct span pid);

/* Writes the pid of an entry, which is not a C string. */
void recoverable_write_pid(const struct recoverables *t,
                           const struct recoverable *r,
                           char pid[SESSION_ID_LENGTH]);

static inline bool recoverable_is_kept(const struct recoverable *r) {
    return timer_started(&r->timer);
}

/* recoverable_keep: from CONNECTED to KEPT, for duration_ms; the caller has set
 * r->rooms. recoverable_resume: from KEPT to CONNECTED, as another client. */
void recoverable_keep(struct recoverables *t, struct recoverable *r,
                      int64_t now);
void recoverable_resume(struct recoverables *t, struct recoverable *r,
                        uint32_t client);

/* Forget one entry, CONNECTED or KEPT; all KEPT entries of a namespace; or
 * those that were KEPT for duration_ms. */
void recoverable_forget(struct recoverables *t, struct recoverable *r);
void recoverable_forget_namespace(struct recoverables *t, uint32_t nsp);
void recoverable_expire(struct recoverables *t, int64_t now);

#endif
