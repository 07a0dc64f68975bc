/* sha1.c: see websocket/sha1.h. The names (h, w, a to e, rotl, k) and the
 * section numbers are those of FIPS 180-4. */
#include "websocket/sha1.h"

#include <string.h>

/* §3.2: rotates x to the left by n bits. */
static uint32_t rotl(uint32_t x, unsigned n) {
    return x << n | x >> (32 - n);
}

/* §4.1.1: the function of round t. */
static uint32_t f(unsigned t, uint32_t x, uint32_t y, uint32_t z) {
    if (t < 20) return (x & y) ^ (~x & z);
    if (t < 40 || t >= 60) return x ^ y ^ z;
    return (x & y) ^ (x & z) ^ (y & z);
}

/* §4.2.1: the constant of round t. */
static uint32_t k(unsigned t) {
    static const uint32_t constants[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc,
                                         0xca62c1d6};
    return constants[t / 20];
}

/* §6.1.2: hashes one block of 64 bytes into h. */
static void hash_block(uint32_t h[5], const uint8_t *block) {
    uint32_t w[80];
    for (unsigned t = 0; t < 16; t++, block += 4)
        w[t] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 |
               (uint32_t)block[2] << 8 | block[3];
    for (unsigned t = 16; t < 80; t++)
        w[t] = rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);

    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (unsigned t = 0; t < 80; t++) {
        uint32_t sum = rotl(a, 5) + f(t, b, c, d) + e + k(t) + w[t];
        e = d;
        d = c;
        c = rotl(b, 30);
        b = a;
        a = sum;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

void sha1(const void *bytes, size_t n, uint8_t digest[SHA1_SIZE]) {
    uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                     0xc3d2e1f0};
    const uint8_t *at = bytes;
    size_t left = n;
    for (; left >= 64; at += 64, left -= 64) hash_block(h, at);

    /* §5.1.1: the message, a 1 bit, zeros, and its length in bits as the last
     * eight bytes. They fit into the last block, or need one more. */
    uint8_t tail[128] = {0};
    size_t size = left < 56 ? 64 : 128;
    if (left > 0) memcpy(tail, at, left);
    tail[left] = 0x80;
    for (size_t i = 0; i < 8; i++)
        tail[size - 1 - i] = (uint8_t)((uint64_t)n * 8 >> 8 * i);
    for (size_t done = 0; done < size; done += 64) hash_block(h, tail + done);

    for (size_t i = 0; i < SHA1_SIZE; i++)
        digest[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}
