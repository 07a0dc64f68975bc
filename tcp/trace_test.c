/* trace_test.c: tcp/trace.h, with a pipe instead of stderr */
#define _DEFAULT_SOURCE   /* TIOCSCTTY */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include "packets/unit.h"
#include "tcp/calls_unit.h"
#include "tcp/connect.h"
#include "tcp/listen.h"
#include "tcp/pair.h"
#include "tcp/terminal_unit.h"
#include "tcp/trace.h"
#include "tcp/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

UNIT_CALL(char *, NULL, ttyname, (int fd), (fd))

static size_t max_write = SIZE_MAX; /* bytes that a write accepts */

ssize_t write(int fd, const void *bytes, size_t n) {
    static ssize_t (*real)(int fd, const void *bytes, size_t n);
    if (!real) find_call("write", &real);
    return real(fd, bytes, n < max_write ? n : max_write);
}

static int reader, old_stderr;
static char printed[1 << 20];

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
    while (n < sizeof printed - 1 && poll(&p, 1, 0) == 1) {
        ssize_t got = read(reader, printed + n, sizeof printed - 1 - n);
        if (got <= 0) break;
        n += (size_t)got;
    }
    printed[n] = '\0';
    return printed;
}

static void end(void) {
    dup2(old_stderr, STDERR_FILENO);
    close(old_stderr);
    if (reader != -1) close(reader);
    trace_open(false);
    signal(SIGPIPE, SIG_DFL);
}

#define EXPECT(expected)                                                       \
    do {                                                                       \
        const char *got_ = traced();                                           \
        UNIT_TEXT(got_, strlen(got_), expected);                               \
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
    char peer[LISTEN_NAME_MAX], expected[500];
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
    snprintf(expected, sizeof expected,
             "<- %s connected\n<- %s 7 B\n-- about none\n-> %s \\x1b\n"
             "-- %s closed: reset\n-> to another\n",
             peer, peer, peer, peer);
    EXPECT(expected);
    end();
    close(fd[0]);
}

/* The other direction: this program opens the connection. */
static void a_connection_that_begins_has_the_name_it_was_given(void) {
    begin(true);
    trace_connecting(7, "127.0.0.1", "7101");
    trace_peer("->", 7, "FIN");
    trace_closed(7, "refused");
    trace_connecting(7, "::1", "80");
    EXPECT("-> 127.0.0.1:7101 connecting\n-> 127.0.0.1:7101 FIN\n"
           "-- 127.0.0.1:7101 closed: refused\n-> [::1]:80 connecting\n");
    trace_connecting(-1, "::1", "81"); /* it could not */
    trace_closed(-1, "unreachable");
    EXPECT("-- closed: unreachable\n");
    end();
    begin(false);
    trace_connecting(7, "127.0.0.1", "7101");
    EXPECT("");
    end();
}

/* The table of names grows with the numbers of the descriptors; a number that
 * is used later than a larger one, or for the first time, has no old name. */
static void each_descriptor_has_the_name_of_its_own_peer(void) {
    enum {
        FIRST = 40,
        LAST = 170
    };
    char peer[LISTEN_NAME_MAX], connected[200], expected[200];
    int fd[2], input = dup(STDIN_FILENO);
    connect_pair(fd, peer);
    snprintf(connected, sizeof connected, "<- %s connected\n", peer);
    begin(true);
    trace_peer("--", 0, "none");
    EXPECT("-- none\n");
    dup2(fd[0], STDIN_FILENO);
    trace_connected(0);
    EXPECT(connected);
    dup2(input, STDIN_FILENO);
    for (int n = FIRST; n <= LAST; n++) {
        check(dup2(fd[0], n) == n, "dup2");
        trace_peer("--", n, "none");
        EXPECT("-- none\n");
        trace_connected(n);
        EXPECT(connected);
    }
    snprintf(expected, sizeof expected, "-> %s still\n-> %s still\n", peer,
             peer);
    trace_peer("->", 0, "still");
    trace_peer("->", FIRST, "still");
    EXPECT(expected);
    for (int n = FIRST; n <= 3 * LAST; n++) {
        trace_closed(n, "done, or never begun");
        if (n <= LAST) close(n);
        traced();
        trace_peer("--", n, "none");
        EXPECT("-- none\n");
    }
    end();
    close(input);
    close(fd[0]);
    close(fd[1]);
}

static void a_connection_without_an_address_is_a_question_mark(void) {
    int fd[2];
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0, "socketpair");
    begin(true);
    trace_connected(fd[0]);
    EXPECT("<- ? connected\n");
    end();
    close(fd[0]);
    close(fd[1]);
}

