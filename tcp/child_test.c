/* child_test.c: tcp/child.h, with shell scripts as servers */
#define _XOPEN_SOURCE 700 /* waitid */
#include "packets/unit.h"
#include "tcp/calls_unit.h"
#include "tcp/child.h"

#include <poll.h>
#include <sys/stat.h>

UNIT_KILL
UNIT_CALL(pid_t, -1, fork, (void), ())
UNIT_CALL(int, -1, pipe, (int ends[2]), (ends))
UNIT_CALL(ssize_t, -1, read, (int fd, void *bytes, size_t n), (fd, bytes, n))
UNIT_CALL(pid_t, -1, waitpid, (pid_t pid, int *status, int options),
          (pid, status, options))

/* Fails like a wait that has ended without an event. */
int poll(struct pollfd *fds, nfds_t n, int timeout_ms) {
    static int (*real)(struct pollfd * fds, nfds_t n, int timeout_ms);
    UNIT_INT(timeout_ms, CHILD_SILENCE_MS);
    if (call_fails("poll")) return errno ? -1 : 0;
    if (!real) find_call("poll", &real);
    return real(fds, n, timeout_ms);
}

static char directory[] = "/tmp/child_testXXXXXX", self[80], script[80];
static const char *const none[] = {NULL};

static void clean_up(void) {
    unlink(script);
    rmdir(directory);
}

static void set_up(void) {
    if (*script) return;
    if (!mkdtemp(directory)) abort();
    snprintf(self, sizeof self, "%s/self", directory);
    snprintf(script, sizeof script, "%s/server", directory);
    atexit(clean_up);
}

/* Writes the script that child_start will start. */
static void write_server(const char *text) {
    set_up();
    FILE *file = fopen(script, "w");
    if (!file) abort();
    fprintf(file, "#!/bin/sh\n%s\n", text);
    fclose(file);
    if (chmod(script, 0700) == -1) abort();
}

static void waits_for_the_port(void) {
    struct child c;
    write_server("trap 'exit 7' TERM\n"
                 "echo 'listening on 127.0.0.1:40123'\n"
                 "while :; do sleep 0.01; done");
    UNIT_TRUE(child_start(&c, self, "server", none));
    UNIT_TEXT(c.port, strlen(c.port), "40123");
    UNIT_INT(kill(c.pid, 0), 0);
    UNIT_INT(child_stop(&c), 7);
    UNIT_INT(waitpid(c.pid, NULL, WNOHANG), -1); /* it was waited for */
}

static void passes_the_arguments(void) {
    static const char *const arguments[] = {"--echo", "a b", NULL};
    struct child c;
    write_server("[ \"$*\" = '--port 0 --echo a b' ] && [ $# = 4 ] || exit 1\n"
                 "echo 'listening on [::1]:99'\nexec sleep 10");
    UNIT_TRUE(child_start(&c, self, "server", arguments));
    UNIT_TEXT(c.port, strlen(c.port), "99");
    UNIT_INT(child_stop(&c), -1); /* ended by the signal */
}

/* What the test prints on stderr is not looked at here. */
static void says_so_if_it_does_not_start(void) {
    struct child c;
    write_server("exit 1");
    UNIT_FALSE(child_start(&c, self, "server", none));
    write_server("echo 'listening on nothing'");
    UNIT_FALSE(child_start(&c, self, "server", none));
    write_server("exec >&-\nexec sleep 10"); /* it has no other copy */
    UNIT_FALSE(child_start(&c, self, "server", none));
}

/* Starts what is not there, and looks at stderr. */
static void the_reason_is_on_stderr(void) {
    struct child c;
    char text[400] = "";
    int through[2], kept = dup(STDERR_FILENO);
    UNIT_INT(pipe(through), 0);
    dup2(through[1], STDERR_FILENO);
    bool is_started = child_start(&c, self, "absent", none);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(through[1]);
    UNIT_FALSE(is_started);
    for (size_t n = 0; read(through[0], text + n, 1) == 1 && n < 398;) n++;
    UNIT_TRUE(strstr(text, "/absent: No such file or directory\n") != NULL);
    UNIT_TRUE(strstr(text, "/absent: it did not start\n") != NULL);
    close(through[0]);
}

static void has_place_for_as_many_as_it_says(void) {
    struct child c[CHILDREN + 1];
    write_server("echo 'listening on 127.0.0.1:1'\nexec sleep 10");
    for (int round = 0; round < 2; round++) { /* places are free again */
        for (int i = 0; i < CHILDREN; i++)
            UNIT_TRUE(child_start(&c[i], self, "server", none));
        UNIT_FALSE(child_start(&c[CHILDREN], self, "server", none));
        for (int i = 0; i < CHILDREN; i++) UNIT_INT(child_stop(&c[i]), -1);
    }
}

static void passes_as_many_arguments_as_it_says(void) {
    const char *arguments[CHILD_MAX_ARGUMENTS + 1] = {NULL};
    struct child c;
    for (int i = 0; i < CHILD_MAX_ARGUMENTS; i++) arguments[i] = "x";
    write_server("[ $# = 18 ] || exit 1\n"
                 "echo 'listening on 127.0.0.1:1'\nexec sleep 10");
    UNIT_TRUE(child_start(&c, self, "server", arguments));
    UNIT_INT(child_stop(&c), -1);
    UNIT_INT(child_stop(&c), -1); /* there is none any more */
}

