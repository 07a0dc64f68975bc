/* handshake_fuzz.c: for any request, the response is HTTP that ends where it
 * says; an accepted handshake is confirmed by the client's side, and by no
 * other key; and every nonce makes a handshake that is accepted. FUZZ_MAX_LEN:
 * 40000 */
#include "websocket/handshake.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct http_head head, answer;

/* Answers head with status. Returns the answer, for answer to borrow from. */
static struct buf answered(unsigned status) {
    struct buf out = {.max = 1 << 20};
    assert(handshake_respond(&out, &head, status, NULL));
    int n = http_response(&answer, buf_view(&out), 0);
    assert(n > 0 && n + (int)answer.length == (int)out.end);
    assert(answer.status == status);
    assert(status == 101 ||
           http_field_has_token(&answer, "Connection", "close"));
    return out;
}

static void respond(struct span bytes) {
    int n = http_request(&head, bytes, 0);
    if (n == 0) return;
    int error = n < 0 ? n : handshake_check(&head);
    struct buf out = answered(error ? (unsigned)-error : 101);
    if (error == 0) {
        char accept[HANDSHAKE_ACCEPT];
        struct span key = http_field(&head, "Sec-WebSocket-Key", NULL);
        assert(handshake_is_requested(&head) && key.len == HANDSHAKE_KEY);
        handshake_accept(key.data, accept);
        assert(span_equal(http_field(&answer, "Sec-WebSocket-Accept", NULL),
                          (struct span){(uint8_t *)accept, sizeof accept}));
    }
    buf_free(&out);
}

/* nonce: 16 bytes. The one offer that there may be is selected. */
static void request(const uint8_t *nonce, const char *protocols) {
    struct buf text = {.max = 4000};
    struct handshake_request r = {
        .host = "localhost", .target = "/", .protocols = protocols};
    memcpy(r.nonce, nonce, sizeof r.nonce);
    assert(handshake_write_request(&text, &r));
    assert(http_request(&head, buf_view(&text), 0) == (int)text.end);
    assert(handshake_check(&head) == 0);
    struct buf out = answered(101);
    assert(handshake_verify(&answer, &r) == NULL);
    r.nonce[0] ^= 1;
    assert(handshake_verify(&answer, &r) != NULL);
    buf_free(&out);
    buf_free(&text);
}

/* Fed in two pieces, the answer is the same as to the whole. */
static void feed(struct span bytes) {
    for (size_t cut = 0; cut < 2; cut++) {
        struct buf request_head = {.max = LIMIT_HTTP_HEAD},
                   out = {.max = 1 << 20};
        struct span in = {bytes.data, cut ? bytes.len / 2 : bytes.len};
        struct span rest = span_skip(bytes, in.len);
        int got =
            handshake_server_feed(&request_head, &in, &out, true, NULL, NULL);
        if (cut && got == 0)
            got = handshake_server_feed(&request_head, &rest, &out, true, NULL,
                                        NULL);
        assert((got == 0) == (out.end == 0));
        static int whole;
        if (cut == 0)
            whole = got;
        else
            assert(got == whole);
        buf_free(&request_head);
        buf_free(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct buf copy = {.max = 1 << 20};
    if (n == 0 || !buf_append(&copy, bytes, n)) return 0;
    respond(buf_view(&copy));
    feed(buf_view(&copy));
    if (n >= 16) request(bytes, n % 2 ? "chat" : NULL);
    buf_free(&copy);
    return 0;
}
