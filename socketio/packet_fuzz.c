/* packet_fuzz.c: a packet that parses, written again from its parts, parses to
 * the same parts; its placeholders are then in order. No name is reserved. */
#include "packets/exact_unit.h"
#include "socketio/packet.h"

#include <assert.h>
#include <stdlib.h>

#include "socketio/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* The parts of a packet are in its text, and order is a permutation. */
static void check_parts(const struct packet *p, struct span text) {
    const uint8_t *end = text.data + text.len;
    const struct span parts[] = {p->data, p->event, p->args};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert(parts[i].len == 0 || (parts[i].data >= text.data &&
                                     parts[i].data + parts[i].len <= end));
    unsigned seen = 0;
    for (unsigned i = 0; i < p->attachments; i++) seen |= 1u << p->order[i];
    assert(seen == (1u << p->attachments) - 1);
    assert(!json_string_equal(p->event, "connect"));
    assert(!json_string_equal(p->event, "disconnect"));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct buf out = {.max = 1 << 20};
    struct packet p, q;
    uint8_t head[PACKET_HEAD_MAX], *exact = unit_exact(bytes, n);
    size_t where = 0;
    struct span text = {exact, n};
    int error = packet_parse(&p, text, &where);
    assert(error == 0 || where <= n);
    assert(error == 0 || strlen(packet_explain(error)) > 0);
    if (error == 0) {
        check_parts(&p, text);
        buf_append(&out, head, packet_head(&p, head));
        buf_append(&out, p.data.data, p.data.len);
        assert(packet_parse(&q, buf_view(&out), NULL) == 0);
        assert(q.type == p.type && q.id == p.id && span_equal(q.nsp, p.nsp));
        assert(span_equal(q.data, p.data) && span_equal(q.event, p.event));
        assert(span_equal(q.args, p.args) && q.attachments == p.attachments);
        for (unsigned i = 0; i < q.attachments; i++) assert(q.order[i] == i);
    }
    free(exact);
    buf_free(&out);
    return 0;
}
