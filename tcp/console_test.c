/* console_test.c: tcp/console.h, with a pair of sockets as the connection and a
 * pipe as the terminal */
#include "packets/unit.h"
#include "tcp/clock.h"
#include "tcp/console.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/pair.h"
#include "tcp/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct console c;
static int server, keyboard; /* the other ends */
static struct span data;

static void use(int fd, const char *text, size_t max_out) {
    console_init(&c, text, 5, max_out);
    UNIT_INT(c.fd, -1);
    c.fd = fd;
    UNIT_INT(io_nonblocking(fd), 0);
}

static void start(const char *text) {
    int ends[2], terminal[2];
    UNIT_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    UNIT_INT(pipe(terminal), 0);
    use(ends[0], text, 1 << 20);
    server = ends[1];
    c.input = terminal[0];
    keyboard = terminal[1];
    console_set_turn(&c, CONSOLE_READY, -1);
}

static void stop(void) {
    close(c.input);
    int fd = c.fd;
    console_close(&c);
    UNIT_INT(fcntl(fd, F_GETFD), -1);
    close(server);
    close(keyboard);
}

static void send_text(int fd, const char *text) {
    UNIT_INT(write(fd, text, strlen(text)), strlen(text));
}

/* Waits for one event, which must be this one, with these bytes. */
static void expect(enum console_event expected, const char *bytes) {
    data = (struct span){0};
    UNIT_INT(console_wait(&c, &data), expected);
    UNIT_TEXT(data.data, data.len, bytes);
}

static void waits_for_both_at_once(void) {
    start(NULL);
    send_text(server, "hello");
    expect(CONSOLE_BYTES, "hello");
    send_text(keyboard, "one\ntwo\nthr");
    expect(CONSOLE_LINE, "one");
    expect(CONSOLE_LINE, "two");
    send_text(server, "again");
    expect(CONSOLE_BYTES, "again");
    close(keyboard);
    expect(CONSOLE_LINE, "thr");
    expect(CONSOLE_END_OF_INPUT, "");
    send_text(server, "last"); /* the end of the input is no event any more */
    expect(CONSOLE_BYTES, "last");
    close(server);
    expect(CONSOLE_EOF, "");
    keyboard = server = -1;
    stop();
}

/* It may be the reason not to send the line. */
static void what_the_server_has_sent_comes_before_a_line(void) {
    start(NULL);
    send_text(keyboard, "a\nb\n");
    send_text(server, "hello");
    expect(CONSOLE_BYTES, "hello");
    expect(CONSOLE_LINE, "a");
    console_set_turn(&c, CONSOLE_WAITING, -1);
    send_text(server, "re: a");
    expect(CONSOLE_BYTES, "re: a");
    console_set_turn(&c, CONSOLE_READY, -1);
    send_text(server, "end"); /* now "b" has been read from the terminal */
    expect(CONSOLE_BYTES, "end");
    send_text(server, "more"); /* once for each line */
    expect(CONSOLE_LINE, "b");
    expect(CONSOLE_BYTES, "more");
    close(keyboard);
    close(server);
    expect(CONSOLE_EOF, ""); /* and not the end of the input */
    keyboard = server = -1;
    stop();
}

static void a_text_is_the_only_line(void) {
    start("a text of any length");
    send_text(keyboard, "typed\n");
    expect(CONSOLE_LINE, "a text of any length");
    expect(CONSOLE_END_OF_INPUT, "");
    send_text(server, "hello");
    expect(CONSOLE_BYTES, "hello");
    stop();
}

static void reads_a_line_only_when_it_is_its_turn(void) {
    start(NULL);
    send_text(keyboard, "one\n");
    console_set_turn(&c, CONSOLE_WAITING, 20);
    expect(CONSOLE_TIMEOUT, "");
    console_set_turn(&c, CONSOLE_CLOSING, 20);
    expect(CONSOLE_TIMEOUT, "");
    console_set_turn(&c, CONSOLE_READY, -1);
    expect(CONSOLE_LINE, "one");
    stop();
}

