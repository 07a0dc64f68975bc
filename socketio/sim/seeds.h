/*
 * seeds.h: the arguments of a simulation: which seeds it runs
 *
 *   NAME [--first SEED] [--seeds N] [--memory]
 */
#ifndef SOCKETIO_SIM_SEEDS_H
#define SOCKETIO_SIM_SEEDS_H

#include <stdbool.h>

struct seeds {
    unsigned long long first, count;
    bool with_memory; /* one allocation of each run fails */
};

/* Reads the arguments. has_memory: the simulation knows --memory. False: it has
 * printed the usage, and the program ends with 2. */
bool seeds_parse(struct seeds *s, int argc, char **argv, bool has_memory);

#endif
