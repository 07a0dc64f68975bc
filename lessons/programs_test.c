/*
 * programs_test.c: the promises that every program makes, tested from outside
 *
 * The programs are those found in bin/, so a new one is tested without being
 * listed here: its header, its options, how it ends, and how a server behaves
 * when clients break off.
 */
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
    TIMEOUT_MS = 20000, /* sanitizers and valgrind are slow */
    MAX_HEADER = 16     /* lines of a program's header comment */
};

static char *names[MAX_PROGRAMS];
static int count;
static char out[65536], err[65536], help[8192];

static void find_programs(void) {
    struct dirent **all;
    const char *bin = getenv("BIN");
    int n = scandir(bin ? bin : "bin", &all, NULL, alphasort);
    UNIT_TRUE(n > 0);
    for (int i = 0; i < n; i++) {
        bool program = all[i]->d_name[0] >= '0' && all[i]->d_name[0] <= '9';
        if (program && count < MAX_PROGRAMS)
            names[count++] = strdup(all[i]->d_name);
        free(all[i]);
    }
    if (n >= 0) free(all);
    UNIT_TRUE(count >= 20);
}

/* Starts a program with up to three arguments; *from and *errors read what it
 * writes. Its input is empty. */
static pid_t start(const char *name, const char *a, const char *b,
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
        execl(path, name, a, b, c, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    close(wrong[1]);
    *from = ends[0];
    *errors = wrong[0];
    return pid;
}

/* Reads to the end, or up to a newline. */
static void read_text(int fd, char *text, size_t size, bool line) {
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

static int end_of(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Runs a program to its end, and ends it if it goes on; fills out and err. */
static int run(const char *name, const char *a, const char *b) {
    int from, errors;
    pid_t pid = start(name, a, b, NULL, &from, &errors);
    read_text(from, out, sizeof out, false);
    read_text(errors, err, sizeof err, false);
    close(from);
    close(errors);
    kill(pid, SIGKILL); /* it has ended its output, or its time is up */
    return end_of(pid);
}

static int lines(const char *text) {
    int n = 0;
    for (; *text; text++) n += *text == '\n';
    return n;
}

/* One assertion that names the program. */
static void expect(bool good, const char *name, const char *what) {
    char text[200];
    snprintf(text, sizeof text, "%s: %s", name, what);
    CU_assertImplementation(good, __LINE__, text, __FILE__, "", CU_FALSE);
}

static bool is_server(const char *name) {
    expect(run(name, "--help", NULL) == 0, name, "--help ends with 0");
    memcpy(help, out, sizeof help);
    return strstr(out, "--port") != NULL;
}

static bool is_udp(const char *name) {
    return name[0] == '2';
}

/* Finds the source of a program by the directory of its hundred. */
static FILE *open_source(const char *name) {
    static const char *const parts[] = {"tcp", "udp", "packets", "websocket",
                                        "socketio"};
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s.c", parts[(name[0] - '1') % 5], name);
    return fopen(path, "r");
}

/* A header row is " * Shows", two spaces or more, and text. */
static bool is_row(const char *line, const char *row) {
    size_t n = strlen(row);
    return strncmp(line, " * ", 3) == 0 && strncmp(line + 3, row, n) == 0 &&
           strncmp(line + 3 + n, "  ", 2) == 0;
}

static void every_program_has_a_header_and_a_page(void) {
    static const char *const rows[] = {"Shows", "By hand", "Run", "Try",
                                       "Read"};
    char line[200], page[PATH_MAX];
    for (int i = 0; i < count; i++) {
        unsigned found = 0, header = 0;
        FILE *source = open_source(names[i]);
        expect(source != NULL, names[i], "has a source file");
        while (source && fgets(line, sizeof line, source)) {
            header++;
            for (unsigned k = 0; k < 5; k++)
                if (is_row(line, rows[k])) found |= 1u << k;
            if (strcmp(line, " */\n") == 0) break;
        }
        if (source) fclose(source);
        expect(header <= MAX_HEADER, names[i], "its header is short");
        for (unsigned k = 0; k < 5; k++)
            expect(found >> k & 1, names[i], rows[k]);
        snprintf(page, sizeof page, "lessons/%s.md", names[i]);
        for (char *c = page; *c; c++)
            if (*c == '_') *c = '-';
        expect(access(page, R_OK) == 0, names[i], "has a page in lessons/");
    }
}

static void an_unknown_option_is_a_usage_error(void) {
    for (int i = 0; i < count; i++) {
        int status = run(names[i], "--no-such-option", NULL);
        expect(status == 2, names[i], "exit status 2");
        bool is_long = strstr(err, "--help") != NULL;
        expect((strstr(err, "usage: ") || is_long) && lines(err) == 1, names[i],
               "one usage line on stderr");
        expect(out[0] == '\0', names[i], "nothing on stdout");
    }
}

static void help_is_on_stdout(void) {
    for (int i = 0; i < count; i++) {
        int status = run(names[i], "--help", NULL);
        expect(status == 0 && strncmp(out, "usage: ", 7) == 0 && !err[0],
               names[i], "usage on stdout, exit status 0");
    }
}

static void an_experiment_ends_with_what_you_saw(void) {
    for (int i = 0; i < count; i++) {
        if (is_server(names[i]) || strstr(names[i], "client")) continue;
        int status = run(names[i], NULL, NULL);
        size_t n = strlen(out);
        if (n > 0 && out[n - 1] == '\n') out[n - 1] = '\0';
        char *last = strrchr(out, '\n');
        expect(status == 0, names[i], "ends with 0");
        expect(strncmp(last ? last + 1 : out, "What you saw: ", 14) == 0,
               names[i], "its last line begins 'What you saw: '");
    }
}

/* Starts a server on a free port, which it returns. more: an option, or NULL.
 */
static uint16_t serve(const char *name, const char *more, pid_t *pid, int *from,
                      int *errors) {
    char line[200];
    *pid = start(name, "--port", "0", more, from, errors);
    read_text(*from, line, sizeof line, true);
    expect(strncmp(line, "listening on 127.0.0.1:", 23) == 0, name,
           "says where it listens");
    return (uint16_t)strtoul(line + 23, NULL, 10);
}

static int dial(uint16_t port, bool udp) {
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == -1) abort();
    return fd;
}

static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/* Echo or HTTP: to a request every server says something. */
static bool answers(uint16_t port, bool udp) {
    char byte;
    int fd = dial(port, udp);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    bool sent = send(fd, request, sizeof request - 1, 0) > 0;
    bool good =
        sent && poll(&p, 1, TIMEOUT_MS) == 1 && recv(fd, &byte, 1, 0) == 1;
    close(fd);
    return good;
}

/* Sends half a request, then a reset: SO_LINGER with 0 seconds. */
static void break_off(uint16_t port) {
    struct linger at_once = {1, 0};
    int fd = dial(port, false);
    if (send(fd, request, sizeof request / 2, 0) == -1) abort();
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

static void check_server(const char *name, int signal) {
    int from, errors;
    pid_t pid;
    uint16_t port = serve(name, NULL, &pid, &from, &errors);
    for (int i = 0; i < 3 && !is_udp(name); i++) break_off(port);
    expect(answers(port, is_udp(name)), name,
           "serves after peers that break off");

    char text[10], want[200];
    snprintf(text, sizeof text, "%u", port);
    snprintf(want, sizeof want,
             "%s: cannot listen at 127.0.0.1:%u: address in use\n", name, port);
    expect(run(name, "--port", text) == 1, name, "port in use: exit status 1");
    expect(strcmp(err, want) == 0, name, "port in use: one line that names it");

    int idle = dial(port, is_udp(name));
    kill(pid, signal);
    expect(end_of(pid) == 0, name, "ends with 0 on the signal");
    close(idle);
    close(from);
    close(errors);
}

static void servers_survive_broken_clients_and_end_on_sigterm(void) {
    int servers = 0;
    for (int i = 0; i < count; i++) {
        if (!is_server(names[i])) continue;
        check_server(names[i], SIGTERM);
        servers++;
    }
    UNIT_TRUE(servers >= 8);
}

static void servers_end_on_sigint(void) {
    for (int i = 0; i < count; i++)
        if (is_server(names[i])) check_server(names[i], SIGINT);
}

/* A client comes and goes: at least two lines say so, with its address. */
static void traces_of_servers_name_their_clients(void) {
    int traced = 0;
    for (int i = 0; i < count; i++) {
        if (!is_server(names[i]) || !strstr(help, "--trace")) continue;
        if (strcmp(names[i], "401_http") == 0) continue; /* traces its parser */
        int from, errors;
        pid_t pid;
        struct sockaddr_in self;
        socklen_t size = sizeof self;
        char address[40];
        uint16_t port = serve(names[i], "--trace", &pid, &from, &errors);
        int fd = dial(port, false);
        if (getsockname(fd, (struct sockaddr *)&self, &size) == -1) abort();
        snprintf(address, sizeof address, " 127.0.0.1:%u ",
                 ntohs(self.sin_port));
        send(fd, request, sizeof request - 1, 0);
        read_text(errors, err, sizeof err, true);
        expect(strstr(err, address) && strstr(err, "connected"), names[i],
               "traces who has connected");
        close(fd);
        kill(pid, SIGTERM);
        expect(end_of(pid) == 0, names[i], "ends with 0 when traced");
        read_text(errors, err, sizeof err, false);
        expect(strstr(err, address) && strstr(err, "closed: "), names[i],
               "traces who is gone");
        close(from);
        close(errors);
        traced++;
    }
    UNIT_TRUE(traced >= 3); /* 408, 503, 506 */
}

/* Fills out with all that a command of the shell prints. Returns its status. */
static int run_shell(const char *command) {
    FILE *f = popen(command, "r");
    if (!f) abort();
    out[fread(out, 1, sizeof out - 1, f)] = '\0';
    return pclose(f);
}

/* lessons/demo.sh on the port. */
static void run_demo(const char *port) {
    char command[PATH_MAX];
    const char *bin = getenv("BIN");
    snprintf(command, sizeof command,
             "lessons/demo.sh %s/506_echo_server %s 2>&1", bin ? bin : "bin",
             port);
    UNIT_TRUE(run_shell(command) != 0);
}

/* Whatever else this machine has, it has no such compiler. */
static void the_doctor_names_what_is_missing_and_the_fix(void) {
    UNIT_INT(run_shell("CC=no_such_cc lessons/doctor.sh 2>&1"), 0);
    UNIT_TRUE(strstr(out, "  NO   compiler          there is no no_such_cc\n"
                          "         fix:     "));
    UNIT_TRUE(strstr(out, "         missing: every lesson\n"));
    UNIT_TRUE(strstr(out, "   ?   IPv6              not tried: "));
    UNIT_TRUE(strstr(out, " of 13; "));
}

static void a_demo_on_a_taken_port_suggests_the_next(void) {
    int from, errors;
    pid_t pid;
    char text[10], want[300];
    unsigned port = serve("506_echo_server", NULL, &pid, &from, &errors);
    snprintf(text, sizeof text, "%u", port);
    run_demo(text);
    snprintf(want, sizeof want,
             "506_echo_server: cannot listen at 127.0.0.1:%u: address in use\n"
             "If the port is taken, try another: make demo PORT=%u\n",
             port, port + 1);
    UNIT_TEXT(out, strlen(out), want);
    kill(pid, SIGTERM);
    UNIT_INT(end_of(pid), 0);
    close(from);
    close(errors);
}

static void a_bad_value_is_a_usage_error(void) {
    static const char *const bad[] = {"65536", "-1", "", "7x", "+7"};
    for (int i = 0; i < count; i++) {
        if (!is_server(names[i])) continue;
        for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
            expect(run(names[i], "--port", bad[k]) == 2, names[i],
                   "a bad port: exit status 2");
        expect(run(names[i], "--port", NULL) == 2, names[i],
               "a port is missing: exit status 2");
    }
}

static void clients_say_why_there_is_no_server(void) {
    for (int i = 0; i < count; i++) {
        if (!strstr(names[i], "client")) continue;
        bool url = names[i][0] >= '4';
        const char *nobody = !url                 ? "127.0.0.1:1"
                             : names[i][0] == '4' ? "ws://127.0.0.1:1/"
                                                  : "http://127.0.0.1:1";
        expect(run(names[i], nobody, "x") == 1, names[i], "exit status 1");
        expect(lines(err) == 1, names[i], "one line on stderr");
        expect(run(names[i], NULL, NULL) == 2, names[i],
               "no operand: exit status 2");
        if (!url) continue;
        expect(run(names[i], "wss://127.0.0.1:1/", NULL) == 2, names[i],
               "wss: exit status 2");
        expect(strstr(err, ": no TLS here: use "), names[i], "no wss here");
    }
    for (int i = 0; i < count; i++) free(names[i]);
}

UNIT_MAIN("programs", UNIT_TEST(find_programs),
          UNIT_TEST(every_program_has_a_header_and_a_page),
          UNIT_TEST(an_unknown_option_is_a_usage_error),
          UNIT_TEST(help_is_on_stdout),
          UNIT_TEST(an_experiment_ends_with_what_you_saw),
          UNIT_TEST(servers_survive_broken_clients_and_end_on_sigterm),
          UNIT_TEST(servers_end_on_sigint),
          UNIT_TEST(traces_of_servers_name_their_clients),
          UNIT_TEST(the_doctor_names_what_is_missing_and_the_fix),
          UNIT_TEST(a_demo_on_a_taken_port_suggests_the_next),
          UNIT_TEST(a_bad_value_is_a_usage_error),
          UNIT_TEST(clients_say_why_there_is_no_server))
