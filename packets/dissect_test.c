/* dissect_test.c: packets/dissect.h */
#include "packets/dissect.h"
#include "packets/ethernet.h"
#include "packets/ipv4.h"
#include "packets/ipv6.h"
#include "packets/unit.h"

/* Ethernet, IPv4, TCP: a SYN ACK from 10.0.0.2:80 to 10.0.0.1:49152, seq
 * 0x01020304, ack 0x0a0b0c0d, window 0xfaf0, an option MSS 1460, no data. The
 * checksums are what RFC 1071 says, computed by hand. */
static const uint8_t syn_ack[] = {
    2,    0,    0, 0,  0,    1, 2,  0, 0,    0,    0,  2,  8,  0,  0x45, 0,
    0,    44,   0, 1,  0x40, 0, 64, 6, 0x26, 0xc9, 10, 0,  0,  2,  10,   0,
    0,    1,    0, 80, 0xc0, 0, 1,  2, 3,    4,    10, 11, 12, 13, 0x60, 0x12,
    0xfa, 0xf0, 0, 0,  0,    0, 2,  4, 5,    0xb4};

/* ICMP "port unreachable" from 10.0.0.2 about a datagram from 10.0.0.1:49152 to
 * port 263. */
static const uint8_t unreachable[] = {
    2,    0,    0, 0, 0,  1, 2,    0,    0,    0,  0, 2, 8,  0, 0x45, 0,  0, 56,
    0,    3,    0, 0, 64, 1, 0x66, 0xc0, 10,   0,  0, 2, 10, 0, 0,    1,  3, 3,
    0xa3, 0xb8, 0, 0, 0,  0, 0x45, 0,    0,    29, 0, 2, 0,  0, 64,   17, 0, 0,
    10,   0,    0, 1, 10, 0, 0,    2,    0xc0, 0,  1, 7, 0,  9, 0,    0};

/* UDP with 3 bytes, padded to the shortest frame with zeros. */
static const uint8_t padded[60] = {
    2,  0, 0,  0, 0, 1,  2,    0,  0,  0,    0,    2,  8,   0,   0x45,
    0,  0, 31, 0, 1, 0,  0,    64, 17, 0x66, 0xcb, 10, 0,   0,   2,
    10, 0, 0,  1, 0, 53, 0xc0, 0,  0,  11,   0,    0,  'a', 'b', 'c'};

static int dissect_copy(const void *bytes, size_t n, struct dissection *d,
                        uint8_t **copy) {
    *copy = unit_exact(bytes, n);
    return dissect((struct span){*copy, n}, d);
}

static bool is_address(const struct address *a, const char *text) {
    struct address expected;
    return address_parse(&expected, text) && address_equal(a, &expected);
}

static void names_both_ends_of_a_segment(void) {
    struct dissection d;
    uint8_t *copy;
    UNIT_INT(dissect_copy(syn_ack, sizeof syn_ack, &d, &copy), 14 + 20 + 24);
    UNIT_TRUE(is_address(&d.ends.source, "10.0.0.2"));
    UNIT_TRUE(is_address(&d.ends.destination, "10.0.0.1"));
    UNIT_TRUE(address_equal(&d.source, &d.ends.source));
    UNIT_TRUE(address_equal(&d.destination, &d.ends.destination));
    UNIT_INT(d.ends.source_port, 80);
    UNIT_INT(d.ends.destination_port, 49152);
    UNIT_INT(d.protocol, IP_TCP);
    UNIT_INT(d.ends.protocol, IP_TCP);
    UNIT_INT(d.segment.flags, SEGMENT_SYN | SEGMENT_ACK);
    UNIT_INT(d.segment.seq, 0x01020304);
    UNIT_INT(d.segment.ack, 0x0a0b0c0d);
    UNIT_INT(d.data_len, 0);
    UNIT_INT(d.data.len, 0);
    UNIT_INT(d.transport_len, 24);
    free(copy);
}

static void asks_for_more_at_every_cut(void) {
    struct dissection d;
    uint8_t *copy;
    for (size_t n = 0; n < sizeof syn_ack; n++) {
        UNIT_INT(dissect_copy(syn_ack, n, &d, &copy), 0);
        free(copy);
    }
    for (size_t n = 0; n < 14 + 20 + 8; n++) {
        UNIT_INT(dissect_copy(padded, n, &d, &copy), 0);
        free(copy);
        UNIT_INT(dissect_copy(unreachable, n, &d, &copy), 0);
        free(copy);
    }
}

static void padding_is_not_data(void) {
    struct dissection d;
    uint8_t *copy;
    UNIT_INT(dissect_copy(padded, sizeof padded, &d, &copy), 14 + 20 + 8);
    UNIT_INT(d.protocol, IP_UDP);
    UNIT_INT(d.ends.source_port, 53);
    UNIT_INT(d.data_len, 3);
    UNIT_TEXT(d.data.data, d.data.len, "abc");
    free(copy);
}

