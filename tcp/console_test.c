/* console_test.c: tcp/console.h, with a pair of sockets as the connection and a
 * pipe as the terminal */
#include "packets/unit.h"
#include "tcp/clock.h"
#include "tcp/console.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static struct console c;
static int server, keyboard; /* the other ends */
static struct span data;

static void start(const char *text) {
    int ends[2], terminal[2];
    UNIT_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    UNIT_INT(pipe(terminal), 0);
    UNIT_INT(console_open(&c, ends[0], text, 5, 1 << 20), 0);
    server = ends[1];
    c.input = terminal[0];
    keyboard = terminal[1];
    console_set_turn(&c, CONSOLE_READY, -1);
}

static void stop(void) {
    close(c.input);
    console_close(&c);
    close(server);
    close(keyboard);
}

static void say(int fd, const char *text) {
    UNIT_INT(write(fd, text, strlen(text)), strlen(text));
}

/* Waits for one event, which must be this one, with these bytes. */
static void expect(enum console_event want, const char *bytes) {
    data = (struct span){0};
    UNIT_INT(console_wait(&c, &data), want);
    UNIT_TEXT(data.data, data.len, bytes);
}

static void waits_for_both_at_once(void) {
    start(NULL);
    say(server, "hello");
    expect(CONSOLE_BYTES, "hello");
    say(keyboard, "one\ntwo\nthr");
    expect(CONSOLE_LINE, "one");
    expect(CONSOLE_LINE, "two");
    say(server, "again");
    expect(CONSOLE_BYTES, "again");
    close(keyboard);
    expect(CONSOLE_LINE, "thr");
    expect(CONSOLE_END_OF_INPUT, "");
    say(server, "last"); /* the end of the input is no event any more */
    expect(CONSOLE_BYTES, "last");
    close(server);
    expect(CONSOLE_EOF, "");
    keyboard = server = -1;
    stop();
}

static void a_text_is_the_only_line(void) {
    start("a text of any length");
    say(keyboard, "typed\n");
    expect(CONSOLE_LINE, "a text of any length");
    expect(CONSOLE_END_OF_INPUT, "");
    say(server, "hello");
    expect(CONSOLE_BYTES, "hello");
    stop();
}

static void reads_a_line_only_when_it_is_its_turn(void) {
    start(NULL);
    say(keyboard, "one\n");
    console_set_turn(&c, CONSOLE_WAITING, 20);
    expect(CONSOLE_TIMEOUT, "");
    console_set_turn(&c, CONSOLE_CLOSING, 20);
    expect(CONSOLE_TIMEOUT, "");
    console_set_turn(&c, CONSOLE_READY, -1);
    expect(CONSOLE_LINE, "one");
    stop();
}

/* A server that sends a byte now and then must not keep a client for ever. */
static void bytes_do_not_move_the_deadline(void) {
    int64_t begin = clock_ms();
    enum console_event event = CONSOLE_BYTES;
    start(NULL);
    console_set_turn(&c, CONSOLE_READY, 50);
    while (event == CONSOLE_BYTES && clock_ms() < begin + 20000) {
        say(server, "x");
        event = console_wait(&c, &data);
    }
    UNIT_INT(event, CONSOLE_TIMEOUT);
    UNIT_TRUE(clock_ms() - begin >= 50);
    stop();
}

/* Whichever of the two deadlines comes first. */
static void a_missing_heartbeat_is_not_a_missing_answer(void) {
    start(NULL);
    console_set_turn(&c, CONSOLE_READY, 60000);
    console_set_silence(&c, 20);
    expect(CONSOLE_SILENCE, "");
    console_set_silence(&c, 60000);
    console_set_turn(&c, CONSOLE_READY, 20);
    expect(CONSOLE_TIMEOUT, "");
    console_set_turn(&c, CONSOLE_READY, -1);
    say(server, "x");
    expect(CONSOLE_BYTES, "x");
    stop();
}

