/* open_packet_test.c: socketio/open_packet.h */
#include "packets/unit.h"
#include "socketio/open_packet.h"

static int heartbeat(const char *text) {
    uint8_t *exact = unit_exact(text, strlen(text));
    int ms = open_packet_heartbeat_ms((struct span){exact, strlen(text)});
    free(exact);
    return ms;
}

/* Engine.IO v4, "Handshake": the example of the protocol. */
static void a_server_is_silent_for_interval_and_timeout_at_most(void) {
    UNIT_INT(heartbeat("{\"sid\":\"lv_VI97HAXpY6yYWAAAC\",\"upgrades\":"
                       "[\"websocket\"],\"pingInterval\":25000,"
                       "\"pingTimeout\":20000,\"maxPayload\":1000000}"),
             45000);
    UNIT_INT(heartbeat("{\"pingTimeout\":19,\"pingInterval\":0}"), 19);
    UNIT_INT(heartbeat(" {\"pingTimeout\" : 0, \"pingInterval\" : 1 } "), 1);
}

static void refuses_what_no_server_may_say(void) {
    static const struct {
        const char *json;
        int want;
    } cases[] = {
        {"", OPEN_PACKET_ERR_JSON},
        {"[]", OPEN_PACKET_ERR_JSON},
        {"{", OPEN_PACKET_ERR_JSON},
        {"{}", OPEN_PACKET_ERR_NUMBER},
        {"{\"pingInterval\":1}", OPEN_PACKET_ERR_NUMBER},
        {"{\"pingTimeout\":1}", OPEN_PACKET_ERR_NUMBER},
        {"{\"pingInterval\":-5,\"pingTimeout\":9}", OPEN_PACKET_ERR_NUMBER},
        {"{\"pingInterval\":1e99,\"pingTimeout\":1}", OPEN_PACKET_ERR_NUMBER},
        {"{\"pingInterval\":1.5,\"pingTimeout\":1}", OPEN_PACKET_ERR_NUMBER},
        {"{\"pingInterval\":\"1\",\"pingTimeout\":1}", OPEN_PACKET_ERR_NUMBER},
        {"{\"pingInterval\":0,\"pingTimeout\":0}", OPEN_PACKET_ERR_NUMBER},
        {"{\"pingInterval\":99999999999999999999,\"pingTimeout\":1}",
         OPEN_PACKET_ERR_NUMBER},
        /* the limit, and one more */
        {"{\"pingInterval\":600000,\"pingTimeout\":600000}", 1200000},
        {"{\"pingInterval\":600001,\"pingTimeout\":1}", OPEN_PACKET_ERR_NUMBER},
        {"{\"pingInterval\":1,\"pingTimeout\":600001}", OPEN_PACKET_ERR_NUMBER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        UNIT_INT(heartbeat(cases[i].json), cases[i].want);
}

UNIT_MAIN("socketio/open_packet",
          UNIT_TEST(a_server_is_silent_for_interval_and_timeout_at_most),
          UNIT_TEST(refuses_what_no_server_may_say))
