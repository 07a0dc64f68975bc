/* trace_test.c: tcp/trace.h, with a pipe instead of stderr */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include "packets/unit.h"
#include "tcp/connect.h"
#include "tcp/listen.h"
#include "tcp/pair.h"
#include "tcp/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int reader, old_stderr;
static char said[1 << 20];

static void begin(bool on) {
    int ends[2];
    check(pipe(ends) == 0, "pipe");
    old_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    reader = ends[0];
    trace_open(on);
}

/* What was traced since the last call. */
static const char *traced(void) {
    struct pollfd p = {.fd = reader, .events = POLLIN};
    size_t n = 0;
    while (n < sizeof said - 1 && poll(&p, 1, 0) == 1) {
        ssize_t got = read(reader, said + n, sizeof said - 1 - n);
        if (got <= 0) break;
        n += (size_t)got;
    }
    said[n] = '\0';
    return said;
}

static void end(void) {
    dup2(old_stderr, STDERR_FILENO);
    close(old_stderr);
    if (reader != -1) close(reader);
    trace_open(false);
    signal(SIGPIPE, SIG_DFL);
}

#define EXPECT(want)                                                           \
    do {                                                                       \
        const char *got_ = traced();                                           \
        UNIT_TEXT(got_, strlen(got_), want);                                   \
    } while (0)

static void each_event_is_one_line(void) {
    begin(true);
    trace_line("connection %u: %s", 7u, "accepted");
    EXPECT("connection 7: accepted\n");
    trace_line("%s", "");
    EXPECT("\n");
    end();
}

/* Two ends of a connection: fills out fd[0], the server's, and its peer's name.
 */
static void connect_pair(int fd[2], char peer[LISTEN_NAME_MAX]) {
    char name[LISTEN_NAME_MAX], why[200];
    int listener = listen_open("127.0.0.1", 0);
    check(listener != -1 && listen_name(listener, name) == 0, "listen");
    fd[1] = connect_to("127.0.0.1", strrchr(name, ':') + 1, why, sizeof why);
    fd[0] = listen_accept(listener);
    check(fd[1] != -1 && listen_name(fd[1], peer) == 0, "connect");
    close(listener);
}

/* After a reset the kernel does not know the peer any more; the trace does. */
static void lines_about_a_connection_name_its_peer(void) {
    char peer[LISTEN_NAME_MAX], want[500];
    struct linger at_once = {1, 0};
    int fd[2];
    connect_pair(fd, peer);
    begin(true);
    trace_connected(fd[0]);
    trace_peer("<-", fd[0], "%d B", 7);
    trace_peer("--", -1, "about none");
    setsockopt(fd[1], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd[1]);
    char name[LISTEN_NAME_MAX];
    while (listen_peer_name(fd[0], name) == 0) continue; /* until the RST */
    trace_peer("->", fd[0], "%s", "\x1b");
    trace_closed(fd[0], "reset");
    trace_peer("->", fd[0], "to another"); /* its number is free again */
    snprintf(want, sizeof want,
             "<- %s connected\n<- %s 7 B\n-- about none\n-> %s \\x1b\n"
             "-- %s closed: reset\n-> to another\n",
             peer, peer, peer, peer);
    EXPECT(want);
    end();
    close(fd[0]);
}

/* What a terminal shows of one line for each arrow. */
static void terminal_shows(const char *want) {
    char got[200] = "";
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    check(master != -1 && grantpt(master) == 0 && unlockpt(master) == 0, "pty");
    int saved = dup(STDERR_FILENO), fd = open(ptsname(master), O_RDWR);
    check(fd != -1, "open");
    dup2(fd, STDERR_FILENO);
    trace_open(true);
    trace_peer("<-", -1, "a");
    trace_peer("->", -1, "b");
    trace_peer("--", -1, "c");
    trace_line("d");
    size_t n = 0;
    while (!strstr(got, "d\r\n")) {
        ssize_t more = read(master, got + n, sizeof got - 1 - n);
        if (more <= 0) break;
        n += (size_t)more;
    }
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(fd);
    close(master);
    trace_open(false);
    UNIT_TEXT(got, n, want);
}

static void a_terminal_has_colours_unless_no_color_is_set(void) {
    check(unsetenv("NO_COLOR") == 0, "unsetenv");
    terminal_shows("\x1b[36m<- a\x1b[0m\r\n\x1b[32m-> b\x1b[0m\r\n"
                   "\x1b[2m-- c\x1b[0m\r\nd\r\n");
    setenv("NO_COLOR", "", 1); /* empty: as if it were not set */
    terminal_shows("\x1b[36m<- a\x1b[0m\r\n\x1b[32m-> b\x1b[0m\r\n"
                   "\x1b[2m-- c\x1b[0m\r\nd\r\n");
    setenv("NO_COLOR", "1", 1);
    terminal_shows("<- a\r\n-> b\r\n-- c\r\nd\r\n");
    check(unsetenv("NO_COLOR") == 0, "unsetenv");
    begin(true); /* a pipe */
    trace_peer("<-", -1, "a");
    EXPECT("<- a\n");
    end();
}

