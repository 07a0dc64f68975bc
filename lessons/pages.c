/*
 * pages.c: runs the commands of the pages and compares their output
 *
 *   $ bin/101_echo_server --port 7101 &      in the background, with port 0
 *   listening on 127.0.0.1:7101              the line that it must print
 *   $ bin/102_echo_client 127.0.0.1:7101 hi  7101 is replaced by the real port
 *   hi                                       the output must be this
 *   ...                                      any lines; within a line, any text
 *   $ kill %1                                SIGTERM; the rest of its output
 *
 * Runs the ```console blocks of each page, and the "$" lines in the header of
 * each program, in a new directory. Does not compare ports, times, process ids
 * and sequence numbers. Usage: bin/pages [FILE...]
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    TEXT = 65536,   /* bytes of a page, and of one command's output */
    MAX_JOBS = 8,   /* background commands of a page */
    TIMEOUT_S = 10, /* of a command */
};

struct job { /* a background command */
    pid_t pid;
    int out;
    char shown[8], real[8]; /* its port, on the page and in this run */
};

static struct job jobs[MAX_JOBS];
static int job_count;
static const char *file; /* that is checked now */
static int line, passed, failed;
static char root[PATH_MAX];      /* of the project */
static char directory[PATH_MAX]; /* in which the commands run */

static void die(const char *call) {
    perror(call);
    exit(1);
}

static void report(const char *fault, const char *detail) {
    printf("%s:%d: %s%s%s\n", file, line, fault, *detail ? ": " : "", detail);
    failed++;
}

/* --- text --- */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Copies text to out, and replaces each number that equals from by to. */
static void renumber(char *out, const char *text, const char *from,
                     const char *to) {
    size_t n = strlen(from);
    char *at = out;
    for (const char *p = text; *p && at < out + TEXT - 16;) {
        bool whole = n > 0 && strncmp(p, from, n) == 0 && !is_digit(p[n]) &&
                     (p == text || !is_digit(p[-1]));
        if (whole) {
            at += sprintf(at, "%s", to);
            p += n;
        } else {
            *at++ = *p++;
        }
    }
    *at = '\0';
}

/* Replaces the ports that the page shows by the real ones, or the other way. */
static void swap_ports(char *text, bool to_real) {
    static char copy[TEXT];
    for (int i = 0; i < job_count; i++) {
        const struct job *j = &jobs[i];
        renumber(copy, text, to_real ? j->shown : j->real,
                 to_real ? j->real : j->shown);
        memcpy(text, copy, strlen(copy) + 1);
    }
}

/* Returns the length of the number at p if it differs from run to run, which
 * the words before or after it show; otherwise 0. */
static size_t varying_length(const char *text, const char *p) {
    static const char *const before[] = {
        "127.0.0.1:", "[::1]:", "localhost:", "port ", "pid ", "seq ", "ack "};
    static const char *const after[] = {" ms", " us", " ns", " s"};
    size_t n = strspn(p, "0123456789.");
    while (n > 0 && p[n - 1] == '.') n--;
    if (p > text && (is_digit(p[-1]) || p[-1] == '.')) return 0;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        size_t k = strlen(before[i]);
        if ((size_t)(p - text) >= k && memcmp(p - k, before[i], k) == 0)
            return strspn(p, "0123456789");
    }
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
        size_t k = strlen(after[i]);
        int next = strncmp(p + n, after[i], k) == 0 ? p[n + k] : 'x';
        if (!(next >= 'a' && next <= 'z')) return n;
    }
    return 0;
}

/* Replaces numbers that vary by N, and the id of a session by SID. */
static void normalise(char *text) {
    static const char sid[] = "\"sid\":\"";
    char *to = text;
    static char copy[TEXT];
    memcpy(copy, text, strlen(text) + 1);
    for (const char *p = copy; *p;) {
        size_t n = is_digit(*p) ? varying_length(copy, p) : 0;
        if (n > 0) {
            *to++ = 'N';
            p += n;
        } else if (strncmp(p, sid, strlen(sid)) == 0) {
            p += strlen(sid);
            p += strcspn(p, "\"\n");
            to += sprintf(to, "%sSID", sid);
        } else {
            *to++ = *p++;
        }
    }
    *to = '\0';
}

