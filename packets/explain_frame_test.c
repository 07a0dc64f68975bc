/* explain_frame_test.c: packets/explain_frame.h and the dissectors that it
 * calls: explain_link.h, explain_ip.h, explain_transport.h, explain_value.h */
#include "packets/arp.h"
#include "packets/datagram.h"
#include "packets/ethernet.h"
#include "packets/explain_frame.h"
#include "packets/icmp.h"
#include "packets/segment.h"
#include "packets/unit.h"

static char words_text[EXPLAIN_WORDS_MAX];
static struct explain e;
static struct explain_packet p;
static bool has_data;
static uint8_t *input; /* an exact copy */

static void explain(struct span bytes, bool is_frame) {
    static bool is_ready;
    struct dissector d;
    if (!is_ready) explain_init(&e, 1 << 22);
    is_ready = true;
    free(input);
    input = unit_exact(bytes.data, bytes.len);
    bytes.data = input;
    dissector_begin(&d, &e, bytes, EXPLAIN_LINK, "data");
    has_data = is_frame ? explain_frame(&d, &p) : explain_packet(&d, &p);
    UNIT_TRUE(dissector_finish(&d));
    UNIT_TRUE(explain_is_complete(&e));
}

/* The k-th field of that name, from 0 on. */
static const struct explain_field *find(const char *name, int k) {
    static const struct explain_field none = {.name = "none", .section = ""};
    for (size_t i = 0; i < explain_count(&e); i++)
        if (strcmp(explain_field(&e, i)->name, name) == 0 && k-- == 0)
            return explain_field(&e, i);
    printf("there is no %s\n", name);
    UNIT_TRUE(false);
    return &none;
}

static bool has(const char *name) {
    for (size_t i = 0; i < explain_count(&e); i++)
        if (strcmp(explain_field(&e, i)->name, name) == 0) return true;
    return false;
}

static void expect(const char *name, int k, uint64_t number,
                   const char *words) {
    const struct explain_field *f = find(name, k);
    UNIT_INT(f->number, number);
    UNIT_TEXT(explain_words(&e, f, words_text),
              strlen(explain_words(&e, f, words_text)), words);
}

static void expect_wrong(const char *name, int k, const char *words,
                         const char *section) {
    const struct explain_field *f = find(name, k);
    UNIT_TEXT(explain_words(&e, f, words_text),
              strlen(explain_words(&e, f, words_text)), words);
    UNIT_TEXT(f->section, strlen(f->section), section);
    UNIT_TRUE(f->is_wrong);
}

/* --- frames are built here --- */

static struct buf frame;
static struct address from4, to4, from6, to6;

static void begin(uint16_t type) {
    struct ethernet link = {.destination = {2, 0, 0, 0, 0, 2},
                            .source = {2, 0, 0, 0, 0, 1},
                            .type = type};
    UNIT_TRUE(address_parse(&from4, "10.0.0.1"));
    UNIT_TRUE(address_parse(&to4, "10.0.0.2"));
    UNIT_TRUE(address_parse(&from6, "fd00::1"));
    UNIT_TRUE(address_parse(&to6, "fd00::2"));
    frame.max = 70000;
    buf_clear(&frame);
    ethernet_write(&frame, &link);
}

static void put(const char *bytes, size_t n) {
    buf_append(&frame, bytes, n);
}

static void put_ipv4(uint8_t protocol, size_t payload, struct span options) {
    struct ipv4 ip = {.ttl = 64,
                      .protocol = protocol,
                      .identification = 0xbeef,
                      .options = options,
                      .source = from4,
                      .destination = to4};
    ip.total_length = (uint16_t)(IPV4_HEADER + options.len + payload);
    ipv4_write(&frame, &ip);
}

static void put_ipv6(uint8_t next, size_t payload) {
    struct ipv6 ip = {.hop_limit = 64,
                      .next_header = next,
                      .traffic_class = 0xb9,
                      .flow_label = 0x12345,
                      .payload_length = (uint16_t)payload,
                      .source = from6,
                      .destination = to6};
    ipv6_write(&frame, &ip);
}

#define ROUTE "\x07\x0b\x0c\x0a\x00\x00\x09\x00\x00\x00\x00" /* 11 bytes */
#define TCP_OPTIONS                                          /* 36 bytes */    \
    "\x02\x04\x05\xb4\x04\x02\x08\x0a\x00\x00\x00\x01\x00\x00\x00\x02\x01\x03" \
    "\x03\x07\x05\x0a\x00\x00\x00\x03\x00\x00\x00\x09\xfe\x04\xab\xcd\x00\x00"

static void put_tcp(bool is_v6, const char *options, size_t n) {
    struct segment s = {.source_port = 50000,
                        .destination_port = 80,
                        .seq = 1000,
                        .ack = 2000,
                        .flags = SEGMENT_ACK | SEGMENT_PSH,
                        .window = 512,
                        .options = {(uint8_t *)(uintptr_t)options, n}};
    segment_write(&frame, &s, span_from("hello"), is_v6 ? &from6 : &from4,
                  is_v6 ? &to6 : &to4);
}

