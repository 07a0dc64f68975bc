/*
 * ask_test.c: what lessons/ask.c writes into a pipe, and on a terminal
 */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include "packets/unit.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/terminal_unit.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOSTILE                                                                \
    "HTTP/1.1 200 OK\r\n\x1b[2J\tna\xc3\xafve\xc2\x9b"                         \
    "31m\r\nend\a"

static char got[20000];

/* Starts bin/ask with an empty input; its output is the descriptor output. */
static pid_t start_ask(const char *server, int output) {
    char path[PATH_MAX];
    const char *bin = getenv("BIN");
    snprintf(path, sizeof path, "%s/ask", bin ? bin : "bin");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
        dup2(output, STDOUT_FILENO);
        execl(path, path, server, (char *)NULL);
        _exit(127);
    }
    close(output);
    return pid;
}

/* Sends n bytes to bin/ask, in two parts, and reads what it writes to
 * output, from the other end of that, into got. Returns how many bytes. */
static size_t asked(const char *bytes, size_t n, size_t cut, int output,
                    int from) {
    char name[LISTEN_NAME_MAX];
    size_t len = 0;
    int status = -1, listener = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(listener, name), 0);
    pid_t pid = start_ask(name, output);
    int client = accept(listener, NULL, NULL);
    UNIT_INT(io_recv(client, got, sizeof got), 0); /* its FIN: nothing to ask */
    UNIT_INT(io_send_all(client, bytes, cut), 0);
    UNIT_INT(io_send_all(client, bytes + cut, n - cut), 0);
    close(client);
    close(listener);
    for (ssize_t more = 1; more > 0; len += more > 0 ? (size_t)more : 0)
        more = read(from, got + len, sizeof got - len); /* EIO: a terminal */
    UNIT_INT(waitpid(pid, &status, 0), pid);
    UNIT_INT(status, 0);
    close(from);
    return len;
}

static size_t asked_by_pipe(const char *bytes, size_t n, size_t cut) {
    int ends[2];
    UNIT_INT(pipe(ends), 0);
    UNIT_TRUE(fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0);
    return asked(bytes, n, cut, ends[1], ends[0]);
}

static size_t asked_by_terminal(const char *bytes, size_t n, size_t cut) {
    int output, master = open_terminal(&output);
    return asked(bytes, n, cut, output, master);
}

static void a_pipe_gets_the_bytes_as_they_are(void) {
    size_t n = sizeof HOSTILE - 1;
    for (size_t cut = 0; cut <= n; cut += 4) {
        size_t len = asked_by_pipe(HOSTILE, n, cut);
        UNIT_TEXT(got, len, HOSTILE);
    }
}

/* Wherever the bytes were cut. (The terminal makes CR LF of LF.) */
static void a_terminal_gets_no_commands(void) {
    size_t n = sizeof HOSTILE - 1;
    for (size_t cut = 0; cut <= n; cut++) {
        size_t len = asked_by_terminal(HOSTILE, n, cut);
        UNIT_TEXT(
            got, len,
            "HTTP/1.1 200 OK\r\r\n\\x1b[2J\tna\xc3\xafve\\xc2\\x9b31m\r\r\n"
            "end\\x07");
    }
}

/* More than bin/ask keeps, and no line ends in it. */
static void a_long_line_arrives_whole(void) {
    static char line[10001];
    memset(line, 'x', sizeof line - 1);
    line[5000] = '\x1b';
    size_t len = asked_by_pipe(line, sizeof line - 1, 4096);
    UNIT_TEXT(got, len, line);
    len = asked_by_terminal(line, sizeof line - 1, 4096);
    UNIT_INT(len, sizeof line - 1 + 3);
    UNIT_INT(memcmp(got + 5000, "\\x1bx", 5), 0);
}

UNIT_MAIN("lessons/ask", UNIT_TEST(a_pipe_gets_the_bytes_as_they_are),
          UNIT_TEST(a_terminal_gets_no_commands),
          UNIT_TEST(a_long_line_arrives_whole))
