/* pcap_time.c: see pcap_time_ns in packets/pcap_inside.h. */
#include "packets/pcap_inside.h"

static uint64_t multiply(uint64_t a, uint64_t b) {
    return a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

/* Returns a number of units of 2^-power seconds in nanoseconds. */
static uint64_t binary_to_ns(uint64_t time, unsigned power) {
    uint64_t seconds = 0, fraction = 0; /* in units of 2^-64 seconds */
    if (power == 0) {
        seconds = time;
    } else if (power < 64) {
        seconds = time >> power;
        fraction = time << (64 - power);
    } else {
        fraction = time >> (power - 64);
    }
    /* The upper 64 of 128 bits of a product, from two halves. */
    uint64_t high = (fraction >> 32) * 1000000000;
    uint64_t low = (fraction & UINT32_MAX) * 1000000000;
    uint64_t ns = (high + (low >> 32)) >> 32;
    seconds = multiply(seconds, 1000000000);
    return seconds > UINT64_MAX - ns ? UINT64_MAX : seconds + ns;
}

/* pcapng §4.2, if_tsresol: the upper bit says if the base is 2 or 10. */
uint64_t pcap_time_ns(uint64_t time, uint8_t resolution) {
    unsigned power = resolution & 0x7f;
    if (resolution & 0x80) return binary_to_ns(time, power);
    for (; power < NANOSECONDS; power++) time = multiply(time, 10);
    for (; power > NANOSECONDS; power--) time /= 10;
    return time;
}
