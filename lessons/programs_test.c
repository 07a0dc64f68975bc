/*
 * programs_test.c: the promises that every program makes, tested from outside
 *
 * The programs are those found in bin/, so a new one is tested without being
 * listed here: its header, its options, how it ends, and how a server behaves
 * when clients break off. With PROGRAMS="104_stream 206_chaos" in the
 * environment only these are tested.
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MAX_PROGRAMS = 100,
    MAX_PARALLEL = 4,   /* experiments that run side by side */
    TIMEOUT_MS = 20000, /* sanitizers and valgrind are slow */
    MAX_HEADER = 14,    /* lines of a program's header comment, without the two
                           that delimit it */
    MAX_LINES = 140,    /* of a program, all included */
    MAX_LONG = 160      /* of 506 and 508 */
};

static char *names[MAX_PROGRAMS];
static int count;
static bool is_selection; /* PROGRAMS is set */
static char out[65536], err[65536], help[8192];

/* Is a program listed in PROGRAMS, or is that not set? */
static bool is_chosen(const char *name) {
    const char *chosen = getenv("PROGRAMS");
    is_selection = chosen && *chosen;
    return !is_selection || strstr(chosen, name);
}

static void find_programs(void) {
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

struct running { /* a program */
    pid_t pid;
    int from, errors;
};

/* Reads what a program prints to its end, and ends it if it goes on; fills out
 * and err. */
static int finish(const struct running *r) {
    read_text(r->from, out, sizeof out, false);
    read_text(r->errors, err, sizeof err, false);
    close(r->from);
    close(r->errors);
    kill(r->pid, SIGKILL); /* it has ended its output, or its time is up */
    return end_of(r->pid);
}

static int run(const char *name, const char *a, const char *b) {
    struct running r;
    r.pid = start(name, a, b, NULL, &r.from, &r.errors);
    return finish(&r);
}

static int lines(const char *text) {
    int n = 0;
    for (; *text; text++) n += *text == '\n';
    return n;
}

/* One assertion that names the program. */
static void expect(bool good, const char *name, const char *promise) {
    char text[200];
    snprintf(text, sizeof text, "%s: %s", name, promise);
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
        expect(header <= MAX_HEADER + 2, names[i], "its header is short");
        for (unsigned k = 0; k < 5; k++)
            expect(found >> k & 1, names[i], rows[k]);
        snprintf(page, sizeof page, "lessons/%s.md", names[i]);
        for (char *c = page; *c; c++)
            if (*c == '_') *c = '-';
        expect(access(page, R_OK) == 0, names[i], "has a page in lessons/");
    }
}

