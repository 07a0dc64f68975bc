/*
 * pages.c: runs what the pages say, and compares
 *
 *   $ bin/101_echo_server --port 7101 &      in the background: port 0 instead
 *   listening on 127.0.0.1:7101              of 7101, which then means that one
 *   $ bin/102_echo_client 127.0.0.1:7101 hi  whatever follows is its output
 *   ...                                      any lines; inside a line, any text
 *   $ kill %1                                SIGTERM, and what it still printed
 *
 * Every ```console block of a page is run in a directory of its own, and the
 * "$" lines in the header of a program too. Ports, times, process ids and
 * sequence numbers are not compared. Usage: bin/pages [FILE...]
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
    TEXT = 65536,  /* bytes of a page, and of one command's output */
    JOBS = 8,      /* background commands of a page */
    PATIENCE = 10, /* seconds for a command */
};

struct job { /* a background command */
    pid_t pid;
    int out;
    char shown[8], real[8]; /* its port, on the page and in truth */
};

static struct job jobs[JOBS];
static int job_count;
static const char *file; /* being checked */
static int line, passed, failed;
static char root[PATH_MAX], place[PATH_MAX];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void complain(const char *what, const char *detail) {
    printf("%s:%d: %s%s%s\n", file, line, what, *detail ? ": " : "", detail);
    failed++;
}

/* --- text --- */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Copies text to out with every whole number that is `from` turned to `to`. */
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

/* Puts the real ports for those that the page shows, or back again. */
static void swap_ports(char *text, bool to_real) {
    static char copy[TEXT];
    for (int i = 0; i < job_count; i++) {
        const struct job *j = &jobs[i];
        renumber(copy, text, to_real ? j->shown : j->real,
                 to_real ? j->real : j->shown);
        memcpy(text, copy, strlen(copy) + 1);
    }
}

/* How long the number at p is, if what stands before or behind it says that it
 * differs from run to run. */
static size_t varies(const char *text, const char *p) {
    static const char *const before[] = {
        "127.0.0.1:", "[::1]:", "localhost:", "port ", "pid ", "seq ", "ack "};
    static const char *const behind[] = {" ms", " us", " ns", " s"};
    size_t n = strspn(p, "0123456789.");
    while (n > 0 && p[n - 1] == '.') n--;
    if (p > text && (is_digit(p[-1]) || p[-1] == '.')) return 0;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        size_t k = strlen(before[i]);
        if ((size_t)(p - text) >= k && memcmp(p - k, before[i], k) == 0)
            return strspn(p, "0123456789");
    }
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++) {
        size_t k = strlen(behind[i]);
        int next = strncmp(p + n, behind[i], k) == 0 ? p[n + k] : 'x';
        if (!(next >= 'a' && next <= 'z')) return n;
    }
    return 0;
}

