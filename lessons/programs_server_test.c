/* programs_server_test.c: the promises of every server: how it starts and ends,
 * and what it does when clients break off; and what only 111, 112 and 506
 * promise */
#include "lessons/programs_unit.h"
#include "tcp/clock.h"

#include <sys/resource.h>

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

/* Has it ended, and its parent has not waited for it? */
static bool is_zombie(pid_t pid) {
    char text[200] = "";
    snprintf(text, sizeof text, "/proc/%d/stat", (int)pid);
    FILE *stat = fopen(text, "r");
    if (!stat) return access("/proc/self", F_OK) == -1 && !is_gone(pid);
    text[fread(text, 1, sizeof text - 1, stat)] = '\0';
    fclose(stat);
    return strstr(text, ") Z ") != NULL;
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
    while (!is_zombie(child) && !is_gone(child)) continue;
    UNIT_TRUE(is_zombie(child));
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
    int64_t start = clock_ms(), before = cpu_ms_of_children();
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
    /* It was idle for half of that time or more: it did not try on. */
    UNIT_TRUE(cpu_ms_of_children() - before < clock_ms() - start - 250);
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

UNIT_MAIN("programs_server", UNIT_TEST(find_programs),
          UNIT_TEST(servers_survive_broken_clients_and_end_on_sigterm),
          UNIT_TEST(servers_end_on_sigint),
          UNIT_TEST(servers_say_what_is_wrong_with_an_address),
          UNIT_TEST(the_echo_server_explains_bytes),
          UNIT_TEST(a_client_of_111_sees_the_end_unless_the_parent_keeps_it),
          UNIT_TEST(a_parent_that_never_waits_leaves_a_zombie),
          UNIT_TEST(sigterm_ends_111_and_its_children),
          UNIT_TEST(a_server_without_descriptors_waits_for_one),
          UNIT_TEST(a_bad_value_is_a_usage_error))
