/* limits_test.c: tcp/limits.h */
#include "packets/output_unit.h"
#include "packets/unit.h"
#include "tcp/limits.h"

#include <unistd.h>

/* Returns what limits_print writes to stdout for a table. */
static const char *printed(const struct limit *table) {
    static char text[1000];
    begin_output(STDOUT_FILENO);
    limits_print(table);
    end_output(text, sizeof text);
    return text;
}

static void a_row_is_a_line_with_its_columns(void) {
    static const struct limit table[] = {
        {"LIMIT_HTTP_HEAD", 16384, "bytes", "request line and fields: 431"},
        {"LIMIT_0", 0, "ms", "at once"},
        {"LIMIT_LARGEST", UINT32_MAX, "entries", "never"},
        {0}};
    const char *text = printed(table);
    UNIT_TEXT(text, strlen(text),
              "LIMIT_HTTP_HEAD                 16384 bytes      request line "
              "and fields: 431\n"
              "LIMIT_0                             0 ms         at once\n"
              "LIMIT_LARGEST                4294967295 entries    never\n");
}

static void a_table_ends_at_the_row_without_a_name(void) {
    static const struct limit none[] = {{0}};
    static const struct limit one[] = {
        {"LIMIT_A", 1, "bytes", "close"}, {0}, {"LIMIT_B", 2, "ms", "close"}};
    const char *text = printed(none);
    UNIT_TEXT(text, strlen(text), "");
    text = printed(one);
    UNIT_TEXT(text, strlen(text),
              "LIMIT_A                             1 bytes      close\n");
}

/* What --limits prints is what the modules enforce. */
static void the_rows_of_part_tcp_have_the_values_of_its_constants(void) {
    static const struct limit table[] = {TCP_LIMITS(LIMIT_ROW){0}};
    static const struct {
        const char *name;
        unsigned long value;
    } expected[] = {
        {"LIMIT_UNREAD", LIMIT_UNREAD},
        {"LIMIT_UNSENT", LIMIT_UNSENT},
        {"LIMIT_STALLED_MS", LIMIT_STALLED_MS},
        {"LIMIT_SHUTDOWN_MS", LIMIT_SHUTDOWN_MS},
    };
    const char *rest = printed(table);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        char name[40] = "";
        unsigned long value = 0;
        UNIT_INT(sscanf(rest, "%39s %lu", name, &value), 2);
        UNIT_TEXT(name, strlen(name), expected[i].name);
        UNIT_INT(value, expected[i].value);
        rest += strcspn(rest, "\n") + 1;
    }
    UNIT_TEXT(rest, strlen(rest), "");
}

UNIT_MAIN("tcp/limits", UNIT_TEST(a_row_is_a_line_with_its_columns),
          UNIT_TEST(a_table_ends_at_the_row_without_a_name),
          UNIT_TEST(the_rows_of_part_tcp_have_the_values_of_its_constants))
