/*
 * colour.h: colours on a terminal, where they carry a meaning
 *
 *   printf("%s81 05%s 48\n", colour(COLOUR_CYAN), colour(COLOUR_END));
 *
 * A pipe or a file gets none, and neither does a terminal when the environment
 * variable NO_COLOR is set to something. Introduced in tcp/111_fork_server.c.
 */
#ifndef TCP_COLOUR_H
#define TCP_COLOUR_H

#include <stdbool.h>

enum colour { /* parameters of ECMA-48's SGR (select graphic rendition) */
    COLOUR_END = 0,
    COLOUR_FAINT = 2,
    COLOUR_RED = 31,
    COLOUR_GREEN = 32,
    COLOUR_YELLOW = 33,
    COLOUR_CYAN = 36,
};

/* May what is written to fd be coloured? */
bool colour_is_on(int fd);

/* What starts a colour, or ends it; colour_text for any descriptor, colour for
 * stdout: "" if that may not be coloured. */
const char *colour_text(enum colour c);
const char *colour(enum colour c);

#endif
