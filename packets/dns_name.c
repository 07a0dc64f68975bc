/* dns_name.c: see packets/dns_name.h. Entry points: dns_name_parse reads a name
 * of a message, dns_name_from reads a text; dns_name_text writes one. */
#include "packets/dns_name.h"

#include <assert.h>
#include <stdio.h>

enum {
    HEADER = 12, /* bytes at the front of a message, which have no name */
    POINTER = 0xc0,
};

/* Appends a label to name, which has no root yet. Leaves a byte for the root.
 * Returns 0 or an error. */
static int append_label(struct dns_name *name, struct span label) {
    if (label.len == 0 || label.len > LIMIT_DNS_LABEL) return DNS_ERR_LABEL;
    /* RFC 1035 §2.3.4: 255 bytes or less, lengths and root included. */
    if (name->len + 1 + label.len + 1 > LIMIT_DNS_NAME) return DNS_ERR_NAME;
    name->bytes[name->len] = (uint8_t)label.len;
    memcpy(name->bytes + name->len + 1, label.data, label.len);
    name->len = (uint8_t)(name->len + 1 + label.len);
    return 0;
}

/* Appends the root, which ends the name. */
static void append_root(struct dns_name *name) {
    name->bytes[name->len++] = 0;
}

/* Checks a pointer to target in labels that begin at start; count pointers were
 * followed before. Returns 0 or an error. */
static int check_pointer(size_t target, size_t start, int count) {
    /* RFC 1035 §4.1.4: to a prior occurrence of the name. Each pointer leads to
     * before the place that the last one led to: no circle is possible. */
    if (target >= start || target < HEADER) return DNS_ERR_POINTER;
    return count < LIMIT_DNS_POINTERS ? 0 : DNS_ERR_DEPTH;
}

int dns_name_parse(struct span message, size_t at, struct dns_name *name) {
    assert(at <= message.len);
    size_t start = at, pos = at, end = at;
    *name = (struct dns_name){.len = 0};
    for (int pointers = 0;;) {
        if (pos == message.len) return 0;
        uint8_t n = message.data[pos];
        /* RFC 1035 §4.1.4: 11 begins a pointer; 01 and 10 are reserved. */
        if (n > LIMIT_DNS_LABEL && n < POINTER) return DNS_ERR_LABEL;
        size_t size = n < POINTER ? 1u + n : 2;
        if (message.len - pos < size) return 0;
        if (pointers == 0) end = pos + size;
        if (n == 0) break;

        int error;
        struct span label = {message.data + pos + 1, size - 1};
        if (n < POINTER) {
            error = append_label(name, label);
            pos += size;
        } else {
            pos = (size_t)(n - POINTER) << 8 | label.data[0];
            error = check_pointer(pos, start, pointers++);
            start = pos;
        }
        if (error != 0) return error;
    }
    append_root(name);
    return (int)(end - at);
}

/* --- text, RFC 1035 §5.1 --- */

/* Reads one byte of a label, or an escape, and moves *text after it. Returns
 * it, or DNS_ERR_LABEL. */
static int character(const char **text) {
    const char *t = *text;
    *text += 1;
    if (*t != '\\') return (uint8_t)*t;
    if (strspn(t + 1, "0123456789") < 3) { /* "\." */
        if (t[1] == '\0') return DNS_ERR_LABEL;
        *text += 1;
        return (uint8_t)t[1];
    }
    int value = (t[1] - '0') * 100 + (t[2] - '0') * 10 + (t[3] - '0');
    *text += 3;
    return value <= 255 ? value : DNS_ERR_LABEL;
}

int dns_name_from(struct dns_name *name, const char *text) {
    *name = (struct dns_name){.len = 0};
    if (strcmp(text, ".") == 0) text++;
    while (*text != '\0') {
        uint8_t bytes[LIMIT_DNS_LABEL + 1]; /* one more, to detect it */
        struct span label = {bytes, 0};
        while (*text != '\0' && *text != '.' && label.len < sizeof bytes) {
            int c = character(&text);
            if (c < 0) return c;
            bytes[label.len++] = (uint8_t)c;
        }
        int error = append_label(name, label);
        if (error != 0) return error;
        if (*text == '.') text++;
    }
    append_root(name);
    return 0;
}

/* Writes one byte of a label to text. Returns where the next one goes. */
static char *put_character(char *text, uint8_t c) {
    if (c == '.' || c == '\\') *text++ = '\\';
    if (c > ' ' && c < 0x7f)
        *text++ = (char)c;
    else
        text += snprintf(text, sizeof "\\000", "\\%03u", c);
    return text;
}

char *dns_name_text(const struct dns_name *name, char text[DNS_TEXT_MAX]) {
    char *end = text;
    for (const uint8_t *label = name->bytes; *label; label += 1 + *label) {
        if (label != name->bytes) *end++ = '.';
        for (int i = 1; i <= *label; i++) end = put_character(end, label[i]);
    }
    if (end == text) *end++ = '.';
    *end = '\0';
    return text;
}

/* --- comparison --- */

/* All bytes can be compared as letters: a length is at most 63, which is before
 * all letters. */
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b) {
    return span_equal_ci(dns_name_span(a), dns_name_span(b));
}

bool dns_name_is_within(const struct dns_name *name,
                        const struct dns_name *zone) {
    struct span end = dns_name_span(name);
    while (end.len > zone->len) end = span_skip(end, 1u + end.data[0]);
    return span_equal_ci(end, dns_name_span(zone));
}
