/* options.c: see tcp/options.h. Entry points: options_parse,
 * options_parse_operands, options_experiment. */
#include "tcp/options.h"
#include "packets/limits.h"

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
    const struct option_row *options;
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
    for (const struct option_row *o = r->options; o->name; o++)
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
    for (const struct option_row *o = r->options; o->name; o++) {
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

static int print_limits(const struct limit *row) {
    for (; row->name; row++)
        printf("%-28s %8lu %-10s %s\n", row->name, (unsigned long)row->value,
               row->unit, row->beyond);
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
static int read_option(struct reading *r, const struct option_row *o) {
    if (!o->argument) {
        if (o->limits) return print_limits(o->limits);
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
    if (!read_number(text, o->max, &number) || number < o->min)
        return wrong(r, "%s wants a number from %u to %u, not '%s'", o->name,
                     (unsigned)o->min, (unsigned)o->max, text);
    *o->number = number;
    return -1;
}

static const struct option_row *find(const struct reading *r,
                                     const char *name) {
    const struct option_row *o = r->options;
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

int options_parse_operands(int argc, char **argv,
                           const struct option_row *options, int operands,
                           const char *shown) {
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
        const struct option_row *o = find(&r, word);
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

int options_parse(int argc, char **argv, const struct option_row *rows) {
    return options_parse_operands(argc, argv, rows, 0, NULL);
}

int options_experiment(int argc, char **argv, const char *help,
                       bool *is_broken) {
    const struct option_row rows[] = {
        OPTION_FLAG("--break", help, is_broken),
        OPTION_END,
    };
    return options_parse(argc, argv, rows);
}
