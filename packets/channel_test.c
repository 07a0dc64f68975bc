/* channel_test.c: packets/channel.h */
#include "packets/channel.h"
#include "packets/cursor.h"
#include "packets/unit.h"

#define COUNT 20000

static struct channel channel;

static void start(struct channel_options options) {
    channel_init(&channel, &options);
}

/* Sends a packet of n bytes that begins with a number. */
static int send_sized(uint32_t number, int64_t now_us, size_t n) {
    struct buf packet = {.max = CHANNEL_MAX_PACKET};
    static const uint8_t zeros[CHANNEL_MAX_PACKET];
    cursor_put_u32(&packet, number);
    buf_append(&packet, zeros, n - 4);
    uint8_t *exact = unit_exact(packet.bytes, n);
    int fate = channel_send(&channel, now_us, (struct span){exact, n});
    free(exact); /* the channel has a copy */
    buf_free(&packet);
    return fate;
}

static int send(uint32_t number, int64_t now_us) {
    return send_sized(number, now_us, 4);
}

/* Returns the number that the next packet begins with, or -1: there is none. */
static int64_t receive(int64_t now_us) {
    struct span packet;
    if (!channel_receive(&channel, now_us, &packet)) return -1;
    struct cursor c = cursor_from(packet);
    return cursor_u32(&c);
}

/* What is sent is delivered, lost, dropped or under way; here nothing is. */
static void nothing_is_under_way(void) {
    const struct channel_counts *n = &channel.counts;
    UNIT_INT(n->sent + n->duplicated, n->delivered + n->lost + n->dropped);
    UNIT_TRUE(channel_due_us(&channel) == INT64_MAX);
    UNIT_INT(channel.bytes, 0);
    UNIT_INT(channel.held_count, 0);
}

static void a_channel_with_no_options_is_a_fifo(void) {
    start((struct channel_options){.seed = 1});
    UNIT_TRUE(channel_due_us(&channel) == INT64_MAX);
    UNIT_INT(receive(5), -1);
    for (uint32_t i = 0; i < 1000; i++) {
        UNIT_INT(send(2 * i, 5 + i), 0);
        UNIT_INT(send(2 * i + 1, 5 + i), 0);
        UNIT_INT(channel_due_us(&channel), 5 + i);
        UNIT_INT(receive(5 + i), 2 * i);
        UNIT_INT(receive(5 + i), 2 * i + 1);
        UNIT_INT(receive(5 + i), -1);
    }
    UNIT_INT(channel.counts.sent, 2000);
    UNIT_INT(channel.counts.delivered, 2000);
    nothing_is_under_way();
    channel_free(&channel);
}

