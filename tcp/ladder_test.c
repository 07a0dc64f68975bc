/* ladder_test.c: tcp/ladder.h. Where the system refuses a network of its own,
 * the tests print that they were skipped. */
#include "packets/output_unit.h"
#include "packets/unit.h"
#include "tcp/io.h"
#include "tcp/ladder.h"
#include "tcp/pair.h"
#include "tcp/unit.h"

#include <errno.h>
#include <sys/socket.h>

static struct ladder ladder;
static struct wire_options options;
static int ends[2];
static char printed[20000];

/* Runs a step, and reads what it has printed. */
static void print_to_text(void (*step)(void)) {
    begin_output(STDOUT_FILENO);
    step();
    end_output(printed, sizeof printed);
}

static void open_ladder(void) {
    memset(&ladder, 0xee, sizeof ladder); /* any content */
    if (ladder_open(&ladder, &options) != 0) abort();
}

static void print_ladder(void) {
    ladder_print(&ladder);
}

/* Opens a captured ladder; false: only a model is to be had. */
static bool begin(void) {
    print_to_text(open_ladder);
    return ladder.wire.is_captured;
}

/* Compares printed with lines, in which '#' matches the digits of a time. */
static bool is_printed(const char *expected) {
    const char *got = printed;
    for (; *expected; expected++) {
        if (*expected == '#') {
            size_t n = strspn(got, " 0123456789.");
            if (n < 3) return false;
            got += n - 1; /* the space before "ms" stays */
        } else if (*expected != *got++) {
            printf("at \"%.60s\": printed\n%s", expected, printed);
            return false;
        }
    }
    return *got == '\0';
}

/* A model is the same on every machine; errno is kept. */
static int print_model(void) {
    options.is_modelled = true;
    UNIT_EXPECT(!begin());
    UNIT_EXPECT(strcmp(printed, "wire: modelled (as --modelled says)\n") == 0);
    ladder_output(&ladder, LADDER_CLIENT, "connect", "SYN seq 0");
    ladder_model(&ladder, LADDER_SERVER, "RST ACK seq 0 ack 1");
    errno = ECONNREFUSED;
    ladder_result(&ladder, LADDER_CLIENT, "connect", -1);
    UNIT_EXPECT(errno == ECONNREFUSED);
    ladder_result(&ladder, LADDER_SERVER, "recv", 0);
    ladder_output(&ladder, LADDER_SERVER, "close", NULL);
    print_to_text(print_ladder);
    UNIT_EXPECT(is_printed(
        "              client          wire                        server\n"
        "# ms  connect\n"
        "        - ms                  SYN seq 0                -->\n"
        "        - ms                  <-- RST ACK seq 0 ack 1\n"
        "# ms  connect = -1 ECONNREFUSED\n"
        "# ms                                              recv = 0\n"
        "# ms                                              close\n"));
    print_to_text(print_ladder); /* it begins anew */
    UNIT_EXPECT(is_printed(
        "              client          wire                        server\n"));
    UNIT_EXPECT(ladder_close(&ladder) == 0);
    return 0;
}

static void a_model_has_the_rows_that_the_program_gives(void) {
    UNIT_CHILD(print_model);
}

/* The first time is 0. The model is not printed if there are frames. */
static int print_captured(void) {
    char text[8];
    UNIT_EXPECT(begin());
    UNIT_EXPECT(strcmp(printed, "wire: captured (own network)\n") == 0);
    UNIT_EXPECT(ladder_pair(&ladder, ends) == 0);
    ladder_output(&ladder, LADDER_SERVER, "send 5 bytes", "nothing");
    UNIT_EXPECT(io_send_all(ends[1], "hello", 5) == 0);
    UNIT_EXPECT(io_recv_all(ends[0], text, 5) == 5);
    ladder_result(&ladder, LADDER_CLIENT, "recv", 5);
    ladder_call(&ladder, LADDER_CLIENT, "close after %d", 5);
    shutdown(ends[0], SHUT_WR);
    UNIT_EXPECT(io_recv(ends[1], text, 5) == 0);
    ladder_result(&ladder, LADDER_SERVER, "recv", 0);
    print_to_text(print_ladder);
    char *at = strstr(printed, " 0.000 ms   ");
    UNIT_EXPECT(at && strstr(at, "   send 5 bytes\n"));
    UNIT_EXPECT(at = strstr(at, "<-- PSH ACK seq 1 ack 1 len 5\n"));
    UNIT_EXPECT(at = strstr(at, " ms  recv = 5\n"));
    UNIT_EXPECT(at = strstr(at, " ms  close after 5\n"));
    UNIT_EXPECT(at = strstr(at, "   FIN ACK seq 1 ack 6      -->\n"));
    UNIT_EXPECT(strstr(at, "   recv = 0\n"));
    UNIT_EXPECT(!strstr(printed, "nothing") && !strstr(printed, "SYN"));
    return 0;
}