static void put_udp(bool is_v6) {
    struct datagram u = {.source_port = 5000, .destination_port = 53};
    datagram_write(&frame, &u, span_from("hello!"), is_v6 ? &from6 : &from4,
                   is_v6 ? &to6 : &to4);
}

static void tcp_over_ipv4(void) {
    begin(ETHERNET_IPV4);
    put_ipv4(IP_TCP, 20 + 36 + 5, (struct span){(uint8_t *)ROUTE, 12});
    put_tcp(false, TCP_OPTIONS, 36);
}

static void udp_over_ipv4(void) {
    begin(ETHERNET_IPV4);
    put_ipv4(IP_UDP, 8 + 6, (struct span){0});
    put_udp(false);
    put("\0\0\0\0", 4); /* padding */
}

static void udp_over_ipv6(void) {
    begin(ETHERNET_IPV6);
    put_ipv6(IPV6_HOP_BY_HOP, 8 + 16 + 8 + 8 + 14);
    put("\x3c\x00\x05\x02\x00\x00\x01\x00", 8); /* hop-by-hop: router alert */
    put("\x2b\x01\x01\x08PPPPPPPP\x00\x00\x63\x00", 16); /* destination */
    put("\x2c\x00\x00\x00\x00\x00\x00\x00", 8);          /* routing */
    put("\x11\x00\x00\x00\x12\x34\x56\x78", 8);          /* atomic fragment */
    put_udp(true);
}

static void put_icmp(bool is_v6, uint8_t type, uint8_t code, uint32_t rest,
                     struct span body) {
    struct icmp i = {.type = type, .code = code, .rest = rest};
    icmp_write(&frame, &i, body, is_v6 ? &from6 : NULL, is_v6 ? &to6 : NULL);
}

/* Replaces the frame by an ICMP error about its packet, of so many bytes. */
static void quote(bool is_v6, uint8_t type, uint8_t code, uint32_t rest,
                  size_t n) {
    uint8_t *quoted = unit_exact(frame.bytes + 14, n);
    begin(is_v6 ? ETHERNET_IPV6 : ETHERNET_IPV4);
    if (is_v6)
        put_ipv6(IP_ICMPV6, 8 + n);
    else
        put_ipv4(IP_ICMP, 8 + n, (struct span){0});
    put_icmp(is_v6, type, code, rest, (struct span){quoted, n});
    free(quoted);
}

static void icmp_error(void) {
    tcp_over_ipv4();
    quote(false, ICMP_UNREACHABLE, 4, 1400, 32 + 8);
}

static void icmpv6_error(void) {
    udp_over_ipv6();
    quote(true, ICMPV6_TOO_BIG, 0, 1280, frame.end - 14);
}

static void solicitation(void) {
    begin(ETHERNET_IPV6);
    put_ipv6(IP_ICMPV6, 32);
    uint8_t body[24] = {0xfd, [15] = 2, [16] = 1, 1, 2, 0, 0, 0, 0, 1};
    put_icmp(true, ICMPV6_NEIGHBOR_SOLICITATION, 0, 0, (struct span){body, 24});
}

static void arp_in_vlan(void) {
    begin(ETHERNET_VLAN);
    put("\xa0\x05\x08\x06", 4);
    struct arp a = {.operation = ARP_REQUEST,
                    .sender_mac = {2, 0, 0, 0, 0, 1},
                    .sender = from4,
                    .target = to4};
    arp_write(&frame, &a);
}

static void (*const good[])(void) = {
    tcp_over_ipv4, udp_over_ipv4, udp_over_ipv6, icmp_error,
    icmpv6_error,  solicitation,  arp_in_vlan};
#define GOOD_COUNT (sizeof good / sizeof *good)

static void explain_built(void) {
    explain(buf_view(&frame), true);
}

/* --- what good frames mean --- */

