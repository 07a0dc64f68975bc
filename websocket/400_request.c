/*
 * 400_request.c: where a request ends, read by hand
 *
 * Shows       The head ends at an empty line, the body where the head says.
 *             Two readers that disagree on that see different requests.
 * By hand     Collecting bytes until a request is complete; Content-Length and
 *             chunked; one reader for each way to be lenient.
 * Run         $ bin/400_request
 *             $ bin/400_request --break
 * Try         Add a row: "Content-Length: 31\v" or "Content-Length: 031".
 * Limits      A head without an end is kept for ever: websocket/http.h, which
 *             401_http.c calls, limits it, and is strict in all ten rows.
 * Read        RFC 9112 §2.2, §5.1, §5.2, §6.1, §6.3; RFC 9110 §8.6, §9.3.1
 */
#include "tcp/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEAD "POST /a HTTP/1.1\r\nHost: x\r\n"
#define INNER "GET /admin HTTP/1.1\r\nHost: x\r\n\r\n" /* 32 bytes */
#define LAST_CHUNK "0\r\n\r\n"

static bool is_broken;

/* How a reader may be lenient. The other reader of a row is not. */
enum lenient {
    LAST = 1,      /* of two lengths the last one counts */
    STRTOL = 2,    /* a length is whatever strtol reads */
    LENGTH = 16,   /* a length counts more than chunked */
    CONTAINS = 32, /* a coding is chunked if the word is part of it */
    SPACE = 64,    /* a name may have a space before its colon */
    FOLDED = 128,  /* a line that begins with a space is a field */
    BARE_LF = 256, /* LF alone ends a line */
    NO_BODY = 512, /* a GET has no body, whatever its fields say */
};

static const struct {
    enum lenient lenient;
    const char *name, *section, *fields;
} rows[] = {
    {LAST, "two lengths", "9112 §6.3",
     "Content-Length: 0\r\nContent-Length: 32"},
    {STRTOL, "a sign", "9110 §8.6", "Content-Length: +32"},
    {STRTOL, "hexadecimal", "9110 §8.6", "Content-Length: 0x20"},
    {STRTOL, "a vertical tab", "9110 §5.6.3", "Content-Length: \v32"},
    {LENGTH, "length and chunked", "9112 §6.1",
     "Content-Length: 37\r\nTransfer-Encoding: chunked"},
    {CONTAINS, "unknown coding", "9112 §6.1",
     "Content-Length: 37\r\nTransfer-Encoding: xchunked"},
    {SPACE, "space before colon", "9112 §5.1", "Content-Length : 32"},
    {FOLDED, "folded line", "9112 §5.2", "X: y\r\n Content-Length: 32"},
    {BARE_LF, "LF alone", "9112 §2.2", "X: y\nContent-Length: 32"},
    {NO_BODY, "GET with a body", "9110 §9.3.1", "Content-Length: 32"},
};

static const char *after_line(const char *line, enum lenient how) {
    const char *end = how & BARE_LF ? "\n" : "\r\n";
    return strstr(line, end) + strlen(end);
}

/* Returns the value of a field of a complete head, or NULL. */
static const char *field(const char *head, const char *name, enum lenient how) {
    const char *value = NULL, *line = after_line(head, how);
    for (; *line != '\r' && *line != '\n'; line = after_line(line, how)) {
        const char *at = line + (how & FOLDED ? strspn(line, " ") : 0);
        if (strncasecmp(at, name, strlen(name)) != 0) continue;
        at += strlen(name);
        if (how & SPACE) at += strspn(at, " ");
        if (*at != ':' || (value && !(how & LAST))) continue;
        value = at + 1 + strspn(at + 1, " ");
    }
    return value;
}

static long content_length(const char *value, enum lenient how) {
    if (!value) return 0;
    if (how & STRTOL) return strtol(value, NULL, 0);
    return *value >= '0' && *value <= '9' ? strtol(value, NULL, 10) : 0;
}

/* Returns how long a body of chunks is, or -1: it is not complete. */
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

/* Returns how long the first request of a text is, or 0: it is not complete. */
static long request_length(const char *text, enum lenient how) {
    const char *body = strstr(text, "\r\n\r\n");
    if (!body) return 0;
    body += 4;
    const char *coding = field(text, "Transfer-Encoding", how);
    const char *length = field(text, "Content-Length", how);
    bool is_chunked = coding && strncmp(coding, "chunked\r", 8) == 0;
    if (coding && how & CONTAINS) is_chunked = strstr(coding, "chunked\r");
    if (length && how & LENGTH) is_chunked = false;
    long n = is_chunked ? chunked_length(body) : content_length(length, how);
    if (how & NO_BODY && strncmp(text, "GET ", 4) == 0) n = 0;
    return n < 0 || (long)strlen(body) < n ? 0 : body - text + n;
}

/* Feeds a text in pieces of the lengths first, step, step ...: what has arrived
 * is kept until it is complete. Returns how many requests were complete. The
 * wrong way looks for the empty line in the last piece only. */
static int feed(const char *text, size_t first, size_t step, enum lenient how) {
    static char kept[400], piece[400];
    int count = 0;
    kept[0] = '\0';
    for (size_t at = 0, n = first; at < strlen(text); at += n, n = step) {
        snprintf(piece, sizeof piece, "%.*s", (int)n, text + at);
        size_t len = strlen(kept);
        snprintf(kept + len, sizeof kept - len, "%s", piece);
        if (is_broken && !strstr(piece, "\r\n\r\n")) continue;
        for (long done; (done = request_length(kept, how)) > 0; count++)
            memmove(kept, kept + done, strlen(kept + done) + 1);
    }
    return count;
}

static void cut_everywhere(void) {
    static const char text[] =
        HEAD "Content-Length: 5\r\n\r\nhello" HEAD
             "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n" LAST_CHUNK;
    size_t n = sizeof text - 1, good = 0;
    for (size_t cut = 1; cut < n; cut++) good += feed(text, cut, n, 0) == 2;
    printf("in one piece:  %d requests\n", feed(text, n, n, 0));
    printf("in two pieces: 2 requests at %zu of %zu cuts\n", good, n - 1);
    printf("byte by byte:  %d requests\n", feed(text, 1, 1, 0));
}

/* Each request has another one, INNER, where its body is. */
static void read_differently(void) {
    char text[200];
    puts("requests in the same bytes:   lenient  other");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum lenient how = rows[i].lenient;
        snprintf(text, sizeof text,
                 "%s /a HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n%s" INNER,
                 how & NO_BODY ? "GET" : "POST", rows[i].fields,
                 how & (LENGTH | CONTAINS) ? LAST_CHUNK : "");
        printf("  %-22s %10d %7d   RFC %s\n", rows[i].name,
               feed(text, sizeof text, 1, how), feed(text, sizeof text, 1, 0),
               rows[i].section);
    }
}

int main(int argc, char **argv) {
    int status = options_experiment(argc, argv, "look only at the last piece",
                                    &is_broken);
    if (status != -1) return status;
    cut_everywhere();
    if (is_broken) return EXIT_SUCCESS;
    read_differently();
    puts("What you saw: where both numbers differ, one reader took a request "
         "for the body of another.");
    return EXIT_SUCCESS;
}
