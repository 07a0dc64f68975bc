/* rto.c: see packets/rto.h. Entry points: rto_init, rto_measure, rto_back_off,
 * rto_after_lost_syn. */
#include "packets/rto.h"

#include <assert.h>

enum {
    GRANULARITY_US = 1, /* G, of the clock */
    K = 4
};

void rto_init(struct rto *r, int64_t min_us) {
    assert(min_us <= RTO_MAX_US);
    /* RFC 6298 §2.1: 1 second until a round-trip time was measured. */
    *r = (struct rto){.rto_us = RTO_FIRST_US, .min_us = min_us};
}

static void limit(struct rto *r) {
    /* RFC 6298 §2.4: rounded up to 1 second, unless the caller has another
     * minimum. */
    if (r->rto_us < r->min_us) r->rto_us = r->min_us;
    /* RFC 6298 §2.5: a maximum MAY be placed on it. */
    if (r->rto_us > RTO_MAX_US) r->rto_us = RTO_MAX_US;
}

void rto_measure(struct rto *r, int64_t rtt_us) {
    if (!r->has_srtt) { /* RFC 6298 §2.2 */
        r->has_srtt = true;
        r->srtt_us = rtt_us;
        r->rttvar_us = rtt_us / 2;
    } else { /* RFC 6298 §2.3: RTTVAR first, with the SRTT of before */
        int64_t distance = r->srtt_us - rtt_us;
        if (distance < 0) distance = -distance;
        r->rttvar_us = (3 * r->rttvar_us + distance) / 4;
        r->srtt_us = (7 * r->srtt_us + rtt_us) / 8;
    }
    int64_t margin = K * r->rttvar_us;
    if (margin < GRANULARITY_US) margin = GRANULARITY_US;
    r->rto_us = r->srtt_us + margin;
    limit(r);
}

void rto_back_off(struct rto *r) {
    r->rto_us *= 2; /* RFC 6298 §5.5 */
    limit(r);
}

void rto_after_lost_syn(struct rto *r) {
    /* RFC 6298 §5.7: if the timer of the SYN has expired, and the RTO is less
     * than 3 seconds, it MUST be 3 seconds when data transmission begins. */
    if (r->rto_us < RTO_LOST_SYN_US) r->rto_us = RTO_LOST_SYN_US;
}
