/* pages_test.c: bin/pages finds each fault of a page, and no other */
#include "packets/unit.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char bin[PATH_MAX], project[] = "/tmp/pages_test.XXXXXX";
static char output[8192]; /* of bin/pages */

/* Writes a file, and runs bin/pages on it. Returns its exit status. */
static int check_file(const char *path, const char *text) {
    char command[3 * PATH_MAX];
    FILE *f = fopen(path, "w");
    fputs(text, f);
    fclose(f);
    snprintf(command, sizeof command, "BIN=%s %s/pages %s 2>&1", bin, bin,
             path);
    f = popen(command, "r");
    size_t n = fread(output, 1, sizeof output - 1, f);
    output[n] = '\0';
    int status = pclose(f);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Runs bin/pages on a page that has a console block of these lines. Returns its
 * exit status. */
static int check(const char *block) {
    char text[1000];
    snprintf(text, sizeof text, "# 100\n\n```console\n%s```\n", block);
    return check_file("lessons/100-x.md", text);
}

#define GOOD(block) UNIT_INT(check(block), 0)
#define BAD(block, why)                                                        \
    do {                                                                       \
        UNIT_INT(check(block), 1);                                             \
        UNIT_TRUE(strstr(output, why));                                        \
        UNIT_TRUE(strstr(output, "1 failed"));                                 \
    } while (0)

static void accepts_equal_output(void) {
    GOOD("$ echo one; echo two\none\ntwo\n");
    GOOD("$ true\n$ echo x\nx\n");
    GOOD("$ printf 'to stderr\\n' >&2\nto stderr\n");
}

static void refuses_output_that_differs(void) {
    BAD("$ echo one\ntwo\n", "lessons/100-x.md:4");
    BAD("$ echo one\n", "run:  one");
    BAD("$ true\nmore\n", "run:  (no more)");
    BAD("$ printf 'a\\nb\\n'\na\n", "page: (no more)");
}

static void dots_match_any_text_and_any_lines(void) {
    GOOD("$ echo took 17 bytes\ntook ... bytes\n");
    GOOD("$ seq 100\n1\n...\n50\n...\n100\n");
    GOOD("$ seq 3\n...\n");
    BAD("$ seq 9\n1\n...\n50\n", "(no more)");
    BAD("$ echo took 17 bytes\ntook ... words\n", "took 17 bytes");
}

static void numbers_that_vary_are_not_compared(void) {
    GOOD("$ echo 127.0.0.1:40001 port 40002 took 12.5 ms pid 77\n"
         "127.0.0.1:1 port 2 took 3 ms pid 4\n");
    GOOD("$ printf 'after  1234 ms\\nafter     9 ms\\n'\n"
         "after     5 ms\nafter  6789 ms\n");
    GOOD("$ printf 'after  1234 ms, 7\\n'\nafter     ... ms, 7\n");
    BAD("$ printf 'a  5 bytes\\n'\na 5 bytes\n", "a  5 bytes");
    BAD("$ echo 12 bytes\n13 bytes\n", "12 bytes");
    BAD("$ echo 3 seconds\n4 seconds\n", "3 seconds");
}

/* Runs bin/pages on a page with two predictions and this text. */
static int check_answers(const char *text) {
    char page[1000];
    snprintf(page, sizeof page,
             "# 100\n\n## Predict\n\n1. What?\n2. Why (answer to\n   "
             "come)?\n\n## Run\n\n```console\n$ true\n```\n\n"
             "3. not a prediction\n\n%s",
             text);
    return check_file("lessons/100-x.md", page);
}

static void each_prediction_must_be_answered(void) {
    UNIT_INT(check_answers("So (answer\n   to 2), and (answer to\n1).\n"), 0);
    UNIT_INT(check_answers("Nothing. (answer to 12) (answer to 21)"), 1);
    UNIT_TRUE(strstr(output, "lessons/100-x.md:5: prediction 1 is not answered"
                             "\n"));
    UNIT_TRUE(strstr(output, "lessons/100-x.md:6: prediction 2 is not answered"
                             "\n"));
    UNIT_TRUE(strstr(output, "1 passed, 2 failed"));
    UNIT_INT(check_answers("(answer to 1) (answerto 2) (answer to2)"), 1);
    UNIT_INT(check_answers("Only this one (answer to 1).\n"), 1);
    UNIT_TRUE(strstr(output, "1 passed, 1 failed"));
}

static void a_command_must_succeed(void) {
    BAD("$ echo x; false\nx\n", "x");
    BAD("$ no_such_command\n", "not found");
    GOOD("$ false; echo \"exit $?\"\nexit 1\n");
}

/* A descriptor that the reader's shell does not have would count for
 * ulimit -n. */
static void a_command_has_three_descriptors(void) {
    int spare = dup(STDIN_FILENO);
    GOOD("$ (: <&3) 2>/dev/null || echo closed\nclosed\n");
    close(spare);
}

static void background_commands_find_those_before_them(void) {
    GOOD("$ bin/101_echo_server --port 7101 &\nlistening on 127.0.0.1:7101\n"
         "$ bin/116_relay --port 7116 --to 127.0.0.1:7101 &\n"
         "listening on 127.0.0.1:7116\n"
         "$ printf 'hello\\n' | bin/ask 127.0.0.1:7116\nhello\n");
}

static void background_commands_get_a_free_port(void) {
    GOOD("$ bin/101_echo_server --port 7101 &\nlistening on 127.0.0.1:7101\n"
         "$ bin/102_echo_client 127.0.0.1:7101 hi | tail -n 1\n...\n"
         "$ kill %1\n");
    BAD("$ echo no server &\nno server\n", "does not print");
}

static void a_job_has_the_number_that_a_shell_gives_it(void) {
    GOOD("$ bin/101_echo_server --port 7101 &\nlistening on 127.0.0.1:7101\n"
         "$ kill %1\n"
         "$ bin/101_echo_server --port 7102 &\nlistening on 127.0.0.1:7102\n"
         "$ kill %1\n");
    BAD("$ bin/101_echo_server --port 7101 &\nlistening on 127.0.0.1:7101\n"
        "$ kill %1\n"
        "$ bin/101_echo_server --port 7102 &\nlistening on 127.0.0.1:7102\n"
        "$ kill %2\n",
        "no such job");
}

static void a_page_must_be_listed_and_run_something(void) {
    UNIT_INT(check_file("lessons/200-y.md", "# 200\n\nprose\n"), 1);
    UNIT_TRUE(strstr(output, "not in lessons/README"));
    UNIT_TRUE(strstr(output, "no console block"));
}

static void a_program_must_have_a_page(void) {
    UNIT_INT(
        check_file("tcp/199_none.c",
                   "/*\n * 199\n *\n * Run         $ echo ran > ran\n */\n"),
        1);
    UNIT_TRUE(strstr(output, "has no page: lessons/199-none.md"));
    UNIT_TRUE(strstr(output, "\n1 passed, 1 failed\n"));
}

/* "0 passed, 0 failed" would look like success. */
static void elsewhere_there_is_nothing_to_run(void) {
    UNIT_INT(chdir("tcp"), 0);
    UNIT_INT(check_file("elsewhere", ""), 1);
    UNIT_INT(chdir(".."), 0);
    UNIT_TEXT(output, strlen(output),
              "pages: no lessons/ here; run it where the Makefile is\n");
}

/* Makes a project that has only directories and a table of contents, and goes
 * there. */
static int make_project(void) {
    const char *from = getenv("BIN");
    char here[PATH_MAX] = "";
    if (!from) from = "bin";
    if (*from != '/' && !getcwd(here, sizeof here - 1)) return -1;
    if (*here) strcat(here, "/");
    if (snprintf(bin, sizeof bin, "%s%s", here, from) >= PATH_MAX) return -1;
    if (!mkdtemp(project)) return -1;
    if (chdir(project) == -1 || mkdir("lessons", 0700) == -1) return -1;
    if (mkdir("tcp", 0700) == -1 || mkdir("socketio", 0700) == -1) return -1;
    FILE *f = fopen("lessons/README.md", "w");
    if (!f) return -1;
    fprintf(f, "100-x.md\n");
    return fclose(f);
}

static void remove_project(void) {
    char command[100];
    snprintf(command, sizeof command, "cd / && rm -r %s", project);
    UNIT_INT(system(command), 0);
}

static void begin(void) {
    UNIT_INT(make_project(), 0);
}

UNIT_MAIN("lessons/pages", UNIT_TEST(begin), UNIT_TEST(accepts_equal_output),
          UNIT_TEST(refuses_output_that_differs),
          UNIT_TEST(dots_match_any_text_and_any_lines),
          UNIT_TEST(numbers_that_vary_are_not_compared),
          UNIT_TEST(each_prediction_must_be_answered),
          UNIT_TEST(a_command_must_succeed),
          UNIT_TEST(a_command_has_three_descriptors),
          UNIT_TEST(background_commands_get_a_free_port),
          UNIT_TEST(a_job_has_the_number_that_a_shell_gives_it),
          UNIT_TEST(background_commands_find_those_before_them),
          UNIT_TEST(a_page_must_be_listed_and_run_something),
          UNIT_TEST(a_program_must_have_a_page),
          UNIT_TEST(elsewhere_there_is_nothing_to_run),
          UNIT_TEST(remove_project))
