/* http_call_test.c: websocket/http_call.h */
#include "packets/unit.h"
#include "websocket/http_call.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MAX 10

static struct http_call call;

/* Feeds a response in pieces of step bytes, each an exact heap copy. Returns
 * the last result; what is left of the last piece is *rest. */
static int feed(const char *text, size_t step, size_t *rest) {
    size_t n = strlen(text);
    int got = 0;
    for (size_t at = 0; at < n && got == 0; at += step) {
        size_t size = n - at < step ? n - at : step;
        uint8_t *exact = unit_exact(text + at, size);
        struct span in = {exact, size};
        got = http_call_feed(&call, &in);
        *rest = in.len;
        free(exact);
    }
    return got;
}

static void writes_what_a_server_must_have(void) {
    struct buf out = {.max = 1000};
    UNIT_TRUE(http_call_write(&out, "GET", "a:80", "/x?y=1", 0));
    UNIT_TEXT(out.bytes, out.end,
              "GET /x?y=1 HTTP/1.1\r\nHost: a:80\r\nAccept: */*\r\n\r\n");
    buf_clear(&out);
    UNIT_TRUE(http_call_write(&out, "POST", "a:80", "/x", 12));
    UNIT_TEXT(out.bytes, out.end,
              "POST /x HTTP/1.1\r\nHost: a:80\r\nAccept: */*\r\n"
              "Content-Type: text/plain;charset=UTF-8\r\n"
              "Content-Length: 12\r\n\r\n");
    buf_free(&out);
    out.max = 20;
    UNIT_FALSE(http_call_write(&out, "GET", "a:80", "/x?y=1", 0));
    buf_free(&out);
}

#define OK "HTTP/1.1 200 OK\r\n"
#define SIZE(n) "Content-Length: " n "\r\n\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"
#define INTERIM "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
#define FOUR INTERIM INTERIM INTERIM INTERIM

struct row {
    const char *text;
    int expected;
    unsigned status;
    const char *content;
    size_t rest;
    bool keep_alive;
};

/* RFC 9112 §6.3: how long a content is. */
static const struct row rows[] = {
    {OK SIZE("5") "hello", 1, 200, "hello", 0, true},
    {OK SIZE("5") "hellomore", 1, 200, "hello", 4, true},
    {OK SIZE("0"), 1, 200, "", 0, true},
    {OK "Connection: close\r\n" SIZE("2") "ab", 1, 200, "ab", 0, false},
    {"HTTP/1.0 200 OK\r\n" SIZE("2") "ab", 1, 200, "ab", 0, false},
    {OK CHUNKED "2\r\nab\r\n3;x=y\r\ncde\r\n0\r\nX: y\r\n\r\n", 1, 200, "abcde",
     0, true},
    {OK CHUNKED "0\r\n\r\n", 1, 200, "", 0, true},
    {"HTTP/1.1 204 No Content\r\n\r\n", 1, 204, "", 0, true},
    {"HTTP/1.1 304 Not Modified\r\n" SIZE("5"), 1, 304, "", 0, true},
    {"HTTP/1.1 304 Not Modified\r\n\r\n", 1, 304, "", 0, true},
    {"HTTP/1.1 400 Bad Request\r\n" SIZE("10") "0123456789", 1, 400,
     "0123456789", 0, true},
    /* RFC 9110 §15.2: interim responses first */
    {FOUR FOUR OK SIZE("1") "x", 1, 200, "x", 0, true},
    /* not complete */
    {OK SIZE("5") "hell", 0, 200, "hell", 0, true},
    {OK "\r\nhello", 0, 200, "hello", 0, false},
    {OK CHUNKED "2\r\nab\r\n0\r\n", 0, 200, "ab", 0, true},
    /* violations: too long */
    {OK SIZE("11"), HTTP_ERR_BODY, 200, "", 0, true},
    {OK CHUNKED "b\r\n", HTTP_ERR_BODY, 200, "", 2, true},
    {OK "\r\n01234567891", HTTP_ERR_BODY, 200, "", 0, false},
    /* one interim response too many, and an upgrade that was not requested */
    {FOUR FOUR INTERIM, HTTP_CALL_ERR_INTERIM, 0, "", 0, false},
    {"HTTP/1.1 101 Switching Protocols\r\n\r\n", HTTP_CALL_ERR_INTERIM, 0, "",
     0, false},
    /* not HTTP */
    {"SSH-2.0-OpenSSH\r\n", HTTP_ERR_BAD, 0, "", 0, false},
    {OK SIZE("x"), HTTP_ERR_BAD, 0, "", 0, false},
    {OK CHUNKED "x", HTTP_ERR_BAD, 200, "", 0, true},
};

