/*
 * unit.h: links and sessions for the tests of an engine's parts
 *
 *   start() -> accept_conn -> request, frame ... -> deliver -> sent[conn]
 *
 * Only tests include this file. Each test has its own links, sessions and
 * clock, and sees the output and the end of every connection.
 */
#ifndef SOCKETIO_UNIT_H
#define SOCKETIO_UNIT_H

#include "packets/unit.h"
#include "socketio/transport.h"

#define CONNS 8
#define HOST "Host: a\r\n"
#define QUERY "/engine.io/?EIO=4&transport=polling"
#define HANDSHAKE                                                              \
    HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n"                       \
         "Sec-WebSocket-Version: 13\r\n"                                       \
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static struct transport transport;
static struct links *const links = &transport.links;
static struct sessions *const sessions = &transport.sessions;

static struct buf sent[CONNS];       /* the output of a connection */
static enum outbox_then then[CONNS]; /* whether the connection goes on */
static unsigned pieces[CONNS];       /* pieces of output of a connection */

static inline void start(void) {
    static const uint8_t seed[32] = {3};
    const struct link_options l = {.max_conns = CONNS,
                                   .max_payload = 1000,
                                   .upgrade_timeout = 5000,
                                   .route = {.path = "/engine.io/"}};
    const struct session_options s = {.max_sessions = 3,
                                      .max_payload = 1000,
                                      .ping_interval = 300,
                                      .ping_timeout = 200,
                                      .seed = seed};
    transport = (struct transport){0};
    UNIT_TRUE(links_init(links, &l));
    UNIT_TRUE(sessions_init(sessions, &s));
    links->now = 1000;
    for (int i = 0; i < CONNS; i++) {
        buf_init(&sent[i], 1 << 24);
        then[i] = OUTBOX_OPEN;
        pieces[i] = 0;
    }
}

static inline void stop(void) {
    links_free(links);
    sessions_free(sessions);
    for (int i = 0; i < CONNS; i++) buf_free(&sent[i]);
}

/* Takes the output of a round, without link_sent. */
static inline void deliver(void) {
    struct outgoing o;
    while (link_outgoing(links, &o)) {
        buf_append(&sent[o.conn], o.bytes.data, o.bytes.len);
        pieces[o.conn]++;
        then[o.conn] = o.then;
    }
    transport_end_round(&transport);
}

static inline void clear_sent(void) {
    for (int i = 0; i < CONNS; i++) {
        buf_clear(&sent[i]);
        pieces[i] = 0;
    }
}

/* Returns the output of a connection with a zero byte after it. */
static inline const char *sent_text(uint32_t conn) {
    buf_append(&sent[conn], "", 1);
    sent[conn].end--;
    return (const char *)sent[conn].bytes;
}

/* Returns the body of the last response. */
static inline const char *sent_body(uint32_t conn) {
    const char *text = sent_text(conn), *end = text;
    for (const char *at = text; (at = strstr(at, "\r\n\r\n")); end = at)
        at += 4;
    return end;
}

#define SENT(conn, expected)                                                   \
    UNIT_TEXT(sent_text(conn), sent[conn].end, expected)
#define BODY(conn, expected)                                                   \
    UNIT_TEXT(sent_body(conn), strlen(sent_body(conn)), expected)

static inline struct link *accept_conn(uint32_t conn) {
    then[conn] = OUTBOX_OPEN;
    return link_accept(links, conn);
}

/* Feeds HTTP to a link until an event of that type. False: there was none. The
 * event is valid until the next call. */
static inline bool http_until(struct link *l, const char *text,
                              enum http_event_type type) {
    static uint8_t copy[2000];
    struct span in = {copy, strlen(text)};
    memcpy(copy, text, in.len);
    while (link_next_http(links, l, &in))
        if (links->http_event.type == type) return true;
    return false;
}

/* Returns a link with a complete request: the test may respond to it. */
static inline struct link *request_on(uint32_t conn, const char *text) {
    struct link *l = link_at(links, conn);
    if (!l) l = accept_conn(conn);
    UNIT_TRUE(http_until(l, text, HTTP_EVENT_RESPOND));
    return l;
}

/* Returns a WebSocket link; clears the output of all connections. */
static inline struct link *upgrade_on(uint32_t conn, bool is_probe) {
    struct link *l = link_at(links, conn);
    if (!l) l = accept_conn(conn);
    UNIT_TRUE(http_until(
        l, "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n" HANDSHAKE,
        HTTP_EVENT_REQUEST));
    UNIT_TRUE(link_upgrade(links, l, is_probe));
    deliver();
    link_sent(links, l);
    clear_sent();
    return l;
}

/* Returns a session on a WebSocket link. */
static inline struct session *websocket_session(uint32_t conn) {
    struct link *l = upgrade_on(conn, false);
    struct session *s = session_open(sessions, true, links->now);
    s->carrier = link_handle(links, l);
    transport_serve(&transport, l, s);
    return s;
}

/* A GET of the session waits on a link. */
static inline void park_on(uint32_t conn, struct session *s) {
    struct link *l = request_on(conn, "GET " QUERY " HTTP/1.1\r\n" HOST "\r\n");
    transport_serve(&transport, l, s);
    session_park(sessions, s, link_handle(links, l));
}

static inline struct session *polling_session(void) {
    return session_open(sessions, false, links->now);
}

#endif
