/* session_test.c: socketio/session.h; the clock is an argument */
#include "packets/unit.h"
#include "socketio/session.h"

static struct sessions table;
static int64_t now;

static void start(uint32_t max_sessions) {
    static const uint8_t seed[32] = {7};
    struct session_options o = {.max_sessions = max_sessions,
                                .max_payload = 1000,
                                .ping_interval = 300,
                                .ping_timeout = 200,
                                .seed = seed};
    sessions_init(&table, &o);
    now = 1000;
}

static struct session *open_polling(void) {
    return session_open(&table, false, now);
}

/* Closes a session and lets it go, as the engine does. */
static void end(struct session *s) {
    session_close(&table, s, 1000);
    UNIT_TRUE(session_next_due(&table) == s);
    session_free(&table, s);
}

static void push(struct session *s, size_t n) {
    struct span part = {calloc(1, n), n};
    struct shared *packet = shared_new(&table.queued, true, &part, 1);
    session_push(&table, s, packet);
    shared_release(&table.queued, packet);
    free(part.data);
}

static void an_id_finds_its_session_and_no_other(void) {
    char ids[50][SESSION_ID_LENGTH + 1] = {{0}};
    struct session *s[50];
    start(50);
    for (int i = 0; i < 50; i++) {
        s[i] = open_polling();
        session_id(s[i], ids[i]);
        for (int k = 0; k < SESSION_ID_LENGTH; k++)
            UNIT_TRUE(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
                             "wxyz0123456789-_",
                             ids[i][k]));
    }
    for (int i = 0; i < 50; i++)
        UNIT_TRUE(session_find(&table, ids[i]) == s[i]);
    /* Every character counts. */
    for (int k = 0; k < SESSION_ID_LENGTH; k++) {
        char id[SESSION_ID_LENGTH + 1];
        memcpy(id, ids[7], sizeof id);
        id[k] = id[k] == 'A' ? 'B' : 'A';
        UNIT_TRUE(session_find(&table, id) == NULL);
    }
    static const char *const wrong[] = {"", "short", "twenty-one characters",
                                        "!!!!!!!!!!!!!!!!!!!!"};
    for (int i = 0; i < 4; i++)
        UNIT_TRUE(session_find(&table, wrong[i]) == NULL);
    sessions_free(&table);
}

static void ids_come_from_the_seed(void) {
    static const uint8_t seeds[2][32] = {{1}, {2}};
    char ids[2][SESSION_ID_LENGTH];
    for (int i = 0; i < 2; i++) {
        struct session_options o = {.max_sessions = 1, .seed = seeds[i]};
        UNIT_TRUE(sessions_init(&table, &o));
        session_id(open_polling(), ids[i]);
        sessions_free(&table);
    }
    UNIT_TRUE(memcmp(ids[0], ids[1], sizeof ids[0]) != 0);
}

/* The table is full: there is nothing after it. */
static void a_slot_beyond_the_table_has_no_session(void) {
    char id[SESSION_ID_LENGTH + 1] = "";
    start(2);
    open_polling();
    struct session *s = open_polling();
    session_id_write(id, 2, s->secret);
    UNIT_TRUE(session_find(&table, id) == NULL);
    UNIT_TRUE(session_get(&table, handle_make(2, 0)) == NULL);
    sessions_free(&table);
}

static void a_slot_is_used_again_but_handle_and_id_are_not(void) {
    char old[SESSION_ID_LENGTH + 1] = {0};
    start(1);
    struct session *s = open_polling();
    uint32_t handle = s->handle;
    session_id(s, old);
    UNIT_TRUE(session_open(&table, false, now) == NULL);
    UNIT_TRUE(sessions_are_full(&table));
    session_close(&table, s, 1000);
    UNIT_TRUE(session_get(&table, handle) == NULL);
    UNIT_TRUE(session_find(&table, old) == NULL);
    UNIT_TRUE(sessions_are_full(&table)); /* until it is freed */
    UNIT_TRUE(session_next_due(&table) == s);
    session_free(&table, s);
    struct session *newcomer = open_polling();
    UNIT_TRUE(newcomer == s);
    UNIT_TRUE(newcomer->handle != handle);
    UNIT_TRUE(session_get(&table, handle) == NULL);
    UNIT_TRUE(session_get(&table, newcomer->handle) == newcomer);
    UNIT_TRUE(session_find(&table, old) == NULL);
    UNIT_TRUE(session_get(&table, NO_HANDLE) == NULL);
    UNIT_TRUE(sessions_are_full(&table)); /* again */
    sessions_free(&table);
}

