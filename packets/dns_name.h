/*
 * dns_name.h: names of the domain name system, RFC 1035 §3.1 and §4.1.4
 *
 *   www.example.   3 w w w | 7 e x a m p l e | 0      the root has no label
 *   again          c0 0c                              a pointer, to offset 12
 *
 * A name is a row of labels, each after its length, up to the root. In a
 * message it may end in a pointer to a place where the same labels were written
 * before, so it is parsed from the whole message. The limits here stop a
 * message whose pointers are hostile. Introduced in udp/209_dns.c.
 */
#ifndef PACKETS_DNS_NAME_H
#define PACKETS_DNS_NAME_H

#include "packets/limits.h"
#include "packets/span.h"

#define DNS_NAME_LIMITS(X)                                                     \
    X(LIMIT_DNS_NAME, 255, "bytes", "a name on the wire: DNS_ERR_NAME")        \
    X(LIMIT_DNS_LABEL, 63, "bytes", "a label: DNS_ERR_LABEL")                  \
    X(LIMIT_DNS_POINTERS, 16, "", "pointers in a name: DNS_ERR_DEPTH")
enum dns_name_limits {
    DNS_NAME_LIMITS(LIMIT_ENUM)
};

/* The size of an array for the text of any name with its final zero byte: a
 * byte of a name takes at most four, "\000". */
#define DNS_TEXT_MAX 1024

/* Errors of a name; the last three are of a message. */
enum dns_error {
    DNS_ERR_LABEL = -1,   /* RFC 1035 §2.3.4: a label has 1 to 63 bytes;
                             §4.1.4: the bits 01 and 10 are reserved */
    DNS_ERR_NAME = -2,    /* RFC 1035 §2.3.4: a name has at most 255 bytes */
    DNS_ERR_POINTER = -3, /* RFC 1035 §4.1.4: a pointer is to a prior name */
    DNS_ERR_DEPTH = -4,   /* too many pointers in one name */
    DNS_ERR_DATA = -5,    /* RFC 1035 §3.2.1: RDLENGTH does not fit the type */
    DNS_ERR_COUNT = -6,   /* RFC 9619 §4: more than one question; or more
                             records than LIMIT_DNS_RECORDS */
    DNS_ERR_CHAIN = -7,   /* RFC 1034 §3.6.2: CNAMEs that go in a circle */
};

struct dns_name {
    uint8_t len; /* 1 to 255, with the root's zero byte; 0: there is no name */
    uint8_t bytes[LIMIT_DNS_NAME]; /* labels with their lengths, no pointer */
};

/* Parses the name at an offset of message; at is at most its length. Returns
 * the bytes that the name has there, with its first pointer; 0: the message
 * ends before the name does; or an error, and then *name is undefined. */
int dns_name_parse(struct span message, size_t at, struct dns_name *name);

/* Parses "www.example" or "www.example."; "." is the root. "\." is a dot inside
 * a label, "\065" the byte 65 (RFC 1035 §5.1). Returns 0; or DNS_ERR_LABEL or
 * DNS_ERR_NAME, and then *name is undefined. */
int dns_name_from(struct dns_name *name, const char *text);

/* Writes a name as dns_name_from reads it, without the last dot; the root is
 * ".". All characters are printable. Returns text. */
char *dns_name_text(const struct dns_name *name, char text[DNS_TEXT_MAX]);

/* Are both the same name? ASCII letters match in either case, RFC 4343. */
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);

/* Is name equal to zone, or below it? */
bool dns_name_is_within(const struct dns_name *name,
                        const struct dns_name *zone);

/* The span of a name's bytes; valid as long as the name. */
static inline struct span dns_name_span(const struct dns_name *name) {
    return (struct span){(uint8_t *)(uintptr_t)name->bytes, name->len};
}

#endif
