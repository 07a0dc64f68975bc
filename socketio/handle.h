/*
 * handle.h: a reference to a slot of a table that may outlive its content
 *
 *   bits  [ generation : 12 | slot : 20 ]
 *
 * Slots are used again, so an old slot number could refer to a new object. A
 * handle has a slot and a generation, and the generation changes whenever the
 * slot is freed: an outdated handle finds nothing and need not be cleared.
 * After 4 096 uses of one slot a handle could match again; none is kept that
 * long. Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_HANDLE_H
#define SOCKETIO_HANDLE_H

#include <stdint.h>

#define NO_HANDLE UINT32_MAX
#define HANDLE_MAX_SLOTS ((1u << 20) - 1) /* no slot has NO_HANDLE */
#define HANDLE_MAX_GENERATION 4095u

static inline uint32_t handle_make(uint32_t slot, uint32_t generation) {
    return generation << 20 | slot;
}

static inline uint32_t handle_slot(uint32_t handle) {
    return handle & ((1u << 20) - 1);
}

static inline uint32_t handle_generation(uint32_t handle) {
    return handle >> 20;
}

/* The handle of the next object in the same slot. */
static inline uint32_t handle_next(uint32_t handle) {
    return handle + (1u << 20); /* the generation wraps around */
}

#endif
