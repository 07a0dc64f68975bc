/* address.c: see packets/address.h. Entry points: address_parse reads with
 * parse_ipv4 and parse_ipv6, address_text writes with ipv4_text and ipv6_text.
 */
#include "packets/address.h"
#include "packets/hex.h"

#include <assert.h>
#include <stdio.h>

enum { /* numbers of 16 bits in an IPv6 address */
    GROUPS = 8
};

bool address_equal(const struct address *a, const struct address *b) {
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

bool address_is_one_host(const struct address *a) {
    static const uint8_t zeros[15] = {0};
    if (a->len == 16) /* RFC 4291 §2.5.2, §2.5.3 and §2.7 */
        return a->bytes[0] != 0xff &&
               (memcmp(a->bytes, zeros, 15) != 0 || a->bytes[15] > 1);
    return a->bytes[0] != 0 && a->bytes[0] != 127 && a->bytes[0] < 224;
}

struct address address_from(struct span bytes) {
    assert(bytes.len == 4 || bytes.len == 16);
    struct address a = {.len = (uint8_t)bytes.len};
    memcpy(a.bytes, bytes.data, bytes.len);
    return a;
}

bool address_same_prefix(const struct address *a, const struct address *b,
                         int prefix) {
    assert(prefix >= 0 && prefix <= 8 * a->len);
    size_t whole = (size_t)prefix / 8, bits = (size_t)prefix % 8;
    if (a->len != b->len || memcmp(a->bytes, b->bytes, whole) != 0)
        return false;
    return bits == 0 || (a->bytes[whole] ^ b->bytes[whole]) >> (8 - bits) == 0;
}

/* --- from text --- */

/* Reads a decimal number of 0 to 255 without leading zeros. Returns what
 * follows it, or NULL. */
static const char *parse_octet(const char *text, uint8_t *value) {
    size_t digits = strspn(text, "0123456789");
    unsigned number = 0;
    if (digits == 0 || digits > 3 || (text[0] == '0' && digits > 1))
        return NULL;
    for (; digits > 0; digits--)
        number = number * 10 + (unsigned)(*text++ - '0');
    *value = (uint8_t)number;
    return number <= 255 ? text : NULL;
}

/* Reads "10.0.0.1", all of text. */
static bool parse_ipv4(const char *text, uint8_t bytes[4]) {
    for (int i = 0; i < 4; i++) {
        if (i > 0 && *text++ != '.') return false;
        text = parse_octet(text, &bytes[i]);
        if (!text) return false;
    }
    return *text == '\0';
}

/* Reads a group of one to four hexadecimal digits. Returns what follows it, or
 * NULL. */
static const char *parse_group(const char *text, uint8_t bytes[2]) {
    unsigned value = 0;
    int n = 0;
    for (; hex_digit((uint8_t)text[n]) >= 0; n++) {
        if (n == 4) return NULL;
        value = value << 4 | (unsigned)hex_digit((uint8_t)text[n]);
    }
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
    return n > 0 ? text + n : NULL;
}

/* Reads groups with a colon between two of them, until "::" or the end of text,
 * and at most max bytes of them. The last group may be an IPv4 address instead
 * of two groups (RFC 4291 §2.2, form 3). Returns what follows, or NULL. */
static const char *parse_groups(const char *text, uint8_t *bytes, size_t max,
                                size_t *n) {
    for (*n = 0; *text && strncmp(text, "::", 2) != 0;) {
        if (*n > 0 && *text++ != ':') return NULL;
        if (*n + 4 <= max && parse_ipv4(text, bytes + *n)) {
            *n += 4;
            return text + strlen(text);
        }
        if (*n + 2 > max) return NULL;
        text = parse_group(text, bytes + *n);
        if (!text) return NULL;
        *n += 2;
    }
    return text;
}

static bool parse_ipv6(const char *text, uint8_t bytes[16]) {
    size_t front, back;
    text = parse_groups(text, bytes, 16, &front);
    if (!text) return false;
    if (*text == '\0') return front == 16;
    /* RFC 4291 §2.2, form 2: "::" is one or more groups of zeros. It may appear
     * only once: the lengths of two would be unknown. */
    if (front > 14) return false;
    uint8_t rest[16];
    text = parse_groups(text + 2, rest, 14 - front, &back);
    if (!text || *text) return false;
    memset(bytes + front, 0, 16 - front);
    memcpy(bytes + 16 - back, rest, back);
    return true;
}

bool address_parse(struct address *a, const char *text) {
    bool is_ipv6 = strchr(text, ':') != NULL;
    *a = (struct address){.len = is_ipv6 ? 16 : 4};
    if (is_ipv6 ? parse_ipv6(text, a->bytes) : parse_ipv4(text, a->bytes))
        return true;
    *a = (struct address){.len = 0};
    return false;
}

/* --- to text --- */

static void ipv4_text(const uint8_t bytes[4], char *text, size_t size) {
    snprintf(text, size, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
}

/* Finds the longest run of groups that are zero, and returns its length.
 * RFC 5952 §4.2.3: the first one if several are equally long. */
static int longest_zeros(const unsigned group[GROUPS], int *start) {
    int longest = 0;
    for (int i = 0, n = 0; i < GROUPS; i++) {
        n = group[i] == 0 ? n + 1 : 0;
        if (n <= longest) continue;
        longest = n;
        *start = i + 1 - n;
    }
    return longest;
}

static void ipv6_text(const uint8_t bytes[16], char text[ADDRESS_TEXT_MAX]) {
    static const uint8_t mapped[12] = {[10] = 0xff, 0xff};
    unsigned group[GROUPS];
    int start = 0, at = 0;
    for (size_t i = 0; i < GROUPS; i++)
        group[i] = (unsigned)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    /* RFC 5952 §5: an IPv4-mapped address is written with dots. */
    if (memcmp(bytes, mapped, sizeof mapped) == 0) {
        memcpy(text, "::ffff:", 7);
        ipv4_text(bytes + 12, text + 7, ADDRESS_TEXT_MAX - 7);
        return;
    }
    int zeros = longest_zeros(group, &start);
    for (int i = 0; i < GROUPS; i++) {
        /* RFC 5952 §4.2.2: "::" never stands for one group only. */
        if (i == start && zeros > 1) {
            text[at++] = ':';
            i += zeros;
        }
        if (i > 0) text[at++] = ':';
        if (i == GROUPS) break;
        /* RFC 5952 §4.1 and §4.3: no leading zeros, lower case. */
        at +=
            snprintf(text + at, ADDRESS_TEXT_MAX - (size_t)at, "%x", group[i]);
    }
    text[at] = '\0';
}

char *address_text(const struct address *a, char text[ADDRESS_TEXT_MAX]) {
    if (a->len == 4)
        ipv4_text(a->bytes, text, ADDRESS_TEXT_MAX);
    else if (a->len == 16)
        ipv6_text(a->bytes, text);
    else
        memcpy(text, "?", 2);
    return text;
}

char *address_mac_text(const uint8_t mac[ADDRESS_MAC],
                       char text[ADDRESS_TEXT_MAX]) {
    snprintf(text, ADDRESS_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
             mac[1], mac[2], mac[3], mac[4], mac[5]);
    return text;
}
