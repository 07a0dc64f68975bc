/*
 * 310_length_prefix.c: messages in a stream, by their length
 *
 * Shows       Four bytes say how many follow, so any byte may be data. Inside
 *             a message, records of type, length and value: a type that the
 *             reader does not know is skipped, not an error.
 * By hand     The prefix, both ways. Later lessons call packets/framing.h;
 *             packets/cursor.h reads the records.
 * Run         $ bin/310_length_prefix
 *             $ bin/310_length_prefix --break
 * Try         Change a record's length to 200. Which bytes are then missing?
 * Limits      A length is a promise of the peer. Believed, four bytes make us
 *             take 4 GiB: a WebSocket frame has 63 bits of it, and a limit:
 *             websocket/404_frames.c.
 * Read        RFC 6066 §1.1 for a protocol that grew by such records: TLS
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "packets/cursor.h"
#include "tcp/options.h"

#define MOST 1024 /* bytes of a message that the reader takes */

enum type {
    TYPE_NAME = 1,
    TYPE_AGE = 2, /* one byte */
    TYPE_MOOD = 9 /* newer than this reader */
};

/* The message at the start of bytes. Its size with the prefix, 0: not all
 * there, -1: longer than max. */
static long find_message(struct span bytes, uint32_t max,
                         struct span *message) {
    if (bytes.len < 4) return 0;
    /* Big-endian, most significant byte first, whatever this machine is. */
    uint32_t n = (uint32_t)bytes.data[0] << 24 | (uint32_t)bytes.data[1] << 16 |
                 (uint32_t)bytes.data[2] << 8 | bytes.data[3];
    if (n > max) return -1;
    if (bytes.len - 4 < n) return 0;
    *message = (struct span){bytes.data + 4, n};
    return (long)n + 4;
}

/* One record: its type, its length, its value; a byte each but the value. */
static void put_record(struct buf *out, enum type type, struct span value) {
    cursor_put_u8(out, (uint8_t)type);
    cursor_put_u8(out, (uint8_t)value.len);
    buf_append(out, value.data, value.len);
}

static void show_bytes(struct span bytes) {
    printf("bytes    ");
    for (size_t i = 0; i < bytes.len; i++) printf(" %02x", bytes.data[i]);
    printf("\n");
}

/* A newline is data here like any other byte. */
static void show_name(struct span name) {
    printf("record    name \"");
    for (size_t i = 0; i < name.len; i++)
        name.data[i] == '\n' ? printf("\\n") : printf("%c", name.data[i]);
    printf("\"\n");
}

/* Reads the records of a message. How many were known and skipped. */
static void read_records(struct span message, int *known, int *skipped) {
    struct cursor c = cursor_from(message);
    *known = *skipped = 0;
    while (cursor_left(&c) > 0 && !c.failed) {
        uint8_t type = cursor_u8(&c);
        struct span value = cursor_span(&c, cursor_u8(&c));
        if (c.failed) break; /* asked once, after all the fields */
        if (type == TYPE_NAME)
            show_name(value);
        else if (type == TYPE_AGE && value.len == 1)
            printf("record    age %u\n", value.data[0]);
        else
            printf("record    type %u, unknown: %zu bytes skipped\n", type,
                   value.len);
        if (type == TYPE_NAME || type == TYPE_AGE)
            (*known)++;
        else
            (*skipped)++;
    }
    if (c.failed) printf("record    cut: the message ends inside it\n");
}

static void show_message(void) {
    struct buf out = {.max = MOST}, records = {.max = MOST};
    struct span message = {0};
    uint8_t age = 36;
    int known, skipped;
    put_record(&records, TYPE_NAME,
               span_from("Ada\n")); /* any byte may be data */
    put_record(&records, TYPE_MOOD, span_from("curious"));
    put_record(&records, TYPE_AGE, (struct span){&age, 1});
    cursor_put_u32(&out, records.end);
    buf_append(&out, records.bytes, records.end);
    if (out.failed || !out.bytes) return; /* no memory for 22 bytes */
    show_bytes(buf_view(&out));

    long size = 0;
    size_t came = 0;
    while (size == 0 && came < out.end) /* a byte at a time, as TCP may */
        size = find_message((struct span){out.bytes, ++came}, MOST, &message);
    printf("message   whole after %zu of %u bytes, %zu of them data\n", came,
           out.end, message.len);
    read_records(message, &known, &skipped);
    printf("What you saw: a length frames any bytes; %d records read, %d "
           "unknown one skipped.\n",
           known, skipped);
    buf_free(&records);
    buf_free(&out);
}

/* A peer that promises much: four bytes, and then nothing. */
static void show_promise(bool believe) {
    uint8_t promise[] = {0xff, 0xff, 0xff, 0xff};
    struct span bytes = {promise, sizeof promise}, message;
    uint32_t max = believe ? UINT32_MAX : MOST;
    struct cursor c = cursor_from(bytes);
    uint32_t promised = cursor_u32(&c);
    long size = find_message(bytes, max, &message);
    show_bytes(bytes);
    if (size == -1)
        printf("refused   a message of %u bytes; %d is the most\n", promised,
               MOST);
    else
        printf("believed  %zu bytes have come, and %u more are waited for\n",
               bytes.len, promised);
}

int main(int argc, char **argv) {
    bool wrong = false;
    int done = options_experiment(argc, argv, "believe any length", &wrong);
    if (done >= 0) return done;
    show_promise(wrong);
    if (wrong)
        printf("What you saw: four bytes of a stranger decided how much we "
               "wait for, and would keep.\n");
    else
        show_message();
    return 0;
}
