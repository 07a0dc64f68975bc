/* socket_client_test.c: socketio/socket_client.h, over a WebSocket whose other
 * end is written out here, and over polling where that makes a difference */
#include "packets/unit.h"
#include "socketio/socket_client.h"

#define WS ENGINE_CLIENT_WEBSOCKET
#define OPEN                                                                   \
    "0{\"sid\":\"s1\",\"upgrades\":[],\"pingInterval\":300,"                   \
    "\"pingTimeout\":200,\"maxPayload\":100}"

static const uint8_t seed[MASKS_SEED] = "sixteen bytes...";
static struct socket_client c;
static struct socket_client_options options;
static int64_t now;
static char events[4000];

static void log_span(const char *before, struct span s) {
    size_t n = strlen(events);
    snprintf(events + n, sizeof events - n, "%s%.*s", before, (int)s.len,
             s.data ? (char *)s.data : "");
}

static void log_event(const struct socket_client_event *e) {
    static const char *const types[] = {"connected", "refused",     "event",
                                        "ack",       "no ack",      "upgraded",
                                        "kicked",    "disconnected"};
    char id[60];
    id[0] = '\0';
    UNIT_TRUE(e->id >= -1); /* -1: no ack is wanted */
    if (e->id >= 0) snprintf(id, sizeof id, " id %lld", (long long)e->id);
    log_span(types[e->type], span_from(id));
    bool is_recovered = e->type == SOCKET_CLIENT_CONNECTED && e->is_recovered;
    log_span(is_recovered ? " as before" : "", (struct span){0});
    log_span(e->nsp > 0 ? " of " : "",
             span_from(e->nsp > 0 ? c.nsps[e->nsp].name : ""));
    bool is_event = e->type == SOCKET_CLIENT_EVENT;
    if (is_event) log_span(" ", e->name);
    log_span(e->args.len > 0 ? " " : "", e->args);
    if (!is_event && e->type != SOCKET_CLIENT_ACK)
        log_span(e->data.len > 0 ? " " : "", e->data);
    for (unsigned i = 0; i < e->count; i++) log_span("+", e->attachments[i]);
    if (e->why) log_span("|", span_from(e->why));
    snprintf(id, sizeof id, ", %lld", (long long)e->retry_ms);
    if (e->type == SOCKET_CLIENT_DISCONNECTED) log_span("", span_from(id));
    log_span(";", (struct span){0});
}

static void feed_bytes(unsigned conn, const void *bytes, size_t n,
                       size_t step) {
    struct socket_client_event e;
    for (size_t at = 0; at < n || at == 0; at += step) {
        size_t size = n - at < step ? n - at : step;
        uint8_t *exact = unit_exact((const uint8_t *)bytes + at, size);
        struct span in = {exact, size};
        while (socket_client_next(&c, conn, &in, now, &e)) log_event(&e);
        UNIT_INT(in.len, 0);
        free(exact);
    }
}

static void drain(void) {
    feed_bytes(WS, "", 0, 1);
}

static void frame(unsigned opcode, const void *bytes, size_t n, size_t step) {
    struct buf out = {.max = 4000};
    struct span part = {(uint8_t *)(uintptr_t)bytes, n};
    frame_append(&out, opcode, &part, 1, NULL);
    feed_bytes(WS, out.bytes, out.end, step);
    buf_free(&out);
}

static void message(const char *text) {
    frame(FRAME_TEXT, text, strlen(text), SIZE_MAX / 2);
}

static void binary(const char *text) {
    frame(FRAME_BINARY, text, strlen(text), SIZE_MAX / 2);
}

static void expect(const char *expected) {
    UNIT_TEXT(events, strlen(events), expected);
    events[0] = '\0';
}

/* Expects these messages: "text;", or "binary text;". */
static void expect_sent(const char *expected) {
    char sent[2000] = "";
    for (struct span in = buf_view(&c.engine.dials[WS].out); in.len > 0;) {
        struct frame f;
        int n = frame_parse(&f, in.data, in.len);
        if (n <= 0) break;
        in = span_skip(in, (size_t)n);
        frame_mask(in.data, (size_t)f.length, f.key, 0);
        size_t end = strlen(sent);
        snprintf(sent + end, sizeof sent - end, "%s%.*s;",
                 f.opcode == FRAME_TEXT     ? ""
                 : f.opcode == FRAME_BINARY ? "binary "
                                            : "close ",
                 f.opcode == FRAME_CLOSE ? 0 : (int)f.length, (char *)in.data);
        in = span_skip(in, (size_t)f.length);
    }
    UNIT_TEXT(sent, strlen(sent), expected);
    buf_clear(&c.engine.dials[WS].out);
}

