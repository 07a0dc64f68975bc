/*
 * trace.h: what happened last, printed when an invariant fails
 *
 * A line costs a copy of a few bytes; it is formatted only when it is printed.
 * Lines contain no addresses and no real time: the same seed prints the same
 * lines everywhere.
 */
#ifndef SOCKETIO_SIM_TRACE_H
#define SOCKETIO_SIM_TRACE_H

#include "packets/span.h"

#define NO_CLIENT (-1)
#define NO_LINK UINT32_MAX

void trace_start(uint64_t seed);

/* Every line from here on carries this step and this time. */
void trace_step(uint64_t step, int64_t now);

/* Notes what a client model did, or what was done to it. client: its number or
 * NO_CLIENT; link: the server's number of the connection or NO_LINK. */
void trace(int client, uint32_t link, const char *event, int64_t n,
           struct span text);

/* Tells which slot of the server is the client's: trace_fail prints the lines
 * of all clients that had the same slot. */
void trace_slot(int client, uint32_t slot);

/* Prints the invariant that failed and the last lines about client, then ends
 * the program with 1. */
_Noreturn void trace_fail(int client, const char *invariant,
                          const char *detail);

#endif
