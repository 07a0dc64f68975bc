/* layers_test.c: packets/layers.h, each layer by itself and all together */
#include "packets/checksum.h"
#include "packets/crc32.h"
#include "packets/ipv4.h"
#include "packets/layers.h"
#include "packets/unit.h"

static struct buf stack[LAYERS + 2];

/* Wraps value down to a layer; stack[layer] is what it has made. */
static void wrap_to(int lowest, struct span value) {
    for (int i = 0; i < LAYERS + 2; i++) buf_init(&stack[i], 2000);
    buf_append(&stack[LAYERS + 1], value.data, value.len);
    for (int layer = LAYERS; layer >= lowest; layer--)
        UNIT_TRUE(
            layer_wrap(layer, buf_view(&stack[layer + 1]), &stack[layer]));
}

static void done(void) {
    for (int i = 0; i < LAYERS + 2; i++) buf_free(&stack[i]);
}

/* Returns the layer that detects an error in the bytes of `layer`, or 0. */
static int notices(int layer, struct span bytes) {
    for (; layer <= LAYERS; layer++)
        if (!layer_unwrap(layer, &bytes)) return layer;
    return 0;
}

/* RFC 1122 §1.1.3: four layers; ISO/IEC 7498-1 §6.1.4: seven. */
static void has_the_names_of_both_models(void) {
    static const struct {
        const char *osi, *internet;
    } names[] = {{"physical", "link"},          {"link", "link"},
                 {"network", "internet"},       {"transport", "transport"},
                 {"session", "application"},    {"presentation", "application"},
                 {"application", "application"}};
    for (int i = 0; i < LAYERS; i++) {
        UNIT_TEXT(layer_osi(i + 1), strlen(layer_osi(i + 1)), names[i].osi);
        UNIT_TEXT(layer_internet(i + 1), strlen(layer_internet(i + 1)),
                  names[i].internet);
    }
}

static void unwrapping_is_the_reverse_of_wrapping(void) {
    uint8_t value[100];
    memset(value, 'v', sizeof value);
    for (size_t n = 0; n <= sizeof value; n++) {
        wrap_to(1, (struct span){value, n});
        struct span bytes = buf_view(&stack[1]);
        UNIT_INT(notices(1, bytes), 0);
        for (int layer = 1; layer <= LAYERS; layer++) {
            UNIT_TRUE(layer_unwrap(layer, &bytes));
            UNIT_TRUE(span_equal(bytes, buf_view(&stack[layer + 1])));
        }
        done();
    }
}

/* Socket.IO v5, "Packet encoding"; Engine.IO v4, "Packet encoding": 4 and 2;
 * RFC 6455 §5.2: 81 and the length. */
static void adds_what_the_standards_say(void) {
    static const char frame[] = "\x81\x15"
                                "42[\"message\",\"hello\"]";
    wrap_to(1, span_from("hello"));
    UNIT_TRUE(
        span_equal(buf_view(&stack[6]), span_from("2[\"message\",\"hello\"]")));
    UNIT_TRUE(span_equal(buf_view(&stack[5]), span_from(frame)));
    struct span ip = buf_view(&stack[3]), link = buf_view(&stack[2]);
    UNIT_INT(buf_view(&stack[4]).len, 20 + strlen(frame)); /* RFC 9293 §3.1 */
    UNIT_INT(ip.data[0], 0x45);                            /* RFC 791 §3.1 */
    UNIT_INT(ip.data[2] << 8 | ip.data[3], ip.len);
    UNIT_INT(ip.data[8], 64); /* RFC 1700, "IP time to live" */
    UNIT_INT(ip.data[9], 6);
    UNIT_INT(memcmp(ip.data + 12, "\x0a\0\0\2\x0a\0\0\1", 8), 0);
    /* IEEE 802 §8.4.2: 02 says that no maker has assigned the address. */
    UNIT_INT(memcmp(link.data, "\2\0\0\0\0\1\2\0\0\0\0\2", 12), 0);
    UNIT_INT(ip.len, 40 + strlen(frame));
    UNIT_INT(link.len, 14 + 40 + strlen(frame) + 4); /* IEEE 802.3 §3.1.1 */
    UNIT_INT(link.data[12] << 8 | link.data[13], 0x0800);
    /* IEEE 802.3 §7.3.1: the first byte is 02, least significant bit first:
     * 0 1 0 0 is 10 01 10 10. */
    UNIT_INT(buf_view(&stack[1]).data[0], 0x9a);
    UNIT_INT(buf_view(&stack[1]).len, 2 * link.len);
    done();
}

