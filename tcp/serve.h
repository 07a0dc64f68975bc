/*
 * serve.h: what every server's main shares: options, the listening line, and
 * accepting under pressure
 *
 *   usage: 506_echo_server [--host ADDR] [--port N] [--ping-interval MS] ...
 *
 * Options are a table, so each program shows its own and no parsing. This and
 * the programs are the only places that print. Introduced in tcp/101_echo_server.c.
 */
#ifndef TCP_SERVE_H
#define TCP_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "packets/timer.h"
#include "tcp/loop.h"

/* One option. At most one of number, text and flag is set: where it goes. What
 * stood there before is the default. A table is made of the rows below, and
 * SERVE_END is its last. */
struct serve_option {
    const char *name;     /* "--ping-interval" */
    const char *argument; /* "MS", as the usage shows it; NULL for a flag */
    const char *help;     /* a few words */
    uint32_t *number;
    uint32_t least, most; /* of number, both included */
    const char **text;
    bool *flag;
};

#define SERVE_NUMBER(name_, argument_, help_, where, least_, most_)            \
    {                                                                          \
        .name = (name_), .argument = (argument_), .help = (help_),             \
        .number = (where), .least = (least_), .most = (most_)                  \
    }
#define SERVE_TEXT(name_, argument_, help_, where)                             \
    {                                                                          \
        .name = (name_), .argument = (argument_), .help = (help_),             \
        .text = (where)                                                        \
    }
#define SERVE_FLAG(name_, help_, where)                                        \
    { .name = (name_), .help = (help_), .flag = (where) }
#define SERVE_END                                                              \
    { .name = NULL }

/* Rows that several servers have. --limits needs no place: serve_options
 * answers it with the table of packets/limits.h. */
#define SERVE_HOST(where)                                                      \
    SERVE_TEXT("--host", "ADDR", "address to listen at", where)
#define SERVE_PORT(where)                                                      \
    SERVE_NUMBER("--port", "N", "port, 0: any free one", where, 0, 65535)
#define SERVE_MS(name_, help_, where) /* at most an hour */                    \
    SERVE_NUMBER(name_, "MS", help_, where, 1, 3600000)
#define SERVE_CORS(where)                                                      \
    SERVE_TEXT("--cors", "ORIGIN", "let its pages in; '*': all", where)
#define SERVE_LIMITS SERVE_FLAG("--limits", "print every limit and end", NULL)

/* Reads the options of argv. Returns -1: go on; otherwise main's exit status:
 * 0 after --help or --limits (which print to stdout), 2 after a usage line on
 * stderr that says what was wrong. operands: how many arguments that are no
 * options are taken (a client's URL): they are moved to argv[1] and on, with a
 * NULL after the last, and any other number of them is a usage error. shown
 * names them, "URL [TEXT]": one in brackets may be left out. Also opens
 * /dev/null as each of 0, 1 and 2 that is closed, lest a socket become it. */
int serve_options(int argc, char **argv, const struct serve_option *options,
                  int operands, const char *shown);

/* The same for an experiment. Its only option, --break, sets wrong: does it the
 * wrong way, and what says which. */
int serve_break(int argc, char **argv, const char *what, bool *wrong);

/* Listens and prints "listening on HOST:PORT". Returns the descriptor,
 * blocking; or -1 after one line on stderr that names the port: exit 1. */
int serve_listen(const char *host, uint32_t port);

/* The listening end on a loop. At the descriptor limit the listener would be
 * ready for ever and the loop would spin: then a spare descriptor is given up
 * to accept one client and close it, and listening rests for 100 ms. */
struct serve {
    struct watch watch; /* first: ready gets a pointer to it */
    struct loop *loop;
    struct timers resting;
    struct timer rest;
    int spare;
    int most; /* descriptors from here on are refused */
    void (*accepted)(int fd);
    const char *refusal; /* sent to whom we cannot serve; NULL: nothing */
};

/* Starts accepting on fd (from serve_listen) and raises the soft descriptor
 * limit to the hard one. accepted gets each new connection, non-blocking, and
 * must take or close it; a descriptor of most or over gets refusal (which is
 * the caller's to set, before or after) and is closed. *s must not move. -1
 * and errno, then fd is still the caller's. */
int serve_open(struct serve *s, struct loop *l, int fd, int most,
               void (*accepted)(int fd));

/* Accepts again when a rest is over; call it once a turn. serve_wait: the
 * smaller of wait and the ms until then (-1: for ever). */
void serve_tick(struct serve *s);
int serve_wait(const struct serve *s, int wait);

/* Stops listening and closes the descriptors; a second time does nothing. */
void serve_close(struct serve *s);

/* Turns the loop until SIGINT or SIGTERM. late is called once a turn: it does
 * what is due at now and returns how many ms the next turn may wait (-1: for
 * ever). After the signal nobody is accepted any more and leave is called, to
 * say goodbye; the loop then turns until *open, the number of connections, is
 * 0, or until a second signal. Returns main's exit status. */
int serve_run(struct serve *s, int (*late)(int64_t now), void (*leave)(void),
              const int *open);

/* How many descriptors connections may have, after raising the soft limit: a
 * few less than the process, so that who comes too late can be told so; and
 * below 65 536, so that a table of so many entries is bounded. */
int serve_descriptors(void);

#endif
