/* etag_test.c: websocket/etag.h */
#include "packets/unit.h"
#include "websocket/etag.h"

static void expect_tag(const char *body, const char *tag) {
    char text[ETAG_SIZE];
    size_t n = strlen(body);
    uint8_t *exact = unit_exact(body, n);
    etag_write(text, (struct span){exact, n});
    UNIT_TEXT(text, strlen(text), tag);
    free(exact);
}

/* The vectors that the authors of FNV publish for 64-bit FNV-1a. */
static void a_tag_is_the_hash_of_the_bytes_in_quotes(void) {
    expect_tag("", "\"cbf29ce484222325\"");
    expect_tag("a", "\"af63dc4c8601ec8c\"");
    expect_tag("foobar", "\"85944171f73967e8\"");
}

static bool is_listed(const char *list) {
    size_t n = strlen(list);
    uint8_t *exact = unit_exact(list, n);
    bool result = etag_is_listed((struct span){exact, n}, "\"v1\"");
    free(exact);
    return result;
}

/* RFC 9110 §13.1.2 */
static void finds_the_tag_in_the_list_of_if_none_match(void) {
    UNIT_TRUE(is_listed("\"v1\""));
    UNIT_TRUE(is_listed("\"v0\", \"v1\""));
    UNIT_TRUE(is_listed(" \"v1\" ,\"v2\""));
    UNIT_TRUE(is_listed("W/\"v1\""));
    UNIT_TRUE(is_listed("*"));
}

static void other_lists_do_not_have_it(void) {
    UNIT_FALSE(is_listed(""));
    UNIT_FALSE(is_listed(","));
    UNIT_FALSE(is_listed("v1"));
    UNIT_FALSE(is_listed("\"v11\""));
    UNIT_FALSE(is_listed("\"V1\""));
    UNIT_FALSE(is_listed("w/\"v1\""));
    UNIT_FALSE(is_listed("W/"));
    UNIT_FALSE(is_listed("\"*\""));
}

UNIT_MAIN("websocket/etag", UNIT_TEST(a_tag_is_the_hash_of_the_bytes_in_quotes),
          UNIT_TEST(finds_the_tag_in_the_list_of_if_none_match),
          UNIT_TEST(other_lists_do_not_have_it))
