/* options_test.c: the command line, and what a server prints */
#include "packets/output_unit.h"
#include "packets/unit.h"
#include "tcp/acceptor.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/limits.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define USAGE                                                                  \
    "usage: 999_test [--host ADDR] [--port N] [--wait MS] [--loud] [--limits]"

static const char *host;
static uint32_t port, wait_ms;
static bool loud;
static const struct limit limits[] = {{"LIMIT_A", 7, "bytes", "close"},
                                      {"LIMIT_B", 4000000000u, "ms", "drop"},
                                      {0}};
static const struct option_row options[] = {
    OPTION_HOST(&host),
    OPTION_PORT(&port),
    OPTION_NUMBER("--wait", "MS", "how long", &wait_ms, 10, 4294967295u),
    OPTION_FLAG("--loud", "say more", &loud),
    OPTION_LIMITS(limits),
    OPTION_END,
};

static char printed[4000]; /* what was printed */

/* Runs options_parse_operands on words, which a NULL ends; printed is what was
 * printed on fd. */
static int run(char **words, int fd, int operands, const char *shown) {
    int argc = 0;
    while (words[argc]) argc++;
    host = "127.0.0.1";
    port = 7999;
    wait_ms = 25;
    loud = false;
    begin_output(fd);
    int status = options_parse_operands(argc, words, options, operands, shown);
    end_output(printed, sizeof printed);
    return status;
}

static void options_are_read_into_their_places(void) {
    char *none[] = {"bin/999_test", NULL};
    UNIT_INT(run(none, STDERR_FILENO, 0, ""), -1);
    UNIT_INT(port, 7999);
    UNIT_INT(wait_ms, 25);
    char *all[] = {"bin/999_test", "--wait", "4294967295", "--loud", "--host",
                   "::1",          "--port", "0",          NULL};
    UNIT_INT(run(all, STDERR_FILENO, 0, ""), -1);
    UNIT_TEXT(host, strlen(host), "::1");
    UNIT_INT(port, 0);
    UNIT_INT(wait_ms, 4294967295u);
    UNIT_TRUE(loud);
    UNIT_TEXT(printed, strlen(printed), "");
}

