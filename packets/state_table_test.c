/* state_table_test.c: packets/state_table.h */
#include "packets/state_table.h"
#include "packets/unit.h"

static const char *const states[] = {"OFF", "ON"};
static const char *const causes[] = {"press", "fuse"};
static const struct transition rows[] = {
    {0, 0, 1, "light"}, {1, 0, 0, NULL}, {1, 1, 0, "smoke"}, {0, 1, 0, NULL}};
static const struct state_table lamp = {"lamp", states, causes, rows, 4};

static void a_row_is_found_by_state_and_cause(void) {
    for (size_t i = 0; i < lamp.count; i++) {
        UNIT_TRUE(state_table_find(&lamp, rows[i].from, rows[i].cause) ==
                  &rows[i]);
        UNIT_INT(state_table_next(&lamp, rows[i].from, rows[i].cause),
                 rows[i].to);
    }
    const struct state_table shorter = {"lamp", states, causes, rows, 2};
    UNIT_TRUE(state_table_find(&shorter, 1, 1) == NULL);
}

static void the_graph_has_one_arrow_between_two_states(void) {
    static const char expected[] = "digraph lamp {\n"
                                   "  \"OFF\" -> \"ON\" "
                                   "[label=\"press / snd light\\n\"]\n"
                                   "  \"ON\" -> \"OFF\" "
                                   "[label=\"press\\nfuse / snd smoke\\n\"]\n"
                                   "  \"OFF\" -> \"OFF\" [label=\"fuse\\n\"]\n"
                                   "}\n";
    struct buf out = {.max = sizeof expected - 1};
    UNIT_TRUE(state_table_graph(&lamp, &out));
    UNIT_TEXT(out.bytes, out.end, expected);
    buf_free(&out);
    for (size_t max = 1; max < sizeof expected - 1; max++) { /* a full buffer */
        struct buf small;
        buf_init(&small, max);
        UNIT_FALSE(state_table_graph(&lamp, &small));
        buf_free(&small);
    }
}

static void the_first_arrow_has_a_line_for_each_cause(void) {
    static const struct transition both[] = {{0, 0, 1, NULL}, {0, 1, 1, NULL}};
    static const char expected[] = "digraph lamp {\n"
                                   "  \"OFF\" -> \"ON\" "
                                   "[label=\"press\\nfuse\\n\"]\n"
                                   "}\n";
    const struct state_table two = {"lamp", states, causes, both, 2};
    struct buf out = {.max = 1000};
    UNIT_TRUE(state_table_graph(&two, &out));
    UNIT_TEXT(out.bytes, out.end, expected);
    buf_free(&out);
}

UNIT_MAIN("state_table", UNIT_TEST(a_row_is_found_by_state_and_cause),
          UNIT_TEST(the_graph_has_one_arrow_between_two_states),
          UNIT_TEST(the_first_arrow_has_a_line_for_each_cause))