static void data_that_the_capture_cut_still_counts(void) {
    struct dissection d;
    uint8_t *copy;
    UNIT_INT(dissect_copy(padded, 14 + 20 + 8 + 1, &d, &copy), 14 + 20 + 8);
    UNIT_INT(d.data_len, 3);
    UNIT_TEXT(d.data.data, d.data.len, "a");
    UNIT_FALSE(dissect_complete_checksum(&d));
    free(copy);
}

/* Changes one byte of a frame. Returns the result of dissect. */
static int with(const uint8_t *frame, size_t n, size_t at, uint8_t value) {
    struct dissection d;
    uint8_t *copy = unit_exact(frame, n);
    copy[at] = value;
    int result = dissect((struct span){copy, n}, &d);
    free(copy);
    return result;
}

static void other_frames_are_refused_by_reason(void) {
    static const struct {
        size_t at;
        uint8_t value;
        int error;
    } rows[] = {
        {12, 9, DISSECT_ERR_OTHER},               /* EtherType 0x0900 */
        {13, 6, DISSECT_ERR_OTHER},               /* ARP */
        {14, 0x35, DISSECT_ERR_HEADER},           /* IP version 3 */
        {14, 0x65, DISSECT_ERR_HEADER},           /* ... not the EtherType's */
        {14, 0x44, DISSECT_ERR_HEADER},           /* IHL 4 */
        {17, 19, DISSECT_ERR_HEADER},             /* total length below 20 */
        {17, 43, 0},                              /* cuts the TCP option */
        {21, 1, DISSECT_ERR_FRAGMENT},            /* a later fragment */
        {23, 2, DISSECT_ERR_OTHER},               /* IGMP */
        {14 + 20 + 12, 0x40, DISSECT_ERR_HEADER}, /* data offset 4 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        UNIT_INT(with(syn_ack, sizeof syn_ack, rows[i].at, rows[i].value),
                 rows[i].error);
}

/* RFC 792: it begins with the packet that it is about. */
static void an_icmp_error_belongs_to_the_packet_it_is_about(void) {
    struct dissection d;
    uint8_t *copy;
    UNIT_INT(dissect_copy(unreachable, sizeof unreachable, &d, &copy),
             14 + 20 + 8);
    UNIT_INT(d.protocol, IP_ICMP);
    UNIT_INT(d.ends.protocol, IP_UDP);
    UNIT_INT(d.ends.source_port, 263);
    UNIT_INT(d.ends.destination_port, 49152);
    UNIT_TRUE(is_address(&d.ends.source, "10.0.0.2"));
    UNIT_TRUE(is_address(&d.ends.destination, "10.0.0.1"));
    free(copy);
    /* So do the other errors: redirect, time exceeded, parameter problem. */
    static const uint8_t errors[] = {ICMP_REDIRECT, ICMP_TIME_EXCEEDED,
                                     ICMP_PARAMETER_PROBLEM};
    for (size_t i = 0; i < sizeof errors; i++) {
        copy = unit_exact(unreachable, sizeof unreachable);
        copy[34] = errors[i];
        UNIT_INT(dissect((struct span){copy, sizeof unreachable}, &d), 42);
        UNIT_INT(d.ends.protocol, IP_UDP);
        free(copy);
    }
    /* Cut inside the ports: the message is whole, its ends are of ICMP. */
    UNIT_INT(dissect_copy(unreachable, 14 + 20 + 8 + 20 + 3, &d, &copy),
             14 + 20 + 8);
    UNIT_INT(d.ends.protocol, IP_ICMP);
    UNIT_INT(d.ends.source_port, 0);
    free(copy);
    UNIT_INT(dissect_copy(unreachable, 14 + 20 + 8 + 20 + 4, &d, &copy),
             14 + 20 + 8);
    UNIT_INT(d.ends.source_port, 263);
    free(copy);
    /* An echo request carries bytes that only look like a packet. */
    UNIT_INT(with(unreachable, sizeof unreachable, 34, ICMP_ECHO), 42);
    copy = unit_exact(unreachable, sizeof unreachable);
    copy[34] = ICMP_ECHO;
    UNIT_INT(dissect((struct span){copy, sizeof unreachable}, &d), 42);
    UNIT_INT(d.ends.protocol, IP_ICMP);
    free(copy);
}

/* RFC 9293 §3.1, RFC 768: the sums over pseudo-header, header and data. */
static void completes_the_checksums_of_segments_and_datagrams(void) {
    struct dissection d;
    uint8_t *copy;
    dissect_copy(syn_ack, sizeof syn_ack, &d, &copy);
    UNIT_TRUE(dissect_complete_checksum(&d));
    UNIT_INT(copy[50] << 8 | copy[51], 0xaeb4);
    UNIT_TRUE(dissect_complete_checksum(&d)); /* the old one does not count */
    UNIT_INT(copy[50] << 8 | copy[51], 0xaeb4);
    free(copy);
    dissect_copy(padded, sizeof padded, &d, &copy);
    UNIT_TRUE(dissect_complete_checksum(&d));
    UNIT_INT(copy[40] << 8 | copy[41], 0x673d);
    copy[42] = 0xc8; /* makes the sum 0, which UDP sends as 0xffff */
    copy[43] = 0x9f;
    UNIT_TRUE(dissect_complete_checksum(&d));
    UNIT_INT(copy[40] << 8 | copy[41], 0xffff);
    free(copy);
    dissect_copy(unreachable, sizeof unreachable, &d, &copy);
    UNIT_FALSE(dissect_complete_checksum(&d));
    free(copy);
}

/* A segment over IPv6, as ipv6_write and segment_write make it. */
static void reads_ipv6_as_well(void) {
    struct buf frame = {.max = 200};
    struct dissection d;
    struct ethernet e = {.type = ETHERNET_IPV6};
    struct ipv6 ip = {.next_header = IP_TCP,
                      .payload_length = SEGMENT_HEADER + 2,
                      .hop_limit = 64};
    struct segment s = {.source_port = 1, .destination_port = 2};
    UNIT_TRUE(address_parse(&ip.source, "fd00::1"));
    UNIT_TRUE(address_parse(&ip.destination, "fd00::2"));
    UNIT_TRUE(ethernet_write(&frame, &e) && ipv6_write(&frame, &ip) &&
              segment_write(&frame, &s, span_from("hi"), &ip.source,
                            &ip.destination));
    UNIT_INT(dissect(buf_view(&frame), &d), 14 + 40 + 20);
    UNIT_TRUE(address_equal(&d.ends.source, &ip.source));
    UNIT_INT(d.ends.destination_port, 2);
    UNIT_INT(d.data_len, 2);
    uint8_t right[2];
    memcpy(right, frame.bytes + 54 + 16, 2);
    UNIT_TRUE(dissect_complete_checksum(&d));
    UNIT_INT(memcmp(right, frame.bytes + 54 + 16, 2), 0);
    for (size_t n = 14; n < 14 + 40 + 20; n++) {
        uint8_t *copy;
        UNIT_INT(dissect_copy(frame.bytes, n, &d, &copy), 0);
        free(copy);
    }
    UNIT_INT(with(frame.bytes, frame.end, 14, 0x45), DISSECT_ERR_HEADER);
    /* RFC 8200 §4.5: what was TCP becomes a fragment header, next: TCP. */
    frame.bytes[20] = 44;
    frame.bytes[54] = IP_TCP;
    UNIT_INT(with(frame.bytes, frame.end, 57, 0x08), DISSECT_ERR_FRAGMENT);
    buf_free(&frame);
}

/* RFC 4443 §2.1, §2.4 and §3.1: type 1, code 4, about a datagram from fd00::1
 * port 9 to fd00::2 port 7. */
static void an_icmpv6_error_belongs_to_the_packet_it_is_about(void) {
    struct buf frame = {.max = 200}, inner = {.max = 100};
    struct dissection d;
    struct ethernet e = {.type = ETHERNET_IPV6};
    struct ipv6 ip = {.next_header = IP_UDP, .payload_length = 8};
    struct icmp i = {.type = ICMPV6_UNREACHABLE, .code = 4};
    UNIT_TRUE(address_parse(&ip.source, "fd00::1"));
    UNIT_TRUE(address_parse(&ip.destination, "fd00::2"));
    UNIT_TRUE(ipv6_write(&inner, &ip) &&
              buf_append(&inner, "\0\x09\0\x07\0\x08\0\0", 8));
    ip.next_header = IP_ICMPV6;
    ip.payload_length = 8 + 48;
    UNIT_TRUE(
        ethernet_write(&frame, &e) && ipv6_write(&frame, &ip) &&
        icmp_write(&frame, &i, buf_view(&inner), &ip.source, &ip.destination));
    UNIT_INT(dissect(buf_view(&frame), &d), 14 + 40 + 8);
    UNIT_INT(d.protocol, IP_ICMPV6);
    UNIT_INT(d.ends.protocol, IP_UDP);
    UNIT_INT(d.ends.source_port, 7);
    UNIT_INT(d.ends.destination_port, 9);
    UNIT_TRUE(is_address(&d.ends.source, "fd00::2"));
    frame.bytes[54] = ICMPV6_ECHO;
    UNIT_INT(dissect(buf_view(&frame), &d), 14 + 40 + 8);
    UNIT_INT(d.ends.protocol, IP_ICMPV6);
    buf_free(&frame);
    buf_free(&inner);
}

UNIT_MAIN("packets/dissect", UNIT_TEST(names_both_ends_of_a_segment),
          UNIT_TEST(asks_for_more_at_every_cut), UNIT_TEST(padding_is_not_data),
          UNIT_TEST(data_that_the_capture_cut_still_counts),
          UNIT_TEST(other_frames_are_refused_by_reason),
          UNIT_TEST(an_icmp_error_belongs_to_the_packet_it_is_about),
          UNIT_TEST(completes_the_checksums_of_segments_and_datagrams),
          UNIT_TEST(reads_ipv6_as_well),
          UNIT_TEST(an_icmpv6_error_belongs_to_the_packet_it_is_about))
