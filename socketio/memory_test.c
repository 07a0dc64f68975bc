/* memory_test.c: a server whose k-th allocation fails, for every k: it loses at
 * most the connection or session that needed it, and no client waits in vain.
 *
 * The functions below replace those of the C library in this program. With a
 * sanitizer, which has its own, nothing fails and the test shows little. */
#include "packets/unit.h"
#include "socketio/server_machine.h"
#include "websocket/conn.h"
#include "websocket/masks.h"

static int live;          /* allocations that were not given back */
static int until_failure; /* 0: none will fail */
static bool has_failed;

#if defined __SANITIZE_ADDRESS__
#define HAS_OWN_MALLOC 0
#elif defined __has_feature
#define HAS_OWN_MALLOC !__has_feature(address_sanitizer)
#else
#define HAS_OWN_MALLOC 1
#endif

#if HAS_OWN_MALLOC
static _Alignas(16) uint8_t arena[64 << 20];
static size_t arena_used;

struct header { /* 16 bytes, so that what follows is aligned */
    size_t size, unused;
};

/* Not malloc itself: a compiler may turn malloc and memset into calloc, which
 * would call itself then. */
static void *allocate(size_t n) {
    if (until_failure > 0 && --until_failure == 0) {
        has_failed = true;
        return NULL;
    }
    n = (n + 15) & ~(size_t)15;
    if (n > sizeof arena - arena_used - sizeof(struct header)) return NULL;
    struct header *h = (struct header *)(void *)(arena + arena_used);
    arena_used += sizeof *h + n;
    h->size = n;
    live++;
    return h + 1;
}

void *malloc(size_t n) {
    return allocate(n);
}

void free(void *p) {
    if (p) live--;
}

void *calloc(size_t k, size_t n) {
    void *p = allocate(k * n);
    return p ? memset(p, 0, k * n) : NULL;
}

void *realloc(void *p, size_t n) {
    struct header *h = p;
    void *to = allocate(n);
    if (!to || !p) return to;
    memcpy(to, p, h[-1].size < n ? h[-1].size : n);
    free(p);
    return to;
}
#endif

/* CUnit keeps what failed in memory, which a run gives back: so a run only
 * remembers in which line a fact was wrong. */
static int wrong_line;
#define CHECK(fact)                                                            \
    do {                                                                       \
        if (!(fact)) wrong_line = __LINE__;                                    \
    } while (0)

#define CONNS 6

static struct server *server;
static uint8_t sent[CONNS][20000]; /* what each connection was sent */
static size_t sent_len[CONNS];
static bool is_open[CONNS];
static int disconnects, recoveries;

/* What is not set by server_next is plainly wrong. */
static bool next_event(struct server_event *e) {
    memset(e, 0xff, sizeof *e);
    return server_next(server, e);
}

static void handle(const struct server_event *e) {
    CHECK(e->type <= SERVER_REQUEST && e->from.nsp == 0);
    if (e->type == SERVER_DISCONNECT) disconnects++;
    if (e->type == SERVER_CONNECT) recoveries += e->is_recovered;
    if (e->type == SERVER_REQUEST)
        server_respond(server, e->conn, 200, "text/plain", span_from("page"),
                       NULL);
    if (e->type != SERVER_EVENT) return;
    if (server_event_is(e, "all"))
        server_emit(server, server_to_all(e->from), e->name, e->args);
    else
        server_emit(server, server_to(e->from), e->name, e->args);
}

static void turn(void) {
    struct server_event e;
    struct outgoing o;
    while (next_event(&e)) handle(&e);
    server_expire(server, 1);
    while (next_event(&e)) handle(&e);
    while (server_outgoing(server, &o)) {
        if (o.then == OUTBOX_DROP) {
            server_lost(server, o.conn);
            is_open[o.conn] = false;
            continue;
        }
        if (o.bytes.len == 0) continue;
        memcpy(sent[o.conn] + sent_len[o.conn], o.bytes.data, o.bytes.len);
        sent_len[o.conn] += o.bytes.len;
        sent[o.conn][sent_len[o.conn]] = '\0';
        server_sent(server, o.conn, 1);
    }
    while (next_event(&e)) handle(&e);
}

