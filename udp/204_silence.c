/*
 * 204_silence.c: who reports that there is no server
 *
 * Shows       connect on a UDP socket sends nothing. If there is no server, an
 *             ICMP message says so, but only to a connected socket. Any other
 *             one waits in silence.
 * By hand     send on a connected socket, sendto on an unconnected one.
 * Calls       udp/endpoint.h, tcp/ladder.h, check of tcp/pair.h
 * Run         $ bin/204_silence
 *             $ bin/204_silence --break
 * Try         bin/204_silence --pcap 204.pcap; then bin/explain 204.pcap
 * Limits      Firewalls drop ICMP: only a time limit helps, as in 202.
 * Read        RFC 1122 §4.1.3.1, §4.1.3.3; RFC 792; udp(7), connect(2)
 */
#include "tcp/ladder.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "udp/endpoint.h"

#include <errno.h>
#include <unistd.h>

#define SILENCE_MS 100 /* when nothing arrives in this time, nothing will */

static const char UNREACHABLE[] = "ICMP port unreachable";
static struct ladder ladder;
static struct endpoint at; /* where the server is, or was */

static int open_socket(struct endpoint *self) {
    int fd = endpoint_bind("127.0.0.1", 0, self);
    check(fd != -1, "endpoint_bind");
    wire_port(&ladder.wire, fd);
    return fd;
}

/* Opens a client. connect on a UDP socket only stores the peer's address. */
static int open_client(bool is_connected) {
    struct endpoint self;
    int fd = open_socket(&self);
    if (is_connected)
        ladder_result(&ladder, LADDER_CLIENT, "connect",
                      connect(fd, &at.address.any, at.size));
    return fd;
}

/* Only a connected socket has a peer to send to. answer is what the server's
 * kernel sends back, or NULL. Returns whether the call succeeded. */
static bool send_hello(int fd, bool is_connected, const char *answer) {
    const char *call = is_connected ? "send" : "sendto";
    ladder_call(&ladder, LADDER_CLIENT, "%s", call);
    ssize_t n = is_connected ? send(fd, "hello", 5, 0)
                             : endpoint_sendto(fd, "hello", 5, &at);
    if (n != -1) ladder_model(&ladder, LADDER_CLIENT, "UDP len 5");
    if (n != -1 && answer) ladder_model(&ladder, LADDER_SERVER, answer);
    ladder_result(&ladder, LADDER_CLIENT, call, n);
    return n != -1;
}

/* Waits for a datagram or an error. Returns what it was. */
static const char *wait_for_result(int fd) {
    char bytes[16];
    if (!endpoint_wait(fd, SILENCE_MS)) {
        ladder_call(&ladder, LADDER_CLIENT, "silence");
        return "silence";
    }
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);
    ladder_result(&ladder, LADDER_CLIENT, "recv", n);
    return n == -1 ? ladder_error_name(errno) : "a reply";
}

/* The server receives a datagram, and may answer. */
static void serve(int server, bool is_answering) {
    char bytes[16];
    struct endpoint from;
    ssize_t n = endpoint_recvfrom(server, bytes, sizeof bytes, &from);
    ladder_result(&ladder, LADDER_SERVER, "recvfrom", n);
    if (!is_answering) return;
    ladder_output(&ladder, LADDER_SERVER, "sendto", "UDP len 5");
    check(endpoint_sendto(server, bytes, (size_t)n, &from) == n, "sendto");
}

static void ask(bool is_answering) {
    puts(is_answering ? "1. a server that answers" : "2. one that does not");
    int server = open_socket(&at), client = open_client(true);
    send_hello(client, true, NULL);
    serve(server, is_answering);
    wait_for_result(client);
    ladder_print(&ladder);
    close(server);
    close(client);
}

/* The server's kernel answers for a program that is not there. */
static const char *ask_nobody(bool is_connected) {
    puts(is_connected ? "3. no server" : "4. no server, and no connect");
    close(open_socket(&at)); /* a server that has ended */
    int client = open_client(is_connected);
    send_hello(client, is_connected, UNREACHABLE);
    const char *result = wait_for_result(client);
    ladder_print(&ladder);
    close(client);
    return result;
}

/* The wrong way: the client takes an error of send for one of this datagram. It
 * is of the one before, and send does not send this one. */
static void trust_send(void) {
    int count = 0;
    puts("5. three datagrams to nobody");
    close(open_socket(&at)); /* a server that has ended */
    int client = open_client(true);
    for (int i = 0; i < 3; i++) {
        count += send_hello(client, true, UNREACHABLE);
        endpoint_wait(client, SILENCE_MS); /* until the error is there */
    }
    ladder_print(&ladder);
    printf("What you saw: %d of 3 calls succeeded, and nobody was there.\n",
           count);
}

int main(int argc, char **argv) {
    struct wire_options options = {.pcap = NULL};
    bool is_broken = false;
    const struct option_row rows[] = {
        OPTION_FLAG("--break", "trust the result of send", &is_broken),
        WIRE_OPTION_ROWS(&options), OPTION_END};
    int status = options_parse(argc, argv, rows);
    if (status != -1) return status;
    if (ladder_open(&ladder, &options) != 0) return 1;
    if (is_broken) {
        trust_send();
    } else {
        ask(true);
        ask(false);
        const char *with = ask_nobody(true), *without = ask_nobody(false);
        printf("What you saw: no server; connected: %s, not connected: %s.\n",
               with, without);
    }
    return ladder_close(&ladder) == 0 ? 0 : 1;
}
