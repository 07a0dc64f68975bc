/* explain_data_fuzz.c: for any data of TCP, the fields cover it and all derived
 * bytes exactly once. The first byte chooses the dissector. */
#include "socketio/explain_data.h"
#include "socketio/explain_engine.h"
#include "socketio/explain_socket.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct explain e;
    struct dissector d;
    if (n == 0) return 0;
    unsigned form = bytes[0] % 9;
    uint8_t *copy = malloc(n);
    if (!copy) return 0;
    memcpy(copy, bytes + 1, n - 1);
    explain_init(&e, 1 << 24);
    dissector_begin(&d, &e, (struct span){copy, n - 1}, EXPLAIN_APPLICATION,
                    "data");
    if (form == 8) dissector_narrow(&d, EXPLAIN_APPLICATION, n + 10, "cut");
    enum explain_protocol protocol = form % 6;
    if (form == 6)
        explain_engine_payload(&d, true);
    else if (form == 7)
        explain_socket(&d);
    else
        explain_protocol(&d, &protocol);
    assert(dissector_finish(&d));
    assert(explain_is_complete(&e));
    explain_free(&e);
    free(copy);
    return 0;
}
