/* child_test.c: tcp/child.h, with shell scripts as servers */
#include "packets/unit.h"
#include "tcp/child.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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
    UNIT_FALSE(child_start(&c, self, "absent", none));
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

/* Runs in a process of its own, which exits without child_stop. The pipe ends
 * when the last process that has it is gone. */
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

UNIT_MAIN("tcp/child", UNIT_TEST(waits_for_the_port),
          UNIT_TEST(passes_the_arguments),
          UNIT_TEST(says_so_if_it_does_not_start),
          UNIT_TEST(has_place_for_as_many_as_it_says),
          UNIT_TEST(stops_all_at_exit))
