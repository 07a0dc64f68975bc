/* colour.c: see tcp/colour.h */
#include "tcp/colour.h"

#include <stdlib.h>
#include <unistd.h>

bool colour_is_on(int fd) {
    const char *no_colour = getenv("NO_COLOR");
    return (!no_colour || !*no_colour) && isatty(fd);
}

const char *colour_text(enum colour c) {
    switch (c) {
    case COLOUR_FAINT:
        return "\x1b[2m";
    case COLOUR_RED:
        return "\x1b[31m";
    case COLOUR_GREEN:
        return "\x1b[32m";
    case COLOUR_YELLOW:
        return "\x1b[33m";
    case COLOUR_CYAN:
        return "\x1b[36m";
    default:
        return "\x1b[0m";
    }
}

const char *colour(enum colour c) {
    return colour_is_on(STDOUT_FILENO) ? colour_text(c) : "";
}
