/* links_test.c: tcp/links.h between a small machine and clients in a child
 * process, with both back ends */
#include "packets/unit.h"
#include "tcp/acceptor.h"
#include "tcp/clock_unit.h"
#include "tcp/io.h"
#include "tcp/links.h"
#include "tcp/listen.h"
#include "tcp/pair.h"
#include "tcp/stream.h"
#include "tcp/trace.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_OUT = 64 << 20
};

/* What the machine does, and what it saw. */
static struct {
    size_t share; /* bytes that it consumes of one connection in one turn */
    int expected; /* connections; after the last was lost: SIGTERM */
    int accepted, lost, sent, expired, shut_down;
    size_t received, received_at_expire, peak, unsent;
    int64_t due_ms; /* it then sends "late" to every connection and ends it */
    bool ends;      /* after each reply */
    uint32_t last;  /* the connection that was accepted last */
} m;

static struct outbox out;
static int to_client[2], listener;

static void reply(uint32_t conn, struct span bytes, enum outbox_then then) {
    buf_append(outbox_packet(&out), bytes.data, bytes.len);
    outbox_send(&out, conn);
    outbox_then(&out, conn, then);
}

static void accepted(void *self, uint32_t conn, int64_t now) {
    (void)self;
    (void)now;
    m.accepted++;
    m.last = conn;
}

static struct span received(void *self, uint32_t conn, struct span in,
                            int64_t now) {
    (void)self;
    (void)now;
    struct span used = {in.data, in.len < m.share ? in.len : m.share};
    m.received += used.len;
    if (used.len > 0) reply(conn, used, m.ends ? OUTBOX_END : OUTBOX_OPEN);
    if (out.own.end > m.peak) m.peak = out.own.end;
    return span_skip(in, used.len);
}

static void sent(void *self, uint32_t conn, int64_t now) {
    (void)self;
    (void)conn;
    (void)now;
    m.sent++;
}

static void lost(void *self, uint32_t conn) {
    (void)self;
    outbox_forget(&out, conn);
    if (++m.lost == m.expected) raise(SIGTERM);
}

static void expire(void *self, int64_t now) {
    (void)self;
    m.expired++;
    if (m.received_at_expire == 0) m.received_at_expire = m.received;
    if (now < m.due_ms || m.due_ms == 0) return;
    m.due_ms = 0;
    reply(m.last, span_from("late"), OUTBOX_END);
}

static int wait_ms(void *self, int64_t now, int wait) {
    (void)self;
    if (m.due_ms == 0) return wait;
    int left = m.due_ms > now ? (int)(m.due_ms - now) : 0;
    return wait == -1 || left < wait ? left : wait;
}

static bool next_outgoing(void *self, struct outgoing *o) {
    (void)self;
    return outbox_next(&out, o);
}

static void on_shutdown(void *self, int64_t now) {
    (void)self;
    (void)now;
    m.shut_down++;
    if (m.lost < m.accepted) reply(m.last, span_from("bye"), OUTBOX_END);
}

static const struct machine echo = {
    .accepted = accepted,
    .received = received,
    .sent = sent,
    .lost = lost,
    .expire = expire,
    .wait = wait_ms,
    .next_outgoing = next_outgoing,
    .shutdown = on_shutdown,
    .max_reply = MAX_OUT,
};

/* The client's side. */

static int dial(void) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    check(getsockname(listener, (struct sockaddr *)&address, &size) == 0,
          "getsockname");
    check(connect(fd, (struct sockaddr *)&address, size) == 0, "connect");
    return fd;
}

static void expect(int fd, const char *expected) {
    char text[100];
    ssize_t n = io_recv_all(fd, text, strlen(expected));
    if (n != (ssize_t)strlen(expected) ||
        memcmp(text, expected, strlen(expected)) != 0)
        die("another reply");
}

static void expect_end(int fd) {
    char byte;
    if (io_recv(fd, &byte, 1) != 0) die("no FIN");
}

/* Waits until the machine lets the client go on. */
static void await_server(void) {
    char byte;
    check(read(to_client[0], &byte, 1) == 1, "read");
}

static void release_client(void) {
    check(write(to_client[1], "!", 1) == 1, "write");
}

/* Lets client play against the machine until SIGTERM. The child may already
 * have sent something when the server starts: it calls start_server. */