static void no_program_is_long(void) {
    char line[200];
    for (int i = 0; i < count; i++) {
        long number = strtol(names[i], NULL, 10);
        int n = 0;
        FILE *source = open_source(names[i]);
        while (source && fgets(line, sizeof line, source))
            n += strchr(line, '\n') != NULL;
        if (source) fclose(source);
        expect(n <= (number == 506 || number == 508 ? MAX_LONG : MAX_LINES),
               names[i], "is short enough to be read in one go");
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

static void output_that_is_lost_is_an_error(void) {
    char command[PATH_MAX + 60];
    const char *bin = getenv("BIN");
    if (access("/dev/full", W_OK) != 0) return; /* Linux has it */
    for (int i = 0; i < count; i++) {
        if (strncmp(names[i], "101", 3) == 0) continue; /* calls no module */
        snprintf(command, sizeof command, "%s/%s --help >/dev/full 2>/dev/null",
                 bin ? bin : "bin", names[i]);
        int status = system(command);
        expect(WIFEXITED(status) && WEXITSTATUS(status) == 1, names[i],
               "ends with 1 if stdout is full");
    }
}

/* Starts each program without arguments, MAX_PARALLEL side by side. After each
 * it fills out and err, and calls ended with the exit status. */
static void run_all(char *const *programs, int n,
                    void (*ended)(const char *name, int status)) {
    struct running running[MAX_PARALLEL];
    for (int i = 0; i < n + MAX_PARALLEL; i++) {
        struct running *r = &running[i % MAX_PARALLEL];
        int first = i - MAX_PARALLEL;
        if (first >= 0 && first < n) ended(programs[first], finish(r));
        if (i >= n) continue;
        /* 122 alone would take half a minute without an argument. */
        bool is_long = strncmp(programs[i], "122", 3) == 0;
        r->pid = start(programs[i], is_long ? "--clients" : NULL, "10", NULL,
                       &r->from, &r->errors);
    }
}

static void check_experiment(const char *name, int status) {
    size_t n = strlen(out);
    if (n > 0 && out[n - 1] == '\n') out[n - 1] = '\0';
    char *last = strrchr(out, '\n');
    expect(status == 0, name, "ends with 0");
    expect(strncmp(last ? last + 1 : out, "What you saw: ", 14) == 0, name,
           "its last line begins 'What you saw: '");
}

static void an_experiment_ends_with_what_you_saw(void) {
    char *experiments[MAX_PROGRAMS];
    int n = 0;
    for (int i = 0; i < count; i++)
        if (!is_server(names[i]) && !strstr(names[i], "echo_client"))
            experiments[n++] = names[i];
    run_all(experiments, n, check_experiment);
}

/* Does the program show what crosses the wire? */
static bool has_ladder(const char *name) {
    char line[200];
    bool is_found = false;
    FILE *source = open_source(name);
    while (source && fgets(line, sizeof line, source))
        if (strstr(line, "#include \"tcp/ladder.h\"")) is_found = true;
    if (source) fclose(source);
    return is_found;
}

static bool is_out_of_reach; /* the user nobody cannot enter the directory */

static void check_wire(const char *name, int status) {
    if (status == 127) is_out_of_reach = true;
    if (status == 127) return;
    expect(status == 0 && !err[0], name, "ends with 0 as nobody");
    expect(strncmp(out, "wire: ", 6) == 0 && strstr(out, "What you saw: "),
           name, "says how it sees the wire, and what was seen");
}

static void the_wire_is_shown_to_an_ordinary_user(void) {
    char *with_ladder[MAX_PROGRAMS] = {NULL};
    int found = 0;
    for (int i = 0; i < count; i++)
        if (has_ladder(names[i])) with_ladder[found++] = names[i];
    is_unprivileged = getuid() == 0;
    run_all(with_ladder, found, check_wire);
    is_unprivileged = false;
    UNIT_TRUE(found >= 4 || is_selection);
    if (is_out_of_reach)
        puts("SKIPPED: no way to the programs for an ordinary user");
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

/* Every server replies to a request, with an echo or with HTTP. */
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

    char text[10], expected[200];
    snprintf(text, sizeof text, "%u", port);
    snprintf(expected, sizeof expected,
             "%s: cannot listen at 127.0.0.1:%u: address in use\n", name, port);
    expect(run(name, "--port", text) == 1, name, "port in use: exit status 1");
    expect(strcmp(err, expected) == 0, name,
           "port in use: one line that names it");

    int idle = dial(port, is_udp(name));
    kill(pid, signal);
    expect(end_of(pid) == 0, name, "ends with 0 on the signal");
    close(idle);
    close(from);
    close(errors);
}

/* Starts an echo server, to which relays connect. */
static pid_t start_backend(int *from, int *errors) {
    pid_t pid;
    uint16_t port = serve("101_echo_server", NULL, &pid, from, errors);
    snprintf(backend, sizeof backend, "127.0.0.1:%u", port);
    return pid;
}

static void end_backend(pid_t pid, int from, int errors) {
    kill(pid, SIGTERM);
    UNIT_INT(end_of(pid), 0);
    close(from);
    close(errors);
}

static void servers_survive_broken_clients_and_end_on_sigterm(void) {
    int servers = 0, from, errors;
    pid_t pid = start_backend(&from, &errors);
    for (int i = 0; i < count; i++) {
        if (!is_server(names[i])) continue;
        check_server(names[i], SIGTERM);
        servers++;
    }
    UNIT_TRUE(servers >= 8 || is_selection);
    end_backend(pid, from, errors);
}

static void servers_end_on_sigint(void) {
    int from, errors;
    pid_t pid = start_backend(&from, &errors);
    for (int i = 0; i < count; i++)
        if (is_server(names[i])) check_server(names[i], SIGINT);
    end_backend(pid, from, errors);
}

/* Servers of TCP and UDP, and not of HTTP. */
static bool is_introductory(const char *name) {
    return name[0] < '4';
}

/* 101 and 201 write their traces themselves, with fprintf. */
static bool traces_by_hand(const char *name) {
    return strncmp(name + 1, "01", 2) == 0 && is_introductory(name);
}

/* Writes " 127.0.0.1:53422 ", as a trace names the client fd. */
static void address_of(int fd, char address[40]) {
    struct sockaddr_in self;
    socklen_t size = sizeof self;
    if (getsockname(fd, (struct sockaddr *)&self, &size) == -1) abort();
    snprintf(address, 40, " 127.0.0.1:%u ", ntohs(self.sin_port));
}

static void every_server_has_a_trace(void) {
    for (int i = 0; i < count; i++)
        if (is_server(names[i]))
            expect(strstr(help, "--trace") != NULL, names[i], "has --trace");
}

/* Reads lines of a trace into err, to the nth one that contains last. */
static void read_trace(int errors, const char *last, int nth) {
    size_t n = 0;
    while (nth > 0) {
        char *line = err + n;
        read_text(errors, line, sizeof err - n, true);
        if (!strchr(line, '\n')) return; /* its time is up */
        n += strlen(line);
        if (strstr(line, last)) nth--;
    }
}

/* Does err have this about the client, in a line after *at? Moves *at there. */
static bool says_next(const char **at, const char *arrow, const char *address,
                      const char *event) {
    char line[200];
    int n = snprintf(line, sizeof line, "%s%s%s", arrow, address, event);
    const char *found = strstr(*at, line);
    bool begins_a_line = found && (found == err || found[-1] == '\n');
    if (found) *at = found + n;
    return begins_a_line;
}

/* Sends the request, and receives the echo or the reply of 209. Returns its
 * length; 0 or -1: there was none. */
static ssize_t exchange(int fd, bool udp) {
    char bytes[1000];
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (send(fd, request, sizeof request - 1, 0) == -1) return -1;
    if (poll(&p, 1, TIMEOUT_MS) != 1) return -1;
    return udp ? recv(fd, bytes, sizeof bytes, 0)
               : recv(fd, bytes, sizeof request - 1, MSG_WAITALL);
}

/* A client connects, sends, receives and closes. */
static void check_trace(const char *name) {
    int from, errors;
    pid_t pid;
    char address[40], bytes[40];
    const char *at = err;
    bool udp = is_udp(name);
    uint16_t port = serve(name, "--trace", &pid, &from, &errors);
    int fd = dial(port, udp);
    address_of(fd, address);
    ssize_t n = exchange(fd, udp);
    close(fd);
    read_trace(errors, udp ? "-> " : " closed", 1);

    snprintf(bytes, sizeof bytes, "%zu B", sizeof request - 1);
    if (!udp)
        expect(says_next(&at, "<-", address, "connected\n"), name,
               "traces a new client");
    expect(says_next(&at, "<-", address, bytes), name, "traces what arrives");
    snprintf(bytes, sizeof bytes, "%zd B", n);
    expect(says_next(&at, "->", address, bytes), name, "traces what it sends");
    if (!udp)
        expect(says_next(&at, "--", address, "closed"), name,
               "traces a closed connection");
    kill(pid, SIGTERM);
    expect(end_of(pid) == 0, name, "ends with 0 when traced");
    close(from);
    close(errors);
}

static void a_trace_shows_a_client_from_beginning_to_end(void) {
    int from, errors;
    pid_t pid = start_backend(&from, &errors);
    for (int i = 0; i < count; i++)
        if (is_server(names[i]) && is_introductory(names[i]))
            check_trace(names[i]);
    end_backend(pid, from, errors);
}

/* Reads the bytes that have arrived. */
static void read_some(int fd, char *text, size_t size) {
    size_t n = 0;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (n < size - 1 && poll(&p, 1, 0) == 1) {
        ssize_t got = read(fd, text + n, size - 1 - n);
        if (got <= 0) break;
        n += (size_t)got;
    }
    text[n] = '\0';
}

/* stderr is not read. In the end its pipe is full, and lines are left out. */
static void check_unread_trace(const char *name) {
    enum {
        MESSAGES = 4000
    };
    int from, errors, answered = 0;
    pid_t pid;
    uint16_t port = serve(name, "--trace", &pid, &from, &errors);
    int fd = dial(port, is_udp(name));
    for (; answered < MESSAGES; answered++) {
        if (exchange(fd, is_udp(name)) <= 0) break;
        read_some(from, out, sizeof out); /* stdout, not the trace */
    }
    expect(answered == MESSAGES, name, "serves if its trace is not read");
    read_some(errors, err, sizeof err);
    close(errors);
    expect(exchange(fd, is_udp(name)) > 0 && exchange(fd, is_udp(name)) > 0,
           name, "serves if the reader of its trace has ended");
    close(fd);
    kill(pid, SIGTERM);
    end_of(pid);
    expect(lines(err) > 100 && lines(err) < 2 * MESSAGES, name,
           "leaves out lines of its trace");
    close(from);
}

/* 101 and 201 wait; they say so under Limits. */
static void a_trace_that_is_not_read_blocks_no_client(void) {
    int from, errors;
    pid_t pid = start_backend(&from, &errors);
    for (int i = 0; i < count; i++)
        if (is_server(names[i]) && is_introductory(names[i]) &&
            !traces_by_hand(names[i]))
            check_unread_trace(names[i]);
    end_backend(pid, from, errors);
}

/* Is this a line of a trace about a client that sends single bytes? */
static bool is_line_of_trace(const char *line) {
    static const char *const events[] = {" connected\n", " 1 B\n",
                                         " closed: FIN received\n"};
    size_t n = strncmp(line, "<- 127.0.0.1:", 13) == 0 ||
                       strncmp(line, "-> 127.0.0.1:", 13) == 0 ||
                       strncmp(line, "-- 127.0.0.1:", 13) == 0
                   ? 13
                   : 0;
    n += strspn(line + n, "0123456789");
    for (int i = 0; n > 13 && i < 3; i++)
        if (strncmp(line + n, events[i], strlen(events[i])) == 0) return true;
    return false;
}

/* Several clients send at once, so all their processes or threads trace. */
static void check_many_writers(const char *name) {
    enum {
        CLIENTS = 4,
        MESSAGES = 100
    };
    int from, errors, clients[CLIENTS], bad = 0;
    pid_t pid;
    char byte;
    uint16_t port = serve(name, "--trace", &pid, &from, &errors);
    for (int i = 0; i < CLIENTS; i++) clients[i] = dial(port, false);
    for (int k = 0; k < MESSAGES; k++) {
        for (int i = 0; i < CLIENTS; i++) send(clients[i], "x", 1, 0);
        for (int i = 0; i < CLIENTS; i++) recv(clients[i], &byte, 1, 0);
    }
    for (int i = 0; i < CLIENTS; i++) close(clients[i]);
    read_trace(errors, " closed", CLIENTS);
    for (const char *line = err; strchr(line, '\n');
         line = strchr(line, '\n') + 1)
        if (!is_line_of_trace(line)) bad++;
    expect(bad == 0, name, "never mixes two lines of its trace");
    expect(lines(err) == CLIENTS * (2 + 2 * MESSAGES), name,
           "traces all that its clients do");
    kill(pid, SIGTERM);
    end_of(pid);
    close(from);
    close(errors);
}

static void lines_of_several_processes_or_threads_do_not_mix(void) {
    if (is_chosen("111_fork_server")) check_many_writers("111_fork_server");
    if (is_chosen("112_thread_server")) check_many_writers("112_thread_server");
}

/* A client connects and closes: at least two lines have its address. On SIGTERM
 * a server of HTTP closes its connections, and traces that. */
static void traces_of_servers_name_their_clients(void) {
    int traced = 0;
    for (int i = 0; i < count; i++) {
        if (!is_server(names[i]) || is_introductory(names[i])) continue;
        int from, errors;
        pid_t pid;
        char address[40];
        uint16_t port = serve(names[i], "--trace", &pid, &from, &errors);
        int fd = dial(port, false);
        address_of(fd, address);
        send(fd, request, sizeof request - 1, 0);
        read_text(errors, err, sizeof err, true);
        expect(strstr(err, address) && strstr(err, "connected"), names[i],
               "traces a new client");
        close(fd);
        kill(pid, SIGTERM);
        expect(end_of(pid) == 0, names[i], "ends with 0 when traced");
        read_text(errors, err, sizeof err, false);
        expect(strstr(err, address) && strstr(err, "closed: "), names[i],
               "traces a closed connection");
        close(from);
        close(errors);
        traced++;
    }
    UNIT_TRUE(traced >= 4 || is_selection); /* 401, 408, 503, 506 */
}

/* The message suggests the right option after a common mistake. */
static void servers_say_what_is_wrong_with_an_address(void) {
    int from, errors;
    pid_t pid = start_backend(&from, &errors);
    for (int i = 0; i < count; i++) {
        if (!is_server(names[i])) continue;
        if (strncmp(names[i], "101", 3) == 0) continue; /* one usage line */
        bool has_operands =
            strncmp(names[i], "209", 3) == 0; /* a client, too */
        if (!has_operands && run(names[i], "3000", NULL) == 2)
            expect(strstr(err, "did you mean --port ") && lines(err) == 1,
                   names[i], "suggests --port");
        expect(run(names[i], "--host", "nosuch.invalid") > 0 &&
                   strstr(err, "nosuch.invalid") &&
                   strstr(err, "not a local ") && lines(err) == 1,
               names[i], "names the address that is not local");
    }
    end_backend(pid, from, errors);
}

/* The server responds to an invalid request, and traces the response. */
static void traces_of_servers_show_a_refusal(void) {
    for (int i = 0; i < count; i++) {
        if (!is_server(names[i]) || is_introductory(names[i])) continue;
        int from, errors;
        pid_t pid;
        uint16_t port = serve(names[i], "--trace", &pid, &from, &errors);
        int fd = dial(port, false);
        send(fd, "BAD\r\n\r\n", 7, 0);
        do read_text(errors, err, sizeof err, true);
        while (err[0] && !strstr(err, " closed: ") && !strstr(err, " http 4"));
        expect(strncmp(err, "-> 127.0.0.1:", 13) == 0 &&
                   strstr(err, " http 400\n"),
               names[i], "traces its response to an invalid request");
        close(fd);
        kill(pid, SIGTERM);
        end_of(pid);
        close(from);
        close(errors);
    }
}

/* Reads all that a shell command prints into out. Returns its status. */
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

/* No machine has this compiler. */
static void the_doctor_names_what_is_missing_and_the_fix(void) {
    UNIT_INT(run_shell("CC=no_such_cc lessons/doctor.sh 2>&1"), 0);
    UNIT_TRUE(strstr(out, "  NO   compiler          there is no no_such_cc\n"
                          "         fix:     "));
    UNIT_TRUE(strstr(out, "         missing: every lesson\n"));
    UNIT_TRUE(strstr(out, "   ?   IPv6              not tried: "));
    UNIT_TRUE(strstr(out, " of 13; "));
}

/* Without nc and unshare: its lists are those of the pages and programs. */
static void the_doctor_lists_the_lessons_that_miss_something(void) {
    UNIT_INT(run_shell("d=$(mktemp -d); for c in nc unshare; do "
                       "printf '#!/bin/sh\\nexit 1\\n' >$d/$c; "
                       "chmod +x $d/$c; done; "
                       "PATH=$d:$PATH lessons/doctor.sh 2>&1; rm -r $d"),
             0);
    UNIT_TRUE(strstr(out, "missing: what a hand tries in 101, 111, 113, "));
    char list[500] = "";
    const char *from = strstr(out, "missing: captures in ");
    if (from)
        snprintf(list, sizeof list, "%.*s", (int)strcspn(from, "\n"), from);
    UNIT_TRUE(from && strstr(list, " 308: modelled"));
    for (int i = 0; i < count; i++) {
        char number[] = " 000";
        memcpy(number + 1, names[i], 3);
        run(names[i], "--help", NULL);
        bool is_listed = strstr(list, number) != NULL;
        expect(is_listed == (strstr(out, " --modelled ") != NULL), names[i],
               "is listed by the doctor if it captures");
    }
}

static void a_demo_on_a_taken_port_suggests_the_next(void) {
    int from, errors;
    pid_t pid;
    char text[10], expected[300];
    unsigned port = serve("506_echo_server", NULL, &pid, &from, &errors);
    snprintf(text, sizeof text, "%u", port);
    run_demo(text);
    snprintf(expected, sizeof expected,
             "506_echo_server: cannot listen at 127.0.0.1:%u: address in use\n"
             "If the port is taken, try another: make demo PORT=%u\n",
             port, port + 1);
    UNIT_TEXT(out, strlen(out), expected);
    kill(pid, SIGTERM);
    UNIT_INT(end_of(pid), 0);
    close(from);
    close(errors);
}

static void a_demo_suggests_only_what_is_a_port(void) {
    run_demo("no_port");
    UNIT_TRUE(strstr(out, "\nIf the port is taken, try another: make demo "
                          "PORT=3000\n"));
    UNIT_TRUE(lines(out) == 2);
}

/* The response of a server to a request must begin and end so. */
static void expect_response(uint16_t port, const char *request_text,
                            const char *begin, const char *end) {
    int fd = dial(port, false);
    UNIT_INT(send(fd, request_text, strlen(request_text), 0),
             strlen(request_text));
    read_text(fd, out, sizeof out, false);
    size_t n = strlen(out), k = strlen(end);
    UNIT_TEXT(out, strlen(begin) < n ? strlen(begin) : n, begin);
    UNIT_TEXT(out + (k < n ? n - k : 0), k < n ? k : n, end);
    close(fd);
}

#define EXPLAIN(method, query)                                                 \
    method " /explain?" query " HTTP/1.1\r\nHost: localhost\r\n"               \
           "Connection: close\r\n\r\n"

static void the_echo_server_explains_bytes(void) {
    int from, errors;
    pid_t pid;
    uint16_t port = serve("506_echo_server", NULL, &pid, &from, &errors);
    expect_response(port, EXPLAIN("GET", "as=engineio&hex=3132"),
                    "HTTP/1.1 200 OK\r\n",
                    "{\"name\":\"data\",\"bit\":8,\"bits\":8,"
                    "\"text\":\"2\",\"hex\":\"32\"}]}]");
    UNIT_TRUE(strstr(out, "\r\nContent-Type: application/json\r\n") != NULL);
    UNIT_TRUE(strstr(out, "\r\nCache-Control: no-store\r\n") != NULL);
    UNIT_TRUE(strstr(out, "\r\nX-Content-Type-Options: nosniff\r\n") != NULL);
    expect_response(port, EXPLAIN("HEAD", "as=engineio&hex=3132"),
                    "HTTP/1.1 200 OK\r\n", "\r\n\r\n");
    expect_response(port, EXPLAIN("GET", "as=ws&hex=8z"),
                    "HTTP/1.1 400 Bad Request\r\n",
                    "\r\n\r\nhex: byte 0: not two hexadecimal digits\n");
    UNIT_TRUE(strstr(out, "\r\nX-Content-Type-Options: nosniff\r\n") != NULL);
    expect_response(port, EXPLAIN("POST", "as=ws&hex=8100"),
                    "HTTP/1.1 405 Method Not Allowed\r\n",
                    "405 Method Not Allowed\n");
    expect_response(port, "GET /explain/ HTTP/1.0\r\n\r\n",
                    "HTTP/1.1 404 Not Found\r\n", "\n");
    kill(pid, SIGTERM);
    UNIT_INT(end_of(pid), 0);
    close(from);
    close(errors);
}

/* Starts 111 with an option, and a client of it. Returns the client; *child is
 * the process that serves it, as the server's output names it. */
static int start_with_client(const char *option, pid_t *pid, pid_t *child,
                             int *from) {
    int errors;
    char line[200];
    uint16_t port = serve("111_fork_server", option, pid, from, &errors);
    int client = dial(port, false);
    UNIT_INT(send(client, "x", 1, 0), 1);
    UNIT_INT(recv(client, line, 1, 0), 1);
    read_text(*from, line, sizeof line, true);
    UNIT_INT(strncmp(line, "pid ", 4), 0);
    *child = (pid_t)strtol(line + 4, NULL, 10);
    close(errors);
    return client;
}

static bool is_gone(pid_t pid) { /* a zombie is not */
    return kill(pid, 0) == -1 && errno == ESRCH;
}

/* With --keep the parent still has the connection open. */
static void a_client_of_111_sees_the_end_unless_the_parent_keeps_it(void) {
    for (int is_kept = 0; is_kept < 2; is_kept++) {
        char line[200];
        pid_t pid, child;
        int from, client;
        client =
            start_with_client(is_kept ? "--keep" : NULL, &pid, &child, &from);
        struct pollfd p = {.fd = client, .events = POLLIN};
        shutdown(client, SHUT_WR);
        read_text(from, line, sizeof line, true);
        UNIT_TRUE(strstr(line, " has ended") != NULL);
        UNIT_TRUE(is_gone(child));
        UNIT_INT(poll(&p, 1, is_kept ? 0 : TIMEOUT_MS), !is_kept);
        kill(pid, SIGTERM);
        UNIT_INT(end_of(pid), 0);
        close(client);
        close(from);
    }
}

static void a_parent_that_never_waits_leaves_a_zombie(void) {
    pid_t pid, child;
    int from, client = start_with_client("--break", &pid, &child, &from);
    struct pollfd p = {.fd = client, .events = POLLIN};
    shutdown(client, SHUT_WR);
    UNIT_INT(poll(&p, 1, TIMEOUT_MS), 1); /* the child closes as it ends */
    UNIT_FALSE(is_gone(child));
    kill(pid, SIGTERM);
    UNIT_INT(end_of(pid), 0);
    UNIT_TRUE(is_gone(child));
    close(client);
    close(from);
}

static void sigterm_ends_111_and_its_children(void) {
    char text[200];
    pid_t pid, child;
    int from, client = start_with_client(NULL, &pid, &child, &from);
    kill(pid, SIGTERM);
    UNIT_INT(end_of(pid), 0);
    UNIT_TRUE(is_gone(child));
    UNIT_INT(recv(client, text, 1, 0), 0); /* a FIN */
    read_text(from, text, sizeof text, false);
    UNIT_TRUE(strstr(text, ": 0 messages\n") != NULL);
    close(client);
    close(from);
}

/* CPU time of all processes that this one has waited for. */
static int64_t cpu_ms_of_children(void) {
    struct rusage used;
    getrusage(RUSAGE_CHILDREN, &used);
    return (int64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
           (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
}

/* Clients that have no descriptor left for them wait until others leave. */
static void a_server_without_descriptors_waits_for_one(void) {
    struct rlimit all, few;
    int clients[30], from, errors, n = 0;
    char byte;
    pid_t pid;
    int64_t before = cpu_ms_of_children();
    getrlimit(RLIMIT_NOFILE, &all);
    few = all;
    few.rlim_cur = 20;
    setrlimit(RLIMIT_NOFILE, &few);
    uint16_t port = serve("112_thread_server", NULL, &pid, &from, &errors);
    setrlimit(RLIMIT_NOFILE, &all);
    for (int i = 0; i < 30; i++) {
        clients[i] = dial(port, false);
        UNIT_INT(send(clients[i], "x", 1, 0), 1);
    }
    struct pollfd last = {.fd = clients[29], .events = POLLIN};
    while (n < 15 && recv(clients[n], &byte, 1, 0) == 1) n++; /* are served */
    UNIT_INT(poll(&last, 1, 500), 0);                         /* this is not */
    while (n > 0) close(clients[--n]);
    UNIT_INT(poll(&last, 1, TIMEOUT_MS), 1);
    kill(pid, SIGTERM);
    UNIT_INT(end_of(pid), 0);
    UNIT_TRUE(cpu_ms_of_children() - before < 250); /* it did not try on */
    for (n = 15; n < 30; n++) close(clients[n]);
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

/* A peer that sends other datagrams every half second does not make the client
 * of 209 wait longer than its 3 s. */
static void junk_does_not_make_the_client_of_dns_wait_longer(void) {
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_port = 0}, client;
    socklen_t size = sizeof self;
    char bytes[512], to[40];
    int fd = socket(AF_INET, SOCK_DGRAM, 0), from, errors, junk = 0;
    self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    UNIT_INT(bind(fd, (struct sockaddr *)&self, sizeof self), 0);
    getsockname(fd, (struct sockaddr *)&self, &size);
    snprintf(to, sizeof to, "127.0.0.1:%u", ntohs(self.sin_port));
    pid_t pid = start("209_dns", to, NULL, NULL, &from, &errors);
    UNIT_TRUE(recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&client,
                       &size) > 0);
    struct pollfd end = {.fd = errors, .events = POLLIN};
    for (; poll(&end, 1, 500) == 0 && junk < 12; junk++)
        sendto(fd, "junk", 4, 0, (struct sockaddr *)&client, size);
    UNIT_TRUE(junk > 0 && junk <= 8);
    read_text(errors, err, sizeof err, true);
    UNIT_TRUE(strcmp(err, "209_dns: no reply\n") == 0);
    if (junk == 12) kill(pid, SIGKILL);
    UNIT_INT(end_of(pid), 1);
    close(fd);
    close(from);
    close(errors);
}

static void an_address_that_is_none_is_a_usage_error_of_the_relay(void) {
    static const char *const bad[] = {"", "x", ":1", "127.0.0.1:65536"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        UNIT_INT(run("116_relay", "--to", bad[k]), 2);
        UNIT_INT(lines(err), 1);
    }
}

static void clients_say_why_there_is_no_server(void) {
    for (int i = 0; i < count; i++) {
        if (!strstr(names[i], "echo_client")) continue;
        bool url = names[i][0] >= '4';
        const char *no_server = !url                 ? "127.0.0.1:1"
                                : names[i][0] == '4' ? "ws://127.0.0.1:1/"
                                                     : "http://127.0.0.1:1";
        expect(run(names[i], no_server, "x") == 1, names[i], "exit status 1");
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
          UNIT_TEST(no_program_is_long),
          UNIT_TEST(an_unknown_option_is_a_usage_error),
          UNIT_TEST(help_is_on_stdout),
          UNIT_TEST(output_that_is_lost_is_an_error),
          UNIT_TEST(an_experiment_ends_with_what_you_saw),
          UNIT_TEST(the_wire_is_shown_to_an_ordinary_user),
          UNIT_TEST(servers_survive_broken_clients_and_end_on_sigterm),
          UNIT_TEST(servers_end_on_sigint), UNIT_TEST(every_server_has_a_trace),
          UNIT_TEST(a_trace_shows_a_client_from_beginning_to_end),
          UNIT_TEST(a_trace_that_is_not_read_blocks_no_client),
          UNIT_TEST(lines_of_several_processes_or_threads_do_not_mix),
          UNIT_TEST(traces_of_servers_name_their_clients),
          UNIT_TEST(servers_say_what_is_wrong_with_an_address),
          UNIT_TEST(traces_of_servers_show_a_refusal),
          UNIT_TEST(the_doctor_names_what_is_missing_and_the_fix),
          UNIT_TEST(the_doctor_lists_the_lessons_that_miss_something),
          UNIT_TEST(a_demo_on_a_taken_port_suggests_the_next),
          UNIT_TEST(a_demo_suggests_only_what_is_a_port),
          UNIT_TEST(the_echo_server_explains_bytes),
          UNIT_TEST(a_client_of_111_sees_the_end_unless_the_parent_keeps_it),
          UNIT_TEST(a_parent_that_never_waits_leaves_a_zombie),
          UNIT_TEST(sigterm_ends_111_and_its_children),
          UNIT_TEST(a_server_without_descriptors_waits_for_one),
          UNIT_TEST(a_bad_value_is_a_usage_error),
          UNIT_TEST(junk_does_not_make_the_client_of_dns_wait_longer),
          UNIT_TEST(an_address_that_is_none_is_a_usage_error_of_the_relay),
          UNIT_TEST(clients_say_why_there_is_no_server))
