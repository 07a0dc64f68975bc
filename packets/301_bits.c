/*
 * 301_bits.c: a wire carries levels, not bits, and the receiver has a clock
 *
 * Shows       The receiver sets its clock at each edge of the signal. Without
 *             edges its clock drifts away, and it loses count of the bits.
 * By hand     Three line codes, an oscilloscope, a receiver; all simulated.
 * Calls       tcp/options.h
 * Run         $ bin/301_bits
 * Try         $ bin/301_bits --ask --seed 7
 *             $ bin/301_bits --break
 * Limits      There is no noise, and the first bit is known: 302_frames.c
 * Read        IEEE 802.3 §7.3.1 (Manchester), §24.2.2 (4B/5B)
 */
#include "tcp/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICKS 100 /* simulated time of one symbol, by the sender's clock */
#define ZEROS 100 /* in the message 1111 0...0 1111; a multiple of 4 */
#define MAX_SYMBOLS 512 /* of a signal */
#define COLUMNS 64      /* of the oscilloscope */

enum code {
    NRZ,
    MANCHESTER,
    FOUR_FIVE,
    CODES
};
static const char *const names[CODES] = {"NRZ", "Manchester", "4B/5B"};

/* Five code bits for each four bits: never more than three 0s in a row. */
static const char *const five[16] = {
    "11110", "01001", "10100", "10101", "01010", "01011", "01110", "01111",
    "10010", "10011", "10110", "10111", "11010", "11011", "11100", "11101"};

struct signal {
    char bits[MAX_SYMBOLS];   /* a C string of 0s and 1s */
    int count;                /* of symbols */
    bool levels[MAX_SYMBOLS]; /* of each symbol: is it high? */
};

/* Encodes a string of bits, in groups of 4. NRZ: 1 is high. Manchester: an edge
 * in the middle of each bit, upwards for 1. 4B/5B: five code bits for a group,
 * of which each 1 is an edge, and a 0 is none (NRZI). */
static void encode(enum code code, const char *bits, struct signal *s) {
    char *end = s->bits;
    for (; *bits; bits += 4) {
        char group[5] = {bits[0], bits[1], bits[2], bits[3]};
        end += sprintf(end, "%s",
                       code == FOUR_FIVE ? five[strtol(group, 0, 2)] : group);
    }
    s->count = 0;
    bool level = false;
    for (const char *c = s->bits; *c; c++) {
        bool bit = *c == '1';
        if (code == MANCHESTER) s->levels[s->count++] = !bit;
        level = code == FOUR_FIVE ? level != bit : bit;
        s->levels[s->count++] = level;
    }
}

/* Samples the signal with a clock that counts this many ticks for one symbol.
 * Returns how many samples it took. At an edge the receiver sets its clock. */
static int count_symbols(const struct signal *s, int ticks, bool uses_edges) {
    int samples = 0, phase = 0; /* ticks since a symbol began */
    for (int now = 0; now < s->count * TICKS; now++) {
        const bool *level = &s->levels[now / TICKS];
        bool is_edge = now % TICKS == 0 && now > 0 && level[0] != level[-1];
        if (phase == ticks || (is_edge && uses_edges)) phase = 0;
        if (phase++ == ticks / 2) samples++;
    }
    return samples;
}

/* Draws a byte in one code. The line was low before. */
static void draw(enum code code, const char *bits, bool is_asking) {
    static struct signal s;
    encode(code, bits, &s);
    int n = (int)strlen(s.bits);
    for (int row = 0; row < 3; row++) {
        char text[COLUMNS + 1] = "";
        memset(text, ' ', COLUMNS);
        for (int i = 0; row == 0 && i < n; i++)
            text[(2 * i + 1) * COLUMNS / n / 2] =
                (char)(is_asking ? '?' : s.bits[i]);
        for (int x = 0, before = 0; row > 0 && x < COLUMNS; x++) {
            int level = s.levels[x * s.count / COLUMNS];
            if (row == (level ? 1 : 2)) text[x] = '_';
            if (level != before) text[x] = row == 2 ? '|' : ' ';
            before = level;
        }
        printf("%-10s  :%s:\n", row ? "" : names[code], text);
    }
}

/* Sends the zeros, and prints how many bits a receiver counts whose clock is
 * slow by so many percent. Returns the number of bits that it lost. */
static int send_zeros(enum code code, int percent, bool uses_edges) {
    static struct signal s;
    char bits[MAX_SYMBOLS];
    int total = sprintf(bits, "1111%0*d1111", ZEROS, 0);
    encode(code, bits, &s);
    int samples = count_symbols(&s, TICKS * (100 + percent) / 100, uses_edges);
    int counted = s.count > 0 ? samples * total / s.count : 0;
    printf("%-10s  %.2f symbols per bit, %d of %d bits counted\n", names[code],
           (double)s.count / total, counted, total);
    return total - counted;
}

int main(int argc, char **argv) {
    uint32_t seed = 1, percent = 3;
    bool is_broken = false, is_asking = false;
    const struct option_row options[] = {
        OPTION_NUMBER("--seed", "N", "of the byte", &seed, 0, 1 << 30),
        OPTION_NUMBER("--slow", "PERCENT", "of the clock", &percent, 0, 50),
        OPTION_FLAG("--ask", "keep the bits back", &is_asking),
        OPTION_FLAG("--break", "never set the clock at an edge", &is_broken),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options), lost[CODES];
    if (status != -1) return status;

    char bits[9] = "";
    for (int i = 0; i < 8; i++)
        bits[i] = seed * 2654435761u >> (31 - i) & 1 ? '1' : '0';
    puts("simulated: one byte, as levels over time");
    /* The levels of NRZ are the bits: that would be the answer. */
    for (int i = is_asking ? MANCHESTER : NRZ; i < CODES; i++)
        draw((enum code)i, bits, is_asking);
    if (is_asking) puts("Both are the same byte. Which one is it?");
    if (is_asking) return EXIT_SUCCESS;
    printf("1111, %d zeros, 1111; clock %u %% slow\n", ZEROS, percent);
    for (int i = 0; i < CODES; i++)
        lost[i] = send_zeros((enum code)i, (int)percent, !is_broken);
    printf("What you saw: NRZ lost %d bits, Manchester %d, 4B/5B %d.\n",
           lost[NRZ], lost[MANCHESTER], lost[FOUR_FIVE]);
    return EXIT_SUCCESS;
}