static void play(const struct machine *machine, void (*client)(void)) {
    int status = -1;
    char byte;
    check(pipe(to_client) == 0, "pipe");
    int ready[2];
    check(pipe(ready) == 0, "pipe");
    fflush(stdout);
    int out_fd = dup(STDOUT_FILENO); /* "listening on" is not for the log */
    check(freopen("/dev/null", "w", stdout) != NULL, "freopen");
    listener = links_listen("127.0.0.1", 0);
    fflush(stdout);
    dup2(out_fd, STDOUT_FILENO);
    close(out_fd);
    check(listener != -1, "links_listen");
    check(outbox_init(&out, links_max(), MAX_OUT), "outbox_init");
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        dup2(ready[1], STDOUT_FILENO); /* writing there: the server may start */
        client();
        _exit(0);
    }
    close(ready[1]);
    check(read(ready[0], &byte, 1) != -1, "read");
    close(ready[0]);
    UNIT_INT(links_run(machine, listener), 0);
    waitpid(child, &status, 0);
    UNIT_INT(status, 0);
    UNIT_INT(m.accepted, m.expected);
    UNIT_INT(m.lost, m.expected);
    UNIT_INT(m.shut_down, 1);
    outbox_free(&out);
    close(to_client[0]);
    close(to_client[1]);
}

static void start_server(void) {
    check(write(STDOUT_FILENO, "!", 1) == 1, "write");
}

/* Starts the server and sends it "x". Returns the connection on which the reply
 * has arrived. */
static int dial_for(const char *expected) {
    start_server();
    int fd = dial();
    check(io_send_all(fd, "x", 1) == 0, "send");
    expect(fd, expected);
    return fd;
}

static void with_both(void (*test)(void)) {
    for (int i = 0; i < 2; i++) {
        setenv("LOOP_POLL", i ? "1" : "0", 1);
        memset(&m, 0, sizeof m);
        m.share = SIZE_MAX;
        m.expected = 1;
        test();
    }
    unsetenv("LOOP_POLL");
}

/* The tests. */

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
    return received(self, conn, in, now);
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

static void lines_test(void) {
    char text[500];
    struct machine talkative = echo;
    talkative.self = &m;
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
    return received(self, conn, in, now);
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

enum {
    LARGE = 16 << 20 /* more than the kernel holds for one connection */
};
static uint8_t *large;

/* Plays with n bytes in large. */
static void play_large(const struct machine *machine, void (*client)(void),
                       size_t n) {
    large = calloc(1, n);
    check(large != NULL, "calloc");
    play(machine, client);
    free(large);
}

static struct span received_large(void *self, uint32_t conn, struct span in,
                                  int64_t now) {
    (void)self;
    (void)now;
    m.received += in.len;
    reply(conn, (struct span){large, LARGE}, OUTBOX_OPEN);
    return (struct span){0};
}

/* After ten turns without an event the client begins to read. */
static void expire_release(void *self, int64_t now) {
    (void)self;
    (void)now;
    if (m.received > 0 && ++m.expired == 10) {
        UNIT_INT(m.sent, 0);
        release_client();
    }
}

static int wait_little(void *self, int64_t now, int wait) {
    (void)self;
    (void)now;
    return m.expired < 10 ? 1 : wait;
}

static void client_slow(void) {
    static uint8_t bytes[65536];
    start_server();
    int fd = dial();
    check(io_send_all(fd, "x", 1) == 0, "send");
    await_server();
    for (size_t at = 0, n; at < LARGE; at += n) {
        ssize_t got = io_recv(fd, bytes, sizeof bytes);
        check(got > 0, "recv");
        n = (size_t)got;
        if (memcmp(bytes, large + at, n) != 0) die("other bytes");
    }
    check(io_send_all(fd, "y", 1) == 0, "send");
    await_server();
}

static void sent_release(void *self, uint32_t conn, int64_t now) {
    (void)self;
    sent(self, conn, now);
    release_client();
}

static struct span received_large_once(void *self, uint32_t conn,
                                       struct span in, int64_t now) {
    (void)self;
    if (m.received == 0) return received_large(self, conn, in, now);
    UNIT_INT(m.sent, 1);
    return (struct span){0};
}

/* Called between the write that the kernel did not accept whole and sent. */
static void unsent_record(void *self, uint32_t conn, size_t bytes) {
    (void)self;
    UNIT_INT(conn, m.last);
    UNIT_INT(m.sent, 0);
    m.unsent = bytes;
}

static void slow_test(void) {
    struct machine slow = echo;
    slow.unsent = unsent_record;
    slow.received = received_large_once;
    slow.sent = sent_release;
    slow.expire = expire_release;
    slow.wait = wait_little;
    large = malloc(LARGE);
    check(large != NULL, "malloc");
    for (size_t i = 0; i < LARGE; i++) large[i] = (uint8_t)(i * 7 + i / 253);
    play(&slow, client_slow);
    UNIT_INT(m.sent, 1);
    UNIT_TRUE(m.unsent > 0 && m.unsent < LARGE);
    free(large);
}

static void sent_is_called_when_the_last_byte_was_sent(void) {
    with_both(slow_test);
}

static void lost_release(void *self, uint32_t conn) {
    (void)self;
    lost(self, conn);
    release_client();
}

static int wait_always_little(void *self, int64_t now, int wait) {
    (void)self;
    (void)now;
    (void)wait;
    return 1; /* the kernel ignores the jump of the test's clock */
}

static void expire_stall(void *self, int64_t now) {
    (void)self;
    (void)now;
    if (m.received > 0 && ++m.expired == 10) clock_offset_ms = 31000;
}

static void client_stalls(void) {
    start_server();
    int fd = dial();
    check(io_send_all(fd, "x", 1) == 0, "send");
    await_server();
}

static void stalled_test(void) {
    struct machine slow = echo;
    slow.received = received_large;
    slow.expire = expire_stall;
    slow.wait = wait_always_little;
    slow.lost = lost_release;
    play_large(&slow, client_stalls, LARGE);
    UNIT_INT(m.sent, 0);
    clock_offset_ms = 0;
}

static void a_reader_that_stalls_is_dropped_after_30_seconds(void) {
    with_both(stalled_test);
}

/* Sends 32768 bytes again and again, until the kernel does not accept all: so
 * fewer than that are unsent, and the stream is still read from. */
static struct span received_start(void *self, uint32_t conn, struct span in,
                                  int64_t now) {
    (void)self;
    (void)now;
    m.received += in.len;
    reply(conn, (struct span){large, 32768}, OUTBOX_OPEN);
    return (struct span){0};
}

static void sent_again(void *self, uint32_t conn, int64_t now) {
    (void)self;
    (void)now;
    reply(conn, (struct span){large, 32768}, OUTBOX_OPEN);
}

static void expire_then_release(void *self, int64_t now) {
    (void)self;
    (void)now;
    if (m.received > 0 && ++m.expired == 10) release_client();
}

static void client_resets_unread(void) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    start_server();
    int fd = dial();
    check(io_send_all(fd, "x", 1) == 0, "send");
    await_server();
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
}

