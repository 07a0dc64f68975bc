/* http_server_test.c: websocket/http_server.h, with timers that are started by
 * hand; what connections do with them is in http_conn_test.c */
#include "packets/unit.h"
#include "websocket/http_conn.h"

static struct http_server server;
static struct http_conn c, other;

static void start(enum http_phase phase, struct http_conn *conn, int64_t now) {
    timer_start(&server.timers[phase], &conn->timer, now);
}

/* RFC 9110 §15.5.9 (408) and RFC 9112 §9.5, §9.6 leave the times to the
 * server: each phase has its own. */
static void each_phase_has_its_own_deadline(void) {
    static const struct {
        enum http_phase phase;
        int64_t ms;
    } limits[] = {{HTTP_IDLE, LIMIT_IDLE_MS},
                  {HTTP_HEAD, LIMIT_HEAD_MS},
                  {HTTP_BODY, LIMIT_BODY_MS},
                  {HTTP_LINGERING, LIMIT_CLOSING_MS}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        http_server_init(&server);
        start(limits[i].phase, &c, 1000);
        UNIT_INT(http_server_wait(&server, 1000, -1), limits[i].ms);
        UNIT_TRUE(!http_server_pop_due(&server, 1000 + limits[i].ms - 1));
        UNIT_TRUE(http_server_pop_due(&server, 1000 + limits[i].ms) == &c);
        UNIT_TRUE(!http_server_pop_due(&server, INT64_MAX));
        UNIT_INT(http_server_wait(&server, 1000, -1), -1);
    }
}

static void the_wait_is_until_the_first_deadline(void) {
    http_server_init(&server);
    start(HTTP_BODY, &c, 0);
    start(HTTP_IDLE, &other, 0);
    UNIT_INT(http_server_wait(&server, 0, -1), LIMIT_IDLE_MS);
    UNIT_INT(http_server_wait(&server, 0, 7), 7);
    UNIT_TRUE(http_server_pop_due(&server, LIMIT_IDLE_MS) == &other);
    UNIT_INT(http_server_wait(&server, LIMIT_IDLE_MS, -1),
             LIMIT_BODY_MS - LIMIT_IDLE_MS);
    timer_stop(&c.timer);
}

/* Otherwise the loop that judges deadlines would get it again for ever. */
static void a_postponed_connection_is_due_later_and_has_not_expired(void) {
    http_server_init(&server);
    start(HTTP_HEAD, &c, 0);
    UNIT_TRUE(http_server_pop_due(&server, LIMIT_HEAD_MS) == &c);
    UNIT_TRUE(c.has_expired);
    http_server_postpone(&server, &c, LIMIT_HEAD_MS);
    UNIT_TRUE(!c.has_expired);
    UNIT_TRUE(!http_server_pop_due(&server, LIMIT_HEAD_MS));
    UNIT_INT(http_server_wait(&server, LIMIT_HEAD_MS, -1), 1);
    UNIT_TRUE(http_server_pop_due(&server, LIMIT_HEAD_MS + 1) == &c);
}

static void after_the_shutdown_all_are_due_but_those_that_linger(void) {
    http_server_init(&server);
    start(HTTP_BODY, &c, 1000);
    start(HTTP_LINGERING, &other, 1000);
    http_server_shut(&server);
    UNIT_INT(http_server_wait(&server, 1000, -1), 0);
    UNIT_TRUE(http_server_pop_due(&server, 1000) == &c);
    UNIT_TRUE(!http_server_pop_due(&server, 1000));
    UNIT_INT(http_server_wait(&server, 1000, -1), LIMIT_CLOSING_MS);
    UNIT_TRUE(http_server_pop_due(&server, 1000 + LIMIT_CLOSING_MS) == &other);
}

/* RFC 9110 §6.6.1: no clock, no Date. */
static void the_date_is_empty_where_there_is_none(void) {
    http_server_init(&server);
    UNIT_INT(server.date[0], 0);
    http_server_set_time(&server, 0);
    UNIT_TEXT(server.date, strlen(server.date),
              "Thu, 01 Jan 1970 00:00:00 GMT");
    http_server_set_time(&server, -2);
    UNIT_INT(server.date[0], 0);
    http_server_set_time(&server, HTTP_DATE_MAX);
    UNIT_TRUE(server.date[0] != 0);
    http_server_set_time(&server, HTTP_DATE_MAX + 1);
    UNIT_INT(server.date[0], 0);
}

UNIT_MAIN("websocket/http_server",
          UNIT_TEST(the_date_is_empty_where_there_is_none),
          UNIT_TEST(each_phase_has_its_own_deadline),
          UNIT_TEST(the_wait_is_until_the_first_deadline),
          UNIT_TEST(a_postponed_connection_is_due_later_and_has_not_expired),
          UNIT_TEST(after_the_shutdown_all_are_due_but_those_that_linger))
