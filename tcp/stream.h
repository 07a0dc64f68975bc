/*
 * stream.h: one TCP connection on the loop: reading, sending, ending
 *
 * All streams read into one shared buffer; an idle stream owns no memory
 * beyond its struct. What the kernel does not take is kept, and then reading
 * pauses until it is gone: a peer that does not read is not read from.
 * Introduced in tcp/114_epoll_server.c.
 */
#ifndef TCP_STREAM_H
#define TCP_STREAM_H

#include "packets/buf.h"
#include "packets/limits.h"
#include "packets/timer.h"
#include "tcp/loop.h"

/* One read takes in this much: at 128 KiB big messages cost twice as much. */
#define STREAM_READ (512 * 1024)

#define STREAM_LIMITS(X)                                                       \
    X(LIMIT_UNSENT, 1048576, "bytes", "a reader too slow: drop")               \
    X(LIMIT_STUCK_MS, 30000, "ms", "unsent without progress: drop")

enum stream_limits {
    STREAM_LIMITS(LIMIT_ENUM)
};

struct stream {
    struct watch watch; /* the first member: ready gets a pointer to it */
    struct buf unsent;  /* max: the hard limit for a slow reader */
    struct timer stuck; /* runs while there is unsent output */
    bool ending;        /* stream_end has been called */
};

enum stream_result {
    STREAM_LOST = -1, /* drop it: an error, or unsent over its max */
    STREAM_AGAIN = 0, /* nothing now */
    STREAM_OPEN = 1,
    STREAM_EOF = 2, /* the peer sends no more; it may still read */
};

/* Takes over fd, non-blocking, and watches it. The caller says how much may
 * stay unsent: at least one reply of the largest message. -1 and errno, then
 * fd is still the caller's. */
int stream_open(struct stream *s, struct loop *l, int fd, uint32_t max_unsent,
                void (*ready)(struct watch *w, unsigned what));

/* Reads once. *in is lent until the next stream_read of any stream, and may be
 * written to (that is how a frame is unmasked in place). After stream_end what
 * arrives is thrown away: STREAM_AGAIN until STREAM_EOF or STREAM_LOST. */
enum stream_result stream_read(struct stream *s, struct span *in);

/* Sends bytes, keeping what the kernel refuses: STREAM_OPEN when all is gone,
 * STREAM_AGAIN when some is kept. After stream_end: ignored. */
enum stream_result stream_send(struct stream *s, struct loop *l,
                               struct span bytes);

/* On LOOP_WRITE: sends on. STREAM_OPEN once nothing is left and reading has
 * resumed; STREAM_AGAIN until then. */
enum stream_result stream_flush(struct stream *s, struct loop *l);

/* No more output: a FIN once all is sent. Input is then read and thrown away
 * by stream_read until EOF: closing with unread input would send a RST, which
 * may overtake the last reply. The caller limits the time. */
void stream_end(struct stream *s, struct loop *l);

/* Unwatches, closes the descriptor and frees what was unsent. */
void stream_close(struct stream *s, struct loop *l);

/* A stream whose output has made no progress for LIMIT_STUCK_MS, or NULL: the
 * caller drops it. stream_wait: the smaller of wait and the ms until one may
 * be due (-1: for ever). */
struct stream *stream_next_stalled(int64_t now);
int stream_wait(int64_t now, int wait);

#endif