static void reset_unread_test(void) {
    struct machine filling = echo;
    filling.received = received_start;
    filling.sent = sent_again;
    filling.expire = expire_then_release;
    filling.wait = wait_little;
    play_large(&filling, client_resets_unread, 32768);
}

static void a_reset_while_output_is_unsent_is_lost_once(void) {
    with_both(reset_unread_test);
}

static void unsent_test(void) {
    struct machine small = echo;
    small.received = received_large;
    small.lost = lost_release;
    small.max_reply = 0;
    play_large(&small, client_stalls, LARGE);
    UNIT_INT(m.sent, 0);
}

static void more_unsent_output_than_the_limit_drops_the_reader(void) {
    with_both(unsent_test);
}

/* A reply starts a time-out, when it was sent: the last thing in a turn. */
static void sent_start(void *self, uint32_t conn, int64_t now) {
    (void)self;
    (void)conn;
    if (m.sent++ == 0) m.due_ms = now + 10;
}

static void client_waits(void) {
    int fd = dial_for("xlate");
    expect_end(fd);
}

static void late_test(void) {
    struct machine timed = echo;
    timed.sent = sent_start;
    int64_t start = clock_ms();
    play(&timed, client_waits);
    UNIT_TRUE(clock_ms() - start >= 10);
    UNIT_TRUE(m.expired < 100); /* it waits and does not spin */
}

static void a_time_out_that_starts_with_the_last_byte_is_waited_for(void) {
    with_both(late_test);
}

enum {
    CROWD = 20,
    MESSAGE = 60000
};

static void client_crowd(void) {
    static uint8_t bytes[MESSAGE];
    int fds[CROWD];
    for (int i = 0; i < CROWD; i++) {
        fds[i] = dial();
        check(io_send_all(fds[i], bytes, MESSAGE) == 0, "send");
    }
    start_server();
    for (int i = 0; i < CROWD; i++)
        check(io_recv_all(fds[i], bytes, MESSAGE) == MESSAGE, "recv");
}

static void crowd_test(void) {
    m.expected = CROWD;
    play(&echo, client_crowd);
    UNIT_INT(m.received, CROWD * MESSAGE);
    /* A single message is less: output of two or more is delivered at once. */
    UNIT_TRUE(m.peak >= 65536 && m.peak <= 2 * 65536);
}

static void much_input_is_answered_before_the_end_of_the_turn(void) {
    with_both(crowd_test);
}

enum {
    AMPLIFIED = 512 << 10 /* bytes of output for one byte */
};

static struct span received_amplify(void *self, uint32_t conn, struct span in,
                                    int64_t now) {
    static uint8_t bytes[AMPLIFIED];
    (void)self;
    (void)now;
    m.received += in.len;
    reply(conn, (struct span){bytes, AMPLIFIED}, OUTBOX_OPEN);
    if (out.own.end > m.peak) m.peak = out.own.end;
    return span_skip(in, in.len);
}