static void accept_websocket(void) {
    struct http_head h;
    struct buf text = {.max = 1000};
    struct span request = buf_view(&c.engine.dials[WS].out);
    UNIT_TRUE(http_request(&h, request, 0) > 0);
    handshake_respond(&text, &h, 101, NULL);
    buf_clear(&c.engine.dials[WS].out);
    feed_bytes(WS, text.bytes, text.end, SIZE_MAX / 2);
    buf_free(&text);
}

static void begin(uint32_t attempts) {
    options = (struct socket_client_options){
        .engine = {.host = "a:80",
                   .path = "/socket.io/",
                   .max_message = 1000,
                   .answer_ms = 5000},
        .attempts = attempts,
        .backoff = {.delay_ms = 1000, .max_ms = 5000}};
    events[0] = '\0';
    now = 1000;
    socket_client_init(&c, &options, seed);
    UNIT_INT(socket_client_due(&c, INT64_MAX), INT64_MAX);
}

static void stop(void) {
    socket_client_free(&c);
    UNIT_TRUE(c.pending == NULL && c.event_memory == NULL);
}

/* Connected to "/". */
static void start(uint32_t attempts) {
    begin(attempts);
    UNIT_INT(socket_client_join(&c, "/", NULL, now), 0);
    socket_client_open(&c, now);
    accept_websocket();
    expect("");
    message(OPEN);
    expect_sent("40;");
    message("40{\"sid\":\"x\"}");
    expect("connected {\"sid\":\"x\"};");
}

static int64_t emit(unsigned nsp, const char *json, bool wants_ack) {
    struct socket_client_message m = {.json = span_from(json),
                                      .wants_ack = wants_ack};
    return socket_client_emit(&c, nsp, &m, now);
}

/* Socket.IO v5, "Sample session". */
static void the_sample_session_of_the_protocol(void) {
    start(0);
    UNIT_INT(emit(0, "[\"foo\"]", false), 0);
    UNIT_INT(emit(0, "[\"bar\"]", true), 0);
    expect_sent("42[\"foo\"];420[\"bar\"];");
    message("430[\"bar\"]");
    expect("ack id 0 \"bar\";");
    message("42[\"hello\",1]");
    message("4213[\"baz\"]");
    expect("event hello 1;event id 13 baz;");
    socket_client_ack(&c, 0, 13, span_from("[2]"));
    expect_sent("4313[2];");
    message("41");
    expect("kicked|disconnected by the server;");
    UNIT_INT(emit(0, "[\"foo\"]", false), SOCKET_CLIENT_ERR_STATE);
    stop();
}

static void namespaces_share_a_connection(void) {
    begin(0);
    UNIT_INT(socket_client_join(&c, "/", "{\"token\":\"1\"}", now), 0);
    UNIT_INT(socket_client_join(&c, "/admin", NULL, now), 1);
    socket_client_open(&c, now);
    accept_websocket();
    message(OPEN);
    expect_sent("40{\"token\":\"1\"};40/admin,;");
    UNIT_INT(socket_client_join(&c, "/late", "{}", now), 2);
    expect_sent("40/late,{};");
    message("40/admin,{\"sid\":\"y\"}");
    expect("connected of /admin {\"sid\":\"y\"};");
    UNIT_INT(emit(0, "[\"foo\"]", false), SOCKET_CLIENT_ERR_STATE);
    UNIT_INT(emit(1, "[\"foo\"]", true), 0);
    expect_sent("42/admin,0[\"foo\"];");
    message("44{\"message\":\"no\"}");
    expect("refused {\"message\":\"no\"}|refused;");
    message("42[\"to a namespace that was left\"]");
    message("42/nobody,[\"and to one that is none of ours\"]");
    expect("");
    message("42/admin,[\"bar\"]");
    message("43/admin,0[]");
    expect("event of /admin bar;ack id 0 of /admin;");
    socket_client_close(&c, now);
    drain();
    expect_sent("41/admin,;close ;");
    stop();
}

