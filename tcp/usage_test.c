/* usage_test.c: tcp/usage.h
 * TEST_ALONE: it compares what the kernel uses for the whole machine. */
#include "packets/unit.h"
#include "tcp/calls_unit.h"
#include "tcp/usage.h"

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>

enum {
    MIB = 1024 * 1024,
    BYTES = 16 * MIB
};

/* Where /proc is: "" or a directory that a test has made. */
static char root[] = "/tmp/usage_testXXXXXX";
static bool is_made_up;

static const char *place(const char *path, char whole[PATH_MAX]) {
    snprintf(whole, PATH_MAX, "%s%s", is_made_up ? root : "", path);
    return whole;
}

FILE *fopen(const char *path, const char *mode) {
    static FILE *(*real)(const char *path, const char *mode);
    char whole[PATH_MAX];
    if (!real) find_call("fopen", &real);
    return real(place(path, whole), mode);
}

DIR *opendir(const char *path) {
    static DIR *(*real)(const char *path);
    char whole[PATH_MAX];
    if (!real) find_call("opendir", &real);
    return real(place(path, whole));
}

/* Can the memory of this system be measured? */
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

/* --- a /proc that a test has made --- */

static char made[40][40]; /* paths, in the order in which they were made */
static int made_count;

static void make_directory(const char *path) {
    char whole[PATH_MAX];
    if (mkdir(place(path, whole), 0700) != 0) abort();
    snprintf(made[made_count++], 40, "%s", path);
}

static void make_file(const char *path, const char *text, size_t n) {
    FILE *f = fopen(path, "w");
    if (!f || fwrite(text, 1, n, f) != n || fclose(f) != 0) abort();
    snprintf(made[made_count++], 40, "%s", path);
}

#define FILE_OF(path, text) make_file(path, text, sizeof text - 1)

static void begin(void) {
    strcpy(root + sizeof root - 7, "XXXXXX");
    if (!mkdtemp(root)) abort();
    is_made_up = true;
    make_directory("/proc");
}

static void end(void) {
    char whole[PATH_MAX];
    while (made_count > 0) remove(place(made[--made_count], whole));
    is_made_up = false;
    rmdir(root);
}

/* proc(5): a field of meminfo is a name, a colon, spaces and a number of kB. */
static void make_memory(void) {
    FILE_OF("/proc/meminfo", "MemTotal:       1000000 kB\n"
                             "MemAvailable:         1 kB\n"
                             "Slab:               800 kB\n"
                             "SlabOther:        10000 kB\n"
                             "OtherSlab:        10000 kB\n"
                             "KernelStack:         70 kB\n"
                             "PageTables:           6 kB\n"
                             "SecPageTables:    10000 kB\n");
}

static void only_the_fields_that_are_named_are_added(void) {
    struct usage u;
    begin();
    make_memory();
    make_directory("/proc/1");
    FILE_OF("/proc/1/stat", "1 (init) S 0 1 1");
    FILE_OF("/proc/1/smaps_rollup", "Rss:   900 kB\nPss:    40 kB\n"
                                    "Pss_Dirty:    900 kB\n");
    int before = count_descriptors();
    UNIT_INT(usage_measure(1, &u), 0);
    UNIT_INT(u.kernel_kib, 876);
    UNIT_INT(u.user_kib, 40);
    UNIT_INT(u.process_count, 1);
    UNIT_INT(usage_available_kib(), 1);
    UNIT_INT(count_descriptors(), before);
    end();
}

/* The name of a process may contain what ends it. A process that has ended has
 * a directory for a moment, but no memory. */
static void its_children_are_found_by_the_parents_number(void) {
    struct usage u;
    begin();
    make_memory();
    make_directory("/proc/self"); /* which is no number */
    make_directory("/proc/7");
    FILE_OF("/proc/7/stat", "7 (parent) S 1 7 7");
    FILE_OF("/proc/7/smaps_rollup", "Pss: 1 kB\n");
    make_directory("/proc/8");
    FILE_OF("/proc/8/stat", "8 (a) S 1 b) S 7");
    FILE_OF("/proc/8/smaps_rollup", "Pss: 20 kB\n");
    make_directory("/proc/9");
    FILE_OF("/proc/9/stat", "9 (grandchild) S 8 7 7");
    FILE_OF("/proc/9/smaps_rollup", "Pss: 10000 kB\n");
    make_directory("/proc/10");
    FILE_OF("/proc/10/stat", "10 (has ended) Z 7 7 7");
    make_directory("/proc/11");
    UNIT_INT(usage_measure(7, &u), 0);
    UNIT_INT(u.process_count, 2);
    UNIT_INT(u.user_kib, 21);
    end();
}

/* None of these has a parent, neither 7 nor 0. */
static void a_line_that_is_no_process_has_no_parent(void) {
    struct usage u;
    begin();
    make_memory();
    make_directory("/proc/8");
    FILE_OF("/proc/8/stat", "");
    FILE_OF("/proc/8/smaps_rollup", "Pss: 1 kB\n");
    make_directory("/proc/9");
    FILE_OF("/proc/9/stat", "9 (short)\0 S7 7 7");
    FILE_OF("/proc/9/smaps_rollup", "Pss: 1 kB\n");
    make_directory("/proc/10");
    FILE_OF("/proc/10/stat", "10 no name S 7 7");
    FILE_OF("/proc/10/smaps_rollup", "Pss: 1 kB\n");
    make_directory("/proc/11");
    FILE_OF("/proc/11/smaps_rollup", "Pss: 1 kB\n");
    int before = count_descriptors();
    for (pid_t pid = 0; pid <= 7; pid += 7) {
        UNIT_INT(usage_measure(pid, &u), -1);
        UNIT_INT(errno, ESRCH);
    }
    UNIT_INT(count_descriptors(), before);
    end();
}

static void without_the_fields_it_is_another_system(void) {
    struct usage u;
    begin();
    make_directory("/proc/7");
    FILE_OF("/proc/7/smaps_rollup", "Pss: 1 kB\n");
    for (int has_file = 0; has_file < 2; has_file++) {
        if (has_file) FILE_OF("/proc/meminfo", "MemTotal: 1000 kB\n");
        UNIT_INT(usage_measure(7, &u), -1);
        UNIT_INT(errno, ENOSYS);
        errno = 0;
        UNIT_INT(usage_available_kib(), -1);
        UNIT_INT(errno, ENOSYS);
    }
    FILE_OF("/proc/meminfo", "Slab: 1 kB\n");
    UNIT_INT(usage_measure(7, &u), 0);
    end();
}

UNIT_MAIN("tcp/usage", UNIT_TEST(touched_memory_counts_as_user_memory),
          UNIT_TEST(children_count_but_not_twice),
          UNIT_TEST(some_memory_is_available),
          UNIT_TEST(only_the_fields_that_are_named_are_added),
          UNIT_TEST(its_children_are_found_by_the_parents_number),
          UNIT_TEST(a_line_that_is_no_process_has_no_parent),
          UNIT_TEST(without_the_fields_it_is_another_system))