static size_t output_len(void *self) {
    (void)self;
    return outbox_own_len(&out);
}

static void client_amplify(void) {
    static uint8_t bytes[AMPLIFIED];
    int fds[CROWD];
    for (int i = 0; i < CROWD; i++) {
        fds[i] = dial();
        check(io_send_all(fds[i], "x", 1) == 0, "send");
    }
    start_server();
    for (int i = 0; i < CROWD; i++)
        check(io_recv_all(fds[i], bytes, AMPLIFIED) == AMPLIFIED, "recv");
}

static void amplify_test(void) {
    struct machine amplifier = echo;
    amplifier.received = received_amplify;
    amplifier.output_len = output_len;
    m.expected = CROWD;
    play(&amplifier, client_amplify);
    UNIT_INT(m.received, CROWD);
    UNIT_INT(m.peak, 1 << 20);
}

static void much_output_is_sent_before_the_end_of_the_turn(void) {
    with_both(amplify_test);
}

static struct span received_signal(void *self, uint32_t conn, struct span in,
                                   int64_t now) {
    (void)self;
    raise(SIGTERM);
    return received(self, conn, in, now);
}

static void client_polite(void) {
    int fd = dial_for("xbye");
    expect_end(fd);
}

static void shutdown_large(void *self, int64_t now) {
    (void)self;
    (void)now;
    m.shut_down++;
    if (m.lost == 0) reply(m.last, (struct span){large, LARGE}, OUTBOX_END);
}

static void client_downloads(void) {
    static uint8_t bytes[65536];
    size_t len = 0;
    ssize_t n;
    int fd = dial_for("x");
    while ((n = io_recv(fd, bytes, sizeof bytes)) > 0) len += (size_t)n;
    if (n != 0 || len != LARGE) die("not all arrived");
}

static void download_test(void) {
    struct machine signalled = echo;
    signalled.received = received_signal;
    signalled.shutdown = shutdown_large;
    play_large(&signalled, client_downloads, LARGE);
}

static void a_reply_in_progress_is_finished_during_the_shutdown(void) {
    with_both(download_test);
}

static void client_holds_on(void) {
    client_polite();
    int fd = dup(3); /* the socket stays open until the server has ended */
    (void)fd;
    await_server();
}

static void shutdown_test(void) {
    struct machine signalled = echo;
    signalled.received = received_signal;
    m.expected = 1;
    int64_t start = clock_ms();
    play(&signalled, client_polite);
    UNIT_TRUE(clock_ms() - start < LIMIT_SHUTDOWN_MS);
}

static void a_signal_ends_all_connections_in_an_orderly_way(void) {
    with_both(shutdown_test);
}

/* Most of LIMIT_SHUTDOWN_MS passes at once. */
static void shutdown_jump(void *self, int64_t now) {
    (void)self;
    on_shutdown(self, now);
    clock_offset_ms = LIMIT_SHUTDOWN_MS - 50;
}

static void a_peer_that_holds_on_is_dropped_at_the_end_of_the_shutdown(void) {
    struct machine signalled = echo;
    signalled.received = received_signal;
    signalled.shutdown = shutdown_jump;
    signalled.wait = wait_always_little;
    signalled.lost = lost_release;
    memset(&m, 0, sizeof m);
    m.share = SIZE_MAX;
    m.expected = 1;
    int64_t start = clock_ms();
    play(&signalled, client_holds_on);
    UNIT_TRUE(clock_ms() - start >= LIMIT_SHUTDOWN_MS);
    UNIT_TRUE(clock_ms() - start < LIMIT_SHUTDOWN_MS + 1000);
    clock_offset_ms = 0;
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
          UNIT_TEST(sent_is_called_when_the_last_byte_was_sent),
          UNIT_TEST(a_reader_that_stalls_is_dropped_after_30_seconds),
          UNIT_TEST(a_reset_while_output_is_unsent_is_lost_once),
          UNIT_TEST(more_unsent_output_than_the_limit_drops_the_reader),
          UNIT_TEST(a_time_out_that_starts_with_the_last_byte_is_waited_for),
          UNIT_TEST(much_input_is_answered_before_the_end_of_the_turn),
          UNIT_TEST(much_output_is_sent_before_the_end_of_the_turn),
          UNIT_TEST(a_signal_ends_all_connections_in_an_orderly_way),
          UNIT_TEST(a_reply_in_progress_is_finished_during_the_shutdown),
          UNIT_TEST(a_peer_that_holds_on_is_dropped_at_the_end_of_the_shutdown),
          UNIT_TEST(an_idle_connection_costs_at_most_88_bytes),
          UNIT_TEST(a_failure_is_a_line_and_no_descriptor))
