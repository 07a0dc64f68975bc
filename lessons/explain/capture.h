/*
 * capture.h: explains a capture, packet by packet and message by message
 */
#ifndef LESSONS_EXPLAIN_CAPTURE_H
#define LESSONS_EXPLAIN_CAPTURE_H

#include "output.h"

/* Reads the capture fd; file is its name for messages. e is used for each
 * explanation. Returns 0, or 1 or 2: main's exit status, after a line on
 * stderr. */
int capture_explain(int fd, const char *file, struct output *o,
                    struct explain *e);

#endif