/* Changes each bit of what a layer has made. */
static void count(int layer, unsigned by[LAYERS + 1]) {
    wrap_to(layer, span_from("hello"));
    struct span made = buf_view(&stack[layer]);
    for (size_t bit = 0; bit < 8 * made.len; bit++) {
        uint8_t *bytes = unit_exact(made.data, made.len);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        by[notices(layer, (struct span){bytes, made.len})]++;
        free(bytes);
    }
    done();
}

/* Layers 1, 2 and 4 protect all that they carry, layer 3 its own header. */
static void notices_each_bit_that_it_protects(void) {
    for (int layer = 1; layer <= 4; layer++) {
        unsigned by[LAYERS + 1] = {0};
        count(layer, by);
        wrap_to(layer, span_from("hello"));
        size_t bits = 8 * buf_view(&stack[layer]).len;
        done();
        UNIT_INT(by[layer], layer == 3 ? 160 : bits);
        UNIT_INT(by[4], layer == 3 ? bits - 160 : layer == 4 ? bits : 0);
        UNIT_INT(by[0], 0);
    }
}

/* RFC 6455 §8.1, RFC 8259 §7. Of "hello" 5 bits make bytes above 7f; the other
 * 35 make other letters, and none a quote or a backslash. */
static void notices_syntax_but_no_value(void) {
    unsigned frame[LAYERS + 1] = {0}, event[LAYERS + 1] = {0},
                            value[LAYERS + 1] = {0};
    count(5, frame);
    count(6, event);
    count(7, value);
    UNIT_INT(frame[5], 3 * 8 + 20); /* its head, and the top bit of each byte */
    UNIT_INT(frame[6], 7 * 15);     /* the JSON around the value */
    UNIT_INT(frame[0], 7 * 5);
    UNIT_INT(event[6], 8 * 15);
    UNIT_INT(event[0], 8 * 5);
    UNIT_INT(value[0], 8 * 5);
}

static void refuses_each_part_of_what_it_made(void) {
    for (int layer = 1; layer <= 6; layer++) {
        wrap_to(layer, span_from("hello"));
        struct span made = buf_view(&stack[layer]);
        for (size_t n = 0; n < made.len; n++) {
            uint8_t *bytes = unit_exact(made.data, n);
            UNIT_TRUE(notices(layer, (struct span){bytes, n}) > 0);
            free(bytes);
        }
        done();
    }
}

/* RFC 6455 §5.2: a text of one byte, which is the type of Engine.IO. */
static void a_message_may_be_empty(void) {
    struct span bytes = {(uint8_t *)"\x81\1"
                                    "4",
                         3};
    UNIT_TRUE(layer_unwrap(5, &bytes));
    UNIT_INT(bytes.len, 0);
    for (size_t n = 0; n < 3; n++) {
        bytes = (struct span){(uint8_t *)"\x81\1", n};
        UNIT_FALSE(layer_unwrap(5, &bytes));
    }
}

/* RFC 9293 §3.1: a right checksum does not make a segment of less than a
 * header. */
