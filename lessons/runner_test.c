/* runner_test.c: lessons/test.sh and lessons/fuzz.sh count what passes and what
 * fails in any way */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include "packets/unit.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

static char scripts[PATH_MAX], project[] = "/tmp/runner_test.XXXXXX";
static char output[8192]; /* of a script */

/* Makes a project that has nothing yet, and goes there. */
static void begin(void) {
    char here[PATH_MAX - 20];
    UNIT_TRUE(getcwd(here, sizeof here) != NULL);
    snprintf(scripts, sizeof scripts, "%s/lessons", here);
    if (!mkdtemp(project) || chdir(project) == -1) abort();
    UNIT_INT(mkdir("tcp", 0700), 0);
    UNIT_INT(mkdir("lessons", 0700), 0);
}

/* Writes a test, which is a script of the shell. */
static void write_test(const char *name, const char *commands) {
    FILE *f = fopen(name, "w");
    if (!f) abort();
    fprintf(f, "#!/bin/sh\n%s\n", commands);
    fclose(f);
    UNIT_INT(chmod(name, 0700), 0);
}

/* Runs a script, with something in the environment. Returns the exit status. */
static int run(const char *environment, const char *script,
               const char *arguments) {
    char command[3 * PATH_MAX];
    snprintf(command, sizeof command, "BIN=none %s %s/%s %s 2>&1", environment,
             scripts, script, arguments);
    FILE *f = popen(command, "r");
    if (!f) abort();
    output[fread(output, 1, sizeof output - 1, f)] = '\0';
    int status = pclose(f);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_tests(const char *environment, const char *tests) {
    return run(environment, "test.sh", tests);
}

/* Is this the last line of the output? */
static bool ends_with(const char *line) {
    size_t n = strlen(output), m = strlen(line);
    return n >= m && strcmp(output + n - m, line) == 0;
}

#define PASS "echo tests 9 9 2 0 0"

static void passes_are_added_up(void) {
    write_test("tcp/a_test", PASS);
    write_test("tcp/b_test", "echo '3 passed, 0 failed'");
    write_test("tcp/c_sim", "echo \"$*\" >seeds");
    UNIT_INT(run_tests("SEEDS=7", "tcp/a_test tcp/b_test tcp/c_sim"), 0);
    UNIT_TRUE(ends_with("6 passed, 0 failed\n"));
    UNIT_INT(system("grep -qx -e '--seeds 7' seeds"), 0);
}

static void each_way_to_fail_is_noticed(void) {
    static const struct {
        const char *name, *commands, *expected;
    } rows[] = {
        {"tcp/a_test", "echo tests 5 5 0 4 0; exit 1", "   0 passed, 4 FAILED"},
        {"tcp/b_test", "echo tests 5 5 2 3 0", "   2 passed, 3 FAILED"},
        {"tcp/c_test", PASS "; exit 3", "   2 passed, 1 FAILED"},
        {"tcp/d_test", "true # counts nothing", "   0 passed, 1 FAILED"},
        {"tcp/e_test", "echo 0 passed, 0 failed", "   0 passed, 1 FAILED"},
        {"tcp/f_test", "kill -9 $$ # crashes", "   0 passed, 1 FAILED"},
        {"tcp/g_test", "exec sleep 20 # hangs", "   0 passed, 1 FAILED"},
        {"tcp/h_test", "sleep 20 & wait; " PASS, "   0 passed, 1 FAILED"},
        {"tcp/i_test", "trap '' TERM; sleep 20 & wait; sleep 20",
         "   0 passed, 1 FAILED"},
        {"tcp/j_test", "kill -9 $PPID # ends its limit",
         "   0 passed, 1 FAILED"},
        {"tcp/k_test", "not_a_command", "   0 passed, 1 FAILED"},
        {"tcp/l_test", PASS, "   2 passed\n"},
    };
    char tests[500] = "";
    const char *at = output;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_test(rows[i].name, rows[i].commands);
        strcat(strcat(tests, " "), rows[i].name);
    }
    UNIT_INT(run_tests("LIMIT=1", tests), 1);
    UNIT_TRUE(ends_with("\n6 passed, 16 failed\n"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        at = strstr(at, rows[i].name);
        UNIT_TRUE(at != NULL);
        if (!at) return;
        at = strstr(at, " ms ") + 4;
        UNIT_TEXT(at, strlen(rows[i].expected), rows[i].expected);
    }
}

static void the_output_of_a_failed_test_is_printed(void) {
    write_test("tcp/a_test", "echo this is quiet; " PASS);
    write_test("tcp/x_test", "echo expected 1; echo SKIPPED: y; exit 1");
    UNIT_INT(run_tests("", "tcp/a_test tcp/x_test"), 1);
    UNIT_TRUE(strstr(output, "expected 1\n") != NULL);
    UNIT_TRUE(strstr(output, "SKIPPED: y\n") != NULL);
    UNIT_TRUE(strstr(output, ", 1 FAILED, exit status 1\n") != NULL);
    UNIT_TRUE(strstr(output, "this is quiet") == NULL);
}

static bool a_is_before_b(void) {
    const char *a = strstr(output, "tcp/a_test"),
               *b = strstr(output, "tcp/b_test");
    return a && b && a < b;
}

/* The first one ends only when the second one has begun. */
static void tests_run_side_by_side_and_are_printed_in_their_order(void) {
    write_test("tcp/a_test", "mkfifo both; cat both >/dev/null; " PASS);
    write_test("tcp/b_test", "until [ -p both ]; do :; done; : >both; " PASS);
    UNIT_INT(run_tests("JOBS=2", "tcp/a_test tcp/b_test"), 0);
    UNIT_TRUE(a_is_before_b());
    UNIT_INT(unlink("both"), 0);
}

static void one_that_runs_alone_begins_when_all_others_have_ended(void) {
    const char marker[] = "TEST_"
                          "ALONE: why"; /* not one of this file */
    write_test("tcp/b_test.c", marker);
    write_test("tcp/a_test", "touch has_ended; " PASS);
    write_test("tcp/b_test", "[ -e has_ended ] && " PASS);
    UNIT_INT(run_tests("JOBS=9", "tcp/b_test tcp/a_test"), 0);
    UNIT_TRUE(a_is_before_b());
    UNIT_INT(unlink("tcp/b_test.c"), 0);
}

static void an_emulator_runs_the_tests(void) {
    write_test("tcp/a_test", PASS);
    write_test("emulator", "touch has_run; exec \"$@\"");
    UNIT_INT(run_tests("RUN=./emulator", "tcp/a_test"), 0);
    UNIT_INT(unlink("has_run"), 0);
}

/* Only a terminal gets the counter: what is read from a pipe has no line of it
 * (run_tests). */
static void on_a_terminal_it_counts_those_that_have_ended(void) {
    char command[2 * PATH_MAX];
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    UNIT_TRUE(master != -1 && grantpt(master) == 0 && unlockpt(master) == 0);
    write_test("tcp/a_test", PASS);
    snprintf(command, sizeof command,
             "BIN=none %s/test.sh tcp/a_test tcp/a_test >%s", scripts,
             ptsname(master));
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY); /* keeps it up */
    UNIT_INT(system(command), 0);
    size_t all = 0; /* one read may return only a part */
    UNIT_INT(fcntl(master, F_SETFL, O_NONBLOCK), 0);
    for (ssize_t n = 1; n > 0; all += n > 0 ? (size_t)n : 0)
        n = read(master, output + all, sizeof output - 1 - all);
    output[all] = '\0';
    UNIT_INT(strncmp(output, "0 of 2 have ended\r", 18), 0);
    UNIT_TRUE(strstr(output, "\r1 of 2 have ended\r") ||
              strstr(output, "\n1 of 2 have ended\r"));
    UNIT_TRUE(strstr(output, "2 of 2 have ended\r"));
    UNIT_TRUE(ends_with("\r4 passed, 0 failed\r\n"));
    close(terminal);
    close(master);
    UNIT_INT(run_tests("", "tcp/a_test"), 0);
    UNIT_TRUE(strstr(output, "have ended") == NULL);
}

