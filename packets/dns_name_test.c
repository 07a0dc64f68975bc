/* dns_name_test.c: packets/dns_name.h against RFC 1035 §2.3.4, §4.1.4, §5.1 */
#include "packets/dns_name.h"
#include "packets/unit.h"

#define EMPTY "\0\0\0\0\0\0\0\0\0\0\0\0" /* where a header would be */
#define LEN(bytes) (sizeof(bytes) - 1)

static char text[DNS_TEXT_MAX];
static struct dns_name name;

static int parse(const uint8_t *bytes, size_t n, size_t at) {
    uint8_t *exact = unit_exact(bytes, n);
    int got = dns_name_parse((struct span){exact, n}, at, &name);
    free(exact);
    return got;
}

/* Expects that the name at offset at occupies size bytes. */
static void reads(const uint8_t *bytes, size_t n, size_t at, int size,
                  const char *expected) {
    UNIT_INT(parse(bytes, n, at), size);
    dns_name_text(&name, text);
    UNIT_TEXT(text, strlen(text), expected);
}

/* The example of RFC 1035 §4.1.4, at the offsets that it has there. */
static void reads_the_example_of_the_standard(void) {
    uint8_t m[93] = {0};
    memcpy(m + 20, "\1F\3ISI\4ARPA\0", 12);
    memcpy(m + 40, "\3FOO\xc0\x14", 6);
    memcpy(m + 64, "\xc0\x1a", 2);
    reads(m, sizeof m, 20, 12, "F.ISI.ARPA");
    reads(m, sizeof m, 40, 6, "FOO.F.ISI.ARPA");
    reads(m, sizeof m, 64, 2, "ARPA");
    reads(m, sizeof m, 92, 1, ".");
}

static void asks_for_more_at_every_cut(void) {
    static const char m[] = EMPTY "\3www\7example\0\4mail\xc0\x10";
    for (size_t n = 12; n < 25; n++)
        UNIT_INT(parse((const uint8_t *)m, n, 12), 0);
    for (size_t n = 25; n < 32; n++) {
        UNIT_INT(parse((const uint8_t *)m, n, 12), 13);
        UNIT_INT(parse((const uint8_t *)m, n, 25), 0);
    }
    reads((const uint8_t *)m, LEN(m), 25, 7, "mail.example");
}

