/*
 * 412_login.c: four ways to log a browser in, each attacked
 *
 * Shows       A script can set no field. Four places for a secret, 4 attacks.
 * By hand     What the server checks in each way, and its access log.
 * Calls       websocket/handshake.h, origin.h, frame.h, masks.h
 * Run         $ bin/412_login
 *             $ bin/412_login --break
 * Try         Offer "chat, ticket.": where is the secret then?
 * Limits      The clock is modelled. span_equal does not take constant time.
 * Read        RFC 6455 §4.2.2, §10.2, §10.5; RFC 6265 §8.2; RFC 6750 §5.3
 */
#include "tcp/options.h"
#include "tcp/pair.h"
#include "websocket/frame.h"
#include "websocket/handshake.h"
#include "websocket/masks.h"
#include "websocket/origin.h"

#include <stdio.h>

#define SECRET 8    /* characters, at the end of what carries it */
#define TICKET_S 30 /* seconds in which the server accepts a ticket once */
#define PLACES 2    /* for clients that have not sent a secret yet */
#define OUR "chat.example"

static const struct way {
    const char *name, *target, *field, *attacker, *origin;
} cookie = {"cookie", "/a", "\r\nCookie: sid=", "another page", "evil.example"},
  query = {"query", "/b?ticket=", "", "reader of the log", OUR},
  message = {"first message", "/c", "", "silent client", OUR},
  protocol = {"subprotocol", "/d", "\r\nSec-WebSocket-Protocol: ticket.",
              "reader, 31 s later", OUR};

static char secret[SECRET + 1]; /* Alice's: of her session, or a ticket */
static const char *seen_in;     /* where others may read the secret */
static bool is_broken;
static int uses, age_s, silent, stopped; /* uses and age are the ticket's */
static struct mask_source source;
static struct buf out = {.max = 1000};
static const struct way *const ways[] = {&cookie, &query, &message, &protocol};

/* Each check returns NULL, or why the server refuses. */
static const char *check_secret(const struct way *w, struct span s) {
    struct span end = s.len < SECRET ? s : span_skip(s, s.len - SECRET);
    if (!span_equal(end, span_from(secret))) return "wrong secret";
    if (w == &cookie || is_broken) return NULL; /* for many connections */
    if (age_s > TICKET_S) return "ticket too old";
    return uses++ > 0 ? "ticket used before" : NULL;
}

static const char *check_request(const struct way *w, struct http_head *h) {
    const char *name = w == &cookie ? "Cookie" : "Sec-WebSocket-Protocol";
    struct span s = w == &query ? h->target : http_field(h, name, NULL);
    if (!is_broken && origin_check(h, false, NULL)) return "another origin";
    if (w != &message) return check_secret(w, s);
    return silent++ < PLACES ? NULL : "no place is free"; /* no secret yet */
}

/* Opens a WebSocket as a browser does. The script chooses URL and protocols;
 * the browser adds Origin, and a cookie if it has one for this URL. */
static const char *connect_as(const char *name, const char *origin,
                              const struct way *w) {
    char text[500];
    struct http_head h;
    snprintf(text, 500,
             "GET %s%s HTTP/1.1\r\nHost: " OUR "\r\nUpgrade: websocket\r\n"
             "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Origin: https://%s%s%s\r\n\r\n",
             w->target, w == &query ? secret : "", origin, w->field,
             *w->field ? secret : "");
    if (http_request(&h, span_from(text), 0) <= 0) die("not a request");
    const char *why = check_request(w, &h);
    printf("  %s\n    > Origin: https://%s\n", name, origin);
    if (*w->field) printf("    > %s%s\n", w->field + 2, secret);
    buf_clear(&out);
    handshake_respond(&out, &h, why ? 403 : 101, NULL);
    if (!buf_append(&out, "", 1) || !out.bytes) die("out of memory");
    char *echo = strstr((char *)out.bytes, "Sec-WebSocket-Protocol");
    if (echo) printf("    < %.*s\n", (int)strcspn(echo, "\r"), echo);
    text[strcspn(text, "\r")] = '\0'; /* the log has the first line only */
    printf("    log: %s, %.3s %s\n", text, (char *)out.bytes + 9,
           why ? why : "open");
    if (echo) echo = strstr(echo, secret);
    seen_in = strstr(text, secret) ? "log" : echo ? "response" : "-";
    return why;
}

static const char *send_message(void) { /* only now Alice says who she is */
    static struct buf b = {.max = 100};
    struct span text = span_from(secret);
    struct frame f;
    frame_append(&b, FRAME_TEXT, &text, 1, masks_next(&source));
    int n = frame_parse(&f, b.bytes, b.end);
    frame_mask(b.bytes + n, f.length, f.key, 0);
    silent--;
    return check_secret(&message, (struct span){b.bytes + n, f.length});
}

static const char *fill_places(void) {
    for (int i = 0; i < PLACES; i++) connect_as("silent client", OUR, &message);
    connect_as("Alice", OUR, &message);
    puts("  10 s later, modelled");
    if (!is_broken) silent = 0; /* a server closes them, with 1008 */
    return connect_as("Alice", OUR, &message) ? NULL : "time limit";
}

static void run(const struct way *w, char row[100]) {
    const uint8_t *k = masks_next(&source);
    puts(w->name);
    snprintf(secret, sizeof secret, "%02x%02x%02x%02x", k[0], k[1], k[2], k[3]);
    uses = 0;
    const char *why = connect_as("Alice", OUR, w), *works, *leak = seen_in;
    works = (w == &message ? send_message() : why) ? "no" : "yes";
    if (w == &protocol) age_s = TICKET_S + 1; /* modelled */
    why = w == &message ? fill_places() : connect_as(w->attacker, w->origin, w);
    stopped += why != NULL; /* the attack failed */
    snprintf(row, 100, "%-14s %-5s  %-10s %-18s  %s", w->name, works, leak,
             w->attacker, why ? why : "succeeds");
}

int main(int argc, char **argv) {
    uint32_t seed = 1;
    char rows[4][100];
    const struct option_row options[] = {
        OPTION_NUMBER("--seed", "N", "of the secrets", &seed, 0, 255),
        OPTION_FLAG("--break", "check the secret only", &is_broken),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    masks_init(&source, (const uint8_t[MASKS_SEED]){(uint8_t)seed});
    for (int i = 0; i < 4; i++) run(ways[i], rows[i]);
    puts("\nway            works  secret in  attacker            result");
    for (int i = 0; i < 4; i++) puts(rows[i]);
    printf("What you saw: %d of 4 attacks failed; no secret was guessed.\n",
           stopped);
    return 0;
}
