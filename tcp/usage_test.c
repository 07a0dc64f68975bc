/* usage_test.c: tcp/usage.h
 * TEST_ALONE: it compares what the kernel uses for the whole machine. */
#include "packets/unit.h"
#include "tcp/usage.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MIB = 1024 * 1024,
    BYTES = 16 * MIB
};

/* Is this a system whose memory can be measured? */
static bool has_usage(struct usage *u) {
    if (usage_measure(getpid(), u) == 0) return true;
    UNIT_INT(errno, ENOSYS);
    return false;
}

static void touched_memory_counts_as_user_memory(void) {
    struct usage before, after;
    if (!has_usage(&before)) return;
    UNIT_INT(before.process_count, 1);
    UNIT_TRUE(before.user_kib > 0 && before.kernel_kib > 0);
    char *volatile bytes = malloc(BYTES); /* or a compiler leaves it out */
    memset(bytes, 1, BYTES);
    UNIT_INT(usage_measure(getpid(), &after), 0);
    UNIT_TRUE(after.user_kib - before.user_kib >= BYTES / 1024 - 1024);
    UNIT_INT(bytes[BYTES - 1], 1);
    free(bytes);
}

static void children_count_but_not_twice(void) {
    struct usage before, after, of_child;
    int ready[2];
    char byte;
    if (!has_usage(&before)) return;
    if (pipe(ready) == -1) abort();
    pid_t pid = fork();
    if (pid == 0) {
        char *bytes = malloc(BYTES);
        memset(bytes, 1, BYTES);
        if (write(ready[1], bytes, 1) == 1) pause();
        _exit(1);
    }
    UNIT_INT(read(ready[0], &byte, 1), 1);
    UNIT_INT(usage_measure(getpid(), &after), 0);
    UNIT_INT(usage_measure(pid, &of_child), 0);
    UNIT_INT(after.process_count, 2);
    UNIT_INT(of_child.process_count, 1);
    int64_t more = after.user_kib - before.user_kib;
    UNIT_TRUE(more >= BYTES / 1024 - 1024);
    UNIT_TRUE(more < 2 * BYTES / 1024);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    UNIT_INT(usage_measure(pid, &of_child), -1);
    UNIT_INT(errno, ESRCH);
    close(ready[0]);
    close(ready[1]);
}

static void some_memory_is_available(void) {
    struct usage u;
    if (!has_usage(&u)) return;
    UNIT_TRUE(usage_available_kib() > 0);
}

UNIT_MAIN("tcp/usage", UNIT_TEST(touched_memory_counts_as_user_memory),
          UNIT_TEST(children_count_but_not_twice),
          UNIT_TEST(some_memory_is_available))
