/* extension_test.c: websocket/extension.h against RFC 6455 §9.1 */
#include "packets/unit.h"
#include "websocket/extension.h"

/* Is a head good in which the field has this value? */
static bool is_valid(const char *value) {
    static struct http_head head;
    char text[300];
    int n = snprintf(text, sizeof text,
                     "GET / HTTP/1.1\r\nHost: a\r\nX: (\r\n"
                     "sec-websocket-EXTENSIONS: %s\r\n\r\n",
                     value);
    uint8_t *exact = unit_exact(text, (size_t)n);
    UNIT_INT(http_request(&head, (struct span){exact, (size_t)n}, 0), n);
    bool is_valid = extension_lists_are_valid(&head);
    free(exact);
    return is_valid;
}

/* The first four are those of the section, the next ones as in RFC 7692 §7.1.3.
 * RFC 2616 §2.1: a list may have empty elements. */
static void accepts_what_the_grammar_allows(void) {
    static const char *const values[] = {
        "foo",
        "bar; baz=2",
        "foo, bar; baz=2",
        "deflate-stream, mux; max-channels=4; flow-control",
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits; server_max_window_bits=10",
        "permessage-deflate; client_max_window_bits=\"10\", x",
        "a;b=\"\\c\\d\"",          /* quoted-pairs */
        "a \t",                    /* spaces at the end */
        ", a ,\t, b ; c = d ,",    /* empty elements, spaces */
        "!#$%&'*+-.^_`|~; 09AZaz", /* all that a token may have */
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (!is_valid(values[i])) puts(values[i]);
        UNIT_TRUE(is_valid(values[i]));
    }
}

/* A value that does not conform to the grammar MUST fail the connection. */
static void refuses_what_the_grammar_does_not_allow(void) {
    static const char *const values[] = {
        "",           /* 1#: at least one */
        " , ,",       /* none of them is one */
        "a b",        /* no comma */
        "a;",         /* no parameter */
        "a; ;b",      /* an empty one */
        "; a",        /* no name */
        "a, ;b",      /* no name of the second */
        "a=b",        /* a name has no value */
        "a; =b",      /* a parameter without a name */
        "a; b=",      /* no value */
        "a; b=,c",    /* no value */
        "a; b=c=d",   /* two values */
        "a; b c",     /* no semicolon */
        "a/b",        /* no token */
        "a; b=c/d",   /* no token */
        "\"a\"",      /* a name is not quoted */
        "a; \"b\"=c", /* nor is that of a parameter */
        "a; b=\"\"",  /* without the quotes it MUST be a token: */
        "a; b=\"c d\"",
        "a; b=\" c\"",
        "a; b=\"c,d\"",
        "a; b=\"\\\"\"",
        "a; b=\"c", /* quotes that do not end */
        "a; b=\"",
        "a; b=\"c\\",
        "a; b=\"c\\\"",
        "a; b=\"c\"d", /* after the quotes */
        "a; b=\\c",    /* a quoted-pair without quotes */
        "\xc3\xa9",
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (is_valid(values[i])) puts(values[i]);
        UNIT_FALSE(is_valid(values[i]));
    }
}

/* The field may come more than once, or not at all. */
static void each_field_counts(void) {
    UNIT_TRUE(is_valid("a\r\nSec-WebSocket-Extensions: b; c"));
    UNIT_FALSE(is_valid("a\r\nSec-WebSocket-Extensions: b; c="));
    UNIT_FALSE(is_valid("a;\r\nSec-WebSocket-Extensions: b"));
    UNIT_TRUE(is_valid("a\r\nSec-WebSocket-Extension: ;"));
    UNIT_TRUE(is_valid("a\r\nSec-WebSocket-Accept: ;"));
    static struct http_head head; /* count says that it has no fields */
    head.fields[0].name = span_from("Sec-WebSocket-Extensions");
    UNIT_TRUE(extension_lists_are_valid(&head));
    head.count = 1;
    UNIT_FALSE(extension_lists_are_valid(&head));
}

UNIT_MAIN("websocket/extension", UNIT_TEST(accepts_what_the_grammar_allows),
          UNIT_TEST(refuses_what_the_grammar_does_not_allow),
          UNIT_TEST(each_field_counts))
