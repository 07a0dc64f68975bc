/*
 * colour.h: colours in the output of a terminal
 *
 *   printf("%s81 05%s 48\n", colour(COLOUR_CYAN), colour(COLOUR_END));
 *
 * A pipe or a file gets no colours; neither does a terminal if the environment
 * variable NO_COLOR is not empty. Introduced in tcp/111_fork_server.c.
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

/* May output to fd have colours? */
bool colour_is_on(int fd);

/* Return the text that starts a colour, or ends it. colour is for stdout, and
 * returns "" if stdout may not have colours. */
const char *colour_text(enum colour c);
const char *colour(enum colour c);

#endif