/* A server that sends a byte now and then must not keep a client for ever. */
static void bytes_do_not_move_the_deadline(void) {
    int64_t begin = clock_ms();
    enum console_event event = CONSOLE_BYTES;
    start(NULL);
    console_set_turn(&c, CONSOLE_READY, 50);
    while (event == CONSOLE_BYTES && clock_ms() < begin + 20000) {
        send_text(server, "x");
        event = console_wait(&c, &data);
    }
    UNIT_INT(event, CONSOLE_TIMEOUT);
    UNIT_TRUE(clock_ms() - begin >= 50);
    stop();
}

/* As after Ctrl-Z and fg: the answer has been there for long. */
static void reads_what_had_arrived_before_it_judges(void) {
    start(NULL);
    send_text(server, "hello");
    console_set_turn(&c, CONSOLE_READY, 0);
    expect(CONSOLE_BYTES, "hello");
    send_text(server, "more");
    expect(CONSOLE_TIMEOUT, "");
    console_set_turn(&c, CONSOLE_READY, -1);
    expect(CONSOLE_BYTES, "more");
    console_set_turn(&c, CONSOLE_READY, 0); /* another deadline and chance */
    send_text(server, "again");
    expect(CONSOLE_BYTES, "again");
    stop();
}

/* Reads all that the client has sent so far. */
static size_t drain(void) {
    static uint8_t bytes[1 << 20];
    ssize_t n = recv(server, bytes, sizeof bytes, MSG_DONTWAIT);
    return n > 0 ? (size_t)n : 0;
}

/* The clock of this program. Between sending what it can and waiting, the
 * console looks at the clock: just then the server may read. */
static bool reads_at_the_clock;
static int clock_calls;

int clock_gettime(clockid_t id, struct timespec *t) {
    struct timeval now;
    (void)id;
    clock_calls++;
    if (reads_at_the_clock) drain();
    gettimeofday(&now, NULL);
    t->tv_sec = now.tv_sec;
    t->tv_nsec = now.tv_usec * 1000;
    return 0;
}

/* Leaves no space in the socket. */
static void fill(void) {
    static char bytes[1 << 16];
    while (io_send(c.fd, bytes, sizeof bytes) > 0) {
    }
    while (io_send(c.fd, bytes, 1) > 0) {
    }
}

static void a_single_byte_is_sent_as_soon_as_there_is_space(void) {
    start(NULL);
    errno = 0;
    buf_text(&c.out, "x");
    console_set_turn(&c, CONSOLE_READY, 0);
    expect(CONSOLE_TIMEOUT, "");
    UNIT_FALSE(c.is_broken);
    UNIT_INT(drain(), 1);
    fill();
    buf_text(&c.out, "y");
    console_set_turn(&c, CONSOLE_READY, 30);
    reads_at_the_clock = true;
    expect(CONSOLE_TIMEOUT, "");
    reads_at_the_clock = false;
    UNIT_INT(buf_view(&c.out).len, 0);
    UNIT_FALSE(c.is_broken);
    stop();
}

static void reads_until_65536_bytes_are_unsent(void) {
    static char bytes[65536];
    start(NULL);
    fill();
    UNIT_TRUE(buf_append(&c.out, bytes, sizeof bytes - 1));
    send_text(server, "x");
    expect(CONSOLE_BYTES, "x");
    UNIT_TRUE(buf_append(&c.out, bytes, 1));
    send_text(server, "y");
    console_set_turn(&c, CONSOLE_READY, 0);
    expect(CONSOLE_TIMEOUT, "");
    c.has_looked = false; /* the server would be first, if it was read from */
    send_text(keyboard, "a\n");
    console_set_turn(&c, CONSOLE_READY, 20);
    expect(CONSOLE_LINE, "a");
    stop();
}

