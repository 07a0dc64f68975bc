/*
 * dns_write.c: writes a message of packets/dns.h, with compressed names
 *
 * The writer remembers where it wrote labels. If it wrote the end of a name
 * before, it appends a pointer instead. Entry point: dns_write.
 */
#include "packets/cursor.h"
#include "packets/dns.h"

#include <assert.h>

enum {
    MAX_PLACES = 128,    /* later ones are not remembered */
    MAX_OFFSET = 0x3fff, /* RFC 1035 §4.1.4: of a pointer, 14 bits */
    POINTER = 0xc000,
    FLAGS_AT = 2, /* offsets in the header */
    ANCOUNT_AT = 6,
    TC = 0x200,
    OPT_HEADER = 11, /* bytes of an OPT record without its data */
};

struct writer {
    struct buf *out;
    size_t start; /* of the message, in the content of out */
    int count;
    struct place { /* where labels were written, and the pointers to follow */
        uint16_t offset;
        uint8_t pointers;
    } places[MAX_PLACES];
};

static struct span written(const struct writer *w) {
    return span_skip(buf_view(w->out), w->start);
}

/* Replaces the number at an offset of the message. */
static void store_u16(struct writer *w, size_t offset, size_t value) {
    struct span bytes = written(w);
    if (!bytes.data) return; /* out took nothing */
    bytes.data[offset] = (uint8_t)(value >> 8);
    bytes.data[offset + 1] = (uint8_t)value;
}

/* Returns a place where a name ends in these labels, or NULL. Compares bytes,
 * so a name keeps its capital letters. */
static const struct place *find(const struct writer *w, struct span labels) {
    for (const struct place *p = w->places; p < w->places + w->count; p++) {
        struct dns_name name;
        int n = dns_name_parse(written(w), p->offset, &name);
        if (n > 0 && span_equal(dns_name_span(&name), labels)) return p;
    }
    return NULL;
}

/* Remembers the labels of a name that were just written, from offset to end. A
 * parser that reads them follows `pointers` pointers. */
static void add_places(struct writer *w, size_t offset, size_t end,
                       int pointers) {
    const uint8_t *bytes = written(w).data;
    /* A parser would refuse one pointer more. */
    if (pointers >= LIMIT_DNS_POINTERS || !bytes) return;
    while (offset < end && offset <= MAX_OFFSET && w->count < MAX_PLACES) {
        w->places[w->count++] =
            (struct place){(uint16_t)offset, (uint8_t)pointers};
        offset += 1u + bytes[offset];
    }
}

/* Appends a name: its first labels, then a pointer or the root. */
static void put_name(struct writer *w, const struct dns_name *name) {
    struct span rest = dns_name_span(name);
    size_t begin = written(w).len;
    const struct place *p = NULL;
    while (rest.data[0] != 0 && !(p = find(w, rest))) {
        buf_append(w->out, rest.data, 1u + rest.data[0]);
        rest = span_skip(rest, 1u + rest.data[0]);
    }
    size_t end = written(w).len;
    if (p) cursor_put_u16(w->out, (uint16_t)(POINTER | p->offset));
    if (!p) cursor_put_u8(w->out, 0);
    if (!w->out->failed) add_places(w, begin, end, p ? p->pointers + 1 : 0);
}

static void put_rdata(struct writer *w, const struct dns_record *r) {
    if (r->address.len > 0)
        buf_append(w->out, r->address.bytes, r->address.len);
    else if (r->target.len > 0)
        put_name(w, &r->target);
    else
        buf_append(w->out, r->data.data, r->data.len);
}

static void put_record(struct writer *w, const struct dns_record *r) {
    put_name(w, &r->name);
    cursor_put_u16(w->out, r->type);
    cursor_put_u16(w->out, r->class);
    cursor_put_u32(w->out, r->ttl);
    size_t at = written(w).len;
    cursor_put_u16(w->out, 0); /* RDLENGTH, until the data is there */
    put_rdata(w, r);
    if (w->out->failed) return;
    store_u16(w, at, written(w).len - at - 2);
}

