/* engine_test.c: socketio/engine.h against the Engine.IO protocol v4, with an
 * echo as its program; no sockets, and a clock that the tests set */
#include "packets/unit.h"
#include "socketio/engine.h"
#include "socketio/handle.h"
#include "socketio/receiver.h"
#include "socketio/session.h"
#include "websocket/conn.h"
#include "websocket/http_conn.h"

#define CONNS 40

static struct engine *engine;
static int64_t now;

static struct { /* what a connection was sent */
    struct buf bytes;
    int pieces; /* how many system calls it would have been */
    enum outbox_then then;
    bool is_slow; /* its output does not leave the process */
} conns[CONNS];

static char events[4000];
static size_t events_len;
static int event_count;
static bool is_echoing; /* messages are sent back */
static uint32_t last_session;

static const struct engine_options usual = {.path = "/engine.io/",
                                            .is_loopback = true,
                                            .ping_interval = 300,
                                            .ping_timeout = 200,
                                            .upgrade_timeout = 10000,
                                            .max_payload = 1000000,
                                            .max_conns = CONNS,
                                            .max_sessions = 10,
                                            .seed = {1, 2, 3}};

/* Groups of sessions, as the program on top of an engine keeps them. */
static struct {
    uint32_t session[1001];
    unsigned count;
} groups[2];

static void join_group(uint32_t session, unsigned group) {
    groups[group].session[groups[group].count++] = session;
}

static void leave_group(uint32_t session, unsigned group) {
    for (unsigned i = 0; i < groups[group].count; i++)
        if (groups[group].session[i] == session)
            groups[group].session[i] = NO_HANDLE;
}

static void publish(unsigned group, bool is_binary, const struct span *parts,
                    size_t k) {
    engine_publish_begin(engine, is_binary, parts, k);
    for (unsigned i = 0; i < groups[group].count; i++)
        engine_publish_to(engine, groups[group].session[i]);
    engine_publish_end(engine);
}

static void start(const struct engine_options *o) {
    engine = engine_open(o);
    groups[0].count = groups[1].count = 0;
    now = 1000;
    events_len = 0;
    event_count = 0;
    is_echoing = true;
    for (int i = 0; i < CONNS; i++) buf_init(&conns[i].bytes, 1 << 27);
}

static void stop(void) {
    engine_free(engine);
    for (int i = 0; i < CONNS; i++) {
        buf_free(&conns[i].bytes);
        memset(&conns[i], 0, sizeof conns[i]);
    }
}

/* A server without heartbeat, for tests of other time-outs. */
static struct engine_options quiet(void) {
    struct engine_options o = usual;
    o.ping_interval = o.ping_timeout = 1000000;
    return o;
}

static void record(const char *name, const struct engine_event *e) {
    int n = snprintf(events + events_len, sizeof events - events_len,
                     "%s%s%.*s;", name, e->payload.len ? " " : "",
                     (int)(e->payload.len < 50 ? e->payload.len : 50),
                     (char *)e->payload.data);
    event_count++;
    if (events_len + (size_t)n < sizeof events) events_len += (size_t)n;
}

static void handle(const struct engine_event *e) {
    static const char *const names[] = {"opened", "message", "closed",
                                        "request"};
    record(e->is_binary ? "binary" : names[e->type], e);
    if (e->type == ENGINE_OPENED) last_session = e->session;
    if (e->type == ENGINE_MESSAGE && is_echoing)
        engine_send(engine, e->session, e->is_binary, &e->payload, 1);
    if (e->type == ENGINE_REQUEST)
        engine_respond(engine, e->conn, 200, "text/plain", span_from("page"),
                       "A: b\r\n");
}

static void handle_events(void) {
    struct engine_event e;
    while (engine_next(engine, &e)) handle(&e);
}

/* Takes the output of every connection, as the program's loop does. */
static void deliver(void) {
    struct outgoing o;
    while (engine_outgoing(engine, &o)) {
        buf_append(&conns[o.conn].bytes, o.bytes.data, o.bytes.len);
        conns[o.conn].pieces++;
        if (o.then != OUTBOX_OPEN) conns[o.conn].then = o.then;
        if (o.bytes.len > 0 && !conns[o.conn].is_slow)
            engine_sent(engine, o.conn, now);
    }
}

/* The end of a turn: everything that had arrived was fed. */
static void end_turn(void) {
    handle_events();
    engine_expire(engine, now);
    handle_events();
    deliver();
}

static void wait_ms(int ms) {
    now += ms;
    end_turn();
}

/* Feeds what one read brought. Returns what is left for the next turn. */
static struct span feed_once(uint32_t conn, struct span in) {
    engine_feed(engine, conn, in, now);
    handle_events();
    return engine_end_feed(engine);
}

/* Feeds an exact copy, in pieces of step bytes, each until it is used up. */
static void feed(uint32_t conn, const void *bytes, size_t n, size_t step) {
    for (size_t at = 0; at < n; at += step) {
        size_t size = n - at < step ? n - at : step;
        uint8_t *exact = unit_exact((const uint8_t *)bytes + at, size);
        struct span rest = {exact, size};
        do {
            rest = feed_once(conn, rest);
            engine_expire(engine, now);
            handle_events();
            deliver();
        } while (rest.len > 0);
        free(exact);
    }
}

static void send_text(uint32_t conn, const char *text) {
    buf_clear(&conns[conn].bytes);
    feed(conn, text, strlen(text), SIZE_MAX);
}

static void open_conn(uint32_t conn) {
    engine_accept(engine, conn, now);
    conns[conn].then = OUTBOX_OPEN;
    buf_clear(&conns[conn].bytes);
}

static void lose(uint32_t conn) {
    engine_lost(engine, conn);
    end_turn();
}

#define QUERY "/engine.io/?EIO=4&transport=polling"
#define HOST "Host: 127.0.0.1:3000\r\n"

static void get(uint32_t conn, const char *sid) {
    char text[300];
    snprintf(text, sizeof text, "GET %s%s%s HTTP/1.1\r\n%s\r\n", QUERY,
             *sid ? "&sid=" : "", sid, HOST);
    send_text(conn, text);
}

static void post(uint32_t conn, const char *sid, const char *body) {
    char text[600];
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s",
             QUERY, sid, HOST, strlen(body), body);
    send_text(conn, text);
}

/* The head of a POST, and the first bytes of its body. */
static void begin_post(uint32_t conn, const char *sid, size_t n,
                       const char *body) {
    char text[600];
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s",
             QUERY, sid, HOST, n, body);
    send_text(conn, text);
}

static unsigned status(uint32_t conn) {
    unsigned code = 0;
    if (conns[conn].bytes.end > 12)
        for (int i = 9; i < 12; i++)
            code = code * 10 + (unsigned)(conns[conn].bytes.bytes[i] - '0');
    return code;
}

/* What a connection was sent, as text. */
static const char *sent(uint32_t conn) {
    static char text[3000];
    snprintf(text, sizeof text, "%.*s", (int)conns[conn].bytes.end,
             (char *)conns[conn].bytes.bytes);
    return text;
}

/* The body of the response. */
static const char *body(uint32_t conn) {
    if (conns[conn].bytes.end == 0) return "nothing";
    const char *text = sent(conn), *end = strstr(text, "\r\n\r\n");
    return end ? end + 4 : text;
}

#define IS_TEXT(got, expected) UNIT_TEXT(got, strlen(got), expected)
#define EVENTS(expected)                                                       \
    do {                                                                       \
        UNIT_TEXT(events, events_len, expected);                               \
        events_len = 0;                                                        \
    } while (0)

/* Opens a polling session on a connection and writes its id. */
static void open_polling_on(uint32_t conn, char sid[21]) {
    open_conn(conn);
    get(conn, "");
    snprintf(sid, 21, "%.20s", body(conn) + strlen("0{\"sid\":\""));
    events_len = 0;
}

static void open_polling(char sid[21]) {
    open_polling_on(0, sid);
}

static void upgrade(uint32_t conn, const char *sid) {
    char text[400];
    open_conn(conn);
    snprintf(text, sizeof text,
             "GET /engine.io/?EIO=4&transport=websocket%s%s HTTP/1.1\r\n%s"
             "Upgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
             *sid ? "&sid=" : "", sid, HOST);
    send_text(conn, text);
}

/* Appends a client's frame; its mask key is 1 1 1 1. */
static void add_frame(struct buf *out, unsigned first, const char *text) {
    size_t n = strlen(text);
    uint8_t head[6] = {(uint8_t)first, (uint8_t)(0x80 | n), 1, 1, 1, 1};
    buf_append(out, head, sizeof head);
    for (size_t i = 0; i < n; i++) {
        uint8_t masked = (uint8_t)(text[i] ^ 1);
        buf_append(out, &masked, 1);
    }
}

static void frame(uint32_t conn, unsigned opcode, const char *text) {
    struct buf out;
    buf_init(&out, 300);
    add_frame(&out, 0x80 | opcode, text);
    buf_clear(&conns[conn].bytes);
    feed(conn, out.bytes, out.end, SIZE_MAX);
    buf_free(&out);
}

/* The frames a connection was sent: "text;text;", a close as "close 1000;". */
static const char *frames(uint32_t conn) {
    static char text[3000];
    size_t n = 0;
    struct span in = buf_view(&conns[conn].bytes);
    if (in.len > 9 && memcmp(in.data, "HTTP/1.1 ", 9) == 0) {
        const char *end = strstr(sent(conn), "\r\n\r\n");
        if (end) in = span_skip(in, (size_t)(end + 4 - sent(conn)));
    }
    text[0] = '\0';
    struct frame f;
    for (int size; in.len && (size = frame_parse(&f, in.data, in.len)) > 0;) {
        in = span_skip(in, (size_t)size);
        if (f.opcode == FRAME_CLOSE)
            n += (size_t)snprintf(text + n, sizeof text - n, "close %d;",
                                  in.data[0] << 8 | in.data[1]);
        else
            n += (size_t)snprintf(text + n, sizeof text - n, "%.*s;",
                                  (int)f.length, (char *)in.data);
        in = span_skip(in, (size_t)f.length);
        if (n > sizeof text - 300) break;
    }
    return text;
}

static void open_websocket(uint32_t conn) {
    upgrade(conn, "");
    buf_clear(&conns[conn].bytes);
    events_len = 0;
}

/* --- handshake --- */

static void opens_a_session_by_polling(void) {
    start(&usual);
    char sid[21], expected[200];
    open_polling(sid);
    UNIT_INT(status(0), 200);
    snprintf(expected, sizeof expected,
             "0{\"sid\":\"%s\",\"upgrades\":[\"websocket\"],\"pingInterval\":"
             "300,\"pingTimeout\":200,\"maxPayload\":1000000}",
             sid);
    IS_TEXT(body(0), expected);
    UNIT_TRUE(
        strstr((char *)conns[0].bytes.bytes, "text/plain; charset=UTF-8"));
    /* RFC 9111 §5.2.2.5 */
    UNIT_TRUE(
        strstr((char *)conns[0].bytes.bytes, "Cache-Control: no-store\r\n"));
    stop();
}