static void refuses_invalid_names(void) {
    static const struct {
        const char *bytes;
        size_t n, at;
        int error;
    } cases[] = {
        /* a pointer to itself, to a place after it, and into the header */
        {EMPTY "\xc0\x0c", 14, 12, DNS_ERR_POINTER},
        {EMPTY "\xc0\x0e\1a\0", 17, 12, DNS_ERR_POINTER},
        {EMPTY "\xc0\x0b", 14, 12, DNS_ERR_POINTER},
        {EMPTY "\xff\xff", 14, 12, DNS_ERR_POINTER},
        /* to the beginning of the labels that it ends: the loop with one "a" */
        {EMPTY "\1a\xc0\x0c", 16, 12, DNS_ERR_POINTER},
        /* two names that point to each other */
        {EMPTY "\1a\xc0\x10\1b\xc0\x0c", 20, 16, DNS_ERR_POINTER},
        /* 01 and 10 are reserved: RFC 1035 §4.1.4 */
        {EMPTY "\x40", 13, 12, DNS_ERR_LABEL},
        {EMPTY "\x80\x0c", 14, 12, DNS_ERR_LABEL},
        {EMPTY "\xbf\x0c", 14, 12, DNS_ERR_LABEL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        UNIT_INT(
            parse((const uint8_t *)cases[i].bytes, cases[i].n, cases[i].at),
            cases[i].error);
}

/* A name at 12, and then pointer after pointer, each to the one before it. */
static void follows_sixteen_pointers_and_no_more(void) {
    uint8_t m[12 + 3 + 2 * 17] = {[12] = 1, [13] = 'a'};
    size_t n = 15, target = 12;
    for (int i = 1; i <= 17; i++) {
        size_t at = n;
        m[n++] = 0xc0;
        m[n++] = (uint8_t)target;
        target = at;
        UNIT_INT(parse(m, n, at), i <= 16 ? 2 : DNS_ERR_DEPTH);
    }
}

/* Labels of 63, 63, 63 and 61 bytes, and the root: 255 bytes. */
static void takes_255_bytes_and_not_one_more(void) {
    uint8_t m[12 + 3 * 64 + 64 + 1] = {0};
    for (size_t i = 0; i < 4; i++) m[12 + 64 * i] = 63;
    m[12 + 192] = 61;
    UNIT_INT(parse(m, 12 + 255, 12), 255);
    UNIT_INT(name.len, 255);
    m[12 + 192] = 62;
    UNIT_INT(parse(m, 12 + 256, 12), DNS_ERR_NAME);
    m[12 + 192] = 63;
    UNIT_INT(parse(m, 12 + 257, 12), DNS_ERR_NAME);
    /* The limit counts the labels that a pointer adds, too. */
    uint8_t two[12 + 255 + 4] = {0};
    memcpy(two, m, 12 + 192);
    two[12 + 192] = 61;
    memcpy(two + 12 + 255, "\0\xc0\x0c", 3);
    UNIT_INT(parse(two, 12 + 258, 12 + 256), 2);
    memcpy(two + 12 + 255, "\1a\xc0\x0c", 4);
    UNIT_INT(parse(two, 12 + 259, 12 + 255), DNS_ERR_NAME);
}

/* All 63 bytes of a label can be data: a length is never taken for letters. */
static void compares_names_as_rfc_4343_says(void) {
    static const struct {
        const char *a, *b;
        bool is_equal, is_within;
    } cases[] = {
        {"www.example", "WWW.eXample.", true, true},
        {"www.example", "example", false, true},
        {"www.example", ".", false, true},
        {"example", "www.example", false, false},
        {"wwwexample", "example", false, false},
        {"w\\.example", "example", false, false},
        {"www.example", "www.examplf", false, false},
        {"a@", "a`", false, false}, /* before 'A', before 'a' */
        {"a[", "a{", false, false}, /* after 'Z', after 'z' */
        {".", ".", true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dns_name a, b;
        UNIT_INT(dns_name_from(&a, cases[i].a), 0);
        UNIT_INT(dns_name_from(&b, cases[i].b), 0);
        UNIT_INT(dns_name_equal(&a, &b), cases[i].is_equal);
        UNIT_INT(dns_name_is_within(&a, &b), cases[i].is_within);
    }
}

static void reads_and_writes_text(void) {
    static const struct {
        const char *from, *bytes, *again;
        uint8_t len;
    } cases[] = {
        {"www.example", "\3www\7example", "www.example", 13},
        {"www.example.", "\3www\7example", "www.example", 13},
        {".", "", ".", 1},
        {"", "", ".", 1},
        {"a\\.b.c", "\3a.b\1c", "a\\.b.c", 7},
        {"a\\\\b", "\3a\\b", "a\\\\b", 5},
        {"\\065\\032\\255", "\3A \xff", "A\\032\\255", 5},
        {"\\127~!", "\3\x7f~!", "\\127~!", 5},
        {"\\1.2",
         "\1"
         "1\1"
         "2",
         "1.2", 5}, /* two digits are no number */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *exact = unit_exact(cases[i].from, strlen(cases[i].from) + 1);
        UNIT_INT(dns_name_from(&name, exact), 0);
        UNIT_INT(name.len, cases[i].len);
        UNIT_TEXT(name.bytes, name.len - 1u, cases[i].bytes);
        UNIT_INT(name.bytes[name.len - 1], 0);
        dns_name_text(&name, text);
        UNIT_TEXT(text, strlen(text), cases[i].again);
        free(exact);
    }
}

#define L10 "0123456789"
#define L60 L10 L10 L10 L10 L10 L10
#define L63 L60 "123"

static void refuses_text_that_is_no_name(void) {
    static const struct {
        const char *text;
        int result;
    } cases[] = {
        {"..", DNS_ERR_LABEL},
        {"a..b", DNS_ERR_LABEL},
        {".a", DNS_ERR_LABEL},
        {"a\\", DNS_ERR_LABEL},   /* nothing is escaped */
        {"\\256", DNS_ERR_LABEL}, /* no byte */
        {"\\255", 0},
        {L63, 0},
        {L63 "4", DNS_ERR_LABEL},
        {L63 "45", DNS_ERR_LABEL},
        {"\\\1", 0},                          /* any byte can be escaped */
        {L63 "." L63 "." L63 "." L60 "1", 0}, /* 255 with the root */
        {L63 "." L63 "." L63 "." L60 "12", DNS_ERR_NAME},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *exact = unit_exact(cases[i].text, strlen(cases[i].text) + 1);
        UNIT_INT(dns_name_from(&name, exact), cases[i].result);
        free(exact);
    }
    UNIT_INT(dns_name_from(&name, "\\000b"), 0); /* zero ends nothing */
    UNIT_INT(name.len, 4);
}

/* The array of DNS_TEXT_MAX bytes is large enough for the worst name. */
static void writes_the_longest_text(void) {
    char worst[DNS_TEXT_MAX] = "", again[DNS_TEXT_MAX];
    for (int i = 0; i < 250; i++) {
        strcat(worst, "\\001");
        if (i == 62 || i == 125 || i == 188) strcat(worst, ".");
    }
    UNIT_INT(dns_name_from(&name, worst), 0);
    UNIT_INT(name.len, 255);
    UNIT_INT(strlen(dns_name_text(&name, again)), 1003);
    UNIT_INT(strcmp(worst, again), 0);
}

UNIT_MAIN("packets/dns_name", UNIT_TEST(reads_the_example_of_the_standard),
          UNIT_TEST(asks_for_more_at_every_cut),
          UNIT_TEST(refuses_invalid_names),
          UNIT_TEST(follows_sixteen_pointers_and_no_more),
          UNIT_TEST(takes_255_bytes_and_not_one_more),
          UNIT_TEST(compares_names_as_rfc_4343_says),
          UNIT_TEST(reads_and_writes_text),
          UNIT_TEST(refuses_text_that_is_no_name),
          UNIT_TEST(writes_the_longest_text))
