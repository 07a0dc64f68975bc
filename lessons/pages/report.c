/* report.c: see lessons/pages/report.h. */
#include "lessons/pages/report.h"

#include <stdio.h>
#include <stdlib.h>

int report_line;
static const char *file;
static int passed, failed;

void report_begin(const char *path) {
    file = path;
    report_line = 0;
}

void report_pass(void) {
    passed++;
}

void report_fault(const char *fault, const char *detail) {
    printf("%s:%d: %s%s%s\n", file, report_line, fault, *detail ? ": " : "",
           detail);
    failed++;
}

bool report_total(void) {
    printf("%d passed, %d failed\n", passed, failed);
    return passed > 0 && failed == 0;
}

void report_die(const char *call) {
    perror(call);
    exit(1);
}
