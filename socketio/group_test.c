/* group_test.c: socketio/group.h */
#include "packets/unit.h"
#include "socketio/group.h"

static struct groups groups;
static uint32_t lists[8]; /* of members 0 to 7 */

static void start(uint32_t max_records) {
    groups_init(&groups, 3, max_records);
    memset(lists, 0, sizeof lists);
}

/* The members of a group as digits, in order of their numbers. */
static const char *members(uint32_t group) {
    static char text[20];
    bool is_in[10] = {false};
    uint32_t record = 0, member, n = 0;
    while (groups_next(&groups, group, &record, &member)) {
        UNIT_FALSE(is_in[member]); /* no member twice */
        is_in[member] = true;
    }
    for (uint32_t i = 0; i < 10; i++)
        if (is_in[i]) text[n++] = (char)('0' + i);
    text[n] = '\0';
    return text;
}

static bool join(uint32_t member, uint32_t group) {
    return groups_join(&groups, &lists[member], member, group);
}

#define MEMBERS(group, expected)                                               \
    UNIT_TEXT(members(group), strlen(members(group)), expected)

static void a_member_may_be_in_any_number_of_groups(void) {
    start(10);
    MEMBERS(0, "");
    for (uint32_t i = 0; i < 3; i++) UNIT_TRUE(join(7, i));
    UNIT_TRUE(join(4, 1));
    UNIT_TRUE(join(2, 1));
    MEMBERS(0, "7");
    MEMBERS(1, "247");
    MEMBERS(2, "7");
    groups_free(&groups);
}

static void joining_twice_or_leaving_another_group_changes_nothing(void) {
    start(10);
    join(1, 0);
    UNIT_TRUE(join(1, 0));
    MEMBERS(0, "1");
    groups_leave(&groups, &lists[1], 1);
    groups_leave(&groups, &lists[2], 0);
    MEMBERS(0, "1");
    groups_leave(&groups, &lists[1], 0);
    MEMBERS(0, "");
    UNIT_INT(lists[1], 0);
    groups_free(&groups);
}

/* The first, the last and one between, in every order. */
static void members_leave_in_any_order(void) {
    static const uint8_t orders[6][3] = {{1, 2, 3}, {1, 3, 2}, {2, 1, 3},
                                         {2, 3, 1}, {3, 1, 2}, {3, 2, 1}};
    for (int i = 0; i < 6; i++) {
        start(10);
        for (uint32_t m = 1; m <= 3; m++) {
            join(m, 0);
            join(m, 1);
        }
        for (int k = 0; k < 3; k++) {
            char expected[4] = "";
            groups_leave(&groups, &lists[orders[i][k]], 0);
            for (uint32_t m = 1, n = 0; m <= 3; m++) {
                bool is_gone = false;
                for (int j = 0; j <= k; j++) is_gone |= orders[i][j] == m;
                if (!is_gone) expected[n++] = (char)('0' + m);
            }
            MEMBERS(0, expected);
        }
        MEMBERS(1, "123");
        groups_free(&groups);
    }
}

static void leaving_all_groups_leaves_the_others_in_theirs(void) {
    start(10);
    for (uint32_t g = 0; g < 3; g++) {
        join(1, g);
        join(2, g);
    }
    groups_leave_all(&groups, &lists[1]);
    for (uint32_t g = 0; g < 3; g++) MEMBERS(g, "2");
    groups_leave_all(&groups, &lists[1]);
    groups_free(&groups);
}

static void records_are_limited_and_used_again(void) {
    start(2);
    for (int i = 0; i < 5; i++) {
        UNIT_TRUE(join(1, 0));
        UNIT_TRUE(join(2, 0));
        UNIT_FALSE(join(3, 0));
        MEMBERS(0, "12");
        groups_leave_all(&groups, &lists[i % 2 ? 1 : 2]);
        UNIT_TRUE(join(3, 1));
        MEMBERS(1, "3");
        for (int m = 1; m <= 3; m++) groups_leave_all(&groups, &lists[m]);
    }
    groups_free(&groups);
}

static void a_member_knows_its_groups(void) {
    start(10);
    uint32_t group, seen = 0;
    join(7, 0);
    join(7, 2);
    join(4, 1);
    UNIT_TRUE(groups_has(&groups, lists[7], 0));
    UNIT_FALSE(groups_has(&groups, lists[7], 1));
    UNIT_TRUE(groups_has(&groups, lists[7], 2));
    UNIT_FALSE(groups_has(&groups, lists[3], 0));
    join(7, 1);
    for (uint32_t next = lists[7]; groups_next_of(&groups, &next, &group);) {
        seen |= 1u << group;
        groups_leave(&groups, &lists[7], group); /* meanwhile */
    }
    UNIT_INT(seen, 7);
    UNIT_INT(lists[7], 0);
    groups_free(&groups);
}

UNIT_MAIN("socketio/group", UNIT_TEST(a_member_may_be_in_any_number_of_groups),
          UNIT_TEST(joining_twice_or_leaving_another_group_changes_nothing),
          UNIT_TEST(members_leave_in_any_order),
          UNIT_TEST(leaving_all_groups_leaves_the_others_in_theirs),
          UNIT_TEST(a_member_knows_its_groups),
          UNIT_TEST(records_are_limited_and_used_again))
