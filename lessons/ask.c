/*
 * ask.c: sends its input to a server and prints what the server sends
 *
 *   $ printf 'GET / HTTP/1.0\r\n\r\n' | bin/ask localhost:7401
 *
 * Sends all bytes of stdin unchanged, then a FIN, and prints what arrives until
 * the server sends a FIN, too. So requests and responses may have any number of
 * lines. Exit status 1, with one line on stderr, if there is no connection.
 */
#include "packets/url.h"
#include "tcp/connect.h"
#include "tcp/io.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define USAGE "usage: ask HOST:PORT < FILE\n"

static int ask(int fd) {
    char bytes[4096];
    ssize_t n;
    while ((n = read(STDIN_FILENO, bytes, sizeof bytes)) > 0)
        if (io_send_all(fd, bytes, (size_t)n) == -1) break; /* still receive */
    shutdown(fd, SHUT_WR);
    while ((n = io_recv(fd, bytes, sizeof bytes)) > 0)
        fwrite(bytes, 1, (size_t)n, stdout);
    close(fd);
    return 0;
}

int main(int argc, char **argv) {
    char *host, *port, why[256];
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(USAGE, stdout);
        return 0;
    }
    if (argc != 2 || url_split_host_port(argv[1], &host, &port) != 0) {
        fprintf(stderr, "ask: %s; " USAGE,
                argc < 2 ? "HOST:PORT is missing" : "not one HOST:PORT");
        return 2;
    }
    int fd = connect_to(host, port, why, sizeof why);
    if (fd != -1) return ask(fd);
    fprintf(stderr, "ask: %s\n", why);
    return 1;
}
