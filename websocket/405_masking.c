/*
 * 405_masking.c: why a client masks what it sends
 *
 * Shows       A message that looks like a request poisons a cache on the way,
 *             unless the author of the message cannot predict its mask.
 * By hand     A cache that does not know Upgrade; the attack on it.
 * Calls       websocket/handshake.h, frame.h; masks.h, introduced here
 * Run         $ bin/405_masking
 *             $ bin/405_masking --break
 * Try         Give the bank's GET another Host than the message has.
 * Read        RFC 6455 §5.1, §5.3, §10.3; RFC 9111 §3
 */
#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "websocket/frame.h"
#include "websocket/handshake.h"
#include "websocket/masks.h"

#include <stdio.h>

#define GET "GET /app.js HTTP/1.1\r\nHost: bank.example\r\n\r\n"
#define SCRIPT(text) "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n" text
#define MAX 1000 /* bytes; nothing here is longer */

static int near[2], far[2];   /* browser, cache; cache, server */
static char stored_name[MAX]; /* the URL of the response that the cache keeps */
static struct buf stored = {.max = MAX};

static void print_hex(const char *title, const uint8_t *bytes, size_t n) {
    printf("%s", title);
    for (size_t i = 0; i < n; i++) printf(" %02x", bytes[i]);
    putchar('\n');
}

/* Sends bytes on one end of a connection and receives them on the other. */
static struct span travel(const int ends[2], int from, struct span bytes) {
    static uint8_t arrived[MAX];
    check(io_send_all(ends[from], bytes.data, bytes.len) == 0, "send");
    check(io_recv_all(ends[!from], arrived, bytes.len) >= 0, "receive");
    return (struct span){arrived, bytes.len};
}

/* Finds the first request that begins at the start of a line. */
static bool find_request(struct span in, struct http_head *h) {
    for (uint8_t last = '\n'; in.len > 0; in = span_skip(in, 1)) {
        if (last == '\n' && http_request(h, in, 0) > 0) return true;
        last = in.data[0];
    }
    return false;
}

/* Both servers have /app.js; evil.example opens WebSockets as well. */
static struct span serve(bool is_evil, struct span in) {
    static struct buf out = {.max = MAX};
    struct http_head h;
    bool is_request = find_request(in, &h);
    buf_clear(&out);
    if (is_request && handshake_is_requested(&h))
        handshake_respond(&out, &h, 101, NULL);
    else if (is_request)
        buf_text(&out, is_evil ? SCRIPT("steal()") : SCRIPT("login()"));
    else
        printf("  evil.example: a frame of %zu bytes\n", in.len);
    return buf_view(&out);
}

/* The cache forwards what a browser sends to the server that the browser has
 * connected to. It stores the response under the URL that the request names. */
static struct span pass(bool is_evil, struct span bytes) {
    char name[MAX] = "no request";
    struct http_head h;
    struct span in = travel(near, 0, bytes);
    if (find_request(in, &h))
        snprintf(name, sizeof name, "%.*s%.*s", (int)h.host.len, h.host.data,
                 (int)h.target.len, h.target.data);
    bool is_stored = stored.end > 0 && strcmp(name, stored_name) == 0;
    printf("  cache: %s%s\n", name, is_stored ? ", stored" : "");
    if (is_stored) return travel(near, 1, buf_view(&stored));
    struct span reply = travel(far, 1, serve(is_evil, travel(far, 0, in)));
    if (http_response(&h, reply, 0) > 0 && h.status == 200) {
        memcpy(stored_name, name, sizeof name);
        buf_append(&stored, reply.data, reply.len);
    }
    return travel(near, 1, reply);
}

/* Plays one attack. The browser masks with key, or not at all if it is NULL. */
static void attack(const char *title, const uint8_t *key, bool is_predicted) {
    struct handshake_request chat = {"evil.example", "/chat", NULL, {0}};
    uint8_t text[] = "\r\n" GET;
    struct span message = {text, sizeof text - 1};
    struct buf out = {.max = MAX};
    puts(title);
    check(pair_open(near) == 0 && pair_open(far) == 0, "connect");
    handshake_write_request(&out, &chat);
    pass(true, buf_view(&out));
    buf_clear(&out);
    if (is_predicted) frame_mask(text, message.len, key, 0); /* by the page */
    frame_append(&out, FRAME_BINARY, &message, 1, key);
    print_hex("  browser:", out.bytes, key ? 12 : 8);
    pass(true, buf_view(&out));
    buf_free(&out);
    check(pair_open(near) == 0 && pair_open(far) == 0, "connect");
    struct span reply = pass(false, span_from(GET));
    printf("  another user runs %.7s\n", reply.data + reply.len - 7);
    buf_clear(&stored);
}

/* RFC 6455 §5.1: a server MUST NOT mask, and a client MUST close if it does. */
static int mask_as_server(const uint8_t *key) {
    struct span text = span_from("Hello"), code = span_from("\x03\xea");
    static struct buf out = {.max = MAX};
    check(pair_open(near) == 0, "connect");
    frame_append(&out, FRAME_TEXT, &text, 1, key);
    struct span in = travel(near, 1, buf_view(&out));
    print_hex("server, \"Hello\":", in.data, in.len);
    buf_clear(&out);
    if (in.data[1] & 0x80) frame_append(&out, FRAME_CLOSE, &code, 1, key);
    print_hex("client, 1002:", travel(near, 0, buf_view(&out)).data, out.end);
    puts("What you saw: a frame that one can read, and has to refuse.");
    return 0;
}

int main(int argc, char **argv) {
    static const uint8_t predicted[MASKS_KEY] = {0x37, 0xfa, 0x21, 0x3d};
    uint8_t seed[MASKS_SEED];
    struct mask_source masks;
    bool is_broken = false;
    int status = options_experiment(argc, argv, "a server masks", &is_broken);
    if (status != -1) return status;
    check(io_random(seed, sizeof seed) == 0, "random");
    masks_init(&masks, seed);
    if (is_broken) return mask_as_server(masks_next(&masks));
    attack("not masked:", NULL, false);
    attack("masked, and the page predicts the key:", predicted, true);
    attack("masked, with a key from masks_next:", masks_next(&masks), false);
    puts("What you saw: whoever chose the bytes on the wire chose the script.");
    return 0;
}