/* 4 096 generations: the last one is followed by the first. */
static void handles_of_a_slot_differ_for_long(void) {
    start(1);
    uint32_t first = open_polling()->handle;
    int same = 0;
    for (int i = 0; i < 4096; i++) {
        end(&table.table[0]);
        same += open_polling()->handle == first;
        UNIT_INT(handle_slot(table.table[0].handle), 0);
    }
    UNIT_INT(same, 1);
    sessions_free(&table);
}

static void a_session_that_is_closed_twice_is_due_once(void) {
    start(2);
    struct session *a = open_polling(), *b = open_polling();
    session_close(&table, b, 1002);
    session_close(&table, a, 1000);
    session_close(&table, b, 1000);
    UNIT_INT(sessions_wait(&table, now, -1), 0);
    UNIT_TRUE(session_next_due(&table) == b);
    UNIT_INT(b->close_code, 1002);
    UNIT_TRUE(session_next_due(&table) == a);
    UNIT_TRUE(session_next_due(&table) == NULL);
    UNIT_INT(sessions_wait(&table, now, -1), -1);
    session_free(&table, a);
    session_free(&table, b);
    sessions_free(&table);
}

static void shutting_down_closes_all_and_opens_no_more(void) {
    start(3);
    struct session *a = open_polling(), *b = open_polling(),
                   *c = open_polling();
    sessions_shut(&table);
    UNIT_TRUE(session_next_due(&table) == a);
    UNIT_TRUE(session_next_due(&table) == b);
    UNIT_TRUE(session_next_due(&table) == c);
    UNIT_INT(a->close_code, 1001);
    session_free(&table, a);
    UNIT_TRUE(open_polling() == NULL);
    sessions_free(&table);
}

static void it_is_ready_when_a_get_waits_and_there_are_packets(void) {
    start(3);
    struct session *a = open_polling(), *b = open_polling();
    UNIT_TRUE(session_next_ready(&table) == NULL);
    push(a, 5); /* packets, then a GET */
    UNIT_TRUE(session_next_ready(&table) == NULL);
    session_park(&table, a, 17);
    UNIT_TRUE(session_next_ready(&table) == a);
    UNIT_INT(a->carrier, 17);
    session_park(&table, b, 18); /* a GET, then packets */
    push(b, 5);
    push(b, 5);
    UNIT_INT(b->queue->count, 2);
    push(a, 5); /* it keeps its place */
    UNIT_TRUE(session_next_ready(&table) == a);
    session_unpark(&table, a);
    UNIT_INT(a->carrier, NO_HANDLE);
    UNIT_TRUE(session_next_ready(&table) == b);
    session_close(&table, b, 1000); /* its packets go with the close */
    UNIT_TRUE(session_next_ready(&table) == NULL);
    UNIT_TRUE(b->queue != NULL);
    session_close(&table, a, 1000); /* these cannot be sent any more */
    UNIT_TRUE(a->queue == NULL);
    UNIT_TRUE(session_next_due(&table) == b);
    session_free(&table, b);
    UNIT_INT(table.queued, 0);
    sessions_free(&table);
}

/* One byte over 2 MiB; a packet counts with its pointer, 8 bytes. */
static void a_queue_that_is_too_long_closes_its_session(void) {
    start(2);
    struct session *a = open_polling(), *b = open_polling();
    push(a, LIMIT_QUEUE - 8);
    push(b, LIMIT_QUEUE - 7);
    UNIT_INT(a->state, SESSION_POLLING);
    UNIT_INT(b->state, SESSION_CLOSING);
    UNIT_INT(b->close_code, 1008);
    UNIT_TRUE(b->queue == NULL);
    sessions_free(&table);
}

