/*
 * 104_stream.c: TCP carries bytes, not messages
 *
 * Shows       The same eleven bytes arrive in one read, in three, in eleven:
 *             how they were written leaves no mark in the stream.
 * By hand     recv in a loop until a known number of bytes is there.
 * Calls       tcp/connect.h, tcp/listen.h, tcp/options.h
 * Run         $ bin/104_stream
 *             $ bin/104_stream --break
 * Limits      --break takes one read for the message and prints its H. Eleven
 *             was agreed on beforehand; if not: packets/309_delimiter.c.
 * Read        RFC 9293 §2.2 (byte stream), §3.9.1 (SEND, RECEIVE); recv(2)
 */
#include "packets/url.h"
#include "tcp/connect.h"
#include "tcp/listen.h"
#include "tcp/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TEXT "Hello world"
#define LENGTH (sizeof TEXT - 1)

static int writer, reader; /* the two ends of one TCP connection */

static void need(int fine, const char *what) {
    if (fine) return;
    perror(what);
    exit(EXIT_FAILURE);
}

/* One process can be both ends: the kernel completes a connection by itself,
 * so connect returns before anybody has called accept. */
static void open_pair(void) {
    char name[LISTEN_NAME_MAX], why[128], *host, *port;
    int listener = listen_open("127.0.0.1", 0);
    need(listener != -1 && listen_name(listener, name) == 0, "listen");
    need(url_split_host_port(name, &host, &port) == 0, name);
    reader = connect_to(host, port, why, sizeof why);
    need(reader != -1, "connect");
    writer = listen_accept(listener);
    need(writer != -1, "accept");
    close(listener);
}

static void write_part(const char *part, size_t n) {
    printf("  write %2zu: \"%.*s\"\n", n, (int)n, part);
    need(send(writer, part, n, 0) == (ssize_t)n, "send");
}

static size_t read_part(char *into, size_t room) {
    ssize_t n = recv(reader, into, room, 0);
    need(n > 0, "recv");
    printf("  read  %2zd: \"%.*s\"\n", n, (int)n, into);
    return (size_t)n;
}

/* Looks without taking until the whole text waits in the kernel, so that what
 * follows does not depend on which of us was faster. */
static void wait_for_all(void) {
    char look[LENGTH];
    ssize_t n;
    while ((n = recv(reader, look, sizeof look, MSG_PEEK)) < (ssize_t)LENGTH)
        need(n > 0, "recv");
}

/* What a reader has to do, however the bytes come: go on until the number that
 * was agreed on is there. Returns how many reads that took. */
static int read_message(char message[LENGTH], size_t most) {
    int reads = 0;
    for (size_t have = 0; have < LENGTH; reads++) {
        size_t room = LENGTH - have;
        have += read_part(message + have, room < most ? room : most);
    }
    need(memcmp(message, TEXT, LENGTH) == 0, "not the bytes that were sent");
    return reads;
}

static void three_ways(void) {
    char message[LENGTH];
    int reads[3];

    puts("three writes, then a read:");
    write_part("Hello", 5);
    write_part(" ", 1);
    write_part("world", 5);
    wait_for_all();
    reads[0] = read_message(message, LENGTH);

    puts("one write, read with room for four:");
    write_part(TEXT, LENGTH);
    wait_for_all();
    reads[1] = read_message(message, 4);

    puts("a dribbling writer, a reader that is always there:");
    reads[2] = 0;
    for (size_t have = 0; have < LENGTH; reads[2]++) {
        write_part(&TEXT[have], 1);
        have += read_part(message + have, LENGTH - have);
    }
    printf("What you saw: the same %zu bytes in %d, %d and %d reads, in order "
           "and complete each time; the writes left no mark.\n",
           LENGTH, reads[0], reads[1], reads[2]);
}

/* Wrong: takes what one recv returns for what the peer meant to say. */
static void read_once(void) {
    char message[LENGTH];
    puts("a dribbling writer, a reader that reads once:");
    write_part(TEXT, 1);
    size_t n = read_part(message, sizeof message);
    printf("so the message must be:\n%.*s\n", (int)n, message);
    for (size_t i = 1; i < LENGTH; i++) write_part(&TEXT[i], 1);
    printf("What you saw: %zu of %zu bytes taken for the whole, and no error "
           "anywhere.\n",
           n, LENGTH);
}

int main(int argc, char **argv) {
    bool wrong = false;
    int status = options_experiment(argc, argv, "read only once", &wrong);
    if (status != -1) return status;

    open_pair();
    if (wrong)
        read_once();
    else
        three_ways();
    close(writer);
    close(reader);
    return EXIT_SUCCESS;
}