/* Does the line got match the line want, in which "..." matches any text? */
static bool matches(const char *want, const char *got) {
    const char *dots = strstr(want, "...");
    if (!dots) return strcmp(want, got) == 0;
    size_t n = (size_t)(dots - want);
    if (strncmp(want, got, n) != 0) return false;
    for (got += n;; got++) {
        if (matches(dots + 3, got)) return true;
        if (!*got) return false;
    }
}

/* Consumes the first line of *rest with its newline. Returns it without the
 * newline, or NULL if there is none. */
static char *cut_line(char **rest) {
    char *start = *rest;
    if (!start || !*start) return NULL;
    char *end = strchr(start, '\n');
    if (end) *end = '\0';
    *rest = end ? end + 1 : NULL;
    return start;
}

/* Does the output got match the page's text want, in which a line "..." matches
 * any number of lines? If not, why shows the first two lines that differ. */
static bool compare(char *want, char *got, char *why) {
    for (;;) {
        char *w = cut_line(&want);
        if (w && strcmp(w, "...") == 0) {
            static char kept[TEXT];
            char *next = want && *want ? want : NULL;
            size_t n = next ? strcspn(next, "\n") : 0;
            snprintf(kept, sizeof kept, "%.*s", (int)n, next ? next : "");
            if (!next) return true;
            while (got && *got) { /* skip to the page's next line */
                char *end = strchr(got, '\n');
                char saved = '\0';
                if (end) saved = *end;
                if (end) *end = '\0';
                bool found = matches(kept, got);
                if (end) *end = saved;
                if (found) break;
                got = end ? end + 1 : NULL;
            }
            continue;
        }
        char *g = cut_line(&got);
        if (!w && !g) return true;
        if (w && g && matches(w, g)) continue;
        sprintf(why, "\n  page: %.400s\n  run:  %.400s", w ? w : "(no more)",
                g ? g : "(no more)");
        return false;
    }
}

/* --- running --- */

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Starts a command in a new process group, so that all its processes can be
 * killed. *out: the pipe of its stdout and stderr. */
static pid_t start(const char *command, int *out) {
    int ends[2];
    if (pipe(ends) == -1) die("pipe");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == -1) die("fork");
    if (pid == 0) {
        setpgid(0, 0);
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        int no_input = open("/dev/null", O_RDONLY);
        dup2(no_input, STDIN_FILENO);
        close(ends[0]);
        close(ends[1]);
        if (chdir(directory) == -1) _exit(127);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    setpgid(pid, pid);
    close(ends[1]);
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    *out = ends[0];
    return pid;
}

/* Reads output until it ends, or, if one_line is set, until one line has
 * arrived. False: it took too long. */
static bool read_output(int fd, char *text, bool one_line) {
    size_t n = 0;
    int64_t end = now_ms() + TIMEOUT_S * (int64_t)1000;
    text[0] = '\0';
    for (;;) {
        int64_t left = end - now_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (left <= 0 || poll(&p, 1, (int)left) == 0) return false;
        ssize_t got = read(fd, text + n, one_line ? 1 : TEXT - 1 - n);
        if (got <= 0) return got == 0;
        n += (size_t)got;
        text[n] = '\0';
        if ((one_line && text[n - 1] == '\n') || n == TEXT - 1) return true;
    }
}

