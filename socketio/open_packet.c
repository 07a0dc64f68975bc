/* open_packet.c: see socketio/open_packet.h. */
#include "socketio/open_packet.h"

#include "socketio/json.h"

/* A member that is a whole number of ms. What a server says is believed no more
 * than what a client says: no sign, fraction or exponent, and a limit. */
static int number(struct span object, const char *name) {
    struct span digits = json_member(object, name);
    int value = 0;
    if (digits.len == 0) return OPEN_PACKET_ERR_NUMBER;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return OPEN_PACKET_ERR_NUMBER;
        value = value * 10 + digits.data[i] - '0';
        if (value > LIMIT_PING_MS) return OPEN_PACKET_ERR_NUMBER;
    }
    return value;
}

int open_packet_heartbeat_ms(struct span json) {
    json = json_trim(json);
    if (!json_valid(json) || json.data[0] != '{') return OPEN_PACKET_ERR_JSON;
    int interval = number(json, "pingInterval");
    int timeout = number(json, "pingTimeout");
    if (interval < 0 || timeout < 0 || interval + timeout == 0)
        return OPEN_PACKET_ERR_NUMBER;
    return interval + timeout;
}
