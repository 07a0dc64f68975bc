#include "socketio/packet.h"

#include <assert.h>

#include "socketio/json.h"

#define ID_MAX ((1ll << 53) - 1) /* the largest whole number of JavaScript */

/* A packet being read. */
struct reader {
    struct packet *p;
    struct span rest;
};

static bool is_binary(const struct packet *p) {
    return p->type == PACKET_BINARY_EVENT || p->type == PACKET_BINARY_ACK;
}

static bool is_event(const struct packet *p) {
    return p->type == PACKET_EVENT || p->type == PACKET_BINARY_EVENT;
}

static bool is_ack(const struct packet *p) {
    return p->type == PACKET_ACK || p->type == PACKET_BINARY_ACK;
}

/* Digits at the front of rest, at most max: the number, or -1 if there is none
 * or it is too big. */
static int64_t take_number(struct span *rest, int64_t max) {
    int64_t value = -1;
    while (rest->len > 0 && rest->data[0] >= '0' && rest->data[0] <= '9') {
        int digit = rest->data[0] - '0';
        if (value < 0) value = 0;
        if (value > (max - digit) / 10) return -1;
        value = value * 10 + digit;
        *rest = span_skip(*rest, 1);
    }
    return value;
}

static int take_type(struct reader *r) {
    if (r->rest.len == 0 || r->rest.data[0] < '0' || r->rest.data[0] > '6')
        return PACKET_ERR_TYPE;
    r->p->type = (enum packet_type)(r->rest.data[0] - '0');
    r->rest = span_skip(r->rest, 1);
    return 0;
}

/* Socket.IO v5, "Packet encoding": binary packets say how many attachments
 * follow, and a dash. */
static int take_count(struct reader *r) {
    if (!is_binary(r->p)) return 0;
    int64_t count = take_number(&r->rest, LIMIT_ATTACHMENTS);
    if (count < 1 || r->rest.len == 0 || r->rest.data[0] != '-')
        return PACKET_ERR_COUNT;
    r->p->attachments = (unsigned)count;
    r->rest = span_skip(r->rest, 1);
    return 0;
}

/* The namespace, if it is not "/": up to a comma, or to the end. */
static int take_nsp(struct reader *r) {
    struct span *rest = &r->rest;
    r->p->nsp = span_from("/");
    if (rest->len == 0 || rest->data[0] != '/') return 0;
    const uint8_t *comma = memchr(rest->data, ',', rest->len);
    size_t n = comma ? (size_t)(comma - rest->data) : rest->len;
    if (n > LIMIT_NAMESPACE) return PACKET_ERR_NSP;
    r->p->nsp = (struct span){rest->data, n};
    *rest = span_skip(*rest, comma ? n + 1 : n);
    return 0;
}

/* Only events and their acknowledgements have an id; an ack must. */
static int take_id(struct reader *r) {
    bool digit =
        r->rest.len > 0 && r->rest.data[0] >= '0' && r->rest.data[0] <= '9';
    r->p->id = -1;
    if (!digit) return is_ack(r->p) ? PACKET_ERR_ID : 0;
    if (!is_event(r->p) && !is_ack(r->p)) return PACKET_ERR_ID;
    struct span start = r->rest;
    r->p->id = take_number(&r->rest, ID_MAX);
    if (r->p->id >= 0) return 0;
    r->rest = start;
    return PACKET_ERR_ID;
}

/* The value of a hexadecimal digit. */
static unsigned hex(uint8_t c) {
    return c <= '9' ? c - (unsigned)'0' : (c | 0x20u) - 'a' + 10;
}

/* Is a name, as it is written in JSON, that word? Escapes count as what they
 * mean: "\u0063onnect" is connect. */
static bool means(struct span name, const char *word) {
    while (name.len > 0 && *word) {
        size_t size = 1;
        unsigned c = name.data[0];
        if (c == '\\' && name.len >= 6 && name.data[1] == 'u')
            for (c = 0, size = 2; size < 6; size++)
                c = c * 16 + hex(name.data[size]);
        if (c != (uint8_t)*word++) return false;
        name = span_skip(name, size);
    }
    return name.len == 0 && !*word;
}

/* Socket.IO v5: these names are the library's own, on either side. */
static bool is_reserved(struct span name) {
    static const char *const names[] = {"connect",     "connect_error",
                                        "disconnect",  "disconnecting",
                                        "newListener", "removeListener"};
    /* Most names do not begin like any of them. */
    if (name.len == 0 || !memchr("cdnr\\", name.data[0], 5)) return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (means(name, names[i])) return true;
    return false;
}

/* The inside of an array of which the first n bytes are taken: the values that
 * are left, without the comma before and the bracket behind them. */
static struct span values_after(struct span array, size_t n) {
    struct span rest = json_trim(span_skip(array, n));
    rest.len--;
    if (rest.len > 0 && rest.data[0] == ',') rest = span_skip(rest, 1);
    return json_trim(rest);
}

/* The size of the string, known to be valid, that starts here. */
static size_t string_size(struct span text) {
    size_t n = 1;
    while (text.data[n] != '"') n += text.data[n] == '\\' ? 2 : 1;
    return n + 1;
}

static int read_event(struct packet *p) {
    struct span name = json_trim(span_skip(p->data, 1));
    bool number =
        name.data[0] == '-' || (name.data[0] >= '0' && name.data[0] <= '9');
    if (!number && name.data[0] != '"') return PACKET_ERR_EVENT;
    name.len = number ? (size_t)json_value(name, NULL) : string_size(name);
    p->event = number ? name : json_unquote(name);
    if (!number && is_reserved(p->event)) return PACKET_ERR_EVENT;
    p->args =
        values_after(p->data, (size_t)(name.data + name.len - p->data.data));
    return 0;
}

