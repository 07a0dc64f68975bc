/*
 * capture.h: captures the frames that cross an interface
 *
 *   kernel  --- a copy of each frame --->  [ ring, shared memory ] ---> process
 *
 * A socket of the family AF_PACKET (Linux, packet(7)) receives a copy of every
 * frame. The kernel writes the copies into a ring, so that none is lost while
 * the program is busy. A long frame is cut to CAPTURE_SNAP bytes. The process
 * must be root, or have its own network namespace (tcp/network.h). Except on
 * Linux, capture_open fails. Introduced in tcp/107_reset.c.
 */
#ifndef TCP_CAPTURE_H
#define TCP_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "packets/span.h"

#define CAPTURE_SNAP 1900   /* bytes of a frame that are kept, at least */
#define CAPTURE_FRAMES 2048 /* in the ring; more are dropped */

struct capture {
    int fd; /* for poll(2), or -1 */
    uint8_t *ring;
    size_t slot;                   /* the next slot to read */
    bool is_loopback, is_borrowed; /* the caller has the frame of slot */
    uint32_t dropped;
};

struct captured {
    int64_t time_ns; /* CLOCK_REALTIME */
    struct span bytes;
    uint32_t length; /* of the whole frame */
};

/* Begins to capture at an interface of the current network. Returns 0, or -1
 * and errno. */
int capture_open(struct capture *c, const char *interface);
void capture_close(struct capture *c);

/* Returns the next frame; its bytes are writable and valid until the next call.
 * False: there is none now. Frames of different processors may be out of
 * order. */
bool capture_next(struct capture *c, struct captured *frame);

/* Waits until there is a frame, at most timeout_ms. False: there is none. */
bool capture_wait(const struct capture *c, int timeout_ms);

/* Returns how many frames were lost so far because the ring was full. */
uint32_t capture_dropped(struct capture *c);

#endif
