/* explain_transport.c: TCP and UDP, see packets/explain_transport.h. */
#include "packets/explain_transport.h"
#include "packets/datagram.h"
#include "packets/explain_value.h"
#include "packets/segment.h"

enum {
    TCP_CHECKSUM_AT = 16, /* in the header, in bytes */
    UDP_CHECKSUM_AT = 6,
};

/* Verifies the checksum over the pseudo-header and covered. */
static void checksum(struct dissector *d, const struct explain_packet *p,
                     struct span covered, size_t at, const char *rule) {
    bool can_know = p->is_whole && !p->is_routed && p->source.len > 0;
    uint32_t sum = can_know ? explain_ip_sum(p, covered.len) : 0;
    explain_value_checksum(d, covered, at, sum, can_know, rule);
}

static void ports(struct dissector *d, struct explain_packet *p) {
    p->source_port = (uint16_t)dissector_number(d, 16, "Source Port");
    p->destination_port = (uint16_t)dissector_number(d, 16, "Destination Port");
}

/* --- the options of TCP --- */

enum option {
    END_OF_OPTIONS = 0,
    NO_OPERATION = 1,
    MAXIMUM_SEGMENT_SIZE = 2,
    WINDOW_SCALE = 3,
    SACK_PERMITTED = 4,
    SACK = 5,
    TIMESTAMPS = 8,
};

static const struct tcp_option {
    const char *name, *section;
    uint8_t kind, len; /* len 0: any */
} OPTIONS[] = {
    {"End of Option List", "RFC 9293 §3.2", END_OF_OPTIONS, 1},
    {"No-Operation", "RFC 9293 §3.2", NO_OPERATION, 1},
    {"Maximum Segment Size", "RFC 9293 §3.2", MAXIMUM_SEGMENT_SIZE, 4},
    {"Window Scale", "RFC 7323 §2.2", WINDOW_SCALE, 3},
    {"SACK-Permitted", "RFC 2018 §2", SACK_PERMITTED, 2},
    {"SACK", "RFC 2018 §3", SACK, 0},
    {"Timestamps", "RFC 7323 §3.2", TIMESTAMPS, 10},
    {"Option", "RFC 9293 §3.1", 0, 0}, /* any other; the last row */
};

static const struct tcp_option *find_option(uint8_t kind) {
    const struct tcp_option *o = OPTIONS;
    while (o->kind != kind && (o->kind || o->len)) o++;
    return o;
}

static void option_value(struct dissector *d, uint8_t kind) {
    if (kind == MAXIMUM_SEGMENT_SIZE)
        dissector_number(d, 16, "Maximum Segment Size");
    if (kind == WINDOW_SCALE) {
        unsigned shift = (unsigned)dissector_number(d, 8, "shift.cnt");
        if (shift <= 14) dissector_notef(d, "windows x %u", 1u << shift);
        if (shift > 14) dissector_wrong(d, "RFC 7323 §2.3", "14 at most");
    }
    if (kind == TIMESTAMPS) {
        dissector_number(d, 32, "TSval");
        dissector_number(d, 32, "TSecr");
    }
    while (kind == SACK && dissector_left(d).len >= 8) {
        dissector_number(d, 32, "Left Edge of Block");
        dissector_number(d, 32, "Right Edge of Block");
    }
}

/* Explains one option. False: no option can follow. */
static bool option(struct dissector *d) {
    const struct tcp_option *o = find_option(dissector_left(d).data[0]);
    if (o->len == 1) { /* it has only a kind */
        dissector_number(d, 8, o->name);
        dissector_cite(d, o->section);
        return o->kind != END_OF_OPTIONS;
    }
    dissector_enter(d, EXPLAIN_TRANSPORT, o->name, o->section);
    uint8_t kind = (uint8_t)dissector_number(d, 8, "Kind");
    size_t len = dissector_number(d, 8, "Length");
    size_t left = dissector_expected(d);
    bool is_wrong = len < 2 || len - 2 > left;
    if (is_wrong)
        dissector_wrong(d, "RFC 9293 §3.2", "2 to %zu are possible", left + 2);
    else if (o->len > 0 && len != o->len)
        dissector_wrong(d, o->section, "this option has %d bytes", o->len);
    if (!is_wrong) {
        dissector_narrow(d, EXPLAIN_TRANSPORT, len - 2, "value");
        option_value(d, kind);
        dissector_leave(d);
    }
    if (is_wrong) dissector_bytes(d, left, "not explained");
    dissector_leave(d);
    return !is_wrong;
}

