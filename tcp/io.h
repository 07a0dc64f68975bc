/*
 * io.h: sends and receives on a stream socket, once or all bytes
 *
 * send and recv may each move fewer bytes than requested, and a signal may
 * interrupt them (EINTR). The functions here continue after a signal. Those
 * named _all continue until all bytes were moved; they are for blocking
 * descriptors. No function raises SIGPIPE. Introduced in tcp/105_short_write.c.
 */
#ifndef TCP_IO_H
#define TCP_IO_H

#include <stddef.h>
#include <sys/types.h>

/* Like send: returns how many of the n bytes the kernel accepted, or -1 and
 * errno (EAGAIN: a non-blocking descriptor without space). */
ssize_t io_send(int fd, const void *bytes, size_t n);

/* Sends all n bytes. 0, or -1 and errno (EPIPE, ECONNRESET, ...). */
int io_send_all(int fd, const void *bytes, size_t n);

/* Like recv: receives what has arrived, at most n bytes. */
ssize_t io_recv(int fd, void *bytes, size_t n);

/* Receives n bytes, or fewer if the stream ends first. Returns how many, or -1
 * and errno. */
ssize_t io_recv_all(int fd, void *bytes, size_t n);

/* Fills bytes with unpredictable random numbers of the system. 0, or -1 and
 * errno: then a program cannot make keys and ids, and must end. */
int io_random(void *bytes, size_t n);

/* Returns about how many bytes the kernel would accept on fd now: the size of
 * the send buffer, minus unacknowledged bytes, minus a quarter for overhead.
 * SIZE_MAX where the system does not report it. */
size_t io_send_space(int fd);

/* Makes fd non-blocking. -1 and errno on failure. */
int io_nonblocking(int fd);

#endif
