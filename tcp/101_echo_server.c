/*
 * 101_echo_server.c: the smallest TCP server that is complete
 *
 * Shows       socket, bind, listen and accept: four calls make a process a
 *             server. Then recv and send until the client ends its side.
 * By hand     All of it. Later lessons call tcp/listen.h and tcp/options.h.
 * Run         $ bin/101_echo_server --port 7101 &
 *             $ bin/102_echo_client 127.0.0.1:7101 hello
 * Try         Run "nc 127.0.0.1 7101" in two terminals. The second one is
 *             connected, but nothing comes back. Which call waits, and where?
 * Limits      One silent client keeps all others waiting:
 *             tcp/111_fork_server.c. IPv4 only: tcp/121_dual_stack.c.
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

/* Makes the first three of the four calls. *addr says where to listen; its port
 * may be 0, and is then set to the free port that the kernel has chosen.
 * Returns the listening descriptor, or -1 with errno set. */
static int open_listener(struct sockaddr_in *addr) {
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* IPv4, a stream of bytes: TCP */
    /* Connections of an earlier server on this port may still be in TIME-WAIT
     * (RFC 9293 §3.6.1). SO_REUSEADDR allows bind in spite of them. */
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
        /* send returns how many bytes the kernel has accepted, which may be
         * fewer than requested: TCP is a stream and has no messages. */
        for (ssize_t done = 0; done < received; done += sent) {
            sent = send(client, bytes + done, (size_t)(received - done), 0);
            if (sent == -1) return -1;
        }
    }
    return (int)received;
}

/* Serves one client at a time. accept returns a new descriptor, which is the
 * connection; the listening descriptor stays what it is. */
static void serve(int listener) {
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client == -1) continue; /* it gave up before it was accepted */
        if (echo(client) == -1) perror("echo");
        close(client);
    }
}

/* Ctrl-C and kill end the process. The kernel then closes its descriptors, and
 * sends a FIN on each connection. */
static void on_signal(int signal_number) {
    (void)signal_number;
    _exit(EXIT_SUCCESS);
}

#define USAGE "usage: 101_echo_server [--host ADDR] [--port N]\n"

/* Sets the port of *addr to the number in text. Returns 0 if it is not one. */
static int set_port(struct sockaddr_in *addr, const char *text) {
    long port = strtol(text, NULL, 10);
    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0') return 0;
    addr->sin_port = htons((uint16_t)port); /* network byte order */
    return port <= 65535;
}

/* Reads the command line into *addr: where to listen. */
static void read_options(int argc, char **argv, struct sockaddr_in *addr) {
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--help") == 0) {
            printf(USAGE);
            exit(EXIT_SUCCESS);
        }
        if ((strcmp(argv[i], "--port") == 0 && set_port(addr, value)) ||
            (strcmp(argv[i], "--host") == 0 &&
             inet_pton(AF_INET, value, &addr->sin_addr) == 1)) {
            i++; /* the value was used, too */
            continue;
        }
        const char *why = "not an option, or not with such a value";
        if (strcmp(argv[i], "--host") == 0) why = "not a local IPv4 address";
        if (strspn(argv[i], "0123456789") > 0) why = "did you mean --port N?";
        fprintf(stderr, "101_echo_server: %s %s: %s; " USAGE, argv[i], value,
                why);
        exit(2);
    }
}

int main(int argc, char **argv) {
    /* 127.0.0.1 cannot be reached from the network, which is safe. */
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(7101)};
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    read_options(argc, argv, &addr);

    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    /* Sending to a client that is gone raises SIGPIPE, which ends the process.
     * When it is ignored, send returns -1 instead. */
    signal(SIGPIPE, SIG_IGN);

    char host[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &addr.sin_addr, host, sizeof host);
    int listener = open_listener(&addr);
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
