/* joint_test.c: socketio/joint.h */
#include "packets/unit.h"
#include "socketio/joint.h"
#include "socketio/server_machine.h"

static struct joint joint;
static struct server *server;
static int served, connected, lost, returned; /* events */

static void serve(struct server *s) {
    struct server_event e;
    while (server_next(s, &e)) {
        connected += e.type == SERVER_CONNECT;
        lost += e.type == SERVER_DISCONNECT;
        if (e.type != SERVER_EVENT) continue;
        served++;
        server_emit(s, server_to(e.from), e.name, e.args);
    }
}

static void start(void) {
    static const char *const namespaces[] = {"/", NULL};
    struct server_options o = SERVER_DEFAULTS(namespaces);
    o.engine.max_conns = 1;
    server = server_open(&o);
    served = connected = lost = returned = 0;
    joint_open(&joint, server_machine(server, serve));
}

static void stop(void) {
    joint_free(&joint);
    server_free(server);
}

static bool is_joined(void) {
    return joint.io.nsps[0].state == NSP_JOINED;
}

static void count_events(void) {
    struct socket_client_event e;
    while (joint_next(&joint, &e)) returned += e.type == SOCKET_CLIENT_EVENT;
}

/* Until no bytes are under way. */
static void settle(void) {
    for (bool is_busy = true; is_busy;) {
        is_busy = joint_to_server(&joint);
        is_busy = joint_to_client(&joint) || is_busy;
        count_events();
    }
}

static void emit(void) {
    struct socket_client_message m = {.json = span_from("[\"e\",1]")};
    UNIT_INT(socket_client_emit(&joint.io, 0, &m, joint.now), 0);
}

static void joins_a_client_and_a_server(void) {
    start();
    UNIT_FALSE(joint_to_client(&joint));
    settle();
    UNIT_TRUE(is_joined());
    UNIT_INT(connected, 1);
    UNIT_FALSE(joint_to_server(&joint));
    emit();
    UNIT_TRUE(joint_to_server(&joint));
    UNIT_INT(served, 1);
    UNIT_INT(returned, 0);
    UNIT_TRUE(joint_to_client(&joint));
    count_events();
    UNIT_INT(returned, 1);
    UNIT_FALSE(joint_to_client(&joint));
    stop();
}

static void an_event_returns_once(void) {
    start();
    settle();
    emit();
    emit();
    settle();
    UNIT_INT(served, 2);
    UNIT_INT(returned, 2);
    stop();
}

static void a_cut_loses_what_the_client_has_sent(void) {
    start();
    settle();
    emit();
    joint_cut(&joint);
    settle();
    UNIT_INT(served, 0);
    UNIT_INT(lost, 1);
    UNIT_FALSE(is_joined());
    stop();
}

static void a_cut_loses_what_the_server_has_sent(void) {
    for (int is_collected = 0; is_collected < 2; is_collected++) {
        start();
        settle();
        emit();
        joint_to_server(&joint);
        if (is_collected) joint_to_client(&joint);
        joint_cut(&joint);
        UNIT_INT(joint.in.len, 0);
        settle();
        UNIT_INT(served, 1);
        UNIT_INT(returned, 0);
        stop();
    }
}

static void connects_again_when_it_is_time(void) {
    start();
    settle();
    joint_cut(&joint);
    settle();
    UNIT_INT(joint.now, 0);
    joint_wait(&joint);
    UNIT_TRUE(joint.now >= 500 && joint.now <= 1500);
    settle();
    UNIT_TRUE(is_joined());
    UNIT_INT(connected, 2);
    stop();
}

static void connects_again_nine_times_in_a_row(void) {
    const uint32_t *dialed =
        &joint.io.engine.dials[ENGINE_CLIENT_WEBSOCKET].number;
    start();
    for (int i = 0; i < 10; i++) {
        UNIT_TRUE(*dialed > 0);
        joint_cut(&joint);
        count_events();
        joint_wait(&joint);
    }
    UNIT_INT(*dialed, 0);
    stop();
}

static void a_healthy_session_lives_through_its_heartbeats(void) {
    start();
    settle();
    while (joint.now < 200000) {
        int64_t before = joint.now;
        joint_wait(&joint);
        UNIT_TRUE(joint.now > before && joint.now <= before + 25000);
        settle();
    }
    UNIT_TRUE(is_joined());
    UNIT_INT(connected, 1);
    stop();
}

static void the_client_can_end_the_connection(void) {
    start();
    settle();
    engine_client_fail(&joint.io.engine, "enough", (struct span){0});
    settle();
    UNIT_INT(lost, 1);
    stop();
}

static int ends;

