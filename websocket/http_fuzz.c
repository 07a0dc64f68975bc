/* http_fuzz.c: how a request is cut does not change what is read; and a request
 * that is written from what was read is read as the same one. */
#include "packets/exact_unit.h"
#include "websocket/http_body.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct http_head head, again;
static uint8_t joined[2][1 << 16];

/* Returns a size of pieces, from 1 to 32, that depends on the input. */
static size_t cut(struct span bytes) {
    return bytes.len ? bytes.data[bytes.len / 2] % 32u + 1 : 1;
}

static int in_pieces(struct span bytes, size_t step) {
    size_t seen = 0;
    for (size_t n = step; seen < bytes.len; seen = n, n += step) {
        if (n > bytes.len) n = bytes.len;
        int got = http_request(&head, (struct span){bytes.data, n}, seen);
        if (got != 0) return got;
    }
    return 0;
}

static void write_again(struct buf *out) {
    char version[16];
    snprintf(version, sizeof version, " HTTP/1.%u\r\n", head.minor);
    buf_append(out, head.method.data, head.method.len);
    buf_text(out, " ");
    buf_append(out, head.target.data, head.target.len);
    buf_text(out, version);
    for (unsigned i = 0; i < head.count; i++) {
        buf_append(out, head.fields[i].name.data, head.fields[i].name.len);
        buf_text(out, ":");
        buf_append(out, head.fields[i].value.data, head.fields[i].value.len);
        buf_text(out, "\r\n");
    }
    buf_text(out, "\r\n");
    assert(!out->failed);
}

static void same_when_written(void) {
    struct buf out = {.max = 1 << 20};
    write_again(&out);
    assert(http_request(&again, buf_view(&out), 0) == (int)buf_view(&out).len);
    assert(span_equal(again.method, head.method));
    assert(span_equal(again.target, head.target));
    assert(span_equal(again.host, head.host));
    assert(again.count == head.count && again.length == head.length);
    assert(again.chunked == head.chunked && again.expects == head.expects);
    assert(again.keep_alive == head.keep_alive);
    buf_free(&out);
}

/* Joins the pieces of a body at to. Returns the last result. */
static int body(struct span bytes, size_t step, uint8_t *to, size_t *n) {
    struct http_body b;
    int got = http_body_init(&b, &head, 4096);
    *n = 0;
    while (got == 0 && bytes.len > 0) {
        struct span piece;
        struct span in = {bytes.data, step < bytes.len ? step : bytes.len};
        bytes = span_skip(bytes, in.len);
        while ((got = http_body_next(&b, &in, 4096, &piece)) == 1) {
            memcpy(to + *n, piece.data, piece.len);
            *n += piece.len;
        }
        bool has_ended = got == 0 && http_body_has_ended(&b);
        assert(got != 0 || in.len == 0 || has_ended);
        if (has_ended) break;
    }
    assert(*n <= 4096 && *n == b.total);
    return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n > sizeof joined[0]) return 0;
    uint8_t *copy = unit_exact(bytes, n);
    struct span all = {copy, n};
    int expected = http_request(&head, all, 0);
    assert(expected <= (int)n);
    assert(in_pieces(all, 1) == expected);
    assert(in_pieces(all, cut(all)) == expected);
    if (expected > 0) same_when_written();

    /* If no good head is there, the whole input is read as a chunked body. */
    if (expected <= 0) head = (struct http_head){.chunked = true};
    struct span rest = span_skip(all, expected > 0 ? (size_t)expected : 0);
    size_t size[2];
    int whole = body(rest, rest.len, joined[0], &size[0]);
    assert(body(rest, cut(all), joined[1], &size[1]) == whole);
    assert(size[0] == size[1]);
    assert(memcmp(joined[0], joined[1], size[0]) == 0);
    free(copy);
    return 0;
}
