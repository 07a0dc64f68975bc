/* process.c: see lessons/pages/process.h. Entry points: process_begin,
 * process_end, process_start, process_read, process_read_line, process_wait. */
#include "lessons/pages/process.h"
#include "lessons/pages/report.h"
#include "lessons/pages/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_MS 30000 /* of a command; sanitizers are slow */

static char directory[PATH_MAX];

/* Makes a link to from in the directory. */
static void add_link(const char *name, const char *from) {
    char to[PATH_MAX + 100];
    snprintf(to, sizeof to, "%s/%s", directory, name);
    if (symlink(from, to) == -1) report_die(to);
}

void process_begin(void) {
    static const char *const parts[] = {"lessons", "websocket", "socketio"};
    const char *bin = getenv("BIN"), *tmp = getenv("TMPDIR");
    char root[PATH_MAX], from[2 * PATH_MAX];
    if (!getcwd(root, sizeof root)) report_die("getcwd");
    snprintf(directory, sizeof directory, "%s/pages.XXXXXX",
             tmp ? tmp : "/tmp");
    if (!mkdtemp(directory)) report_die("mkdtemp");
    if (!bin) bin = "bin";
    snprintf(from, sizeof from, "%s/%s", *bin == '/' ? "" : root, bin);
    add_link("bin", from);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(from, sizeof from, "%s/%s", root, parts[i]);
        add_link(parts[i], from);
    }
}

void process_end(void) {
    DIR *d = opendir(directory);
    char path[PATH_MAX + 300];
    for (struct dirent *e; d && (e = readdir(d));) {
        snprintf(path, sizeof path, "%s/%s", directory, e->d_name);
        if (e->d_name[0] != '.') unlink(path);
    }
    if (d) closedir(d);
    rmdir(directory);
}

/* Replaces this new process by the command. */
static void exec_command(const char *command, int out) {
    int no_input = open("/dev/null", O_RDONLY);
    setpgid(0, 0);
    dup2(no_input, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    for (int fd = 3; fd < 20; fd++) close(fd); /* inherited ones */
    if (chdir(directory) == 0)
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

pid_t process_start(const char *command, int *out) {
    int ends[2];
    if (pipe(ends) == -1) report_die("pipe");
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == -1) report_die("fork");
    if (pid == 0) exec_command(command, ends[1]);
    setpgid(pid, pid);
    close(ends[1]);
    *out = ends[0];
    return pid;
}

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool read_output(int fd, char *text, bool one_line) {
    size_t n = 0;
    int64_t end = now_ms() + TIMEOUT_MS;
    text[0] = '\0';
    for (;;) {
        int64_t left = end - now_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (left <= 0 || poll(&p, 1, (int)left) == 0) return false;
        ssize_t got = read(fd, text + n, one_line ? 1 : TEXT_SIZE - 1 - n);
        if (got <= 0) return got == 0;
        n += (size_t)got;
        text[n] = '\0';
        if ((one_line && text[n - 1] == '\n') || n == TEXT_SIZE - 1)
            return true;
    }
}

bool process_read(int out, char *text) {
    return read_output(out, text, false);
}

bool process_read_line(int out, char *text) {
    return read_output(out, text, true);
}

int process_wait(pid_t pid) {
    int status;
    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
