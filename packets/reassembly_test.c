/* reassembly_test.c: packets/reassembly.h against RFC 791 §3.2, RFC 1122 §3.3.2
 * and RFC 5722 */
#include "packets/fragment.h"
#include "packets/reassembly.h"
#include "packets/unit.h"

#define MAX_FRAGMENTS 80

static struct reassembly r;
static struct span whole;
static uint8_t data[65535];

/* The parts of one packet. */
static struct buf part[MAX_FRAGMENTS];
static int part_count;

/* Appends a packet with data from `from` on. */
static void write_part(struct buf *out, int id, uint32_t offset, size_t n,
                       bool has_more) {
    struct ipv4 h = {.total_length = (uint16_t)(20 + n),
                     .identification = (uint16_t)id,
                     .more_fragments = has_more,
                     .fragment_offset = offset,
                     .ttl = 9,
                     .protocol = IP_UDP};
    h.source = address_from(span_from("\x0a\1\1\1"));
    h.destination = address_from(span_from("\x0a\1\1\2"));
    ipv4_write(out, &h);
    buf_append(out, data + offset, n);
}

static int add_bytes(int64_t now_us, struct span bytes) {
    uint8_t *exact = unit_exact(bytes.data, bytes.len);
    int result =
        reassembly_add(&r, now_us, (struct span){exact, bytes.len}, &whole);
    if (result == REASSEMBLY_DONE && whole.data == exact) whole.data = NULL;
    free(exact);
    return result;
}

static int add(int64_t now_us, int id, uint32_t offset, size_t n,
               bool has_more) {
    struct buf out = {.max = 65535};
    write_part(&out, id, offset, n, has_more);
    int result = add_bytes(now_us, buf_view(&out));
    buf_free(&out);
    return result;
}

static void begin(void) {
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i % 251);
    reassembly_init(&r);
}

/* Is the packet that was put together the one with these n bytes? */
static void expect_whole(size_t n) {
    struct ipv4 h;
    UNIT_INT(ipv4_parse(whole, &h), 20);
    UNIT_INT(whole.len, 20 + n);
    UNIT_INT(h.total_length, 20 + n);
    UNIT_TRUE(h.checksum_is_right);
    UNIT_FALSE(h.more_fragments);
    UNIT_INT(h.fragment_offset, 0);
    UNIT_INT(h.ttl, 9);
    UNIT_INT(memcmp(whole.data + 20, data, n), 0);
}

static int used(void) {
    int n = 0;
    for (int i = 0; i < REASSEMBLY_MAX; i++) n += r.packet[i].is_used;
    return n;
}

static void cut(size_t n, size_t mtu) {
    struct fragments f;
    struct buf packet = {.max = 65535};
    write_part(&packet, 5, 0, n, false);
    UNIT_TRUE(fragment_begin(&f, buf_view(&packet)));
    for (part_count = 0;; part_count++) {
        part[part_count] = (struct buf){.max = 1500};
        if (!fragment_next(&f, &part[part_count], mtu)) break;
    }
    buf_free(&packet);
}

static void free_parts(void) {
    for (int i = 0; i < part_count; i++) buf_free(&part[i]);
}

