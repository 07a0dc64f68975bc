/* masks.c: see websocket/masks.h. */
#include "websocket/masks.h"

#include <string.h>

void masks_init(struct mask_source *m, const uint8_t seed[MASKS_SEED]) {
    *m = (struct mask_source){0};
    memcpy(m->seed, seed, MASKS_SEED);
}

/* Hashes the seed and the count, eight bytes in network byte order. */
static void make_keys(struct mask_source *m) {
    uint8_t text[MASKS_SEED + 8];
    memcpy(text, m->seed, MASKS_SEED);
    for (size_t i = 0; i < 8; i++)
        text[MASKS_SEED + i] = (uint8_t)(m->count >> (56 - 8 * i));
    sha1(text, sizeof text, m->keys);
    m->count++;
    m->keys_left = SHA1_SIZE / MASKS_KEY;
}

const uint8_t *masks_next(struct mask_source *m) {
    /* RFC 6455 §5.3: each frame MUST have a fresh key: no key is used twice. */
    if (m->keys_left == 0) make_keys(m);
    return m->keys + SHA1_SIZE - (size_t)m->keys_left-- * MASKS_KEY;
}