static void a_packet_of_each_size_arrives_whole(void) {
    static const size_t sizes[] = {1, 2, 1500, CHANNEL_MAX_PACKET - 1,
                                   CHANNEL_MAX_PACKET};
    uint8_t *bytes = malloc(CHANNEL_MAX_PACKET);
    if (!bytes) abort();
    for (size_t i = 0; i < CHANNEL_MAX_PACKET; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    start((struct channel_options){.reordering = 500, .seed = 3});
    for (size_t i = 0; i < 5; i++) {
        struct span got, sent = {bytes, sizes[i]};
        UNIT_TRUE(channel_send(&channel, 0, sent) >= 0);
        channel.now_us = INT64_MIN; /* the next round begins at 0 */
        UNIT_TRUE(channel_receive(&channel, INT64_MAX, &got));
        channel.now_us = INT64_MIN;
        UNIT_TRUE(span_equal(got, sent));
    }
    channel_free(&channel);
    free(bytes);
}

static void a_packet_arrives_after_the_delay_and_not_before(void) {
    start((struct channel_options){.delay_us = 20000});
    UNIT_INT(send(1, 100), 0);
    UNIT_INT(send(2, 150), 0);
    UNIT_INT(channel_due_us(&channel), 20100);
    UNIT_INT(receive(20099), -1);
    UNIT_INT(receive(20100), 1);
    UNIT_INT(channel_due_us(&channel), 20150);
    UNIT_INT(receive(20149), -1);
    UNIT_INT(receive(30000), 2);
    nothing_is_under_way();
    channel_free(&channel);
}

/* Each value of the jitter is as likely as any other, and order is kept. */
static void jitter_delays_but_does_not_reorder(void) {
    start((struct channel_options){.delay_us = 100, .jitter_us = 9, .seed = 7});
    uint32_t times[10] = {0};
    for (uint32_t i = 0; i < COUNT; i++) {
        int64_t now_us = i * 200ll;
        UNIT_INT(send(i, now_us), 0);
        int64_t delay_us = channel_due_us(&channel) - now_us;
        UNIT_TRUE(delay_us >= 100 && delay_us <= 109);
        if (delay_us >= 100 && delay_us <= 109) times[delay_us - 100]++;
        UNIT_INT(receive(now_us + 109), i);
    }
    for (int i = 0; i < 10; i++)
        UNIT_TRUE(times[i] > COUNT / 11 && times[i] < COUNT / 9);
    int64_t now_us = COUNT * 200ll;
    for (uint32_t i = 0; i < 1000; i++) send(i, now_us + i);
    for (uint32_t i = 0; i < 1000; i++) UNIT_INT(receive(INT64_MAX), i);
    nothing_is_under_way();
    channel_free(&channel);
}

/* At 1 000 000 bytes a second, a byte takes a microsecond. */
static void the_rate_limits(void) {
    start((struct channel_options){.rate = 1000000, .delay_us = 5});
    for (uint32_t i = 0; i < 3; i++) send_sized(i, 0, 1000);
    UNIT_INT(receive(1004), -1);
    UNIT_INT(receive(1005), 0);
    UNIT_INT(receive(2004), -1);
    UNIT_INT(receive(2005), 1);
    UNIT_INT(receive(3005), 2);
    send_sized(3, 10000, 1000); /* time without packets cannot be saved up */
    UNIT_INT(channel_due_us(&channel), 11005);
    UNIT_INT(receive(11005), 3);
    nothing_is_under_way();
    channel_free(&channel);
}

/* No fraction of a microsecond is lost: 3 bytes a second, 1.5 GB a second. */
static void the_rate_is_exact(void) {
    static const struct {
        uint32_t rate, packets;
        size_t n;
        int64_t due_us;
    } cases[] = {
        {3, 300, 4, 400000000},
        {1500000000, 100000, 10, 667}, /* 666.7, rounded up */
        {UINT32_MAX, 1, 4, 1},
        {1, 2, 65535, 131070000000},
    };
    for (size_t i = 0; i < 4; i++) {
        struct span packet;
        int64_t now_us = 0;
        start((struct channel_options){.rate = cases[i].rate});
        for (uint32_t k = 0; k < cases[i].packets; k++) {
            UNIT_INT(send_sized(k, 0, cases[i].n), 0);
            now_us = channel_due_us(&channel);
            if (cases[i].packets < 1000) continue;
            UNIT_TRUE(channel_receive(&channel, now_us, &packet));
            channel.now_us = 0; /* all are sent at once */
        }
        while (channel_due_us(&channel) != INT64_MAX) {
            now_us = channel_due_us(&channel);
            UNIT_TRUE(channel_receive(&channel, now_us, &packet));
        }
        UNIT_INT(now_us, cases[i].due_us);
        nothing_is_under_way();
        channel_free(&channel);
    }
}

/* A packet that is being sent keeps its rate; a part of a microsecond is
 * lost. */
static void a_new_rate_begins_after_the_current_packet(void) {
    start((struct channel_options){.rate = 3});
    send(1, 0);
    UNIT_INT(channel.busy_us, 1333333);
    channel_set(&channel, &(struct channel_options){.rate = 7});
    send_sized(2, 0, 7);
    UNIT_INT(receive(2333333), 1);
    UNIT_INT(receive(2333333), 2);
    channel_free(&channel);
    /* More bytes would be waiting at the new rate than a number can hold. */
    start((struct channel_options){.rate = 1});
    for (uint32_t i = 0; i < 200; i++) send_sized(i, 0, 65535);
    channel_set(&channel, &(struct channel_options){.rate = UINT32_MAX,
                                                    .queue = UINT32_MAX});
    UNIT_INT(send(200, 0), CHANNEL_DROPPED);
    channel_free(&channel);
}

/* 3 of 10 packets that are sent at once: each must wait until those before it
 * are sent, and the first one waits for nothing. */
static void the_queue_drops_packets_that_do_not_fit(void) {
    start((struct channel_options){.rate = 1000, .queue = 3000});
    for (uint32_t i = 0; i < 10; i++)
        UNIT_INT(send_sized(i, 0, 1000), i < 3 ? 0 : CHANNEL_DROPPED);
    UNIT_INT(send_sized(10, 999999, 1000), CHANNEL_DROPPED);
    UNIT_INT(send_sized(11, 1000000, 1001), CHANNEL_DROPPED);
    UNIT_INT(send_sized(12, 1000000, 1000), 0);
    UNIT_INT(channel.counts.dropped, 9);
    UNIT_INT(receive(4000000), 0);
    UNIT_INT(receive(4000000), 1);
    UNIT_INT(receive(4000000), 2);
    UNIT_INT(receive(4000000), 12);
    nothing_is_under_way();
    /* A packet that need not wait is sent even if it is larger. */
    UNIT_INT(send_sized(13, 4000000, 3001), 0);
    UNIT_INT(send_sized(14, 4000000, 4), CHANNEL_DROPPED);
    channel_free(&channel);
}

/* The queue of one byte has no space for any packet that waits; bytes that are
 * still to be sent are rounded up. */
static void a_queue_may_be_a_byte(void) {
    struct span byte = {(uint8_t[]){0}, 1};
    start((struct channel_options){.rate = 1000, .queue = 1});
    UNIT_INT(channel_send(&channel, 0, byte), 0);
    UNIT_INT(channel_send(&channel, 0, byte), CHANNEL_DROPPED);
    UNIT_INT(channel_send(&channel, 1000, byte), 0);
    channel_free(&channel);
    start((struct channel_options){.rate = 1, .queue = 1});
    UNIT_INT(channel_send(&channel, 0, byte), 0);
    UNIT_INT(channel_send(&channel, 999999, byte), CHANNEL_DROPPED);
    UNIT_INT(channel_send(&channel, 1000000, byte), 0);
    channel_free(&channel);
    start((struct channel_options){.rate = 1000001, .queue = 2});
    UNIT_INT(channel_send(&channel, 0, byte), 0);
    UNIT_INT(channel_send(&channel, 0, byte), 0);
    /* 1 microsecond is left, that is 1.000001 bytes */
    UNIT_INT(channel_send(&channel, 0, byte), CHANNEL_DROPPED);
    channel_free(&channel);
}

/* A byte at 3 bytes a second takes 333 333 microseconds and a third. */
static void a_part_of_a_microsecond_counts(void) {
    struct span byte = {(uint8_t[]){0}, 1};
    start((struct channel_options){.rate = 3});
    UNIT_INT(channel_send(&channel, 0, byte), 0);
    UNIT_INT(channel_due_us(&channel), 333334);
    channel_free(&channel);
}

/* Without a rate and without a queue there is still a limit. */
static void all_packets_under_way_have_a_limit(void) {
    start((struct channel_options){.delay_us = 1000});
    uint32_t fit = CHANNEL_MAX_BYTES / (12 + 65524);
    for (uint32_t i = 0; i < fit; i++) UNIT_INT(send_sized(i, 0, 65524), 0);
    UNIT_INT(channel.bytes, CHANNEL_MAX_BYTES); /* 256 times 65 536 */
    UNIT_INT(send(fit, 0), CHANNEL_DROPPED);
    UNIT_INT(receive(1000), 0);
    UNIT_INT(send_sized(fit, 1000, 65525), CHANNEL_DROPPED);
    UNIT_INT(send_sized(fit, 1000, 65524), 0);
    for (uint32_t i = 1; i <= fit; i++) UNIT_INT(receive(2000), i);
    nothing_is_under_way();
    channel_free(&channel);
}

static void a_duplicated_packet_counts_twice(void) {
    start((struct channel_options){.duplication = 1000});
    uint32_t fit = CHANNEL_MAX_BYTES / (12 + 65524);
    for (uint32_t i = 0; i < fit / 2; i++)
        UNIT_INT(send_sized(i, 0, 65524), CHANNEL_DUPLICATED);
    UNIT_INT(channel.bytes, CHANNEL_MAX_BYTES);
    UNIT_INT(send(fit, 0), CHANNEL_DROPPED);
    channel_free(&channel);
}

static void a_loss_of_1000_loses_all_and_0_none(void) {
    struct channel_options options = {.seed = 5, .loss = 1000};
    start(options);
    for (uint32_t i = 0; i < 1000; i++) UNIT_INT(send(i, 0), CHANNEL_LOST);
    UNIT_TRUE(channel_due_us(&channel) == INT64_MAX);
    UNIT_INT(channel.counts.lost, 1000);
    options.loss = 0; /* the wire is repaired */
    channel_set(&channel, &options);
    for (uint32_t i = 0; i < 1000; i++) UNIT_INT(send(i, 0), 0);
    for (uint32_t i = 0; i < 1000; i++) UNIT_INT(receive(0), i);
    nothing_is_under_way();
    channel_free(&channel);
}

/* A cut does not lose packets under way; a new delay does not overtake them. */
static void new_options_hold_for_later_packets(void) {
    start((struct channel_options){.delay_us = 100});
    UNIT_INT(send(1, 0), 0);
    channel_set(&channel, &(struct channel_options){.loss = 1000});
    UNIT_INT(send(2, 1), CHANNEL_LOST);
    channel_set(&channel, &(struct channel_options){.delay_us = 7});
    UNIT_INT(send(3, 2), 0);
    UNIT_INT(receive(99), -1);
    UNIT_INT(receive(100), 1);
    UNIT_INT(receive(100), 3);
    UNIT_INT(send(4, 200), 0);
    UNIT_INT(channel_due_us(&channel), 207);
    channel_free(&channel);
}

static bool is_near(uint32_t n, uint32_t thousandths) {
    uint32_t expected = COUNT / 1000 * thousandths;
    return n > expected - expected / 8 && n < expected + expected / 8;
}

/* Of 20 000 packets; the standard deviation is below 3 % of each. */
static void the_shares_are_near_the_options(void) {
    start((struct channel_options){.seed = 42,
                                   .loss = 100,
                                   .duplication = 50,
                                   .corruption = 200,
                                   .reordering = 400});
    for (uint32_t i = 0; i < COUNT; i++) {
        send(i, i);
        while (receive(i) != -1) continue;
    }
    while (receive(INT64_MAX) != -1) continue;
    UNIT_INT(channel.counts.sent, COUNT);
    UNIT_TRUE(is_near(channel.counts.lost, 100));
    /* of those that are not lost: 90 % */
    UNIT_TRUE(is_near(channel.counts.duplicated, 45));
    UNIT_TRUE(is_near(channel.counts.corrupted, 180));
    UNIT_TRUE(is_near(channel.counts.reordered, 360));
    nothing_is_under_way();
    channel_free(&channel);
}

static void the_fate_is_what_is_counted(void) {
    struct channel_counts n = {0};
    start((struct channel_options){
        .loss = 300, .duplication = 300, .corruption = 300, .reordering = 300});
    for (uint32_t i = 0; i < COUNT; i++) {
        int fate = send(i, i);
        n.lost += (fate & CHANNEL_LOST) != 0;
        n.duplicated += (fate & CHANNEL_DUPLICATED) != 0;
        n.corrupted += (fate & CHANNEL_CORRUPTED) != 0;
        n.reordered += (fate & CHANNEL_REORDERED) != 0;
        UNIT_TRUE(!(fate & CHANNEL_LOST) || fate == CHANNEL_LOST);
        while (receive(i) != -1) n.delivered++;
    }
    while (receive(INT64_MAX) != -1) n.delivered++;
    n.sent = COUNT;
    UNIT_INT(memcmp(&n, &channel.counts, sizeof n), 0);
    nothing_is_under_way();
    channel_free(&channel);
}

/* Runs packets through a channel and returns a hash of all that is visible. */
static uint64_t trace(struct channel_options options) {
    uint64_t hash = 0;
    struct span packet;
    start(options);
    for (uint32_t i = 0; i < 1000; i++) {
        hash = hash * 31 + (uint64_t)send(i, i * 10);
        hash = hash * 31 + (uint64_t)channel_due_us(&channel);
        while (channel_receive(&channel, i * 10, &packet))
            for (size_t k = 0; k < packet.len; k++)
                hash = hash * 31 + packet.data[k];
    }
    channel_free(&channel);
    return hash;
}

static void the_same_seed_has_the_same_fates(void) {
    struct channel_options options = {.loss = 100,
                                      .duplication = 100,
                                      .corruption = 100,
                                      .reordering = 100,
                                      .jitter_us = 100,
                                      .seed = 1};
    uint64_t first = trace(options);
    UNIT_TRUE(trace(options) == first);
    options.seed = 2;
    UNIT_TRUE(trace(options) != first);
}

/* SplitMix64 of Steele, Lea and Flood, with a state that moves step by step. */
static uint64_t split_mix(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* Each packet uses seven numbers, whatever happens to it. */
static void the_random_numbers_are_those_of_splitmix64(void) {
    uint64_t state = 1234567; /* a known sequence */
    UNIT_TRUE(split_mix(&state) == UINT64_C(6457827717110365317));
    UNIT_TRUE(split_mix(&state) == UINT64_C(3203168211198807973));
    UNIT_TRUE(split_mix(&state) == UINT64_C(9817491932198370423));
    state = 42;
    start((struct channel_options){.loss = 500,
                                   .duplication = 500,
                                   .corruption = 500,
                                   .reordering = 500,
                                   .seed = 42});
    for (uint32_t i = 0; i < 1000; i++) {
        bool happens[7];
        for (int k = 0; k < 7; k++) happens[k] = split_mix(&state) % 1000 < 500;
        int expected = (happens[1] ? CHANNEL_DUPLICATED : 0) |
                       (happens[2] ? CHANNEL_CORRUPTED : 0) |
                       (happens[3] ? CHANNEL_REORDERED : 0);
        UNIT_INT(send(i, 0), happens[0] ? CHANNEL_LOST : expected);
    }
    channel_free(&channel);
}

static void with_more_loss_the_same_packets_are_lost_and_others(void) {
    static bool is_lost[3][1000];
    static const uint16_t loss[3] = {20, 20, 100};
    for (int run = 0; run < 3; run++) {
        start((struct channel_options){.loss = loss[run],
                                       .corruption = run == 1 ? 500 : 0});
        for (uint32_t i = 0; i < 1000; i++)
            is_lost[run][i] = send(i, 0) == CHANNEL_LOST;
        channel_free(&channel);
    }
    UNIT_INT(memcmp(is_lost[0], is_lost[1], 1000), 0);
    for (int i = 0; i < 1000; i++) UNIT_TRUE(is_lost[2][i] || !is_lost[0][i]);
}

/* An option of 1000 applies to each packet. */
static void a_duplicate_comes_after_its_packet(void) {
    start((struct channel_options){.duplication = 1000, .delay_us = 3});
    for (uint32_t i = 0; i < 100; i++) UNIT_INT(send(i, 0), CHANNEL_DUPLICATED);
    for (uint32_t i = 0; i < 200; i++) UNIT_INT(receive(3), i / 2);
    UNIT_INT(receive(3), -1);
    UNIT_INT(channel.counts.delivered, 200);
    nothing_is_under_way();
    channel_free(&channel);
}

/* Each bit can be inverted. */
static void corruption_inverts_one_bit(void) {
    uint32_t seen = 0;
    start((struct channel_options){.corruption = 1000, .duplication = 1000});
    for (int i = 0; i < 1000; i++) {
        UNIT_INT(send(0x12345678, i), CHANNEL_CORRUPTED | CHANNEL_DUPLICATED);
        uint32_t wrong = (uint32_t)receive(i) ^ 0x12345678;
        UNIT_TRUE(wrong != 0 && (wrong & (wrong - 1)) == 0);
        UNIT_INT(receive(i), wrong ^ 0x12345678); /* the duplicate as well */
        seen |= wrong;
    }
    UNIT_INT(seen, 0xffffffff);
    channel_free(&channel);
}

/* Finds a seed with which only the first packet is reordered, and waits for
 * the given number of packets. */
static void a_reordered_packet_is_overtaken_by_one_to_three(void) {
    bool seen[5] = {false};
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct channel_options options = {.seed = seed, .reordering = 1000};
        start(options);
        UNIT_INT(send(0, 0), CHANNEL_REORDERED);
        options.reordering = 0;
        channel_set(&channel, &options);
        for (uint32_t i = 1; i < 5; i++) UNIT_INT(send(i, i), 0);
        uint32_t overtakers = 0;
        while (receive(4) != 0) overtakers++;
        UNIT_TRUE(overtakers >= 1 && overtakers <= 3);
        if (overtakers <= 4) seen[overtakers] = true;
        for (uint32_t i = overtakers + 1; i < 5; i++) UNIT_INT(receive(4), i);
        nothing_is_under_way();
        channel_free(&channel);
    }
    UNIT_TRUE(seen[1] && seen[2] && seen[3]);
}

/* Nothing overtakes the last packet of all, but it arrives. */
static void a_reordered_packet_waits_no_longer_than_the_limit(void) {
    struct channel_options options = {.reordering = 1000, .delay_us = 10};
    start(options);
    UNIT_INT(send(1, 0), CHANNEL_REORDERED);
    UNIT_INT(channel_due_us(&channel), CHANNEL_HOLD_US + 10);
    UNIT_INT(receive(CHANNEL_HOLD_US + 9), -1);
    UNIT_INT(receive(CHANNEL_HOLD_US + 10), 1);
    nothing_is_under_way();
    /* The next one arrives after the limit, so it does not overtake it. */
    int64_t now_us = 10 * CHANNEL_HOLD_US;
    UNIT_INT(send(2, now_us), CHANNEL_REORDERED);
    options.reordering = 0;
    options.delay_us = CHANNEL_HOLD_US + 11;
    channel_set(&channel, &options);
    UNIT_INT(send(3, now_us), 0);
    UNIT_INT(channel_due_us(&channel), now_us + CHANNEL_HOLD_US + 10);
    UNIT_INT(receive(INT64_MAX), 2);
    UNIT_INT(receive(INT64_MAX), 3);
    nothing_is_under_way();
    channel_free(&channel);
}

/* Even if all are reordered none is overtaken by more than three. */
static void reordering_stays_near(void) {
    static const uint16_t often[] = {100, 500, 1000};
    for (size_t run = 0; run < 3; run++) {
        uint32_t moved = 0;
        start((struct channel_options){.reordering = often[run], .seed = 9});
        for (uint32_t i = 0; i < 1000; i++) send(i, i);
        for (uint32_t i = 0; i < 1000; i++) {
            int64_t got = receive(INT64_MAX);
            UNIT_TRUE(got >= (int64_t)i - 3 && got <= (int64_t)i + 3);
            moved += got != i;
        }
        UNIT_TRUE(moved > 100);
        nothing_is_under_way();
        channel_free(&channel);
    }
}

/* What is under way when a channel ends is freed with it (SAN=1 sees it). */
static void a_channel_can_end_at_any_time(void) {
    start((struct channel_options){.reordering = 500, .delay_us = 1000});
    for (uint32_t i = 0; i < 50; i++) send(i, 0);
    UNIT_INT(channel.bytes, 50 * (12 + 4));
    channel_free(&channel);
    UNIT_TRUE(channel_due_us(&channel) == INT64_MAX);
    UNIT_INT(channel.bytes, 0);
    UNIT_INT(channel.held_count, 0);
}

UNIT_MAIN("packets/channel", UNIT_TEST(a_channel_with_no_options_is_a_fifo),
          UNIT_TEST(a_packet_of_each_size_arrives_whole),
          UNIT_TEST(a_packet_arrives_after_the_delay_and_not_before),
          UNIT_TEST(jitter_delays_but_does_not_reorder),
          UNIT_TEST(the_rate_limits), UNIT_TEST(the_rate_is_exact),
          UNIT_TEST(a_new_rate_begins_after_the_current_packet),
          UNIT_TEST(the_queue_drops_packets_that_do_not_fit),
          UNIT_TEST(a_queue_may_be_a_byte),
          UNIT_TEST(a_part_of_a_microsecond_counts),
          UNIT_TEST(all_packets_under_way_have_a_limit),
          UNIT_TEST(a_duplicated_packet_counts_twice),
          UNIT_TEST(a_loss_of_1000_loses_all_and_0_none),
          UNIT_TEST(new_options_hold_for_later_packets),
          UNIT_TEST(the_shares_are_near_the_options),
          UNIT_TEST(the_fate_is_what_is_counted),
          UNIT_TEST(the_same_seed_has_the_same_fates),
          UNIT_TEST(the_random_numbers_are_those_of_splitmix64),
          UNIT_TEST(with_more_loss_the_same_packets_are_lost_and_others),
          UNIT_TEST(a_duplicate_comes_after_its_packet),
          UNIT_TEST(corruption_inverts_one_bit),
          UNIT_TEST(a_reordered_packet_is_overtaken_by_one_to_three),
          UNIT_TEST(a_reordered_packet_waits_no_longer_than_the_limit),
          UNIT_TEST(reordering_stays_near),
          UNIT_TEST(a_channel_can_end_at_any_time))
