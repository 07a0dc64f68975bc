/* dns_write_test.c: dns_write of packets/dns.h against RFC 1035 §4.1.4 and RFC
 * 6891 */
#include "packets/dns_unit.h"

static void read_reply(void) {
    struct span bytes = {(uint8_t *)(uintptr_t)REPLY, LEN(REPLY)};
    UNIT_INT(dns_parse(bytes, &m), LEN(REPLY));
}

/* What it writes has the bytes of REPLY: the same compression. */
static void writes_what_it_read(void) {
    struct buf out = {.max = 1 + LEN(REPLY)};
    read_reply();
    UNIT_TRUE(buf_text(&out, "x")); /* it appends */
    UNIT_TRUE(dns_write(&out, &m, 512));
    UNIT_INT(out.end, 1 + LEN(REPLY));
    UNIT_INT(memcmp(out.bytes + 1, REPLY, LEN(REPLY)), 0);
    buf_free(&out);
}

/* Header and question have 29 bytes, the records 19, 16, 28, 17 and 15. */
static void writes_no_more_than_the_buffer_takes(void) {
    static const size_t ends[] = {0, 29, 48, 64, 92, 109, 124};
    for (size_t max = 1; max < 1 + LEN(REPLY); max++) {
        struct buf out;
        size_t whole = 0;
        for (size_t i = 1; ends[i] <= max - 1; i++) whole = i;
        buf_init(&out, max);
        read_reply();
        UNIT_TRUE(buf_text(&out, "x"));
        UNIT_INT(dns_write(&out, &m, 512), whole > 0);
        UNIT_INT(out.end, 1 + ends[whole]);
        UNIT_INT(out.failed, whole == 0);
        if (whole > 0) {
            struct span message = span_skip(buf_view(&out), 1);
            UNIT_INT(dns_parse(message, &m), ends[whole]);
            UNIT_TRUE(m.is_truncated);
        }
        buf_free(&out);
    }
}

/* A buffer that has failed before stays as it is. */
static void appends_nothing_after_a_failure(void) {
    struct buf out = {.max = 600};
    out.failed = true;
    read_reply();
    UNIT_FALSE(dns_write(&out, &m, 512));
    UNIT_INT(out.end, 0);
    UNIT_TRUE(out.failed);
    buf_free(&out);
}

