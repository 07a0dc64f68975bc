/* frame_test.c: websocket/frame.h against RFC 6455 §5.2, §5.3, §5.5 and §5.7 */
#include "packets/unit.h"
#include "websocket/frame.h"

static int parse(struct frame *f, const char *bytes, size_t n) {
    uint8_t *exact = unit_exact(bytes, n);
    int got = frame_parse(f, exact, n);
    free(exact);
    return got;
}

/* RFC 6455 §5.7: all of its examples, and what they say they are. */
static void parses_the_examples_of_the_rfc(void) {
    static const struct {
        const char *bytes;
        size_t n;
        int size;
        bool fin, masked;
        enum frame_opcode opcode;
        uint64_t length;
    } cases[] = {
        {"\x81\x05Hello", 7, 2, true, false, FRAME_TEXT, 5},
        {"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11, 6, true, true,
         FRAME_TEXT, 5},
        {"\x01\x03Hel", 5, 2, false, false, FRAME_TEXT, 3},
        {"\x80\x02lo", 4, 2, true, false, FRAME_CONTINUATION, 2},
        {"\x89\x05Hello", 7, 2, true, false, FRAME_PING, 5},
        {"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11, 6, true, true,
         FRAME_PONG, 5},
        {"\x82\x7e\x01\x00", 4, 4, true, false, FRAME_BINARY, 256},
        {"\x82\x7f\0\0\0\0\0\1\0\0", 10, 10, true, false, FRAME_BINARY, 65536},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct frame f;
        UNIT_INT(parse(&f, cases[i].bytes, cases[i].n), cases[i].size);
        UNIT_INT(f.fin, cases[i].fin);
        UNIT_INT(f.masked, cases[i].masked);
        UNIT_INT(f.opcode, cases[i].opcode);
        UNIT_INT(f.length, cases[i].length);
        if (f.masked) UNIT_INT(memcmp(f.key, "\x37\xfa\x21\x3d", 4), 0);
    }
}

static void unmasks_the_example_of_the_rfc(void) {
    uint8_t payload[] = {0x7f, 0x9f, 0x4d, 0x51, 0x58};
    static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
    frame_mask(payload, 2, key, 0);
    frame_mask(payload + 2, 3, key, 2);
    UNIT_TEXT(payload, 5, "Hello");
}

/* Every prefix of a good header asks for more; none is an error. */
static void asks_for_more_at_every_cut(void) {
    static const struct {
        const char *bytes;
        size_t n;
    } cases[] = {
        {"\x81\x7d", 2},
        {"\x81\x85\1\2\3\4", 6},
        {"\x81\x7e\0\x7e", 4},
        {"\x81\xfe\xff\xff\1\2\3\4", 8},
        {"\x82\x7f\0\0\0\0\0\1\0\0", 10},
        {"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\1\2\3\4", 14},
    };
    struct frame f;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t n = 0; n < cases[i].n; n++)
            UNIT_INT(parse(&f, cases[i].bytes, n), 0);
        UNIT_INT(parse(&f, cases[i].bytes, cases[i].n), cases[i].n);
    }
}

/* RFC 6455 §5.2: each of the 256 first bytes, from the byte alone. */
static void checks_the_first_byte_alone(void) {
    for (unsigned first = 0; first < 256; first++) {
        unsigned opcode = first & 0x0F;
        bool control = opcode >= 8, fin = first & 0x80;
        int expected = first & 0x70                                ? -1
                       : (opcode > 2 && opcode < 8) || opcode > 10 ? -2
                       : control && !fin                           ? -3
                                                                   : 0;
        char byte = (char)first;
        struct frame f;
        UNIT_INT(parse(&f, &byte, 1), expected);
    }
}

/* The last byte of each is the first that shows the fault. */
static void refuses_what_the_rfc_forbids(void) {
    static const struct {
        const char *bytes;
        size_t n;
        int expected;
    } cases[] = {
        {"\xC1", 1, FRAME_ERR_RESERVED},         /* RSV1: no extension */
        {"\xA2", 1, FRAME_ERR_RESERVED},         /* RSV2 */
        {"\x90", 1, FRAME_ERR_RESERVED},         /* RSV3 */
        {"\x83", 1, FRAME_ERR_OPCODE},           /* opcode 3 */
        {"\x87", 1, FRAME_ERR_OPCODE},           /* opcode 7 */
        {"\x8B", 1, FRAME_ERR_OPCODE},           /* opcode 11 */
        {"\x8F", 1, FRAME_ERR_OPCODE},           /* opcode 15 */
        {"\x08", 1, FRAME_ERR_CONTROL},          /* close without FIN */
        {"\x09", 1, FRAME_ERR_CONTROL},          /* ping without FIN */
        {"\x0A", 1, FRAME_ERR_CONTROL},          /* pong without FIN */
        {"\x88\x7e", 2, FRAME_ERR_CONTROL},      /* close of 126 or more */
        {"\x89\xfe", 2, FRAME_ERR_CONTROL},      /* ping of 126 or more */
        {"\x8A\x7f", 2, FRAME_ERR_CONTROL},      /* pong of 65 536 or more */
        {"\x81\x7e\0\0", 4, FRAME_ERR_LENGTH},   /* 0 in two bytes */
        {"\x81\x7e\0\x7d", 4, FRAME_ERR_LENGTH}, /* 125 in two bytes */
        {"\x81\x7f\0\0\0\0\0\0\0\x05", 10, FRAME_ERR_LENGTH},   /* 5 in 8 */
        {"\x81\x7f\0\0\0\0\0\0\xff\xff", 10, FRAME_ERR_LENGTH}, /* 65535 */
        {"\x81\x7f\x80", 3, FRAME_ERR_LENGTH}, /* 2^63: its top bit */
        {"\x81\xff\xff", 3, FRAME_ERR_LENGTH}, /* 2^63 and more, masked */
    };
    struct frame f;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_INT(parse(&f, cases[i].bytes, cases[i].n), cases[i].expected);
        for (size_t n = 0; n < cases[i].n; n++)
            UNIT_INT(parse(&f, cases[i].bytes, n), 0);
    }
}

