/*
 * trace.h: the latest steps, printed when an invariant fails
 *
 * Recording a line only copies a few bytes; trace_fail formats it. Lines
 * contain no addresses and no real time, so the same seed prints the same lines
 * on every machine.
 */
#ifndef SOCKETIO_SIM_TRACE_H
#define SOCKETIO_SIM_TRACE_H

#include <stdbool.h>

#include "packets/span.h"

#define NO_CLIENT (-1)
#define NO_LINK UINT32_MAX

/* with_memory: the run has the option --memory, and so must its repetition. */
void trace_start(uint64_t seed, bool with_memory);

/* Sets the step and the time of the lines that follow. */
void trace_step(uint64_t step, int64_t now);

/* Records what a client model did, or what happened to it. client: its number
 * or NO_CLIENT; link: the server's number of the connection or NO_LINK. */
void trace(int client, uint32_t link, const char *event, int64_t n,
           struct span text);

/* Sets the client's slot in the server: trace_fail prints the lines of all
 * clients that had the same slot. */
void trace_slot(int client, uint32_t slot);

/* Prints the invariant that failed and the last lines about client, then ends
 * the program with 1. */
_Noreturn void trace_fail(int client, const char *invariant,
                          const char *detail);

#endif
