/* lines.c: see tcp/lines.h. */
#include "tcp/lines.h"
#include "packets/framing.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

#define CHUNK 4096 /* bytes of a read */

void lines_init(struct lines *l, size_t max_line) {
    *l = (struct lines){.max_line = max_line};
    buf_init(&l->held, max_line + 2); /* CR LF */
}

void lines_free(struct lines *l) {
    buf_free(&l->held);
    l->line_size = 0;
}

/* Removes the last line, which the caller has used. */
static void release_line(struct lines *l) {
    buf_consume(&l->held, l->line_size);
    l->line_size = 0;
}

int lines_read(struct lines *l, int fd) {
    release_line(l);
    size_t space = l->held.max - buf_view(&l->held).len;
    assert(space > 0); /* or lines_next would not have returned 0 */
    if (space > CHUNK) space = CHUNK;
    uint8_t *to = buf_reserve(&l->held, space);
    if (!to) return LINES_ERR_MEMORY;
    ssize_t n = read(fd, to, space);
    if (n > 0) l->held.end += (uint32_t)n;
    if (n == 0 || (n == -1 && errno != EINTR && errno != EAGAIN))
        l->is_at_end = true;
    return 0;
}

int lines_next(struct lines *l, struct span *line) {
    release_line(l);
    struct span held = buf_view(&l->held);
    /* One byte more than a line: it may be the CR of its end. */
    ssize_t n = framing_line(held, l->max_line + 1, line);
    if (n == 0 && l->is_at_end) {
        *line = held;
        n = (ssize_t)held.len;
    }
    if (n < 0 || (n > 0 && line->len > l->max_line)) return LINES_ERR_LONG;
    l->line_size = (size_t)n;
    return n > 0;
}
