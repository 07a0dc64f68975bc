/* explain_request_fuzz.c: whatever the query is, the response is JSON within
 * its limit, or one line that says what is wrong; and for good digits it is
 * what the dissector alone says. The first byte chooses: the rest is a query,
 * or the bytes for one of the dissectors. FUZZ_MAX_LEN: 9000 */
#include "packets/explain_json.h"
#include "socketio/explain_as.h"
#include "socketio/explain_request.h"
#include "socketio/json.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct buf target = {.max = BUF_MAX};
static struct buf out = {.max = LIMIT_EXPLAIN_OUTPUT};

static unsigned request(void) {
    buf_clear(&out);
    size_t n = buf_view(&target).len;
    uint8_t *copy = malloc(n);
    if (!copy) abort();
    memcpy(copy, buf_view(&target).data, n);
    unsigned status = explain_request((struct span){copy, n}, &out);
    free(copy);
    struct span body = buf_view(&out);
    assert(status == 200 || status == 400);
    if (status == 200) {
        assert(json_valid(body));
        return status;
    }
    assert(body.len > 0 && body.len < 200);
    assert(memchr(body.data, '\n', body.len) == body.data + body.len - 1);
    return status;
}

/* What the dissector with that number says. */
static bool explain(struct buf *json, int as, const uint8_t *bytes, size_t n,
                    size_t length) {
    struct explain e;
    struct dissector d;
    struct span input = {(uint8_t *)(uintptr_t)bytes, n};
    explain_init(&e, LIMIT_EXPLAIN_MEMORY);
    dissector_begin(&d, &e, input, EXPLAIN_APPLICATION, "data");
    if (length > n) dissector_narrow(&d, EXPLAIN_APPLICATION, length, "data");
    explain_as(&d, as);
    bool is_whole = dissector_finish(&d) && explain_json_write(json, &e, 0);
    explain_free(&e);
    return is_whole;
}

static void compare(const char *name, const uint8_t *bytes, size_t n,
                    size_t more) {
    struct buf json = {.max = LIMIT_EXPLAIN_OUTPUT};
    char text[60];
    bool is_good = n <= LIMIT_EXPLAIN_INPUT &&
                   explain(&json, explain_as_find(name), bytes, n, n + more);
    snprintf(text, sizeof text, "/explain?as=%s&length=%zu&hex=", name,
             n + more);
    buf_text(&target, text);
    for (size_t i = 0; i < n; i++) {
        snprintf(text, sizeof text, i % 2 ? "%02X" : "%02x", bytes[i]);
        buf_text(&target, text);
    }
    assert((request() == 200) == is_good);
    if (is_good) assert(span_equal(buf_view(&out), buf_view(&json)));
    buf_free(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static const char *const names[] = {"ethernet", "ipv4",    "ipv6", "tcp",
                                        "udp",      "dns",     "http", "ws",
                                        "engineio", "socketio"};
    enum {
        COUNT = sizeof names / sizeof *names
    };
    if (n == 0) return 0;
    buf_clear(&target);
    if (bytes[0] < COUNT) {
        compare(names[bytes[0]], bytes + 1, n - 1, 0);
    } else if (bytes[0] < 2 * COUNT) {
        compare(names[bytes[0] - COUNT], bytes + 1, n - 1, 10);
    } else {
        buf_text(&target, "/explain?as=ws&");
        buf_append(&target, bytes + 1, n - 1);
        request();
    }
    return 0;
}