static void frames_stand_between_the_calls_that_caused_them(void) {
    UNIT_CHILD_IF(unit_try_capture, print_captured);
}

static int count_segments(void) {
    static char bytes[100000];
    struct ladder_counts counts;
    UNIT_EXPECT(begin());
    UNIT_EXPECT(pair_open(ends) == 0);
    UNIT_EXPECT(io_send_all(ends[0], bytes, sizeof bytes) == 0);
    UNIT_EXPECT(io_recv_all(ends[1], bytes, sizeof bytes) == sizeof bytes);
    ladder_count(&ladder, &counts);
    UNIT_EXPECT(counts.bytes[LADDER_CLIENT] == sizeof bytes);
    UNIT_EXPECT(counts.bytes[LADDER_SERVER] == 0);
    UNIT_EXPECT(counts.data_segments[LADDER_SERVER] == 0);
    UNIT_EXPECT(counts.data_segments[LADDER_CLIENT] >= 2);
    UNIT_EXPECT(counts.segments[LADDER_SERVER] >= 2); /* SYN ACK, an ACK */
    UNIT_EXPECT(counts.segments[LADDER_CLIENT] ==
                counts.data_segments[LADDER_CLIENT] + 2); /* SYN and ACK */
    UNIT_EXPECT(counts.again[LADDER_CLIENT] == 0);
    ladder_count(&ladder, &counts);
    UNIT_EXPECT(counts.segments[LADDER_CLIENT] == 0);
    return 0;
}

static void every_byte_of_data_is_counted_once(void) {
    UNIT_CHILD_IF(unit_try_capture, count_segments);
}

static int lose_events(void) {
    options.is_modelled = true;
    begin();
    for (int i = 0; i < LADDER_EVENTS + 7; i++)
        ladder_call(&ladder, LADDER_CLIENT, "call %d", i);
    print_to_text(print_ladder);
    UNIT_EXPECT(strstr(printed, " ms  call 59\n              (2940 more)\n"
                                "  (7 frames or calls were lost: "));
    ladder_call(&ladder, LADDER_CLIENT, "call");
    print_to_text(print_ladder);
    UNIT_EXPECT(!strstr(printed, "lost"));
    return 0;
}

static void events_without_space_are_reported_once(void) {
    UNIT_CHILD(lose_events);
}

static void an_error_has_its_name(void) {
    static const struct {
        int error;
        const char *name;
    } cases[] = {{ECONNREFUSED, "ECONNREFUSED"},
                 {ECONNRESET, "ECONNRESET"},
                 {ENOTCONN, "ENOTCONN"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *name = ladder_error_name(cases[i].error);
        UNIT_TEXT(name, strlen(name), cases[i].name);
    }
    const char *other = ladder_error_name(EBADF);
    UNIT_TEXT(other, strlen(other), strerror(EBADF));
}

static int open_no_pair(void) {
    options.is_modelled = true;
    begin();
    if (!limit_descriptors((rlim_t)lowest_descriptor())) return UNIT_SKIPPED;
    UNIT_EXPECT(ladder_pair(&ladder, ends) == -1 && errno == EMFILE);
    return 0;
}

static void a_pair_that_cannot_be_opened_is_an_error(void) {
    UNIT_CHILD(open_no_pair);
}

UNIT_MAIN("tcp/ladder", UNIT_TEST(a_model_has_the_rows_that_the_program_gives),
          UNIT_TEST(frames_stand_between_the_calls_that_caused_them),
          UNIT_TEST(every_byte_of_data_is_counted_once),
          UNIT_TEST(events_without_space_are_reported_once),
          UNIT_TEST(an_error_has_its_name),
          UNIT_TEST(a_pair_that_cannot_be_opened_is_an_error))
