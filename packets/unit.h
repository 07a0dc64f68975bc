/*
 * unit.h: assertions and a main for every *_test.c, with CUnit
 *
 *   static void adds_two_numbers(void) { UNIT_INT(1 + 2, 3); }
 *   UNIT_MAIN("example", UNIT_TEST(adds_two_numbers))
 *
 * One test file tests one module and becomes one program. A test is a function;
 * its name is a sentence, and UNIT_MAIN lists it.
 */
#ifndef PACKETS_UNIT_H
#define PACKETS_UNIT_H

#include <CUnit/Basic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "packets/exact_unit.h"

/* Assertions that print both values when they differ. Those of CUnit do not
 * print them. */
#define UNIT_INT(got, expected)                                                \
    unit_int((long long)(got), (long long)(expected), #got, __LINE__, __FILE__)
#define UNIT_TRUE(value) unit_int(!!(value), 1, #value, __LINE__, __FILE__)
#define UNIT_FALSE(value) unit_int(!!(value), 0, #value, __LINE__, __FILE__)

/* Compares n bytes with a C string, and prints both when they differ. */
#define UNIT_TEXT(got, n, expected)                                            \
    unit_text((const char *)(got), n, expected, #got, __LINE__, __FILE__)

/* Reports one assertion to CUnit. A program compiled with -DUNIT_STOP, as by
 * "make mutants", ends at the first one that fails. */
static inline void unit_report(bool is_good, const char *text, unsigned line,
                               const char *file) {
#ifdef UNIT_STOP
    if (!is_good) _Exit(EXIT_FAILURE);
#endif
    CU_assertImplementation(is_good, line, text, file, "", CU_FALSE);
}

static inline void unit_int(long long got, long long expected, const char *name,
                            unsigned line, const char *file) {
    char text[300];
    snprintf(text, sizeof text, "%s: got %lld, expected %lld", name, got,
             expected);
    unit_report(got == expected, text, line, file);
}

static inline void unit_text(const char *got, size_t n, const char *expected,
                             const char *name, unsigned line,
                             const char *file) {
    char text[900];
    bool is_equal =
        n == strlen(expected) && (n == 0 || memcmp(got, expected, n) == 0);
    snprintf(text, sizeof text, "%.100s: got \"%.*s\", expected \"%.300s\"",
             name, (int)(n > 300 ? 300 : n), got ? got : "", expected);
    unit_report(is_equal, text, line, file);
}

/* Runs a test that changes its process, in a child. run returns 0, UNIT_SKIPPED
 * or the line of the failed UNIT_EXPECT. Returns the same, but 0 after printing
 * that a test was skipped; -1: the child has crashed. */
#define UNIT_SKIPPED 1
#define UNIT_EXPECT(value)                                                     \
    do {                                                                       \
        if (!(value)) return __LINE__;                                         \
    } while (0)

static inline int unit_child(int (*run)(void), const char *name) {
    int result = -1, through[2];
    ssize_t n = -1;
    fflush(NULL);
    if (pipe(through) != 0) abort();
    pid_t child = fork();
    if (child == 0) {
        result = run();
        fflush(NULL);
        n = write(through[1], &result, sizeof result);
        _exit(n == sizeof result ? 0 : 1);
    }
    close(through[1]);
    while (n == -1) n = read(through[0], &result, sizeof result);
    close(through[0]);
    waitpid(child, NULL, 0);
    if (n == 0) result = -1; /* it has crashed */
    if (result == UNIT_SKIPPED) printf("SKIPPED: %s\n", name);
    return result == UNIT_SKIPPED ? 0 : result;
}
#define UNIT_CHILD(run) UNIT_INT(unit_child(run, #run), 0)

#define UNIT_TEST(fn)                                                          \
    { #fn, fn }

#define UNIT_MAIN(name, ...)                                                   \
    int main(void) {                                                           \
        CU_TestInfo tests[] = {__VA_ARGS__, CU_TEST_INFO_NULL};                \
        CU_SuiteInfo suites[] = {{.pName = name, .pTests = tests},             \
                                 CU_SUITE_INFO_NULL};                          \
        if (CU_initialize_registry() || CU_register_suites(suites)) return 2;  \
        CU_basic_set_mode(CU_BRM_NORMAL);                                      \
        CU_basic_run_tests();                                                  \
        unsigned failures = CU_get_number_of_failures();                       \
        CU_cleanup_registry();                                                 \
        return failures ? EXIT_FAILURE : EXIT_SUCCESS;                         \
    }

#endif
