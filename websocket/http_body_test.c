/* http_body_test.c: the bodies of websocket/http.h against RFC 9112 §7.1 */
#include "packets/unit.h"
#include "websocket/http_body.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static char got[64]; /* the pieces, joined */
static size_t rest;  /* bytes after the body */

static struct http_body chunked(void) {
    struct http_body b;
    http_body_init(&b, &(struct http_head){.chunked = true}, UINT32_MAX);
    return b;
}

enum {
    MORE,  /* the body has not ended */
    ENDED, /* or an http_error */
};

/* Reads the body in bytes, or a part of it, from an exact copy of bytes. Joins
 * the pieces in got. */
static int read_body(struct http_body *b, const char *bytes, size_t n,
                     uint32_t max) {
    uint8_t *exact = unit_exact(bytes, n);
    struct span in = {exact, n}, piece;
    int result;
    while ((result = http_body_next(b, &in, max, &piece)) == 1) {
        size_t held = strlen(got);
        UNIT_TRUE(piece.len > 0 && held + piece.len < sizeof got);
        memcpy(got + held, piece.data, piece.len);
    }
    rest = in.len;
    free(exact);
    return result == 0 && http_body_has_ended(b) ? ENDED : result;
}

/* Reads a chunked body that is cut into pieces of step bytes. */
static int feed(const char *bytes, size_t n, size_t step, uint32_t max) {
    struct http_body b = chunked();
    int result = 0;
    memset(got, 0, sizeof got);
    for (size_t at = 0; at < n && result == MORE; at += step)
        result = read_body(&b, bytes + at, n - at < step ? n - at : step, max);
    return result;
}

static int feed_text(const char *text, uint32_t max) {
    return feed(text, strlen(text), strlen(text), max);
}

static void reads_a_body_by_its_length(void) {
    struct http_body b;
    memset(got, 0, sizeof got);
    UNIT_INT(http_body_init(&b, &(struct http_head){.length = 5}, 5), 0);
    UNIT_INT(read_body(&b, "he", 2, 5), 0);
    UNIT_INT(read_body(&b, "lloGET", 6, 5), ENDED);
    UNIT_TEXT(got, strlen(got), "hello");
    UNIT_INT(rest, 3);
    UNIT_INT(b.total, 5);
    UNIT_INT(read_body(&b, "GET", 3, 5), ENDED); /* ended, and stays so */
    UNIT_INT(rest, 3);
}

static void reads_a_body_of_one_byte(void) {
    struct http_body b;
    memset(got, 0, sizeof got);
    UNIT_INT(http_body_init(&b, &(struct http_head){.length = 1}, 5), 0);
    UNIT_FALSE(http_body_has_ended(&b));
    UNIT_INT(read_body(&b, "aGET", 4, 5), ENDED);
    UNIT_TEXT(got, strlen(got), "a");
    UNIT_INT(rest, 3);
}

/* The limit of digits is one of each chunk size. */
static void counts_the_digits_of_each_chunk_anew(void) {
    UNIT_INT(feed_text("0000000000000001\r\na\r\n"
                       "0000000000000001\r\nb\r\n"
                       "0000000000000000\r\n\r\n",
                       5),
             ENDED);
    UNIT_TEXT(got, strlen(got), "ab");
}

static void knows_an_empty_body(void) {
    struct http_body b;
    UNIT_INT(http_body_init(&b, &(struct http_head){.length = 0}, 0), 0);
    UNIT_INT(read_body(&b, "", 0, 0), ENDED);
    UNIT_INT(read_body(&(struct http_body){.left = 0}, "GET", 3, 0), ENDED);
}

