/* compose_test.c: packets/compose.h, checked by packets/dissect.h */
#include "packets/compose.h"
#include "packets/ipv4.h"
#include "packets/unit.h"

static const char *const addresses[][2] = {{"10.0.0.1", "10.0.0.2"},
                                           {"fd00::1:2", "fd00::3:4"}};

static struct ends ends_of(int i) {
    struct ends e = {
        .protocol = IP_TCP, .source_port = 5000, .destination_port = 80};
    address_parse(&e.source, addresses[i][0]);
    address_parse(&e.destination, addresses[i][1]);
    return e;
}

static void dissect_reads_what_it_writes(void) {
    for (int i = 0; i < 2; i++) {
        struct ends e = ends_of(i);
        struct segment s = {.seq = 7,
                            .ack = 9,
                            .flags = SEGMENT_ACK,
                            .window = 3,
                            .options = {(uint8_t *)"\2\4\5\xb4", 4}};
        struct buf out = {.max = 1000};
        struct dissection d;
        UNIT_TRUE(compose_segment(&out, &e, &s, span_from("data!")));
        int headers = i == 0 ? 14 + 20 + 24 : 14 + 40 + 24;
        UNIT_INT(out.end, headers + 5);
        UNIT_INT(dissect(buf_view(&out), &d), headers);
        UNIT_TEXT(d.data.data, d.data.len, "data!");
        UNIT_INT(d.data_len, 5);
        UNIT_INT(d.ends.source_port, 5000);
        UNIT_INT(d.segment.destination_port, 80);
        UNIT_TRUE(address_equal(&d.source, &e.source));
        UNIT_TRUE(address_equal(&d.destination, &e.destination));
        UNIT_INT(d.segment.seq + d.segment.ack + d.segment.window, 19);
        UNIT_INT(d.segment.flags, SEGMENT_ACK);
        UNIT_TRUE(
            segment_checksum_is_right(d.transport, &d.source, &d.destination));
        /* The same without the frame. */
        struct dissection p;
        UNIT_INT(dissect_packet(span_skip(buf_view(&out), 14), &p),
                 headers - 14);
        UNIT_INT(memcmp(&p, &d, sizeof p), 0);
        UNIT_INT(dissect_packet((struct span){0}, &p), 0);
        /* IEEE 802 §8.4: 02 is administered locally. */
        static const uint8_t macs[2][12] = {
            {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1},
            {2, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 2}};
        UNIT_INT(memcmp(out.bytes, macs[i], 12), 0);
        buf_free(&out);
    }
}

static void writes_all_or_nothing(void) {
    for (unsigned max = 0; max <= 60; max++) {
        struct ends e = ends_of(0);
        struct segment s = {.seq = 1};
        struct buf out;
        buf_init(&out, max);
        bool is_written = compose_segment(&out, &e, &s, span_from("123456"));
        UNIT_INT(is_written, max == 60);
        UNIT_INT(out.end, is_written ? 60 : 0);
        buf_free(&out);
    }
}

UNIT_MAIN("packets/compose", UNIT_TEST(dissect_reads_what_it_writes),
          UNIT_TEST(writes_all_or_nothing))
