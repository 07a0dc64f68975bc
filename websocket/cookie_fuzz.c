/* cookie_fuzz.c: a cookie that is found has a value of the grammar, and is the
 * only one of its name; what is encoded is found and decodes to itself */
#include "packets/exact_unit.h"
#include "websocket/cookie.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Splits at each ";" without the parser: how many pairs have the name "n"? */
static int count_pairs(const uint8_t *bytes, size_t n) {
    int count = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        bool is_first = i == 0;
        bool is_later = i >= 2 && bytes[i - 2] == ';' && bytes[i - 1] == ' ';
        count +=
            (is_first || is_later) && bytes[i] == 'n' && bytes[i + 1] == '=';
    }
    return count;
}

static void check_value(struct span value) {
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.data[i];
        assert(c > 0x20 && c < 0x7f && !strchr("\",;\\", c));
    }
}

/* A field with the cookie, between two others. */
static void check_round_trip(struct span text) {
    char field[COOKIE_FIELD_MAX], copy[COOKIE_FIELD_MAX];
    struct buf cookie = {.max = 1000};
    struct span value;
    if (text.len > 50 || memchr(text.data, 0, text.len)) return;
    buf_text(&cookie, "a=b; n=");
    assert(cookie_encode(&cookie, text));
    buf_text(&cookie, "; c=d");
    assert(cookie_parse(buf_view(&cookie), "n", &value) == 1);
    assert(cookie_decode(value, copy, sizeof copy) == (int)text.len);
    assert(text.len == 0 || memcmp(copy, text.data, text.len) == 0);
    assert(cookie_set(field, "n", text));
    assert(strstr(field, "\r\n") == field + strlen(field) - 2);
    buf_free(&cookie);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    struct span value = {0}, field = {exact, n};
    char text[20];
    int result = cookie_parse(field, "n", &value);
    assert(result >= COOKIE_ERR_TWICE && result <= 1);
    if (result >= 0) assert(result == count_pairs(bytes, n));
    if (result == 1) check_value(value);
    int length = cookie_decode(field, text, sizeof text);
    assert(strlen(text) == (length > 0 ? (size_t)length : 0));
    check_round_trip(field);
    free(exact);
    return 0;
}