/* A length over the limit is refused before a byte of the body has arrived. */
static void limits_a_length(void) {
    struct http_body b;
    struct http_head h = {.length = LIMIT_HTTP_BODY};
    UNIT_INT(http_body_init(&b, &h, LIMIT_HTTP_BODY), 0);
    h.length++;
    UNIT_INT(http_body_init(&b, &h, LIMIT_HTTP_BODY), HTTP_ERR_BODY);
    h.length = UINT64_MAX;
    UNIT_INT(http_body_init(&b, &h, LIMIT_HTTP_BODY), HTTP_ERR_BODY);
    h.length = (1ull << 32) + 1; /* 1, if it were cut to 32 bits */
    UNIT_INT(http_body_init(&b, &h, LIMIT_HTTP_BODY), HTTP_ERR_BODY);
}

/* RFC 9112 §7.1.1: extensions are ignored; §7.1.2: so are trailers. */
static void gives_the_same_body_at_every_cut(void) {
    static const char text[] =
        "5\r\nhello\r\n0006;a=\"b\"\r\n world\r\n1 "
        "\t;x\r\n!\r\nA\r\n0\r\n\r\n12345"
        "\r\n00;last\r\nTrailer: x\r\nEmpty:\r\n\r\nGET / HTTP/1.1\r\n";
    for (size_t step = 1; step < sizeof text; step++) {
        UNIT_INT(feed(text, sizeof text - 1, step, 22), ENDED);
        UNIT_TEXT(got, strlen(got), "hello world!0\r\n\r\n12345");
    }
    UNIT_INT(feed_text(text, 22), ENDED);
    UNIT_INT(rest, strlen("GET / HTTP/1.1\r\n"));
}

static void asks_for_more_at_every_cut(void) {
    static const char text[] = "2;e\r\nab\r\n0\r\nT: v\r\n\r\n";
    for (size_t n = 0; n < sizeof text - 1; n++)
        UNIT_INT(feed(text, n, n ? n : 1, 9), 0);
    UNIT_INT(feed_text(text, 9), ENDED);
    UNIT_INT(feed_text("0\r\n\r\n", 0), ENDED);
    UNIT_INT(feed_text("0a\r\n0123456789\r\n0\r\n\r\n", 99), ENDED);
}

/* In one piece and byte by byte: the same error. */
static void refuses_what_the_grammar_forbids(void) {
    static const char *const cases[] = {
        "\r\n",                    /* chunk-size = 1*HEXDIG */
        ";a\r\n",                  /* chunk-size = 1*HEXDIG */
        "g\r\n",                   /* no digit */
        "+5\r\n",                  /* no sign */
        "-1\r\n",                  /* no sign */
        " 5\r\n",                  /* no space before */
        "0x5\r\n",                 /* not C */
        "5_0\r\n",                 /* not Python */
        "5\n",                     /* LF alone */
        "5\rhello",                /* CR alone */
        "5 \r\n",                  /* BWS is only before ";" */
        "5 5\r\n",                 /* BWS is only before ";" */
        "5;x\nhello\r\n0\r\n\r\n", /* an LF ends no extension */
        "5;x\ry\r\n",              /* a CR ends no extension */
        "5;\x01\r\n",              /* no controls */
        "5\r\nhello0\r\n\r\n",     /* chunk-data CRLF */
        "5\r\nhello\n0\r\n\r\n",   /* chunk-data CRLF */
        "5\r\nhello\r0\r\n\r\n",   /* chunk-data CRLF */
        "5\r\nhello!\r\n0\r\n",    /* longer than its chunk-size */
        "0\r\n\n",                 /* the last CRLF */
        "0\r\n\rX",                /* the last CRLF */
        "0\r\n: x\r\n\r\n",        /* a trailer without a name */
        "0\r\nA : x\r\n\r\n",      /* space before the colon */
        "0\r\nA\r\n\r\n",          /* no colon */
        "0\r\n A: x\r\n\r\n",      /* obs-fold */
        "0\r\nA: x\n\r\n",         /* LF alone */
        "0\r\nA: \x7F\r\n\r\n",    /* a control */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        UNIT_INT(feed_text(cases[i], 99), HTTP_ERR_BAD);
        UNIT_INT(feed(cases[i], strlen(cases[i]), 1, 99), HTTP_ERR_BAD);
    }
}

