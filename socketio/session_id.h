/*
 * session_id.h: the id by which a peer names its Engine.IO session
 *
 *   [ slot: 3 bytes | secret: 12 bytes ]  ->  20 characters of base64url
 *
 * The slot finds the session, the secret proves that the peer was told the id:
 * whoever knows an id can speak for its session. Introduced in
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
    uint8_t seed[32]; /* of the system's randomness */
    uint64_t made;    /* secrets so far */
};

/* Makes a secret that was not made before. Nobody can guess it who does not
 * know the seed. */
void session_id_make_secret(struct secret_source *source,
                            uint8_t secret[SECRET_SIZE]);

/* Writes the id of a slot, which is below 2^24, and its secret. Not a C string:
 * there is no zero at the end. */
void session_id_write(char id[SESSION_ID_LENGTH], uint32_t slot,
                      const uint8_t secret[SECRET_SIZE]);

/* Reads an id, a C string, as a peer gives it. False: it cannot be one. */
bool session_id_read(const char *id, uint32_t *slot,
                     uint8_t secret[SECRET_SIZE]);

#endif
