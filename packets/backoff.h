/*
 * backoff.h: how long a client waits before it connects again
 *
 *   attempt      1      2      3      4      5
 *   delay        1 s    2 s    4 s    5 s    5 s       doubles, up to a maximum
 *   with jitter  .5-1.5 1-3    2-6    2.5-7.5          delay -50 % to +50 %
 *
 * The delay gives a server time to recover. Many clients lose a server at the
 * same moment; the jitter spreads their attempts. The values are those of
 * socket.io-client 4. That client applies the maximum after the jitter, so half
 * of its clients retry at the same time again; this one applies it before.
 * Introduced in websocket/409_echo_client.c.
 */
#ifndef PACKETS_BACKOFF_H
#define PACKETS_BACKOFF_H

#include <stdint.h>

struct backoff {
    uint32_t delay_ms;       /* before the first attempt */
    uint32_t max_ms;         /* no delay before jitter is longer */
    uint32_t jitter_percent; /* of the delay, in both directions; 0 to 100 */
    uint32_t attempts;       /* made since the last success */
};

#define BACKOFF_DEFAULTS                                                       \
    { .delay_ms = 1000, .max_ms = 5000, .jitter_percent = 50 }

/* Counts one more attempt and returns the ms to wait before it. random: 32 new
 * random bits for each call. */
uint32_t backoff_next_ms(struct backoff *b, uint32_t random);

/* A connection was made: the next delay is the first one again. */
static inline void backoff_reset(struct backoff *b) {
    b->attempts = 0;
}

#endif
