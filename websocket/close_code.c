/* close_code.c: see websocket/close_code.h. */
#include "websocket/close_code.h"

#include "websocket/utf8.h"

/* RFC 6455 §7.4.1, §7.4.2: which codes may be in a close frame. 1004 to 1006
 * and 1015 MUST NOT; 1012 to 1014 are registered with IANA. */
static bool may_be_sent(unsigned code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

int close_code_parse(struct span payload) {
    if (payload.len == 0) return 1005;
    /* RFC 6455 §5.5.1: if there is a body, its first two bytes MUST be a code,
     * and the rest MUST be UTF-8. */
    if (payload.len == 1) return -1002;
    int code = payload.data[0] << 8 | payload.data[1];
    if (!may_be_sent((unsigned)code)) return -1002;
    if (!utf8_valid(payload.data + 2, payload.len - 2)) return -1007;
    return code;
}

const char *close_code_meaning(unsigned code) {
    static const struct {
        unsigned code;
        const char *meaning;
    } meanings[] = {
        {1000, "normal closure"},
        {1001, "going away"},
        {1002, "protocol error"},
        {1003, "data of a kind that cannot be accepted"},
        {1005, "no code"},
        {1006, "no close frame"},
        {1007, "not valid UTF-8"},
        {1008, "policy violation"},
        {1009, "message too big"},
        {1010, "an extension is missing"},
        {1011, "internal error"},
        {1012, "service restart"},
        {1013, "try again later"},
        {1014, "bad gateway"},
    };
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].code == code) return meanings[i].meaning;
    return "";
}
