/*
 * 400_request.c: where a request ends, read by hand
 *
 * Shows       The head ends at an empty line, the body where the head says.
 *             Two readers that disagree on that see different requests.
 * By hand     Collecting bytes; Content-Length and chunked; lenient readers.
 * Run         $ bin/400_request
 *             $ bin/400_request --break
 * Try         Add a row: HIDE(LENGTH "31\v") or HIDE(LENGTH "031").
 * Limits      It keeps a head without an end for ever: 401_http.c limits it.
 * Read        RFC 9112 §2.2, §5.1, §5.2, §6.1, §6.3; RFC 9110 §8.6, §9.3.1
 */
#include "tcp/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define POST(fields) "POST /a HTTP/1.1\r\nHost: x\r\n" fields "\r\n\r\n"
#define INNER "GET /admin HTTP/1.1\r\nHost: x\r\n\r\n" /* 32 bytes */
#define HIDE(fields) POST(fields) INNER /* where its body should be */
#define LENGTH "Content-Length: "

static const struct {
    const char *lenient, *name, *section, *bytes;
} rows[] = {
    {"last", "two lengths", "9112 §6.3", HIDE(LENGTH "0\r\n" LENGTH "32")},
    {"strtol", "a sign", "9110 §8.6", HIDE(LENGTH "+32")},
    {"strtol", "hexadecimal", "9110 §8.6", HIDE(LENGTH "0x20")},
    {"strtol", "a vertical tab", "9110 §5.6.3", HIDE(LENGTH "\v32")},
    {"length", "length and chunked", "9112 §6.1",
     POST(LENGTH "37\r\nTransfer-Encoding: chunked") "0\r\n\r\n" INNER},
    {"contains", "unknown coding", "9112 §6.1",
     POST(LENGTH "37\r\nTransfer-Encoding: xchunked") "0\r\n\r\n" INNER},
    {"space", "space before colon", "9112 §5.1", HIDE("Content-Length : 32")},
    {"folded", "folded line", "9112 §5.2", HIDE("X: y\r\n " LENGTH "32")},
    {"LF", "LF alone", "9112 §2.2", HIDE("X: y\n" LENGTH "32")},
    {"GET", "GET with a body", "9110 §9.3.1",
     "GET /a HTTP/1.1\r\nHost: x\r\n" LENGTH "32\r\n\r\n" INNER},
};
static bool is_broken;

/* how: the way in which a reader is lenient, or "": it is lenient in none. */
static bool is(const char *how, const char *lenient) {
    return strcmp(how, lenient) == 0;
}

/* Returns the value of a field of a complete head, or NULL. */
static const char *field(const char *head, const char *name, const char *how) {
    const char *line_end = is(how, "LF") ? "\n" : "\r\n", *value = NULL;
    for (const char *line = head;;) {
        line = strstr(line, line_end) + strlen(line_end);
        if (*line == '\r' || *line == '\n') return value;
        const char *at = line + (is(how, "folded") ? strspn(line, " ") : 0);
        if (strncasecmp(at, name, strlen(name)) != 0) continue;
        at += strlen(name);
        if (is(how, "space")) at += strspn(at, " ");
        if (*at != ':' || (value && !is(how, "last"))) continue;
        value = at + 1 + strspn(at + 1, " ");
    }
}

static long content_length(const char *value, const char *how) {
    if (value && is(how, "strtol")) return strtol(value, NULL, 0);
    return value && strspn(value, "0123456789") ? strtol(value, NULL, 10) : 0;
}

/* Returns the length of a body of chunks, or -1 if it is not complete. */
static long chunked_length(const char *body) {
    const char *at = body;
    for (long size = 1; size > 0;) {
        const char *line_end = strstr(at, "\r\n");
        if (!line_end) return -1;
        size = strtol(at, NULL, 16);
        if (size < 0 || (long)strlen(line_end) < size + 4) return -1;
        at = line_end + size + 4;
    }
    return at - body;
}

/* Returns the length of the first request, or 0 if it is not complete. */
static long request_length(const char *text, const char *how) {
    const char *empty_line = strstr(text, "\r\n\r\n");
    if (!empty_line) return 0;
    const char *body = empty_line + 4;
    const char *coding = field(text, "Transfer-Encoding", how);
    const char *length = field(text, "Content-Length", how);
    if (coding && is(how, "contains")) coding = strstr(coding, "chunked");
    if (length && is(how, "length")) coding = NULL;
    bool is_chunked = coding && strncmp(coding, "chunked\r", 8) == 0;
    long n = is_chunked ? chunked_length(body) : content_length(length, how);
    if (is(how, "GET") && strncmp(text, "GET ", 4) == 0) n = 0;
    return n < 0 || (long)strlen(body) < n ? 0 : body - text + n;
}

/* Delivers a text in pieces, the first of first bytes, the others of step.
 * Returns how many requests the reader found in them. */
static int feed(const char *text, size_t first, size_t step, const char *how) {
    static char arrived[400];
    const char *kept = arrived; /* a request that is not complete */
    int count = 0;
    for (size_t at = 0, to = first; at < strlen(text); at = to, to += step) {
        snprintf(arrived, sizeof arrived, "%.*s", (int)to, text);
        if (is_broken && !strstr(arrived + at, "\r\n\r\n")) continue;
        for (long n; (n = request_length(kept, how)) > 0; kept += n) count++;
    }
    return count;
}

static void cut_everywhere(void) {
    static const char text[] = POST(LENGTH "5") "hello" POST(
        "Transfer-Encoding: chunked") "5\r\nhello\r\n0\r\n\r\n";
    size_t n = sizeof text - 1, good = 0;
    for (size_t cut = 1; cut < n; cut++) good += feed(text, cut, n, "") == 2;
    printf("in one piece:  %d requests\n", feed(text, n, n, ""));
    printf("in two pieces: 2 requests at %zu of %zu cuts\n", good, n - 1);
    printf("byte by byte:  %d requests\n", feed(text, 1, 1, ""));
}

static void read_differently(void) {
    puts("requests in the same bytes:   lenient  other");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *bytes = rows[i].bytes;
        printf("  %-22s %10d %7d   RFC %s\n", rows[i].name,
               feed(bytes, strlen(bytes), 1, rows[i].lenient),
               feed(bytes, strlen(bytes), 1, ""), rows[i].section);
    }
    puts("What you saw: where both numbers differ, one reader took a request "
         "for the body of another.");
}

int main(int argc, char **argv) {
    int status =
        options_experiment(argc, argv, "only the last piece", &is_broken);
    if (status != -1) return status;
    cut_everywhere();
    if (!is_broken) read_differently();
    return 0;
}
