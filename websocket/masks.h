/*
 * masks.h: the mask keys of a WebSocket client (RFC 6455 §5.3)
 *
 *   SHA-1(seed, 0) = key key key key key    SHA-1(seed, 1) = key key ...
 *
 * Each frame needs a new key from a strong source of entropy, and it must not
 * be possible to predict the next key from earlier ones. All randomness comes
 * from the seed. Without the seed the next digest cannot be computed.
 * Introduced in websocket/405_masking.c.
 */
#ifndef WEBSOCKET_MASKS_H
#define WEBSOCKET_MASKS_H

#include <stdint.h>

#include "websocket/sha1.h"

#define MASKS_SEED 16 /* bytes */
#define MASKS_KEY 4   /* bytes */

struct mask_source {
    uint8_t seed[MASKS_SEED];
    uint64_t count;          /* digests made so far */
    uint8_t keys[SHA1_SIZE]; /* the last digest */
    uint8_t keys_left;       /* keys of it that were not used yet */
};

/* seed: MASKS_SEED bytes from the system's random source, different for each
 * connection. */
void masks_init(struct mask_source *m, const uint8_t seed[MASKS_SEED]);

/* Returns the next key: MASKS_KEY bytes, valid until the next call. */
const uint8_t *masks_next(struct mask_source *m);

#endif
