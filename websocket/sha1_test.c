/* sha1_test.c: websocket/sha1.h against the examples of FIPS 180 and known
 * digests of texts around the size of a block */
#include "packets/unit.h"
#include "websocket/sha1.h"

/* Compares the digest of n bytes with its 40 hexadecimal digits. */
static void expect(const void *bytes, size_t n, const char *expected) {
    uint8_t *digest = malloc(SHA1_SIZE);
    char hex[2 * SHA1_SIZE + 1];
    uint8_t *exact = unit_exact(bytes, n);
    if (!digest) abort();
    sha1(n > 0 ? exact : NULL, n, digest);
    free(exact);
    for (size_t i = 0; i < SHA1_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    UNIT_TEXT(hex, strlen(hex), expected);
    free(digest);
}

static void hashes_the_examples_of_the_standard(void) {
    static const struct {
        const char *text, *digest;
    } cases[] = {
        {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
         "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
         "a49b2446a02c645bf419f995b67091253a04a259"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(cases[i].text, strlen(cases[i].text), cases[i].digest);
}

/* FIPS 180: 1 000 000 times "a". */
static void hashes_a_million_characters(void) {
    static char text[1000000];
    memset(text, 'a', sizeof text);
    expect(text, sizeof text, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

/* The padding makes one block more or two. Texts of "a" of these lengths, with
 * the digests that sha1sum(1) prints. */
static void pads_around_each_edge_of_a_block(void) {
    static const struct {
        size_t n;
        const char *digest;
    } cases[] = {
        {1, "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"},
        {55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"},
        {56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"},
        {57, "f08f24908d682555111be7ff6f004e78283d989a"},
        {63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"},
        {64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"},
        {65, "11655326c708d70319be2610e8a57d9a5b959d3b"},
        {119, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56"},
        {120, "f34c1488385346a55709ba056ddd08280dd4c6d6"},
        {121, "fa6b5a6f8ac27182f838fe7841ec6d2aef3ade29"},
        {127, "89d95fa32ed44a7c610b7ee38517ddf57e0bb975"},
        {128, "ad5b3fdbcb526778c2839d2f151ea753995e26a0"},
    };
    char text[128];
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(text, cases[i].n, cases[i].digest);
}

/* RFC 6455 §1.3: the example whose digest b3 7a 4f 2c ... becomes the value of
 * Sec-WebSocket-Accept. */
static void hashes_the_handshake_of_the_rfc(void) {
    static const char text[] =
        "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    expect(text, sizeof text - 1, "b37a4f2cc0624f1690f64606cf385945b2bec4ea");
}

UNIT_MAIN("websocket/sha1", UNIT_TEST(hashes_the_examples_of_the_standard),
          UNIT_TEST(hashes_a_million_characters),
          UNIT_TEST(pads_around_each_edge_of_a_block),
          UNIT_TEST(hashes_the_handshake_of_the_rfc))
