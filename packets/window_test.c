/* window_test.c: packets/window.h */
#include "packets/unit.h"
#include "packets/window.h"

static const struct window_options back = {false, 3, 4, 100};
static const struct window_options selective = {true, 3, 4, 100};

/* The next packet to send at that time, or -1. */
static int64_t send_at(struct window_sender *s, int64_t now_us) {
    uint32_t number;
    return window_send(s, now_us, &number) ? (int64_t)number : -1;
}

/* Expects the packets first to last to be sent at that time, and no other. */
static void sends(struct window_sender *s, int64_t now_us, uint32_t first,
                  uint32_t last) {
    for (uint32_t n = first; n <= last; n++) UNIT_INT(send_at(s, now_us), n);
    UNIT_INT(send_at(s, now_us), -1);
}

static struct window_sender sender(const struct window_options *o,
                                   uint32_t total) {
    struct window_sender s;
    window_sender_init(&s, o, total);
    return s;
}

static void a_window_is_sent_without_any_ack(void) {
    struct window_sender s = sender(&back, 9), t = sender(&selective, 9);
    UNIT_TRUE(window_due_us(&s) == INT64_MAX);
    sends(&s, 0, 0, 3);
    sends(&t, 7, 0, 3);
    UNIT_INT(window_due_us(&s), 100);
    UNIT_INT(window_due_us(&t), 107);
}

static void each_ack_slides_the_window(void) {
    struct window_sender s = sender(&back, 9), t = sender(&selective, 9);
    sends(&s, 0, 0, 3);
    sends(&t, 0, 0, 3);
    UNIT_INT(window_on_ack(&s, 2), 2); /* 0 and 1 have arrived */
    sends(&s, 1, 4, 5);
    UNIT_INT(window_on_ack(&t, 0), 1);
    sends(&t, 1, 4, 4);
    UNIT_INT(window_due_us(&s), 100); /* still those of 2 and of 1 */
    UNIT_INT(window_due_us(&t), 100);
}

static void go_back_n_sends_the_whole_window_again(void) {
    struct window_sender s = sender(&back, 9);
    sends(&s, 0, 0, 3);
    UNIT_INT(window_on_ack(&s, 1), 1);
    UNIT_INT(send_at(&s, 50), 4);
    UNIT_INT(send_at(&s, 99), -1);
    sends(&s, 100, 1, 4);
    UNIT_INT(window_due_us(&s), 200);
}

static void an_ack_on_the_way_back_shortens_it(void) {
    struct window_sender s = sender(&back, 8);
    sends(&s, 0, 0, 3);
    UNIT_INT(window_on_ack(&s, 4), 4);
    s.options.size = 1; /* so that the packets are sent one after the other */
    for (uint32_t n = 4; n <= 7; n++) {
        sends(&s, n, n, n);
        s.options.size++;
    }
    UNIT_INT(send_at(&s, 104), 4);
    UNIT_INT(window_on_ack(&s, 7), 3);
    sends(&s, 104, 7, 7);
    UNIT_INT(window_due_us(&s), 204);
    UNIT_INT(window_on_ack(&s, 0), 1);
    UNIT_TRUE(window_due_us(&s) == INT64_MAX);
    UNIT_INT(send_at(&s, 1000), -1);
}

static void selective_repeat_sends_one_packet_again(void) {
    struct window_sender s = sender(&selective, 9);
    UNIT_INT(send_at(&s, 0), 0);
    UNIT_INT(send_at(&s, 10), 1);
    UNIT_INT(send_at(&s, 20), 2);
    UNIT_INT(send_at(&s, 20), 3);
    UNIT_INT(window_on_ack(&s, 0), 1);
    UNIT_INT(window_on_ack(&s, 2), 1);
    UNIT_INT(window_due_us(&s), 110);
    UNIT_INT(send_at(&s, 109), 4);
    sends(&s, 110, 1, 1); /* its window is 1 to 4 */
    UNIT_INT(window_due_us(&s), 120);
    sends(&s, 120, 3, 3);
    UNIT_INT(window_on_ack(&s, 1), 1);
    sends(&s, 121, 5, 6); /* 2 was acknowledged before */
}

static void an_old_ack_changes_nothing(void) {
    struct window_sender s = sender(&back, 99), t = sender(&selective, 99);
    sends(&s, 0, 0, 3);
    sends(&t, 0, 0, 3);
    UNIT_INT(window_on_ack(&s, 3), 3);
    UNIT_INT(window_on_ack(&s, 3), 0);
    UNIT_INT(window_on_ack(&s, 2), 0);
    UNIT_INT(window_on_ack(&t, 1), 1);
    UNIT_INT(window_on_ack(&t, 1), 0);
    UNIT_INT(window_on_ack(&t, 4), 0); /* was never sent */
    UNIT_INT(s.base, 3);
    UNIT_INT(t.base, 0);
}

static void a_smaller_window_waits_until_less_is_under_way(void) {
    struct window_sender s = sender(&selective, 99);
    sends(&s, 0, 0, 3);
    s.options.size = 2;
    UNIT_INT(window_on_ack(&s, 0), 1);
    UNIT_INT(window_on_ack(&s, 1), 1);
    UNIT_INT(send_at(&s, 1), -1);
    UNIT_INT(window_on_ack(&s, 2), 1);
    sends(&s, 1, 4, 4);
}