static void refuses_a_namespace_that_is_none(void) {
    static char name[LIMIT_NAMESPACE + 2];
    memset(name, 'a', sizeof name - 1);
    begin(0);
    UNIT_INT(socket_client_join(&c, "/", "[]", now), SOCKET_CLIENT_ERR_STATE);
    UNIT_INT(socket_client_join(&c, "/", "{", now), SOCKET_CLIENT_ERR_STATE);
    UNIT_INT(socket_client_join(&c, "/", "{\"a\":\"\xff\"}", now),
             SOCKET_CLIENT_ERR_STATE);
    UNIT_INT(socket_client_join(&c, name, NULL, now), SOCKET_CLIENT_ERR_STATE);
    name[LIMIT_NAMESPACE] = '\0';
    for (int i = 0; i < LIMIT_JOINED; i++)
        UNIT_INT(socket_client_join(&c, name, NULL, now), i);
    UNIT_INT(socket_client_join(&c, "/", NULL, now), SOCKET_CLIENT_ERR_STATE);
    name[1] = '\0'; /* looks at all of them, and no further */
    socket_client_open(&c, now);
    accept_websocket();
    message(OPEN);
    socket_client_lost(&c, WS, "unplugged", now);
    drain();
    expect("disconnected|unplugged, -1;");
    socket_client_close(&c, now);
    socket_client_expire(&c, now);
    UNIT_INT(socket_client_due(&c, INT64_MAX), INT64_MAX);
    stop();
}

static void sends_attachments_after_their_packet(void) {
    struct socket_client_message m = {
        .json = span_from("[\"e\",{\"_placeholder\":true,\"num\":0}]"),
        .count = 2,
        .attachments = {span_from("one"), span_from("two")},
        .wants_ack = true};
    start(0);
    UNIT_INT(socket_client_emit(&c, 0, &m, now), 0);
    expect_sent("452-0[\"e\",{\"_placeholder\":true,\"num\":0}];"
                "binary one;binary two;");
    stop();
}

/* All, or none: an attachment over maxPayload (100), at N and at N + 1. */
static void sends_nothing_of_what_is_too_big(void) {
    char bytes[101];
    struct socket_client_message m = {
        .json = span_from("[\"e\"]"),
        .count = 2,
        .attachments = {span_from("one"), {(uint8_t *)bytes, 101}}};
    memset(bytes, 'x', sizeof bytes);
    start(0);
    UNIT_INT(socket_client_emit(&c, 0, &m, now), SOCKET_CLIENT_ERR_TOO_BIG);
    expect_sent("");
    struct span first = m.attachments[0]; /* in any order */
    m.attachments[0] = m.attachments[1];
    m.attachments[1] = first;
    UNIT_INT(socket_client_emit(&c, 0, &m, now), SOCKET_CLIENT_ERR_TOO_BIG);
    expect_sent("");
    m.attachments[0].len = 100;
    UNIT_INT(socket_client_emit(&c, 0, &m, now), 0);
    UNIT_TRUE(c.engine.dials[WS].out.end > 103);
    c.engine.max_payload = UINT32_MAX;
    m.attachments[0].data = m.attachments[1].data =
        calloc(1, LIMIT_COLLECTED / 2);
    m.attachments[0].len = m.attachments[1].len = LIMIT_COLLECTED / 2;
    UNIT_INT(socket_client_emit(&c, 0, &m, now), SOCKET_CLIENT_ERR_FULL);
    free(m.attachments[0].data);
    stop();
}

/* LIMIT_COLLECTED bytes pass, with the types of both packets: "42". */
static void a_packet_may_fill_what_is_collected(void) {
    char *json = calloc(1, LIMIT_COLLECTED);
    if (!json) abort();
    struct socket_client_message m = {
        .json = {(uint8_t *)json, LIMIT_COLLECTED - 2}};
    memset(json, ' ', LIMIT_COLLECTED);
    memcpy(json, "[\"e\"]", 5);
    for (size_t more = 0; more < 2; more++) {
        start(0);
        c.engine.max_payload = UINT32_MAX;
        UNIT_INT(socket_client_emit(&c, 0, &m, now),
                 more ? SOCKET_CLIENT_ERR_FULL : 0);
        m.json.len++;
        stop();
    }
    free(json);
}

/* A packet that just fits is sent with its attachment, one that does not is not
 * sent at all, however many bytes are left. */
static void never_sends_a_packet_without_its_attachment(void) {
    char *json = calloc(1, LIMIT_COLLECTED);
    if (!json) abort();
    memset(json, ' ', LIMIT_COLLECTED);
    memcpy(json, "[\"e\"]", 5);
    struct socket_client_message m = {.json = span_from("[\"e\",0]"),
                                      .count = 1,
                                      .attachments = {span_from("0123456789")}};
    for (size_t left = 10; left < 66; left += 5) {
        struct socket_client_message big = {
            .json = {(uint8_t *)json, LIMIT_COLLECTED - 16 - left}};
        start(0);
        c.engine.max_payload = UINT32_MAX;
        UNIT_INT(socket_client_emit(&c, 0, &big, now), 0);
        int64_t result = socket_client_emit(&c, 0, &m, now);
        UNIT_TRUE(result == 0 || result == SOCKET_CLIENT_ERR_FULL);
        unsigned frames = 0;
        struct frame f;
        for (struct span in = buf_view(&c.engine.dials[WS].out); in.len > 0;) {
            int n = frame_parse(&f, in.data, in.len);
            in = span_skip(in, (size_t)n + (size_t)f.length);
            frames++;
        }
        UNIT_INT(frames, result == 0 ? 3 : 1);
        stop();
    }
    free(json);
}

