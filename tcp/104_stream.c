/*
 * 104_stream.c: TCP carries bytes, not messages
 *
 * Shows       The same eleven bytes arrive in one read, in three, and in
 *             eleven. How they were written leaves no mark in the stream.
 * By hand     Both ends of a connection; recv in a loop until all has arrived.
 * Calls       tcp/pair.h (check), tcp/listen.h, tcp/options.h
 * Run         $ bin/104_stream
 *             $ bin/104_stream --break
 * Try         Let read_message(message, 4) read at most 1 byte, then 100.
 * Limits      The reader must know the length: not so in 309_delimiter.c.
 * Read        RFC 9293 §2.2 (byte stream), §3.9.1 (SEND, RECEIVE); recv(2)
 */
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <netinet/in.h>
#include <stdio.h>
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

/* Waits until len bytes, at most 64, have arrived. So the reads that follow do
 * not depend on timing. MSG_PEEK leaves the bytes in the kernel. */
static void wait_for(size_t len) {
    char bytes[64];
    ssize_t n;
    while ((n = recv(reader, bytes, len, MSG_PEEK)) < (ssize_t)len)
        check(n > 0, "recv");
}

/* Reads at most max bytes at a time, until the number of bytes that was agreed
 * on has arrived. Returns how many reads that took. */
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
    wait_for(LENGTH);
    reads[0] = read_message(message, LENGTH);

    puts("one write, then reads of at most four bytes:");
    write_part(TEXT, LENGTH);
    wait_for(LENGTH);
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
static bool is_misread(const char *sent) {
    char got[64];
    size_t n = read_part(got, sizeof got);
    return n != strlen(sent) || memcmp(got, sent, n) != 0;
}

static void read_once_each(void) {
    puts("messages \"pay Ann 100\" and \"pay Bob 20\", a read for each:");
    write_part("pay Ann 1", 9); /* the rest is late, as after a loss */
    int wrong = is_misread("pay Ann 100");
    write_part("00", 2);
    write_part("pay Bob 20", 10);
    wait_for(12);
    wrong += is_misread("pay Bob 20");
    printf("What you saw: %d of 2 messages are wrong; no call failed.\n",
           wrong);
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "recv only once", &is_broken);
    if (status != -1) return status;
    open_ends();
    if (is_broken) read_once_each();
    if (!is_broken) read_in_three_ways();
    return 0;
}
