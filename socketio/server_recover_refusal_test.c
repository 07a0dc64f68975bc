/* server_recover_refusal_test.c: when a server with recovery does not recover a
 * client: it gets a new socket */
#include "socketio/server_recover_unit.h"

static void an_unknown_pid_is_new(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    struct ids other = ids;
    cut(0);
    other.pid[7] = other.pid[7] == 'A' ? 'B' : 'A';
    is_refused(1, &other, 0);
    open_conn(2);
    send_text(2, "40{\"pid\":7,\"offset\":\"x\"}");
    is_new(2, &ids);
    recovers(3, &ids, 0, "40|42[\"left\",\"E.1\"]|"); /* it is still kept */
    stop();
}

/* A socket that joined at 1 and missed 2 comes back with an offset, in which an
 * E stands for the epoch. */
static void come_back_with(const char *form, struct ids *ids) {
    char text[120];
    start(RECOVERY_MS);
    join(0);
    emit_to_all("1");
    *ids = join(1);
    cut(1);
    open_conn(2);
    const char *at = strchr(form, 'E');
    snprintf(text, sizeof text, "40{\"pid\":\"%s\",\"offset\":%.*s%s%s}",
             ids->pid, (int)(at ? at - form : 99), form, at ? epoch : "",
             at ? at + 1 : "");
    events_len = 0;
    send_text(2, text);
}

static void an_offset_that_this_server_did_not_give_is_refused(void) {
    static const char *const forms[] = {
        "\"E.\"",
        "\"E.x\"",
        "\"E.2x\"",
        "\"E. 2\"",
        "\"E.1(\"", /* 2, if it was a digit */
        "\"E.-1\"",
        "\"E.3\"",                    /* in the future */
        "\"E.99999999999999999999\"", /* beyond 64 bits */
        "\"E.18446744073709551618\"", /* which is 2 modulo 2^64 */
    };
    struct ids ids;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        come_back_with(forms[i], &ids);
        is_new(2, &ids);
        stop();
    }
}

/* Only a CONNECT that could be recovered ends the connection that the socket
 * still has. */
static void an_offset_in_the_future_does_not_end_a_connection(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    struct server_socket first = last;
    is_refused(1, &ids, 1);
    emit(server_to(first), "1");
    check_got(0, "42[\"x\",1,\"E.1\"]|");
    stop();
}

/* The official client sends the last offset that it has got, also of an earlier
 * socket. So it has got no event as this one. */
static void an_offset_from_before_it_joined_is_none(void) {
    static const char *const forms[] = {
        "\"E.0\"",  "\"E.1\"", "\"AAAAAAAA.7\"", /* of another server */
        "\"text\"", "\"\"",    "\"Ex\"",         "\"E\"", "null", "7",
    };
    struct ids ids;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        come_back_with(forms[i], &ids);
        const char *text = read_sent(2, NULL);
        UNIT_TEXT(text, strlen(text), "40|42[\"left\",\"E.2\"]|");
        EVENTS("recovered 0;");
        stop();
    }
}

static void a_client_that_returns_too_late_is_new(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    cut(0);
    UNIT_INT(server_wait(server, now, -1), RECOVERY_MS);
    now += RECOVERY_MS;
    end_turn();
    is_refused(1, &ids, 1);
    stop();
}

static void too_much_to_replay_is_refused(void) {
    static char args[LIMIT_REPLAY / 2 + 1];
    memset(args, '1', sizeof args - 1);
    start(RECOVERY_MS);
    struct ids ids = join(0);
    cut(0);
    emit_to_all(args);
    emit_to_all("2");
    open_conn(1);
    send_connect(1, "", ids.pid, 1);
    EVENTS("disconnect 0;recovered 0;");
    cut(1);
    emit_to_all(args);
    is_refused(2, &ids, 1);
    stop();
}

/* A slow client in two namespaces would otherwise be dropped in each replay,
 * and never get on. */
static void the_replays_of_a_client_are_limited_in_all(void) {
    static char args[LIMIT_REPLAY / 2 + 1];
    memset(args, '1', sizeof args - 1);
    for (int i = 0; i < 2; i++) { /* the second: another client in its slot */
        struct ids custom;
        start(RECOVERY_MS);
        struct ids ids = join(0);
        send_text(0, "40/custom,");
        read_sent(0, &custom);
        cut(0);
        emit_to_all(args);
        emit(server_to_all((struct server_socket){0, 1}), args);
        if (i == 1) recovers(1, &ids, 1, NULL);
        if (i == 1) cut(1);
        open_conn(2);
        events_len = 0;
        if (i == 0) send_connect(2, "", ids.pid, 1);
        send_connect(2, "/custom,", custom.pid, 2);
        EVENTS(i == 0 ? "recovered 0;connect 1;" : "recovered 1;");
        stop();
    }
}

/* A client repeats a CONNECT that causes a megabyte, and reads none of it. */
static void the_replays_of_a_second_are_limited(void) {
    static char args[LIMIT_REPLAY - 10000]; /* and "left" of each cut */
    memset(args, '1', sizeof args - 1);
    start(60000);
    struct ids ids = join(0);
    cut(0);
    emit_to_all(args);
    for (int second = 0; second < 2; second++) {
        for (int i = 0; i < LIMIT_REPLAYS / LIMIT_REPLAY; i++) {
            events_len = 0;
            recovers(1, &ids, 1, NULL);
            cut(1);
        }
        if (second == 0) now += 998; /* the first begins at 0 */
        if (second == 0) is_refused(1, &ids, 1);
        cut(1);
        now += 1;
    }
    stop();
}

