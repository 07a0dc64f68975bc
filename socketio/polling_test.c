/* polling_test.c: socketio/polling.h: packets in the requests and responses of
 * one HTTP connection */
#include "packets/unit.h"
#include "socketio/polling.h"

static struct http_server server;
static struct polling *polling;
static struct buf out;
static struct http_event event;
static struct route_options options = {.path = "/engine.io/"};

static void start(void) {
    http_server_init(&server);
    polling = polling_new(&server, 7);
    buf_init(&out, 10000);
}

static void stop(void) {
    polling_free(polling);
    buf_free(&out);
}

#define HEAD "/engine.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: a\r\n"

/* Feeds a request. The body of a POST, of at most max bytes, is added. Returns
 * whether the request is complete, so that it can be responded to. */
static bool request(const char *text, uint32_t max) {
    uint8_t *exact = unit_exact(text, strlen(text));
    struct span in = {exact, strlen(text)};
    bool is_complete = false;
    while (http_conn_next(&polling->http, &in, &event, &out)) {
        if (event.type == HTTP_EVENT_REQUEST) {
            route_request(&polling->route, &event.head, &options);
            if (max > 0) polling_accept_body(polling, max);
        }
        if (event.type == HTTP_EVENT_BODY)
            UNIT_TRUE(polling_add_body(polling, event.piece));
        is_complete = event.type == HTTP_EVENT_RESPOND;
    }
    free(exact);
    return is_complete;
}

static bool post(const char *body) {
    char text[300];
    snprintf(text, sizeof text, "POST " HEAD "Content-Length: %zu\r\n\r\n%s",
             strlen(body), body);
    return request(text, 100);
}

static bool has_sent(const char *text) {
    buf_append(&out, "", 1);
    return strstr((char *)out.bytes, text) != NULL;
}

#define SENT(expected) UNIT_TEXT(out.bytes, out.end, expected)

/* --- POST --- */

static void a_post_is_handed_out_packet_by_packet(void) {
    struct payload_packet packet;
    start();
    UNIT_INT(polling->conn, 7);
    UNIT_TRUE(post("4one\x1e"
                   "bAQI=\x1e"
                   "3"));
    UNIT_FALSE(polling_has_payload(polling));
    polling_begin_payload(polling);
    UNIT_TRUE(polling_has_payload(polling));
    UNIT_INT(polling_next_packet(polling, &packet), 1);
    UNIT_TEXT(packet.bytes.data, packet.bytes.len, "4one");
    UNIT_INT(polling_next_packet(polling, &packet), 1);
    UNIT_TRUE(packet.is_binary);
    UNIT_TEXT(packet.bytes.data, packet.bytes.len, "\x01\x02");
    UNIT_INT(polling_next_packet(polling, &packet), 1);
    UNIT_TEXT(packet.bytes.data, packet.bytes.len, "3");
    UNIT_INT(polling_next_packet(polling, &packet), 0);
    UNIT_FALSE(polling_has_payload(polling));
    UNIT_TRUE(polling->body.bytes == NULL); /* its memory is given back */
    stop();
}

static void an_empty_body_is_an_empty_packet(void) {
    struct payload_packet packet;
    start();
    UNIT_TRUE(post(""));
    polling_begin_payload(polling);
    UNIT_TRUE(polling_has_payload(polling));
    UNIT_INT(polling_next_packet(polling, &packet), PAYLOAD_ERR_EMPTY);
    UNIT_FALSE(polling_has_payload(polling));
    stop();
}

static void a_bad_packet_ends_the_payload(void) {
    struct payload_packet packet;
    start();
    UNIT_TRUE(post("b!\x1e"
                   "4a"));
    polling_begin_payload(polling);
    UNIT_INT(polling_next_packet(polling, &packet), PAYLOAD_ERR_BASE64);
    UNIT_FALSE(polling_has_payload(polling));
    UNIT_TRUE(polling->body.bytes == NULL);
    stop();
}

/* The response may come while packets are left, and a timer of the caller's
 * runs for them: both end. */