static void without_a_test_it_fails(void) {
    UNIT_INT(run_tests("", ""), 1);
    UNIT_TRUE(ends_with("0 passed, 0 failed\n"));
}

/* A target that is broken is a script here, as a test is. */
static void fuzz_targets_that_fail_are_named_last(void) {
    static const struct {
        const char *name, *commands;
    } rows[] = {
        {"a_fuzz", "echo '#5 DONE cov: 7 ft: 9'"},
        {"b_fuzz", "echo a rule is broken; echo 'artifact_prefix=x; Test unit "
                   "written to build/fuzz/tcp/b_fuzz.crash-1'; exit 77"},
        {"c_fuzz", "echo '#6 DONE cov: 8 ft: 9'"},
        {"d_fuzz", "echo no more memory; exit 255"},
        {"e_fuzz", "kill -9 $$"},
        {"f_fuzz", "sleep 0.2; echo '#7 DONE cov: 9 ft: 9'"},
    };
    static const char *const last[] = {
        "tcp/f_fuzz                       7 inputs, cov: 9, ",
        "\na rule is broken\n",
        "\ntcp/b_fuzz: FAILED, exit status 77, output in "
        "build/fuzz/tcp/b_fuzz.log, input in build/fuzz/tcp/b_fuzz.crash-1\n",
        "\nno more memory\n",
        "\ntcp/d_fuzz: FAILED, exit status 255, output in "
        "build/fuzz/tcp/d_fuzz.log, input in no file\n",
        "\ntcp/e_fuzz: FAILED, exit status 137, ",
        "\n3 passed, 3 failed\n"};
    char targets[300] = "", name[60];
    UNIT_INT(system("mkdir -p build/fuzz/tcp"), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(name, sizeof name, "tcp/%s.c", rows[i].name);
        write_test(name, "");
        snprintf(name, sizeof name, "build/fuzz/tcp/%s", rows[i].name);
        write_test(name, rows[i].commands);
        strcat(strcat(targets, " "), name);
    }
    UNIT_INT(run("SECONDS=1", "fuzz.sh", targets), 1);
    UNIT_TRUE(ends_with("\n3 passed, 3 failed\n"));
    const char *at = output;
    for (size_t i = 0; at && i < sizeof last / sizeof *last; i++) {
        at = strstr(at, last[i]);
        UNIT_TRUE(at != NULL);
    }
    UNIT_INT(run("", "fuzz.sh", "build/fuzz/tcp/a_fuzz"), 0);
    UNIT_TRUE(ends_with("\n1 passed, 0 failed\n"));
    UNIT_INT(run("", "fuzz.sh", ""), 1);
    UNIT_TRUE(ends_with("0 passed, 0 failed\n"));
}

