/* segment_test.c: packets/segment.h against RFC 9293 */
#include "packets/address_unit.h"
#include "packets/segment.h"
#include "packets/unit.h"

/* A SYN from port 40000 to port 80 with the options that Linux sends, from
 * 10.0.0.1 to 10.0.0.2, then from fd00::1 to fd00::2. The checksums were added
 * by hand. */
#define SYN(checksum)                                                          \
    "\x9c\x40\x00\x50\x01\x02\x03\x04\x00\x00\x00\x00\xa0\x02\xfa"             \
    "\xf0" checksum                                                            \
    "\x00\x00\x02\x04\x05\xb4\x04\x02\x08\x0a\x00\x00\x00\x01\x00\x00\x00\x00" \
    "\x01\x03\x03\x07"
static const char SYN4[] = SYN("\x98\x75"), SYN6[] = SYN("\xb2\x73");
/* "hello" from port 80 to port 40000, an odd number of bytes. */
static const char HELLO[] = "\x00\x50\x9c\x40\xff\xff\xff\xfe\x01\x02\x03\x05"
                            "\x50\x18\x01\xf6\xb5\x66\x00\x00hello";

/* options is not valid after that. */
static int parse(struct segment *s, const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    int got = segment_parse((struct span){exact, n}, s);
    free(exact);
    return got;
}

static void parses_a_syn(void) {
    struct segment s;
    UNIT_INT(parse(&s, SYN4, 40), 40);
    UNIT_INT(s.source_port, 40000);
    UNIT_INT(s.destination_port, 80);
    UNIT_INT(s.seq, 0x01020304);
    UNIT_INT(s.ack, 0);
    UNIT_INT(s.flags, SEGMENT_SYN);
    UNIT_INT(s.window, 64240);
    UNIT_INT(s.checksum, 0x9875);
    UNIT_INT(s.urgent, 0);
    UNIT_INT(s.options.len, 20);
}

static void parses_data(void) {
    struct segment s;
    UNIT_INT(parse(&s, HELLO, 25), 20);
    UNIT_INT(s.seq, 0xfffffffe);
    UNIT_INT(s.ack, 0x01020305);
    UNIT_INT(s.flags, SEGMENT_PSH | SEGMENT_ACK);
    UNIT_INT(s.options.len, 0);
    UNIT_INT(s.urgent, 0);
}

static void asks_for_more_at_every_cut(void) {
    struct segment s;
    for (size_t n = 0; n < 40; n++) UNIT_INT(parse(&s, SYN4, n), 0);
    for (size_t n = 0; n < 20; n++) UNIT_INT(parse(&s, HELLO, n), 0);
}

/* RFC 9293 §3.1, DOffset: all 16 values. The reserved bits beside it are
 * ignored. */
static void the_data_offset_is_at_least_five(void) {
    struct segment s;
    for (unsigned offset = 0; offset < 16; offset++) {
        char bytes[60] = {0};
        bytes[12] = (char)(offset << 4 | 0xf);
        int expected = offset < 5 ? SEGMENT_ERR_OFFSET : 4 * (int)offset;
        UNIT_INT(parse(&s, bytes, 60), expected);
        if (expected < 0) continue;
        UNIT_INT(parse(&s, bytes, (size_t)expected), expected);
        UNIT_INT(parse(&s, bytes, (size_t)expected - 1), 0);
        UNIT_INT(s.flags, 0);
    }
}

static bool is_right(const char *bytes, size_t n, const struct address *source,
                     const struct address *destination) {
    uint8_t *exact = unit_exact(bytes, n);
    bool right =
        segment_checksum_is_right((struct span){exact, n}, source, destination);
    free(exact);
    return right;
}

static void the_checksum_covers_addresses_header_and_data(void) {
    set_addresses();
    UNIT_TRUE(is_right(SYN4, 40, &from4, &to4));
    UNIT_TRUE(is_right(SYN6, 40, &from6, &to6));
    UNIT_TRUE(is_right(HELLO, 25, &to4, &from4));
    UNIT_FALSE(is_right(SYN4, 40, &from4, &from4));
    UNIT_FALSE(is_right(SYN4, 40, &from6, &to6));
    UNIT_FALSE(is_right(HELLO, 24, &to4, &from4));
    for (int bit = 0; bit < 25 * 8; bit++) {
        char bytes[25];
        memcpy(bytes, HELLO, 25);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        UNIT_FALSE(is_right(bytes, 25, &to4, &from4));
    }
}

static void writes_the_segments(void) {
    struct buf out = {.max = 65};
    struct segment s = {.source_port = 40000,
                        .destination_port = 80,
                        .seq = 0x01020304,
                        .flags = SEGMENT_SYN,
                        .window = 64240,
                        .options = {(uint8_t *)(uintptr_t)(SYN4 + 20), 20}};
    set_addresses();
    UNIT_TRUE(segment_write(&out, &s, (struct span){0}, &from4, &to4));
    UNIT_INT(memcmp(out.bytes, SYN4, 40), 0);
    buf_clear(&out);
    UNIT_TRUE(segment_write(&out, &s, (struct span){0}, &from6, &to6));
    UNIT_INT(out.end, 40);
    UNIT_INT(memcmp(out.bytes, SYN6, 40), 0);
    s = (struct segment){.source_port = 80,
                         .destination_port = 40000,
                         .seq = 0xfffffffe,
                         .ack = 0x01020305,
                         .flags = SEGMENT_PSH | SEGMENT_ACK,
                         .window = 502};
    UNIT_TRUE(segment_write(&out, &s, span_from("hello"), &to4, &from4));
    UNIT_INT(out.end, 65); /* it appends, and fills out exactly */
    UNIT_INT(memcmp(out.bytes + 40, HELLO, 25), 0);
    UNIT_FALSE(segment_write(&out, &s, (struct span){0}, &to4, &from4));
    UNIT_INT(out.end, 65);
    buf_free(&out);
}