/* Removes what was written from the offset end on, and its places. Resets
 * failed: an append to out may have failed after this offset, but not
 * before. */
static void cut(struct writer *w, size_t end) {
    w->out->failed = false;
    w->out->end = (uint32_t)(w->out->start + w->start + end);
    while (w->count > 0 && w->places[w->count - 1].offset >= end) w->count--;
}

/* Returns the bytes that the OPT records of m will take. */
static size_t size_of_opt(const struct dns_message *m) {
    size_t size = 0;
    for (int i = 0; i < dns_record_count(m); i++)
        if (m->records[i].type == DNS_OPT)
            size += OPT_HEADER + m->records[i].data.len;
    return size;
}

/* Appends the records that fit into max bytes, and counts them; max does not
 * contain what the OPT records will take. */
static void put_records(struct writer *w, const struct dns_message *m,
                        size_t max, uint8_t counts[DNS_SECTIONS]) {
    const struct dns_record *r = m->records;
    bool is_full = false;
    for (int s = 0; s < DNS_SECTIONS; s++)
        for (int i = 0; i < m->counts[s]; i++, r++) {
            size_t end = written(w).len;
            bool is_opt = r->type == DNS_OPT;
            if (is_opt) max += OPT_HEADER + r->data.len;
            /* RFC 6891 §7: OPT must be in a truncated reply, too. */
            if (is_full && !is_opt) continue;
            put_record(w, r);
            bool is_fitting = !w->out->failed && written(w).len <= max;
            if (is_fitting) counts[s]++;
            if (!is_fitting) cut(w, end);
            is_full = is_full || !is_fitting;
        }
}

static unsigned flags(const struct dns_message *m) {
    return (unsigned)(m->is_response << 15 | (m->opcode & 15) << 11 |
                      m->is_authoritative << 10 | m->is_truncated << 9 |
                      m->recursion_desired << 8 | m->recursion_available << 7 |
                      (m->z & 7) << 4 | (m->rcode & 15));
}

static void put_header(struct writer *w, const struct dns_message *m) {
    cursor_put_u16(w->out, m->id);
    cursor_put_u16(w->out, (uint16_t)flags(m));
    cursor_put_u16(w->out, m->question_count);
    for (int i = 0; i < DNS_SECTIONS; i++) cursor_put_u16(w->out, m->counts[i]);
}

static void put_question(struct writer *w, const struct dns_question *q) {
    put_name(w, &q->name);
    cursor_put_u16(w->out, q->type);
    cursor_put_u16(w->out, q->class);
}

/* Corrects a header that counts all records of m: sets the counts to those that
 * were written. */
static void store_counts(struct writer *w, const struct dns_message *m,
                         const uint8_t counts[DNS_SECTIONS]) {
    bool is_truncated = m->is_truncated;
    for (int i = 0; i < DNS_SECTIONS; i++) {
        if (counts[i] < m->counts[i]) is_truncated = true;
        store_u16(w, ANCOUNT_AT + 2 * (size_t)i, counts[i]);
    }
    /* RFC 1035 §4.1.1: TC says that the message was truncated. */
    if (is_truncated) store_u16(w, FLAGS_AT, flags(m) | TC);
}

bool dns_write(struct buf *out, const struct dns_message *m, size_t max) {
    assert(max <= 65535 && m->question_count <= 1);
    assert(dns_record_count(m) <= LIMIT_DNS_RECORDS);
    struct writer w = {.out = out, .start = buf_view(out).len};
    uint8_t counts[DNS_SECTIONS] = {0};
    size_t opt = size_of_opt(m), space = out->max - w.start;
    if (out->failed) return false;
    if (max > space) max = space;
    put_header(&w, m);
    if (m->question_count == 1) put_question(&w, &m->question);
    bool is_fitting = !out->failed && written(&w).len + opt <= max;
    if (is_fitting) put_records(&w, m, max - opt, counts);
    if (is_fitting) store_counts(&w, m, counts);
    if (!is_fitting) cut(&w, 0);
    if (!is_fitting) out->failed = true;
    return is_fitting;
}
