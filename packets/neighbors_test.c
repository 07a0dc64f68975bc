/* neighbors_test.c: the ARP cache of RFC 826, as RFC 1122 §2.3.2 wants it */
#include "packets/neighbors.h"
#include "packets/unit.h"

#define SECOND 1000000

static const uint8_t A[ADDRESS_MAC] = {2, 0, 0, 0, 0, 0xa};
static const uint8_t B[ADDRESS_MAC] = {2, 0, 0, 0, 0, 0xb};
static const uint8_t GROUP[ADDRESS_MAC] = {1, 0, 0x5e, 0, 0, 1};

static struct neighbors n;

static struct address ip(int last) {
    return (struct address){.len = 4, .bytes = {10, 0, 0, (uint8_t)last}};
}

static bool wait_for(int64_t now_us, int last, const char *packet) {
    struct address a = ip(last);
    return neighbors_wait(&n, now_us, &a, span_from(packet));
}

static struct neighbor *learn(int64_t now_us, int last, const uint8_t *mac,
                              bool may_add) {
    struct address a = ip(last);
    return neighbors_learn(&n, now_us, &a, mac, may_add);
}

static const uint8_t *find(int64_t now_us, int last) {
    struct address a = ip(last);
    return neighbors_find(&n, now_us, &a);
}

static void a_packet_waits_until_the_address_is_known(void) {
    neighbors_init(&n);
    UNIT_TRUE(find(0, 2) == NULL);
    UNIT_TRUE(wait_for(0, 2, "first"));
    UNIT_TRUE(find(0, 2) == NULL);
    struct neighbor *e = learn(5, 2, B, false);
    UNIT_TRUE(e != NULL);
    UNIT_TEXT(e->waiting.bytes, e->waiting.end, "first");
    UNIT_INT(memcmp(find(5, 2), B, ADDRESS_MAC), 0);
    UNIT_TRUE(find(5, 3) == NULL);
    UNIT_TRUE(neighbors_due(&n, 2 * SECOND) == NULL);
    neighbors_free(&n);
}

/* RFC 1122 §2.3.2.2 */
static void the_latest_packet_is_the_one_that_waits(void) {
    neighbors_init(&n);
    wait_for(0, 2, "first");
    wait_for(1, 2, "2");
    struct neighbor *e = learn(5, 2, B, true);
    UNIT_TEXT(e->waiting.bytes, e->waiting.end, "2");
    neighbors_free(&n);
}

/* RFC 1122 §2.3.2.1 */
static void sends_a_request_once_a_second_and_three_times(void) {
    neighbors_init(&n);
    UNIT_TRUE(wait_for(100, 2, "x"));
    UNIT_FALSE(wait_for(101, 2, "y"));
    UNIT_FALSE(wait_for(100 + SECOND, 2, "y")); /* that is for neighbors_due */
    UNIT_TRUE(wait_for(101, 3, "another neighbor"));
    UNIT_TRUE(neighbors_due(&n, 99 + SECOND) == NULL);
    for (int tries = 2; tries <= NEIGHBORS_TRIES + 1; tries++) {
        struct neighbor *e = neighbors_due(&n, 100 + (tries - 1) * SECOND);
        UNIT_TRUE(e != NULL);
        UNIT_INT(e->tries, tries);
        UNIT_INT(e->address.bytes[3], 2);
        UNIT_TEXT(e->waiting.bytes, e->waiting.end, "y");
        if (tries <= NEIGHBORS_TRIES) {
            struct neighbor *other =
                neighbors_due(&n, 101 + (tries - 1) * SECOND);
            UNIT_TRUE(other != NULL);
            UNIT_INT(other->address.bytes[3], 3);
        } else {
            neighbors_remove(&n, e);
        }
        UNIT_TRUE(neighbors_due(&n, 100 + (tries - 1) * SECOND) == NULL);
    }
    UNIT_INT(n.count, 1);
    UNIT_TRUE(wait_for(9 * SECOND, 2, "a new try"));
    UNIT_INT(n.count, 2);
    neighbors_free(&n);
}

static void a_removed_entry_leaves_the_others(void) {
    neighbors_init(&n);
    wait_for(0, 2, "two");
    wait_for(0, 3, "three");
    wait_for(0, 4, "four");
    neighbors_remove(&n, &n.entry[0]);
    UNIT_INT(n.count, 2);
    struct neighbor *e = learn(1, 4, A, false);
    UNIT_TEXT(e->waiting.bytes, e->waiting.end, "four");
    e = learn(1, 3, A, false);
    UNIT_TEXT(e->waiting.bytes, e->waiting.end, "three");
    UNIT_TRUE(learn(1, 2, A, false) == NULL);
    e = learn(1, 2, A, true);
    UNIT_INT(e->waiting.end, 0);
    neighbors_remove(&n, &n.entry[2]);
    UNIT_INT(n.count, 2);
    neighbors_free(&n);
}

/* RFC 1122 §2.3.2.1: out-of-date entries MUST be flushed. */
static void forgets_after_a_minute(void) {
    neighbors_init(&n);
    learn(0, 2, B, true);
    UNIT_TRUE(find(NEIGHBORS_AGE_US - 1, 2) != NULL);
    UNIT_TRUE(find(NEIGHBORS_AGE_US, 2) == NULL);
    UNIT_TRUE(wait_for(NEIGHBORS_AGE_US, 2, "x"));
    UNIT_FALSE(wait_for(NEIGHBORS_AGE_US + 1, 2, "x"));
    UNIT_INT(n.count, 1);
    learn(NEIGHBORS_AGE_US + 2, 2, A, false);
    UNIT_INT(memcmp(find(2 * NEIGHBORS_AGE_US + 1, 2), A, ADDRESS_MAC), 0);
    UNIT_INT(n.entry[0].tries, 0);
    learn(2 * NEIGHBORS_AGE_US, 2, B, false); /* fresh for another minute */
    UNIT_INT(memcmp(find(3 * NEIGHBORS_AGE_US - 1, 2), B, ADDRESS_MAC), 0);
    neighbors_free(&n);
}

