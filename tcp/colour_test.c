/* colour_test.c: tcp/colour.h, on a pseudo-terminal and on a pipe */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include "packets/unit.h"
#include "tcp/colour.h"
#include "tcp/terminal_unit.h"

#include <unistd.h>

static void only_a_terminal_has_colours(void) {
    int ends[2], terminal, master = open_terminal(&terminal);
    UNIT_INT(unsetenv("NO_COLOR"), 0);
    UNIT_INT(pipe(ends), 0);
    UNIT_TRUE(colour_is_on(terminal));
    UNIT_FALSE(colour_is_on(ends[1]));
    UNIT_FALSE(colour_is_on(-1));
    setenv("NO_COLOR", "1", 1);
    UNIT_FALSE(colour_is_on(terminal));
    setenv("NO_COLOR", "", 1); /* empty: as if it were not there */
    UNIT_TRUE(colour_is_on(terminal));
    close(ends[0]);
    close(ends[1]);
    close(terminal);
    close(master);
}

/* What colour(c) returns while stdout is fd. */
static const char *colour_on(int fd, enum colour c) {
    int saved = dup(STDOUT_FILENO);
    fflush(stdout);
    dup2(fd, STDOUT_FILENO);
    const char *text = colour(c);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    return text;
}

static void stdout_gets_a_sequence_or_nothing(void) {
    int ends[2], terminal, master = open_terminal(&terminal);
    UNIT_INT(pipe(ends), 0);
    static const enum colour all[] = {COLOUR_END,   COLOUR_FAINT,  COLOUR_RED,
                                      COLOUR_GREEN, COLOUR_YELLOW, COLOUR_CYAN};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char expected[10];
        snprintf(expected, sizeof expected, "\x1b[%dm", all[i]);
        const char *got = colour_on(terminal, all[i]);
        UNIT_TEXT(got, strlen(got), expected);
        got = colour_on(ends[1], all[i]);
        UNIT_TEXT(got, strlen(got), "");
    }
    close(ends[0]);
    close(ends[1]);
    close(terminal);
    close(master);
}

UNIT_MAIN("tcp/colour", UNIT_TEST(only_a_terminal_has_colours),
          UNIT_TEST(stdout_gets_a_sequence_or_nothing))
