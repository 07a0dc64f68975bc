/* switch_test.c: packets/switch.h against IEEE 802.1D-2004 §7 */
#include "packets/switch.h"
#include "packets/unit.h"

static struct ethernet_switch s;
static struct switch_decision d;

/* Sends a frame through the switch: 02:00:00:00:00:NN for both ends, or all. */
#define ALL 0xff
static void mac(uint8_t address[ADDRESS_MAC], int last) {
    static const uint8_t own[ADDRESS_MAC] = {2};
    memcpy(address, own, ADDRESS_MAC);
    address[5] = (uint8_t)last;
    if (last == ALL) memset(address, 0xff, ADDRESS_MAC);
}

static void frame(int64_t now_us, int port, int from, int to) {
    uint8_t bytes[20] = {0};
    mac(bytes, to);
    mac(bytes + 6, from);
    bytes[12] = 8;
    uint8_t *exact = unit_exact(bytes, sizeof bytes);
    UNIT_TRUE(switch_forward(&s, now_us, port, (struct span){exact, 20}, &d));
    free(exact);
}

static int find(int64_t now_us, int last) {
    uint8_t address[ADDRESS_MAC];
    mac(address, last);
    return switch_find(&s, now_us, address);
}

/* §7.7 and §7.8: the example of lesson 303. */
static void floods_unknown_destinations_and_learns(void) {
    switch_init(&s, 4);
    frame(0, 0, 10, ALL);
    UNIT_INT(d.ports, 0xe);
    UNIT_TRUE(d.is_flooded);
    UNIT_INT(d.learning, SWITCH_LEARNT);
    frame(1, 1, 11, 10);
    UNIT_INT(d.ports, 1);
    UNIT_FALSE(d.is_flooded);
    UNIT_INT(d.learning, SWITCH_LEARNT);
    frame(2, 0, 10, 11);
    UNIT_INT(d.ports, 2);
    UNIT_INT(d.learning, SWITCH_KNOWN);
    frame(3, 2, 12, 13);
    UNIT_INT(d.ports, 0xb);
    UNIT_TRUE(d.is_flooded);
    UNIT_INT(find(3, 10), 0);
    UNIT_INT(find(3, 11), 1);
    UNIT_INT(find(3, 12), 2);
    UNIT_INT(find(3, 13), -1);
    UNIT_INT(s.entry_count, 3);
}

/* IEEE 802.1D §7.7.1: a frame for a station at the same port is filtered. */
static void sends_nothing_back(void) {
    switch_init(&s, 4);
    frame(0, 2, 10, ALL);
    frame(0, 2, 11, 10);
    UNIT_INT(d.ports, 0);
    UNIT_FALSE(d.is_flooded);
    frame(0, 3, 12, 10);
    UNIT_INT(d.ports, 4);
}

static void a_station_that_moves_is_found(void) {
    switch_init(&s, 4);
    frame(0, 0, 10, ALL);
    frame(1, 3, 10, ALL);
    UNIT_INT(d.learning, SWITCH_MOVED);
    UNIT_INT(d.ports, 7);
    UNIT_INT(find(1, 10), 3);
    UNIT_INT(s.entry_count, 1);
}

/* IEEE 802.1D §7.9.2: Table 7-5 says 300 s. */
static void removes_a_station_that_is_silent_for_long(void) {
    switch_init(&s, 4);
    frame(0, 0, 10, ALL);
    frame(5, 1, 11, ALL);
    UNIT_INT(find(SWITCH_AGE_US, 10), 0);
    UNIT_INT(find(SWITCH_AGE_US + 1, 10), -1);
    frame(SWITCH_AGE_US + 1, 1, 11, 10); /* is flooded again */
    UNIT_INT(d.ports, 0xd);
    UNIT_TRUE(d.is_flooded);
    UNIT_INT(s.entry_count, 1);
    frame(SWITCH_AGE_US + 2, 2, 10, 11);
    UNIT_INT(d.learning, SWITCH_LEARNT);
    UNIT_INT(d.ports, 2);
    frame(2 * SWITCH_AGE_US + 1, 2, 10, 11); /* 11 has sent since */
    UNIT_INT(d.ports, 2);
}

