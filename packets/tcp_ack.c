/* tcp_ack.c: the acknowledgment of what we have sent: RFC 9293 §3.10.7.4,
 * fifth step. Entry points: tcp_check_ack, tcp_acknowledge, see
 * packets/tcp_inside.h. */
#include "packets/sequence.h"
#include "packets/tcp_inside.h"

/* RFC 6298 §5.2, §5.3; §3.10.8: the user timeout counts from the last
 * progress. */
static void restart_timers(struct tcp *t, int64_t now_us) {
    bool is_idle = t->snd.una == t->snd.nxt;
    t->timers.retransmission_us = is_idle ? INT64_MAX : now_us + t->rto.rto_us;
    t->timers.user_us =
        is_idle ? INT64_MAX : now_us + t->options.user_timeout_us;
}

/* RFC 6298 §3, Karn: is_timed is false if the segment was sent again. */
static void measure(struct tcp *t, uint32_t ack, int64_t now_us) {
    if (!t->is_timed || sequence_before(ack, t->timed_seq)) return;
    rto_measure(&t->rto, now_us - t->timed_us);
    t->is_timed = false;
}

static void syn_is_acked(struct tcp *t) {
    t->is_syn_acked = true;
    if (t->timeout_count == 0) return;
    rto_after_lost_syn(&t->rto);
    reno_after_lost_syn(&t->reno);
}

bool tcp_acknowledge(struct tcp *t, uint32_t ack, int64_t now_us) {
    uint32_t acked = ack - t->snd.una, bytes = acked - !t->is_syn_acked;
    bool is_fin = bytes > t->send_queue.len;
    measure(t, ack, now_us);
    ring_consume(&t->send_queue, bytes - is_fin);
    t->snd.una = ack;
    if (sequence_before(t->snd.again, ack)) t->snd.again = ack;
    t->needs_first = false;
    if (!t->is_syn_acked)
        syn_is_acked(t);
    else if (reno_on_ack(&t->reno, ack, acked, t->snd.nxt - ack))
        t->needs_first = true;
    t->timeout_count = 0;
    restart_timers(t, now_us);
    return is_fin;
}

/* RFC 9293 §3.10.7.4: an older segment must not set the window. */
static void update_window(struct tcp *t, const struct tcp_arrival *a) {
    bool is_newer =
        sequence_before(t->snd.wl1, a->s.seq) ||
        (t->snd.wl1 == a->s.seq && !sequence_before(a->s.ack, t->snd.wl2));
    if (!is_newer) return;
    /* The peer did not accept the bytes of a probe: send them again now. */
    if (t->snd.wnd == 0 && a->s.window > 0) t->snd.again = t->snd.una;
    t->snd.wnd = a->s.window;
    t->snd.wl1 = a->s.seq;
    t->snd.wl2 = a->s.ack;
    if (t->snd.wnd > t->snd.max_wnd) t->snd.max_wnd = t->snd.wnd;
}

/* RFC 5681 §2, the five conditions for a duplicate ACK. The response to a
 * window probe meets them as well, but does not mean a loss. */
static bool is_duplicate(const struct tcp *t, const struct tcp_arrival *a) {
    return t->snd.una != t->snd.nxt && a->len == 0 && a->s.ack == t->snd.una &&
           a->s.window == t->snd.wnd && t->snd.wnd > 0;
}

static void count_duplicate(struct tcp *t) {
    if (!reno_on_duplicate(&t->reno, t->snd.una, t->snd.nxt,
                           t->snd.nxt - t->snd.una))
        return;
    t->needs_first = true;
    t->counts.fast++;
}

/* Handles the ACK of our FIN. False: the segment needs no further step. */
static bool fin_is_acked(struct tcp *t, const struct tcp_arrival *a) {
    tcp_block_enter(t, TCP_RCV_ACK_OF_FIN);
    if (t->state == TCP_TIME_WAIT) tcp_block_time_wait(t, a->now_us);
    return t->state == TCP_FIN_WAIT_2;
}

/* The fifth step in ESTABLISHED and later states. False: drop the segment. */
static bool process_ack(struct tcp *t, const struct tcp_arrival *a) {
    uint32_t oldest = t->snd.una - t->snd.max_wnd;
    bool is_old = sequence_before(a->s.ack, t->snd.una), is_fin = false;
    /* RFC 9293 §3.10.7.4: the ACK is for something not yet sent; RFC 5961 §5.2:
     * or too old to be under way. */
    if ((!is_old && a->s.ack - t->snd.una > t->snd.nxt - t->snd.una) ||
        (is_old && sequence_before(a->s.ack, oldest))) {
        tcp_block_challenge(t, a->now_us);
        return false;
    }
    if (is_old) return true;
    if (is_duplicate(t, a)) count_duplicate(t);
    if (a->s.ack != t->snd.una)
        is_fin = tcp_acknowledge(t, a->s.ack, a->now_us);
    update_window(t, a);
    /* RFC 9293 §3.8.6.1: a peer whose window is zero, but that responds, may
     * keep the connection open for ever. */
    if (t->snd.wnd == 0 && t->timers.user_us != INT64_MAX)
        t->timers.user_us = a->now_us + t->options.user_timeout_us;
    return is_fin ? fin_is_acked(t, a) : true;
}

/* The fifth step in SYN-RECEIVED. False: our SYN is not acknowledged. */
static bool finish_handshake(struct tcp *t, const struct tcp_arrival *a) {
    if (!sequence_before(t->snd.una, a->s.ack) ||
        sequence_before(t->snd.nxt, a->s.ack)) {
        tcp_block_refuse(t, a);
        return false;
    }
    tcp_block_enter(t, TCP_RCV_ACK_OF_SYN);
    if (t->is_closing) tcp_block_enter(t, TCP_CLOSE); /* it was queued */
    return true;
}

bool tcp_check_ack(struct tcp *t, const struct tcp_arrival *a) {
    if (!(a->s.flags & SEGMENT_ACK)) return false;
    if (t->state == TCP_SYN_RECEIVED && !finish_handshake(t, a)) return false;
    return process_ack(t, a);
}
