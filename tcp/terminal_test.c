/* terminal_test.c: tcp/terminal.h, with a pipe and a pseudo-terminal */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include "packets/unit.h"
#include "tcp/options.h"
#include "tcp/terminal.h"
#include "tcp/terminal_unit.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOSTILE "a\x1b[2J\r\x07\t\xc2\x9b\xc3\xa9\x9b\xe2\x82\xac\x7f\xff\xc2z"
#define END "$" /* in no text of these tests */

/* Compares what arrives with a text. Writes END to the other end, fd: it comes
 * after all that was flushed. One read may return a part of that, because the
 * kernel copies the output of a terminal in several steps. */
static void arrives(int fd, int from, const char *expected) {
    char got[200];
    size_t n = 0;
    ssize_t more = write(fd, END, 1);
    while (more > 0 && (n == 0 || got[n - 1] != *END) && n < sizeof got) {
        more = read(from, got + n, sizeof got - n);
        if (more > 0) n += (size_t)more;
    }
    UNIT_TRUE(more > 0);
    UNIT_TEXT(got, n > 0 ? n - 1 : 0, expected);
}

/* Writes HOSTILE to fd, and reads it from the other end. */
static void written(int fd, int other, const char *expected) {
    FILE *to = fdopen(fd, "w");
    UNIT_TRUE(terminal_print(to, span_from(HOSTILE)));
    arrives(fd, other, expected);
    fclose(to);
    close(other);
}

static void a_pipe_gets_the_bytes_as_they_are(void) {
    int ends[2];
    UNIT_INT(pipe(ends), 0);
    written(ends[1], ends[0], HOSTILE "\n");
}

/* Control characters of 7 and of 8 bits, in UTF-8 and as they are; the other
 * characters of UTF-8 stay. (The terminal makes CR LF of LF.) */
static void a_terminal_gets_no_commands(void) {
    int fd, master = open_terminal(&fd);
    written(fd, master,
            "a\\x1b[2J\\x0d\\x07\t\\xc2\\x9b\xc3\xa9\\x9b\xe2\x82\xac\\x7f"
            "\\xff\\xc2z\r\n");
}

/* What a terminal shows of n bytes; a byte that follows them must not count. */
static void shown(const char *bytes, size_t n, const char *expected) {
    char line[100];
    int fd, master = open_terminal(&fd);
    FILE *to = fdopen(fd, "w");
    if (!to) abort();
    UNIT_TRUE(terminal_print(to, (struct span){(uint8_t *)bytes, n}));
    snprintf(line, sizeof line, "%s\r\n", expected);
    arrives(fileno(to), master, line);
    fclose(to);
    close(master);
}

/* Of the control characters LF and tab stay, VT does not. */
static void a_terminal_gets_line_ends_and_tabs(void) {
    shown("one\ntwo\tthree\v", 14, "one\r\ntwo\tthree\\x0b");
}

/* The line ends of HTTP stay, a CR alone does not: it goes back to the start of
 * the line. */
static void a_terminal_gets_cr_only_before_lf(void) {
    shown("one\r\n", 5, "one\r\r\n");
    shown("one\r\ntwo\rthree\r\r\n\r", 18,
          "one\r\r\ntwo\\x0dthree\\x0d\r\r\n\\x0d");
}

