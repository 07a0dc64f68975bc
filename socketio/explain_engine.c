/* explain_engine.c: see socketio/explain_engine.h. */
#include "socketio/explain_engine.h"
#include "packets/explain_value.h"
#include "socketio/explain_socket.h"
#include "socketio/payload.h"
#include "websocket/base64.h"

static const char SECTION[] = "Engine.IO v4";

enum {
    OPEN = '0',
    MESSAGE = '4',
    BINARY = 'b',
};

static const struct explain_name TYPES[] = {
    {OPEN, "open"},       {'1', "close"},   {'2', "ping"}, {'3', "pong"},
    {MESSAGE, "message"}, {'5', "upgrade"}, {'6', "noop"}, {0, NULL}};

void explain_engine(struct dissector *d, bool is_socket) {
    struct span all = dissector_left(d);
    uint8_t type = all.len > 0 ? all.data[0] : 0;
    dissector_enter(d, EXPLAIN_SESSION, "Engine.IO", SECTION);
    dissector_text(d, 1, "type");
    if (type < '0' || type > '6')
        dissector_wrong(d, SECTION, "the type is not 0 to 6");
    explain_value_name(d, type, TYPES);
    bool is_message = type == MESSAGE && is_socket;
    if (type == OPEN)
        explain_socket_json(d);
    else if (!is_message)
        dissector_text(d, dissector_left(d).len, "data");
    dissector_leave(d);
    if (is_message) explain_socket(d);
}

/* Of a payload: "b" and base64. The bytes that it stands for are derived. */
static void binary(struct dissector *d) {
    struct span text = span_skip(dissector_left(d), 1), source;
    dissector_enter(d, EXPLAIN_SESSION, "Engine.IO", SECTION);
    dissector_text(d, 1, "type");
    dissector_note(d, "binary message");
    dissector_text(d, text.len, "base64");
    dissector_cite(d, "RFC 4648 §4");
    struct buf decoded;
    buf_init(&decoded, BUF_MAX);
    uint8_t *out = buf_reserve(&decoded, text.len + 1);
    ssize_t n = -1;
    if (out) n = base64_decode((const char *)text.data, text.len, out);
    if (out && n < 0 && !dissector_is_partial(d))
        dissector_wrong(d, "RFC 4648 §4", "not base64");
    uint8_t *to = NULL;
    if (n > 0) to = dissector_derive(d, (size_t)n, "binary data", &source);
    if (to) memcpy(to, out, (size_t)n);
    if (to) dissector_leave(d);
    buf_free(&decoded);
    dissector_leave(d);
}

void explain_engine_payload(struct dissector *d, bool is_socket) {
    struct span left = dissector_left(d);
    while (left.len > 0) {
        uint8_t *end = memchr(left.data, PAYLOAD_SEPARATOR, left.len);
        size_t n = end ? (size_t)(end - left.data) : left.len;
        if (n > 0) {
            if (end) dissector_narrow(d, EXPLAIN_SESSION, n, "packet");
            if (left.data[0] == BINARY)
                binary(d);
            else
                explain_engine(d, is_socket);
            if (end) dissector_leave(d);
        }
        if (end) {
            dissector_hex(d, 8, "separator");
            dissector_cite(d, SECTION);
            bool is_last = n + 1 == left.len && !dissector_is_partial(d);
            if (n == 0 || is_last)
                dissector_wrong(d, SECTION, "an empty packet has no type");
        }
        left = dissector_left(d);
    }
}
