/* explain_as_test.c: socketio/explain_as.h */
#include "packets/explain_unit.h"
#include "socketio/explain_as.h"

#define IPV4(protocol, length)                                                 \
    "\x45\0\0" length "\0\0\0\0\x40" protocol "\0\0\x0a\0\0\x01\x0a\0\0\x02"
#define QUERY                                                                  \
    "\0\x01\x01\0\0\x01\0\0\0\0\0\0\x01"                                       \
    "a\0\0\x01\0\x01" /* of DNS */

static void as(const char *name, const void *bytes, size_t n) {
    int number = explain_as_find(name);
    explain_begin(bytes, n, EXPLAIN_APPLICATION);
    UNIT_TRUE(number >= 0);
    if (number >= 0) explain_as(&d, number);
    explain_finish();
}

/* The bytes of a constant. */
#define AS(name, bytes) as(name, bytes, sizeof(bytes) - 1)

static void each_name_is_that_of_a_dissector(void) {
    static char names[] = EXPLAIN_AS_NAMES;
    int count = 0;
    for (char *name = strtok(names, " "); name; name = strtok(NULL, " "))
        UNIT_INT(explain_as_find(name), count++);
    UNIT_INT(count, 10);
    UNIT_INT(explain_as_find("ftp"), -1);
    UNIT_INT(explain_as_find("ws "), -1);
    UNIT_INT(explain_as_find(""), -1);
}

static void explains_the_headers_of_each_layer(void) {
    AS("ethernet",
       "\xff\xff\xff\xff\xff\xff\0\0\0\0\0\x01\x08\0" IPV4("\x01", "\x14"));
    UNIT_TRUE(explain_has("Ethernet") && explain_has("IPv4"));
    AS("ipv4", IPV4("\x01", "\x14"));
    UNIT_FALSE(explain_has("Ethernet"));
    UNIT_TRUE(explain_has("Header Checksum"));
    AS("ipv6", "\x60\0\0\0\0\0\x3b\x40"
               "0123456789abcdef0123456789abcdef");
    UNIT_TRUE(explain_has("Hop Limit"));
    AS("tcp", "\0\x50\0\x51\0\0\0\0\0\0\0\0\x50\0\0\0\0\0\0\0");
    UNIT_TRUE(explain_has("Acknowledgment Number"));
    AS("udp", "\0\x07\0\x08\0\x08\0\0");
    UNIT_TRUE(explain_has("Destination Port"));
    AS("dns", QUERY);
    UNIT_TRUE(explain_has("QTYPE"));
    explain_end();
}

static void explains_the_protocols_of_an_application(void) {
    AS("http", "GET / HTTP/1.0\r\n\r\n");
    UNIT_TRUE(explain_has("request-line"));
    AS("ws", "\x81\x02"
             "40");
    EXPLAIN_WORDS("type", "message");
    UNIT_TRUE(explain_has("Socket.IO"));
    AS("engineio", "2\x1e"
                   "41");
    EXPLAIN_ALL("type=2|separator=\x1e|type=4|type=1|");
    AS("socketio", "41");
    EXPLAIN_WORDS("type", "CONNECT_ERROR");
    explain_end();
}

static void explains_what_tcp_and_udp_carry(void) {
    AS("tcp", "\0\x50\0\x51\0\0\0\0\0\0\0\0\x50\0\0\0\0\0\0\0"
              "GET / HTTP/1.0\r\n\r\n");
    UNIT_TRUE(explain_has("request-line"));
    AS("ipv4", IPV4("\x06", "\x3a") "\0\x50\0\x51\0\0\0\0\0\0\0\0\x50\0\0\0\0"
                                    "\0\0\0"
                                    "GET / HTTP/1.0\r\n\r\n");
    UNIT_TRUE(explain_has("request-line"));
    AS("udp", "\0\x35\0\x08\0\x1b\0\0" QUERY); /* from port 53 */
    UNIT_TRUE(explain_has("QTYPE"));
    AS("udp", "\0\x08\0\x35\0\x1b\0\0" QUERY); /* to it */
    UNIT_TRUE(explain_has("QTYPE"));
    AS("udp", "\0\x08\0\x08\0\x1b\0\0" QUERY);
    UNIT_FALSE(explain_has("QTYPE"));
    AS("ethernet",
       "\xff\xff\xff\xff\xff\xff\0\0\0\0\0\x01\x08\0" IPV4(
           "\x06", "\x3a") "\0\x50\0\x51\0\0\0\0\0\0\0\0\x50\0\0\0\0\0\0\0"
                           "GET / HTTP/1.0\r\n\r\n");
    UNIT_TRUE(explain_has("request-line"));
    AS("udp", "\0\x08\0\x35\0\x09\0\0q"); /* the beginning of a message */
    UNIT_INT(e.cut_count, 1);
    AS("udp", "\0\x08\0\x35\0\x08\0\0"); /* no data: no message is missing */
    UNIT_INT(e.cut_count, 0);
    explain_end();
}

UNIT_MAIN("socketio/explain_as", UNIT_TEST(each_name_is_that_of_a_dissector),
          UNIT_TEST(explains_the_headers_of_each_layer),
          UNIT_TEST(explains_the_protocols_of_an_application),
          UNIT_TEST(explains_what_tcp_and_udp_carry))
