/* explain_http_test.c: websocket/explain_http.h against RFC 9112 */
#include "packets/unit.h"
#include "websocket/explain_http.h"

static char words_text[EXPLAIN_WORDS_MAX];
static struct explain e;
static struct explain_http h; /* is_to_head is false but in one test */
static uint8_t *input;        /* an exact copy */

static void explain(const char *text, size_t n) {
    struct dissector d;
    free(input);
    input = unit_exact(text, n);
    explain_free(&e);
    explain_init(&e, 1 << 20);
    dissector_begin(&d, &e, (struct span){input, n}, EXPLAIN_APPLICATION,
                    "data");
    explain_http(&d, &h);
    dissector_leave(&d);
    UNIT_TRUE(dissector_finish(&d));
    UNIT_TRUE(explain_is_complete(&e));
}

/* Writes "name=text|..." for all fields but headers. */
static const char *all(void) {
    static char text[2000];
    size_t n = 0;
    for (size_t i = 0; i < explain_count(&e); i++) {
        const struct explain_field *f = explain_field(&e, i);
        struct span bytes = explain_bytes(&e, f);
        if (f->kind == EXPLAIN_HEADER) continue;
        n += (size_t)snprintf(text + n, sizeof text - n, "%s=%.*s|", f->name,
                              (int)bytes.len, (char *)bytes.data);
    }
    return text;
}

static void expect(const char *text, const char *expected) {
    explain(text, strlen(text));
    UNIT_TEXT(all(), strlen(all()), expected);
}

static void splits_a_request(void) {
    expect("GET /a?b HTTP/1.1\r\nHost: a:1\r\nX:\t y \r\n\r\nrest",
           "method=GET|SP= |path=/a|delimiter=?|parameter=b|SP= "
           "|HTTP-version=HTTP/1.1|"
           "CRLF=\r\n|field-name=Host|colon=:|OWS= |field-value=a:1|CRLF=\r\n|"
           "field-name=X|colon=:|OWS=\t |field-value=y|OWS= |CRLF=\r\n|"
           "CRLF=\r\n|data=rest|");
    UNIT_TRUE(h.is_request);
    UNIT_TEXT(h.target.data, h.target.len, "/a?b");
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    expect("GET  \r\nX: \r\nY:\r\n\r\n", /* parts of no bytes are no fields */
           "method=GET|SP= |SP= |CRLF=\r\n|field-name=X|colon=:|OWS= |"
           "CRLF=\r\n|field-name=Y|colon=:|CRLF=\r\n|CRLF=\r\n|");
    UNIT_INT(e.cut_count, 0);
    explain("", 0);
    UNIT_INT(e.cut_count, 1);
}

static void splits_a_target_into_path_and_parameters(void) {
    expect("GET /a?b=1&c&&d=?2&? HTTP/1.1\r\nHost: a\r\n\r\n",
           "method=GET|SP= |path=/a|delimiter=?|parameter=b=1|delimiter=&|"
           "parameter=c|delimiter=&|delimiter=&|parameter=d=?2|delimiter=&|"
           "parameter=?|SP= |HTTP-version=HTTP/1.1|CRLF=\r\n|field-name=Host|"
           "colon=:|OWS= |field-value=a|CRLF=\r\n|CRLF=\r\n|");
    UNIT_TEXT(h.target.data, h.target.len, "/a?b=1&c&&d=?2&?");
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    expect(
        "GET /a?b\r\n\r\n", /* no space after it, so nothing is read as one */
        "method=GET|SP= |path=/a|delimiter=?|parameter=b|CRLF=\r\n|CRLF=\r\n|");
    expect(
        "OPTIONS: *\r\nA:\r\n\r\n",
        "method=OPTIONS:|SP= |path=*|CRLF=\r\n|field-name=A|colon=:|CRLF=\r\n|"
        "CRLF=\r\n|");
    expect("WHAT\r\n\r\n", "method=WHAT|CRLF=\r\n|CRLF=\r\n|");
    explain("GET ?b /", 8); /* no path */
    const struct explain_field *f = explain_field(&e, 4);
    UNIT_TEXT(f->name, strlen(f->name), "request-target");
    UNIT_TEXT(f->section, strlen(f->section), "RFC 9112 §3.2");
    explain("GET /a?b HTTP/1.1\r\n", 19);
    f = explain_field(&e, 5);
    UNIT_TEXT(f->name, strlen(f->name), "path");
    UNIT_TEXT(f->section, strlen(f->section), "RFC 3986 §3.3");
    f = explain_field(&e, 7);
    UNIT_TEXT(f->name, strlen(f->name), "parameter");
    UNIT_TEXT(f->section, strlen(f->section), "RFC 3986 §3.4");
}

