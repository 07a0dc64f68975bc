/*
 * bridge.h: carries frames between hosts, through channels that may lose them
 *
 *   host 0  eth0 ==== host0 --+                +-- [ channel to 0 ] --> host 0
 *   host 1  eth0 ==== host1 --+-- by address --+-- [ channel to 1 ] --> host 1
 *   ...                       |                |   ...
 *
 * The bridge is a child process in the middle of tcp/hosts.h. All frames for a
 * host pass its channel (packets/channel.h). The child logs each frame in
 * shared memory, with the effect of the channel. Linux only. Introduced in
 * tcp/119_dead_peer.c.
 */
#ifndef TCP_BRIDGE_H
#define TCP_BRIDGE_H

#include <sys/types.h>

#include "packets/channel.h"
#include "tcp/capture.h"
#include "tcp/hosts.h"

#define BRIDGE_ALL (-1)    /* every host */
#define BRIDGE_FRAMES 8192 /* in the log; later ones only pass */

struct bridge {
    pid_t child;
    int control; /* a socket, or -1 */
    struct bridge_log *log;
    uint32_t next; /* frame of the log that bridge_next returns */
};

/* One frame and its fate. */
struct bridged {
    struct captured frame; /* time_ns: when its host sent it */
    int to;                /* the host that receives it */
    int fate;              /* bits of enum channel_fate, or -1: no memory */
};

struct bridge_report {
    struct channel_counts to[HOSTS_MAX];
    uint32_t dropped;  /* the ring of a capture was full */
    uint32_t unsent;   /* the kernel did not accept a frame */
    uint32_t unlogged; /* frames after BRIDGE_FRAMES */
};

/* Starts the child. options: for all channels, with the seed plus i for host i;
 * NULL: perfect channels. The child ends with this process. -1 and errno:
 * nothing was started. */
int bridge_start(struct bridge *b, const struct hosts *h,
                 const struct channel_options *options);

/* Changes the channel to a host, or to BRIDGE_ALL, for all frames that arrive
 * after the return. -1 and errno: the child has ended. */
int bridge_set(struct bridge *b, int host,
               const struct channel_options *options);

/* Returns the next frame in order of arrival at the bridge; its bytes are valid
 * until bridge_stop. False: there is none yet. */
bool bridge_next(struct bridge *b, struct bridged *next);

/* Ends the child, if it was started. report may be NULL. -1 and errno: it had
 * ended before. */
int bridge_stop(struct bridge *b, struct bridge_report *report);

#endif
