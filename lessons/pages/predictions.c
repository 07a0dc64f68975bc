/* predictions.c: see lessons/pages/predictions.h. Entry point:
 * predictions_check. */
#include "lessons/pages/predictions.h"
#include "lessons/pages/report.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Does text begin with the words? In text, a space may also be a line break
 * with the spaces that begin the next line. */
static bool begins_with(const char *text, const char *words) {
    for (; *words; words++) {
        if (*words == ' ' ? !isspace((unsigned char)*text) : *text != *words)
            return false;
        text++;
        while (*words == ' ' && isspace((unsigned char)*text)) text++;
    }
    return true;
}

static bool is_answered(const char *page, long number) {
    char words[40];
    snprintf(words, sizeof words, "(answer to %ld)", number);
    for (const char *p = page; (p = strchr(p, '(')); p++)
        if (begins_with(p, words)) return true;
    return false;
}

void predictions_check(const char *page) {
    bool is_predict = false;
    report_line = 0;
    for (const char *l = page; *l;) {
        char *end, fault[60];
        report_line++;
        if (strncmp(l, "## ", 3) == 0)
            is_predict = strncmp(l, "## Predict\n", 11) == 0;
        long number = isdigit((unsigned char)*l) ? strtol(l, &end, 10) : 0;
        if (is_predict && number > 0 && strncmp(end, ". ", 2) == 0 &&
            !is_answered(page, number)) {
            snprintf(fault, sizeof fault, "prediction %ld is not answered",
                     number);
            report_fault(fault, "");
        }
        l += strcspn(l, "\n");
        if (*l) l++;
    }
    report_line = 0;
}
