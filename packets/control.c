#include "packets/control.h"

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
    if (c < 0xC2 || c > 0xF4) return 1;
    *tail = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    return 0;
}
