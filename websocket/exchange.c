#include "websocket/exchange.h"

#include <assert.h>
#include <stdio.h>

void exchange_times_init(struct exchange_times *times) {
    static const uint32_t lasts[EXCHANGE_OVER] = {
        [EXCHANGE_IDLE] = LIMIT_IDLE_MS,
        [EXCHANGE_HEAD] = LIMIT_HEAD_MS,
        [EXCHANGE_BODY] = LIMIT_BODY_MS,
        [EXCHANGE_ANSWER] = UINT32_MAX, /* a slow reader may take its time */
        [EXCHANGE_ENDING] = LIMIT_CLOSING_MS,
    };
    for (int i = 0; i < EXCHANGE_OVER; i++)
        timers_init(&times->of[i], lasts[i]);
}

void exchange_init(struct exchange *x, uint32_t max) {
    *x = (struct exchange){.phase = EXCHANGE_HEAD, .timed = EXCHANGE_OVER};
    x->held.max = max & INT32_MAX;
}

void exchange_free(struct exchange *x) {
    timer_stop(&x->deadline);
    buf_free(&x->held);
}

void exchange_put(struct exchange *x, struct span bytes) {
    x->heads = 0;
    if (x->phase >= EXCHANGE_ENDING) return;
    if (!buf_append(&x->held, bytes.data, bytes.len)) x->phase = EXCHANGE_OVER;
}

/* Where a next request would begin is unknown after a fault: this answer is
 * the last, and what has come is forgotten. */
static void fail(struct exchange *x, int error) {
    x->phase = EXCHANGE_ANSWER;
    x->ready = true;
    x->status = (unsigned)-error;
    x->goes_on = x->head_only = false;
    x->consumed = 0;
    buf_free(&x->held);
}

static enum exchange_event read_head(struct exchange *x, struct http_head *h) {
    struct span held = buf_view(&x->held);
    int got = http_request(h, held, x->seen);
    x->seen = got == 0 ? held.len : 0;
    if (got == 0) return EXCHANGE_NOTHING;
    int error = got < 0 ? got : http_body_init(&x->body, h, LIMIT_HTTP_BODY);
    if (error) {
        fail(x, error);
        return EXCHANGE_NOTHING;
    }
    x->consumed = (size_t)got;
    x->phase = EXCHANGE_BODY;
    x->goes_on = h->keep_alive;
    if (++x->heads == LIMIT_HTTP_PIPELINED && held.len > x->consumed)
        x->goes_on = false;
    /* RFC 9110 §9.1: the method is case-sensitive. */
    x->head_only = span_equal(h->method, span_from("HEAD"));
    /* RFC 9110 §10.1.1: who expects 100 and has a body MUST be answered at
     * once, with 100 or with a final status. Here with that, and without the
     * body, which may then never come: so no request can follow. */
    if (h->expects && (h->chunked || h->length > 0)) {
        x->body = (struct http_body){.left = 0};
        x->goes_on = false;
    }
    return EXCHANGE_REQUEST;
}

static void read_body(struct exchange *x) {
    buf_consume(&x->held, x->consumed);
    x->consumed = 0;
    struct span in = buf_view(&x->held), piece;
    size_t n = in.len;
    int got;
    do got = http_body_next(&x->body, &in, LIMIT_HTTP_BODY, &piece);
    while (got == 1);
    buf_consume(&x->held, n - in.len);
    if (got < 0) fail(x, got);
    if (got != 2) return;
    x->phase = EXCHANGE_ANSWER;
    x->ready = true;
}

enum exchange_event exchange_next(struct exchange *x, struct http_head *h) {
    if (x->phase == EXCHANGE_IDLE) {
        if (buf_view(&x->held).len > 0)
            x->phase = EXCHANGE_HEAD;
        else
            buf_free(&x->held); /* an idle connection owns no buffer */
    }
    enum exchange_event event = EXCHANGE_NOTHING;
    if (x->phase == EXCHANGE_HEAD)
        event = read_head(x, h);
    else if (x->phase == EXCHANGE_BODY)
        read_body(x);
    if (x->ready) event = EXCHANGE_READY;
    x->ready = false;
    return event;
}

bool exchange_answer(const struct exchange *x, struct buf *out, unsigned status,
                     const char *type, size_t n) {
    char text[64], more[64];
    /* RFC 9110 §15.5.6: with 405 a server MUST send Allow. RFC 9112 §9.6: with
     * its last answer a server ought to send the close option. */
    snprintf(more, sizeof more, "%s%s",
             status == 405 ? "Allow: GET, HEAD\r\n" : "",
             x->goes_on ? "" : "Connection: close\r\n");
    if (type) return http_write_head(out, status, type, n, more);
    snprintf(text, sizeof text, "%u %s\n", status, http_reason(status));
    return http_write_head(out, status, "text/plain", strlen(text), more) &&
           (x->head_only || buf_text(out, text));
}

void exchange_answered(struct exchange *x) {
    assert(x->phase == EXCHANGE_ANSWER && !x->ready);
    x->status = 0;
    x->phase = x->goes_on ? EXCHANGE_IDLE : EXCHANGE_ENDING;
    if (!x->goes_on) buf_free(&x->held);
}

void exchange_keep_time(struct exchange *x, struct exchange_times *times,
                        int64_t now, bool busy) {
    enum exchange_phase phase = busy ? EXCHANGE_ANSWER : x->phase;
    if (phase == x->timed || phase == EXCHANGE_OVER) return;
    x->timed = phase;
    timer_start(&times->of[phase], &x->deadline, now);
}

struct exchange *exchange_late(struct exchange_times *times, int64_t now) {
    struct timer *t = NULL;
    for (int i = 0; i < EXCHANGE_OVER && !t; i++)
        t = timers_pop_due(&times->of[i], now);
    if (!t) return NULL;
    struct exchange *x = (struct exchange *)(void *)t; /* its first member */
    bool waits = x->phase == EXCHANGE_HEAD || x->phase == EXCHANGE_BODY;
    x->goes_on = false;
    if (waits)
        fail(x, -408);
    else
        x->phase = x->phase == EXCHANGE_IDLE ? EXCHANGE_ENDING : EXCHANGE_OVER;
    return x;
}

int exchange_wait(const struct exchange_times *times, int64_t now, int wait) {
    for (int i = 0; i < EXCHANGE_OVER; i++)
        wait = timers_wait(&times->of[i], now, wait);
    return wait;
}
