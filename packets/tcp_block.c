/* tcp_block.c: see packets/tcp_block.h. Entry points: tcp_block_enter,
 * tcp_block_fail, tcp_block_reset; and those of packets/tcp_inside.h,
 * tcp_block_refuse, tcp_block_challenge, tcp_block_time_wait,
 * tcp_block_synchronize. */
#include "packets/tcp_block.h"
#include "packets/tcp_inside.h"

#include <assert.h>
#include <stddef.h>

enum {
    OPTION_MSS = 2,
    DEFAULT_MSS = 536,
    MIN_MSS = 64, /* smaller segments would be mostly headers */
};

static void stop_timers(struct tcp *t) {
    t->timers = (struct tcp_timers){INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX,
                                    INT64_MAX};
}

/* In CLOSED and TIME-WAIT there is nothing to retransmit. */
static void stop_sending(struct tcp *t) {
    stop_timers(t);
    ring_consume(&t->send_queue, t->send_queue.len);
    t->snd.una = t->snd.again = t->snd.nxt;
}

void tcp_block_reset(struct tcp *t) {
    uint32_t iss = t->options.iss;
    stop_timers(t);
    ring_init(&t->send_queue, t->send_queue.memory);
    reorder_init(&t->receive_queue, t->receive_queue.ring.memory);
    rto_init(&t->rto, t->options.min_rto_us);
    t->snd = (struct tcp_send_variables){.una = iss, .nxt = iss, .again = iss};
    t->rcv = (struct tcp_receive_variables){.nxt = 0};
    t->is_closing = t->is_syn_acked = t->is_timed = false;
    t->needs_ack = t->needs_first = t->is_forced = false;
    t->unacked_count = t->timeout_count = 0;
    t->error = 0;
}

void tcp_block_enter(struct tcp *t, enum tcp_cause cause) {
    const struct tcp_transition *row = tcp_transition_find(t->state, cause);
    assert(row != NULL);
    t->state = row->to;
    t->steps[t->step_count++ % TCP_STEPS] = *row;
    if (t->state == TCP_CLOSED || t->state == TCP_TIME_WAIT) stop_sending(t);
}

void tcp_block_fail(struct tcp *t, enum tcp_cause cause, int error) {
    tcp_block_enter(t, cause);
    reorder_init(&t->receive_queue, t->receive_queue.ring.memory);
    t->error = error;
}

void tcp_block_refuse(struct tcp *t, const struct tcp_arrival *a) {
    bool has_ack = a->s.flags & SEGMENT_ACK;
    t->reply = (struct tcp_reply){.seq = has_ack ? a->s.ack : 0,
                                  .ack = has_ack ? 0 : a->s.seq + a->len,
                                  .flags = SEGMENT_RST,
                                  .port = a->s.source_port,
                                  .to = *a->source};
    if (!has_ack) t->reply.flags |= SEGMENT_ACK;
}

void tcp_block_challenge(struct tcp *t, int64_t now_us) {
    if (now_us - t->challenge_us >= TCP_CHALLENGE_US) {
        t->challenge_us = now_us;
        t->challenge_count = 0;
    }
    if (t->challenge_count == TCP_CHALLENGES) return; /* RFC 5961 §7 */
    t->challenge_count++;
    t->needs_ack = true;
}

void tcp_block_time_wait(struct tcp *t, int64_t now_us) {
    t->timers.time_wait_us = now_us + 2 * t->options.msl_us;
}

/* RFC 9293 §3.7.1: without the option the MSS is 536. */
static uint32_t peer_mss(const struct tcp *t, struct span options) {
    struct segment_option o;
    uint32_t mss = DEFAULT_MSS;
    while (segment_next_option(&options, &o))
        if (o.kind == OPTION_MSS && o.value.len == 2)
            mss = (uint32_t)(o.value.data[0] << 8 | o.value.data[1]);
    if (mss > t->options.mss) mss = t->options.mss;
    return mss > MIN_MSS ? mss : MIN_MSS;
}

void tcp_block_synchronize(struct tcp *t, const struct tcp_arrival *a) {
    size_t space = reorder_space(&t->receive_queue);
    t->rcv.irs = a->s.seq;
    t->rcv.nxt = a->s.seq + 1;
    t->rcv.wnd = (uint32_t)(space < TCP_MAX_WINDOW ? space : TCP_MAX_WINDOW);
    t->snd.wnd = t->snd.max_wnd = a->s.window;
    t->snd.wl1 = a->s.seq;
    t->snd.wl2 = t->snd.una;
    t->snd.mss = peer_mss(t, a->s.options);
    reno_init(&t->reno, t->snd.mss, t->options.iss);
}