static void splits_a_response_and_its_body(void) {
    expect(
        "HTTP/1.1 200 All right\r\nContent-Length: 2\r\n\r\nokHTTP",
        "HTTP-version=HTTP/1.1|SP= |status-code=200|SP= |"
        "reason-phrase=All right|CRLF=\r\n|field-name=Content-Length|colon=:|"
        "OWS= |field-value=2|CRLF=\r\n|CRLF=\r\n|body=ok|data=HTTP|");
    UNIT_FALSE(h.is_request);
    UNIT_INT(h.status, 200);
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    expect("HTTP/1.1 200 OK\r\n\r\nto the end",
           "HTTP-version=HTTP/1.1|SP= |status-code=200|SP= |reason-phrase=OK|"
           "CRLF=\r\n|CRLF=\r\n|body=to the end|");
    explain("HTTP/1.1 101 Switching\r\n\r\n\x81", 27);
    UNIT_INT(h.status, 101);
    UNIT_TRUE(strstr(all(), "|data=\x81|") != NULL);
    explain("HTTP/1.1 204 None\r\n\r\nx", 22);
    UNIT_TRUE(strstr(all(), "|data=x|") != NULL);
    explain("HTTP/1.1 304 Same\r\n\r\nx", 22);
    UNIT_TRUE(strstr(all(), "|data=x|") != NULL);
}

static void splits_chunks(void) {
    expect("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
           "A;x=y\r\n0123456789\r\n0\r\nT: u\r\n\r\nnext",
           "method=POST|SP= |path=/|SP= |HTTP-version=HTTP/1.1|"
           "CRLF=\r\n|field-name=Host|colon=:|OWS= |field-value=a|CRLF=\r\n|"
           "field-name=Transfer-Encoding|colon=:|OWS= |field-value=chunked|"
           "CRLF=\r\n|CRLF=\r\n|chunk-size=A|chunk-ext=;x=y|CRLF=\r\n|"
           "chunk-data=0123456789|CRLF=\r\n|chunk-size=0|CRLF=\r\n|"
           "field-name=T|colon=:|OWS= |field-value=u|CRLF=\r\n|CRLF=\r\n|"
           "data=next|");
    UNIT_INT(e.wrong_count + e.cut_count, 0);
    explain("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            "x\r\n\r\n",
            58);
    UNIT_TRUE(e.wrong_count > 0);
}

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

/* Returns the words of the first field with that name. */
static const char *words_of(const char *name) {
    for (size_t i = 0; i < explain_count(&e); i++)
        if (strcmp(explain_field(&e, i)->name, name) == 0)
            return explain_words(&e, explain_field(&e, i), words_text);
    return "there is no such field";
}

/* RFC 9112 §7.1: chunk-size = 1*HEXDIG, so it may begin with zeros. One that no
 * input can have is shown as the longest input. */