/* As the kernel of Linux sent it; tshark reads the same values. */
static void names_the_fields_of_a_syn(void) {
    static const char syn[] =
        "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x08\x00\x45\x00"
        "\x00\x3c\x52\x4d\x40\x00\x40\x06\xea\x6c\x7f\x00\x00\x01\x7f\x00"
        "\x00\x01\x87\x6c\xa2\xf5\x3f\xf7\xb6\x37\x00\x00\x00\x00\xa0\x02"
        "\xff\xd7\x66\x5c\x00\x00\x02\x04\xff\xd7\x04\x02\x08\x0a\xdc\xba"
        "\xec\x56\x00\x00\x00\x00\x01\x03\x03\x0a";
    static const struct {
        const char *name;
        uint32_t bit, bits;
        uint64_t number;
    } expected[] = {
        {"Ethernet", 0, 112, 0},
        {"Destination Address", 0, 48, 0},
        {"Source Address", 48, 48, 0},
        {"Length/Type", 96, 16, 0x0800},
        {"IPv4", 112, 160, 0},
        {"Version", 112, 4, 4},
        {"IHL", 116, 4, 5},
        {"DSCP", 120, 6, 0},
        {"ECN", 126, 2, 0},
        {"Total Length", 128, 16, 60},
        {"Identification", 144, 16, 0x524d},
        {"Flags: reserved", 160, 1, 0},
        {"Flags: DF", 161, 1, 1},
        {"Flags: MF", 162, 1, 0},
        {"Fragment Offset", 163, 13, 0},
        {"Time to Live", 176, 8, 64},
        {"Protocol", 184, 8, 6},
        {"Header Checksum", 192, 16, 0xea6c},
        {"Source Address", 208, 32, 0},
        {"Destination Address", 240, 32, 0},
        {"TCP", 272, 320, 0},
        {"Source Port", 272, 16, 34668},
        {"Destination Port", 288, 16, 41717},
        {"Sequence Number", 304, 32, 1073198647},
        {"Acknowledgment Number", 336, 32, 0},
        {"Data Offset", 368, 4, 10},
        {"Rsrvd", 372, 4, 0},
        {"CWR", 376, 1, 0},
        {"ECE", 377, 1, 0},
        {"URG", 378, 1, 0},
        {"ACK", 379, 1, 0},
        {"PSH", 380, 1, 0},
        {"RST", 381, 1, 0},
        {"SYN", 382, 1, 1},
        {"FIN", 383, 1, 0},
        {"Window", 384, 16, 65495},
        {"Checksum", 400, 16, 0x665c},
        {"Urgent Pointer", 416, 16, 0},
        {"Maximum Segment Size", 432, 32, 0},
        {"Kind", 432, 8, 2},
        {"Length", 440, 8, 4},
        {"Maximum Segment Size", 448, 16, 65495},
        {"SACK-Permitted", 464, 16, 0},
        {"Kind", 464, 8, 4},
        {"Length", 472, 8, 2},
        {"Timestamps", 480, 80, 0},
        {"Kind", 480, 8, 8},
        {"Length", 488, 8, 10},
        {"TSval", 496, 32, 3703237718},
        {"TSecr", 528, 32, 0},
        {"No-Operation", 560, 8, 1},
        {"Window Scale", 568, 24, 0},
        {"Kind", 568, 8, 3},
        {"Length", 576, 8, 3},
        {"shift.cnt", 584, 8, 10},
    };
    size_t count = sizeof expected / sizeof *expected;
    explain((struct span){(uint8_t *)(uintptr_t)syn, sizeof syn - 1}, true);
    UNIT_INT(explain_count(&e), count);
    for (size_t i = 0; i < count && i < explain_count(&e); i++) {
        const struct explain_field *f = explain_field(&e, i);
        UNIT_TEXT(f->name, strlen(f->name), expected[i].name);
        UNIT_INT(f->bit, expected[i].bit);
        UNIT_INT(f->bits, expected[i].bits);
        UNIT_INT(f->number, expected[i].number);
    }
    expect("TCP", 0, 0, "SYN, 0 bytes of data");
    expect("Header Checksum", 0, 0xea6c, "right");
    expect("Checksum", 0, 0x665c, "right");
    expect("shift.cnt", 0, 10, "windows x 1024");
    UNIT_TRUE(has_data);
    UNIT_INT(p.source_port, 34668);
    UNIT_INT(p.destination_port, 41717);
}

static void explains_options_of_ipv4_and_tcp(void) {
    tcp_over_ipv4();
    explain_built();
    expect("IHL", 0, 8, "32 bytes");
    expect("Protocol", 0, 6, "TCP");
    expect("option number", 0, 7, "Record Route");
    expect("copied flag", 0, 0, "");
    expect("length", 0, 11, "");
    expect("pointer", 0, 12, "");
    expect("route data", 0, 0, "10.0.0.9");
    expect("route data", 1, 0, "0.0.0.0");
    expect("option number", 1, 0, "End of Option List");
    expect("TCP", 0, 0, "PSH ACK, 5 bytes of data");
    expect("Left Edge of Block", 0, 3, "");
    expect("Right Edge of Block", 0, 9, "");
    expect("Kind", 5, 0xfe, "");
    expect("value", 0, 0, "");
    expect("End of Option List", 0, 0, "");
    UNIT_INT(find("Padding", 0)->bits, 8);
    UNIT_INT(find("data", 0)->bits, 40);
    UNIT_INT(find("data", 0)->layer, EXPLAIN_APPLICATION);
    UNIT_INT(e.wrong_count + e.cut_count, 0);
}

