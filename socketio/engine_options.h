/*
 * engine_options.h: the options of an Engine.IO server
 *
 *   struct engine_options o = ENGINE_DEFAULTS("/engine.io/");
 *   o.max_conns = 1000, and o.seed; then engine_open(&o)
 *
 * Introduced in socketio/503_engine_server.c.
 */
#ifndef SOCKETIO_ENGINE_OPTIONS_H
#define SOCKETIO_ENGINE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "packets/limits.h"
#include "socketio/tap.h"
#include "websocket/http.h"

#define ENGINE_LIMITS(X)                                                       \
    X(LIMIT_SESSIONS, 10000, "sessions", "Engine.IO: 503")                     \
    X(LIMIT_UPGRADE_MS, 10000, "ms", "probe without upgrade: close it")

enum engine_limits {
    ENGINE_LIMITS(LIMIT_ENUM)
};

struct engine_options {
    const char *path;    /* "/engine.io/" or "/socket.io/" */
    const char *origins; /* NULL: own origin only; "*"; or a comma list */
    bool is_loopback;    /* refuse a Host that is not this machine */
    uint32_t ping_interval, ping_timeout; /* ms */
    uint32_t upgrade_timeout; /* ms that a probe has to complete the upgrade */
    uint32_t max_payload;     /* bytes of a POST, or of a message */
    uint32_t max_conns, max_sessions; /* below 2^20 */
    uint32_t max_receivers; /* of broadcasts in a round; 0: LIMIT_ROUND */
    uint32_t max_ahead;     /* bytes of broadcasts that wait; 0: LIMIT_AHEAD */
    bool omits_noop;  /* wrong, for 503 --break: no "6" after a "2probe" */
    struct tap *tap;  /* records all that is received and sent; or NULL */
    uint8_t seed[32]; /* from the system's randomness: ids are made from it */
};

/* The size of the largest reply to one message of max_payload bytes: a slow
 * reader may leave that much unread. In the response to a GET, binary is in
 * base64. The head is small, but contains the client's Origin. */
static inline size_t engine_max_reply(uint32_t max_payload) {
    return (size_t)max_payload / 3 * 4 + 2 * LIMIT_HTTP_HEAD;
}

/* The usual options. The program sets max_conns, seed and what its user
 * chooses. */
#define ENGINE_DEFAULTS(path_)                                                 \
    {                                                                          \
        .path = (path_), .ping_interval = 25000, .ping_timeout = 20000,        \
        .upgrade_timeout = LIMIT_UPGRADE_MS, .max_payload = 1000000,           \
        .max_sessions = LIMIT_SESSIONS                                         \
    }

#endif
