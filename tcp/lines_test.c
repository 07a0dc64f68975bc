/* lines_test.c: tcp/lines.h, over a pipe */
#include "packets/unit.h"
#include "tcp/lines.h"

#include <unistd.h>

static int ends[2];

static void say(const char *text) {
    UNIT_INT(write(ends[1], text, strlen(text)), strlen(text));
}

/* Reads what there is, and expects these lines, an LF behind each. */
static void expect(struct lines *l, const char *want) {
    char got[200] = "";
    struct span line;
    UNIT_TRUE(lines_read(l, ends[0]));
    while (lines_next(l, &line)) {
        strncat(got, (char *)line.data, line.len);
        strcat(got, "\n");
    }
    UNIT_TEXT(got, strlen(got), want);
}

static void a_line_is_told_when_its_end_has_come(void) {
    struct lines l = {.held.max = 100};
    UNIT_INT(pipe(ends), 0);
    say("o");
    expect(&l, "");
    say("ne\ntwo\nthr");
    expect(&l, "one\ntwo\n");
    say("ee\r\n\n");
    expect(&l, "three\n\n");
    UNIT_FALSE(l.ended);
    close(ends[1]);
    expect(&l, "");
    UNIT_TRUE(l.ended);
    close(ends[0]);
    buf_free(&l.held);
}

static void what_is_left_at_the_end_is_a_line(void) {
    struct lines l = {.held.max = 100};
    UNIT_INT(pipe(ends), 0);
    say("one\ntw");
    close(ends[1]);
    expect(&l, "one\n");
    expect(&l, "tw\n");
    expect(&l, ""); /* and only once */
    close(ends[0]);
    buf_free(&l.held);
}

static void a_line_may_be_max_bytes_and_not_one_more(void) {
    struct lines l = {.held.max = 4};
    UNIT_INT(pipe(ends), 0);
    say("abc\nabcde\n");
    expect(&l, "abc\n");
    expect(&l, ""); /* "abcd", and no LF */
    UNIT_FALSE(lines_read(&l, ends[0]));
    close(ends[0]);
    close(ends[1]);
    buf_free(&l.held);
}

static void an_error_is_an_end(void) {
    struct lines l = {.held.max = 4};
    struct span line;
    UNIT_TRUE(lines_read(&l, -1));
    UNIT_TRUE(l.ended);
    UNIT_FALSE(lines_next(&l, &line));
    buf_free(&l.held);
}

UNIT_MAIN("tcp/lines", UNIT_TEST(a_line_is_told_when_its_end_has_come),
          UNIT_TEST(what_is_left_at_the_end_is_a_line),
          UNIT_TEST(a_line_may_be_max_bytes_and_not_one_more),
          UNIT_TEST(an_error_is_an_end))
