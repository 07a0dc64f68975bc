/* tcp.c: see packets/tcp.h. Here are the user's calls, RFC 9293 §3.10.1 to
 * §3.10.5: tcp_open_passive, tcp_open_active, tcp_send, tcp_receive, tcp_close,
 * tcp_abort; and tcp_init, tcp_next_step. tcp_arrives.c handles segments that
 * arrive; tcp_output.c sends segments and handles timers. */
#include "packets/tcp.h"

#include <assert.h>

void tcp_init(struct tcp *t, const struct tcp_options *options,
              struct span send_memory, struct span receive_memory) {
    assert(send_memory.len >= 2 && receive_memory.len >= 2);
    /* RFC 9293 §3.4.1: the initial sequence number MUST follow a clock: not
     * enforced: the caller chooses options.iss. */
    assert(options->mss > 0 && options->mss <= TCP_MAX_MSS);
    *t = (struct tcp){.options = *options,
                      .send_queue.memory = send_memory,
                      .receive_queue.ring.memory = receive_memory};
    tcp_block_reset(t);
}

/* --- OPEN, §3.10.1 --- */

int tcp_open_passive(struct tcp *t) {
    if (t->state != TCP_CLOSED) return TCP_ERR_EXISTS;
    tcp_block_reset(t);
    t->is_passive = true;
    tcp_block_enter(t, TCP_PASSIVE_OPEN);
    return 0;
}

int tcp_open_active(struct tcp *t) {
    /* RFC 9293 §3.9.1.1: an OPEN to a broadcast or multicast address MUST fail:
     * not enforced: the caller names the peer. */
    if (t->state > TCP_LISTEN) return TCP_ERR_EXISTS;
    tcp_block_reset(t);
    t->is_passive = false;
    tcp_block_enter(t, TCP_ACTIVE_OPEN);
    return 0;
}

/* --- SEND, §3.10.2 --- */

int tcp_send(struct tcp *t, struct span bytes) {
    /* RFC 9293 §3.10.2, LISTEN: a SEND could make it an active OPEN. Here it
     * does not, since no peer is set: "remote socket unspecified". */
    if (t->state <= TCP_LISTEN) return t->error ? t->error : TCP_ERR_NOT_OPEN;
    if (t->is_closing) return TCP_ERR_CLOSING;
    if (bytes.len > INT32_MAX) bytes.len = INT32_MAX;
    return (int)ring_append(&t->send_queue, bytes);
}

/* --- RECEIVE, §3.10.3 --- */

/* RFC 9293 §3.8.6.2.2: the window opens in large steps only, so that the sender
 * does not fill small ones (silly window syndrome). */
static void open_window(struct tcp *t) {
    size_t space = reorder_space(&t->receive_queue);
    size_t half = t->receive_queue.ring.memory.len / 2;
    size_t step = t->options.mss < half ? t->options.mss : half;
    if (space > TCP_MAX_WINDOW) space = TCP_MAX_WINDOW;
    if (space < t->rcv.wnd + step) return;
    /* Send an ACK, unless the window that the peer knows is still large. */
    if (t->rcv.wnd < TCP_MAX_WINDOW / 2) t->needs_ack = true;
    t->rcv.wnd = (uint32_t)space;
}

/* RFC 9293 §3.10.3: data that arrived before the peer's FIN is still
 * delivered. */
int tcp_receive(struct tcp *t, uint8_t *bytes, int n) {
    assert(n >= 0);
    int count = (int)reorder_read(&t->receive_queue, bytes, (size_t)n);
    bool has_ended = t->rcv.has_fin && t->rcv.nxt == t->rcv.fin + 1;
    if (t->state == TCP_ESTABLISHED || t->state == TCP_FIN_WAIT_1 ||
        t->state == TCP_FIN_WAIT_2)
        open_window(t);
    if (count > 0 || n == 0) return count;
    if (t->error) return t->error;
    if (has_ended) return TCP_ERR_CLOSING;
    /* RFC 9293 §3.10.3: only in CLOSED is there no connection. From LISTEN to
     * SYN-RECEIVED a RECEIVE waits for ESTABLISHED. */
    return t->state == TCP_CLOSED ? TCP_ERR_NOT_OPEN : 0;
}

/* --- CLOSE, §3.10.4 --- */

int tcp_close(struct tcp *t) {
    if (t->state == TCP_CLOSED) return t->error ? t->error : TCP_ERR_NOT_OPEN;
    if (t->is_closing) return TCP_ERR_CLOSING;
    t->is_closing = true;
    /* RFC 9293 §3.10.4, SYN-RECEIVED: with data to send, the CLOSE is queued
     * until ESTABLISHED. tcp_ack.c does it then. */
    if (t->state != TCP_SYN_RECEIVED || t->send_queue.len == 0)
        tcp_block_enter(t, TCP_CLOSE);
    return 0;
}

/* --- ABORT, §3.10.5 --- */

int tcp_abort(struct tcp *t) {
    if (t->state == TCP_CLOSED) return TCP_ERR_NOT_OPEN;
    if (tcp_transition_find(t->state, TCP_ABORT)->sends == SEGMENT_RST)
        t->reply = (struct tcp_reply){.seq = t->snd.nxt,
                                      .flags = SEGMENT_RST,
                                      .port = t->options.remote_port,
                                      .to = t->options.remote};
    tcp_block_fail(t, TCP_ABORT, TCP_ERR_RESET);
    return 0;
}

bool tcp_next_step(struct tcp *t, struct tcp_transition *step) {
    if (t->step_read == t->step_count) return false;
    if (t->step_count - t->step_read > TCP_STEPS)
        t->step_read = t->step_count - TCP_STEPS;
    *step = t->steps[t->step_read++ % TCP_STEPS];
    return true;
}
