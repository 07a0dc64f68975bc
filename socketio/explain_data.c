/* explain_data.c: see socketio/explain_data.h. */
#include "socketio/explain_data.h"
#include "socketio/explain_engine.h"
#include "websocket/explain_websocket.h"
#include "websocket/frame.h"

static bool is_engine(enum explain_protocol p) {
    return p != EXPLAIN_HTTP && p != EXPLAIN_WEBSOCKET;
}

static bool is_socket(enum explain_protocol p) {
    return p == EXPLAIN_SOCKET || p == EXPLAIN_WEBSOCKET_SOCKET;
}

/* Explains one frame. False: there is none. */
static bool frame(struct dissector *d, enum explain_protocol protocol) {
    struct explain_websocket f;
    if (!explain_websocket(d, &f)) return false;
    bool is_text = f.opcode == FRAME_TEXT && f.is_final;
    if (is_text && is_engine(protocol) && dissector_left(d).len > 0)
        explain_engine(d, is_socket(protocol));
    else
        explain_websocket_payload(d, &f);
    dissector_leave(d);
    return true;
}

static bool starts_with(struct span s, const char *text) {
    return s.len >= strlen(text) && memcmp(s.data, text, strlen(text)) == 0;
}

static void http(struct dissector *d, enum explain_protocol *protocol,
                 struct explain_http *h) {
    explain_http(d, h);
    if (h->is_request) {
        *protocol = EXPLAIN_HTTP;
        if (starts_with(h->target, "/engine.io/")) *protocol = EXPLAIN_ENGINE;
        if (starts_with(h->target, "/socket.io/")) *protocol = EXPLAIN_SOCKET;
    }
    struct span body = dissector_left(d);
    /* Engine.IO v4: "ok" is the response to a POST. */
    bool is_ok = body.len == 2 && starts_with(body, "ok");
    bool has_payload = h->is_request || (h->status == 200 && !is_ok);
    if (has_payload && is_engine(*protocol))
        explain_engine_payload(d, is_socket(*protocol));
    dissector_leave(d);
    if (h->status == 101 && !explain_is_websocket(*protocol))
        *protocol += EXPLAIN_WEBSOCKET;
}

void explain_message(struct dissector *d, enum explain_protocol *protocol,
                     struct explain_http *h) {
    if (explain_is_websocket(*protocol) &&
        !explain_http_begins(dissector_left(d)))
        frame(d, *protocol);
    else
        http(d, protocol, h);
}

void explain_protocol(struct dissector *d, enum explain_protocol *protocol) {
    while (explain_http_begins(dissector_left(d))) {
        struct explain_http h = {.is_to_head = false};
        http(d, protocol, &h);
        if (explain_is_websocket(*protocol)) break;
    }
    while (explain_is_websocket(*protocol) && frame(d, *protocol)) continue;
}