static void opens_a_session_by_websocket(void) {
    start(&usual);
    upgrade(1, "");
    EVENTS("opened;");
    UNIT_INT(status(1), 101);
    UNIT_TRUE(strstr(frames(1), "\"upgrades\":[],\"pingInterval\":300"));
    stop();
}

static void refuses_bad_handshakes_with_their_code(void) {
    static const struct {
        const char *request;
        unsigned status;
        const char *body;
    } cases[] = {
        {"GET /engine.io/?transport=polling", 400, "{\"code\":5,"},
        {"GET /engine.io/?EIO=abc&transport=polling", 400, "{\"code\":5,"},
        {"GET /engine.io/?EIO=3&transport=polling", 400, "{\"code\":5,"},
        {"GET /engine.io/?EIO=4", 400, "{\"code\":0,"},
        {"GET /engine.io/?EIO=4&transport=abc", 400, "{\"code\":0,"},
        {"POST " QUERY, 400, "{\"code\":2,"},
        {"PUT " QUERY, 400, "{\"code\":2,"},
        {"GET " QUERY "&sid=none", 400, "{\"code\":1,"},
        {"GET " QUERY "&sid=AAAAAAAAAAAAAAAAAAAA", 400, "{\"code\":1,"},
        {"GET /engine.io/?EIO=4&transport=websocket", 400, "{\"code\":3,"},
        {"OPTIONS " QUERY, 204, ""},
        {"GET /other", 200, "page"},
        {"HEAD /other", 200, ""},
        {"DELETE /other", 405, "405"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        start(&usual);
        open_conn(2);
        snprintf(text, sizeof text, "%s HTTP/1.1\r\n%s\r\n", cases[i].request,
                 HOST);
        send_text(2, text);
        UNIT_INT(status(2), cases[i].status);
        UNIT_TEXT(body(2), strlen(cases[i].body), cases[i].body);
        UNIT_INT(conns[2].then, OUTBOX_OPEN);
        stop();
    }
}

static void ids_differ_and_cannot_be_counted_up(void) {
    char first[21], second[21];
    start(&usual);
    open_polling(first);
    get(0, "");
    snprintf(second, sizeof second, "%.20s", body(0) + strlen("0{\"sid\":\""));
    int same = 0;
    for (int i = 4; i < 20; i++) same += first[i] == second[i];
    UNIT_TRUE(same < 8); /* of 16 characters of secret */
    second[19] ^= 1;
    get(0, second);
    UNIT_INT(status(0), 400);
    stop();
}

/* --- messages --- */

static void echoes_a_payload_of_several_packets(void) {
    static const char three[] = "4test1\x1e"
                                "4test2\x1e"
                                "4test3",
                      mixed[] = "4hello\x1e"
                                "bAQIDBA==";
    static const char *const payloads[] = {"4hello", three, mixed, "b", "4"};
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        char sid[21];
        start(&usual);
        open_polling(sid);
        post(0, sid, payloads[i]);
        UNIT_INT(status(0), 200);
        IS_TEXT(body(0), "ok");
        get(0, sid);
        UNIT_INT(status(0), 200);
        IS_TEXT(body(0), payloads[i]);
        stop();
    }
}

static void a_get_waits_until_there_is_something(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    get(1, sid);
    UNIT_INT(conns[1].bytes.end, 0);
    post(0, sid,
         "4a\x1e"
         "4b");
    IS_TEXT(body(1), "4a\x1e"
                     "4b"); /* one answer for all of a round */
    EVENTS("message a;message b;");
    stop();
}

static void every_split_of_a_request_gives_the_same(void) {
    char sid[21], text[300];
    start(&usual);
    open_polling(sid);
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n"
             "3\r\n4on\r\n3;x=y\r\ne\x1e"
             "b\r\n4\r\nAQ==\r\n0\r\n\r\n",
             QUERY, sid, HOST);
    for (size_t step = 1; step <= strlen(text); step++) {
        buf_clear(&conns[0].bytes);
        feed(0, text, strlen(text), step);
        IS_TEXT(body(0), "ok");
        EVENTS("message one;binary \x01;");
    }
    stop();
}

static void closes_the_session_upon_a_bad_packet(void) {
    static const char *const bad[] = {
        "abc",    /* no type */
        "",       /* no packet at all */
        "4a\x1e", /* an empty one */
        "2",      /* in version 4 only the server pings */
        "b!",     /* not base64 */
        "bAQ=",   /* cut base64 */
        "4\xff",  /* not UTF-8 */
        "7",      /* types end at 6 */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char sid[21];
        start(&usual);
        open_polling(sid);
        post(0, sid, bad[i]);
        UNIT_INT(status(0), 400);
        UNIT_TRUE(events_len >= 7 &&
                  strncmp(events + events_len - 7, "closed;", 7) == 0);
        get(0, sid);
        UNIT_INT(status(0), 400);
        stop();
    }
}

static void websocket_carries_text_and_binary(void) {
    start(&usual);
    open_websocket(1);
    frame(1, FRAME_TEXT, "4hello");
    IS_TEXT(frames(1), "4hello;");
    frame(1, FRAME_BINARY, "\x01\x02");
    IS_TEXT(frames(1), "\x01\x02;");
    UNIT_INT(conns[1].bytes.bytes[0], 0x82);
    EVENTS("message hello;binary \x01\x02;");
    frame(1, FRAME_TEXT, "abc");
    IS_TEXT(frames(1), "close 1002;");
    EVENTS("closed;");
    stop();
}

/* --- polling's own rules --- */

static void two_gets_at_once_close_the_session(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    get(1, sid);
    get(0, sid);
    UNIT_INT(status(1), 200);
    IS_TEXT(body(1), "1");
    UNIT_INT(status(0), 400);
    EVENTS("closed;");
    get(0, sid);
    UNIT_INT(status(0), 400);
    stop();
}

static void two_posts_at_once_close_the_session(void) {
    char sid[21], text[200];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: 6\r\n\r\n4ha", QUERY,
             sid, HOST);
    send_text(1, text);
    post(0, sid, "4b");
    UNIT_INT(status(0), 400);
    EVENTS("closed;");
    send_text(1, "lf!"); /* the first one ends in order */
    UNIT_INT(status(1), 400);
    EVENTS("");
    stop();
}

static void a_request_that_breaks_off_closes_the_session(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    get(1, sid);
    lose(1);
    EVENTS("closed;");
    get(0, sid);
    UNIT_INT(status(0), 400);
    stop();
}

static void a_post_that_breaks_off_closes_the_session(void) {
    char sid[21], text[200];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: 6\r\n\r\n4ha", QUERY,
             sid, HOST);
    send_text(1, text);
    lose(1);
    EVENTS("closed;");
    stop();
}

static void bare_octets_are_refused(void) {
    char sid[21], text[300];
    start(&usual);
    open_polling(sid);
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Type: "
             "application/octet-stream\r\nContent-Length: 2\r\n\r\n4a",
             QUERY, sid, HOST);
    send_text(0, text);
    UNIT_INT(status(0), 400);
    EVENTS("closed;");
    stop();
}

static void a_post_too_big_is_refused_on_its_head(void) {
    char sid[21], text[300];
    start(&usual);
    for (int over = 0; over < 2; over++) {
        open_polling(sid);
        snprintf(text, sizeof text,
                 "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n",
                 QUERY, sid, HOST, 1000000 + over);
        send_text(0, text);
        UNIT_INT(conns[0].bytes.end == 0 ? 0 : (int)status(0), over ? 413 : 0);
        UNIT_INT(conns[0].then, over ? OUTBOX_END : OUTBOX_OPEN);
        lose(0);
    }
    stop();
}

static void the_client_may_close(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    get(1, sid);
    post(0, sid, "1");
    UNIT_INT(status(0), 200);
    IS_TEXT(body(1), "6");
    EVENTS("closed;");
    get(0, sid);
    UNIT_INT(status(0), 400);
    open_websocket(2);
    frame(2, FRAME_TEXT, "1");
    IS_TEXT(frames(2), "close 1000;");
    EVENTS("closed;");
    stop();
}

/* --- heartbeat --- */

static void pings_a_polling_session_after_each_pong(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    for (int i = 0; i < 3; i++) {
        get(0, sid);
        wait_ms(299);
        UNIT_INT(conns[0].bytes.end, 0);
        wait_ms(1);
        IS_TEXT(body(0), "2");
        post(0, sid, "3");
        IS_TEXT(body(0), "ok");
    }
    stop();
}

static void closes_sessions_without_a_pong(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_websocket(1);
    wait_ms(300);
    IS_TEXT(frames(1), "2;");
    wait_ms(199);
    EVENTS("");
    wait_ms(1);
    EVENTS("closed;closed;");
    IS_TEXT(frames(1), "2;close 1000;");
    get(0, sid);
    UNIT_INT(status(0), 400);
    stop();
}

static void the_wait_is_until_the_next_time_out(void) {
    start(&usual);
    UNIT_INT(engine_wait(engine, now, -1), -1);
    open_websocket(1);
    UNIT_INT(engine_wait(engine, now, -1), 300);
    UNIT_INT(engine_wait(engine, now + 299, 50), 1);
    UNIT_INT(engine_wait(engine, now + 900, -1), 0);
    stop();
}

/* --- upgrade --- */

static void upgrades_and_loses_nothing(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    post(0, sid, "4before");
    upgrade(1, sid);
    UNIT_INT(status(1), 101);
    frame(1, FRAME_TEXT, "2probe");
    IS_TEXT(frames(1), "3probe;");
    frame(1, FRAME_TEXT, "5");
    IS_TEXT(frames(1), "4before;"); /* not fetched before */
    frame(1, FRAME_TEXT, "4after");
    IS_TEXT(frames(1), "4after;");
    EVENTS("message before;message after;");
    get(0, sid);
    UNIT_INT(status(0), 400);
    UNIT_TEXT(body(0), 9, "{\"code\":3");
    wait_ms(300); /* the heartbeat goes on */
    IS_TEXT(frames(1), "4after;2;");
    stop();
}

static void a_waiting_get_ends_with_a_noop_when_the_probe_comes(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    get(0, sid);
    upgrade(1, sid);
    UNIT_INT(conns[0].bytes.end, 0);
    frame(1, FRAME_TEXT, "2probe");
    IS_TEXT(body(0), "6");
    get(0, sid); /* and one that comes later, too */
    IS_TEXT(body(0), "6");
    stop();
}

/* The wrong way of 503 --break. Any other packet ends the GET. */
static void without_the_noop_a_get_waits_for_the_next_packet(void) {
    char sid[21];
    struct engine_options o = usual;
    o.omits_noop = true;
    start(&o);
    open_polling(sid);
    get(0, sid);
    upgrade(1, sid);
    frame(1, FRAME_TEXT, "2probe");
    IS_TEXT(frames(1), "3probe;");
    UNIT_INT(conns[0].bytes.end, 0);
    wait_ms(300);
    IS_TEXT(body(0), "2");
    get(0, sid); /* the same for one that comes after the probe */
    UNIT_INT(conns[0].bytes.end, 0);
    stop();
}

