/* http_write_test.c: websocket/http_write.h, read back by websocket/http.h */
#include "packets/unit.h"
#include "websocket/http.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void writes_heads(void) {
    struct buf out = {.max = 300};
    UNIT_TRUE(http_write_head(&out, 200, "text/html", 12, "A: b\r\nC: d\r\n"));
    UNIT_TEXT(buf_view(&out).data, buf_view(&out).len,
              "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n"
              "Content-Type: text/html\r\nA: b\r\nC: d\r\n\r\n");
    buf_clear(&out);
    UNIT_TRUE(http_write_head(&out, 404, NULL, 0, NULL));
    UNIT_TEXT(buf_view(&out).data, buf_view(&out).len,
              "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    buf_clear(&out);
    UNIT_TRUE(http_write_head(&out, 101, NULL, 0, "Upgrade: websocket\r\n"));
    UNIT_TEXT(buf_view(&out).data, buf_view(&out).len,
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
    for (unsigned status = 204; status <= 304; status += 100) {
        buf_clear(&out);
        http_write_head(&out, status, NULL, 7, NULL);
        struct http_head h;
        UNIT_INT(http_response(&h, buf_view(&out), 0), buf_view(&out).len);
        UNIT_TRUE(http_field(&h, "Content-Length", NULL).data == NULL);
    }
    buf_free(&out);
    struct buf tight = {.max = 43};
    UNIT_FALSE(http_write_head(&tight, 404, NULL, 0, NULL));
    UNIT_INT(buf_view(&tight).len, 0);
    tight.max = 45;
    UNIT_TRUE(http_write_head(&tight, 404, NULL, 0, NULL));
    buf_free(&tight);
}

static void reads_what_it_writes(void) {
    static const unsigned statuses[] = {101, 200, 204, 304, 400, 403,
                                        404, 405, 408, 413, 414, 421,
                                        426, 431, 500, 501, 503, 505};
    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct buf out = {.max = 300};
        struct http_head h;
        UNIT_TRUE(*http_reason(statuses[i]) != 0);
        UNIT_TRUE(http_write_head(&out, statuses[i], "a/b", 3, NULL));
        UNIT_INT(http_response(&h, buf_view(&out), 0), buf_view(&out).len);
        UNIT_INT(h.status, statuses[i]);
        UNIT_TRUE(h.keep_alive);
        buf_free(&out);
    }
    /* RFC 9112 §4: a reason-phrase may be empty. */
    UNIT_TEXT(http_reason(999), strlen(http_reason(999)), "");
}

/* RFC 9110 §8.6 and §6.4.1: 1xx, 204 and 304 have no content, even if the
 * caller gives a body. */
static void writes_a_body_only_where_there_can_be_one(void) {
    static const unsigned statuses[] = {101, 204, 304, 200};
    const struct span fields[] = {span_from("A: "), span_from("b\r\n")};
    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct buf out = {.max = 300};
        struct http_head h;
        UNIT_TRUE(http_write_response(&out, statuses[i], NULL, 4, fields, 2,
                                      span_from("body")));
        int n = http_response(&h, buf_view(&out), 0);
        struct span rest = span_skip(buf_view(&out), (size_t)n);
        UNIT_TEXT(rest.data, rest.len, statuses[i] == 200 ? "body" : "");
        struct span value = http_field(&h, "A", NULL);
        UNIT_TEXT(value.data, value.len, "b");
        buf_free(&out);
    }
}

/* RFC 9110 §5.6.7: the example of the RFC first; the other values from the
 * calendar: leap days, ends of months, and the weekday of 1970-01-01. */
static void writes_dates(void) {
    static const struct {
        int64_t seconds;
        const char *expected;
    } cases[] = {
        {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
        {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {86399, "Thu, 01 Jan 1970 23:59:59 GMT"},
        {3600, "Thu, 01 Jan 1970 01:00:00 GMT"},
        {86400, "Fri, 02 Jan 1970 00:00:00 GMT"},
        {365 * 86400, "Fri, 01 Jan 1971 00:00:00 GMT"},
        {(31 + 28) * 86400 - 1, "Sat, 28 Feb 1970 23:59:59 GMT"},
        {(31 + 28) * 86400, "Sun, 01 Mar 1970 00:00:00 GMT"},
        {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},  /* 400: leap */
        {4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"}, /* 100: not */
        {4107542399, "Sun, 28 Feb 2100 23:59:59 GMT"},
        {1735689599, "Tue, 31 Dec 2024 23:59:59 GMT"},
        {INT32_MAX + INT64_C(1), "Tue, 19 Jan 2038 03:14:08 GMT"},
        {HTTP_DATE_MAX, "Fri, 31 Dec 9999 23:59:59 GMT"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[HTTP_DATE_SIZE];
        http_date(cases[i].seconds, text);
        UNIT_TEXT(text, strlen(text), cases[i].expected);
    }
}

UNIT_MAIN("websocket/http_write", UNIT_TEST(writes_heads),
          UNIT_TEST(reads_what_it_writes),
          UNIT_TEST(writes_a_body_only_where_there_can_be_one),
          UNIT_TEST(writes_dates))
