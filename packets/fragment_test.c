/* fragment_test.c: packets/fragment.h against RFC 791 §3.2 */
#include "packets/fragment.h"
#include "packets/unit.h"

static struct buf packet = {.max = 65535};

/* A packet of n bytes of data, the byte at k is k % 251. */
static void make(size_t n, const char *options, size_t options_len,
                 const struct ipv4 *like) {
    struct ipv4 h = *like;
    uint8_t copy[40];
    memcpy(copy, options, options_len);
    h.options = (struct span){copy, options_len};
    h.total_length = (uint16_t)(20 + options_len + n);
    h.identification = 77;
    h.ttl = 9;
    h.protocol = IP_UDP;
    h.source = address_from(span_from("\x0a\1\1\1"));
    h.destination = address_from(span_from("\x0a\1\1\2"));
    buf_clear(&packet);
    ipv4_write(&packet, &h);
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = (uint8_t)(i % 251);
        buf_append(&packet, &byte, 1);
    }
}

/* Checks all fragments, which must cover the data exactly once, in order, and
 * returns how many there are. */
static int cut(size_t mtu, uint32_t first_offset, bool has_more) {
    struct fragments f;
    struct buf out = {.max = 65535};
    struct ipv4 whole, h;
    struct span all = buf_view(&packet);
    int count = 0, n = ipv4_parse(all, &whole);
    uint8_t *exact = unit_exact(all.data, all.len);
    struct span data = ipv4_payload(all, &whole, n);
    size_t at = 0;
    UNIT_TRUE(fragment_begin(&f, (struct span){exact, all.len}));
    for (; fragment_next(&f, &out, mtu); buf_clear(&out), count++) {
        int m = ipv4_parse(buf_view(&out), &h);
        struct span part = ipv4_payload(buf_view(&out), &h, m);
        UNIT_TRUE(m >= 20 && h.checksum_is_right);
        UNIT_TRUE(out.end <= mtu && h.total_length == out.end);
        UNIT_INT(h.fragment_offset, first_offset + at);
        UNIT_INT(h.identification, 77);
        UNIT_INT(h.ttl, 9);
        UNIT_INT(h.protocol, IP_UDP);
        UNIT_TRUE(at + part.len <= data.len);
        UNIT_INT(memcmp(part.data, data.data + at, part.len), 0);
        at += part.len;
        UNIT_INT(h.more_fragments, at < data.len || has_more);
        if (at < data.len) UNIT_TRUE(part.len % 8 == 0 && out.end + 8 > mtu);
    }
    UNIT_INT(at, data.len);
    UNIT_FALSE(fragment_next(&f, &out, mtu));
    UNIT_FALSE(out.failed);
    free(exact);
    buf_free(&out);
    return count;
}

static void cuts_4_kb_into_three(void) {
    make(4008, "", 0, &(struct ipv4){.ttl = 9});
    UNIT_INT(cut(1500, 0, false), 3);
    UNIT_INT(cut(4028, 0, false), 1);
    UNIT_INT(cut(4027, 0, false), 2);
    UNIT_INT(cut(68, 0, false), 84); /* 48 bytes each */
    UNIT_INT(cut(75, 0, false), 84);
    UNIT_INT(cut(76, 0, false), 72); /* 56 bytes each: 71.6 */
}

static void a_small_packet_stays_whole(void) {
    make(0, "", 0, &(struct ipv4){.ttl = 9});
    UNIT_INT(cut(68, 0, false), 1);
    make(48, "", 0, &(struct ipv4){.ttl = 9});
    UNIT_INT(cut(68, 0, false), 1);
    make(55, "", 0, &(struct ipv4){.ttl = 9});
    UNIT_INT(cut(75, 0, false), 1);
    make(49, "", 0, &(struct ipv4){.ttl = 9});
    UNIT_INT(cut(68, 0, false), 2);
}

static void a_fragment_is_cut_again(void) {
    struct ipv4 middle = {.more_fragments = true, .fragment_offset = 1480};
    struct ipv4 last = {.fragment_offset = 2960};
    make(1480, "", 0, &middle);
    UNIT_INT(cut(576, 1480, true), 3); /* 552, 552, 376 */
    make(1048, "", 0, &last);
    UNIT_INT(cut(576, 2960, false), 2);
}

