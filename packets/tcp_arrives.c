/* tcp_arrives.c: SEGMENT ARRIVES, RFC 9293 §3.10.7, in its order: a function
 * for each state and for each step; the fifth step is in tcp_ack.c. Entry
 * point: tcp_arrives, see packets/tcp.h. */
#include "packets/sequence.h"
#include "packets/tcp.h"
#include "packets/tcp_inside.h"

/* --- CLOSED, §3.10.7.1 --- */

static void arrives_closed(struct tcp *t, const struct tcp_arrival *a) {
    if (!(a->s.flags & SEGMENT_RST)) tcp_block_refuse(t, a);
}

/* --- LISTEN, §3.10.7.2 --- */

static void arrives_listen(struct tcp *t, const struct tcp_arrival *a) {
    if (a->s.flags & SEGMENT_RST) return; /* first */
    if (a->s.flags & SEGMENT_ACK) {       /* second */
        tcp_block_refuse(t, a);
    } else if (a->s.flags & SEGMENT_SYN) { /* third */
        /* RFC 9293 §3.9.2.3: a SYN from or to an invalid address MUST be
         * ignored: not enforced: IP must do that. */
        t->options.remote = *a->source;
        t->options.remote_port = a->s.source_port;
        tcp_block_synchronize(t, a);
        tcp_block_enter(t, TCP_RCV_SYN);
        /* RFC 9293 §3.10.7.2: text after a SYN may be queued. Here it is not
         * queued, nor acknowledged, so the peer sends it again. */
    }
}

/* --- the data of the segment, seventh and eighth step --- */

/* RFC 5681 §4.2, RFC 9293 §3.8.6.3: an ACK at once for a segment that is out of
 * order, fills a gap, or is the second one; otherwise after a delay. */
static void schedule_ack(struct tcp *t, bool is_in_order, int64_t now_us) {
    t->unacked_count++;
    if (!is_in_order || t->unacked_count >= 2) t->needs_ack = true;
    if (t->timers.ack_us == INT64_MAX) t->timers.ack_us = now_us + TCP_ACK_US;
}

static bool is_receiving(const struct tcp *t) {
    return t->state == TCP_ESTABLISHED || t->state == TCP_FIN_WAIT_1 ||
           t->state == TCP_FIN_WAIT_2;
}

/* Returns the number of the first byte of text. */
static uint32_t text_seq(const struct tcp_arrival *a) {
    return a->s.seq + !!(a->s.flags & SEGMENT_SYN);
}

static void process_text(struct tcp *t, const struct tcp_arrival *a) {
    uint32_t seq = text_seq(a), offset = 0;
    struct span text = a->text;
    if (!is_receiving(t) || text.len == 0) return;
    if (sequence_before(seq, t->rcv.nxt)) { /* the front is a duplicate */
        uint32_t old = t->rcv.nxt - seq;
        text = span_skip(text, old < text.len ? old : text.len);
    } else {
        offset = seq - t->rcv.nxt;
    }
    uint32_t space = offset < t->rcv.wnd ? t->rcv.wnd - offset : 0;
    if (text.len > space) text.len = space;
    bool had_gap = t->receive_queue.early_count > 0;
    uint32_t n = (uint32_t)reorder_insert(&t->receive_queue, offset, text);
    t->rcv.nxt += n;
    t->rcv.wnd = n < t->rcv.wnd ? t->rcv.wnd - n : 0;
    schedule_ack(t, n > 0 && !had_gap, a->now_us);
}

/* A FIN that arrives early is remembered until all text before it has
 * arrived. */
static void check_fin(struct tcp *t, const struct tcp_arrival *a) {
    uint32_t fin = text_seq(a) + (uint32_t)a->text.len;
    if (!is_receiving(t)) return;
    if ((a->s.flags & SEGMENT_FIN) && !t->rcv.has_fin &&
        sequence_within(fin, t->rcv.nxt, t->rcv.wnd)) {
        t->rcv.has_fin = true;
        t->rcv.fin = fin;
    }
    if (!t->rcv.has_fin || t->rcv.nxt != t->rcv.fin) return;
    t->rcv.nxt++;
    tcp_block_enter(t, TCP_RCV_FIN);
    t->needs_ack = true;
    if (t->state == TCP_TIME_WAIT) tcp_block_time_wait(t, a->now_us);
}

/* --- SYN-SENT, §3.10.7.3 --- */

static void arrives_syn_sent(struct tcp *t, const struct tcp_arrival *a) {
    bool has_ack = a->s.flags & SEGMENT_ACK;
    if (has_ack && (!sequence_before(t->snd.una, a->s.ack) || /* first */
                    sequence_before(t->snd.nxt, a->s.ack))) {
        if (!(a->s.flags & SEGMENT_RST)) tcp_block_refuse(t, a);
        return;
    }
    if (a->s.flags & SEGMENT_RST) { /* second */
        if (has_ack) tcp_block_fail(t, TCP_RCV_RST, TCP_ERR_REFUSED);
        return;
    }
    if (!(a->s.flags & SEGMENT_SYN)) return; /* fourth and fifth */
    tcp_block_synchronize(t, a);
    if (!has_ack) { /* both have sent a SYN: simultaneous open */
        tcp_block_enter(t, TCP_RCV_SYN);
        t->snd.again = t->snd.una; /* our SYN again, with an ACK */
        return;
    }
    tcp_acknowledge(t, a->s.ack, a->now_us);
    t->snd.wl2 = a->s.ack;
    tcp_block_enter(t, TCP_RCV_SYN_ACK);
    t->needs_ack = true;
    process_text(t, a); /* seventh and eighth step of §3.10.7.4 */
    check_fin(t, a);
}

