/* window.c: see packets/window.h. Entry points: window_send and window_on_ack
 * of the sender; window_receive, window_deliver and window_ack of the receiver.
 * Numbers are compared by their distance, so that they may wrap. */
#include "packets/window.h"

#include <assert.h>

static void check_options(const struct window_options *o) {
    assert(o->bits >= 1 && o->bits <= WINDOW_MAX_BITS);
    assert(o->size >= 1 && o->size <= WINDOW_MAX);
}

static uint32_t mask(const struct window_options *o) {
    return (1u << o->bits) - 1;
}

uint8_t window_seq(const struct window_options *options, uint32_t number) {
    return (uint8_t)(number & mask(options));
}

/* --- the sender --- */

void window_sender_init(struct window_sender *s,
                        const struct window_options *options, uint32_t total) {
    check_options(options);
    *s = (struct window_sender){.options = *options, .total = total};
}

/* Go-back-N: when the timer of the first packet is due, all packets under way
 * are sent again. The receiver has kept none after a lost one. */
static bool go_back(struct window_sender *s, int64_t now_us, uint32_t *number) {
    if (s->base == s->next) return false;
    if (s->due_us[s->base % WINDOW_MAX] <= now_us) s->again = s->base;
    if (s->again == s->next) return false;
    *number = s->again++;
    return true;
}

/* Selective repeat: only a packet with a timer that is due is sent again. */
static bool repeat(struct window_sender *s, int64_t now_us, uint32_t *number) {
    for (*number = s->base; *number != s->next; ++*number)
        if (!s->is_acked[*number % WINDOW_MAX] &&
            s->due_us[*number % WINDOW_MAX] <= now_us)
            return true;
    return false;
}

static bool send_again(struct window_sender *s, int64_t now_us,
                       uint32_t *number) {
    return s->options.is_selective ? repeat(s, now_us, number)
                                   : go_back(s, now_us, number);
}

/* More packets may be under way than the window now allows. */
static bool send_new(struct window_sender *s, uint32_t *number) {
    if (s->next == s->total || s->next - s->base >= s->options.size)
        return false;
    *number = s->next++;
    s->again = s->next;
    s->is_acked[*number % WINDOW_MAX] = false;
    return true;
}

bool window_send(struct window_sender *s, int64_t now_us, uint32_t *number) {
    check_options(&s->options);
    if (!send_again(s, now_us, number) && !send_new(s, number)) return false;
    s->due_us[*number % WINDOW_MAX] = now_us + s->options.timeout_us;
    return true;
}

/* Cumulative: each packet before seq has arrived. */
static uint32_t acknowledge_before(struct window_sender *s, uint8_t seq) {
    uint32_t count = (seq - s->base) & mask(&s->options);
    if (count > s->next - s->base) return 0; /* an old ACK */
    if (s->again - s->base < count) s->again = s->base + count;
    s->base += count;
    return count;
}

/* The packet seq has arrived. Those before it may not have. */
static uint32_t acknowledge_one(struct window_sender *s, uint8_t seq) {
    uint32_t ahead = (seq - s->base) & mask(&s->options);
    uint32_t slot = (s->base + ahead) % WINDOW_MAX;
    if (ahead >= s->next - s->base || s->is_acked[slot]) return 0;
    s->is_acked[slot] = true;
    while (s->base != s->next && s->is_acked[s->base % WINDOW_MAX]) s->base++;
    return 1;
}

uint32_t window_on_ack(struct window_sender *s, uint8_t seq) {
    return s->options.is_selective ? acknowledge_one(s, seq)
                                   : acknowledge_before(s, seq);
}

int64_t window_due_us(const struct window_sender *s) {
    int64_t due_us = INT64_MAX;
    for (uint32_t n = s->base; n != s->next; n++) {
        uint32_t slot = n % WINDOW_MAX;
        if (!s->is_acked[slot] && s->due_us[slot] < due_us)
            due_us = s->due_us[slot];
        if (!s->options.is_selective) break; /* only the first one's timer */
    }
    return due_us;
}

/* --- the receiver --- */

void window_receiver_init(struct window_receiver *r,
                          const struct window_options *options) {
    check_options(options);
    *r = (struct window_receiver){.options = *options};
}

bool window_receive(struct window_receiver *r, uint8_t seq, uint32_t *number) {
    uint32_t space = r->options.is_selective ? r->options.size : 1;
    uint32_t ahead = (seq - r->base) & mask(&r->options);
    *number = r->base + ahead;
    if (ahead >= space || r->is_kept[*number % WINDOW_MAX]) return false;
    r->is_kept[*number % WINDOW_MAX] = true;
    return true;
}

bool window_deliver(struct window_receiver *r, uint32_t *number) {
    bool *is_kept = &r->is_kept[r->base % WINDOW_MAX];
    if (!*is_kept) return false;
    *is_kept = false;
    *number = r->base++;
    return true;
}

/* Selective repeat: a packet before the window was delivered, but its ACK may
 * have been lost. A packet after the window was not kept. */
int window_ack(const struct window_receiver *r, uint8_t seq) {
    if (!r->options.is_selective) return window_seq(&r->options, r->base);
    uint32_t before = (r->base - seq) & mask(&r->options);
    uint32_t ahead = (seq - r->base) & mask(&r->options);
    if (before >= 1 && before <= r->options.size) return seq;
    return ahead < r->options.size ? seq : -1;
}
