/* transfer_test.c: packets/transfer.h, and packets/window.h through channels */
#include "packets/transfer.h"
#include "packets/unit.h"

#define SEEDS 1000
#define MS INT64_C(1000)
#define MAX_US INT64_C(1000000000)

static struct transfer transfer;

/* What happened in a whole transfer. */
struct report {
    uint32_t events[3], again, lost, kept, early, wrong, acked;
    bool is_exact, has_ended;
};

static struct report run(const struct transfer_options *options) {
    struct report report = {.lost = 0};
    struct transfer_event e;
    int64_t before_us = 0;
    transfer_init(&transfer, options);
    while (!report.has_ended && transfer.now_us < MAX_US) {
        report.has_ended = !transfer_next(&transfer, &e);
        if (report.has_ended) break;
        UNIT_TRUE(transfer.now_us >= before_us);
        before_us = transfer.now_us;
        report.events[e.kind]++;
        report.again += e.is_again;
        report.lost += e.is_lost;
        report.kept += e.is_kept;
        report.early += e.is_early;
        report.wrong += e.is_wrong;
        report.acked += e.count;
    }
    report.is_exact = transfer_is_exact(&transfer);
    UNIT_INT(report.again, transfer.resent_count);
    transfer_free(&transfer);
    return report;
}

static void a_perfect_channel_needs_no_packet_twice(void) {
    for (int i = 0; i < 2; i++) {
        struct transfer_options o = {.window = {i == 1, 3, 4, 250 * MS},
                                     .channel = {.delay_us = 100 * MS},
                                     .total = 40};
        struct report r = run(&o);
        UNIT_TRUE(r.is_exact && r.has_ended);
        UNIT_INT(r.events[TRANSFER_SENT], 40);
        UNIT_INT(r.events[TRANSFER_ARRIVED], 40);
        UNIT_INT(r.kept, 40);
        UNIT_INT(r.again + r.lost + r.early + r.wrong, 0);
        UNIT_INT(r.acked, 40);
        UNIT_INT(transfer.now_us, 2000 * MS); /* four in each round trip */
    }
}

/* Both schemes, through everything that a channel does but corruption, which a
 * checksum turns into loss. The numbers wrap 25 times, the receiver's table
 * three times. A packet and its ACK are delayed by twice CHANNEL_HOLD_US at
 * most: less than a round trip, or 3 bits would be too few. */
static void everything_is_delivered_once_and_in_order(void) {
    uint32_t again = 0, lost = 0, early = 0, exact = 0;
    for (uint32_t i = 0; i < 2 * SEEDS; i++) {
        bool is_selective = i % 2;
        struct transfer_options o = {
            .window = {is_selective, 3, is_selective ? 4 : 3, 550 * MS},
            .channel = {.seed = i / 2,
                        .loss = 150,
                        .duplication = 100,
                        .reordering = 150,
                        .delay_us = 150 * MS},
            .total = 200};
        struct report r = run(&o);
        exact += r.is_exact && r.has_ended && r.wrong == 0 && r.acked == 200;
        again += r.again;
        lost += r.lost;
        early += r.early;
    }
    UNIT_INT(exact, 2 * SEEDS);
    UNIT_TRUE(again > SEEDS && lost > SEEDS && early > SEEDS);
}

static void larger_windows_are_right_if_nothing_is_reordered(void) {
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        struct transfer_options o = {.window = {false, 3, 7, 250 * MS},
                                     .channel = {.seed = seed,
                                                 .loss = 200,
                                                 .duplication = 100,
                                                 .delay_us = 100 * MS},
                                     .total = 60};
        struct report r = run(&o);
        UNIT_TRUE(r.is_exact && r.has_ended);
    }
}

/* The digest detects wrong packets, or it would prove nothing. */
static void more_than_half_of_the_numbers_delivers_wrong_packets(void) {
    uint32_t wrong = 0, exact = 0;
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        struct transfer_options o = {
            .window = {true, 3, 5, 250 * MS},
            .channel = {.seed = seed, .loss = 100, .delay_us = 100 * MS},
            .total = 60};
        struct report r = run(&o);
        wrong += r.wrong > 0;
        exact += r.is_exact;
        UNIT_TRUE(r.is_exact || r.wrong > 0);
    }
    UNIT_TRUE(wrong > SEEDS / 2);
    UNIT_TRUE(exact < SEEDS / 2);
}

/* A channel of 100 packets a second with a queue of 3 drops what the window
 * exceeds; the channel of the ACKs has no limit. */
static void a_full_queue_counts_as_loss(void) {
    struct transfer_options o = {.window = {true, 8, 10, 500 * MS},
                                 .channel = {.rate = 100 * TRANSFER_PACKET,
                                             .queue = 3 * TRANSFER_PACKET},
                                 .total = 10};
    struct report r = run(&o);
    UNIT_TRUE(r.is_exact);
    /* Three fit each time: of 10, of 7, of 4; then the last one. */
    UNIT_INT(r.lost, 7 + 4 + 1);
    UNIT_INT(r.again, 7 + 4 + 1);
    UNIT_INT(transfer.now_us, 1510 * MS);
}

/* The sender retransmits once in each time-out, although all packets are
 * lost. */
static void a_cut_wire_retransmits_for_ever(void) {
    struct transfer_options o = {.window = {true, 3, 1, 250 * MS},
                                 .channel = {.loss = 1000},
                                 .total = 1};
    struct report r = run(&o);
    UNIT_FALSE(r.is_exact || r.has_ended);
    UNIT_INT(r.again, MAX_US / (250 * MS));
}

static void each_mark_of_the_ladder_has_its_reason(void) {
    static const struct {
        struct transfer_event e;
        const char *mark;
    } rows[] = {
        {{.kind = TRANSFER_SENT}, ""},
        {{.kind = TRANSFER_SENT, .is_lost = true}, "x"},
        {{.kind = TRANSFER_ARRIVED}, "-"},
        {{.kind = TRANSFER_ARRIVED, .is_lost = true}, "-~"},
        {{.kind = TRANSFER_ARRIVED, .is_kept = true}, ""},
        {{.kind = TRANSFER_ARRIVED, .is_kept = true, .is_lost = true}, "~"},
        {{.kind = TRANSFER_ARRIVED, .is_kept = true, .is_early = true}, "+"},
        {{.kind = TRANSFER_ARRIVED,
          .is_kept = true,
          .is_early = true,
          .is_lost = true},
         "+~"},
        {{.kind = TRANSFER_ARRIVED, .is_kept = true, .is_wrong = true}, "!"},
        {{.kind = TRANSFER_ARRIVED,
          .is_kept = true,
          .is_wrong = true,
          .is_lost = true},
         "!~"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *mark = transfer_mark(&rows[i].e);
        UNIT_TEXT(mark, strlen(mark), rows[i].mark);
    }
}

UNIT_MAIN("transfer", UNIT_TEST(a_perfect_channel_needs_no_packet_twice),
          UNIT_TEST(everything_is_delivered_once_and_in_order),
          UNIT_TEST(larger_windows_are_right_if_nothing_is_reordered),
          UNIT_TEST(more_than_half_of_the_numbers_delivers_wrong_packets),
          UNIT_TEST(a_full_queue_counts_as_loss),
          UNIT_TEST(a_cut_wire_retransmits_for_ever),
          UNIT_TEST(each_mark_of_the_ladder_has_its_reason))