/* A GET and the client's "5" arrive in one round: the GET ends all the same. */
static void a_get_in_the_round_of_the_upgrade_ends_with_a_noop(void) {
    char sid[21], text[300];
    struct buf five;
    start(&usual);
    open_polling(sid);
    upgrade(1, sid);
    frame(1, FRAME_TEXT, "2probe");
    snprintf(text, sizeof text, "GET %s&sid=%s HTTP/1.1\r\n%s\r\n", QUERY, sid,
             HOST);
    buf_clear(&conns[0].bytes);
    feed_once(0, (struct span){(uint8_t *)text, strlen(text)});
    buf_init(&five, 100);
    add_frame(&five, 0x81, "5");
    feed_once(1, buf_view(&five));
    deliver();
    IS_TEXT(body(0), "6");
    UNIT_INT(conns[0].then, OUTBOX_OPEN);
    buf_free(&five);
    stop();
}

static void a_second_websocket_is_closed_and_the_first_goes_on(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    upgrade(1, sid);
    frame(1, FRAME_TEXT, "2probe");
    frame(1, FRAME_TEXT, "5");
    upgrade(2, sid);
    IS_TEXT(frames(2), "close 1008;");
    frame(1, FRAME_TEXT, "4hello");
    IS_TEXT(frames(1), "4hello;");
    stop();
}

static void an_abandoned_probe_leaves_polling_usable(void) {
    for (int how = 0; how < 5; how++) {
        char sid[21];
        struct engine_options o = usual;
        o.ping_interval = 60000;
        start(&o);
        open_polling(sid);
        upgrade(1, sid);
        if (how == 0) frame(1, FRAME_TEXT, "garbage");
        if (how == 1) frame(1, FRAME_TEXT, "5"); /* without a probe */
        if (how == 2) lose(1);
        if (how == 4) frame(1, FRAME_CLOSE, "\x03\xe8");
        if (how == 3) {
            wait_ms(9999);
            UNIT_TRUE(strstr(frames(1), "close") == NULL);
            wait_ms(1);
            IS_TEXT(frames(1), "close 1000;");
            open_conn(3);
            lose(0);
        }
        uint32_t conn = how == 3 ? 3 : 0;
        post(conn, sid, "4still");
        IS_TEXT(body(conn), "ok");
        get(conn, sid);
        IS_TEXT(body(conn), "4still");
        upgrade(5, sid); /* and another probe is allowed */
        frame(5, FRAME_TEXT, "2probe");
        IS_TEXT(frames(5), "3probe;");
        stop();
    }
}

/* --- permissions and limits --- */

static void a_foreign_origin_is_refused_unless_named(void) {
    static const struct {
        const char *origins, *origin, *allow;
        unsigned status;
    } cases[] = {
        {NULL, "http://127.0.0.1:3000", "", 200},
        {NULL, "http://evil.example", "", 403},
        {NULL, "null", "", 403},
        {"*", "http://evil.example", "Access-Control-Allow-Origin: *\r\n", 200},
        {"http://a.example, ,http://b.example ", "http://b.example",
         "Access-Control-Allow-Origin: http://b.example\r\n"
         "Vary: Origin\r\nAccess-Control-Allow-Credentials: true\r\n",
         200},
        {"http://a.example", "http://c.example", "", 403},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300];
        struct engine_options o = usual;
        o.origins = cases[i].origins;
        start(&o);
        open_conn(1);
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n%sOrigin: %s\r\n\r\n",
                 QUERY, HOST, cases[i].origin);
        send_text(1, text);
        UNIT_INT(status(1), cases[i].status);
        buf_append(&conns[1].bytes, "", 1);
        UNIT_TRUE(strstr((char *)conns[1].bytes.bytes, cases[i].allow));
        UNIT_INT(strstr((char *)conns[1].bytes.bytes, "Access-Control") != NULL,
                 *cases[i].allow != '\0');
        stop();
    }
}

static void a_foreign_host_is_refused_on_loopback(void) {
    start(&usual);
    open_conn(1);
    send_text(1, "GET " QUERY " HTTP/1.1\r\nHost: rebind.example\r\n\r\n");
    UNIT_INT(status(1), 403);
    stop();
}

static void too_many_sessions_are_503(void) {
    start(&usual);
    open_conn(1);
    for (int i = 0; i < 10; i++) {
        get(1, "");
        UNIT_INT(status(1), 200);
    }
    get(1, "");
    UNIT_INT(status(1), 503);
    engine_close(engine, last_session, 1000);
    end_turn();
    get(1, "");
    UNIT_INT(status(1), 200);
    stop();
}

