/* pcap_time_test.c: pcap_time_ns of packets/pcap_inside.h against
 * draft-ietf-opsawg-pcapng §4.2, if_tsresol: 10^-n seconds, or 2^-n with the
 * upper bit. Powers of 2 were computed by hand. */
#include "packets/pcap_inside.h"
#include "packets/unit.h"

#define BINARY 0x80

static void a_time_is_in_nanoseconds_rounded_down(void) {
    static const struct {
        uint64_t time;
        uint8_t resolution;
        uint64_t ns;
    } cases[] = {
        {0, 6, 0},
        {3, 0, 3000000000},
        {3, MICROSECONDS, 3000},
        {3, 8, 30},
        {3, NANOSECONDS, 3},
        {19, 10, 1},
        {9, 10, 0},
        {7999, 12, 7},
        {70000000000, 19, 7},
        {UINT64_MAX, 28, 1},
        {UINT64_MAX, 29, 0},
        {1999999999, 18, 1},
        {UINT64_MAX, 127, 0},
        {3, BINARY | 0, 3000000000},
        {3, BINARY | 1, 1500000000},
        {1, BINARY | 9, 1953125}, /* 10^9 / 512 */
        {1, BINARY | 29, 1},      /* 10^9 / 2^29 = 1.86 */
        {1, BINARY | 30, 0},      /* 0.93 */
        {1025, BINARY | 10, 1000976562},
        {((uint64_t)5 << 32) | 0x80000000, BINARY | 32, 5500000000},
        {(uint64_t)1 << 63, BINARY | 63, 1000000000},
        {UINT64_MAX, BINARY | 63, 1999999999},
        {(uint64_t)1 << 63, BINARY | 64, 500000000},
        {18446744073, BINARY | 64, 0}, /* 0.99999999995 ns */
        {18446744074, BINARY | 64, 1},
        {UINT64_MAX, BINARY | 64, 999999999},
        {(uint64_t)1 << 63, BINARY | 65, 250000000},
        {UINT64_MAX, BINARY | 93, 1}, /* 2^64 / 2^93 s = 1.86 ns */
        {UINT64_MAX, BINARY | 94, 0},
        {UINT64_MAX, BINARY | 127, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        UNIT_INT(pcap_time_ns(cases[i].time, cases[i].resolution), cases[i].ns);
}

/* 2^64 ns are 584 years: 18446744073.709551616 s. */
static void a_time_that_is_too_late_is_the_latest(void) {
    static const struct {
        uint64_t time;
        uint8_t resolution;
        uint64_t ns;
    } cases[] = {
        {18446744073, 0, 18446744073000000000u},
        {18446744074, 0, UINT64_MAX},
        {18446744073709551, MICROSECONDS, 18446744073709551000u},
        {18446744073709552, MICROSECONDS, UINT64_MAX},
        {UINT64_MAX, NANOSECONDS, UINT64_MAX},
        {UINT64_MAX, 0, UINT64_MAX},
        {UINT64_MAX, 10, UINT64_MAX / 10},
        {18446744073, BINARY | 0, 18446744073000000000u},
        {18446744074, BINARY | 0, UINT64_MAX},
        {2 * (uint64_t)18446744073 + 1, BINARY | 1, 18446744073500000000u},
        {2 * (uint64_t)18446744074, BINARY | 1, UINT64_MAX},
        {4 * (uint64_t)18446744073 + 3, BINARY | 2, UINT64_MAX}, /* .75 s */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        UNIT_TRUE(pcap_time_ns(cases[i].time, cases[i].resolution) ==
                  cases[i].ns);
}

UNIT_MAIN("packets/pcap_time", UNIT_TEST(a_time_is_in_nanoseconds_rounded_down),
          UNIT_TEST(a_time_that_is_too_late_is_the_latest))
