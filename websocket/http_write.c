/* http_write.c: see websocket/http_write.h */
#include "websocket/http_write.h"

#include <assert.h>
#include <stdio.h>

enum {
    MAX_FIELDS = 8, /* spans of more fields */
};

const char *http_reason(unsigned status) {
    static const struct {
        unsigned status;
        const char *reason;
    } reasons[] = {
        {101, "Switching Protocols"},
        {200, "OK"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {421, "Misdirected Request"},
        {426, "Upgrade Required"},
        {431, "Request Header Fields Too Large"}, /* RFC 6585 §5 */
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status) return reasons[i].reason;
    return ""; /* RFC 9112 §4: the reason-phrase may be empty */
}

bool http_write_response(struct buf *out, unsigned status, const char *type,
                         size_t n, const struct span *fields, size_t k,
                         struct span body) {
    char line[64], length[48] = "";
    /* RFC 9110 §8.6: a server MUST NOT send Content-Length with 1xx or 204.
     * With 304 it would be the length of a 200 response. §6.4.1: none of the
     * three has content. */
    bool has_content = status >= 200 && status != 204 && status != 304;
    snprintf(line, sizeof line, "HTTP/1.1 %u %s\r\n", status,
             http_reason(status));
    if (has_content)
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", n);
    struct span parts[MAX_FIELDS + 7] = {
        span_from(line),
        span_from(length),
        span_from(type ? "Content-Type: " : ""),
        span_from(type ? type : ""),
        span_from(type ? "\r\n" : ""),
    };
    assert(k <= MAX_FIELDS);
    for (size_t i = 0; i < k; i++) parts[5 + i] = fields[i];
    parts[5 + k] = span_from("\r\n");
    if (has_content) parts[6 + k] = body;
    return buf_append_all(out, parts, 7 + k);
}

bool http_write_head(struct buf *out, unsigned status, const char *type,
                     size_t n, const char *more) {
    struct span fields = span_from(more ? more : "");
    return http_write_response(out, status, type, n, &fields, 1,
                               (struct span){0});
}

static int days_of_year(int year) {
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return is_leap ? 366 : 365;
}

void http_date(int64_t unix_seconds, char text[HTTP_DATE_SIZE]) {
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    static const int lengths[] = {31, 0,  31, 30, 31, 30,
                                  31, 31, 30, 31, 30, 31};
    static const char weekdays[] = "SunMonTueWedThuFriSat";
    char line[64]; /* as long as the text could be for the compiler */
    assert(unix_seconds >= 0 && unix_seconds <= HTTP_DATE_MAX);
    int days = (int)(unix_seconds / 86400),
        second = (int)(unix_seconds % 86400);
    int weekday = (days + 4) % 7; /* 1970 began on a Thursday */
    int year = 1970, month = 0;
    for (; days >= days_of_year(year); year++) days -= days_of_year(year);
    for (;; month++) {
        int length = month == 1 ? days_of_year(year) - 337 : lengths[month];
        if (days < length) break;
        days -= length;
    }
    snprintf(line, sizeof line, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
             weekdays + (size_t)3 * (size_t)weekday, days + 1,
             names + (size_t)3 * (size_t)month, year, second / 3600,
             second / 60 % 60, second % 60);
    memcpy(text, line, HTTP_DATE_SIZE);
}
