/*
 * clock.h: the clock for time-outs
 *
 * Setting the date does not change the monotonic clock. Its zero is an
 * arbitrary time in the past, so only differences are meaningful. Introduced in
 * tcp/102_echo_client.c.
 */
#ifndef TCP_CLOCK_H
#define TCP_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds on the monotonic clock. */
static inline int64_t clock_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Microseconds on the same clock. */
static inline int64_t clock_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Sleeps until clock_us has reached us, or a little longer; for experiments. */
static inline void clock_sleep_until(int64_t us) {
    for (int64_t left; (left = us - clock_us()) > 0;) {
        struct timespec t = {left / 1000000, left % 1000000 * 1000};
        nanosleep(&t, NULL); /* a signal may end it early */
    }
}

#endif
