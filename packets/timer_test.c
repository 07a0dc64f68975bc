/* timer_test.c: packets/timer.h */
#include "packets/timer.h"
#include "packets/unit.h"

static void only_due_timers_are_returned_and_in_order(void) {
    struct timers q;
    struct timer a = {0}, b = {0}, c = {0};
    timers_init(&q, 100);
    timer_start(&q, &a, 0);
    timer_start(&q, &b, 10);
    timer_start(&q, &c, 10);
    UNIT_TRUE(timers_pop_due(&q, 99) == NULL);
    UNIT_TRUE(timers_pop_due(&q, 100) == &a);
    UNIT_TRUE(timers_pop_due(&q, 100) == NULL);
    UNIT_TRUE(timers_pop_due(&q, 1000) == &b);
    UNIT_TRUE(timers_pop_due(&q, 1000) == &c);
    UNIT_TRUE(timers_empty(&q));
}

static void a_due_timer_is_stopped(void) {
    struct timers q;
    struct timer a = {0};
    timers_init(&q, 5);
    UNIT_FALSE(timer_started(&a));
    timer_start(&q, &a, 0);
    UNIT_TRUE(timer_started(&a));
    UNIT_TRUE(timers_pop_due(&q, 5) == &a);
    UNIT_FALSE(timer_started(&a));
    timer_stop(&a); /* a second time does nothing */
}

static void starting_again_counts_from_now_and_is_last(void) {
    struct timers q;
    struct timer a = {0}, b = {0};
    timers_init(&q, 10);
    timer_start(&q, &a, 0);
    timer_start(&q, &b, 1);
    timer_start(&q, &a, 2);
    UNIT_TRUE(timers_pop_due(&q, 11) == &b);
    UNIT_TRUE(timers_pop_due(&q, 11) == NULL);
    UNIT_TRUE(timers_pop_due(&q, 12) == &a);
}

static void a_timer_moves_from_queue_to_queue(void) {
    struct timers q, r;
    struct timer a = {0};
    timers_init(&q, 10);
    timers_init(&r, 20);
    timer_start(&q, &a, 0);
    timer_start(&r, &a, 0);
    UNIT_TRUE(timers_empty(&q));
    UNIT_TRUE(timers_pop_due(&r, 19) == NULL);
    UNIT_TRUE(timers_pop_due(&r, 20) == &a);
}

static void stopping_one_leaves_the_others(void) {
    struct timers q;
    struct timer t[3] = {{0}};
    timers_init(&q, 10);
    for (int i = 0; i < 3; i++) timer_start(&q, &t[i], i);
    timer_stop(&t[1]);
    UNIT_TRUE(timers_pop_due(&q, 50) == &t[0]);
    UNIT_TRUE(timers_pop_due(&q, 50) == &t[2]);
    UNIT_TRUE(timers_pop_due(&q, 50) == NULL);
}

static void the_wait_is_the_smaller_one(void) {
    struct timers q;
    struct timer a = {0};
    timers_init(&q, 100);
    UNIT_INT(timers_wait(&q, 0, -1), -1);
    UNIT_INT(timers_wait(&q, 0, 7), 7);
    timer_start(&q, &a, 0);
    UNIT_INT(timers_wait(&q, 40, -1), 60);
    UNIT_INT(timers_wait(&q, 40, 7), 7);
    UNIT_INT(timers_wait(&q, 40, 0), 0);
    UNIT_INT(timers_wait(&q, 95, 7), 5);
    UNIT_INT(timers_wait(&q, 500, -1), 0); /* it was due long ago */
    timer_start(&q, &a, INT64_MAX / 2);
    UNIT_INT(timers_wait(&q, 0, -1), INT32_MAX);
}

UNIT_MAIN("packets/timer", UNIT_TEST(only_due_timers_are_returned_and_in_order),
          UNIT_TEST(a_due_timer_is_stopped),
          UNIT_TEST(starting_again_counts_from_now_and_is_last),
          UNIT_TEST(a_timer_moves_from_queue_to_queue),
          UNIT_TEST(stopping_one_leaves_the_others),
          UNIT_TEST(the_wait_is_the_smaller_one))
