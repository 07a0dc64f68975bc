/* serve.c: what a main does before its loop. tcp/serve_accept.c is the rest. */
#include "tcp/serve.h"
#include "packets/limits.h"
#include "tcp/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The command line as it is being read. */
struct reading {
    char **argv;
    int argc, at; /* the argument to be read next */
    const char *name;
    const struct serve_option *options;
    const char *shown;
};

/* Whoever starts a program may have closed its 0, 1 or 2. Then the first
 * socket would be what printf writes to. */
static void keep_standard_open(void) {
    int fd;
    do fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd != -1) close(fd);
}

static void print_usage(const struct reading *r, FILE *to) {
    fprintf(to, "usage: %s", r->name);
    for (const struct serve_option *o = r->options; o->name; o++)
        fprintf(to, o->argument ? " [%s %s]" : " [%s]", o->name, o->argument);
    if (r->shown && *r->shown) fprintf(to, " %s", r->shown);
    fprintf(to, "\n");
}

/* One line: what was wrong, then the form. Returns the exit status. */
static int wrong(const struct reading *r, const char *format, ...) {
    va_list values;
    va_start(values, format);
    fprintf(stderr, "%s: ", r->name);
    vfprintf(stderr, format, values);
    va_end(values);
    fprintf(stderr, "; ");
    print_usage(r, stderr);
    return 2;
}

static int help(const struct reading *r) {
    print_usage(r, stdout);
    for (const struct serve_option *o = r->options; o->name; o++) {
        char form[40];
        snprintf(form, sizeof form, "%s %s", o->name,
                 o->argument ? o->argument : "");
        printf("  %-22s %s", form, o->help ? o->help : "");
        if (o->number) printf(" (%u)", (unsigned)*o->number);
        if (o->text && *o->text) printf(" (%s)", *o->text);
        printf("\n");
    }
    return 0;
}

static int limits(void) {
#define LIMIT_LINE(name, value, unit, past)                                    \
    printf("%-28s %8d %-10s %s\n", #name, value, unit, past);
    LIMITS(LIMIT_LINE)
#undef LIMIT_LINE
    return 0;
}

/* Digits and nothing else: strtol would take "", " 5", "+5" and "5x". */
static bool read_number(const char *text, uint32_t most, uint32_t *number) {
    uint64_t value = 0;
    if (!*text) return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return false;
        value = value * 10 + (uint64_t)(*text - '0');
        if (value > most) return false;
    }
    *number = (uint32_t)value;
    return true;
}

/* Sets what o says. -1, or the exit status. */
static int read_option(struct reading *r, const struct serve_option *o) {
    if (!o->argument) {
        if (!o->flag) return limits();
        *o->flag = true;
        return -1;
    }
    if (r->at == r->argc) return wrong(r, "%s wants %s", o->name, o->argument);
    const char *text = r->argv[r->at++];
    uint32_t number;
    if (o->text) {
        *o->text = text;
        return -1;
    }
    if (!read_number(text, o->most, &number) || number < o->least)
        return wrong(r, "%s wants a number from %u to %u, not '%s'", o->name,
                     (unsigned)o->least, (unsigned)o->most, text);
    *o->number = number;
    return -1;
}

static const struct serve_option *find(const struct reading *r,
                                       const char *name) {
    const struct serve_option *o = r->options;
    while (o->name && strcmp(o->name, name) != 0) o++;
    return o->name ? o : NULL;
}

/* How many operands shown puts in brackets. An address in brackets, "[::1]",
 * would stand inside a word. */
static int may_be_missing(const char *shown) {
    int n = 0;
    for (const char *at = shown; at && *at; at++)
        if (*at == '[' && (at == shown || at[-1] == ' ')) n++;
    return n;
}

int serve_options(int argc, char **argv, const struct serve_option *options,
                  int operands, const char *shown) {
    struct reading r = {argv, argc, 1, "program", options, shown};
    int kept = 0, status = -1;
    bool all_operands = false;
    keep_standard_open();
    if (argc > 0) {
        const char *slash = strrchr(argv[0], '/');
        r.name = slash ? slash + 1 : argv[0];
    }
    while (r.at < argc && status == -1) {
        char *word = argv[r.at++];
        const struct serve_option *o = find(&r, word);
        /* POSIX XBD §12.2: "-" is an operand, after "--" all are. */
        if (all_operands || word[0] != '-' || !word[1]) {
            if (++kept > operands) return wrong(&r, "'%s' is too much", word);
            argv[kept] = word;
        } else if (strcmp(word, "--") == 0) {
            all_operands = true;
        } else if (strcmp(word, "--help") == 0) {
            return help(&r);
        } else if (!o) {
            return wrong(&r, "unknown option '%s'", word);
        } else {
            status = read_option(&r, o);
        }
    }
    if (status != -1) return status;
    if (kept < operands - may_be_missing(shown))
        return wrong(&r, "an operand is missing");
    if (argc > 0) argv[kept + 1 < argc ? kept + 1 : argc] = NULL;
    return -1;
}

int serve_break(int argc, char **argv, const char *what, bool *wrong) {
    const struct serve_option options[] = {
        SERVE_FLAG("--break", what, wrong),
        SERVE_END,
    };
    return serve_options(argc, argv, options, 0, "");
}

int serve_listen(const char *host, uint32_t port) {
    char name[LISTEN_NAME_MAX];
    int fd = listen_open(host, (uint16_t)port);
    if (fd != -1 && listen_name(fd, name) == 0) {
        printf("listening on %s\n", name);
        fflush(stdout); /* a pipe, unlike a terminal, would hold it back */
        return fd;
    }
    int error = errno;
    if (fd != -1) close(fd);
    if (error == EADDRINUSE)
        fprintf(stderr, "cannot listen: port %u at %s is in use\n",
                (unsigned)port, host);
    else
        fprintf(stderr, "cannot listen: port %u at %s: %s\n", (unsigned)port,
                host, strerror(error));
    return -1;
}
