/*
 * 309_delimiter.c: messages in a stream, by a delimiter
 *
 * Shows       TCP gives bytes. To get messages, both sides agree on what ends
 *             one: here a line feed, wherever the pieces end.
 * By hand     The bytes that have arrived, and the search for a line feed in
 *             them. Later lessons call packets/framing.h.
 * Calls       tcp/io.h, tcp/pair.h (both ends of a connection), tcp/options.h
 * Run         $ bin/309_delimiter
 *             $ bin/309_delimiter --break
 * Try         Make MAX_LINE 8. Which message is refused, and after which byte?
 * Limits      A delimiter inside the data ends a message in its middle, and
 *             the reader cannot notice: packets/310_length_prefix.c.
 * Read        RFC 5321 §4.5.2: how mail escapes the dot that ends a message
 */
#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE 32 /* bytes of a line, with its line feed */

/* The bytes that have arrived and are not a whole line yet. */
struct reader {
    char bytes[MAX_LINE];
    size_t len;
};

/* Prints n bytes in quotes, and a line feed as \n. */
static void print_bytes(const char *label, const char *bytes, size_t n) {
    printf("%-10s\"", label);
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\n')
            printf("\\n");
        else
            putchar(bytes[i]);
    }
    printf("\"\n");
}

/* Removes and prints all whole lines in the reader. Returns how many. */
static int consume_messages(struct reader *r) {
    int count = 0;
    char *end;
    while ((end = memchr(r->bytes, '\n', r->len))) {
        size_t n = (size_t)(end - r->bytes);
        print_bytes("  message", r->bytes, n);
        /* The next message begins after the line feed. */
        r->len -= n + 1;
        memmove(r->bytes, end + 1, r->len);
        count++;
    }
    return count;
}

/* Sends one piece, and receives it at the other end. Returns the number of
 * messages that it completed, or -1 if the reader is full and contains no line
 * feed. A peer that never sends one must not get all of our memory. */
static int pass(const int ends[2], struct reader *r, const char *piece) {
    int count = 0;
    check(io_send_all(ends[0], piece, strlen(piece)) == 0, "send");
    for (size_t left = strlen(piece); left > 0;) {
        ssize_t n = io_recv(ends[1], r->bytes + r->len, MAX_LINE - r->len);
        check(n > 0, "recv");
        print_bytes("piece", r->bytes + r->len, (size_t)n);
        r->len += (size_t)n;
        left -= (size_t)n;
        count += consume_messages(r);
        if (r->len == MAX_LINE) {
            printf("refused after %zu bytes without a line feed\n", r->len);
            return -1;
        }
    }
    return count;
}

/* Three messages in four pieces, then a line that is too long. */
static void send_pieces(const int ends[2]) {
    static const char *const pieces[] = {"hel", "lo\nhow are", " you\nb",
                                         "ye\n"};
    struct reader r = {.len = 0};
    int count = 0;
    for (size_t i = 0; i < 4; i++) {
        int n = pass(ends, &r, pieces[i]);
        if (n == -1) exit(EXIT_FAILURE); /* pass has printed why */
        count += n;
    }
    printf("4 pieces, %d messages\n\n", count);
    printf("a line of more than %d bytes:\n", MAX_LINE - 1);
    pass(ends, &r, "and on and on and on and on and on");
}

/* The wrong way: sends data that contains the delimiter. */
static void send_delimiter(const int ends[2]) {
    struct reader r = {.len = 0};
    printf("one message is sent: \"roses\\nviolets\"\n");
    int count = pass(ends, &r, "roses\nviolets\n");
    printf("1 message sent, %d received\n", count);
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status =
        options_experiment(argc, argv, "a delimiter in the data", &is_broken);
    if (status != -1) return status;

    int ends[2];
    check(pair_open(ends) == 0, "pair_open");
    if (is_broken)
        send_delimiter(ends);
    else
        send_pieces(ends);
    printf("What you saw: a line feed %s.\n",
           is_broken ? "in the data ended a message"
                     : "ends a message, wherever the pieces end");
    return EXIT_SUCCESS;
}
