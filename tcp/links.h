/*
 * links.h: joins a protocol machine to the sockets
 *
 *   descriptor readable  -> received(conn, bytes) --+
 *   accept, EOF, error   -> accepted, lost          |  the machine, written in
 *   after each turn      -> expire(now)             |  websocket/ or socketio/
 *   one write per conn   <- next_outgoing  <--------+
 *
 * The machine knows bytes, the time, and its connections by number; this module
 * knows sockets. The number of a connection (conn) is its descriptor: small,
 * and used again only after the connection was lost. A turn reads from all
 * connections that are ready, judges time-outs, and then delivers what the
 * machine wants to send, or earlier, once 64 KiB have been received. One set of
 * links per program. Introduced in socketio/503_engine_server.c, which has it
 * written out.
 */
#ifndef TCP_LINKS_H
#define TCP_LINKS_H

#include "packets/outbox.h"
#include "packets/span.h"

#include <stdint.h>

/* What the program fills in, mostly with functions of one line. now is in ms.
 * It never runs backwards, except that expire and wait judge by
 * loop_caught_up_ms, which may be a little older than the now of calls before
 * them. Whatever these functions add to the outbox is sent after the turn. */
struct machine {
    /* A new connection. */
    void (*accepted)(uint32_t conn, int64_t now);

    /* Bytes arrived; they are valid during the call and may be written to.
     * Returns the end of in that was not consumed, possibly all of it: a
     * machine limits how long one connection keeps it busy in a turn. The rest
     * is offered again in the next turn, and the connection is not read from
     * until all of it was consumed. */
    struct span (*received)(uint32_t conn, struct span in, int64_t now);

    /* All output of the connection has left the process. The time-out of a
     * reply begins here. Also called while next_outgoing is being pulled. */
    void (*sent)(uint32_t conn, int64_t now);

    /* The connection is gone: closed by the peer, failed, or dropped. Its
     * number may be used again. Also called while next_outgoing is pulled. */
    void (*lost)(uint32_t conn);

    /* expire closes what is due. wait returns the smaller of wait and the ms
     * until something else will be (-1: nothing is started). */
    void (*expire)(int64_t now);
    int (*wait)(int64_t now, int wait);

    /* The next bytes to send, or false. */
    bool (*next_outgoing)(struct outgoing *o);

    /* SIGINT or SIGTERM: end every connection in an orderly way. */
    void (*shutdown)(int64_t now);

    size_t max_unsent;   /* bytes for a slow reader: at least one reply of the
                            largest message; at most BUF_MAX */
    const char *refusal; /* for a client when descriptors run out, or NULL */
};

/* How many connections there can be: each number is less than this. Raises the
 * soft descriptor limit to the hard one. */
uint32_t links_max(void);

/* Prepares for SIGINT and SIGTERM, listens at host and port, and prints
 * "listening on HOST:PORT". Returns the listening descriptor, or -1 after one
 * line on stderr: main returns 1. */
int links_listen(const char *host, uint32_t port);

/* Serves the clients of fd (from links_listen) until SIGINT or SIGTERM, and
 * then for at most LIMIT_SHUTDOWN_MS more. Returns main's exit status, after a
 * line on stderr if it is not 0. */
int links_run(const struct machine *m, int fd);

#endif