/* A terminal instead of stderr, and its other end. */
static int terminal, master;
static char shown[200];

static void begin_terminal(void) {
    master = open_terminal(&terminal);
    old_stderr = dup(STDERR_FILENO);
    dup2(terminal, STDERR_FILENO);
    memset(shown, 0, sizeof shown);
}

/* Reads what the terminal shows until last has arrived. */
static void read_terminal(const char *last) {
    for (size_t n = 0; !strstr(shown, last);) {
        ssize_t more = read(master, shown + n, sizeof shown - 1 - n);
        if (more <= 0) break;
        n += (size_t)more;
    }
}

static void end_terminal(void) {
    dup2(old_stderr, STDERR_FILENO);
    trace_open(false);
    close(old_stderr);
    close(terminal);
    close(master);
}

/* What a terminal shows of one line for each arrow. */
static void terminal_shows(const char *expected) {
    begin_terminal();
    trace_open(true);
    trace_peer("<-", -1, "a");
    trace_peer("->", -1, "b");
    trace_peer("--", -1, "c");
    trace_line("d");
    read_terminal("d\r\n");
    end_terminal();
    UNIT_TEXT(shown, strlen(shown), expected);
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

/* Ctrl-S stops the output, and Ctrl-Q lets it go on. */
static void a_stopped_terminal_shows_later_how_many_lines_were_dropped(void) {
    begin_terminal();
    trace_open(true);
    check(tcflow(terminal, TCOOFF) == 0, "tcflow");
    trace_peer("->", -1, "dropped");
    trace_line("dropped, too");
    check(tcflow(terminal, TCOON) == 0, "tcflow");
    trace_peer("<-", -1, "next");
    read_terminal("next\x1b[0m\r\n");
    end_terminal();
    UNIT_TEXT(shown, strlen(shown),
              "(2 lines dropped)\r\n\x1b[36m<- next\x1b[0m\r\n");
}

/* A line that was cut ends before the next one begins. */
static void a_terminal_gets_a_line_in_pieces(void) {
    begin_terminal();
    trace_open(true);
    max_write = 3;
    trace_line("abcdefgh");
    trace_line("dropped"); /* meanwhile "def" is written */
    max_write = SIZE_MAX;
    trace_line("next");
    read_terminal("next\r\n");
    end_terminal();
    UNIT_TEXT(shown, strlen(shown),
              "abcdefgh\r\n(1 lines dropped)\r\nnext\r\n");
}

/* poll reports a terminal as writable that has no space left: a write to it
 * would wait until someone reads. */
static void a_terminal_that_no_one_reads_makes_no_one_wait(void) {
    enum {
        LINES = 20000
    };
    begin_terminal();
    trace_open(true);
    int shared = fcntl(STDERR_FILENO, F_GETFL); /* by the shell, too */
    alarm(20); /* a write that waits ends the test */
    for (int i = 0; i < LINES; i++) trace_line("line %d", i);
    size_t n = 0;
    char *next;
    int tries = 0;
    memset(printed, 0, sizeof printed);
    while (!(next = strstr(printed, "next\r\n")) && n < sizeof printed - 1) {
        trace_line("next");
        tries++;
        ssize_t more = read(master, printed + n, sizeof printed - 1 - n);
        if (more <= 0) break;
        n += (size_t)more;
    }
    alarm(0);
    end_terminal();
    UNIT_INT(shared & O_NONBLOCK, 0);
    int begun = 0; /* lines, printed or dropped */
    UNIT_TRUE(next != NULL);
    for (char *at = printed; at < next; at = strchr(at, '\n') + 1) {
        int number, size = 0;
        if (sscanf(at, "line %d%n", &number, &size) == 1 && size > 0)
            UNIT_INT(number, begun++); /* whole, and in order */
        else if (sscanf(at, "(%d lines dropped)%n", &number, &size) == 1)
            begun += number;
        UNIT_TRUE(size > 0 && strncmp(at + size, "\r\n", 2) == 0);
    }
    UNIT_TRUE(begun >= LINES && begun < LINES + tries);
}

static void a_terminal_that_cannot_be_opened_again_is_not_traced(void) {
    begin_terminal();
    bool is_limited = limit_descriptors(0);
    if (is_limited) {
        trace_open(true);
        allow_descriptors();
        read_terminal("opened");
    }
    bool is_on = trace_is_on;
    end_terminal();
    if (!is_limited) return;
    UNIT_FALSE(is_on);
    const char *expected = "no trace, this terminal cannot be opened";
    UNIT_TEXT(shown, strlen(expected), expected);
}

/* As that of another mount namespace. */
static void a_terminal_without_a_name_is_not_traced(void) {
    begin_terminal();
    fail_call("ttyname", 1, ENODEV);
    trace_open(true);
    bool is_on = trace_is_on;
    if (!is_on) read_terminal("opened");
    end_terminal();
    UNIT_TRUE(call_has_failed());
    UNIT_FALSE(is_on);
}

/* The second descriptor of a terminal neither leaks nor reaches a program that
 * this one executes. */
static void the_terminal_is_closed_with_the_trace(void) {
    begin_terminal();
    int next = lowest_descriptor();
    trace_open(true);
    int flags = fcntl(next, F_GETFD), count = count_descriptors();
    trace_open(true);
    int second = fcntl(next, F_GETFD), count_after = count_descriptors();
    trace_open(false);
    int closed = fcntl(next, F_GETFD),
        open_still = fcntl(STDERR_FILENO, F_GETFD);
    end_terminal();
    UNIT_TRUE(flags != -1 && flags & FD_CLOEXEC);
    UNIT_TRUE(second != -1 && count_after == count);
    UNIT_INT(closed, -1);
    UNIT_TRUE(open_still != -1);
}

/* /dev/tty can be opened by everyone, also after a change of user. Ends with 0
 * if that is what the trace has opened for its controlling terminal. */
static void trace_to_controlling_terminal(const char *name) {
    struct stat own, tty;
    setsid();
    int fd = open(name, O_RDWR), next = dup(fd);
    if (fd == -1 || ioctl(fd, TIOCSCTTY, 0) == -1) _exit(2);
    close(next);
    dup2(fd, STDERR_FILENO);
    trace_open(true);
    if (stat("/dev/tty", &tty) == -1 || fstat(next, &own) == -1) _exit(3);
    _exit(own.st_rdev == tty.st_rdev ? 0 : 1);
}

static void the_controlling_terminal_is_opened_by_the_name_for_all(void) {
    int status;
    master = open_terminal(&terminal);
    pid_t child = fork();
    check(child != -1, "fork");
    if (child == 0) trace_to_controlling_terminal(ptsname(master));
    check(waitpid(child, &status, 0) == child, "waitpid");
    UNIT_INT(status, 0);
    close(terminal);
    close(master);
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
    trace_line("%s", "\x9b"
                     "2J");
    EXPECT("\\x9b2J\n");
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
    char text[2 * TRACE_MAX_LINE] = "";
    memset(text, 'b', sizeof text - 1);
    trace_peer("->", -1, "%s", text);
    line = traced();
    UNIT_INT(strlen(line), TRACE_MAX_LINE);
    UNIT_INT(strncmp(line, "-> bbb", 6), 0);
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
    char expected[100];
    snprintf(expected, sizeof expected, "(%d lines dropped)\nnext\n",
             lines - counted);
    EXPECT(expected);
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
    while (poll(&p, 1, 0) == 1) trace_line("again");
    trace_peer("<-", -1, "one that is dropped");
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
          UNIT_TEST(a_connection_that_begins_has_the_name_it_was_given),
          UNIT_TEST(each_descriptor_has_the_name_of_its_own_peer),
          UNIT_TEST(a_connection_without_an_address_is_a_question_mark),
          UNIT_TEST(a_stopped_terminal_shows_later_how_many_lines_were_dropped),
          UNIT_TEST(a_terminal_gets_a_line_in_pieces),
          UNIT_TEST(a_terminal_that_no_one_reads_makes_no_one_wait),
          UNIT_TEST(a_terminal_that_cannot_be_opened_again_is_not_traced),
          UNIT_TEST(a_terminal_without_a_name_is_not_traced),
          UNIT_TEST(the_controlling_terminal_is_opened_by_the_name_for_all),
          UNIT_TEST(the_terminal_is_closed_with_the_trace),
          UNIT_TEST(a_terminal_has_colours_unless_no_color_is_set),
          UNIT_TEST(when_off_nothing_is_printed_or_evaluated),
          UNIT_TEST(control_characters_cannot_reach_the_terminal),
          UNIT_TEST(a_line_that_is_too_long_is_cut),
          UNIT_TEST(lines_that_no_one_reads_are_dropped_and_counted),
          UNIT_TEST(a_single_line_that_is_dropped_is_counted),
          UNIT_TEST(an_old_errno_repeats_no_line),
          UNIT_TEST(a_line_that_could_not_be_written_is_counted),
          UNIT_TEST(a_reader_that_ends_does_not_end_the_program))
