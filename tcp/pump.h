/*
 * pump.h: one direction of a relay, from one stream socket to another
 *
 *   from --recv--> [ held ] --send--> to           both non-blocking
 *
 *   READING   waits until from has bytes; at its FIN, which it passes on: ENDED
 *   WRITING   waits until to has space, and does not read meanwhile
 *
 * Thus a pump holds at most the bytes of one recv, and a slow receiver slows
 * down the sender: back-pressure. READING and WRITING are those of
 * tcp/113_poll_server.c. A FIN closes one direction only: a relay has two
 * pumps, which do not end together. The caller owns the descriptors, and
 * handles the other direction after an error. Each move is traced
 * (tcp/trace.h). From a socket to itself it is an echo.
 * Introduced in tcp/114_epoll_server.c.
 */
#ifndef TCP_PUMP_H
#define TCP_PUMP_H

#include "packets/buf.h"

#define PUMP_MAX_HELD 65536 /* bytes */

enum pump_state {
    PUMP_READING,
    PUMP_WRITING,
    PUMP_ENDED,
};

struct pump {
    enum pump_state state;
    struct buf held; /* owns memory only in PUMP_WRITING */
    size_t max_read; /* by one recv; the caller may set 1 to PUMP_MAX_HELD */
    size_t passed;   /* bytes that to has accepted */
};

/* Begins in PUMP_WRITING without a byte: the pump does not read until to is
 * writable. A socket that is connecting becomes writable when it is
 * connected. If to is connected, the caller may set state to PUMP_READING. */
void pump_init(struct pump *p);
void pump_free(struct pump *p);

/* Moves at most the bytes of one recv. Call it when the socket that the state
 * waits for is ready; an extra call does no harm. Returns 0, or -1 and errno:
 * one of the sockets has failed. */
int pump_move(struct pump *p, int from, int to);

#endif