#define PLACE(n) "{\"_placeholder\":true,\"num\":" n "}"

static void collects_attachments_in_the_order_of_placeholders(void) {
    start(0);
    message("452-7[\"e\"," PLACE("1") "," PLACE("0") "]");
    binary("zero");
    expect("");
    binary("one");
    expect("event id 7 e " PLACE("0") "," PLACE("1") "+one+zero;");
    drain();
    UNIT_TRUE(c.event_memory == NULL);
    emit(0, "[\"x\"]", true);
    message("461-0[" PLACE("0") "]");
    binary("");
    expect("ack id 0 " PLACE("0") "+;");
    stop();
}

/* The leak checker of the sanitizer looks. */
static void frees_a_packet_that_is_not_complete(void) {
    start(0);
    message("451-[\"e\"," PLACE("0") "]");
    UNIT_TRUE(c.pending != NULL);
    stop();
}

/* Binary acks that nobody waits for, in one read, are no events: the memory of
 * each is free before the next one. The leak checker of the sanitizer looks. */
static void keeps_one_packet_that_was_no_event(void) {
    struct buf out = {.max = 4000};
    struct span text = span_from("461-9[" PLACE("0") "]"), part = {0};
    start(0);
    for (int i = 0; i < 3; i++) {
        frame_append(&out, FRAME_TEXT, &text, 1, NULL);
        frame_append(&out, FRAME_BINARY, &part, 1, NULL);
    }
    feed_bytes(WS, out.bytes, out.end, SIZE_MAX / 2);
    expect("");
    UNIT_TRUE(c.pending == NULL);
    buf_free(&out);
    stop();
}

static void an_ack_that_nobody_waits_for_is_ignored(void) {
    start(0);
    message("430[1]");
    UNIT_INT(emit(0, "[\"x\"]", true), 0);
    message("431[1]");
    expect("");
    message("430[1]");
    message("430[1]");
    expect("ack id 0 1;");
    UNIT_INT(emit(0, "[\"x\"]", true), 1); /* ids are not used again */
    stop();
    begin(0); /* nor that of another namespace */
    socket_client_join(&c, "/", NULL, now);
    socket_client_join(&c, "/b", NULL, now);
    socket_client_open(&c, now);
    accept_websocket();
    message(OPEN);
    message("40{}");
    message("40/b,{}");
    expect("connected {};connected of /b {};");
    emit(0, "[\"x\"]", true);
    message("43/b,0[]");
    expect("");
    message("41/b,"); /* only acks of that namespace are lost with it */
    expect("kicked of /b|disconnected by the server;");
    message("430[]");
    expect("ack id 0;");
    stop();
}

static void an_ack_has_its_time(void) {
    start(0);
    c.engine.silence_ms = now + 100000;
    emit(0, "[\"x\"]", true);
    now += 1000;
    emit(0, "[\"y\"]", true);
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + 4000);
    UNIT_INT(socket_client_due(&c, 5), 5);
    socket_client_expire(&c, now + 3999);
    drain();
    expect("");
    socket_client_expire(&c, now + 4000);
    drain();
    expect("no ack id 0|no ack in time;");
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + 5000);
    message("430[]");
    expect("");
    message("431[]");
    expect("ack id 1;");
    stop();
}

static void so_many_acks_and_no_more(void) {
    start(0);
    for (int i = 0; i < LIMIT_ACKS_AWAITED; i++)
        UNIT_INT(emit(0, "[\"x\"]", true), i);
    UNIT_INT(emit(0, "[\"x\"]", true), SOCKET_CLIENT_ERR_ACKS);
    UNIT_INT(emit(0, "[\"x\"]", false), 0);
    message("435[]");
    expect("ack id 5;");
    UNIT_INT(emit(0, "[\"x\"]", true), LIMIT_ACKS_AWAITED);
    stop();
}