static bool end_once(void *self, struct outgoing *o) {
    (void)self;
    *o = (struct outgoing){.bytes = span_from("\x89"), .then = OUTBOX_END};
    return ends-- > 0;
}

/* First its last bytes, half a frame, arrive; then the end of TCP does. */
static void the_server_can_end_the_connection(void) {
    const uint32_t *dialed =
        &joint.io.engine.dials[ENGINE_CLIENT_WEBSOCKET].number;
    start();
    settle();
    ends = 1;
    joint.machine.next_outgoing = end_once;
    UNIT_TRUE(joint_to_client(&joint));
    count_events();
    UNIT_INT(*dialed, 1);
    UNIT_TRUE(joint_to_client(&joint));
    count_events();
    UNIT_INT(*dialed, 0);
    UNIT_FALSE(joint_to_client(&joint));
    stop();
}

static void the_end_of_a_connection_is_not_that_of_the_next(void) {
    start();
    settle();
    ends = 1;
    joint.machine.next_outgoing = end_once;
    UNIT_TRUE(joint_to_client(&joint));
    joint_cut(&joint);
    count_events();
    UNIT_FALSE(joint_to_client(&joint));
    stop();
}

static int sent_count;

static void count_sent(void *self, uint32_t conn, int64_t now) {
    (void)self;
    (void)now;
    UNIT_INT(conn, 0);
    sent_count++;
}

static void the_server_learns_that_its_output_was_sent(void) {
    start();
    settle();
    joint.machine.sent = count_sent;
    sent_count = 0;
    emit();
    settle();
    UNIT_INT(sent_count, 1);
    stop();
}

static struct machine real; /* of the server, after the test's own */
static int lost_count, wait_ms;

static void count_lost(void *self, uint32_t conn) {
    UNIT_INT(conn, 0);
    lost_count++;
    real.lost(self, conn);
}

static void the_server_learns_of_the_end_once(void) {
    start();
    settle();
    real = joint.machine;
    joint.machine.lost = count_lost;
    lost_count = 0;
    joint_cut(&joint);
    settle(); /* nothing is dialed meanwhile */
    UNIT_INT(lost_count, 1);
    joint_wait(&joint);
    settle();
    UNIT_TRUE(is_joined());
    UNIT_INT(lost_count, 1);
    stop();
    UNIT_INT(lost_count, 2);
}

/* A machine may leave a part of its input for the next turn. */
static struct span receive_a_byte(void *self, uint32_t conn, struct span in,
                                  int64_t now) {
    struct span first = {in.data, 1};
    UNIT_INT(real.received(self, conn, first, now).len, 0);
    return span_skip(in, 1);
}

static void the_server_may_take_a_part(void) {
    start();
    real = joint.machine;
    joint.machine.received = receive_a_byte;
    settle();
    UNIT_TRUE(is_joined());
    emit();
    settle();
    UNIT_INT(returned, 1);
    stop();
}

static int return_wait_ms(void *self, int64_t now, int wait) {
    (void)self;
    (void)now;
    UNIT_INT(wait, -1);
    return wait_ms;
}

/* That of the client or that of the server. */
static void waits_for_what_is_due_first(void) {
    start();
    settle();
    joint.machine.wait = return_wait_ms;
    for (int more = -1; more <= 1; more++) {
        int64_t due = socket_client_due(&joint.io, INT64_MAX);
        wait_ms = (int)(due - joint.now) + more;
        joint_wait(&joint);
        UNIT_INT(joint.now, due + (more < 0 ? more : 0));
        settle();
    }
    int64_t now = joint.now;
    wait_ms = 0;
    joint_wait(&joint);
    UNIT_INT(joint.now, now);
    stop();
}

UNIT_MAIN("joint", UNIT_TEST(joins_a_client_and_a_server),
          UNIT_TEST(an_event_returns_once),
          UNIT_TEST(a_cut_loses_what_the_client_has_sent),
          UNIT_TEST(a_cut_loses_what_the_server_has_sent),
          UNIT_TEST(connects_again_when_it_is_time),
          UNIT_TEST(connects_again_nine_times_in_a_row),
          UNIT_TEST(a_healthy_session_lives_through_its_heartbeats),
          UNIT_TEST(the_client_can_end_the_connection),
          UNIT_TEST(the_server_can_end_the_connection),
          UNIT_TEST(the_end_of_a_connection_is_not_that_of_the_next),
          UNIT_TEST(the_server_learns_that_its_output_was_sent),
          UNIT_TEST(the_server_learns_of_the_end_once),
          UNIT_TEST(the_server_may_take_a_part),
          UNIT_TEST(waits_for_what_is_due_first))
