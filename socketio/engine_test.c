/* engine_test.c: socketio/engine.h against the Engine.IO protocol v4, with an
 * echo as its program; no sockets, and a clock that the tests turn */
#include "packets/unit.h"
#include "socketio/engine.h"
#include "websocket/frame.h"
#include "websocket/http.h"

#define LINKS 40

static struct engine *engine;
static int64_t now;
static struct buf got[LINKS];      /* what each link was sent */
static int pieces[LINKS];          /* and in how many mails */
static enum mail_then then[LINKS]; /* and what was to follow */
static char events[4000];
static size_t noted;
static bool echoing; /* messages are sent back */
static uint32_t last_session;

static const struct engine_options usual = {.path = "/engine.io/",
                                            .loopback = true,
                                            .ping_interval = 300,
                                            .ping_timeout = 200,
                                            .upgrade_timeout = 10000,
                                            .max_payload = 1000000,
                                            .max_links = LINKS,
                                            .max_sessions = 10,
                                            .seed = {1, 2, 3}};

static void start(const struct engine_options *o) {
    engine = engine_open(o);
    now = 1000;
    noted = 0;
    echoing = true;
    for (int i = 0; i < LINKS; i++) got[i].max = 1 << 26;
}

static void stop(void) {
    engine_free(engine);
    for (int i = 0; i < LINKS; i++) buf_free(&got[i]), then[i] = MAIL_OPEN;
}

static void note(const char *what, const struct engine_event *e) {
    noted += (size_t)snprintf(events + noted, sizeof events - noted,
                              "%s%s%.*s;", what, e->payload.len ? " " : "",
                              (int)e->payload.len, (char *)e->payload.data);
}

static void take(const struct engine_event *e) {
    static const char *const names[] = {"opened", "message", "closed",
                                        "request"};
    note(e->binary ? "binary" : names[e->type], e);
    if (e->type == ENGINE_OPENED) last_session = e->session;
    if (e->type == ENGINE_MESSAGE && echoing)
        engine_send(engine, e->session, e->binary, &e->payload, 1);
    if (e->type == ENGINE_REQUEST)
        engine_respond(engine, e->link, 200, "text/plain", span_from("page"));
}

/* A round: every event, then every mail. */
static void pump(void) {
    struct engine_event e;
    struct mail m;
    while (engine_next(engine, &e, now)) take(&e);
    while (engine_mail(engine, &m)) {
        buf_append(&got[m.link], m.bytes.data, m.bytes.len);
        pieces[m.link]++;
        if (m.then != MAIL_OPEN) then[m.link] = m.then;
    }
}

static void wait_ms(int ms) {
    now += ms;
    pump();
}

/* Feeds an exact copy, in pieces of step bytes. */
static void feed(uint32_t link, const void *bytes, size_t n, size_t step) {
    for (size_t at = 0; at < n; at += step) {
        size_t size = n - at < step ? n - at : step;
        uint8_t *exact = unit_exact((const uint8_t *)bytes + at, size);
        engine_feed(engine, link, (struct span){exact, size}, now);
        pump();
        free(exact);
    }
}

static void say(uint32_t link, const char *text) {
    buf_clear(&got[link]);
    feed(link, text, strlen(text), SIZE_MAX);
}

static void open_link(uint32_t link) {
    engine_accept(engine, link, now);
    then[link] = MAIL_OPEN;
    buf_clear(&got[link]);
}

#define QUERY "/engine.io/?EIO=4&transport=polling"
#define HOST "Host: 127.0.0.1:3000\r\n"

static void get(uint32_t link, const char *sid) {
    char text[300];
    snprintf(text, sizeof text, "GET %s%s%s HTTP/1.1\r\n%s\r\n", QUERY,
             *sid ? "&sid=" : "", sid, HOST);
    say(link, text);
}

static void post(uint32_t link, const char *sid, const char *body) {
    char text[600];
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s",
             QUERY, sid, HOST, strlen(body), body);
    say(link, text);
}

static unsigned status(uint32_t link) {
    unsigned code = 0;
    if (got[link].end > 12)
        for (int i = 9; i < 12; i++)
            code = code * 10 + (unsigned)(got[link].bytes[i] - '0');
    return code;
}

/* The body of the answer that a link got. */
static const char *body(uint32_t link) {
    static char text[3000];
    text[0] = '\0';
    if (got[link].end == 0) return "nothing";
    snprintf(text, sizeof text, "%.*s", (int)got[link].end,
             (char *)got[link].bytes);
    char *end = strstr(text, "\r\n\r\n");
    return end ? end + 4 : text;
}

