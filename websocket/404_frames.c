/*
 * 404_frames.c: the header of a WebSocket frame, bit by bit
 *
 * Shows       What each bit says; how two bytes become four or ten when the
 *             payload grows, and four more when it is masked.
 * By hand     Reading and writing a header that is all there. Later lessons
 *             call websocket/frame.h, born here, which also takes half a one.
 * Calls       websocket/utf8.h, born with it; tcp/options.h
 * Run         $ bin/404_frames
 *             $ bin/404_frames --break
 * Limits      --break forgets what a short send left over, and the reader
 *             complains of a mask: tcp/105_short_write.c keeps it.
 * Read        RFC 6455 §5.2, §5.3, §5.5, §5.7; RFC 3629 §4
 */
#include "tcp/options.h"
#include "websocket/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 14 /* 2 bytes, 8 of length, 4 of key */
#define TAKEN 126  /* bytes of a frame that a send took: modelled */

struct header {
    unsigned fin, rsv, opcode, masked;
    uint64_t length;
    size_t size; /* of the header itself */
};

static const char *const opcodes[] = {
    "continuation", "text", "binary", "?", "?", "?", "?", "?",
    "close",        "ping", "pong",   "?", "?", "?", "?", "?"};

/* Reads a header that is all there. NULL, or the rule that it breaks. */
static const char *read_header(struct header *h, const uint8_t *bytes) {
    *h = (struct header){.fin = bytes[0] >> 7,
                         .rsv = bytes[0] >> 4 & 7,
                         .opcode = bytes[0] & 15,
                         .masked = bytes[1] >> 7,
                         .length = bytes[1] & 127,
                         .size = 2};
    size_t more = h->length == 127 ? 8 : h->length == 126 ? 2 : 0;
    if (h->rsv) return "§5.2: RSV1-3 MUST be 0";
    if (*opcodes[h->opcode] == '?') return "§5.2: an opcode without a meaning";
    if (h->opcode >= 8 && (!h->fin || more))
        return "§5.5: a control frame MUST be one frame of 125 bytes or less";
    if (more) h->length = 0;
    for (size_t i = 0; i < more; i++) /* network byte order */
        h->length = h->length << 8 | bytes[h->size++];
    if (h->length >> 63) return "§5.2: the most significant bit MUST be 0";
    if (more && h->length < (more == 2 ? 126 : 65536))
        return "§5.2: the minimal number of bytes MUST be used";
    h->size += h->masked ? 4 : 0;
    return NULL;
}

/* Writes a header with FIN. Returns its size. */
static size_t write_header(uint8_t out[LONGEST], uint8_t opcode,
                           uint64_t length, const uint8_t *key) {
    size_t n = 2, more = length < 126 ? 0 : length < 65536 ? 2 : 8;
    uint8_t seven = more == 0 ? (uint8_t)length : more == 2 ? 126 : 127;
    out[0] = 0x80 | opcode;
    out[1] = (key ? 0x80 : 0) | seven;
    for (size_t left = more; left-- > 0;)
        out[n++] = (uint8_t)(length >> 8 * left);
    if (key) memcpy(out + n, key, 4);
    return key ? n + 4 : n;
}

static void print_hex(const uint8_t *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) printf("%s%02x", i ? " " : "", bytes[i]);
}

/* The bits of byte that are in mask, in their places, and what they say. */
static void bits(uint8_t byte, uint8_t mask, const char *what, unsigned value,
                 const char *meaning) {
    printf("  ");
    for (unsigned bit = 0x80; bit > 0; bit >>= 1)
        putchar(!(mask & bit) ? '.' : byte & bit ? '1' : '0');
    printf("  %s %u%s%s\n", what, value, *meaning ? ": " : "", meaning);
}

