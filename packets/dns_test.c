/* dns_test.c: packets/dns.h against RFC 1035 §4, RFC 3596, RFC 1034 §3.6.2 */
#include "packets/dns_unit.h"

/* The spans of m are not valid after that. */
static int parse(const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    int got = dns_parse((struct span){exact, n}, &m);
    free(exact);
    return got;
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

static void refuses_invalid_messages(void) {
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

/* Adds the CNAMEs from n9 to n8 and so on to n0, the first one last. */
static void add_chain(int links) {
    fill(0, false);
    for (int i = 0; i < links; i++) {
        char from[16], to[16];
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

/* By way of the CNAMEs, and of no record that was not requested. */
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
          UNIT_TEST(refuses_invalid_messages),
          UNIT_TEST(follows_cnames_in_any_order_up_to_eight),
          UNIT_TEST(finds_the_answer), UNIT_TEST(compares_questions))
