/*
 * io.h: sending and receiving on a stream socket, whole or in part
 *
 * recv and send may each move less than they were offered, and a signal may
 * interrupt them (EINTR): these go on until it is done. Those that promise all
 * bytes are for blocking descriptors. Never a SIGPIPE.
 * Introduced in tcp/105_short_write.c.
 */
#ifndef TCP_IO_H
#define TCP_IO_H

#include <stddef.h>
#include <sys/types.h>

/* Offers n bytes and returns how many were taken: like send, but never EINTR
 * and never a SIGPIPE. -1 and errno: EAGAIN on a non-blocking descriptor. */
ssize_t io_send(int fd, const void *bytes, size_t n);

/* Sends all n bytes. 0, or -1 and errno (EPIPE, ECONNRESET, ...). */
int io_send_all(int fd, const void *bytes, size_t n);

/* Receives what there is, at most n bytes: like recv, but never EINTR. */
ssize_t io_recv(int fd, void *bytes, size_t n);

/* Receives exactly n bytes, or fewer if the stream ends first. Returns how
 * many, or -1 and errno. */
ssize_t io_recv_all(int fd, void *bytes, size_t n);

/* Fills bytes with what nobody can guess, from the system. 0, or -1 and errno:
 * then there is nothing to make keys and ids of, and a program must end. */
int io_random(void *bytes, size_t n);

/* About how many bytes the kernel would accept on fd now: the size of its send
 * buffer without what the peer has not acknowledged yet, and without a quarter
 * for its own needs. SIZE_MAX where the system does not tell. */
size_t io_send_space(int fd);

/* Makes fd non-blocking. -1 and errno on failure. */
int io_nonblocking(int fd);

#endif
