/*
 * lines.h: reads lines from a descriptor that poll reports ready
 *
 *   held  [ the last line | the next ones ... | half a line ]
 *
 * stdio can read lines, too, but it reads ahead into its own buffer. Then poll,
 * which checks only the descriptor, could wait although a line is in that
 * buffer. Introduced in websocket/409_echo_client.c.
 */
#ifndef TCP_LINES_H
#define TCP_LINES_H

#include "packets/buf.h"

struct lines {
    struct buf held;
    size_t line_size; /* bytes of held that are the last line */
    size_t max_line;  /* bytes of a line, without its end */
    bool is_at_end;   /* nothing more will arrive */
};

enum lines_error {
    LINES_ERR_LONG = -1, /* the line is longer than max_line */
    LINES_ERR_MEMORY = -2,
};

/* Begins. max_line is at most BUF_MAX - 2. */
void lines_init(struct lines *l, size_t max_line);
void lines_free(struct lines *l);

/* Reads once, and blocks if there is no input. At the end of the input, or on
 * an error, sets is_at_end. Call it after lines_next has returned 0. Returns 0
 * or LINES_ERR_MEMORY. */
int lines_read(struct lines *l, int fd);

/* Returns 1 and the next line, without its LF or CR LF, valid until the next
 * call of either function; 0: no line is complete; or LINES_ERR_LONG, then and
 * in all later calls. The rest at the end of the input is a line, too. */
int lines_next(struct lines *l, struct span *line);

/* Would lines_next return something other than 0, or is there a text? */
static inline bool lines_is_ready(const struct lines *l, const char *text) {
    struct span held = buf_view(&l->held), rest = span_skip(held, l->line_size);
    return text || l->is_at_end || rest.len > l->max_line ||
           (held.data && memchr(rest.data, '\n', rest.len));
}

#endif
