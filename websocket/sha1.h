/*
 * sha1.h: the SHA-1 hash (FIPS 180-4 §6.1)
 *
 * WebSocket uses it to prove that a server understood the handshake, not to
 * keep a secret: SHA-1 is broken for signatures (collisions can be made).
 * Introduced in websocket/403_upgrade.c.
 */
#ifndef WEBSOCKET_SHA1_H
#define WEBSOCKET_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_SIZE 20

/* Hashes n bytes into digest. n is below 2^61; if it is 0, bytes may be
 * NULL. */
void sha1(const void *bytes, size_t n, uint8_t digest[SHA1_SIZE]);

#endif
