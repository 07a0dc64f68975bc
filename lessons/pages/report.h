/*
 * report.h: what bin/pages prints: each fault with its line, and the totals
 */
#ifndef LESSONS_PAGES_REPORT_H
#define LESSONS_PAGES_REPORT_H

#include <stdbool.h>

/* Begins another file, at line 0. path must stay valid. */
void report_begin(const char *path);

/* The line that is checked now; report_fault prints it. */
extern int report_line;

/* A command did what the page says. */
void report_pass(void);

/* Prints "FILE:LINE: fault: detail". */
void report_fault(const char *fault, const char *detail);

/* Prints how many passed and failed. True: some passed, and none failed. */
bool report_total(void);

/* The tool itself cannot go on: prints the reason from errno and exits. */
void report_die(const char *call);

#endif
