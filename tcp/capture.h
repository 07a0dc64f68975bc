/*
 * capture.h: the frames that cross an interface
 *
 *   kernel  --- a copy of each frame --->  [ ring, shared memory ] ---> process
 *
 * A socket of the family AF_PACKET (Linux, packet(7)) receives a copy of every
 * frame. The kernel writes them into a ring, so that none is lost while the
 * program does something else. A long frame is cut to CAPTURE_SNAP bytes. Needs
 * the right to do so: root, or a network of the process's own. Elsewhere than
 * on Linux capture_open fails. Introduced in tcp/107_reset.c.
 */
#ifndef TCP_CAPTURE_H
#define TCP_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "packets/span.h"

#define CAPTURE_SNAP 1900   /* bytes of a frame, at least, that are kept */
#define CAPTURE_FRAMES 2048 /* in the ring; further ones are dropped */

struct capture {
    int fd; /* to wait with poll(2) for a frame, or -1 */
    uint8_t *ring;
    size_t slot;                   /* the next one to read */
    bool is_loopback, is_borrowed; /* the caller has the frame of slot */
    uint32_t dropped;
};

struct captured {
    int64_t time_ns; /* CLOCK_REALTIME */
    struct span bytes;
    uint32_t length; /* of the frame as it was sent */
};

/* Begins to capture at an interface of the current network. 0; or -1 and
 * errno. */
int capture_open(struct capture *c, const char *interface);
void capture_close(struct capture *c);

/* Moves the next frame to *frame; its bytes may be changed and are valid until
 * the next call. False: there is none now. Frames of several processors may not
 * be in the order of their times. */
bool capture_next(struct capture *c, struct captured *frame);

/* Waits until there is a frame, at most timeout_ms. */
bool capture_wait(const struct capture *c, int timeout_ms);

/* Returns how many frames were lost so far because the ring was full. */
uint32_t capture_dropped(struct capture *c);

#endif
