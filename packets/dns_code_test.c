/* dns_code_test.c: packets/dns_code.h against RFC 1035, 3596 and 3597 */
#include "packets/dns_code.h"
#include "packets/unit.h"

static void names_types_and_codes(void) {
    static const struct {
        const char *name;
        uint16_t type;
    } types[] = {{"A", 1},       {"NS", 2},           {"CNAME", 5},
                 {"PTR", 12},    {"AAAA", 28},        {"OPT", 41},
                 {"TYPE99", 99}, {"TYPE65535", 65535}};
    static const char *const wrong[] = {
        "",          "AA",       "B",         "TYPE",           "TYPX99",
        "TYPE65536", "TYPE1x",   "TYPE65536", "TYPE:",          "TYPE/",
        "TYPE-1",    "TYPE 100", "TYPE99999", "TYPE4294967297", "0",
        "TYPE0"};
    static const char *const codes[] = {"NOERROR",  "FORMERR", "SERVFAIL",
                                        "NXDOMAIN", "NOTIMP",  "REFUSED",
                                        "RCODE6"};
    char word[DNS_WORD_MAX];
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const char *got = dns_type_text(types[i].type, word);
        UNIT_TEXT(got, strlen(got), types[i].name);
        UNIT_INT(dns_type_from(types[i].name), types[i].type);
    }
    UNIT_INT(dns_type_from("aaaa"), 28);
    UNIT_INT(dns_type_from("type99"), 99);
    UNIT_INT(dns_type_from("TYPE1"), DNS_A);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        UNIT_INT(dns_type_from(wrong[i]), 0);
    for (uint8_t i = 0; i < 7; i++) {
        const char *got = dns_rcode_text(i, word);
        UNIT_TEXT(got, strlen(got), codes[i]);
    }
}

/* The texts of unknown numbers are written to the array of the caller. */
static void writes_numbers_without_a_name(void) {
    char word[DNS_WORD_MAX] = "";
    UNIT_TRUE(dns_type_text(0, word) == word);
    UNIT_INT(strcmp(word, "TYPE0"), 0);
    UNIT_TRUE(dns_rcode_text(255, word) == word);
    UNIT_INT(strcmp(word, "RCODE255"), 0);
    UNIT_TRUE(dns_type_text(DNS_A, word) != word);
    UNIT_INT(dns_type_from("TYPE09"), 9);
    UNIT_INT(dns_type_from("TYPE90"), 90);
}

UNIT_MAIN("packets/dns_code", UNIT_TEST(writes_numbers_without_a_name),
          UNIT_TEST(names_types_and_codes))
