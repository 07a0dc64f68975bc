/*
 * memory.h: counts what the server allocates, and makes one allocation fail
 *
 * This needs -DSIM_MEMORY and a linker that can wrap malloc, calloc, realloc
 * and free: -Wl,--wrap=... Without them nothing is counted and nothing fails.
 */
#ifndef SOCKETIO_SIM_MEMORY_H
#define SOCKETIO_SIM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void memory_start(void);

/* Memory that is allocated from now on is (or is not) the server's. */
void memory_is_servers(bool yes);

/* Makes the server's k-th allocation from now fail, once. 0: none fails. */
void memory_fail(uint32_t k);
bool memory_has_failed(void); /* since memory_start */

size_t memory_held(void);   /* bytes that the server holds now */
size_t memory_blocks(void); /* allocations that the server holds now */
size_t memory_peak(void);   /* the largest memory_held since the last call */

#endif
