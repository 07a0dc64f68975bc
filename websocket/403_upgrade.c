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
#include <stdlib.h>

#include "tcp/io.h"
#include "tcp/listen.h"
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

static void send_text(int fd, const char *text) {
    check(io_send_all(fd, text, strlen(text)) == 0, "send");
}

/* Receives what there is after the n bytes that arrived before, and parses all
 * as HTTP: 0, the head is not complete, its size, or an http_error. */
static int receive(int fd, char bytes[1000], size_t *n, struct http_head *h) {
    ssize_t got = io_recv(fd, bytes + *n, 1000 - *n);
    check(got > 0, "receive");
    *n += (size_t)got;
    struct span all = {(uint8_t *)bytes, *n};
    return fd == SERVER ? http_request(h, all, 0) : http_response(h, all, 0);
}

/* Receives a whole head and prints it. h borrows from bytes. */
static void receive_head(int fd, char bytes[1000], struct http_head *h) {
    size_t n = 0;
    int size;
    do size = receive(fd, bytes, &n, h);
    while (size == 0);
    if (size < 0) die("this is not HTTP");
    size_t length = (size_t)size;
    for (char *line = bytes; line < bytes + length;) {
        int len = (int)strcspn(line, "\r");
        printf("  %c%s%.*s\n", fd == SERVER ? '>' : '<', len ? " " : "", len,
               line);
        line += len + 2;
    }
}

/* RFC 6455 §4.2.2 step 5.4: what only a server that speaks WebSocket and has
 * read this key would answer. */
static void compute_accept(const char *key, char accept[29], bool is_shown) {
    char text[100];
    uint8_t digest[SHA1_SIZE];
    int n = snprintf(text, sizeof text, "%s" GUID, key);
    sha1(text, (size_t)n, digest);
    accept[base64_encode(digest, sizeof digest, accept)] = '\0';
    if (!is_shown) return;
    printf("the key    %s\n+ a GUID   %s\nSHA-1     ", key, text);
    for (size_t i = 0; i < sizeof digest; i++) printf(" %02x", digest[i]);
    printf("\nbase64     %s\n", accept);
}

/* §4.1: a key is 16 random bytes, others for each connection. */
static void send_request(char key[25]) {
    uint8_t nonce[16];
    char request[300], name[LISTEN_NAME_MAX];
    check(io_random(nonce, sizeof nonce) == 0, "random");
    check(listen_name(SERVER, name) == 0, "getsockname");
    key[base64_encode(nonce, sizeof nonce, key)] = '\0';
    snprintf(request, sizeof request,
             "GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"
             "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: %s\r\n\r\n",
             name, key);
    send_text(CLIENT, request);
}

static void send_switching(const char *key) {
    char accept[29], response[300];
    compute_accept(key, accept, false);
    snprintf(response, sizeof response,
             "HTTP/1.1 101 Switching Protocols\r\n"
             "Upgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: %s\r\n\r\n",
             accept);
    send_text(SERVER, response);
}

/* One handshake. other_key: the server, or something in between, answers the
 * key of another client. A careless client accepts any 101. */
static void shake_hands(const char *other_key, bool is_careless) {
    char bytes[1000], key[25], accept[29];
    struct http_head h;
    send_request(key);
    receive_head(SERVER, bytes, &h);
    send_switching(other_key ? other_key : key);
    receive_head(CLIENT, bytes, &h);
    compute_accept(key, accept, false);
    bool is_ours = span_equal(http_field(&h, "Sec-WebSocket-Accept", NULL),
                              span_from(accept));
    printf("our key makes %s: %s\n", accept, is_ours ? "the same" : "another");
    if (h.status != 101 || (!is_ours && !is_careless)) die("no agreement");
}

/* Sends what is not HTTP. Returns its first byte, and what HTTP's parser says. */
static uint8_t send_frame(int from, int to, const char *frame, int *error) {
    char bytes[1000];
    struct http_head h;
    size_t n = 0;
    send_text(from, frame);
    *error = receive(to, bytes, &n, &h);
    return (uint8_t)bytes[0];
}

static void send_another_get(void) {
    int error;
    puts("\nanother GET, on the same connection:");
    unsigned g = send_frame(CLIENT, SERVER, "GET / HTTP/1.1\r\n", &error);
    printf("  the server reads a frame; '%c' is 0x%02x: FIN %u, RSV %u%u%u, "
           "opcode %u\n",
           (char)g, g, g >> 7, g >> 6 & 1, g >> 5 & 1, g >> 4 & 1, g & 15);
    puts("  RFC 6455 §5.2: RSV1 MUST be 0 unless an extension defines it");
    send_frame(SERVER, CLIENT, "\x88\x02\x03\xea", &error);
    printf("  so it closes, code 1002; to the client's HTTP parser the bytes "
           "88 02 03 ea are error %d\n",
           error);
}

int main(int argc, char **argv) {
    bool is_careless = false;
    char accept[29];
    int error;
    int status =
        options_experiment(argc, argv, "believe any 101", &is_careless);
    if (status != -1) return status;
    check(pair_open(ends) == 0, "connect");
    if (is_careless) {
        puts("a cache, which keeps the answer to yesterday's key:");
        shake_hands(EXAMPLE, true);
        puts("a careless client goes on and says \"Hello\", in a frame (§5.7)");
        unsigned first =
            send_frame(CLIENT, SERVER,
                       "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", &error);
        printf("the cache awaits a request, and 0x%02x begins none: error %d\n",
               first, error);
        puts(
            "What you saw: status and both fields were right, and nobody there "
            "speaks WebSocket; the accept alone would have told.");
        return 0;
    }
    compute_accept(EXAMPLE, accept, true);
    puts("\na handshake, with a new key:");
    shake_hands(NULL, false);
    send_another_get();
    puts("What you saw: the last HTTP on this connection was the 101; what "
         "follows are frames, and a GET is a bad one.");
    return 0;
}
