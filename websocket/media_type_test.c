/* media_type_test.c: websocket/media_type.h */
#include "packets/unit.h"
#include "websocket/media_type.h"

static void expect(const char *path, const char *type) {
    size_t n = strlen(path);
    uint8_t *exact = unit_exact(path, n);
    const char *got = media_type((struct span){exact, n});
    UNIT_TEXT(got, strlen(got), type);
    free(exact);
}

/* RFC 9110 §8.3; the names are those of the IANA registry of media types. */
static void names_the_type(void) {
    expect("/a.b/c.css", "text/css; charset=utf-8");
    expect("/a.html", "text/html; charset=utf-8");
    expect("/a.js", "text/javascript; charset=utf-8"); /* RFC 9239 §6 */
    expect("/a.md", "text/markdown; charset=utf-8");   /* RFC 7763 §2 */
    expect("/a.txt", "text/plain; charset=utf-8");
    expect("/a.svg", "image/svg+xml");
    expect("/a.json", "application/json"); /* RFC 8259 §11: no charset */
}

static void a_directory_has_the_type_of_its_index(void) {
    expect("/", "text/html; charset=utf-8");
    expect("/a/", "text/html; charset=utf-8");
}

static void other_names_are_octet_streams(void) {
    expect("", "application/octet-stream");
    expect("/a", "application/octet-stream");
    expect("/a.css/b", "application/octet-stream");
    expect("/a.cssx", "application/octet-stream");
    expect("/a.CSS", "application/octet-stream");
    expect("css", "application/octet-stream");
}

UNIT_MAIN("websocket/media_type", UNIT_TEST(names_the_type),
          UNIT_TEST(a_directory_has_the_type_of_its_index),
          UNIT_TEST(other_names_are_octet_streams))
