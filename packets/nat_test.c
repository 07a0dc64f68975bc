/* nat_test.c: packets/nat.h against RFC 3022, RFC 4787 and RFC 1624 */
#include "packets/ipv4.h"
#include "packets/nat.h"
#include "packets/udp_packet.h"
#include "packets/unit.h"

#define MINUTES INT64_C(60000000)

static struct nat n;
static struct buf out = {.max = 2000};
static struct udp_packet seen; /* the packet after its translation */

static struct nat_endpoint at(const char *address, uint16_t port) {
    struct nat_endpoint e = {.port = port};
    UNIT_TRUE(address_parse(&e.address, address));
    return e;
}

static void begin(void) {
    struct nat_endpoint outside = at("203.0.113.1", 0);
    nat_init(&n, &outside.address);
    UNIT_INT(n.count, 0);
}

/* Translates a packet, in a copy of exactly its size, and takes it apart: that
 * fails if a checksum is wrong. */
static int pass(bool is_inbound, int64_t now, struct nat_endpoint from,
                struct nat_endpoint to) {
    struct udp_packet p = {.ttl = 9, .identification = 77};
    struct span data;
    p.source = from.address;
    p.source_port = from.port;
    p.destination = to.address;
    p.destination_port = to.port;
    buf_clear(&out);
    UNIT_TRUE(udp_packet_write(&out, &p, span_from("hello")));
    struct span whole = buf_view(&out);
    uint8_t *copy = unit_exact(whole.data, whole.len);
    struct span packet = {copy, whole.len};
    int result = is_inbound ? nat_inbound(&n, now, packet)
                            : nat_outbound(&n, now, packet);
    UNIT_INT(result == 0, !span_equal(packet, whole));
    UNIT_TRUE(udp_packet_parse(packet, &seen, &data));
    UNIT_TEXT(data.data, data.len, "hello");
    UNIT_INT(seen.identification, 77);
    UNIT_INT(seen.ttl, 9);
    free(copy);
    return result;
}

static int outbound(int64_t now, struct nat_endpoint from,
                    struct nat_endpoint to) {
    int result = pass(false, now, from, to);
    UNIT_TRUE(address_equal(&seen.destination, &to.address));
    UNIT_INT(seen.destination_port, to.port);
    UNIT_TRUE(address_equal(&seen.source, result ? &from.address : &n.outside));
    return result ? result : seen.source_port;
}

static int inbound(int64_t now, struct nat_endpoint from, uint16_t port) {
    int result = pass(true, now, from, at("203.0.113.1", port));
    UNIT_TRUE(address_equal(&seen.source, &from.address));
    UNIT_INT(seen.source_port, from.port);
    return result;
}

static void is_to(const char *address, uint16_t port) {
    struct nat_endpoint expected = at(address, port);
    UNIT_TRUE(address_equal(&seen.destination, &expected.address));
    UNIT_INT(seen.destination_port, port);
}

/* RFC 1624 §4: the example, in which Eqn. 2 of RFC 1141 goes wrong */
static void the_example_of_rfc_1624(void) {
    UNIT_INT(nat_update_checksum(0xdd2f, 0x5555, 0x3285), 0x0000);
    UNIT_INT(nat_update_checksum(0x0000, 0x3285, 0x5555), 0xdd2f);
    UNIT_INT(nat_update_checksum(0x1234, 0x0000, 0x0000), 0x1234);
    UNIT_INT(nat_update_checksum(0x0000, 0x0000, 0xffff), 0x0000);
}

/* RFC 3022 §4.1 */
static void an_outbound_packet_adds_a_row_for_the_reply(void) {
    begin();
    UNIT_INT(inbound(0, at("203.0.113.9", 53), 40000), NAT_ERR_NO_ROW);
    UNIT_INT(outbound(0, at("192.168.1.2", 5000), at("203.0.113.9", 53)),
             40000);
    UNIT_INT(n.count, 1);
    UNIT_INT(inbound(1, at("203.0.113.9", 53), 40000), 0);
    is_to("192.168.1.2", 5000);
    UNIT_INT(outbound(0, at("192.168.1.2", 5000), at("203.0.113.9", 53)),
             40000);
    UNIT_INT(n.count, 1);
}