static void adds_no_neighbor_unless_it_may(void) {
    neighbors_init(&n);
    UNIT_TRUE(learn(0, 2, B, false) == NULL);
    UNIT_INT(n.count, 0);
    UNIT_TRUE(learn(0, 2, B, true) != NULL);
    UNIT_TRUE(learn(0, 2, A, false) != NULL);
    UNIT_INT(memcmp(find(1, 2), A, ADDRESS_MAC), 0);
    neighbors_free(&n);
}

/* RFC 1812 §3.3.2 */
static void ignores_a_group_address(void) {
    neighbors_init(&n);
    UNIT_TRUE(learn(0, 2, GROUP, true) == NULL);
    wait_for(0, 2, "x");
    UNIT_TRUE(learn(0, 2, GROUP, true) == NULL);
    UNIT_TRUE(find(0, 2) == NULL);
    neighbors_free(&n);
}

static void a_permanent_entry_stays(void) {
    struct address a = ip(2);
    neighbors_init(&n);
    UNIT_TRUE(neighbors_set(&n, &a, B));
    UNIT_TRUE(find(INT64_MAX, 2) != NULL);
    UNIT_TRUE(learn(0, 2, A, true) == NULL);
    UNIT_INT(memcmp(find(1, 2), B, ADDRESS_MAC), 0);
    UNIT_TRUE(neighbors_due(&n, INT64_MAX / 2) == NULL);
    UNIT_TRUE(neighbors_set(&n, &a, A));
    UNIT_INT(memcmp(find(1, 2), A, ADDRESS_MAC), 0);
    UNIT_INT(n.count, 1);
    neighbors_free(&n);
}

static void a_new_neighbor_replaces_the_oldest(void) {
    struct address set = ip(1);
    neighbors_init(&n);
    neighbors_set(&n, &set, A);
    for (int i = 2; i <= NEIGHBORS_MAX; i++) learn(i == 5 ? 0 : i, i, B, true);
    UNIT_INT(n.count, NEIGHBORS_MAX);
    UNIT_TRUE(find(100, 5) != NULL);
    UNIT_TRUE(wait_for(100, 99, "x"));
    UNIT_INT(n.count, NEIGHBORS_MAX);
    UNIT_TRUE(find(100, 5) == NULL);
    for (int i = 1; i <= NEIGHBORS_MAX; i++)
        if (i != 5) UNIT_TRUE(find(100, i) != NULL);
    UNIT_TRUE(wait_for(100, 98, "y")); /* 99 has only a second left */
    UNIT_INT(learn(101, 98, A, false)->waiting.end, 1);
    UNIT_TRUE(learn(101, 99, A, false) == NULL);
    UNIT_TRUE(wait_for(102, 97, "z"));
    UNIT_INT(learn(103, 96, A, true)->waiting.end, 0); /* not 97's packet */
    neighbors_free(&n);
}

static void the_oldest_may_be_anywhere(void) {
    for (int oldest = 1; oldest <= NEIGHBORS_MAX; oldest += NEIGHBORS_MAX - 1) {
        neighbors_init(&n);
        for (int i = 1; i <= NEIGHBORS_MAX; i++)
            learn(i == oldest ? 0 : 1, i, B, true);
        learn(2, 99, A, true);
        UNIT_TRUE(find(2, 99) != NULL);
        for (int i = 1; i <= NEIGHBORS_MAX; i++)
            UNIT_INT(find(2, i) != NULL, i != oldest);
        neighbors_free(&n);
    }
}

static void permanent_neighbors_are_never_replaced(void) {
    neighbors_init(&n);
    for (int i = 1; i <= NEIGHBORS_MAX; i++) {
        struct address a = ip(i);
        UNIT_TRUE(neighbors_set(&n, &a, A));
    }
    struct address a = ip(99);
    UNIT_FALSE(neighbors_set(&n, &a, B));
    UNIT_FALSE(wait_for(0, 99, "x"));
    UNIT_TRUE(learn(0, 99, B, true) == NULL);
    UNIT_INT(n.count, NEIGHBORS_MAX);
    neighbors_free(&n);
    UNIT_INT(n.count, 0);
}

static void a_packet_of_the_largest_size_can_wait(void) {
    static char packet[NEIGHBORS_MAX_PACKET + 1];
    memset(packet, 'x', NEIGHBORS_MAX_PACKET);
    neighbors_init(&n);
    UNIT_TRUE(wait_for(0, 2, packet));
    UNIT_INT(learn(0, 2, B, false)->waiting.end, NEIGHBORS_MAX_PACKET);
    neighbors_free(&n);
}

UNIT_MAIN("packets/neighbors",
          UNIT_TEST(a_packet_waits_until_the_address_is_known),
          UNIT_TEST(the_latest_packet_is_the_one_that_waits),
          UNIT_TEST(sends_a_request_once_a_second_and_three_times),
          UNIT_TEST(a_removed_entry_leaves_the_others),
          UNIT_TEST(forgets_after_a_minute),
          UNIT_TEST(adds_no_neighbor_unless_it_may),
          UNIT_TEST(ignores_a_group_address),
          UNIT_TEST(a_permanent_entry_stays),
          UNIT_TEST(a_new_neighbor_replaces_the_oldest),
          UNIT_TEST(the_oldest_may_be_anywhere),
          UNIT_TEST(permanent_neighbors_are_never_replaced),
          UNIT_TEST(a_packet_of_the_largest_size_can_wait))
