/* dissect_fuzz.c: all parts lie within the frame and in order, a cut frame
 * never has more than the whole one, and a completed checksum is right. */
#include "packets/dissect.h"
#include "packets/flow.h"
#include "packets/ipv4.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Is the part inside the frame, at its end? */
static bool is_inside(struct span part, struct span frame) {
    return part.len == 0 || (part.data >= frame.data &&
                             part.data + part.len <= frame.data + frame.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static struct flows flows;
    struct dissection d;
    struct flow_step step;
    char text[FLOW_TEXT_MAX];
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy) return 0;
    if (n) memcpy(copy, bytes, n);
    struct span frame = {copy, n};
    int headers = dissect(frame, &d);
    assert(headers <= (int)n);
    if (headers > 0) {
        assert(is_inside(d.transport, frame) && is_inside(d.data, frame));
        assert(d.data.len <= d.data_len && d.data_len <= d.transport_len);
        flow_follow(&flows, &d, &step);
        assert(strlen(flow_text(&d, &step, text)) > 0);
        if (d.protocol == IP_TCP && dissect_complete_checksum(&d))
            assert(segment_checksum_is_right(d.transport, &d.source,
                                             &d.destination));
    }
    free(copy);
    return 0;
}
