/*
 * io.h: whole reads and writes on a blocking descriptor
 *
 * recv and send may each move less than they were offered, and a signal may
 * interrupt them (EINTR): these go on until it is done. Never a SIGPIPE.
 * Born in tcp/105_short_write.c.
 */
#ifndef TCP_IO_H
#define TCP_IO_H

#include <stddef.h>
#include <sys/types.h>

/* Sends all n bytes. 0, or -1 and errno (EPIPE, ECONNRESET, ...). */
int io_send_all(int fd, const void *bytes, size_t n);

/* Receives what there is, at most n bytes: like recv, but never EINTR. */
ssize_t io_receive(int fd, void *bytes, size_t n);

/* Receives exactly n bytes, or fewer if the stream ends first. Returns how
 * many, or -1 and errno. */
ssize_t io_receive_all(int fd, void *bytes, size_t n);

/* Makes fd non-blocking. -1 and errno on failure. */
int io_nonblocking(int fd);

#endif
