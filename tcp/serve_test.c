/* serve_test.c: tcp/serve.h, what it prints and whom it accepts */
#include "packets/limits.h"
#include "packets/unit.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/serve.h"

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
static const struct serve_option options[] = {
    SERVE_HOST(&host),
    SERVE_PORT(&port),
    SERVE_NUMBER("--wait", "MS", "how long", &wait_ms, 10, 4294967295u),
    SERVE_FLAG("--loud", "say more", &loud),
    SERVE_LIMITS,
    SERVE_END,
};

/* What was printed between listen_in and stop_listening on out or err. */
static char said[4000];
static int aside = -1, through = -1;

static void listen_in(int fd) {
    FILE *file = tmpfile();
    if (!file) abort();
    fflush(stdout);
    aside = dup(fd);
    through = dup(fileno(file));
    dup2(through, fd);
    fclose(file);
}

static void stop_listening(int fd) {
    fflush(stdout);
    dup2(aside, fd);
    close(aside);
    ssize_t n = pread(through, said, sizeof said - 1, 0);
    said[n > 0 ? n : 0] = '\0';
    close(through);
}

/* Runs serve_options on words, which a NULL ends; said is what fd heard. */
static int run(char **words, int fd, int operands, const char *shown) {
    int argc = 0;
    while (words[argc]) argc++;
    host = "127.0.0.1";
    port = 7999;
    wait_ms = 25;
    loud = false;
    listen_in(fd);
    int status = serve_options(argc, words, options, operands, shown);
    stop_listening(fd);
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
    UNIT_TEXT(said, strlen(said), "");
}