#define IS_TEXT(got, want) UNIT_TEXT(got, strlen(got), want)
#define EVENTS(want)                                                           \
    do {                                                                       \
        UNIT_TEXT(events, noted, want);                                        \
        noted = 0;                                                             \
    } while (0)

/* Opens a polling session on link 0 and writes its id. */
static void open_polling(char sid[21]) {
    open_link(0);
    get(0, "");
    snprintf(sid, 21, "%.20s", body(0) + strlen("0{\"sid\":\""));
    noted = 0;
}

static void upgrade(uint32_t link, const char *sid) {
    char text[400];
    open_link(link);
    snprintf(text, sizeof text,
             "GET /engine.io/?EIO=4&transport=websocket%s%s HTTP/1.1\r\n%s"
             "Upgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
             *sid ? "&sid=" : "", sid, HOST);
    say(link, text);
}

/* A client's frame; the mask key is zero, so it reads as it is. */
static void frame(uint32_t link, unsigned opcode, const char *text) {
    char bytes[300];
    size_t n = strlen(text);
    snprintf(bytes, sizeof bytes, "%c%c%c%c%c%c%s", (int)(0x80 | opcode),
             (int)(0x80 | n), 1, 1, 1, 1, text);
    for (size_t i = 0; i < n; i++) bytes[6 + i] ^= 1;
    buf_clear(&got[link]);
    feed(link, bytes, 6 + n, SIZE_MAX);
}

/* The frames a link got, as "text;text;", a close as "close 1000;". */
static const char *frames(uint32_t link) {
    static char text[3000];
    size_t n = 0;
    struct span in = buf_view(&got[link]);
    if (in.len > 9 && memcmp(in.data, "HTTP/1.1 ", 9) == 0) {
        snprintf(text, sizeof text, "%.*s", (int)in.len, (char *)in.data);
        char *end = strstr(text, "\r\n\r\n");
        if (end) in = span_skip(in, (size_t)(end + 4 - text));
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
    }
    return text;
}

static void open_websocket(uint32_t link) {
    upgrade(link, "");
    buf_clear(&got[link]);
    noted = 0;
}

/* --- handshake --- */

static void opens_a_session_by_polling(void) {
    start(&usual);
    char sid[21], want[200];
    open_polling(sid);
    UNIT_INT(status(0), 200);
    snprintf(want, sizeof want,
             "0{\"sid\":\"%s\",\"upgrades\":[\"websocket\"],\"pingInterval\":"
             "300,\"pingTimeout\":200,\"maxPayload\":1000000}",
             sid);
    IS_TEXT(body(0), want);
    UNIT_TRUE(strstr((char *)got[0].bytes, "text/plain; charset=UTF-8"));
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
        open_link(2);
        snprintf(text, sizeof text, "%s HTTP/1.1\r\n%s\r\n", cases[i].request,
                 HOST);
        say(2, text);
        UNIT_INT(status(2), cases[i].status);
        UNIT_TEXT(body(2), strlen(cases[i].body), cases[i].body);
        UNIT_INT(then[2], MAIL_OPEN);
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
    open_link(1);
    get(1, sid);
    UNIT_INT(got[1].end, 0);
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
        buf_clear(&got[0]);
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
        UNIT_TRUE(noted >= 7 && strcmp(events + noted - 7, "closed;") == 0);
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
    UNIT_INT(got[1].bytes[0], 0x82);
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
    open_link(1);
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
    open_link(1);
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: 6\r\n\r\n4ha", QUERY,
             sid, HOST);
    say(1, text);
    post(0, sid, "4b");
    UNIT_INT(status(0), 400);
    EVENTS("closed;");
    say(1, "lf!"); /* the first one ends in order */
    UNIT_INT(status(1), 400);
    EVENTS("");
    stop();
}

static void a_request_that_breaks_off_closes_the_session(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_link(1);
    get(1, sid);
    engine_lost(engine, 1);
    pump();
    EVENTS("closed;");
    get(0, sid);
    UNIT_INT(status(0), 400);
    stop();
}

static void a_post_that_breaks_off_closes_the_session(void) {
    char sid[21], text[200];
    start(&usual);
    open_polling(sid);
    open_link(1);
    snprintf(text, sizeof text,
             "POST %s&sid=%s HTTP/1.1\r\n%sContent-Length: 6\r\n\r\n4ha", QUERY,
             sid, HOST);
    say(1, text);
    engine_lost(engine, 1);
    pump();
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
    say(0, text);
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
        say(0, text);
        UNIT_INT(got[0].end == 0 ? 0 : (int)status(0), over ? 413 : 0);
        UNIT_INT(then[0], over ? MAIL_END : MAIL_OPEN);
        engine_lost(engine, 0);
        pump();
    }
    stop();
}