static void a_number_is_digits_within_its_bounds(void) {
    static char *const good[] = {"0", "1", "65535", "007"};
    static char *const bad[] = {"",           "+5",
                                "-5",         "5x",
                                " 5",         "5 ",
                                "0x10",       "65536",
                                "4294967296", "18446744073709551617",
                                "--",         "655350",
                                "1e3",        "99999999999999999999999999",
                                "1:",         "1/"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char *words[] = {"999_test", "--port", good[i], NULL};
        UNIT_INT(run(words, STDERR_FILENO, 0, ""), -1);
        UNIT_INT(port, atoi(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *words[] = {"x/999_test", "--port", bad[i], NULL};
        char expected[300];
        snprintf(
            expected, sizeof expected,
            "999_test: --port needs a number from 0 to 65535, not '%s'; " USAGE
            "\n",
            bad[i]);
        UNIT_INT(run(words, STDERR_FILENO, 0, ""), 2);
        UNIT_TEXT(printed, strlen(printed), expected);
        UNIT_INT(port, 7999);
    }
    char *nine[] = {"999_test", "--wait", "9", NULL};
    UNIT_INT(run(nine, STDERR_FILENO, 0, ""), 2);
    char *ten[] = {"999_test", "--wait", "10", NULL};
    UNIT_INT(run(ten, STDERR_FILENO, 0, ""), -1);
}

static void a_choice_is_one_of_its_words(void) {
    static const char *const words[] = {
        "red", "green", "blue", "re", "reds", "gree", "", "red|green", "|"};
    uint32_t colour = 7;
    const struct option_row rows[] = {
        OPTION_CHOICE("--colour", "red|green|blue", "which", &colour),
        OPTION_END};
    for (uint32_t i = 0; i < sizeof words / sizeof *words; i++) {
        char word[20];
        snprintf(word, sizeof word, "%s", words[i]);
        char *line[] = {"999_test", "--colour", word, NULL};
        colour = 7;
        begin_output(STDERR_FILENO);
        int status = options_parse(3, line, rows);
        end_output(printed, sizeof printed);
        UNIT_INT(status, i < 3 ? -1 : 2);
        UNIT_INT(colour, i < 3 ? i : 7);
    }
}

static void what_is_wrong_is_one_line_and_status_2(void) {
    struct {
        char *words[5];
        int operands;
        const char *shown, *expected;
    } cases[] = {
        {{"/a/999_test", "--lod"},
         0,
         "",
         "999_test: unknown option '--lod'; " USAGE "\n"},
        {{"999_test", "-p"},
         0,
         NULL,
         "999_test: unknown option '-p'; " USAGE "\n"},
        {{"999_test", "--port"},
         0,
         "",
         "999_test: --port needs N; " USAGE "\n"},
        {{"999_test", "more"},
         0,
         "",
         "999_test: unexpected operand 'more'; " USAGE "\n"},
        {{"999_test", "--loud"},
         1,
         "URL",
         "999_test: an operand is missing; " USAGE " URL\n"},
        {{"999_test"},
         2,
         "URL [TEXT]",
         "999_test: an operand is missing; try 999_test --help\n"},
        {{"999_test", "a", "b", "c"},
         2,
         "URL [TEXT]",
         "999_test: unexpected operand 'c'; try 999_test --help\n"},
        /* 79 characters fit into a line of a terminal, 80 do not. */
        {{"999_test"},
         1,
         "123456",
         "999_test: an operand is missing; " USAGE " 123456\n"},
        {{"999_test"},
         1,
         "1234567",
         "999_test: an operand is missing; try 999_test --help\n"},
        {{"999_test", "3000"},
         0,
         "",
         "999_test: unexpected operand '3000'; did you mean --port 3000?\n"},
        {{"999_test"},
         1,
         "U[RL]", /* in a word it is no operand that may be missing */
         "999_test: an operand is missing; " USAGE " U[RL]\n"},
        {{"999_test", "65536"},
         0,
         "",
         "999_test: unexpected operand '65536'; " USAGE "\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_INT(run(cases[i].words, STDERR_FILENO, cases[i].operands,
                     cases[i].shown),
                 2);
        UNIT_TEXT(printed, strlen(printed), cases[i].expected);
    }
}

static void operands_move_to_the_front(void) {
    char *words[] = {"999_test", "--loud", "url",   "--port",
                     "1",        "--",     "-text", NULL};
    UNIT_INT(run(words, STDERR_FILENO, 2, "URL [TEXT]"), -1);
    UNIT_TEXT(words[1], strlen(words[1]), "url");
    UNIT_TEXT(words[2], strlen(words[2]), "-text");
    UNIT_TRUE(words[3] == NULL);
    char *fewer[] = {"999_test", "--loud", "-", NULL};
    UNIT_INT(run(fewer, STDERR_FILENO, 2, "URL [TEXT]"), -1);
    UNIT_TEXT(fewer[1], strlen(fewer[1]), "-");
    UNIT_TRUE(fewer[2] == NULL);
    char *optional[] = {"999_test", "--loud", NULL};
    UNIT_INT(run(optional, STDERR_FILENO, 1, "[TEXT]"), -1);
    UNIT_TRUE(optional[1] == NULL);
}

/* execve(2) allows argc to be 0. */
static void a_program_may_have_no_arguments_not_even_its_name(void) {
    char *after[] = {NULL, "environment"};
    UNIT_INT(options_parse_operands(0, after + 1, options, 1, "[TEXT]"), -1);
    UNIT_TEXT(after[1], strlen(after[1]), "environment");
    UNIT_TEXT(options_program(), strlen(options_program()), "999_test");
}

static void no_descriptor_is_left_open(void) {
    char *words[] = {"999_test", NULL};
    int lowest = lowest_descriptor();
    UNIT_INT(options_parse(1, words, options), -1);
    UNIT_INT(lowest_descriptor(), lowest);
}

static void help_shows_each_option_and_its_default(void) {
    char *words[] = {"999_test", "--help", NULL};
    UNIT_INT(run(words, STDOUT_FILENO, 1, "URL"), 0);
    UNIT_TEXT(printed, strlen(printed),
              USAGE
              " URL\n"
              "  --host ADDR            address to listen at (127.0.0.1)\n"
              "  --port N               port, 0: any free one (7999)\n"
              "  --wait MS              how long (25)\n"
              "  --loud                 say more\n"
              "  --limits               print every limit and end\n");
}

static void a_long_usage_becomes_one_line(void) {
    char *words[] = {"999_test", "--help", NULL};
    UNIT_INT(run(words, STDOUT_FILENO, 2, "URL [TEXT]"), 0);
    const char expected[] = "usage: 999_test [OPTION...] URL [TEXT]\n  --host ";
    UNIT_TEXT(printed, sizeof expected - 1, expected);
}

/* Without the operands, too. */
static void long_options_become_one_word(void) {
    bool flag = false;
    const struct option_row rows[] = {
        OPTION_FLAG("--first-option-that-has-a-long-name", "1", &flag),
        OPTION_FLAG("--second-option-that-has-a-long-name", "2", &flag),
        OPTION_FLAG("--third-option-that-has-a-long-name", "3", &flag),
        OPTION_END,
    };
    char *words[] = {"999_test", "--help", NULL};
    begin_output(STDOUT_FILENO);
    UNIT_INT(options_parse(2, words, rows), 0);
    end_output(printed, sizeof printed);
    const char expected[] = "usage: 999_test [OPTION...]\n  --first-option-";
    UNIT_TEXT(printed, sizeof expected - 1, expected);
}

static void an_experiment_has_one_option(void) {
    bool wrong = false;
    char *none[] = {"888_test", NULL};
    UNIT_INT(options_experiment(1, none, "too early", &wrong), -1);
    UNIT_FALSE(wrong);
    char *given[] = {"888_test", "--break", NULL};
    UNIT_INT(options_experiment(2, given, "too early", &wrong), -1);
    UNIT_TRUE(wrong);
    char *bad[] = {"888_test", "--port", NULL};
    begin_output(STDERR_FILENO);
    int status = options_experiment(2, bad, "too early", &wrong);
    end_output(printed, sizeof printed);
    UNIT_INT(status, 2);
    UNIT_TEXT(printed, strlen(printed),
              "888_test: unknown option '--port'; usage: 888_test [--break]\n");
}

static void limits_are_a_line_each(void) {
    char *words[] = {"999_test", "--limits", NULL};
    UNIT_INT(run(words, STDOUT_FILENO, 0, ""), 0);
    UNIT_TEXT(printed, strlen(printed),
              "LIMIT_A                             7 bytes      close\n"
              "LIMIT_B                      4000000000 ms         drop\n");
}

static void says_where_it_listens_and_when_a_port_is_in_use(void) {
    char name[LISTEN_NAME_MAX], expected[200];
    begin_output(STDOUT_FILENO);
    int fd = listen_announce("127.0.0.1", 0);
    end_output(printed, sizeof printed);
    UNIT_INT(listen_name(fd, name), 0);
    snprintf(expected, sizeof expected, "listening on %s\n", name);
    UNIT_TEXT(printed, strlen(printed), expected);

    uint32_t taken = (uint32_t)atoi(strrchr(name, ':') + 1);
    begin_output(STDERR_FILENO);
    int again = listen_announce("127.0.0.1", taken);
    end_output(printed, sizeof printed);
    UNIT_INT(again, -1);
    snprintf(expected, sizeof expected,
             "999_test: cannot listen at 127.0.0.1:%u: address in use\n",
             (unsigned)taken);
    UNIT_TEXT(printed, strlen(printed), expected);
    close(fd);
}

static void says_why_it_cannot_listen(void) {
    char *words[] = {"/x/999_test", NULL};
    UNIT_INT(options_parse(1, words, options), -1);
    struct {
        const char *host, *expected;
    } cases[] = {
        {"nosuch.invalid",
         "999_test: cannot listen at nosuch.invalid:80: not a local address\n"},
        /* RFC 5737 §3: TEST-NET-1, an address that no machine has. */
        {"192.0.2.1",
         "999_test: cannot listen at 192.0.2.1:80: not a local address\n"},
        {"2001:db8::1",
         "999_test: cannot listen at [2001:db8::1]:80: not a local address\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin_output(STDERR_FILENO);
        UNIT_INT(listen_announce(cases[i].host, 80), -1);
        end_output(printed, sizeof printed);
        UNIT_TEXT(printed, strlen(printed), cases[i].expected);
    }
}

static void reports_what_failed_and_why(void) {
    char *words[] = {"/x/999_test", NULL};
    UNIT_INT(options_parse(1, words, options), -1);
    begin_output(STDERR_FILENO);
    errno = EACCES;
    int status = options_report("frobnicate");
    end_output(printed, sizeof printed);
    UNIT_INT(status, 1);
    UNIT_TEXT(printed, strlen(printed),
              "999_test: frobnicate: Permission denied\n");
    begin_output(STDERR_FILENO);
    errno = EADDRINUSE;
    status = options_report_bind("127.0.0.1", 80);
    end_output(printed, sizeof printed);
    UNIT_INT(status, 1);
    UNIT_TEXT(options_program(), strlen(options_program()), "999_test");
}

/* In a child: closing 0, 1 and 2 would silence the test itself. */
static void closed_standard_descriptors_do_not_become_sockets(void) {
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        char *words[] = {"999_test", NULL};
        close(0);
        close(1);
        close(2);
        options_parse_operands(1, words, options, 0, "");
        _exit(listen_announce("127.0.0.1", 0) > 2 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    UNIT_INT(status, 0);
}

/* Returns the exit status of a program that prints to a descriptor that was
 * opened so, and whose output is written before its end or at its end. */
static int status_after_output(int flags, bool is_early) {
    char *none[] = {"bin/999_test", NULL};
    int status = -1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        options_parse(1, none, options);
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        dup2(open("/dev/null", flags), STDOUT_FILENO);
        printf("x");
        if (is_early) fflush(stdout);
        exit(EXIT_SUCCESS);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void output_that_was_not_written_is_a_failure(void) {
    for (int is_early = 0; is_early < 2; is_early++) {
        UNIT_INT(status_after_output(O_WRONLY, is_early), EXIT_SUCCESS);
        UNIT_INT(status_after_output(O_RDONLY, is_early), EXIT_FAILURE);
    }
}

UNIT_MAIN("tcp/options", UNIT_TEST(options_are_read_into_their_places),
          UNIT_TEST(a_number_is_digits_within_its_bounds),
          UNIT_TEST(a_choice_is_one_of_its_words),
          UNIT_TEST(what_is_wrong_is_one_line_and_status_2),
          UNIT_TEST(operands_move_to_the_front),
          UNIT_TEST(a_program_may_have_no_arguments_not_even_its_name),
          UNIT_TEST(no_descriptor_is_left_open),
          UNIT_TEST(help_shows_each_option_and_its_default),
          UNIT_TEST(a_long_usage_becomes_one_line),
          UNIT_TEST(long_options_become_one_word),
          UNIT_TEST(an_experiment_has_one_option),
          UNIT_TEST(limits_are_a_line_each),
          UNIT_TEST(says_where_it_listens_and_when_a_port_is_in_use),
          UNIT_TEST(says_why_it_cannot_listen),
          UNIT_TEST(reports_what_failed_and_why),
          UNIT_TEST(closed_standard_descriptors_do_not_become_sockets),
          UNIT_TEST(output_that_was_not_written_is_a_failure))