/* As after Ctrl-Z and fg: the answer has been there for long. */
static void reads_what_had_arrived_before_it_judges(void) {
    start(NULL);
    say(server, "hello");
    console_set_turn(&c, CONSOLE_READY, 0);
    expect(CONSOLE_BYTES, "hello");
    say(server, "more");
    expect(CONSOLE_TIMEOUT, "");
    console_set_turn(&c, CONSOLE_READY, -1);
    expect(CONSOLE_BYTES, "more");
    stop();
}

/* Reads all that the client has sent so far. */
static size_t drain(void) {
    static uint8_t bytes[1 << 20];
    ssize_t n = recv(server, bytes, sizeof bytes, MSG_DONTWAIT);
    return n > 0 ? (size_t)n : 0;
}

/* And then it goes on: so neither side waits for the other. */
static void does_not_read_from_a_server_that_does_not(void) {
    static char big[1 << 20];
    size_t received = 0;
    start(NULL);
    UNIT_TRUE(buf_append(&c.out, big, sizeof big));
    say(server, "p");
    console_set_turn(&c, CONSOLE_READY, 20);
    expect(CONSOLE_TIMEOUT, "");
    UNIT_TRUE(buf_view(&c.out).len > 65536);
    for (int i = 0; i < 10000 && received < sizeof big; i++) {
        console_set_turn(&c, CONSOLE_READY, 0);
        UNIT_TRUE(console_wait(&c, &data) != CONSOLE_FAILED);
        received += drain();
    }
    UNIT_INT(received, sizeof big);
    stop();
}

/* The server has closed, so sending fails; its last words can still be read. */
static void reads_what_was_sent_before_the_end(void) {
    start(NULL);
    say(server, "bye");
    close(server);
    server = -1;
    buf_text(&c.out, "too late");
    expect(CONSOLE_BYTES, "bye");
    buf_text(&c.out, "still too late");
    expect(CONSOLE_EOF, "");
    stop();
}

static char calls[100];

static void on_bytes(struct span bytes) {
    strncat(calls, (char *)bytes.data, bytes.len);
    strcat(calls, ";");
}

static void on_end_of_input(void) {
    strcat(calls, "end;");
    console_set_turn(&c, CONSOLE_CLOSING, 20);
}

static void run_calls_one_function_for_each_event(void) {
    static const struct console_handlers handlers = {on_bytes, on_bytes,
                                                     on_end_of_input};
    start("line");
    UNIT_INT(console_run(&c, &handlers), CONSOLE_TIMEOUT);
    console_set_turn(&c, CONSOLE_CLOSING, -1);
    say(server, "bytes");
    close(server);
    UNIT_INT(console_run(&c, &handlers), CONSOLE_EOF);
    UNIT_TEXT(calls, strlen(calls), "line;end;bytes;");
    server = -1;
    stop();
}

static void says_what_is_too_long(void) {
    start(NULL);
    say(keyboard, "12345\n123456\n");
    expect(CONSOLE_LINE, "12345");
    errno = 0;
    expect(CONSOLE_FAILED, "");
    UNIT_INT(errno, EMSGSIZE);
    stop();

    start(NULL);
    c.out.max = 3;
    buf_text(&c.out, "four");
    errno = 0;
    expect(CONSOLE_FAILED, "");
    UNIT_INT(errno, EMSGSIZE);
    stop();
}

UNIT_MAIN("tcp/console", UNIT_TEST(waits_for_both_at_once),
          UNIT_TEST(a_text_is_the_only_line),
          UNIT_TEST(reads_a_line_only_when_it_is_its_turn),
          UNIT_TEST(bytes_do_not_move_the_deadline),
          UNIT_TEST(a_missing_heartbeat_is_not_a_missing_answer),
          UNIT_TEST(reads_what_had_arrived_before_it_judges),
          UNIT_TEST(does_not_read_from_a_server_that_does_not),
          UNIT_TEST(reads_what_was_sent_before_the_end),
          UNIT_TEST(run_calls_one_function_for_each_event),
          UNIT_TEST(says_what_is_too_long))
