/* upgrade_fuzz.c: whatever is asked, the answer is HTTP that ends where it
 * says; an accepted handshake is confirmed by the client's side, and by no
 * other key; and every nonce makes a handshake that is accepted. */
#include "websocket/handshake.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct http_head head, answer;

/* Answers head with status. Returns the answer, for answer to borrow from. */
static struct buf answered(unsigned status) {
    struct buf out = {.max = 4000};
    assert(handshake_respond(&out, &head, status, NULL));
    int n = http_response(&answer, buf_view(&out), 0);
    assert(n > 0 && n + (int)answer.length == (int)out.end);
    assert(answer.status == status);
    assert(status == 101 ||
           http_field_has_token(&answer, "Connection", "close"));
    return out;
}

static void answer_it(struct span bytes) {
    int n = http_request(&head, bytes, 0);
    if (n == 0) return;
    unsigned status = n < 0 ? (unsigned)-n : handshake_check(&head);
    struct buf out = answered(status);
    if (status == 101) {
        char accept[HANDSHAKE_ACCEPT];
        struct span key = http_field(&head, "Sec-WebSocket-Key", NULL);
        assert(handshake_is_requested(&head) && key.len == HANDSHAKE_KEY);
        handshake_accept(key.data, accept);
        assert(handshake_verify(&answer, accept) == NULL);
        accept[bytes.len % HANDSHAKE_ACCEPT] ^= 1;
        assert(handshake_verify(&answer, accept) != NULL);
    }
    buf_free(&out);
}

static void ask(const uint8_t nonce[16]) {
    struct buf text = {.max = 4000};
    char accept[HANDSHAKE_ACCEPT];
    assert(handshake_write_request(&text, "localhost", "/", nonce, accept));
    assert(http_request(&head, buf_view(&text), 0) == (int)text.end);
    assert(handshake_check(&head) == 101);
    struct buf out = answered(101);
    assert(handshake_verify(&answer, accept) == NULL);
    buf_free(&out);
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct buf copy = {.max = 1 << 20};
    if (n == 0 || !buf_append(&copy, bytes, n)) return 0;
    answer_it(buf_view(&copy));
    if (n >= 16) ask(bytes);
    buf_free(&copy);
    return 0;
}
