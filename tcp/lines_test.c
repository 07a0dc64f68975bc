/* lines_test.c: tcp/lines.h, over a pipe */
#include "packets/unit.h"
#include "tcp/lines.h"

#include <unistd.h>

static int ends[2];

static void type(const char *text) {
    UNIT_INT(write(ends[1], text, strlen(text)), strlen(text));
}

/* Reads all input, and expects these lines, each with an LF. */
static void expect(struct lines *l, const char *expected) {
    char got[200] = "";
    struct span line;
    UNIT_INT(lines_read(l, ends[0]), 0);
    while (lines_next(l, &line) == 1) {
        strncat(got, (char *)line.data, line.len);
        strcat(got, "\n");
    }
    UNIT_TEXT(got, strlen(got), expected);
}

static void a_line_is_returned_when_it_is_complete(void) {
    struct lines l;
    lines_init(&l, 100);
    UNIT_INT(pipe(ends), 0);
    type("o");
    expect(&l, "");
    type("ne\ntwo\nthr");
    expect(&l, "one\ntwo\n");
    type("ee\r\n\n");
    expect(&l, "three\n\n");
    UNIT_FALSE(l.is_at_end);
    close(ends[1]);
    expect(&l, "");
    UNIT_TRUE(l.is_at_end);
    close(ends[0]);
    lines_free(&l);
}

static void what_is_left_at_the_end_is_a_line(void) {
    struct lines l;
    lines_init(&l, 100);
    UNIT_INT(pipe(ends), 0);
    type("one\ntw");
    close(ends[1]);
    expect(&l, "one\n");
    expect(&l, "tw\n");
    expect(&l, ""); /* and only once */
    close(ends[0]);
    lines_free(&l);
}

/* For each line end: LF, CR LF or the end of the input. */
static void a_line_may_be_max_line_bytes_and_not_one_more(void) {
    static const struct {
        const char *text, *lines;
        int last; /* what lines_next returns after the lines */
    } cases[] = {
        {"abcd\nabcd\r\nabcd", "abcd\nabcd\nabcd\n", 0},
        {"abcde\n", "", LINES_ERR_LONG},
        {"abcde\r\n", "", LINES_ERR_LONG},
        {"abcde", "", LINES_ERR_LONG},
        {"a\nabcdefgh", "a\n", LINES_ERR_LONG},
        {"abc\r\r\n", "abc\r\n", 0}, /* only one CR is of the end */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lines l;
        struct span line;
        char got[200] = "";
        int result = 0;
        lines_init(&l, 4);
        UNIT_INT(pipe(ends), 0);
        type(cases[i].text);
        close(ends[1]);
        while (result == 0 && !l.is_at_end) {
            UNIT_INT(lines_read(&l, ends[0]), 0);
            while ((result = lines_next(&l, &line)) == 1) {
                strncat(got, (char *)line.data, line.len);
                strcat(got, "\n");
            }
        }
        UNIT_TEXT(got, strlen(got), cases[i].lines);
        UNIT_INT(result, cases[i].last);
        UNIT_INT(lines_next(&l, &line), cases[i].last);
        close(ends[0]);
        lines_free(&l);
    }
}

static void reads_no_more_than_a_line_and_its_end(void) {
    struct lines l;
    struct span line = {NULL, 1000};
    char rest[20];
    lines_init(&l, 4);
    UNIT_INT(pipe(ends), 0);
    type("abcd\nefgh\nij");
    UNIT_INT(lines_next(&l, &line), 0); /* none; what is in line is ignored */
    UNIT_INT(lines_read(&l, ends[0]), 0);
    UNIT_INT(lines_next(&l, &line), 1);
    UNIT_INT(lines_read(&l, ends[0]), 0); /* the line is used, the e is kept */
    UNIT_INT(lines_next(&l, &line), 1);
    UNIT_TEXT((char *)line.data, line.len, "efgh");
    UNIT_INT(read(ends[0], rest, sizeof rest), 1); /* 6, then 5 were read */
    close(ends[0]);
    close(ends[1]);
    lines_free(&l);
    UNIT_INT(l.held.cap, 0);
    UNIT_INT(l.line_size, 0);
}

static void an_empty_line_may_be_the_longest_allowed(void) {
    struct lines l;
    struct span line;
    lines_init(&l, 0);
    UNIT_INT(pipe(ends), 0);
    type("\nx");
    close(ends[1]);
    UNIT_INT(lines_read(&l, ends[0]), 0);
    UNIT_INT(lines_next(&l, &line), 1);
    UNIT_INT(line.len, 0);
    UNIT_INT(lines_next(&l, &line), 0);
    UNIT_INT(lines_read(&l, ends[0]), 0);
    UNIT_TRUE(l.is_at_end);
    UNIT_INT(lines_next(&l, &line), LINES_ERR_LONG);
    close(ends[0]);
    lines_free(&l);
}

static void an_error_is_an_end(void) {
    struct lines l;
    struct span line;
    lines_init(&l, 4);
    UNIT_INT(lines_read(&l, -1), 0);
    UNIT_TRUE(l.is_at_end);
    UNIT_INT(lines_next(&l, &line), 0);
    lines_free(&l);
}

UNIT_MAIN("tcp/lines", UNIT_TEST(a_line_is_returned_when_it_is_complete),
          UNIT_TEST(what_is_left_at_the_end_is_a_line),
          UNIT_TEST(a_line_may_be_max_line_bytes_and_not_one_more),
          UNIT_TEST(reads_no_more_than_a_line_and_its_end),
          UNIT_TEST(an_empty_line_may_be_the_longest_allowed),
          UNIT_TEST(an_error_is_an_end))
