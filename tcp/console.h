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

#include "packets/backoff.h"
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
    int fd, input;      /* the socket, or -1; where lines come from */
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
    CONSOLE_LOST,         /* the connection broke: errno, ECONNRESET perhaps */
    CONSOLE_FAILED,       /* errno: EMSGSIZE: a line is over max_line bytes, or
                             output over max_out; or ENOMEM */
};

/* Begins without a connection; the turn is WAITING. text is the only line;
 * NULL: lines of at most max_line bytes are read from standard input. At most
 * max_out bytes wait to be sent. Ignores SIGPIPE. */
void console_init(struct console *c, const char *text, size_t max_line,
                  size_t max_out);
void console_close(struct console *c);

/* Fills seed with n random bytes, and connects to host and port. False: there
 * is no connection, and a line on stderr says why. */
bool console_connect(struct console *c, const char *host, const char *port,
                     uint8_t *seed, size_t n);

/* Closes the connection, and drops out. */
void console_hang_up(struct console *c);

/* Waits, without a connection, before the next attempt, and prints how long it
 * waits. It reads no line meanwhile. */
void console_back_off(struct console *c, struct backoff *b);

/* Sends out and waits for one event; its bytes are *data. Input of the server
 * is valid until the next call, a line until a call in which the turn is READY.
 * Input of the server is returned before the next line, since it may be a
 * reason not to send the line. While the server does not accept output, its
 * input is not read. Input from before a deadline is returned even if the
 * deadline has passed since. */
enum console_event console_wait(struct console *c, struct span *data);

/* Prints what LOST or TIMEOUT means to the user. Returns 1, main's exit status;
 * for FAILED it ends the process with that status. */
int console_report(const struct console *c, enum console_event event);

/* Sets the turn, and its deadline to ms from now (-1: none). */
void console_set_turn(struct console *c, enum console_turn turn, int ms);

#endif
