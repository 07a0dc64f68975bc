/* programs_trace_test.c: what every server traces */
#include "lessons/programs_unit.h"

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

/* stderr is not read, and each request to this server of HTTP has a connection
 * of its own. The lines need more than the 64 KiB that a pipe holds. */
static void check_unread_trace_of_http(const char *name) {
    enum {
        CLIENTS = 1000
    };
    int from, errors, answered = 0;
    pid_t pid;
    uint16_t port = serve(name, "--trace", &pid, &from, &errors);
    while (answered < CLIENTS && answers(port, false)) answered++;
    expect(answered == CLIENTS, name, "serves if its trace is not read");
    kill(pid, answered == CLIENTS ? SIGTERM : SIGKILL);
    expect(end_of(pid) == 0, name, "ends with 0 if its trace is not read");
    close(from);
    close(errors);
}

/* 101 and 201 wait; they say so under Limits. */
static void a_trace_that_is_not_read_blocks_no_client(void) {
    int from, errors;
    pid_t pid = start_backend(&from, &errors);
    for (int i = 0; i < count; i++) {
        if (!is_server(names[i]) || traces_by_hand(names[i])) continue;
        if (is_introductory(names[i]))
            check_unread_trace(names[i]);
        else
            check_unread_trace_of_http(names[i]);
    }
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

UNIT_MAIN("programs_trace", UNIT_TEST(find_programs),
          UNIT_TEST(every_server_has_a_trace),
          UNIT_TEST(a_trace_shows_a_client_from_beginning_to_end),
          UNIT_TEST(a_trace_that_is_not_read_blocks_no_client),
          UNIT_TEST(lines_of_several_processes_or_threads_do_not_mix),
          UNIT_TEST(traces_of_servers_name_their_clients),
          UNIT_TEST(traces_of_servers_show_a_refusal))
