/* text.c: see lessons/pages/text.h. Entry points: text_renumber,
 * text_normalise, text_cut_line, text_append_line, text_compare. */
#include "lessons/pages/text.h"

#include <stdio.h>
#include <string.h>

bool text_is_digit(char c) {
    return c >= '0' && c <= '9';
}

void text_renumber(char *out, const char *text, const char *from,
                   const char *to) {
    size_t n = strlen(from);
    char *at = out;
    for (const char *p = text; *p && at < out + TEXT_SIZE - 16;) {
        bool is_whole = n > 0 && strncmp(p, from, n) == 0 &&
                        !text_is_digit(p[n]) &&
                        (p == text || !text_is_digit(p[-1]));
        if (is_whole) {
            at += sprintf(at, "%s", to);
            p += n;
        } else {
            *at++ = *p++;
        }
    }
    *at = '\0';
}

/* Returns the length of the number at p if the words before or after it show
 * that it differs from run to run; otherwise 0. */
static size_t varying_length(const char *text, const char *p) {
    static const char *const before[] = {
        "127.0.0.1:", "[::1]:", "localhost:", "port ", "pid ", "seq ", "ack "};
    static const char *const after[] = {" ms", " us", " ns", " s"};
    size_t n = strspn(p, "0123456789.");
    while (n > 0 && p[n - 1] == '.') n--;
    if (p > text && (text_is_digit(p[-1]) || p[-1] == '.')) return 0;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        size_t k = strlen(before[i]);
        if ((size_t)(p - text) >= k && memcmp(p - k, before[i], k) == 0)
            return strspn(p, "0123456789");
    }
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
        size_t k = strlen(after[i]);
        int next = strncmp(p + n, after[i], k) == 0 ? p[n + k] : 'x';
        if (!(next >= 'a' && next <= 'z')) return n;
    }
    return 0;
}

void text_normalise(char *text) {
    static const char sid[] = "\"sid\":\"";
    char *to = text;
    static char copy[TEXT_SIZE];
    memcpy(copy, text, strlen(text) + 1);
    for (const char *p = copy; *p;) {
        size_t n = text_is_digit(*p) ? varying_length(copy, p) : 0;
        bool is_time = n > 0 || strncmp(p, "... ms", 6) == 0;
        /* A column of numbers has more spaces before a short one. */
        while (is_time && to - text >= 2 && to[-1] == ' ' && to[-2] == ' ')
            to--;
        if (n > 0) {
            *to++ = 'N';
            p += n;
        } else if (strncmp(p, sid, strlen(sid)) == 0) {
            p += strlen(sid);
            p += strcspn(p, "\"\n");
            to += sprintf(to, "%sSID", sid);
        } else {
            *to++ = *p++;
        }
    }
    *to = '\0';
}

char *text_cut_line(char **rest) {
    char *start = *rest;
    if (!start || !*start) return NULL;
    char *end = strchr(start, '\n');
    if (end) *end = '\0';
    *rest = end ? end + 1 : NULL;
    return start;
}

void text_append_line(char *text, const char *added) {
    size_t n = strlen(text), k = strlen(added);
    if (n + k + 2 > TEXT_SIZE) return;
    memcpy(text + n, added, k);
    memcpy(text + n + k, "\n", 2);
}

/* Does a line of output match the expected line, in which "..." matches any
 * text? */
static bool matches(const char *expected, const char *got) {
    const char *dots = strstr(expected, "...");
    if (!dots) return strcmp(expected, got) == 0;
    size_t n = (size_t)(dots - expected);
    if (strncmp(expected, got, n) != 0) return false;
    for (got += n;; got++) {
        if (matches(dots + 3, got)) return true;
        if (!*got) return false;
    }
}

/* For a line "..." of the page: skips the lines of *got before the line that
 * the page shows next, or all if it shows no more. */
static void skip_to_next(const char *expected, char **got) {
    static char next[TEXT_SIZE], line[TEXT_SIZE];
    bool is_last = !expected || !*expected;
    if (!is_last)
        snprintf(next, sizeof next, "%.*s", (int)strcspn(expected, "\n"),
                 expected);
    while (*got && **got) {
        size_t n = strcspn(*got, "\n");
        snprintf(line, sizeof line, "%.*s", (int)n, *got);
        if (!is_last && matches(next, line)) return;
        text_cut_line(got);
    }
}

bool text_compare(char *expected, char *got, char why[TEXT_WHY]) {
    for (;;) {
        char *w = text_cut_line(&expected);
        if (w && strcmp(w, "...") == 0) {
            skip_to_next(expected, &got);
            continue;
        }
        char *g = text_cut_line(&got);
        if (!w && !g) return true;
        if (w && g && matches(w, g)) continue;
        snprintf(why, TEXT_WHY, "\n  page: %.400s\n  run:  %.400s",
                 w ? w : "(no more)", g ? g : "(no more)");
        return false;
    }
}
