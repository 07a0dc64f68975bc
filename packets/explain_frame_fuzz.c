/* explain_frame_fuzz.c: whatever a frame contains, the fields cover it exactly
 * once; and a prefix of a frame is explained in the same way up to its end.
 * FUZZ_MAX_LEN: 5000 (of DNS over the limit, too) */
#include "packets/explain_dns.h"
#include "packets/explain_frame.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum form {
    FRAME,
    PACKET,
    DNS
};

/* Explains an exact copy of the first n bytes. */
static void explain(struct explain *e, uint8_t *copy, const uint8_t *bytes,
                    size_t n, enum form form) {
    struct dissector d;
    struct explain_packet p;
    if (n) memcpy(copy, bytes, n);
    dissector_begin(&d, e, (struct span){copy, n}, EXPLAIN_LINK, "data");
    bool has_data = false;
    if (form == FRAME) has_data = explain_frame(&d, &p);
    if (form == PACKET) has_data = explain_packet(&d, &p);
    if (form == DNS) explain_dns(&d);
    assert(!has_data || p.protocol == IP_TCP || p.protocol == IP_UDP);
    assert(dissector_finish(&d));
    assert(explain_is_complete(e));
    /* After the limit there is at most one record more, with two names. */
    assert(form != DNS || explain_count(e) < EXPLAIN_DNS_MAX_FIELDS + 600);
}

static void check(const uint8_t *bytes, size_t n, size_t cut, enum form form) {
    struct explain all, part;
    explain_init(&all, 1 << 24);
    explain_init(&part, 1 << 24);
    uint8_t *copy = malloc(n ? n : 1), *cut_copy = malloc(cut ? cut : 1);
    if (!copy || !cut_copy) abort();
    explain(&all, copy, bytes, n, form);
    explain(&part, cut_copy, bytes, cut, form);
    /* Up to the last field, numbers that are here are the same. */
    for (size_t i = 0; i < explain_count(&part); i++) {
        const struct explain_field *f = explain_field(&part, i);
        if (f->is_cut || f->bit + f->bits == cut * 8) break;
        if (f->kind == EXPLAIN_HEADER || f->kind == EXPLAIN_BYTES) continue;
        assert(i < explain_count(&all));
        const struct explain_field *g = explain_field(&all, i);
        assert(f->bit == g->bit && f->bits == g->bits);
        assert(f->name == g->name && f->number == g->number);
    }
    free(copy);
    free(cut_copy);
    explain_free(&all);
    explain_free(&part);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    size_t cut = n > 0 ? bytes[n - 1] * n / 256 : 0;
    check(bytes, n, cut, FRAME);
    check(bytes, n, cut, PACKET);
    check(bytes, n, cut, DNS);
    return 0;
}