static void a_response_ends_the_payload(void) {
    struct timers timers;
    struct payload_packet packet;
    start();
    timers_init(&timers, 0);
    UNIT_TRUE(post("4a\x1e"
                   "4b"));
    polling_begin_payload(polling);
    UNIT_INT(polling_next_packet(polling, &packet), 1);
    timer_start(&timers, &polling->turn, 0);
    polling_refuse(polling, &out, &options, 400, CODE_BAD_REQUEST);
    UNIT_FALSE(polling_has_payload(polling));
    UNIT_TRUE(timers_empty(&timers));
    stop();
}

static void a_body_without_memory_closes_the_connection(void) {
    static uint8_t big[101];
    start();
    UNIT_FALSE(request("POST " HEAD "Content-Length: 50\r\n\r\n", 100));
    UNIT_FALSE(polling_add_body(polling, (struct span){big, sizeof big}));
    UNIT_INT(polling->http.phase, HTTP_CLOSED);
    stop();
}

/* --- responses --- */

static void a_response_is_text_in_utf_8(void) {
    start();
    UNIT_TRUE(request("GET " HEAD "\r\n", 0));
    polling_respond(polling, &out, &options, span_from("ok"));
    SENT("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
         "Content-Type: text/plain; charset=UTF-8\r\n"
         "Cache-Control: no-store\r\n\r\nok"); /* RFC 9111 §5.2.2.5 */
    UNIT_INT(polling->http.phase, HTTP_IDLE);
    stop();
}

static void an_allowed_origin_may_read_the_response(void) {
    options.origins = "http://a.example, http://b.example";
    start();
    UNIT_TRUE(request("GET " HEAD "Origin: http://b.example\r\n\r\n", 0));
    polling_respond(polling, &out, &options, span_from("ok"));
    UNIT_TRUE(has_sent("Access-Control-Allow-Origin: http://b.example\r\n"
                       "Vary: Origin\r\n"
                       "Access-Control-Allow-Credentials: true\r\n"));
    stop();
    options.origins = NULL;
}

/* The Fetch standard, "CORS-preflight request": methods and fields are allowed
 * only together with an origin. */
static void a_preflight_is_allowed_to_an_allowed_origin_only(void) {
    for (int is_allowed = 0; is_allowed < 2; is_allowed++) {
        options.origins = is_allowed ? "*" : NULL;
        start();
        UNIT_TRUE(request("OPTIONS " HEAD "Origin: http://a\r\n\r\n", 0));
        polling_respond_preflight(polling, &out, &options);
        UNIT_TEXT(out.bytes, 25, "HTTP/1.1 204 No Content\r\n");
        UNIT_INT(has_sent("Access-Control-Allow-Origin: *\r\n"
                          "Access-Control-Allow-Methods: GET, POST\r\n"
                          "Access-Control-Allow-Headers: Content-Type\r\n"),
                 is_allowed);
        UNIT_INT(has_sent("Access-Control"), is_allowed);
        UNIT_FALSE(has_sent("Content-Type: "));
        stop();
    }
    options.origins = NULL;
}

static void an_error_of_engine_io_has_its_code(void) {
    start();
    UNIT_TRUE(request("GET " HEAD "\r\n", 0));
    polling_refuse(polling, &out, &options, 400, CODE_UNKNOWN_SESSION);
    SENT("HTTP/1.1 400 Bad Request\r\nContent-Length: 41\r\n"
         "Content-Type: application/json\r\n\r\n"
         "{\"code\":1,\"message\":\"Session ID unknown\"}");
    stop();
}

/* RFC 9110 §15.5.6: an origin server MUST generate Allow in a 405. */
static void an_error_of_http_has_its_status_and_405_has_allow(void) {
    start();
    UNIT_TRUE(request("GET " HEAD "\r\n", 0));
    polling_refuse(polling, &out, &options, 503, CODE_NONE);
    SENT("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 24\r\n"
         "Content-Type: text/plain\r\n\r\n503 Service Unavailable\n");
    buf_clear(&out);
    UNIT_TRUE(request("GET " HEAD "\r\n", 0));
    polling_refuse(polling, &out, &options, 405, CODE_NONE);
    UNIT_TRUE(has_sent("\r\nAllow: GET, HEAD\r\n"));
    stop();
}