static void explains_other_options_of_ipv4(void) {
    static const char options[] = "\x94\x04\x00\x00\x01"
                                  "\x44\x08\x05\x10\x00\x00\x00\x00"
                                  "\x83\x07\x04\x0a\x00\x00\x09";
    begin(ETHERNET_IPV4);
    put_ipv4(IP_UDP, 14, (struct span){(uint8_t *)(uintptr_t)options, 20});
    put_udp(false);
    explain_built();
    expect("copied flag", 0, 1, "");
    expect("option number", 0, 20, "Router Alert");
    expect("value", 0, 0, "");
    expect("option number", 1, 1, "No Operation");
    expect("option class", 2, 2, "");
    expect("option number", 2, 4, "Internet Timestamp");
    expect("overflow", 0, 1, "");
    UNIT_INT(find("option data", 0)->bits, 32);
    expect("option number", 3, 3, "Loose Source and Record Route");
    expect("route data", 0, 0, "10.0.0.9");
    UNIT_INT(e.wrong_count + e.cut_count, 0);
}

static void explains_a_datagram_and_the_padding_of_the_frame(void) {
    udp_over_ipv4();
    explain_built();
    expect("Length", 0, 14, "");
    UNIT_INT(find("data", 0)->bits, 48);
    UNIT_INT(find("padding", 0)->bits, 32);
    UNIT_INT(find("padding", 0)->layer, EXPLAIN_LINK);
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    UNIT_TRUE(has_data);
    UNIT_INT(p.protocol, IP_UDP);
}

/* The datagram ends where the length of UDP says, not that of IP. */
static void a_datagram_is_as_long_as_it_says(void) {
    begin(ETHERNET_IPV4);
    put_ipv4(IP_UDP, 14 + 2, (struct span){0});
    put_udp(false);
    put("zz", 2);
    explain_built();
    expect("Checksum", 0, find("Checksum", 0)->number, "right");
    UNIT_INT(find("data", 1)->bits, 16);
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    udp_over_ipv4();
    frame.bytes[14 + 25] = 15; /* of 14 */
    explain_built();
    UNIT_INT(e.cut_count, 0);
    struct datagram empty = {.source_port = 1, .destination_port = 2};
    begin(ETHERNET_IPV4);
    put_ipv4(IP_UDP, 8, (struct span){0});
    datagram_write(&frame, &empty, (struct span){0}, &from4, &to4);
    explain_built();
    expect("Checksum", 0, find("Checksum", 0)->number, "right");
}

static void follows_the_extension_headers_of_ipv6(void) {
    udp_over_ipv6();
    explain_built();
    expect("Traffic Class", 0, 0xb9, "DSCP 46, ECN 1");
    expect("Flow Label", 0, 0x12345, "");
    expect("Source Address", 1, 0, "fd00::1");
    expect("Hdr Ext Len", 0, 0, "8 bytes in all");
    expect("Option Type", 0, 5, "Router Alert");
    expect("Option Type", 1, 1, "PadN");
    expect("Hdr Ext Len", 1, 1, "16 bytes in all");
    expect("Option Type", 3, 0, "Pad1");
    expect("Option Type", 5, 0x63, "");
    expect("Routing Type", 0, 0, "");
    UNIT_INT(find("type-specific data", 0)->bits, 32);
    expect("M flag", 0, 0, "last fragment");
    expect("Next Header", 4, 17, "UDP");
    expect("Checksum", 0, find("Checksum", 0)->number, "right");
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    UNIT_TRUE(has_data);
}

/* RFC 792: an error may quote as little as 8 bytes of the data. */
static void explains_the_packet_in_an_error(void) {
    icmp_error();
    explain_built();
    expect("Code", 0, 4, "fragmentation needed and DF set");
    expect("Next-Hop MTU", 0, 1400, "");
    UNIT_INT(find("IPv4", 1)->depth, 0);
    expect("route data", 0, 0, "10.0.0.9");
    expect("Source Port", 0, 50000, "");
    expect("Sequence Number", 0, 1000, "");
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    UNIT_FALSE(has_data);
    icmpv6_error();
    explain_built();
    expect("Code", 0, 0, "packet too big");
    expect("MTU", 0, 1280, "");
    expect("Routing Type", 0, 0, "");
    expect("Destination Port", 0, 53, "");
    expect("Checksum", 1, find("Checksum", 1)->number,
           "not verified: not all that it covers is here");
    UNIT_INT(e.wrong_count + e.cut_count, 0);
}

