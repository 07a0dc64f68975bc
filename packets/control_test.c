/* control_test.c: packets/control.h */
#include "packets/control.h"
#include "packets/unit.h"

/* Marks each byte of a text: "." is harmless; "1" or "2" is of a command. */
static const char *marks(const char *text) {
    static char line[100];
    size_t n = 0;
    int tail = 0;
    struct span rest = span_from(text);
    while (rest.len > 0) {
        uint8_t *exact = unit_exact(rest.data, rest.len);
        size_t size = control_size((struct span){exact, rest.len}, &tail);
        free(exact);
        line[n++] = size == 0 ? '.' : (char)('0' + size);
        rest = span_skip(rest, size > 0 ? size : 1);
    }
    line[n] = '\0';
    return line;
}

static void finds_commands_to_a_terminal(void) {
    static const struct {
        const char *text, *marks;
    } cases[] = {
        {"hello, ~", "........"},
        {"\x1b[2J", "1..."},                  /* ESC */
        {"\x01\t\n\x1f \x7f", "1111.1"},      /* ECMA-48: C0, and DEL */
        {"\xc2\x9b[2J", "2..."},              /* U+009B, in UTF-8 */
        {"\xc2\x80\xc2\x9f\xc2\xa0", "22.."}, /* C1 and the first beyond it */
        {"\x9b[2J", "1..."},                  /* 8 bits */
        {"\xc3\xa9\xe2\x82\xac", "....."},    /* U+00E9, U+20AC */
        {"\xf0\x9f\x98\x80", "...."},         /* U+1F600 */
        {"\xe2\x9b\x9b\x9b", "...1"},         /* one byte too many */
        {"\xe2\x1b[", "11."},                 /* cut by an ESC */
        {"\xe2\x82\x1b", "111"},              /* later */
        {"\xf0\x9f\x98\x1b", "1111"},
        {"\xe2\x82\xc0", "111"},
        {"\xc3(", "1."},
        {"\xc3\xc3\xa9", "1.."}, /* cut by another character */
        {"\xe0\x80\x9b", "111"}, /* RFC 3629 §4: U+001B in three bytes, */
        {"\xe0\x9f\xbf\xe0\xa0\x80", "111..."},           /* U+07FF; U+0800 */
        {"\xf0\x80\x80\x9b", "1111"},                     /* in four */
        {"\xf0\x8f\xbf\xbf\xf0\x90\x80\x80", "1111...."}, /* U+FFFF; next */
        {"\xed\x9f\xbf\xed\xa0\x80", "...111"}, /* U+D7FF; a surrogate */
        {"\xed\xbf\xbf\xee\x80\x80", "111..."}, /* the last one; U+E000 */
        {"\xf4\x8f\xbf\xbf\xf4\x90\x80\x80", "....1111"}, /* U+10FFFF; next */
        {"\xe2\x82", ".."},                               /* cut at its end */
        {"\xf0\x9f\x98", "..."},
        {"\xe0\x9b", "11"},
        {"\xc1\x80\xf5\x80", "1111"}, /* in no UTF-8 */
        {"\xc2", "."},                /* cut at its end */
        {"\xc2\x9b", "2"},            /* U+009B at the end */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = marks(cases[i].text);
        UNIT_TEXT(got, strlen(got), cases[i].marks);
    }
}

/* The first byte of a character is all that has arrived. */
static void another_byte_ends_a_character(void) {
    static const struct {
        uint8_t byte;
        size_t size;
        int tail;
    } cases[] = {{0x80, 0, 1}, {0xBF, 0, 1}, {0x7F, 1, 0}, {0xC0, 1, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t first = 0xE2, next = cases[i].byte;
        int tail = 0;
        UNIT_INT(control_size((struct span){&first, 1}, &tail), 0);
        UNIT_INT(tail, 2);
        UNIT_INT(control_size((struct span){&next, 1}, &tail), cases[i].size);
        UNIT_INT(tail, cases[i].tail);
    }
}

UNIT_MAIN("packets/control", UNIT_TEST(finds_commands_to_a_terminal),
          UNIT_TEST(another_byte_ends_a_character))
