/* explain_request.c: see socketio/explain_request.h. read_as, read_hex and
 * read_length read the parameters; explain does the rest. */
#include "socketio/explain_request.h"
#include "packets/explain_json.h"
#include "packets/hex.h"
#include "socketio/explain_as.h"
#include "websocket/http.h"

#include <stdio.h>

struct request {
    int as;         /* number of a dissector */
    uint8_t *bytes; /* space for LIMIT_EXPLAIN_INPUT */
    size_t n;
    size_t length; /* of all that the bytes are the beginning of */
};

bool explain_request_is(struct span target) {
    return span_equal(http_path(target), span_from("/explain"));
}

const char *explain_request_type(unsigned status) {
    return status == 200 ? "application/json" : "text/plain; charset=utf-8";
}

/* Writes the line that says what is wrong. Returns false. */
static bool refuse(struct buf *out, const char *line) {
    buf_clear(out);
    buf_text(out, line);
    return false;
}

/* Decodes the value of a parameter. False: it is missing and must be there, it
 * occurs twice, or its encoding is wrong. */
static bool read_value(struct span target, const char *key, char *text,
                       size_t size, bool is_optional, struct buf *out) {
    char line[100];
    int count = http_query(target, key, text, size);
    if (count == 1 || (count == 0 && is_optional)) return true;
    /* RFC 3986 §2.1: a percent-encoding is "%" and two hexadecimal digits. */
    snprintf(line, sizeof line, "%s: %s\n", key,
             count < 0    ? "\"%\" must be followed by two hexadecimal digits, "
                            "not 00"
             : count == 0 ? "missing in the query"
                          : "more than one in the query");
    return refuse(out, line);
}

static bool read_as(struct request *r, struct span target, struct buf *out) {
    char text[20];
    if (!read_value(target, "as", text, sizeof text, false, out)) return false;
    r->as = explain_as_find(text);
    return r->as >= 0 || refuse(out, "as: one of " EXPLAIN_AS_NAMES "\n");
}

/* Says which byte of hex is wrong, the first one is byte 0. */
static bool refuse_hex(struct buf *out, size_t n, const char *digits) {
    char line[100];
    if (n == LIMIT_EXPLAIN_INPUT)
        snprintf(line, sizeof line, "hex: more than %d bytes\n",
                 LIMIT_EXPLAIN_INPUT);
    else
        snprintf(line, sizeof line, "hex: byte %zu: %s\n", n,
                 digits[1] == '\0' ? "a byte has two digits"
                                   : "not two hexadecimal digits");
    return refuse(out, line);
}

static bool read_hex(struct request *r, struct span target, struct buf *out) {
    char text[2 * LIMIT_EXPLAIN_INPUT + 3]; /* a byte too many, and a zero */
    const char *digits = text;
    if (!read_value(target, "hex", text, sizeof text, false, out)) return false;
    for (r->n = 0; *digits != '\0'; digits += 2) {
        int high = hex_digit((uint8_t)digits[0]);
        int low = high < 0 ? -1 : hex_digit((uint8_t)digits[1]);
        if (low < 0 || r->n == LIMIT_EXPLAIN_INPUT)
            return refuse_hex(out, r->n, digits);
        r->bytes[r->n++] = (uint8_t)(high * 16 + low);
    }
    return true;
}

static bool read_length(struct request *r, struct span target,
                        struct buf *out) {
    char text[12], line[100], *c = text;
    uint64_t length = 0;
    if (!read_value(target, "length", text, sizeof text, true, out))
        return false;
    r->length = r->n;
    if (text[0] == '\0') return true;
    for (; *c >= '0' && *c <= '9'; c++)
        length = length * 10 + (uint64_t)(*c - '0');
    r->length = (size_t)length;
    if (*c == '\0' && length >= r->n && length <= EXPLAIN_MAX_INPUT)
        return true;
    snprintf(line, sizeof line, "length: a number from %zu to %d\n", r->n,
             EXPLAIN_MAX_INPUT);
    return refuse(out, line);
}

static bool explain(const struct request *r, struct buf *out) {
    struct explain e;
    struct dissector d;
    explain_init(&e, LIMIT_EXPLAIN_MEMORY);
    dissector_begin(&d, &e, (struct span){r->bytes, r->n}, EXPLAIN_APPLICATION,
                    "data");
    dissector_narrow(&d, EXPLAIN_APPLICATION, r->length, "data");
    explain_as(&d, r->as);
    bool is_whole = dissector_finish(&d) && explain_json_write(out, &e, 0);
    explain_free(&e);
    return is_whole ||
           refuse(out, "hex: too many fields: explain fewer bytes at once\n");
}

unsigned explain_request(struct span target, struct buf *out) {
    uint8_t bytes[LIMIT_EXPLAIN_INPUT];
    struct request r = {.bytes = bytes};
    bool is_good = read_as(&r, target, out) && read_hex(&r, target, out) &&
                   read_length(&r, target, out) && explain(&r, out);
    return is_good ? 200 : 400;
}
