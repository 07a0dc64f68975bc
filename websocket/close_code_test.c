/* close_code_test.c: websocket/close_code.h against RFC 6455 §5.5.1 and §7.4 */
#include "packets/unit.h"
#include "websocket/close_code.h"

static int parse(const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    int code = close_code_parse((struct span){exact, n});
    free(exact);
    return code;
}

/* RFC 6455 §7.4.1, §7.4.2: 1004 to 1006 and 1015 MUST NOT be sent; 1012 to 1014
 * are registered with IANA; 3000 to 4999 are for libraries and applications. */
static void accepts_the_codes_that_may_be_sent_and_no_other(void) {
    for (unsigned code = 0; code <= 0xFFFF; code++) {
        char bytes[2] = {(char)(code >> 8), (char)code};
        bool may =
            (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) ||
            (code >= 3000 && code <= 4999);
        if (parse(bytes, 2) != (may ? (int)code : -1002))
            UNIT_INT(parse(bytes, 2), may ? (int)code : -1002);
    }
}

/* RFC 6455 §5.5.1: a body begins with two bytes of code; then UTF-8 follows. */
static void a_body_is_a_code_and_a_reason_or_nothing(void) {
    UNIT_INT(parse("", 0), 1005);
    UNIT_INT(parse("\x03", 1), -1002);
    UNIT_INT(parse("\x03\xe8", 2), 1000);
    UNIT_INT(parse("\x03\xe8"
                   "caf\xc3\xa9",
                   7),
             1000);
    UNIT_INT(parse("\x03\xe8\xff", 3), -1007);
    UNIT_INT(parse("\x03\xe8\xc3", 3), -1007); /* a character cut short */
}

static void says_what_a_code_means(void) {
    UNIT_TEXT(close_code_meaning(1001), strlen(close_code_meaning(1001)),
              "going away");
    UNIT_TEXT(close_code_meaning(3000), strlen(close_code_meaning(3000)), "");
    for (unsigned code = 1000; code <= 1014; code++) /* 1004: reserved */
        UNIT_INT(*close_code_meaning(code) != '\0', code != 1004);
}

UNIT_MAIN("websocket/close_code",
          UNIT_TEST(accepts_the_codes_that_may_be_sent_and_no_other),
          UNIT_TEST(a_body_is_a_code_and_a_reason_or_nothing),
          UNIT_TEST(says_what_a_code_means))
