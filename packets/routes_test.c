/* routes_test.c: longest match, RFC 1812 §5.2.4.3 */
#include "packets/routes.h"
#include "packets/unit.h"

static struct address ip(const char *text) {
    struct address a;
    UNIT_TRUE(address_parse(&a, text));
    return a;
}

static bool add(struct routes *t, const char *network, int prefix, int i) {
    struct route r = {ip(network), prefix, {.len = 0}, i};
    return routes_add(t, &r);
}

/* Returns the interface of the route for a destination, or -1. */
static int find(const struct routes *t, const char *destination) {
    struct address a = ip(destination);
    const struct route *r = routes_find(t, &a);
    return r ? r->interface : -1;
}

static void the_longest_prefix_wins(void) {
    struct routes t = {.count = 0};
    UNIT_INT(find(&t, "10.0.3.2"), -1);
    add(&t, "10.0.3.0", 24, 1);
    add(&t, "10.0.0.0", 8, 2);
    add(&t, "10.0.3.128", 25, 3);
    add(&t, "10.0.3.7", 32, 4);
    UNIT_INT(find(&t, "11.0.0.1"), -1);
    add(&t, "0.0.0.0", 0, 5);
    static const struct {
        const char *destination;
        int expected;
    } cases[] = {
        {"10.0.3.2", 1},   {"10.0.3.127", 1}, {"10.0.3.128", 3},
        {"10.0.3.255", 3}, {"10.0.3.7", 4},   {"10.0.4.2", 2},
        {"10.255.0.1", 2}, {"11.0.0.1", 5},   {"255.255.255.255", 5},
        {"fd00::1", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        UNIT_INT(find(&t, cases[i].destination), cases[i].expected);
}

static void ipv4_and_ipv6_share_one_table(void) {
    struct routes t = {.count = 0};
    add(&t, "::", 0, 1);
    add(&t, "fd00:3::", 64, 2);
    UNIT_INT(find(&t, "fd00:3::9"), 2);
    UNIT_INT(find(&t, "fd00:3:0:1::9"), 1);
    UNIT_INT(find(&t, "10.0.0.1"), -1);
    add(&t, "0.0.0.0", 0, 3);
    UNIT_INT(find(&t, "10.0.0.1"), 3);
    UNIT_INT(find(&t, "1::"), 1);
}

static void of_equal_ones_the_oldest_wins(void) {
    struct routes t = {.count = 0};
    add(&t, "10.0.0.0", 8, 1);
    add(&t, "10.9.9.9", 8, 2);
    UNIT_INT(find(&t, "10.0.0.1"), 1);
    struct address network = ip("10.0.0.0");
    routes_remove(&t, &network, 9);
    UNIT_INT(t.count, 2);
    network = ip("11.0.0.0");
    routes_remove(&t, &network, 8);
    UNIT_INT(t.count, 2);
    network = ip("fd00::");
    routes_remove(&t, &network, 8);
    UNIT_INT(t.count, 2);
    add(&t, "10.0.0.0", 16, 3);
    network = ip("10.0.0.0");
    routes_remove(&t, &network, 8);
    UNIT_INT(t.count, 1);
    UNIT_INT(find(&t, "10.0.0.1"), 3);
    UNIT_INT(find(&t, "10.1.0.1"), -1);
}

static void a_full_table_takes_no_more(void) {
    struct routes t = {.count = 0};
    for (int i = 0; i < ROUTES_MAX; i++) UNIT_TRUE(add(&t, "10.0.0.0", 8, i));
    UNIT_FALSE(add(&t, "0.0.0.0", 0, 99));
    UNIT_INT(t.count, ROUTES_MAX);
    UNIT_INT(find(&t, "11.0.0.0"), -1);
}

UNIT_MAIN("packets/routes", UNIT_TEST(the_longest_prefix_wins),
          UNIT_TEST(ipv4_and_ipv6_share_one_table),
          UNIT_TEST(of_equal_ones_the_oldest_wins),
          UNIT_TEST(a_full_table_takes_no_more))