/* §7.9.2: wherever they are in the table. */
static void removes_all_stations_that_are_silent_for_long(void) {
    for (int silent = 0; silent < 8; silent++) {
        switch_init(&s, 4);
        for (int i = 0; i < 3; i++) frame(0, 0, 10 + i, ALL);
        for (int i = 0; i < 3; i++)
            if (!(silent >> i & 1)) frame(1, 0, 10 + i, ALL);
        frame(SWITCH_AGE_US + 1, 1, 20, ALL);
        int left = 1;
        for (int i = 0; i < 3; i++) {
            UNIT_INT(find(SWITCH_AGE_US + 1, 10 + i), silent >> i & 1 ? -1 : 0);
            left += !(silent >> i & 1);
        }
        UNIT_INT(s.entry_count, left);
    }
}

/* At the limit and one beyond. */
static void a_full_table_floods(void) {
    switch_init(&s, 4);
    for (int i = 0; i < SWITCH_MAX_ENTRIES; i++) {
        frame(i, 0, i, ALL);
        UNIT_INT(d.learning, SWITCH_LEARNT);
    }
    frame(100, 1, 99, 98);
    UNIT_INT(d.learning, SWITCH_FULL);
    UNIT_INT(s.entry_count, SWITCH_MAX_ENTRIES);
    frame(101, 2, 5, 99);
    UNIT_TRUE(d.is_flooded);
    UNIT_INT(d.learning, SWITCH_MOVED);
    frame(102, 1, 99, 5);
    UNIT_INT(d.ports, 4);
    frame(SWITCH_AGE_US + 1, 1, 99, 5); /* the first one is too old now */
    UNIT_INT(d.learning, SWITCH_LEARNT);
    UNIT_INT(s.entry_count, SWITCH_MAX_ENTRIES);
    frame(3 * SWITCH_AGE_US, 1, 99, 5);
    UNIT_INT(s.entry_count, 1);
}

/* IEEE 802.1D §7.8, IEEE 802.3 §3.2.3: no station has a group address. */
static void learns_nothing_from_a_group(void) {
    static uint8_t bytes[2][14] = {{2, [6] = 1, 0, 0x5e},
                                   {2, [6] = 2, 1, 0x5e}};
    for (int i = 0; i < 2; i++) { /* the first byte says it */
        switch_init(&s, 4);
        UNIT_INT(s.first_port, 0);
        switch_forward(&s, 0, 0, (struct span){bytes[i], 14}, &d);
        UNIT_INT(d.learning, i == 0 ? SWITCH_REFUSED : SWITCH_LEARNT);
    }
    switch_init(&s, 4);
    frame(0, 0, ALL, 10);
    UNIT_INT(d.learning, SWITCH_REFUSED);
    UNIT_INT(s.entry_count, 0);
    UNIT_INT(d.ports, 0xe);
    frame(0, 1, 10, ALL);
    UNIT_INT(d.ports, 0xd);
}

/* IEEE 802.1D §7.12.6, Table 7-10 */
static void does_not_forward_to_reserved_addresses(void) {
    static const struct {
        uint8_t to[ADDRESS_MAC];
        uint32_t ports;
    } cases[] = {
        {{0x01, 0x80, 0xc2, 0, 0, 0x00}, 0},
        {{0x01, 0x80, 0xc2, 0, 0, 0x0f}, 0},
        {{0x01, 0x80, 0xc2, 0, 0, 0x10}, 0xe},
        {{0x01, 0x80, 0xc2, 0, 1, 0x00}, 0xe},
        {{0x01, 0x80, 0xc3, 0, 0, 0x00}, 0xe},
        {{0x01, 0x00, 0x5e, 0, 0, 0x01}, 0xe}, /* multicast is flooded */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[14] = {0};
        memcpy(bytes, cases[i].to, ADDRESS_MAC);
        bytes[6] = 2;
        switch_init(&s, 4);
        UNIT_TRUE(switch_forward(&s, 0, 0, (struct span){bytes, 14}, &d));
        UNIT_INT(d.ports, cases[i].ports);
        UNIT_INT(d.is_flooded, cases[i].ports != 0);
        UNIT_INT(s.entry_count, 1);
    }
}

