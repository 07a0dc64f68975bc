/* trial.c: see tcp/trial.h. Entry points: trial_open, trial_begin, trial_end,
 * trial_close. */
#include "tcp/trial.h"
#include "tcp/options.h"

#include <errno.h>
#include <unistd.h>

int trial_open(struct trial *t, const struct wire_options *options) {
    char why[NETWORK_WHY_MAX] = "as --modelled says";
    memset(t, 0, sizeof *t);
    t->is_real = !options->is_modelled && hosts_open(&t->hosts, 2, why) == 0;
    return wire_open_remote(&t->wire, options, t->is_real ? "two hosts" : NULL,
                            why);
}

/* Opens n connections. Returns how many it could open; if not all, errno is
 * set. */
static int open_pairs(struct trial *t, int ends[][2], int n) {
    for (int i = 0; i < n; i++) {
        if (hosts_pair(&t->hosts, 0, 1, ends[i]) != 0) return i;
        wire_port(&t->wire, ends[i][0]);
    }
    return n;
}

int trial_begin(struct trial *t, const struct channel_options *o, int ends[][2],
                int n) {
    struct channel_options perfect = {.seed = o->seed}, back = *o;
    back.rate = back.queue = 0;
    t->wire.port_count = 0;
    if (bridge_start(&t->bridge, &t->hosts, &perfect) != 0) return -1;
    int count = open_pairs(t, ends, n);
    if (count == n && bridge_set(&t->bridge, 1, o) == 0 &&
        bridge_set(&t->bridge, 0, &back) == 0)
        return 0;
    int error = errno;
    while (count-- > 0) {
        close(ends[count][0]);
        close(ends[count][1]);
    }
    bridge_stop(&t->bridge, NULL);
    errno = error;
    return -1;
}

int trial_end(struct trial *t) {
    struct bridged b;
    struct dissection d;
    while (bridge_next(&t->bridge, &b)) wire_handle(&t->wire, &b.frame, &d);
    if (bridge_stop(&t->bridge, &t->report) != 0) return -1;
    errno = ENOBUFS;
    return t->report.dropped > 0 || t->report.unsent > 0 ? -1 : 0;
}

int trial_close(struct trial *t) {
    if (t->is_real) hosts_close(&t->hosts);
    return wire_close(&t->wire);
}
