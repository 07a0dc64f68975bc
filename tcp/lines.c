#include "tcp/lines.h"
#include "packets/framing.h"

#include <errno.h>
#include <unistd.h>

#define CHUNK 4096 /* bytes of a read */

/* What was lent has been used. */
static void take_back(struct lines *l) {
    buf_consume(&l->held, l->lent);
    l->lent = 0;
}

bool lines_read(struct lines *l, int fd) {
    take_back(l);
    size_t room = l->held.max - buf_view(&l->held).len;
    if (room == 0) return false;
    if (room > CHUNK) room = CHUNK;
    uint8_t *to = buf_reserve(&l->held, room);
    if (!to) return false;
    ssize_t n = read(fd, to, room);
    if (n > 0) l->held.end += (uint32_t)n;
    if (n == 0 || (n == -1 && errno != EINTR && errno != EAGAIN))
        l->ended = true;
    return true;
}

bool lines_next(struct lines *l, struct span *line) {
    take_back(l);
    struct span held = buf_view(&l->held);
    ssize_t n = framing_line(held, l->held.max, line);
    if (n == 0 && l->ended) {
        *line = held;
        n = (ssize_t)held.len;
    }
    if (n > 0) l->lent = (size_t)n;
    return n > 0;
}
