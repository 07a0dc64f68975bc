/* packet_fuzz.c: a packet that parses, written again from its parts, parses to
 * the same parts; its placeholders are then in order. */
#include "socketio/packet.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct buf in = {.max = 1 << 20}, out = {.max = 1 << 20};
    struct packet p, q;
    uint8_t head[PACKET_HEAD_MAX];
    size_t where = 0;
    buf_append(&in, bytes, n);
    if (packet_parse(&p, buf_view(&in), &where) != 0) {
        assert(where <= n);
        buf_free(&in);
        return 0;
    }
    buf_append(&out, head, packet_head(&p, head));
    buf_append(&out, p.data.data, p.data.len);
    assert(packet_parse(&q, buf_view(&out), NULL) == 0);
    assert(q.type == p.type && q.id == p.id && span_equal(q.nsp, p.nsp));
    assert(span_equal(q.data, p.data) && span_equal(q.event, p.event));
    assert(span_equal(q.args, p.args) && q.attachments == p.attachments);
    for (unsigned i = 0; i < q.attachments; i++) assert(q.order[i] == i);
    buf_free(&in);
    buf_free(&out);
    return 0;
}
