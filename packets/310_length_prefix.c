/*
 * 310_length_prefix.c: messages in a stream, by their length
 *
 * Shows       Four bytes say how many follow, so any byte can be data. Inside
 *             are records of type, length and value; unknown ones are skipped.
 * By hand     The prefix. Later lessons call packets/framing.h for it.
 * Calls       packets/cursor.h (the records), tcp/pair.h (check), options.h
 * Run         $ bin/310_length_prefix
 *             $ bin/310_length_prefix --break
 * Try         Let put_record write value.len + 9. What is the name now?
 * Limits      The peer chooses the length: four bytes can promise 4 GiB. A
 *             WebSocket frame has 63 bits of it: websocket/404_frames.c.
 * Read        RFC 8446 §4.2: TLS grows by such records, its extensions
 */
#include "packets/cursor.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define MAX_MESSAGE 1024 /* bytes */
#define TYPE_NAME 1
#define TYPE_AGE 2  /* one byte */
#define TYPE_MOOD 9 /* newer than this reader */

/* Big-endian: the most significant byte first, on every machine. */
static uint32_t read_prefix(const uint8_t b[4]) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 |
           b[3];
}

/* Finds the message at the start of bytes. Returns the bytes consumed, with the
 * prefix; 0 if the message is not complete; -1 if it is too long. */
static long find_message(struct span bytes, struct span *found) {
    if (bytes.len < 4) return 0;
    uint32_t n = read_prefix(bytes.data);
    if (n > MAX_MESSAGE) return -1; /* before the reader waits for the rest */
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

static void print_bytes(const char *label, struct span bytes) {
    printf("%s", label);
    for (size_t i = 0; i < bytes.len; i++) printf(" %02x", bytes.data[i]);
    printf("\n");
}

/* Prints the records of a message. The cursor sets its error flag when a length
 * goes beyond the message; it is checked once per record. */
static void read_records(struct span message) {
    struct cursor c = cursor_from(message);
    while (cursor_left(&c) > 0 && !c.failed) {
        uint8_t type = cursor_u8(&c);
        struct span value = cursor_span(&c, cursor_u8(&c));
        if (c.failed) die("a record is cut: the message ends inside it");
        if (type == TYPE_NAME)
            print_bytes("record    name", value);
        else if (type == TYPE_AGE && value.len == 1)
            printf("record    age %u\n", value.data[0]);
        else
            printf("record    type %u, unknown: %zu bytes skipped\n", type,
                   value.len);
    }
}

/* A peer sends the largest length, and then nothing. Another one sends a
 * message of three records, which is read as its bytes arrive. */
static void show_messages(void) {
    struct span arrived = span_from("\xff\xff\xff\xff"), message = {0};
    print_bytes("bytes    ", arrived);
    if (find_message(arrived, &message) == -1)
        printf("refused   a message of more than %d bytes\n", MAX_MESSAGE);

    struct buf records = {.max = MAX_MESSAGE}, out = {.max = MAX_MESSAGE};
    uint8_t age = 36;
    put_record(&records, TYPE_NAME, span_from("Ada\n"));
    put_record(&records, TYPE_MOOD, span_from("curious"));
    put_record(&records, TYPE_AGE, (struct span){&age, 1});
    cursor_put_u32(&out, records.end);
    buf_append(&out, records.bytes, records.end);
    check(!records.failed && !out.failed, "memory");
    print_bytes("bytes    ", buf_view(&out));

    arrived = (struct span){out.bytes, 0}; /* byte by byte, as TCP may */
    while (find_message(arrived, &message) == 0) arrived.len++;
    printf("message   complete after %zu bytes, %zu of them data\n",
           arrived.len, message.len);
    read_records(message);
    puts("What you saw: a length frames any bytes, and lets you skip some.");
    buf_free(&records);
    buf_free(&out);
}

/* The wrong way: to allocate a length that nothing has checked. The kernel
 * provides a page of it at the first touch, so a reader that clears it takes
 * all. */
static void believe_length(void) {
    struct span arrived = span_from("\x03\xff\xff\xff");
    struct rusage usage = {0};
    uint32_t n = read_prefix(arrived.data);
    volatile uint8_t *message = malloc(n);
    if (!message) die("no memory");
    for (size_t i = 0; i < n; i += 4096) message[i] = 0;
    getrusage(RUSAGE_SELF, &usage);
    print_bytes("bytes    ", arrived);
    printf("measured  peak memory: %ld (getrusage: KiB, on macOS bytes)\n"
           "What you saw: %zu bytes arrived, and the reader took %u.\n",
           (long)usage.ru_maxrss, arrived.len, (unsigned)n);
    free((void *)message);
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status =
        options_experiment(argc, argv, "believe any length", &is_broken);
    if (status != -1) return status;
    if (is_broken) believe_length();
    if (!is_broken) show_messages();
    return 0;
}
