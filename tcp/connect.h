/*
 * connect.h: a connected socket, by name
 *
 * getaddrinfo may know several addresses of one name (::1 and 127.0.0.1 of
 * localhost): they are tried in turn until one answers, as written out in
 * tcp/102_echo_client.c, which introduced this. Blocking; no time limit but the
 * kernel's. Introduced in tcp/102_echo_client.c.
 */
#ifndef TCP_CONNECT_H
#define TCP_CONNECT_H

#include <stddef.h>

/* Connects to host at port, a number or a service's name. Returns a blocking,
 * close-on-exec descriptor, which the caller closes; or -1, and why (of
 * capacity n) says what went wrong with the last address tried. */
int connect_to(const char *host, const char *port, char *why, size_t n);

/* Splits "HOST:PORT" ("[::1]:7001", "localhost:7001") in place: *host and
 * *port then point into text. 0, or -1 if it is not of that form. */
int connect_split(char *text, char **host, char **port);

/* Where a URL leads: "ws://[::1]:7408/chat". */
struct connect_url {
    char authority[280]; /* "[::1]:7408", as a Host field has it */
    char split[280];     /* its parts, */
    char *host, *port;   /* "::1" and "7408" */
    const char *path;    /* "/chat", lent from the text; "" when left out */
};

/* Reads text, which must begin with scheme ("ws://") and name a port, and have
 * no "#". 0, or -1 if it is not of that form. */
int connect_parse(struct connect_url *u, const char *text, const char *scheme);

/* Both ends of a new TCP connection on the loopback, for a program that plays
 * both: ends[0] has connected, ends[1] was accepted. Both blocking; the caller
 * closes them. -1 and errno. */
int connect_pair(int ends[2]);

#endif
