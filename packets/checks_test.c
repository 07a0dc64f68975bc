/* checks_test.c: packets/checks.h */
#include "packets/checks.h"
#include "packets/unit.h"

/* The CRCs are the check values of both, the sum is 3132 + 3334 + 3536, and
 * 13 has 3 and 4 ones. */
static void seals_a_frame(void) {
    static const struct {
        enum check check;
        const char *data, *sealed;
        size_t len;
    } rows[] = {
        {CHECK_PARITY, "13", "13\x01", 3},
        {CHECK_PARITY, "11", "11\x00", 3},
        {CHECK_SUM, "123456", "123456\x66\x63", 8},
        {CHECK_CRC16, "123456789", "123456789\x6e\x90", 11},
        {CHECK_CRC32, "123456789", "123456789\x26\x39\xf4\xcb", 13},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t *frame = unit_exact(rows[i].sealed, rows[i].len);
        size_t n = strlen(rows[i].data);
        UNIT_INT(checks_size(rows[i].check), rows[i].len - n);
        memset(frame + n, 0xff, rows[i].len - n);
        checks_seal(rows[i].check, (struct span){frame, rows[i].len});
        UNIT_INT(memcmp(frame, rows[i].sealed, rows[i].len), 0);
        free(frame);
    }
}

static void a_sealed_frame_is_good_until_a_bit_changes(void) {
    for (int check = 0; check < CHECKS; check++) {
        uint8_t *bytes = unit_exact("pay Eve 10 ab", 14);
        struct span frame = {bytes, 14};
        checks_seal((enum check)check, frame);
        UNIT_TRUE(checks_is_good((enum check)check, frame));
        for (int bit = 0; bit < 8 * 14; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            UNIT_FALSE(checks_is_good((enum check)check, frame));
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        free(bytes);
    }
}

static void a_frame_that_is_too_short_is_not_good(void) {
    for (int check = 0; check < CHECKS; check++) {
        size_t size = checks_size((enum check)check);
        for (size_t n = 0; n < size; n++) {
            uint8_t *bytes = unit_exact("\0\0\0", n);
            UNIT_FALSE(
                checks_is_good((enum check)check, (struct span){bytes, n}));
            free(bytes);
        }
    }
    uint8_t nothing[4] = {0};
    checks_seal(CHECK_CRC32, (struct span){nothing, 4});
    UNIT_TRUE(checks_is_good(CHECK_CRC32, (struct span){nothing, 4}));
}

UNIT_MAIN("packets/checks", UNIT_TEST(seals_a_frame),
          UNIT_TEST(a_sealed_frame_is_good_until_a_bit_changes),
          UNIT_TEST(a_frame_that_is_too_short_is_not_good))