static int evaluated;

static int evaluate(void) {
    return ++evaluated;
}

static void when_off_nothing_is_printed_or_evaluated(void) {
    begin(false);
    trace_line("%d", evaluate());
    EXPECT("");
    UNIT_INT(evaluated, 0);
    end();
}

static void control_characters_cannot_reach_the_terminal(void) {
    begin(true);
    trace_line("GET %s", "/\x1b[2J\r\n\x7f\x01 \xc3\xa9");
    EXPECT("GET /\\x1b[2J\\x0d\\x0a\\x7f\\x01 \xc3\xa9\n");
    trace_line("%s", "\xc2\x9b"
                     "2J \x9b"
                     "2J \xc2\xb7"); /* U+009B: CSI */
    EXPECT("\\xc2\\x9b2J \\x9b2J \xc2\xb7\n");
    end();
}

/* Traces n bytes c; returns the line. */
static const char *traced_bytes(char c, int n) {
    char text[2 * TRACE_MAX_LINE] = "";
    memset(text, c, (size_t)n);
    trace_line("%s", text);
    return traced();
}

static void a_line_that_is_too_long_is_cut(void) {
    begin(true);
    const char *line = traced_bytes('a', TRACE_MAX_LINE - 1); /* N with LF */
    UNIT_INT(strlen(line), TRACE_MAX_LINE);
    UNIT_TRUE(strchr(line, '.') == NULL);
    for (int n = TRACE_MAX_LINE; n < TRACE_MAX_LINE + 3; n++) { /* N + 1 */
        line = traced_bytes('a', n);
        UNIT_INT(strlen(line), TRACE_MAX_LINE);
        UNIT_INT(strcmp(line + TRACE_MAX_LINE - 5, "a...\n"), 0);
    }
    line = traced_bytes('\n', TRACE_MAX_LINE); /* each is shown as \x0a */
    UNIT_TRUE(strlen(line) <= TRACE_MAX_LINE);
    UNIT_INT(strcmp(line + strlen(line) - 4, "...\n"), 0);
    end();
}

static void lines_that_no_one_reads_are_dropped_and_counted(void) {
    begin(true);
    int lines = 0, counted = 0;
    for (; lines < 20000; lines++) trace_line("line %d", lines);
    const char *at = traced(); /* not one of them made us wait */
    for (; *at; at = strchr(at, '\n') + 1, counted++)
        UNIT_INT(atoi(at + 5), counted); /* whole lines, in order */
    UNIT_TRUE(counted < lines);          /* no pipe holds them all */
    trace_line("next");
    char want[100];
    snprintf(want, sizeof want, "(%d lines dropped)\nnext\n", lines - counted);
    EXPECT(want);
    trace_line("again");
    EXPECT("again\n");
    end();
}

static void a_single_line_that_is_dropped_is_counted(void) {
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    begin(true);
    while (poll(&p, 1, 0) == 1) trace_line("until the pipe is full");
    traced();
    trace_line("next"); /* the last of them may not have fitted */
    traced();
    while (poll(&p, 1, 0) == 1) trace_line("again");
    trace_line("one that is dropped");
    traced();
    trace_line("next");
    EXPECT("(1 lines dropped)\nnext\n");
    end();
}

/* Success leaves errno as it was: it says nothing about this write. */
static void an_old_errno_repeats_no_line(void) {
    begin(true);
    errno = EINTR;
    trace_line("once");
    EXPECT("once\n");
    end();
}

static void a_line_that_could_not_be_written_is_counted(void) {
    begin(true);
    int ends[2], closed = dup(STDERR_FILENO);
    close(reader);
    trace_line("into nothing");
    trace_line("again");
    check(pipe(ends) == 0, "pipe");
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    close(closed);
    reader = ends[0];
    trace_line("next");
    EXPECT("(2 lines dropped)\nnext\n");
    end();
}

static void a_reader_that_ends_does_not_end_the_program(void) {
    begin(true);
    close(reader);
    reader = -1;
    trace_line("into nothing");
    trace_line("again");
    end();
}

UNIT_MAIN("tcp/trace", UNIT_TEST(each_event_is_one_line),
          UNIT_TEST(lines_about_a_connection_name_its_peer),
          UNIT_TEST(a_terminal_has_colours_unless_no_color_is_set),
          UNIT_TEST(when_off_nothing_is_printed_or_evaluated),
          UNIT_TEST(control_characters_cannot_reach_the_terminal),
          UNIT_TEST(a_line_that_is_too_long_is_cut),
          UNIT_TEST(lines_that_no_one_reads_are_dropped_and_counted),
          UNIT_TEST(a_single_line_that_is_dropped_is_counted),
          UNIT_TEST(an_old_errno_repeats_no_line),
          UNIT_TEST(a_line_that_could_not_be_written_is_counted),
          UNIT_TEST(a_reader_that_ends_does_not_end_the_program))
