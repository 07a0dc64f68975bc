/*
 * 203_boundaries.c: a datagram arrives whole or not at all
 *
 * Shows       One send is one datagram, and one receive takes one datagram.
 *             Bytes that do not fit into the reader's array are lost, and a
 *             length of 0 is not the end.
 * By hand     recvmsg, which says that a datagram was cut: MSG_TRUNC.
 * Calls       udp/endpoint.h (introduced here), tcp/pair.h (check), options.h
 * Run         $ bin/203_boundaries
 *             $ bin/203_boundaries --break
 * Try         Let HOST be "::1". How long may a datagram be now?
 * Limits      On a real network IP cuts large datagrams into fragments: 305.
 * Read        RFC 768, RFC 791 §3.1 (Total Length); recvmsg(2), udp(7)
 */
#include "tcp/options.h"
#include "tcp/pair.h"
#include "udp/endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define HOST "127.0.0.1"
#define LARGEST ENDPOINT_MAX_IPV4

static struct endpoint here; /* where the reader is */
static int writer, reader;

/* 201 and 202 write this out: socket, bind, and getsockname for the port. */
static void open_both(void) {
    struct endpoint there;
    int size = 2 * LARGEST; /* of the buffer: some systems begin with 9216 */
    reader = endpoint_bind(HOST, 0, &here);
    writer = endpoint_bind(HOST, 0, &there);
    check(reader != -1 && writer != -1, "endpoint_bind");
    setsockopt(writer, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

/* The sender needs no connection either: it names the receiver each time. */
static void write_text(const char *text) {
    size_t n = strlen(text);
    printf("  send %2zu: \"%s\"\n", n, text);
    check(endpoint_sendto(writer, text, n, &here) == (ssize_t)n, "sendto");
}

/* Receives one datagram into an array of max bytes. Returns its length, or max
 * if it is longer. recv would return the same number, but not *is_cut. */
static size_t read_one(char *bytes, size_t max, bool *is_cut) {
    struct iovec array = {.iov_base = bytes, .iov_len = max};
    struct msghdr message = {.msg_iov = &array, .msg_iovlen = 1};
    ssize_t n = recvmsg(reader, &message, 0);
    check(n != -1, "recvmsg");
    *is_cut = message.msg_flags & MSG_TRUNC;
    return (size_t)n;
}

static void read_text(size_t max) {
    char text[64];
    bool is_cut;
    size_t n = read_one(text, max, &is_cut);
    printf("  recv %2zu: \"%.*s\"%s\n", n, (int)n, text,
           is_cut ? "  MSG_TRUNC: it was longer" : "");
}

/* Three datagrams are sent before the first one is received. */
static void pass_three(const char *a, const char *b, const char *c) {
    write_text(a);
    write_text(b);
    write_text(c);
    for (int i = 0; i < 3; i++) read_text(64);
}

/* A second read must not find the rest. MSG_DONTWAIT: do not wait for more. */
static void expect_nothing(void) {
    char byte;
    ssize_t n = recv(reader, &byte, 1, MSG_DONTWAIT);
    check(n == -1 && errno == EAGAIN, "recv");
    puts("  recv -1: EAGAIN, nothing is left");
}

/* Sends n bytes as one datagram, and receives them if the kernel takes them. */
static void pass_large(size_t n) {
    static char sent[LARGEST + 100], arrived[LARGEST + 100];
    bool is_cut;
    memset(sent, 'x', n);
    printf("  send %zu: ", n);
    if (endpoint_sendto(writer, sent, n, &here) == -1) {
        check(errno == EMSGSIZE, "sendto");
        puts("EMSGSIZE");
        return;
    }
    size_t len = read_one(arrived, sizeof arrived, &is_cut);
    check(!is_cut && len == n && memcmp(arrived, sent, n) == 0, "compare");
    printf("recv %zu, the same bytes\n", len);
}

static void show_boundaries(void) {
    puts("three datagrams, then reads with space for 64 bytes:");
    pass_three("Hello", " ", "world");
    puts("one datagram, then reads with space for 4 bytes:");
    write_text("0123456789");
    read_text(4);
    expect_nothing();
    puts("an empty datagram between two others:");
    pass_three("before", "", "after");
    puts("the largest datagram, and one byte more:");
    pass_large(LARGEST);
    pass_large(LARGEST + 1);
    puts("What you saw: each datagram was received at once and whole; or it "
         "was cut, and the rest was gone; or it was never sent.");
}

/* The wrong way, from two habits that are right for TCP. A small array is
 * enough, because the next read finds the rest. And 0 is the end. */
static void read_like_a_stream(void) {
    char text[9];
    ssize_t n;
    int payments = 0;
    puts("three payments and an empty datagram, space for 9 bytes:");
    write_text("pay Al 5");
    write_text("pay Ann 100");
    write_text("");
    write_text("pay Bob 20");
    for (; (n = recv(reader, text, sizeof text, 0)) > 0; payments++)
        printf("  recv %2zd: \"%.*s\"\n", n, (int)n, text);
    puts("  recv  0: the reader takes it for the end");
    printf("What you saw: %d of 3 payments, one wrong; no call failed.\n",
           payments);
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "read as from TCP", &is_broken);
    if (status != -1) return status;
    open_both();
    if (is_broken) read_like_a_stream();
    if (!is_broken) show_boundaries();
    return 0;
}
