/*
 * 302_frames.c: where a frame begins, and whether it is intact
 *
 * Shows       A flag separates frames, and escapes keep it out of the data, so
 *             one finds the next frame after noise. Checks miss some errors.
 * By hand     Byte stuffing as in PPP, and a receiver of frames.
 * Calls       packets/checks.h, packets/damage.h (both introduced here)
 * Run         $ bin/302_frames
 *             $ bin/302_frames --errors
 * Try         $ bin/302_frames --ask --seed 5
 *             $ bin/302_frames --break
 * Limits      No one sends a lost frame again: 207. No abort: RFC 1662 §4.3.
 * Read        RFC 1662 §4.2 (byte stuffing), Appendix C (both CRCs)
 */
#include "packets/checks.h"
#include "packets/damage.h"
#include "tcp/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLAG 0x7e
#define ESCAPE 0x7d
#define FLIP 0x20 /* an escaped byte is sent with this bit inverted */
#define FCS 4     /* bytes of the CRC-32 at the end of a frame */
#define FRAMES 4
static const char *const payloads[FRAMES] = {"hello", "~ and }", "Ann", "bye"};

struct line {
    bool is_stuffed; /* false: --break */
    size_t len;
    uint8_t bytes[128];
};

/* Appends a byte, escaped if it would look like a flag or an escape. */
static void put(struct line *l, uint8_t byte) {
    if (l->is_stuffed && (byte == FLAG || byte == ESCAPE)) {
        l->bytes[l->len++] = ESCAPE;
        byte ^= FLIP;
    }
    l->bytes[l->len++] = byte;
}

/* Appends a frame: payload, CRC, and a flag, which begins the next one, too. */
static void put_frame(struct line *l, const char *payload) {
    uint8_t bytes[32] = "";
    struct span frame = {bytes, strlen(payload) + FCS};
    memcpy(bytes, payload, strlen(payload));
    checks_seal(CHECK_CRC32, frame);
    for (size_t i = 0; i < frame.len; i++) put(l, bytes[i]);
    l->bytes[l->len++] = FLAG;
}

/* Prints what is between the flags. Returns how many frames are intact. */
static int receive(const struct line *l) {
    uint8_t frame[sizeof l->bytes], flip = 0;
    int intact = 0, len = 0;
    for (size_t i = 0; i < l->len; i++) {
        if (l->bytes[i] == ESCAPE && l->is_stuffed) {
            flip = FLIP;
        } else if (l->bytes[i] != FLAG) {
            frame[len++] = l->bytes[i] ^ flip;
            flip = 0;
        } else if (len > 0) {
            struct span all = {frame, (size_t)len};
            bool is_good = checks_is_good(CHECK_CRC32, all);
            if (is_good) printf("  \"%.*s\"\n", len - FCS, (char *)frame);
            if (!is_good) printf("  dropped: %d bytes\n", len);
            intact += is_good;
            len = flip = 0;
        }
    }
    return intact;
}

static void print_line(const char *title, const struct line *l) {
    printf("%s", title);
    for (size_t i = 0; i < l->len; i++)
        printf("%s%02x", i % 24 ? " " : "\n  ", l->bytes[i]);
    putchar('\n');
}

/* Tries all errors of a kind on a frame of 8 bytes, which ends with its check.
 * Prints how many there are and how many each check misses; adds to total. */
static void try_errors(const char *name, enum damage_kind kind, int n,
                       uint32_t total[CHECKS]) {
    for (int c = 0; c < CHECKS; c++) {
        uint8_t frame[DAMAGE_FRAME] = "pay Eve", damaged[DAMAGE_FRAME];
        uint32_t tried = 0, missed = 0;
        struct damage d;
        checks_seal((enum check)c, (struct span){frame, sizeof frame});
        damage_init(&d, kind, n, frame);
        for (; damage_next(&d, damaged); tried++)
            missed += checks_is_good((enum check)c, (struct span){damaged, 8});
        if (c == 0) printf("%-18s %8u", name, tried);
        printf(" %8u%s", missed, c == CHECKS - 1 ? "\n" : "");
        total[c] += missed;
    }
}

int main(int argc, char **argv) {
    uint32_t seed = 1;
    bool is_asking = false, is_broken = false, has_errors = false;
    const struct option_row options[] = {
        OPTION_NUMBER("--seed", "N", "of the noise", &seed, 0, 1 << 30),
        OPTION_FLAG("--errors", "which errors checks miss", &has_errors),
        OPTION_FLAG("--ask", "keep back what arrives", &is_asking),
        OPTION_FLAG("--break", "escape nothing", &is_broken),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    if (has_errors) {
        uint32_t t[CHECKS] = {0};
        puts("errors                tried   parity      sum   CRC-16   CRC-32");
        try_errors("1 bit", DAMAGE_BITS, 1, t);
        try_errors("2 bits", DAMAGE_BITS, 2, t);
        try_errors("3 bits", DAMAGE_BITS, 3, t);
        try_errors("2 bytes exchanged", DAMAGE_EXCHANGE, 8, t);
        try_errors("2 words exchanged", DAMAGE_EXCHANGE, 16, t);
        try_errors("burst of 16 bits", DAMAGE_BURST, 16, t);
        try_errors("burst of 17 bits", DAMAGE_BURST, 17, t);
        printf("What you saw: parity missed %u, sum %u, CRCs %u and %u.\n",
               t[CHECK_PARITY], t[CHECK_SUM], t[CHECK_CRC16], t[CHECK_CRC32]);
        return EXIT_SUCCESS;
    }
    struct line l = {.is_stuffed = !is_broken, .len = 1, .bytes = {FLAG}};
    for (int i = 0; i < FRAMES; i++) put_frame(&l, payloads[i]);
    print_line("sent:", &l);
    int before = is_asking ? 0 : receive(&l);
    uint32_t bit = (seed * 2654435761u >> 8) % (8 * (uint32_t)l.len);
    l.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    print_line("noise inverts one bit:", &l);
    if (is_asking) puts("Which payloads does the receiver deliver?");
    if (is_asking) return EXIT_SUCCESS;
    printf("What you saw: %d frames of %d delivered, %d after noise.\n", before,
           FRAMES, receive(&l));
    return EXIT_SUCCESS;
}
