/* tcp_echo_test.c: packets/tcp_echo.h: what the client sends, and which echo is
 * exact */
#include "packets/tcp_echo.h"
#include "packets/tcp_pair_inside.h"
#include "packets/unit.h"

enum {
    TOTAL = 20000
};

static struct tcp_pair two;
static const struct tcp_options plain = {TCP_DEFAULTS, .iss = 100};
static const struct channel_options perfect = {.delay_us = 1000};

static void open_pair(size_t queue) {
    tcp_pair_init(&two, &plain, &perfect, queue);
    tcp_open_passive(&two.end[1]);
    tcp_open_active(&two.end[0]);
}

static struct tcp_echo echo(uint32_t total, size_t queue) {
    struct tcp_echo u = {.total = total};
    open_pair(queue);
    do {
        tcp_echo_client(&u, &two.end[0]);
        tcp_echo_server(&two.end[1]);
    } while (pair_step(&two));
    tcp_pair_free(&two);
    return u;
}

static void all_bytes_come_back_and_then_a_fin(void) {
    for (uint32_t total = 0; total <= TOTAL; total += TOTAL / 2) {
        struct tcp_echo u = echo(total, 5000);
        UNIT_INT(u.sent, total);
        UNIT_INT(u.received, total);
        UNIT_INT(u.end, TCP_ERR_CLOSING);
        UNIT_TRUE(tcp_echo_is_exact(&u));
    }
}

/* The bytes can be recomputed: they depend on their place alone, not on how
 * many of them fitted into the queue. */
static void the_same_bytes_are_sent_in_pieces_of_any_size(void) {
    struct tcp_echo large = echo(TOTAL, 60000), small = echo(TOTAL, 700);
    UNIT_TRUE(large.digest_sent == small.digest_sent);
    UNIT_TRUE(large.digest_sent != echo(TOTAL - 1, 60000).digest_sent);
}

/* A server that sends back what it received, but for one change. */
static struct tcp_echo echo_with(void (*change)(uint8_t *bytes, int n)) {
    struct tcp_echo u = {.total = 1000};
    uint8_t bytes[1000];
    int n = 0;
    open_pair(5000);
    while (n < 1000) {
        tcp_echo_client(&u, &two.end[0]);
        UNIT_TRUE(pair_step(&two));
        int more = tcp_receive(&two.end[1], bytes + n, 1000 - n);
        if (more > 0) n += more;
    }
    change(bytes, n);
    tcp_send(&two.end[1], (struct span){bytes, (size_t)n});
    tcp_close(&two.end[1]);
    while (u.received < 1000 || u.end > 0) {
        tcp_echo_client(&u, &two.end[0]);
        if (!pair_step(&two)) break;
    }
    tcp_echo_client(&u, &two.end[0]);
    tcp_pair_free(&two);
    UNIT_INT(u.received, 1000);
    UNIT_INT(u.end, TCP_ERR_CLOSING);
    return u;
}

static void nothing(uint8_t *bytes, int n) {
    (void)bytes;
    (void)n;
}

static void one_bit(uint8_t *bytes, int n) {
    bytes[n - 1] ^= 1;
}

static void the_order_of_two(uint8_t *bytes, int n) {
    uint8_t byte = bytes[n / 2];
    bytes[n / 2] = bytes[n / 2 + 1];
    bytes[n / 2 + 1] = byte;
}

static void the_place_of_all(uint8_t *bytes, int n) {
    memmove(bytes + 1, bytes, (size_t)n - 1); /* the first one came twice */
}

static void a_change_on_the_way_is_noticed(void) {
    static void (*const changes[])(uint8_t *, int) = {
        nothing, one_bit, the_order_of_two, the_place_of_all};
    for (int i = 0; i < 4; i++) {
        struct tcp_echo u = echo_with(changes[i]);
        UNIT_INT(tcp_echo_is_exact(&u), i == 0);
    }
}

static void an_echo_is_exact_only_if_nothing_is_missing(void) {
    const struct tcp_echo good = {.total = 9,
                                  .sent = 9,
                                  .received = 9,
                                  .digest_sent = 5,
                                  .digest_received = 5,
                                  .end = TCP_ERR_CLOSING};
    struct tcp_echo u = good;
    UNIT_TRUE(tcp_echo_is_exact(&u));
    u.received = 8;
    UNIT_FALSE(tcp_echo_is_exact(&u));
    u = good;
    u.end = TCP_ERR_RESET;
    UNIT_FALSE(tcp_echo_is_exact(&u));
    u.end = 0;
    UNIT_FALSE(tcp_echo_is_exact(&u));
    u = good;
    u.digest_received = 6;
    UNIT_FALSE(tcp_echo_is_exact(&u));
}

UNIT_MAIN("tcp_echo", UNIT_TEST(all_bytes_come_back_and_then_a_fin),
          UNIT_TEST(the_same_bytes_are_sent_in_pieces_of_any_size),
          UNIT_TEST(a_change_on_the_way_is_noticed),
          UNIT_TEST(an_echo_is_exact_only_if_nothing_is_missing))