static void a_number_is_digits_within_its_bounds(void) {
    static char *const good[] = {"0", "1", "65535", "007"};
    static char *const bad[] = {"",           "+5",
                                "-5",         "5x",
                                " 5",         "5 ",
                                "0x10",       "65536",
                                "4294967296", "18446744073709551617",
                                "--",         "655350",
                                "1e3",        "99999999999999999999999999"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char *words[] = {"999_test", "--port", good[i], NULL};
        UNIT_INT(run(words, STDERR_FILENO, 0, ""), -1);
        UNIT_INT(port, atoi(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *words[] = {"x/999_test", "--port", bad[i], NULL};
        char want[300];
        snprintf(
            want, sizeof want,
            "999_test: --port wants a number from 0 to 65535, not '%s'; " USAGE
            "\n",
            bad[i]);
        UNIT_INT(run(words, STDERR_FILENO, 0, ""), 2);
        UNIT_TEXT(said, strlen(said), want);
        UNIT_INT(port, 7999);
    }
    char *nine[] = {"999_test", "--wait", "9", NULL};
    UNIT_INT(run(nine, STDERR_FILENO, 0, ""), 2);
    char *ten[] = {"999_test", "--wait", "10", NULL};
    UNIT_INT(run(ten, STDERR_FILENO, 0, ""), -1);
}

static void what_is_wrong_is_one_line_and_status_2(void) {
    struct {
        char *words[5];
        int operands;
        const char *shown, *want;
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
         "999_test: --port wants N; " USAGE "\n"},
        {{"999_test", "more"},
         0,
         "",
         "999_test: 'more' is too much; " USAGE "\n"},
        {{"999_test", "--loud"},
         1,
         "URL",
         "999_test: an operand is missing; " USAGE " URL\n"},
        {{"999_test"},
         2,
         "URL [TEXT]",
         "999_test: an operand is missing; " USAGE " URL [TEXT]\n"},
        {{"999_test", "a", "b", "c"},
         2,
         "URL [TEXT]",
         "999_test: 'c' is too much; " USAGE " URL [TEXT]\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_INT(run(cases[i].words, STDERR_FILENO, cases[i].operands,
                     cases[i].shown),
                 2);
        UNIT_TEXT(said, strlen(said), cases[i].want);
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
}

static void help_shows_each_option_and_its_default(void) {
    char *words[] = {"999_test", "--help", NULL};
    UNIT_INT(run(words, STDOUT_FILENO, 1, "URL"), 0);
    UNIT_TEXT(said, strlen(said),
              USAGE
              " URL\n"
              "  --host ADDR            address to listen at (127.0.0.1)\n"
              "  --port N               port, 0: any free one (7999)\n"
              "  --wait MS              how long (25)\n"
              "  --loud                 say more\n"
              "  --limits               print every limit and end\n");
}

static void an_experiment_has_one_option(void) {
    bool wrong = false;
    char *none[] = {"888_test", NULL};
    UNIT_INT(serve_break(1, none, "too early", &wrong), -1);
    UNIT_FALSE(wrong);
    char *given[] = {"888_test", "--break", NULL};
    UNIT_INT(serve_break(2, given, "too early", &wrong), -1);
    UNIT_TRUE(wrong);
    char *bad[] = {"888_test", "--port", NULL};
    listen_in(STDERR_FILENO);
    int status = serve_break(2, bad, "too early", &wrong);
    stop_listening(STDERR_FILENO);
    UNIT_INT(status, 2);
    UNIT_TEXT(said, strlen(said),
              "888_test: unknown option '--port'; usage: 888_test [--break]\n");
}

static void limits_are_a_line_each(void) {
    int lines = 0, want = 0;
#define LIMIT_COUNT(name, value, unit, past) want++;
    LIMITS(LIMIT_COUNT)
#undef LIMIT_COUNT
    char *words[] = {"999_test", "--limits", NULL};
    UNIT_INT(run(words, STDOUT_FILENO, 0, ""), 0);
    for (const char *at = said; *at; at++) lines += *at == '\n';
    UNIT_INT(lines, want);
    UNIT_TRUE(strstr(said, "LIMIT_WS_MESSAGE              1048576 bytes "));
}

static void says_where_it_listens_and_when_a_port_is_in_use(void) {
    char name[LISTEN_NAME_MAX], want[200];
    listen_in(STDOUT_FILENO);
    int fd = serve_listen("127.0.0.1", 0);
    stop_listening(STDOUT_FILENO);
    UNIT_INT(listen_name(fd, name), 0);
    snprintf(want, sizeof want, "listening on %s\n", name);
    UNIT_TEXT(said, strlen(said), want);

    uint32_t taken = (uint32_t)atoi(strrchr(name, ':') + 1);
    listen_in(STDERR_FILENO);
    int again = serve_listen("127.0.0.1", taken);
    stop_listening(STDERR_FILENO);
    UNIT_INT(again, -1);
    snprintf(want, sizeof want,
             "cannot listen: port %u at 127.0.0.1 is in use\n",
             (unsigned)taken);
    UNIT_TEXT(said, strlen(said), want);
    close(fd);

    listen_in(STDERR_FILENO);
    UNIT_INT(serve_listen("nowhere", 80), -1);
    stop_listening(STDERR_FILENO);
    UNIT_INT(strncmp(said, "cannot listen: port 80 at nowhere: ", 35), 0);
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
        serve_options(1, words, options, 0, "");
        _exit(serve_listen("127.0.0.1", 0) > 2 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    UNIT_INT(status, 0);
}

/* A listening end on a loop, and clients that wait to be accepted. */
enum {
    CROWD = 65
};
static struct loop *loop;
static struct serve serving;
static int accepted[CROWD], accepted_count;
static int clients[CROWD];

static void on_accepted(int fd) {
    accepted[accepted_count++] = fd;
}

static void begin(int most, int crowd) {
    char name[LISTEN_NAME_MAX], why[100];
    accepted_count = 0;
    loop = loop_open();
    int fd = listen_open("127.0.0.1", 0);
    UNIT_INT(serve_open(&serving, loop, fd, most, on_accepted), 0);
    UNIT_INT(listen_name(fd, name), 0);
    for (int i = 0; i < crowd; i++)
        clients[i] =
            connect_to("127.0.0.1", strrchr(name, ':') + 1, why, sizeof why);
}

static void finish(int crowd) {
    for (int i = 0; i < crowd; i++) close(clients[i]);
    for (int i = 0; i < accepted_count; i++) close(accepted[i]);
    serve_close(&serving);
    serve_close(&serving);
    loop_close(loop);
}

static void accepts_64_a_wake_up(void) {
    begin(1000, CROWD);
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(accepted_count, 64);
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(accepted_count, 65);
    UNIT_INT(serve_wait(&serving, -1), -1);
    UNIT_INT(serve_wait(&serving, 7), 7);
    finish(CROWD);
}

/* Reads all of the refusal, then the end: no RST, though a request was sent. */
static void expect_refusal(int fd) {
    char text[20];
    ssize_t n = io_recv_all(fd, text, sizeof text);
    UNIT_INT(n, 4);
    UNIT_TEXT(text, n > 0 ? (size_t)n : 0, "full");
}

static void refuses_descriptors_past_most(void) {
    begin(0, 2);
    serving.refusal = "full";
    serving.most = dup(0); /* the lowest that is free */
    close(serving.most);
    serving.most++; /* so one is taken, the other refused */
    UNIT_INT(io_send_all(clients[1], "GET /", 5), 0);
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(accepted_count, 1);
    expect_refusal(clients[1]);
    finish(2);
}

static void rests_when_there_are_no_descriptors_left(void) {
    struct rlimit before, none;
    begin(1000, 2);
    serving.refusal = "full";
    getrlimit(RLIMIT_NOFILE, &before);
    none = before;
    int lowest = dup(0);
    close(lowest);
    none.rlim_cur = (rlim_t)lowest;
    UNIT_INT(setrlimit(RLIMIT_NOFILE, &none), 0);
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(accepted_count, 0);
    expect_refusal(clients[0]);
    UNIT_INT(serving.watch.wants, 0); /* so the loop does not spin */
    int left = serve_wait(&serving, -1);
    UNIT_TRUE(left > 0 && left <= 100);
    UNIT_INT(serve_wait(&serving, 0), 0);
    UNIT_TRUE(serving.spare != -1); /* ready for the next time */
    setrlimit(RLIMIT_NOFILE, &before);

    while (serve_wait(&serving, -1) != -1) {
        UNIT_INT(loop_turn(loop, serve_wait(&serving, -1)), 1);
        UNIT_INT(accepted_count, 0);
        serve_tick(&serving);
    }
    UNIT_INT(loop_turn(loop, 1000), 1);
    UNIT_INT(accepted_count, 1); /* who had to wait is not lost */
    finish(2);
}

static void without_a_spare_it_does_not_open(void) {
    struct rlimit none = {0, 0};
    loop = loop_open();
    int fd = listen_open("127.0.0.1", 0);
    pid_t child = fork(); /* who lowers the hard limit cannot raise it again */
    if (child == 0) {
        if (setrlimit(RLIMIT_NOFILE, &none) == -1) _exit(0); /* valgrind */
        int result = serve_open(&serving, loop, fd, 1000, on_accepted);
        _exit(result == -1 && errno == EMFILE ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    UNIT_INT(status, 0);
    close(fd);
    loop_close(loop);
}

static void on_accepted_close(int fd) {
    on_accepted(fd);
    serve_close(&serving);
}

static void may_be_closed_while_it_accepts(void) {
    begin(1000, 2);
    serving.accepted = on_accepted_close;
    UNIT_INT(loop_turn(loop, -1), 1);
    UNIT_INT(accepted_count, 1);
    finish(2);
}

static void raises_the_descriptor_limit(void) {
    struct rlimit limit;
    int n = serve_descriptors();
    getrlimit(RLIMIT_NOFILE, &limit);
    UNIT_TRUE(limit.rlim_cur == limit.rlim_max);
    UNIT_TRUE(n > 0 && n <= 65536 && (rlim_t)n <= limit.rlim_cur);
}

UNIT_MAIN("tcp/serve", UNIT_TEST(options_are_read_into_their_places),
          UNIT_TEST(a_number_is_digits_within_its_bounds),
          UNIT_TEST(what_is_wrong_is_one_line_and_status_2),
          UNIT_TEST(operands_move_to_the_front),
          UNIT_TEST(help_shows_each_option_and_its_default),
          UNIT_TEST(an_experiment_has_one_option),
          UNIT_TEST(limits_are_a_line_each),
          UNIT_TEST(says_where_it_listens_and_when_a_port_is_in_use),
          UNIT_TEST(closed_standard_descriptors_do_not_become_sockets),
          UNIT_TEST(accepts_64_a_wake_up),
          UNIT_TEST(refuses_descriptors_past_most),
          UNIT_TEST(rests_when_there_are_no_descriptors_left),
          UNIT_TEST(without_a_spare_it_does_not_open),
          UNIT_TEST(may_be_closed_while_it_accepts),
          UNIT_TEST(raises_the_descriptor_limit))
