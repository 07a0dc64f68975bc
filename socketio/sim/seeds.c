/* seeds.c: see socketio/sim/seeds.h */
#include "socketio/sim/seeds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* False: the text is missing, or is no number. */
static bool number(const char *text, unsigned long long *n) {
    char *end;
    if (!text || *text < '0' || *text > '9') return false;
    errno = 0;
    *n = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

bool seeds_parse(struct seeds *s, int argc, char **argv, bool has_memory) {
    *s = (struct seeds){.first = 1, .count = 100};
    bool is_good = true;
    for (int i = 1; i < argc && is_good; i++) {
        if (strcmp(argv[i], "--first") == 0)
            is_good = number(argv[++i], &s->first);
        else if (strcmp(argv[i], "--seeds") == 0)
            is_good = number(argv[++i], &s->count);
        else if (has_memory && strcmp(argv[i], "--memory") == 0)
            s->with_memory = true;
        else
            is_good = false;
    }
    if (!is_good)
        fprintf(stderr, "usage: %s [--first SEED] [--seeds N]%s\n", argv[0],
                has_memory ? " [--memory]" : "");
    return is_good;
}
