/*
 * http_body.c: finds the length of a body, and reads it (RFC 9112 §6, §7)
 *
 *   http_framing     Content-Length and Transfer-Encoding of a head
 *   http_body_init, http_body_next     counted, or chunk by chunk
 */
#include "websocket/http_body.h"
#include "packets/hex.h"
#include "websocket/http_inside.h"

#include <assert.h>

/* Content-Length = 1*DIGIT, RFC 9110 §8.6: no sign, no space, no list. */
static bool number(struct span digits, uint64_t *value) {
    *value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!http_is_digit(digits.data[i])) return false;
        uint64_t digit = digits.data[i] - '0';
        /* RFC 9110 §8.6: a recipient MUST anticipate large numerals and
         * prevent errors due to integer conversion overflows. */
        if (*value > (UINT64_MAX - digit) / 10) return false;
        *value = *value * 10 + digit;
    }
    return digits.len > 0;
}

/* RFC 9112 §6.1: all Transfer-Encoding fields are one list of codings, in the
 * order in which they were applied. This parser knows only chunked. */
static int transfer_coding(struct http_head *h) {
    for (unsigned i = 0; i < h->count; i++) {
        if (!span_equal_ci(h->fields[i].name, span_from("Transfer-Encoding")))
            continue;
        struct span list = h->fields[i].value, coding;
        while (http_element(&list, &coding)) {
            /* RFC 9112 §6.1: a server that receives a transfer coding it does
             * not understand SHOULD respond with 501. */
            if (!span_equal_ci(coding, span_from("chunked")))
                return HTTP_ERR_CODING;
            /* RFC 9112 §6.1: a sender MUST NOT apply chunked twice. */
            if (h->chunked) return HTTP_ERR_BAD;
            h->chunked = true;
        }
    }
    /* RFC 9112 §6.3 item 4: without chunked at the end of the list the length
     * cannot be determined: a server MUST respond with 400. */
    return h->chunked ? 0 : HTTP_ERR_BAD;
}

int http_framing(struct http_head *h) {
    unsigned lengths, codings;
    struct span length = http_field(h, "Content-Length", &lengths);
    http_field(h, "Transfer-Encoding", &codings);
    /* RFC 9112 §6.3 item 3: both might be an attempt at request smuggling and
     * ought to be handled as an error. */
    if (lengths > 0 && codings > 0) return HTTP_ERR_BAD;
    /* RFC 9112 §6.1: Transfer-Encoding in a HTTP/1.0 message MUST be treated
     * as faulty framing. */
    if (codings > 0 && h->minor == 0) return HTTP_ERR_BAD;
    if (codings > 0) return transfer_coding(h);
    /* RFC 9112 §6.3 item 5: an invalid Content-Length is an unrecoverable
     * error: 400. A recipient MAY accept a list or a second field if all the
     * values are equal. This one does not. */
    if (lengths > 1) return HTTP_ERR_BAD;
    if (lengths == 1 && !number(length, &h->length)) return HTTP_ERR_BAD;
    return 0;
}

/* The part of a body that the next byte belongs to. The states from SIZE on
 * follow the grammar of RFC 9112 §7.1, in its order:
 *   chunk          = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
 *   chunk-ext      = *( BWS ";" ... )
 *   chunked-body   = *chunk last-chunk trailer-section CRLF */
enum state {
    ENDED,     /* 0: see http_body_has_ended */
    COUNTED,   /* Content-Length: "left" bytes are missing */
    SIZE,      /* a digit of chunk-size, or the byte after it */
    BLANK,     /* BWS before ";" */
    EXTENSION, /* up to CR */
    SIZE_LF,   /* the LF after chunk-size and chunk-ext */
    CHUNK,     /* chunk-data: "left" bytes are missing */
    CHUNK_CR,
    CHUNK_LF,
    TRAILER, /* a trailer field or the last CRLF begins */
    NAME,    /* of a trailer field, up to ":" */
    VALUE,   /* up to CR */
    VALUE_LF,
    LAST_LF,
};

int http_body_init(struct http_body *b, const struct http_head *h,
                   uint32_t max) {
    *b = (struct http_body){.state = ENDED};
    if (h->chunked) b->state = SIZE;
    if (h->length > max) return HTTP_ERR_BODY;
    b->left = (uint32_t)h->length;
    if (b->left > 0) b->state = COUNTED;
    return 0;
}

