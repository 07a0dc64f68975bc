/*
 * service.h: the connections of a server, from listening to the last close
 *
 *   service_listen, service_run     a client -> on_connection -> service_open
 *     bytes, EOF, no progress, or output is sent  -> on_ready
 *     the end of each turn                        -> on_turn
 *     SIGINT or SIGTERM                           -> on_shutdown
 *   service_close                   <- the program, from any of them
 *
 * The service combines tcp/acceptor.h and tcp/stream.h, counts open
 * connections, and traces their begin and end. The program handles input and
 * output. It also owns the streams, in a table by descriptor: small numbers,
 * used again only after service_close. There is one service per program,
 * because there is one loop. Introduced in websocket/401_http.c.
 */
#ifndef TCP_SERVICE_H
#define TCP_SERVICE_H

#include "tcp/stream.h"

struct service {
    /* A client. The program calls service_open for a stream. */
    void (*on_connection)(int fd);

    /* STREAM_DONE: in has arrived, valid until the next on_ready; or in is
     * empty, and the last byte of output was sent. STREAM_EOF, STREAM_LOST or
     * STREAM_STALLED: the program ends s. */
    void (*on_ready)(struct stream *s, enum stream_result result,
                     struct span in);

    /* Ends what is due at now. Returns the ms until the next time-out (-1:
     * none). */
    int (*on_turn)(int64_t now);

    /* Ends every connection in an orderly way. */
    void (*on_shutdown)(void);

    const char *refusal; /* sent to a client when descriptors run out, or
                            NULL */
};

/* Raises the soft limit and returns how many descriptors connections may use:
 * each number is less than this. */
uint32_t service_max(void);

/* Opens the trace, if it is on, and *loop, which SIGINT and SIGTERM end;
 * listens at host and port, and prints "listening on HOST:PORT". Returns the
 * listening descriptor, or -1 after one line on stderr: main returns 1. */
int service_listen(struct loop **loop, const char *host, uint32_t port);

/* Serves the clients of fd (from service_listen) with descriptors below max,
 * until SIGINT or SIGTERM, and then for at most LIMIT_SHUTDOWN_MS more. Returns
 * main's exit status, after a line on stderr if it is not 0. */
int service_run(const struct service *program, int fd, uint32_t max);

/* Makes *s the stream of fd. max_unsent: see stream_max_unsent. False: there is
 * no memory, and fd was closed. */
bool service_open(struct stream *s, int fd, size_t max_unsent);

/* Ends the output of s: see stream_end. */
void service_end(struct stream *s);

/* Closes s at once. why: text for the trace. */
void service_close(struct stream *s, const char *why);

#endif
