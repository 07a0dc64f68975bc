/*
 * text.h: the lines of a page, and whether output is what the page shows
 */
#ifndef LESSONS_PAGES_TEXT_H
#define LESSONS_PAGES_TEXT_H

#include <stdbool.h>

enum {
    TEXT_SIZE = 65536, /* bytes of a page, and of one command's output */
    TEXT_WHY = 1000,
};

bool text_is_digit(char c);

/* Copies text to out (TEXT_SIZE bytes), and replaces each number that equals
 * from by to. */
void text_renumber(char *out, const char *text, const char *from,
                   const char *to);

/* Replaces each number that differs from run to run by N, several spaces before
 * a time by one, and the id of a session by SID. */
void text_normalise(char *text);

/* Consumes the first line of *rest with its newline. Returns it without the
 * newline, or NULL if there is none. */
char *text_cut_line(char **rest);

/* Appends a line to a text of TEXT_SIZE bytes, if it fits. */
void text_append_line(char *text, const char *added);

/* Does the output match the text that the page expects? In that text, "..."
 * matches any text within a line; a line of its own matches any number of
 * lines. Changes both. If they differ, why shows the first two such lines. */
bool text_compare(char *expected, char *got, char why[TEXT_WHY]);

#endif
