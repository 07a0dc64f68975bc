/*
 * packet.c: there is one function for each field of a packet, in the order of
 * the text. Each consumes its field from the front of *rest and returns 0 or a
 * packet_error; then *rest begins with the byte that is wrong.
 *
 * Entry points: packet_parse, packet_head, packet_explain.
 */
#include "socketio/packet.h"

#include <assert.h>

#include "socketio/json.h"

#define ID_MAX ((1ll << 53) - 1) /* JavaScript's largest exact whole number */

static bool is_binary(const struct packet *p) {
    return p->type == PACKET_BINARY_EVENT || p->type == PACKET_BINARY_ACK;
}

static bool is_event(const struct packet *p) {
    return p->type == PACKET_EVENT || p->type == PACKET_BINARY_EVENT;
}

static bool is_ack(const struct packet *p) {
    return p->type == PACKET_ACK || p->type == PACKET_BINARY_ACK;
}

/* Returns the first byte of s, or 0 if s is empty. */
static uint8_t first(struct span s) {
    return s.len > 0 ? s.data[0] : 0;
}

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

/* Consumes the digits at the front of *rest. Returns their number, 0 if there
 * is no digit, or -1 if the number is above max. */
static int64_t parse_number(struct span *rest, int64_t max) {
    int64_t number = 0;
    for (; is_digit(first(*rest)); *rest = span_skip(*rest, 1)) {
        int digit = rest->data[0] - '0';
        if (number > (max - digit) / 10) return -1;
        number = number * 10 + digit;
    }
    return number;
}

static int parse_type(struct packet *p, struct span *rest) {
    if (first(*rest) < '0' || first(*rest) > '6') return PACKET_ERR_TYPE;
    p->type = (enum packet_type)(rest->data[0] - '0');
    *rest = span_skip(*rest, 1);
    return 0;
}

static int parse_attachments(struct packet *p, struct span *rest) {
    p->attachments = 0;
    /* Socket.IO v5, "Packet encoding": a binary packet has the number of its
     * attachments and a dash. */
    if (!is_binary(p)) return 0;
    int64_t number = parse_number(rest, LIMIT_ATTACHMENTS);
    if (number < 1 || first(*rest) != '-') return PACKET_ERR_ATTACHMENTS;
    p->attachments = (unsigned)number;
    *rest = span_skip(*rest, 1);
    return 0;
}

/* A namespace begins with "/" and ends before a comma or with the text. */
static int parse_namespace(struct packet *p, struct span *rest) {
    p->nsp = span_from("/");
    if (first(*rest) != '/') return 0;
    const uint8_t *comma = memchr(rest->data, ',', rest->len);
    size_t n = comma ? (size_t)(comma - rest->data) : rest->len;
    if (n > LIMIT_NAMESPACE) return PACKET_ERR_NAMESPACE;
    p->nsp = (struct span){rest->data, n};
    *rest = span_skip(*rest, comma ? n + 1 : n);
    return 0;
}

static int parse_ack_id(struct packet *p, struct span *rest) {
    p->id = -1;
    /* Socket.IO v5, "Packet encoding": an acknowledgement has the id of the
     * event; an event has one if it wants an acknowledgement. */
    if (!is_digit(first(*rest))) return is_ack(p) ? PACKET_ERR_ID : 0;
    if (!is_event(p) && !is_ack(p)) return PACKET_ERR_ID;
    struct span digits = *rest;
    p->id = parse_number(rest, ID_MAX);
    if (p->id >= 0) return 0;
    *rest = digits;
    return PACKET_ERR_ID;
}

/* Returns the values in the rest of an array, without the comma before them and
 * the bracket after them. */
static struct span values(struct span rest) {
    rest = json_trim(rest);
    rest.len--;
    if (first(rest) == ',') rest = span_skip(rest, 1);
    return json_trim(rest);
}

/* Socket.IO v5: the libraries on both sides use these names for events of their
 * own, so no packet may have one. */
