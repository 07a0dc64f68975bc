/* shown.c: see socketio/shown.h. */
#include "socketio/shown.h"

static void write_hex(struct buf *out, struct span bytes) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        char text[] = {' ', digits[bytes.data[i] >> 4],
                       digits[bytes.data[i] & 15]};
        buf_append(out, text + (i == 0), sizeof text - (i == 0));
    }
}

bool shown_event(struct buf *out, const struct socket_client_event *e,
                 bool with_name) {
    struct span name = e->name;
    if (e->type == SOCKET_CLIENT_ACK) name = span_from("ack");
    if (e->type == SOCKET_CLIENT_UPGRADED) name = span_from("upgraded");
    struct span parts[] = {name, span_from(e->args.len > 0 ? " " : ""),
                           e->args};
    buf_append_all(out, with_name ? parts : parts + 2, with_name ? 3 : 1);
    for (unsigned i = 0; i < e->count; i++) {
        buf_text(out, "\n");
        write_hex(out, e->attachments[i]);
    }
    return !out->failed;
}
