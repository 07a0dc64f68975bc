/* links_test.c: tcp/links.h: input, ends, the trace and a fair share */
#include "tcp/links_unit.h"

static void client_echo(void) {
    start_server();
    int fd = dial();
    for (int i = 0; i < 3; i++) {
        check(io_send_all(fd, "hello", 5) == 0, "send");
        expect(fd, "hello");
    }
}

static void echo_test(void) {
    play(&echo, client_echo);
    UNIT_INT(m.received, 15);
    UNIT_INT(m.sent, 3);
}

static void what_arrives_goes_to_the_machine_and_its_reply_back(void) {
    with_both(echo_test);
}

/* Of "hello" a single byte is left for the next turn. */
static void rest_test(void) {
    m.share = 4;
    play(&echo, client_echo);
    UNIT_INT(m.received, 15);
}

static void a_single_byte_may_be_kept(void) {
    with_both(rest_test);
}

static void client_resets(void) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    int fd = dial_for("x");
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
}

static void reset_test(void) {
    play(&echo, client_resets);
}

static void a_client_that_resets_is_lost(void) {
    with_both(reset_test);
}

static void client_ends(void) {
    int fd = dial_for("x");
    expect_end(fd);
}

static void end_test(void) {
    m.ends = true;
    play(&echo, client_ends);
    UNIT_INT(m.sent, 1);
}

static void an_end_is_a_fin_after_the_last_byte(void) {
    with_both(end_test);
}

/* Plays with the trace on; text is what it writes. */
static void play_traced(const struct machine *machine, void (*client)(void),
                        char text[500]) {
    int printed[2], saved = dup(STDERR_FILENO);
    check(pipe(printed) == 0, "pipe");
    dup2(printed[1], STDERR_FILENO);
    close(printed[1]);
    trace_open(true);
    play(machine, client);
    trace_open(false);
    signal(SIGPIPE, SIG_DFL);
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t n = read(printed[0], text, 499);
    text[n > 0 ? n : 0] = '\0';
    close(printed[0]);
}

static void traced_test(void) {
    char text[500];
    m.ends = true;
    play_traced(&echo, client_ends, text);
    const char *connected = strstr(text, " connected\n-> ");
    const char *fin = strstr(text, " FIN\n-- ");
    const char *closed = strstr(text, " closed: the client has sent its FIN\n");
    UNIT_TRUE(connected && fin > connected && closed > fin);
}

static void traced_reset_test(void) {
    char text[500];
    play_traced(&echo, client_resets, text);
    UNIT_TRUE(strstr(text, " closed: reset by the client, or "));
}

/* A machine that traces what it received and sent, and knows the time of day.
 */
static bool has_line, has_sent;
static int64_t unix_s;

static struct span received_lines(void *self, uint32_t conn, struct span in,
                                  int64_t now) {
    UNIT_TRUE(time(NULL) - unix_s < 10);
    has_line = true;
    return on_received(self, conn, in, now);
}

static void set_clock(void *self, int64_t unix_seconds) {
    UNIT_TRUE(self == &m);
    unix_s = unix_seconds;
}

static bool next_line(void *self, struct machine_line *line) {
    UNIT_TRUE(self == &m);
    *line = has_line ? (struct machine_line){"<-", "all of it", m.last}
                     : (struct machine_line){"->", "a reply", m.last};
    bool was = has_line || has_sent;
    if (!has_line) has_sent = false;
    has_line = false;
    return was;
}

static bool next_traced(void *self, struct outgoing *o) {
    has_sent = next_outgoing(self, o);
    return has_sent;
}

/* A line is printed before others, of another connection, can be. */
static void expire_without_line(void *self, int64_t now) {
    UNIT_FALSE(has_line);
    expire(self, now);
}

static void lines_test(void) {
    char text[500];
    struct machine talkative = echo;
    talkative.self = &m;
    talkative.expire = expire_without_line;
    talkative.received = received_lines;
    talkative.set_clock = set_clock;
    talkative.next_line = next_line;
    talkative.next_outgoing = next_traced;
    m.ends = true;
    play_traced(&talkative, client_ends, text);
    const char *connected = strstr(text, " connected\n<- ");
    const char *line = strstr(text, " all of it\n-> ");
    const char *reply = strstr(text, " a reply\n-> ");
    const char *fin = strstr(text, " FIN\n-- ");
    UNIT_TRUE(connected && line > connected && reply > line && fin > reply);
}

/* A machine that has something to say about a connection, but no bytes. */
static void expire_with_line(void *self, int64_t now) {
    (void)now;
    (void)self;
    if (m.accepted > 0 && m.expired++ == 0) has_line = true;
}

static void client_comes_and_goes(void) {
    start_server();
    close(dial());
}

static void silent_test(void) {
    char text[500];
    struct machine silent = echo;
    silent.self = &m;
    silent.expire = expire_with_line;
    silent.next_line = next_line;
    play_traced(&silent, client_comes_and_goes, text);
    UNIT_TRUE(strstr(text, " all of it\n") != NULL);
}

static void untraced_test(void) {
    struct machine talkative = echo;
    talkative.received = received_lines;
    talkative.next_line = next_line;
    unix_s = time(NULL);
    m.ends = true;
    play(&talkative, client_ends);
    UNIT_TRUE(has_line); /* the line was not taken */
}

static void a_machine_gets_the_time_and_is_traced(void) {
    with_both(lines_test);
    with_both(silent_test);
    with_both(untraced_test);
}