/* A chunk that will not fit is refused at the digit that makes it too large. */
static void limits_the_total(void) {
    UNIT_INT(feed_text("5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n", 10), ENDED);
    UNIT_INT(feed_text("5\r\nhello\r\n6", 10), HTTP_ERR_BODY);
    UNIT_INT(feed_text("F4240", LIMIT_HTTP_BODY), 0); /* 1 000 000 */
    UNIT_INT(feed_text("F4241", LIMIT_HTTP_BODY), HTTP_ERR_BODY);
    UNIT_INT(feed_text("FFFFFFFF", UINT32_MAX), 0);
    UNIT_INT(feed_text("100000000", UINT32_MAX), HTTP_ERR_BODY);
    UNIT_INT(feed_text("FFFFFFFFFFFFFFFF", UINT32_MAX), HTTP_ERR_BODY);
}

static void limits_the_digits(void) {
    UNIT_INT(LIMIT_HTTP_CHUNK_DIGITS, 16);
    UNIT_INT(feed_text("0000000000000001\r\na\r\n0\r\n\r\n", 9), ENDED);
    UNIT_INT(feed_text("0000000000000000\r\n\r\n", 9), ENDED);
    UNIT_INT(feed_text("00000000000000001", 9), HTTP_ERR_BAD);
}

/* RFC 9112 §7.1.1: the limit is on the extensions of all chunks together. */
static void limits_the_extensions(void) {
    struct http_body b = chunked();
    memset(got, 0, sizeof got);
    for (int i = 0; i < LIMIT_HTTP_CHUNK_EXTENSIONS / 32; i++) {
        got[0] = 0;
        UNIT_INT(
            read_body(&b, "1;456789012345678901234567890123x\r\na\r\n", 38, 99),
            0);
    }
    struct http_body full = b;
    UNIT_INT(read_body(&b, "0\r\n\r\n", 5, 99), ENDED);
    UNIT_INT(read_body(&full, "0;", 2, 99), HTTP_ERR_BAD);
    full = chunked();
    for (int i = 0; i < LIMIT_HTTP_CHUNK_EXTENSIONS; i++) {
        got[0] = 0;
        UNIT_INT(read_body(&full, i ? " " : "1 ", i ? 1 : 2, 99), 0);
    }
    UNIT_INT(read_body(&full, " ", 1, 99), HTTP_ERR_BAD);
}

static void limits_the_trailers(void) {
    struct http_body b = chunked();
    UNIT_INT(read_body(&b, "0\r\nA:", 5, 99), 0);
    for (int i = 2; i < LIMIT_HTTP_HEAD - 4; i++)
        UNIT_INT(read_body(&b, "x", 1, 99), 0);
    struct http_body longer = b;
    UNIT_INT(read_body(&b, "\r\n\r\n", 4, 99), ENDED);
    UNIT_INT(read_body(&longer, "x\r\n\r", 4, 99), 0);
    UNIT_INT(read_body(&longer, "\n", 1, 99), HTTP_ERR_HEAD);
}

static void fits_into_a_connection(void) {
    UNIT_TRUE(sizeof(struct http_body) <= 16);
}

UNIT_MAIN("websocket/http_body", UNIT_TEST(reads_a_body_by_its_length),
          UNIT_TEST(reads_a_body_of_one_byte),
          UNIT_TEST(counts_the_digits_of_each_chunk_anew),
          UNIT_TEST(knows_an_empty_body), UNIT_TEST(limits_a_length),
          UNIT_TEST(gives_the_same_body_at_every_cut),
          UNIT_TEST(asks_for_more_at_every_cut),
          UNIT_TEST(refuses_what_the_grammar_forbids),
          UNIT_TEST(limits_the_total), UNIT_TEST(limits_the_digits),
          UNIT_TEST(limits_the_extensions), UNIT_TEST(limits_the_trailers),
          UNIT_TEST(fits_into_a_connection))
