/* options.c: see tcp/options.h. Entry points: options_parse,
 * options_parse_operands, options_experiment; options_program, options_report,
 * options_report_bind for messages. */
#include "tcp/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_USAGE = 80
}; /* a line of a terminal, and the final zero byte */

/* The state of parsing the command line. */
struct reading {
    char **argv;
    int argc, at; /* index of the next argument */
    const struct option_row *options;
    const char *operands; /* for the usage line, or NULL */
};

static const char *program = "program"; /* its name */

/* The shell may have started the program with descriptor 0, 1 or 2 closed. The
 * first socket would then get that number, and printf would write to it. */
static void open_standard_descriptors(void) {
    int fd;
    do fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd != -1) close(fd);
}

/* At exit: reports an error of stdout, such as a full disk. */
static void end_output(void) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return;
    fprintf(stderr, "%s: stdout: %s\n", program, strerror(errno));
    _exit(EXIT_FAILURE);
}

/* Writes the usage line, or a short one if it is too long for a terminal. */
static void make_usage(const struct reading *r, char usage[MAX_USAGE]) {
    const char *operands = r->operands && *r->operands ? r->operands : NULL;
    size_t n = (size_t)snprintf(usage, MAX_USAGE, "usage: %s", program);
    for (const struct option_row *o = r->options; o->name && n < MAX_USAGE; o++)
        n += (size_t)snprintf(usage + n, MAX_USAGE - n,
                              o->argument ? " [%s %s]" : " [%s]", o->name,
                              o->argument);
    if (operands && n < MAX_USAGE)
        n += (size_t)snprintf(usage + n, MAX_USAGE - n, " %s", operands);
    if (n >= MAX_USAGE)
        snprintf(usage, MAX_USAGE, "usage: %.20s [OPTION...]%s%.30s", program,
                 operands ? " " : "", operands ? operands : "");
}

/* Prints one line: the error, then the usage. Returns the exit status. */
static int usage_error(const struct reading *r, const char *format, ...) {
    char usage[MAX_USAGE];
    va_list values;
    va_start(values, format);
    fprintf(stderr, "%s: ", program);
    vfprintf(stderr, format, values);
    va_end(values);
    make_usage(r, usage);
    if (strstr(usage, "[OPTION...]"))
        fprintf(stderr, "; try %s --help\n", program);
    else
        fprintf(stderr, "; %s\n", usage);
    return 2;
}

static int print_help(const struct reading *r) {
    char usage[MAX_USAGE];
    make_usage(r, usage);
    printf("%s\n", usage);
    for (const struct option_row *o = r->options; o->name; o++) {
        char name[40];
        snprintf(name, sizeof name, "%s %s", o->name,
                 o->argument ? o->argument : "");
        printf("  %-22s %s", name, o->help ? o->help : "");
        if (o->number && !o->is_choice) printf(" (%u)", (unsigned)*o->number);
        if (o->text && *o->text) printf(" (%s)", *o->text);
        printf("\n");
    }
    return 0;
}

/* Accepts digits only: strtol would also accept "", " 5", "+5" and "5x". */
static bool read_number(const char *text, uint32_t max, uint32_t *number) {
    uint64_t value = 0;
    if (!*text) return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return false;
        value = value * 10 + (uint64_t)(*text - '0');
        if (value > max) return false;
    }
    *number = (uint32_t)value;
    return true;
}

/* Sets *number to the index of text in choices, "one|two|three". */
static bool read_choice(const char *text, const char *choices,
                        uint32_t *number) {
    for (uint32_t i = 0;; i++) {
        size_t n = strcspn(choices, "|");
        if (strlen(text) == n && strncmp(text, choices, n) == 0) {
            *number = i;
            return true;
        }
        if (!choices[n]) return false;
        choices += n + 1;
    }
}

/* Reads the argument of option o and sets its value. Returns -1, or the exit
 * status. */