static void a_trace_shows_a_connection_from_its_begin_to_its_end(void) {
    with_both(traced_test);
    with_both(traced_reset_test);
}

static struct span received_drop(void *self, uint32_t conn, struct span in,
                                 int64_t now) {
    (void)self;
    (void)now;
    reply(conn, in, OUTBOX_DROP);
    return (struct span){0};
}

static void client_dropped(void) {
    start_server();
    int fd = dial();
    check(io_send_all(fd, "x", 1) == 0, "send");
    expect_end(fd);
}

static void drop_test(void) {
    struct machine dropping = echo;
    dropping.received = received_drop;
    play(&dropping, client_dropped);
    UNIT_INT(m.sent, 0);
}

static void a_drop_closes_at_once_and_is_lost_once(void) {
    with_both(drop_test);
}

enum {
    BURST = 1000,
    SHARE = 10
};
static size_t before_other; /* bytes of the burst before the other client's */

static struct span received_fair(void *self, uint32_t conn, struct span in,
                                 int64_t now) {
    (void)self;
    if (in.len == 1 && in.data[0] == '!') before_other = m.received;
    return on_received(self, conn, in, now);
}

static void client_burst(void) {
    char burst[BURST], back[BURST];
    for (int i = 0; i < BURST; i++) burst[i] = (char)('a' + i % 26);
    int one = dial(), other = dial();
    check(io_send_all(one, burst, BURST) == 0, "send");
    check(io_send_all(other, "!", 1) == 0, "send");
    start_server();
    expect(other, "!");
    check(io_recv_all(one, back, BURST) == BURST, "recv");
    if (memcmp(burst, back, BURST) != 0) die("other bytes");
}

static void fair_test(void) {
    struct machine fair = echo;
    fair.received = received_fair;
    m.share = SHARE;
    m.expected = 2;
    before_other = BURST;
    play(&fair, client_burst);
    UNIT_INT(m.received, BURST + 1);
    UNIT_TRUE(before_other <= 2 * SHARE);
    /* The burst had arrived before the first turn: time-outs came after it. */
    UNIT_INT(m.received_at_expire / SHARE, BURST / SHARE);
}

static void a_burst_is_consumed_in_shares_and_delays_no_one(void) {
    with_both(fair_test);
}

static struct span received_nothing(void *self, uint32_t conn, struct span in,
                                    int64_t now) {
    (void)self;
    (void)conn;
    (void)now;
    m.received++;
    return in;
}

static void expire_and_drop(void *self, int64_t now) {
    (void)self;
    (void)now;
    if (m.received > 0 && m.expired++ == 0)
        reply(m.last, span_from(""), OUTBOX_DROP);
}

static void client_never_used_up(void) {
    int fd = dial();
    check(io_send_all(fd, "x", 1) == 0, "send");
    start_server();
    expect_end(fd);
}

static void hold_test(void) {
    struct machine lazy = echo;
    lazy.received = received_nothing;
    lazy.expire = expire_and_drop;
    play(&lazy, client_never_used_up);
    UNIT_TRUE(m.expired > 0);
}

static void endless_input_cannot_hold_up_the_time_outs(void) {
    with_both(hold_test);
}

static void an_idle_connection_costs_at_most_88_bytes(void) {
    UNIT_TRUE(sizeof(struct stream) <= 88);
}

/* In a child, because the loop that it opens is the process's only one: after a
 * port in use, fails once more at second. Compares what both print. */
static void fail_twice(int (*second)(void), const char *expected) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int fd = listen_open("127.0.0.1", 0), printed[2];
    UNIT_INT(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    check(pipe(printed) == 0, "pipe");
    pid_t child = fork();
    if (child == 0) {
        dup2(printed[1], STDERR_FILENO);
        int first = links_listen("127.0.0.1", ntohs(address.sin_port));
        _exit(first == -1 && second() != 0 ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    UNIT_INT(status, 0);
    char text[200];
    ssize_t n = read(printed[0], text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    char *line = strchr(text, '\n');
    UNIT_TRUE(strstr(text, ": address in use\n") && line);
    UNIT_TRUE(line && strncmp(line + 1, expected, strlen(expected)) == 0);
    UNIT_TRUE(line && strchr(line + 1, '\n') == text + n - 1);
    close(printed[0]);
    close(printed[1]);
    close(fd);
}

static int listen_again(void) {
    return links_listen("127.0.0.1", 0);
}

static int run_without_listener(void) {
    return links_run(&echo, -1);
}

static void a_failure_is_a_line_and_no_descriptor(void) {
    fail_twice(listen_again, "program: cannot wait for events");
    fail_twice(run_without_listener, "program: cannot serve: ");
}

UNIT_MAIN("tcp/links",
          UNIT_TEST(what_arrives_goes_to_the_machine_and_its_reply_back),
          UNIT_TEST(a_single_byte_may_be_kept),
          UNIT_TEST(a_client_that_resets_is_lost),
          UNIT_TEST(an_end_is_a_fin_after_the_last_byte),
          UNIT_TEST(a_machine_gets_the_time_and_is_traced),
          UNIT_TEST(a_trace_shows_a_connection_from_its_begin_to_its_end),
          UNIT_TEST(a_drop_closes_at_once_and_is_lost_once),
          UNIT_TEST(a_burst_is_consumed_in_shares_and_delays_no_one),
          UNIT_TEST(endless_input_cannot_hold_up_the_time_outs),
          UNIT_TEST(an_idle_connection_costs_at_most_88_bytes),
          UNIT_TEST(a_failure_is_a_line_and_no_descriptor))
