/*
 * trial.h: connections over a wire that is as bad as a measurement wants it
 *
 *   host 0  ends[i][0] ----- loss, delay, rate, queue ---->  ends[i][1]  host 1
 *                      <---- loss, delay ------------------
 *
 * Each trial has a new wire (tcp/bridge.h), so nothing under way is left over
 * from the trial before, and the losses depend on the seed alone. While the
 * connections are opened the wire is perfect: no SYN is lost. Introduced in
 * tcp/120_lossy_wire.c.
 */
#ifndef TCP_TRIAL_H
#define TCP_TRIAL_H

#include "tcp/bridge.h"
#include "tcp/wire.h"

struct trial {
    bool is_real; /* false: there is nothing to measure with */
    struct hosts hosts;
    struct bridge bridge;
    struct bridge_report report; /* of the trial that ended last */
    struct wire wire;
};

/* Opens two hosts and prints "wire: captured (two hosts)"; or, if the system
 * refuses them or the options ask for the model, "wire: modelled (why)". 0; or
 * -1 after a line on stderr: the file of --pcap cannot be written. */
int trial_open(struct trial *t, const struct wire_options *options);

/* Starts a wire, and opens n connections from host 0 to host 1. From when this
 * returns, the wire is as o says. -1 and errno: nothing is open. */
int trial_begin(struct trial *t, const struct channel_options *o, int ends[][2],
                int n);

/* Stops the wire and writes what passed it to the file of --pcap, up to
 * BRIDGE_FRAMES frames. The caller closes the connections afterwards, so that
 * report does not count their RST. -1 and errno, ENOBUFS: frames were lost that
 * the channels did not lose. */
int trial_end(struct trial *t);

/* Closes all that trial_open has opened. 0; or -1 after a line on stderr. */
int trial_close(struct trial *t);

#endif
