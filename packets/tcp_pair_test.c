/* tcp_pair_test.c: packets/tcp_pair.h: both ends, and which of them a segment
 * reaches; tcp_test.c has long runs of them */
#include "packets/tcp_pair_inside.h"
#include "packets/unit.h"

static struct tcp_pair two;
static const struct tcp_options plain = {TCP_DEFAULTS, .iss = 100};
static const struct channel_options perfect = {.delay_us = 10000};

static void init(void) {
    tcp_pair_init(&two, &plain, &perfect, 1000);
}

static void is_at(const struct address *a, uint16_t port, const char *text,
                  uint16_t expected) {
    struct address parsed;
    UNIT_TRUE(address_parse(&parsed, text));
    UNIT_TRUE(address_equal(a, &parsed));
    UNIT_INT(port, expected);
}

static void each_end_knows_both_addresses(void) {
    init();
    for (int i = 0; i < 2; i++) {
        const struct tcp_options *mine = &two.end[i].options;
        const struct tcp_options *others = &two.end[!i].options;
        const char *text = i ? "10.0.0.1" : "10.0.0.9";
        uint16_t port = i ? 7 : TCP_PAIR_PORT;
        is_at(&mine->local, mine->local_port, text, port);
        is_at(&others->remote, others->remote_port, text, port);
        UNIT_INT(mine->iss, i ? 5100 : 100);
        UNIT_INT(ring_space(&two.end[i].send_queue), 1000);
        UNIT_INT(reorder_space(&two.end[i].receive_queue), 1000);
    }
    UNIT_TRUE(two.to[0].options.seed != two.to[1].options.seed);
    UNIT_INT(two.to[1].options.delay_us, 10000);
    tcp_pair_free(&two);
}

static void a_segment_goes_from_one_end_to_the_other(void) {
    struct span segment;
    init();
    UNIT_INT(tcp_open_passive(&two.end[1]), 0);
    UNIT_INT(tcp_open_active(&two.end[0]), 0);
    UNIT_FALSE(tcp_pair_next(&two, 1, &segment));
    UNIT_INT(segment.len, 0);
    UNIT_TRUE(tcp_pair_next(&two, 0, &segment));
    UNIT_TRUE(segment_checksum_is_right(segment, &two.end[0].options.local,
                                        &two.end[1].options.local));
    tcp_pair_deliver(&two, 1, segment);
    UNIT_INT(two.end[1].state, TCP_SYN_RECEIVED);
    UNIT_TRUE(tcp_pair_next(&two, 1, &segment));
    tcp_pair_deliver(&two, 0, segment);
    UNIT_INT(two.end[0].state, TCP_ESTABLISHED);
    tcp_pair_free(&two);
}

static void the_first_of_four_is_due(void) {
    struct span segment;
    init();
    UNIT_TRUE(tcp_pair_due_us(&two) == INT64_MAX);
    for (int i = 1; i >= 0; i--) {
        two.now_us = 1000 * i; /* the later one comes first */
        channel_send(&two.to[i], two.now_us, span_from("?"));
        UNIT_INT(tcp_pair_due_us(&two), 10000 + 1000 * i);
    }
    tcp_pair_free(&two);
    init();
    for (int i = 1; i >= 0; i--) { /* a SYN is sent again after a second */
        two.now_us = 1000 * i;
        tcp_open_active(&two.end[i]);
        UNIT_TRUE(tcp_pair_next(&two, i, &segment));
        UNIT_INT(tcp_pair_due_us(&two), RTO_FIRST_US + 1000 * i);
    }
    tcp_pair_free(&two);
}

static void a_pair_that_was_used_begins_at_the_time_0(void) {
    init();
    tcp_open_passive(&two.end[1]);
    tcp_open_active(&two.end[0]);
    for (int i = 0; i < 5; i++) pair_step(&two);
    UNIT_TRUE(two.now_us > 0);
    tcp_pair_free(&two);
    init();
    UNIT_INT(two.now_us, 0);
    UNIT_INT(two.end[0].state, TCP_CLOSED);
    tcp_pair_free(&two);
}

UNIT_MAIN("tcp_pair", UNIT_TEST(each_end_knows_both_addresses),
          UNIT_TEST(a_segment_goes_from_one_end_to_the_other),
          UNIT_TEST(the_first_of_four_is_due),
          UNIT_TEST(a_pair_that_was_used_begins_at_the_time_0))