/* RFC 4787 REQ-1 */
static void an_endpoint_keeps_its_port_for_all_destinations(void) {
    begin();
    outbound(0, at("192.168.1.3", 5000), at("203.0.113.9", 53));
    UNIT_INT(outbound(0, at("192.168.1.2", 5000), at("203.0.113.9", 53)),
             40001);
    UNIT_INT(outbound(0, at("192.168.1.2", 5000), at("203.0.113.9", 54)),
             40001);
    UNIT_INT(outbound(0, at("192.168.1.2", 5000), at("203.0.113.8", 53)),
             40001);
    UNIT_INT(outbound(0, at("192.168.1.2", 5001), at("203.0.113.9", 53)),
             40002);
    UNIT_INT(n.count, 5);
}

/* RFC 4787 §4.1: the opposite, address- and port-dependent mapping */
static void a_port_for_each_destination_if_the_caller_says_so(void) {
    begin();
    n.is_per_destination = true;
    UNIT_INT(outbound(0, at("192.168.1.2", 5000), at("203.0.113.9", 53)),
             40000);
    UNIT_INT(outbound(0, at("192.168.1.2", 5000), at("203.0.113.9", 54)),
             40001);
    UNIT_INT(outbound(0, at("192.168.1.2", 5000), at("203.0.113.8", 53)),
             40002);
    UNIT_INT(outbound(0, at("192.168.1.2", 5000), at("203.0.113.9", 53)),
             40000);
    UNIT_INT(inbound(0, at("203.0.113.9", 54), 40000), NAT_ERR_NO_ROW);
    UNIT_INT(inbound(0, at("203.0.113.9", 54), 40001), 0);
}

/* RFC 4787 §5 */
static void only_remotes_that_were_sent_to_may_enter(void) {
    begin();
    outbound(0, at("192.168.1.2", 5000), at("203.0.113.9", 53));
    UNIT_INT(inbound(0, at("203.0.113.9", 54), 40000), NAT_ERR_NO_ROW);
    UNIT_INT(inbound(0, at("203.0.113.8", 53), 40000), NAT_ERR_NO_ROW);
    UNIT_INT(inbound(0, at("203.0.113.9", 53), 40001), NAT_ERR_NO_ROW);
    UNIT_INT(pass(true, 0, at("203.0.113.9", 53), at("203.0.113.2", 40000)),
             NAT_ERR_NO_ROW);
    UNIT_INT(inbound(0, at("203.0.113.9", 53), 40000), 0);
    outbound(0, at("192.168.1.2", 5000), at("203.0.113.8", 53));
    UNIT_INT(inbound(0, at("203.0.113.8", 53), 40000), 0);
    is_to("192.168.1.2", 5000);
}

/* RFC 4787 REQ-5 and REQ-6 */
static void a_row_lasts_two_minutes_after_an_outbound_packet(void) {
    begin();
    outbound(0, at("192.168.1.2", 5000), at("203.0.113.9", 53));
    UNIT_INT(inbound(2 * MINUTES - 1, at("203.0.113.9", 53), 40000), 0);
    UNIT_INT(inbound(2 * MINUTES, at("203.0.113.9", 53), 40000),
             NAT_ERR_NO_ROW);
    UNIT_INT(n.count, 0);
    outbound(3 * MINUTES, at("192.168.1.2", 5000), at("203.0.113.9", 53));
    outbound(4 * MINUTES, at("192.168.1.2", 5000), at("203.0.113.9", 53));
    UNIT_INT(n.count, 1);
    UNIT_INT(inbound(6 * MINUTES - 1, at("203.0.113.9", 53), 40001), 0);
    outbound(6 * MINUTES, at("192.168.1.2", 5000), at("203.0.113.9", 53));
    UNIT_INT(seen.source_port, 40002);
}

static void other_rows_stay_when_one_expires(void) {
    begin();
    outbound(0, at("192.168.1.2", 1), at("203.0.113.9", 53));
    outbound(5, at("192.168.1.3", 1), at("203.0.113.9", 53));
    nat_expire(&n, 2 * MINUTES + 4);
    UNIT_INT(n.count, 1);
    UNIT_INT(n.row[0].outside_port, 40001);
    UNIT_INT(n.row[0].until_us, 2 * MINUTES + 5);
}

