/*
 * 104_stream.c: TCP carries bytes, not messages
 *
 * Shows       The same eleven bytes arrive in one read, in three, and in
 *             eleven. How they were written leaves no mark in the stream.
 * By hand     Both ends of a connection in one process; recv in a loop until
 *             a known number of bytes has arrived.
 * Calls       tcp/pair.h (check), tcp/listen.h, tcp/options.h
 * Run         $ bin/104_stream
 *             $ bin/104_stream --break
 * Try         Let read_message(message, 4) read at most 1 byte, then 100.
 * Limits      The reader knows in advance that the message has eleven bytes.
 *             A reader that does not: packets/309_delimiter.c.
 * Read        RFC 9293 §2.2 (byte stream), §3.9.1 (SEND, RECEIVE); recv(2)
 */
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TEXT "Hello world"
#define LENGTH (sizeof TEXT - 1)

static int writer, reader; /* the two ends of one TCP connection */

/* One process can be both ends: the kernel completes a connection by itself,
 * so connect returns before the process has called accept. */
static void open_ends(void) {
    struct sockaddr_in addr;
    socklen_t size = sizeof addr;
    int listener = listen_open("127.0.0.1", 0);
    check(listener != -1, "listen_open");
    getsockname(listener, (struct sockaddr *)&addr, &size);

    reader = socket(AF_INET, SOCK_STREAM, 0);
    check(connect(reader, (struct sockaddr *)&addr, size) == 0, "connect");
    writer = accept(listener, NULL, NULL);
    check(writer != -1, "accept");
    close(listener);
}

static void write_part(const char *part, size_t n) {
    printf("  write %2zu: \"%.*s\"\n", n, (int)n, part);
    check(send(writer, part, n, 0) == (ssize_t)n, "send");
}

/* Reads once, at most max bytes. Returns how many. */
static size_t read_part(char *part, size_t max) {
    ssize_t n = recv(reader, part, max, 0);
    check(n > 0, "recv");
    printf("  read  %2zd: \"%.*s\"\n", n, (int)n, part);
    return (size_t)n;
}

/* Waits until the whole text is in the kernel, so that the reads that follow do
 * not depend on timing. MSG_PEEK looks at the bytes but leaves them there. */
static void wait_for_all(void) {
    char bytes[LENGTH];
    ssize_t n;
    while ((n = recv(reader, bytes, LENGTH, MSG_PEEK)) < (ssize_t)LENGTH)
        check(n > 0, "recv");
}

/* Reads the whole message, at most max bytes at a time: a reader goes on until
 * the number of bytes that was agreed on has arrived. Returns how many reads
 * that took. */
static int read_message(char message[LENGTH], size_t max) {
    int reads = 0;
    for (size_t len = 0; len < LENGTH; reads++) {
        size_t left = LENGTH - len;
        len += read_part(message + len, left < max ? left : max);
    }
    return reads;
}

static void read_in_three_ways(void) {
    char message[LENGTH];
    int reads[3] = {0};
    puts("three writes, then a read:");
    write_part("Hello", 5);
    write_part(" ", 1);
    write_part("world", 5);
    wait_for_all();
    reads[0] = read_message(message, LENGTH);

    puts("one write, then reads of at most four bytes:");
    write_part(TEXT, LENGTH);
    wait_for_all();
    reads[1] = read_message(message, 4);

    puts("a slow writer, and a reader that always waits:");
    for (size_t len = 0; len < LENGTH; reads[2]++) {
        write_part(&TEXT[len], 1);
        len += read_part(message + len, LENGTH - len);
    }
    printf("What you saw: the same %zu bytes arrived in %d, %d and %d reads, "
           "complete and in order; the writes left no mark.\n",
           LENGTH, reads[0], reads[1], reads[2]);
}

/* The wrong way: treats the result of one recv as the whole message. */
static void read_once(void) {
    char message[LENGTH];
    puts("a slow writer, and a reader that reads once:");
    write_part(TEXT, 1);
    size_t n = read_part(message, LENGTH);
    printf("so the message must be:\n%.*s\n", (int)n, message);
    for (size_t i = 1; i < LENGTH; i++) write_part(&TEXT[i], 1);
    printf("What you saw: %zu of %d bytes were treated as the message, and no "
           "call failed.\n",
           n, (int)LENGTH);
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "read only once", &is_broken);
    if (status != -1) return status;
    open_ends();
    if (is_broken)
        read_once();
    else
        read_in_three_ways();
    return EXIT_SUCCESS;
}