static void a_response_without_memory_closes_the_connection(void) {
    static char origin[1100];
    for (int is_out_full = 0; is_out_full < 2; is_out_full++) {
        memset(origin, 'x', sizeof origin - 1);
        options.origins = is_out_full ? NULL : origin;
        start();
        if (is_out_full) buf_init(&out, 10);
        UNIT_TRUE(request("GET " HEAD "\r\n", 0));
        polling->route.origin = !is_out_full; /* more than the fields may be */
        polling_respond(polling, &out, &options, span_from("ok"));
        UNIT_INT(out.end, 0);
        UNIT_INT(polling->http.phase, HTTP_CLOSED);
        stop();
    }
    options.origins = NULL;
}

/* --- the packets of a GET --- */

static void push(struct queue **q, bool is_binary, const char *text) {
    size_t total = 0;
    struct span part = span_from(text);
    struct shared *packet = shared_new(&total, is_binary, &part, 1);
    queue_push(&total, q, packet);
    shared_release(&total, packet);
}

static void packets_are_written_joined(void) {
    size_t total = 1000;
    struct queue *q = NULL;
    buf_init(&out, 100);
    UNIT_INT(polling_write(&out, NULL, NULL, 100, NULL), 0);
    SENT("");
    UNIT_INT(polling_write(&out, NULL, NULL, 100, "6"), 0);
    SENT("6");
    buf_clear(&out);
    push(&q, false, "4one");
    push(&q, true, "\x01\x02");
    UNIT_INT(polling_write(&out, NULL, q, 100, NULL), 2);
    SENT("4one\x1e"
         "bAQI=");
    buf_clear(&out);
    UNIT_INT(polling_write(&out, "2", q, 100, "1"), 2);
    SENT("2\x1e"
         "4one\x1e"
         "bAQI=\x1e"
         "1");
    for (uint32_t max = 0; max < 14; max++) { /* it takes 14 bytes */
        buf_free(&out);
        buf_init(&out, max);
        UNIT_INT(polling_write(&out, "2", q, 100, "1"), -1);
    }
    buf_free(&out);
    queue_free(&total, &q);
}

/* The first packet always, the second one if it fits together with what is
 * before it: "2", "4one" and "4" are 8 bytes with two separators. */
static void as_many_packets_are_written_as_fit(void) {
    static const int fit[] = {1, 1, 1, 1, 1, 1, 1, 1, 2, 2};
    size_t total = 1000;
    struct queue *q = NULL;
    push(&q, false, "4one");
    push(&q, false, "4");
    for (size_t max = 0; max < sizeof fit / sizeof *fit; max++) {
        buf_init(&out, 100);
        UNIT_INT(polling_write(&out, "2", q, max, "6"), fit[max]);
        SENT(fit[max] == 1 ? "2\x1e"
                             "4one\x1e"
                             "6"
                           : "2\x1e"
                             "4one\x1e"
                             "4\x1e"
                             "6");
        buf_free(&out);
    }
    queue_free(&total, &q);
}

UNIT_MAIN("socketio/polling", UNIT_TEST(a_post_is_handed_out_packet_by_packet),
          UNIT_TEST(an_empty_body_is_an_empty_packet),
          UNIT_TEST(a_bad_packet_ends_the_payload),
          UNIT_TEST(a_response_ends_the_payload),
          UNIT_TEST(a_body_without_memory_closes_the_connection),
          UNIT_TEST(a_response_is_text_in_utf_8),
          UNIT_TEST(an_allowed_origin_may_read_the_response),
          UNIT_TEST(a_preflight_is_allowed_to_an_allowed_origin_only),
          UNIT_TEST(an_error_of_engine_io_has_its_code),
          UNIT_TEST(an_error_of_http_has_its_status_and_405_has_allow),
          UNIT_TEST(a_response_without_memory_closes_the_connection),
          UNIT_TEST(packets_are_written_joined),
          UNIT_TEST(as_many_packets_are_written_as_fit))
