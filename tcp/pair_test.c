/* pair_test.c: tcp/pair.h */
#include "packets/unit.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void bytes_pass_in_both_directions(void) {
    int ends[2] = {-1, -1};
    char text[6];
    UNIT_INT(pair_open(ends), 0);
    UNIT_INT(io_send_all(ends[0], "hello", 5), 0);
    UNIT_INT(io_recv_all(ends[1], text, 5), 5);
    UNIT_TEXT(text, 5, "hello");
    UNIT_INT(io_send_all(ends[1], "back", 4), 0);
    UNIT_INT(io_recv_all(ends[0], text, 4), 4);
    UNIT_TEXT(text, 4, "back");
    close(ends[0]);
    UNIT_INT(io_recv(ends[1], text, 1), 0);
    close(ends[1]);
}

static void a_text_is_moved_from_one_end_to_the_other(void) {
    int ends[2];
    char arrived[2000], text[2000];
    check(pair_open(ends) == 0, "pair_open");
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    pair_transfer(ends[0], ends[1], "GET /\r\n", arrived);
    UNIT_TEXT(arrived, strlen(arrived), "GET /\r\n");
    pair_transfer(ends[1], ends[0], text, arrived);
    UNIT_TEXT(arrived, strlen(arrived), text);
    close(ends[0]);
    close(ends[1]);
}

static void run_transfer(void) {
    int ends[2];
    char arrived[4];
    signal(SIGPIPE, SIG_IGN);
    check(pair_open(ends) == 0, "pair_open");
    shutdown(ends[0], SHUT_WR);
    pair_transfer(ends[0], ends[1], "abc", arrived);
}

static void both_ends_are_blocking_and_close_on_exec(void) {
    int ends[2];
    UNIT_INT(pair_open(ends), 0);
    for (int i = 0; i < 2; i++) {
        UNIT_INT(fcntl(ends[i], F_GETFL) & O_NONBLOCK, 0);
        UNIT_INT(fcntl(ends[i], F_GETFD), FD_CLOEXEC);
        close(ends[i]);
    }
}

/* RFC 6335 §6: the ports below 1024 are those of well-known services. */
static void the_kernel_chooses_the_port(void) {
    char name[LISTEN_NAME_MAX];
    int ends[2];
    UNIT_INT(pair_open(ends), 0);
    UNIT_INT(listen_name(ends[1], name), 0);
    UNIT_TRUE(atoi(strrchr(name, ':') + 1) >= 1024);
    close(ends[0]);
    close(ends[1]);
}

/* With n descriptors too few, nothing is left open. */
static void without_descriptors_it_fails_and_leaves_none_open(void) {
    int ends[2];
    int lowest = lowest_descriptor();
    for (int n = 0; n < 3; n++) {
        if (!limit_descriptors((rlim_t)(lowest + n))) return;
        UNIT_INT(pair_open(ends), -1);
        UNIT_INT(errno, EMFILE);
        int next = dup(0);
        allow_descriptors();
        UNIT_INT(next, n == 0 ? -1 : lowest);
        if (next != -1) close(next);
        for (int fd = lowest; fd < lowest + 3; fd++)
            UNIT_INT(fcntl(fd, F_GETFD), -1);
    }
}

/* Runs check or die in a child; returns its status and what it printed. */
static int ended(void (*run)(void), char printed[100]) {
    int status = -1, through[2];
    check(pipe(through) == 0, "pipe");
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        dup2(through[1], STDERR_FILENO);
        run();
        _exit(0);
    }
    close(through[1]);
    waitpid(child, &status, 0);
    ssize_t n = read(through[0], printed, 99);
    printed[n > 0 ? n : 0] = '\0';
    close(through[0]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void name_program(void) {
    char *words[] = {"bin/777_test", NULL};
    struct option_row none[] = {OPTION_END};
    options_parse(1, words, none);
}

static void run_check_true(void) {
    check(true, "send");
}

static void run_check_false(void) {
    name_program();
    errno = EPIPE;
    check(false, "send");
}

static void run_die(void) {
    name_program();
    die("other bytes arrived");
}

static void check_ends_the_program_only_when_something_failed(void) {
    char printed[100];
    UNIT_INT(ended(run_check_true, printed), 0);
    UNIT_TEXT(printed, strlen(printed), "");
    UNIT_INT(ended(run_check_false, printed), 1);
    UNIT_TEXT(printed, strlen(printed), "777_test: send: Broken pipe\n");
    UNIT_INT(ended(run_transfer, printed), 1);
    UNIT_TEXT(printed, strlen(printed), "program: send: Broken pipe\n");
    UNIT_INT(ended(run_die, printed), 1);
    UNIT_TEXT(printed, strlen(printed), "777_test: other bytes arrived\n");
}

UNIT_MAIN("tcp/pair", UNIT_TEST(bytes_pass_in_both_directions),
          UNIT_TEST(a_text_is_moved_from_one_end_to_the_other),
          UNIT_TEST(both_ends_are_blocking_and_close_on_exec),
          UNIT_TEST(the_kernel_chooses_the_port),
          UNIT_TEST(without_descriptors_it_fails_and_leaves_none_open),
          UNIT_TEST(check_ends_the_program_only_when_something_failed))
