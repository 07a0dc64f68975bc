/* explain_dns.c: see packets/explain_dns.h. */
#include "packets/explain_dns.h"
#include "packets/dns.h"
#include "packets/explain_value.h"

enum {
    POINTER = 0xc0, /* the first two bits of a pointer, RFC 1035 §4.1.4 */
    MAX_LABELS = LIMIT_DNS_NAME / 2, /* of a name, without the root */
    CLASS_IN = 1,
};

static const struct explain_name TYPES[] = {
    {DNS_A, "A"},       {DNS_NS, "NS"},   {DNS_CNAME, "CNAME"}, {6, "SOA"},
    {DNS_PTR, "PTR"},   {15, "MX"},       {16, "TXT"},          {33, "SRV"},
    {DNS_AAAA, "AAAA"}, {DNS_OPT, "OPT"}, {65, "HTTPS"},        {255, "*"},
    {0, NULL}};
static const struct explain_name CLASSES[] = {{CLASS_IN, "IN"}, {0, NULL}};
static const struct explain_name OPCODES[] = {
    {0, "a standard query"}, {4, "NOTIFY"}, {5, "UPDATE"}, {0, NULL}};
static const struct explain_name RCODES[] = {
    {0, "no error"},   {1, "format error"},    {2, "server failure"},
    {3, "name error"}, {4, "not implemented"}, {5, "refused"},
    {0, NULL}};

/* Reads labels, up to the root, a pointer, a byte that begins neither, or one
 * label more than a name may have: the end of the name is unknown then. */
static void labels(struct dissector *d) {
    for (int count = 0;; count++) {
        struct span left = dissector_left(d);
        uint8_t first = left.len > 0 ? left.data[0] : 0;
        if (first >= POINTER) {
            dissector_hex(d, 2, "pointer");
            dissector_cite(d, "RFC 1035 §4.1.4");
            dissector_number(d, 14, "OFFSET");
            dissector_cite(d, "RFC 1035 §4.1.4");
            return;
        }
        bool is_bad =
            first > LIMIT_DNS_LABEL || (first > 0 && count == MAX_LABELS);
        dissector_number(d, 8, "length");
        if (is_bad) dissector_bytes(d, dissector_left(d).len, "not explained");
        if (first == 0 || is_bad) return;
        dissector_text(d, first, "label");
    }
}

static const char *rule(int error) {
    if (error == DNS_ERR_LABEL) return "a label has 1 to 63 bytes";
    if (error == DNS_ERR_NAME) return "a name has at most 255 bytes";
    if (error == DNS_ERR_POINTER) return "a pointer leads to a prior name";
    return "a limit: more than 16 pointers";
}

/* Reads a name, with pointers into message. */
static void name(struct dissector *d, struct span message, const char *title) {
    char text[DNS_TEXT_MAX];
    struct dns_name n;
    struct span left = dissector_left(d);
    int result = 0;
    /* A pointer may lead anywhere before the name, but the name itself ends in
     * the visible bytes. */
    if (left.len > 0) {
        size_t at = (size_t)(left.data - message.data);
        result =
            dns_name_parse((struct span){message.data, at + left.len}, at, &n);
    }
    dissector_enter(d, EXPLAIN_APPLICATION, title, "RFC 1035 §3.1");
    labels(d);
    dissector_leave(d);
    if (result > 0) dissector_notef(d, "%s", dns_name_text(&n, text));
    if (result < 0) dissector_wrong(d, "RFC 1035 §4.1.4", "%s", rule(result));
}

static void question(struct dissector *d, struct span message) {
    dissector_enter(d, EXPLAIN_APPLICATION, "Question", "RFC 1035 §4.1.2");
    name(d, message, "QNAME");
    explain_value_name(d, dissector_number(d, 16, "QTYPE"), TYPES);
    explain_value_name(d, dissector_number(d, 16, "QCLASS"), CLASSES);
    dissector_leave(d);
}

