/* tcp_output.c: the segments that a TCP sends, and the timers that make it send
 * them, RFC 9293 §3.8 and §3.10.8. Entry points: tcp_output, tcp_due_us, see
 * packets/tcp.h. */
#include "packets/sequence.h"
#include "packets/tcp.h"

#include <assert.h>

enum {
    OPTION_MSS_LEN = 4
};

static uint32_t min(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* --- TIMEOUT, §3.10.8 --- */

/* RFC 6298 §5.4 to §5.6. Before the end of the handshake, or while the window
 * is zero, a time-out is no sign of congestion. */
static void on_retransmission(struct tcp *t) {
    bool is_probe = t->is_syn_acked && t->snd.wnd == 0;
    /* RFC 9293 §3.8.3: after R1 timeouts IP MUST be advised to look for another
     * gateway: not enforced: there is one path. */
    t->counts.timeouts++;
    if (t->is_syn_acked && !is_probe)
        reno_on_timeout(&t->reno, t->snd.nxt, t->snd.nxt - t->snd.una,
                        t->timeout_count == 0);
    t->timeout_count++;
    rto_back_off(&t->rto);
    t->timers.retransmission_us = INT64_MAX; /* until it is sent again */
    t->snd.again = t->snd.una;
    t->is_forced = is_probe;
}

static void expire(struct tcp *t, int64_t now_us) {
    struct tcp_timers *due = &t->timers;
    if (due->time_wait_us <= now_us) tcp_block_enter(t, TCP_TIMEOUT_2MSL);
    if (due->user_us <= now_us)
        tcp_block_fail(t, TCP_TIMEOUT_USER, TCP_ERR_TIMED_OUT);
    if (due->retransmission_us <= now_us) on_retransmission(t);
    if (due->persist_us <= now_us) {
        due->persist_us = INT64_MAX;
        t->is_forced = true;
    }
    if (due->ack_us <= now_us) t->needs_ack = true;
}

int64_t tcp_due_us(const struct tcp *t) {
    const int64_t due[] = {t->timers.retransmission_us, t->timers.persist_us,
                           t->timers.ack_us, t->timers.time_wait_us,
                           t->timers.user_us};
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < sizeof due / sizeof *due; i++)
        if (due[i] < first) first = due[i];
    return first;
}

/* --- one segment --- */

static bool write_segment(struct tcp *t, struct buf *out, struct segment *s,
                          struct span text, const struct address *to) {
    s->source_port = t->options.local_port;
    if (!segment_write(out, s, text, &t->options.local, to)) return false;
    t->destination = *to;
    t->counts.sent++;
    return true;
}

static bool send_reply(struct tcp *t, struct buf *out) {
    struct segment s = {.destination_port = t->reply.port,
                        .seq = t->reply.seq,
                        .ack = t->reply.ack,
                        .flags = t->reply.flags};
    if (!write_segment(t, out, &s, (struct span){NULL, 0}, &t->reply.to))
        return false;
    t->reply.flags = 0;
    return true;
}

/* Sends a segment of the connection. All but the first SYN carry an ACK, so a
 * delayed one is no longer needed. */
static bool send_segment(struct tcp *t, struct buf *out, struct segment *s,
                         struct span text) {
    s->destination_port = t->options.remote_port;
    if (t->state != TCP_SYN_SENT) {
        s->flags |= SEGMENT_ACK;
        s->ack = t->rcv.nxt;
        s->window = (uint16_t)t->rcv.wnd;
    } else {
        size_t space = reorder_space(&t->receive_queue);
        s->window = (uint16_t)(space < TCP_MAX_WINDOW ? space : TCP_MAX_WINDOW);
    }
    if (!write_segment(t, out, s, text, &t->options.remote)) return false;
    t->needs_ack = false;
    t->unacked_count = 0;
    t->timers.ack_us = INT64_MAX;
    return true;
}

/* Records that len numbers from seq on were sent. */
static void record_sent(struct tcp *t, int64_t now_us, uint32_t seq,
                        uint32_t len) {
    uint32_t end = seq + len;
    bool is_new = sequence_before(t->snd.nxt, end);
    if (seq != t->snd.nxt) {
        t->counts.resent++;
        t->is_timed = false; /* Karn's algorithm, RFC 6298 §3 */
    } else if (!t->is_timed) {
        t->is_timed = true;
        t->timed_seq = end;
        t->timed_us = now_us;
    }
    if (is_new) t->snd.nxt = end;
    /* RFC 6298 §5.1: start the timer if it is not running. */
    if (t->timers.retransmission_us == INT64_MAX)
        t->timers.retransmission_us = now_us + t->rto.rto_us;
    if (t->timers.user_us == INT64_MAX)
        t->timers.user_us = now_us + t->options.user_timeout_us;
    t->timers.persist_us = INT64_MAX;
    t->sent_us = now_us;
    t->is_forced = false;
}

/* RFC 9293 §3.7.1: a SYN carries the MSS option. */
static bool send_syn(struct tcp *t, int64_t now_us, struct buf *out) {
    uint8_t mss[OPTION_MSS_LEN] = {2, OPTION_MSS_LEN,
                                   (uint8_t)(t->options.mss >> 8),
                                   (uint8_t)t->options.mss};
    struct segment s = {
        .seq = t->snd.una, .flags = SEGMENT_SYN, .options = {mss, sizeof mss}};
    if (!send_segment(t, out, &s, (struct span){NULL, 0})) return false;
    record_sent(t, now_us, s.seq, 1);
    t->snd.again = s.seq + 1;
    return true;
}

