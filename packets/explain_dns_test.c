/* explain_dns_test.c: packets/explain_dns.h against RFC 1035 */
#include "packets/explain_dns.h"
#include "packets/unit.h"

static char words_text[EXPLAIN_WORDS_MAX];
static struct explain e;
static uint8_t *input; /* an exact copy */

static void explain(const char *bytes, size_t n) {
    struct dissector d;
    free(input);
    input = unit_exact(bytes, n);
    explain_free(&e);
    explain_init(&e, 1 << 20);
    dissector_begin(&d, &e, (struct span){input, n}, EXPLAIN_APPLICATION,
                    "data");
    explain_dns(&d);
    UNIT_TRUE(dissector_finish(&d));
    UNIT_TRUE(explain_is_complete(&e));
}

/* Expects the k-th field of that name, from 0 on. */
static void expect(const char *name, int k, uint64_t number,
                   const char *words) {
    for (size_t i = 0; i < explain_count(&e); i++) {
        const struct explain_field *f = explain_field(&e, i);
        if (strcmp(f->name, name) != 0 || k-- > 0) continue;
        UNIT_INT(f->number, number);
        UNIT_TEXT(explain_words(&e, f, words_text),
                  strlen(explain_words(&e, f, words_text)), words);
        return;
    }
    printf("there is no %s\n", name);
    UNIT_TRUE(false);
}

#define HEADER "\x12\x34\x85\x80\x00\x01\x00\x02\x00\x01\x00\x01"
#define QUESTION                                                               \
    "\x03www\x07"                                                              \
    "example\x00\x00\x1c\x00\x01"
#define CNAME "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x04\x01h\xc0\x10"
#define AAAA                                                                   \
    "\x01h\xc0\x10\x00\x1c\x00\x01\x00\x00\x00\x3c\x00\x10\xfd\x00\x00\x00"    \
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
#define SOA "\x00\x00\x06\x00\x01\x00\x00\x00\x00\x00\x02zz"
#define OPT "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"
#define MESSAGE HEADER QUESTION CNAME AAAA SOA OPT

static void names_every_field(void) {
    explain(MESSAGE, sizeof MESSAGE - 1);
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    expect("ID", 0, 0x1234, "");
    expect("QR", 0, 1, "response");
    expect("AA", 0, 1, "");
    expect("RD", 0, 1, "");
    expect("RA", 0, 1, "");
    expect("ANCOUNT", 0, 2, "");
    expect("QNAME", 0, 0, "www.example");
    expect("length", 1, 7, "");
    expect("QTYPE", 0, 28, "AAAA");
    expect("QCLASS", 0, 1, "IN");
    expect("pointer", 0, 3, "");
    expect("OFFSET", 0, 12, "");
    expect("NAME", 0, 0, "www.example");
    expect("TYPE", 0, 5, "CNAME");
    expect("TTL", 0, 60, "seconds");
    expect("RDNAME", 0, 0, "h.example");
    expect("NAME", 1, 0, "h.example");
    expect("ADDRESS", 0, 0, "fd00::1");
    expect("NAME", 2, 0, ".");
    expect("RDATA", 0, 0, "");
    expect("CLASS", 3, 1232, "the sender's UDP payload size");
}

static void every_prefix_names_its_cut(void) {
    for (size_t n = 0; n < sizeof MESSAGE - 1; n++) {
        explain(MESSAGE, n);
        UNIT_INT(e.cut_count, 1);
        UNIT_INT(e.wrong_count, 0);
        UNIT_TRUE(explain_field(&e, explain_count(&e) - 1)->is_cut);
    }
    explain(MESSAGE, 13); /* ends after the length of the first label */
    const struct explain_field *last = explain_field(&e, explain_count(&e) - 1);
    UNIT_TRUE(strcmp(last->name, "label") == 0);
}

