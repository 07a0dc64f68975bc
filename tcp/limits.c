/* limits.c: see tcp/limits.h. */
#include "tcp/limits.h"

#include <stdio.h>

void limits_print(const void *table) {
    for (const struct limit *row = table; row->name; row++)
        printf("%-28s %8lu %-10s %s\n", row->name, (unsigned long)row->value,
               row->unit, row->beyond);
}