static void a_loss_takes_the_acks_with_it(void) {
    start(0);
    emit(0, "[\"x\"]", true);
    emit(0, "[\"y\"]", true);
    engine_client_lost(&c.engine, WS, "unplugged", now);
    drain();
    expect("no ack id 0|disconnected before the ack;"
           "no ack id 1|disconnected before the ack;"
           "disconnected|unplugged, -1;");
    UNIT_INT(socket_client_due(&c, INT64_MAX), INT64_MAX);
    stop();
    start(0);
    emit(0, "[\"x\"]", true);
    message("41");
    expect("kicked|disconnected by the server;"
           "no ack id 0|disconnected before the ack;");
    stop();
}

/* 1 s, 2 s, 4 s, 5 s; then 1 s again, because there was a success. */
static void connects_again_later_and_later(void) {
    static const int waits[] = {1000, 2000, 4000, 5000};
    char expected[100];
    start(4);
    for (int i = 0; i < 4; i++) {
        socket_client_lost(&c, WS, "unplugged", now);
        drain();
        snprintf(expected, sizeof expected,
                 "disconnected|unplugged; next attempt in %d ms, %d;", waits[i],
                 waits[i]);
        expect(expected);
        UNIT_INT(socket_client_due(&c, INT64_MAX), now + waits[i]);
        UNIT_INT(emit(0, "[\"x\"]", false), SOCKET_CLIENT_ERR_STATE);
        socket_client_expire(&c, now + waits[i] - 1);
        UNIT_INT(c.engine.dials[WS].number, 0);
        now += waits[i];
        socket_client_expire(&c, now);
        UNIT_TRUE(c.engine.dials[WS].number > 0);
    }
    accept_websocket();
    message(OPEN);
    expect_sent("40;");
    message("40{}");
    expect("connected {};");
    UNIT_INT(emit(0, "[\"x\"]", false), 0);
    socket_client_lost(&c, WS, "unplugged", now);
    drain();
    expect("disconnected|unplugged; next attempt in 1000 ms, 1000;");
    stop();
}

static void connect_again(void) {
    socket_client_lost(&c, WS, "unplugged", now);
    drain();
    now += 10000;
    socket_client_expire(&c, now);
    accept_websocket();
    message(OPEN);
    events[0] = '\0';
}

/* Socket.IO, "Connection state recovery": pid and offset of each namespace, and
 * the same pid in the reply: it is recovered. */
static void says_what_it_was_and_has_got(void) {
    begin(9);
    socket_client_join(&c, "/", "{\"token\":1}", now);
    socket_client_join(&c, "/admin", NULL, now);
    socket_client_open(&c, now);
    accept_websocket();
    message(OPEN);
    expect_sent("40{\"token\":1};40/admin,;");
    message("40{\"sid\":\"x\",\"pid\":\"P\"}");
    message("40/admin,{\"sid\":\"y\",\"pid\":\"Q\"}");
    message("42[\"a\",\"E.7\"]");
    message("451-[\"b\"," PLACE("0") ",\"E.8\"]");
    binary("bytes");
    message("427[\"wants an ack\",\"no offset\"]");
    connect_again();
    expect_sent("40{\"pid\":\"P\",\"offset\":\"E.8\",\"token\":1};"
                "40/admin,{\"pid\":\"Q\"};");
    message("40{\"sid\":\"x\",\"pid\":\"P\"}");
    message("42[\"missed\",\"E.9\"]");
    message("40/admin,{\"sid\":\"z\",\"pid\":\"R\"}");
    expect("connected as before {\"sid\":\"x\",\"pid\":\"P\"};"
           "event missed \"E.9\";"
           "connected of /admin {\"sid\":\"z\",\"pid\":\"R\"};");
    connect_again();
    expect_sent("40{\"pid\":\"P\",\"offset\":\"E.9\",\"token\":1};"
                "40/admin,{\"pid\":\"R\"};");
    message("42[\"missed\",\"E.10\"]"); /* as socket.io does */
    message("40{\"sid\":\"x\",\"pid\":\"P\"}");
    message("43/admin,0[]");
    expect("event missed \"E.10\";"
           "connected as before {\"sid\":\"x\",\"pid\":\"P\"};"
           "disconnected []|not a packet that is expected here; "
           "next attempt in 1000 ms, 1000;");
    stop();
}

static void gives_up_after_so_many_attempts(void) {
    start(2);
    for (int i = 0; i < 3; i++) {
        socket_client_lost(&c, WS, "unplugged", now);
        drain();
        UNIT_TRUE(strstr(events, i < 2 ? "next attempt" : "unplugged, -1;") !=
                  NULL);
        events[0] = '\0';
        now += 10000;
        socket_client_expire(&c, now);
    }
    UNIT_INT(c.engine.dials[WS].number, 0);
    stop();
}

