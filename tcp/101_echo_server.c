/*
 * 101_echo_server.c: the smallest honest TCP server
 *
 * Shows       socket, bind, listen, accept: the four calls that turn a
 *             process into a server; then recv and send until end of file.
 * By hand     All of it. Later lessons call tcp/listen.h and tcp/options.h.
 * Run         $ bin/101_echo_server --port 7101 &
 *             $ bin/102_echo_client 127.0.0.1:7101 hello
 * Try         Leave one nc 127.0.0.1 7101 idle and open a second: it connects,
 *             yet nothing echoes. Who completed its handshake? (listen(2))
 * Limits      One silent client starves every other: tcp/113_poll_server.c.
 * Read        RFC 9293 §3.5 (opening), §3.6 (closing); socket(7), tcp(7)
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The first three of the four calls. addr says where to listen, and becomes
 * where we do listen. -1 and errno on an error. */
static int open_listener(struct sockaddr_in *addr) {
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* IPv4, bytes in order: TCP */
    if (fd == -1) return -1;
    /* RFC 9293 §3.6.1: whoever closes a connection first keeps it in TIME-WAIT.
     * Those of an earlier run shall not keep us from the port. */
    int yes = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1)
        return -1;
    if (bind(fd, (struct sockaddr *)addr, sizeof *addr) == -1) return -1;
    if (listen(fd, SOMAXCONN) == -1) return -1;
    /* For port 0 the kernel has chosen one: ask which. */
    socklen_t size = sizeof *addr;
    if (getsockname(fd, (struct sockaddr *)addr, &size) == -1) return -1;
    return fd;
}

/* Sends back all that arrives. 0 at end of file, -1 and errno on an error. */
static int echo(int fd) {
    char bytes[4096];
    ssize_t n, sent;

    while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0) {
        /* send returns how many bytes it took, and may take fewer than we
         * offer: TCP is a stream, with no messages to keep whole. */
        for (ssize_t done = 0; done < n; done += sent) {
            sent = send(fd, bytes + done, (size_t)(n - done), 0);
            if (sent == -1) return -1;
        }
    }
    return (int)n;
}

/* One client at a time, for ever. accept returns a new descriptor, which is
 * the connection; the first one goes on listening. */
static void serve(int listener) {
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client == -1) {
            perror("accept"); /* one client's trouble must not end the rest */
            continue;
        }
        if (echo(client) == -1) perror("echo");
        close(client);
    }
}

/* Ctrl-C or kill: a process that ends closes all its descriptors, and each
 * connection gets its FIN from the kernel. A flag would not do here: set just
 * before accept begins to wait, it would be looked at one client too late. */
static void stop(int signal_number) {
    (void)signal_number;
    _exit(EXIT_SUCCESS);
}

static void catch_signals(void) {
    struct sigaction ending = {.sa_handler = stop};
    sigaction(SIGINT, &ending, NULL);
    sigaction(SIGTERM, &ending, NULL);
    /* Sending to a peer that is gone raises SIGPIPE, which ends the process.
     * Ignored, the same news comes as send's error EPIPE. */
    struct sigaction ignored = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignored, NULL);
}

#define FORM "usage: 101_echo_server [--host ADDR] [--port N]\n"

static void bad_usage(const char *what, const char *which) {
    fprintf(stderr, "101_echo_server: %s %s; " FORM, what, which);
    exit(2);
}

/* Fills the address to listen at. 127.0.0.1 unless told otherwise: a lesson
 * should not be reachable from the network. */
static void read_options(int argc, char **argv, struct sockaddr_in *addr) {
    *addr = (struct sockaddr_in){.sin_family = AF_INET};
    addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr->sin_port = htons(7101); /* network order: the high byte first */

    for (int i = 1; i < argc; i += 2) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(FORM, stdout);
            exit(EXIT_SUCCESS);
        }
        int is_host = strcmp(argv[i], "--host") == 0;
        if (!is_host && strcmp(argv[i], "--port") != 0)
            bad_usage("unknown argument", argv[i]);
        if (i + 1 == argc) bad_usage("nothing follows", argv[i]);
        char *end, *value = argv[i + 1];
        if (is_host) {
            if (inet_pton(AF_INET, value, &addr->sin_addr) != 1)
                bad_usage("not an IPv4 address:", value);
            continue;
        }
        long port = strtol(value, &end, 10);
        if (*value < '0' || *value > '9' || *end != '\0' || port > 65535)
            bad_usage("not a port:", value);
        addr->sin_port = htons((uint16_t)port);
    }
}

int main(int argc, char **argv) {
    struct sockaddr_in addr;
    char host[INET_ADDRSTRLEN];
    read_options(argc, argv, &addr);
    catch_signals();

    int listener = open_listener(&addr);
    inet_ntop(AF_INET, &addr.sin_addr, host, sizeof host);
    unsigned port = ntohs(addr.sin_port);
    if (listener == -1) {
        fprintf(stderr, "cannot listen: port %u at %s: ", port, host);
        perror(NULL);
        return EXIT_FAILURE;
    }
    printf("listening on %s:%u\n", host, port);
    fflush(stdout); /* a pipe, unlike a terminal, would hold the line back */
    serve(listener);
}