static void record_data(struct dissector *d, struct span message,
                        uint64_t type) {
    if (type == DNS_A && dissector_left(d).len == 4)
        explain_value_address(d, 4, "ADDRESS");
    if (type == DNS_AAAA && dissector_left(d).len == 16)
        explain_value_address(d, 16, "ADDRESS");
    if (type != DNS_CNAME && type != DNS_NS && type != DNS_PTR) return;
    if (dissector_left(d).len > 0) name(d, message, "RDNAME");
}

static void record(struct dissector *d, struct span message,
                   const char *section) {
    dissector_enter(d, EXPLAIN_APPLICATION, section, "RFC 1035 §4.1.3");
    name(d, message, "NAME");
    uint64_t type = dissector_number(d, 16, "TYPE");
    explain_value_name(d, type, TYPES);
    uint64_t class = dissector_number(d, 16, "CLASS");
    if (type == DNS_OPT)
        dissector_note(d, "the sender's UDP payload size");
    else
        explain_value_name(d, class, CLASSES);
    dissector_number(d, 32, "TTL");
    dissector_note(d, type == DNS_OPT ? "extended RCODE and flags" : "seconds");
    size_t len = dissector_number(d, 16, "RDLENGTH");
    bool is_address = type == DNS_A || type == DNS_AAAA;
    if (is_address && class == CLASS_IN && len != (type == DNS_A ? 4 : 16))
        dissector_wrong(d, "RFC 1035 §3.2.1", "it does not fit the type");
    dissector_narrow(d, EXPLAIN_APPLICATION, len, "RDATA");
    record_data(d, message, type);
    dissector_leave(d);
    dissector_leave(d);
}

/* Reads the header, and sets the counts of questions and of the records of each
 * section. */
static void header(struct dissector *d, unsigned counts[4]) {
    static const char *const names[] = {"QDCOUNT", "ANCOUNT", "NSCOUNT",
                                        "ARCOUNT"};
    dissector_enter(d, EXPLAIN_APPLICATION, "DNS", "RFC 1035 §4.1.1");
    dissector_hex(d, 16, "ID");
    bool is_response = dissector_number(d, 1, "QR");
    dissector_note(d, is_response ? "response" : "query");
    explain_value_name(d, dissector_number(d, 4, "Opcode"), OPCODES);
    dissector_number(d, 1, "AA");
    if (dissector_number(d, 1, "TC")) dissector_note(d, "truncated");
    dissector_number(d, 1, "RD");
    dissector_number(d, 1, "RA");
    explain_value_zero(d, 1, "Z");
    dissector_number(d, 1, "AD");
    dissector_cite(d, "RFC 4035 §3.1.6");
    dissector_number(d, 1, "CD");
    dissector_cite(d, "RFC 4035 §3.1.6");
    explain_value_name(d, dissector_number(d, 4, "RCODE"), RCODES);
    for (int i = 0; i < 4; i++)
        counts[i] = (unsigned)dissector_number(d, 16, names[i]);
    dissector_leave(d);
}

/* Is the limit reached? Then the rest, which is not empty, is one field. */
static bool leave_rest_out(struct dissector *d, uint32_t first) {
    size_t left = dissector_left(d).len;
    if (d->count - first < EXPLAIN_DNS_MAX_FIELDS || left == 0) return false;
    dissector_bytes(d, left, "not explained");
    dissector_notef(d, "a limit: more than %d fields", EXPLAIN_DNS_MAX_FIELDS);
    return true;
}

void explain_dns(struct dissector *d) {
    static const char *const sections[] = {"Question", "Answer", "Authority",
                                           "Additional"};
    struct span message = dissector_left(d);
    unsigned counts[4];
    uint32_t first = d->count;
    header(d, counts);
    for (int i = 0; i < 4; i++) {
        while (counts[i]-- > 0) {
            if (leave_rest_out(d, first)) return;
            bool is_end = dissector_left(d).len == 0;
            if (i == 0)
                question(d, message);
            else
                record(d, message, sections[i]);
            if (is_end) return; /* the missing field has a name already */
        }
    }
}
