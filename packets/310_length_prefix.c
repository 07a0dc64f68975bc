/*
 * 310_length_prefix.c: messages in a stream, by their length
 *
 * Shows       Four bytes say how many follow, so any byte can be data. Inside
 *             are records of type, length and value; unknown ones are skipped.
 * By hand     The prefix. Later lessons call packets/framing.h for it.
 * Calls       packets/cursor.h (the records), tcp/pair.h (check), options.h
 * Run         $ bin/310_length_prefix
 *             $ bin/310_length_prefix --break
 * Try         Let put_record write value.len + 9. What does the reader print?
 * Limits      The peer chooses the length: four bytes can promise 4 GiB. A
 *             WebSocket frame has 63 bits of it: websocket/404_frames.c.
 * Read        RFC 6066 §1.1: how TLS grew by such records
 */
#include "packets/cursor.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_MESSAGE 1024 /* bytes */

#define TYPE_NAME 1
#define TYPE_AGE 2  /* one byte */
#define TYPE_MOOD 9 /* newer than this reader */

/* Finds the message at the start of bytes. Returns the bytes consumed, its
 * prefix included; 0: it is not complete; -1: it is longer than max. */
static long find_message(struct span bytes, uint32_t max, struct span *found) {
    if (bytes.len < 4) return 0;
    /* Big-endian: the most significant byte first, on every machine. */
    uint32_t n = (uint32_t)bytes.data[0] << 24 | (uint32_t)bytes.data[1] << 16 |
                 (uint32_t)bytes.data[2] << 8 | bytes.data[3];
    if (n > max) return -1; /* before the reader waits for the rest */
    if (bytes.len - 4 < n) return 0;
    *found = (struct span){bytes.data + 4, n};
    return 4 + (long)n;
}

/* Appends one record: a byte of type, a byte of length, the value. */
static void put_record(struct buf *out, uint8_t type, struct span value) {
    cursor_put_u8(out, type);
    cursor_put_u8(out, (uint8_t)value.len);
    buf_append(out, value.data, value.len);
}

static void print_bytes(struct span bytes) {
    printf("bytes    ");
    for (size_t i = 0; i < bytes.len; i++) printf(" %02x", bytes.data[i]);
    printf("\n");
}

/* Prints a name. In a length-prefixed message a line feed is data, too. */
static void print_name(struct span name) {
    printf("record    name \"");
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '\n')
            printf("\\n");
        else
            putchar(name.data[i]);
    }
    printf("\"\n");
}

/* Prints the records of a message. The cursor sets its error flag when a length
 * goes beyond the message; it is checked once per record. */
static void read_records(struct span message) {
    struct cursor c = cursor_from(message);
    while (cursor_left(&c) > 0 && !c.failed) {
        uint8_t type = cursor_u8(&c);
        struct span value = cursor_span(&c, cursor_u8(&c));
        if (c.failed)
            printf("record    cut: the message ends inside it\n");
        else if (type == TYPE_NAME)
            print_name(value);
        else if (type == TYPE_AGE && value.len == 1)
            printf("record    age %u\n", value.data[0]);
        else
            printf("record    type %u, unknown: %zu bytes skipped\n", type,
                   value.len);
    }
}

/* Writes a message of three records, and reads it as its bytes arrive. */
static void show_message(void) {
    struct buf records = {.max = MAX_MESSAGE}, out = {.max = MAX_MESSAGE};
    struct span message = {0};
    uint8_t age = 36;
    put_record(&records, TYPE_NAME, span_from("Ada\n"));
    put_record(&records, TYPE_MOOD, span_from("curious"));
    put_record(&records, TYPE_AGE, (struct span){&age, 1});
    cursor_put_u32(&out, records.end);
    buf_append(&out, records.bytes, records.end);
    check(!records.failed && !out.failed, "memory");
    print_bytes(buf_view(&out));

    struct span arrived = {out.bytes, 0}; /* byte by byte, as TCP may */
    while (find_message(arrived, MAX_MESSAGE, &message) == 0) arrived.len++;
    printf("message   complete after %zu bytes, %zu of them data\n",
           arrived.len, message.len);
    read_records(message);
    puts("What you saw: a length frames any bytes, and lets a reader skip "
         "some.");
    buf_free(&records);
    buf_free(&out);
}

/* A peer sends the largest length, and then nothing. */
static void show_promise(uint32_t max) {
    uint8_t prefix[] = {0xff, 0xff, 0xff, 0xff};
    struct span arrived = {prefix, sizeof prefix}, message;
    print_bytes(arrived);
    if (find_message(arrived, max, &message) == -1)
        printf("refused   a message of more than %u bytes\n", max);
    else
        printf("accepted  the reader now waits for %u more bytes\n"
               "What you saw: four bytes of a peer decided how much we wait "
               "for.\n",
               max);
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "any length", &is_broken);
    if (status != -1) return status;
    show_promise(is_broken ? UINT32_MAX : MAX_MESSAGE);
    if (!is_broken) show_message();
    return EXIT_SUCCESS;
}
