/*
 * dialer.h: the connections that a client machine requests, and its terminal
 *
 *   dials: number changes  -> connect, close      out -> sockets
 *   sockets -> BYTES, LOST      terminal -> LINE, END_OF_INPUT
 *   clock   -> TIMEOUT
 *
 * The dialer is like tcp/console.h, but for several connections to one server
 * that open and close: see packets/dial.h. One poll waits for all of them. Only
 * connecting blocks, for up to LIMIT_CONNECT_MS but not beyond the time-out.
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
        bool is_broken; /* it accepts no more output */
    } conns[DIALER_MAX];
    unsigned next;      /* the connection that is checked first */
    int input;          /* where lines come from */
    struct lines typed; /* from input */
    const char *text;   /* returned instead of lines */
    bool has_text;      /* text is, or was, the only line */
    bool is_at_end;     /* END_OF_INPUT was returned */
    unsigned rounds;    /* after the time-out */
    unsigned looked;    /* connections checked after the last line */
    const char *why;    /* of LOST; NULL: the server ended it */
    char reason[200];
};

enum dialer_event {
    DIALER_BYTES,        /* *data from connection *conn; writable */
    DIALER_LOST,         /* connection *conn: see why */
    DIALER_LINE,         /* *data, without its line end */
    DIALER_END_OF_INPUT, /* once */
    DIALER_TIMEOUT,      /* until_ms has passed */
    DIALER_FAILED,       /* errno: EMSGSIZE: a line is over max_line bytes */
};

/* Begins, and fills seed with n random bytes. text is the only line; NULL:
 * lines of at most max_line bytes are read from standard input. Ignores
 * SIGPIPE. host, port and text must stay valid. -1 and errno: no random
 * bytes. */
int dialer_open(struct dialer *d, const char *host, const char *port,
                const char *text, size_t max_line, uint8_t *seed, size_t n);
void dialer_close(struct dialer *d);

/* Opens and closes connections as the count dials say, sends their outs, and
 * waits for one event; *data is valid until the next call. Lines are read only
 * if reads_lines. until_ms is a time of tcp/clock.h; INT64_MAX: no limit. Input
 * from before until_ms is returned before TIMEOUT, but no peer can delay
 * TIMEOUT. */
enum dialer_event dialer_wait(struct dialer *d, struct dial *dials,
                              unsigned count, bool reads_lines,
                              int64_t until_ms, unsigned *conn,
                              struct span *data);

#endif
