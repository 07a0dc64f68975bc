/*
 * memory.h: counts what the server allocates, and makes one allocation fail
 *
 * Needs a linker that can put these functions before malloc, calloc, realloc
 * and free: -Wl,--wrap=... and -DSIM_MEMORY. Without it nothing is counted and
 * nothing fails.
 */
#ifndef SOCKETIO_SIM_MEMORY_H
#define SOCKETIO_SIM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void memory_start(void);

/* What is allocated from here on is (or is not) the server's. */
void memory_is_servers(bool yes);

/* The server's allocation number k from now fails, once. 0: none does. */
void memory_fail(uint32_t k);
bool memory_has_failed(void); /* since memory_start */

size_t memory_held(void); /* bytes that the server holds now */
size_t memory_peak(void); /* the most since the last call of this */

#endif
