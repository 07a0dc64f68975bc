/*
 * capture.h: explains a capture, packet by packet and message by message
 */
#ifndef LESSONS_EXPLAIN_CAPTURE_H
#define LESSONS_EXPLAIN_CAPTURE_H

#include "output.h"

/* Explains the capture that fd reads; file is its name in messages. Uses e for
 * each explanation. Returns 0; or 1 or 2 after a line on stderr, as main
 * does. */
int capture_explain(int fd, const char *file, struct output *o,
                    struct explain *e);

#endif
