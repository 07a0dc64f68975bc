/*
 * clock.h: the time that time-outs are measured with
 *
 * The monotonic clock is not changed when the date is set. Its zero is some
 * time in the past, so only differences mean something.
 * Introduced in tcp/102_echo_client.c.
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

#endif
