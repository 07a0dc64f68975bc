/*
 * clients_test.c: bin/409_echo_client from outside, against a server that the
 * test scripts byte by byte, and against bin/408_echo_server
 */
#include "packets/unit.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "websocket/conn.h"
#include "websocket/handshake.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_MS 20000 /* sanitizers and valgrind are slow */

struct program {
    pid_t pid;
    int input, output, errors; /* the test's ends */
};

static void program_path(char path[PATH_MAX], const char *name) {
    const char *bin = getenv("BIN");
    snprintf(path, PATH_MAX, "%s/%s", bin ? bin : "bin", name);
}

static struct program start(const char *name, const char *a, const char *b) {
    char path[PATH_MAX];
    int input[2], output[2], errors[2];
    program_path(path, name);
    if (pipe(input) == -1 || pipe(output) == -1 || pipe(errors) == -1) abort();
    fflush(NULL);
    struct program p = {.pid = fork()};
    if (p.pid == 0) {
        dup2(input[0], STDIN_FILENO);
        dup2(output[1], STDOUT_FILENO);
        dup2(errors[1], STDERR_FILENO);
        for (int fd = 3; fd < 30; fd++) close(fd);
        execl(path, name, a, b, (char *)NULL);
        _exit(127);
    }
    close(input[0]);
    close(output[1]);
    close(errors[1]);
    p.input = input[1];
    p.output = output[0];
    p.errors = errors[0];
    return p;
}

/* Appends what fd sends, up to its end, or until there are n bytes. */
static void read_until(int fd, struct buf *to, size_t n) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (buf_view(to).len < n && poll(&p, 1, TIMEOUT_MS) == 1) {
        uint8_t bytes[4096];
        ssize_t got = read(fd, bytes, sizeof bytes);
        if (got <= 0 || !buf_append(to, bytes, (size_t)got)) break;
    }
}

