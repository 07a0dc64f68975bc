/*
 * ask.c: sends its input to a server and prints what the server sends
 *
 *   $ printf 'GET / HTTP/1.0\r\n\r\n' | bin/ask localhost:7401
 *
 * Sends all bytes of stdin unchanged, then a FIN, and prints what arrives until
 * the server sends a FIN, too. So requests and responses may have any number of
 * lines. A terminal shows control characters as "\x1b" (tcp/terminal.h); a pipe
 * gets them as they are. Exit status 1, with one line on stderr, if there is no
 * connection.
 */
#include "packets/url.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/terminal.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define USAGE "usage: ask HOST:PORT < FILE\n"

static uint8_t bytes[4096];

/* Returns how many of the first n bytes may be printed: all lines that are
 * complete, so that no character is in two parts; or all, if no more fit. */
static size_t printable(size_t n) {
    if (n == sizeof bytes) return n;
    while (n > 0 && bytes[n - 1] != '\n') n--;
    return n;
}

/* Prints what the server sends until its FIN. */
static void receive(int fd) {
    size_t kept = 0;
    ssize_t n;
    while ((n = io_recv(fd, bytes + kept, sizeof bytes - kept)) > 0) {
        kept += (size_t)n;
        size_t printed = printable(kept);
        terminal_write(stdout, (struct span){bytes, printed});
        kept -= printed;
        memmove(bytes, bytes + printed, kept);
    }
    terminal_write(stdout, (struct span){bytes, kept});
}

static int ask(int fd) {
    ssize_t n;
    while ((n = read(STDIN_FILENO, bytes, sizeof bytes)) > 0)
        if (io_send_all(fd, bytes, (size_t)n) == -1) break; /* still receive */
    shutdown(fd, SHUT_WR);
    receive(fd);
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
