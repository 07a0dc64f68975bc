/*
 * upgrade.h: the opening handshake, both sides (RFC 6455 §4)
 *
 *   client   GET /path, Upgrade: websocket, Sec-WebSocket-Key: 16 random bytes
 *   server   101, Sec-WebSocket-Accept: base64(SHA-1(key + a fixed GUID))
 *
 * Offers of extensions and subprotocols are declined by silence (§4.2.2).
 * Born in websocket/403_upgrade.c.
 */
#ifndef WEBSOCKET_UPGRADE_H
#define WEBSOCKET_UPGRADE_H

#include "websocket/http.h"

#define UPGRADE_KEY 24    /* characters: base64 of 16 bytes */
#define UPGRADE_ACCEPT 28 /* characters: base64 of a SHA-1 */

/* Does the request want to become a WebSocket? (An Upgrade field that lists
 * websocket.) It may still be a bad handshake. */
bool upgrade_wanted(const struct http_head *request);

/* Checks the client's handshake in the order of §4.2.1. Returns the status to
 * answer with: 101, or 400, 405 (not GET), 426 (another version). */
unsigned upgrade_check(const struct http_head *request);

/* Computes Sec-WebSocket-Accept for a key of UPGRADE_KEY characters (§4.2.2
 * step 5.4). No NUL behind it. */
void upgrade_accept(const uint8_t key[UPGRADE_KEY],
                    char accept[UPGRADE_ACCEPT]);

/* Appends the answer for the status that upgrade_check gave: the 101, or an
 * error that says what was missing and closes. more: as in http_head_put, or
 * NULL. False: out is full. */
bool upgrade_answer(struct buf *out, const struct http_head *request,
                    unsigned status, const char *more);

/* All of that for a handshake that comes in pieces: adds in to head, which
 * begins empty. Returns 0: more must come; else the answer is in out, and it
 * was -1: refused, the last thing to be said; or the size of the request, and
 * what follows it in head are frames already. loopback, origins: as for
 * origin_check. */
int upgrade_asked(struct buf *head, struct span in, struct buf *out,
                  bool loopback, const char *origins);

/* Appends a client's request (§4.1) for "/path?query" at "host:port"; nonce is
 * 16 random bytes, and accept is set to what the server must answer. */
bool upgrade_request(struct buf *out, const char *host, const char *target,
                     const uint8_t nonce[16], char accept[UPGRADE_ACCEPT]);

/* Checks the server's answer (§4.1, the second list): NULL, or in a few words
 * what is wrong with it. */
const char *upgrade_confirm(const struct http_head *response,
                            const char accept[UPGRADE_ACCEPT]);

/* The same for an answer that comes in pieces: adds in to head, which begins
 * empty. Returns 0: more must come; -1: why says what is wrong; else the size
 * of the answer, and what follows it in head are frames already. */
int upgrade_answered(struct buf *head, struct span in,
                     const char accept[UPGRADE_ACCEPT], char why[80]);

#endif
