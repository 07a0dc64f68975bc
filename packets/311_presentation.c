/*
 * 311_presentation.c: one record in five encodings
 *
 * Shows       The same three fields as a struct in memory, in big-endian order,
 *             as text, as TLV and as JSON. Only the struct needs its machine.
 * By hand     The five encoders, and the machines that read the struct.
 * Calls       packets/cursor.h (big-endian numbers), tcp/options.h
 * Run         $ bin/311_presentation
 *             $ bin/311_presentation --break
 * Try         $ bin/311_presentation --ask --seed 5
 * Limits      No name contains a space or a quote, which text and JSON would
 *             have to escape. JSON in a protocol: socketio/505_packets.c.
 * Read        RFC 4506 §4 (XDR), RFC 8259 §7 and §8.1 (JSON), RFC 3629 §3
 */
#include "packets/cursor.h"
#include "tcp/options.h"

#include <inttypes.h>
#include <stdio.h>

/* The compiler puts coins at a multiple of 8, and on a 32-bit PC of 4. */
static struct record {
    uint8_t level;
    uint64_t coins;
    char name[6]; /* "five letters and a zero" */
} record;
static const char *name; /* the whole name, in UTF-8 */

/* Appends the struct byte by byte, with what lies between its fields. */
static void put_struct(struct buf *out) {
    snprintf(record.name, sizeof record.name, "%s", name); /* may cut it */
    buf_append(out, &record, sizeof record);
}

/* The most significant byte first, on every machine. */
static void put_binary(struct buf *out) {
    cursor_put_u8(out, record.level);
    cursor_put_u64(out, record.coins);
    cursor_put_u8(out, (uint8_t)strlen(name));
    buf_text(out, name);
}

static void put_text(struct buf *out) {
    char text[80]; /* any record of this program fits */
    snprintf(text, sizeof text, "%u %" PRIu64 " %s\n", record.level,
             record.coins, name);
    buf_text(out, text);
}

/* Appends type, length and value, in as few bytes as the number needs. */
static void put_number(struct buf *out, uint8_t type, uint64_t value) {
    uint8_t n = 1; /* bytes */
    while (n < 8 && value >> 8 * n) n++;
    cursor_put_u8(out, type);
    cursor_put_u8(out, n);
    while (n-- > 0) cursor_put_u8(out, (uint8_t)(value >> 8 * n));
}

static void put_tlv(struct buf *out) {
    put_number(out, 1, record.level); /* type 1 */
    put_number(out, 2, record.coins);
    cursor_put_u8(out, 3); /* the name */
    cursor_put_u8(out, (uint8_t)strlen(name));
    buf_text(out, name);
}

static void put_json(struct buf *out) {
    char text[80];
    snprintf(text, sizeof text, "{\"level\":%u,\"coins\":%llu,\"name\":\"%s\"}",
             record.level, (unsigned long long)record.coins, name);
    buf_text(out, text);
}

/* Encodes the record; prints the length, and 16 bytes a row. */
static void show(const char *label, void (*put)(struct buf *)) {
    struct buf out = {.max = 128}; /* bytes, more than JSON needs */
    put(&out);
    struct span b = buf_view(&out);
    for (size_t row = 0; b.data && row < b.len; row += 16) {
        printf(row ? "%10s" : "%-7s%3zu", row ? "" : label, b.len);
        for (size_t i = row; i < row + 16; i++)
            printf(i < b.len ? " %02x" : "   ", i < b.len ? b.data[i] : 0);
        printf("  ");
        for (size_t i = row; i < row + 16 && i < b.len; i++)
            putchar(b.data[i] >= ' ' && b.data[i] <= '~' ? b.data[i] : '.');
        printf("\n");
    }
    buf_free(&out);
}

/* Prints what another machine finds in the struct. It looks where its own
 * compiler puts each field, and reads the coins in its own byte order. */
static void read_struct(const char *host, size_t coins_at, bool is_big) {
    struct span s = {(uint8_t *)&record, sizeof record};
    uint64_t coins = 0;
    for (size_t i = 0; i < 8; i++)
        coins = coins << 8 | s.data[coins_at + (is_big ? i : 7 - i)];
    printf("%-21s level %u, coins %" PRIu64 ", name \"", host, *s.data, coins);
    for (size_t i = coins_at + 8; i < s.len && s.data[i]; i++)
        printf(s.data[i] & 0x80 ? "\\x%02x" : "%c", s.data[i]); /* ASCII? */
    puts("\"");
}

int main(int argc, char **argv) {
    static const char *const names[] = {"Chlo\u00eb", "Ada", "Zo\u00eb"};
    uint32_t seed = 0;
    bool is_broken = false, is_asking = false;
    const struct option_row options[] = {
        OPTION_NUMBER("--seed", "N", "of the record", &seed, 0, 1 << 30),
        OPTION_FLAG("--ask", "keep the bytes back", &is_asking),
        OPTION_FLAG("--break", "send the struct as it is", &is_broken),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;

    /* This memory was used before, for something else. */
    memcpy(&record, "?PIN4711?PIN4711?PIN4711", sizeof record);
    record.level = (uint8_t)(36 + seed % 64);
    record.coins = 1000 + 7919 * (uint64_t)seed;
    name = names[seed % 3];
    printf("level %u, coins %" PRIu64 ", name %s\n", record.level, record.coins,
           name);
    if (!is_asking) show("struct", put_struct);
    if (is_asking)
        puts("How many bytes has it in each encoding, and which?");
    else if (is_broken) {
        read_struct("little-endian, 64 bit", 8, false);
        read_struct("big-endian, 64 bit", 8, true);
        read_struct("little-endian, 32 bit", 4, false);
        puts("What you saw: only the machine that made a struct can read it.");
    } else {
        show("binary", put_binary);
        show("text", put_text);
        show("tlv", put_tlv);
        show("json", put_json);
        puts("What you saw: of five encodings, one sends what nobody wrote.");
    }
    return 0;
}
