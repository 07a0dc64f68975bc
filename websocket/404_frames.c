/*
 * 404_frames.c: the header of a WebSocket frame, bit by bit
 *
 * Shows       What each bit says; when 2 bytes become 4 or 10, and 4 more.
 * By hand     Reading and writing a complete header; later: websocket/frame.h
 * Run         $ bin/404_frames
 *             $ bin/404_frames --break
 * Try         Add EXPLAIN("\x83\x00"). Predict what "\xc1\x00" prints, add it.
 * Limits      The short send of --break is modelled: 105 has a real one.
 * Read        RFC 6455 §5.2, §5.3, §5.5, §5.7
 */
#include <stdio.h>

#include "tcp/colour.h"
#include "tcp/options.h"

struct header {
    unsigned fin, rsv, opcode, masked;
    uint64_t length;
    size_t size; /* of the header itself */
};

static const char *const opcodes[16] = {
    "continuation", "text", "binary", [8] = "close", "ping", "pong"};

/* Reads a complete header. Returns NULL, or the rule that it breaks. */
static const char *read_header(struct header *h, const uint8_t *bytes) {
    *h = (struct header){bytes[0] >> 7, bytes[0] >> 4 & 7, bytes[0] & 15,
                         bytes[1] >> 7, bytes[1] & 127,    2};
    size_t more = h->length == 127 ? 8 : h->length == 126 ? 2 : 0;
    if (h->rsv) return "§5.2: RSV1-3 MUST be 0";
    if (!opcodes[h->opcode]) return "§5.2: this opcode is reserved";
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

/* Writes a header with FIN and without a key. Returns its size. */
static size_t write_header(uint8_t *out, unsigned opcode, uint64_t length) {
    size_t n = 2, more = length < 126 ? 0 : length < 65536 ? 2 : 8;
    out[0] = (uint8_t)(0x80 | opcode);
    out[1] = more == 0 ? (uint8_t)length : more == 2 ? 126 : 127;
    while (more-- > 0) out[n++] = (uint8_t)(length >> 8 * more);
    return n;
}

/* Prints bytes; on a terminal those of a header have a colour. */
static void print_hex(const char *title, const uint8_t *bytes, size_t n,
                      size_t header) {
    printf("%s%s", title, colour(COLOUR_CYAN));
    for (size_t i = 0; i < n; i++)
        printf("%s%s%02x", i == header ? colour(COLOUR_END) : "", i ? " " : "",
               bytes[i]);
    puts(colour(COLOUR_END));
}

/* Prints the bits of byte that are in mask, in place, and their value. */
static void print_bits(uint8_t byte, uint8_t mask, const char *name,
                       unsigned value, const char *meaning) {
    printf("  ");
    for (unsigned bit = 0x80; bit > 0; bit >>= 1)
        putchar(!(mask & bit) ? '.' : byte & bit ? '1' : '0');
    printf("  %s %u%s%s\n", name, value, *meaning ? ": " : "", meaning);
}

#define EXPLAIN(bytes) explain((const uint8_t *)(bytes), sizeof(bytes) - 1)
static void explain(const uint8_t *in, size_t n) {
    struct header h;
    const char *broken_rule = read_header(&h, in);
    print_hex("", in, n, h.size);
    if (broken_rule)
        printf("  %srefused%s, %s\n", colour(COLOUR_RED), colour(COLOUR_END),
               broken_rule);
    if (broken_rule) return;
    print_bits(in[0], 0x80, "FIN", h.fin, h.fin ? "the last" : "more to come");
    print_bits(in[0], 0x70, "RSV1-3", h.rsv, "no extension");
    print_bits(in[0], 0x0F, "opcode", h.opcode, opcodes[h.opcode]);
    print_bits(in[1], 0x80, "MASK", h.masked, h.masked ? "a key follows" : "");
    print_bits(in[1], 0x7F, "length", in[1] & 0x7F, "");
    const uint8_t *payload = in + h.size, *key = payload - 4;
    if (h.masked) print_hex("  key ", key, 4, 4);
    printf("  payload \"");
    for (size_t i = 0; i < h.length; i++) /* §5.3: XOR with key i MOD 4 */
        putchar(h.masked ? payload[i] ^ key[i % 4] : payload[i]);
    puts("\"");
}

static void show_header_size(uint64_t length) {
    uint8_t header[10];
    size_t n = write_header(header, 2, length);
    printf("  %5d bytes: %2zu of header, %2zu masked: ", (int)length, n, n + 4);
    print_hex("", header, n, n);
}

/* Models a program that ignores how much of a frame send has accepted. */
static int lose_bytes(void) {
    uint8_t wire[126 + 260], *second = wire + 126;
    size_t size = write_header(second, 2, 256), at = 0;
    struct header h = {0};
    for (size_t i = 0; i < 256; i++) second[size + i] = (uint8_t)i;
    for (size_t i = 0; i < 126; i++) wire[i] = second[i]; /* the first */
    puts("two frames of 260 bytes: a header, then 00 01 02 ... ff; modelled:\n"
         "send accepts 126 bytes of the first, and the other 134 are lost");
    while (!h.masked && !read_header(&h, wire + at)) {
        printf("at byte %zu the reader finds opcode %u, MASK %u, length %d in ",
               at, h.opcode, h.masked, (int)h.length);
        print_hex("", wire + at, 4, h.size);
        at += h.size + (size_t)h.length;
    }
    puts("a server MUST NOT mask (§5.1): the client closes, 1002\n"
         "What you saw: no one masked anything; bytes were lost before, and "
         "payload was read as a header.");
    return 0;
}

int main(int argc, char **argv) {
    bool loses_bytes = false;
    int status = options_experiment(argc, argv, "forget a rest", &loses_bytes);
    if (status != -1) return status;
    if (loses_bytes) return lose_bytes();
    EXPLAIN("\x81\x05Hello");
    EXPLAIN("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    EXPLAIN("\x01\x03Hel");
    EXPLAIN("\x89\x00");
    EXPLAIN("\x81\x7e\x00\x05Hello");
    EXPLAIN("\x09\x00");
    puts("the length; seven bits are enough up to 125:");
    for (uint64_t n = 125; n <= 126; n++) show_header_size(n);
    for (uint64_t n = 65535; n <= 65536; n++) show_header_size(n);
    puts("What you saw: 2 bytes before a short message, 10 before a long one, "
         "4 more for a mask; each number has one spelling only.");
    return 0;
}