/* --- all other states, §3.10.7.4 --- */

/* The four cases of the first step: is a part of the segment in the window? */
static bool is_acceptable(const struct tcp *t, const struct tcp_arrival *a) {
    uint32_t nxt = t->rcv.nxt, wnd = t->rcv.wnd;
    if (a->len == 0 && wnd == 0) return a->s.seq == nxt;
    return sequence_within(a->s.seq, nxt, wnd) ||
           (a->len > 0 && sequence_within(a->s.seq + a->len - 1, nxt, wnd));
}

static bool check_sequence(struct tcp *t, const struct tcp_arrival *a) {
    if (is_acceptable(t, a)) return true;
    if (a->s.flags & SEGMENT_RST) return false;
    t->needs_ack = true;
    /* RFC 9293 §3.10.7.4, TIME-WAIT: the peer sends its FIN again, so our ACK
     * was lost: restart the 2 MSL timeout. */
    if (t->state == TCP_TIME_WAIT && (a->s.flags & SEGMENT_FIN))
        tcp_block_time_wait(t, a->now_us);
    /* If RCV.WND is zero, "special allowance should be made to accept valid
     * ACKs". */
    if (t->rcv.wnd == 0 && a->s.seq == t->rcv.nxt &&
        !(a->s.flags & SEGMENT_SYN))
        tcp_check_ack(t, a);
    return false;
}

/* Second. False: it was a RST. */
static bool check_reset(struct tcp *t, const struct tcp_arrival *a) {
    if (!(a->s.flags & SEGMENT_RST)) return true;
    if (a->s.seq != t->rcv.nxt) /* RFC 5961 §3.2: only the exact number */
        tcp_block_challenge(t, a->now_us);
    else if (t->state == TCP_SYN_RECEIVED && t->is_passive)
        tcp_block_enter(t, TCP_RCV_RST_PASSIVE);
    else if (t->state == TCP_SYN_RECEIVED)
        tcp_block_fail(t, TCP_RCV_RST, TCP_ERR_REFUSED);
    else if (t->state >= TCP_CLOSING)
        tcp_block_enter(t, TCP_RCV_RST);
    else
        tcp_block_fail(t, TCP_RCV_RST, TCP_ERR_RESET);
    if (t->state == TCP_LISTEN) tcp_block_reset(t);
    return false;
}

/* Fourth. False: it was a SYN. */
static bool check_syn(struct tcp *t, const struct tcp_arrival *a) {
    if (!(a->s.flags & SEGMENT_SYN)) return true;
    if (t->state == TCP_SYN_RECEIVED && t->is_passive) {
        tcp_block_enter(t, TCP_RCV_SYN);
        tcp_block_reset(t);
    } else {
        tcp_block_challenge(t, a->now_us); /* RFC 5961 §4.2 */
    }
    return false;
}

/* RFC 9293 §3.10.7.4 step 3: the security level: not enforced: there are none.
 * RFC 9293 §3.8.5: urgent data MUST be supported: not enforced: the pointer is
 * ignored (the sixth step), and urgent data is data. */
static void arrives_other(struct tcp *t, const struct tcp_arrival *a) {
    if (!check_sequence(t, a)) return; /* first */
    if (!check_reset(t, a)) return;    /* second */
    if (!check_syn(t, a)) return;      /* fourth */
    if (!tcp_check_ack(t, a)) return;  /* fifth */
    process_text(t, a);                /* seventh */
    check_fin(t, a);                   /* eighth */
}

/* Both addresses and both ports identify a connection, §3.3.1. */
static bool is_of_connection(const struct tcp *t, const struct tcp_arrival *a) {
    if (a->s.destination_port != t->options.local_port) return false;
    if (t->state == TCP_LISTEN) return true;
    return a->s.source_port == t->options.remote_port &&
           address_equal(a->source, &t->options.remote);
}

/* RFC 9293 §3.9.2.2: TCP MUST act on ICMP errors: not enforced: it gets none,
 * so a broken path shows as a timeout. */
void tcp_arrives(struct tcp *t, int64_t now_us, const struct address *source,
                 struct span segment) {
    struct tcp_arrival a = {.now_us = now_us, .source = source};
    t->counts.arrived++;
    int header_len = segment_parse(segment, &a.s);
    /* RFC 9293 §3.1, Checksum: it MUST be checked; a damaged segment is
     * ignored. */
    if (header_len <= 0 ||
        !segment_checksum_is_right(segment, source, &t->options.local)) {
        t->counts.damaged++;
        return;
    }
    a.text = span_skip(segment, (size_t)header_len);
    a.len = (uint32_t)a.text.len + !!(a.s.flags & SEGMENT_SYN) +
            !!(a.s.flags & SEGMENT_FIN);
    if (t->state == TCP_CLOSED || !is_of_connection(t, &a))
        arrives_closed(t, &a);
    else if (t->state == TCP_LISTEN)
        arrives_listen(t, &a);
    else if (t->state == TCP_SYN_SENT)
        arrives_syn_sent(t, &a);
    else
        arrives_other(t, &a);
}
