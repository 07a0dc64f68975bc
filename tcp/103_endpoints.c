/*
 * 103_endpoints.c: a socket's own address decides which clients reach it
 *
 * Shows       A socket is an object in the kernel. Names are optional: its own,
 *             and its peer's. A listener's own name decides who gets in.
 * By hand     getsockname, getpeername; a port in network byte order.
 * Calls       tcp/address.h (introduced here), listen.h, pair.h, options.h
 * Run         $ bin/103_endpoints
 * Try         $ bin/103_endpoints --break
 * Limits      From outside, a firewall or NAT decides first: packets/315_nat.c.
 * Read        RFC 4291 §2.5.2, §2.5.3 (:: and ::1); ip(7), ipv6(7), unix(7)
 */
#include "tcp/address.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Prints two names of fd. Both calls set size to the length of the name. */
static void print_names(const char *step, int fd) {
    union address a;
    socklen_t size = sizeof a;
    char name[ADDRESS_NAME_MAX];
    check(getsockname(fd, &a.any, &size) == 0, "getsockname");
    printf("  %-19s  %-20s  ", step, address_name(&a, size, name));
    size = sizeof a;
    bool has_peer = getpeername(fd, &a.any, &size) == 0;
    check(has_peer || errno == ENOTCONN, "getpeername");
    puts(has_peer ? address_name(&a, size, name) : "ENOTCONN");
}

/* A server listens at an address, and a client connects to one. dup() gives the
 * socket a second descriptor. Both report the same name. */
static void follow_names(const char *family, const char *at, const char *to) {
    union address a;
    socklen_t size = address_set(&a, at, 0);
    int listener = socket(a.any.sa_family, SOCK_STREAM, 0);
    int client = socket(a.any.sa_family, SOCK_STREAM, 0);
    puts(family);
    print_names("socket()", listener);
    check(bind(dup(listener), &a.any, size) == 0, "bind");
    print_names("bind() on its dup()", listener);
    check(listen(listener, 1) == 0, "listen");
    size = address_set(&a, to, address_own_port(listener));
    check(connect(client, &a.any, size) == 0, "connect");
    print_names("client, connect()", client);
    print_names("server, accept()", accept(listener, NULL, NULL));
}

/* Returns the address that a packet would leave from: connect on UDP sends
 * nothing, but chooses it. 198.51.100.1 is in no network (RFC 5737). */
static const char *show_names(void) {
    int ends[2], udp = socket(AF_INET, SOCK_DGRAM, 0);
    union address a;
    char path[40];
    puts("                       own name              name of the peer");
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
    print_names("socketpair()", ends[0]);
    snprintf(path, sizeof path, "/tmp/103-%ld", (long)getpid());
    follow_names("UNIX", path, path);
    unlink(path); /* the name is a file, which stays when the socket is gone */
    follow_names("TCP", "0.0.0.0", "127.0.0.1");
    print_names("socket(), UDP", udp);
    socklen_t size = address_set(&a, "198.51.100.1", 9);
    if (connect(udp, &a.any, size) == -1) return "absent";
    print_names("connect(), UDP", udp);
    check(address_own(udp, &a) != 0, "address_own");
    return inet_ntoa(a.in.sin_addr);
}

static const char *try_connect(const char *to, uint16_t port) {
    union address a;
    socklen_t size = address_set(&a, to, port);
    int client = socket(a.any.sa_family, SOCK_STREAM, 0);
    return connect(client, &a.any, size) == 0 ? "in" : "refused";
}

/* An address is absent if no one can listen there. The exit closes all. */
static const char *try_one(const char *host, const char *to) {
    int listener = listen_open(host, 0);
    if (listener == -1 || listen_open(to, 0) == -1) return "absent";
    return try_connect(to, address_own_port(listener));
}

static void show_access(const char *own) {
    const char *const at[] = {"127.0.0.1", "0.0.0.0", "::1", "::"};
    const char *const to[] = {"127.0.0.1", "127.0.0.2", "::1", own};
    int let_in[4] = {0};
    printf("clients to   127.0.0.1  127.0.0.2  ::1        %s\n", own);
    for (int i = 0; i < 4; i++) {
        printf("  %-10s", at[i]);
        for (int k = 0; k < 4; k++) {
            const char *result = try_one(at[i], to[k]);
            let_in[i] += strcmp(result, "in") == 0;
            printf(" %-10s%s", result, k < 3 ? "" : "\n");
        }
    }
    printf("What you saw: 127.0.0.1 lets in %d of 4, 0.0.0.0 %d, ::1 %d, "
           ":: %d.\n",
           let_in[0], let_in[1], let_in[2], let_in[3]);
}

/* The wrong way: no htons. 7103 is 0x1bbf, and 0xbf1b is 48923. */
static void forget_htons(void) {
    const char *host = "127.0.0.1";
    union address wrong;
    socklen_t size = address_set(&wrong, host, 0);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    wrong.in.sin_port = 7103;
    while (bind(listener, &wrong.any, size) == -1) wrong.in.sin_port++;
    check(listen(listener, 2) == 0, "listen");
    printf("bind to port %u succeeds\n", wrong.in.sin_port);
    print_names("getsockname()", listener);
    printf("a client with htons: %s\n", try_connect(host, wrong.in.sin_port));
    printf("a client without: %s\n", try_connect(host, address_port(&wrong)));
    puts("What you saw: no call failed, and the server is at another port.");
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "forget htons", &is_broken);
    if (status != -1) return status;
    if (!is_broken) show_access(show_names());
    if (is_broken) forget_htons();
}
