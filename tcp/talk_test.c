/* talk_test.c: tcp/talk.h against a listener of the test */
#include "packets/unit.h"
#include "tcp/calls_unit.h"
#include "tcp/clock.h"
#include "tcp/io.h"
#include "tcp/listen.h"
#include "tcp/talk.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

UNIT_CALL(ssize_t, -1, recv, (int fd, void *bytes, size_t n, int flags),
          (fd, bytes, n, flags))
UNIT_CALL(ssize_t, -1, send, (int fd, const void *bytes, size_t n, int flags),
          (fd, bytes, n, flags))

static nfds_t polled_count; /* what poll was called with last */
static int polled_ms;

int poll(struct pollfd *fds, nfds_t n, int timeout_ms) {
    static int (*real)(struct pollfd * fds, nfds_t n, int timeout_ms);
    polled_count = n;
    polled_ms = timeout_ms;
    if (call_fails("poll")) return -1;
    if (!real) find_call("poll", &real);
    return real(fds, n, timeout_ms);
}

static struct talk talk;
static struct span in;
static int listener, server;

static void begin(void) {
    char name[LISTEN_NAME_MAX];
    listener = listen_open("127.0.0.1", 0);
    if (listener == -1 || listen_name(listener, name) == -1) abort();
    talk_open(&talk, strrchr(name, ':') + 1);
    server = accept(listener, NULL, NULL);
    if (server == -1) abort();
}

static void end(void) {
    talk_close(&talk);
    close(server);
    close(listener);
}

static void sends_and_then_receives(void) {
    char text[20];
    begin();
    buf_text(&talk.out, "question");
    UNIT_INT(io_send_all(server, "answer", 6), 0);
    UNIT_INT(talk_next(&talk, &in, -1), TALK_INPUT);
    UNIT_TEXT((const char *)in.data, in.len, "answer");
    UNIT_INT(io_recv(server, text, sizeof text), 8);
    UNIT_TEXT(text, 8, "question");
    UNIT_INT(talk_next(&talk, &in, 0), TALK_SILENCE); /* and sends nothing */
    UNIT_INT(in.len, 0);
    UNIT_INT(recv(server, text, sizeof text, MSG_DONTWAIT), -1);
    end();
}

static void receives_what_was_sent_before_the_end(void) {
    begin();
    UNIT_INT(io_send_all(server, "bye", 3), 0);
    shutdown(server, SHUT_WR);
    UNIT_INT(talk_next(&talk, &in, -1), TALK_INPUT);
    UNIT_TEXT((const char *)in.data, in.len, "bye");
    UNIT_INT(talk_next(&talk, &in, -1), TALK_EOF);
    UNIT_INT(in.len, 0);
    end();
}

/* A reset is the end of the connection, whichever call finds it. */
static void takes_a_reset_for_the_end(void) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    begin();
    setsockopt(server, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(server);
    for (int i = 0; i < 3; i++) {
        buf_text(&talk.out, "x");
        UNIT_INT(talk_next(&talk, &in, -1), TALK_EOF);
    }
    server = dup(listener); /* end closes it */
    end();
}

static void receives_at_most_its_bytes(void) {
    static uint8_t many[TALK_BYTES + 1];
    begin();
    UNIT_INT(io_send_all(server, many, sizeof many), 0);
    size_t total = 0;
    while (total < sizeof many) {
        UNIT_INT(talk_next(&talk, &in, -1), TALK_INPUT);
        UNIT_TRUE(in.len > 0 && in.len <= TALK_BYTES);
        total += in.len;
    }
    UNIT_INT(total, sizeof many);
    end();
}