static void ends_where_the_response_ends(void) {
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *r = &rows[i];
        size_t rest = 0;
        UNIT_FALSE(call.is_waiting); /* nothing was sent, or it was freed */
        http_call_begin(&call, MAX);
        UNIT_INT(feed(r->text, SIZE_MAX / 2, &rest), r->expected);
        UNIT_INT(call.is_waiting, r->expected != 1);
        UNIT_INT(call.status, r->status);
        if (r->expected >= 0) {
            UNIT_INT(rest, r->rest);
            UNIT_INT(call.keep_alive, r->keep_alive);
            UNIT_TEXT(buf_view(&call.content).data, buf_view(&call.content).len,
                      r->content);
        }
        http_call_free(&call);
    }
}

static void every_split_gives_the_same_result(void) {
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t step = 1; step < strlen(rows[i].text); step++) {
            size_t rest = 0;
            http_call_begin(&call, MAX);
            UNIT_INT(feed(rows[i].text, step, &rest), rows[i].expected);
            UNIT_INT(call.status, rows[i].status);
            if (rows[i].expected >= 0 && rows[i].rest == 0)
                UNIT_TEXT(buf_view(&call.content).data,
                          buf_view(&call.content).len, rows[i].content);
            http_call_free(&call);
        }
}

static void the_end_completes_only_a_content_without_a_size(void) {
    static const struct {
        const char *text;
        int expected;
    } ends[] = {
        {OK "\r\nhello", 1},
        {OK "\r\n", 1},
        {"", HTTP_CALL_ERR_EOF},
        {OK, HTTP_CALL_ERR_EOF},
        {OK SIZE("5") "hell", HTTP_CALL_ERR_EOF},
        {OK CHUNKED "2\r\nab\r\n0\r\n", HTTP_CALL_ERR_EOF},
        {INTERIM, HTTP_CALL_ERR_EOF},
    };
    for (size_t i = 0; i < COUNT(ends); i++) {
        size_t rest;
        http_call_begin(&call, MAX);
        UNIT_INT(feed(ends[i].text, 7, &rest), 0);
        UNIT_INT(http_call_eof(&call), ends[i].expected);
        UNIT_FALSE(call.is_waiting);
        http_call_free(&call);
    }
}

/* LIMIT_HTTP_HEAD bytes of a head pass, one more is an error; with it a client
 * never holds more. */
static void a_head_has_its_limit(void) {
    static char text[LIMIT_HTTP_HEAD + 2];
    for (int more = 0; more < 2; more++) {
        size_t n = LIMIT_HTTP_HEAD + (size_t)more, rest;
        memset(text, 'x', n);
        memcpy(text, OK "Content-Length: 0\r\nX:", 38);
        memcpy(text + n - 4, "\r\n\r\n", 5);
        http_call_begin(&call, MAX);
        UNIT_INT(feed(text, 1000, &rest), more ? HTTP_ERR_HEAD : 1);
        UNIT_TRUE(call.head.cap <= LIMIT_HTTP_HEAD);
        http_call_free(&call);
    }
}

static void can_be_used_again(void) {
    size_t rest;
    for (int i = 0; i < 2; i++) {
        http_call_begin(&call, MAX);
        UNIT_TRUE(call.is_waiting);
        UNIT_INT(feed(INTERIM OK SIZE("5") "hello", 3, &rest), 1);
        UNIT_INT(call.interim, 1);
    }
    http_call_free(&call);
}

static void explains_each_error(void) {
    static const int errors[] = {HTTP_CALL_ERR_MEMORY, HTTP_CALL_ERR_INTERIM,
                                 HTTP_CALL_ERR_EOF,    HTTP_ERR_BODY,
                                 HTTP_ERR_HEAD,        HTTP_ERR_BAD};
    for (size_t i = 0; i < COUNT(errors); i++)
        for (size_t k = 0; k < i; k++)
            UNIT_TRUE(strcmp(http_call_explain(errors[i]),
                             http_call_explain(errors[k])) != 0);
}

UNIT_MAIN("http_call", UNIT_TEST(writes_what_a_server_must_have),
          UNIT_TEST(ends_where_the_response_ends),
          UNIT_TEST(every_split_gives_the_same_result),
          UNIT_TEST(the_end_completes_only_a_content_without_a_size),
          UNIT_TEST(a_head_has_its_limit), UNIT_TEST(can_be_used_again),
          UNIT_TEST(explains_each_error))
