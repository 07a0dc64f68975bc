/*
 * clock_unit.h: a clock that a test moves forward
 *
 *   clock_offset_ms = 31000;     31 seconds pass at once
 *   calls_until_jump = 2;        a minute passes at the second call from now on
 *
 * It replaces the system's clock in a test program, so the loop uses it, too.
 * Only tests include this file.
 */
#ifndef TCP_CLOCK_UNIT_H
#define TCP_CLOCK_UNIT_H

#include <stdint.h>
#include <sys/time.h>
#include <time.h>

static int64_t clock_offset_ms;
static int calls_until_jump; /* of clock_gettime; 0: none */

int clock_gettime(clockid_t id, struct timespec *t) {
    struct timeval now;
    (void)id;
    if (calls_until_jump > 0 && --calls_until_jump == 0)
        clock_offset_ms += 60000;
    gettimeofday(&now, NULL);
    int64_t ms = now.tv_usec / 1000 + clock_offset_ms;
    t->tv_sec = now.tv_sec + (time_t)(ms / 1000);
    t->tv_nsec = (long)(ms % 1000) * 1000000;
    return 0;
}

static inline int64_t clock_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#endif
