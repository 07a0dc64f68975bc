/* acks_test.c: socketio/acks.h */
#include "packets/unit.h"
#include "socketio/acks.h"

static struct acks acks;
static const struct server_socket ann = {3, 0}, ann_elsewhere = {3, 1},
                                  ben = {4, 0};

static void start(void) {
    acks_init(&acks, 100);
}

static void stop(void) {
    acks_free(&acks);
    UNIT_TRUE(acks.table == NULL);
}

static void takes_no_memory_until_one_is_wanted(void) {
    struct server_socket socket;
    start();
    UNIT_FALSE(acks_receive(&acks, ann, 0));
    UNIT_INT(acks_next_due(&acks, 1000, &socket), -1);
    UNIT_INT(acks_wait(&acks, 0, -1), -1);
    UNIT_TRUE(acks.table == NULL);
    stop();
}

static void an_ack_is_accepted_once_from_its_client(void) {
    start();
    int64_t first = acks_add(&acks, ann, 0), second = acks_add(&acks, ben, 0);
    UNIT_TRUE(first != second && first >= 0 && second >= 0);
    UNIT_FALSE(acks_receive(&acks, ben, first));
    UNIT_FALSE(acks_receive(&acks, ann_elsewhere, first));
    UNIT_FALSE(acks_receive(&acks, ann, second));
    UNIT_FALSE(acks_receive(&acks, ann, -1));
    UNIT_FALSE(acks_receive(&acks, ann, INT64_MAX));
    UNIT_FALSE(acks_receive(&acks, ann, first + LIMIT_ACKS));
    UNIT_TRUE(acks_receive(&acks, ann, first));
    UNIT_FALSE(acks_receive(&acks, ann, first));
    UNIT_TRUE(acks_receive(&acks, ben, second));
    UNIT_INT(acks_wait(&acks, 0, -1), -1);
    stop();
}

static void an_id_is_never_used_twice(void) {
    start();
    int64_t last = -1;
    for (int i = 0; i < 5; i++) {
        int64_t id = acks_add(&acks, ann, 0);
        UNIT_TRUE(id > last);
        last = id;
        UNIT_TRUE(acks_receive(&acks, ann, id));
    }
    stop();
}

static void a_timed_out_ack_is_reported_once(void) {
    struct server_socket socket;
    start();
    int64_t first = acks_add(&acks, ann, 0), second = acks_add(&acks, ben, 30);
    UNIT_INT(acks_wait(&acks, 0, -1), 100);
    UNIT_INT(acks_next_due(&acks, 99, &socket), -1);
    UNIT_INT(acks_next_due(&acks, 100, &socket), first);
    UNIT_INT(socket.client, 3);
    acks_give_up(&acks, first);
    UNIT_INT(acks_next_lost(&acks, &socket), first);
    UNIT_INT(socket.client, 3);
    UNIT_INT(acks_next_lost(&acks, &socket), -1);
    UNIT_FALSE(acks_receive(&acks, ann, first));
    UNIT_INT(acks_next_due(&acks, 129, &socket), -1);
    UNIT_INT(acks_next_due(&acks, 130, &socket), second);
    UNIT_INT(socket.client, 4);
    acks_give_up(&acks, second);
    UNIT_TRUE(acks_receive(&acks, ben, second)); /* not reported yet: in time */
    UNIT_INT(acks_next_lost(&acks, &socket), -1);
    stop();
}

/* Each with its own id and client. */
static void those_that_are_given_up_are_reported_in_order(void) {
    struct server_socket socket;
    int64_t id[3];
    start();
    for (uint32_t i = 0; i < 3; i++)
        id[i] = acks_add(&acks, (struct server_socket){i, 1}, 0);
    for (int i = 2; i >= 0; i--) acks_give_up(&acks, id[i]);
    for (uint32_t i = 3; i-- > 0;) {
        UNIT_INT(acks_next_lost(&acks, &socket), id[i]);
        UNIT_INT(socket.client, i);
        UNIT_INT(socket.nsp, 1);
    }
    UNIT_INT(acks_next_lost(&acks, &socket), -1);
    stop();
}

static void a_postponed_ack_is_due_in_the_next_turn(void) {
    struct server_socket socket;
    start();
    int64_t id = acks_add(&acks, ann, 0);
    UNIT_INT(acks_next_due(&acks, 200, &socket), id);
    acks_postpone(&acks, id, 200);
    UNIT_INT(acks_next_due(&acks, 200, &socket), -1);
    UNIT_INT(acks_wait(&acks, 200, -1), 1);
    UNIT_INT(acks_next_due(&acks, 201, &socket), id);
    acks_postpone(&acks, id, 201);
    UNIT_TRUE(acks_receive(&acks, ann, id)); /* it was in the input */
    UNIT_INT(acks_next_due(&acks, 300, &socket), -1);
    stop();
}

static void there_are_as_many_as_the_limit(void) {
    start();
    for (int i = 0; i < LIMIT_ACKS; i++)
        if (acks_add(&acks, ann, 0) < 0) UNIT_TRUE(false);
    UNIT_INT(acks_add(&acks, ann, 0), -1);
    UNIT_TRUE(acks_receive(&acks, ann, 77));
    UNIT_INT(acks_add(&acks, ann, 0), LIMIT_ACKS + 77);
    UNIT_INT(acks_add(&acks, ann, 0), -1);
    struct server_socket socket; /* one that was given up makes place, too */
    acks_give_up(&acks, 5);
    UNIT_INT(acks_add(&acks, ann, 0), -1);
    UNIT_INT(acks_next_lost(&acks, &socket), 5);
    UNIT_INT(acks_add(&acks, ann, 0), LIMIT_ACKS + 5);
    UNIT_INT(acks_add(&acks, ann, 0), -1);
    stop();
}

UNIT_MAIN("socketio/acks", UNIT_TEST(takes_no_memory_until_one_is_wanted),
          UNIT_TEST(an_ack_is_accepted_once_from_its_client),
          UNIT_TEST(an_id_is_never_used_twice),
          UNIT_TEST(a_timed_out_ack_is_reported_once),
          UNIT_TEST(those_that_are_given_up_are_reported_in_order),
          UNIT_TEST(a_postponed_ack_is_due_in_the_next_turn),
          UNIT_TEST(there_are_as_many_as_the_limit))