static void any_order_gives_the_same_packet(void) {
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                     {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    begin();
    cut(4008, 1500);
    UNIT_INT(part_count, 3);
    for (int o = 0; o < 6; o++) {
        for (int i = 0; i < 3; i++) {
            int result = add_bytes(0, buf_view(&part[orders[o][i]]));
            UNIT_INT(result, i == 2 ? REASSEMBLY_DONE : REASSEMBLY_MORE);
        }
        expect_whole(4008);
        UNIT_INT(used(), 0);
    }
    free_parts();
    reassembly_free(&r);
}

static void every_second_fragment_first(void) {
    begin();
    cut(4008, 76);
    UNIT_INT(part_count, 72);
    for (int i = 0; i < part_count; i++) {
        int k = i < part_count / 2 ? 2 * i + 1 : 2 * (i - part_count / 2);
        UNIT_INT(add_bytes(i, buf_view(&part[k])),
                 i == part_count - 1 ? REASSEMBLY_DONE : REASSEMBLY_MORE);
    }
    expect_whole(4008);
    for (int i = part_count; i-- > 0;) /* and from the end */
        UNIT_INT(add_bytes(i, buf_view(&part[i])),
                 i == 0 ? REASSEMBLY_DONE : REASSEMBLY_MORE);
    expect_whole(4008);
    free_parts();
    reassembly_free(&r);
}

static void a_whole_packet_passes(void) {
    begin();
    UNIT_INT(add(0, 1, 0, 100, false), REASSEMBLY_DONE);
    UNIT_INT(whole.len, 120);
    UNIT_INT(add(0, 1, 0, 0, false), REASSEMBLY_DONE);
    UNIT_INT(used(), 0);
    reassembly_free(&r);
}

/* RFC 791 §3.2: source, destination, protocol and identification. */
static void fragments_of_several_packets_are_kept_apart(void) {
    begin();
    struct buf out = {.max = 100};
    UNIT_INT(add(0, 1, 0, 8, true), REASSEMBLY_MORE);
    for (int i = 0; i < 4; i++) {
        struct ipv4 h = {.total_length = 28,
                         .identification = i == 0 ? 2 : 1,
                         .fragment_offset = 8,
                         .ttl = 9,
                         .protocol = i == 1 ? IP_TCP : IP_UDP};
        h.source =
            address_from(span_from(i == 2 ? "\x0a\1\1\3" : "\x0a\1\1\1"));
        h.destination =
            address_from(span_from(i == 3 ? "\x0a\1\1\3" : "\x0a\1\1\2"));
        buf_clear(&out);
        ipv4_write(&out, &h);
        buf_append(&out, data, 8);
        UNIT_INT(add_bytes(0, buf_view(&out)), REASSEMBLY_MORE);
    }
    buf_free(&out);
    UNIT_INT(used(), 5);
    UNIT_INT(add(0, 1, 8, 8, false), REASSEMBLY_DONE);
    expect_whole(16);
    UNIT_INT(used(), 4);
    reassembly_free(&r);
}

/* Bytes that have arrived before may still show where the packet ends. */
static void a_duplicate_that_is_the_last_completes(void) {
    begin();
    UNIT_INT(add(0, 1, 16, 24, true), REASSEMBLY_MORE);
    UNIT_INT(add(0, 1, 0, 16, true), REASSEMBLY_MORE);
    UNIT_INT(add(0, 1, 16, 24, false), REASSEMBLY_DONE);
    expect_whole(40);
    UNIT_INT(used(), 0);
    reassembly_free(&r);
}

static void duplicates_change_nothing(void) {
    begin();
    UNIT_INT(add(0, 1, 8, 16, true), REASSEMBLY_MORE);
    UNIT_INT(add(0, 1, 8, 16, true), REASSEMBLY_DUPLICATE);
    UNIT_INT(add(0, 1, 16, 8, true), REASSEMBLY_DUPLICATE);
    UNIT_INT(add(0, 1, 24, 8, false), REASSEMBLY_MORE);
    UNIT_INT(add(0, 1, 24, 8, false), REASSEMBLY_DUPLICATE);
    UNIT_INT(add(0, 1, 16, 16, false), REASSEMBLY_DUPLICATE);
    UNIT_INT(add(0, 1, 0, 8, true), REASSEMBLY_DONE);
    expect_whole(32);
    reassembly_free(&r);
}

/* RFC 5722 §4: the whole packet is dropped, with what still arrives. */
static void overlaps_drop_the_packet(void) {
    static const struct {
        uint32_t offset;
        size_t n;
        bool is_changed;
        int expected;
    } cases[] = {
        {16, 16, false, REASSEMBLY_MORE},        /* has 16 to 31 */
        {8, 16, false, REASSEMBLY_ERR_OVERLAP},  /* from before into it */
        {24, 16, false, REASSEMBLY_ERR_OVERLAP}, /* out of it */
        {8, 32, false, REASSEMBLY_ERR_OVERLAP},  /* around it */
        {16, 24, false, REASSEMBLY_ERR_OVERLAP},
        {16, 16, true, REASSEMBLY_ERR_OVERLAP}, /* another content */
        {24, 8, true, REASSEMBLY_ERR_OVERLAP},
        {24, 8, false, REASSEMBLY_DUPLICATE},
        {8, 8, false, REASSEMBLY_MORE}, /* beside it */
        {32, 8, false, REASSEMBLY_MORE},
    };
    for (size_t i = 1; i < sizeof cases / sizeof *cases; i++) {
        begin();
        add(0, 1, 16, 16, true);
        data[cases[i].offset + 7] ^= cases[i].is_changed;
        int got = add(0, 1, cases[i].offset, cases[i].n, true);
        data[cases[i].offset + 7] ^= cases[i].is_changed;
        UNIT_INT(got, cases[i].expected);
        bool is_dropped = got == REASSEMBLY_ERR_OVERLAP;
        UNIT_INT(add(1, 1, 80, 8, true),
                 is_dropped ? REASSEMBLY_ERR_DROPPED : REASSEMBLY_MORE);
        UNIT_INT(add(1, 2, 80, 8, true), REASSEMBLY_MORE); /* another one */
        UNIT_INT(used(), 2);
        UNIT_TRUE(reassembly_expire(&r, REASSEMBLY_TIMEOUT_US, &whole));
        UNIT_INT(add(REASSEMBLY_TIMEOUT_US, 1, 80, 8, true), REASSEMBLY_MORE);
        reassembly_free(&r);
    }
}

static void two_ends_drop_the_packet(void) {
    static const struct {
        uint32_t offset;
        size_t n;
        bool has_more;
        int expected;
    } cases[] = {
        {32, 8, false, REASSEMBLY_ERR_END}, /* it ended at 32 */
        {8, 8, false, REASSEMBLY_ERR_END},  {32, 8, true, REASSEMBLY_ERR_END},
        {24, 16, true, REASSEMBLY_ERR_END}, {8, 8, true, REASSEMBLY_MORE},
        {16, 8, true, REASSEMBLY_MORE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        UNIT_INT(add(0, 1, 24, 8, false), REASSEMBLY_MORE);
        UNIT_INT(add(0, 1, cases[i].offset, cases[i].n, cases[i].has_more),
                 cases[i].expected);
        UNIT_INT(add(0, 1, 0, 8, true), cases[i].expected < 0
                                            ? REASSEMBLY_ERR_DROPPED
                                            : REASSEMBLY_MORE);
        reassembly_free(&r);
    }
    begin();
    add(0, 1, 24, 8, true);
    UNIT_INT(add(0, 1, 8, 8, false), REASSEMBLY_ERR_END);
    reassembly_free(&r);
    begin();
    add(0, 1, 24, 8, true);
    UNIT_INT(add(0, 1, 32, 4, false), REASSEMBLY_MORE);
    UNIT_INT(add(0, 1, 0, 24, true), REASSEMBLY_DONE);
    expect_whole(36);
    reassembly_free(&r);
}

/* RFC 791 §3.2 */
static void lengths_must_be_multiples_of_8(void) {
    begin();
    for (size_t n = 0; n <= 16; n++)
        UNIT_INT(add((int64_t)n, (int)n, 0, n, true),
                 n > 0 && n % 8 == 0 ? REASSEMBLY_MORE : REASSEMBLY_ERR_LENGTH);
    UNIT_INT(add(0, 40, 8, 0, false), REASSEMBLY_ERR_LENGTH);
    UNIT_INT(used(), 2);
    reassembly_free(&r);
}

static void broken_packets_are_no_fragments(void) {
    struct buf out = {.max = 100};
    begin();
    write_part(&out, 1, 0, 16, true);
    for (size_t n = 0; n < 36; n++)
        UNIT_INT(add_bytes(0, (struct span){out.bytes, n}),
                 REASSEMBLY_ERR_PACKET);
    out.bytes[8]++;
    UNIT_INT(add_bytes(0, buf_view(&out)), REASSEMBLY_ERR_PACKET);
    UNIT_INT(used(), 0);
    out.bytes[8]--;
    buf_append(&out, "padding", 7);
    UNIT_INT(add_bytes(0, buf_view(&out)), REASSEMBLY_MORE);
    UNIT_INT(add(0, 1, 16, 1, false), REASSEMBLY_DONE);
    expect_whole(17);
    buf_free(&out);
    reassembly_free(&r);
}

/* RFC 1122 §3.3.2: a fixed time from the first one that arrives. */
static void an_incomplete_packet_times_out(void) {
    struct ipv4 h;
    begin();
    add(5, 1, 0, 16, true);
    add(9, 1, 24, 8, true);
    UNIT_FALSE(reassembly_expire(&r, REASSEMBLY_TIMEOUT_US + 4, &whole));
    UNIT_TRUE(reassembly_expire(&r, REASSEMBLY_TIMEOUT_US + 5, &whole));
    UNIT_INT(whole.len, 36); /* until the hole */
    UNIT_INT(ipv4_parse(whole, &h), 20);
    UNIT_TRUE(h.more_fragments);
    UNIT_INT(memcmp(whole.data + 20, data, 16), 0);
    UNIT_INT(used(), 0);
    UNIT_FALSE(reassembly_expire(&r, INT64_MAX, &whole));
    add(0, 1, 8, 16, true); /* without the first one */
    UNIT_TRUE(reassembly_expire(&r, INT64_MAX, &whole));
    UNIT_INT(whole.len, 0);
    add(0, 1, 0, 16, true);
    add(0, 1, 8, 16, true); /* dropped */
    UNIT_TRUE(reassembly_expire(&r, INT64_MAX, &whole));
    UNIT_INT(whole.len, 0);
    add(0, 1, 0, 1024, true);
    UNIT_TRUE(reassembly_expire(&r, INT64_MAX, &whole));
    UNIT_INT(whole.len, 1044);
    add(0, 1, 0, 1032, true);
    UNIT_TRUE(reassembly_expire(&r, INT64_MAX, &whole));
    UNIT_INT(whole.len, 1044);
    reassembly_free(&r);
}

static void a_new_packet_replaces_the_oldest(void) {
    begin();
    for (int i = 0; i < REASSEMBLY_MAX; i++)
        UNIT_INT(add(i == 3 ? 0 : 10 + i, i, 0, 8, true), REASSEMBLY_MORE);
    UNIT_INT(used(), REASSEMBLY_MAX);
    UNIT_INT(add(20, 99, 0, 8, true), REASSEMBLY_MORE);
    UNIT_INT(used(), REASSEMBLY_MAX);
    for (int i = 0; i < REASSEMBLY_MAX; i++)
        if (i != 3) UNIT_INT(add(30, i, 8, 8, false), REASSEMBLY_DONE);
    UNIT_INT(add(30, 99, 8, 8, false), REASSEMBLY_DONE);
    UNIT_INT(used(), 0);
    reassembly_free(&r);
}

/* At the limit, and one beyond it. */
static void too_many_holes_drop_the_packet(void) {
    begin();
    for (uint32_t i = 0; i < REASSEMBLY_MAX_PARTS; i++)
        UNIT_INT(add(0, 1, 16 * i, 8, true), REASSEMBLY_MORE);
    UNIT_INT(add(0, 1, 8, 8, true), REASSEMBLY_MORE); /* one hole less */
    UNIT_INT(add(0, 1, 2000, 8, true), REASSEMBLY_MORE);
    UNIT_INT(add(0, 1, 2016, 8, true), REASSEMBLY_ERR_PARTS);
    UNIT_INT(add(0, 1, 24, 8, true), REASSEMBLY_ERR_DROPPED);
    reassembly_free(&r);
}

/* 65 535 bytes, and one more because of options in the first fragment. */
static void no_packet_is_longer_than_65535_bytes(void) {
    for (int has_options = 0; has_options < 2; has_options++) {
        struct buf out = {.max = 65535};
        uint8_t options[4] = {1, 1, 1, 0};
        struct ipv4 h = {.more_fragments = true, .ttl = 9, .protocol = IP_UDP};
        h.source = address_from(span_from("\x0a\1\1\1"));
        h.destination = address_from(span_from("\x0a\1\1\2"));
        if (has_options) h.options = (struct span){options, 4};
        h.total_length = (uint16_t)(20 + h.options.len + 8);
        begin();
        ipv4_write(&out, &h);
        buf_append(&out, data, 8);
        UNIT_INT(add_bytes(0, buf_view(&out)), REASSEMBLY_MORE);
        for (uint32_t at = 8; at < 65512; at += at == 8 ? 13096u : 13104u) {
            size_t n = at == 8 ? 13096 : 13104;
            bool is_last = at + n >= 65512;
            UNIT_INT(add(0, 0, at, is_last ? 65515 - at : n, !is_last),
                     !is_last      ? REASSEMBLY_MORE
                     : has_options ? REASSEMBLY_ERR_END
                                   : REASSEMBLY_DONE);
        }
        if (!has_options) expect_whole(65515);
        UNIT_INT(used(), has_options);
        buf_free(&out);
        reassembly_free(&r);
    }
}

/* The options of the first fragment are those of the packet. */
static void options_come_from_the_first_fragment(void) {
    uint8_t options[4] = {0x94, 4, 0, 0};
    struct ipv4 h = {.total_length = 32, .more_fragments = true, .ttl = 9};
    struct buf out = {.max = 100};
    begin();
    h.protocol = IP_UDP;
    h.options = (struct span){options, 4};
    h.source = address_from(span_from("\x0a\1\1\1"));
    h.destination = address_from(span_from("\x0a\1\1\2"));
    ipv4_write(&out, &h);
    buf_append(&out, data, 8);
    UNIT_INT(add(0, 0, 8, 8, false), REASSEMBLY_MORE);
    UNIT_INT(add_bytes(0, buf_view(&out)), REASSEMBLY_DONE);
    UNIT_INT(whole.len, 40);
    UNIT_INT(ipv4_parse(whole, &h), 24);
    UNIT_INT(memcmp(h.options.data, options, 4), 0);
    UNIT_INT(memcmp(whole.data + 24, data, 16), 0);
    buf_free(&out);
    reassembly_free(&r);
}

UNIT_MAIN("packets/reassembly", UNIT_TEST(any_order_gives_the_same_packet),
          UNIT_TEST(every_second_fragment_first),
          UNIT_TEST(a_whole_packet_passes),
          UNIT_TEST(fragments_of_several_packets_are_kept_apart),
          UNIT_TEST(a_duplicate_that_is_the_last_completes),
          UNIT_TEST(duplicates_change_nothing),
          UNIT_TEST(overlaps_drop_the_packet),
          UNIT_TEST(two_ends_drop_the_packet),
          UNIT_TEST(lengths_must_be_multiples_of_8),
          UNIT_TEST(broken_packets_are_no_fragments),
          UNIT_TEST(an_incomplete_packet_times_out),
          UNIT_TEST(a_new_packet_replaces_the_oldest),
          UNIT_TEST(too_many_holes_drop_the_packet),
          UNIT_TEST(no_packet_is_longer_than_65535_bytes),
          UNIT_TEST(options_come_from_the_first_fragment))