/* A control frame of 125 bytes is the longest. */
static void accepts_a_control_frame_of_exactly_the_limit(void) {
    struct frame f;
    UNIT_INT(parse(&f, "\x89\x7d", 2), 2);
    UNIT_INT(f.length, FRAME_CONTROL_MAX);
}

static void writes_what_it_can_parse_in_the_shortest_form(void) {
    static const struct {
        uint64_t length;
        size_t size; /* of the header, not masked */
    } cases[] = {
        {0, 2},     {1, 2},      {125, 2},         {126, 4},
        {65535, 4}, {65536, 10}, {1ull << 32, 10}, {(1ull << 63) - 1, 10},
    };
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        struct frame in = {.fin = i % 3,
                           .masked = i % 2,
                           .opcode = FRAME_BINARY,
                           .key = {1, 2, 3, 4},
                           .length = cases[i / 2].length};
        struct frame out;
        uint8_t header[FRAME_HEADER_MAX];
        size_t n = frame_write(&in, header);
        UNIT_INT(n, cases[i / 2].size + (in.masked ? 4 : 0));
        UNIT_INT(parse(&out, (char *)header, n), n);
        UNIT_INT(out.fin, in.fin);
        UNIT_INT(out.opcode, in.opcode);
        UNIT_INT(out.length, in.length);
        UNIT_INT(out.masked, in.masked);
        if (in.masked) UNIT_INT(memcmp(out.key, in.key, 4), 0);
    }
}

/* RFC 6455 §5.3: transformed-octet-i = original-octet-i XOR key[i MOD 4]. */
static void masks_at_every_offset_as_the_rfc_computes_it(void) {
    static const uint8_t key[4] = {0x12, 0x34, 0x56, 0x78};
    uint8_t bytes[200];
    for (uint64_t at = 0; at < 9; at++)
        for (size_t n = 0; n <= sizeof bytes; n++) {
            unsigned wrong = 0;
            for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)(i * 3);
            uint8_t *exact = unit_exact(bytes, n);
            frame_mask(exact, n, key, at);
            for (size_t i = 0; i < n; i++)
                wrong += exact[i] != (bytes[i] ^ key[(at + i) % 4]);
            UNIT_INT(wrong, 0);
            free(exact);
        }
}

/* Masking two pieces, cut anywhere, gives the same as masking the whole. */
static void masks_pieces_like_the_whole(void) {
    static const uint8_t key[4] = {0xde, 0xad, 0xbe, 0xef};
    uint8_t whole[150] = {0}, pieces[150];
    frame_mask(whole, sizeof whole, key, 0);
    for (size_t cut = 0; cut <= sizeof pieces; cut++) {
        memset(pieces, 0, sizeof pieces);
        frame_mask(pieces, cut, key, 0);
        frame_mask(pieces + cut, sizeof pieces - cut, key, cut);
        UNIT_INT(memcmp(pieces, whole, sizeof whole), 0);
    }
    frame_mask(pieces, 4, key, (1ull << 63) - 3); /* far into a payload */
    UNIT_INT(pieces[0], whole[0] ^ key[1]);
}

static void appends_a_frame_from_its_parts(void) {
    static const uint8_t key[4] = {0x37, 0xfa, 0x21, 0x3d};
    struct span parts[] = {span_from("Hel"), {NULL, 0}, span_from("lo")};
    struct buf out = {.max = 38};
    UNIT_TRUE(frame_append(&out, FRAME_TEXT, parts, 3, NULL));
    UNIT_TRUE(frame_append(&out, FRAME_TEXT, parts, 3, key));
    UNIT_TRUE(frame_append(&out, FRAME_PING, NULL, 0, NULL));
    UNIT_TEXT(out.bytes, out.end - 2, /* RFC 6455 §5.7, both */
              "\x81\x05Hello\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    UNIT_INT(out.bytes[out.end - 2], 0x89);
    UNIT_INT(out.bytes[out.end - 1], 0);
    uint32_t end = out.end;
    UNIT_FALSE(frame_append(&out, FRAME_TEXT, parts, 3, key)); /* full */
    UNIT_INT(out.end, end);
    UNIT_TRUE(out.failed);
    buf_free(&out);
}

static void a_part_may_have_one_byte(void) {
    struct span parts[] = {span_from("H"), span_from("i")};
    struct buf out = {.max = 20};
    UNIT_TRUE(frame_append(&out, FRAME_TEXT, parts, 2, NULL));
    UNIT_TEXT(out.bytes, out.end, "\x81\x02Hi");
    buf_free(&out);
}

UNIT_MAIN("websocket/frame", UNIT_TEST(parses_the_examples_of_the_rfc),
          UNIT_TEST(unmasks_the_example_of_the_rfc),
          UNIT_TEST(asks_for_more_at_every_cut),
          UNIT_TEST(checks_the_first_byte_alone),
          UNIT_TEST(refuses_what_the_rfc_forbids),
          UNIT_TEST(accepts_a_control_frame_of_exactly_the_limit),
          UNIT_TEST(writes_what_it_can_parse_in_the_shortest_form),
          UNIT_TEST(masks_at_every_offset_as_the_rfc_computes_it),
          UNIT_TEST(masks_pieces_like_the_whole),
          UNIT_TEST(appends_a_frame_from_its_parts),
          UNIT_TEST(a_part_may_have_one_byte))
