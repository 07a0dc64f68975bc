/*
 * clients_test.c: bin/409_echo_client from outside, against a server that the
 * test scripts byte by byte, and against bin/408_echo_server
 */
#include "packets/unit.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "websocket/conn.h"
#include "websocket/handshake.h"

#include <arpa/inet.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
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

/* arguments: the name first, then NULL at the end. */
static struct program start_with(const char *const *arguments) {
    char path[PATH_MAX];
    int input[2], output[2], errors[2];
    program_path(path, arguments[0]);
    if (pipe(input) == -1 || pipe(output) == -1 || pipe(errors) == -1) abort();
    fflush(NULL);
    struct program p = {.pid = fork()};
    if (p.pid == 0) {
        dup2(input[0], STDIN_FILENO);
        dup2(output[1], STDOUT_FILENO);
        dup2(errors[1], STDERR_FILENO);
        for (int fd = 3; fd < 30; fd++) close(fd);
        execv(path, (char *const *)arguments);
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

static struct program start(const char *name, const char *a, const char *b) {
    const char *const arguments[] = {name, a, b, NULL};
    return start_with(arguments);
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

/* --- connecting again: RFC 6455 §7.2.3 --- */

#define REFUSED "409_echo_client: cannot reach "
#define LOST                                                                   \
    "409_echo_client: the server ended the connection without a close frame\n"

/* A port at which nobody listens yet: clients are refused. */
static void reserve_port(void) {
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    UNIT_INT(bind(listener, (struct sockaddr *)&at, n), 0);
    UNIT_INT(getsockname(listener, (struct sockaddr *)&at, &n), 0);
    snprintf(url, sizeof url, "ws://127.0.0.1:%d/", ntohs(at.sin_port));
    conn_init_server(&conn, LIMIT_WS_MESSAGE);
    buf_init(&received, (size_t)2 * LIMIT_WS_MESSAGE);
}

static struct program start_again(const char *attempts, const char *delay) {
    const char *const arguments[] = {"409_echo_client",
                                     "--reconnect",
                                     attempts,
                                     "--delay",
                                     delay,
                                     url,
                                     NULL};
    return start_with(arguments);
}

/* The next line on stderr, which begins like this. Returns what follows. */
static const char *expect_error(const struct program *p, const char *begin) {
    static char line[300];
    size_t n = 0, len = strlen(begin);
    struct pollfd at = {.fd = p->errors, .events = POLLIN};
    while (n < sizeof line - 1 && poll(&at, 1, TIMEOUT_MS) == 1 &&
           read(p->errors, line + n, 1) == 1)
        if (line[n++] == '\n') break;
    line[n] = '\0';
    UNIT_TEXT(line, n < len ? n : len, begin);
    return line + (n < len ? n : len);
}

/* Expects "next attempt in N ms": N is so long, or half of that more or less.
 * Returns N. */
static long expect_delay(const struct program *p, long ms) {
    char *end;
    const char *text = expect_error(p, "409_echo_client: next attempt in ");
    long n = strtol(text, &end, 10);
    UNIT_TEXT(end, strlen(end), " ms\n");
    UNIT_TRUE(n >= ms / 2 && n <= ms + ms / 2);
    return n;
}

/* Skips what is left of the refusals. */
static void expect_lost(const struct program *p) {
    const char *line = expect_error(p, "");
    while (*line && strcmp(line, LOST) != 0) line = expect_error(p, "");
    UNIT_TEXT(line, strlen(line), LOST);
}

/* The connection ends, and the next one begins with other state. */
static void lose_client(void) {
    close(peer);
    conn_free(&conn);
    conn_init_server(&conn, LIMIT_WS_MESSAGE);
    buf_clear(&received);
}

/* Ends the client's input; it must close in order. out has its output so far;
 * printed is all of it. It must end with that status, without a message. */
static void expect_end(struct program *p, struct buf *out, const char *printed,
                       int expected) {
    struct buf errors = {.max = 10000};
    close(p->input);
    expect_frame(1000, "");
    UNIT_INT(send(peer, "\x88\x02\x03\xe8", 4, 0), 4);
    hang_up();
    read_until(p->output, out, SIZE_MAX);
    UNIT_TEXT(out->bytes, out->end, printed);
    UNIT_INT(end_of(p, &errors), expected);
    UNIT_INT(errors.end, 0);
    buf_free(out);
    buf_free(&errors);
}

/* Refused at first, then a server that ends and is there again. After a success
 * the delay is the first one. */
static void a_client_returns_and_sends_its_next_line(void) {
    struct buf out = {.max = 10000};
    reserve_port();
    struct program p = start_again("99", "40");
    for (long ms = 40; ms < 320; ms *= 2) {
        expect_error(&p, REFUSED);
        expect_delay(&p, ms);
    }
    UNIT_INT(listen(listener, 8), 0);
    UNIT_INT(write(p.input, "one\n", 4), 4);
    accept_client("");
    for (int i = 0; i < 2; i++) {
        expect_frame(0, "one");
        UNIT_INT(send(peer, "\x81\x03one", 5, 0), 5);
        read_until(p.output, &out, out.end + 4);
        lose_client();
        expect_lost(&p);
        expect_delay(&p, 40);
        UNIT_INT(write(p.input, "one\n", 4), 4);
        accept_client("");
    }
    expect_frame(0, "one");
    UNIT_INT(send(peer, "\x81\x03one", 5, 0), 5);
    expect_end(&p, &out, "one\none\none\n", 0);
}

/* The server may have read it, so a second copy could be one too many. */
static void a_line_without_an_echo_is_reported_and_not_sent_again(void) {
    struct buf out = {.max = 10000};
    listen_here();
    struct program p = start_again("5", "1");
    UNIT_INT(write(p.input, "one\ntwo\n", 8), 8);
    accept_client("");
    expect_frame(0, "one");
    lose_client();
    expect_error(&p, LOST);
    expect_error(&p, "409_echo_client: no echo, perhaps lost, not sent again: "
                     "one\n");
    expect_delay(&p, 1);
    close(accept(listener, NULL, NULL));
    expect_error(&p, "409_echo_client: the ");
    expect_delay(&p, 2); /* and the line is not reported again */
    accept_client("");
    expect_frame(0, "two");
    UNIT_INT(send(peer, "\x81\x03two", 5, 0), 5);
    expect_end(&p, &out, "two\n", 1); /* a line is lost */
}

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void attempts_are_further_apart_each_time_up_to_a_limit(void) {
    static const long delays[] = {20, 40, 80, 100, 100, 100};
    long sum = 0;
    struct buf errors = {.max = 10000};
    reserve_port();
    int64_t begin = now_ms();
    struct program p = start_again("6", "20");
    for (size_t i = 0; i < sizeof delays / sizeof *delays; i++) {
        expect_error(&p, REFUSED);
        sum += expect_delay(&p, delays[i]);
    }
    expect_error(&p, REFUSED);
    UNIT_INT(end_of(&p, &errors), 1);
    UNIT_INT(errors.end, 0);
    UNIT_TRUE(now_ms() - begin >= sum - 6); /* each in whole ms */
    close(p.input);
    close(listener);
    buf_free(&errors);
    conn_free(&conn);
}

/* The input has ended, so there is nothing to connect for. */
static void a_client_that_is_done_does_not_return(void) {
    struct buf errors = {.max = 10000};
    listen_here();
    struct program p = start_again("9", "1");
    close(p.input);
    accept_client("");
    expect_frame(1000, "");
    hang_up();
    UNIT_INT(end_of(&p, &errors), 1);
    UNIT_TEXT(errors.bytes, errors.end, LOST);
    buf_free(&errors);
}

/* While it waits it has no connection: the server has seen its FIN. */
static void control_c_ends_the_wait_at_once(void) {
    struct buf errors = {.max = 10000}, rest = {.max = 10000};
    int64_t begin = now_ms();
    listen_here();
    struct program p = start_again("1", "3600000");
    accept_client("");
    shutdown(peer, SHUT_WR);
    expect_error(&p, LOST);
    expect_delay(&p, 3600000);
    read_until(peer, &rest, SIZE_MAX);
    UNIT_TRUE(now_ms() - begin < TIMEOUT_MS);
    kill(p.pid, SIGINT);
    UNIT_INT(end_of(&p, &errors), -SIGINT);
    UNIT_TRUE(now_ms() - begin < TIMEOUT_MS);
    close(p.input);
    hang_up();
    buf_free(&errors);
    buf_free(&rest);
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
          UNIT_TEST(a_client_returns_and_sends_its_next_line),
          UNIT_TEST(a_line_without_an_echo_is_reported_and_not_sent_again),
          UNIT_TEST(attempts_are_further_apart_each_time_up_to_a_limit),
          UNIT_TEST(a_client_that_is_done_does_not_return),
          UNIT_TEST(control_c_ends_the_wait_at_once),
          UNIT_TEST(messages_to_its_limit_pass))
