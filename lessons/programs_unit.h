/*
 * programs_unit.h: finds and runs the programs of bin/, for tests
 *
 *   UNIT_MAIN("name", UNIT_TEST(find_programs), ...)     sets names and count
 *   run(name, "--help", NULL);                           sets out and err
 *   port = serve(name, NULL, &pid, &from, &errors);      a server
 *
 * With PROGRAMS="104_stream 206_chaos" in the environment only these are found.
 * Only tests include this file.
 */
#ifndef LESSONS_PROGRAMS_UNIT_H
#define LESSONS_PROGRAMS_UNIT_H

#include "packets/unit.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MAX_PROGRAMS = 100,
    MAX_PARALLEL = 4,   /* experiments that run side by side */
    TIMEOUT_MS = 20000, /* sanitizers and valgrind are slow */
};

static char *names[MAX_PROGRAMS];
static int count;
static bool is_selection; /* PROGRAMS is set */
static char out[65536], err[65536], help[8192];

/* Is a program listed in PROGRAMS, or is that not set? */
static inline bool is_chosen(const char *name) {
    const char *chosen = getenv("PROGRAMS");
    is_selection = chosen && *chosen;
    return !is_selection || strstr(chosen, name);
}

static inline void find_programs(void) {
    struct dirent **all;
    const char *bin = getenv("BIN");
    int n = scandir(bin ? bin : "bin", &all, NULL, alphasort);
    UNIT_TRUE(n > 0);
    for (int i = 0; i < n; i++) {
        bool program = all[i]->d_name[0] >= '0' && all[i]->d_name[0] <= '9';
        if (program && is_chosen(all[i]->d_name) && count < MAX_PROGRAMS)
            names[count++] = strdup(all[i]->d_name);
        free(all[i]);
    }
    if (n >= 0) free(all);
    UNIT_TRUE(count >= 20 || is_selection);
}

/* A relay needs a server for its replies: it is started with --to this one. */
static char backend[40] = "127.0.0.1:1";

static bool is_unprivileged; /* programs run as an ordinary user, not as root */

/* Starts a program with up to three arguments; *from and *errors read what it
 * writes. Its input is empty. */
static inline pid_t start(const char *name, const char *a, const char *b,
                          const char *c, int *from, int *errors) {
    int ends[2], wrong[2];
    char path[PATH_MAX];
    const char *bin = getenv("BIN");
    snprintf(path, sizeof path, "%s/%s", bin ? bin : "bin", name);
    if (pipe(ends) == -1 || pipe(wrong) == -1) abort();
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
        dup2(ends[1], STDOUT_FILENO);
        dup2(wrong[1], STDERR_FILENO);
        for (int fd = 3; fd < 20; fd++) close(fd);
        if (is_unprivileged && (setgid(65534) == -1 || setuid(65534) == -1))
            _exit(126);
        if (strstr(name, "relay") && a && strcmp(a, "--port") == 0)
            execl(path, path, "--to", backend, a, b, c, (char *)NULL);
        execl(path, path, a, b, c, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    close(wrong[1]);
    *from = ends[0];
    *errors = wrong[0];
    return pid;
}

/* Reads to the end, or up to a newline. */
static inline void read_text(int fd, char *text, size_t size, bool line) {
    size_t n = 0;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (n < size - 1 && poll(&p, 1, TIMEOUT_MS) == 1) {
        ssize_t got = read(fd, text + n, line ? 1 : size - 1 - n);
        if (got <= 0) break;
        n += (size_t)got;
        if (line && text[n - 1] == '\n') break;
    }
    text[n] = '\0';
}

static inline int end_of(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

struct running { /* a program */
    pid_t pid;
    int from, errors;
};

/* Reads what a program prints to its end, and ends it if it goes on; fills out
 * and err. */
static inline int finish(const struct running *r) {
    read_text(r->from, out, sizeof out, false);
    read_text(r->errors, err, sizeof err, false);
    close(r->from);
    close(r->errors);
    kill(r->pid, SIGKILL); /* it has ended its output, or its time is up */
    return end_of(r->pid);
}

static inline int run(const char *name, const char *a, const char *b) {
    struct running r;
    r.pid = start(name, a, b, NULL, &r.from, &r.errors);
    return finish(&r);
}

static inline int lines(const char *text) {
    int n = 0;
    for (; *text; text++) n += *text == '\n';
    return n;
}

/* One assertion that names the program. */
static inline void expect(bool good, const char *name, const char *promise) {
    char text[200];
    snprintf(text, sizeof text, "%s: %s", name, promise);
    CU_assertImplementation(good, __LINE__, text, __FILE__, "", CU_FALSE);
}

static inline bool is_server(const char *name) {
    expect(run(name, "--help", NULL) == 0, name, "--help ends with 0");
    memcpy(help, out, sizeof help);
    return strstr(out, "--port") != NULL;
}

static inline bool is_udp(const char *name) {
    return name[0] == '2';
}
/* Starts a server on a free port, which it returns. more: an option, or NULL.
 */
static inline uint16_t serve(const char *name, const char *more, pid_t *pid,
                             int *from, int *errors) {
    char line[200];
    *pid = start(name, "--port", "0", more, from, errors);
    read_text(*from, line, sizeof line, true);
    expect(strncmp(line, "listening on 127.0.0.1:", 23) == 0, name,
           "says where it listens");
    return (uint16_t)strtoul(line + 23, NULL, 10);
}

static inline int dial(uint16_t port, bool udp) {
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == -1) abort();
    return fd;
}

static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/* Every server replies to a request, with an echo, a DNS message or HTTP. */
static inline bool answers(uint16_t port, bool udp) {
    char byte;
    int fd = dial(port, udp);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    bool sent = send(fd, request, sizeof request - 1, 0) > 0;
    bool good =
        sent && poll(&p, 1, TIMEOUT_MS) == 1 && recv(fd, &byte, 1, 0) == 1;
    close(fd);
    return good;
}

/* Starts an echo server, to which relays connect. */
static inline pid_t start_backend(int *from, int *errors) {
    pid_t pid;
    uint16_t port = serve("101_echo_server", NULL, &pid, from, errors);
    snprintf(backend, sizeof backend, "127.0.0.1:%u", port);
    return pid;
}

static inline void end_backend(pid_t pid, int from, int errors) {
    kill(pid, SIGTERM);
    UNIT_INT(end_of(pid), 0);
    close(from);
    close(errors);
}

/* Servers of TCP and UDP, and not of HTTP. */
static inline bool is_introductory(const char *name) {
    return name[0] < '4';
}

#endif
