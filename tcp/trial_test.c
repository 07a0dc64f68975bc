/* trial_test.c: tcp/trial.h. Where the system refuses a network of its own, the
 * tests print that they were skipped. */
#include "packets/unit.h"
#include "tcp/clock.h"
#include "tcp/io.h"
#include "tcp/trial.h"

#include <sys/socket.h>

static struct trial trial;
static int ends[2][2];

static bool open_trial(const struct wire_options *options) {
    return trial_open(&trial, options) == 0 && trial.is_real;
}

static void close_ends(int n) {
    for (int i = 0; i < n; i++) {
        close(ends[i][0]);
        close(ends[i][1]);
    }
}

/* A SYN that crosses a wire which loses all would be sent again after 1 s. */
static int cut_after_connect(void) {
    struct wire_options options = {.pcap = NULL};
    struct channel_options cut = {.loss = 1000};
    char byte;
    if (!open_trial(&options)) return UNIT_SKIPPED;
    UNIT_EXPECT(trial_begin(&trial, &cut, ends, 2) == 0);
    for (int i = 0; i < 2; i++) {
        UNIT_EXPECT(io_send_all(ends[i][0], "x", 1) == 0);
        UNIT_EXPECT(recv(ends[i][1], &byte, 1, MSG_DONTWAIT) == -1);
    }
    UNIT_EXPECT(trial_end(&trial) == 0);
    UNIT_EXPECT(trial.report.to[1].lost >= 2);
    UNIT_EXPECT(trial.report.to[1].delivered >= 4); /* SYN and ACK of both */
    close_ends(2);
    UNIT_EXPECT(trial_close(&trial) == 0);
    return 0;
}

static void the_wire_is_perfect_until_all_are_connected(void) {
    UNIT_CHILD(cut_after_connect);
}

/* 4000 bytes at 20 000 per second take 200 ms there, and no time back. */
static int pass_slow_wire(void) {
    struct wire_options options = {.pcap = NULL};
    struct channel_options slow = {.rate = 20000};
    static char bytes[4000];
    if (!open_trial(&options)) return UNIT_SKIPPED;
    UNIT_EXPECT(trial_begin(&trial, &slow, ends, 1) == 0);
    int64_t begin_ms = clock_ms();
    UNIT_EXPECT(io_send_all(ends[0][0], bytes, sizeof bytes) == 0);
    UNIT_EXPECT(io_recv_all(ends[0][1], bytes, sizeof bytes) == sizeof bytes);
    UNIT_EXPECT(clock_ms() - begin_ms >= 199);
    UNIT_EXPECT(trial_end(&trial) == 0);
    UNIT_EXPECT(trial_begin(&trial, &slow, &ends[1], 1) == 0);
    begin_ms = clock_ms();
    UNIT_EXPECT(io_send_all(ends[1][1], bytes, sizeof bytes) == 0);
    UNIT_EXPECT(io_recv_all(ends[1][0], bytes, sizeof bytes) == sizeof bytes);
    UNIT_EXPECT(clock_ms() - begin_ms < 199);
    UNIT_EXPECT(trial_end(&trial) == 0);
    close_ends(2);
    return 0;
}

static void the_rate_holds_for_one_direction(void) {
    UNIT_CHILD(pass_slow_wire);
}

static int write_pcap(void) {
    static char path[] = "/tmp/trial_test.XXXXXX", bytes[5000];
    int fd = mkstemp(path);
    struct wire_options options = {.pcap = path};
    struct channel_options perfect = {.seed = 0};
    UNIT_EXPECT(fd != -1);
    close(fd);
    bool is_real = open_trial(&options);
    if (is_real) {
        UNIT_EXPECT(trial_begin(&trial, &perfect, ends, 1) == 0);
        UNIT_EXPECT(io_send_all(ends[0][0], bytes, sizeof bytes) == 0);
        UNIT_EXPECT(io_recv_all(ends[0][1], bytes, sizeof bytes) ==
                    sizeof bytes);
        UNIT_EXPECT(trial_end(&trial) == 0);
        close_ends(1);
    }
    UNIT_EXPECT(trial_close(&trial) == 0);
    FILE *file = fopen(path, "rb");
    UNIT_EXPECT(file && fseek(file, 0, SEEK_END) == 0);
    UNIT_EXPECT(!is_real || ftell(file) > (long)sizeof bytes);
    fclose(file);
    unlink(path);
    return is_real ? 0 : UNIT_SKIPPED;
}

static void what_passes_the_wire_is_in_the_file(void) {
    UNIT_CHILD(write_pcap);
}

static int ask_for_model(void) {
    struct wire_options options = {.is_modelled = true};
    UNIT_EXPECT(!open_trial(&options));
    UNIT_EXPECT(trial_close(&trial) == 0);
    return 0;
}

static void the_model_needs_no_hosts(void) {
    UNIT_CHILD(ask_for_model);
}

UNIT_MAIN("tcp/trial", UNIT_TEST(the_wire_is_perfect_until_all_are_connected),
          UNIT_TEST(the_rate_holds_for_one_direction),
          UNIT_TEST(what_passes_the_wire_is_in_the_file),
          UNIT_TEST(the_model_needs_no_hosts))