/* Waits for the end. Returns the exit status; errors gets the stderr. */
static int end_of(struct program *p, struct buf *errors) {
    int status = 0;
    read_until(p->errors, errors, SIZE_MAX);
    close(p->output);
    close(p->errors);
    waitpid(p->pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* --- the scripted server --- */

static int listener, peer; /* peer: the connection to the client */
static char url[80];
static struct conn conn;    /* what reads the client's frames */
static struct buf received; /* from the client, not parsed yet */

static void listen_here(void) {
    char name[LISTEN_NAME_MAX];
    listener = listen_open("127.0.0.1", 0);
    UNIT_INT(listen_name(listener, name), 0);
    snprintf(url, sizeof url, "ws://%s/", name);
    conn_init_server(&conn, LIMIT_WS_MESSAGE);
    buf_init(&received, (size_t)2 * LIMIT_WS_MESSAGE);
}

/* Sends the 101, and more in the same segment. */
static void accept_client(const char *more) {
    struct http_head h;
    struct buf out = {.max = 1000};
    peer = accept(listener, NULL, NULL);
    int n = 0;
    while (n == 0) {
        size_t had = buf_view(&received).len;
        read_until(peer, &received, had + 1);
        if (buf_view(&received).len == had) break;
        n = http_request(&h, buf_view(&received), 0);
    }
    UNIT_TRUE(n > 0);
    UNIT_TRUE(n > 0 && handshake_check(&h) == 0);
    if (n > 0) handshake_respond(&out, &h, 101, NULL);
    if (n > 0) buf_consume(&received, (size_t)n);
    buf_text(&out, more);
    UNIT_INT(io_send_all(peer, out.bytes, out.end), 0);
    buf_free(&out);
}

/* Expects one frame of the client: a message, or with a code a close. */
static void expect_frame(unsigned code, const char *text) {
    struct conn_event e = {0};
    struct buf out = {.max = 1000};
    bool is_event = false;
    for (;;) {
        struct span in = buf_view(&received);
        is_event = conn_next(&conn, &in, &e, &out);
        buf_consume(&received, buf_view(&received).len - in.len);
        if (is_event) break;
        read_until(peer, &received, 1);
        if (buf_view(&received).len == 0) break;
    }
    UNIT_TRUE(is_event);
    if (!is_event) return;
    UNIT_INT(e.type, code ? CONN_CLOSED : CONN_MESSAGE);
    if (code) UNIT_INT(e.code, code);
    if (!code) UNIT_TEXT(e.payload.data, e.payload.len, text);
    buf_free(&out);
}

static void hang_up(void) {
    close(peer);
    close(listener);
    conn_free(&conn);
    buf_free(&received);
}

/* The client reports it at once, and does not send what was typed meanwhile. */
static void sees_a_bad_frame_before_it_reads_its_terminal(void) {
    static const struct {
        const char *frame, *why;
        unsigned code;
    } cases[] = {
        {"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
         "409_echo_client: closed by us, code 1002 (protocol error)\n", 1002},
        {"\x83", "409_echo_client: closed by us, code 1002 (protocol error)\n",
         1002},
        {"\x81\x01\xff",
         "409_echo_client: closed by us, code 1007 (not valid UTF-8)\n", 1007},
        {"\x82\x7f", "", 0}, /* only begun: it waits, and sends its line */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int after = 0; after < 2; after++) { /* the 101, an echo */
            struct buf errors = {.max = 10000};
            listen_here();
            struct program p = start("409_echo_client", url, NULL);
            char echo[40];
            UNIT_INT(write(p.input, "one\ntwo\n", 8), 8);
            accept_client(after ? "" : cases[i].frame);
            if (after || !cases[i].code) expect_frame(0, "one");
            snprintf(echo, sizeof echo, "\x81\x03one%s", cases[i].frame);
            if (after) send(peer, echo, strlen(echo), 0);
            if (after && !cases[i].code) expect_frame(0, "two");
            if (cases[i].code) expect_frame(cases[i].code, "");
            close(p.input);
            hang_up();
            UNIT_INT(end_of(&p, &errors), 1);
            if (cases[i].code)
                UNIT_TEXT(errors.bytes, errors.end, cases[i].why);
            buf_free(&errors);
        }
}

/* As an empty line, and as an empty argument. */
static void empty_messages_survive(void) {
    struct buf errors = {.max = 10000}, out = {.max = 10000};
    for (int is_argument = 0; is_argument < 2; is_argument++) {
        listen_here();
        struct program p =
            start("409_echo_client", url, is_argument ? "" : NULL);
        if (!is_argument) UNIT_INT(write(p.input, "\n\n", 2), 2);
        close(p.input);
        accept_client("");
        for (int i = is_argument; i < 2; i++) {
            expect_frame(0, "");
            UNIT_INT(send(peer, "\x81\0", 2, 0), 2);
        }
        expect_frame(1000, "");
        UNIT_INT(send(peer, "\x88\x02\x03\xe8", 4, 0), 4);
        hang_up();
        read_until(p.output, &out, SIZE_MAX);
        UNIT_TEXT(out.bytes, out.end, is_argument ? "\n" : "\n\n");
        UNIT_INT(end_of(&p, &errors), 0);
        UNIT_INT(errors.end, 0);
        buf_clear(&out);
    }
    buf_free(&out);
    buf_free(&errors);
}

/* --- a real server --- */

static struct program start_server(void) {
    struct buf line = {.max = 100000};
    struct program s = start("408_echo_server", "--port", "0");
    while (!buf_view(&line).len || line.bytes[line.end - 1] != '\n') {
        size_t had = line.end;
        read_until(s.output, &line, had + 1);
        if (line.end == had) break;
    }
    buf_append(&line, "", 1);
    UNIT_INT(strncmp((char *)line.bytes, "listening on ", 13), 0);
    line.bytes[strcspn((char *)line.bytes, "\n")] = '\0';
    snprintf(url, sizeof url, "ws://%s/", (char *)line.bytes + 13);
    buf_free(&line);
    return s;
}

static int echo(size_t n, struct buf *out, struct buf *errors) {
    struct program p = start("409_echo_client", url, NULL);
    fflush(NULL);
    pid_t writer = fork(); /* the client may end before it has read all */
    if (writer == 0) {
        static char xs[65536];
        memset(xs, 'x', sizeof xs);
        signal(SIGPIPE, SIG_IGN);
        for (size_t left = n; left > 0;) {
            ssize_t done =
                write(p.input, xs, left < sizeof xs ? left : sizeof xs);
            if (done <= 0) _exit(0);
            left -= (size_t)done;
        }
        _exit(0);
    }
    close(p.input);
    read_until(p.output, out, SIZE_MAX);
    int status = end_of(&p, errors);
    waitpid(writer, NULL, 0);
    return status;
}

static void messages_to_its_limit_pass(void) {
    struct buf errors = {.max = 10000}, out = {.max = 3 * LIMIT_WS_MESSAGE};
    struct program server = start_server();
    UNIT_INT(echo(LIMIT_WS_MESSAGE, &out, &errors), 0);
    UNIT_INT(out.end, LIMIT_WS_MESSAGE + 1); /* and a newline */
    UNIT_INT(out.end > 0 ? strspn((char *)out.bytes, "x") : 0,
             LIMIT_WS_MESSAGE);
    UNIT_INT(errors.end, 0);
    buf_clear(&out);
    UNIT_INT(echo(LIMIT_WS_MESSAGE + 1, &out, &errors), 1);
    UNIT_INT(out.end, 0);
    buf_append(&errors, "", 1);
    UNIT_INT(
        strncmp((char *)errors.bytes, "409_echo_client: cannot go on: ", 31),
        0);
    kill(server.pid, SIGTERM);
    close(server.input);
    buf_clear(&errors);
    UNIT_INT(end_of(&server, &errors), 0);
    buf_free(&errors);
    buf_free(&out);
}

UNIT_MAIN("clients", UNIT_TEST(sees_a_bad_frame_before_it_reads_its_terminal),
          UNIT_TEST(empty_messages_survive),
          UNIT_TEST(messages_to_its_limit_pass))