static int read_option(struct reading *r, const struct option_row *o) {
    if (!o->argument) {
        if (o->print) {
            o->print(o->printed);
            return 0;
        }
        *o->flag = true;
        return -1;
    }
    if (r->at == r->argc)
        return usage_error(r, "%s needs %s", o->name, o->argument);
    const char *text = r->argv[r->at++];
    uint32_t number;
    if (o->text) {
        *o->text = text;
        return -1;
    }
    if (o->is_choice)
        return read_choice(text, o->argument, o->number)
                   ? -1
                   : usage_error(r, "%s needs %s, not '%s'", o->name,
                                 o->argument, text);
    if (!read_number(text, o->max, &number) || number < o->min)
        return usage_error(r, "%s needs a number from %u to %u, not '%s'",
                           o->name, (unsigned)o->min, (unsigned)o->max, text);
    *o->number = number;
    return -1;
}

static const struct option_row *find(const struct reading *r,
                                     const char *name) {
    const struct option_row *o = r->options;
    while (o->name && strcmp(o->name, name) != 0) o++;
    return o->name ? o : NULL;
}

/* Returns the number of operands in brackets, which may be missing. A bracket
 * inside a word is part of an address, "[::1]". */
static int optional_count(const char *names) {
    int n = 0;
    for (const char *at = names; at && *at; at++)
        if (*at == '[' && (at == names || at[-1] == ' ')) n++;
    return n;
}

/* Reports an unexpected operand. A number was probably meant as the port. */
static int unexpected_operand(const struct reading *r, const char *word) {
    const struct option_row *port = find(r, "--port");
    uint32_t number;
    if (!port || !read_number(word, port->max, &number))
        return usage_error(r, "unexpected operand '%s'", word);
    fprintf(stderr, "%s: unexpected operand '%s'; did you mean --port %s?\n",
            program, word, word);
    return 2;
}

int options_parse_operands(int argc, char **argv, const struct option_row *rows,
                           int max, const char *names) {
    struct reading r = {argv, argc, 1, rows, names};
    int kept = 0, status = -1;
    bool all_operands = false;
    open_standard_descriptors();
    static bool is_registered;
    if (!is_registered) is_registered = atexit(end_output) == 0;
    if (argc > 0) {
        const char *slash = strrchr(argv[0], '/');
        program = slash ? slash + 1 : argv[0];
    }
    while (r.at < argc && status == -1) {
        char *word = argv[r.at++];
        const struct option_row *o = find(&r, word);
        /* POSIX XBD §12.2: "-" is an operand, and so are all after "--". */
        if (all_operands || word[0] != '-' || !word[1]) {
            if (++kept > max) return unexpected_operand(&r, word);
            argv[kept] = word;
        } else if (strcmp(word, "--") == 0) {
            all_operands = true;
        } else if (strcmp(word, "--help") == 0) {
            return print_help(&r);
        } else if (!o) {
            return usage_error(&r, "unknown option '%s'", word);
        } else {
            status = read_option(&r, o);
        }
    }
    if (status != -1) return status;
    if (kept < max - optional_count(names))
        return usage_error(&r, "an operand is missing");
    if (argc > 0) argv[kept + 1] = NULL;
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

const char *options_program(void) {
    return program;
}

int options_report(const char *subject) {
    fprintf(stderr, "%s: %s: %s\n", program, subject, strerror(errno));
    return 1;
}

int options_report_bind(const char *host, uint32_t port) {
    const char *reason = strerror(errno);
    if (errno == EADDRINUSE) reason = "address in use";
    if (errno == EADDRNOTAVAIL) reason = "not a local address";
    bool is_ipv6 = strchr(host, ':') != NULL;
    fprintf(stderr,
            is_ipv6 ? "%s: cannot listen at [%s]:%u: %s\n"
                    : "%s: cannot listen at %s:%u: %s\n",
            program, host, (unsigned)port, reason);
    return 1;
}