/* Three queues of one size, of which two are exactly what is allowed. */
static void all_queues_may_reach_their_limit(void) {
    struct session *s[3];
    start(3);
    for (int i = 0; i < 3; i++) s[i] = open_polling();
    push(s[0], 100);
    table.max_queued = 2 * table.queued;
    push(s[1], 100);
    UNIT_INT(s[0]->state, SESSION_POLLING);
    UNIT_INT(s[1]->state, SESSION_POLLING);
    push(s[2], 100);
    UNIT_INT(s[0]->state, SESSION_CLOSING);
    UNIT_INT(s[1]->state, SESSION_POLLING);
    UNIT_INT(s[2]->state, SESSION_POLLING);
    sessions_free(&table);
}

static void no_memory_for_a_packet_closes_its_session(void) {
    start(1);
    struct session *a = open_polling();
    session_push(&table, a, NULL);
    UNIT_INT(a->state, SESSION_CLOSING);
    UNIT_INT(a->close_code, 1011);
    sessions_free(&table);
}

static void over_the_limit_of_all_the_longest_without_a_get_is_closed(void) {
    struct session *s[40];
    start(40);
    for (int i = 0; i < 40; i++) s[i] = open_polling();
    session_park(&table, s[0], 1); /* fetches, so now it is the last */
    session_unpark(&table, s[0]);
    session_park(&table, s[3], 1); /* its GET waits: it is not in question */
    for (int i = 0; i < 33; i++) push(s[i == 1 ? 39 : i], 2000000);
    for (int i = 0; i < 40; i++) UNIT_INT(s[i]->state, SESSION_POLLING);
    push(s[38], 2000000); /* session 1 has an empty queue */
    for (int i = 0; i < 40; i++)
        UNIT_INT(s[i]->state == SESSION_CLOSING, i == 2);
    UNIT_INT(s[2]->close_code, 1008);
    UNIT_TRUE(table.queued <= LIMIT_QUEUES);
    sessions_free(&table);
}

/* A session with a waiting GET is not closed to make space, so the last one
 * is. */
static void over_the_limit_of_all_the_last_one_is_closed_in_the_end(void) {
    start(40);
    for (int i = 0; i < 34; i++) {
        struct session *s = open_polling();
        session_park(&table, s, 1);
        push(s, 2000000);
        UNIT_INT(s->state, i < 33 ? SESSION_POLLING : SESSION_CLOSING);
    }
    sessions_free(&table);
}

static void a_ping_is_due_after_the_pong_of_the_last_one(void) {
    start(1);
    struct session *s = session_open(&table, true, now);
    UNIT_INT(sessions_wait(&table, now, -1), 300);
    UNIT_TRUE(session_next_ping(&table, now + 299) == NULL);
    now += 300;
    UNIT_TRUE(session_next_ping(&table, now) == s);
    session_ping_written(s);
    UNIT_INT(sessions_wait(&table, now, -1), -1); /* until it is sent */
    session_ping_sent(&table, s, now + 50);
    UNIT_INT(sessions_wait(&table, now, -1), 250);
    session_pong(&table, s, now + 60);
    UNIT_TRUE(session_next_silent(&table, now + 250) == NULL);
    session_ping_sent(&table, s, now + 70); /* ignored now */
    UNIT_INT(sessions_wait(&table, now + 60, -1), 300);
    sessions_free(&table);
}

/* The peer counts from when the ping was due, unless the server was delayed. */
static void a_queued_ping_gives_time_from_when_it_was_due(void) {
    start(2);
    struct session *s = open_polling();
    now += 309; /* 9 ms late */
    UNIT_TRUE(session_next_ping(&table, now) == s);
    session_ping_queued(&table, s, now);
    UNIT_TRUE(session_next_silent(&table, now + 190) == NULL);
    UNIT_TRUE(session_next_silent(&table, now + 191) == s);
    session_pong(&table, s, now);
    now += 310; /* 10 ms late */
    UNIT_TRUE(session_next_ping(&table, now) == s);
    session_ping_queued(&table, s, now);
    UNIT_TRUE(session_next_silent(&table, now + 199) == NULL);
    UNIT_TRUE(session_next_silent(&table, now + 200) == s);
    sessions_free(&table);
}