/* A test that was built writes its inputs to a directory, with which the fuzz
 * target begins. */
static void a_fuzz_target_begins_with_the_inputs_of_its_test(void) {
    UNIT_INT(system("mkdir -p build/cc/tcp build/fuzz/tcp"), 0);
    write_test("tcp/g_fuzz.c", "");
    write_test("build/cc/tcp/g_test", "echo input >$CORPUS/1");
    write_test(
        "build/fuzz/tcp/g_fuzz",
        "for last; do :; done; cat $last/1; echo '#5 DONE cov: 7 ft: 9'");
    UNIT_INT(run("", "fuzz.sh", "build/fuzz/tcp/g_fuzz"), 0);
    UNIT_INT(system("grep -qx input build/fuzz/tcp/g_fuzz.log"), 0);
}

static void remove_project(void) {
    char command[100];
    snprintf(command, sizeof command, "cd / && rm -r %s", project);
    UNIT_INT(system(command), 0);
}

UNIT_MAIN("lessons/test.sh, fuzz.sh", UNIT_TEST(begin),
          UNIT_TEST(passes_are_added_up),
          UNIT_TEST(each_way_to_fail_is_noticed),
          UNIT_TEST(the_output_of_a_failed_test_is_printed),
          UNIT_TEST(tests_run_side_by_side_and_are_printed_in_their_order),
          UNIT_TEST(one_that_runs_alone_begins_when_all_others_have_ended),
          UNIT_TEST(an_emulator_runs_the_tests),
          UNIT_TEST(on_a_terminal_it_counts_those_that_have_ended),
          UNIT_TEST(without_a_test_it_fails),
          UNIT_TEST(fuzz_targets_that_fail_are_named_last),
          UNIT_TEST(a_fuzz_target_begins_with_the_inputs_of_its_test),
          UNIT_TEST(remove_project))
