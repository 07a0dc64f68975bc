/*
 * dialer.h: the connections that a client machine wants, and its terminal
 *
 *   dials: number changes  -> connect, close      out -> sockets
 *   sockets -> BYTES, LOST      terminal -> LINE, END_OF_INPUT
 *   clock   -> TIMEOUT
 *
 * As tcp/console.h, for several connections to one server that come and go: see
 * packets/dial.h. One poll waits for all of them. To connect is not part of
 * that: it waits up to LIMIT_CONNECT_MS, but not beyond the time-out.
 * Introduced in socketio/507_echo_client.c.
 */
#ifndef TCP_DIALER_H
#define TCP_DIALER_H

#include "packets/dial.h"
#include "tcp/lines.h"

#define DIALER_MAX 3 /* connections */

struct dialer {
    const char *host, *port;
    struct {
        int fd; /* -1: none */
        uint32_t number;
        bool is_broken; /* it accepts nothing any more */
    } conns[DIALER_MAX];
    unsigned next;      /* the connection that is looked at first */
    int input;          /* where lines come from */
    struct lines typed; /* from input */
    const char *text;   /* to be returned instead of lines */
    bool has_text;      /* text is, or was, the only line */
    bool is_at_end;     /* END_OF_INPUT was returned */
    unsigned rounds;    /* in which there was no time left */
    unsigned looked;    /* at so many connections, after the last line */
    const char *why;    /* of LOST; NULL: the server ended it */
    char reason[200];
};

enum dialer_event {
    DIALER_BYTES,        /* *data from connection *conn; may be written to */
    DIALER_LOST,         /* connection *conn: see why */
    DIALER_LINE,         /* *data, without its line end */
    DIALER_END_OF_INPUT, /* once */
    DIALER_TIMEOUT,      /* it is until_ms */
    DIALER_FAILED,       /* errno: EMSGSIZE: a line is over max_line bytes */
};

/* Begins, and fills seed with n random bytes. text is the only line, unless it
 * is NULL: then lines of at most max_line bytes come from standard input.
 * Ignores SIGPIPE. The texts stay valid. -1 and errno: no random bytes. */
int dialer_open(struct dialer *d, const char *host, const char *port,
                const char *text, size_t max_line, uint8_t *seed, size_t n);
void dialer_close(struct dialer *d);

/* Opens and closes what dials (count of them) say, sends what is in their outs,
 * and waits for one event; *data is lent until the next call. Lines are read
 * only if reads_lines. until_ms is a time of tcp/clock.h; INT64_MAX: no limit.
 * What arrived before it is returned before TIMEOUT, but no peer can put
 * TIMEOUT off. */
enum dialer_event dialer_wait(struct dialer *d, struct dial *dials,
                              unsigned count, bool reads_lines,
                              int64_t until_ms, unsigned *conn,
                              struct span *data);

#endif
