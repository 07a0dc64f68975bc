/* reassembly_fuzz.c: a packet is put together only from bytes that arrived for
 * it, each once; a model that keeps all bytes in an array agrees.
 *
 * Input: one byte for the number of the packet (2 bits), more fragments (1) and
 * a change of the content (1); one for the offset, one for the length; and so
 * on.
 * FUZZ_MAX_LEN: 600
 */
#include "packets/reassembly.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum {
    IDS = 4,
    SIZE = 256 * 8 + 256
};

/* What has arrived of a packet, byte by byte. */
static struct model {
    int value[SIZE]; /* -1: has not arrived */
    int total;       /* -1: not known */
    bool is_dropped;
} models[IDS];

static void reset(struct model *m) {
    for (int i = 0; i < SIZE; i++) m->value[i] = -1;
    m->total = -1;
    m->is_dropped = false;
}

/* Adds data to the model. True: the packet is complete. */
static bool add(struct model *m, int start, struct span data, bool has_more) {
    int end = start + (int)data.len, old = 0, same = 0;
    if (m->is_dropped) return false;
    for (int i = end; i < SIZE; i++)
        if (!has_more && m->value[i] != -1) m->is_dropped = true;
    if (!has_more && m->total != -1 && m->total != end) m->is_dropped = true;
    if (!has_more) m->total = end;
    if (m->total != -1 && end > m->total) m->is_dropped = true;
    for (int i = start; i < end; i++) {
        old += m->value[i] != -1;
        same += m->value[i] == data.data[i - start];
    }
    if (old > 0 && (old < (int)data.len || same < old)) m->is_dropped = true;
    if (m->is_dropped) return false;
    for (int i = start; i < end; i++) m->value[i] = data.data[i - start];
    for (int i = 0; i < m->total; i++)
        if (m->value[i] == -1) return false;
    return m->total != -1;
}

static void check(const struct model *m, struct span packet) {
    struct ipv4 h;
    int n = ipv4_parse(packet, &h);
    assert(n == IPV4_HEADER && h.checksum_is_right && !h.more_fragments);
    assert(h.fragment_offset == 0 && packet.len == h.total_length);
    assert((int)packet.len == n + m->total);
    for (int i = 0; i < m->total; i++)
        assert(packet.data[n + i] == m->value[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct reassembly r;
    struct span packet;
    uint8_t data[256];
    reassembly_init(&r);
    for (int i = 0; i < IDS; i++) reset(&models[i]);
    for (size_t at = 0; at + 3 <= n; at += 3) {
        int id = bytes[at] & 3, start = 8 * bytes[at + 1];
        bool has_more = bytes[at] & 4;
        size_t len = has_more ? bytes[at + 2] & 0xf8 : bytes[at + 2];
        struct buf out = {.max = 400};
        struct ipv4 h = {.total_length = (uint16_t)(IPV4_HEADER + len),
                         .identification = (uint16_t)id,
                         .more_fragments = has_more,
                         .fragment_offset = (uint32_t)start,
                         .source = {.len = 4, .bytes = {10, 0, 0, 1}},
                         .destination = {.len = 4, .bytes = {10, 0, 0, 2}}};
        if (len == 0 || (!has_more && start == 0)) continue;
        for (size_t i = 0; i < len; i++)
            data[i] = (uint8_t)((start + (int)i) % 251 + !!(bytes[at] & 8));
        ipv4_write(&out, &h);
        buf_append(&out, data, len);
        int got = reassembly_add(&r, 0, buf_view(&out), &packet);
        struct model *m = &models[id];
        bool is_done = add(m, start, (struct span){data, len}, has_more);
        /* The module limits the number of holes; the model does not. */
        if (got == REASSEMBLY_ERR_PARTS) m->is_dropped = true;
        assert(got == REASSEMBLY_ERR_PARTS ||
               (got == REASSEMBLY_DONE) == is_done);
        assert(m->is_dropped == (got < 0));
        if (is_done) check(m, packet);
        if (is_done) reset(m);
        buf_free(&out);
    }
    while (reassembly_expire(&r, INT64_MAX, &packet)) {
    }
    reassembly_free(&r);
    return 0;
}
