/*
 * lines.h: lines of a descriptor that poll has found ready
 *
 *   held  [ lent: the last line | the next ones ... | half a line ]
 *
 * stdio would cut lines, too, but it reads ahead into a buffer of its own. A
 * line may lie there while poll, which looks at the descriptor, waits for one.
 * Introduced in websocket/409_echo_client.c.
 */
#ifndef TCP_LINES_H
#define TCP_LINES_H

#include "packets/buf.h"

struct lines {
    struct buf held; /* max, set by the caller: the longest line, with its LF */
    size_t lent;     /* bytes of held that the last line took */
    bool ended;      /* nothing more will come */
};

/* Reads once; if nothing is there, that waits. At the end, and on an error,
 * ended is set. False: the line under way is too long. */
bool lines_read(struct lines *l, int fd);

/* Takes the next line, without its LF or CR LF, lent until the next call of
 * either. What is left at the end is a line as well. False: none is whole. */
bool lines_next(struct lines *l, struct span *line);

#endif
