/*
 * stream_unit.h: a stream over TCP on the loopback, and its peer, for tests
 *
 *   with_both(test);           the test with each back end of the loop
 *   turn();                    one turn; returns what the stream did last
 *   drain(fill(0));            the peer reads what the stream sends
 *
 * Only tests include this file.
 */
#ifndef TCP_STREAM_UNIT_H
#define TCP_STREAM_UNIT_H

#include "packets/container.h"
#include "packets/unit.h"
#include "tcp/io.h"
#include "tcp/pair.h"
#include "tcp/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PIECE = 32 * 1024, /* less than LIMIT_UNREAD */
    FIRST_READ = 64 * 1024,
    MAX_UNSENT = 16 * 1024 * 1024
};

static struct loop *loop;
static struct stream stream; /* our end */
static int peer;             /* the other, blocking */

/* What the callback saw last. */
static enum stream_result result;
static struct span in;
static int reads, writes;

static inline void on_ready(struct watch *w, unsigned events) {
    struct stream *s = container_of(w, struct stream, watch);
    result = STREAM_AGAIN;
    if (events & LOOP_WRITE) {
        writes++;
        result = stream_flush(s, loop);
    }
    if (events & LOOP_READ && result != STREAM_LOST) {
        reads++;
        result = stream_read(s, loop, &in);
    }
}

static inline void open_ends(uint32_t max_unsent) {
    int ends[2];
    check(pair_open(ends) == 0, "pair_open");
    check(io_nonblocking(ends[1]) == 0, "io_nonblocking");
    peer = ends[0];
    reads = writes = 0;
    UNIT_INT(stream_open(&stream, loop, ends[1], max_unsent, on_ready), 0);
}

static inline void close_ends(void) {
    stream_close(&stream, loop);
    if (peer != -1) close(peer);
}

static inline void with_both(void (*test)(void)) {
    for (int i = 0; i < 2; i++) {
        setenv("LOOP_POLL", i ? "1" : "0", 1);
        loop = loop_open();
        if (!loop) abort();
        open_ends(MAX_UNSENT);
        test();
        close_ends();
        loop_close(loop);
    }
    unsetenv("LOOP_POLL");
}

static inline enum stream_result turn(void) {
    UNIT_INT(loop_turn(loop, -1), 1);
    return result;
}

static inline uint8_t pattern(size_t i) {
    return (uint8_t)(i * 7 + i / 253);
}

/* Sends the pattern from byte at until the kernel accepts no more; returns
 * where it stopped. */
static inline size_t fill(size_t at) {
    static uint8_t piece[PIECE];
    enum stream_result r;
    do {
        for (size_t i = 0; i < PIECE; i++) piece[i] = pattern(at + i);
        r = stream_send(&stream, loop, (struct span){piece, PIECE});
        at += PIECE;
    } while (r == STREAM_DONE);
    UNIT_INT(r, STREAM_AGAIN);
    return at;
}

/* Lets the peer read up to the byte at end while the loop turns; counts the
 * bytes that are not of the pattern. */
static inline size_t drain(size_t end) {
    static uint8_t piece[PIECE];
    size_t at = 0, wrong = 0;
    while (at < end) {
        ssize_t n = io_recv(peer, piece, end - at < PIECE ? end - at : PIECE);
        if (n <= 0) break;
        for (ssize_t i = 0; i < n; i++)
            wrong += piece[i] != pattern(at + (size_t)i);
        at += (size_t)n;
        loop_turn(loop, 0);
    }
    UNIT_INT(at, end);
    return wrong;
}

#endif
