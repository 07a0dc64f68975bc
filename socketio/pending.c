/* pending.c: see socketio/pending.h. */
#include "socketio/pending.h"

#include <assert.h>
#include <stdlib.h>

struct pending *pending_new(uint32_t client) {
    struct pending *p = calloc(1, sizeof *p);
    if (p) p->client = client;
    return p;
}

void pending_free(struct pending *p) {
    if (!p) return;
    timer_stop(&p->timer);
    buf_free(&p->bytes);
    free(p);
}

bool pending_begin(struct pending *p, const struct packet *packet,
                   struct span text, size_t max) {
    buf_init(&p->bytes, max);
    p->text_len = (uint32_t)text.len;
    p->expected = (uint8_t)packet->attachments;
    memcpy(p->order, packet->order, sizeof p->order);
    return buf_append(&p->bytes, text.data, text.len);
}

bool pending_add(struct pending *p, struct span bytes) {
    assert(p->received < p->expected);
    p->lens[p->received++] = (uint32_t)bytes.len;
    return buf_append(&p->bytes, bytes.data, bytes.len);
}

void pending_read(struct pending *p, struct packet *packet,
                  struct span attachments[LIMIT_ATTACHMENTS]) {
    struct span arrived[LIMIT_ATTACHMENTS], rest = buf_view(&p->bytes);
    struct span text = {rest.data, p->text_len};
    rest = span_skip(rest, p->text_len);
    for (unsigned i = 0; i < p->expected; i++) {
        arrived[i] = (struct span){rest.data, p->lens[i]};
        rest = span_skip(rest, p->lens[i]);
    }
    for (unsigned i = 0; i < p->expected; i++)
        attachments[i] = arrived[p->order[i]];
    int error = packet_parse(packet, text, NULL);
    assert(error == 0); /* it was read once, when it arrived */
    (void)error;
}
