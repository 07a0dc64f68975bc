/* recoverable_test.c: socketio/recoverable.h */
#include "packets/unit.h"
#include "socketio/handle.h"
#include "socketio/namespaces.h"
#include "socketio/recoverable.h"
#include "socketio/sessions.h"

static struct recoverables t;
static const uint8_t seed[32] = {3};
static const struct server_socket ann = {1, 0}, ann_elsewhere = {1, 3},
                                  ben = {2, 0};

static void start(void) {
    UNIT_TRUE(recoverable_init(&t, 4, 100, seed));
}

static void stop(void) {
    recoverable_free(&t);
    UNIT_TRUE(t.table == NULL);
}

static struct recoverable *find(const char *pid) {
    return recoverable_find(&t, span_from(pid));
}

static const char *pid_of(const struct recoverable *r) {
    static char pid[SESSION_ID_LENGTH + 1];
    recoverable_write_pid(&t, r, pid);
    return pid;
}

/* As the server does it: with the rooms "red" and "blue". */
static void keep(struct recoverable *r, int64_t now) {
    UNIT_TRUE(buf_text(&r->rooms, "\3red\4blue"));
    recoverable_keep(&t, r, now);
}

static void a_socket_is_found_only_by_its_whole_pid(void) {
    char pid[SESSION_ID_LENGTH + 2] = "";
    start();
    struct recoverable *a = recoverable_add(&t, ann, 7, 40);
    UNIT_INT(a->number, 7);
    UNIT_INT(a->joined_at, 40);
    UNIT_TRUE(find(pid_of(a)) == a);
    for (size_t i = 0; i < SESSION_ID_LENGTH; i++) {
        recoverable_write_pid(&t, a, pid);
        pid[i] = pid[i] == 'A' ? 'B' : 'A'; /* each of 120 bits counts */
        UNIT_TRUE(find(pid) == NULL);
    }
    recoverable_write_pid(&t, a, pid);
    pid[SESSION_ID_LENGTH] = 'A'; /* longer */
    UNIT_TRUE(find(pid) == NULL);
    pid[SESSION_ID_LENGTH - 1] = '\0'; /* shorter */
    UNIT_TRUE(find(pid) == NULL);
    UNIT_TRUE(find("") == NULL);
    UNIT_TRUE(find("!!!!!!!!!!!!!!!!!!!!") == NULL); /* no base64url */
    UNIT_TRUE(find("____________________") == NULL); /* no such place */
    UNIT_TRUE(recoverable_find(&t, (struct span){0}) == NULL);
    stop();
}

/* Secrets of sessions and of pids come from one seed. A client with a pid must
 * not be able to speak for a session. */
static void no_pid_has_the_secret_of_a_session(void) {
    struct secret_source sessions = {.made = 0};
    uint8_t secret[SECRET_SIZE];
    memcpy(sessions.seed, seed, sizeof sessions.seed);
    start();
    const struct recoverable *a = recoverable_add(&t, ann, 1, 0);
    for (int i = 0; i < 100; i++) {
        session_id_make_secret(&sessions, secret);
        UNIT_TRUE(memcmp(secret, a->secret, sizeof secret) != 0);
    }
    stop();
    uint8_t other[32] = {4};
    start();
    memcpy(secret, recoverable_add(&t, ann, 1, 0)->secret, sizeof secret);
    stop();
    UNIT_TRUE(recoverable_init(&t, 4, 100, other)); /* the seed matters */
    UNIT_TRUE(memcmp(secret, recoverable_add(&t, ann, 1, 0)->secret,
                     sizeof secret) != 0);
    stop();
}

static void those_of_a_client_are_found_by_it(void) {
    start();
    struct recoverable *a = recoverable_add(&t, ann, 1, 0),
                       *b = recoverable_add(&t, ann_elsewhere, 2, 0),
                       *c = recoverable_add(&t, ben, 3, 0);
    UNIT_TRUE(recoverable_of(&t, ann) == a);
    UNIT_TRUE(recoverable_of(&t, ann_elsewhere) == b);
    UNIT_TRUE(recoverable_of(&t, ben) == c);
    UNIT_TRUE(recoverable_of(&t, (struct server_socket){2, 3}) == NULL);
    UNIT_TRUE(recoverable_of(&t, (struct server_socket){3, 0}) == NULL);
    struct server_socket old = {handle_next(ann.client), 0};
    UNIT_TRUE(recoverable_of(&t, old) == NULL); /* the slot of ann */
    UNIT_TRUE(recoverable_first(&t, old.client) == NULL);
    recoverable_forget(&t, a);
    UNIT_TRUE(recoverable_of(&t, ann) == NULL);
    UNIT_TRUE(recoverable_first(&t, ann.client) == b);
    recoverable_forget(&t, b);
    UNIT_TRUE(recoverable_first(&t, ann.client) == NULL);
    UNIT_TRUE(recoverable_first(&t, ben.client) == c);
    stop();
}