static void a_forwarded_port_is_open_for_all_and_for_ever(void) {
    struct nat_endpoint ann = at("192.168.1.2", 6000);
    begin();
    outbound(0, at("192.168.1.3", 1), at("203.0.113.9", 53));
    outbound(0, ann, at("203.0.113.9", 53));
    UNIT_FALSE(nat_forward(&n, 40000, &ann));
    UNIT_INT(n.count, 2);
    UNIT_TRUE(nat_forward(&n, 8000, &ann));
    UNIT_INT(n.count, 2); /* ann's other row is gone */
    UNIT_INT(inbound(0, at("203.0.113.9", 53), 40000), 0);
    UNIT_INT(inbound(0, at("203.0.113.9", 53), 40001), NAT_ERR_NO_ROW);
    UNIT_INT(inbound(100 * MINUTES, at("203.0.113.7", 99), 8000), 0);
    is_to("192.168.1.2", 6000);
    n.is_per_destination = true;
    UNIT_INT(outbound(200 * MINUTES, ann, at("203.0.113.7", 99)), 8000);
    UNIT_INT(n.count, 1);
}

static void a_full_table_refuses_new_rows_only(void) {
    struct nat_endpoint server = at("203.0.113.9", 53), ann;
    begin();
    for (uint16_t i = 0; i < NAT_MAX_ROWS; i++)
        UNIT_INT(outbound(i, at("192.168.1.2", i), server), 40000 + i);
    ann = at("192.168.1.2", NAT_MAX_ROWS);
    UNIT_INT(outbound(9, ann, server), NAT_ERR_FULL);
    UNIT_FALSE(nat_forward(&n, 8000, &ann));
    UNIT_INT(n.count, NAT_MAX_ROWS);
    UNIT_INT(outbound(9, at("192.168.1.2", 63), server), 40063);
    /* The oldest has expired, and its place is free. */
    UNIT_INT(outbound(2 * MINUTES, ann, server), 40064);
    UNIT_INT(n.count, NAT_MAX_ROWS);
}

/* RFC 4787 REQ-3 */
static void a_port_in_use_is_not_assigned_again(void) {
    struct nat_endpoint server = at("203.0.113.9", 53);
    struct nat_endpoint ann = at("192.168.1.2", 6000);
    begin();
    UNIT_TRUE(nat_forward(&n, NAT_FIRST_PORT, &ann));
    n.next_port = 65535;
    UNIT_INT(outbound(0, at("192.168.1.2", 1), server), 65535);
    UNIT_INT(outbound(0, at("192.168.1.2", 2), server), 40001);
}

/* Writes ann's packet into bytes, 33 of them. */
static void write_packet(uint8_t *bytes) {
    struct udp_packet p = {.source_port = 1, .destination_port = 2, .ttl = 9};
    p.source = at("192.168.1.2", 0).address;
    p.destination = at("203.0.113.9", 0).address;
    buf_clear(&out);
    udp_packet_write(&out, &p, span_from("hello"));
    struct span packet = buf_view(&out);
    UNIT_INT(packet.len, 33);
    if (packet.data && packet.len == 33) memcpy(bytes, packet.data, 33);
}

/* RFC 3022 §4.1: no checksum stays none; and a wrong one stays wrong. */
static void the_udp_checksum_is_updated_and_not_made(void) {
    uint8_t bytes[33] = {0};
    begin();
    write_packet(bytes);
    bytes[26] = bytes[27] = 0;
    UNIT_INT(nat_outbound(&n, 0, (struct span){bytes, 33}), 0);
    UNIT_INT(bytes[26] << 8 | bytes[27], 0);
    write_packet(bytes);
    bytes[32] ^= 1;
    UNIT_INT(nat_outbound(&n, 0, (struct span){bytes, 33}), 0);
    UNIT_FALSE(udp_packet_parse((struct span){bytes, 33}, &seen,
                                &(struct span){NULL, 0}));
    bytes[32] ^= 1;
    UNIT_TRUE(udp_packet_parse((struct span){bytes, 33}, &seen,
                               &(struct span){NULL, 0}));
}

/* RFC 768: a sum of all 65 536 data words meets the checksum 0 once, and that
 * is sent as ffff. */
static void a_udp_checksum_is_never_changed_to_0(void) {
    int found = 0;
    begin();
    for (int word = 0; word < 65536; word++) {
        struct udp_packet p = {.source_port = 1, .destination_port = 2};
        uint8_t data[2] = {(uint8_t)(word >> 8), (uint8_t)word};
        struct span read;
        p.ttl = 9;
        p.source = at("192.168.1.2", 0).address;
        p.destination = at("203.0.113.9", 0).address;
        buf_clear(&out);
        udp_packet_write(&out, &p, (struct span){data, 2});
        struct span packet = buf_view(&out);
        if (!packet.data || nat_outbound(&n, 0, packet) != 0) break;
        uint16_t sum = (uint16_t)(packet.data[26] << 8 | packet.data[27]);
        if (sum == 0 || !udp_packet_parse(packet, &seen, &read)) break;
        found += sum == 0xffff;
        if (word == 65535) UNIT_INT(found, 1);
    }
    UNIT_INT(found, 1);
}