/* Waits until a process ends. Returns its exit status, or -1. */
static int wait_for_exit(pid_t pid) {
    int status;
    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check(char *want, char *got, const char *command) {
    char why[1000];
    swap_ports(got, false);
    normalise(got);
    normalise(want);
    if (compare(want, got, why))
        passed++;
    else
        report(command, why);
}

/* Runs a command in the foreground. */
static void run_front(const char *command, char *want, bool compared) {
    static char got[TEXT];
    int out;
    pid_t pid = start(command, &out);
    bool in_time = read_output(out, got, false);
    if (!in_time) kill(-pid, SIGKILL);
    int status = wait_for_exit(pid);
    close(out);
    if (!in_time)
        report(command, "does not end");
    else if (status != 0)
        report(command, got[0] ? got : "exit status is not 0");
    else if (compared)
        check(want, got, command);
    else
        passed++;
}

/* Copies the digits after the text where, or "". */
static void digits_after(const char *text, const char *where, char digits[8]) {
    const char *at = strstr(text, where);
    digits[0] = '\0';
    if (!at) return;
    at += strlen(where);
    snprintf(digits, 8, "%.*s", (int)strspn(at, "0123456789"), at);
}

/* Kills a job that failed. Its exit status is not checked, so that one failure
 * is reported once. */
static void abandon(struct job *j, const char *command, const char *why) {
    kill(-j->pid, SIGKILL);
    wait_for_exit(j->pid);
    close(j->out);
    j->pid = 0;
    report(command, why);
}

/* Starts a server in the background, with port 0. Its first line names the port
 * that it got. */
static void run_back(char *command, char *want, bool compared) {
    static char with[TEXT], got[TEXT];
    struct job *j = &jobs[job_count];
    if (job_count == MAX_JOBS) {
        report(command, "too many background commands");
        return;
    }
    digits_after(command, "--port ", j->shown);
    size_t n = (size_t)sprintf(with, "exec ");
    renumber(with + n, command, j->shown, "0");
    *strrchr(with, '&') = '\0';
    j->pid = start(with, &j->out);
    bool listens = read_output(j->out, got, true) &&
                   strncmp(got, "listening on ", 13) == 0;
    char *colon = strrchr(got, ':');
    snprintf(j->real, sizeof j->real, "%.*s",
             colon ? (int)strspn(colon + 1, "0123456789") : 0,
             colon ? colon + 1 : "");
    job_count++;
    if (!listens)
        abandon(j, command, "does not print that it is listening");
    else if (compared)
        check(want, got, command);
    else
        passed++;
}

/* Ends a background command with SIGTERM. Its exit status must be 0. */
static void end_job(struct job *j, char *want, const char *command) {
    static char got[TEXT];
    if (j->pid == 0) return;
    kill(j->pid, SIGTERM);
    if (!read_output(j->out, got, false)) kill(-j->pid, SIGKILL);
    int status = wait_for_exit(j->pid);
    close(j->out);
    j->pid = 0;
    if (status != 0)
        report(command, "does not end with status 0 on SIGTERM");
    else if (want)
        check(want, got, command);
}

static void run(char *command, char *want, bool compared) {
    size_t n = strlen(command);
    while (n > 0 && command[n - 1] == ' ') command[--n] = '\0';
    if (n == 7 && strncmp(command, "kill %", 6) == 0) {
        int number = command[6] - '0';
        if (number >= 1 && number <= job_count)
            end_job(&jobs[number - 1], want, command);
        else
            report(command, "there is no such job");
        return;
    }
    if (n > 0 && command[n - 1] == '&') {
        run_back(command, want, compared);
        return;
    }
    static char with[TEXT];
    snprintf(with, sizeof with, "%s", command);
    swap_ports(with, true);
    run_front(with, want, compared);
}

/* --- files --- */

/* Makes a directory with links to bin/ and to those parts of the project that
 * the commands use. */
static void make_directory(void) {
    static const char *const parts[] = {"lessons", "socketio"};
    const char *bin = getenv("BIN"), *tmp = getenv("TMPDIR");
    char from[2 * PATH_MAX], to[2 * PATH_MAX];
    if (!bin) bin = "bin";
    snprintf(directory, sizeof directory, "%s/pages.XXXXXX",
             tmp ? tmp : "/tmp");
    if (!mkdtemp(directory)) die("mkdtemp");
    snprintf(from, sizeof from, "%s/%s", *bin == '/' ? "" : root, bin);
    snprintf(to, sizeof to, "%s/bin", directory);
    if (symlink(from, to) == -1) die(to);
    for (size_t i = 0; i < 2; i++) {
        snprintf(from, sizeof from, "%s/%s", root, parts[i]);
        snprintf(to, sizeof to, "%s/%s", directory, parts[i]);
        if (symlink(from, to) == -1) die(to);
    }
}

/* Removes the directory and the files and links in it. */
static void remove_directory(void) {
    DIR *d = opendir(directory);
    char path[PATH_MAX + 300];
    for (struct dirent *e; d && (e = readdir(d));) {
        snprintf(path, sizeof path, "%s/%s", directory, e->d_name);
        if (e->d_name[0] != '.') unlink(path);
    }
    if (d) closedir(d);
    rmdir(directory);
}

static char *read_file(const char *path) {
    static char text[TEXT];
    FILE *f = fopen(path, "r");
    if (!f) return NULL;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    return text;
}

/* Appends a line to a text of TEXT bytes, if it fits. */
static void append_line(char *text, const char *added) {
    size_t n = strlen(text), k = strlen(added);
    if (n + k + 2 > TEXT) return;
    memcpy(text + n, added, k);
    memcpy(text + n + k, "\n", 2);
}

/* Runs the commands of a page. Returns the number of its console blocks. */
static int check_page(char *text) {
    static char command[TEXT], want[TEXT];
    int blocks = 0, command_line = 0;
    bool inside = false, pending = false;
    for (char *l; (l = cut_line(&text));) {
        line++;
        bool fence = strncmp(l, "```", 3) == 0;
        if (pending && (fence || strncmp(l, "$ ", 2) == 0)) {
            int here = line;
            line = command_line;
            run(command, want, true);
            line = here;
            pending = false;
        }
        if (fence) {
            inside = !inside && strcmp(l, "```console") == 0;
            blocks += inside;
        } else if (inside && strncmp(l, "$ ", 2) == 0) {
            snprintf(command, sizeof command, "%s", l + 2);
            want[0] = '\0';
            pending = true;
            command_line = line;
        } else if (inside && pending) {
            append_line(want, l);
        }
    }
    return blocks;
}

/* Runs the "$" lines of a program's header comment, which must succeed. A
 * command continues on the next line after a backslash, and ends before two
 * spaces. */
static void check_header(char *text) {
    static char command[TEXT];
    command[0] = '\0';
    for (char *l; (l = cut_line(&text)) && strcmp(l, " */") != 0;) {
        line++;
        char *dollar = strstr(l, "  $ ");
        if (!dollar && !command[0]) continue;
        char *part = dollar ? dollar + 4 : l + 2 + strspn(l + 2, " ");
        char *prose = strstr(part, "  ");
        if (prose) *prose = '\0';
        size_t n = strlen(command);
        snprintf(command + n, sizeof command - n, "%s", part);
        n = strlen(command);
        if (command[n - 1] == '\\') {
            command[n - 1] = ' ';
            continue;
        }
        run(command, NULL, false);
        command[0] = '\0';
    }
}

/* Gives the page of a program: lessons/104-stream.md of tcp/104_stream.c. */
static void page_of(const char *program, char page[PATH_MAX]) {
    const char *base = strrchr(program, '/') + 1;
    int n = snprintf(page, PATH_MAX, "lessons/%.*s.md", (int)strcspn(base, "."),
                     base);
    for (int i = 0; i < n; i++)
        if (page[i] == '_') page[i] = '-';
}

/* Is the page listed in the table of contents? */
static bool is_listed(const char *page) {
    static char contents[TEXT];
    char *text = read_file("lessons/README.md");
    snprintf(contents, sizeof contents, "%s", text ? text : "");
    return strstr(contents, strrchr(page, '/') + 1) != NULL;
}

static void check_file(const char *path) {
    bool program = strstr(path, ".c") != NULL;
    char page[PATH_MAX];
    struct stat there;
    file = path;
    line = 0;
    job_count = 0;
    if (program) {
        page_of(path, page);
        if (stat(page, &there) == -1) report("has no page", page);
    } else if (!is_listed(path)) {
        report("is not in lessons/README.md", "");
    }
    char *text = read_file(path);
    if (!text) {
        report("cannot be read", strerror(errno));
        return;
    }
    make_directory();
    if (program)
        check_header(text);
    else if (check_page(text) == 0)
        report("has no console block", "");
    for (int i = 0; i < job_count; i++)
        end_job(&jobs[i], NULL, "a background command");
    remove_directory();
}

/* Checks the pages, then the programs, in the order of their names. */
static void check_all(void) {
    static const char *const parts[] = {"lessons", "tcp",       "udp",
                                        "packets", "websocket", "socketio"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct dirent **names;
        int n = scandir(parts[i], &names, NULL, alphasort);
        for (int k = 0; k < n; k++) {
            char path[PATH_MAX];
            const char *end = strrchr(names[k]->d_name, '.');
            const char *want = i == 0 ? ".md" : ".c";
            snprintf(path, sizeof path, "%s/%s", parts[i], names[k]->d_name);
            if (is_digit(names[k]->d_name[0]) && end && strcmp(end, want) == 0)
                check_file(path);
            free(names[k]);
        }
        if (n >= 0) free(names);
    }
}

int main(int argc, char **argv) {
    if (argc > 1 && argv[1][0] == '-') {
        bool help = strcmp(argv[1], "--help") == 0;
        fprintf(help ? stdout : stderr, "usage: pages [FILE...]\n");
        return help ? 0 : 2;
    }
    if (!getcwd(root, sizeof root)) die("getcwd");
    for (int i = 1; i < argc; i++) check_file(argv[i]);
    if (argc == 1) check_all();
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