/* --- the headers --- */

/* Reads the control bits and returns them: RFC 9293 §3.1, RFC 3168 §6.1. */
static uint8_t control_bits(struct dissector *d) {
    static const char *const names[] = {"CWR", "ECE", "URG", "ACK",
                                        "PSH", "RST", "SYN", "FIN"};
    uint64_t flags = 0;
    for (int i = 0; i < 8; i++)
        flags = flags << 1 | dissector_number(d, 1, names[i]);
    return (uint8_t)flags;
}

/* Adds the names of the bits that are set. Nearly all segments of a capture
 * have one of these combinations. */
static void name_flags(struct dissector *d, uint8_t flags) {
    static const struct explain_name names[] = {
        {SEGMENT_SYN, "SYN"},
        {SEGMENT_SYN | SEGMENT_ACK, "SYN ACK"},
        {SEGMENT_ACK, "ACK"},
        {SEGMENT_PSH | SEGMENT_ACK, "PSH ACK"},
        {SEGMENT_FIN | SEGMENT_ACK, "FIN ACK"},
        {SEGMENT_RST, "RST"},
        {SEGMENT_RST | SEGMENT_ACK, "RST ACK"},
        {0, NULL}};
    char text[SEGMENT_FLAGS_MAX];
    const struct explain_name *n = names;
    while (n->name && n->value != flags) n++;
    if (n->name)
        dissector_note(d, n->name);
    else
        dissector_notef(d, "%s", segment_flags_text(flags, text));
}

void explain_tcp(struct dissector *d, struct explain_packet *p) {
    struct span segment = dissector_left(d);
    dissector_enter(d, EXPLAIN_TRANSPORT, "TCP", "RFC 9293 §3.1");
    ports(d, p);
    dissector_number(d, 32, "Sequence Number");
    dissector_number(d, 32, "Acknowledgment Number");
    size_t header_len = dissector_number(d, 4, "Data Offset") * 4;
    dissector_count(d, header_len, "bytes");
    if (header_len < SEGMENT_HEADER) {
        dissector_wrong(d, "RFC 9293 §3.1", "the least is 5");
        header_len = SEGMENT_HEADER;
    } else if (p->is_whole && header_len > segment.len) {
        dissector_wrong(d, "RFC 9293 §3.1", "the segment has %zu bytes",
                        segment.len);
    }
    explain_value_zero(d, 4, "Rsrvd");
    uint8_t flags = control_bits(d);
    dissector_number(d, 16, "Window");
    dissector_hex(d, 16, "Checksum");
    checksum(d, p, segment, TCP_CHECKSUM_AT, "RFC 9293 §3.1");
    dissector_number(d, 16, "Urgent Pointer");
    dissector_narrow(d, EXPLAIN_TRANSPORT, header_len - SEGMENT_HEADER,
                     "Padding");
    while (dissector_left(d).len > 0 && option(d)) continue;
    dissector_leave(d);
    dissector_leave(d);
    name_flags(d, flags);
    dissector_count(d, dissector_left(d).len, "bytes of data");
    dissector_narrow(d, EXPLAIN_APPLICATION, dissector_left(d).len, "data");
}

void explain_udp(struct dissector *d, struct explain_packet *p) {
    struct span datagram = dissector_left(d);
    dissector_enter(d, EXPLAIN_TRANSPORT, "UDP", "RFC 768");
    ports(d, p);
    size_t len = dissector_number(d, 16, "Length");
    if (len < DATAGRAM_HEADER) {
        dissector_wrong(d, "RFC 768", "less than the header, 8 bytes");
        len = datagram.len > DATAGRAM_HEADER ? datagram.len : DATAGRAM_HEADER;
    } else if (p->is_whole && len > datagram.len) {
        dissector_wrong(d, "RFC 768", "%zu bytes are here", datagram.len);
    }
    if (len < datagram.len) datagram.len = len;
    uint64_t sum = dissector_hex(d, 16, "Checksum");
    if (sum == 0 && p->source.len == 16)
        dissector_wrong(d, "RFC 8200 §8.1", "over IPv6 there must be one");
    else if (sum == 0)
        dissector_note(d, "none");
    else
        checksum(d, p, datagram, UDP_CHECKSUM_AT, "RFC 768");
    dissector_leave(d);
    bool is_all = p->is_quoted || p->is_whole;
    size_t data = len - DATAGRAM_HEADER, left = dissector_left(d).len;
    dissector_narrow(d, EXPLAIN_APPLICATION,
                     is_all && data > left ? left : data, "data");
}