static void reads_what_it_wrote(void) {
    struct buf out = {.max = 100};
    struct segment s = {.source_port = 1,
                        .destination_port = 65535,
                        .seq = 0xffffffff,
                        .ack = 0x80000000,
                        .flags = 0xff,
                        .window = 0xfffe,
                        .urgent = 0x1234,
                        .options = span_from("\1\1\1\1")},
                   again;
    set_addresses();
    UNIT_TRUE(segment_write(&out, &s, span_from("!"), &from6, &to6));
    UNIT_INT(segment_parse(buf_view(&out), &again), 24);
    UNIT_INT(again.source_port, s.source_port);
    UNIT_INT(again.destination_port, s.destination_port);
    UNIT_INT(again.seq, s.seq);
    UNIT_INT(again.ack, s.ack);
    UNIT_INT(again.flags, s.flags);
    UNIT_INT(again.window, s.window);
    UNIT_INT(again.urgent, s.urgent);
    UNIT_TRUE(span_equal(again.options, s.options));
    UNIT_TRUE(segment_checksum_is_right(buf_view(&out), &from6, &to6));
    buf_free(&out);
}

static void names_the_flags(void) {
    static const struct {
        uint8_t flags;
        const char *text;
    } cases[] = {
        {0, "."},
        {SEGMENT_SYN, "SYN"},
        {SEGMENT_SYN | SEGMENT_ACK, "SYN ACK"},
        {SEGMENT_FIN | SEGMENT_ACK, "FIN ACK"},
        {SEGMENT_RST, "RST"},
        {SEGMENT_PSH | SEGMENT_ACK | SEGMENT_URG, "PSH ACK URG"},
        {SEGMENT_ECE | SEGMENT_CWR, "ECE CWR"},
        {0xff, "FIN SYN RST PSH ACK URG ECE CWR"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[SEGMENT_FLAGS_MAX];
        UNIT_TRUE(segment_flags_text(cases[i].flags, text) == text);
        UNIT_TEXT(text, strlen(text), cases[i].text);
    }
}

static void lists_the_options_of_a_syn(void) {
    static const struct {
        uint8_t kind;
        size_t len;
        const char *value;
    } expected[] = {{2, 2, "\x05\xb4"},
                    {4, 0, ""},
                    {8, 8, "\0\0\0\1\0\0\0\0"},
                    {3, 1, "\7"}};
    uint8_t *exact = unit_exact(SYN4 + 20, 20);
    struct span options = {exact, 20};
    struct segment_option o;
    for (size_t i = 0; i < 4; i++) {
        UNIT_TRUE(segment_next_option(&options, &o));
        UNIT_INT(o.kind, expected[i].kind);
        UNIT_INT(o.value.len, expected[i].len);
        UNIT_INT(memcmp(o.value.data, expected[i].value, o.value.len), 0);
    }
    UNIT_FALSE(segment_next_option(&options, &o));
    UNIT_INT(options.len, 0);
    free(exact);
}

/* RFC 9293 §3.2: left is what remains of the options at the end. */
static void options_end_or_stay_at_a_wrong_length(void) {
    static const struct {
        const char *bytes;
        size_t n;
        int count;
        size_t left;
    } cases[] = {
        {"", 0, 0, 0},
        {"\1\1\1\1", 4, 0, 0},     /* no-operations only */
        {"\0\2\4\1", 4, 0, 0},     /* the end, then padding */
        {"\4\2\0\2", 4, 1, 0},     /* one, then the end */
        {"\1\1\4\2", 4, 1, 0},     /* one, without an end */
        {"\4\2\1\2", 4, 1, 1},     /* the length is cut off */
        {"\2\4\5", 3, 0, 3},       /* the value is cut off */
        {"\2", 1, 0, 1},           /* the kind is all there is */
        {"\2\0\0\0", 4, 0, 4},     /* length 0: no way forward */
        {"\2\1\0\0", 4, 0, 4},     /* length 1: it counts itself */
        {"\1\2\xff\0", 4, 0, 3},   /* beyond the end */
        {"\xfe\2\xfd\2", 4, 2, 0}, /* unknown kinds have lengths */
        {"\1\4\2\1\4\2\1\4\2\0", 10, 3, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t *exact = unit_exact(cases[i].bytes, cases[i].n);
        struct span options = {exact, cases[i].n};
        struct segment_option o;
        int count = 0;
        while (segment_next_option(&options, &o)) count++;
        UNIT_INT(count, cases[i].count);
        UNIT_INT(options.len, cases[i].left);
        UNIT_FALSE(segment_next_option(&options, &o));
        UNIT_INT(options.len, cases[i].left);
        free(exact);
    }
}

UNIT_MAIN("packets/segment", UNIT_TEST(parses_a_syn), UNIT_TEST(parses_data),
          UNIT_TEST(asks_for_more_at_every_cut),
          UNIT_TEST(the_data_offset_is_at_least_five),
          UNIT_TEST(the_checksum_covers_addresses_header_and_data),
          UNIT_TEST(writes_the_segments), UNIT_TEST(reads_what_it_wrote),
          UNIT_TEST(names_the_flags), UNIT_TEST(lists_the_options_of_a_syn),
          UNIT_TEST(options_end_or_stay_at_a_wrong_length))
