/*
 * handshake.h: the opening handshake, both sides (RFC 6455 §4)
 *
 *   client   GET /path, Upgrade: websocket, Sec-WebSocket-Key: 16 random bytes
 *   server   101, Sec-WebSocket-Accept: base64(SHA-1(key + a fixed GUID))
 *
 * Offers of extensions and subprotocols are declined by silence (§4.2.2).
 * Introduced in websocket/403_upgrade.c.
 */
#ifndef WEBSOCKET_HANDSHAKE_H
#define WEBSOCKET_HANDSHAKE_H

#include "websocket/http.h"

#define HANDSHAKE_KEY 24    /* characters: base64 of 16 bytes */
#define HANDSHAKE_ACCEPT 28 /* characters: base64 of a SHA-1 */

/* Does the request want to become a WebSocket? (An Upgrade field that lists
 * websocket.) It may still be a bad handshake. */
bool handshake_is_requested(const struct http_head *request);

/* Checks the client's handshake in the order of §4.2.1. Returns the status to
 * answer with: 101, or 400, 405 (not GET), 426 (another version). */
unsigned handshake_check(const struct http_head *request);

/* Computes Sec-WebSocket-Accept for a key of HANDSHAKE_KEY characters (§4.2.2
 * step 5.4). No NUL behind it. */
void handshake_accept(const uint8_t key[HANDSHAKE_KEY],
                      char accept[HANDSHAKE_ACCEPT]);

/* Appends the answer for the status that handshake_check gave: the 101, or an
 * error that says what was missing and closes. more: as in http_write_head, or
 * NULL. False: out is full. */
bool handshake_respond(struct buf *out, const struct http_head *request,
                       unsigned status, const char *more);

/* All of that for a handshake that comes in pieces: adds in to head, which
 * begins empty. Returns 0: more must come; else the answer is in out, and it
 * was -1: refused, the last thing to be said; or the size of the request, and
 * what follows it in head are frames already. loopback, origins: as for
 * origin_check. */
int handshake_server_feed(struct buf *head, struct span in, struct buf *out,
                          bool loopback, const char *origins);

/* Appends a client's request (§4.1) for "/path?query" at "host:port"; nonce is
 * 16 random bytes, and accept is set to what the server must answer. */
bool handshake_write_request(struct buf *out, const char *host,
                             const char *target, const uint8_t nonce[16],
                             char accept[HANDSHAKE_ACCEPT]);

/* Checks the server's answer (§4.1, the second list): NULL, or in a few words
 * what is wrong with it. */
const char *handshake_verify(const struct http_head *response,
                             const char accept[HANDSHAKE_ACCEPT]);

/* The same for an answer that comes in pieces: adds in to head, which begins
 * empty. Returns 0: more must come; -1: why says what is wrong; else the size
 * of the answer, and what follows it in head are frames already. */
int handshake_client_feed(struct buf *head, struct span in,
                          const char accept[HANDSHAKE_ACCEPT], char why[80]);

#endif
