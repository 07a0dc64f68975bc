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
    for (int i = 0; i < LADDER_EVENTS + 2; i++)
        ladder_call(&ladder, LADDER_CLIENT, "call %d", i);
    print_to_text(print_ladder);
    UNIT_EXPECT(strstr(printed, "  (2 frames or calls were lost: "));
    return 0;
}

static void events_without_space_are_reported_once(void) {
    UNIT_CHILD(lose_events);
}

static void open_remote_ladder(void) {
    memset(&ladder, 0xee, sizeof ladder);
    if (ladder_open_remote(&ladder, &options, "by host 2", "why not") != 0)
        abort();
}

/* Adds a datagram from one port to another, as another host has captured it. */
static void add_datagram(int64_t time_ns, uint8_t from, uint8_t to,
                         bool is_lost) {
    uint8_t bytes[] = {0,    0,    0,   0,  0, 0, 0,   0, 0,    0,
                       0,    0,    8,   0, /* Ethernet */
                       0x45, 0,    0,   28, 0, 0, 0,   0, 0x40, 17,
                       0x7c, 0xcf, 127, 0,  0, 1, 127, 0, 0,    1, /* IPv4 */
                       0,    from, 0,   to, 0, 8, 0,   0};         /* UDP */
    struct captured frame = {time_ns, {bytes, sizeof bytes}, sizeof bytes};
    ladder_frame(&ladder, &frame, is_lost);
}

static int print_datagrams(void) {
    print_to_text(open_remote_ladder);
    UNIT_EXPECT(strcmp(printed, "wire: captured (by host 2)\n") == 0);
    ladder.wire.ports[ladder.wire.port_count++] = 7;
    add_datagram(7000000, 9, 7, false);
    add_datagram(8500000, 7, 9, true);
    add_datagram(8500000, 9, 7, true);
    add_datagram(9000000, 7, 9, false);
    print_to_text(print_ladder);
    const char *at = strchr(printed, '\n') + 1;
    const char *expected =
        "    0.000 ms                  UDP len 0                -->\n"
        "    1.500 ms                  x-- UDP len 0\n"
        "    1.500 ms                  UDP len 0                --x\n"
        "    2.000 ms                  <-- UDP len 0\n";
    UNIT_EXPECT(strcmp(at, expected) == 0);
    return 0;
}

static void a_frame_that_is_lost_has_an_x(void) {
    UNIT_CHILD(print_datagrams);
}

static int open_unwritable_file(void) {
    options.pcap = "/";
    memset(&ladder, 0xee, sizeof ladder);
    begin_output(STDERR_FILENO);
    int status = ladder_open_remote(&ladder, &options, "by host 2", "why not");
    end_output(printed, sizeof printed);
    UNIT_EXPECT(status == -1);
    return 0;
}

static void a_file_that_cannot_be_written_is_an_error(void) {
    UNIT_CHILD(open_unwritable_file);
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
          UNIT_TEST(a_frame_that_is_lost_has_an_x),
          UNIT_TEST(a_file_that_cannot_be_written_is_an_error),
          UNIT_TEST(an_error_has_its_name),
          UNIT_TEST(a_pair_that_cannot_be_opened_is_an_error))
