/* dns_code.c: see packets/dns_code.h. */
#include "packets/dns_code.h"

#include <stdio.h>

struct word { /* a table ends with a row whose text is NULL */
    uint16_t number;
    const char *text;
};

static const struct word TYPES[] = {
    {DNS_A, "A"},     {DNS_NS, "NS"},     {DNS_CNAME, "CNAME"},
    {DNS_PTR, "PTR"}, {DNS_AAAA, "AAAA"}, {DNS_OPT, "OPT"},
    {0, NULL},
};

static const struct word RCODES[] = {
    {DNS_NOERROR, "NOERROR"},
    {DNS_FORMERR, "FORMERR"},
    {DNS_SERVFAIL, "SERVFAIL"},
    {DNS_NXDOMAIN, "NXDOMAIN"},
    {DNS_NOTIMP, "NOTIMP"},
    {DNS_REFUSED, "REFUSED"},
    {0, NULL},
};

static const char *word(const struct word *table, uint16_t number,
                        const char *prefix, char text[DNS_WORD_MAX]) {
    for (; table->text; table++)
        if (table->number == number) return table->text;
    snprintf(text, DNS_WORD_MAX, "%s%u", prefix, number);
    return text;
}

const char *dns_type_text(uint16_t type, char text[DNS_WORD_MAX]) {
    return word(TYPES, type, "TYPE", text);
}

const char *dns_rcode_text(uint8_t rcode, char text[DNS_WORD_MAX]) {
    return word(RCODES, rcode, "RCODE", text);
}

uint16_t dns_type_from(const char *text) {
    struct span name = span_from(text);
    for (const struct word *w = TYPES; w->text; w++)
        if (span_equal_ci(span_from(w->text), name)) return w->number;
    struct span prefix = {name.data, 4};
    if (name.len < 5 || !span_equal_ci(prefix, span_from("TYPE"))) return 0;
    unsigned number = 0;
    for (const char *c = text + 4; *c; c++) {
        if (*c < '0' || *c > '9') return 0;
        number = number * 10 + (unsigned)(*c - '0');
        if (number > 65535) return 0;
    }
    return (uint16_t)number;
}
