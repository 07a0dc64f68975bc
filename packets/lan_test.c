/* lan_test.c: the order of arrivals, alarms, the limits */
#include "packets/lan.h"
#include "packets/unit.h"

static struct lan lan;

/* Two cables: ann to bob with 10 us, cem to dot with 25 us. eve has none. */
enum {
    ANN,
    BOB,
    CEM,
    DOT,
    EVE
};

static void build(void) {
    static const char *const names[] = {"ann", "bob", "cem", "dot", "eve"};
    lan_init(&lan);
    for (int i = 0; i <= EVE; i++) UNIT_INT(lan_add_port(&lan, names[i]), i);
    lan_connect(&lan, ANN, BOB, 10);
    lan_connect(&lan, CEM, DOT, 25);
}

static bool send_text(int port, const char *text) {
    uint8_t *exact = unit_exact(text, strlen(text));
    bool result = lan_send(&lan, port, (struct span){exact, strlen(text)});
    free(exact);
    return result;
}

/* The next event, if it is a frame, must begin with this text. */
static void expect(int64_t time_us, int from, int to, const char *text) {
    struct lan_event e = {.to = -2};
    UNIT_TRUE(lan_next(&lan, INT64_MAX, &e));
    UNIT_INT(e.time_us, time_us);
    UNIT_INT(lan.now_us, time_us);
    UNIT_INT(e.from, from);
    UNIT_INT(e.to, to);
    size_t n = strlen(text);
    UNIT_TRUE(e.bytes.len >= n);
    UNIT_TEXT(e.bytes.data, e.bytes.len < n ? e.bytes.len : n, text);
    if (n == 0) UNIT_INT(e.bytes.len, 0);
}

static void a_frame_arrives_at_the_other_end_of_the_cable(void) {
    struct lan_event e;
    build();
    UNIT_TRUE(send_text(ANN, "there"));
    expect(10, ANN, BOB, "there");
    UNIT_TRUE(send_text(BOB, "back"));
    expect(20, BOB, ANN, "back");
    UNIT_INT(lan.sent, 2);
    UNIT_INT(lan.port[ANN].received, 1);
    UNIT_INT(lan.port[BOB].received, 1);
    UNIT_INT(lan.port[CEM].received, 0);
    UNIT_FALSE(lan_next(&lan, INT64_MAX, &e));
    UNIT_INT(lan.now_us, 20);
    UNIT_INT(lan.dropped, 0);
}

static void frames_arrive_in_the_order_of_time_and_then_of_sending(void) {
    build();
    send_text(CEM, "slow");
    for (int i = 0; i < 5; i++) send_text(ANN, (char[]){(char)('0' + i), 0});
    send_text(DOT, "other way");
    send_text(CEM, "slow 2");
    for (int i = 0; i < 5; i++)
        expect(10, ANN, BOB, (char[]){(char)('0' + i), 0});
    send_text(ANN, "later");
    expect(20, ANN, BOB, "later");
    expect(25, CEM, DOT, "slow");
    expect(25, DOT, CEM, "other way");
    expect(25, CEM, DOT, "slow 2");
    for (int i = 0; i < 3; i++) { /* what was removed does not come again */
        send_text(CEM, "last");
        expect(50 + 25 * i, CEM, DOT, "last");
    }
}

/* RFC 894: padded with zeros to the minimum of Ethernet. */
static void a_short_frame_is_padded_with_zeros(void) {
    static uint8_t bytes[LAN_MAX_FRAME];
    static const size_t lengths[] = {1, 59, 60, 61, LAN_MAX_FRAME};
    build();
    for (size_t i = 0; i < 5; i++) {
        struct lan_event e;
        memset(bytes, 0xee, sizeof bytes);
        UNIT_TRUE(lan_send(&lan, ANN, (struct span){bytes, lengths[i]}));
        UNIT_TRUE(lan_next(&lan, INT64_MAX, &e));
        size_t expected =
            lengths[i] < LAN_MIN_FRAME ? LAN_MIN_FRAME : lengths[i];
        UNIT_INT(e.bytes.len, expected);
        for (size_t k = 0; k < e.bytes.len; k++)
            UNIT_INT(e.bytes.data[k], k < lengths[i] ? 0xee : 0);
    }
}

