/*
 * unit.h: the few lines every *_test.c shares, on top of CUnit
 *
 * One test file, one module, one executable. A test is a function whose name
 * is a sentence; list it in UNIT_MAIN and it runs.
 */
#ifndef PACKETS_UNIT_H
#define PACKETS_UNIT_H

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* CUnit reports only that two values differ. These say what they were. */
#define UNIT_INT(got, want)                                                    \
    unit_int((long long)(got), (long long)(want), #got, __LINE__, __FILE__)
#define UNIT_TRUE(what) unit_int(!!(what), 1, #what, __LINE__, __FILE__)
#define UNIT_FALSE(what) unit_int(!!(what), 0, #what, __LINE__, __FILE__)

/* Compares n bytes with a text; both are shown when they differ. */
#define UNIT_TEXT(got, n, want)                                                \
    unit_text((const char *)(got), n, want, #got, __LINE__, __FILE__)

static inline void unit_int(long long got, long long want, const char *what,
                            unsigned line, const char *file) {
    char text[300];
    snprintf(text, sizeof text, "%s: got %lld, want %lld", what, got, want);
    CU_assertImplementation(got == want, line, text, file, "", CU_FALSE);
}

static inline void unit_text(const char *got, size_t n, const char *want,
                             const char *what, unsigned line,
                             const char *file) {
    char text[900];
    int same = n == strlen(want) && (n == 0 || memcmp(got, want, n) == 0);
    snprintf(text, sizeof text, "%.100s: got \"%.*s\", want \"%.300s\"", what,
             (int)(n > 300 ? 300 : n), got ? got : "", want);
    CU_assertImplementation(same, line, text, file, "", CU_FALSE);
}

/* A heap copy of exactly n bytes, so that AddressSanitizer sees a read of even
 * one byte too many. The caller frees it. */
static inline void *unit_exact(const void *bytes, size_t n) {
    void *copy = malloc(n ? n : 1);
    if (!copy) abort();
    return n ? memcpy(copy, bytes, n) : copy;
}

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
