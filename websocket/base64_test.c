/* base64_test.c: websocket/base64.h against RFC 4648 §3, §4 and §10 */
#include "packets/unit.h"
#include "websocket/base64.h"

/* Decodes an exact copy of text into an exact space, then copies to out. */
static ssize_t decode(const char *text, size_t n, uint8_t *out) {
    char *exact = unit_exact(text, n);
    uint8_t *made = malloc(n / 4 * 3 + 1);
    if (!made) abort();
    made[n / 4 * 3] = 0xA5; /* the first byte that is not its own */
    ssize_t got = base64_decode(exact, n, made);
    UNIT_INT(made[n / 4 * 3], 0xA5);
    if (got > 0) memcpy(out, made, (size_t)got);
    free(made);
    free(exact);
    return got;
}

/* RFC 4648 §10. */
static void encodes_and_decodes_the_vectors_of_the_rfc(void) {
    static const struct {
        const char *plain, *text;
    } cases[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *plain = cases[i].plain, *text = cases[i].text;
        uint8_t bytes[8];
        char made[8];
        UNIT_INT(BASE64_SIZE(strlen(plain)), strlen(text));
        size_t n = base64_encode((const uint8_t *)plain, strlen(plain), made);
        UNIT_TEXT(made, n, text);
        ssize_t got = decode(text, strlen(text), bytes);
        UNIT_INT(got, strlen(plain));
        UNIT_TEXT(bytes, (size_t)got, plain);
    }
}

/* RFC 4648 §4, table 1: value 0 is A, 63 is "/". */
static void accepts_its_alphabet_only(void) {
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (unsigned c = 0; c < 256; c++) {
        char text[] = {'A', 'A', 'A', (char)c};
        const char *at = c ? strchr(alphabet, (int)c) : NULL;
        uint8_t bytes[3];
        ssize_t got = decode(text, 4, bytes);
        UNIT_INT(got, at ? 3 : c == '=' ? 2 : -1);
        if (at) UNIT_INT(bytes[2], at - alphabet);
    }
}

/* RFC 4648 §3.2 and §3.5; §3.1 and §3.3: nothing else is skipped. */
static void refuses_what_is_not_strictly_base64(void) {
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"Z", "§3.2: not a multiple of four"},
        {"Zg", "§3.2: no padding"},
        {"Zg=", "§3.2: half of the padding"},
        {"Zm8", "§3.2: no padding"},
        {"Zm9vY", "§3.2: one character too many"},
        {"Zh==", "§3.5: bits left over that are not zero"},
        {"Zm9=", "§3.5: the same, of two bits"},
        {"Z===", "six bits are no byte"},
        {"====", "padding of nothing"},
        {"Zg==Zg==", "§3.3: padding in the middle"},
        {"Zm8=Zm8=", "§3.3: padding in the middle"},
        {"Z=g=", "§3.3: a pad character before the end"},
        {"=Zg=", "§3.3: a pad character at the start"},
        {"Zm9v\r\n\r\n", "§3.1: line breaks"},
        {"Zm 9", "§3.3: a space"},
        {"Zm9-", "§5: the alphabet for URLs is another one"},
        {"Zm9_", "§5: the same"},
    };
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = cases[i].text, *why = cases[i].why;
        int bad = decode(text, strlen(text), bytes) == -1;
        UNIT_TEXT(why, bad ? strlen(why) : 0, why);
    }
}

static void decodes_in_place(void) {
    char text[] = "Zm9vYmE=";
    UNIT_INT(base64_decode(text, 8, (uint8_t *)text), 5);
    UNIT_TEXT(text, 5, "fooba");
}

/* Every byte value, at every place in a group, at every length. */
static void decodes_what_it_encoded(void) {
    uint8_t bytes[259], again[259];
    char text[BASE64_SIZE(sizeof bytes)];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 7);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        uint8_t *exact = unit_exact(bytes, n);
        UNIT_INT(base64_encode(exact, n, text), BASE64_SIZE(n));
        UNIT_INT(decode(text, BASE64_SIZE(n), again), n);
        UNIT_INT(memcmp(again, bytes, n), 0);
        free(exact);
    }
}

UNIT_MAIN("websocket/base64",
          UNIT_TEST(encodes_and_decodes_the_vectors_of_the_rfc),
          UNIT_TEST(accepts_its_alphabet_only),
          UNIT_TEST(refuses_what_is_not_strictly_base64),
          UNIT_TEST(decodes_in_place), UNIT_TEST(decodes_what_it_encoded))