/* An open session is no success yet: the server may refuse each one. */
static void only_a_namespace_is_a_success(void) {
    start(3);
    socket_client_lost(&c, WS, "a", now);
    drain();
    now += 1000;
    socket_client_expire(&c, now);
    accept_websocket();
    message(OPEN);
    expect("disconnected|a; next attempt in 1000 ms, 1000;");
    socket_client_lost(&c, WS, "b", now);
    drain();
    expect("disconnected|b; next attempt in 2000 ms, 2000;");
    stop();
}

static void what_was_refused_is_not_joined_again(void) {
    begin(1);
    socket_client_join(&c, "/", NULL, now);
    socket_client_join(&c, "/b", NULL, now);
    socket_client_open(&c, now);
    accept_websocket();
    message(OPEN);
    message("40{}");
    message("44/b,{}");
    socket_client_lost(&c, WS, "unplugged", now);
    drain();
    now += 1000;
    socket_client_expire(&c, now);
    accept_websocket();
    message(OPEN);
    expect_sent("40;");
    stop();
}

/* They are the 32 bits of the next random key, the first byte on top. */
static void the_jitter_is_random_in_all_its_bits(void) {
    start(1);
    c.backoff.jitter_percent = 100;
    c.backoff.delay_ms = c.backoff.max_ms = INT32_MAX / 2;
    struct mask_source random = c.engine.random;
    struct backoff backoff = c.backoff;
    const uint8_t *r = masks_next(&random);
    int64_t want = backoff_next_ms(
        &backoff,
        (uint32_t)r[0] << 24 | (uint32_t)(r[1] << 16 | r[2] << 8) | r[3]);
    socket_client_lost(&c, WS, "unplugged", now);
    drain();
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + want);
    stop();
}

/* With the same seed a client jitters as before; another one differs. */
static void the_jitter_comes_from_the_seed(void) {
    int64_t waits[3];
    for (int i = 0; i < 3; i++) {
        uint8_t other[MASKS_SEED] = {(uint8_t)(i == 2)};
        begin(1);
        options.backoff = (struct backoff)BACKOFF_DEFAULTS;
        socket_client_init(&c, &options, other);
        socket_client_join(&c, "/", NULL, now);
        socket_client_open(&c, now);
        socket_client_lost(&c, WS, "unplugged", now);
        drain();
        waits[i] = socket_client_due(&c, INT64_MAX) - now;
        UNIT_TRUE(waits[i] >= 500 && waits[i] <= 1500);
        stop();
    }
    UNIT_INT(waits[0], waits[1]);
    UNIT_TRUE(waits[0] != waits[2]);
}

static void closes_in_good_order(void) {
    start(9);
    socket_client_close(&c, now);
    drain();
    expect_sent("41;close ;");
    feed_bytes(WS, "\x88\x02\x03\xe8", 4, 1);
    socket_client_lost(&c, WS, NULL, now);
    drain();
    expect("disconnected, -1;");
    UNIT_INT(socket_client_due(&c, INT64_MAX), INT64_MAX);
    stop();
    start(9); /* while it waits to connect again */
    socket_client_lost(&c, WS, "unplugged", now);
    drain();
    events[0] = '\0';
    socket_client_close(&c, now);
    drain();
    expect("disconnected, -1;");
    socket_client_expire(&c, now + 100000);
    UNIT_INT(c.engine.dials[WS].number, 0);
    stop();
    start(9); /* and the server ends it meanwhile */
    socket_client_close(&c, now);
    socket_client_lost(&c, WS, "unplugged", now);
    drain();
    expect("disconnected|unplugged, -1;");
    stop();
}

/* Nothing was heard for pingInterval and pingTimeout. */
static void a_silent_server_is_given_up(void) {
    start(0);
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + 500);
    socket_client_expire(&c, now + 499);
    drain();
    expect("");
    socket_client_expire(&c, now + 500);
    drain();
    UNIT_TRUE(strncmp(events, "disconnected|", 13) == 0);
    stop();
}

static void a_connect_has_its_time(void) {
    begin(0);
    socket_client_join(&c, "/", NULL, now);
    socket_client_open(&c, now);
    accept_websocket();
    message(OPEN);
    c.engine.silence_ms = now + 100000;
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + 5000);
    socket_client_expire(&c, now + 4999);
    drain();
    expect("");
    socket_client_expire(&c, now + 5000);
    drain();
    expect("disconnected|the server did not answer the CONNECT, -1;");
    stop();
    begin(0); /* of a second namespace, too */
    socket_client_join(&c, "/", NULL, now);
    socket_client_join(&c, "/b", NULL, now);
    socket_client_open(&c, now);
    accept_websocket();
    message(OPEN);
    message("40{}");
    expect("connected {};");
    c.engine.silence_ms = now + 100000;
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + 5000);
    socket_client_expire(&c, now + 5000);
    drain();
    expect("disconnected|the server did not answer the CONNECT, -1;");
    stop();
    begin(0); /* but never more than LIMIT_JOIN_MS */
    options.engine.answer_ms = 3600000;
    socket_client_join(&c, "/", NULL, now);
    socket_client_open(&c, now);
    accept_websocket();
    message(OPEN);
    c.engine.silence_ms = now + 100000;
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + LIMIT_JOIN_MS);
    stop();
}