static void numbers_wrap_on_the_wire_and_in_32_bits(void) {
    struct window_sender s = sender(&selective, 3), t = sender(&back, 3);
    s.base = s.next = t.base = t.next = t.again = UINT32_MAX - 1;
    UNIT_INT(send_at(&s, 0), UINT32_MAX - 1);
    UNIT_INT(send_at(&s, 0), UINT32_MAX);
    sends(&s, 0, 0, 1);
    UNIT_INT(window_seq(&selective, UINT32_MAX), 7);
    UNIT_INT(window_on_ack(&s, 7), 1);
    UNIT_INT(window_on_ack(&s, 0), 1);
    UNIT_INT(window_on_ack(&s, 6), 1);
    UNIT_INT(s.base, 1);
    sends(&s, 0, 2, 2);
    for (int i = 0; i < 4; i++) send_at(&t, 0);
    UNIT_INT(window_on_ack(&t, 1), 3);
    UNIT_INT(t.base, 1);
}

static struct window_receiver receiver(const struct window_options *o) {
    struct window_receiver r;
    window_receiver_init(&r, o);
    return r;
}

/* Receives a packet and delivers what it can. Returns its ACK, and in *count
 * how many packets are delivered. */
static int receive(struct window_receiver *r, uint8_t seq, int *count) {
    uint32_t number, expected = r->base;
    window_receive(r, seq, &number);
    for (*count = 0; window_deliver(r, &number); ++*count)
        UNIT_INT(number, expected + (uint32_t)*count);
    return window_ack(r, seq);
}

struct arrival { /* a packet, its ACK, and how many are delivered then */
    uint8_t seq;
    int ack, delivered;
};

static void arrive(const struct window_options *o, const struct arrival *rows,
                   size_t n) {
    struct window_receiver r = receiver(o);
    for (size_t i = 0; i < n; i++) {
        int count;
        UNIT_INT(receive(&r, rows[i].seq, &count), rows[i].ack);
        UNIT_INT(count, rows[i].delivered);
    }
}

static void go_back_n_keeps_only_the_next_packet(void) {
    static const struct arrival rows[] = {
        {0, 1, 1}, {2, 1, 0}, {0, 1, 0}, {1, 2, 1}, {1, 2, 0}, {2, 3, 1},
        {3, 4, 1}, {4, 5, 1}, {5, 6, 1}, {6, 7, 1}, {7, 0, 1}, {0, 1, 1},
    };
    arrive(&back, rows, sizeof rows / sizeof rows[0]);
}

static void selective_repeat_keeps_its_window(void) {
    static const struct arrival rows[] = {
        {1, 1, 0}, {3, 3, 0}, {3, 3, 0}, /* a duplicate */
        {0, 0, 2},                       /* and 1 */
        {0, 0, 0},                       /* delivered: ACK again */
        {5, 5, 0},                       /* the last of the window */
        {2, 2, 2},                       /* and 3 */
        {4, 4, 2},                       /* and 5 */
        {2, 2, 0},                       /* the oldest that gets an ACK */
        {7, 7, 0}, {0, 0, 0}, {1, 1, 0}, {6, 6, 4},
    };
    arrive(&selective, rows, sizeof rows / sizeof rows[0]);
}

/* With 8 bits there are numbers that are neither old nor in the window. */
static void a_number_outside_both_windows_gets_no_ack(void) {
    const struct window_options o = {true, 8, 4, 100};
    static const struct arrival rows[] = {
        {0, 0, 1},   {253, 253, 0}, {252, -1, 0}, {5, -1, 0},
        {64, -1, 0}, {4, 4, 0},     {68, -1, 0}, /* has the place of 4 */
    };
    arrive(&o, rows, sizeof rows / sizeof rows[0]);
}

static void an_old_packet_is_new_in_more_than_half_of_the_space(void) {
    for (uint32_t size = 4; size <= 5; size++) {
        const struct window_options o = {true, 3, size, 100};
        struct window_receiver r = receiver(&o);
        uint32_t number;
        int count;
        for (uint32_t n = 0; n < size; n++) receive(&r, (uint8_t)n, &count);
        UNIT_INT(window_receive(&r, 0, &number), size == 5);
    }
}

UNIT_MAIN("window", UNIT_TEST(a_window_is_sent_without_any_ack),
          UNIT_TEST(each_ack_slides_the_window),
          UNIT_TEST(go_back_n_sends_the_whole_window_again),
          UNIT_TEST(an_ack_on_the_way_back_shortens_it),
          UNIT_TEST(selective_repeat_sends_one_packet_again),
          UNIT_TEST(an_old_ack_changes_nothing),
          UNIT_TEST(a_smaller_window_waits_until_less_is_under_way),
          UNIT_TEST(numbers_wrap_on_the_wire_and_in_32_bits),
          UNIT_TEST(go_back_n_keeps_only_the_next_packet),
          UNIT_TEST(selective_repeat_keeps_its_window),
          UNIT_TEST(a_number_outside_both_windows_gets_no_ack),
          UNIT_TEST(an_old_packet_is_new_in_more_than_half_of_the_space))