static void a_postponed_session_is_judged_in_the_next_turn(void) {
    start(1);
    struct session *s = open_polling();
    session_next_ping(&table, now + 300);
    session_ping_queued(&table, s, now + 300);
    now += 500;
    UNIT_TRUE(session_next_silent(&table, now) == s);
    session_postpone(&table, s, now);
    UNIT_TRUE(session_next_silent(&table, now) == NULL);
    UNIT_INT(sessions_wait(&table, now, -1), 1);
    UNIT_TRUE(session_next_silent(&table, now + 1) == s);
    sessions_free(&table);
}

static void a_get_in_a_hurry_overtakes(void) {
    start(3);
    struct session *a = open_polling(), *b = open_polling(), *c;
    session_park(&table, a, 17);
    session_park(&table, b, 18);
    push(a, 5);
    push(b, 5);
    UNIT_FALSE(session_is_hurried(b));
    session_hurry(&table, b);
    UNIT_TRUE(session_is_hurried(b));
    UNIT_TRUE(session_next_ready(&table) == b);
    push(b, 5);
    session_unpark(&table, b);
    UNIT_FALSE(session_is_hurried(b));
    session_hurry(&table, b); /* without a GET there is nothing to hurry */
    UNIT_TRUE(session_next_ready(&table) == a);
    session_park(&table, b, 18); /* a GET that finds packets does not wait */
    UNIT_TRUE(session_next_ready(&table) == b);
    UNIT_INT(sessions_wait(&table, 1000, -1), 0);
    session_close(&table, b, 1000);
    session_close(&table, a, 1000);
    c = open_polling();
    UNIT_TRUE(session_next_ready(&table) == NULL);
    session_park(&table, c, 19);
    session_hurry(&table, c);
    UNIT_TRUE(session_next_ready(&table) == NULL);
    sessions_free(&table);
}

/* Neither a ping nor a broadcast slows down what is in a hurry. */
static void a_ping_leaves_a_get_in_its_hurry(void) {
    start(3);
    struct session *a = open_polling();
    session_park(&table, a, 17);
    push(a, 5);
    session_hurry(&table, a);
    session_ping_queued(&table, a, 1300);
    UNIT_TRUE(session_is_hurried(a));
    sessions_free(&table);
}

UNIT_MAIN("socketio/session", UNIT_TEST(an_id_finds_its_session_and_no_other),
          UNIT_TEST(ids_come_from_the_seed),
          UNIT_TEST(a_slot_beyond_the_table_has_no_session),
          UNIT_TEST(a_slot_is_used_again_but_handle_and_id_are_not),
          UNIT_TEST(handles_of_a_slot_differ_for_long),
          UNIT_TEST(a_session_that_is_closed_twice_is_due_once),
          UNIT_TEST(shutting_down_closes_all_and_opens_no_more),
          UNIT_TEST(it_is_ready_when_a_get_waits_and_there_are_packets),
          UNIT_TEST(a_queue_that_is_too_long_closes_its_session),
          UNIT_TEST(all_queues_may_reach_their_limit),
          UNIT_TEST(no_memory_for_a_packet_closes_its_session),
          UNIT_TEST(over_the_limit_of_all_the_longest_without_a_get_is_closed),
          UNIT_TEST(over_the_limit_of_all_the_last_one_is_closed_in_the_end),
          UNIT_TEST(a_ping_is_due_after_the_pong_of_the_last_one),
          UNIT_TEST(a_queued_ping_gives_time_from_when_it_was_due),
          UNIT_TEST(a_postponed_session_is_judged_in_the_next_turn),
          UNIT_TEST(a_get_in_a_hurry_overtakes),
          UNIT_TEST(a_ping_leaves_a_get_in_its_hurry))
