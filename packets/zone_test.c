/* zone_test.c: packets/zone.h against RFC 1034 §4.3.2 and RFC 6891 */
#include "packets/cursor.h"
#include "packets/unit.h"
#include "packets/zone.h"

static const struct zone_row ROWS[] = {
    {"www.example", DNS_CNAME, "host.example", 0},
    {"host.example", DNS_A, "192.0.2.10", 0},
    {"host.example", DNS_A, "192.0.2.11", 0},
    {"host.example", DNS_AAAA, "2001:db8::10", 0},
    {"a.deep.example", DNS_A, "192.0.2.12", 0},
    {"lost.example", DNS_CNAME, "nowhere.example", 0},
    {"away.example", DNS_CNAME, "www.other", 0},
    {"ring.example", DNS_CNAME, "back.example", 0},
    {"back.example", DNS_CNAME, "ring.example", 0},
    {"n8.example", DNS_CNAME, "n7.example", 0},
    {"n7.example", DNS_CNAME, "n6.example", 0},
    {"n6.example", DNS_CNAME, "n5.example", 0},
    {"n5.example", DNS_CNAME, "n4.example", 0},
    {"n4.example", DNS_CNAME, "n3.example", 0},
    {"n3.example", DNS_CNAME, "n2.example", 0},
    {"n2.example", DNS_CNAME, "n1.example", 0},
    {"n1.example", DNS_CNAME, "host.example", 0},
    {NULL, 0, NULL, 0},
};
static const struct zone ZONE = {"example", 60, ROWS};

static struct dns_message query, reply;

static void ask_for(const char *name, uint16_t type) {
    query = (struct dns_message){
        .id = 0xabcd, .recursion_desired = true, .question_count = 1};
    UNIT_INT(dns_name_from(&query.question.name, name), 0);
    query.question.type = type;
    query.question.class = DNS_IN;
}

static void add_opt(uint32_t ttl) {
    query.counts[DNS_ADDITIONAL] = 1;
    query.records[0] =
        (struct dns_record){.type = DNS_OPT, .class = 1232, .ttl = ttl};
    UNIT_INT(dns_name_from(&query.records[0].name, "."), 0);
}

/* Passes query to the zone. True: reply is its reply. */
static bool is_answered_by(const struct zone *z) {
    struct buf in = {.max = 600};
    static struct buf out = {.max = DNS_MAX_UDP}; /* reply borrows from it */
    buf_free(&out);
    UNIT_TRUE(dns_write(&in, &query, 600));
    uint8_t *exact = unit_exact(in.bytes, in.end);
    bool is_answered = zone_answer(z, (struct span){exact, in.end}, &out);
    free(exact);
    buf_free(&in);
    if (is_answered)
        UNIT_INT(dns_parse(buf_view(&out), &reply), buf_view(&out).len);
    if (!is_answered) UNIT_INT(buf_view(&out).len, 0);
    return is_answered;
}