static void explain(const char *text, size_t n) {
    const uint8_t *bytes = (const uint8_t *)text;
    struct header h;
    uint8_t payload[125];
    const char *broken = read_header(&h, bytes);
    print_hex(bytes, n);
    putchar('\n');
    if (broken) {
        printf("  refused, %s\n", broken);
        return;
    }
    bits(bytes[0], 0x80, "FIN", h.fin, h.fin ? "the last" : "more to come");
    bits(bytes[0], 0x70, "RSV1-3", h.rsv, "no extension");
    bits(bytes[0], 0x0F, "opcode", h.opcode, opcodes[h.opcode]);
    bits(bytes[1], 0x80, "MASK", h.masked, h.masked ? "a key follows" : "");
    bits(bytes[1], 0x7F, "length", bytes[1] & 127u, "");
    for (size_t i = 0; i < h.length; i++) { /* §5.3: XOR with key i MOD 4 */
        payload[i] = bytes[h.size + i];
        if (h.masked) payload[i] ^= bytes[h.size - 4 + i % 4];
    }
    if (h.masked) {
        printf("  key ");
        print_hex(bytes + h.size - 4, 4);
        putchar('\n');
    }
    printf("  payload \"%.*s\"\n", (int)h.length, payload);
}

static void compare_lengths(void) {
    static const uint64_t lengths[] = {125, 126, 65535, 65536};
    static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
    for (size_t i = 0; i < 4; i++) {
        uint8_t plain[LONGEST], masked[LONGEST];
        size_t n = write_header(plain, 2, lengths[i], NULL);
        size_t m = write_header(masked, 2, lengths[i], key);
        printf("  %5d bytes: %2zu of header, %2zu masked: ", (int)lengths[i], n,
               m);
        print_hex(plain, n);
        putchar('\n');
    }
}

/* §8.1: a text that is not UTF-8 fails; the first wrong byte tells. */
static void spell(const char *text) {
    uint8_t state = UTF8_START;
    for (; *text && state != UTF8_BAD; text++) {
        state = utf8_feed(state, (const uint8_t *)text, 1);
        printf("  %02x %s", (uint8_t)*text,
               state == UTF8_START ? "whole"
               : state == UTF8_BAD ? "refused"
                                   : "more");
    }
    putchar('\n');
}

/* Two frames, of which the first was sent only in part. */
static void forget_the_rest(void) {
    uint8_t frame[4 + 256], wire[TAKEN + sizeof frame];
    size_t size = write_header(frame, 2, 256, NULL), at = 0;
    for (size_t i = 0; i < 256; i++) frame[size + i] = (uint8_t)i;
    memcpy(wire, frame, TAKEN);
    memcpy(wire + TAKEN, frame, sizeof frame); /* where the rest should be */

    printf("two frames of %zu bytes: a header, then 00 01 02 ... ff\n",
           sizeof frame);
    printf("modelled: send takes %d bytes of the first, and its other %zu are "
           "forgotten\n",
           TAKEN, sizeof frame - TAKEN);
    struct header h = {0};
    while (!h.masked && !read_header(&h, wire + at)) {
        printf("the reader, at byte %zu: ", at);
        print_hex(wire + at, 4);
        printf(": opcode %u, MASK %u, length %d\n", h.opcode, h.masked,
               (int)h.length);
        at += h.size + (size_t)h.length;
    }
    puts("a server MUST NOT mask (§5.1): the client closes, 1002");
    puts("What you saw: nobody masked anything; bytes were lost before, and "
         "payload was read as a header.");
}

#define EXPLAIN(bytes) explain(bytes, sizeof(bytes) - 1)

int main(int argc, char **argv) {
    bool forget = false;
    int status = options_experiment(argc, argv, "forget a rest", &forget);
    if (status != -1) return status;
    if (forget) return forget_the_rest(), EXIT_SUCCESS;

    EXPLAIN("\x81\x05Hello");
    EXPLAIN("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    EXPLAIN("\x01\x03Hel");
    EXPLAIN("\x89\x00");
    EXPLAIN("\x81\x7e\x00\x05Hello");
    EXPLAIN("\x09\x00");
    puts("the length; seven bits are enough up to 125:");
    compare_lengths();
    puts("text is UTF-8, byte by byte:");
    spell("\xe2\x82\xac");
    spell("\xc0\x80");
    puts("What you saw: 2 bytes before a short message, 10 before a long one, "
         "4 more for a mask; each number has one spelling only.");
    return EXIT_SUCCESS;
}