static void feed(uint32_t conn, const void *bytes, size_t n) {
    static uint8_t copy[4000];
    struct server_event e;
    if (!is_open[conn]) return;
    memcpy(copy, bytes, n);
    server_feed(server, conn, (struct span){copy, n}, 1);
    while (next_event(&e)) handle(&e);
    CHECK(server_end_feed(server).len == 0);
    turn();
}

static void open_conn(uint32_t conn) {
    sent_len[conn] = 0;
    memset(sent[conn], 0, sizeof sent[conn]);
    is_open[conn] = true;
    server_accept(server, conn, 1);
    turn();
}

static void send_text(uint32_t conn, const char *text) {
    feed(conn, text, strlen(text));
}

/* In two pieces, so that the first one has to be kept: cut after the first
 * packet of a payload, otherwise in the middle. */
static void send_in_two(uint32_t conn, const char *text) {
    const char *cut = strchr(text, '\x1e');
    size_t half = cut ? (size_t)(cut + 1 - text) : strlen(text) / 2;
    feed(conn, text, half);
    send_text(conn, text + half);
}

static void frame(uint32_t conn, unsigned opcode, const char *text) {
    static uint8_t space[300];
    struct mask_source masks = {.seed = {1}};
    struct buf out = {.bytes = space, .cap = sizeof space, .max = sizeof space};
    struct span part = span_from(text);
    conn_send(&out, opcode, &part, 1, &masks);
    feed(conn, out.bytes, out.end / 2);
    feed(conn, out.bytes + out.end / 2, out.end - out.end / 2);
}

#define HOST "Host: localhost\r\n"
#define QUERY "/socket.io/?EIO=4&transport=polling"

static void upgrade(uint32_t conn, const char *sid) {
    char text[400];
    snprintf(text, sizeof text,
             "GET /socket.io/?EIO=4&transport=websocket%s%s HTTP/1.1\r\n%s"
             "Upgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
             *sid ? "&sid=" : "", sid, HOST);
    send_in_two(conn, text);
}

static void get(uint32_t conn, const char *sid) {
    char text[300];
    snprintf(text, sizeof text, "GET %s%s%s HTTP/1.1\r\n%s\r\n", QUERY,
             *sid ? "&sid=" : "", sid, HOST);
    send_text(conn, text);
}

static void post(uint32_t conn, const char *sid, const char *body) {
    char text[400];
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s",
             QUERY, sid, HOST, strlen(body), body);
    send_in_two(conn, text);
}

/* Does the output of an open connection contain this? A WebSocket that was
 * closed (88: a close frame of a server) does not go on. */
static bool has(uint32_t conn, const char *text) {
    size_t n = strlen(text);
    for (size_t i = 0; i + n <= sent_len[conn]; i++)
        if (memcmp(sent[conn] + i, text, n) == 0) return true;
    return false;
}

/* RFC 6455 §7.4.1: 1011 is for a server that cannot go on. */
static bool has_or_ended(uint32_t conn, const char *text) {
    CHECK(has(conn, "\x88\x02\x03") == has(conn, "\x88\x02\x03\xf3"));
    return has(conn, text) || !is_open[conn] || has(conn, "\x88\x02\x03");
}

/* With its text more than the 64 bytes that a buffer has at first. */
#define BYTES "bytes, so many of them"

#define ATTACHED(name) "451-[\"" name "\",{\"_placeholder\":true,\"num\":0}]"

static void talk_by_websocket(uint32_t conn) {
    open_conn(conn);
    upgrade(conn, "");
    frame(conn, FRAME_TEXT, "40");
    frame(conn, FRAME_TEXT, "42[\"one\",1]");
    frame(conn, FRAME_TEXT, ATTACHED("two"));
    frame(conn, FRAME_BINARY, BYTES);
    frame(conn, FRAME_PING, "ping");
}

static void check_websocket(uint32_t conn) {
    CHECK(has_or_ended(conn, "40{\"sid\""));
    CHECK(has_or_ended(conn, "42[\"one\",1"));
    CHECK(has_or_ended(conn, "\x82\x16" BYTES));
    CHECK(has_or_ended(conn, "\x8a\x04ping"));
}

/* A session that polls, with packets queued, and a GET that waits; then it
 * moves to a WebSocket. */