static void explains_each_kind_of_icmp(void) {
    static const struct {
        bool is_v6;
        uint8_t type;
        const char *name; /* of a field after the checksum */
        uint64_t number;
    } cases[] = {{false, 0, "Identifier", 0x0a00},
                 {false, 8, "Sequence Number", 0x0009},
                 {false, 5, "Gateway Internet Address", 0},
                 {false, 11, "unused", 0x0a000009},
                 {false, 12, "Pointer", 10},
                 {false, 13, "message body", 0},
                 {true, 1, "Unused", 0x0a000009},
                 {true, 3, "Unused", 0x0a000009},
                 {true, 4, "Pointer", 0x0a000009},
                 {true, 128, "Identifier", 0x0a00},
                 {true, 129, "Data", 0},
                 {true, 133, "Option Type", 0},
                 {true, 134, "Cur Hop Limit", 10},
                 {true, 136, "R", 0},
                 {true, 137, "Destination Address", 0},
                 {true, 138, "message body", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char body[40] = {0};
        bool is_v6 = cases[i].is_v6;
        begin(is_v6 ? ETHERNET_IPV6 : ETHERNET_IPV4);
        if (is_v6)
            put_ipv6(IP_ICMPV6, 48);
        else
            put_ipv4(IP_ICMP, 48, (struct span){0});
        put_icmp(is_v6, cases[i].type, 0, 0x0a000009,
                 (struct span){(uint8_t *)body, 40});
        explain_built();
        if (cases[i].type == 133) {
            expect_wrong("Length", 0, "0 bytes in all, 0 is not allowed",
                         "RFC 4861 §4.6");
            continue;
        }
        int k = cases[i].type == 137 ? 2 : 0;
        UNIT_INT(find(cases[i].name, k)->number, cases[i].number);
    }
}

static void explains_options_of_neighbor_discovery(void) {
    static const char options[] =
        "\x05\x01\x00\x00\x00\x00\x05\xdc"
        "\x03\x04\x40\xc0\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x00"
        "\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";
    solicitation();
    explain_built();
    expect("Target Address", 0, 0, "fd00::2");
    expect("Length", 0, 1, "8 bytes in all");
    expect("Link-Layer Address", 0, 0, "02:00:00:00:00:01");
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    begin(ETHERNET_IPV6);
    put_ipv6(IP_ICMPV6, 8 + 8 + 40);
    uint8_t body[48] = {0};
    memcpy(body + 8, options, 40);
    put_icmp(true, ICMPV6_ROUTER_ADVERTISEMENT, 0, 0x40c00708,
             (struct span){body, 48});
    explain_built();
    expect("M", 0, 1, "");
    expect("O", 0, 1, "");
    expect("Router Lifetime", 0, 0x708, "");
    expect("Type", 1, 5, "MTU");
    expect("MTU", 0, 1500, "");
    expect("Prefix Length", 0, 64, "");
    expect("L", 0, 1, "");
    expect("Valid Lifetime", 0, 2, "");
    expect("Prefix", 0, 0, "fd00::");
    UNIT_INT(e.wrong_count + e.cut_count, 0);
}

static void explains_arp_in_a_vlan(void) {
    arp_in_vlan();
    memset(frame.bytes, 0xff, 6);
    explain_built();
    expect("Destination Address", 0, 0, "ff:ff:ff:ff:ff:ff, all stations");
    expect("TPID", 0, 0x8100, "VLAN tag");
    expect("PCP", 0, 5, "");
    expect("VID", 0, 5, "");
    expect("Opcode", 0, 1, "request");
    expect("Hardware address of sender", 0, 0, "02:00:00:00:00:01");
    expect("Protocol address of target", 0, 0, "10.0.0.2");
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    UNIT_FALSE(has_data);
    memcpy(frame.bytes + 18, "\x00\x06\x88\xb5\x03\x02", 6);
    explain_built(); /* other networks than Ethernet and IPv4 */
    UNIT_INT(find("Hardware address of sender", 0)->bits, 24);
    UNIT_INT(find("Protocol address of target", 0)->bits, 16);
    UNIT_INT(e.wrong_count, 0);
}

static void a_small_type_is_a_length(void) {
    begin(0x05ff);
    put("abc", 3);
    explain_built();
    expect("Length/Type", 0, 0x05ff, "a length");
    expect("MAC client data", 0, 0, "cut: 3 of 1535 bytes are here");
    begin(2);
    put("abc", 3);
    explain_built();
    UNIT_INT(find("padding", 0)->bits, 8);
    begin(0x0600);
    put("abc", 3);
    explain_built();
    UNIT_INT(find("padding", 0)->bits, 24);
}

static void explains_packets_without_a_frame(void) {
    tcp_over_ipv4();
    explain(span_skip(buf_view(&frame), 14), false);
    UNIT_TRUE(has_data);
    UNIT_INT(find("IPv4", 0)->bit, 0);
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    expect("Checksum", 0, find("Checksum", 0)->number, "right");
    udp_over_ipv6();
    explain(span_skip(buf_view(&frame), 14), false);
    UNIT_TRUE(has_data);
    UNIT_INT(find("IPv6", 0)->bit, 0);
    explain((struct span){0}, false);
    UNIT_INT(e.cut_count, 1);
    for (int is_v6 = 0; is_v6 < 2; is_v6++) { /* the first byte is enough */
        uint8_t first = is_v6 ? 0x60 : 0x45;
        explain((struct span){&first, 1}, false);
        UNIT_INT(has("IPv6"), is_v6);
        UNIT_INT(has("IPv4"), !is_v6);
        UNIT_INT(e.wrong_count, 0);
    }
}

static void a_payload_of_another_protocol_is_not_explained(void) {
    for (uint8_t protocol = IP_ICMP; protocol != 0; protocol++) {
        bool is_known = protocol == IP_TCP || protocol == IP_UDP;
        begin(ETHERNET_IPV4);
        put_ipv4(protocol, 40, (struct span){0});
        put("0123456789012345678901234567890123456789", 40);
        explain_built();
        UNIT_INT(has_data, is_known);
        UNIT_INT(has("Source Port"), is_known);
    }
    begin(0x88b5); /* IEEE 802 §9.2.3: a type for experiments */
    put("data", 4);
    explain_built();
    UNIT_FALSE(has_data);
}

static void has_no_header_in_later_fragments(void) {
    udp_over_ipv4();
    frame.bytes[14 + 7] = 1;
    explain_built();
    UNIT_FALSE(has_data);
    UNIT_FALSE(has("UDP"));
    expect("Fragment Offset", 0, 1, "8 bytes");
    frame.bytes[14 + 6] = 0x20; /* more fragments: the first one */
    frame.bytes[14 + 7] = 0;
    explain_built();
    UNIT_TRUE(has_data);
    expect("Flags: MF", 0, 1, "More Fragments");
    expect("Checksum", 0, find("Checksum", 0)->number,
           "not verified: not all that it covers is here");
    udp_over_ipv6();
    frame.bytes[14 + 40 + 32 + 3] = 8;
    explain_built();
    UNIT_FALSE(has_data);
    expect("Fragment Offset", 0, 1, "8 bytes");
}

/* --- prefixes --- */

struct named {
    const char *name;
    uint32_t bit, bits;
};

/* Up to its end a prefix is explained as the whole frame. The field at its end
 * is named and marked, if it is a part of the packet. */
static void names_the_cut_in_every_prefix(void) {
    for (size_t k = 0; k < GOOD_COUNT; k++) {
        struct named all[200];
        good[k]();
        explain_built();
        UNIT_INT(e.wrong_count + e.cut_count, 0);
        size_t count = explain_count(&e);
        UNIT_TRUE(count <= 200);
        for (size_t i = 0; i < count; i++) {
            const struct explain_field *f = explain_field(&e, i);
            all[i] = (struct named){f->name, f->bit, f->bits};
        }
        size_t padding = all[count - 1].bits / 8;
        if (strcmp(all[count - 1].name, "padding") != 0) padding = 0;
        for (size_t n = 0; n < frame.end; n++) {
            size_t i = 0;
            explain((struct span){frame.bytes, n}, true);
            UNIT_INT(e.cut_count > 0, n < frame.end - padding);
            UNIT_INT(e.wrong_count, 0);
            for (; i < explain_count(&e) && i < count; i++) {
                const struct explain_field *f = explain_field(&e, i);
                if (f->is_cut || f->name != all[i].name) break;
                UNIT_INT(f->bit, all[i].bit);
            }
            if (e.cut_count == 0) continue;
            UNIT_INT(i + 1, explain_count(&e));
            UNIT_INT(e.cut_count, 1);
            UNIT_TRUE(explain_field(&e, i)->is_cut);
        }
    }
}

/* --- what breaks a rule --- */

/* A checksum covers each bit of an IPv4 header, of UDP, of TCP and ICMP. */
static void notices_each_bit_that_is_flipped(void) {
    static void (*const covered[])(void) = {tcp_over_ipv4, udp_over_ipv4,
                                            icmp_error};
    for (size_t k = 0; k < 3; k++) {
        covered[k]();
        size_t end = frame.end - (k == 1 ? 4 : 0);
        for (size_t bit = 14 * 8; bit < end * 8; bit++) {
            frame.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            explain_built();
            UNIT_TRUE(e.wrong_count + e.cut_count > 0);
            frame.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
}

static void names_the_checksum_that_would_be_right(void) {
    udp_over_ipv4();
    explain_built();
    unsigned sum = (unsigned)find("Checksum", 0)->number;
    char words[80];
    snprintf(words, sizeof words, "wrong: 0x%04x expected", sum);
    frame.bytes[14 + 20 + 6] ^= 1;
    explain_built();
    expect_wrong("Checksum", 0, words, "RFC 768");
    /* What the kernel leaves to the hardware: the sum of the pseudo-header. */
    uint32_t pseudo = ip_pseudo_header(&from4, &to4, IP_UDP, 14);
    frame.bytes[14 + 20 + 6] = (uint8_t)(pseudo >> 8);
    frame.bytes[14 + 20 + 7] = (uint8_t)pseudo;
    explain_built();
    snprintf(words, sizeof words,
             "of the pseudo-header alone, 0x%04x when sent", sum);
    expect("Checksum", 0, pseudo, words);
    UNIT_INT(e.wrong_count, 0);
    frame.bytes[14 + 20 + 6] = frame.bytes[14 + 20 + 7] = 0;
    explain_built();
    expect("Checksum", 0, 0, "none");
    UNIT_INT(e.wrong_count, 0);
    udp_over_ipv6();
    frame.bytes[frame.end - 8] = frame.bytes[frame.end - 7] = 0;
    explain_built();
    expect_wrong("Checksum", 0, "over IPv6 there must be one", "RFC 8200 §8.1");
}

/* RFC 8200 §8.1: the checksum has the last destination of a routing header. */
static void cannot_verify_before_the_last_destination(void) {
    udp_over_ipv6();
    frame.bytes[14 + 40 + 8 + 16 + 3] = 1; /* segments left */
    explain_built();
    expect("Checksum", 0, find("Checksum", 0)->number,
           "not verified: not all that it covers is here");
    UNIT_INT(e.wrong_count, 0);
}

static void names_the_rule_that_is_broken(void) {
    static const struct {
        void (*build)(void);
        size_t at; /* bytes after the Ethernet header */
        uint8_t value;
        const char *name;
        int k;
        const char *words, *section;
    } cases[] = {
        {udp_over_ipv4, 0, 0x55, "Version", 0, "the version is 4",
         "RFC 791 §3.1"},
        {udp_over_ipv4, 0, 0x44, "IHL", 0, "16 bytes, the least is 5",
         "RFC 791 §3.1"},
        {udp_over_ipv4, 3, 19, "Total Length", 0,
         "less than the header, 20 bytes", "RFC 791 §3.1"},
        {udp_over_ipv4, 6, 0x1f, "Fragment Offset", 0, "63488 bytes", NULL},
        {tcp_over_ipv4, 21, 1, "length", 0, "2 to 12 are possible",
         "RFC 791 §3.1"},
        {tcp_over_ipv4, 21, 13, "length", 0, "2 to 12 are possible",
         "RFC 791 §3.1"},
        {udp_over_ipv4, 25, 7, "Length", 0, "less than the header, 8 bytes",
         "RFC 768"},
        {udp_over_ipv4, 25, 15, "Length", 0, "14 bytes are here", "RFC 768"},
        {tcp_over_ipv4, 44, 0x40, "Data Offset", 0, "16 bytes, the least is 5",
         "RFC 9293 §3.1"},
        {tcp_over_ipv4, 44, 0xe1, "Rsrvd", 0, "not 0, and ignored", NULL},
        {tcp_over_ipv4, 53, 5, "Length", 0, "this option has 4 bytes",
         "RFC 9293 §3.2"},
        {tcp_over_ipv4, 53, 0, "Length", 0, "2 to 36 are possible",
         "RFC 9293 §3.2"},
        {tcp_over_ipv4, 53, 37, "Length", 0, "2 to 36 are possible",
         "RFC 9293 §3.2"},
        {tcp_over_ipv4, 71, 15, "shift.cnt", 0, "14 at most", "RFC 7323 §2.3"},
        {udp_over_ipv6, 0, 0x7b, "Version", 0, "the version is 6",
         "RFC 8200 §3"},
        {udp_over_ipv6, 43, 5, "Opt Data Len", 0, "4 bytes are left",
         "RFC 8200 §4.2"},
        {udp_over_ipv6, 48, 0, "Hop-by-Hop Options", 1,
         "only after the IPv6 header", "RFC 8200 §4.1"},
        {arp_in_vlan, 8, 5, "Length of each hardware address", 0,
         "Ethernet has addresses of 6 bytes", "RFC 826"},
        {arp_in_vlan, 9, 5, "Length of each protocol address", 0,
         "IPv4 has addresses of 4 bytes", "RFC 826"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cases[i].build();
        frame.bytes[14 + cases[i].at] = cases[i].value;
        if (cases[i].build == udp_over_ipv6 && cases[i].at == 48)
            frame.bytes[14 + 40] = 0; /* hop-by-hop follows hop-by-hop */
        explain_built();
        if (cases[i].section)
            expect_wrong(cases[i].name, cases[i].k, cases[i].words,
                         cases[i].section);
        else
            UNIT_INT(strcmp(explain_words(&e, find(cases[i].name, cases[i].k),
                                          words_text),
                            cases[i].words),
                     0);
    }
}

static void no_packet_is_longer_than_65535_bytes(void) {
    udp_over_ipv4();
    frame.bytes[14 + 6] = 0x1f;
    frame.bytes[14 + 7] = 0xff;
    explain_built(); /* 65 528 + 34 bytes */
    expect_wrong("Fragment Offset", 0, "65528 bytes, no packet has 65562 bytes",
                 "RFC 791 §3.1");
    frame.bytes[14 + 7] = 0xfc; /* 65 504 + 34: the header counts, too */
    explain_built();
    expect_wrong("Fragment Offset", 0, "65504 bytes, no packet has 65538 bytes",
                 "RFC 791 §3.1");
    frame.bytes[14 + 7] = 0xfb; /* 65 496 + 34 */
    explain_built();
    expect("Fragment Offset", 0, 0x1ffb, "65496 bytes");
    udp_over_ipv6();
    frame.bytes[14 + 40 + 32 + 2] = frame.bytes[14 + 40 + 32 + 3] = 0xf8;
    frame.bytes[14 + 40 + 32 + 2] = 0xff;
    explain_built();
    expect_wrong("Fragment Offset", 0, "65528 bytes, no packet is that long",
                 "RFC 8200 §4.5");
}

/* --- limits --- */

static void reads_four_vlan_tags_and_no_fifth(void) {
    for (int tags = 1; tags <= 6; tags++) {
        begin(ETHERNET_QINQ);
        for (int i = 1; i < tags; i++) put("\x00\x01\x81\x00", 4);
        put("\x00\x01\x08\x06", 4);
        put("\x00\x01\x08\x00\x06\x04\x00\x02", 8);
        explain_built();
        UNIT_INT(has("ARP"), tags <= 4);
        UNIT_INT(e.wrong_count, tags > 4);
        if (tags > 4)
            expect_wrong("TPID", 4, "VLAN tag, more than 4 tags", "a limit");
    }
}

static void put_extensions(int count) {
    begin(ETHERNET_IPV6);
    put_ipv6(count ? IPV6_DESTINATION_OPTIONS : IP_UDP, (size_t)count * 8 + 14);
    for (int i = 1; i <= count; i++)
        put(i < count ? "\x3c\x00\x01\x04\x00\x00\x00\x00"
                      : "\x11\x00\x01\x04\x00\x00\x00\x00",
            8);
    put_udp(true);
}

static void reads_sixteen_extension_headers_and_no_more(void) {
    for (int count = 0; count <= 18; count++) {
        put_extensions(count);
        explain_built();
        UNIT_INT(has("UDP"), count <= 16);
        UNIT_INT(has_data, count <= 16);
        UNIT_INT(e.wrong_count, count > 16);
    }
    put_extensions(255);
    explain_built();
    expect_wrong("Destination Options", 15, "more than 16 extension headers",
                 "a limit");
}

static void reads_the_longest_extension_header(void) {
    static char header[2048] = "\x11\xff";
    begin(ETHERNET_IPV6);
    put_ipv6(IPV6_HOP_BY_HOP, 2048 + 14);
    put(header, 2048); /* 2046 times Pad1 */
    put_udp(true);
    explain_built();
    expect("Hdr Ext Len", 0, 255, "2048 bytes in all");
    UNIT_INT(find("Option Type", 2045)->bit, (14 + 40 + 2047) * 8);
    UNIT_TRUE(has("UDP"));
    UNIT_INT(e.wrong_count + e.cut_count, 0);
}

static void names_an_extension_header_that_is_missing(void) {
    begin(ETHERNET_IPV6);
    put_ipv6(IPV6_ROUTING, 0);
    explain_built();
    expect("Next Header", 1, 0, "cut: 0 of 1 bytes are here");
    UNIT_INT(e.cut_count, 1);
    UNIT_FALSE(has_data);
}

static void frees_its_memory(void) {
    buf_free(&frame);
    explain_free(&e);
    free(input);
    input = NULL;
    UNIT_INT(explain_count(&e), 0);
}

UNIT_MAIN("packets/explain_frame", UNIT_TEST(names_the_fields_of_a_syn),
          UNIT_TEST(explains_options_of_ipv4_and_tcp),
          UNIT_TEST(explains_other_options_of_ipv4),
          UNIT_TEST(explains_a_datagram_and_the_padding_of_the_frame),
          UNIT_TEST(a_datagram_is_as_long_as_it_says),
          UNIT_TEST(follows_the_extension_headers_of_ipv6),
          UNIT_TEST(explains_the_packet_in_an_error),
          UNIT_TEST(explains_each_kind_of_icmp),
          UNIT_TEST(explains_options_of_neighbor_discovery),
          UNIT_TEST(explains_arp_in_a_vlan),
          UNIT_TEST(a_small_type_is_a_length),
          UNIT_TEST(explains_packets_without_a_frame),
          UNIT_TEST(a_payload_of_another_protocol_is_not_explained),
          UNIT_TEST(has_no_header_in_later_fragments),
          UNIT_TEST(names_the_cut_in_every_prefix),
          UNIT_TEST(notices_each_bit_that_is_flipped),
          UNIT_TEST(names_the_checksum_that_would_be_right),
          UNIT_TEST(cannot_verify_before_the_last_destination),
          UNIT_TEST(names_the_rule_that_is_broken),
          UNIT_TEST(no_packet_is_longer_than_65535_bytes),
          UNIT_TEST(reads_four_vlan_tags_and_no_fifth),
          UNIT_TEST(reads_sixteen_extension_headers_and_no_more),
          UNIT_TEST(reads_the_longest_extension_header),
          UNIT_TEST(names_an_extension_header_that_is_missing),
          UNIT_TEST(frees_its_memory))