static void is_looked_for_where_the_program_was_found(void) {
    char path[400];
    struct child c;
    write_server("echo 'listening on 127.0.0.1:1'\nexec sleep 10");
    snprintf(path, sizeof path, "%s:/bin:/usr/bin", directory);
    setenv("PATH", path, 1);
    UNIT_TRUE(child_start(&c, "self", "server", none));
    UNIT_INT(child_stop(&c), -1);
}

/* 79 bytes fit, and are as good without a line end. */
static void reads_a_long_line(void) {
    struct child c;
    write_server("printf '%79s' ' listening on [::1]:40123'\nexec sleep 10");
    UNIT_TRUE(child_start(&c, self, "server", none));
    UNIT_TEXT(c.port, strlen(c.port), "40123");
    UNIT_INT(child_stop(&c), -1);
}

/* The server has one end of the pipe, its stdout, which is not read. */
static void a_server_that_prints_more_ends(void) {
    siginfo_t info = {0};
    struct child c;
    signal(SIGPIPE, SIG_DFL);
    write_server("while :; do echo 'listening on 127.0.0.1:1'; done");
    int before = count_descriptors();
    UNIT_TRUE(child_start(&c, self, "server", none));
    UNIT_INT(count_descriptors(), before);
    UNIT_INT(waitid(P_PID, (id_t)c.pid, &info, WEXITED | WNOWAIT), 0);
    UNIT_INT(info.si_code, CLD_KILLED);
    UNIT_INT(info.si_status, SIGPIPE);
    UNIT_INT(child_stop(&c), -1);
}

/* A refused start uses up no descriptor and no entry. */
static void a_refusal_leaves_nothing(void) {
    static const char *const calls[] = {"pipe", "fork", "read"};
    struct child c;
    write_server("echo 'listening on 127.0.0.1:1'\nexec sleep 10");
    int before = count_descriptors();
    for (int i = 0; i < 3 * (CHILDREN + 1); i++) {
        fail_call(calls[i % 3], 1, EAGAIN);
        UNIT_FALSE(child_start(&c, self, "server", none));
        UNIT_TRUE(call_has_failed());
        UNIT_INT(c.pid, -1);
        UNIT_INT(child_stop(&c), -1);
        UNIT_INT(count_descriptors(), before);
    }
    UNIT_TRUE(child_start(&c, self, "server", none));
    UNIT_INT(child_stop(&c), -1);
}

static void a_signal_interrupts_nothing(void) {
    struct child c;
    write_server("trap 'exit 7' TERM\necho 'listening on 127.0.0.1:1'\n"
                 "while :; do sleep 0.01; done");
    fail_call("read", 2, EINTR);
    UNIT_TRUE(child_start(&c, self, "server", none));
    UNIT_TRUE(call_has_failed());
    fail_call("waitpid", 1, EINTR);
    UNIT_INT(child_stop(&c), 7);
    UNIT_TRUE(call_has_failed());
}

static void a_server_that_prints_nothing_is_stopped(void) {
    struct child c;
    write_server("exec sleep 10");
    fail_call("poll", 1, 0);
    UNIT_FALSE(child_start(&c, self, "server", none));
    UNIT_INT(c.pid, -1);
    UNIT_INT(waitpid(-1, NULL, WNOHANG), -1); /* it was waited for */
}

/* Runs in a process of its own, which exits without child_stop. The pipe ends
 * when the last process that has it is gone. The exit removes the script, so
 * this test is the last one. */
static void stops_all_at_exit(void) {
    int alive[2];
    char byte;
    write_server("echo 'listening on 127.0.0.1:1'\nexec sleep 10");
    if (pipe(alive) == -1) abort();
    pid_t pid = fork();
    if (pid == 0) {
        struct child c;
        close(alive[0]);
        exit(child_start(&c, self, "server", none) ? 0 : 1);
    }
    close(alive[1]);
    int status = -1;
    UNIT_INT(waitpid(pid, &status, 0), pid);
    UNIT_INT(status, 0);
    UNIT_INT(read(alive[0], &byte, 1), 0); /* and not after 10 seconds */
    close(alive[0]);
}

/* The server has a copy of the pipe, which is at EOF when it has ended. */
static void a_server_ends_with_a_process_that_is_killed(void) {
#ifdef __linux__
    int ends[2];
    char byte;
    write_server("echo 'listening on 127.0.0.1:1'\nexec sleep 20");
    UNIT_INT(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct child c;
        close(ends[0]);
        if (child_start(&c, self, "server", none)) raise(SIGKILL);
        _exit(1);
    }
    close(ends[1]);
    UNIT_INT(waitpid(pid, NULL, 0), pid);
    alarm(10); /* fails before the server ends by itself */
    UNIT_INT(read(ends[0], &byte, 1), 0);
    alarm(0);
    close(ends[0]);
#endif
}

UNIT_MAIN(
    "tcp/child", UNIT_TEST(waits_for_the_port), UNIT_TEST(passes_the_arguments),
    UNIT_TEST(says_so_if_it_does_not_start), UNIT_TEST(the_reason_is_on_stderr),
    UNIT_TEST(has_place_for_as_many_as_it_says),
    UNIT_TEST(passes_as_many_arguments_as_it_says),
    UNIT_TEST(is_looked_for_where_the_program_was_found),
    UNIT_TEST(reads_a_long_line), UNIT_TEST(a_server_that_prints_more_ends),
    UNIT_TEST(a_refusal_leaves_nothing), UNIT_TEST(a_signal_interrupts_nothing),
    UNIT_TEST(a_server_ends_with_a_process_that_is_killed),
    UNIT_TEST(a_server_that_prints_nothing_is_stopped),
    UNIT_TEST(stops_all_at_exit))