static void one_that_is_forgotten_is_not_found(void) {
    char pid[SESSION_ID_LENGTH + 1] = "";
    start();
    struct recoverable *a = recoverable_add(&t, ann, 1, 0);
    recoverable_write_pid(&t, a, pid);
    recoverable_forget(&t, a);
    UNIT_TRUE(find(pid) == NULL);
    UNIT_TRUE(recoverable_add(&t, ben, 2, 0) == a); /* in its place */
    UNIT_TRUE(find(pid) == NULL);
    UNIT_TRUE(find(pid_of(a)) == a);
    stop();
}

static void one_is_kept_for_its_time_and_resumed(void) {
    char pid[SESSION_ID_LENGTH + 1] = "";
    start();
    struct recoverable *a = recoverable_add(&t, ann, 1, 9);
    recoverable_write_pid(&t, a, pid);
    UNIT_FALSE(recoverable_is_kept(a));
    keep(a, 50);
    UNIT_TRUE(recoverable_is_kept(a));
    UNIT_TRUE(recoverable_of(&t, ann) == NULL);
    UNIT_INT(timers_wait(&t.kept, 50, -1), 100);
    recoverable_expire(&t, 149);
    UNIT_TRUE(find(pid) == a);
    recoverable_resume(&t, a, 3);
    UNIT_FALSE(recoverable_is_kept(a));
    UNIT_INT(a->rooms.end, 0);
    UNIT_TRUE(find(pid) == a);
    UNIT_TRUE(recoverable_of(&t, (struct server_socket){3, 0}) == a);
    UNIT_INT(a->joined_at, 9);
    recoverable_expire(&t, 10000); /* one that is connected has time */
    UNIT_TRUE(find(pid) == a);
    keep(a, 10000);
    recoverable_expire(&t, 10100);
    UNIT_TRUE(find(pid) == NULL);
    UNIT_INT(timers_wait(&t.kept, 50, -1), -1);
    stop();
}

static void those_of_a_namespace_are_forgotten(void) {
    start();
    struct recoverable *a = recoverable_add(&t, ann, 1, 0),
                       *b = recoverable_add(&t, ann_elsewhere, 2, 0),
                       *c = recoverable_add(&t, ben, 3, 0);
    keep(a, 0);
    keep(b, 0);
    recoverable_forget_namespace(&t, 0);
    UNIT_INT(a->number, 0);
    UNIT_INT(b->number, 2);
    UNIT_INT(c->number, 3); /* it is connected */
    recoverable_forget(&t, b);
    UNIT_INT(t.kept_count, 0);
    keep(c, 0); /* the names of its rooms are freed with the table */
    stop();
}

/* The place of the first one is used again for the last. */
static void too_many_that_are_kept_make_the_oldest_go(void) {
    start();
    for (unsigned i = 1; i <= LIMIT_RECOVERABLE; i++)
        keep(recoverable_add(&t, ann, i, 0), 0);
    UNIT_INT(t.kept_count, LIMIT_RECOVERABLE);
    UNIT_INT(t.table[0].number, 1);
    struct recoverable *a = recoverable_add(&t, ann, 1000000, 0);
    UNIT_INT(t.table[0].number, 1); /* one that is connected does not count */
    keep(a, 0);
    UNIT_INT(t.kept_count, LIMIT_RECOVERABLE);
    UNIT_INT(t.table[0].number, 0);
    UNIT_INT(t.table[1].number, 2);
    UNIT_INT(a->number, 1000000);
    recoverable_expire(&t, 100);
    UNIT_INT(t.kept_count, 0);
    stop();
}

/* Every client in every namespace, and as many as may be kept. */
static void there_is_a_place_for_each_that_may_be_there(void) {
    start();
    for (unsigned i = 1; i <= LIMIT_RECOVERABLE; i++)
        keep(recoverable_add(&t, ann, i, 0), 0);
    for (uint32_t client = 0; client < 4; client++)
        for (uint32_t nsp = 0; nsp < LIMIT_NAMESPACES; nsp++)
            UNIT_TRUE(
                recoverable_add(&t, (struct server_socket){client, nsp}, 9, 0));
    UNIT_INT(t.used, t.max);
    recoverable_forget_namespace(&t, ann.nsp);
    UNIT_INT(t.kept_count, 0);
    stop();
}

UNIT_MAIN("socketio/recoverable",
          UNIT_TEST(a_socket_is_found_only_by_its_whole_pid),
          UNIT_TEST(no_pid_has_the_secret_of_a_session),
          UNIT_TEST(those_of_a_client_are_found_by_it),
          UNIT_TEST(one_that_is_forgotten_is_not_found),
          UNIT_TEST(one_is_kept_for_its_time_and_resumed),
          UNIT_TEST(those_of_a_namespace_are_forgotten),
          UNIT_TEST(too_many_that_are_kept_make_the_oldest_go),
          UNIT_TEST(there_is_a_place_for_each_that_may_be_there))
