/* control_fuzz.c: a text in which the commands were replaced has none: no
 * control character, no byte of 8 bits outside a character of UTF-8, only
 * characters that Unicode has, and a second pass replaces nothing. */
#include "packets/control.h"
#include "packets/exact_unit.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Copies n bytes to shown, "." for each that a terminal could obey. Returns how
 * many these were. Each step gets a copy of exactly what is left. */
static size_t show(const uint8_t *bytes, size_t n, uint8_t *shown) {
    size_t replaced = 0;
    int tail = 0;
    for (size_t at = 0, size; at<n; at += size> 0 ? size : 1) {
        uint8_t *exact = unit_exact(bytes + at, n - at);
        size = control_size((struct span){exact, n - at}, &tail);
        free(exact);
        assert(size <= 2 && size <= n - at && tail >= 0 && tail <= 3);
        shown[at] = size > 0 ? '.' : bytes[at];
        if (size == 2) shown[at + 1] = '.';
        replaced += size;
    }
    return replaced;
}

/* Is the byte at this place inside a character? One to three bytes before it is
 * the first of that, and says how many follow (RFC 3629 §3). */
static bool is_inside(const uint8_t *text, size_t at) {
    for (size_t back = 1; back <= 3 && back <= at; back++) {
        uint8_t c = text[at - back];
        if (c >= 0x80 && c <= 0xBF) continue;
        return c >= (back == 1 ? 0xC2 : back == 2 ? 0xE0 : 0xF0) && c <= 0xF4;
    }
    return false;
}

/* Is what begins at text, whose length is n, a character (RFC 3629 §3), or
 * one that the end of the text cuts? */
static bool is_character(const uint8_t *text, size_t n) {
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    uint32_t more = text[0] < 0xC0 ? 0 : text[0] < 0xE0 ? 1 : 2;
    if (text[0] >= 0xF0) more = 3;
    uint32_t value = text[0] & (more > 0 ? 0x3Fu >> more : 0x7Fu);
    if (more >= n) return true;
    for (uint32_t i = 1; i <= more; i++) value = value << 6 | (text[i] & 0x3Fu);
    return value >= least[more] && value <= 0x10FFFF &&
           (value < 0xD800 || value > 0xDFFF);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    uint8_t *shown = malloc(n + 1), *again = malloc(n + 1);
    if (!shown || !again) abort();
    show(bytes, n, shown);
    for (size_t i = 0; i < n; i++) {
        uint8_t c = shown[i];
        assert(c >= 0x20 && c != 0x7F);
        if (c >= 0x80 && c <= 0xBF)
            assert(is_inside(shown, i));
        else
            assert(is_character(shown + i, n - i));
        /* U+0080 to U+009F */
        if (c >= 0x80 && c <= 0x9F) assert(shown[i - 1] != 0xC2);
    }
    assert(show(shown, n, again) == 0);
    free(shown);
    free(again);
    return 0;
}
