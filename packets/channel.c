/* channel.c: see packets/channel.h. Entry points: channel_send decides what
 * happens to a packet and when it arrives; channel_receive looks at the clock.
 *
 * Packets arrive in the order of the queue, a buf of records: time of arrival
 * (8 bytes), length (4), the packet. Only packets that are being overtaken are
 * outside, and never more than four: the newest one, and three before it, since
 * each waits for three packets at most. So the time of a step does not depend
 * on the number of packets under way. */
#include "packets/channel.h"
#include "packets/cursor.h"

#include <assert.h>

enum {
    RECORD = 12, /* bytes before each packet in the queue */
    SECOND = 1000000,
};

enum draw { /* the random numbers of each packet, needed or not */
    LOSS,
    DUPLICATION,
    CORRUPTION,
    REORDERING,
    JITTER,
    BIT,
    OVERTAKERS,
    DRAWS,
};

/* Returns 64 random bits for the packet that is being sent: SplitMix64, whose
 * state after n steps is known without the steps before. */
static uint64_t random_bits(const struct channel *c, enum draw draw) {
    uint64_t n = (uint64_t)c->counts.sent * DRAWS + draw + 1;
    uint64_t x = c->options.seed + n * 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

static bool happens(const struct channel *c, enum draw draw, uint16_t often) {
    return random_bits(c, draw) % 1000 < often;
}

void channel_set(struct channel *c, const struct channel_options *options) {
    uint64_t seed = c->options.seed;
    assert(options->loss <= 1000 && options->duplication <= 1000);
    assert(options->corruption <= 1000 && options->reordering <= 1000);
    if (options->rate != c->options.rate) c->busy_part = 0;
    c->options = *options;
    c->options.seed = seed;
}

void channel_init(struct channel *c, const struct channel_options *options) {
    *c = (struct channel){.options.seed = options->seed,
                          .now_us = INT64_MIN,
                          .busy_us = INT64_MIN,
                          .last_us = INT64_MIN};
    buf_init(&c->queue, CHANNEL_MAX_BYTES);
    for (int i = 0; i < CHANNEL_MAX_HELD; i++)
        buf_init(&c->held[i].packet, CHANNEL_MAX_PACKET);
    channel_set(c, options);
}

void channel_free(struct channel *c) {
    buf_free(&c->queue);
    for (int i = 0; i < CHANNEL_MAX_HELD; i++) buf_free(&c->held[i].packet);
    c->held_count = 0;
    c->bytes = 0;
}

static void set_now(struct channel *c, int64_t now_us) {
    assert(now_us >= c->now_us);
    c->now_us = now_us;
}

/* --- the rate --- */

/* Must a packet of n bytes wait, and is there no space for it in the queue? */
static bool queue_is_full(const struct channel *c, size_t n) {
    uint64_t rate = c->options.rate;
    if (rate == 0 || c->options.queue == 0 || c->now_us >= c->busy_us)
        return false;
    uint64_t wait = (uint64_t)c->busy_us - (uint64_t)c->now_us;
    if (wait > UINT64_MAX / rate) return true;
    uint64_t waiting = (wait * rate - 1) / SECOND + 1; /* bytes, rounded up */
    return waiting + n > c->options.queue;
}

/* Sends n bytes at the rate, after those that are being sent. Returns when the
 * last one is sent. */
static int64_t transmit(struct channel *c, size_t n) {
    uint64_t rate = c->options.rate;
    if (rate == 0) return c->now_us;
    if (c->now_us > c->busy_us) {
        c->busy_us = c->now_us;
        c->busy_part = 0;
    }
    uint64_t parts = n * (uint64_t)SECOND + c->busy_part;
    c->busy_us += (int64_t)(parts / rate);
    c->busy_part = (uint32_t)(parts % rate);
    return c->busy_us + (c->busy_part > 0);
}

/* Returns when a packet of n bytes arrives if nothing overtakes it: not before
 * the one that was sent before it. */
static int64_t arrival(struct channel *c, size_t n) {
    uint64_t jitter = random_bits(c, JITTER) % (c->options.jitter_us + 1ull);
    int64_t due_us = transmit(c, n) + c->options.delay_us + (int64_t)jitter;
    if (due_us > c->last_us) c->last_us = due_us;
    return c->last_us;
}

/* --- packets under way --- */

/* Appends a packet to the queue, in which space is reserved. Returns it. */
static uint8_t *append(struct channel *c, int64_t due_us, struct span packet) {
    cursor_put_u64(&c->queue, (uint64_t)due_us);
    cursor_put_u32(&c->queue, (uint32_t)packet.len);
    buf_append(&c->queue, packet.data, packet.len);
    assert(!c->queue.failed);
    return c->queue.bytes + c->queue.end - packet.len;
}

/* Removes a held packet. Returns its member, which is now the one after those
 * in use; its memory stays valid there. */
static struct channel_held *remove_held(struct channel *c, unsigned i) {
    struct channel_held removed = c->held[i];
    c->held_count--;
    for (; i < c->held_count; i++) c->held[i] = c->held[i + 1];
    c->held[i] = removed;
    return &c->held[i];
}

/* Moves a held packet to the queue. */
static void release(struct channel *c, unsigned i, int64_t due_us) {
    append(c, due_us, buf_view(&c->held[i].packet));
    remove_held(c, i);
}

/* A packet that arrives at due_us overtakes all held ones. A held packet that
 * has waited for it as the last one follows directly after it. */
static void overtake(struct channel *c, int64_t due_us) {
    for (unsigned i = 0; i < c->held_count;) {
        if (--c->held[i].overtakers > 0)
            i++;
        else
            release(c, i, due_us);
    }
}

/* Holds a packet until others have overtaken it. Returns the copy, or NULL: no
 * memory. */
static uint8_t *hold(struct channel *c, int64_t due_us, struct span packet) {
    assert(c->held_count < CHANNEL_MAX_HELD);
    struct channel_held *h = &c->held[c->held_count];
    buf_clear(&h->packet);
    if (!buf_append(&h->packet, packet.data, packet.len)) return NULL;
    h->due_us = due_us + CHANNEL_HOLD_US;
    /* 1 to 3, and one more, since overtake counts the packet itself, too. */
    h->overtakers = 2 + (unsigned)(random_bits(c, OVERTAKERS) % 3);
    c->held_count++;
    return h->packet.bytes;
}

/* Puts a packet into the queue, or holds it. Returns the fate that it got. */
static int put(struct channel *c, int64_t due_us, struct span packet,
               int fate) {
    uint8_t *copy = NULL;
    while (c->held_count > 0 && c->held[0].due_us < due_us)
        release(c, 0, c->held[0].due_us);
    if (fate & CHANNEL_REORDERED) copy = hold(c, due_us, packet);
    if (!copy) {
        fate &= ~CHANNEL_REORDERED;
        copy = append(c, due_us, packet);
    }
    if (fate & CHANNEL_CORRUPTED) {
        uint64_t bit = random_bits(c, BIT) % (8 * packet.len);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    overtake(c, due_us);
    c->bytes += RECORD + packet.len;
    return fate;
}

/* Returns what happens to the next packet, which is not dropped. */
static int fate_of(const struct channel *c) {
    const struct channel_options *o = &c->options;
    if (happens(c, LOSS, o->loss)) return CHANNEL_LOST;
    int fate = 0;
    if (happens(c, DUPLICATION, o->duplication)) fate |= CHANNEL_DUPLICATED;
    if (happens(c, CORRUPTION, o->corruption)) fate |= CHANNEL_CORRUPTED;
    if (happens(c, REORDERING, o->reordering)) fate |= CHANNEL_REORDERED;
    return fate;
}

static void count(struct channel_counts *n, int fate) {
    n->sent++;
    n->lost += (fate & CHANNEL_LOST) != 0;
    n->dropped += (fate & CHANNEL_DROPPED) != 0;
    n->duplicated += (fate & CHANNEL_DUPLICATED) != 0;
    n->corrupted += (fate & CHANNEL_CORRUPTED) != 0;
    n->reordered += (fate & CHANNEL_REORDERED) != 0;
}

/* Reserves space in the queue for n bytes more and for all that are held, so
 * that no step after it can fail. False: no memory. */
static bool reserve(struct channel *c, size_t n) {
    for (unsigned i = 0; i < c->held_count; i++)
        n += RECORD + c->held[i].packet.end;
    return buf_reserve(&c->queue, n) != NULL;
}

int channel_send(struct channel *c, int64_t now_us, struct span packet) {
    assert(packet.len >= 1 && packet.len <= CHANNEL_MAX_PACKET);
    set_now(c, now_us);
    int fate = fate_of(c);
    size_t copies = fate == CHANNEL_LOST        ? 0
                    : fate & CHANNEL_DUPLICATED ? 2
                                                : 1;
    size_t n = copies * (RECORD + packet.len);
    if (queue_is_full(c, packet.len) || c->bytes + n > CHANNEL_MAX_BYTES) {
        fate = CHANNEL_DROPPED;
    } else {
        if (!reserve(c, n)) return -1;
        int64_t due_us = arrival(c, packet.len);
        if (copies > 0) fate = put(c, due_us, packet, fate);
        if (copies > 1) put(c, due_us, packet, fate & ~CHANNEL_REORDERED);
    }
    count(&c->counts, fate);
    return fate;
}

/* Returns when the first packet of the queue arrives; INT64_MAX: none. */
static int64_t queue_due_us(const struct channel *c) {
    struct cursor record = cursor_from(buf_view(&c->queue));
    uint64_t due_us = cursor_u64(&record);
    return record.failed ? INT64_MAX : (int64_t)due_us;
}

int64_t channel_due_us(const struct channel *c) {
    int64_t due_us = queue_due_us(c);
    if (c->held_count > 0 && c->held[0].due_us < due_us)
        return c->held[0].due_us;
    return due_us;
}

bool channel_receive(struct channel *c, int64_t now_us, struct span *packet) {
    set_now(c, now_us);
    int64_t due_us = channel_due_us(c);
    if (due_us == INT64_MAX || due_us > now_us) return false;
    if (due_us < queue_due_us(c)) {
        *packet = buf_view(&remove_held(c, 0)->packet);
    } else {
        struct cursor record = cursor_from(buf_view(&c->queue));
        cursor_u64(&record);
        *packet = cursor_span(&record, cursor_u32(&record));
        buf_consume(&c->queue, record.pos);
    }
    c->bytes -= RECORD + packet->len;
    c->counts.delivered++;
    return true;
}
