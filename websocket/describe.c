/* describe.c: see websocket/describe.h. Entry points: describe_sent,
 * describe_event, describe_request. */
#include "websocket/describe.h"
#include "websocket/close_code.h"
#include "websocket/frame.h"

#include <stdio.h>

static const char *opcode_name(unsigned opcode) {
    switch (opcode) {
    case FRAME_CONTINUATION:
        return "continuation";
    case FRAME_TEXT:
        return "text";
    case FRAME_BINARY:
        return "binary";
    case FRAME_PING:
        return "ping";
    default:
        return "pong";
    }
}

static void describe_frame(unsigned opcode, struct span payload, char *text) {
    int code = opcode == FRAME_CLOSE ? close_code_parse(payload) : 0;
    if (opcode == FRAME_CLOSE)
        snprintf(text, DESCRIBE_MAX, "ws close %d %s", code,
                 close_code_meaning((unsigned)code));
    else
        snprintf(text, DESCRIBE_MAX, "ws %s %zu B", opcode_name(opcode),
                 payload.len);
}

/* RFC 9112 §4: status-line = HTTP-version SP status-code SP reason. A 101 is
 * followed by frames, any other head by its body. */
static bool describe_head(struct span *out, char *text) {
    static const char start[] = "HTTP/1.1 ";
    size_t at = sizeof start - 1;
    if (out->len < at + 3 || memcmp(out->data, start, at) != 0) return false;
    snprintf(text, DESCRIBE_MAX, "http %.3s", (const char *)out->data + at);
    bool is_open = memcmp(out->data + at, "101", 3) == 0;
    for (at = 4; is_open && at <= out->len; at++) {
        if (memcmp(out->data + at - 4, "\r\n\r\n", 4) != 0) continue;
        *out = span_skip(*out, at);
        return true;
    }
    out->len = 0;
    return true;
}

bool describe_sent(struct span *out, char text[DESCRIBE_MAX]) {
    struct frame f;
    if (describe_head(out, text)) return true;
    int n = frame_parse(&f, out->data, out->len);
    if (n <= 0 || f.length > out->len - (size_t)n) return false;
    struct span rest = span_skip(*out, (size_t)n);
    describe_frame(f.opcode, (struct span){rest.data, (size_t)f.length}, text);
    *out = span_skip(rest, (size_t)f.length);
    return true;
}

bool describe_event(const struct conn_event *e, char text[DESCRIBE_MAX]) {
    if (e->type == CONN_MESSAGE || e->type == CONN_PONG) {
        describe_frame(e->type == CONN_PONG ? FRAME_PONG : e->opcode,
                       e->payload, text);
        return true;
    }
    if (e->type != CONN_CLOSED || e->is_failure) return false;
    snprintf(text, DESCRIBE_MAX, "ws close %u %s", e->code,
             close_code_meaning(e->code));
    return true;
}

/* Returns how many bytes are before the first CR or LF; -1: there is none. */
static int line_length(struct span bytes) {
    for (size_t i = 0; i < bytes.len && i < INT16_MAX; i++)
        if (bytes.data[i] == '\r' || bytes.data[i] == '\n') return (int)i;
    return -1;
}

bool describe_request(struct span before, struct span now,
                      char text[DESCRIBE_MAX]) {
    int n = line_length(now), kept = (int)before.len;
    if (n == -1 || before.len > INT16_MAX || line_length(before) != -1)
        return false;
    snprintf(text, DESCRIBE_MAX, "%.*s%.*s", kept,
             kept ? (const char *)before.data : "", n, (const char *)now.data);
    return true;
}