static void a_chunk_size_has_any_number_of_digits(void) {
    static const struct {
        const char *text, *size, *data;
    } cases[] = {
        {CHUNKED "00000000000002\r\nab\r\n00\r\n\r\n", "2 bytes", ""},
        {CHUNKED "1\r\na\r\n0\r\n\r\n", "1 bytes", ""},
        {CHUNKED "fffffff\r\nab", "268435455 bytes",
         "cut: 2 of 268435455 bytes are here"},
        {CHUNKED "10000001\r\nab", "268435456 bytes",
         "cut: 2 of 268435456 bytes are here"},
        {CHUNKED "ffffffffffffffffffff\r\nab", "268435456 bytes",
         "cut: 2 of 268435456 bytes are here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        explain(cases[i].text, strlen(cases[i].text));
        UNIT_TEXT(words_of("chunk-size"), strlen(words_of("chunk-size")),
                  cases[i].size);
        UNIT_TEXT(words_of("chunk-data"), strlen(words_of("chunk-data")),
                  cases[i].data);
        UNIT_INT(e.wrong_count, 0);
        UNIT_INT(e.cut_count, *cases[i].data != '\0');
    }
}

/* RFC 9112 §4: status-code = 3DIGIT. Another one is wrong, and its first three
 * digits, if there are as many, are shown. */
static void a_status_code_has_three_digits(void) {
    static const struct {
        const char *text;
        unsigned status;
    } cases[] = {
        {"HTTP/1.1 101 OK\r\n\r\n", 101},
        {"HTTP/1.1 1014 OK\r\n\r\n", 101},
        {"HTTP/1.1 20 OK\r\n\r\n", 20},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        explain(cases[i].text, strlen(cases[i].text));
        UNIT_INT(h.status, cases[i].status);
        UNIT_INT(e.wrong_count, i > 0);
    }
}

static void names_the_rule_that_a_line_breaks(void) {
    static const struct {
        const char *text, *name, *words, *section;
    } cases[] = {
        {"GET / HTTP/1.1\nHost: a\r\n\r\n", "CRLF", "CR is missing",
         "RFC 9112 §2.2"},
        {"GET / HTTP/1.1\r\nHost: a\r\n\n", "CRLF", "CR is missing",
         "RFC 9112 §2.2"}, /* the empty line, the last byte of all */
        {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "field-name",
         "a space before the colon", "RFC 9112 §5.1"},
        {"GET / HTTP/1.1\r\n : a\r\n\r\n", "field-name",
         "a space before the colon", "RFC 9112 §5.1"}, /* and nothing else */
        {"GET / HTTP/1.1\r\nHost\r\n\r\n", "field-name", "a colon is missing",
         "RFC 9112 §5"},
        {"GET / HTTP/1.1\r\nH\r\n\r\n", "field-name", "a colon is missing",
         "RFC 9112 §5"}, /* one byte is a line, too */
        {"GET / HTTP/1.1\r\n\r\n", "HTTP", "a server would send status 400",
         "RFC 9112"},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "HTTP",
         "a server would send status 505", "RFC 9112"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool is_there = false;
        explain(cases[i].text, strlen(cases[i].text));
        for (size_t k = 0; k < explain_count(&e); k++) {
            const struct explain_field *f = explain_field(&e, k);
            if (!f->is_wrong || strcmp(f->name, cases[i].name) != 0) continue;
            const char *words = explain_words(&e, f, words_text);
            UNIT_TEXT(words, strlen(words), cases[i].words);
            UNIT_TEXT(f->section, strlen(f->section), cases[i].section);
            is_there = true;
        }
        UNIT_TRUE(is_there);
    }
}

/* A response is one from "HTTP/" on. */
static void every_prefix_names_its_cut(void) {
    static const char *const texts[] = {
        "POST /socket.io/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        CHUNKED "2\r\nab\r\n1\r\nc\r\n0\r\nT: u\r\n\r\n"};
    for (size_t i = 0; i < 2; i++) {
        for (size_t n = 1; n <= strlen(texts[i]); n++) {
            explain(texts[i], n);
            UNIT_INT(e.cut_count, n < strlen(texts[i]));
            UNIT_INT(e.wrong_count, 0);
            UNIT_INT(h.is_request, i == 0 || n < 5);
        }
    }
}

static void knows_where_a_message_begins(void) {
    static const char *const yes[] = {"GET / HTTP", "POST /ab",    "HEAD / H",
                                      "PUT / HT",   "DELETE /",    "OPTIONS *",
                                      "CONNECT a:", "HTTP/1.1 200"};
    static const char *const no[] = {
        "",           "GET / H",    "GETT / HTTP",
        "get / HTTP", "HTTP/2 200", "\x81\x05hello 12"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        UNIT_TRUE(explain_http_begins(span_from(yes[i])));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        UNIT_FALSE(explain_http_begins(span_from(no[i])));
}

static void frees_its_memory(void) {
    explain_free(&e);
    free(input);
    input = NULL;
    UNIT_INT(explain_count(&e), 0);
}

UNIT_MAIN("websocket/explain_http", UNIT_TEST(splits_a_request),
          UNIT_TEST(splits_a_target_into_path_and_parameters),
          UNIT_TEST(splits_a_response_and_its_body), UNIT_TEST(splits_chunks),
          UNIT_TEST(a_chunk_size_has_any_number_of_digits),
          UNIT_TEST(a_status_code_has_three_digits),
          UNIT_TEST(names_the_rule_that_a_line_breaks),
          UNIT_TEST(every_prefix_names_its_cut),
          UNIT_TEST(knows_where_a_message_begins), UNIT_TEST(frees_its_memory))
