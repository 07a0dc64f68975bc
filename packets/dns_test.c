/* dns_test.c: packets/dns.h against RFC 1035 §4, RFC 3596, RFC 1034 §3.6.2 */
#include "packets/dns.h"
#include "packets/unit.h"

#define LEN(bytes) (sizeof(bytes) - 1)

/* A reply of all kinds, put together by hand from RFC 1035 §4.1: www.example is
 * host.example, which has two addresses; an NS, and a TXT of three bytes. */
static const char REPLY[] =
    "\x12\x34\x85\x80\0\1\0\3\0\1\0\1"           /* QR AA RD RA */
    "\3www\7example\0\0\1\0\1"                   /* 12: the question */
    "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\7"             /* 29: CNAME */
    "\4host\xc0\x10"                             /* 41 */
    "\xc0\x29\0\1\0\1\0\0\0\x3c\0\4"             /* 48: A */
    "\xc0\0\2\x0a"                               /* 192.0.2.10 */
    "\xc0\x29\0\x1c\0\1\0\1\0\0\0\x10"           /* 64: AAAA */
    "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"     /* 2001:db8::1 */
    "\xc0\x10\0\2\0\1\0\0\0\x3c\0\5\2ns\xc0\x10" /* 92: NS */
    "\xc0\x0c\0\x10\0\1\0\0\0\x3c\0\3\2hi";      /* 109: TXT */

static struct dns_message m; /* too large for some stacks */
static char text[DNS_TEXT_MAX];

/* The spans of m are not valid after that. */
static int parse(const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    int got = dns_parse((struct span){exact, n}, &m);
    free(exact);
    return got;
}

static void name_is(const struct dns_name *name, const char *expected) {
    dns_name_text(name, text);
    UNIT_TEXT(text, strlen(text), expected);
}

static void address_is(const struct address *a, const char *expected) {
    char address[ADDRESS_TEXT_MAX];
    address_text(a, address);
    UNIT_TEXT(address, strlen(address), expected);
}

static void reads_a_reply(void) {
    UNIT_INT(
        dns_parse((struct span){(uint8_t *)(uintptr_t)REPLY, LEN(REPLY)}, &m),
        LEN(REPLY));
    UNIT_INT(m.id, 0x1234);
    UNIT_INT(m.question_count, 1);
    name_is(&m.question.name, "www.example");
    UNIT_INT(m.question.type, DNS_A);
    UNIT_INT(m.question.class, DNS_IN);
    UNIT_INT(m.counts[DNS_ANSWERS], 3);
    UNIT_INT(m.counts[DNS_AUTHORITY], 1);
    UNIT_INT(m.counts[DNS_ADDITIONAL], 1);
    UNIT_INT(dns_record_count(&m), 5);
    name_is(&m.records[0].name, "www.example");
    name_is(&m.records[0].target, "host.example");
    UNIT_INT(m.records[0].ttl, 60);
    name_is(&m.records[1].name, "host.example");
    address_is(&m.records[1].address, "192.0.2.10");
    UNIT_INT(m.records[2].ttl, 65536);
    address_is(&m.records[2].address, "2001:db8::1");
    name_is(&m.records[3].name, "example");
    name_is(&m.records[3].target, "ns.example");
    UNIT_INT(m.records[4].type, 16);
    UNIT_TEXT(m.records[4].data.data, m.records[4].data.len, "\2hi");
    UNIT_TRUE(m.records[4].data.data == (const uint8_t *)REPLY + 121);
}

static void writes_records_as_text(void) {
    static const char *const expected[] = {
        "www.example CNAME host.example", "host.example A 192.0.2.10",
        "host.example AAAA 2001:db8::1", "example NS ns.example",
        "www.example TYPE16 3 bytes"};
    char line[DNS_RECORD_MAX];
    reads_a_reply();
    for (int i = 0; i < 5; i++) {
        UNIT_TRUE(dns_record_text(&m.records[i], line) == line);
        UNIT_TEXT(line, strlen(line), expected[i]);
    }
}

