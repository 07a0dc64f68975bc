/* utf8_test.c: websocket/utf8.h against RFC 3629 §3, §4 and §7 */
#include "packets/unit.h"
#include "websocket/utf8.h"

static uint8_t feed(uint8_t state, const void *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    uint8_t got = utf8_feed(state, exact, n);
    free(exact);
    return got;
}

/* RFC 3629 §3: the table of bits, read from left to right. Returns the size. */
static size_t encode(uint32_t c, uint8_t out[4]) {
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n; i-- > 1; c >>= 6) out[i] = (uint8_t)(0x80 | (c & 0x3F));
    out[0] = (uint8_t)(n == 1 ? c : marks[n] | c);
    return n;
}

static bool is_surrogate(uint32_t c) {
    return c >= 0xD800 && c <= 0xDFFF;
}

/* RFC 3629 §7: its examples. */
static void accepts_the_examples_of_the_rfc(void) {
    static const char *const texts[] = {
        "\x41\xE2\x89\xA2\xCE\x91\x2E",         /* A, not identical, Alpha */
        "\xED\x95\x9C\xEA\xB5\xAD\xEC\x96\xB4", /* hangugeo */
        "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", /* nihongo */
        "\xEF\xBB\xBF\xF0\xA3\x8E\xB4",         /* a BOM, U+233B4 */
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        UNIT_INT(feed(UTF8_START, texts[i], strlen(texts[i])), UTF8_START);
    UNIT_TRUE(utf8_valid(NULL, 0));
}

/* All 1 112 064 of them: each is whole, and each cut of one is not yet. */
static void accepts_every_character_and_waits_for_its_end(void) {
    unsigned wrong = 0;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        uint8_t bytes[4], state;
        size_t n = encode(c, bytes);
        if (is_surrogate(c)) continue;
        wrong += !utf8_valid(bytes, n);
        for (size_t cut = 1; cut < n; cut++) {
            state = utf8_feed(UTF8_START, bytes, cut);
            wrong += state == UTF8_START || state == UTF8_BAD;
        }
    }
    UNIT_INT(wrong, 0);
}

/* Two bytes are a good start exactly if some text in UTF-8 begins with them:
 * the test tries all such texts, also after ASCII, which is read in blocks. */
static void knows_every_start_of_two_bytes(void) {
    static bool first[256], both[65536];
    uint8_t at[42];
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (is_surrogate(c)) continue;
        size_t n = encode(c, at);
        first[at[0]] = true;
        if (n > 1) both[at[0] << 8 | at[1]] = true;
    }
    unsigned wrong = 0;
    memset(at, 'a', sizeof at);
    for (unsigned pair = 0; pair < 65536; pair++) {
        uint8_t a = (uint8_t)(pair >> 8), b = (uint8_t)pair;
        bool good = a < 0x80 ? first[b] : both[pair];
        at[40] = a, at[41] = b;
        wrong += (utf8_feed(UTF8_START, at + 40, 2) != UTF8_BAD) != good;
        wrong += (utf8_feed(UTF8_START, at, 42) != UTF8_BAD) != good;
    }
    UNIT_INT(wrong, 0);
}

static void every_split_gives_the_same_state(void) {
    static const char text[] = "plain ASCII, longer than a block of thirty-two;"
                               "\xC3\xA9 \xE2\x82\xAC\xF0\x9F\x98\x80"
                               "1234567\xED\x9F\xBF\xEE\x80\x80 end\xF4\x8F";
    size_t n = sizeof text - 1;
    uint8_t expected = feed(UTF8_START, text, n);
    UNIT_TRUE(expected != UTF8_START && expected != UTF8_BAD);
    for (size_t i = 0; i <= n; i++) {
        uint8_t head = feed(UTF8_START, text, i);
        for (size_t j = i; j <= n; j++) {
            uint8_t middle = feed(head, text + i, j - i);
            UNIT_INT(feed(middle, text + j, n - j), expected);
        }
    }
}

/* RFC 3629 §3 and §4. The last byte of each is the first that is wrong. */
static void notices_the_first_wrong_byte(void) {
    static const struct {
        const char *bytes, *why;
    } cases[] = {
        {"\x80", "a tail byte where a character begins"},
        {"\xBF", "the last of the tail bytes"},
        {"\xC0", "overlong: NUL as C0 80"},
        {"\xC1", "overlong: 7F as C1 BF"},
        {"\xE0\x9F", "overlong: U+07FF in three"},
        {"\xF0\x8F", "overlong: U+FFFF in four"},
        {"\xED\xA0", "the surrogate D800"},
        {"\xED\xBF", "the surrogate DFFF"},
        {"\xF4\x90", "U+110000"},
        {"\xF5", "above U+10FFFF, whatever follows"},
        {"\xF8", "five bytes"},
        {"\xFC", "six bytes"},
        {"\xFE", "no such byte"},
        {"\xFF", "no such byte"},
        {"\xC2\x41", "cut by ASCII"},
        {"\xE2\x82\x41", "cut by ASCII"},
        {"\xF0\x90\x8D\xC3", "cut by the next character"},
        {"\xC3\xA9\x80", "one tail too many"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *bytes = cases[i].bytes, *why = cases[i].why;
        size_t n = strlen(bytes);
        UNIT_TEXT(why, feed(UTF8_START, bytes, n) == UTF8_BAD ? strlen(why) : 0,
                  why);
        UNIT_TRUE(feed(UTF8_START, bytes, n - 1) != UTF8_BAD);
    }
}

static void once_bad_is_always_bad(void) {
    UNIT_INT(utf8_feed(UTF8_BAD, NULL, 0), UTF8_BAD);
    UNIT_INT(feed(UTF8_BAD, "good again", 10), UTF8_BAD);
    UNIT_FALSE(utf8_valid((const uint8_t *)"a\xFF good again", 13));
}

/* A text must not end inside a character. */
static void a_cut_character_is_not_a_text(void) {
    UNIT_FALSE(utf8_valid((const uint8_t *)"a\xE2\x82", 3));
    UNIT_TRUE(utf8_valid((const uint8_t *)"a\xE2\x82\xAC", 4));
}

/* A wrong byte at every place of a text long enough for every block size. */
static void finds_a_wrong_byte_at_every_place(void) {
    uint8_t text[125]; /* 64 + 32 + 3 * 8 + 5 */
    memset(text, 'a', sizeof text);
    for (size_t at = 0; at < sizeof text; at++) {
        text[at] = 0xFF;
        UNIT_INT(feed(UTF8_START, text, sizeof text), UTF8_BAD);
        UNIT_INT(feed(UTF8_START, text, at), UTF8_START);
        text[at] = 'a';
    }
}

UNIT_MAIN("websocket/utf8", UNIT_TEST(accepts_the_examples_of_the_rfc),
          UNIT_TEST(accepts_every_character_and_waits_for_its_end),
          UNIT_TEST(knows_every_start_of_two_bytes),
          UNIT_TEST(every_split_gives_the_same_state),
          UNIT_TEST(notices_the_first_wrong_byte),
          UNIT_TEST(once_bad_is_always_bad),
          UNIT_TEST(a_cut_character_is_not_a_text),
          UNIT_TEST(finds_a_wrong_byte_at_every_place))