/* Header and question have 19 bytes, each record 16, OPT 11. */
/* RFC 6891 §7 */
static void truncates_between_records_and_keeps_opt(void) {
    static const struct {
        size_t max;
        bool has_opt;
        int result, answers, is_truncated; /* result: the length, 0: false */
    } cases[] = {
        {18, false, 0, 0, 0},  {19, false, 19, 0, 1},  {34, false, 19, 0, 1},
        {35, false, 35, 1, 1}, {51, false, 51, 2, 1},  {66, false, 51, 2, 1},
        {67, false, 67, 3, 0}, {512, false, 67, 3, 0}, {29, true, 0, 0, 0},
        {30, true, 30, 0, 1},  {61, true, 46, 1, 1},   {62, true, 62, 2, 1},
        {77, true, 62, 2, 1},  {78, true, 78, 3, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out = {.max = 1000};
        fill(3, cases[i].has_opt);
        UNIT_INT(dns_write(&out, &m, cases[i].max), cases[i].result > 0);
        UNIT_INT(buf_view(&out).len, cases[i].result);
        if (cases[i].result > 0) {
            UNIT_INT(dns_parse(buf_view(&out), &m), cases[i].result);
            UNIT_INT(m.counts[DNS_ANSWERS], cases[i].answers);
            UNIT_INT(m.counts[DNS_ADDITIONAL], cases[i].has_opt);
            UNIT_INT(m.is_truncated, cases[i].is_truncated);
        }
        buf_free(&out);
    }
}

/* After 10 bytes of another message; 19 and OPT, but no record, fit. */
static void keeps_opt_at_the_end_of_a_buffer(void) {
    struct buf out = {.max = 10 + 45};
    UNIT_TRUE(buf_text(&out, "0123456789"));
    fill(3, true);
    UNIT_TRUE(dns_write(&out, &m, 512));
    UNIT_INT(buf_view(&out).len, 10 + 30);
    UNIT_INT(dns_parse(span_skip(buf_view(&out), 10), &m), 30);
    UNIT_INT(m.counts[DNS_ANSWERS], 0);
    UNIT_INT(m.counts[DNS_ADDITIONAL], 1);
    UNIT_TRUE(m.is_truncated);
    buf_free(&out);
}

/* After OPT only what it needed is added to the limit. */
static void counts_the_data_of_opt(void) {
    static uint8_t option[4];
    struct buf out = {.max = 1000};
    fill(1, true);
    m.records[1].data = (struct span){option, sizeof option};
    m.counts[DNS_ADDITIONAL] = 2;
    m.records[2] = m.records[0];
    /* 19, 16, OPT 15, and a last record of 16 */
    UNIT_TRUE(dns_write(&out, &m, 65));
    UNIT_INT(out.end, 50);
    buf_clear(&out);
    UNIT_TRUE(dns_write(&out, &m, 66));
    UNIT_INT(out.end, 66);
    buf_free(&out);
}

/* A record that would fit is left out, too, if one before it was: "a.b", the
 * TXT, is large, and the place of its name is forgotten with it. */
static void leaves_out_all_that_follows(void) {
    struct buf out = {.max = 1000};
    uint8_t large[100] = {0};
    fill(1, false);
    add("b", 16)->data = (struct span){large, sizeof large};
    add("b", DNS_A);
    UNIT_TRUE(dns_write(&out, &m, 100));
    UNIT_INT(out.end, 35);
    UNIT_INT(dns_parse(buf_view(&out), &m), 35);
    UNIT_INT(m.counts[DNS_ANSWERS], 1);
    UNIT_TRUE(m.is_truncated);
    buf_free(&out);
}

/* Names that are cut with their record are no places to point to. */
static void has_no_pointer_to_a_cut_name(void) {
    struct buf out = {.max = 1000};
    uint8_t large[100] = {0};
    fill(0, false);
    add("bbbbbbbb.c", 16)->data = (struct span){large, sizeof large};
    m.records[1] = (struct dns_record){.type = DNS_OPT, .class = 512};
    m.records[1].name = name_from("b"); /* not the root: to see its bytes */
    m.counts[DNS_ADDITIONAL] = 1;
    UNIT_TRUE(dns_write(&out, &m, 60));
    UNIT_INT(dns_parse(buf_view(&out), &m), out.end);
    UNIT_INT(m.counts[DNS_ANSWERS], 0);
    UNIT_INT(m.counts[DNS_ADDITIONAL], 1);
    name_is(&m.records[0].name, "b");
    buf_free(&out);
}

/* Nothing after the last record or place is read: an old OPT record, and an ID
 * and flags that look like the name "a". */
static void reads_nothing_after_the_end(void) {
    struct buf out = {.max = 1000};
    fill(3, true);
    m.counts[DNS_ADDITIONAL] = 0;
    m.id = 0x0161;
    UNIT_TRUE(dns_write(&out, &m, 67));
    UNIT_INT(out.end, 67);
    UNIT_INT(memcmp(out.bytes + 12, "\1a\0", 3), 0);
    buf_free(&out);
}

/* A zero byte inside a label is no root, and the root is a name. */
static void writes_zero_bytes_and_roots(void) {
    struct buf out = {.max = 1000};
    char line[DNS_RECORD_MAX];
    fill(0, false);
    add("\\000x.b", DNS_CNAME)->target = name_from(".");
    UNIT_TRUE(dns_write(&out, &m, 512));
    UNIT_INT(dns_parse(buf_view(&out), &m), out.end);
    dns_record_text(&m.records[0], line);
    UNIT_TEXT(line, strlen(line), "\\000x.b CNAME .");
    buf_free(&out);
}

/* RFC 1035 §2.3.3: the case of letters should be kept. */
static void keeps_capital_letters(void) {
    struct buf out = {.max = 1000};
    fill(0, false);
    add("A", DNS_A);
    add("b.A", DNS_A);
    UNIT_TRUE(dns_write(&out, &m, 512));
    UNIT_INT(dns_parse(buf_view(&out), &m), out.end);
    name_is(&m.question.name, "a");
    name_is(&m.records[0].name, "A");
    name_is(&m.records[1].name, "b.A");
    UNIT_INT(out.end, 19 + 17 + 18); /* "A" and a root; "b" and a pointer */
    buf_free(&out);
}

/* Each name has one label more than the one before, so it points to it. A
 * parser refuses 30 pointers: the writer repeats labels. */
static void writes_no_pointer_that_it_would_not_follow(void) {
    struct buf out = {.max = 10000};
    char name[100] = "a";
    fill(0, false);
    for (int i = 0; i < 30; i++) {
        memmove(name + 2, name, strlen(name) + 1);
        memcpy(name, "b.", 2);
        add(name, DNS_A);
    }
    UNIT_TRUE(dns_write(&out, &m, 10000));
    UNIT_INT(dns_parse(buf_view(&out), &m), out.end);
    name_is(&m.records[29].name, name);
    /* The first 16 have one label and a pointer, 4 bytes. Name k after them has
     * k - 15 labels and one. Each record has 14 bytes more. */
    UNIT_INT(out.end, 19 + 30 * 14 + 16 * 4 + 266);
    buf_free(&out);
}

/* A pointer has 14 bits, and the table of places an end. */
static void points_only_where_a_pointer_can(void) {
    static uint8_t large[0x3fff];
    for (size_t n = 0x3fff - 50; n < sizeof large; n++) {
        struct buf out = {.max = 65535};
        fill(0, false);
        add("a", 16)->data = (struct span){large, n};
        add("far", DNS_A);
        add("far", DNS_A);
        UNIT_TRUE(dns_write(&out, &m, 65535));
        /* 19, then 12 and n; "far" is at 31 + n: a pointer saves 3 bytes */
        bool is_near = 31 + n <= 0x3fff;
        UNIT_INT(out.end, 31 + n + 19 + (is_near ? 16 : 19));
        UNIT_INT(dns_parse(buf_view(&out), &m), out.end);
        name_is(&m.records[2].name, "far");
        buf_free(&out);
    }
}

/* Thirty-one names of eight labels: more places than the writer remembers. */
static void forgets_places_without_harm(void) {
    struct buf out = {.max = 65535};
    char names[31][40];
    fill(0, false);
    for (int i = 0; i < 31; i++) {
        snprintf(names[i], sizeof names[i], "1.2.3.4.5.6.7.x%d", i);
        add(names[i], DNS_A);
    }
    UNIT_TRUE(dns_write(&out, &m, 65535));
    UNIT_INT(dns_parse(buf_view(&out), &m), out.end);
    for (int i = 0; i < 31; i++) name_is(&m.records[i].name, names[i]);
    buf_free(&out);
}

UNIT_MAIN("packets/dns_write", UNIT_TEST(writes_what_it_read),
          UNIT_TEST(writes_no_more_than_the_buffer_takes),
          UNIT_TEST(appends_nothing_after_a_failure),
          UNIT_TEST(truncates_between_records_and_keeps_opt),
          UNIT_TEST(keeps_opt_at_the_end_of_a_buffer),
          UNIT_TEST(counts_the_data_of_opt),
          UNIT_TEST(leaves_out_all_that_follows),
          UNIT_TEST(has_no_pointer_to_a_cut_name),
          UNIT_TEST(reads_nothing_after_the_end),
          UNIT_TEST(writes_zero_bytes_and_roots),
          UNIT_TEST(keeps_capital_letters),
          UNIT_TEST(writes_no_pointer_that_it_would_not_follow),
          UNIT_TEST(points_only_where_a_pointer_can),
          UNIT_TEST(forgets_places_without_harm))
