/*
 * trial.h: connections over a wire with chosen loss, delay, rate and queue
 *
 *   host 0  ends[i][0] ----- loss, delay, rate, queue ---->  ends[i][1]  host 1
 *                      <---- loss, delay ------------------
 *
 * Each trial has a new wire (tcp/bridge.h), so no frame of the last trial is
 * under way, and losses depend on the seed alone. The wire is perfect while the
 * connections are opened: no SYN is lost. Introduced in tcp/120_lossy_wire.c.
 */
#ifndef TCP_TRIAL_H
#define TCP_TRIAL_H

#include "tcp/bridge.h"
#include "tcp/wire.h"

struct trial {
    bool is_real; /* false: the system has no hosts */
    struct hosts hosts;
    struct bridge bridge;
    struct bridge_report report; /* of the last trial */
    struct wire wire;
};

/* Opens two hosts and prints "wire: captured (two hosts)"; or, if the system
 * refuses them or with --modelled, prints "wire: modelled (why)". Returns 0; or
 * -1 after a line on stderr: the file of --pcap cannot be written. */
int trial_open(struct trial *t, const struct wire_options *options);

/* Starts a wire, and opens n connections from host 0 to host 1. After the
 * return the wire has the options o. -1 and errno: nothing is open. */
int trial_begin(struct trial *t, const struct channel_options *o, int ends[][2],
                int n);

/* Stops the wire and writes up to BRIDGE_FRAMES frames to the file of --pcap.
 * The caller closes the connections afterwards, so that report does not count
 * their RST. -1 and errno; ENOBUFS: frames were lost outside of the
 * channels. */
int trial_end(struct trial *t);

/* Closes all that trial_open has opened. Returns 0, or -1 after a line on
 * stderr. */
int trial_close(struct trial *t);

#endif
