/*
 * explain_value.h: values that several protocols have: names, addresses, ...
 *
 *   6             "TCP", from a table of names
 *   0a 00 00 01   "10.0.0.1"
 *   0x1c46        "right", or "wrong: 0x1d46 expected"
 *
 * Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_EXPLAIN_VALUE_H
#define PACKETS_EXPLAIN_VALUE_H

#include "packets/address.h"
#include "packets/dissector.h"

struct explain_name { /* a table ends with a row whose name is NULL */
    uint32_t value;
    const char *name;
};

/* Adds the name of the last field's value, if names has one. */
void explain_value_name(struct dissector *d, uint64_t value,
                        const struct explain_name *names);

/* Read the next 4 or 16 bytes as an IPv4 or IPv6 address, and the next 6 as a
 * MAC address. An address that is cut has the length 0. */
struct address explain_value_address(struct dissector *d, size_t len,
                                     const char *name);
void explain_value_mac(struct dissector *d, const char *name);

/* The last field is the checksum (RFC 1071) at byte `at` of covered; `at` is
 * even. Marks it as right or wrong. sum is that of a pseudo-header, or 0. If
 * covered is not whole, the checksum is not verified. */
void explain_value_checksum(struct dissector *d, struct span covered, size_t at,
                            uint32_t sum, bool is_whole, const char *rule);

/* Reads a field that must be zero. */
void explain_value_zero(struct dissector *d, unsigned bits, const char *name);

#endif
