/*
 * herd.c: when do clients return after all have lost their server at once?
 *
 *   bin/herd [--clients N] [--jitter PERCENT] [--attempts N] [--seed N]
 *
 * Modelled: no network. Each client has a back-off of its own
 * (packets/backoff.h), and each row counts the attempts of 500 ms.
 */
#include <stdio.h>

#include "packets/backoff.h"
#include "tcp/options.h"

enum {
    ROW_MS = 500,
    ROWS = 48,
    WIDTH = 50 /* characters of the longest row */
};

/* Returns the next random number, the same for a seed on every machine:
 * SplitMix64. */
static uint32_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)(z >> 32);
}

static void print_row(unsigned row, uint32_t count, uint32_t max_count) {
    uint32_t width =
        max_count > 0 ? (uint32_t)((uint64_t)count * WIDTH / max_count) : 0;
    printf("%4u.%u s %6u", row * ROW_MS / 1000, row * ROW_MS / 100 % 10,
           (unsigned)count);
    for (uint32_t i = 0; i < width; i++) fputs(i == 0 ? " #" : "#", stdout);
    putchar('\n');
}

int main(int argc, char **argv) {
    uint32_t clients = 10000, jitter = 50, attempts = 3, seed = 1;
    const struct option_row rows[] = {
        OPTION_NUMBER("--clients", "N", "clients", &clients, 1, 1000000),
        OPTION_NUMBER("--jitter", "PERCENT", "of a delay", &jitter, 0, 100),
        OPTION_NUMBER("--attempts", "N", "of each client", &attempts, 1, 4),
        OPTION_NUMBER("--seed", "N", "other random numbers", &seed, 0,
                      UINT32_MAX),
        OPTION_END,
    };
    uint32_t counts[ROWS] = {0}, max_count = 0, last = 0;
    uint64_t state = seed;
    int done = options_parse(argc, argv, rows);
    if (done >= 0) return done;
    for (uint32_t i = 0; i < clients; i++) {
        struct backoff b = BACKOFF_DEFAULTS;
        b.jitter_percent = jitter;
        for (uint32_t k = 0, ms = 0; k < attempts; k++) {
            ms += backoff_next_ms(&b, next_random(&state));
            uint32_t row = ms / ROW_MS < ROWS ? ms / ROW_MS : ROWS - 1;
            if (++counts[row] > max_count) max_count = counts[row];
            if (row > last) last = row;
        }
    }
    printf("modelled: %u clients, %u attempts each, jitter %u %%\n",
           (unsigned)clients, (unsigned)attempts, (unsigned)jitter);
    for (unsigned i = 0; i <= last; i++) print_row(i, counts[i], max_count);
    return 0;
}
