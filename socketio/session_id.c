/* session_id.c: see socketio/session_id.h */
#include "socketio/session_id.h"

#include <string.h>

#include "websocket/base64.h"
#include "websocket/sha1.h"

#define ID_BYTES (3 + SECRET_SIZE)

/* RFC 4648 §5: the alphabet for URLs differs in two characters. */
static void swap_alphabet(char *text, const char from[2], const char to[2]) {
    for (size_t i = 0; i < SESSION_ID_LENGTH; i++) {
        if (text[i] == from[0]) text[i] = to[0];
        if (text[i] == from[1]) text[i] = to[1];
    }
}

void session_id_make_secret(struct secret_source *source,
                            uint8_t secret[SECRET_SIZE]) {
    uint8_t text[sizeof source->seed + sizeof source->made], digest[SHA1_SIZE];
    source->made++;
    memcpy(text, source->seed, sizeof source->seed);
    memcpy(text + sizeof source->seed, &source->made, sizeof source->made);
    sha1(text, sizeof text, digest);
    memcpy(secret, digest, SECRET_SIZE);
}

void session_id_write(char id[SESSION_ID_LENGTH], uint32_t slot,
                      const uint8_t secret[SECRET_SIZE]) {
    uint8_t bytes[ID_BYTES] = {(uint8_t)(slot >> 16), (uint8_t)(slot >> 8),
                               (uint8_t)slot};
    memcpy(bytes + 3, secret, SECRET_SIZE);
    base64_encode(bytes, sizeof bytes, id);
    swap_alphabet(id, "+/", "-_");
}

bool session_id_read(const char *id, uint32_t *slot,
                     uint8_t secret[SECRET_SIZE]) {
    char text[SESSION_ID_LENGTH];
    uint8_t bytes[ID_BYTES];
    if (strlen(id) != sizeof text) return false;
    memcpy(text, id, sizeof text);
    swap_alphabet(text, "-_", "+/");
    if (base64_decode(text, sizeof text, bytes) != sizeof bytes) return false;
    *slot = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
    memcpy(secret, bytes + 3, SECRET_SIZE);
    return true;
}
