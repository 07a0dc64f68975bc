/*
 * acceptor.h: accepts connections on the loop, also when descriptors run out
 *
 *   listener readable -> accept -> on_connection(fd)      at most 64 a turn
 *   EMFILE, ENFILE    -> refuse one client, pause 100 ms, resume
 *
 * At the descriptor limit the listener stays readable, and a loop that only
 * tried again would use all of the CPU. So the acceptor keeps one descriptor in
 * reserve. At the limit it closes that one, accepts a client, sends it a
 * refusal, and stops watching the listener for a while. Introduced in
 * websocket/401_http.c.
 */
#ifndef TCP_ACCEPTOR_H
#define TCP_ACCEPTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "packets/limits.h"
#include "packets/timer.h"
#include "tcp/loop.h"

#define ACCEPTOR_LIMITS(X)                                                     \
    X(LIMIT_SHUTDOWN_MS, 1900, "ms", "still open after SIGTERM: drop")

enum acceptor_limits {
    ACCEPTOR_LIMITS(LIMIT_ENUM)
};

struct acceptor { /* must not move while open */
    struct watch watch;
    struct loop *loop;
    struct timers pauses;
    struct timer pause;
    int spare; /* the descriptor in reserve, or -1 */
    int max_fd;
    void (*on_connection)(int fd);
    const char *refusal; /* sent to a client that is refused, or NULL */
};

/* Starts accepting on fd (from listen_announce) and raises the soft descriptor
 * limit to the hard one. on_connection gets each new connection, non-blocking,
 * and must keep or close it. If a descriptor would be max_fd or more, the
 * client gets refusal, which the caller sets, and is closed. -1 and errno on
 * failure; fd is then still the caller's. */
int acceptor_open(struct acceptor *a, struct loop *l, int fd, int max_fd,
                  void (*on_connection)(int fd));

/* acceptor_resume watches the listener again after a pause; call it once a
 * turn. acceptor_wait returns the smaller of wait and the ms until a pause is
 * over; wait -1: no limit. */
void acceptor_resume(struct acceptor *a);
int acceptor_wait(const struct acceptor *a, int wait);

/* Stops listening and closes the descriptors. May be called twice. */
void acceptor_close(struct acceptor *a);

/* Runs the loop until SIGINT or SIGTERM; returns main's exit status. After
 * every turn on_timeout gets loop_caught_up_ms: it closes what is due at that
 * time and returns the ms until the next time-out (-1: none). The first signal
 * closes the listener and calls on_shutdown, which ends all connections in an
 * orderly way. The loop then ends when *open_count, the number of connections,
 * is 0, at a second signal, or LIMIT_SHUTDOWN_MS after the first; 1 ms earlier
 * for each 20 open connections, because closing them takes time, but not
 * before a quarter of the limit. */
int acceptor_run(struct acceptor *a, int (*on_timeout)(int64_t now),
                 void (*on_shutdown)(void), const int *open_count);

/* Raises the soft limit and returns how many descriptors connections may use: a
 * few less than the process may have, and at most 65 536. */
int acceptor_descriptors(void);

#endif
