/* channel_fuzz.c: whatever is sent when, each packet is delivered, lost,
 * dropped or under way; what arrives was sent, at most one bit is wrong, and
 * that only with corruption; nothing arrives early; without reordering, all
 * arrive in order.
 *
 * Input: 10 bytes of options, then for each step a packet's length and a time.
 * FUZZ_MAX_LEN: 300
 */
#include "packets/channel.h"
#include "packets/cursor.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct channel_options read_options(struct cursor *c) {
    struct channel_options o = {.seed = cursor_u8(c)};
    o.loss = cursor_u8(c) * 1000 / 255;
    o.duplication = cursor_u8(c) * 1000 / 255;
    o.corruption = cursor_u8(c) * 1000 / 255;
    o.reordering = cursor_u8(c) * 1000 / 255;
    o.delay_us = cursor_u8(c) * 1000u;
    o.jitter_us = cursor_u8(c) * 100u;
    o.rate = (uint32_t)1 << cursor_u8(c) % 32;
    if (o.rate == 1) o.rate = 0;
    o.queue = cursor_u16(c);
    return o;
}

/* Each packet is its number, once or more often. */
static int send(struct channel *c, int64_t now_us, uint32_t number,
                size_t times) {
    struct buf packet = {.max = 1024};
    while (times-- > 0) cursor_put_u32(&packet, number);
    int fate = channel_send(c, now_us, buf_view(&packet));
    buf_free(&packet);
    return fate;
}

static unsigned bits(uint32_t x) {
    unsigned n = 0;
    for (; x; x &= x - 1) n++;
    return n;
}

/* Returns how many bits are wrong if packet were number, or 2: too many. */
static unsigned wrong_bits(struct span packet, uint32_t number) {
    struct cursor c = cursor_from(packet);
    unsigned wrong = 0;
    while (cursor_left(&c) > 0 && wrong < 2)
        wrong += bits(cursor_u32(&c) ^ number);
    assert(!c.failed);
    return wrong;
}

/* Returns which packet has arrived. It has three words or more, of which a
 * wrong bit changes one. */
static uint32_t number_of(struct span packet, uint32_t sent) {
    struct cursor c = cursor_from(packet);
    uint32_t a = cursor_u32(&c), b = cursor_u32(&c), third = cursor_u32(&c);
    uint32_t number = a == b ? a : third;
    assert(number < sent && wrong_bits(packet, number) <= 1);
    return number;
}

static void drain(struct channel *c, int64_t now_us, uint32_t sent,
                  int64_t *highest) {
    struct span packet;
    int64_t due_us = channel_due_us(c);
    while (channel_receive(c, now_us, &packet)) {
        uint32_t number = number_of(packet, sent);
        assert(due_us <= now_us);
        assert(c->options.corruption || wrong_bits(packet, number) == 0);
        assert(c->options.reordering || number >= *highest);
        if (number > *highest) *highest = number;
        due_us = channel_due_us(c);
    }
    assert(due_us > now_us || due_us == INT64_MAX);
}

static void is_balanced(const struct channel *c) {
    const struct channel_counts *n = &c->counts;
    uint32_t ended = n->delivered + n->lost + n->dropped;
    assert(n->sent + n->duplicated >= ended);
    bool is_empty = n->sent + n->duplicated == ended;
    assert(is_empty == (c->bytes == 0));
    assert(is_empty == (channel_due_us(c) == INT64_MAX));
    assert(c->bytes <= CHANNEL_MAX_BYTES && c->held_count < CHANNEL_MAX_HELD);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct cursor input =
        cursor_from((struct span){(uint8_t *)(uintptr_t)bytes, n});
    struct channel_options options = read_options(&input);
    struct channel c;
    int64_t now_us = 0, highest = 0;
    uint32_t sent = 0;
    channel_init(&c, &options);
    while (cursor_left(&input) >= 2 && sent < 500) {
        size_t times = 3 + cursor_u8(&input) % 32;
        uint8_t wait = cursor_u8(&input);
        assert(send(&c, now_us, sent++, times) >= 0);
        is_balanced(&c);
        now_us += (int64_t)wait * wait * wait / 16;
        drain(&c, now_us, sent, &highest);
        is_balanced(&c);
    }
    drain(&c, INT64_MAX, sent, &highest);
    assert(c.bytes == 0);
    is_balanced(&c);
    channel_free(&c);
    return 0;
}
