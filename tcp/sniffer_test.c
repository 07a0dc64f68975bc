/* sniffer_test.c: tcp/sniffer.h: what it prints, and the file that it writes */
#include "packets/output_unit.h"
#include "packets/unit.h"
#include "tcp/sniffer.h"

#include <fcntl.h>

/* Who has 10.0.0.2? Tell 10.0.0.1. Padded to 60 bytes. */
static uint8_t frame[60] = "\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x0a"
                           "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01"
                           "\x02\x00\x00\x00\x00\x0a\x0a\x00\x00\x01"
                           "\x00\x00\x00\x00\x00\x00\x0a\x00\x00\x02";
static struct lan lan;
static struct sniffer sniffer;
static char printed[20000];

static void build(void) {
    lan_init(&lan);
    lan_add_port(&lan, "ann");
    lan_add_port(&lan, "bob");
    lan_connect(&lan, 0, 1, 10);
    lan.now_us = 1999990;
}

/* Sends the frame, and an alarm after it, and shows the sniffer both. */
static void see(void) {
    struct lan_event e;
    lan_send(&lan, 0, (struct span){frame, 42});
    lan_alarm(&lan, 1, lan.now_us + 10);
    while (lan_next(&lan, INT64_MAX, &e)) sniffer_see(&sniffer, &lan, &e);
}

/* Runs a step, and reads what it has printed. */
static void print_to_text(void (*step)(void)) {
    begin_output(STDOUT_FILENO);
    step();
    end_output(printed, sizeof printed);
}

static void expect(const char *expected) {
    print_to_text(see);
    UNIT_TEXT(printed, strlen(printed), expected);
}

static void prints_a_line_for_each_frame(void) {
    build();
    sniffer = (struct sniffer){.seen = 0};
    UNIT_INT(sniffer_open(&sniffer), 0);
    expect(" 2.000000 ann > bob    who has 10.0.0.2? tell 10.0.0.1\n");
    sniffer.has_macs = true;
    expect(" 2.000010 ann > bob    ..:0a > all  who has 10.0.0.2? tell "
           "10.0.0.1\n");
    sniffer.is_quiet = true;
    expect("");
    UNIT_INT(sniffer.seen, 3);
    UNIT_INT(sniffer_close(&sniffer), 0);
}

static void explains_one_frame_field_by_field(void) {
    build();
    sniffer = (struct sniffer){.explained = 2};
    expect(" 2.000000 ann > bob    who has 10.0.0.2? tell 10.0.0.1\n");
    print_to_text(see);
    UNIT_TRUE(strstr(printed, "0000  ff ff ff ff ff ff  ") != NULL);
    UNIT_TRUE(strstr(printed, "Source Address  ") != NULL);
    UNIT_TRUE(strstr(printed, "0026  0a 00 00 02  ") != NULL);
    UNIT_TRUE(strstr(printed, "padding  ") != NULL);
    UNIT_TRUE(strstr(printed, "|....") == NULL); /* no dump */
    expect(" 2.000020 ann > bob    who has 10.0.0.2? tell 10.0.0.1\n");
}

static void writes_a_capture(void) {
    char path[] = "/tmp/sniffer_test.XXXXXX";
    unsigned char bytes[400];
    int fd = mkstemp(path);
    build();
    sniffer = (struct sniffer){.is_quiet = true, .path = path};
    UNIT_INT(sniffer_open(&sniffer), 0);
    see();
    see();
    UNIT_INT(sniffer_close(&sniffer), 0);
    UNIT_INT(sniffer_close(&sniffer), 0);
    UNIT_INT(read(fd, bytes, sizeof bytes), 24 + 2 * (16 + 60));
    close(fd);
    unlink(path);
    UNIT_INT(memcmp(bytes, "\xa1\xb2\xc3\xd4", 4), 0);
    UNIT_INT(memcmp(bytes + 24, "\0\0\0\2\0\0\0\0\0\0\0\x3c\0\0\0\x3c", 16), 0);
    UNIT_INT(memcmp(bytes + 24 + 16, frame, 60), 0);
    UNIT_INT(memcmp(bytes + 24 + 76, "\0\0\0\2\0\0\0\x0a", 8), 0);
}

/* A child, since its stderr goes elsewhere. */
static int write_where_it_cannot(void) {
    UNIT_EXPECT(dup2(open("/dev/null", O_WRONLY), STDERR_FILENO) != -1);
    build();
    sniffer = (struct sniffer){.is_quiet = true, .path = "/tmp"};
    UNIT_EXPECT(sniffer_open(&sniffer) == 1);
    if (access("/dev/full", W_OK) != 0) return UNIT_SKIPPED;
    sniffer = (struct sniffer){.is_quiet = true, .path = "/dev/full"};
    UNIT_EXPECT(sniffer_open(&sniffer) == 0);
    see();
    UNIT_EXPECT(sniffer_close(&sniffer) == 1);
    return 0;
}

static void reports_a_file_that_cannot_be_written(void) {
    UNIT_CHILD(write_where_it_cannot);
}

UNIT_MAIN("tcp/sniffer", UNIT_TEST(prints_a_line_for_each_frame),
          UNIT_TEST(explains_one_frame_field_by_field),
          UNIT_TEST(writes_a_capture),
          UNIT_TEST(reports_a_file_that_cannot_be_written))
