/* prng.c: see socketio/sim/prng.h */
#include "socketio/sim/prng.h"

static uint64_t state;

void prng_start(uint64_t seed) {
    state = seed;
}

uint64_t prng_next(void) {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

uint32_t prng_below(uint32_t n) {
    return (uint32_t)((prng_next() >> 32) * n >> 32);
}

uint32_t prng_between(uint32_t from, uint32_t to) {
    return from + prng_below(to - from + 1);
}

bool prng_percent(unsigned percent) {
    return prng_below(100) < percent;
}