static void attachments_have_their_time(void) {
    start(0);
    c.engine.silence_ms = now + 100000;
    message("451-[\"e\"," PLACE("0") "]");
    UNIT_INT(socket_client_due(&c, INT64_MAX), now + LIMIT_INCOMPLETE_MS);
    socket_client_expire(&c, now + LIMIT_INCOMPLETE_MS - 1);
    drain();
    expect("");
    socket_client_expire(&c, now + LIMIT_INCOMPLETE_MS);
    drain();
    expect("disconnected|an attachment is missing, -1;");
    stop();
}

/* Its text does not fit, as if memory were used up. */
static void a_packet_that_cannot_be_kept_ends_the_connection(void) {
    start(0);
    options.engine.max_message = 5;
    message("451-[\"e\"," PLACE("0") "]");
    expect("disconnected|out of memory, -1;");
    stop();
}

/* What a server may not say, and what the client says then. */
static void every_violation_has_its_words(void) {
    static const struct {
        const char *texts[3]; /* a first "b" stands for binary */
        const char *expected;
    } rows[] = {
        {{"4"}, "|not Socket.IO"},
        {{"49"}, " 9|not Socket.IO"},
        {{"4[]{"}, " []{|not Socket.IO"},
        {{"42{}"}, " 2{}|not Socket.IO"},
        {{"42[]"}, " 2[]|not Socket.IO"},
        {{"42[\"connect\"]"}, " 2[\"connect\"]|not Socket.IO"},
        {{"45-[\"e\"]"}, " 5-[\"e\"]|not Socket.IO"},
        {{"451-[\"e\"]"}, " 51-[\"e\"]|not Socket.IO"},
        {{"4511-[\"e\"]"}, " 511-[\"e\"]|not Socket.IO"},
        {{"43[]"}, " 3[]|not Socket.IO"},
        {{"40{}"}, " {}|not a packet that is expected here"},
        {{"44{}"}, " {}|not a packet that is expected here"},
        {{"bX"}, "|an attachment without its packet"},
        {{"451-[\"e\"," PLACE("0") "]", "42[\"f\"]"},
         " 2[\"f\"]|an attachment is missing"},
    };
    char expected[200];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        start(0);
        for (int k = 0; rows[i].texts[k]; k++)
            if (rows[i].texts[k][0] == 'b')
                binary(rows[i].texts[k] + 1);
            else
                message(rows[i].texts[k]);
        snprintf(expected, sizeof expected, "disconnected%s, -1;",
                 rows[i].expected);
        expect(expected);
        stop();
    }
}

/* As python-socketio sends what its connect handler emits. */
static void an_event_may_come_before_the_reply_to_the_connect(void) {
    begin(0);
    socket_client_join(&c, "/", NULL, now);
    socket_client_open(&c, now);
    accept_websocket();
    message(OPEN);
    message("421[\"early\"]");
    expect("event id 1 early;");
    expect_sent("40;");
    socket_client_ack(&c, 0, 1, span_from("[2]"));
    expect_sent("431[2];");
    message("40{}");
    expect("connected {};");
    stop();
}

static void an_ack_before_the_reply_to_the_connect_is_a_violation(void) {
    begin(0);
    socket_client_join(&c, "/", NULL, now);
    socket_client_open(&c, now);
    accept_websocket();
    message(OPEN);
    message("431[]");
    expect("disconnected []|not a packet that is expected here, -1;");
    stop();
}

/* A packet and its attachments share max_message (1000), at N and at N + 1. */
static void attachments_are_bounded(void) {
    static const char text[] = "452-[\"e\"," PLACE("0") "," PLACE("1") "]";
    static char bytes[1000];
    size_t left = 1000 - (sizeof text - 2);
    memset(bytes, 'x', sizeof bytes);
    for (size_t more = 0; more < 2; more++) {
        start(0);
        message(text);
        frame(FRAME_BINARY, bytes, left - 10, SIZE_MAX / 2);
        frame(FRAME_BINARY, bytes, 10 + more, SIZE_MAX / 2);
        if (more) expect("disconnected|a message is too long, -1;");
        UNIT_TRUE(more || strncmp(events, "event e", 7) == 0);
        stop();
    }
}

