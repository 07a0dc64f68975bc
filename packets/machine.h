/*
 * machine.h: a server's protocol as a machine without sockets and clock
 *
 *   bytes of a connection, the time  -->  machine  -->  next_outgoing: bytes
 *
 * The machine knows bytes, the time, and its connections by number. Whoever
 * runs it knows sockets: tcp/links.h in a program, a loop without any in a
 * test. All functions get self, the machine's own memory. now is in ms. It
 * never runs backwards, except that expire and wait may get one that is a
 * little older than the now of calls before them. Introduced in
 * websocket/410_chat.c.
 */
#ifndef PACKETS_MACHINE_H
#define PACKETS_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "packets/outbox.h"
#include "packets/span.h"

/* A line for a trace, about one connection. */
struct machine_line {
    const char *arrow; /* "<-" has arrived, "->" was sent, "--" is neither */
    const char *text;  /* valid until the next call */
    uint32_t conn;     /* UINT32_MAX: about no single connection */
};

struct machine {
    void *self;

    /* A new connection, with a number that is small and not in use. */
    void (*accepted)(void *self, uint32_t conn, int64_t now);

    /* Bytes arrived; they are valid during the call and may be written to.
     * Returns the end of in that was not consumed, possibly all of it: a
     * machine limits how long one connection keeps it busy in a turn. The rest
     * is offered again in the next turn, and the connection is not read from
     * until all of it was consumed. */
    struct span (*received)(void *self, uint32_t conn, struct span in,
                            int64_t now);

    /* All output of the connection that was pulled has left the process. The
     * time-out of a reply begins here. Also called while next_outgoing is being
     * pulled. */
    void (*sent)(void *self, uint32_t conn, int64_t now);

    /* After the bytes of next_outgoing: so many are kept for the connection,
     * because its client reads more slowly. NULL: it does not matter. */
    void (*unsent)(void *self, uint32_t conn, size_t bytes);

    /* The connection is gone: closed by the peer, failed, or dropped. Its
     * number may be used again. Also called while next_outgoing is pulled. */
    void (*lost)(void *self, uint32_t conn);

    /* expire closes what is due. wait returns the smaller of wait and the ms
     * until something else will be (-1: nothing is started). */
    void (*expire)(void *self, int64_t now);
    int (*wait)(void *self, int64_t now, int wait);

    /* The next bytes to send. False: that is all of this turn; if more has to
     * be sent in the next one, wait returns 0. */
    bool (*next_outgoing)(void *self, struct outgoing *o);

    /* End every connection in an orderly way: SIGINT or SIGTERM has come. */
    void (*shutdown)(void *self, int64_t now);

    /* The time of day, in seconds since 1970. NULL: it needs none. */
    void (*set_clock)(void *self, int64_t unix_seconds);

    /* What has happened, line by line, or false. NULL: it traces nothing. */
    bool (*next_line)(void *self, struct machine_line *line);

    size_t max_reply;    /* bytes: the most in reply to one message */
    const char *refusal; /* for a client when there are too many, or NULL */
};

#endif
