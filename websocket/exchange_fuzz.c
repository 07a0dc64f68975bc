/* exchange_fuzz.c: however a connection's bytes are cut, the same requests come
 * out of it, in the same order, and it ends alike. */
#include "websocket/exchange.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

struct told { /* what has come out, in a few words */
    size_t n;
    char text[4096];
};

static void tell(struct told *t, const char *what, size_t n) {
    if (n > sizeof t->text - t->n) n = sizeof t->text - t->n;
    memcpy(t->text + t->n, what, n);
    t->n += n;
}

static enum exchange_phase feed(const uint8_t *bytes, size_t n, size_t step,
                                struct told *t) {
    struct exchange x;
    struct http_head h;
    enum exchange_event event;
    exchange_init(&x, 1 << 20);
    for (size_t at = 0; at < n; at += step) {
        uint8_t *exact = malloc(step);
        size_t size = n - at < step ? n - at : step;
        if (!exact) abort();
        memcpy(exact, bytes + at, size);
        exchange_put(&x, (struct span){exact, size});
        free(exact);
        while ((event = exchange_next(&x, &h)) != EXCHANGE_NOTHING) {
            char status[4];
            snprintf(status, sizeof status, "%3u", x.status % 1000);
            if (event == EXCHANGE_REQUEST)
                tell(t, (const char *)h.target.data, h.target.len);
            else
                tell(t, status, 3);
            if (event == EXCHANGE_READY) exchange_answered(&x);
        }
        assert(x.phase != EXCHANGE_ANSWER && x.phase != EXCHANGE_OVER);
    }
    exchange_free(&x);
    return x.phase;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static struct told whole, pieces;
    whole.n = pieces.n = 0;
    /* More than LIMIT_HTTP_PIPELINED in one read would end earlier; none is
     * shorter than this. */
    if (n == 0 || n > LIMIT_HTTP_PIPELINED * strlen("A / HTTP/1.0\r\n\r\n"))
        return 0;
    enum exchange_phase end = feed(bytes, n, n, &whole);
    assert(feed(bytes, n, 1, &pieces) == end);
    assert(whole.n == pieces.n);
    assert(memcmp(whole.text, pieces.text, whole.n) == 0);
    pieces.n = 0;
    assert(feed(bytes, n, bytes[0] % 16u + 2, &pieces) == end);
    assert(whole.n == pieces.n);
    return 0;
}