static void talk_by_polling(uint32_t conn, uint32_t other) {
    char sid[21];
    open_conn(conn);
    get(conn, "");
    char *at = strstr((char *)sent[conn], "\"sid\":\"");
    if (!at) return; /* no session: no memory */
    snprintf(sid, sizeof sid, "%.20s", at + 7);
    post(conn, sid, "40");
    post(conn, sid,
         "42[\"three\",3]\x1e"
         "42[\"four\",4]");
    if (!is_open[conn]) return; /* it was not accepted */
    sent_len[conn] = 0;
    get(conn, sid);
    if (!is_open[conn]) { /* a response that was lost ends its session */
        open_conn(conn);
        get(conn, sid);
    }
    CHECK(has(conn, "42[\"three\",3") || has(conn, " 400 "));
    if (has(conn, " 400 ")) return;
    sent_len[conn] = 0;
    get(conn, sid); /* waits */
    frame(1, FRAME_TEXT, "42[\"all\",4]");
    if (!is_open[conn] || has(conn, " 400 ")) return;
    CHECK(has(conn, "42[\"all\",4") || !is_open[1] || has(1, "\x88\x02\x03") ||
          disconnects > 0);
    open_conn(other);
    upgrade(other, sid);
    frame(other, FRAME_TEXT, "2probe");
    if (!has(other, "3probe")) return;
    frame(other, FRAME_TEXT, "5");
    frame(other, FRAME_TEXT, "42[\"five\",5]");
    CHECK(has_or_ended(other, "42[\"five\",5"));
}

/* The client of a connection that is lost comes back on another one. */
static void come_back(uint32_t from, uint32_t conn) {
    char text[60];
    const char *pid = strstr((char *)sent[from], "\"pid\":\"");
    if (!pid) return;
    snprintf(text, sizeof text, "40{%.28s}", pid);
    if (is_open[from]) server_lost(server, from);
    is_open[from] = false;
    turn();
    open_conn(conn);
    upgrade(conn, "");
    frame(conn, FRAME_TEXT, text);
    frame(conn, FRAME_TEXT, "42[\"six\",6]");
    CHECK(has_or_ended(conn, "40{\"sid\""));
    CHECK(has_or_ended(conn, "42[\"six\",6"));
}

/* One run in which allocation k fails; false: there are not so many. */
static bool run(int k, bool recovers) {
    static const char *const namespaces[] = {"/", NULL};
    struct server_options o = SERVER_DEFAULTS(namespaces);
    o.engine.max_conns = o.engine.max_sessions = CONNS;
    o.recovery_ms = recovers ? 1000 : 0;
#if HAS_OWN_MALLOC
    size_t used = arena_used;
#endif
    int before = live;
    has_failed = false;
    disconnects = recoveries = 0;
    until_failure = k;
    server = server_open(&o);
    if (server) {
        talk_by_websocket(1);
        talk_by_polling(2, 3);
        open_conn(4);
        send_text(4, "GET /page HTTP/1.1\r\n" HOST "\r\n");
        CHECK(has_or_ended(4, "page"));
        check_websocket(1);
        if (recovers) come_back(1, 0);
        CHECK(has_failed || recoveries == recovers);
        until_failure = 0;
        talk_by_websocket(5);
        CHECK(is_open[5]);
        check_websocket(5);
        for (uint32_t i = 0; i < CONNS; i++) {
            if (is_open[i]) server_lost(server, i);
            is_open[i] = false;
        }
        turn();
        server_free(server);
    }
    until_failure = 0;
    CHECK(live == before);
#if HAS_OWN_MALLOC
    arena_used = used;
#endif
    return has_failed;
}

static void fail_each(bool recovers) {
    int k = 1;
    while (run(k, recovers) && wrong_line == 0) k++;
    UNIT_INT(wrong_line, 0);
    if (wrong_line) UNIT_INT(k, 0); /* the allocation that failed */
    if (HAS_OWN_MALLOC) UNIT_TRUE(k > 40);
}

static void every_allocation_may_fail(void) {
    fail_each(false);
}

static void every_allocation_of_a_recovery_may_fail(void) {
    fail_each(true);
}

UNIT_MAIN("socketio/memory", UNIT_TEST(every_allocation_may_fail),
          UNIT_TEST(every_allocation_of_a_recovery_may_fail))
