/*
 * bridge.h: carries frames between hosts, through channels that may lose them
 *
 *   host 0  eth0 ==== host0 --+                +-- [ channel to 0 ] --> host 0
 *   host 1  eth0 ==== host1 --+-- by address --+-- [ channel to 1 ] --> host 1
 *   ...                       |                |   ...
 *
 * A child process in the middle of tcp/hosts.h. Each host has a channel
 * (packets/channel.h) through which all frames for it pass. The child writes
 * what the hosts send to shared memory, with what its channel did to it. Linux
 * only. Introduced in tcp/119_dead_peer.c.
 */
#ifndef TCP_BRIDGE_H
#define TCP_BRIDGE_H

#include <sys/types.h>

#include "packets/channel.h"
#include "tcp/capture.h"
#include "tcp/hosts.h"

#define BRIDGE_ALL (-1)    /* every host */
#define BRIDGE_FRAMES 8192 /* that the log keeps; later ones only pass */

struct bridge {
    pid_t child;
    int control; /* a socket, or -1 */
    struct bridge_log *log;
    uint32_t next; /* frame of the log that bridge_next returns */
};

/* What became of one frame. */
struct bridged {
    struct captured frame; /* time_ns: when its host sent it */
    int to;                /* the host that it is for */
    int fate;              /* bits of enum channel_fate, or -1: no memory */
};

struct bridge_report {
    struct channel_counts to[HOSTS_MAX];
    uint32_t dropped;  /* the ring of a capture was full */
    uint32_t unsent;   /* the kernel did not take a frame */
    uint32_t unlogged; /* further than BRIDGE_FRAMES */
};

/* Starts the child. The channels are as options say; the seed of host i is that
 * of options plus i. NULL: perfect ones. The child ends with this process. -1
 * and errno: nothing was started. */
int bridge_start(struct bridge *b, const struct hosts *h,
                 const struct channel_options *options);

/* Changes the channel to a host, or of BRIDGE_ALL, for every frame that arrives
 * after this returns. -1 and errno: the child has ended. */
int bridge_set(struct bridge *b, int host,
               const struct channel_options *options);

/* Returns the next frame in the order in which they came to the bridge; its
 * bytes stay until bridge_stop. False: there is none so far. */
bool bridge_next(struct bridge *b, struct bridged *next);

/* Ends the child, if it was started. report may be NULL. -1 and errno: it had
 * ended before. */
int bridge_stop(struct bridge *b, struct bridge_report *report);

#endif
