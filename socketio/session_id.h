/*
 * session_id.h: the id (sid) of an Engine.IO session
 *
 *   [ slot: 3 bytes | secret: 12 bytes ]  ->  20 characters of base64url
 *
 * The slot finds the session. The secret proves that the peer has received the
 * id: every peer with the id can use the session. Introduced in
 * socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_SESSION_ID_H
#define SOCKETIO_SESSION_ID_H

#include <stdbool.h>
#include <stdint.h>

#define SESSION_ID_LENGTH 20 /* characters */

enum {
    SECRET_SIZE = 12 /* bytes */
};

struct secret_source {
    uint8_t seed[32]; /* from the system's randomness */
    uint64_t made;    /* number of secrets made */
};

/* Makes a new secret. It cannot be guessed without the seed. */
void session_id_make_secret(struct secret_source *source,
                            uint8_t secret[SECRET_SIZE]);

/* Writes the id of a slot, which is below 2^24, and its secret. The id is not a
 * C string: it has no zero byte at the end. */
void session_id_write(char id[SESSION_ID_LENGTH], uint32_t slot,
                      const uint8_t secret[SECRET_SIZE]);

/* Reads an id that a peer sent, a C string. False: it is not 20 characters of
 * base64url. */
bool session_id_read(const char *id, uint32_t *slot,
                     uint8_t secret[SECRET_SIZE]);

#endif