static void slow_requests_end_in_time(void) {
    start(&usual);
    open_conn(1);
    open_conn(2);
    open_conn(3);
    send_text(2, "GET / HTTP/1.1\r\nHo");
    send_text(3, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n");
    wait_ms(LIMIT_HEAD_MS - 1);
    send_text(2, "st"); /* further bytes do not extend it */
    UNIT_INT(conns[1].then, OUTBOX_OPEN);
    wait_ms(1);
    UNIT_INT(conns[1].then, OUTBOX_END); /* never said a word */
    UNIT_INT(status(2), 408);
    UNIT_INT(conns[2].then, OUTBOX_END);
    wait_ms(LIMIT_CLOSING_MS);
    UNIT_INT(conns[2].then, OUTBOX_DROP);
    UNIT_INT(conns[3].then, OUTBOX_OPEN);
    wait_ms(LIMIT_BODY_MS - LIMIT_HEAD_MS - LIMIT_CLOSING_MS);
    UNIT_INT(status(3), 408);
    stop();
}

static void an_idle_connection_is_closed(void) {
    start(&usual);
    open_conn(1);
    send_text(1, "GET / HTTP/1.1\r\n" HOST "\r\n");
    wait_ms(LIMIT_IDLE_MS - 1);
    UNIT_INT(conns[1].then, OUTBOX_OPEN);
    wait_ms(1);
    UNIT_INT(conns[1].then, OUTBOX_END);
    stop();
}

static void answers_pipelined_requests_in_order_and_bounded(void) {
    struct buf many = {.max = 1 << 16};
    for (int i = 0; i < LIMIT_HTTP_PIPELINED + 1; i++)
        buf_text(&many, "GET / HTTP/1.1\r\n" HOST "\r\n");
    start(&usual);
    open_conn(1);
    feed(1, many.bytes, many.end, SIZE_MAX);
    int answers = 0;
    buf_append(&conns[1].bytes, "", 1);
    for (char *at = (char *)conns[1].bytes.bytes;
         (at = strstr(at, "HTTP/1.1 200"));)
        at++, answers++;
    UNIT_INT(answers, LIMIT_HTTP_PIPELINED);
    UNIT_INT(conns[1].then, OUTBOX_END);
    buf_free(&many);
    stop();
}

static void what_follows_a_waiting_get_ends_the_connection(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    get(0, sid);
    feed(0, "GET / HTTP/1.1\r\n", 16, 16);
    open_conn(1);
    post(1, sid, "4a");
    IS_TEXT(body(0), "4a");
    UNIT_INT(conns[0].then, OUTBOX_END);
    stop();
}

static void a_queue_without_a_get_ends_its_session(void) {
    static char big[100000];
    char sid[21];
    start(&usual);
    open_polling(sid);
    struct span part = {(uint8_t *)big, sizeof big};
    for (int i = 0; i < 25; i++)
        engine_send(engine, last_session, true, &part, 1);
    end_turn();
    EVENTS("closed;");
    stop();
}

/* --- groups --- */

static void publishes_to_the_members_of_this_moment(void) {
    char sid[21];
    struct span text = span_from("hi");
    start(&usual);
    open_websocket(1);
    uint32_t first = last_session;
    join_group(first, 0);
    open_websocket(2);
    open_polling(sid);
    join_group(last_session, 0);
    join_group(last_session, 1);
    for (int i = 1; i < 3; i++) buf_clear(&conns[i].bytes);

    publish(0, false, &text, 1);
    leave_group(first, 0); /* it keeps what was sent before */
    engine_send(engine, first, false, &text, 1);
    publish(0, false, &text, 1);
    publish(1, false, &text, 1);
    join_group(first, 1); /* broadcasts sent before do not reach it */
    end_turn();
    IS_TEXT(frames(1), "4hi;4hi;");
    IS_TEXT(frames(2), "");
    get(0, sid);
    IS_TEXT(body(0), "4hi\x1e"
                     "4hi\x1e"
                     "4hi");
    stop();
}

/* One system call each, however the packets alternate. */
static void each_connection_gets_its_part_of_a_round_in_one_piece(void) {
    static const char *const texts[] = {"a", "b", "c", "d", "e"};
    struct span text[5];
    uint32_t session[3];
    start(&usual);
    for (uint32_t i = 0; i < 3; i++) {
        open_websocket(i);
        session[i] = last_session;
        join_group(session[i], i == 2);
    }
    for (int i = 0; i < 5; i++) text[i] = span_from(texts[i]);
    for (int i = 0; i < 3; i++) {
        buf_clear(&conns[i].bytes);
        conns[i].pieces = 0;
    }
    publish(0, false, &text[0], 1);
    engine_send(engine, session[1], false, &text[1], 1);
    publish(1, false, &text[2], 1);
    join_group(session[0], 1);
    publish(1, false, &text[3], 1);
    leave_group(session[0], 0);
    publish(0, false, &text[4], 1);
    engine_close(engine, session[2], 1000);
    end_turn();
    IS_TEXT(frames(0), "4a;4d;");
    IS_TEXT(frames(1), "4a;4b;4e;");
    IS_TEXT(frames(2), "4c;4d;close 1000;");
    for (int i = 0; i < 3; i++) UNIT_INT(conns[i].pieces, 1);
    stop();
}

/* --- outdated references --- */

/* A connection whose request for a session was refused has no effect on it, nor
 * on the one that gets its slot. */
static void a_connection_ends_no_session_that_it_does_not_carry(void) {
    char sid[21], newcomer[21];
    struct engine_options o = usual;
    o.max_sessions = 1; /* so that the slot is used again at once */
    start(&o);
    open_polling(sid);
    open_conn(1);
    begin_post(1, sid, 6, "4ha");
    open_conn(2);
    post(2, sid, "4b"); /* a second POST: both sides end */
    UNIT_INT(status(2), 400);
    EVENTS("closed;");
    open_polling_on(3, newcomer);
    lose(2);
    lose(1);
    EVENTS("");
    post(3, newcomer, "4alive");
    IS_TEXT(body(3), "ok");
    stop();
}

static void a_connection_that_fails_ends_no_session_that_it_served(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    post(0, sid, "4a");
    send_text(0, "not HTTP\r\n\r\n");
    UNIT_INT(status(0), 400);
    UNIT_INT(conns[0].then, OUTBOX_END);
    EVENTS("message a;");
    stop();
}

/* The connection served a session before; now it is for a new one. */
static void an_upgrade_without_sid_opens_a_session(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    send_text(0, "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n" HOST
                 "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    EVENTS("opened;");
    UNIT_TRUE(strstr(frames(0), "\"upgrades\":[]"));
    stop();
}

static void a_probe_ends_with_its_session(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    upgrade(1, sid);
    frame(1, FRAME_TEXT, "2probe");
    post(0, sid, "1");
    IS_TEXT(frames(1), "3probe;close 1000;");
    EVENTS("closed;");
    stop();
}

/* A connection is lost, and its number is given to another before the engine
 * has acted on that. */
static void a_number_that_is_used_again_has_no_past(void) {
    char sid[21];
    struct span text = span_from("x");
    start(&usual);
    open_polling(sid);
    open_conn(1);
    get(1, sid); /* waits */
    engine_lost(engine, 1);
    open_conn(1);
    end_turn();
    EVENTS("closed;");
    UNIT_INT(conns[1].bytes.end, 0);

    open_websocket(2);
    engine_send(engine, last_session, false, &text, 1);
    engine_lost(engine, 2);
    open_conn(2);
    end_turn();
    UNIT_INT(conns[2].bytes.end, 0);
    UNIT_INT(conns[2].then, OUTBOX_OPEN);
    get(2, "");
    UNIT_INT(status(2), 200);
    stop();
}

static void pings_of_a_client_and_its_close_are_answered(void) {
    start(&usual);
    open_websocket(1);
    frame(1, FRAME_PING, "hi");
    UNIT_TEXT(conns[1].bytes.bytes, conns[1].bytes.end, "\x8a\x02hi");
    frame(1, FRAME_CLOSE, "\x03\xe8");
    IS_TEXT(frames(1), "close 1000;");
    UNIT_INT(conns[1].then, OUTBOX_END);
    EVENTS("closed;");
    stop();
}

static void a_post_during_an_upgrade_is_refused_and_leaves_no_trace(void) {
    char sid[21], newcomer[21];
    struct engine_options o = usual;
    o.max_sessions = 1;
    start(&o);
    open_polling(sid);
    open_conn(1);
    begin_post(1, sid, 6, "4ha");
    upgrade(2, sid);
    frame(2, FRAME_TEXT, "2probe");
    frame(2, FRAME_TEXT, "5");
    send_text(1, "lf!");
    UNIT_INT(status(1), 400);
    frame(2, FRAME_TEXT, "1");
    EVENTS("closed;");
    open_polling_on(3, newcomer);
    lose(1);
    lose(2);
    EVENTS("");
    get(3, newcomer);
    UNIT_INT(conns[3].bytes.end, 0);
    stop();
}

static void an_outdated_handle_does_nothing(void) {
    struct span text = span_from("x");
    struct engine_options o = usual;
    o.max_sessions = 1;
    start(&o);
    open_websocket(1);
    uint32_t old = last_session;
    engine_close(engine, old, 1000);
    end_turn();
    open_websocket(2);
    UNIT_INT(handle_slot(last_session), handle_slot(old));
    UNIT_TRUE(last_session != old);
    buf_clear(&conns[2].bytes);
    engine_send(engine, old, false, &text, 1);
    join_group(old, 0);
    publish(0, false, &text, 1);
    engine_close(engine, old, 1000);
    end_turn();
    IS_TEXT(frames(2), "");
    EVENTS("");
    stop();
}

/* The program broadcasts that a session is gone, and in the same round a member
 * upgrades to its WebSocket: it gets the broadcast once. */
static void a_broadcast_in_the_round_of_an_upgrade_arrives_once(void) {
    char sid[21];
    struct span text = span_from("gone");
    start(&usual);
    open_polling(sid);
    join_group(last_session, 0);
    upgrade(1, sid);
    frame(1, FRAME_TEXT, "2probe");
    buf_clear(&conns[1].bytes);

    struct buf five;
    struct engine_event e;
    buf_init(&five, 100);
    add_frame(&five, 0x81, "5");
    publish(0, false, &text, 1);
    engine_feed(engine, 1, buf_view(&five), now);
    while (engine_next(engine, &e)) handle(&e);
    publish(0, false, &text, 1);
    engine_end_feed(engine);
    end_turn();
    IS_TEXT(frames(1), "4gone;4gone;");
    buf_free(&five);
    stop();
}

/* --- what queues may hold --- */

static void send_bytes(uint32_t session, size_t n) {
    struct span part = {calloc(1, n), n};
    engine_send(engine, session, true, &part, 1);
    free(part.data);
}

static void a_queue_is_limited(void) {
    for (uint32_t over = 0; over < 2; over++) {
        char sid[21];
        struct engine_options o = quiet();
        start(&o);
        open_polling(sid);
        /* A packet counts with its pointer, 8 bytes. */
        send_bytes(last_session, LIMIT_QUEUE / 2 - 8);
        send_bytes(last_session, LIMIT_QUEUE / 2 - 8 + over);
        end_turn();
        EVENTS(over ? "closed;" : "");
        stop();
    }
}

/* Sends a text of n times the letter to the session opened last. */
static void send_repeated(int letter, size_t n) {
    struct span part = {malloc(n), n};
    memset(part.data, letter, n);
    engine_send(engine, last_session, false, &part, 1);
    free(part.data);
}

/* Checks the body that a connection was sent: its length and how it begins. */
static void check_body(uint32_t conn, size_t n, const char *begin) {
    size_t head = conns[conn].bytes.end - n, len = strlen(begin);
    UNIT_INT(status(conn), 200);
    UNIT_TRUE(conns[conn].bytes.end > n && n >= len);
    UNIT_TEXT(conns[conn].bytes.bytes + head - 4, 4, "\r\n\r\n");
    UNIT_TEXT(conns[conn].bytes.bytes + head, len, begin);
}

static void a_response_is_limited_and_the_rest_waits_for_the_next_get(void) {
    for (size_t over = 0; over < 2; over++) {
        char sid[21];
        struct engine_options o = quiet(); /* max_payload is 1 000 000 */
        start(&o);
        open_polling(sid);
        send_repeated('a', 600000);
        send_repeated('b', 600000);
        /* With two types and a separator it is as much as fits, or one more. */
        send_repeated('c', 399997 + over);
        send_repeated('d', 1);
        get(0, sid);
        check_body(0, 600001, "4aaa");
        get(0, sid);
        check_body(0, over ? 600001 : 1000000, "4bbb");
        get(0, sid);
        check_body(0, over ? 400002 : 2, over ? "4c" : "4d");
        get(0, sid);
        UNIT_INT(conns[0].bytes.end, 0); /* it waits */
        stop();
    }
}

/* A packet over the limit goes alone; otherwise it would wait for ever. */
static void a_packet_longer_than_a_response_may_be_is_sent_alone(void) {
    char sid[21];
    struct engine_options o = quiet();
    o.max_payload = 1000;
    start(&o);
    open_polling(sid);
    send_repeated('a', 5000);
    send_repeated('b', 1);
    get(0, sid);
    check_body(0, 5001, "4aaa");
    get(0, sid);
    check_body(0, 2, "4b");
    stop();
}

/* A peer that fetches slowly has to see the ping in time. */
static void a_ping_goes_before_all_that_is_queued(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    send_repeated('a', 600000);
    send_repeated('b', 600000);
    wait_ms(300);
    get(0, sid);
    check_body(0, 600003,
               "2\x1e"
               "4aaa");
    get(0, sid);
    check_body(0, 600001, "4bbb");
    stop();
}

static void a_message_may_have_as_many_parts_as_the_limit(void) {
    char sid[21];
    struct span parts[ENGINE_PARTS];
    start(&usual);
    for (int i = 0; i < ENGINE_PARTS; i++) parts[i] = span_from("x");
    open_websocket(1);
    engine_send(engine, last_session, false, parts, ENGINE_PARTS);
    join_group(last_session, 0);
    open_polling(sid);
    engine_send(engine, last_session, false, parts, ENGINE_PARTS);
    publish(0, false, parts, ENGINE_PARTS);
    end_turn();
    IS_TEXT(frames(1), "4xxxxxxxxxxxxxxx;4xxxxxxxxxxxxxxx;");
    get(0, sid);
    IS_TEXT(body(0), "4xxxxxxxxxxxxxxx");
    stop();
}

/* 40 sessions that do not poll, 2 broadcasts of 900 KB each: one copy. */
static void a_broadcast_is_kept_once_for_all_queues(void) {
    struct engine_options o = quiet();
    o.max_sessions = 1000;
    start(&o);
    open_conn(0);
    for (int i = 0; i < 1000; i++) {
        get(0, "");
        join_group(last_session, 0);
    }
    events_len = 0;
    event_count = 0;
    struct span part = {calloc(1, 900000), 900000};
    for (int i = 0; i < 2; i++) publish(0, true, &part, 1);
    free(part.data);
    end_turn();
    UNIT_INT(event_count, 0); /* 1.8 GB would be over the limit of all */
    stop();
}

static void when_all_queues_are_too_long_the_longest_unfetched_ends(void) {
    char sid[40][21];
    struct engine_options o = quiet();
    o.max_sessions = 40;
    start(&o);
    open_conn(0);
    uint32_t session[40];
    for (int i = 0; i < 40; i++) {
        now += 10;
        get(0, "");
        session[i] = last_session;
        const char *at = strstr(body(0), "\"sid\":\"");
        snprintf(sid[i], 21, "%.20s", at ? at + strlen("\"sid\":\"") : "");
    }
    /* The first one fetches something, so the second is now the longest. */
    send_bytes(session[0], 1);
    end_turn();
    get(0, sid[0]);
    events_len = 0;
    event_count = 0;
    for (int i = 0; i < 33; i++) send_bytes(session[i], 2000000);
    end_turn();
    UNIT_INT(event_count, 0); /* 66 MB: as many fit */
    send_bytes(session[39], 2000000);
    end_turn();
    UNIT_INT(event_count, 1);
    get(0, sid[1]);
    UNIT_INT(status(0), 400);
    get(0, sid[0]);
    UNIT_INT(status(0), 200);
    get(0, sid[2]);
    UNIT_INT(status(0), 200);
    stop();
}

/* --- slow readers --- */

static void time_outs_begin_when_the_reply_has_left(void) {
    struct engine_options o = quiet();
    start(&o);
    open_conn(1);
    conns[1].is_slow = true;
    send_text(1, "GET / HTTP/1.1\r\n" HOST "\r\n");
    open_conn(2);
    conns[2].is_slow = true;
    send_text(2, "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    UNIT_INT(conns[2].then, OUTBOX_END);
    wait_ms(10 * LIMIT_IDLE_MS);
    UNIT_INT(conns[1].then, OUTBOX_OPEN);
    UNIT_INT(conns[2].then, OUTBOX_END);
    engine_sent(engine, 1, now);
    engine_sent(engine, 2, now);
    wait_ms(LIMIT_CLOSING_MS - 1);
    UNIT_INT(conns[2].then, OUTBOX_END);
    wait_ms(1);
    UNIT_INT(conns[2].then, OUTBOX_DROP);
    wait_ms(LIMIT_IDLE_MS - LIMIT_CLOSING_MS - 1);
    UNIT_INT(conns[1].then, OUTBOX_OPEN);
    wait_ms(1);
    UNIT_INT(conns[1].then, OUTBOX_END);
    stop();
}

static void a_pong_is_due_when_its_ping_has_left(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_websocket(1);
    get(0, sid);
    conns[0].is_slow = conns[1].is_slow = true;
    wait_ms(300);
    IS_TEXT(frames(1), "2;");
    IS_TEXT(body(0), "2");
    wait_ms(10000);
    EVENTS("");
    engine_sent(engine, 0, now);
    engine_sent(engine, 1, now);
    wait_ms(199);
    EVENTS("");
    wait_ms(1);
    EVENTS("closed;closed;");
    stop();
}

/* Its packets were on the way: the client must notice that they are lost. */
static void a_response_that_is_lost_ends_its_session(void) {
    for (int is_sent = 0; is_sent < 2; is_sent++) {
        char sid[21];
        struct engine_options o = quiet();
        start(&o);
        open_polling(sid);
        open_conn(1);
        conns[1].is_slow = true;
        get(1, sid);
        send_bytes(last_session, 3);
        end_turn();
        IS_TEXT(body(1), "bAAAA");
        if (is_sent) engine_sent(engine, 1, now);
        lose(1);
        EVENTS(is_sent ? "" : "closed;");
        stop();
    }
}

static void a_session_whose_id_was_not_sent_ends(void) {
    start(&usual);
    open_conn(1);
    conns[1].is_slow = true;
    get(1, "");
    EVENTS("opened;");
    lose(1);
    EVENTS("closed;");
    stop();
}

/* The next request on the connection is another session's: the ping is on its
 * way all the same. */
static void a_ping_is_waited_for_when_its_connection_serves_another(void) {
    char a[21], b[21];
    start(&usual);
    open_polling_on(0, a);
    open_polling_on(1, b);
    conns[0].is_slow = true;
    get(0, a);
    wait_ms(300);
    IS_TEXT(body(0), "2");
    get(0, b);
    post(1, b, "3");
    wait_ms(199);
    EVENTS("");
    wait_ms(1);
    EVENTS("closed;");
    get(1, a);
    UNIT_INT(status(1), 400);
    stop();
}

static void a_queued_ping_moves_with_its_session(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    wait_ms(300);
    upgrade(1, sid);
    frame(1, FRAME_TEXT, "2probe");
    conns[1].is_slow = true;
    frame(1, FRAME_TEXT, "5");
    IS_TEXT(frames(1), "2;");
    wait_ms(10000);
    EVENTS("");
    engine_sent(engine, 1, now);
    wait_ms(199);
    EVENTS("");
    wait_ms(1);
    EVENTS("closed;");
    stop();
}

static void a_close_begins_its_time_when_it_has_left(void) {
    start(&usual);
    open_websocket(1);
    conns[1].is_slow = true;
    engine_close(engine, last_session, 1000);
    end_turn();
    IS_TEXT(frames(1), "close 1000;");
    wait_ms(10 * LIMIT_CLOSING_MS);
    UNIT_INT(conns[1].then, OUTBOX_OPEN);
    engine_sent(engine, 1, now);
    wait_ms(LIMIT_CLOSING_MS - 1);
    UNIT_INT(conns[1].then, OUTBOX_OPEN);
    wait_ms(1);
    UNIT_INT(conns[1].then, OUTBOX_DROP);
    stop();
}

/* The peer replies to the close after a while, and keeps TCP open: 2 s in
 * all. */
static void a_late_close_does_not_extend_the_time_to_close(void) {
    start(&usual);
    open_websocket(1);
    engine_close(engine, last_session, 1000);
    end_turn();
    wait_ms(LIMIT_CLOSING_MS - 1);
    frame(1, FRAME_CLOSE, "\x03\xe8");
    UNIT_INT(conns[1].then, OUTBOX_END);
    wait_ms(1);
    UNIT_INT(conns[1].then, OUTBOX_DROP);
    stop();
}

/* --- a fair share --- */

static void fill_frames(struct buf *out, int n, const char *text) {
    buf_init(out, 1 << 24);
    for (int i = 0; i < n; i++) add_frame(out, 0x81, text);
}

/* 64 messages, or 64 KiB if that is later. */
static void a_burst_is_handled_over_several_turns(void) {
    static const char *const texts[] = {"4abcdefghijklmnopqrstuvwxyz", "4"};
    for (int i = 0; i < 2; i++) {
        struct buf many;
        struct engine_options o = quiet();
        size_t one = 6 + strlen(texts[i]);
        fill_frames(&many, 20000, texts[i]);
        start(&o);
        is_echoing = false;
        open_websocket(1);
        event_count = 0;
        struct span rest = feed_once(1, buf_view(&many));
        int expected = (int)((LIMIT_SHARE_BYTES + one - 1) / one);
        UNIT_INT(event_count, expected);
        UNIT_INT(many.end - rest.len, (size_t)expected * one);
        while (rest.len > 0) rest = feed_once(1, rest);
        UNIT_INT(event_count, 20000);
        buf_free(&many);
        stop();
    }
}

static void large_messages_may_be_64_in_a_turn(void) {
    struct engine_options o = quiet();
    struct buf many;
    static uint8_t payload[10000];
    buf_init(&many, 1 << 24);
    for (int i = 0; i < 80; i++) {
        uint8_t head[] = {0x82, 0xfe, 10000 >> 8, 10000 & 255, 0, 0, 0, 0};
        buf_append(&many, head, sizeof head);
        buf_append(&many, payload, sizeof payload);
    }
    start(&o);
    is_echoing = false;
    open_websocket(1);
    event_count = 0;
    struct span rest = feed_once(1, buf_view(&many));
    UNIT_INT(event_count, LIMIT_SHARE);
    feed_once(1, rest);
    UNIT_INT(event_count, 80);
    buf_free(&many);
    stop();
}

static void broadcasts_use_up_a_share_by_their_receivers(void) {
    struct engine_options o = quiet();
    struct buf many;
    struct engine_event e;
    struct span text = span_from("x");
    o.max_sessions = 1001;
    start(&o);
    open_conn(0);
    for (int i = 0; i < 1000; i++) {
        get(0, "");
        join_group(last_session, 0);
    }
    open_websocket(1);
    fill_frames(&many, 1000, "4x");
    event_count = 0;
    engine_feed(engine, 1, buf_view(&many), now);
    while (engine_next(engine, &e)) {
        publish(0, false, &text, 1);
        event_count++;
    }
    UNIT_TRUE(engine_end_feed(engine).len > 0);
    UNIT_INT(event_count, (LIMIT_SHARE_RECEIVERS + 999) / 1000);
    buf_free(&many);
    stop();
}

/* The payload of a POST is in memory: it goes on, a share each round. */
static void a_long_payload_is_handled_over_several_rounds(void) {
    char sid[21], head[200];
    struct engine_options o = quiet();
    struct buf all;
    start(&o);
    open_polling(sid);
    is_echoing = false;
    int n = 50000; /* packets "4x" and a separator: 150 000 bytes */
    snprintf(head, sizeof head,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n", QUERY,
             sid, HOST, 3 * n - 1);
    buf_init(&all, 1 << 20);
    buf_text(&all, head);
    for (int i = 0; i < n; i++)
        buf_text(&all, i ? "\x1e"
                           "4x"
                         : "4x");
    buf_text(&all, "GET / HTTP/1.1\r\n" HOST "\r\n");
    event_count = 0;
    buf_clear(&conns[0].bytes);
    struct span rest = feed_once(0, buf_view(&all));
    int first = event_count;
    UNIT_INT(first, (LIMIT_SHARE_BYTES + 9) / 10); /* 2 bytes, and 8 for each */
    UNIT_TRUE(rest.len > 0);                       /* the next request waits */
    UNIT_INT(engine_wait(engine, now, -1), 0);
    UNIT_INT(feed_once(0, rest).len, rest.len);
    UNIT_INT(event_count, first);
    deliver();
    open_conn(1);
    feed_once(1, span_from("")); /* others have their turn on their own */
    UNIT_INT(event_count, first);
    handle_events();
    UNIT_INT(event_count, 2 * first);
    handle_events(); /* the same round: no more */
    UNIT_INT(event_count, 2 * first);
    while (event_count < n) {
        deliver();
        handle_events();
    }
    deliver();
    IS_TEXT(body(0), "ok");
    UNIT_INT(feed_once(0, rest).len, 0);
    UNIT_INT(event_count, n + 1); /* the request */
    buf_free(&all);
    stop();
}

static void a_payload_ends_with_its_connection(void) {
    char sid[21], head[200];
    struct engine_options o = quiet();
    struct buf all;
    start(&o);
    open_polling(sid);
    is_echoing = false;
    snprintf(head, sizeof head,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: 149999\r\n\r\n",
             QUERY, sid, HOST);
    buf_init(&all, 1 << 20);
    buf_text(&all, head);
    for (int i = 0; i < 50000; i++)
        buf_text(&all, i ? "\x1e"
                           "4x"
                         : "4x");
    open_conn(1);
    feed_once(1, buf_view(&all));
    events_len = 0;
    engine_lost(engine, 1);
    deliver();
    handle_events();
    EVENTS("closed;"); /* what it had not read is lost: the client must know */
    UNIT_INT(engine_wait(engine, now, -1) > 0, true);
    buf_free(&all);
    stop();
}

/* Its share ends with its last packet: the response comes at once, and what
 * follows on the connection is the next request. */
static void a_payload_that_fits_its_share_exactly_is_not_suspended(void) {
    char sid[21], head[200];
    struct engine_options o = quiet();
    struct buf all;
    start(&o);
    open_polling(sid);
    is_echoing = false;
    /* 1 request and 63 packets, of at least 64 KiB in all */
    buf_init(&all, 1 << 20);
    snprintf(head, sizeof head,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n", QUERY,
             sid, HOST, 63 * 1101 - 1);
    buf_text(&all, head);
    for (int i = 0; i < 63; i++) {
        char packet[1102];
        memset(packet, 'x', sizeof packet);
        packet[0] = i ? '\x1e' : '4';
        packet[i ? 1 : 0] = '4';
        buf_append(&all, packet, i ? 1101 : 1100);
    }
    buf_text(&all, "GET / HTTP/1.1\r\n" HOST "\r\n");
    event_count = 0;
    buf_clear(&conns[0].bytes);
    struct span rest = feed_once(0, buf_view(&all));
    UNIT_INT(event_count, 63);
    rest = feed_once(0, rest);
    UNIT_INT(rest.len, 0);
    UNIT_INT(event_count, 64);
    deliver();
    UNIT_TRUE(strstr(sent(0), "\r\n\r\nokHTTP/1.1 200"));
    buf_free(&all);
    stop();
}

static void the_rest_of_a_payload_is_refused_if_its_session_ends(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    is_echoing = false;
    struct span in = span_from("4a\x1e"
                               "4b");
    char text[300];
    struct engine_event e;
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: 5\r\n\r\n%s", QUERY,
             sid, HOST, (char *)in.data);
    buf_clear(&conns[0].bytes);
    engine_feed(engine, 0, (struct span){(uint8_t *)text, strlen(text)}, now);
    UNIT_TRUE(engine_next(engine, &e));
    engine_close(engine, e.session, 1000); /* the program does not want it */
    handle_events();
    engine_end_feed(engine);
    deliver();
    UNIT_INT(status(0), 400);
    EVENTS("closed;");
    stop();
}

static void what_follows_a_close_in_a_payload_is_ignored(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    post(0, sid,
         "4a\x1e"
         "1\x1e"
         "4b");
    IS_TEXT(body(0), "ok");
    EVENTS("message a;closed;");
    stop();
}

/* A connection in the middle of its input is not waited for. */
static void shutdown_ends_a_connection_with_unread_input(void) {
    char sid[21];
    static char part[LIMIT_SHARE_BYTES];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    begin_post(1, sid, 900000, "4");
    memset(part, 'x', sizeof part);
    feed_once(1, (struct span){(uint8_t *)part, sizeof part});
    UNIT_TRUE(engine_is_behind(engine, last_session));
    engine_shut(engine, now);
    end_turn();
    UNIT_INT(conns[1].then, OUTBOX_END);
    stop();
}

/* --- input that has arrived is read before a time-out is judged --- */

static void a_pong_that_arrived_in_time_counts_when_read_later(void) {
    struct buf pong;
    start(&usual);
    open_websocket(1);
    wait_ms(300);
    now += 60000; /* the process was stopped; then its loop reads first */
    fill_frames(&pong, 1, "3");
    feed_once(1, buf_view(&pong));
    end_turn();
    EVENTS("");
    wait_ms(299);
    EVENTS("");
    buf_free(&pong);
    stop();
}

static void a_session_with_unread_input_is_not_judged(void) {
    struct buf many;
    start(&usual);
    is_echoing = false;
    open_websocket(1);
    wait_ms(300);
    fill_frames(&many, 30000, "4x");
    add_frame(&many, 0x81, "3");
    now += 1000;
    struct span rest = feed_once(1, buf_view(&many));
    UNIT_TRUE(engine_is_behind(engine, last_session));
    events_len = 0;
    for (int turn = 0; rest.len > 0; turn++) {
        UNIT_TRUE(turn < 100);
        engine_expire(engine, now);
        now += 10;
        rest = feed_once(1, rest);
        events_len = 0;
    }
    /* The kernel may have more of it, and the next turn reads that first. */
    engine_expire(engine, now);
    handle_events();
    EVENTS("");
    UNIT_FALSE(engine_is_behind(engine, last_session));
    wait_ms(299); /* the pong was the last message */
    EVENTS("");
    buf_free(&many);
    stop();
}

/* The pong is the last packet of a payload that takes several rounds. */
/* All of it had arrived, but it was too much for one read. */
static void a_body_of_which_some_is_unread_is_not_judged(void) {
    char sid[21];
    static char part[LIMIT_SHARE_BYTES];
    struct engine_options o = quiet();
    start(&o);
    is_echoing = false;
    open_polling(sid);
    open_conn(1);
    memset(part, 'x', sizeof part);
    begin_post(1, sid, sizeof part + 2, "4");
    now += 2 * LIMIT_BODY_MS; /* the process was stopped */
    feed_once(1, (struct span){(uint8_t *)part, sizeof part});
    end_turn();
    send_text(1, "x");
    IS_TEXT(body(1), "ok");
    stop();
}

static void a_session_with_a_payload_under_way_is_not_judged(void) {
    char sid[21], head[200];
    struct buf all;
    start(&usual);
    open_polling(sid);
    is_echoing = false;
    wait_ms(300); /* its ping is queued */
    buf_init(&all, 1 << 20);
    snprintf(head, sizeof head,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: 60001\r\n\r\n",
             QUERY, sid, HOST);
    buf_text(&all, head);
    for (int i = 0; i < 20000; i++) buf_text(&all, "4x\x1e");
    buf_text(&all, "3");
    now += 1000;
    open_conn(1);
    feed_once(1, buf_view(&all));
    for (int i = 0; i < 10; i++) {
        wait_ms(1);
        if (events_len > 3000) events_len = 0;
    }
    UNIT_TRUE(strstr(events, "closed") == NULL);
    IS_TEXT(body(1), "ok");
    buf_free(&all);
    stop();
}

static void a_session_with_unread_input_is_judged_in_the_end(void) {
    struct buf many;
    start(&usual);
    is_echoing = false;
    open_websocket(1);
    wait_ms(300);
    fill_frames(&many, 30000, "4x");
    now += 1000;
    for (struct span rest = buf_view(&many); rest.len > 0;) {
        rest = feed_once(1, rest);
        engine_expire(engine, now);
        now += 10;
    }
    events_len = 0;
    handle_events();
    EVENTS("");
    wait_ms(10);
    EVENTS("closed;");
    buf_free(&many);
    stop();
}

/* --- an honest peer is left alone; a stuck one is not --- */

/* Sends a POST with a pong whenever a polling session got a ping, and a pong on
 * each WebSocket that got one. */
static void respond_to_pings(const char *sid, uint32_t get_conn,
                             uint32_t post_conn) {
    for (uint32_t i = 0; i < CONNS; i++) {
        if (conns[i].bytes.end == 0 || !strstr(frames(i), "2;")) continue;
        if (conns[i].bytes.bytes[0] == 0x81) frame(i, FRAME_TEXT, "3");
        buf_clear(&conns[i].bytes);
    }
    if (strcmp(body(get_conn), "nothing") == 0) return;
    if (strcmp(body(get_conn), "2") == 0) {
        open_conn(post_conn);
        post(post_conn, sid, "3");
        IS_TEXT(body(post_conn), "ok");
        lose(post_conn);
    }
    get(get_conn, sid);
    UNIT_INT(conns[get_conn].bytes.end, 0);
}

/* Three times every time-out passes. */
static void healthy_connections_of_every_kind_stay_open(void) {
    char polling[21], upgraded[21];
    struct engine_options o = usual;
    o.ping_interval = 25000;
    o.ping_timeout = 20000;
    start(&o);
    open_websocket(1);
    open_polling_on(2, upgraded);
    upgrade(3, upgraded);
    frame(3, FRAME_TEXT, "2probe");
    frame(3, FRAME_TEXT, "5");
    lose(2);
    open_polling(polling);
    get(0, polling);
    open_conn(4); /* a keep-alive connection that asks now and then */
    for (int i = 0; i < CONNS; i++) buf_clear(&conns[i].bytes);
    events_len = 0;
    for (int ms = 0; ms < 3 * 45000; ms += 100) {
        wait_ms(100);
        respond_to_pings(polling, 0, 5);
        if (ms % 4900 == 0) send_text(4, "GET / HTTP/1.1\r\n" HOST "\r\n");
        if (events_len > 3000) events_len = 0;
    }
    UNIT_TRUE(strstr(events, "closed") == NULL);
    for (int i = 0; i < 5; i++)
        if (i != 2) UNIT_INT(conns[i].then, OUTBOX_OPEN);
    stop();
}

/* A GET waits as long as the heartbeat lets it, which is longer than any
 * time-out of HTTP. */
static void a_get_may_wait_for_long(void) {
    char sid[21];
    struct engine_options o = quiet();
    start(&o);
    open_polling(sid);
    get(0, sid);
    for (int i = 0; i < 100; i++) wait_ms(1000);
    UNIT_INT(conns[0].bytes.end, 0);
    UNIT_INT(conns[0].then, OUTBOX_OPEN);
    send_bytes(last_session, 3);
    end_turn();
    IS_TEXT(body(0), "bAAAA");
    EVENTS("");
    stop();
}

static void a_message_that_makes_no_progress_ends_its_websocket(void) {
    struct engine_options o = quiet();
    struct buf part;
    start(&o);
    open_websocket(1);
    buf_init(&part, 1000);
    add_frame(&part, 0x01, "4begun"); /* not the last fragment */
    feed(1, part.bytes, part.end, SIZE_MAX);
    buf_clear(&part);
    add_frame(&part, 0x8a, "pong");
    for (int ms = 0; ms < LIMIT_WS_STALLED_MS - 1000; ms += 1000) {
        wait_ms(1000); /* pongs are no progress of a message */
        feed(1, part.bytes, part.end, SIZE_MAX);
    }
    EVENTS("");
    wait_ms(1000);
    EVENTS("closed;");
    UNIT_TRUE(strstr(frames(1), "close 1008;"));
    buf_free(&part);
    stop();
}

static void a_slow_message_that_makes_progress_arrives(void) {
    struct engine_options o = quiet();
    struct buf all;
    start(&o);
    is_echoing = false;
    open_websocket(1);
    buf_init(&all, 1000);
    add_frame(&all, 0x81, "4a message, byte by byte");
    for (uint32_t i = 0; i < all.end; i++) {
        feed(1, all.bytes + i, 1, 1);
        wait_ms(i < 6 ? 1000 : LIMIT_WS_STALLED_MS - 1);
    }
    EVENTS("message a message, byte by byte;");
    wait_ms(3 * LIMIT_WS_STALLED_MS); /* and then it is idle */
    EVENTS("");
    buf_free(&all);
    stop();
}

/* While its replies are unsent, a peer is not read from; so it is not blamed
 * for a message that does not go on. */
static void a_slow_reader_is_not_blamed_for_what_is_not_read(void) {
    struct engine_options o = quiet();
    struct buf part;
    start(&o);
    open_websocket(1);
    conns[1].is_slow = true;
    send_bytes(last_session, 10);
    end_turn();
    buf_init(&part, 1000);
    add_frame(&part, 0x01, "4begun");
    feed(1, part.bytes, part.end, SIZE_MAX);
    wait_ms(10 * LIMIT_WS_STALLED_MS);
    EVENTS("");
    engine_sent(engine, 1, now);
    wait_ms(LIMIT_WS_STALLED_MS - 1);
    EVENTS("");
    wait_ms(1);
    EVENTS("closed;");
    buf_free(&part);
    stop();
}

/* --- malformed input, and what the protocol refuses --- */

/* A leading CRLF counts as part of the head, and the limit is for all of it. */
static void a_head_without_an_end_is_refused(void) {
    static char endless[20000];
    start(&usual);
    open_conn(1);
    send_text(1, "\r\nGET / HTTP/1.1\r\nA: x");
    memset(endless, 'y', sizeof endless);
    feed(1, endless, sizeof endless, SIZE_MAX);
    UNIT_INT(status(1), 431);
    UNIT_INT(conns[1].then, OUTBOX_END);
    stop();
}

static void malformed_requests_are_refused_and_the_connection_ends(void) {
    static const struct {
        const char *request;
        unsigned status;
    } cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", 400}, /* no Host */
        {"GET / HTTP/1.1\nHost: a\n\n", 400},
        {"GET  / HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET / HTTP/3.0\r\n" HOST "\r\n", 505},
        {"POST / HTTP/1.1\r\n" HOST
         "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
         400},
        {"POST " QUERY "&sid=x HTTP/1.1\r\n" HOST
         "Transfer-Encoding: gzip\r\n\r\n",
         501},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start(&usual);
        open_conn(1);
        send_text(1, cases[i].request);
        UNIT_INT(status(1), cases[i].status);
        UNIT_INT(conns[1].then, OUTBOX_END);
        stop();
    }
}

static void a_malformed_chunk_ends_the_session_of_the_post(void) {
    char sid[21], text[300];
    start(&usual);
    open_polling(sid);
    open_conn(1);
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n"
             "zz\r\n",
             QUERY, sid, HOST);
    send_text(1, text);
    UNIT_INT(status(1), 400);
    EVENTS("closed;");
    stop();
}