static void without_a_cable_nothing_is_sent(void) {
    build();
    UNIT_FALSE(send_text(EVE, "?"));
    UNIT_TRUE(send_text(ANN, "under way"));
    lan_disconnect(&lan, BOB);
    UNIT_FALSE(send_text(ANN, "?"));
    UNIT_FALSE(send_text(BOB, "?"));
    lan_disconnect(&lan, EVE);
    UNIT_INT(lan.sent, 1);
    UNIT_INT(lan.dropped, 0);
    expect(10, ANN, BOB, "under way");
    lan_connect(&lan, EVE, ANN, 7);
    UNIT_TRUE(send_text(EVE, "a new cable"));
    expect(17, EVE, ANN, "a new cable");
}

static void an_alarm_is_an_empty_event_of_its_port(void) {
    struct lan_event e;
    build();
    UNIT_TRUE(lan_alarm(&lan, EVE, 30));
    UNIT_TRUE(lan_alarm(&lan, CEM, 5));
    UNIT_TRUE(send_text(ANN, "x"));
    expect(5, CEM, CEM, "");
    expect(10, ANN, BOB, "x");
    UNIT_TRUE(lan_alarm(&lan, BOB, 3)); /* over: now */
    expect(10, BOB, BOB, "");
    expect(30, EVE, EVE, "");
    UNIT_INT(lan.port[EVE].received, 0);
    UNIT_FALSE(lan_next(&lan, 100, &e));
    UNIT_INT(lan.now_us, 100);
}

static void the_clock_stops_at_the_limit(void) {
    struct lan_event e;
    build();
    send_text(ANN, "x");
    UNIT_FALSE(lan_next(&lan, 9, &e));
    UNIT_INT(lan.now_us, 9);
    UNIT_FALSE(lan_next(&lan, 4, &e)); /* and never back */
    UNIT_INT(lan.now_us, 9);
    UNIT_TRUE(lan_next(&lan, 10, &e));
    UNIT_INT(lan.now_us, 10);
}

static void too_many_events_are_dropped_and_counted(void) {
    struct lan_event e;
    build();
    for (int i = 0; i < LAN_MAX_EVENTS - 1; i++) UNIT_TRUE(send_text(ANN, "x"));
    UNIT_TRUE(lan_alarm(&lan, BOB, 10));
    UNIT_FALSE(send_text(ANN, "one too many"));
    UNIT_FALSE(lan_alarm(&lan, BOB, 10));
    UNIT_INT(lan.sent, LAN_MAX_EVENTS - 1);
    UNIT_INT(lan.dropped, 1);
    int count = 0;
    while (lan_next(&lan, INT64_MAX, &e)) count++;
    UNIT_INT(count, LAN_MAX_EVENTS);
    UNIT_TRUE(send_text(ANN, "again"));
    expect(20, ANN, BOB, "again");
}

static void ports_are_numbered_and_long_names_are_cut(void) {
    lan_init(&lan);
    UNIT_INT(lan_add_port(&lan, "123456789012"), 0);
    UNIT_TEXT(lan.port[0].name, strlen(lan.port[0].name), "12345678901");
    UNIT_INT(lan_add_ports(&lan, "S1", 3), 1);
    UNIT_TEXT(lan.port[1].name, strlen(lan.port[1].name), "S1.1");
    UNIT_TEXT(lan.port[3].name, strlen(lan.port[3].name), "S1.3");
    UNIT_INT(lan.port_count, 4);
    UNIT_INT(lan_add_ports(&lan, "a-long-name", 10), 4);
    UNIT_TEXT(lan.port[13].name, strlen(lan.port[13].name), "a-long-n.10");
    UNIT_INT(lan_add_ports(&lan, "S2", LAN_MAX_PORTS - 14), 14);
    UNIT_INT(lan.port_count, LAN_MAX_PORTS);
}

UNIT_MAIN("packets/lan",
          UNIT_TEST(a_frame_arrives_at_the_other_end_of_the_cable),
          UNIT_TEST(frames_arrive_in_the_order_of_time_and_then_of_sending),
          UNIT_TEST(a_short_frame_is_padded_with_zeros),
          UNIT_TEST(without_a_cable_nothing_is_sent),
          UNIT_TEST(an_alarm_is_an_empty_event_of_its_port),
          UNIT_TEST(the_clock_stops_at_the_limit),
          UNIT_TEST(too_many_events_are_dropped_and_counted),
          UNIT_TEST(ports_are_numbered_and_long_names_are_cut))
