/* terminal.c: see tcp/terminal.h. */
#include "tcp/terminal.h"
#include "packets/control.h"
#include "tcp/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_layout(struct span s) {
    bool is_crlf = s.len >= 2 && s.data[0] == '\r' && s.data[1] == '\n';
    return is_crlf || s.data[0] == '\n' || s.data[0] == '\t';
}

static void write_escaped(FILE *to, struct span bytes) {
    int tail = 0;
    while (bytes.len > 0) {
        size_t n = control_size(bytes, &tail);
        if (n == 1 && is_layout(bytes)) n = 0;
        for (size_t i = 0; i < n; i++) fprintf(to, "\\x%02x", bytes.data[i]);
        if (n == 0) putc(bytes.data[0], to);
        bytes = span_skip(bytes, n > 0 ? n : 1);
    }
}

void terminal_write(FILE *to, struct span text) {
    if (isatty(fileno(to)))
        write_escaped(to, text);
    else if (text.len > 0)
        fwrite(text.data, 1, text.len, to);
}

static bool write_line(FILE *to, struct span line, const char *end) {
    terminal_write(to, line);
    fputs(end, to);
    return fflush(to) == 0 && !ferror(to);
}

bool terminal_print(FILE *to, struct span line) {
    return write_line(to, line, "\n");
}

void terminal_show(struct span line) {
    if (terminal_print(stdout, line)) return;
    terminal_report("cannot write to standard output", NO_DETAIL);
    _exit(EXIT_FAILURE); /* exit would report it again: tcp/options.c */
}

int terminal_report(const char *why, struct span detail) {
    bool is_cut = detail.len > TERMINAL_DETAIL;
    if (is_cut) detail.len = TERMINAL_DETAIL;
    fprintf(stderr, "%s: %s%s", options_program(), why,
            detail.len > 0 ? ": " : "");
    write_line(stderr, detail, is_cut ? "...\n" : "\n");
    return EXIT_FAILURE;
}

int terminal_usage(const char *argument, const char *usage) {
    bool is_tls = strncmp(argument, "wss://", 6) == 0 ||
                  strncmp(argument, "https://", 8) == 0;
    int scheme = (int)strcspn(usage, "/") + 2; /* "ws://" */
    if (is_tls) {
        fprintf(stderr, "%s: no TLS here: use %.*s\n", options_program(),
                scheme, usage);
        return 2;
    }
    fprintf(stderr, "%s: '%s' is no such URL; usage: %s %s\n",
            options_program(), argument, options_program(), usage);
    return 2;
}