/* RFC 3629 §3, and where the commands of 8 bits begin and end. */
static void a_terminal_gets_whole_characters(void) {
    static const struct {
        const char *bytes, *expected;
    } cases[] = {
        {"\x1f \x7e\x7f", "\\x1f \x7e\\x7f"},
        {"\x80\xbf\xc1", "\\x80\\xbf\\xc1"},
        {"a\x80", "a\\x80"},
        {"\xc2\x80\xc2\x9f\xc2\xa0", "\\xc2\\x80\\xc2\\x9f\xc2\xa0"},
        {"\xc3\x80\xc3\xbf\x80", "\xc3\x80\xc3\xbf\\x80"},
        {"\xc3\xc0\xc3z\x80", "\\xc3\\xc0\\xc3z\\x80"},
        {"\xdf\xbf\x80", "\xdf\xbf\\x80"},
        {"\xe0\xa0\x80\x80", "\xe0\xa0\x80\\x80"},
        {"\xef\xbf\xbf\x80", "\xef\xbf\xbf\\x80"},
        {"\xf0\x90\x80\x80\x80", "\xf0\x90\x80\x80\\x80"},
        {"\xf4\x8f\xbf\xbf\x80", "\xf4\x8f\xbf\xbf\\x80"},
        {"\xf5", "\\xf5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        shown(cases[i].bytes, strlen(cases[i].bytes), cases[i].expected);
    shown("\xc2\x80", 1, "\xc2");
}

/* What a peer sends as a reason may be long. */
static void a_report_is_one_line_of_limited_length(void) {
    static char long_text[1000], got[2000];
    int ends[2], before = dup(STDERR_FILENO);
    memset(long_text, 'x', sizeof long_text - 1);
    UNIT_INT(pipe(ends), 0);
    UNIT_INT(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    UNIT_INT(terminal_report("why", span_from(long_text)), 1);
    UNIT_INT(terminal_report("why", span_from("this")), 1);
    UNIT_INT(terminal_report("why", NO_DETAIL), 1);
    dup2(before, STDERR_FILENO);
    ssize_t n = read(ends[0], got, sizeof got - 1);
    const char *tail = "x...\nprogram: why: this\nprogram: why\n";
    UNIT_INT(n, strlen("program: why: ") + TERMINAL_DETAIL - 1 + strlen(tail));
    UNIT_INT(strncmp(got, "program: why: xx", 16), 0);
    UNIT_TEXT(got + n - strlen(tail), strlen(tail), tail);
    close(before);
    close(ends[0]);
    close(ends[1]);
}

/* Runs a function in a child. Returns its status and what it printed. */
static int ended(void (*run)(void), char printed[500]) {
    int status = -1, through[2];
    UNIT_INT(pipe(through), 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        dup2(through[1], STDERR_FILENO);
        run();
        exit(0);
    }
    close(through[1]);
    waitpid(child, &status, 0);
    ssize_t n = read(through[0], printed, 499);
    printed[n > 0 ? n : 0] = '\0';
    close(through[0]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A program has read its options, so at exit stdout is checked, too. */
static void show_in_vain(void) {
    static const struct option_row none[] = {OPTION_END};
    char name[] = "program", *argv[] = {name, NULL};
    options_parse(1, argv, none);
    dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
    terminal_show(span_from("hello"));
}

static void show_on_a_pipe(void) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
    terminal_show(span_from("x"));
    terminal_show(NO_DETAIL);
}

static void report_lengths(void) {
    char text[TERMINAL_DETAIL + 1];
    memset(text, 'x', TERMINAL_DETAIL);
    text[TERMINAL_DETAIL] = '\0';
    terminal_report("why", span_from(text)); /* as long as it may be */
    terminal_report("why", span_from("x"));
}

static void use_wrongly(void) {
    exit(terminal_usage("x:y", "URL"));
}

static void use_tls(void) {
    exit(terminal_usage("wss://x:1/", "ws://HOST:PORT/PATH [TEXT]"));
}

static void use_tls_of_http(void) {
    exit(terminal_usage("https://x:1", "http://HOST:PORT[/NAMESPACE]"));
}

static void a_url_with_tls_gets_its_own_message(void) {
    char printed[500];
    UNIT_INT(ended(use_tls, printed), 2);
    UNIT_TEXT(printed, strlen(printed), "program: no TLS here: use ws://\n");
    UNIT_INT(ended(use_tls_of_http, printed), 2);
    UNIT_TEXT(printed, strlen(printed), "program: no TLS here: use http://\n");
}

static void what_cannot_go_on_ends_with_a_status(void) {
    char printed[500], expected[TERMINAL_DETAIL + 200];
    UNIT_INT(ended(show_on_a_pipe, printed), 0);
    UNIT_TEXT(printed, strlen(printed), "x\n\n");
    UNIT_INT(ended(use_wrongly, printed), 2);
    UNIT_TEXT(printed, strlen(printed),
              "program: 'x:y' is no such URL; usage: program URL\n");
    memset(expected, 'x', sizeof expected);
    UNIT_INT(ended(report_lengths, printed), 0);
    memcpy(expected, "program: why: ", 14);
    strcpy(expected + 14 + TERMINAL_DETAIL, "\nprogram: why: x\n");
    UNIT_TEXT(printed, strlen(printed), expected);
    if (access("/dev/full", W_OK) == -1) return; /* not every system has it */
    UNIT_INT(ended(show_in_vain, printed), 1);
    UNIT_TEXT(printed, strlen(printed),
              "program: cannot write to standard output\n");
}

static void a_full_stream_is_reported(void) {
    FILE *full = fopen("/dev/full", "w");
    if (!full) return; /* not every system has it */
    setvbuf(full, NULL, _IOLBF, 0);
    UNIT_FALSE(terminal_print(full, span_from("hello")));
    fclose(full);
}

UNIT_MAIN("tcp/terminal", UNIT_TEST(a_pipe_gets_the_bytes_as_they_are),
          UNIT_TEST(a_terminal_gets_no_commands),
          UNIT_TEST(a_terminal_gets_line_ends_and_tabs),
          UNIT_TEST(a_terminal_gets_cr_only_before_lf),
          UNIT_TEST(a_terminal_gets_whole_characters),
          UNIT_TEST(a_url_with_tls_gets_its_own_message),
          UNIT_TEST(what_cannot_go_on_ends_with_a_status),
          UNIT_TEST(a_report_is_one_line_of_limited_length),
          UNIT_TEST(a_full_stream_is_reported))