static void asks_for_more_at_every_cut(void) {
    for (size_t n = 0; n < LEN(REPLY); n++) UNIT_INT(parse(REPLY, n), 0);
    UNIT_INT(parse(REPLY, LEN(REPLY)), LEN(REPLY));
    UNIT_INT(parse(REPLY, LEN(REPLY) + 1), LEN(REPLY)); /* what follows stays */
}

/* Each bit of the flags alone, and the four bits of Opcode and RCODE. */
static void reads_and_writes_each_flag(void) {
    for (int bit = 0; bit < 16; bit++) {
        char header[12] = {0};
        header[bit < 8 ? 3 : 2] = (char)(1 << bit % 8);
        UNIT_INT(parse(header, 12), 12);
        UNIT_INT(m.is_response, bit == 15);
        UNIT_INT(m.opcode, bit >= 11 && bit < 15 ? 1 << (bit - 11) : 0);
        UNIT_INT(m.is_authoritative, bit == 10);
        UNIT_INT(m.is_truncated, bit == 9);
        UNIT_INT(m.recursion_desired, bit == 8);
        UNIT_INT(m.recursion_available, bit == 7);
        UNIT_INT(m.z, bit >= 4 && bit < 7 ? 1 << (bit - 4) : 0);
        UNIT_INT(m.rcode, bit < 4 ? 1 << bit : 0);
        struct buf out = {.max = 12};
        UNIT_TRUE(dns_write(&out, &m, 12));
        UNIT_INT(out.end, 12);
        UNIT_INT(memcmp(out.bytes, header, 12), 0);
        buf_free(&out);
    }
}

#define HEAD(q, a) "\0\1\x80\0\0" q "\0" a "\0\0\0\0"
#define ROOT_A "\0\0\1\0\1\0\0\0\0\0"
#define ROOT_IN "\0\1\0\0\0\0\0"

