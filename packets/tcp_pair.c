/* tcp_pair.c: see packets/tcp_pair.h. Entry points: tcp_pair_init,
 * tcp_pair_free, tcp_pair_deliver, tcp_pair_next, tcp_pair_due_us. */
#include "packets/tcp_pair.h"

#include <assert.h>

static const struct address addresses[2] = {{4, {10, 0, 0, 9}},
                                            {4, {10, 0, 0, 1}}};
static const uint16_t ports[2] = {TCP_PAIR_PORT, 7};

enum {
    ISS_STEP = 5000, /* so that the numbers of both ends differ */
    SEED_STEP = 1000003
};

static void init_end(struct tcp_pair *p, int i, struct tcp_options o,
                     struct channel_options c, size_t queue_len) {
    o.local = addresses[i];
    o.remote = addresses[!i];
    o.local_port = ports[i];
    o.remote_port = ports[!i];
    o.iss += (uint32_t)i * ISS_STEP;
    c.seed += (uint64_t)i * SEED_STEP;
    channel_init(&p->to[i], &c);
    tcp_init(&p->end[i], &o, (struct span){p->memory[i][0], queue_len},
             (struct span){p->memory[i][1], queue_len});
}

void tcp_pair_init(struct tcp_pair *p, const struct tcp_options *options,
                   const struct channel_options *c, size_t queue_len) {
    assert(queue_len >= 2 && queue_len <= TCP_MAX_WINDOW);
    p->now_us = 0;
    buf_init(&p->out, CHANNEL_MAX_PACKET);
    for (int i = 0; i < 2; i++) init_end(p, i, *options, *c, queue_len);
}

void tcp_pair_free(struct tcp_pair *p) {
    for (int i = 0; i < 2; i++) channel_free(&p->to[i]);
    buf_free(&p->out);
}

void tcp_pair_deliver(struct tcp_pair *p, int end, struct span segment) {
    tcp_arrives(&p->end[end], p->now_us, &addresses[!end], segment);
}

bool tcp_pair_next(struct tcp_pair *p, int end, struct span *segment) {
    buf_clear(&p->out);
    bool is_sent = tcp_output(&p->end[end], p->now_us, &p->out);
    *segment = buf_view(&p->out);
    return is_sent;
}

int64_t tcp_pair_due_us(const struct tcp_pair *p) {
    int64_t next = INT64_MAX;
    for (int i = 0; i < 2; i++) {
        int64_t arrival = channel_due_us(&p->to[i]);
        int64_t timer = tcp_due_us(&p->end[i]);
        if (arrival < next) next = arrival;
        if (timer < next) next = timer;
    }
    return next;
}
