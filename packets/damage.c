/* damage.c: see packets/damage.h. Entry point: damage_next. */
#include "packets/damage.h"

#include <assert.h>

void damage_init(struct damage *d, enum damage_kind kind, int n,
                 const uint8_t frame[DAMAGE_FRAME]) {
    assert(n >= (kind == DAMAGE_BURST ? 2 : 1) && n <= 32);
    assert(kind != DAMAGE_BITS || n <= 16);
    assert(kind != DAMAGE_EXCHANGE || n == 8 || n == 16 || n == 32);
    *d = (struct damage){.kind = kind, .n = n};
    for (int i = 0; i < DAMAGE_FRAME; i++)
        d->frame |= (uint64_t)frame[i] << 8 * i;
}

/* Sets mask to the next larger number with n ones, the first to the smallest.
 * In the lowest group of ones, the highest one moves up by one bit; the others
 * move down to bit 0. */
static bool next_bits(struct damage *d) {
    uint64_t ones = ((uint64_t)1 << d->n) - 1;
    if (d->step++ == 0) {
        d->mask = ones;
        return true;
    }
    if (d->mask == ones << (64 - d->n)) return false;
    uint64_t lowest = d->mask & (~d->mask + 1);
    uint64_t above = d->mask + lowest;
    d->mask = above | ((above ^ d->mask) >> 2) / lowest;
    return true;
}

/* The lower bits of step are the inner bits of the burst; the upper bits are
 * its place. */
static bool next_burst(struct damage *d) {
    int inner_bits = d->n - 2;
    uint64_t inner = d->step & (((uint64_t)1 << inner_bits) - 1);
    uint64_t place = d->step++ >> inner_bits;
    if (place > (uint64_t)(64 - d->n)) return false;
    d->mask = (1 | inner << 1 | (uint64_t)1 << (d->n - 1)) << place;
    return true;
}

/* Each step is a pair of groups. Each pair appears in both orders; the second
 * one is skipped. */
static bool next_exchange(struct damage *d) {
    uint64_t groups = 64 / (uint64_t)d->n;
    uint64_t ones = ((uint64_t)1 << d->n) - 1;
    while (d->step < groups * groups) {
        uint64_t low = d->step / groups * (uint64_t)d->n;
        uint64_t high = d->step++ % groups * (uint64_t)d->n;
        uint64_t changed = (d->frame >> low ^ d->frame >> high) & ones;
        d->mask = changed << low | changed << high;
        if (low < high && changed) return true;
    }
    return false;
}

bool damage_next(struct damage *d, uint8_t damaged[DAMAGE_FRAME]) {
    bool has_next = d->kind == DAMAGE_BITS    ? next_bits(d)
                    : d->kind == DAMAGE_BURST ? next_burst(d)
                                              : next_exchange(d);
    if (!has_next) return false;
    for (int i = 0; i < DAMAGE_FRAME; i++)
        damaged[i] = (uint8_t)((d->frame ^ d->mask) >> 8 * i);
    return true;
}
