/*
 * limits.h: every bound that a peer can run into, in one place
 *
 * A server that is meant to be poked at decides beforehand how much it will
 * take. Each limit is tested at N and at N + 1, and a server started with
 * --limits prints this table. Sizes in bytes, times in milliseconds.
 * Introduced in websocket/401_http.c.
 */
#ifndef PACKETS_LIMITS_H
#define PACKETS_LIMITS_H

/*  name                        value     unit     what happens past it */
#define LIMITS(X)                                                              \
    X(LIMIT_HTTP_HEAD, 16384, "bytes", "request line and headers: 431")        \
    X(LIMIT_HTTP_HEADERS, 100, "headers", "431")                               \
    X(LIMIT_HTTP_TARGET, 8192, "bytes", "request target: 414")                 \
    X(LIMIT_HTTP_BODY, 1000000, "bytes", "413, judged on the header alone")    \
    X(LIMIT_HTTP_CHUNK_DIGITS, 16, "digits", "chunk size: 400")                \
    X(LIMIT_HTTP_CHUNK_EXTENSIONS, 1024, "bytes", "in all of a body: 400")     \
    X(LIMIT_HTTP_PIPELINED, 32, "requests", "in one read: then close")         \
    X(LIMIT_HEAD_MS, 10000, "ms", "for a whole request head: 408")             \
    X(LIMIT_BODY_MS, 30000, "ms", "for a whole request body: 408")             \
    X(LIMIT_IDLE_MS, 5000, "ms", "between requests: close")                    \
    X(LIMIT_WS_MESSAGE, 1048576, "bytes", "WebSocket message: 1009")           \
    X(LIMIT_WS_FRAGMENTS, 1024, "fragments", "and one for 32 bytes: 1008")     \
    X(LIMIT_CLOSING_MS, 2000, "ms", "after our last byte: drop")               \
    X(LIMIT_UNSENT, 1048576, "bytes", "a reader too slow: drop")               \
    X(LIMIT_STUCK_MS, 30000, "ms", "unsent without progress: drop")            \
    X(LIMIT_SESSIONS, 10000, "sessions", "Engine.IO: 503")                     \
    X(LIMIT_UPGRADE_MS, 10000, "ms", "probe without upgrade: close it")        \
    X(LIMIT_JSON_DEPTH, 128, "levels", "nested JSON: close")                   \
    X(LIMIT_ATTACHMENTS, 10, "attachments", "of one event: close")             \
    X(LIMIT_ATTACHMENTS_MS, 5000, "ms", "until the last attachment: close")    \
    X(LIMIT_NAMESPACES, 16, "namespaces", "of one server")                     \
    X(LIMIT_NAMESPACE, 255, "bytes", "a namespace's name: close")

#define LIMIT_VALUE(name, value, unit, past) name = value,
enum limits {
    LIMITS(LIMIT_VALUE)
};
#undef LIMIT_VALUE

#endif
