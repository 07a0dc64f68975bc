/* dns.c: see packets/dns.h. Entry points: dns_parse reads header, question and
 * records in this order; dns_follow follows CNAMEs. dns_write.c writes. */
#include "packets/dns.h"
#include "packets/cursor.h"

#include <stdio.h>

int dns_record_count(const struct dns_message *m) {
    return m->counts[DNS_ANSWERS] + m->counts[DNS_AUTHORITY] +
           m->counts[DNS_ADDITIONAL];
}

/* RFC 1035 §4.1.1, from the left. */
static void read_flags(uint16_t bits, struct dns_message *m) {
    m->is_response = bits >> 15 & 1;
    m->opcode = bits >> 11 & 15;
    m->is_authoritative = bits >> 10 & 1;
    m->is_truncated = bits >> 9 & 1;
    m->recursion_desired = bits >> 8 & 1;
    m->recursion_available = bits >> 7 & 1;
    /* RFC 1035 §4.1.1: Z must be zero; not enforced: RFC 4035 §3 has given two
     * of its bits a meaning. */
    m->z = bits >> 4 & 7;
    m->rcode = bits & 15;
}

/* Reads the four counts. Returns 0 or an error. */
static int read_counts(struct cursor *c, struct dns_message *m) {
    unsigned questions = cursor_u16(c), sum = 0;
    for (int i = 0; i < DNS_SECTIONS; i++) {
        unsigned n = cursor_u16(c);
        sum += n;
        m->counts[i] = (uint8_t)n;
    }
    /* RFC 9619 §4: QDCOUNT MUST NOT be greater than 1. */
    if (questions > 1 || sum > LIMIT_DNS_RECORDS) return DNS_ERR_COUNT;
    m->question_count = (uint8_t)questions;
    return 0;
}

/* Reads a name. Returns 1, 0 (the message ends before) or an error. */
static int read_name(struct cursor *c, struct dns_name *name) {
    int n = dns_name_parse(c->bytes, c->pos, name);
    if (n <= 0) return n;
    c->pos += (size_t)n;
    return 1;
}

static int read_question(struct cursor *c, struct dns_question *q) {
    int result = read_name(c, &q->name);
    if (result != 1) return result;
    q->type = cursor_u16(c);
    q->class = cursor_u16(c);
    return !c->failed;
}

/* Reads the RDATA of a record as its type demands: n bytes, which are there.
 * Returns 1 or an error. */
static int read_rdata(struct cursor *c, struct dns_record *r, size_t n) {
    size_t size = 0, end = c->pos + n;
    if (r->type == DNS_A) size = 4;     /* RFC 1035 §3.4.1 */
    if (r->type == DNS_AAAA) size = 16; /* RFC 3596 §2.2 */
    if (size > 0 && r->class == DNS_IN) {
        if (n != size) return DNS_ERR_DATA;
        r->address = address_from(cursor_span(c, n));
        return 1;
    }
    /* RFC 1035 §3.3.1, §3.3.11, §3.3.12: a name, of just these bytes */
    if (r->type == DNS_CNAME || r->type == DNS_NS || r->type == DNS_PTR) {
        struct span until = {c->bytes.data, end};
        int used = dns_name_parse(until, c->pos, &r->target);
        if (used < 0) return used;
        if (used == 0 || (size_t)used != n) return DNS_ERR_DATA;
        c->pos = end;
        return 1;
    }
    r->data = cursor_span(c, n);
    return 1;
}

static int read_record(struct cursor *c, struct dns_record *r) {
    *r = (struct dns_record){.ttl = 0};
    int result = read_name(c, &r->name);
    if (result != 1) return result;
    r->type = cursor_u16(c);
    r->class = cursor_u16(c);
    r->ttl = cursor_u32(c);
    size_t n = cursor_u16(c);
    if (c->failed || cursor_left(c) < n) return 0;
    return read_rdata(c, r, n);
}

int dns_parse(struct span bytes, struct dns_message *m) {
    struct cursor c = cursor_from(bytes);
    *m = (struct dns_message){.id = 0};
    if (bytes.len < DNS_HEADER) return 0;
    m->id = cursor_u16(&c);
    read_flags(cursor_u16(&c), m);
    int result = read_counts(&c, m);
    if (result != 0) return result;
    if (m->question_count == 1) {
        result = read_question(&c, &m->question);
        if (result != 1) return result;
    }
    /* A false count ends here, since each record takes 11 bytes or more. */
    for (int i = 0, n = dns_record_count(m); i < n; i++) {
        result = read_record(&c, &m->records[i]);
        if (result != 1) return result;
    }
    return (int)c.pos;
}

int dns_follow(const struct dns_record *records, int n, struct dns_name *name) {
    int links = 0;
    for (int i = 0; i < n; i++) {
        const struct dns_record *r = &records[i];
        if (r->type != DNS_CNAME || !dns_name_equal(&r->name, name)) continue;
        /* RFC 1034 §3.6.2: loops of CNAMEs should be signalled as an error. */
        if (links == LIMIT_DNS_CHAIN) return DNS_ERR_CHAIN;
        *name = r->target;
        links++;
        i = -1; /* the records may be in any order: start again */
    }
    return links;
}

const struct dns_record *dns_answer(const struct dns_message *m) {
    struct dns_name name = m->question.name;
    int n = m->counts[DNS_ANSWERS];
    if (m->question_count == 0 || dns_follow(m->records, n, &name) < 0)
        return NULL;
    for (const struct dns_record *r = m->records; r < m->records + n; r++)
        if (r->type == m->question.type && r->class == m->question.class &&
            dns_name_equal(&r->name, &name))
            return r;
    return NULL;
}

bool dns_question_equal(const struct dns_message *a,
                        const struct dns_message *b) {
    const struct dns_question *p = &a->question, *q = &b->question;
    return a->question_count == 1 && b->question_count == 1 &&
           p->type == q->type && p->class == q->class &&
           dns_name_equal(&p->name, &q->name);
}

char *dns_record_text(const struct dns_record *r, char text[DNS_RECORD_MAX]) {
    char word[DNS_WORD_MAX];
    char *end = text + strlen(dns_name_text(&r->name, text));
    end +=
        snprintf(end, 3 + DNS_WORD_MAX, " %s ", dns_type_text(r->type, word));
    if (r->address.len > 0)
        address_text(&r->address, end);
    else if (r->target.len > 0)
        dns_name_text(&r->target, end);
    else
        snprintf(end, DNS_TEXT_MAX, "%zu bytes", r->data.len);
    return text;
}