static void every_split_gives_the_same_events(void) {
    struct buf all = {.max = 2000};
    static const char *const texts[] = {
        "42[\"a\"]", "b451-[\"e\"," PLACE("0") "]", "bX", "2", "421[\"z\"]",
        "41"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bool is_text = i != 2;
        struct span part = span_from(texts[i] + (texts[i][0] == 'b'));
        frame_append(&all, is_text ? FRAME_TEXT : FRAME_BINARY, &part, 1, NULL);
    }
    for (size_t step = 1; step <= all.end; step++) {
        start(0);
        feed_bytes(WS, all.bytes, all.end, step);
        expect(
            "event a;event e " PLACE("0") "+X;event id 1 z;"
                                          "kicked|disconnected by the server;");
        stop();
    }
    buf_free(&all);
}

static void an_ack_that_cannot_be_sent_ends_the_connection(void) {
    start(0);
    while (emit(0, "[\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"]",
                false) == 0)
        continue;
    while (emit(0, "[\"x\"]", false) == 0) continue;
    socket_client_ack(&c, 0, 1, span_from("[]"));
    drain();
    expect("disconnected|the server does not read, -1;");
    stop();
}

static void reports_the_upgrade(void) {
    begin(0);
    options.engine.transport = TRANSPORT_UPGRADE;
    socket_client_join(&c, "/", NULL, now);
    socket_client_open(&c, now);
    static const char open[] =
        "0{\"sid\":\"s\",\"upgrades\":[\"websocket\"],\"pingInterval\":9,"
        "\"pingTimeout\":9}";
    char text[300];
    snprintf(text, sizeof text,
             "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(open),
             open);
    feed_bytes(POLLER_GET, text, strlen(text), 10);
    accept_websocket();
    message("3probe");
    feed_bytes(POLLER_POST, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38,
               100);
    feed_bytes(POLLER_GET, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n6", 39,
               100);
    expect("upgraded;");
    message("40{}");
    expect("connected {};");
    stop();
}

static void explains_each_error(void) {
    for (int a = -4; a < 0; a++)
        for (int b = a + 1; b < 0; b++)
            UNIT_TRUE(strcmp(socket_client_explain(a),
                             socket_client_explain(b)) != 0);
}

UNIT_MAIN("socket_client", UNIT_TEST(the_sample_session_of_the_protocol),
          UNIT_TEST(namespaces_share_a_connection),
          UNIT_TEST(refuses_a_namespace_that_is_none),
          UNIT_TEST(sends_attachments_after_their_packet),
          UNIT_TEST(sends_nothing_of_what_is_too_big),
          UNIT_TEST(a_packet_may_fill_what_is_collected),
          UNIT_TEST(never_sends_a_packet_without_its_attachment),
          UNIT_TEST(collects_attachments_in_the_order_of_placeholders),
          UNIT_TEST(frees_a_packet_that_is_not_complete),
          UNIT_TEST(keeps_one_packet_that_was_no_event),
          UNIT_TEST(an_ack_that_nobody_waits_for_is_ignored),
          UNIT_TEST(an_ack_has_its_time), UNIT_TEST(so_many_acks_and_no_more),
          UNIT_TEST(a_loss_takes_the_acks_with_it),
          UNIT_TEST(connects_again_later_and_later),
          UNIT_TEST(says_what_it_was_and_has_got),
          UNIT_TEST(gives_up_after_so_many_attempts),
          UNIT_TEST(only_a_namespace_is_a_success),
          UNIT_TEST(what_was_refused_is_not_joined_again),
          UNIT_TEST(the_jitter_comes_from_the_seed),
          UNIT_TEST(the_jitter_is_random_in_all_its_bits),
          UNIT_TEST(a_silent_server_is_given_up),
          UNIT_TEST(a_packet_that_cannot_be_kept_ends_the_connection),
          UNIT_TEST(closes_in_good_order), UNIT_TEST(a_connect_has_its_time),
          UNIT_TEST(attachments_have_their_time),
          UNIT_TEST(every_violation_has_its_words),
          UNIT_TEST(an_event_may_come_before_the_reply_to_the_connect),
          UNIT_TEST(an_ack_before_the_reply_to_the_connect_is_a_violation),
          UNIT_TEST(attachments_are_bounded),
          UNIT_TEST(every_split_gives_the_same_events),
          UNIT_TEST(an_ack_that_cannot_be_sent_ends_the_connection),
          UNIT_TEST(reports_the_upgrade), UNIT_TEST(explains_each_error))
