/*
 * 101_echo_server.c: the smallest TCP server that is complete
 *
 * Shows       socket, bind, listen and accept: four calls make a process a
 *             server. Then recv and send until the client ends its side.
 * By hand     All of it. Later lessons call tcp/listen.h and tcp/options.h.
 * Run         $ bin/101_echo_server --port 7101 --trace &
 *             $ bin/102_echo_client 127.0.0.1:7101 hello
 * Try         Run "nc 127.0.0.1 7101" in two terminals. The second one is
 *             connected, but nothing comes back. Which call waits, and where?
 * Limits      One silent client keeps all others waiting, and so does a trace
 *             that no one reads: 111_fork_server. IPv4 only: 121_dual_stack.
 * Read        RFC 9293 §3.5 (opening), §3.6 (closing); socket(7), tcp(7)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int is_traced; /* --trace: a line on stderr for each event */
static char name[32]; /* the client's address: "127.0.0.1:53422" */

/* Makes the first three of the four calls. *addr is where to listen; the kernel
 * chooses the port if it is 0. Returns the descriptor, or -1 and errno. */
static int open_listener(struct sockaddr_in *addr) {
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* IPv4, a stream of bytes: TCP */
    /* Connections of an earlier server on this port may still be in TIME-WAIT
     * (RFC 9293 §3.6.1; see 108). SO_REUSEADDR allows bind in spite of them. */
    int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)addr, sizeof *addr) == -1) return -1;
    if (listen(fd, SOMAXCONN) == -1) return -1;
    socklen_t size = sizeof *addr;
    getsockname(fd, (struct sockaddr *)addr, &size);
    return fd;
}

/* Sends back everything that the client sends, until it ends its side: recv
 * then returns 0. Returns 0, or -1 and errno if the connection failed. */
static int echo(int client) {
    char bytes[4096];
    ssize_t received, sent;
    while ((received = recv(client, bytes, sizeof bytes, 0)) > 0) {
        if (is_traced) fprintf(stderr, "<- %s %zd B\n", name, received);
        /* send returns how many bytes the kernel has accepted, which may be
         * fewer than requested: TCP is a stream and has no messages. */
        for (ssize_t done = 0; done < received; done += sent) {
            sent = send(client, bytes + done, (size_t)(received - done), 0);
            if (sent == -1) return -1;
            if (is_traced) fprintf(stderr, "-> %s %zd B\n", name, sent);
        }
    }
    return (int)received;
}

/* Serves one client at a time. accept returns a new descriptor for each. */
static void serve(int listener) {
    for (;;) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        int client = accept(listener, (struct sockaddr *)&peer, &size);
        if (client == -1) continue; /* for example, the client has left */
        snprintf(name, sizeof name, "%s:%u", inet_ntoa(peer.sin_addr),
                 ntohs(peer.sin_port));
        if (is_traced) fprintf(stderr, "<- %s connected\n", name);
        if (echo(client) == -1) perror("echo");
        if (is_traced) fprintf(stderr, "-- %s closed\n", name);
        close(client);
    }
}

/* Ctrl-C and kill end the process. The kernel then closes its descriptors, and
 * sends a FIN on each connection. */
static void on_signal(int signal_number) {
    (void)signal_number;
    _exit(EXIT_SUCCESS);
}

/* Sets the port of *addr to the number in text. Returns 0 if it is not one. */
static int set_port(struct sockaddr_in *addr, const char *text) {
    long port = strtol(text, NULL, 10);
    addr->sin_port = htons((uint16_t)port); /* network byte order */
    return *text && !text[strspn(text, "0123456789")] && port <= 65535;
}

/* Reads the command line into *addr, where to listen, and is_traced. */
static void read_options(int argc, char **argv, struct sockaddr_in *addr) {
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        int is_help = strcmp(argv[i], "--help") == 0;
        if ((strcmp(argv[i], "--port") == 0 && set_port(addr, value)) ||
            (strcmp(argv[i], "--host") == 0 &&
             inet_pton(AF_INET, value, &addr->sin_addr) == 1)) {
            i++; /* the next argument was its value */
        } else if (strcmp(argv[i], "--trace") == 0) {
            is_traced = 1;
        } else {
            fprintf(is_help ? stdout : stderr,
                    "usage: %s [--host ADDR] [--port N] [--trace]\n", argv[0]);
            exit(is_help ? EXIT_SUCCESS : 2);
        }
    }
}

int main(int argc, char **argv) {
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(7101)};
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK); /* not from the network */
    read_options(argc, argv, &addr);

    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGPIPE, SIG_IGN); /* a send to a closed socket returns -1 */

    int listener = open_listener(&addr);
    const char *host = inet_ntoa(addr.sin_addr);
    unsigned port = ntohs(addr.sin_port);
    if (listener == -1) {
        fprintf(stderr, "101_echo_server: cannot listen at %s:%u: %s\n", host,
                port, errno == EADDRINUSE ? "address in use" : strerror(errno));
        return EXIT_FAILURE;
    }
    printf("listening on %s:%u\n", host, port);
    fflush(stdout); /* a pipe, unlike a terminal, is not flushed at each line */
    serve(listener);
}
