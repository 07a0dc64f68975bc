/* control.c: see packets/control.h. Entry point: control_size. */
#include "packets/control.h"

/* Returns how many bytes follow the first one of a character, 1 to 3; -1: s
 * does not begin with UTF-8. s may end inside the character. */
static int count_following(struct span s) {
    uint8_t c = s.data[0];
    if (c < 0xC2 || c > 0xF4) return -1;
    int n = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    /* RFC 3629 §4: the second byte says if the character could be shorter, is a
     * surrogate (U+D800 to U+DFFF), or is beyond U+10FFFF. */
    uint8_t low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    uint8_t high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    if (s.len > 1 && (s.data[1] < low || s.data[1] > high)) return -1;
    for (size_t i = 2; i <= (size_t)n && i < s.len; i++)
        if (s.data[i] < 0x80 || s.data[i] > 0xBF) return -1;
    return n;
}

size_t control_size(struct span s, int *tail) {
    uint8_t c = s.data[0];
    if (*tail > 0 && c >= 0x80 && c <= 0xBF) {
        --*tail;
        return 0;
    }
    *tail = 0;
    if (c < 0x20 || c == 0x7F) return 1;
    if (c < 0x80) return 0;
    if (c == 0xC2 && s.len > 1 && s.data[1] >= 0x80 && s.data[1] < 0xA0)
        return 2;
    int following = count_following(s);
    if (following < 0) return 1;
    *tail = following;
    return 0;
}