/* Runs it in a child. Returns its exit status; 0: it returned. */
static int status_of(void (*run)(void)) {
    int status = -1;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        run();
        _exit(0);
    }
    UNIT_INT(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A port that is bound, but without a listener. */
static void open_refused(void) {
    char name[LISTEN_NAME_MAX];
    int fd = listen_open("127.0.0.1", 0);
    if (listen_name(fd, name) == -1) abort();
    close(fd);
    talk_open(&talk, strrchr(name, ':') + 1);
}

static void without_a_server_the_process_ends(void) {
    UNIT_INT(status_of(open_refused), 1);
}

static const char *call;
static int error;

static void talk_with_error(void) {
    buf_text(&talk.out, "x");
    fail_call(call, 1, error);
    talk_next(&talk, &in, 0);
}

/* The server has something to say, so each of the calls is reached. */
static void an_error_that_is_not_the_servers_ends_the_process(void) {
    static const struct {
        const char *call;
        int error, status;
    } rows[] = {{"send", EACCES, 1},     {"send", EPIPE, 0},
                {"send", ECONNRESET, 0}, {"poll", EINVAL, 1},
                {"poll", EINTR, 0},      {"recv", EIO, 1},
                {"recv", ECONNRESET, 0}};
    begin();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        UNIT_INT(io_send_all(server, "answer", 6), 0);
        call = rows[i].call;
        error = rows[i].error;
        UNIT_INT(status_of(talk_with_error), rows[i].status);
    }
    fail_call("poll", 1, EINTR);
    UNIT_INT(talk_next(&talk, &in, -1), TALK_SILENCE);
    UNIT_INT(polled_count, 1);
    end();
}

static void talk_once(void) {
    talk_next(&talk, &in, -1);
}

/* Even if the server sends something all the time. */
static void a_server_that_never_ends_ends_the_process(void) {
    begin();
    UNIT_INT(io_send_all(server, "answer", 6), 0);
    UNIT_INT(status_of(talk_once), 0);
    UNIT_INT(io_send_all(server, "again", 5), 0);
    talk.end_ms -= TALK_LIMIT_MS;
    UNIT_INT(status_of(talk_once), 1);
    end();
}

static void waits_until_the_limit_at_most(void) {
    static const struct {
        int timeout_ms, left_ms, least, most;
    } rows[] = {{-1, 5000, 1, 5000}, {4000, 3000, 1, 3000}, {3, 5000, 3, 3}};
    begin();
    int64_t start = talk.end_ms - TALK_LIMIT_MS;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        talk.end_ms = clock_ms() + rows[i].left_ms;
        fail_call("poll", 1, EINTR);
        UNIT_INT(talk_next(&talk, &in, rows[i].timeout_ms), TALK_SILENCE);
        UNIT_TRUE(polled_ms >= rows[i].least && polled_ms <= rows[i].most);
    }
    UNIT_TRUE(start <= clock_ms() && clock_ms() < start + TALK_LIMIT_MS);
    struct timeval limit;
    socklen_t size = sizeof limit;
    getsockopt(talk.fd, SOL_SOCKET, SO_SNDTIMEO, &limit, &size);
    UNIT_INT(limit.tv_sec, TALK_LIMIT_MS / 1000);
    end();
}

static void closes_its_connection(void) {
    char byte;
    begin();
    int before = count_descriptors();
    talk_close(&talk);
    UNIT_INT(count_descriptors(), before - 1);
    UNIT_INT(io_recv(server, &byte, 1), 0);
    close(server);
    close(listener);
}

UNIT_MAIN("tcp/talk", UNIT_TEST(sends_and_then_receives),
          UNIT_TEST(receives_what_was_sent_before_the_end),
          UNIT_TEST(takes_a_reset_for_the_end),
          UNIT_TEST(receives_at_most_its_bytes),
          UNIT_TEST(without_a_server_the_process_ends),
          UNIT_TEST(an_error_that_is_not_the_servers_ends_the_process),
          UNIT_TEST(a_server_that_never_ends_ends_the_process),
          UNIT_TEST(waits_until_the_limit_at_most),
          UNIT_TEST(closes_its_connection))
