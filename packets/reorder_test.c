/* reorder_test.c: packets/reorder.h */
#include "packets/reorder.h"
#include "packets/unit.h"

static uint8_t memory[200];
static struct reorder queue;
static char text[201];

static void init(size_t n) {
    reorder_init(&queue, (struct span){memory, n});
}

static size_t insert(size_t offset, const char *bytes) {
    size_t n = strlen(bytes);
    void *exact = unit_exact(bytes, n);
    size_t in_order = reorder_insert(&queue, offset, (struct span){exact, n});
    free(exact);
    return in_order;
}

static void expect(const char *expected) {
    size_t n = reorder_read(&queue, (uint8_t *)text, sizeof text);
    UNIT_TEXT(text, n, expected);
}

static void a_gap_holds_back_the_bytes_after_it(void) {
    init(10);
    UNIT_INT(insert(2, "cd"), 0);
    expect("");
    UNIT_INT(insert(6, "gh"), 0);
    UNIT_INT(insert(0, "ab"), 4);
    expect("abcd");
    UNIT_INT(queue.early_count, 1);
    UNIT_INT(insert(0, "ef"), 4);
    expect("efgh");
    UNIT_INT(queue.early_count, 0);
}

/* All 24 orders of four pieces. */
static void every_order_gives_the_same_stream(void) {
    static const char *const pieces[] = {"ab", "cde", "f", "ghij"};
    static const size_t at[] = {0, 2, 5, 6};
    for (int order = 0; order < 256; order++) {
        int used = 0;
        size_t done = 0;
        for (int k = 0; k < 4; k++) used |= 1 << (order >> 2 * k & 3);
        if (used != 15) continue;
        init(10);
        for (int k = 0; k < 4; k++) {
            int i = order >> 2 * k & 3;
            done += insert(at[i] - done, pieces[i]);
        }
        UNIT_INT(done, 10);
        expect("abcdefghij");
    }
}

static void overlaps_and_duplicates_are_joined(void) {
    init(20);
    insert(4, "ef");
    insert(8, "ij");
    insert(4, "ef");
    UNIT_INT(queue.early_count, 2);
    insert(3, "defghi"); /* covers the first, and touches the second */
    UNIT_INT(queue.early_count, 1);
    UNIT_INT(queue.early[0].start, 3);
    UNIT_INT(queue.early[0].end, 10);
    insert(6, "g"); /* inside */
    UNIT_INT(queue.early[0].end, 10);
    UNIT_INT(insert(0, "abcde"), 10); /* reaches into it */
    expect("abcdefghij");
    UNIT_INT(insert(0, "k"), 1);
    expect("k");
}

static void touching_ranges_are_one(void) {
    init(20);
    insert(2, "c");
    insert(4, "e");
    insert(3, "d");
    UNIT_INT(queue.early_count, 1);
    insert(1, "b");
    UNIT_INT(queue.early_count, 1);
    UNIT_INT(queue.early[0].start, 1);
    UNIT_INT(insert(0, "a"), 5);
}

static void bytes_that_do_not_fit_are_cut_off(void) {
    init(6);
    UNIT_INT(insert(6, "x"), 0);
    UNIT_INT(insert(7, "x"), 0);
    UNIT_INT(insert(4, "efgh"), 0);
    UNIT_INT(insert(0, "abcdefgh"), 6);
    UNIT_INT(reorder_space(&queue), 0);
    UNIT_INT(insert(0, "g"), 0);
    UNIT_INT(reorder_read(&queue, (uint8_t *)text, 2), 2);
    UNIT_INT(insert(0, "gh"), 2);
    expect("cdefgh");
}

static void a_full_list_refuses_a_further_gap(void) {
    init(200);
    for (size_t i = 0; i < REORDER_RANGES; i++)
        UNIT_INT(insert(2 + 2 * i, "x"), 0);
    UNIT_INT(queue.early_count, REORDER_RANGES);
    UNIT_INT(insert(4 + 2 * REORDER_RANGES, "y"), 0);
    UNIT_INT(queue.early_count, REORDER_RANGES);
    insert(3, "z"); /* joins two: there is an entry again */
    UNIT_INT(queue.early_count, REORDER_RANGES - 1);
    insert(4 + 2 * REORDER_RANGES, "y");
    UNIT_INT(queue.early_count, REORDER_RANGES);
    UNIT_INT(insert(0, "ab"), 5); /* ends the first range */
    expect("abxzx");
}

static void a_full_list_accepts_what_is_in_order(void) {
    init(200);
    for (size_t i = 0; i < REORDER_RANGES; i++) insert(3 + 2 * i, "x");
    UNIT_INT(insert(0, "ab"), 2); /* the third one is still missing */
    UNIT_INT(queue.early_count, REORDER_RANGES);
    for (size_t i = 0; i < REORDER_RANGES; i++)
        UNIT_INT(queue.early[i].start, 1 + 2 * i);
    UNIT_INT(insert(0, "c"), 2);
    expect("abcx");
}

UNIT_MAIN("reorder", UNIT_TEST(a_gap_holds_back_the_bytes_after_it),
          UNIT_TEST(every_order_gives_the_same_stream),
          UNIT_TEST(overlaps_and_duplicates_are_joined),
          UNIT_TEST(touching_ranges_are_one),
          UNIT_TEST(bytes_that_do_not_fit_are_cut_off),
          UNIT_TEST(a_full_list_refuses_a_further_gap),
          UNIT_TEST(a_full_list_accepts_what_is_in_order))
