/*
 * stream.h: one TCP connection on the loop: reads, sends, ends
 *
 * All streams read into one shared buffer; an idle stream owns only its struct
 * (80 bytes). A stream keeps output that the kernel does not accept; while that
 * is LIMIT_UNREAD bytes or more, it does not read. Introduced in
 * tcp/124_deadlines.c.
 */
#ifndef TCP_STREAM_H
#define TCP_STREAM_H

#include "packets/buf.h"
#include "packets/limits.h"
#include "packets/timer.h"
#include "tcp/loop.h"

/* The largest size of one read, for a peer that sends fast and also reads. */
#define STREAM_READ 524288

#define STREAM_LIMITS(X)                                                       \
    X(LIMIT_UNREAD, 65536, "bytes", "unsent: stop reading from the peer")      \
    X(LIMIT_UNSENT, 1048576, "bytes", "unsent, or one reply: drop the peer")   \
    X(LIMIT_STALLED_MS, 30000, "ms", "unsent without progress: drop the peer")

enum stream_limits {
    STREAM_LIMITS(LIMIT_ENUM)
};

struct stream {
    struct watch watch;
    struct buf unsent;       /* its max is max_unsent of stream_open */
    struct timer stalled;    /* runs while output is unsent, or input awaited */
    struct kept_input *kept; /* see stream_keep; or NULL */
    uint32_t read_size;      /* of the next read */
    bool is_ending;          /* stream_end has been called */
    bool is_awaiting;        /* see stream_await */
    bool is_half_closed; /* the peer's FIN arrived while output was unsent */
};

enum stream_result {
    STREAM_LOST = -1,   /* an error, or unsent over its max: close the stream */
    STREAM_AGAIN = 0,   /* read: no input; send: some output is unsent */
    STREAM_DONE = 1,    /* read: *in has bytes; send: all was sent */
    STREAM_EOF = 2,     /* read: the peer sends no more; it may still read */
    STREAM_STALLED = 3, /* tcp/service.h: see stream_next_stalled */
};

/* Returns the limit of unsent bytes for a server whose largest reply to one
 * message has max_reply bytes. */
size_t stream_max_unsent(size_t max_reply);

/* Takes over fd, which is non-blocking, and watches it: the loop then calls
 * ready. max_unsent: see stream_max_unsent. -1 and errno: fd was closed. */
int stream_open(struct stream *s, struct loop *l, int fd, size_t max_unsent,
                void (*ready)(struct watch *w, unsigned events));

/* Reads once. *in is valid until the next stream_read of any stream; the caller
 * may write to it, for example to unmask a frame in place. After stream_end,
 * input is dropped: STREAM_AGAIN until STREAM_EOF or STREAM_LOST. */
enum stream_result stream_read(struct stream *s, struct loop *l,
                               struct span *in);

/* Keeps rest, the end of the input of stream_read or stream_next_kept, for the
 * next turn, so that other connections are not delayed. The stream does not
 * read until the caller passes an empty rest. STREAM_LOST: no memory. */
enum stream_result stream_keep(struct stream *s, struct loop *l,
                               struct span rest);

/* Returns the next stream with input that was kept before this turn, or NULL.
 * *in is that input, valid until stream_keep or stream_close of the stream. The
 * caller calls stream_keep with the rest. */
struct stream *stream_next_kept(struct span *in);

/* Is input left for the next turn? Then neither wait nor judge time-outs. */
bool stream_is_behind(void);

/* Sends bytes and keeps those that the kernel does not accept: STREAM_AGAIN;
 * LOOP_WRITE then reports when to flush. Ignored after stream_end. */
enum stream_result stream_send(struct stream *s, struct loop *l,
                               struct span bytes);

/* Sends unsent output. STREAM_DONE: the last byte was sent. */
enum stream_result stream_flush(struct stream *s, struct loop *l);

/* stream_end ends the output: a FIN follows the last byte. The caller then
 * calls stream_read until EOF, for a limited time: closing a socket with unread
 * input would send a RST, which may overtake the last reply. stream_close
 * closes the descriptor and frees all memory of the stream. */
void stream_end(struct stream *s, struct loop *l);
void stream_close(struct stream *s, struct loop *l);

/* Call it after input was handled: must the peer continue a message? */
void stream_await(struct stream *s, struct loop *l, bool is_awaiting);

/* Returns a stream without progress for LIMIT_STALLED_MS, with unsent output or
 * awaited input, or NULL; the caller closes it. stream_wait returns the smaller
 * of wait and the ms until one may be due; wait -1: no limit. */
struct stream *stream_next_stalled(int64_t now);
int stream_wait(int64_t now, int wait);

#endif