static void waits_and_does_not_spin(void) {
    start(NULL);
    console_set_turn(&c, CONSOLE_READY, 30);
    clock_calls = 0;
    expect(CONSOLE_TIMEOUT, "");
    UNIT_TRUE(clock_calls < 10);
    stop();
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number) {
    (void)number;
    alarms++;
}

static void a_signal_does_not_end_the_wait(void) {
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval every = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
    start(NULL);
    errno = EINTR; /* from before */
    send_text(server, "x");
    expect(CONSOLE_BYTES, "x");
    sigaction(SIGALRM, &action, NULL);
    int64_t begin = clock_ms();
    console_set_turn(&c, CONSOLE_READY, 30);
    setitimer(ITIMER_REAL, &every, NULL);
    expect(CONSOLE_TIMEOUT, "");
    setitimer(ITIMER_REAL, &never, NULL);
    signal(SIGALRM, SIG_DFL);
    UNIT_TRUE(alarms > 0);
    UNIT_TRUE(clock_ms() - begin >= 29);
    stop();
}

/* poll(2): more descriptors than the process may have are an error. */
static void a_wait_that_fails_is_reported(void) {
    start(NULL);
    if (!limit_descriptors(1)) {
        stop();
        return;
    }
    errno = 0;
    enum console_event event = console_wait(&c, &data);
    int error = errno;
    allow_descriptors();
    UNIT_INT(event, CONSOLE_FAILED);
    UNIT_INT(error, EINVAL);
    stop();
}

static void a_connection_that_is_reset_is_lost(void) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    int ends[2];
    check(pair_open(ends) == 0, "pair_open");
    use(ends[0], "no line", 100);
    setsockopt(ends[1], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(ends[1]);
    console_set_turn(&c, CONSOLE_WAITING, -1);
    errno = 0;
    expect(CONSOLE_LOST, "");
    UNIT_INT(errno, ECONNRESET);
    console_close(&c);
}

/* At the end of the child: a sanitizer, which runs then, opens files. */
static struct rlimit all;

static void allow_all(void) {
    setrlimit(RLIMIT_NOFILE, &all);
}

/* Calls console_connect in a child that may open n more descriptors. Returns
 * its exit status, 0 if it connects; printed is its line on stderr. */
