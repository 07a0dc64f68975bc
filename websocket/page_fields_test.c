/* page_fields_test.c: websocket/page_fields.h */
#include "packets/unit.h"
#include "websocket/page_fields.h"

static char text[PAGE_FIELDS_SIZE];

/* RFC 9110 §8.8.3, §13.1.2. */
static void a_client_that_has_the_file_gets_a_304(void) {
    char old[PAGE_FIELDS_SIZE];
    struct span body = span_from("<p>hello"), none = {NULL, 0};
    UNIT_INT(page_fields(text, body, none), 200);
    const char *etag = strstr(text, "\r\nETag: ");
    UNIT_TRUE(etag != NULL);
    snprintf(old, sizeof old, "\"another\", %.18s", etag + 8);
    UNIT_INT(page_fields(text, body, span_from(old)), 304);
    UNIT_INT(page_fields(text, span_from("<p>hallo"), span_from(old)), 200);
}

static void no_other_page_may_frame_it_or_serve_its_scripts(void) {
    page_fields(text, span_from(""), span_from(""));
    UNIT_TRUE(strstr(text, "\r\nX-Content-Type-Options: nosniff\r\n") != NULL);
    UNIT_TRUE(strstr(text, "default-src 'none'") != NULL);
    UNIT_TRUE(strstr(text, "frame-ancestors 'none'\r\n") != NULL);
    UNIT_TEXT(text + strlen(text) - 2, 2, "\r\n"); /* all of it fits */
}

UNIT_MAIN("websocket/page_fields",
          UNIT_TEST(a_client_that_has_the_file_gets_a_304),
          UNIT_TEST(no_other_page_may_frame_it_or_serve_its_scripts))