static bool is_reserved(struct span name) {
    static const char *const names[] = {"connect",     "connect_error",
                                        "disconnect",  "disconnecting",
                                        "newListener", "removeListener"};
    /* Most names begin neither like one of these nor with an escape. */
    uint8_t c = first(name);
    if (c != 'c' && c != 'd' && c != 'n' && c != 'r' && c != '\\') return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (json_string_equal(name, names[i])) return true;
    return false;
}

/* Returns the size of the valid string at the front of s, with its quotes. */
static size_t string_size(struct span s) {
    size_t n = 1;
    while (s.data[n] != '"') n += s.data[n] == '\\' ? 2 : 1;
    return n + 1;
}

/* Socket.IO v5: the first value of an event is its name, a string. The
 * reference implementation accepts a number, too, and so does this one. */
static int parse_event(struct packet *p) {
    struct span rest = json_trim(span_skip(p->data, 1)), name = rest;
    bool is_string = first(name) == '"';
    if (!is_string && !is_digit(first(name)) && first(name) != '-')
        return PACKET_ERR_EVENT;
    name.len = is_string ? string_size(name) : (size_t)json_value(name, NULL);
    p->event = is_string ? json_unquote(name) : name;
    p->args = values(span_skip(rest, name.len));
    return is_string && is_reserved(p->event) ? PACKET_ERR_EVENT : 0;
}

/* Socket.IO v5, "Packet encoding": does the type of the packet allow this kind
 * of data? */
static bool data_has_type(const struct packet *p) {
    uint8_t c = first(p->data);
    switch (p->type) {
    case PACKET_CONNECT:
        return c == 0 || c == '{';
    case PACKET_DISCONNECT:
        return c == 0;
    case PACKET_CONNECT_ERROR:
        return c == '{' || c == '"';
    default:
        return c == '[';
    }
}

/* Consumes text at the front of valid JSON, and white space before it. False:
 * something else is there. */
static bool token(struct span *rest, const char *text) {
    struct span s = json_trim(*rest);
    size_t n = strlen(text);
    if (s.len < n || memcmp(s.data, text, n) != 0) return false;
    *rest = span_skip(s, n);
    return true;
}

/* Consumes the member "_placeholder": true. */
static bool mark_member(struct span *rest) {
    return token(rest, "\"_placeholder\"") && token(rest, ":") &&
           token(rest, "true");
}

/* Consumes the member "num" up to its first digit. Returns a pointer to that
 * digit, or NULL. */
static uint8_t *num_member(struct span *rest) {
    if (!token(rest, "\"num\"") || !token(rest, ":")) return NULL;
    struct span s = json_trim(*rest);
    if (!is_digit(first(s))) return NULL;
    *rest = span_skip(s, 1);
    return s.data;
}

/* Consumes {"_placeholder":true,"num":DIGIT}, with its members in either order,
 * at the front of valid JSON. Returns a pointer to the digit, or NULL if
 * something else is there. It reads token by token and stops at the first that
 * differs: another object may be long and contain placeholders. */
static uint8_t *placeholder(struct span *rest) {
    struct span s = *rest;
    bool is_marked = token(&s, "{") && mark_member(&s) && token(&s, ",");
    if (!is_marked) s = span_skip(*rest, 1); /* the brace */
    uint8_t *digit = num_member(&s);
    if (!is_marked) is_marked = token(&s, ",") && mark_member(&s);
    if (!digit || !is_marked || !token(&s, "}")) return NULL;
    *rest = s;
    return digit;
}

/* Consumes a string, or one byte of anything else, at the front of valid JSON.
 * False: it is the name of a member "_placeholder": true. */
static bool skip_token(struct span *rest) {
    struct span name = *rest, value;
    if (first(name) != '"') {
        *rest = span_skip(name, 1);
        return true;
    }
    name.len = (size_t)json_value(name, NULL);
    *rest = value = span_skip(*rest, name.len);
    return !token(&value, ":") || !token(&value, "true") ||
           !json_string_equal(json_unquote(name), "_placeholder");
}

