/*
 * 309_delimiter.c: messages in a stream, by a separator
 *
 * Shows       TCP gives bytes; who wants messages must say where each ends.
 *             Here a newline does. Pieces as they come, lines as they end.
 * By hand     Keeping what has come and looking for the end in it. Later
 *             lessons call packets/framing.h, introduced here.
 * Run         $ bin/309_delimiter
 *             $ bin/309_delimiter --break
 * Try         Give the reader a room of 8 bytes. Which message is refused?
 * Limits      A separator inside the data ends a message in its middle, and
 *             no reader can tell: packets/310_length_prefix.c.
 * Read        RFC 5321 §4.5.2: how mail escapes the dot that ends it
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp/io.h"
#include "tcp/options.h"

enum {
    ROOM = 32 /* the longest line, with its newline, that is waited for */
};

/* What has come and is not yet a whole line. */
struct reader {
    char bytes[ROOM];
    size_t n;
};

/* Shows bytes so that a newline can be seen. */
static void show(const char *what, const char *bytes, size_t n) {
    printf("%-10s\"", what);
    for (size_t i = 0; i < n; i++)
        bytes[i] == '\n' ? printf("\\n") : printf("%c", bytes[i]);
    printf("\"\n");
}

/* Takes every whole line out of the reader. How many there were. */
static int take_lines(struct reader *r) {
    int lines = 0;
    char *end;
    while ((end = memchr(r->bytes, '\n', r->n))) {
        size_t n = (size_t)(end - r->bytes);
        show("  message", r->bytes, n);
        /* What follows the newline is the start of the next message. */
        r->n -= n + 1;
        memmove(r->bytes, end + 1, r->n);
        lines++;
    }
    return lines;
}

/* Sends one piece down the stream, and reads what there is at the other end.
 * How many messages that made, or -1: a line without an end. */
static int pass(const int ends[2], struct reader *r, const char *piece) {
    if (io_send_all(ends[0], piece, strlen(piece)) == -1) return -1;
    int lines = 0;
    for (size_t left = strlen(piece); left > 0;) {
        ssize_t n = io_recv(ends[1], r->bytes + r->n, sizeof r->bytes - r->n);
        if (n <= 0) return -1;
        show("piece", r->bytes + r->n, (size_t)n);
        r->n += (size_t)n;
        left -= (size_t)n;
        lines += take_lines(r);
        /* Full, and no end in sight: a peer that never sends one could have
         * all of our memory. */
        if (r->n == sizeof r->bytes) return -1;
    }
    return lines;
}

/* Three messages, cut as no writer meant them. */
static int show_pieces(const int ends[2]) {
    static const char *const pieces[] = {"hel", "lo\nhow are", " you\nb",
                                         "ye\n"};
    struct reader r = {.n = 0};
    int lines = 0;
    for (size_t i = 0; i < 4; i++) lines += pass(ends, &r, pieces[i]);
    printf("4 pieces, %d messages\n\n", lines);

    printf("a line of more than %d bytes:\n", ROOM - 1);
    if (pass(ends, &r, "for ever and ever and ever and ever") == -1)
        printf("refused after %zu bytes without a newline\n", r.n);
    return lines;
}

/* The wrong way: data that may hold the separator, sent as it is. */
static int show_break(const int ends[2]) {
    struct reader r = {.n = 0};
    printf("one message is sent: \"roses\\nviolets\"\n");
    int lines = pass(ends, &r, "roses\nviolets\n");
    printf("1 message sent, %d received\n", lines);
    return lines;
}

int main(int argc, char **argv) {
    bool wrong = false;
    int done =
        options_experiment(argc, argv, "a separator in the data", &wrong);
    if (done >= 0) return done;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1) {
        perror("socketpair");
        return 1;
    }
    int lines = wrong ? show_break(ends) : show_pieces(ends);
    printf("What you saw: a newline %s.\n",
           wrong && lines == 2 ? "in the data became an end of message"
                               : "ends a message, wherever the pieces end");
    close(ends[0]);
    close(ends[1]);
    return 0;
}