/* RFC 791 §3.1: the copied flag is the first bit of an option's type. */
static void only_copied_options_are_in_later_fragments(void) {
    static const struct {
        const char *options;
        size_t len;
        const char *later;
        size_t later_len;
    } cases[] = {
        {"\x94\4\0\0", 4, "\x94\4\0\0", 4}, /* router alert: copied */
        {"\7\4\4\0", 4, "", 0},             /* record route: not */
        {"\7\3\4\x94\4\0\0\0", 8, "\x94\4\0\0", 4},
        {"\1\1\x82\3\5\0\0\0", 8, "\x82\3\5\0", 4},
        {"\x82\3\5\x83\3\4\0\0", 8, "\x82\3\5\x83\3\4\0\0", 8},
        {"\0\x94\4\0", 4, "", 0}, /* nothing after the end counts */
        {"\x94\1\0\0", 4, "", 0}, /* lengths that are wrong: */
        {"\x94\0\0\0", 4, "", 0},
        {"\x94\5\0\0", 4, "", 0},
        {"\0\4\0\0\x94\4\0\0", 8, "", 0},
        {"\x94\2\1\0", 4, "\x94\2\0\0", 4}, /* the shortest */
        {"\1\1\1\x94", 4, "", 0},           /* without a length */
        {"\1\x82\3\5", 4, "\x82\3\5\0", 4}, /* after one byte */
        {"\1\1\x94\2", 4, "\x94\2\0\0", 4}, /* up to the end */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fragments f;
        struct buf out = {.max = 1500};
        struct ipv4 h;
        make(100, cases[i].options, cases[i].len, &(struct ipv4){.ttl = 1});
        UNIT_TRUE(fragment_begin(&f, buf_view(&packet)));
        for (int k = 0; fragment_next(&f, &out, 68); k++, buf_clear(&out)) {
            ipv4_parse(buf_view(&out), &h);
            size_t expected = k == 0 ? cases[i].len : cases[i].later_len;
            UNIT_INT(h.options.len, expected);
            if (h.options.len == expected)
                UNIT_INT(memcmp(h.options.data,
                                k == 0 ? cases[i].options : cases[i].later,
                                expected),
                         0);
        }
        buf_free(&out);
        UNIT_TRUE(cut(68, 0, false) >= 2);
    }
}

static void some_packets_must_not_be_cut(void) {
    struct fragments f;
    make(100, "", 0, &(struct ipv4){.dont_fragment = true});
    UNIT_FALSE(fragment_begin(&f, buf_view(&packet)));
    make(100, "", 0, &(struct ipv4){.ttl = 9});
    UNIT_TRUE(fragment_begin(&f, buf_view(&packet)));
    for (size_t n = 0; n < 120; n++)
        UNIT_FALSE(fragment_begin(&f, (struct span){packet.bytes, n}));
    packet.bytes[8]++; /* a wrong checksum */
    UNIT_FALSE(fragment_begin(&f, buf_view(&packet)));
    packet.bytes[8]--;
    packet.bytes[0] = 0x65;
    UNIT_FALSE(fragment_begin(&f, buf_view(&packet)));
}

static void says_that_out_is_full(void) {
    struct fragments f;
    struct buf out = {.max = 67};
    make(100, "", 0, &(struct ipv4){.ttl = 9});
    UNIT_TRUE(fragment_begin(&f, buf_view(&packet)));
    UNIT_FALSE(fragment_next(&f, &out, 68));
    UNIT_TRUE(out.failed);
    UNIT_INT(out.end, 0);
    buf_free(&out);
    out = (struct buf){.max = 68};
    UNIT_TRUE(fragment_next(&f, &out, 68)); /* nothing was lost */
    UNIT_INT(out.end, 68);
    buf_free(&out);
    buf_free(&packet);
}

UNIT_MAIN("packets/fragment", UNIT_TEST(cuts_4_kb_into_three),
          UNIT_TEST(a_small_packet_stays_whole),
          UNIT_TEST(a_fragment_is_cut_again),
          UNIT_TEST(only_copied_options_are_in_later_fragments),
          UNIT_TEST(some_packets_must_not_be_cut),
          UNIT_TEST(says_that_out_is_full))
