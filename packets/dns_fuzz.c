/* dns_fuzz.c: a message that is written as it was read is read as the same
 * message; one with less space is read, too, and says that it was truncated. */
#include "packets/dns.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static bool same_name(const struct dns_name *a, const struct dns_name *b) {
    return span_equal(dns_name_span(a), dns_name_span(b));
}

static void compare_records(const struct dns_record *a,
                            const struct dns_record *b) {
    assert(same_name(&a->name, &b->name));
    assert(a->type == b->type && a->class == b->class && a->ttl == b->ttl);
    assert(address_equal(&a->address, &b->address));
    assert(same_name(&a->target, &b->target));
    assert(span_equal(a->data, b->data));
}

static void compare(const struct dns_message *a, const struct dns_message *b) {
    assert(a->id == b->id && a->is_response == b->is_response);
    assert(a->is_authoritative == b->is_authoritative);
    assert(a->is_truncated == b->is_truncated);
    assert(a->recursion_desired == b->recursion_desired);
    assert(a->recursion_available == b->recursion_available);
    assert(a->opcode == b->opcode && a->z == b->z && a->rcode == b->rcode);
    assert(a->question_count == b->question_count);
    assert(same_name(&a->question.name, &b->question.name));
    assert(a->question.type == b->question.type);
    assert(a->question.class == b->question.class);
    assert(memcmp(a->counts, b->counts, sizeof a->counts) == 0);
    for (int i = 0; i < dns_record_count(a); i++)
        compare_records(&a->records[i], &b->records[i]);
}

static void follow_each(const struct dns_message *m) {
    for (int i = 0; i < dns_record_count(m); i++) {
        struct dns_name name = m->records[i].name;
        int links = dns_follow(m->records, dns_record_count(m), &name);
        assert(links == DNS_ERR_CHAIN || (links >= 0 && links <= 8));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static struct dns_message m, again;
    struct span all = {(uint8_t *)(uintptr_t)bytes, n};
    struct buf out = {.max = 65535};
    int used = dns_parse(all, &m);
    assert(used <= (int)n && used >= DNS_ERR_COUNT);
    if (used <= 0) return 0;
    follow_each(&m);
    assert(dns_write(&out, &m, 65535));
    struct span whole = buf_view(&out);
    assert(dns_parse(whole, &again) == (int)whole.len);
    compare(&m, &again);

    size_t max = whole.len - 1 - m.id % whole.len;
    struct buf less = {.max = 65535};
    if (dns_write(&less, &m, max)) {
        assert(buf_view(&less).len <= max);
        assert(dns_parse(buf_view(&less), &again) == (int)buf_view(&less).len);
        assert(again.is_truncated);
    }
    buf_free(&less);
    buf_free(&out);
    return 0;
}
