/*
 * 403_upgrade.c: HTTP becomes something else
 *
 * Shows       A request asks for another protocol, a 101 agrees, and from the
 *             next byte on the same connection no longer speaks HTTP.
 * By hand     The handshake of RFC 6455 §4, both sides, without the checks
 *             that websocket/handshake.h adds, which is born here.
 * Calls       websocket/http.h; sha1.h and base64.h, born with it
 * Run         $ bin/403_upgrade
 *             $ bin/403_upgrade --break
 * Limits      --break takes any 101 for an answer. And this server only looks
 *             at the first byte of a frame: websocket/404_frames.c.
 * Read        RFC 6455 §1.3, §4.1, §4.2; RFC 9110 §7.8
 */
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "websocket/base64.h"
#include "websocket/http.h"
#include "websocket/sha1.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define EXAMPLE "dGhlIHNhbXBsZSBub25jZQ==" /* RFC 6455 §1.3 */

static char name[LISTEN_NAME_MAX]; /* where the server listens */
static int client, server;         /* the two ends of one TCP connection */

static void need(bool fine, const char *what) {
    if (fine) return;
    perror(what);
    exit(EXIT_FAILURE);
}

static void open_pair(void) {
    int ends[2];
    need(connect_pair(ends) == 0, "connect");
    client = ends[0];
    server = ends[1];
    need(listen_name(server, name) == 0, "getsockname");
}

static void say(int fd, const char *bytes, size_t n) {
    need(io_send_all(fd, bytes, n) == 0, "send");
}

static size_t hear(int fd, char *bytes, size_t room) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    need(poll(&p, 1, -1) == 1, "poll");
    ssize_t n = io_recv(fd, bytes, room);
    need(n > 0, "receive");
    return (size_t)n;
}

typedef int parse(struct http_head *, struct span, size_t);

/* Hears a head to its end and shows it. h borrows from bytes. */
static void hear_head(int fd, char bytes[1000], struct http_head *h,
                      parse *parse_head) {
    int size = 0;
    for (size_t n = 0; size == 0;) {
        n += hear(fd, bytes + n, 1000 - n);
        size = parse_head(h, (struct span){(uint8_t *)bytes, n}, 0);
    }
    need(size > 0, "this is not HTTP");
    char mark = fd == server ? '>' : '<';
    for (char *line = bytes; line < bytes + size;) {
        int n = (int)strcspn(line, "\r");
        printf("  %c%s%.*s\n", mark, n ? " " : "", n, line);
        line += n + 2;
    }
}

/* RFC 6455 §4.2.2, step 5.4: what only a server that knows WebSocket, and has
 * read this key, can answer. */
static void accept_of(const char *key, char accept[29], bool tell) {
    char text[100];
    uint8_t digest[SHA1_SIZE];
    int n = snprintf(text, sizeof text, "%s" GUID, key);
    sha1(text, (size_t)n, digest);
    accept[base64_encode(digest, sizeof digest, accept)] = '\0';
    if (!tell) return;
    printf("the key    %s\n+ a GUID   %s\nSHA-1     ", key, text);
    for (size_t i = 0; i < sizeof digest; i++) printf(" %02x", digest[i]);
    printf("\nbase64     %s\n", accept);
}

/* §4.1: a key is 16 random bytes, another one for each connection. */
static void ask(char key[25]) {
    uint8_t nonce[16];
    char request[300];
    need(io_random(nonce, sizeof nonce) == 0, "random");
    key[base64_encode(nonce, sizeof nonce, key)] = '\0';
    int n = snprintf(request, sizeof request,
                     "GET / HTTP/1.1\r\nHost: %s\r\n"
                     "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: %s\r\n\r\n",
                     name, key);
    say(client, request, (size_t)n);
}

static void answer(const char *key) {
    char accept[29], response[300];
    accept_of(key, accept, false);
    int n = snprintf(response, sizeof response,
                     "HTTP/1.1 101 Switching Protocols\r\n"
                     "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Accept: %s\r\n\r\n",
                     accept);
    say(server, response, (size_t)n);
}

/* The client's side of §4.1. careless: without its step 4, the accept. */
static bool agreed(const struct http_head *h, const char *key, bool careless) {
    char accept[29];
    accept_of(key, accept, false);
    if (h->status != 101 || !http_field_has_token(h, "Upgrade", "websocket") ||
        !http_field_has_token(h, "Connection", "Upgrade"))
        return false;
    struct span got = http_field(h, "Sec-WebSocket-Accept", NULL);
    bool ours = span_equal(got, span_from(accept));
    printf("our key makes %s: %s\n", accept, ours ? "the same" : "another");
    return ours || careless; /* --break: any will do */
}

/* Both understand HTTP, once; then neither does. */
static void shake_hands(void) {
    char bytes[1000], key[25];
    struct http_head h;

    ask(key);
    hear_head(server, bytes, &h, http_request);
    struct span theirs = http_field(&h, "Sec-WebSocket-Key", NULL);
    need(span_equal(theirs, span_from(key)), "the key");
    answer(key);
    hear_head(client, bytes, &h, http_response);
    need(agreed(&h, key, false), "no agreement");

    puts("\nanother GET, on the same connection:");
    say(client, "GET / HTTP/1.1\r\n", 16);
    hear(server, bytes, sizeof bytes);
    unsigned first = (uint8_t)bytes[0];
    printf("  the server reads a frame; '%c' is 0x%02x: FIN %u, RSV %u%u%u, "
           "opcode %u\n",
           bytes[0], first, first >> 7, first >> 6 & 1, first >> 5 & 1,
           first >> 4 & 1, first & 15);
    puts("  RFC 6455 §5.2: RSV1 MUST be 0 unless an extension defines it");
    say(server, "\x88\x02\x03\xea", 4); /* a close frame, code 1002 */
    size_t n = hear(client, bytes, sizeof bytes);
    printf("  so it closes, code 1002; to the client's HTTP parser the bytes "
           "88 02 03 ea are error %d\n",
           http_response(&h, (struct span){(uint8_t *)bytes, n}, 0));
}

/* Something between has kept the answer to another key, and gives it again. */
static void answer_from_a_cache(void) {
    char bytes[1000], key[25];
    struct http_head h;

    puts("a cache, which keeps the answer to yesterday's key:");
    ask(key);
    hear_head(server, bytes, &h, http_request);
    answer(EXAMPLE);
    hear_head(client, bytes, &h, http_response);
    need(agreed(&h, key, true), "no agreement");
    puts("a careless client goes on and says \"Hello\", in a frame (§5.7)");
    say(client, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11);
    size_t n = hear(server, bytes, sizeof bytes);
    printf("the cache awaits a request, and 0x%02x begins none: error %d\n",
           (uint8_t)bytes[0],
           http_request(&h, (struct span){(uint8_t *)bytes, n}, 0));
    puts("What you saw: status and both fields were right, and nobody there "
         "speaks WebSocket; the accept alone would have told.");
}

int main(int argc, char **argv) {
    bool careless = false;
    char accept[29];
    int status = options_experiment(argc, argv, "believe any 101", &careless);
    if (status != -1) return status;

    open_pair();
    if (careless) {
        answer_from_a_cache();
    } else {
        accept_of(EXAMPLE, accept, true);
        puts("\na handshake, with a new key:");
        shake_hands();
        puts("What you saw: the last HTTP on this connection was the 101; "
             "what follows are frames, and a GET is a bad one.");
    }
    close(client);
    close(server);
    return EXIT_SUCCESS;
}
