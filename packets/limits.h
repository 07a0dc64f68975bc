/*
 * limits.h: how a module declares the limits that it enforces
 *
 *   #define HTTP_LIMITS(X) X(LIMIT_HTTP_HEAD, 16384, "bytes", "head: 431") ...
 *   enum http_limits { HTTP_LIMITS(LIMIT_ENUM) };
 *
 * A server on a network limits in advance how much it accepts. Each limit is in
 * the header of the module that enforces it, with its unit and what happens
 * beyond it; tests try each at N and at N + 1. A server's --limits prints the
 * tables of all modules that it uses.
 * Introduced in tcp/116_relay.c.
 */
#ifndef PACKETS_LIMITS_H
#define PACKETS_LIMITS_H

#include <stdint.h>

struct limit { /* one row; a table ends with a row whose name is NULL */
    const char *name;
    uint32_t value;
    const char *unit;   /* "bytes", "ms", ... */
    const char *beyond; /* what happens beyond it */
};

/* Arguments for a table such as HTTP_LIMITS: they make each limit a constant of
 * an enum, or a row of an array of struct limit. */
#define LIMIT_ENUM(name, value, unit, beyond) name = (value),
#define LIMIT_ROW(name, value, unit, beyond) {#name, value, unit, beyond},

#endif