static void a_packet_without_ports_is_refused(void) {
    static const struct {
        int offset;
        uint8_t value;
        int error;
    } cases[] = {
        {0, 0x65, NAT_ERR_MALFORMED},  /* version 6 */
        {0, 0x44, NAT_ERR_MALFORMED},  /* a header of 16 bytes */
        {3, 19, NAT_ERR_MALFORMED},    /* shorter than its header */
        {3, 27, NAT_ERR_MALFORMED},    /* 7 bytes of UDP */
        {9, IP_TCP, NAT_ERR_PROTOCOL}, /* another protocol */
        {6, 0x20, NAT_ERR_PROTOCOL},   /* a first fragment */
        {7, 1, NAT_ERR_PROTOCOL},      /* a later fragment */
    };
    uint8_t bytes[33] = {0}, before[33];
    begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_packet(bytes);
        bytes[cases[i].offset] = cases[i].value;
        memcpy(before, bytes, 33);
        struct span packet = {bytes, 33};
        UNIT_INT(nat_outbound(&n, 0, packet), cases[i].error);
        UNIT_INT(nat_inbound(&n, 0, packet), cases[i].error);
        UNIT_INT(memcmp(bytes, before, 33), 0);
    }
    UNIT_INT(n.count, 0);
}

static void a_packet_that_is_cut_in_a_header_is_malformed(void) {
    uint8_t bytes[33] = {0};
    begin();
    write_packet(bytes);
    for (size_t len = 0; len < 28; len++) {
        uint8_t *cut = unit_exact(bytes, len);
        struct span packet = {cut, len};
        UNIT_INT(nat_outbound(&n, 0, packet), NAT_ERR_MALFORMED);
        UNIT_INT(nat_inbound(&n, 0, packet), NAT_ERR_MALFORMED);
        free(cut);
    }
    uint8_t *cut = unit_exact(bytes, 28);
    UNIT_INT(nat_outbound(&n, 0, (struct span){cut, 28}), 0);
    free(cut);
    buf_free(&out);
}

static void rows_as_text(void) {
    struct nat_endpoint ann = at("192.168.1.2", 5000);
    char text[NAT_TEXT_MAX];
    begin();
    outbound(1000, ann, at("203.0.113.9", 3478));
    UNIT_TRUE(nat_row_text(&n.row[0], text) == text);
    UNIT_TEXT(text, strlen(text),
              "192.168.1.2:5000  40000  203.0.113.9:3478  until 120.001");
    outbound(INT64_C(86400000000), ann, at("203.0.113.9", 3478));
    nat_row_text(&n.row[0], text); /* a day later: the last row is gone */
    UNIT_TEXT(text, strlen(text),
              "192.168.1.2:5000  40001  203.0.113.9:3478  until 86520.000");
    nat_forward(&n, 8000, &ann);
    nat_row_text(&n.row[0], text);
    UNIT_TEXT(text, strlen(text), "192.168.1.2:5000  8000  any, forwarded");
    UNIT_TRUE(nat_endpoint_text(&ann, text) == text);
    UNIT_TEXT(text, strlen(text), "192.168.1.2:5000");
}

UNIT_MAIN("packets/nat", UNIT_TEST(rows_as_text),
          UNIT_TEST(the_example_of_rfc_1624),
          UNIT_TEST(an_outbound_packet_adds_a_row_for_the_reply),
          UNIT_TEST(an_endpoint_keeps_its_port_for_all_destinations),
          UNIT_TEST(a_port_for_each_destination_if_the_caller_says_so),
          UNIT_TEST(only_remotes_that_were_sent_to_may_enter),
          UNIT_TEST(a_row_lasts_two_minutes_after_an_outbound_packet),
          UNIT_TEST(other_rows_stay_when_one_expires),
          UNIT_TEST(a_forwarded_port_is_open_for_all_and_for_ever),
          UNIT_TEST(a_full_table_refuses_new_rows_only),
          UNIT_TEST(a_port_in_use_is_not_assigned_again),
          UNIT_TEST(the_udp_checksum_is_updated_and_not_made),
          UNIT_TEST(a_udp_checksum_is_never_changed_to_0),
          UNIT_TEST(a_packet_without_ports_is_refused),
          UNIT_TEST(a_packet_that_is_cut_in_a_header_is_malformed))
