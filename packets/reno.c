/* reno.c: see packets/reno.h. Entry points: reno_init, reno_window;
 * reno_on_ack, reno_on_duplicate, reno_on_timeout, reno_on_idle,
 * reno_after_lost_syn. */
#include "packets/reno.h"
#include "packets/sequence.h"

static uint32_t min(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static uint32_t max(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

/* RFC 5681 §3.1, IW: 2 to 4 segments. */
static uint32_t initial_window(uint32_t mss) {
    if (mss > 2190) return 2 * mss;
    return mss > 1095 ? 3 * mss : 4 * mss;
}

void reno_init(struct reno *r, uint32_t mss, uint32_t iss) {
    /* RFC 5681 §3.1: the initial ssthresh SHOULD be arbitrarily high. */
    *r = (struct reno){.mss = mss,
                       .cwnd = initial_window(mss),
                       .ssthresh = UINT32_MAX,
                       .recover = iss};
}

uint32_t reno_window(const struct reno *r) {
    if (r->is_recovering) return r->cwnd;
    /* RFC 5681 §3.2 step 1: on the first and second duplicate ACK a sender
     * SHOULD send a segment of new data (RFC 3042). */
    return r->cwnd + min(r->duplicates, RENO_DUPLICATES - 1) * r->mss;
}

/* RFC 5681 §3.1 equation (4). */
static uint32_t half(const struct reno *r, uint32_t flight) {
    return max(flight / 2, 2 * r->mss);
}

/* Adds to cwnd. The limit keeps sums with cwnd within 32 bits. */
static void grow(struct reno *r, uint32_t bytes) {
    r->cwnd = min(r->cwnd + bytes, UINT32_MAX / 4);
}

/* RFC 6582 §3.2 step 3. */
static bool recover(struct reno *r, uint32_t una, uint32_t acked,
                    uint32_t flight) {
    if (!sequence_before(una, r->recover)) { /* full acknowledgment */
        r->cwnd = min(r->ssthresh, max(flight, r->mss) + r->mss);
        r->is_recovering = false;
        return false;
    }
    r->cwnd -= min(acked, r->cwnd);
    if (acked >= r->mss || r->cwnd < r->mss) r->cwnd += r->mss;
    return true;
}

bool reno_on_ack(struct reno *r, uint32_t una, uint32_t acked,
                 uint32_t flight) {
    r->duplicates = 0;
    if (r->is_recovering) return recover(r, una, acked, flight);
    if (r->cwnd < r->ssthresh)
        grow(r, min(acked, r->mss)); /* RFC 5681 §3.1 equation (2) */
    else                             /* equation (3), at least 1 */
        grow(r, max((uint32_t)((uint64_t)r->mss * r->mss / r->cwnd), 1));
    return false;
}

bool reno_on_duplicate(struct reno *r, uint32_t una, uint32_t nxt,
                       uint32_t flight) {
    r->duplicates++;
    if (r->is_recovering) {
        grow(r, r->mss); /* RFC 5681 §3.2 step 4: one has left the network */
        return false;
    }
    if (r->duplicates != RENO_DUPLICATES) return false;
    /* RFC 6582 §3.2 step 1: segments that were sent before the last loss may
     * still cause duplicates, which do not mean another loss. */
    if (!sequence_before(r->recover, una)) return false;
    r->ssthresh = half(r, flight); /* RFC 5681 §3.2 step 2 */
    r->cwnd = r->ssthresh + RENO_DUPLICATES * r->mss; /* step 3 */
    r->recover = nxt;
    r->is_recovering = true;
    return true;
}

void reno_on_timeout(struct reno *r, uint32_t nxt, uint32_t flight,
                     bool is_first) {
    /* RFC 5681 §3.1: ssthresh is held constant when the same segment is sent
     * again by the timer a second time. */
    if (is_first) r->ssthresh = half(r, flight);
    r->cwnd = r->mss; /* RFC 5681 §3.1: LW, one segment */
    r->duplicates = 0;
    r->is_recovering = false;
    r->recover = nxt; /* RFC 6582 §4 */
}

void reno_on_idle(struct reno *r) {
    r->cwnd = min(r->cwnd, initial_window(r->mss)); /* RFC 5681 §4.1 */
}

void reno_after_lost_syn(struct reno *r) {
    r->cwnd = r->mss; /* RFC 5681 §3.1: one segment, if the SYN was lost */
}
