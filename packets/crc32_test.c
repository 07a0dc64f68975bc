/* crc32_test.c: packets/crc32.h against RFC 1662 Appendix C */
#include "packets/crc32.h"
#include "packets/unit.h"

static uint32_t add32(uint32_t crc, const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    crc = crc32_add(crc, (struct span){exact, n});
    free(exact);
    return crc;
}

static uint16_t add16(uint16_t crc, const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    crc = crc16_add(crc, (struct span){exact, n});
    free(exact);
    return crc;
}

/* The check value of a CRC is that of these nine digits. */
static void gives_the_check_values(void) {
    UNIT_INT(add32(0, "123456789", 9), 0xcbf43926);
    UNIT_INT(add16(0, "123456789", 9), 0x906e);
}

static void nothing_has_the_crc_zero(void) {
    UNIT_INT(add32(0, "", 0), 0);
    UNIT_INT(add16(0, "", 0), 0);
    UNIT_INT(add32(0x12345678, "", 0), 0x12345678);
    UNIT_INT(add16(0x1234, "", 0), 0x1234);
}

/* RFC 1662 §C.2 and §C.3: "good final FCS value" f0b8 and debb20e3, before the
 * inversion. */
static void bytes_with_their_crc_give_the_good_value(void) {
    static const char text[] = "\x00\x7e\xff}hello";
    UNIT_INT(CRC32_GOOD, 0xffffffff ^ 0xdebb20e3);
    UNIT_INT(CRC16_GOOD, 0xffff ^ 0xf0b8);
    for (size_t n = 0; n <= 9; n++) {
        char bytes[13];
        memcpy(bytes, text, n);
        uint32_t crc = add32(0, text, n);
        for (int i = 0; i < 4; i++) bytes[n + (size_t)i] = (char)(crc >> 8 * i);
        UNIT_INT(add32(0, bytes, n + 4), CRC32_GOOD);
        crc = add16(0, text, n);
        for (int i = 0; i < 2; i++) bytes[n + (size_t)i] = (char)(crc >> 8 * i);
        UNIT_INT(add16(0, bytes, n + 2), CRC16_GOOD);
    }
}

static void parts_give_the_crc_of_the_whole(void) {
    const char *text = "123456789";
    for (size_t n = 0; n <= 9; n++) {
        UNIT_INT(add32(add32(0, text, n), text + n, 9 - n), 0xcbf43926);
        UNIT_INT(add16(add16(0, text, n), text + n, 9 - n), 0x906e);
    }
}

static void zeros_at_either_end_count(void) {
    UNIT_TRUE(add32(0, "\0a", 2) != add32(0, "a", 1));
    UNIT_TRUE(add16(0, "\0a", 2) != add16(0, "a", 1));
    UNIT_TRUE(add32(0, "a\0", 2) != add32(0, "a", 1));
    UNIT_TRUE(add16(0, "a\0", 2) != add16(0, "a", 1));
}

/* A sum does not detect this. */
static void the_order_of_bytes_counts(void) {
    UNIT_TRUE(add32(0, "abcd", 4) != add32(0, "cdab", 4));
    UNIT_TRUE(add16(0, "abcd", 4) != add16(0, "cdab", 4));
}

UNIT_MAIN("packets/crc32", UNIT_TEST(gives_the_check_values),
          UNIT_TEST(nothing_has_the_crc_zero),
          UNIT_TEST(bytes_with_their_crc_give_the_good_value),
          UNIT_TEST(parts_give_the_crc_of_the_whole),
          UNIT_TEST(zeros_at_either_end_count),
          UNIT_TEST(the_order_of_bytes_counts))
