/*
 * server_recover.h: connection state recovery, inside the server
 *
 *   server_send.c   log, log_room -> backlog
 *   server.c        keep: a client is gone
 *                   find, resume, replay: it reconnects
 *
 * If recovery is off, these functions do and find nothing. Introduced in
 * socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_SERVER_RECOVER_H
#define SOCKETIO_SERVER_RECOVER_H

#include "socketio/backlog.h"
#include "socketio/recoverable.h"
#include "socketio/server_target.h"

struct server; /* see server_inside.h */
struct server_options;

#define EPOCH_LENGTH 8 /* characters */

struct recovery { /* must not move */
    struct backlog log;
    struct recoverables sockets;
    char epoch[EPOCH_LENGTH]; /* of this run of the server: in each offset */
    /* By namespace, then by slot of the client: the position of the last kept
     * event that was sent to the socket, or the position when it joined. */
    uint64_t *sent_at;
    uint32_t *replayed; /* by slot of the client: bytes, at most LIMIT_REPLAY */
    int64_t began_ms;   /* LIMIT_REPLAYS counts for one second from here */
    size_t total;       /* bytes replayed to all clients in that second */
    uint32_t max_clients;
};

/* False: no memory. */
bool server_recovery_init(struct server *s, const struct server_options *o);
void server_recovery_free(struct server *s);

/* Returns the socket whose pid a CONNECT has, if its offset is valid; or NULL.
 * It may still be CONNECTED as another client: then the caller closes that
 * one. */
struct recoverable *server_recovery_find(struct server *s,
                                         const struct server_event *connect);

/* A KEPT socket joins its rooms again as that client. False: it cannot be
 * recovered, and nothing has changed. LIMIT_REPLAY holds for all namespaces
 * of a client together: otherwise a slow client in several of them would always
 * be dropped. LIMIT_REPLAYS holds for all clients in a second, because a short
 * CONNECT can cause a long replay. */
bool server_recovery_resume(struct server *s, struct recoverable *r,
                            uint32_t client);

/* Call it after server_recovery_resume and the response to the CONNECT: the
 * socket is CONNECTED and gets the events that it has missed. */
void server_recovery_replay(struct server *s, struct recoverable *r,
                            uint32_t client);

/* A new socket joins its namespace. NULL: recovery is off. */
struct recoverable *server_recovery_add(struct server *s,
                                        struct server_socket socket,
                                        uint64_t number);

/* May the socket be recovered when its connection is lost? */
bool server_recovery_has(const struct server *s, struct server_socket socket);

/* A client is gone: keeps its sockets. */
void server_recovery_keep(struct server *s, uint32_t client);

/* Forget a socket, all sockets of a client, or all KEPT ones of a namespace
 * that was removed: they cannot be recovered. */
void server_recovery_forget(struct server *s, struct server_socket socket);
void server_recovery_forget_client(struct server *s, uint32_t client);
void server_recovery_forget_namespace(struct server *s, uint32_t nsp);

void server_recovery_expire(struct server *s, int64_t now);
int server_recovery_wait(const struct server *s, int64_t now, int wait);

/* Writes the end of an event: a comma, the last argument and the bracket. The
 * argument is the offset of a client that has received the event. Without
 * recovery, writes only the bracket. is_kept: server_recovery_log is called for
 * the event next. */
#define RECOVERY_OFFSET_MAX (EPOCH_LENGTH + 25)
struct span server_recovery_offset(const struct server *s, bool is_kept,
                                   char text[RECOVERY_OFFSET_MAX]);

/* Keeps an event: a text of k parts, and the attachments. False: its only
 * receiver is gone. The caller then calls server_recovery_sent for each socket
 * that the event is sent to now. */
bool server_recovery_log(struct server *s, const struct server_target *to,
                         const struct span *parts, size_t k,
                         const struct server_args *args);

void server_recovery_sent(struct server *s, struct server_socket socket);

/* Records that a socket has joined or left a room. */
void server_recovery_log_room(struct server *s, enum backlog_kind kind,
                              struct server_socket socket, struct span room);

#endif