static void refuses_what_a_message_may_not_be(void) {
    static const struct {
        const char *bytes;
        size_t n;
        int result;
    } cases[] = {
        {HEAD("\2", "\0"), 12, DNS_ERR_COUNT}, /* RFC 9619 §4 */
        {"\0\1\x80\0\1\0\0\0\0\0\0\0", 12, DNS_ERR_COUNT},
        {HEAD("\0", "\x21"), 12, DNS_ERR_COUNT}, /* 33 records */
        {HEAD("\0", "\x20"), 12, 0},             /* 32 may follow */
        {"\0\1\x80\0\0\0\0\x10\0\x10\0\1", 12,
         DNS_ERR_COUNT}, /* all sections */
        {"\0\1\x80\0\0\0\0\x10\0\x0f\0\1", 12, 0},
        {"\0\1\x80\0\0\0\xff\xff\xff\xff\xff\xff", 12, DNS_ERR_COUNT},
        {HEAD("\1", "\0") "\xc0\x0c\0\1\0\1", 18, DNS_ERR_POINTER},
        {HEAD("\0", "\1") "\xc0\x0c\0\1\0\1", 18, DNS_ERR_POINTER},
        /* A: four bytes, RFC 1035 §3.4.1; but only in the class IN */
        {HEAD("\0", "\1") ROOT_A "\4\1\2\3\4", 27, 27},
        {HEAD("\0", "\1") ROOT_A "\3\1\2\3", 26, DNS_ERR_DATA},
        {HEAD("\0", "\1") ROOT_A "\5\1\2\3\4\5", 28, DNS_ERR_DATA},
        {HEAD("\0", "\1") "\0\0\1\0\3\0\0\0\0\0\3\1\2\3", 26, 26},
        /* AAAA: sixteen, RFC 3596 §2.2 */
        {HEAD("\0", "\1") "\0\0\x1c" ROOT_IN "\4\1\2\3\4", 27, DNS_ERR_DATA},
        /* CNAME, NS, PTR: one name, RFC 1035 §3.3.1, §3.3.11, §3.3.12 */
        {HEAD("\0", "\1") "\0\0\5" ROOT_IN "\3\1a\0", 26, 26},
        {HEAD("\0", "\1") "\0\0\5" ROOT_IN "\4\1a\0\0", 27, DNS_ERR_DATA},
        {HEAD("\0", "\1") "\0\0\5" ROOT_IN "\2\1a\0", 26, DNS_ERR_DATA},
        {HEAD("\0", "\1") "\0\0\5" ROOT_IN "\0", 23, DNS_ERR_DATA},
        {HEAD("\0", "\1") "\0\0\2" ROOT_IN "\1\1a\0", 26, DNS_ERR_DATA},
        {HEAD("\0", "\1") "\0\0\x0c" ROOT_IN "\1\1a\0", 26, DNS_ERR_DATA},
        {HEAD("\0", "\1") "\0\0\5" ROOT_IN "\2\xc0\x17", 25, DNS_ERR_POINTER},
        /* a type that is not known: its bytes are taken as they are */
        {HEAD("\0", "\1") "\0\0\6" ROOT_IN "\1\1", 24, 24},
        {HEAD("\0", "\1") "\0\0\6" ROOT_IN "\0", 23, 23},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        UNIT_INT(parse(cases[i].bytes, cases[i].n), cases[i].result);
}

/* What it writes has the bytes of REPLY: the same compression. */
static void writes_what_it_read(void) {
    struct buf out = {.max = 1 + LEN(REPLY)};
    reads_a_reply();
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
        reads_a_reply();
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
    reads_a_reply();
    UNIT_FALSE(dns_write(&out, &m, 512));
    UNIT_INT(out.end, 0);
    UNIT_TRUE(out.failed);
    buf_free(&out);
}

static struct dns_name name_from(const char *from) {
    struct dns_name name;
    UNIT_INT(dns_name_from(&name, from), 0);
    return name;
}

static struct dns_record *add(const char *name, uint16_t type) {
    struct dns_record *r = &m.records[m.counts[DNS_ANSWERS]++];
    *r = (struct dns_record){.type = type, .class = DNS_IN};
    r->name = name_from(name);
    if (type == DNS_A) address_parse(&r->address, "192.0.2.1");
    return r;
}

/* Fills m with n records A of "a", and then an OPT of 11 bytes. */
static void fill(int n, bool has_opt) {
    m = (struct dns_message){.question_count = 1};
    m.question = (struct dns_question){name_from("a"), DNS_A, DNS_IN};
    for (int i = 0; i < n; i++) add("a", DNS_A);
    if (!has_opt) return;
    m.records[n] = (struct dns_record){.type = DNS_OPT, .class = 512};
    m.records[n].name = name_from(".");
    m.counts[DNS_ADDITIONAL] = 1;
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
static void points_to_nothing_that_was_cut(void) {
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

/* What is after the last record or place is not looked at: an OPT record from
 * before, and an ID and flags that look like the name "a". */
static void looks_only_at_what_is_there(void) {
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

/* Each name has one label more than the one before, so it points to it. Nobody
 * would follow 30 pointers: the writer begins anew. */
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

/* Adds the CNAMEs from n9 to n8 and so on to n0, the first one last. */
static void add_chain(int links) {
    fill(0, false);
    for (int i = 0; i < links; i++) {
        char from[8], to[8];
        snprintf(from, sizeof from, "n%d", i + 1);
        snprintf(to, sizeof to, "n%d", i);
        add(from, DNS_CNAME)->target = name_from(to);
    }
}

static int follow(const char *from, struct dns_name *name) {
    *name = name_from(from);
    return dns_follow(m.records, m.counts[DNS_ANSWERS], name);
}

static void follows_cnames_in_any_order_up_to_eight(void) {
    struct dns_name name;
    add_chain(8);
    UNIT_INT(follow("N8", &name), 8);
    name_is(&name, "n0");
    UNIT_INT(follow("n1", &name), 1);
    UNIT_INT(follow("n0", &name), 0);
    name_is(&name, "n0");
    add_chain(9);
    UNIT_INT(follow("n9", &name), DNS_ERR_CHAIN);
    UNIT_INT(follow("n8", &name), 8);
    add("n0", DNS_CNAME)->target = name_from("n9"); /* a circle */
    UNIT_INT(follow("n3", &name), DNS_ERR_CHAIN);
    m.counts[DNS_ANSWERS] = 1; /* what is after the end does not count */
    UNIT_INT(follow("n2", &name), 0);
    m.records[0].type = DNS_NS; /* its target is no canonical name */
    UNIT_INT(follow("n1", &name), 0);
}

static const char *answer_of(const char *name, uint16_t type, uint16_t class) {
    m.question = (struct dns_question){name_from(name), type, class};
    const struct dns_record *r = dns_answer(&m);
    if (!r) return "none";
    return address_text(&r->address, text);
}

/* By way of the CNAMEs, and of no record that was not asked for. */
static void finds_the_answer(void) {
    static const struct {
        const char *name;
        uint16_t type, class;
        const char *expected;
    } cases[] = {
        {"n1", DNS_A, DNS_IN, "192.0.2.1"}, {"N0", DNS_A, DNS_IN, "192.0.2.1"},
        {"n0", DNS_AAAA, DNS_IN, "none"},   {"n2", DNS_A, DNS_IN, "none"},
        {"n0", DNS_A, 3, "none"},           {"n9", DNS_CNAME, DNS_IN, "none"},
    };
    add_chain(1);
    add("n0", DNS_A);
    add("b", DNS_A);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got =
            answer_of(cases[i].name, cases[i].type, cases[i].class);
        UNIT_TEXT(got, strlen(got), cases[i].expected);
    }
    m.counts[DNS_ANSWERS] = 1; /* an additional record is no answer */
    m.counts[DNS_ADDITIONAL] = 1;
    UNIT_INT(strcmp(answer_of("n1", DNS_A, DNS_IN), "none"), 0);
    m.counts[DNS_ANSWERS] = 2;
    m.question_count = 0;
    UNIT_INT(strcmp(answer_of("n0", DNS_A, DNS_IN), "none"), 0);
    add_chain(9);
    add("n0", DNS_A);
    UNIT_INT(strcmp(answer_of("n9", DNS_A, DNS_IN), "none"), 0);
}

static void compares_questions(void) {
    static struct dns_message other;
    fill(0, false);
    other = m;
    other.question.name = name_from("A");
    UNIT_TRUE(dns_question_equal(&m, &other));
    other.question.name = name_from("b");
    UNIT_FALSE(dns_question_equal(&m, &other));
    other = m;
    other.question.type = DNS_AAAA;
    UNIT_FALSE(dns_question_equal(&m, &other));
    other = m;
    other.question.class = 3;
    UNIT_FALSE(dns_question_equal(&m, &other));
    other = m;
    other.question_count = 0;
    UNIT_FALSE(dns_question_equal(&m, &other));
    UNIT_FALSE(dns_question_equal(&other, &m));
}

UNIT_MAIN("packets/dns", UNIT_TEST(reads_a_reply),
          UNIT_TEST(writes_records_as_text),
          UNIT_TEST(asks_for_more_at_every_cut),
          UNIT_TEST(reads_and_writes_each_flag),
          UNIT_TEST(refuses_what_a_message_may_not_be),
          UNIT_TEST(writes_what_it_read),
          UNIT_TEST(writes_no_more_than_the_buffer_takes),
          UNIT_TEST(appends_nothing_after_a_failure),
          UNIT_TEST(truncates_between_records_and_keeps_opt),
          UNIT_TEST(keeps_opt_at_the_end_of_a_buffer),
          UNIT_TEST(counts_the_data_of_opt),
          UNIT_TEST(leaves_out_all_that_follows),
          UNIT_TEST(points_to_nothing_that_was_cut),
          UNIT_TEST(looks_only_at_what_is_there),
          UNIT_TEST(writes_zero_bytes_and_roots),
          UNIT_TEST(keeps_capital_letters),
          UNIT_TEST(writes_no_pointer_that_it_would_not_follow),
          UNIT_TEST(points_only_where_a_pointer_can),
          UNIT_TEST(forgets_places_without_harm),
          UNIT_TEST(follows_cnames_in_any_order_up_to_eight),
          UNIT_TEST(finds_the_answer), UNIT_TEST(compares_questions))
