/*
 * handshake.h: the opening handshake, both sides (RFC 6455 §4)
 *
 *   client   GET /path, Upgrade: websocket, Sec-WebSocket-Key: 16 random bytes
 *   server   101, Sec-WebSocket-Accept: base64(SHA-1(key + a fixed GUID))
 *
 * websocket/http.h parses the heads. The server selects the first subprotocol
 * that a client offers; it declines extensions by not mentioning them (§4.2.2).
 * Introduced in websocket/403_upgrade.c.
 */
#ifndef WEBSOCKET_HANDSHAKE_H
#define WEBSOCKET_HANDSHAKE_H

#include "websocket/http.h"

#define HANDSHAKE_NONCE 16  /* bytes */
#define HANDSHAKE_KEY 24    /* characters: base64 of the nonce */
#define HANDSHAKE_ACCEPT 28 /* characters: base64 of a SHA-1 */
#define HANDSHAKE_WHY 80    /* bytes, with the final zero byte */

#define HANDSHAKE_LIMITS(X)                                                    \
    X(LIMIT_WS_PROTOCOLS, 100, "names", "subprotocols offered: 400")

enum handshake_limits {
    HANDSHAKE_LIMITS(LIMIT_ENUM)
};

/* The status of the response to an error is -error. */
enum handshake_error {
    HANDSHAKE_ERR_BAD = -400,     /* any other MUST of §4.2.1 */
    HANDSHAKE_ERR_METHOD = -405,  /* not a GET */
    HANDSHAKE_ERR_VERSION = -426, /* another version than 13 */
};

/* Does the request have "websocket" in its Upgrade field? It may still be a bad
 * handshake. */
bool handshake_is_requested(const struct http_head *request);

/* Checks a client's handshake in the order of §4.2.1: 0, or an error. */
int handshake_check(const struct http_head *request);

/* Computes Sec-WebSocket-Accept for a key of HANDSHAKE_KEY characters (§4.2.2
 * step 5.4). Writes no NUL after it. */
void handshake_accept(const uint8_t key[HANDSHAKE_KEY],
                      char accept[HANDSHAKE_ACCEPT]);

/* Does the request offer that subprotocol (case-sensitive)? handshake_check
 * must have returned 0. */
bool handshake_offers(const struct http_head *request, const char *protocol);

/* Appends a 101 that selects protocol, for which handshake_offers is true
 * (§1.9, §4.2.2 step 5). False: out is full, nothing was appended. */
bool handshake_select(struct buf *out, const struct http_head *request,
                      const char *protocol);

/* Appends the server's response. Status 101, after handshake_check returned 0:
 * selects the first subprotocol that the request offers (§4.2.2 step 5). Any
 * other status: a refusal with "Connection: close" and fields that say what the
 * server accepts; request may be NULL. more: fields, each line ended by CRLF
 * ("Date: ..."), or NULL. False: out is full, nothing was appended. */
bool handshake_respond(struct buf *out, const struct http_head *request,
                       unsigned status, const char *more);

/* Parses, checks and responds to a request that arrives in pieces. Moves bytes
 * from *in to head, which must be empty at first and have a max of
 * LIMIT_HTTP_HEAD; the caller frees it. Returns 0: more is needed; 1: the 101
 * is in out, and the rest of *in is frames; or minus the status of a refusal,
 * which is in out with the fields more: then end the connection. loopback,
 * origins: see origin_check. */
int handshake_server_feed(struct buf *head, struct span *in, struct buf *out,
                          bool loopback, const char *origins, const char *more);

/* A client's request. The texts must stay valid until the end of the
 * handshake. */
struct handshake_request {
    const char *host;      /* "127.0.0.1:7408", as the Host field has it */
    const char *target;    /* "/path?query" */
    const char *protocols; /* offered: "chat, superchat"; NULL: none */
    uint8_t nonce[HANDSHAKE_NONCE]; /* random, different for each connection */
};

/* Appends the client's request (§4.1). False: out is full. */
bool handshake_write_request(struct buf *out,
                             const struct handshake_request *request);

/* Checks the server's response (§4.1, the second list). Returns NULL if it is
 * right, or a text about the first error. */
const char *handshake_verify(const struct http_head *response,
                             const struct handshake_request *request);

/* Parses and checks a response that arrives in pieces; head and *in are as for
 * handshake_server_feed. Returns 0: more is needed; 1: the response is right,
 * and the rest of *in is frames; -1: why is a text about the error. */
int handshake_client_feed(struct buf *head, struct span *in,
                          const struct handshake_request *request,
                          char why[HANDSHAKE_WHY]);

#endif