static void names_the_rule_that_is_broken(void) {
    static const struct {
        size_t at;
        char value;
        const char *name, *words;
    } cases[] = {
        {12, 0x40, "QNAME", "a label has 1 to 63 bytes"},
        {12, (char)0x80, "QNAME", "a label has 1 to 63 bytes"},
        {30, 29, "NAME", "a pointer leads to a prior name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[] = MESSAGE;
        bytes[cases[i].at] = cases[i].value;
        explain(bytes, sizeof MESSAGE - 1);
        expect(cases[i].name, 0, 0, cases[i].words);
        UNIT_TRUE(e.wrong_count > 0);
    }
    static const char a[] = "\0\0\0\0\0\0\0\1\0\0\0\0"
                            "\0\0\1\0\1\0\0\0\0\0\3abc";
    explain(a, sizeof a - 1);
    expect("RDLENGTH", 0, 3, "it does not fit the type");
    UNIT_INT(e.wrong_count, 1);
    expect("QR", 0, 0, "query");
}

/* RFC 1035 §3.2.2, §3.2.3, RFC 2782, RFC 3596, RFC 6891, RFC 9460 */
static void names_the_types(void) {
    static const struct {
        unsigned char type;
        const char *expected;
    } cases[] = {{1, "A"},    {2, "NS"},   {5, "CNAME"},  {6, "SOA"},
                 {12, "PTR"}, {15, "MX"},  {16, "TXT"},   {28, "AAAA"},
                 {33, "SRV"}, {41, "OPT"}, {65, "HTTPS"}, {255, "*"},
                 {7, ""},     {0, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[] = "\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\1";
        bytes[14] = (char)cases[i].type;
        explain(bytes, sizeof bytes - 1);
        expect("QTYPE", 0, cases[i].type, cases[i].expected);
        expect("QCLASS", 0, 1, "IN");
    }
}

static void section_is(const char *name, const char *expected) {
    for (size_t i = 0; i < explain_count(&e); i++) {
        const char *section = explain_field(&e, i)->section;
        if (strcmp(explain_field(&e, i)->name, name) == 0)
            UNIT_TEXT(section, strlen(section), expected);
    }
}

/* RFC 1035 §4.1.1, RFC 1996, RFC 2136; AD and CD are of RFC 4035. */
static void names_the_flags(void) {
    static const char *const opcodes[] = {"a standard query", "",       "", "",
                                          "NOTIFY",           "UPDATE", ""};
    static const char *const rcodes[] = {"no error",
                                         "format error",
                                         "server failure",
                                         "name error",
                                         "not implemented",
                                         "refused",
                                         ""};
    for (int i = 0; i < 7; i++) {
        char bytes[] = "\0\0\0\0\0\0\0\0\0\0\0\0";
        bytes[2] = (char)(i << 3);
        bytes[3] = (char)i;
        explain(bytes, sizeof bytes - 1);
        expect("Opcode", 0, (uint64_t)i, opcodes[i]);
        expect("RCODE", 0, (uint64_t)i, rcodes[i]);
        expect("TC", 0, 0, "");
    }
    explain("\0\0\2\x70\0\0\0\0\0\0\0\0", 12);
    expect("TC", 0, 1, "truncated");
    expect("Z", 0, 1, "not 0, and ignored");
    expect("AD", 0, 1, "");
    expect("CD", 0, 1, "");
    section_is("AD", "RFC 4035 §3.1.6");
    section_is("CD", "RFC 4035 §3.1.6");
    section_is("RD", "RFC 1035 §4.1.1");
}

static void headers_end_where_their_fields_end(void) {
    explain(MESSAGE, sizeof MESSAGE - 1);
    section_is("pointer", "RFC 1035 §4.1.4");
    section_is("OFFSET", "RFC 1035 §4.1.4");
    static const struct {
        const char *name;
        uint32_t bytes;
    } cases[] = {{"DNS", 12}, {"Question", 17}, {"Answer", 16}};
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < explain_count(&e); i++)
            if (strcmp(explain_field(&e, i)->name, cases[k].name) == 0) {
                UNIT_INT(explain_field(&e, i)->bits, cases[k].bytes * 8);
                UNIT_INT(explain_field(&e, i)->depth, 0);
                break;
            }
    expect("TTL", 3, 0, "extended RCODE and flags");
}

#define RECORD "\0\0\0\0\0\0\0\1\0\0\0\0\0\0"

static bool has(const char *name) {
    for (size_t i = 0; i < explain_count(&e); i++)
        if (strcmp(explain_field(&e, i)->name, name) == 0) return true;
    return false;
}

static void data_that_fits_its_type_is_explained(void) {
    explain(RECORD "\1\0\1\0\0\0\0\0\4\x0a\0\0\1", 27);
    expect("ADDRESS", 0, 0, "10.0.0.1");
    expect("RDLENGTH", 0, 4, "");
    UNIT_INT(e.wrong_count, 0);
    explain(RECORD "\6\0\1\0\0\0\0\0\4\x0a\0\0\1", 27); /* SOA */
    UNIT_FALSE(has("ADDRESS"));
    UNIT_TRUE(has("RDATA"));
    explain(RECORD "\x1c\0\1\0\0\0\0\0\4\x0a\0\0\1", 27); /* AAAA */
    expect("RDLENGTH", 0, 4, "it does not fit the type");
    UNIT_FALSE(has("ADDRESS"));
    explain(RECORD "\1\0\3\0\0\0\0\0\1x", 24); /* of another class */
    expect("CLASS", 0, 3, "");
    UNIT_INT(e.wrong_count, 0);
    explain(RECORD "\2\0\1\0\0\0\0\0\0", 23); /* NS without a name */
    UNIT_FALSE(has("RDNAME"));
    explain(RECORD "\2\0\1\0\0\0\0\0\1\0", 24); /* NS of the root */
    expect("RDNAME", 0, 0, ".");
    expect("CLASS", 0, 1, "IN");
    explain(RECORD "\x0c\0\1\0\0\0\0\0\3\1a\0", 26); /* PTR */
    expect("RDNAME", 0, 0, "a");
}

/* RFC 1035 §2.3.4: 63 octets or less. */
static void a_label_has_63_bytes_at_most(void) {
    char bytes[12 + 1 + 64 + 1 + 4] = {[5] = 1}, name[64] = "";
    for (size_t len = 62; len <= 63; len++) {
        memset(bytes + 12, 0, sizeof bytes - 12);
        bytes[12] = (char)len;
        memset(bytes + 13, 'a', len);
        memset(name, 'a', len);
        bytes[12 + 1 + len + 1 + 1] = 1; /* QTYPE */
        explain(bytes, 12 + 1 + len + 1 + 4);
        expect("length", 0, len, "");
        expect("QNAME", 0, 0, name);
        expect("QTYPE", 0, 1, "A");
        UNIT_INT(e.wrong_count + e.cut_count, 0);
    }
}

/* RFC 1035 §2.3.4: five labels of 63 bytes. */
static void a_name_of_256_bytes_is_too_long(void) {
    char bytes[12 + 320 + 5] = {[5] = 1};
    for (size_t i = 0; i < 5; i++) bytes[12 + 64 * i] = 63;
    explain(bytes, sizeof bytes);
    expect("QNAME", 0, 0, "a name has at most 255 bytes");
    UNIT_INT(e.wrong_count, 1);
}

/* The name of each record is a pointer to that of the one before it. */
static void follows_16_pointers_and_no_more(void) {
    enum {
        RECORDS = 17,
        QNAME = 12,
        FIRST = QNAME + 3 + 4,
        LEN = 12
    };
    char bytes[FIRST + RECORDS * LEN] = {[5] = 1, [7] = RECORDS};
    memcpy(bytes + QNAME, "\1a\0\0\1\0\1", 7);
    for (size_t i = 0; i < RECORDS; i++) {
        size_t to = i == 0 ? QNAME : FIRST + (i - 1) * LEN;
        bytes[FIRST + i * LEN] = (char)0xc0;
        bytes[FIRST + i * LEN + 1] = (char)to;
        bytes[FIRST + i * LEN + 3] = 16; /* TXT */
    }
    explain(bytes, sizeof bytes);
    for (int i = 0; i < 16; i++) expect("NAME", i, 0, "a");
    expect("NAME", 16, 0, "a limit: more than 16 pointers");
    UNIT_INT(e.wrong_count, 1);
}

/* Fills a message with as many copies of a part as fit into a datagram, after
 * its first bytes, and explains it. Returns its length. */
static size_t explain_repeated(const char *begin, size_t n, const char *part,
                               size_t size) {
    static char bytes[65507];
    memcpy(bytes, begin, n);
    for (; n + size <= sizeof bytes; n += size) memcpy(bytes + n, part, size);
    explain(bytes, n);
    return n;
}

static size_t memory(void) {
    return e.fields.cap + e.notes.cap + e.texts.cap + e.derived.cap;
}

/* The last field contains all bytes from one on, and says why. */
static void the_rest_is_left_out(size_t end) {
    const struct explain_field *f = explain_field(&e, explain_count(&e) - 1);
    UNIT_TEXT(f->name, strlen(f->name), "not explained");
    UNIT_INT(f->bit + f->bits, end * 8);
    const char *words = explain_words(&e, f, words_text);
    UNIT_TEXT(words, strlen(words), "a limit: more than 4096 fields");
    UNIT_TRUE(explain_count(&e) >= EXPLAIN_DNS_MAX_FIELDS);
    UNIT_TRUE(explain_count(&e) < EXPLAIN_DNS_MAX_FIELDS + 600);
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    UNIT_TRUE(memory() < 1 << 20);
}

/* The names of 5000 records are pointers to one of 253 characters. */
static void many_long_names_need_little_memory(void) {
    static const char txt[] = "\xc0\x0c\0\x10\0\1\0\0\0\x3c\0\0";
    static const char ns[] = "\xc0\x0c\0\2\0\1\0\0\0\x3c\0\2\xc0\x0c";
    char begin[12 + 255 + 4] = "\0\0\x81\x80\0\1\xff\xff\0\0\0\0", name[256];
    for (int i = 0; i < 4; i++) {
        begin[12 + 64 * i] = i < 3 ? 63 : 61;
        memset(begin + 12 + 64 * i + 1, 'a' + i, i < 3 ? 63 : 61);
        memcpy(name + 64 * i, begin + 12 + 64 * i + 1, 63);
        name[64 * i + 63] = '.';
    }
    name[EXPLAIN_WORDS_MAX - 1] = '\0'; /* more is cut */
    memcpy(begin + 12 + 255, "\0\1\0\1", 4);
    the_rest_is_left_out(
        explain_repeated(begin, sizeof begin, txt, sizeof txt - 1));
    expect("NAME", 0, 0, name);
    expect("NAME", 450, 0, name); /* 9 fields a record: 4096 are of 455 */
    the_rest_is_left_out(
        explain_repeated(begin, sizeof begin, ns, sizeof ns - 1));
    expect("RDNAME", 300, 0, name);
}

/* Questions of 6 and of 5 bytes; and names of 127 labels each. */
static void many_small_fields_need_little_memory(void) {
    static const char begin[] = "\0\0\0\0\xff\xff\0\0\0\0\0\0\0\0\1\0\1";
    char name[255 + 4] = "";
    size_t n = sizeof begin - 1;
    the_rest_is_left_out(explain_repeated(begin, n, "\xc0\x0c\0\1\0\1", 6));
    the_rest_is_left_out(explain_repeated(begin, n, "\0\0\1\0\1", 5));
    for (size_t i = 0; i < 254; i += 2) memcpy(name + i, "\1a", 2);
    memcpy(name + 255, "\0\1\0\1", 4);
    the_rest_is_left_out(explain_repeated(begin, n, name, sizeof name));
}

/* The DNS header has 16 fields, each question 5: 4096 with 816 of them. Fields
 * before the message do not count. */
static void explains_up_to_the_limit(void) {
    enum {
        BEFORE = 10, /* fields of a byte each */
        ALL = BEFORE + 12 + 816 * 5
    };
    static char bytes[ALL + 2] = {[BEFORE + 4] = 0x7f};
    struct dissector d;
    for (int i = 0; i < 816; i++)
        memcpy(bytes + BEFORE + 12 + 5 * i, "\0\0\1\0\1", 5);
    for (size_t more = 0; more <= 2; more++) {
        explain_free(&e);
        explain_init(&e, 1 << 20);
        dissector_begin(&d, &e, (struct span){(uint8_t *)bytes, ALL + more},
                        EXPLAIN_APPLICATION, "data");
        for (int i = 0; i < BEFORE; i++) dissector_bytes(&d, 1, "before");
        explain_dns(&d);
        UNIT_TRUE(dissector_finish(&d));
        UNIT_TRUE(explain_is_complete(&e));
        UNIT_INT(has("not explained"), more > 0);
        const struct explain_field *last =
            explain_field(&e, explain_count(&e) - 1);
        if (more > 0) UNIT_INT(last->bits, more * 8);
        if (more > 0) UNIT_INT(explain_count(&e), BEFORE + 4096 + 1);
    }
}

/* RFC 1035 §2.3.4: the root after 127 labels of one byte is the 255th byte. */
static void a_name_has_127_labels_at_most(void) {
    char bytes[12 + 256 + 5] = {[5] = 1};
    for (size_t i = 12; i < 12 + 254; i += 2) memcpy(bytes + i, "\1a", 2);
    bytes[12 + 255 + 1] = 1;
    bytes[12 + 255 + 3] = 1;
    explain(bytes, 12 + 255 + 4);
    expect("length", 127, 0, "");
    expect("QTYPE", 0, 1, "A");
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    memcpy(bytes + 12 + 254, "\1a\0\0\1\0\1", 7);
    explain(bytes, 12 + 256 + 5);
    expect("QNAME", 0, 0, "a name has at most 255 bytes");
    expect("length", 127, 1, "");
    UNIT_TRUE(has("not explained"));
    UNIT_INT(e.wrong_count, 1);
    UNIT_INT(e.cut_count, 1); /* QTYPE */
}

static void frees_its_memory(void) {
    explain_free(&e);
    free(input);
    input = NULL;
    UNIT_INT(explain_count(&e), 0);
}

UNIT_MAIN("packets/explain_dns", UNIT_TEST(names_every_field),
          UNIT_TEST(every_prefix_names_its_cut),
          UNIT_TEST(names_the_rule_that_is_broken), UNIT_TEST(names_the_types),
          UNIT_TEST(names_the_flags),
          UNIT_TEST(headers_end_where_their_fields_end),
          UNIT_TEST(data_that_fits_its_type_is_explained),
          UNIT_TEST(a_label_has_63_bytes_at_most),
          UNIT_TEST(a_name_of_256_bytes_is_too_long),
          UNIT_TEST(follows_16_pointers_and_no_more),
          UNIT_TEST(many_long_names_need_little_memory),
          UNIT_TEST(many_small_fields_need_little_memory),
          UNIT_TEST(explains_up_to_the_limit),
          UNIT_TEST(a_name_has_127_labels_at_most), UNIT_TEST(frees_its_memory))
