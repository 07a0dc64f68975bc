/* open_packet.c: see socketio/open_packet.h. */
#include "socketio/open_packet.h"

#include "socketio/json.h"

/* Reads a number of digits only: no sign, fraction or exponent, and at most
 * max, since a server may be malicious, too. Returns the number, or max + 1. */
static uint32_t number(struct span digits, uint32_t max) {
    uint64_t value = 0;
    if (digits.len == 0) return max + 1;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9') return max + 1;
        value = value * 10 + digits.data[i] - '0';
        if (value > max) return max + 1;
    }
    return (uint32_t)value;
}

static bool is_unreserved(uint8_t c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z') || (c != '\0' && strchr("-_.~", c));
}

/* A session id goes into the target of every request: a space or a line end in
 * it would let the server write the rest of the request. */
static bool is_sid(struct span sid) {
    if (sid.len == 0 || sid.len > LIMIT_SID) return false;
    for (size_t i = 0; i < sid.len; i++)
        if (!is_unreserved(sid.data[i])) return false;
    return true;
}

static bool contains(struct span array, const char *text) {
    struct span key, value;
    if (array.len == 0 || array.data[0] != '[') return false;
    while (json_next(&array, &key, &value))
        if (json_string_equal(json_unquote(value), text)) return true;
    return false;
}

int open_packet_parse(struct open_packet *p, struct span json) {
    json = json_trim(json);
    if (!json_valid(json) || json.data[0] != '{') return OPEN_PACKET_ERR_JSON;
    uint32_t interval =
        number(json_member(json, "pingInterval"), LIMIT_PING_MS);
    uint32_t timeout = number(json_member(json, "pingTimeout"), LIMIT_PING_MS);
    if (interval > LIMIT_PING_MS || timeout > LIMIT_PING_MS ||
        interval + timeout == 0)
        return OPEN_PACKET_ERR_NUMBER;
    /* Older servers of this protocol version send no maxPayload. */
    struct span max_payload = json_member(json, "maxPayload");
    p->max_payload =
        max_payload.data ? number(max_payload, INT32_MAX) : UINT32_MAX;
    if (p->max_payload == 0 || p->max_payload == (uint32_t)INT32_MAX + 1)
        return OPEN_PACKET_ERR_NUMBER;
    p->sid = json_unquote(json_member(json, "sid"));
    if (!is_sid(p->sid)) return OPEN_PACKET_ERR_SID;
    p->heartbeat_ms = (int)(interval + timeout);
    p->has_websocket = contains(json_member(json, "upgrades"), "websocket");
    return 0;
}
