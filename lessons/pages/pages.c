/*
 * pages.c: runs the commands of the pages and compares their output
 *
 *   $ bin/101_echo_server --port 7101 &      in the background, with port 0
 *   listening on 127.0.0.1:7101              the line that it must print
 *   $ bin/102_echo_client 127.0.0.1:7101 hi  7101 is replaced by the real port
 *   hi                                       the output must be this
 *   ...                                      any lines; within a line, any text
 *   $ kill %1                                SIGTERM; the rest of its output
 *
 * Runs the ```console blocks of each page, and the "$" lines in the header of
 * each program, in a new directory. Does not compare ports, times, process ids
 * and sequence numbers. Each prediction of a page must be answered on the page
 * (predictions.h). Usage: bin/pages [FILE...]
 */
#include "lessons/pages/command.h"
#include "lessons/pages/predictions.h"
#include "lessons/pages/process.h"
#include "lessons/pages/report.h"
#include "lessons/pages/text.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *read_file(const char *path) {
    static char text[TEXT_SIZE];
    FILE *f = fopen(path, "r");
    if (!f) return NULL;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    return text;
}

/* Runs the commands of a page. Returns the number of its console blocks. */
static int check_page(char *text) {
    static char command[TEXT_SIZE], expected[TEXT_SIZE];
    int blocks = 0, command_line = 0;
    bool is_inside = false, is_pending = false;
    for (char *l; (l = text_cut_line(&text));) {
        report_line++;
        bool is_fence = strncmp(l, "```", 3) == 0;
        if (is_pending && (is_fence || strncmp(l, "$ ", 2) == 0)) {
            int here = report_line;
            report_line = command_line;
            command_run(command, expected);
            report_line = here;
            is_pending = false;
        }
        if (is_fence) {
            is_inside = !is_inside && strcmp(l, "```console") == 0;
            blocks += is_inside;
        } else if (is_inside && strncmp(l, "$ ", 2) == 0) {
            snprintf(command, sizeof command, "%s", l + 2);
            expected[0] = '\0';
            is_pending = true;
            command_line = report_line;
        } else if (is_inside && is_pending) {
            text_append_line(expected, l);
        }
    }
    return blocks;
}

/* Runs the "$" lines of a program's header comment, which must succeed. A
 * command continues on the next line after a backslash, and ends before two
 * spaces. */
static void check_header(char *text) {
    static char command[TEXT_SIZE];
    command[0] = '\0';
    for (char *l; (l = text_cut_line(&text)) && strcmp(l, " */") != 0;) {
        report_line++;
        char *dollar = strstr(l, "  $ ");
        if (!dollar && !command[0]) continue;
        char *part = dollar ? dollar + 4 : l + 2 + strspn(l + 2, " ");
        char *prose = strstr(part, "  ");
        if (prose) *prose = '\0';
        size_t n = strlen(command);
        snprintf(command + n, sizeof command - n, "%s", part);
        n = strlen(command);
        if (command[n - 1] == '\\') {
            command[n - 1] = ' ';
            continue;
        }
        command_run(command, NULL);
        command[0] = '\0';
    }
}

/* Writes the path of a program's page: lessons/104-stream.md for
 * tcp/104_stream.c. */
static void page_of(const char *program, char page[PATH_MAX]) {
    const char *base = strrchr(program, '/') + 1;
    int n = snprintf(page, PATH_MAX, "lessons/%.*s.md", (int)strcspn(base, "."),
                     base);
    for (int i = 0; i < n; i++)
        if (page[i] == '_') page[i] = '-';
}

/* Is the page listed in the table of contents? */
static bool is_listed(const char *page) {
    static char contents[TEXT_SIZE];
    char *text = read_file("lessons/README.md");
    snprintf(contents, sizeof contents, "%s", text ? text : "");
    return strstr(contents, strrchr(page, '/') + 1) != NULL;
}

static void check_file(const char *path) {
    bool is_program = strstr(path, ".c") != NULL;
    char page[PATH_MAX];
    struct stat there;
    report_begin(path);
    if (is_program) {
        page_of(path, page);
        if (stat(page, &there) == -1) report_fault("has no page", page);
    } else if (!is_listed(path)) {
        report_fault("is not in lessons/README.md", "");
    }
    char *text = read_file(path);
    if (!text) {
        report_fault("cannot be read", strerror(errno));
        return;
    }
    if (!is_program) predictions_check(text);
    process_begin();
    if (is_program)
        check_header(text);
    else if (check_page(text) == 0)
        report_fault("has no console block", "");
    command_end_all();
    process_end();
}

/* Checks the pages, then the programs, in the order of their names. */
static void check_all(void) {
    static const char *const parts[] = {"lessons", "tcp",       "udp",
                                        "packets", "websocket", "socketio"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct dirent **names;
        int n = scandir(parts[i], &names, NULL, alphasort);
        for (int k = 0; k < n; k++) {
            char path[PATH_MAX];
            const char *end = strrchr(names[k]->d_name, '.');
            const char *expected = i == 0 ? ".md" : ".c";
            snprintf(path, sizeof path, "%s/%s", parts[i], names[k]->d_name);
            if (text_is_digit(names[k]->d_name[0]) && end &&
                strcmp(end, expected) == 0)
                check_file(path);
            free(names[k]);
        }
        if (n >= 0) free(names);
    }
}

int main(int argc, char **argv) {
    if (argc > 1 && argv[1][0] == '-') {
        bool help = strcmp(argv[1], "--help") == 0;
        fprintf(help ? stdout : stderr, "usage: pages [FILE...]\n");
        return help ? 0 : 2;
    }
    struct stat there;
    if (stat("lessons/README.md", &there) == -1) {
        fprintf(stderr,
                "pages: no lessons/ here; run it where the Makefile is\n");
        return 1;
    }
    for (int i = 1; i < argc; i++) check_file(argv[i]);
    if (argc == 1) check_all();
    return report_total() ? 0 : 1;
}
