/* flow_test.c: packets/flow.h */
#include "packets/flow.h"
#include "packets/ipv4.h"
#include "packets/unit.h"

enum {
    SYN = SEGMENT_SYN,
    ACK = SEGMENT_ACK,
    FIN = SEGMENT_FIN,
    RST = SEGMENT_RST,
    PSH = SEGMENT_PSH
};

static struct flows flows;
static struct flow_step step;
static char text[FLOW_TEXT_MAX];

/* A segment from port `from` to port `to`, both of 127.0.0.1. */
static struct dissection segment(uint16_t from, uint16_t to, unsigned flags,
                                 uint32_t seq, uint32_t ack, uint32_t len) {
    struct dissection d = {.protocol = IP_TCP, .data_len = len};
    address_parse(&d.source, "127.0.0.1");
    d.destination = d.source;
    d.ends = (struct ends){IP_TCP, d.source, d.destination, from, to};
    d.segment = (struct segment){.source_port = from,
                                 .destination_port = to,
                                 .flags = (uint8_t)flags,
                                 .seq = seq,
                                 .ack = ack,
                                 .window = 512};
    return d;
}

/* Follows a segment and compares its text. */
static void expect(int from, const char *expected, struct dissection d) {
    flow_follow(&flows, &d, &step);
    UNIT_INT(step.from, from);
    UNIT_TRUE(flow_text(&d, &step, text) == text);
    UNIT_TEXT(text, strlen(text), expected);
}

static void begin(void) {
    memset(&flows, 0, sizeof flows);
}

/* RFC 9293 §3.5, figure 6, with numbers that wrap around. */
static void numbers_begin_at_0_in_both_directions(void) {
    uint32_t a = 0xfffffffe, b = 300;
    begin();
    expect(0, "SYN seq 0", segment(9, 80, SYN, a, 0, 0));
    expect(1, "SYN ACK seq 0 ack 1", segment(80, 9, SYN | ACK, b, a + 1, 0));
    expect(0, "ACK ack 1", segment(9, 80, ACK, a + 1, b + 1, 0));
    expect(0, "PSH ACK seq 1 ack 1 len 5",
           segment(9, 80, PSH | ACK, a + 1, b + 1, 5));
    expect(1, "ACK ack 6", segment(80, 9, ACK, b + 1, a + 6, 0));
    expect(0, "FIN ACK seq 6 ack 1",
           segment(9, 80, FIN | ACK, a + 6, b + 1, 0));
    expect(1, "ACK ack 7", segment(80, 9, ACK, b + 1, a + 7, 0));
    expect(1, "RST ACK seq 1 ack 7",
           segment(80, 9, RST | ACK, b + 1, a + 7, 0));
}

/* RFC 9293 §3.10.7.1: the RST for a SYN to a closed port has seq 0. */
static void a_refusal_has_no_number_of_its_own(void) {
    begin();
    expect(0, "SYN seq 0", segment(9, 80, SYN, 1000, 0, 0));
    expect(1, "RST ACK seq 0 ack 1", segment(80, 9, RST | ACK, 0, 1001, 0));
}

static void bytes_that_were_sent_before_are_marked(void) {
    begin();
    expect(0, "SYN seq 0", segment(9, 80, SYN, 99, 0, 0));
    expect(0, "SYN seq 0 again", segment(9, 80, SYN, 99, 0, 0));
    UNIT_TRUE(step.is_retransmission);
    expect(1, "SYN ACK seq 0 ack 1", segment(80, 9, SYN | ACK, 7, 100, 0));
    UNIT_FALSE(step.is_retransmission);
    expect(0, "ACK seq 1 ack 1 len 10", segment(9, 80, ACK, 100, 8, 10));
    expect(0, "ACK seq 11 ack 1 len 1", segment(9, 80, ACK, 110, 8, 1));
    expect(0, "ACK seq 11 ack 1 len 1 again", segment(9, 80, ACK, 110, 8, 1));
    UNIT_FALSE(step.is_probe);
    expect(0, "ACK seq 1 ack 1 len 10 again", segment(9, 80, ACK, 100, 8, 10));
    expect(0, "ACK seq 11 ack 1 len 2", segment(9, 80, ACK, 110, 8, 2));
    expect(0, "FIN ACK seq 13 ack 1", segment(9, 80, FIN | ACK, 112, 8, 0));
    expect(0, "FIN ACK seq 13 ack 1 again",
           segment(9, 80, FIN | ACK, 112, 8, 0));
    expect(1, "ACK ack 14", segment(80, 9, ACK, 8, 113, 0));
    UNIT_FALSE(step.is_retransmission);
}

/* RFC 9293 §3.8.4: a keep-alive has the number before the next one. */
static void a_probe_is_no_acknowledgment(void) {
    begin();
    expect(0, "SYN seq 0", segment(9, 80, SYN, 99, 0, 0));
    expect(1, "SYN ACK seq 0 ack 1", segment(80, 9, SYN | ACK, 7, 100, 0));
    expect(0, "ACK ack 1", segment(9, 80, ACK, 100, 8, 0));
    expect(0, "ACK seq 0 ack 1 probe", segment(9, 80, ACK, 99, 8, 0));
    UNIT_TRUE(step.is_probe);
    UNIT_FALSE(step.is_retransmission);
    expect(0, "RST seq 0", segment(9, 80, RST, 99, 0, 0));
    UNIT_FALSE(step.is_probe);
}

