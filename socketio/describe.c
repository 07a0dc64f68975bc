/* describe.c: see socketio/describe.h */
#include "socketio/describe.h"

#include <stdio.h>

#include "socketio/packet.h"

/* Counts JSON values with commas between them. Commas in brackets or in a
 * string are part of one value. */
static unsigned count_values(struct span json) {
    unsigned count = json.len > 0, depth = 0;
    bool is_string = false;
    for (size_t i = 0; i < json.len; i++) {
        uint8_t c = json.data[i];
        if (is_string && c == '\\')
            i++; /* the next character is escaped: it ends no string */
        else if (c == '"')
            is_string = !is_string;
        else if (!is_string && (c == '[' || c == '{'))
            depth++;
        else if (!is_string && (c == ']' || c == '}'))
            depth--;
        else if (!is_string && depth == 0 && c == ',')
            count++;
    }
    return count;
}

static const char *type_name(enum packet_type type) {
    static const char *const names[] = {
        [PACKET_CONNECT] = "CONNECT",
        [PACKET_DISCONNECT] = "DISCONNECT",
        [PACKET_EVENT] = "EVENT",
        [PACKET_ACK] = "ACK",
        [PACKET_CONNECT_ERROR] = "CONNECT_ERROR",
        [PACKET_BINARY_EVENT] = "BINARY_EVENT",
        [PACKET_BINARY_ACK] = "BINARY_ACK",
    };
    return names[type];
}

/* " · 2 EVENT / "message" 1 arg" */
static void describe_packet(const struct packet *p, char *text, size_t n) {
    char id[32] = "", count[32] = "";
    bool is_event = p->event.len > 0;
    unsigned values = count_values(p->args);
    if (p->id >= 0) snprintf(id, sizeof id, " id %lld", (long long)p->id);
    if (is_event || p->args.len > 0)
        snprintf(count, sizeof count, " %u arg%s", values,
                 values == 1 ? "" : "s");
    snprintf(text, n, " · %u %s %.*s%s%s%.*s%s%s", (unsigned)p->type,
             type_name(p->type), (int)p->nsp.len, (const char *)p->nsp.data, id,
             is_event ? " \"" : "", (int)p->event.len,
             (const char *)p->event.data, is_event ? "\"" : "", count);
}

/* Is the record text of Engine.IO type 4, message? */
static bool has_packet(const struct tap_record *r) {
    return (r->kind == TAP_TEXT || r->kind == TAP_PAYLOAD) && r->len > 1 &&
           r->bytes.data[0] == '4';
}

const char *describe_record(const struct tap_record *r,
                            char text[TAP_TEXT_SIZE]) {
    struct packet p;
    size_t used = strlen(tap_describe(r, text)), n = TAP_TEXT_SIZE - used;
    if (!has_packet(r)) return text;
    if (r->bytes.len < r->len) { /* only its beginning was kept */
        unsigned type = r->bytes.data[1] - (unsigned)'0';
        bool is_type = type <= PACKET_BINARY_ACK;
        snprintf(text + used, n, " · %c %s, too long to show", r->bytes.data[1],
                 is_type ? type_name(type) : "is no type");
        return text;
    }
    int error = packet_parse(&p, span_skip(r->bytes, 1), NULL);
    if (error)
        snprintf(text + used, n, " · malformed: %s", packet_explain(error));
    else
        describe_packet(&p, text + used, n);
    return text;
}