static void answers_as_the_table_says(void) {
    static const struct {
        const char *name;
        uint16_t type;
        int rcode, answers;
        bool is_authoritative;
    } cases[] = {
        {"host.example", DNS_A, DNS_NOERROR, 2, true},
        {"HOST.Example", DNS_A, DNS_NOERROR, 2, true}, /* RFC 4343 */
        {"host.example", DNS_AAAA, DNS_NOERROR, 1, true},
        {"host.example", 16, DNS_NOERROR, 0, true},
        {"www.example", DNS_A, DNS_NOERROR, 3, true},
        {"www.example", 16, DNS_NOERROR, 1, true},
        {"www.example", DNS_CNAME, DNS_NOERROR, 1, true},
        {"no.example", DNS_A, DNS_NXDOMAIN, 0, true},
        {"no.host.example", DNS_A, DNS_NXDOMAIN, 0, true},
        {"example", DNS_A, DNS_NOERROR, 0, true},
        {"deep.example", DNS_A, DNS_NOERROR, 0, true},  /* RFC 4592 §2.2.2 */
        {"lost.example", DNS_A, DNS_NXDOMAIN, 1, true}, /* RFC 6604 §3 */
        {"away.example", DNS_A, DNS_NOERROR, 1, true},
        {"www.other", DNS_A, DNS_REFUSED, 0, false},
        {".", DNS_A, DNS_REFUSED, 0, false},
        {"n8.example", DNS_A, DNS_NOERROR, 10, true}, /* 8 CNAMEs */
        {"ring.example", DNS_A, DNS_SERVFAIL, 0, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ask_for(cases[i].name, cases[i].type);
        UNIT_TRUE(is_answered_by(&ZONE));
        UNIT_INT(reply.id, 0xabcd);
        UNIT_TRUE(reply.is_response);
        UNIT_TRUE(reply.recursion_desired); /* copied, RFC 1035 §4.1.1 */
        UNIT_FALSE(reply.recursion_available);
        UNIT_FALSE(reply.is_truncated);
        UNIT_INT(reply.rcode, cases[i].rcode);
        UNIT_INT(reply.is_authoritative, cases[i].is_authoritative);
        UNIT_INT(dns_record_count(&reply), cases[i].answers);
        UNIT_INT(reply.counts[DNS_ANSWERS], cases[i].answers);
        UNIT_TRUE(span_equal(dns_name_span(&reply.question.name),
                             dns_name_span(&query.question.name)));
        UNIT_INT(reply.question.type, cases[i].type);
    }
}

static void follows_an_alias_to_its_addresses(void) {
    char text[DNS_TEXT_MAX], address[ADDRESS_TEXT_MAX];
    ask_for("www.example", DNS_A);
    UNIT_TRUE(is_answered_by(&ZONE));
    UNIT_INT(reply.records[0].type, DNS_CNAME);
    UNIT_INT(reply.records[0].ttl, 60);
    UNIT_TRUE(dns_name_equal(&reply.records[0].name, &query.question.name));
    dns_name_text(&reply.records[0].target, text);
    UNIT_TEXT(text, strlen(text), "host.example");
    UNIT_TRUE(dns_name_equal(&reply.records[1].name, &reply.records[0].target));
    address_text(&reply.records[2].address, address);
    UNIT_TEXT(address, strlen(address), "192.0.2.11");
}

/* Nine aliases in a row are one too many for us and for dns_follow. */
static void ends_a_long_chain_with_an_error(void) {
    struct zone_row rows[sizeof ROWS / sizeof *ROWS + 1] = {
        {"n9.example", DNS_CNAME, "n8.example", 0}};
    memcpy(rows + 1, ROWS, sizeof ROWS);
    struct zone longer = {"example", 60, rows};
    ask_for("n9.example", DNS_A);
    UNIT_TRUE(is_answered_by(&longer));
    UNIT_INT(reply.rcode, DNS_SERVFAIL);
    UNIT_INT(dns_record_count(&reply), 0);
}

/* 31 addresses fit into a struct dns_message, 30 into 512 bytes: 12 + 14 + 4,
 * and 16 for each. */
static void truncates_a_reply_that_does_not_fit(void) {
    char address[ADDRESS_TEXT_MAX];
    for (int n = 0; n <= 250; n++) {
        struct zone_row rows[] = {{"many.example", DNS_A, "192.0.2.1", n},
                                  {NULL, 0, NULL, 0}};
        struct zone many = {"example", 60, rows};
        ask_for("many.example", DNS_A);
        UNIT_TRUE(is_answered_by(&many));
        int expected = n == 0 ? 1 : n < 30 ? n : 30;
        UNIT_INT(reply.counts[DNS_ANSWERS], expected);
        UNIT_INT(reply.is_truncated, n > 30);
        address_text(&reply.records[expected - 1].address, address);
        UNIT_TRUE(strncmp(address, "192.0.2.", 8) == 0);
        UNIT_INT(atoi(address + 8), expected);
    }
}

/* With OPT, a record less: 11 bytes of it do not leave 16. */
static void truncates_one_earlier_with_opt(void) {
    struct zone_row rows[] = {{"many.example", DNS_A, "192.0.2.1", 40},
                              {NULL, 0, NULL, 0}};
    struct zone many = {"example", 60, rows};
    ask_for("many.example", DNS_A);
    add_opt(0);
    UNIT_TRUE(is_answered_by(&many));
    UNIT_INT(reply.counts[DNS_ANSWERS], 29);
    UNIT_INT(reply.counts[DNS_ADDITIONAL], 1);
    UNIT_TRUE(reply.is_truncated);
}

/* The class IN, the opcode QUERY, one question, and no reply to a reply. */
static void refuses_other_queries(void) {
    ask_for("host.example", DNS_A);
    query.question.class = 3;
    UNIT_TRUE(is_answered_by(&ZONE));
    UNIT_INT(reply.rcode, DNS_REFUSED);

    ask_for("host.example", DNS_A);
    query.opcode = 4;
    UNIT_TRUE(is_answered_by(&ZONE));
    UNIT_INT(reply.rcode, DNS_NOTIMP);
    UNIT_INT(reply.opcode, 4);
    UNIT_INT(reply.counts[DNS_ANSWERS], 0);

    ask_for("host.example", DNS_A);
    query.question_count = 0;
    UNIT_TRUE(is_answered_by(&ZONE));
    UNIT_INT(reply.rcode, DNS_FORMERR);

    ask_for("host.example", DNS_A);
    query.is_response = true;
    UNIT_FALSE(is_answered_by(&ZONE));
}

/* Flags that a query must not have are not copied. */
static void sets_its_own_flags(void) {
    ask_for("host.example", DNS_A);
    query.is_authoritative = query.is_truncated = true;
    query.recursion_available = true;
    query.recursion_desired = false;
    query.z = 7;
    query.rcode = 9;
    UNIT_TRUE(is_answered_by(&ZONE));
    UNIT_FALSE(reply.is_truncated);
    UNIT_FALSE(reply.recursion_available);
    UNIT_FALSE(reply.recursion_desired);
    UNIT_INT(reply.z, 0);
    UNIT_INT(reply.rcode, 0);
    ask_for("www.other", DNS_A);
    query.is_authoritative = true;
    UNIT_TRUE(is_answered_by(&ZONE));
    UNIT_FALSE(reply.is_authoritative);
}

/* RFC 6891 §6.1.1 */
static void answers_opt_with_opt(void) {
    ask_for("host.example", DNS_A);
    add_opt(0x00008000); /* version 0, and the bit DO */
    UNIT_TRUE(is_answered_by(&ZONE));
    UNIT_INT(reply.rcode, DNS_NOERROR);
    UNIT_INT(reply.counts[DNS_ANSWERS], 2);
    UNIT_INT(reply.counts[DNS_ADDITIONAL], 1);
    UNIT_INT(reply.records[2].type, DNS_OPT);
    UNIT_INT(reply.records[2].class, 512);
    UNIT_INT(reply.records[2].ttl, 0);
    UNIT_INT(reply.records[2].name.len, 1);

    add_opt(1 << 16); /* RFC 6891 §6.1.3: BADVERS is 16, and no answers */
    UNIT_TRUE(is_answered_by(&ZONE));
    UNIT_INT(reply.rcode, 0);
    UNIT_INT(reply.counts[DNS_ANSWERS], 0);
    UNIT_INT(reply.counts[DNS_ADDITIONAL], 1);
    UNIT_INT(reply.records[0].ttl, 1 << 24);
}

/* RFC 6891 §6.1.1: more than one OPT MUST be refused with FORMERR. The reply
 * has one (§7), and the question. */
static void refuses_two_opt_records(void) {
    for (uint16_t last = DNS_OPT; last >= DNS_OPT - 1; last--) {
        ask_for("host.example", DNS_A);
        add_opt(0);
        query.counts[DNS_ADDITIONAL] = 3;
        query.records[2] = query.records[0];
        query.records[1] = query.records[0];
        query.records[1].type = 16; /* TXT */
        query.records[2].type = last;
        UNIT_TRUE(is_answered_by(&ZONE));
        bool has_two = last == DNS_OPT;
        UNIT_INT(reply.rcode, has_two ? DNS_FORMERR : 0);
        UNIT_INT(reply.counts[DNS_ANSWERS] == 0, has_two);
        UNIT_INT(reply.question_count, 1);
        UNIT_INT(reply.counts[DNS_ADDITIONAL], 1);
    }
}

/* OPT can be the second record; and a reply has no record of the query. */
static void answers_with_records_of_its_own(void) {
    ask_for("host.example", DNS_A);
    add_opt(0);
    query.records[1] = query.records[0];
    query.records[0].type = 16;
    query.counts[DNS_AUTHORITY] = 1;
    UNIT_TRUE(is_answered_by(&ZONE));
    UNIT_INT(reply.counts[DNS_ANSWERS], 2);
    UNIT_INT(reply.counts[DNS_AUTHORITY], 0);
    UNIT_INT(reply.counts[DNS_ADDITIONAL], 1);
    UNIT_INT(reply.records[2].type, DNS_OPT);

    query.counts[DNS_ADDITIONAL] = 0;
    UNIT_TRUE(is_answered_by(&ZONE));
    UNIT_INT(dns_record_count(&reply), 2);
}

/* The OPT of a query that is cut after it is ignored. */
static void ignores_opt_in_half_a_query(void) {
    static uint8_t bytes[] = "\xab\xcd\1\0\0\0\0\0\0\0\0\2"
                             "\0\0\x29\2\0\0\0\0\0\0";
    struct buf out = {.max = DNS_MAX_UDP};
    UNIT_TRUE(zone_answer(&ZONE, (struct span){bytes, sizeof bytes}, &out));
    UNIT_INT(out.end, 12);
    buf_free(&out);
}

/* A header gets a reply; fewer bytes have no ID to reply with. */
static void answers_half_a_query_with_formerr(void) {
    static const uint8_t bytes[] = "\xab\xcd\1\0\0\1\0\0\0\0\0\0\4host\7exam";
    for (size_t n = 0; n < sizeof bytes - 1; n++) {
        struct buf out = {.max = DNS_MAX_UDP};
        uint8_t *exact = unit_exact(bytes, n);
        UNIT_INT(zone_answer(&ZONE, (struct span){exact, n}, &out), n >= 12);
        if (n >= 12) {
            UNIT_INT(dns_parse(buf_view(&out), &reply), 12);
            UNIT_INT(reply.id, 0xabcd);
            UNIT_INT(reply.rcode, DNS_FORMERR);
        }
        free(exact);
        buf_free(&out);
    }
}

UNIT_MAIN("packets/zone", UNIT_TEST(answers_as_the_table_says),
          UNIT_TEST(follows_an_alias_to_its_addresses),
          UNIT_TEST(ends_a_long_chain_with_an_error),
          UNIT_TEST(truncates_a_reply_that_does_not_fit),
          UNIT_TEST(truncates_one_earlier_with_opt),
          UNIT_TEST(refuses_other_queries), UNIT_TEST(sets_its_own_flags),
          UNIT_TEST(answers_opt_with_opt), UNIT_TEST(refuses_two_opt_records),
          UNIT_TEST(answers_with_records_of_its_own),
          UNIT_TEST(ignores_opt_in_half_a_query),
          UNIT_TEST(answers_half_a_query_with_formerr))
