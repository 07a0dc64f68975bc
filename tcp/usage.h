/*
 * usage.h: measures the memory of a server and of the kernel
 *
 *   user     PSS of the process and of its children: a page that k processes
 *            share counts as 1/k in each of them
 *   kernel   stacks of all threads, page tables, and slab (sockets, descriptors
 *            and most else) of the WHOLE machine: only a difference means
 *            something, and other programs disturb it
 *
 * Only Linux has these numbers, in /proc. Introduced in
 * tcp/122_cost_of_a_client.c.
 */
#ifndef TCP_USAGE_H
#define TCP_USAGE_H

#include <stdint.h>
#include <sys/types.h>

struct usage {
    int64_t user_kib, kernel_kib;
    int process_count; /* the process and its children */
};

/* Measures process pid with its children, and the kernel. -1 and errno: ENOSYS
 * where there is no /proc, ESRCH when there is no such process. */
int usage_measure(pid_t pid, struct usage *u);

/* Returns the memory that is available to programs, in KiB, or -1 and
 * ENOSYS. */
int64_t usage_available_kib(void);

#endif
