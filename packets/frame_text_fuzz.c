/* frame_text_fuzz.c: whatever a frame is, its line is printable ASCII, not
 * empty and complete: shorter than the space for it. */
#include "packets/frame_text.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_line(const char *text, size_t max) {
    assert(strlen(text) < max - 1);
    for (const char *c = text; *c; c++) assert(*c >= ' ' && *c <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct span all = {(uint8_t *)(uintptr_t)bytes, n};
    char text[FRAME_TEXT_MAX], macs[FRAME_TEXT_MACS_MAX];
    check_line(frame_text(all, text), sizeof text);
    assert(text[0] != '\0');
    check_line(frame_text_packet(all, text), sizeof text);
    assert(text[0] != '\0');
    check_line(frame_text_macs(all, macs), sizeof macs);
    return 0;
}
