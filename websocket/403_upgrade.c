/*
 * 403_upgrade.c: HTTP becomes something else
 *
 * Shows       A request asks for another protocol, a 101 agrees, and from the
 *             next byte on the same connection no longer speaks HTTP.
 * By hand     The handshake of RFC 6455 §4, both sides, without most of the
 *             checks of websocket/handshake.h, which is introduced here.
 * Calls       websocket/http.h; sha1.h and base64.h, introduced here
 * Run         $ bin/403_upgrade
 *             $ bin/403_upgrade --break
 * Try         Change one letter of GUID: who notices, and at which line?
 * Limits      Of a frame, it looks at the first byte only: 404_frames.c.
 * Read        RFC 6455 §1.3, §4.1, §4.2; RFC 9110 §7.8
 */
#include <stdio.h>

#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "websocket/base64.h"
#include "websocket/http.h"
#include "websocket/sha1.h"

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define EXAMPLE "dGhlIHNhbXBsZSBub25jZQ==" /* RFC 6455 §1.3 */

static int ends[2]; /* of one TCP connection: the client's, the server's */
#define CLIENT ends[0]
#define SERVER ends[1]

/* Prints a head; each of its lines ends in CR LF. */
static void show(char mark, const char *line) {
    for (; *line; line += strcspn(line, "\n") + 1) {
        int n = (int)strcspn(line, "\r");
        printf("  %c%s%.*s\n", mark, n ? " " : "", n, line);
    }
}

/* RFC 6455 §4.2.2 step 5.4: base64 of SHA-1 of the key and the GUID. Only a
 * server that speaks WebSocket, and has read this key, responds with it. */
static void compute_accept(struct span key, char accept[29], bool is_shown) {
    char text[100];
    uint8_t digest[SHA1_SIZE];
    int n = snprintf(text, sizeof text, "%.*s" GUID, (int)key.len, key.data);
    sha1(text, (size_t)n, digest);
    accept[base64_encode(digest, sizeof digest, accept)] = '\0';
    if (!is_shown) return;
    printf("the key    " EXAMPLE "\n+ a GUID   %s\nSHA-1     ", text);
    for (size_t i = 0; i < sizeof digest; i++) printf(" %02x", digest[i]);
    printf("\nbase64     %s\n", accept);
}

/* §4.1: each connection has a new key of 16 random bytes. */
static void send_request(char key[25], char request[1000]) {
    uint8_t nonce[16];
    char text[300];
    check(io_random(nonce, sizeof nonce) == 0, "random");
    key[base64_encode(nonce, sizeof nonce, key)] = '\0';
    snprintf(text, sizeof text,
             "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
             "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: %s\r\n\r\n",
             key);
    pair_transfer(CLIENT, SERVER, text, request);
}

/* The server responds to the key of the request, or to another key. */
static void send_switching(const char *request, const char *other_key,
                           char response[1000]) {
    struct http_head h;
    char accept[29], text[300];
    if (http_request(&h, span_from(request), 0) <= 0) die("not a request");
    struct span key = http_field(&h, "Sec-WebSocket-Key", NULL);
    compute_accept(other_key ? span_from(other_key) : key, accept, false);
    snprintf(text, sizeof text,
             "HTTP/1.1 101 Switching Protocols\r\n"
             "Upgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: %s\r\n\r\n",
             accept);
    pair_transfer(SERVER, CLIENT, text, response);
}

/* Runs one handshake on both ends. A careless client accepts any 101. */
static void shake_hands(const char *other_key, bool is_careless) {
    char request[1000], response[1000], key[25], accept[29];
    struct http_head h;
    send_request(key, request);
    show('>', request);
    send_switching(request, other_key, response);
    show('<', response);
    if (http_response(&h, span_from(response), 0) <= 0) die("not a response");
    compute_accept(span_from(key), accept, false);
    bool is_ours = span_equal(http_field(&h, "Sec-WebSocket-Accept", NULL),
                              span_from(accept));
    printf("our key makes %s: %s\n", accept, is_ours ? "the same" : "another");
    if (h.status != 101 || (!is_ours && !is_careless)) die("no agreement");
}

static void send_another_get(void) {
    char bytes[1000];
    pair_transfer(CLIENT, SERVER, "GET / HTTP/1.1\r\n", bytes);
    unsigned g = (uint8_t)bytes[0];
    printf("\nanother GET, on the same connection:\n"
           "  read as a frame, '%c' is 0x%02x: FIN %u, RSV %u%u%u, opcode %u\n"
           "  RFC 6455 §5.2: RSV1 MUST be 0 unless an extension defines it\n"
           "  so it closes, code 1002: a frame of the bytes 88 02 03 ea\n",
           (char)g, g, g >> 7, g >> 6 & 1, g >> 5 & 1, g >> 4 & 1, g & 15);
}

/* The wrong way: the client does not look at the accept. */
static int believe_any_101(void) {
    char bytes[1000];
    struct http_head h;
    puts("an intermediary that repeats a response to an earlier key:");
    shake_hands(EXAMPLE, true);
    puts("a careless client goes on and says \"Hello\", in a frame (§5.7)");
    pair_transfer(CLIENT, SERVER,
                  "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", bytes);
    printf("it expects a request, and 0x%02x begins none: error %d\n"
           "What you saw: status and both fields were right, and no one there "
           "speaks WebSocket; only the accept would have shown it.\n",
           (unsigned)(uint8_t)bytes[0], http_request(&h, span_from(bytes), 0));
    return 0;
}

int main(int argc, char **argv) {
    bool is_broken = false;
    char accept[29];
    int status = options_experiment(argc, argv, "believe any 101", &is_broken);
    if (status != -1) return status;
    check(pair_open(ends) == 0, "connect");
    if (is_broken) return believe_any_101();
    compute_accept(span_from(EXAMPLE), accept, true);
    puts("\na handshake, with a new key:");
    shake_hands(NULL, false);
    send_another_get();
    puts("What you saw: the last HTTP on this connection was the 101; what "
         "follows are frames, and a GET is a bad one.");
    return 0;
}