static void a_window_of_0_is_named(void) {
    begin();
    struct dissection d = segment(9, 80, ACK, 1, 1, 0);
    d.segment.window = 0;
    expect(0, "ACK ack 1 window 0", d);
    d.segment.flags = RST;
    expect(0, "RST seq 0", d);
}

static void each_pair_of_ports_and_protocol_is_a_flow(void) {
    begin();
    expect(0, "SYN seq 0", segment(9, 80, SYN, 5, 0, 0));
    expect(0, "SYN seq 0", segment(10, 80, SYN, 50, 0, 0));
    expect(0, "SYN seq 0", segment(9, 81, SYN, 500, 0, 0));
    struct dissection udp = segment(80, 9, 0, 0, 0, 3);
    udp.protocol = udp.ends.protocol = IP_UDP;
    expect(0, "UDP len 3", udp);
    struct dissection far = segment(80, 9, SYN, 70, 0, 0);
    address_parse(&far.ends.source, "127.0.0.2");
    expect(0, "SYN seq 0", far);
    expect(1, "SYN ACK seq 0 ack 1", segment(80, 9, SYN | ACK, 5000, 6, 0));
    UNIT_INT(flows.begun, 5);
}

static void a_new_connection_between_the_same_ports_begins_anew(void) {
    begin();
    expect(0, "SYN seq 0", segment(9, 80, SYN, 5, 0, 0));
    expect(0, "RST seq 1", segment(9, 80, RST, 6, 0, 0));
    expect(0, "SYN seq 0", segment(9, 80, SYN, 9000, 0, 0));
    expect(1, "SYN ACK seq 0 ack 1", segment(80, 9, SYN | ACK, 5, 9001, 0));
    UNIT_INT(flows.begun, 1);
}

static void the_oldest_flow_makes_space(void) {
    begin();
    for (uint16_t i = 0; i <= FLOW_MAX; i++)
        expect(0, "SYN seq 0", segment(i, 80, SYN, i, 0, 0));
    /* The second one is still known, the first is not. */
    expect(1, "SYN ACK seq 0 ack 1", segment(80, 1, SYN | ACK, 9, 2, 0));
    expect(0, "SYN ACK seq 0 ack 1", segment(80, 0, SYN | ACK, 9, 1, 0));
}

/* The number of flows follows the table. Here it could be taken for the
 * protocol of one more flow, without addresses. */
static void nothing_after_the_table_is_a_flow(void) {
    struct dissection d = {.protocol = FLOW_MAX, .ends.protocol = FLOW_MAX};
    begin();
    for (uint16_t i = 0; i < FLOW_MAX; i++)
        expect(0, "SYN seq 0", segment(i, 80, SYN, i, 0, 0));
    flow_follow(&flows, &d, &step);
    UNIT_INT(flows.begun, FLOW_MAX + 1);
}

/* The capture begins in the middle: the end that was only acknowledged counts
 * from the byte after its SYN, as if the SYN was captured. */
static void a_flow_without_its_beginning_counts_from_its_first_packet(void) {
    begin();
    expect(0, "ACK seq 0 ack 1 len 5", segment(9, 80, ACK, 700, 501, 5));
    expect(1, "ACK seq 1 ack 5 len 3", segment(80, 9, ACK, 501, 705, 3));
    expect(1, "ACK seq 1 ack 5 len 3 again", segment(80, 9, ACK, 501, 705, 3));
}

static void the_longest_text_is_cut(void) {
    begin();
    struct dissection d = segment(9, 80, 0xff & ~RST, 0, 1, 0);
    flow_follow(&flows, &d, &step);
    d = segment(9, 80, 0xff & ~RST, 4000000000U, 4000000000U, 65535);
    d.segment.window = 0;
    flow_follow(&flows, &d, &step);
    char *exact = unit_exact(text, sizeof text);
    UNIT_INT(strlen(flow_text(&d, &step, exact)), FLOW_TEXT_MAX - 1);
    free(exact);
}

static void icmp_has_the_name_of_its_type(void) {
    begin();
    struct dissection d = segment(80, 9, 0, 0, 0, 0);
    d.protocol = IP_ICMP;
    d.ends.protocol = IP_UDP;
    d.icmp = (struct icmp){.type = ICMP_UNREACHABLE, .code = 3};
    struct dissection udp = segment(9, 80, 0, 0, 0, 1);
    udp.protocol = udp.ends.protocol = IP_UDP;
    expect(0, "UDP len 1", udp);
    expect(1, "ICMP port unreachable", d);
}

UNIT_MAIN("packets/flow", UNIT_TEST(numbers_begin_at_0_in_both_directions),
          UNIT_TEST(a_refusal_has_no_number_of_its_own),
          UNIT_TEST(bytes_that_were_sent_before_are_marked),
          UNIT_TEST(a_probe_is_no_acknowledgment),
          UNIT_TEST(a_window_of_0_is_named),
          UNIT_TEST(each_pair_of_ports_and_protocol_is_a_flow),
          UNIT_TEST(a_new_connection_between_the_same_ports_begins_anew),
          UNIT_TEST(the_oldest_flow_makes_space),
          UNIT_TEST(nothing_after_the_table_is_a_flow),
          UNIT_TEST(a_flow_without_its_beginning_counts_from_its_first_packet),
          UNIT_TEST(the_longest_text_is_cut),
          UNIT_TEST(icmp_has_the_name_of_its_type))
