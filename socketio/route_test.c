/* route_test.c: every kind of request, and every reason to refuse one */
#include "packets/unit.h"
#include "socketio/route.h"

#define SID "abcdefghij0123456789"
#define POLLING "/engine.io/?EIO=4&transport=polling"
#define WEBSOCKET "/engine.io/?EIO=4&transport=websocket"
#define UPGRADE                                                                \
    "Connection: Upgrade\r\nUpgrade: websocket\r\n"                            \
    "Sec-WebSocket-Version: 13\r\n"                                            \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static const struct route_options own = {"/engine.io/", NULL, true};

static struct route route(const char *method_and_target, const char *fields,
                          const struct route_options *o) {
    static struct http_head head;
    static char text[2000];
    struct route r;
    snprintf(text, sizeof text, "%s HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n%s\r\n",
             method_and_target, fields);
    struct span bytes = span_from(text);
    UNIT_INT(http_request(&head, bytes, 0), bytes.len);
    route_request(&r, &head, o);
    return r;
}

static void recognises_each_kind_of_request(void) {
    static const struct {
        const char *request, *fields;
        enum request_kind kind;
        const char *sid;
    } cases[] = {
        {"GET " POLLING, "", REQUEST_OPEN, ""},
        {"GET " POLLING "&t=abc&b64=1", "", REQUEST_OPEN, ""},
        {"GET " POLLING "&sid=" SID, "", REQUEST_POLL, SID},
        {"POST " POLLING "&sid=" SID, "Content-Length: 1\r\n", REQUEST_PUSH,
         SID},
        {"GET " WEBSOCKET, UPGRADE, REQUEST_UPGRADE, ""},
        {"GET " WEBSOCKET "&sid=" SID, UPGRADE, REQUEST_UPGRADE, SID},
        {"OPTIONS " POLLING, "", REQUEST_PREFLIGHT, ""},
        {"GET /", "", REQUEST_OTHER, ""},
        {"HEAD /client.js?EIO=4", "", REQUEST_OTHER, ""},
        {"GET /engine.io", "", REQUEST_OTHER, ""}, /* another path */
        /* RFC 3986 §2.3: "%61" is equivalent to "a". */
        {"GET /engine.io/?%45IO=%34&tr%61nsport=%70olling&sid=%61bcdefghij"
         "0123456789",
         "", REQUEST_POLL, SID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct route r = route(cases[i].request, cases[i].fields, &own);
        UNIT_INT(r.kind, cases[i].kind);
        UNIT_TEXT(r.sid, strlen(r.sid), cases[i].sid);
        UNIT_INT(r.has_sid, *cases[i].sid != '\0');
        UNIT_FALSE(r.has_bad_version && cases[i].kind < REQUEST_OTHER &&
                   cases[i].kind > REQUEST_PREFLIGHT);
        UNIT_FALSE(r.has_bad_body);
        UNIT_INT(r.origin, 0);
    }
}

static void refuses_with_the_code_of_the_reason(void) {
    static const struct {
        const char *request, *fields;
        unsigned status;
        enum engine_code code;
    } cases[] = {
        {"GET /engine.io/", "", 400, CODE_UNKNOWN_TRANSPORT},
        {"GET /engine.io/?EIO=4", "", 400, CODE_UNKNOWN_TRANSPORT},
        {"GET /engine.io/?EIO=4&transport=", "", 400, CODE_UNKNOWN_TRANSPORT},
        {"GET /engine.io/?EIO=4&transport=Polling", "", 400,
         CODE_UNKNOWN_TRANSPORT},
        /* Engine.IO v4, "Query parameters": each once */
        {"GET " POLLING "&transport=polling", "", 400, CODE_UNKNOWN_TRANSPORT},
        {"GET /engine.io/?EIO=4&transport=%zz", "", 400,
         CODE_UNKNOWN_TRANSPORT},
        {"GET /engine.io/?transport=polling", "", 400, CODE_BAD_VERSION},
        {"GET /engine.io/?EIO=3&transport=polling", "", 400, CODE_BAD_VERSION},
        {"GET /engine.io/?EIO=44&transport=polling", "", 400, CODE_BAD_VERSION},
        {"GET " POLLING "&EIO=3", "", 400, CODE_BAD_VERSION},
        {"GET " POLLING "&EIO=4", "", 400, CODE_BAD_VERSION},
        {"POST " POLLING, "Content-Length: 1\r\n", 400, CODE_BAD_METHOD},
        {"HEAD " POLLING, "", 400, CODE_BAD_METHOD},
        {"GET " POLLING "&sid=" SID "&sid=" SID, "", 400, CODE_UNKNOWN_SESSION},
        {"PUT " POLLING "&sid=" SID, "", 400, CODE_BAD_REQUEST},
        {"HEAD " POLLING "&sid=" SID, "", 400, CODE_BAD_REQUEST},
        {"GET " WEBSOCKET, "", 400, CODE_BAD_REQUEST},
        {"GET " POLLING, UPGRADE, 400, CODE_BAD_REQUEST},
        {"GET /chat", UPGRADE, 404, CODE_NONE},
        {"POST /", "Content-Length: 0\r\n", 405, CODE_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct route r = route(cases[i].request, cases[i].fields, &own);
        UNIT_INT(r.kind, REQUEST_REFUSE);
        UNIT_INT(r.status, cases[i].status);
        UNIT_INT(r.code, cases[i].code);
    }
}

/* The engine refuses an unknown sid before a wrong version. */
static void leaves_a_wrong_version_of_a_session_to_the_engine(void) {
    static const char *const requests[] = {
        "GET /engine.io/?transport=polling&sid=" SID,
        "GET /engine.io/?EIO=3&transport=polling&sid=" SID,
        "GET " POLLING "&EIO=4&sid=" SID,
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct route r = route(requests[i], "", &own);
        UNIT_INT(r.kind, REQUEST_POLL);
        UNIT_TRUE(r.has_bad_version);
    }
    UNIT_FALSE(route("GET " POLLING "&sid=" SID, "", &own).has_bad_version);
}

static void a_sid_that_is_too_long_is_not_cut_to_a_good_one(void) {
    struct route r = route("GET " POLLING "&sid=" SID "x", "", &own);
    UNIT_TRUE(strcmp(r.sid, SID) != 0);
    r = route("GET " POLLING "&sid=" SID "xyz", "", &own);
    UNIT_TRUE(strcmp(r.sid, SID) != 0);
}

static void bare_octets_are_a_bad_body(void) {
    static const char *const types[] = {"application/octet-stream",
                                        "Application/Octet-Stream"};
    char fields[100];
    for (size_t i = 0; i < 2; i++) {
        snprintf(fields, sizeof fields,
                 "Content-Type: %s\r\nContent-Length: 1\r\n", types[i]);
        struct route r = route("POST " POLLING "&sid=" SID, fields, &own);
        UNIT_INT(r.kind, REQUEST_PUSH);
        UNIT_TRUE(r.has_bad_body);
    }
}

static void a_bad_handshake_on_another_path_gets_its_own_error(void) {
    struct route r =
        route("GET /", "Connection: Upgrade\r\nUpgrade: websocket\r\n", &own);
    UNIT_INT(r.kind, REQUEST_UPGRADE);
}

static void refuses_origins_that_are_not_allowed(void) {
    static const struct route_options any = {"/engine.io/", "*", true},
                                      two = {"/engine.io/",
                                             "http://a.example, "
                                             "http://b.example:8080",
                                             true},
                                      open = {"/engine.io/", NULL, false};
    static const struct {
        const struct route_options *o;
        const char *fields;
        unsigned refused, origin;
    } cases[] = {
        {&own, "", 0, 0},
        {&own, "Origin: http://127.0.0.1:3000\r\n", 0, 0},
        {&own, "Origin: http://a.example\r\n", 403, 0},
        {&any, "Origin: http://a.example\r\n", 0, 255},
        {&two, "Origin: http://a.example\r\n", 0, 1},
        {&two, "Origin: HTTP://B.example:8080\r\n", 0, 2},
        {&two, "Origin: http://b.example\r\n", 403, 0},
        {&two, "Origin: http://127.0.0.1:3000\r\n", 0, 0},
        {&open, "Origin: http://a.example\r\n", 403, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct route r = route("GET " POLLING, cases[i].fields, cases[i].o);
        UNIT_INT(r.kind, cases[i].refused ? REQUEST_REFUSE : REQUEST_OPEN);
        UNIT_INT(r.status, cases[i].refused);
        if (cases[i].refused) UNIT_INT(r.code, CODE_FORBIDDEN);
        UNIT_INT(r.origin, cases[i].origin);
    }
    UNIT_INT(route("GET /", "Origin: http://a.example\r\n", &own).code,
             CODE_NONE);
}

/* RFC 9110 §12.5.5: Vary */
static void cors_fields_name_the_origin_of_the_request(void) {
    static const struct route_options two = {
        "/engine.io/", "http://a.example, http://b.example:8080", true};
    struct buf out = {.max = 300};
    UNIT_TRUE(route_cors(&out, 0, &two));
    UNIT_INT(out.end, 0);
    UNIT_TRUE(route_cors(&out, 2, &two));
    UNIT_TEXT(out.bytes, out.end,
              "Access-Control-Allow-Origin: http://b.example:8080\r\n"
              "Vary: Origin\r\n"
              "Access-Control-Allow-Credentials: true\r\n");
    buf_clear(&out);
    UNIT_TRUE(route_cors(&out, 1, &two));
    UNIT_TEXT(out.bytes, 47,
              "Access-Control-Allow-Origin: http://a.example\r\n");
    buf_clear(&out);
    UNIT_TRUE(route_cors(&out, 255, &two));
    UNIT_TEXT(out.bytes, out.end, "Access-Control-Allow-Origin: *\r\n");
    buf_free(&out);
    struct buf small = {.max = 20};
    UNIT_FALSE(route_cors(&small, 1, &two));
    UNIT_INT(small.end, 0);
    buf_free(&small);
}

/* The number of an origin is one byte, of which 255 means any origin. */
static void the_first_254_origins_of_a_list_count(void) {
    static char list[3000];
    struct route_options o = {"/engine.io/", list, true};
    char field[40];
    for (int i = 1; i <= 255; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%shttp://%d",
                 i > 1 ? "," : "", i);
    for (unsigned i = 253; i <= 255; i++) {
        snprintf(field, sizeof field, "Origin: http://%u\r\n", i);
        UNIT_INT(route("GET " POLLING, field, &o).origin, i < 255 ? i : 0);
    }
}

static void every_code_has_engine_io_s_message(void) {
    UNIT_INT(CODE_BAD_VERSION, 5); /* Engine.IO v4: the numbers are fixed */
    UNIT_TEXT(route_message(CODE_UNKNOWN_TRANSPORT), 17, "Transport unknown");
    UNIT_TEXT(route_message(CODE_UNKNOWN_SESSION), 18, "Session ID unknown");
    UNIT_TEXT(route_message(CODE_BAD_METHOD), 20, "Bad handshake method");
    UNIT_TEXT(route_message(CODE_BAD_REQUEST), 11, "Bad request");
    UNIT_TEXT(route_message(CODE_FORBIDDEN), 9, "Forbidden");
    UNIT_TEXT(route_message(CODE_BAD_VERSION), 28,
              "Unsupported protocol version");
}

UNIT_MAIN("socketio/route", UNIT_TEST(recognises_each_kind_of_request),
          UNIT_TEST(refuses_with_the_code_of_the_reason),
          UNIT_TEST(leaves_a_wrong_version_of_a_session_to_the_engine),
          UNIT_TEST(a_sid_that_is_too_long_is_not_cut_to_a_good_one),
          UNIT_TEST(bare_octets_are_a_bad_body),
          UNIT_TEST(a_bad_handshake_on_another_path_gets_its_own_error),
          UNIT_TEST(refuses_origins_that_are_not_allowed),
          UNIT_TEST(cors_fields_name_the_origin_of_the_request),
          UNIT_TEST(the_first_254_origins_of_a_list_count),
          UNIT_TEST(every_code_has_engine_io_s_message))
