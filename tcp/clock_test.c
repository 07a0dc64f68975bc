/* clock_test.c: tcp/clock.h */
#include "packets/unit.h"
#include "tcp/clock.h"

#include <signal.h>
#include <sys/time.h>

static void both_units_are_of_one_clock(void) {
    int64_t before = clock_ms(), us = clock_us(), after = clock_ms();
    UNIT_TRUE(before <= us / 1000);
    UNIT_TRUE(us / 1000 <= after);
}

static void a_time_that_has_passed_is_not_waited_for(void) {
    int64_t before = clock_us();
    clock_sleep_until(0);
    clock_sleep_until(before - 1);
    UNIT_TRUE(clock_us() - before < 1000000);
}

static void on_alarm(int signal_number) {
    (void)signal_number;
}

/* EINTR: the handler runs in the middle of the sleep. */
static void a_signal_does_not_end_the_sleep(void) {
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval soon = {.it_value = {.tv_usec = 2000}}, none = {0};
    sigaction(SIGALRM, &action, NULL);
    int64_t end = clock_us() + 20000;
    setitimer(ITIMER_REAL, &soon, NULL);
    clock_sleep_until(end);
    UNIT_TRUE(clock_us() >= end);
    setitimer(ITIMER_REAL, &none, NULL);
}

UNIT_MAIN("tcp/clock", UNIT_TEST(both_units_are_of_one_clock),
          UNIT_TEST(a_time_that_has_passed_is_not_waited_for),
          UNIT_TEST(a_signal_does_not_end_the_sleep))
