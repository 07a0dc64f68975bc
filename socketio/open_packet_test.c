/* open_packet_test.c: socketio/open_packet.h */
#include "packets/unit.h"
#include "socketio/open_packet.h"

static struct open_packet p;
static uint8_t *exact;

static int parse(const char *text) {
    free(exact);
    exact = unit_exact(text, strlen(text));
    return open_packet_parse(&p, (struct span){exact, strlen(text)});
}

/* Engine.IO v4, "Handshake": the example of the protocol. */
static void reads_the_example_of_the_protocol(void) {
    UNIT_INT(parse("{\"sid\":\"lv_VI97HAXpY6yYWAAAC\",\"upgrades\":"
                   "[\"websocket\"],\"pingInterval\":25000,"
                   "\"pingTimeout\":20000,\"maxPayload\":1000000}"),
             0);
    UNIT_TEXT(p.sid.data, p.sid.len, "lv_VI97HAXpY6yYWAAAC");
    UNIT_INT(p.heartbeat_ms, 45000);
    UNIT_INT(p.max_payload, 1000000);
    UNIT_TRUE(p.has_websocket);
}

#define TIMES "\"pingInterval\":1,\"pingTimeout\":0"
#define SID "\"sid\":\"a\","

static void some_members_may_be_missing(void) {
    UNIT_INT(parse(" {" SID "\"pingTimeout\" : 0, \"pingInterval\" : 19 } "),
             0);
    UNIT_INT(p.heartbeat_ms, 19);
    UNIT_INT(p.max_payload, UINT32_MAX);
    UNIT_FALSE(p.has_websocket);
}

static void finds_a_websocket_among_the_upgrades(void) {
    UNIT_INT(parse("{" SID TIMES ",\"upgrades\":[\"a\",\"webs\\u006fcket\"]}"),
             0);
    UNIT_TRUE(p.has_websocket);
    UNIT_INT(parse("{" SID TIMES ",\"upgrades\":[\"webtransport\",1]}"), 0);
    UNIT_FALSE(p.has_websocket);
    UNIT_INT(parse("{" SID TIMES ",\"upgrades\":\"websocket\"}"), 0);
    UNIT_FALSE(p.has_websocket);
}

/* 64 characters, all that are allowed. */
#define LONG "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxy-_."

static void refuses_what_no_server_may_say(void) {
    static const struct {
        const char *json;
        int expected;
    } cases[] = {
        {"", OPEN_PACKET_ERR_JSON},
        {"[]", OPEN_PACKET_ERR_JSON},
        {"{", OPEN_PACKET_ERR_JSON},
        {"{}", OPEN_PACKET_ERR_NUMBER},
        {"{" SID "\"pingInterval\":1}", OPEN_PACKET_ERR_NUMBER},
        {"{" SID "\"pingTimeout\":1}", OPEN_PACKET_ERR_NUMBER},
        {"{" SID "\"pingInterval\":-5,\"pingTimeout\":9}",
         OPEN_PACKET_ERR_NUMBER},
        {"{" SID "\"pingInterval\":1e99,\"pingTimeout\":1}",
         OPEN_PACKET_ERR_NUMBER},
        {"{" SID "\"pingInterval\":1.5,\"pingTimeout\":1}",
         OPEN_PACKET_ERR_NUMBER},
        {"{" SID "\"pingInterval\":\"1\",\"pingTimeout\":1}",
         OPEN_PACKET_ERR_NUMBER},
        {"{" SID "\"pingInterval\":0,\"pingTimeout\":0}",
         OPEN_PACKET_ERR_NUMBER},
        {"{" SID "\"pingInterval\":99999999999999999999,\"pingTimeout\":1}",
         OPEN_PACKET_ERR_NUMBER},
        {"{" SID "\"pingInterval\":1:,\"pingTimeout\":1}",
         OPEN_PACKET_ERR_JSON},
        {"{" SID TIMES ",\"maxPayload\":0}", OPEN_PACKET_ERR_NUMBER},
        {"{" SID TIMES ",\"maxPayload\":-1}", OPEN_PACKET_ERR_NUMBER},
        {"{" SID TIMES ",\"maxPayload\":\"1\"}", OPEN_PACKET_ERR_NUMBER},
        /* the limits, and one more */
        {"{" SID "\"pingInterval\":600000,\"pingTimeout\":600000}", 0},
        {"{" SID "\"pingInterval\":600001,\"pingTimeout\":1}",
         OPEN_PACKET_ERR_NUMBER},
        {"{" SID "\"pingInterval\":1,\"pingTimeout\":600001}",
         OPEN_PACKET_ERR_NUMBER},
        {"{" SID TIMES ",\"maxPayload\":1}", 0},
        {"{" SID TIMES ",\"maxPayload\":2147483647}", 0},
        {"{" SID TIMES ",\"maxPayload\":2147483648}", OPEN_PACKET_ERR_NUMBER},
        {"{" TIMES ",\"sid\":\"" LONG "\"}", 0},
        {"{" TIMES ",\"sid\":\"" LONG "z\"}", OPEN_PACKET_ERR_SID},
        /* a session id goes into the target of a request */
        {"{" TIMES "}", OPEN_PACKET_ERR_SID},
        {"{" TIMES ",\"sid\":\"\"}", OPEN_PACKET_ERR_SID},
        {"{" TIMES ",\"sid\":1}", OPEN_PACKET_ERR_SID},
        {"{" TIMES ",\"sid\":\"~\"}", 0},
        {"{" TIMES ",\"sid\":\"z\"}", 0},
        {"{" TIMES ",\"sid\":\"a b\"}", OPEN_PACKET_ERR_SID},
        {"{" TIMES ",\"sid\":\"a&x=1\"}", OPEN_PACKET_ERR_SID},
        {"{" TIMES ",\"sid\":\"&\"}", OPEN_PACKET_ERR_SID},
        {"{" TIMES ",\"sid\":\"a\\r\\nX: y\"}", OPEN_PACKET_ERR_SID},
        {"{" TIMES ",\"sid\":\"\xc3\xa9\"}", OPEN_PACKET_ERR_SID},
        {"{" TIMES ",\"sid\":\"a/\"}", OPEN_PACKET_ERR_SID},
        {"{" TIMES ",\"sid\":\"a:\"}", OPEN_PACKET_ERR_SID},
        {"{" TIMES ",\"sid\":\"a@\"}", OPEN_PACKET_ERR_SID},
        {"{" TIMES ",\"sid\":\"a[\"}", OPEN_PACKET_ERR_SID},
        {"{" TIMES ",\"sid\":\"a`\"}", OPEN_PACKET_ERR_SID},
        {"{" TIMES ",\"sid\":\"a{\"}", OPEN_PACKET_ERR_SID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        UNIT_INT(parse(cases[i].json), cases[i].expected);
    free(exact);
    exact = NULL;
}

UNIT_MAIN("open_packet", UNIT_TEST(reads_the_example_of_the_protocol),
          UNIT_TEST(some_members_may_be_missing),
          UNIT_TEST(finds_a_websocket_among_the_upgrades),
          UNIT_TEST(refuses_what_no_server_may_say))