static void a_request_of_a_session_has_its_version_too(void) {
    static const char *const queries[] = {"?transport=polling",
                                          "?EIO=3&transport=polling",
                                          "?EIO=4&EIO=3&transport=polling"};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        char sid[21], text[300];
        start(&usual);
        open_polling(sid);
        snprintf(text, sizeof text,
                 "GET /engine.io/%s&sid=%s HTTP/1.1\r\n%s\r\n", queries[i], sid,
                 HOST);
        send_text(0, text);
        UNIT_INT(status(0), 400);
        UNIT_TEXT(body(0), 9, "{\"code\":3");
        EVENTS(""); /* the session goes on */
        stop();
    }
}

static void what_was_queued_before_an_error_is_not_delivered(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    post(0, sid,
         "4a\x1e"
         "2");
    UNIT_INT(status(0), 400);
    get(0, sid);
    UNIT_INT(status(0), 400);
    UNIT_TEXT(body(0), 9, "{\"code\":1");
    stop();
}

static void the_first_subprotocol_offered_is_selected(void) {
    start(&usual);
    open_conn(1);
    send_text(1, "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n" HOST
                 "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Protocol: one, two\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    UNIT_INT(status(1), 101);
    UNIT_TRUE(strstr(sent(1), "Sec-WebSocket-Protocol: one\r\n"));
    stop();
}

static void a_bad_websocket_handshake_is_refused(void) {
    start(&usual);
    open_conn(1);
    send_text(1, "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n" HOST
                 "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Version: 12\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    UNIT_INT(status(1), 426);
    UNIT_TRUE(strstr(sent(1), "Sec-WebSocket-Version: 13\r\n"));
    UNIT_INT(conns[1].then, OUTBOX_END);
    EVENTS("");
    send_text(1, "GET / HTTP/1.1\r\n" HOST "\r\n"); /* is not read */
    UNIT_INT(conns[1].bytes.end, 0);
    wait_ms(LIMIT_CLOSING_MS);
    UNIT_INT(conns[1].then, OUTBOX_DROP);
    stop();
}

static void responses_have_a_date_and_405_says_what_is_allowed(void) {
    start(&usual);
    engine_set_clock(engine, 784111777);
    open_conn(1);
    send_text(1, "DELETE /other HTTP/1.1\r\n" HOST "\r\n");
    UNIT_INT(status(1), 405);
    UNIT_TRUE(strstr(sent(1), "Allow: GET, HEAD\r\n"));
    UNIT_TRUE(strstr(sent(1), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
    stop();
}

static void a_request_that_is_not_answered_is_404(void) {
    struct engine_event e;
    struct span in = span_from("GET /x HTTP/1.1\r\n" HOST "\r\n");
    uint8_t *exact = unit_exact(in.data, in.len);
    in.data = exact;
    start(&usual);
    open_conn(1);
    engine_feed(engine, 1, in, now);
    UNIT_TRUE(engine_next(engine, &e));
    UNIT_INT(e.type, ENGINE_REQUEST);
    UNIT_TEXT(e.payload.data, e.payload.len, "/x");
    UNIT_FALSE(engine_next(engine, &e));
    engine_end_feed(engine);
    deliver();
    UNIT_INT(status(1), 404);
    engine_respond(engine, 1, 200, "text/plain", span_from("too late"), NULL);
    deliver();
    UNIT_INT(status(1), 404);
    free(exact);
    stop();
}

static void all_get_pings_and_a_broadcast_of_a_turn_in_one_piece(void) {
    struct span text = span_from("all");
    start(&usual);
    for (uint32_t i = 0; i < 10; i++) {
        open_websocket(i);
        join_group(last_session, 0);
    }
    for (int i = 0; i < 10; i++) {
        buf_clear(&conns[i].bytes);
        conns[i].pieces = 0;
    }
    now += 300;
    engine_expire(engine, now);
    publish(0, false, &text, 1);
    deliver();
    for (uint32_t i = 0; i < 10; i++) {
        IS_TEXT(frames(i), "2;4all;");
        UNIT_INT(conns[i].pieces, 1);
    }
    stop();
}

/* The clock of the machine is the latest time that it was given by any call. */
static void the_time_of_every_call_counts(void) {
    struct engine_options o = quiet();
    start(&o);
    open_conn(1);
    conns[1].is_slow = true;
    send_text(1, "GET / HTTP/1.1\r\n" HOST "\r\n");
    now += 60000;
    engine_sent(engine, 1, now);
    UNIT_INT(engine_wait(engine, now, -1), LIMIT_IDLE_MS);
    now += 1000;
    engine_shut(engine, now);
    UNIT_INT(engine_wait(engine, now, -1), LIMIT_CLOSING_MS);
    stop();
}

static void shutting_down_needs_no_other_turn(void) {
    start(&usual);
    open_conn(1);
    open_websocket(2);
    engine_shut(engine, now);
    handle_events();
    deliver();
    UNIT_INT(conns[1].then, OUTBOX_END);
    IS_TEXT(frames(2), "close 1001;");
    stop();
}

static void shutting_down_ends_every_connection(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    get(0, sid);
    open_websocket(1);
    open_conn(2);
    engine_shut(engine, now);
    end_turn();
    IS_TEXT(body(0), "1");
    UNIT_INT(conns[0].then, OUTBOX_END);
    UNIT_TRUE(strstr(frames(1), "close 1001;"));
    UNIT_INT(conns[2].then, OUTBOX_END);
    EVENTS("closed;closed;");
    stop();
}

/* --- the tap --- */

static struct tap tap = TAP_EMPTY;

/* The records since the last time, a line each: "<- 0 http ...". */
static const char *tapped(void) {
    static char all[4000];
    char text[TAP_TEXT_SIZE];
    size_t n = 0;
    struct tap_record r;
    all[0] = '\0';
    while (tap_next(&tap, &r) && n < sizeof all - TAP_TEXT_SIZE - 20)
        n += (size_t)snprintf(all + n, sizeof all - n, "%s %d %s\n",
                              tap_arrow(&r), (int)r.conn,
                              tap_describe(&r, text));
    return all;
}

#define TAPPED(expected)                                                       \
    do {                                                                       \
        const char *got_ = tapped();                                           \
        IS_TEXT(got_, expected);                                               \
    } while (0)

static void start_tapped(void) {
    struct engine_options o = usual;
    o.tap = &tap;
    start(&o);
}

static void a_tap_sees_each_request_response_and_packet(void) {
    char sid[21], expected[400];
    start_tapped();
    open_polling(sid);
    TAPPED("<- 0 http GET " QUERY "\n"
           "-> 0 http 200, 114 B\n-> 0 http 114 B · 0 open\n"
           "-- 0 session 0 opened\n");
    post(0, sid, "4a");
    snprintf(expected, sizeof expected,
             "<- 0 http POST " QUERY "&sid=%s\n<- 0 http 2 B · 4 message\n"
             "-> 0 http 200, 2 B\n",
             sid);
    TAPPED(expected);
    send_text(0, "GET / HTTP/1.1\r\n" HOST "\r\n");
    TAPPED("<- 0 http GET /\n-> 0 http 200, 4 B\n");
    send_text(0, "GET " QUERY "&sid=x HTTP/1.1\r\n" HOST "\r\n");
    TAPPED("<- 0 http GET " QUERY "&sid=x\n-> 0 http 400\n");
    stop();
    tap_free(&tap);
}

static void a_tap_sees_each_frame_and_who_closed(void) {
    start_tapped();
    open_websocket(1);
    TAPPED("<- 1 http GET /engine.io/?EIO=4&transport=websocket\n"
           "-> 1 http 101\n-> 1 ws text 103 B · 0 open\n"
           "-- 1 session 0 opened\n");
    frame(1, FRAME_TEXT, "4hello");
    TAPPED("<- 1 ws text 6 B · 4 message\n"
           "-> 1 ws text 6 B · 4 message\n");
    struct span text = span_from("to all");
    join_group(last_session, 0);
    publish(0, false, &text, 1);
    TAPPED("-> -1 ws text 7 B · 4 message\n"); /* once for all */
    frame(1, FRAME_CLOSE, "\x03\xe9");
    TAPPED("<- 1 ws close 1001 going away\n"
           "-> 1 ws close 1001 going away\n"
           "-- -1 session 0 closed: 1005 by the client\n");
    stop();
    tap_free(&tap);
}

static void a_tap_sees_that_a_pong_is_missing(void) {
    start_tapped();
    open_websocket(1);
    tapped();
    wait_ms(300);
    TAPPED("-> 1 ws text 1 B · 2 ping\n");
    wait_ms(201);
    TAPPED("-- -1 session 0: no pong in time\n"
           "-> 1 ws close 1000 normal closure\n"
           "-- -1 session 0 closed: 1000 normal closure\n");
    stop();
    tap_free(&tap);
}

/* --- the work of a turn is bounded --- */

enum {
    MANY = 2 * LIMIT_ROUND + 100 /* connections */
};

static struct buf many_sent[MANY];

/* One round of output. Returns how many connections it is for. */
static int deliver_many(void) {
    struct outgoing o;
    int count = 0;
    while (engine_outgoing(engine, &o)) {
        buf_append(&many_sent[o.conn], o.bytes.data, o.bytes.len);
        engine_sent(engine, o.conn, now);
        count++;
    }
    return count;
}

/* A request, the whole of its only read. */
static void request_many(uint32_t conn, const char *text) {
    char copy[600];
    size_t n = strlen(text);
    memcpy(copy, text, n);
    UNIT_INT(feed_once(conn, (struct span){(uint8_t *)copy, n}).len, 0);
}

/* A session in group 0, by WebSocket, or polling with a GET that waits. */
static void open_many(uint32_t conn, bool is_websocket) {
    static const char upgrade_request[] =
        "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n" HOST
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    struct buf *got = &many_sent[conn];
    char text[300];
    buf_init(got, 1 << 20);
    engine_accept(engine, conn, now);
    request_many(conn, is_websocket ? upgrade_request
                                    : "GET " QUERY " HTTP/1.1\r\n" HOST "\r\n");
    join_group(last_session, 0);
    deliver_many();
    buf_append(got, "", 1);
    if (!is_websocket) {
        snprintf(text, sizeof text,
                 "GET " QUERY "&sid=%.20s HTTP/1.1\r\n" HOST "\r\n",
                 strstr((char *)got->bytes, "sid\":\"") + 6);
        request_many(conn, text);
    }
    UNIT_INT(deliver_many(), 0);
    buf_clear(got);
}

static void start_with(bool is_websocket, uint32_t max_ahead) {
    struct engine_options o = usual;
    o.max_ahead = max_ahead;
    o.max_conns = o.max_sessions = MANY;
    start(&o);
    for (uint32_t i = 0; i < MANY; i++) open_many(i, is_websocket);
}

static void start_many(bool is_websocket) {
    start_with(is_websocket, 0);
}

static void stop_many(void) {
    for (int i = 0; i < MANY; i++) buf_free(&many_sent[i]);
    stop();
}

static int sent_to_many(void) {
    int count = 0;
    for (int i = 0; i < MANY; i++) count += many_sent[i].end > 0;
    return count;
}

/* A message of one client; it is echoed. */
static void speak(uint32_t conn) {
    struct buf out;
    buf_init(&out, 100);
    add_frame(&out, 0x81, "4hi");
    UNIT_INT(feed_once(conn, buf_view(&out)).len, 0);
    buf_free(&out);
}

/* RULE: no client waits for the whole of another one's broadcast. A turn serves
 * at most LIMIT_ROUND of its receivers, and before them whoever has spoken. */
static void a_turn_has_so_many_receivers_of_a_broadcast(void) {
    for (int is_websocket = 0; is_websocket < 2; is_websocket++) {
        struct span text = span_from("news");
        start_many(is_websocket);
        publish(0, false, &text, 1);
        UNIT_INT(deliver_many(), LIMIT_ROUND);
        UNIT_INT(engine_wait(engine, now, -1), 0);
        UNIT_INT(deliver_many(), LIMIT_ROUND);
        UNIT_INT(engine_wait(engine, now, -1), 0);
        UNIT_INT(sent_to_many(), 2 * LIMIT_ROUND);
        UNIT_INT(deliver_many(), MANY - 2 * LIMIT_ROUND);
        UNIT_TRUE(engine_wait(engine, now, -1) > 0);
        UNIT_INT(sent_to_many(), MANY);
        stop_many();
    }
}

/* All pings are due in the turn of a broadcast. */
static void so_many_pings_too(void) {
    struct span text = span_from("news");
    start_many(true);
    now += (int64_t)usual.ping_interval;
    engine_expire(engine, now);
    publish(0, false, &text, 1);
    UNIT_INT(deliver_many(), LIMIT_ROUND);
    UNIT_INT(many_sent[0].end, 3 + 2 + 5); /* in one piece */
    speak(MANY - 1);
    UNIT_INT(many_sent[MANY - 1].end, 0);
    UNIT_INT(deliver_many(), 1 + LIMIT_ROUND);
    UNIT_INT(many_sent[MANY - 1].end, 3 + 2 + 5 + 2 + 3);
    UNIT_INT(deliver_many(), MANY - 2 * LIMIT_ROUND - 1);
    UNIT_INT(deliver_many(), 0);
    UNIT_INT(sent_to_many(), MANY);
    stop_many();
}

/* Its program publishes each message of one client to all. If as much as
 * max_ahead waits then, the client's next messages wait as well. */
static void publish_burst(uint32_t max_ahead, int rounds_between) {
    struct buf frames;
    struct engine_event e;
    int published = 0, rounds = 0;
    start_with(true, max_ahead);
    is_echoing = false;
    fill_frames(&frames, 1000, "4x");
    struct span rest = buf_view(&frames);
    while (rest.len > 0) {
        size_t before = rest.len;
        engine_feed(engine, 0, rest, now);
        while (engine_next(engine, &e)) {
            publish(0, false, &e.payload, 1);
            published++;
        }
        rest = engine_end_feed(engine);
        UNIT_INT(rest.len < before, rounds % rounds_between == 0);
        UNIT_TRUE(deliver_many() <= LIMIT_ROUND);
        rounds++;
    }
    while (deliver_many() > 0) continue;
    UNIT_INT(published, 1000);
    for (int i = 0; i < MANY; i++) UNIT_INT(many_sent[i].end, 1000 * (2 + 2));
    buf_free(&frames);
    stop_many();
}

static void a_burst_of_broadcasts_is_sent_before_more_is_read(void) {
    publish_burst(1, (MANY + LIMIT_ROUND - 1) / LIMIT_ROUND);
}

/* All of it is less than LIMIT_AHEAD. */
static void a_small_burst_of_broadcasts_is_read_at_once(void) {
    publish_burst(0, 1);
}

UNIT_MAIN("socketio/engine", UNIT_TEST(opens_a_session_by_polling),
          UNIT_TEST(opens_a_session_by_websocket),
          UNIT_TEST(refuses_bad_handshakes_with_their_code),
          UNIT_TEST(ids_differ_and_cannot_be_counted_up),
          UNIT_TEST(echoes_a_payload_of_several_packets),
          UNIT_TEST(a_get_waits_until_there_is_something),
          UNIT_TEST(every_split_of_a_request_gives_the_same),
          UNIT_TEST(closes_the_session_upon_a_bad_packet),
          UNIT_TEST(websocket_carries_text_and_binary),
          UNIT_TEST(two_gets_at_once_close_the_session),
          UNIT_TEST(two_posts_at_once_close_the_session),
          UNIT_TEST(a_request_that_breaks_off_closes_the_session),
          UNIT_TEST(a_post_that_breaks_off_closes_the_session),
          UNIT_TEST(bare_octets_are_refused),
          UNIT_TEST(a_post_too_big_is_refused_on_its_head),
          UNIT_TEST(the_client_may_close),
          UNIT_TEST(pings_a_polling_session_after_each_pong),
          UNIT_TEST(closes_sessions_without_a_pong),
          UNIT_TEST(the_wait_is_until_the_next_time_out),
          UNIT_TEST(upgrades_and_loses_nothing),
          UNIT_TEST(a_waiting_get_ends_with_a_noop_when_the_probe_comes),
          UNIT_TEST(a_second_websocket_is_closed_and_the_first_goes_on),
          UNIT_TEST(an_abandoned_probe_leaves_polling_usable),
          UNIT_TEST(a_foreign_origin_is_refused_unless_named),
          UNIT_TEST(a_foreign_host_is_refused_on_loopback),
          UNIT_TEST(too_many_sessions_are_503),
          UNIT_TEST(slow_requests_end_in_time),
          UNIT_TEST(an_idle_connection_is_closed),
          UNIT_TEST(answers_pipelined_requests_in_order_and_bounded),
          UNIT_TEST(what_follows_a_waiting_get_ends_the_connection),
          UNIT_TEST(a_queue_without_a_get_ends_its_session),
          UNIT_TEST(publishes_to_the_members_of_this_moment),
          UNIT_TEST(each_connection_gets_its_part_of_a_round_in_one_piece),
          UNIT_TEST(a_connection_ends_no_session_that_it_does_not_carry),
          UNIT_TEST(a_post_during_an_upgrade_is_refused_and_leaves_no_trace),
          UNIT_TEST(an_outdated_handle_does_nothing),
          UNIT_TEST(a_broadcast_in_the_round_of_an_upgrade_arrives_once),
          UNIT_TEST(a_queue_is_limited),
          UNIT_TEST(a_response_is_limited_and_the_rest_waits_for_the_next_get),
          UNIT_TEST(a_packet_longer_than_a_response_may_be_is_sent_alone),
          UNIT_TEST(a_ping_goes_before_all_that_is_queued),
          UNIT_TEST(a_message_may_have_as_many_parts_as_the_limit),
          UNIT_TEST(a_broadcast_is_kept_once_for_all_queues),
          UNIT_TEST(when_all_queues_are_too_long_the_longest_unfetched_ends),
          UNIT_TEST(time_outs_begin_when_the_reply_has_left),
          UNIT_TEST(a_pong_is_due_when_its_ping_has_left),
          UNIT_TEST(a_response_that_is_lost_ends_its_session),
          UNIT_TEST(a_session_whose_id_was_not_sent_ends),
          UNIT_TEST(a_close_begins_its_time_when_it_has_left),
          UNIT_TEST(a_late_close_does_not_extend_the_time_to_close),
          UNIT_TEST(a_burst_is_handled_over_several_turns),
          UNIT_TEST(large_messages_may_be_64_in_a_turn),
          UNIT_TEST(broadcasts_use_up_a_share_by_their_receivers),
          UNIT_TEST(a_long_payload_is_handled_over_several_rounds),
          UNIT_TEST(a_payload_ends_with_its_connection),
          UNIT_TEST(a_pong_that_arrived_in_time_counts_when_read_later),
          UNIT_TEST(a_session_with_unread_input_is_not_judged),
          UNIT_TEST(a_session_with_unread_input_is_judged_in_the_end),
          UNIT_TEST(healthy_connections_of_every_kind_stay_open),
          UNIT_TEST(a_get_may_wait_for_long),
          UNIT_TEST(a_message_that_makes_no_progress_ends_its_websocket),
          UNIT_TEST(a_slow_message_that_makes_progress_arrives),
          UNIT_TEST(a_slow_reader_is_not_blamed_for_what_is_not_read),
          UNIT_TEST(a_head_without_an_end_is_refused),
          UNIT_TEST(malformed_requests_are_refused_and_the_connection_ends),
          UNIT_TEST(a_malformed_chunk_ends_the_session_of_the_post),
          UNIT_TEST(a_request_of_a_session_has_its_version_too),
          UNIT_TEST(what_was_queued_before_an_error_is_not_delivered),
          UNIT_TEST(the_first_subprotocol_offered_is_selected),
          UNIT_TEST(a_bad_websocket_handshake_is_refused),
          UNIT_TEST(responses_have_a_date_and_405_says_what_is_allowed),
          UNIT_TEST(a_request_that_is_not_answered_is_404),
          UNIT_TEST(all_get_pings_and_a_broadcast_of_a_turn_in_one_piece),
          UNIT_TEST(a_payload_that_fits_its_share_exactly_is_not_suspended),
          UNIT_TEST(the_rest_of_a_payload_is_refused_if_its_session_ends),
          UNIT_TEST(what_follows_a_close_in_a_payload_is_ignored),
          UNIT_TEST(shutdown_ends_a_connection_with_unread_input),
          UNIT_TEST(a_ping_is_waited_for_when_its_connection_serves_another),
          UNIT_TEST(a_queued_ping_moves_with_its_session),
          UNIT_TEST(a_session_with_a_payload_under_way_is_not_judged),
          UNIT_TEST(a_connection_that_fails_ends_no_session_that_it_served),
          UNIT_TEST(an_upgrade_without_sid_opens_a_session),
          UNIT_TEST(a_probe_ends_with_its_session),
          UNIT_TEST(a_number_that_is_used_again_has_no_past),
          UNIT_TEST(pings_of_a_client_and_its_close_are_answered),
          UNIT_TEST(a_body_of_which_some_is_unread_is_not_judged),
          UNIT_TEST(a_get_in_the_round_of_the_upgrade_ends_with_a_noop),
          UNIT_TEST(without_the_noop_a_get_waits_for_the_next_packet),
          UNIT_TEST(the_time_of_every_call_counts),
          UNIT_TEST(shutting_down_needs_no_other_turn),
          UNIT_TEST(shutting_down_ends_every_connection),
          UNIT_TEST(a_tap_sees_each_request_response_and_packet),
          UNIT_TEST(a_tap_sees_each_frame_and_who_closed),
          UNIT_TEST(a_tap_sees_that_a_pong_is_missing),
          UNIT_TEST(a_turn_has_so_many_receivers_of_a_broadcast),
          UNIT_TEST(so_many_pings_too),
          UNIT_TEST(a_burst_of_broadcasts_is_sent_before_more_is_read),
          UNIT_TEST(a_small_burst_of_broadcasts_is_read_at_once))
