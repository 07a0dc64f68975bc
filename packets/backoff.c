/* backoff.c: see packets/backoff.h. */
#include "packets/backoff.h"

uint32_t backoff_next_ms(struct backoff *b, uint32_t random) {
    uint64_t delay = b->delay_ms;
    for (uint32_t i = 0; i < b->attempts && delay < b->max_ms; i++) delay *= 2;
    if (delay > b->max_ms) delay = b->max_ms;
    if (b->attempts < UINT32_MAX) b->attempts++;
    uint64_t jitter = delay * b->jitter_percent / 100;
    /* One of delay - jitter to delay + jitter, each as likely as the others. */
    return (uint32_t)(delay - jitter + ((2 * jitter + 1) * random >> 32));
}
