/* terminal_test.c: tcp/terminal.h, with a pipe and a pseudo-terminal */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include "packets/unit.h"
#include "tcp/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#define HOSTILE "a\x1b[2J\r\x07\t\xc2\x9b\xc3\xa9\x9b\xe2\x82\xac\x7f\xff\xc2z"

/* Writes HOSTILE to fd, and reads it from the other end. */
static void written(int fd, int other, const char *want) {
    char got[200];
    FILE *to = fdopen(fd, "w");
    UNIT_TRUE(terminal_print(to, span_from(HOSTILE)));
    ssize_t n = read(other, got, sizeof got);
    UNIT_TEXT(got, n > 0 ? (size_t)n : 0, want);
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
    int master = posix_openpt(O_RDWR | O_NOCTTY), fd;
    UNIT_TRUE(master != -1 && grantpt(master) == 0 && unlockpt(master) == 0);
    fd = open(ptsname(master), O_RDWR | O_NOCTTY);
    UNIT_TRUE(fd != -1);
    if (fd == -1) return;
    written(fd, master,
            "a\\x1b[2J\\x0d\\x07\t\\xc2\\x9b\xc3\xa9\\x9b\xe2\x82\xac\\x7f"
            "\\xff\xc2z\r\n");
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

static void a_full_stream_is_reported(void) {
    FILE *full = fopen("/dev/full", "w");
    if (!full) return; /* not every system has it */
    setvbuf(full, NULL, _IOLBF, 0);
    UNIT_FALSE(terminal_print(full, span_from("hello")));
    fclose(full);
}

UNIT_MAIN("tcp/terminal", UNIT_TEST(a_pipe_gets_the_bytes_as_they_are),
          UNIT_TEST(a_terminal_gets_no_commands),
          UNIT_TEST(a_report_is_one_line_of_limited_length),
          UNIT_TEST(a_full_stream_is_reported))