static void the_client_may_close(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_link(1);
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

static void pings_a_polling_session_and_hears_its_pong(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    for (int i = 0; i < 3; i++) {
        get(0, sid);
        wait_ms(299);
        UNIT_INT(got[0].end, 0);
        wait_ms(1);
        IS_TEXT(body(0), "2");
        post(0, sid, "3");
        IS_TEXT(body(0), "ok");
    }
    stop();
}

static void closes_a_session_that_does_not_pong(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    open_websocket(1);
    wait_ms(300);
    IS_TEXT(frames(1), "2;");
    wait_ms(199);
    EVENTS("");
    now += 1; /* nobody had to look in between: what is due is done first */
    get(0, sid);
    UNIT_INT(status(0), 400);
    EVENTS("closed;closed;");
    IS_TEXT(frames(1), "2;close 1000;");
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
    IS_TEXT(frames(1), "4before;"); /* what nobody had fetched */
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
    UNIT_INT(got[0].end, 0);
    frame(1, FRAME_TEXT, "2probe");
    IS_TEXT(body(0), "6");
    get(0, sid); /* and one that comes later, too */
    IS_TEXT(body(0), "6");
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
    for (int how = 0; how < 4; how++) {
        char sid[21];
        struct engine_options o = usual;
        o.ping_interval = 60000;
        start(&o);
        open_polling(sid);
        upgrade(1, sid);
        if (how == 0) frame(1, FRAME_TEXT, "garbage");
        if (how == 1) frame(1, FRAME_TEXT, "5"); /* without a probe */
        if (how == 2) engine_lost(engine, 1);
        if (how == 3) wait_ms(10000), open_link(3), engine_lost(engine, 0);
        pump();
        uint32_t link = how == 3 ? 3 : 0;
        post(link, sid, "4still");
        IS_TEXT(body(link), "ok");
        get(link, sid);
        IS_TEXT(body(link), "4still");
        stop();
    }
}

/* --- who may, and how much --- */

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
        open_link(1);
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n%sOrigin: %s\r\n\r\n",
                 QUERY, HOST, cases[i].origin);
        say(1, text);
        UNIT_INT(status(1), cases[i].status);
        buf_append(&got[1], "", 1);
        UNIT_TRUE(strstr((char *)got[1].bytes, cases[i].allow));
        UNIT_INT(strstr((char *)got[1].bytes, "Access-Control") != NULL,
                 *cases[i].allow != '\0');
        stop();
    }
}

static void a_foreign_host_is_refused_on_loopback(void) {
    start(&usual);
    open_link(1);
    say(1, "GET " QUERY " HTTP/1.1\r\nHost: rebind.example\r\n\r\n");
    UNIT_INT(status(1), 403);
    stop();
}

static void too_many_sessions_are_503(void) {
    start(&usual);
    open_link(1);
    for (int i = 0; i < 10; i++) {
        get(1, "");
        UNIT_INT(status(1), 200);
    }
    get(1, "");
    UNIT_INT(status(1), 503);
    engine_close(engine, last_session);
    pump();
    get(1, "");
    UNIT_INT(status(1), 200);
    stop();
}