/* Socket.IO v5, "Packet format": which payload goes with which type. */
static int read_payload(struct packet *p) {
    uint8_t first = p->data.len > 0 ? p->data.data[0] : 0;
    switch (p->type) {
    case PACKET_CONNECT:
        return first == 0 || first == '{' ? 0 : PACKET_ERR_JSON;
    case PACKET_DISCONNECT:
        return first == 0 ? 0 : PACKET_ERR_JSON;
    case PACKET_CONNECT_ERROR:
        return first == '{' || first == '"' ? 0 : PACKET_ERR_JSON;
    default:
        if (first != '[') return PACKET_ERR_JSON;
    }
    if (is_event(p)) return read_event(p);
    p->args = values_after(p->data, 1);
    return 0;
}

/* Takes a token off the front of valid JSON, and the white space before it. */
static bool take_token(struct span *rest, const char *token) {
    struct span s = json_trim(*rest);
    size_t n = strlen(token);
    if (s.len < n || memcmp(s.data, token, n) != 0) return false;
    *rest = span_skip(s, n);
    return true;
}

static bool take_mark(struct span *rest) {
    return take_token(rest, "\"_placeholder\"") && take_token(rest, ":") &&
           take_token(rest, "true");
}

/* Returns where the digit is, or NULL. */
static uint8_t *take_num(struct span *rest) {
    if (!take_token(rest, "\"num\"") || !take_token(rest, ":")) return NULL;
    struct span s = json_trim(*rest);
    if (s.len == 0 || s.data[0] < '0' || s.data[0] > '9') return NULL;
    *rest = span_skip(s, 1);
    return s.data;
}

/* The object that starts here, if it is {"_placeholder":true,"num":digit}, in
 * either order: where its digit is, else NULL. Nothing else may be in it; the
 * reference would let more members pass. Token by token, since objects that
 * only begin so may be nested, and each of them be long. */
static uint8_t *placeholder(struct span rest) {
    if (!take_token(&rest, "{")) return NULL;
    bool marked = take_mark(&rest);
    if (marked && !take_token(&rest, ",")) return NULL;
    uint8_t *digit = take_num(&rest);
    if (digit && !marked) marked = take_token(&rest, ",") && take_mark(&rest);
    return digit && marked && take_token(&rest, "}") ? digit : NULL;
}

/* Finds the placeholders, which must mean each attachment once, and renumbers
 * them in the order of the text. */
static int take_placeholders(struct packet *p) {
    unsigned found = 0, seen = 0;
    for (struct span rest = p->data; rest.len > 0;) {
        size_t step = 1;
        if (rest.data[0] == '"') step = (size_t)json_value(rest, NULL);
        uint8_t *digit = rest.data[0] == '{' ? placeholder(rest) : NULL;
        rest = span_skip(rest, step);
        if (!digit) continue;
        unsigned num = *digit - (unsigned)'0';
        if (num >= p->attachments || seen >> num & 1) return PACKET_ERR_PLACE;
        seen |= 1u << num;
        p->order[found] = (uint8_t)num;
        *digit = (uint8_t)('0' + found++);
    }
    return found == p->attachments ? 0 : PACKET_ERR_PLACE;
}

/* All of the rest is one JSON value, or nothing. */
static int take_data(struct reader *r) {
    struct span data = json_trim(r->rest);
    size_t at = 0;
    if (data.len > 0) {
        ssize_t n = json_value(data, &at);
        if (n != (ssize_t)data.len) {
            r->rest = span_skip(data, n < 0 ? at : (size_t)n);
            return PACKET_ERR_JSON;
        }
    }
    r->p->data = data;
    int error = read_payload(r->p);
    return error || !is_binary(r->p) ? error : take_placeholders(r->p);
}

int packet_parse(struct packet *p, struct span text, size_t *where) {
    struct reader r = {p, text};
    p->attachments = 0;
    p->event = p->args = (struct span){0};
    int error = take_type(&r);
    if (!error) error = take_count(&r);
    if (!error) error = take_nsp(&r);
    if (!error) error = take_id(&r);
    if (!error) error = take_data(&r);
    if (error && where) *where = (size_t)(r.rest.data - text.data);
    return error;
}

/* Writes a number and returns what follows it. */
static uint8_t *put_number(uint8_t *to, int64_t value) {
    uint8_t digits[20];
    size_t n = 0;
    do digits[n++] = (uint8_t)('0' + value % 10);
    while ((value /= 10) > 0);
    while (n > 0) *to++ = digits[--n];
    return to;
}

size_t packet_head(const struct packet *p, uint8_t out[PACKET_HEAD_MAX]) {
    assert(p->nsp.len <= LIMIT_NAMESPACE);
    uint8_t *to = out;
    *to++ = (uint8_t)('0' + p->type);
    if (is_binary(p)) {
        to = put_number(to, p->attachments);
        *to++ = '-';
    }
    if (p->nsp.len > 1) {
        memcpy(to, p->nsp.data, p->nsp.len);
        to += p->nsp.len;
        *to++ = ',';
    }
    if (p->id >= 0) to = put_number(to, p->id);
    return (size_t)(to - out);
}

const char *packet_explain(int error) {
    static const char *const texts[] = {
        "no error",
        "the type is not 0 to 6",
        "no count of attachments before a dash, or not 1 to 10",
        "the namespace is too long",
        "the ack id is missing, too big or not allowed here",
        "not JSON, too deep, or not what this type carries",
        "no event name, or a reserved one",
        "the placeholders are not one for each attachment",
    };
    return texts[-error];
}
