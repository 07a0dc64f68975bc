/*
 * service.h: the connections of a server, from listening to the last close
 *
 *   service_listen, service_run     a client -> on_connection -> service_open
 *     bytes, EOF, no progress, or output is sent  -> on_ready
 *     the end of each turn                        -> on_turn
 *     SIGINT or SIGTERM                           -> on_shutdown
 *   service_close                   <- the program, from any of them
 *
 * It joins tcp/acceptor.h and tcp/stream.h, counts the connections that are
 * open, and traces how they begin and end. What arrives, and what is sent, is
 * the program's. The streams are the program's, too, in a table by descriptor:
 * small, and used again only after service_close. One service per program,
 * because there is one loop. Introduced in websocket/401_http.c.
 */
#ifndef TCP_SERVICE_H
#define TCP_SERVICE_H

#include "tcp/stream.h"

struct service {
    /* A client. The program calls service_open for a stream. */
    void (*on_connection)(int fd);

    /* STREAM_DONE: in has arrived, valid until the next on_ready; or in is
     * empty, and the last byte of output is sent. STREAM_EOF, STREAM_LOST or
     * STREAM_STALLED: the program ends s. */
    void (*on_ready)(struct stream *s, enum stream_result result,
                     struct span in);

    /* Ends what is due at now. Returns how many ms later something else will be
     * (-1: nothing is started). */
    int (*on_turn)(int64_t now);

    /* Ends every connection in an orderly way. */
    void (*on_shutdown)(void);

    const char *refusal; /* for a client when descriptors run out, or NULL */
};

/* How many descriptors connections may use, after raising the soft limit: each
 * number is less than this. */
uint32_t service_max(void);

/* Opens the trace, if it is on, and *loop, which SIGINT and SIGTERM will end;
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

/* As stream_end. */
void service_end(struct stream *s);

/* Closes s at once. why: for the trace. */
void service_close(struct stream *s, const char *why);

#endif