static void drops_a_frame_without_a_header(void) {
    uint8_t bytes[14] = {0};
    switch_init(&s, 4);
    for (size_t n = 0; n < 14; n++) {
        uint8_t *exact = unit_exact(bytes, n);
        UNIT_FALSE(switch_forward(&s, 0, 0, (struct span){exact, n}, &d));
        free(exact);
    }
    UNIT_TRUE(switch_forward(&s, 0, 0, (struct span){bytes, 14}, &d));
}

static void sends_by_the_ports_of_a_network(void) {
    static struct lan lan;
    struct lan_event e;
    uint8_t bytes[60] = {2, [5] = 11, 2, [11] = 10};
    lan_init(&lan);
    for (int i = 0; i < 3; i++) lan_add_port(&lan, "host");
    UNIT_INT(switch_add(&s, &lan, "S", 3), 3);
    UNIT_INT(lan.port_count, 6);
    UNIT_TEXT(lan.port[5].name, strlen(lan.port[5].name), "S.3");
    for (int i = 0; i < 3; i++) lan_connect(&lan, i, 3 + i, 10);
    lan_send(&lan, 1, (struct span){bytes, 60});
    UNIT_TRUE(lan_next(&lan, INT64_MAX, &e));
    switch_receive(&s, &lan, &e);
    UNIT_INT(lan.sent, 3);
    UNIT_TRUE(lan_next(&lan, INT64_MAX, &e));
    UNIT_INT(e.to, 0);
    switch_receive(&s, &lan, &e); /* not at its ports */
    UNIT_TRUE(lan_next(&lan, INT64_MAX, &e));
    UNIT_INT(e.to, 2);
    UNIT_INT(e.bytes.len, 60);
    UNIT_INT(memcmp(e.bytes.data, bytes, 60), 0);
    UNIT_FALSE(lan_next(&lan, INT64_MAX, &e));
    UNIT_INT(lan.sent, 3);
    UNIT_INT(find(0, 10), 1);
    e = (struct lan_event){.to = 6, .bytes = {bytes, 60}};
    switch_receive(&s, &lan, &e); /* one beyond the last port */
    e = (struct lan_event){.to = 5, .bytes = {bytes, 0}};
    switch_receive(&s, &lan, &e); /* an alarm */
    UNIT_INT(lan.sent, 3);
}

static void has_from_one_to_sixteen_ports(void) {
    switch_init(&s, 1);
    frame(0, 0, 10, ALL);
    UNIT_INT(d.ports, 0);
    switch_init(&s, SWITCH_MAX_PORTS);
    frame(0, 15, 10, ALL);
    UNIT_INT(d.ports, 0x7fff);
    frame(0, 0, 11, 10);
    UNIT_INT(d.ports, 0x8000);
}

UNIT_MAIN("packets/switch", UNIT_TEST(floods_unknown_destinations_and_learns),
          UNIT_TEST(sends_nothing_back),
          UNIT_TEST(a_station_that_moves_is_found),
          UNIT_TEST(removes_a_station_that_is_silent_for_long),
          UNIT_TEST(removes_all_stations_that_are_silent_for_long),
          UNIT_TEST(a_full_table_floods),
          UNIT_TEST(learns_nothing_from_a_group),
          UNIT_TEST(does_not_forward_to_reserved_addresses),
          UNIT_TEST(drops_a_frame_without_a_header),
          UNIT_TEST(sends_by_the_ports_of_a_network),
          UNIT_TEST(has_from_one_to_sixteen_ports))
