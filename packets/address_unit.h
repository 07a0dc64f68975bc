/*
 * address_unit.h: addresses from texts, for tests
 *
 *   struct address a = unit_address("10.0.0.1");
 *   set_addresses();                       from4, to4, from6 and to6
 *
 * Only tests include this file.
 */
#ifndef PACKETS_ADDRESS_UNIT_H
#define PACKETS_ADDRESS_UNIT_H

#include "packets/address.h"
#include "packets/unit.h"

/* A packet's source and destination: 10.0.0.1 to 10.0.0.2, and fd00::1 to
 * fd00::2. */
static struct address from4, to4, from6, to6;

static inline struct address unit_address(const char *text) {
    struct address a = {0};
    UNIT_TRUE(address_parse(&a, text));
    return a;
}

static inline void set_addresses(void) {
    from4 = unit_address("10.0.0.1");
    to4 = unit_address("10.0.0.2");
    from6 = unit_address("fd00::1");
    to6 = unit_address("fd00::2");
}

#endif