/* So much was sent to others that the beginning is gone. */
static void what_the_backlog_has_dropped_is_refused(void) {
    static char args[LIMIT_BACKLOG / 8 + 1];
    memset(args, '1', sizeof args - 1);
    start(RECOVERY_MS);
    struct ids ids = join(0), late = join(1);
    struct server_socket other = last;
    cut(0);
    for (int i = 0; i < 6; i++) emit(server_to(other), args);
    recovers(2, &ids, 0, "40|42[\"left\",\"E.1\"]|");
    cut(2); /* 8 */
    for (int i = 0; i < 2; i++) emit(server_to(other), args);
    is_refused(3, &ids, 0);
    emit_to_all("1");
    recovers(4, &late, 10, "40|42[\"x\",1,\"E.11\"]|42[\"left\",\"E.12\"]|");
    stop();
}

static void a_client_that_has_disconnected_is_new(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    send_text(0, "41");
    cut(0);
    is_refused(1, &ids, 0);
    stop();
}

/* An event to a socket that has left is not kept for another socket. */
static void except_a_socket_that_has_left_excludes_no_client(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    join(1);
    struct server_socket gone = last;
    send_text(1, "41"); /* 1: "left" */
    emit(server_to(gone), "2");
    emit(server_except(server_to_all(gone), gone), "3");
    cut(0);
    recovers(2, &ids, 0,
             "40|42[\"left\",\"E.1\"]|42[\"x\",3,\"E.2\"]|"
             "42[\"left\",\"E.3\"]|");
    stop();
}

static void an_expelled_client_is_new(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    server_disconnect(server, last);
    end_turn();
    cut(0);
    is_refused(1, &ids, 0);
    ids = join(2);
    struct server_socket old = last;
    server_close(server, last.client, 1000);
    server_emit(server, server_to(last), span_from("x"), server_args("1"));
    end_turn();
    cut(2);
    struct ids next = join(3);              /* in its slot */
    server_close(server, old.client, 1000); /* has no effect */
    is_refused(4, &ids, 0);
    cut(3);
    open_conn(5);
    send_connect(5, "", next.pid, -1);
    UNIT_TRUE(strstr(events, "recovered 0;") != NULL);
    stop();
}

static void a_client_that_broke_a_rule_is_new(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0);
    send_text(0, "49");
    cut(0);
    is_refused(1, &ids, 0);
    stop();
}

static void another_namespace_is_new(void) {
    start(RECOVERY_MS);
    struct ids ids = join(0), other = {"", ""};
    cut(0);
    open_conn(1);
    events_len = 0;
    send_connect(1, "/custom,", ids.pid, -1);
    const char *text = read_sent(1, &other);
    UNIT_TEXT(text, strlen(text), "40/custom,|");
    UNIT_TRUE(strcmp(other.pid, ids.pid) != 0);
    EVENTS("connect 1;");
    stop();
}

/* An added namespace without clients loses its number. */
static void a_removed_namespace_has_no_kept_sockets(void) {
    char text[20];
    struct ids ids = {"", ""};
    asks = true;
    start(RECOVERY_MS);
    asks = false;
    join(0);
    join(1);
    send_text(1, "40/first");
    read_sent(1, &ids);
    cut(1);
    for (int i = 3; i <= 16; i++) { /* 16 namespaces: its number is needed */
        snprintf(text, sizeof text, "40/%d", i);
        send_text(0, text);
    }
    read_sent(0, NULL);
    open_conn(2);
    events_len = 0;
    send_connect(2, "/16,", ids.pid, -1);
    UNIT_FALSE(strstr(events, "recovered"));
    UNIT_TRUE(strstr(events, "connect 2;") != NULL); /* the same number */
    stop();
}

/* A limit of rooms: all of them, or it is a new socket in none. */
static void one_that_cannot_join_its_rooms_is_new(void) {
    char name[20];
    uint32_t cursor = 0, client;
    start(RECOVERY_MS);
    struct ids ids = join(0);
    server_join(server, last, span_from("one"));
    server_join(server, last, span_from("two"));
    cut(0);
    open_conn(1);
    send_text(1, "40/custom");
    read_sent(1, NULL);
    for (int i = 1; i < LIMIT_ROOMS_JOINED; i++) {
        snprintf(name, sizeof name, "%d", i);
        UNIT_TRUE(server_join(server, last, span_from(name)));
    }
    events_len = 0;
    send_connect(1, "", ids.pid, -1);
    is_new(1, &ids);
    UNIT_FALSE(
        server_next_client(server, 0, span_from("one"), &cursor, &client));
    cursor = 0;
    UNIT_FALSE(
        server_next_client(server, 0, span_from("two"), &cursor, &client));
    stop();
}

UNIT_MAIN("socketio/server_recover_refusal", UNIT_TEST(an_unknown_pid_is_new),
          UNIT_TEST(an_offset_that_this_server_did_not_give_is_refused),
          UNIT_TEST(an_offset_in_the_future_does_not_end_a_connection),
          UNIT_TEST(an_offset_from_before_it_joined_is_none),
          UNIT_TEST(a_client_that_returns_too_late_is_new),
          UNIT_TEST(too_much_to_replay_is_refused),
          UNIT_TEST(the_replays_of_a_client_are_limited_in_all),
          UNIT_TEST(the_replays_of_a_second_are_limited),
          UNIT_TEST(what_the_backlog_has_dropped_is_refused),
          UNIT_TEST(a_client_that_has_disconnected_is_new),
          UNIT_TEST(except_a_socket_that_has_left_excludes_no_client),
          UNIT_TEST(an_expelled_client_is_new),
          UNIT_TEST(a_client_that_broke_a_rule_is_new),
          UNIT_TEST(another_namespace_is_new),
          UNIT_TEST(a_removed_namespace_has_no_kept_sockets),
          UNIT_TEST(one_that_cannot_join_its_rooms_is_new))
