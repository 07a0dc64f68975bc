/* nameserver_test.c: udp/nameserver.h at a socket of the loopback interface */
#include "packets/unit.h"
#include "udp/endpoint.h"
#include "udp/nameserver.h"

#include <unistd.h>

static const uint8_t QUERY[] = "\xab\xcd\1\0\0\1\0\0\0\0\0\0" /* RD */
                               "\3www\7example\0\0\1\0";      /* and a 1 */

static int server, client;
static struct endpoint server_self, client_self;
static struct dns_message m;

static void open_both(const char *host) {
    server = endpoint_bind(host, 0, &server_self);
    client = endpoint_bind(host, 0, &client_self);
    UNIT_TRUE(server != -1 && client != -1);
}

static void close_both(void) {
    close(server);
    close(client);
}

static void send_query(size_t n) {
    uint8_t bytes[600] = {0};
    memcpy(bytes, QUERY, sizeof QUERY - 1);
    bytes[sizeof QUERY - 1] = DNS_IN;
    UNIT_INT(endpoint_sendto(client, bytes, n, &server_self), n);
}

/* Receives a reply into m: does it come from the server? */
static bool receive(void) {
    uint8_t bytes[600];
    struct endpoint from;
    ssize_t n = endpoint_recvfrom(client, bytes, sizeof bytes, &from);
    UNIT_TRUE(n > 0);
    UNIT_INT(dns_parse((struct span){bytes, (size_t)n}, &m), n);
    UNIT_TRUE(m.is_response);
    return endpoint_equal(&from, &server_self);
}

static void answer_is(const char *expected) {
    char text[ADDRESS_TEXT_MAX];
    const struct dns_record *r = dns_answer(&m);
    UNIT_TRUE(r != NULL);
    if (!r) return;
    address_text(&r->address, text);
    UNIT_TEXT(text, strlen(text), expected);
}

static void answers_a_query(void) {
    open_both("127.0.0.1");
    send_query(29);
    UNIT_INT(nameserver_answer(server, &NAMESERVER_EXAMPLE, false), 0);
    UNIT_TRUE(receive());
    UNIT_INT(m.id, 0xabcd);
    answer_is("192.0.2.10");
    UNIT_FALSE(endpoint_wait(client, 0));
    close_both();
}

/* Half a header, and a query that is too long; then it answers as before. */
static void survives_what_is_no_query(void) {
    open_both("127.0.0.1");
    send_query(5);
    UNIT_INT(nameserver_answer(server, &NAMESERVER_EXAMPLE, true), 0);
    send_query(513);
    UNIT_INT(nameserver_answer(server, &NAMESERVER_EXAMPLE, true), -1);
    UNIT_FALSE(endpoint_wait(client, 0));
    send_query(29);
    UNIT_INT(nameserver_answer(server, &NAMESERVER_EXAMPLE, false), 0);
    UNIT_TRUE(receive());
    close_both();
}

/* Each forged reply has one fault: so each comparison is needed. */
static void attacks_with_one_fault_at_a_time(void) {
    for (int is_v6 = 0; is_v6 < 2; is_v6++) {
        open_both(is_v6 ? "::1" : "127.0.0.1");
        send_query(29);
        UNIT_INT(nameserver_answer(server, &NAMESERVER_EXAMPLE, true), 0);
        for (int i = 0; i < 3; i++) {
            char name[DNS_TEXT_MAX];
            UNIT_INT(receive(), i != 0);
            UNIT_INT(m.id == 0xabcd, i != 1);
            dns_name_text(&m.question.name, name);
            UNIT_INT(strcmp(name, "www.example") == 0, i != 2);
            answer_is("203.0.113.66");
        }
        UNIT_TRUE(receive());
        answer_is("192.0.2.10");
        close_both();
    }
}

UNIT_MAIN("udp/nameserver", UNIT_TEST(answers_a_query),
          UNIT_TEST(survives_what_is_no_query),
          UNIT_TEST(attacks_with_one_fault_at_a_time))
