/*
 * machine.h: a server's protocol as a machine without sockets or a clock
 *
 *   bytes of a connection, the time  -->  machine  -->  next_outgoing: bytes
 *
 * The machine sees bytes, the time, and connections by number. Its caller has
 * the sockets: tcp/links.h in a program, or a loop without sockets in a test.
 * All functions get self, the machine's own memory. now is in ms and never runs
 * backwards, except that expire and wait may get a slightly older now than an
 * earlier call. Introduced in websocket/410_chat.c.
 */
#ifndef PACKETS_MACHINE_H
#define PACKETS_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "packets/outbox.h"
#include "packets/span.h"

/* A line for a trace, about one connection. */
struct machine_line {
    const char *arrow; /* "<-" arrived, "->" was sent, "--" neither */
    const char *text;  /* valid until the next call */
    uint32_t conn;     /* UINT32_MAX: about no single connection */
};

struct machine {
    void *self;

    /* There is a new connection, with a small number that is not in use. */
    void (*accepted)(void *self, uint32_t conn, int64_t now);

    /* Bytes arrived; they are valid during the call and may be written to.
     * Returns the end of in that was not consumed, possibly all of it: a
     * machine limits the work for one connection in a turn. The caller offers
     * the rest again in the next turn, and does not read from the connection
     * until all of it was consumed. */
    struct span (*received)(void *self, uint32_t conn, struct span in,
                            int64_t now);

    /* The kernel has accepted all output that was pulled for the connection.
     * The time-out of a reply begins here. Also called between calls of
     * next_outgoing. */
    void (*sent)(void *self, uint32_t conn, int64_t now);

    /* After the bytes of next_outgoing: the caller keeps so many bytes for the
     * connection, because its client reads too slowly. NULL: not needed. */
    void (*unsent)(void *self, uint32_t conn, size_t bytes);

    /* The connection is gone: closed by the peer, failed, or dropped. Its
     * number may be used again. Also called between calls of next_outgoing. */
    void (*lost)(void *self, uint32_t conn);

    /* expire handles the timers that are due. wait returns the smaller of wait
     * and the ms until the next one is due; -1: no limit. */
    void (*expire)(void *self, int64_t now);
    int (*wait)(void *self, int64_t now, int wait);

    /* Sets *o to the next bytes to send. False: that was all in this turn; wait
     * returns 0 if there is more for the next one. */
    bool (*next_outgoing)(void *self, struct outgoing *o);

    /* Returns the bytes of output that wait for next_outgoing, without
     * broadcasts. If they are many, the caller sends before the turn ends: one
     * message can cause far more output than input. NULL: never so many. */
    size_t (*output_len)(void *self);

    /* SIGINT or SIGTERM has arrived: close every connection cleanly. */
    void (*shutdown)(void *self, int64_t now);

    /* Sets the time of day, in seconds since 1970. NULL: not needed. */
    void (*set_clock)(void *self, int64_t unix_seconds);

    /* Sets *line to the next line of the trace. False: there is none. NULL: it
     * traces nothing. */
    bool (*next_line)(void *self, struct machine_line *line);

    size_t max_reply;    /* bytes, in reply to one message */
    const char *refusal; /* sent to a client when there are too many, or NULL */
};

#endif