/* Writes N for what may vary, and a session's id as SID; text is changed. */
static void normalise(char *text) {
    static const char sid[] = "\"sid\":\"";
    char *to = text;
    static char copy[TEXT];
    memcpy(copy, text, strlen(text) + 1);
    for (const char *p = copy; *p;) {
        size_t n = is_digit(*p) ? varies(copy, p) : 0;
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

/* Does a line match one in which "..." stands for any text? */
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

/* Cuts the first line off *rest, and its newline; NULL: there is none. */
static char *cut_line(char **rest) {
    char *start = *rest;
    if (!start || !*start) return NULL;
    char *end = strchr(start, '\n');
    if (end) *end = '\0';
    *rest = end ? end + 1 : NULL;
    return start;
}

/* Compares whole texts; a line "..." matches any number of lines. On a
 * difference says which two lines differ first. */
static bool compare(char *want, char *got, char *why) {
    for (;;) {
        char *w = cut_line(&want);
        if (w && strcmp(w, "...") == 0) {
            static char kept[TEXT];
            char *next = want && *want ? want : NULL;
            size_t n = next ? strcspn(next, "\n") : 0;
            snprintf(kept, sizeof kept, "%.*s", (int)n, next ? next : "");
            if (!next) return true;
            while (got && *got) { /* skip to what the page goes on with */
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

/* Starts a command in a process group of its own, so that all of it can be
 * ended. Its output, both kinds, is read from *out. */
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
        int nothing = open("/dev/null", O_RDONLY);
        dup2(nothing, STDIN_FILENO);
        close(ends[0]);
        close(ends[1]);
        if (chdir(place) == -1) _exit(127);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    setpgid(pid, pid);
    close(ends[1]);
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    *out = ends[0];
    return pid;
}

/* Reads until the end, or until a line has come if that is asked for. False:
 * not in time. */
static bool read_output(int fd, char *text, bool one_line) {
    size_t n = 0;
    int64_t end = now_ms() + PATIENCE * (int64_t)1000;
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

/* Waits for the end of a process; its exit status, or -1. */
static int end_of(pid_t pid) {
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
        complain(command, why);
}

static void run_front(const char *command, char *want, bool compared) {
    static char got[TEXT];
    int out;
    pid_t pid = start(command, &out);
    bool in_time = read_output(out, got, false);
    if (!in_time) kill(-pid, SIGKILL);
    int status = end_of(pid);
    close(out);
    if (!in_time)
        complain(command, "does not end");
    else if (status != 0)
        complain(command, got[0] ? got : "exit status is not 0");
    else if (compared)
        check(want, got, command);
    else
        passed++;
}

/* The digits that follow a text, or "". */
static void digits_after(const char *text, const char *where, char digits[8]) {
    const char *at = strstr(text, where);
    digits[0] = '\0';
    if (!at) return;
    at += strlen(where);
    snprintf(digits, 8, "%.*s", (int)strspn(at, "0123456789"), at);
}

/* One failure is told once: such a job is not asked to end well, too. */
static void abandon(struct job *j, const char *command, const char *why) {
    kill(-j->pid, SIGKILL);
    end_of(j->pid);
    close(j->out);
    j->pid = 0;
    complain(command, why);
}

/* A server: started with port 0, and known by the port that it names. */
static void run_back(char *command, char *want, bool compared) {
    static char with[TEXT], got[TEXT];
    struct job *j = &jobs[job_count];
    if (job_count == JOBS) {
        complain(command, "too many background commands");
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
        abandon(j, command, "does not say that it is listening");
    else if (compared)
        check(want, got, command);
    else
        passed++;
}

/* Ends a background command as kill(1) would; 0 is the only good status. */
static void end_job(struct job *j, char *want, const char *command) {
    static char got[TEXT];
    if (j->pid == 0) return;
    kill(j->pid, SIGTERM);
    if (!read_output(j->out, got, false)) kill(-j->pid, SIGKILL);
    int status = end_of(j->pid);
    close(j->out);
    j->pid = 0;
    if (status != 0)
        complain(command, "does not end with status 0 upon SIGTERM");
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
            complain(command, "there is no such job");
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

/* A fresh directory that looks like the project: bin/ and two rooms. */
static void make_place(void) {
    static const char *const rooms[] = {"lessons", "socketio"};
    const char *bin = getenv("BIN"), *tmp = getenv("TMPDIR");
    char from[2 * PATH_MAX], to[2 * PATH_MAX];
    if (!bin) bin = "bin";
    snprintf(place, sizeof place, "%s/pages.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(place)) die("mkdtemp");
    snprintf(from, sizeof from, "%s/%s", *bin == '/' ? "" : root, bin);
    snprintf(to, sizeof to, "%s/bin", place);
    if (symlink(from, to) == -1) die(to);
    for (size_t i = 0; i < 2; i++) {
        snprintf(from, sizeof from, "%s/%s", root, rooms[i]);
        snprintf(to, sizeof to, "%s/%s", place, rooms[i]);
        if (symlink(from, to) == -1) die(to);
    }
}

/* Removes the directory and the files and links in it. */
static void remove_place(void) {
    DIR *d = opendir(place);
    char path[PATH_MAX + 300];
    for (struct dirent *e; d && (e = readdir(d));) {
        snprintf(path, sizeof path, "%s/%s", place, e->d_name);
        if (e->d_name[0] != '.') unlink(path);
    }
    if (d) closedir(d);
    rmdir(place);
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

/* Adds a line to a text of TEXT bytes; what does not fit is left out. */
static void append_line(char *text, const char *added) {
    size_t n = strlen(text), k = strlen(added);
    if (n + k + 2 > TEXT) return;
    memcpy(text + n, added, k);
    memcpy(text + n + k, "\n", 2);
}

/* Runs the commands of a page. Returns how many blocks it has. */
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

/* Runs the "$" lines of a program's header comment: they must succeed. A
 * backslash continues one; two spaces end it, and prose may follow. */
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

/* The page of a program: tcp/104_stream.c has lessons/104-stream.md. */
static void page_of(const char *program, char page[PATH_MAX]) {
    const char *base = strrchr(program, '/') + 1;
    int n = snprintf(page, PATH_MAX, "lessons/%.*s.md", (int)strcspn(base, "."),
                     base);
    for (int i = 0; i < n; i++)
        if (page[i] == '_') page[i] = '-';
}

/* A page is listed in the table of contents. */
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
        if (stat(page, &there) == -1) complain("has no page", page);
    } else if (!is_listed(path)) {
        complain("is not in lessons/README.md", "");
    }
    char *text = read_file(path);
    if (!text) {
        complain("cannot be read", strerror(errno));
        return;
    }
    make_place();
    if (program)
        check_header(text);
    else if (check_page(text) == 0)
        complain("has no console block", "");
    for (int i = 0; i < job_count; i++)
        end_job(&jobs[i], NULL, "a background command");
    remove_place();
}

/* All pages and programs, in the order of their names. */
static void check_all(void) {
    static const char *const rooms[] = {"lessons", "tcp",       "udp",
                                        "packets", "websocket", "socketio"};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        struct dirent **names;
        int n = scandir(rooms[i], &names, NULL, alphasort);
        for (int k = 0; k < n; k++) {
            char path[PATH_MAX];
            const char *end = strrchr(names[k]->d_name, '.');
            const char *want = i == 0 ? ".md" : ".c";
            snprintf(path, sizeof path, "%s/%s", rooms[i], names[k]->d_name);
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
