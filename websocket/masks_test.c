/* masks_test.c: websocket/masks.h, a client's mask keys */
#include "packets/unit.h"
#include "websocket/masks.h"

static const uint8_t seed[MASKS_SEED] = "sixteen bytes...";

/* The definition: SHA-1(seed, count), the count as 8 bytes, in order. */
static void keys_are_the_digests_of_seed_and_count(void) {
    struct mask_source m;
    masks_init(&m, seed);
    for (uint8_t count = 0; count < 3; count++) {
        uint8_t text[MASKS_SEED + 8] = {0}, digest[SHA1_SIZE];
        memcpy(text, seed, MASKS_SEED);
        text[MASKS_SEED + 7] = count;
        sha1(text, sizeof text, digest);
        for (size_t i = 0; i < SHA1_SIZE; i += MASKS_KEY)
            UNIT_INT(memcmp(masks_next(&m), digest + i, MASKS_KEY), 0);
    }
}

/* RFC 6455 §5.3: a fresh key for each frame. Of 500 random numbers of 32 bits
 * two are equal with a chance of 3 in 100 000; with this seed none are. */
static void no_key_is_used_twice(void) {
    enum {
        COUNT = 500
    };
    static uint8_t keys[COUNT][MASKS_KEY];
    struct mask_source m;
    int equal = 0;
    masks_init(&m, seed);
    for (int i = 0; i < COUNT; i++) {
        memcpy(keys[i], masks_next(&m), MASKS_KEY);
        for (int j = 0; j < i; j++)
            equal += memcmp(keys[i], keys[j], MASKS_KEY) == 0;
    }
    UNIT_INT(equal, 0);
}

static void another_seed_gives_other_keys(void) {
    uint8_t other[MASKS_SEED];
    struct mask_source a, b;
    memcpy(other, seed, MASKS_SEED);
    for (size_t i = 0; i < MASKS_SEED; i++) { /* every byte of it counts */
        other[i] ^= 1;
        masks_init(&a, seed);
        masks_init(&b, other);
        UNIT_TRUE(memcmp(masks_next(&a), masks_next(&b), MASKS_KEY) != 0);
        other[i] ^= 1;
    }
}

UNIT_MAIN("websocket/masks", UNIT_TEST(keys_are_the_digests_of_seed_and_count),
          UNIT_TEST(no_key_is_used_twice),
          UNIT_TEST(another_seed_gives_other_keys))
