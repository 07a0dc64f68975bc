/*
 * console.h: waits for a client's socket and its terminal at once
 *
 *   socket  -> BYTES, EOF            terminal -> LINE, END_OF_INPUT
 *   clock   -> TIMEOUT               out      -> socket, as it has space
 *
 * One poll waits for all of them, so that the client answers a ping while the
 * user thinks. Client and server take turns: a line is read only when it can be
 * sent. A deadline is a point in time: input does not move it. There is one
 * console per program. Introduced in websocket/409_echo_client.c.
 */
#ifndef TCP_CONSOLE_H
#define TCP_CONSOLE_H

#include "packets/limits.h"
#include "tcp/lines.h"

#define CONSOLE_LIMITS(X)                                                      \
    X(LIMIT_HANDSHAKE_MS, 10000, "ms", "until the server is ready: give up")   \
    X(LIMIT_ANSWER_MS, 30000, "ms", "for an answer: give up")                  \
    X(LIMIT_CLOSE_MS, 2000, "ms", "for the server's close: end without it")

enum console_limits {
    CONSOLE_LIMITS(LIMIT_ENUM)
};

enum console_turn {
    CONSOLE_WAITING, /* for a reply */
    CONSOLE_READY,   /* the next line may be read and sent */
    CONSOLE_CLOSING, /* nothing more will be sent, so no line is read */
};

struct console {
    int fd, input;      /* the socket; where lines come from */
    struct buf out;     /* the program appends output */
    struct lines typed; /* from input */
    const char *text;   /* returned instead of lines */
    enum console_turn turn;
    int64_t deadline_ms;  /* on the monotonic clock; INT64_MAX: none */
    bool has_text;        /* text is, or was, the only line */
    bool is_at_end;       /* END_OF_INPUT was returned */
    bool is_broken;       /* the socket accepts no more output */
    bool had_last_chance; /* the socket was read from after the deadline */
    bool has_looked;      /* the socket was polled after the last line */
};

enum console_event {
    CONSOLE_BYTES,        /* from the server; writable */
    CONSOLE_LINE,         /* without its line end */
    CONSOLE_END_OF_INPUT, /* once */
    CONSOLE_EOF,          /* the server ended the connection */
    CONSOLE_TIMEOUT,      /* the deadline has passed */
    CONSOLE_FAILED,       /* errno: EMSGSIZE: a line is over max_line bytes, or
                             what is to be sent is over max_out; ENOMEM; or the
                             connection is lost */
};

/* Takes over fd, a connected socket; the turn is WAITING. text is the only
 * line; NULL: lines of at most max_line bytes are read from standard input. At
 * most max_out bytes wait to be sent. Ignores SIGPIPE. Returns 0, or -1 and
 * errno. */
int console_open(struct console *c, int fd, const char *text, size_t max_line,
                 size_t max_out);
void console_close(struct console *c);

/* Connects to host and port, opens the console, and fills seed with n random
 * bytes; or ends the process with status 1 after a line on stderr. */
void console_start(struct console *c, const char *host, const char *port,
                   const char *text, size_t max_line, size_t max_out,
                   uint8_t *seed, size_t n);

/* Sends out and waits for one event; its bytes are *data, valid until the next
 * call. Input of the server is returned before the next line, since it may be a
 * reason not to send the line. While the server does not accept output, its
 * input is not read. Input from before a deadline is returned even if the
 * deadline has passed since. */
enum console_event console_wait(struct console *c, struct span *data);

/* Sets the turn, and its deadline to ms from now (-1: none). */
void console_set_turn(struct console *c, enum console_turn turn, int ms);

#endif
