/* session_id_test.c: socketio/session_id.h */
#include "packets/unit.h"
#include "socketio/session_id.h"
#include "websocket/sha1.h"

static const uint8_t zeros[SECRET_SIZE];
/* In base64, 62 63 62 63 and then 0 1 2 ... 11. */
static const uint8_t steps[SECRET_SIZE] = {0xfb, 0xff, 0xbf, 0,    0x10, 0x83,
                                           0x10, 0x51, 0x87, 0x20, 0x92, 0x8b};

static void an_id_is_slot_and_secret_in_base64url(void) {
    static const struct {
        uint32_t slot;
        const uint8_t *secret;
        const char *id;
    } cases[] = {
        {0, zeros, "AAAAAAAAAAAAAAAAAAAA"},
        {1, zeros, "AAABAAAAAAAAAAAAAAAA"},
        {0x010203, zeros, "AQIDAAAAAAAAAAAAAAAA"},
        /* RFC 4648 §5: 62 is "-", 63 is "_". */
        {0xffffff, steps, "____-_-_ABCDEFGHIJKL"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char id[SESSION_ID_LENGTH];
        session_id_write(id, cases[i].slot, cases[i].secret);
        UNIT_TEXT(id, sizeof id, cases[i].id);
        uint8_t secret[SECRET_SIZE];
        uint32_t slot;
        UNIT_TRUE(session_id_read(cases[i].id, &slot, secret));
        UNIT_INT(slot, cases[i].slot);
        UNIT_INT(memcmp(secret, cases[i].secret, sizeof secret), 0);
    }
}

static void what_cannot_be_an_id_is_refused(void) {
    static const char *const wrong[] = {
        "",
        "AAAAAAAAAAAAAAAAAAA",   /* 19 */
        "AAAAAAAAAAAAAAAAAAAAA", /* 21 */
        "AAAAAAAAAAAAAAAAAAA!",  /* not of the alphabet */
        "AAAAAAAAAAAAAAAAAAA=",  /* 14 bytes */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint8_t secret[SECRET_SIZE];
        uint32_t slot;
        UNIT_FALSE(session_id_read(wrong[i], &slot, secret));
    }
}

static void secrets_differ_by_their_number_and_by_the_seed(void) {
    struct secret_source a = {.seed = {[31] = 1}}, b = {.seed = {[31] = 2}};
    struct secret_source again = a;
    uint8_t secret[4][SECRET_SIZE];
    session_id_make_secret(&a, secret[0]);
    session_id_make_secret(&a, secret[1]);
    session_id_make_secret(&b, secret[2]);
    session_id_make_secret(&again, secret[3]);
    for (int i = 1; i < 4; i++)
        UNIT_INT(memcmp(secret[0], secret[i], SECRET_SIZE) == 0, i == 3);
    UNIT_TRUE(memcmp(secret[1], secret[2], SECRET_SIZE) != 0);
}

/* All of the seed and the number count: the secret is from their SHA-1. */
static void a_secret_is_the_digest_of_seed_and_number(void) {
    struct secret_source source = {.made = 6};
    uint8_t text[40], digest[SHA1_SIZE], secret[SECRET_SIZE];
    for (uint8_t i = 0; i < 32; i++) text[i] = source.seed[i] = i;
    for (uint64_t number = 7; number < 9; number++) {
        memcpy(text + 32, &number, sizeof number);
        sha1(text, sizeof text, digest);
        session_id_make_secret(&source, secret);
        UNIT_INT(memcmp(secret, digest, SECRET_SIZE), 0);
    }
}

UNIT_MAIN("socketio/session_id",
          UNIT_TEST(an_id_is_slot_and_secret_in_base64url),
          UNIT_TEST(what_cannot_be_an_id_is_refused),
          UNIT_TEST(a_secret_is_the_digest_of_seed_and_number),
          UNIT_TEST(secrets_differ_by_their_number_and_by_the_seed))
