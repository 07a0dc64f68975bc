/*
 * prng.h: all random numbers of a simulation, from one seed
 *
 * The same seed gives the same numbers on every machine (SplitMix64). There
 * is one generator for the program, because a run is one sequence.
 */
#ifndef SOCKETIO_SIM_PRNG_H
#define SOCKETIO_SIM_PRNG_H

#include <stdbool.h>
#include <stdint.h>

void prng_start(uint64_t seed);
uint64_t prng_next(void);

/* 0 to n - 1; n is at least 1. */
uint32_t prng_below(uint32_t n);

/* from to to, both included. */
uint32_t prng_between(uint32_t from, uint32_t to);

/* True in percent of 100 cases. */
bool prng_percent(unsigned percent);

#endif