static void slow_requests_end_in_time(void) {
    start(&usual);
    open_link(1);
    open_link(2);
    open_link(3);
    say(2, "GET / HTTP/1.1\r\nHo");
    say(3, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n");
    wait_ms(LIMIT_HEAD_MS - 1);
    say(2, "st"); /* further bytes do not extend it */
    UNIT_INT(then[1], MAIL_OPEN);
    wait_ms(1);
    UNIT_INT(then[1], MAIL_END); /* never said a word */
    UNIT_INT(status(2), 408);
    UNIT_INT(then[2], MAIL_END);
    wait_ms(LIMIT_CLOSING_MS);
    UNIT_INT(then[2], MAIL_DROP);
    UNIT_INT(then[3], MAIL_OPEN);
    wait_ms(LIMIT_BODY_MS - LIMIT_HEAD_MS - LIMIT_CLOSING_MS);
    UNIT_INT(status(3), 408);
    stop();
}

static void an_idle_connection_is_closed(void) {
    start(&usual);
    open_link(1);
    say(1, "GET / HTTP/1.1\r\n" HOST "\r\n");
    wait_ms(LIMIT_IDLE_MS - 1);
    UNIT_INT(then[1], MAIL_OPEN);
    wait_ms(1);
    UNIT_INT(then[1], MAIL_END);
    stop();
}

static void answers_pipelined_requests_in_order_and_bounded(void) {
    struct buf many = {.max = 1 << 16};
    for (int i = 0; i < LIMIT_HTTP_PIPELINED + 1; i++)
        buf_text(&many, "GET / HTTP/1.1\r\n" HOST "\r\n");
    start(&usual);
    open_link(1);
    feed(1, many.bytes, many.end, SIZE_MAX);
    int answers = 0;
    buf_append(&got[1], "", 1);
    for (char *at = (char *)got[1].bytes; (at = strstr(at, "HTTP/1.1 200"));)
        at++, answers++;
    UNIT_INT(answers, LIMIT_HTTP_PIPELINED);
    UNIT_INT(then[1], MAIL_END);
    buf_free(&many);
    stop();
}

static void what_follows_a_waiting_get_ends_the_connection(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    get(0, sid);
    feed(0, "GET / HTTP/1.1\r\n", 16, 16);
    open_link(1);
    post(1, sid, "4a");
    IS_TEXT(body(0), "4a");
    UNIT_INT(then[0], MAIL_END);
    stop();
}

static void a_queue_that_nobody_fetches_ends_its_session(void) {
    static char big[100000];
    char sid[21];
    start(&usual);
    open_polling(sid);
    struct span part = {(uint8_t *)big, sizeof big};
    for (int i = 0; i < 25; i++)
        engine_send(engine, last_session, true, &part, 1);
    pump();
    EVENTS("closed;");
    stop();
}

/* --- groups --- */

static void publishes_to_those_who_are_in_the_group_now(void) {
    char sid[21];
    struct span text = span_from("hi");
    start(&usual);
    open_websocket(1);
    engine_join(engine, last_session, 1);
    uint32_t first = last_session;
    open_websocket(2);
    open_polling(sid);
    engine_join(engine, last_session, 3);
    for (int i = 1; i < 3; i++) buf_clear(&got[i]);

    engine_publish(engine, 0, false, &text, 1);
    engine_join(engine, first, 0); /* leaves after it was sent */
    engine_send(engine, first, false, &text, 1);
    engine_publish(engine, 1, false, &text, 1);
    pump();
    IS_TEXT(frames(1), "4hi;4hi;");
    IS_TEXT(frames(2), "");
    get(0, sid);
    IS_TEXT(body(0), "4hi\x1e"
                     "4hi");
    stop();
}

/* One system call each, however the letters alternate. */
static void each_link_gets_its_part_of_a_round_in_one_piece(void) {
    static const char *const say[] = {"a", "b", "c", "d", "e"};
    struct span text[5];
    uint32_t session[3];
    start(&usual);
    for (uint32_t i = 0; i < 3; i++) {
        open_websocket(i);
        session[i] = last_session;
        engine_join(engine, session[i], i == 2 ? 2 : 1);
    }
    for (int i = 0; i < 5; i++) text[i] = span_from(say[i]);
    for (int i = 0; i < 3; i++) buf_clear(&got[i]), pieces[i] = 0;

    engine_publish(engine, 0, false, &text[0], 1);
    engine_send(engine, session[1], false, &text[1], 1);
    engine_publish(engine, 1, false, &text[2], 1);
    engine_join(engine, session[0], 3);
    engine_publish(engine, 1, false, &text[3], 1);
    engine_join(engine, session[0], 2);
    engine_publish(engine, 0, false, &text[4], 1);
    engine_close(engine, session[2]);
    pump();
    IS_TEXT(frames(0), "4a;4d;");
    IS_TEXT(frames(1), "4a;4b;4e;");
    IS_TEXT(frames(2), "close 1000;"); /* closed before the mail was pulled */
    for (int i = 0; i < 3; i++) UNIT_INT(pieces[i], 1);
    stop();
}

static void a_shut_engine_says_goodbye_to_all(void) {
    char sid[21];
    start(&usual);
    open_polling(sid);
    get(0, sid);
    open_websocket(1);
    open_link(2);
    engine_shut(engine, now);
    pump();
    IS_TEXT(body(0), "1");
    UNIT_INT(then[0], MAIL_END);
    UNIT_TRUE(strstr(frames(1), "close 1001;"));
    UNIT_INT(then[2], MAIL_END);
    EVENTS("closed;closed;");
    stop();
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
          UNIT_TEST(pings_a_polling_session_and_hears_its_pong),
          UNIT_TEST(closes_a_session_that_does_not_pong),
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
          UNIT_TEST(a_queue_that_nobody_fetches_ends_its_session),
          UNIT_TEST(publishes_to_those_who_are_in_the_group_now),
          UNIT_TEST(each_link_gets_its_part_of_a_round_in_one_piece),
          UNIT_TEST(a_shut_engine_says_goodbye_to_all))
