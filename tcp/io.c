/* io.c: see tcp/io.h. */
#include "tcp/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Sending to a peer that is gone should be the error EPIPE, not a SIGPIPE that
 * ends the process. Systems without MSG_NOSIGNAL have a socket option. */
#ifdef MSG_NOSIGNAL
static void disable_sigpipe(int fd) {
    (void)fd;
}
#else
#define MSG_NOSIGNAL 0
static void disable_sigpipe(int fd) {
    int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &yes, sizeof yes);
}
#endif

ssize_t io_send(int fd, const void *bytes, size_t n) {
    ssize_t sent;
    disable_sigpipe(fd);
    do sent = send(fd, bytes, n, MSG_NOSIGNAL);
    while (sent == -1 && errno == EINTR);
    return sent;
}

int io_send_all(int fd, const void *bytes, size_t n) {
    const char *at = bytes;
    while (n > 0) {
        ssize_t sent = io_send(fd, at, n);
        if (sent == -1) return -1;
        at += sent;
        n -= (size_t)sent;
    }
    return 0;
}

ssize_t io_recv(int fd, void *bytes, size_t n) {
    ssize_t got;
    do got = recv(fd, bytes, n, 0);
    while (got == -1 && errno == EINTR);
    return got;
}

ssize_t io_recv_all(int fd, void *bytes, size_t n) {
    size_t have = 0;
    while (have < n) {
        ssize_t got = io_recv(fd, (char *)bytes + have, n - have);
        if (got == -1) return -1;
        if (got == 0) break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

/* Sets *n to the number of bytes in the send buffer of fd. TIOCOUTQ is SIOCOUTQ
 * in tcp(7). */
static int unacknowledged(int fd, int *n) {
#if defined(__linux__)
    return ioctl(fd, TIOCOUTQ, n);
#elif defined(SO_NWRITE)
    socklen_t size = sizeof *n;
    return getsockopt(fd, SOL_SOCKET, SO_NWRITE, n, &size);
#else
    (void)fd;
    (void)n;
    return -1;
#endif
}

size_t io_send_space(int fd) {
    int buffer, used;
    socklen_t size = sizeof buffer;
    if (unacknowledged(fd, &used) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, &size) != 0)
        return SIZE_MAX;
    int space = buffer - buffer / 4 - used;
    return space > 0 ? (size_t)space : 0;
}

int io_nonblocking(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags == -1 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int io_random(void *bytes, size_t n) {
    FILE *source = fopen("/dev/urandom", "rb");
    if (!source) return -1;
    setvbuf(source, NULL, _IONBF, 0); /* reads only n bytes */
    size_t have = fread(bytes, 1, n, source);
    fclose(source);
    return have == n ? 0 : -1;
}