/* Finds the placeholders, one for each attachment, and renumbers them in the
 * order of the text. The reference implementation treats every object with
 * "_placeholder": true as a placeholder and fails if its number is wrong. So an
 * object that is not exactly a placeholder is refused here: it would end the
 * connection of each client that receives it. */
static int parse_placeholders(struct packet *p) {
    _Static_assert(LIMIT_ATTACHMENTS <= 10, "a placeholder has one digit");
    unsigned found = 0, seen = 0; /* seen: a bit for each attachment */
    for (struct span rest = p->data; rest.len > 0;) {
        uint8_t *digit = first(rest) == '{' ? placeholder(&rest) : NULL;
        if (!digit && !skip_token(&rest)) return PACKET_ERR_PLACEHOLDER;
        if (!digit) continue;
        unsigned number = *digit - (unsigned)'0';
        if (number >= p->attachments || seen >> number & 1)
            return PACKET_ERR_PLACEHOLDER;
        seen |= 1u << number;
        p->order[found] = (uint8_t)number;
        *digit = (uint8_t)('0' + found++);
    }
    return found == p->attachments ? 0 : PACKET_ERR_PLACEHOLDER;
}

/* The rest of the text is one JSON value, or empty. */
static int parse_data(struct packet *p, struct span *rest) {
    size_t where = 0;
    p->data = json_trim(*rest);
    p->event = p->args = (struct span){0};
    if (p->data.len > 0) {
        ssize_t n = json_value(p->data, &where);
        *rest = span_skip(p->data, n < 0 ? where : (size_t)n);
        if (n < 0) return PACKET_ERR_JSON;
        *rest = json_trim(*rest);
        if (rest->len > 0) return PACKET_ERR_JSON;
    }
    *rest = p->data;
    if (!data_has_type(p)) return PACKET_ERR_DATA;
    if (is_ack(p)) p->args = values(span_skip(p->data, 1));
    int error = is_event(p) ? parse_event(p) : 0;
    return error || !is_binary(p) ? error : parse_placeholders(p);
}

int packet_parse(struct packet *p, struct span text, size_t *where) {
    struct span rest = text;
    int error = parse_type(p, &rest);
    if (!error) error = parse_attachments(p, &rest);
    if (!error) error = parse_namespace(p, &rest);
    if (!error) error = parse_ack_id(p, &rest);
    if (!error) error = parse_data(p, &rest);
    if (error && where) *where = (size_t)(rest.data - text.data);
    return error;
}

/* Writes a number and returns the position after it. */
static uint8_t *write_number(uint8_t *out, int64_t number) {
    uint8_t digits[20];
    size_t n = 0;
    do {
        digits[n++] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (n > 0) *out++ = digits[--n];
    return out;
}

size_t packet_head(const struct packet *p, uint8_t out[PACKET_HEAD_MAX]) {
    assert(p->nsp.len <= LIMIT_NAMESPACE);
    uint8_t *to = out;
    *to++ = (uint8_t)('0' + p->type);
    if (is_binary(p)) {
        to = write_number(to, p->attachments);
        *to++ = '-';
    }
    if (p->nsp.len > 1) {
        memcpy(to, p->nsp.data, p->nsp.len);
        to += p->nsp.len;
        *to++ = ',';
    }
    if (p->id >= 0) to = write_number(to, p->id);
    return (size_t)(to - out);
}

const char *packet_explain(int error) {
    static const char *const texts[] = {
        "no error",
        "the type is not 0 to 6",
        "no number of attachments from 1 to 10 and a dash",
        "the namespace is too long",
        "the ack id is missing, too big or not allowed here",
        "not JSON, or nested too deep",
        "not the kind of JSON that this type carries",
        "no event name, or a reserved one",
        "the placeholders are not one for each attachment",
    };
    return texts[-error];
}