/* --- which data, if any --- */

struct slice { /* the data that the next segment could carry */
    uint32_t seq, offset, len;
    bool has_fin, is_last; /* is_last: it empties the send queue */
};

/* The number of the first byte of the send queue. */
static uint32_t queue_seq(const struct tcp *t) {
    return t->snd.una + !t->is_syn_acked;
}

/* Is our FIN not acknowledged yet? Perhaps it was not sent either. */
static bool has_fin(const struct tcp *t) {
    return t->state == TCP_FIN_WAIT_1 || t->state == TCP_CLOSING ||
           t->state == TCP_LAST_ACK;
}

/* Cuts the next slice at seq, within the peer's window and ours. */
static struct slice cut(const struct tcp *t, uint32_t seq, uint32_t window) {
    uint32_t used = seq - t->snd.una;
    uint32_t space = used < window ? window - used : 0;
    struct slice s = {.seq = seq, .offset = seq - queue_seq(t)};
    uint32_t queued = (uint32_t)t->send_queue.len;
    uint32_t left = s.offset < queued ? queued - s.offset : 0;
    if (t->is_forced && space == 0) space = 1; /* a probe: one octet */
    s.len = min(min(left, space), t->snd.mss);
    s.is_last = s.len == left;
    s.has_fin = has_fin(t) && s.is_last && s.offset <= queued && space > s.len;
    return s;
}

/* RFC 9293 §3.8.6.2.1 (silly window syndrome) and §3.7.4 (Nagle): is the slice
 * large enough to be worth its header? */
static bool is_worth_sending(const struct tcp *t, const struct slice *s) {
    if (s->len == 0) return s->has_fin;
    bool is_idle = t->snd.una == t->snd.nxt;
    return sequence_before(s->seq, t->snd.nxt) || /* a retransmission */
           s->len == t->snd.mss || s->has_fin || t->is_forced ||
           (s->is_last && (is_idle || !t->options.has_nagle)) ||
           s->len >= t->snd.max_wnd / 2;
}

/* RFC 9293 §3.8.6.1: data is left to send, none is under way, and the window
 * does not allow it: probe the peer from time to time. */
static void start_persist_timer(struct tcp *t, int64_t now_us,
                                const struct slice *s) {
    bool has_more = t->send_queue.len > s->offset ||
                    (has_fin(t) && s->offset == t->send_queue.len);
    if (has_more && t->snd.una == t->snd.nxt &&
        t->timers.persist_us == INT64_MAX)
        t->timers.persist_us = now_us + t->rto.rto_us;
}

static bool send_slice(struct tcp *t, int64_t now_us, const struct slice *s,
                       struct buf *out) {
    uint8_t text[TCP_MAX_MSS];
    struct segment segment = {.seq = s->seq};
    struct span data = {NULL, 0};
    if (s->len > 0) {
        ring_read(&t->send_queue, s->offset, text, s->len);
        data = (struct span){text, s->len};
    }
    if (s->len > 0 && s->is_last) segment.flags |= SEGMENT_PSH;
    if (s->has_fin) segment.flags |= SEGMENT_FIN;
    if (!send_segment(t, out, &segment, data)) return false;
    if (t->snd.wnd == 0) t->counts.probes++;
    record_sent(t, now_us, s->seq, s->len + s->has_fin);
    return true;
}

/* Fast retransmit: the segment at UNA, whatever else is under way. */
static bool send_first(struct tcp *t, int64_t now_us, struct buf *out) {
    /* RFC 9293 §3.8.6: only data in the window of the peer, which may have
     * shrunk since. */
    struct slice s = cut(t, queue_seq(t), min(t->snd.wnd, t->snd.mss + 1));
    if (s.len + s.has_fin == 0) return false;
    if (!send_slice(t, now_us, &s, out)) return false;
    t->needs_first = false;
    uint32_t end = s.seq + s.len + s.has_fin;
    if (sequence_before(t->snd.again, end)) t->snd.again = end;
    /* RFC 6298 §5.1 does not have this: the timer starts again. */
    t->timers.retransmission_us = now_us + t->rto.rto_us;
    return true;
}

static bool send_next(struct tcp *t, int64_t now_us, struct buf *out) {
    bool is_idle = t->snd.una == t->snd.nxt;
    if (is_idle && now_us - t->sent_us > t->rto.rto_us) reno_on_idle(&t->reno);
    struct slice s =
        cut(t, t->snd.again, min(t->snd.wnd, reno_window(&t->reno)));
    if (!is_worth_sending(t, &s)) {
        start_persist_timer(t, now_us, &s);
        return false;
    }
    if (!send_slice(t, now_us, &s, out)) return false;
    t->snd.again = s.seq + s.len + s.has_fin;
    return true;
}

bool tcp_output(struct tcp *t, int64_t now_us, struct buf *out) {
    expire(t, now_us);
    if (t->reply.flags) return send_reply(t, out);
    if (t->state == TCP_CLOSED || t->state == TCP_LISTEN) return false;
    if (!t->is_syn_acked && t->snd.again == t->snd.una)
        return send_syn(t, now_us, out);
    bool can_send = t->state >= TCP_ESTABLISHED && t->state != TCP_TIME_WAIT;
    if (can_send && t->needs_first && send_first(t, now_us, out)) return true;
    if (can_send && send_next(t, now_us, out)) return true;
    if (!t->needs_ack || t->state == TCP_SYN_SENT) return false;
    struct segment ack = {.seq = t->snd.nxt};
    return send_segment(t, out, &ack, (struct span){NULL, 0});
}