static void a_segment_has_a_whole_header(void) {
    static const struct address client = {4, {10, 0, 0, 1}};
    static const struct address server = {4, {10, 0, 0, 2}};
    for (size_t n = 18; n <= 20; n++) {
        uint8_t segment[20] = {[12] = 0x50};
        uint32_t sum =
            ip_pseudo_header(&server, &client, IP_TCP, (uint32_t)n) + 0x5000;
        uint16_t checksum = checksum_of(sum);
        segment[16] = (uint8_t)(checksum >> 8);
        segment[17] = (uint8_t)checksum;
        struct span bytes = {segment, n};
        UNIT_INT(layer_unwrap(4, &bytes), n == 20);
    }
}

/* RFC 3629 §3: 7f is the last byte of ASCII. */
static void bytes_from_80_on_are_not_ascii(void) {
    for (int byte = 0x7e; byte <= 0x81; byte++) {
        uint8_t frame[] = {0x81, 2, '4', (uint8_t)byte};
        struct span bytes = {frame, 4};
        UNIT_INT(layer_unwrap(5, &bytes), byte < 0x80);
    }
}

/* IEEE 802.3 §3.1.1: a right FCS does not make a frame of what has no whole
 * header. */
static void a_frame_has_a_whole_header(void) {
    for (size_t n = 0; n <= 14; n++) {
        uint8_t frame[14 + 4] = {0};
        uint32_t crc = crc32_add(0, (struct span){frame, n});
        for (int i = 0; i < 4; i++)
            frame[n + (size_t)i] = (uint8_t)(crc >> 8 * i);
        uint8_t *exact = unit_exact(frame, n + 4);
        struct span bytes = {exact, n + 4};
        UNIT_INT(layer_unwrap(2, &bytes), n == 14);
        free(exact);
    }
}

static void layer_1_reads_512_bytes_at_most(void) {
    static uint8_t halves[514];
    memset(halves, 0x66, sizeof halves); /* 01 10 01 10: 1 0 1 0 */
    for (size_t n = 510; n <= 514; n++) {
        struct span bytes = {halves, n};
        bool is_good = n == 510 || n == 512;
        UNIT_INT(layer_unwrap(1, &bytes), is_good);
        if (!is_good) continue;
        UNIT_INT(bytes.len, n / 2);
        UNIT_INT(bytes.data[n / 2 - 1], 0x55);
    }
}

static void refuses_quotes_and_backslashes_in_a_value(void) {
    static const char *const events[] = {
        "2[\"message\",\"a\"b\"]", "2[\"message\",\"a\\b\"]",
        "2[\"massage\",\"ab\"]", "2[\"message\",\"ab\"}"};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        struct span bytes = span_from(events[i]);
        UNIT_TRUE(!layer_unwrap(6, &bytes));
    }
}

static void says_so_if_there_is_no_space(void) {
    wrap_to(1, span_from("hello"));
    for (int layer = 1; layer <= LAYERS; layer++) {
        size_t n = buf_view(&stack[layer]).len;
        for (size_t max = 1; max <= n; max++) {
            struct buf out;
            buf_init(&out, max);
            UNIT_INT(layer_wrap(layer, buf_view(&stack[layer + 1]), &out),
                     max == n);
            buf_free(&out);
        }
    }
    done();
}

UNIT_MAIN("packets/layers", UNIT_TEST(has_the_names_of_both_models),
          UNIT_TEST(unwrapping_is_the_reverse_of_wrapping),
          UNIT_TEST(adds_what_the_standards_say),
          UNIT_TEST(notices_each_bit_that_it_protects),
          UNIT_TEST(notices_syntax_but_no_value),
          UNIT_TEST(refuses_each_part_of_what_it_made),
          UNIT_TEST(a_message_may_be_empty),
          UNIT_TEST(a_segment_has_a_whole_header),
          UNIT_TEST(bytes_from_80_on_are_not_ascii),
          UNIT_TEST(a_frame_has_a_whole_header),
          UNIT_TEST(layer_1_reads_512_bytes_at_most),
          UNIT_TEST(refuses_quotes_and_backslashes_in_a_value),
          UNIT_TEST(says_so_if_there_is_no_space))
