/*
 * url.h: parses "HOST:PORT" and URLs
 *
 *   ws://[::1]:7408/chat?a=1     scheme, authority "[::1]:7408", path
 *        [::1]:7408              host "::1", port "7408"
 *
 * A small part of RFC 3986: a port is required; user names and fragments are
 * refused; nothing is decoded. Introduced in tcp/102_echo_client.c.
 */
#ifndef PACKETS_URL_H
#define PACKETS_URL_H

enum url_error {
    URL_ERR_FORM = -1, /* not HOST:PORT, or not scheme HOST:PORT [/PATH] */
    URL_ERR_PORT = -2, /* not a decimal number from 1 to 65535 */
};

/* Splits "HOST:PORT" in place: *host and *port then point into text. An IPv6
 * address must be in brackets, and *host is without them. Returns 0, or an
 * error: then text is unchanged. */
int url_split_host_port(char *text, char **host, char **port);

struct url {
    char authority[280]; /* "[::1]:7408", for a Host field */
    char split[280];     /* a copy of authority, which is split into: */
    char *host, *port;   /* "::1" and "7408" */
    const char *path;    /* "/chat?a=1", points into text; "": there is none */
};

/* Parses text, which must begin with scheme ("ws://") and contain printable
 * ASCII only. Returns 0 or an error. *u must not be copied: it points into
 * itself. */
int url_parse(struct url *u, const char *text, const char *scheme);

#endif