/* Enters the state next if c is the byte that is required here. */
static int expect(struct http_body *b, uint8_t c, char expected,
                  enum state next) {
    if (c != (uint8_t)expected) return HTTP_ERR_BAD;
    b->state = (uint8_t)next;
    return 0;
}

static int size_digit(struct http_body *b, unsigned digit, uint32_t max) {
    /* RFC 9112 §7.1: recipients MUST anticipate large hexadecimal numerals and
     * prevent errors due to overflows. So the size is checked after each
     * digit. */
    if (b->digits == LIMIT_HTTP_CHUNK_DIGITS) return HTTP_ERR_BAD;
    uint64_t size = (uint64_t)b->left * 16 + digit;
    if (size > max - b->total) return HTTP_ERR_BODY;
    b->left = (uint32_t)size;
    b->digits++;
    return 0;
}

/* Handles a byte of the BWS and the extensions after a chunk-size, up to the
 * CR. RFC 9112 §7.1.1: a recipient MUST ignore extensions it does not know, and
 * a server ought to limit the total length of them in a request. */
static int extension(struct http_body *b, uint8_t c) {
    if (b->extensions++ == LIMIT_HTTP_CHUNK_EXTENSIONS) return HTTP_ERR_BAD;
    if (b->state == EXTENSION) return http_is_text(c) ? 0 : HTTP_ERR_BAD;
    b->state = BLANK;
    return c == ' ' || c == '\t' ? 0 : expect(b, c, ';', EXTENSION);
}

/* Handles a byte of a line that begins with a chunk-size: SIZE, BLANK,
 * EXTENSION. */
static int size_line(struct http_body *b, uint8_t c, uint32_t max) {
    int digit = hex_digit(c);
    if (b->state == SIZE && digit >= 0)
        return size_digit(b, (unsigned)digit, max);
    if (b->digits == 0) return HTTP_ERR_BAD; /* chunk-size = 1*HEXDIG */
    if (b->state != BLANK && c == '\r') return expect(b, c, '\r', SIZE_LF);
    return extension(b, c);
}

/* Handles a byte of the trailer section, which is checked and dropped (RFC 9112
 * §7.1.2 allows that). The section may be as long as a head. */
static int trailer(struct http_body *b, uint8_t c) {
    if (b->trailers++ == LIMIT_HTTP_HEAD) return HTTP_ERR_HEAD;
    switch ((enum state)b->state) {
    case TRAILER:
        if (c == '\r') return expect(b, c, '\r', LAST_LF);
        b->state = NAME;
        return http_is_token(c) ? 0 : HTTP_ERR_BAD;
    case NAME:
        return http_is_token(c) ? 0 : expect(b, c, ':', VALUE);
    case VALUE:
        return http_is_text(c) ? 0 : expect(b, c, '\r', VALUE_LF);
    case VALUE_LF:
        return expect(b, c, '\n', TRAILER);
    default:
        return expect(b, c, '\n', ENDED);
    }
}

/* Handles a byte of a chunked body outside of chunk-data. */
static int framing(struct http_body *b, uint8_t c, uint32_t max) {
    switch ((enum state)b->state) {
    case SIZE:
    case BLANK:
    case EXTENSION:
        return size_line(b, c, max);
    case SIZE_LF:
        b->digits = 0;
        return expect(b, c, '\n', b->left > 0 ? CHUNK : TRAILER);
    case CHUNK_CR:
        return expect(b, c, '\r', CHUNK_LF);
    case CHUNK_LF:
        return expect(b, c, '\n', SIZE);
    default:
        return trailer(b, c);
    }
}

/* In COUNTED and CHUNK: consumes the data that has arrived. */
static void consume_data(struct http_body *b, struct span *in,
                         struct span *piece) {
    *piece = *in;
    if (piece->len > b->left) piece->len = b->left;
    *in = span_skip(*in, piece->len);
    b->left -= (uint32_t)piece->len;
    b->total += (uint32_t)piece->len;
    if (b->left == 0) b->state = b->state == COUNTED ? ENDED : CHUNK_CR;
}

int http_body_next(struct http_body *b, struct span *in, uint32_t max,
                   struct span *piece) {
    assert(b->total <= max);
    while (b->state != ENDED && in->len > 0) {
        if (b->state == COUNTED || b->state == CHUNK) {
            consume_data(b, in, piece);
            return 1;
        }
        int error = framing(b, in->data[0], max);
        if (error) return error;
        *in = span_skip(*in, 1);
    }
    return 0;
}