static int connected(const char *port, int n, char printed[200]) {
    int through[2], status = -1;
    check(pipe(through) == 0, "pipe");
    pid_t child = fork();
    if (child == 0) {
        uint8_t seed[16] = {0}, none[16] = {0};
        dup2(through[1], STDERR_FILENO);
        int lowest = lowest_descriptor();
        getrlimit(RLIMIT_NOFILE, &all);
        atexit(allow_all);
        struct rlimit few = all;
        few.rlim_cur = (rlim_t)(lowest + n);
        setrlimit(RLIMIT_NOFILE, &few);
        console_init(&c, NULL, 5, 100);
        if (!console_connect(&c, "127.0.0.1", port, seed, sizeof seed))
            _exit(c.fd == -1 ? 2 : 99);
        bool is_open = c.fd == lowest && c.typed.max_line == 5 &&
                       fcntl(c.fd, F_GETFL) & O_NONBLOCK;
        _exit(is_open && memcmp(seed, none, sizeof seed) != 0 ? 0 : 99);
    }
    close(through[1]);
    waitpid(child, &status, 0);
    ssize_t got = read(through[0], printed, 199);
    printed[got > 0 ? got : 0] = '\0';
    close(through[0]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void gets_a_connection_and_a_seed_or_prints_a_line(void) {
    char printed[200], expected[200], name[LISTEN_NAME_MAX];
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(fd, name), 0);
    const char *port = strrchr(name, ':') + 1;
    UNIT_INT(connected(port, 10, printed), 0);
    UNIT_TEXT(printed, strlen(printed), "");
    UNIT_INT(connected(port, 0, printed), 1); /* none for the random bytes */
    snprintf(expected, sizeof expected, "program: cannot begin: %s\n",
             strerror(EMFILE));
    UNIT_TEXT(printed, strlen(printed), expected);
    close(fd);
    UNIT_INT(connected(port, 10, printed), 2);
    snprintf(expected, sizeof expected,
             "program: cannot reach 127.0.0.1:%s: %s\n", port,
             strerror(ECONNREFUSED));
    UNIT_TEXT(printed, strlen(printed), expected);
}

/* The line that was read last and those that were typed since then are kept;
 * unsent output is not. */
static void another_connection_begins_afresh(void) {
    struct span line;
    int ends[2];
    start(NULL);
    send_text(keyboard, "one\ntwo\n");
    UNIT_INT(console_wait(&c, &line), CONSOLE_LINE);
    console_set_turn(&c, CONSOLE_WAITING, 0);
    close(server);
    buf_text(&c.out, "too late");
    expect(CONSOLE_EOF, "");
    UNIT_TRUE(c.is_broken);
    buf_text(&c.out, "of before");
    c.out.max = 9;
    buf_text(&c.out, "fails");
    int fd = c.fd;
    console_hang_up(&c);
    UNIT_INT(fcntl(fd, F_GETFD), -1);
    UNIT_INT(c.fd, -1);
    console_hang_up(&c); /* does nothing */
    console_set_turn(&c, CONSOLE_WAITING, 0);
    expect(CONSOLE_TIMEOUT, "");
    UNIT_TEXT(line.data, line.len, "one");

    UNIT_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    c.fd = ends[0];
    UNIT_INT(io_nonblocking(c.fd), 0);
    server = ends[1];
    console_set_turn(&c, CONSOLE_READY, -1);
    send_text(server, "first"); /* it is looked at before the line */
    expect(CONSOLE_BYTES, "first");
    expect(CONSOLE_LINE, "two");
    buf_text(&c.out, "new");
    console_set_turn(&c, CONSOLE_WAITING, 0);
    expect(CONSOLE_TIMEOUT, "");
    UNIT_INT(drain(), 3);
    stop();
}

/* Reads what f prints on stderr into printed. */
static void capture_errors(char printed[200], void (*f)(void)) {
    int through[2], saved = dup(STDERR_FILENO);
    check(pipe(through) == 0, "pipe");
    dup2(through[1], STDERR_FILENO);
    f();
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(through[1]);
    ssize_t got = read(through[0], printed, 199);
    printed[got > 0 ? got : 0] = '\0';
    close(through[0]);
}

static struct backoff backoff = {20, 40, 0, 0};

static void back_off_twice(void) {
    console_back_off(&c, &backoff);
    console_back_off(&c, &backoff);
}

static void waits_as_long_as_it_says_and_reads_no_line(void) {
    char printed[200];
    start(NULL);
    send_text(keyboard, "one\n");
    int64_t begin = clock_ms();
    console_hang_up(&c);
    capture_errors(printed, back_off_twice);
    UNIT_TRUE(clock_ms() - begin >= 59);
    UNIT_TEXT(printed, strlen(printed),
              "program: next attempt in 20 ms\n"
              "program: next attempt in 40 ms\n");
    UNIT_INT(c.typed.held.end, 0);
    c.fd = dup(server);
    stop();
}

static void report_each(void) {
    errno = ECONNRESET;
    UNIT_INT(console_report(&c, CONSOLE_LOST), 1);
    UNIT_INT(console_report(&c, CONSOLE_TIMEOUT), 1);
    console_set_turn(&c, CONSOLE_CLOSING, -1);
    UNIT_INT(console_report(&c, CONSOLE_TIMEOUT), 1);
}

static void reports_what_ended_a_connection(void) {
    char printed[200], expected[200];
    start(NULL);
    capture_errors(printed, report_each);
    snprintf(expected, sizeof expected,
             "program: the connection is lost: %s\n"
             "program: the server did not answer in time\n"
             "program: the server did not answer the close\n",
             strerror(ECONNRESET));
    UNIT_TEXT(printed, strlen(printed), expected);
    stop();
}

/* And then it goes on: so neither side waits for the other. */
static void does_not_read_from_a_server_that_does_not(void) {
    static char big[1 << 20];
    size_t received = 0;
    start(NULL);
    UNIT_TRUE(buf_append(&c.out, big, sizeof big));
    send_text(server, "p");
    console_set_turn(&c, CONSOLE_READY, 20);
    expect(CONSOLE_TIMEOUT, "");
    UNIT_TRUE(buf_view(&c.out).len > 65536);
    for (int i = 0; i < 10000 && received < sizeof big; i++) {
        console_set_turn(&c, CONSOLE_READY, 0);
        UNIT_TRUE(console_wait(&c, &data) != CONSOLE_FAILED);
        received += drain();
    }
    UNIT_INT(received, sizeof big);
    stop();
}

/* The server has closed, so sending fails; its last words can still be read. */
static void reads_what_was_sent_before_the_end(void) {
    start(NULL);
    send_text(server, "bye");
    close(server);
    server = -1;
    buf_text(&c.out, "too late");
    expect(CONSOLE_BYTES, "bye");
    UNIT_TRUE(c.is_broken);
    UNIT_INT(buf_view(&c.out).len, 0); /* no output waits for a broken socket */
    buf_text(&c.out, "still too late");
    expect(CONSOLE_EOF, "");
    UNIT_INT(buf_view(&c.out).len, 0);
    stop();
}

static void says_what_is_too_long(void) {
    start(NULL);
    send_text(keyboard, "12345\n123456\n");
    expect(CONSOLE_LINE, "12345");
    errno = 0;
    expect(CONSOLE_FAILED, "");
    UNIT_INT(errno, EMSGSIZE);
    stop();

    start(NULL);
    c.out.max = 3;
    buf_text(&c.out, "four");
    errno = 0;
    expect(CONSOLE_FAILED, "");
    UNIT_INT(errno, EMSGSIZE);
    stop();
}

/* A signal would end the client before it can say so. */
static int print_to_no_reader(void) {
    int ends[2];
    UNIT_EXPECT(signal(SIGPIPE, SIG_DFL) != SIG_ERR && pipe(ends) == 0);
    console_init(&c, NULL, 5, 100);
    close(ends[0]);
    UNIT_EXPECT(write(ends[1], "x", 1) == -1 && errno == EPIPE);
    return 0;
}

static void output_that_no_one_reads_is_an_error_and_no_signal(void) {
    UNIT_CHILD(print_to_no_reader);
}

UNIT_MAIN("tcp/console", UNIT_TEST(waits_for_both_at_once),
          UNIT_TEST(what_the_server_has_sent_comes_before_a_line),
          UNIT_TEST(a_text_is_the_only_line),
          UNIT_TEST(reads_a_line_only_when_it_is_its_turn),
          UNIT_TEST(bytes_do_not_move_the_deadline),
          UNIT_TEST(reads_what_had_arrived_before_it_judges),
          UNIT_TEST(a_single_byte_is_sent_as_soon_as_there_is_space),
          UNIT_TEST(reads_until_65536_bytes_are_unsent),
          UNIT_TEST(waits_and_does_not_spin),
          UNIT_TEST(a_signal_does_not_end_the_wait),
          UNIT_TEST(a_wait_that_fails_is_reported),
          UNIT_TEST(a_connection_that_is_reset_is_lost),
          UNIT_TEST(gets_a_connection_and_a_seed_or_prints_a_line),
          UNIT_TEST(another_connection_begins_afresh),
          UNIT_TEST(waits_as_long_as_it_says_and_reads_no_line),
          UNIT_TEST(reports_what_ended_a_connection),
          UNIT_TEST(does_not_read_from_a_server_that_does_not),
          UNIT_TEST(reads_what_was_sent_before_the_end),
          UNIT_TEST(says_what_is_too_long),
          UNIT_TEST(output_that_no_one_reads_is_an_error_and_no_signal))
