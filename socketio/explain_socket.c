/* explain_socket.c: see socketio/explain_socket.h. There is one function for
 * each part of a packet, in the order of the text. */
#include "socketio/explain_socket.h"
#include "packets/explain_value.h"
#include "socketio/json.h"
#include "socketio/packet.h"

static const char SECTION[] = "Socket.IO v5";

static const struct explain_name TYPES[] = {
    {'0' + PACKET_CONNECT, "CONNECT"},
    {'0' + PACKET_DISCONNECT, "DISCONNECT"},
    {'0' + PACKET_EVENT, "EVENT"},
    {'0' + PACKET_ACK, "ACK"},
    {'0' + PACKET_CONNECT_ERROR, "CONNECT_ERROR"},
    {'0' + PACKET_BINARY_EVENT, "BINARY_EVENT"},
    {'0' + PACKET_BINARY_ACK, "BINARY_ACK"},
    {0, NULL}};

/* The result of packet_parse. */
struct verdict {
    int error;     /* 0: none, or reported already */
    bool is_right; /* the whole packet, so its data is JSON */
    size_t where;  /* the byte that is wrong */
    size_t pos;    /* bytes explained so far */
};

static struct verdict judge(const struct dissector *d) {
    struct verdict v = {.error = 0};
    struct packet p;
    struct span text = dissector_left(d);
    struct buf copy; /* packet_parse may change the text */
    buf_init(&copy, BUF_MAX);
    if (buf_append(&copy, text.data, text.len))
        v.error = packet_parse(&p, buf_view(&copy), &v.where);
    v.is_right = copy.bytes && v.error == 0;
    buf_free(&copy);
    /* A part of a packet may look wrong although the whole is right. */
    if (dissector_is_partial(d)) v.error = 0;
    return v;
}

/* Explains n bytes, and reports the error if it is in them. */
static struct span part(struct dissector *d, struct verdict *v, size_t n,
                        const char *name) {
    struct span text = dissector_text(d, n, name);
    v->pos += n;
    if (n == 0 || v->error == 0 || v->where >= v->pos) return text;
    dissector_wrong(d, SECTION, "byte %zu: %s", v->where,
                    packet_explain(v->error));
    v->error = 0;
    return text;
}

static size_t digits(struct span s) {
    size_t n = 0;
    while (n < s.len && s.data[n] >= '0' && s.data[n] <= '9') n++;
    return n;
}

static void attachments(struct dissector *d, struct verdict *v) {
    part(d, v, digits(dissector_left(d)), "attachments");
    struct span left = dissector_left(d);
    if (left.len > 0 && left.data[0] == '-') part(d, v, 1, "dash");
}

/* "/chat," or "/chat" at the end. */
static void namespace(struct dissector *d, struct verdict *v) {
    struct span left = dissector_left(d);
    if (left.len == 0 || left.data[0] != '/') return;
    uint8_t *comma = memchr(left.data, ',', left.len);
    part(d, v, comma ? (size_t)(comma - left.data) : left.len, "namespace");
    if (comma) part(d, v, 1, "comma");
}

/* Explains a valid array value by value, or a valid object member by member.
 * The first value of an event is its name. */
static void items(struct dissector *d, struct verdict *v, bool is_event) {
    struct span all = dissector_left(d), rest = all, key, value;
    bool is_array = all.data[0] == '[';
    const char *before = is_array ? "begin-array" : "begin-object";
    const char *name = is_array ? "argument" : "member";
    if (is_array && is_event) name = "event name";
    size_t pos = 0;
    while (json_next(&rest, &key, &value)) {
        const uint8_t *first = key.data ? key.data - 1 : value.data;
        size_t start = (size_t)(first - all.data);
        size_t end = (size_t)(value.data - all.data) + value.len;
        part(d, v, start - pos, before);
        part(d, v, end - start, name);
        before = "value-separator";
        if (is_array) name = "argument";
        pos = end;
    }
    part(d, v, all.len - pos, is_array ? "end-array" : "end-object");
}

static void json(struct dissector *d, struct verdict *v, uint8_t type) {
    struct span data = dissector_left(d);
    bool is_event =
        type == '0' + PACKET_EVENT || type == '0' + PACKET_BINARY_EVENT;
    if (data.len == 0) return;
    dissector_enter(d, EXPLAIN_PRESENTATION, "JSON", "RFC 8259");
    bool has_items = data.data[0] == '[' || data.data[0] == '{';
    if (has_items && (v->is_right || json_valid(data)))
        items(d, v, is_event);
    else
        part(d, v, data.len, "JSON-text");
    dissector_leave(d);
}

void explain_socket(struct dissector *d) {
    struct span all = dissector_left(d);
    struct verdict v = judge(d);
    uint8_t type = all.len > 0 ? all.data[0] : 0;
    dissector_enter(d, EXPLAIN_APPLICATION, "Socket.IO", SECTION);
    dissector_text(d, 1, "type");
    explain_value_name(d, type, TYPES);
    v.pos = 1;
    if (v.error != 0 && v.where == 0) {
        dissector_wrong(d, SECTION, "%s", packet_explain(v.error));
        v.error = 0;
    }
    if (type == '0' + PACKET_BINARY_EVENT || type == '0' + PACKET_BINARY_ACK)
        attachments(d, &v);
    namespace(d, &v);
    part(d, &v, digits(dissector_left(d)), "ack id");
    json(d, &v, type);
    dissector_leave(d);
    /* The packet ends too early, or a part is missing. */
    if (v.error != 0)
        dissector_wrong(d, SECTION, "byte %zu: %s", v.where,
                        packet_explain(v.error));
}

void explain_socket_json(struct dissector *d) {
    struct verdict v = {.error = 0};
    json(d, &v, 0);
}
