/*
 * output.h: what bin/explain writes, and its exit status
 */
#ifndef LESSONS_EXPLAIN_OUTPUT_H
#define LESSONS_EXPLAIN_OUTPUT_H

#include "packets/explain.h"

struct output {
    bool is_json, is_dot;
    bool is_summary;  /* of a capture: the headers only, and a summary */
    bool is_check;    /* only what breaks a rule or is cut, and a summary */
    uint32_t layer;   /* 1 to 7, or 0: all */
    struct buf bytes; /* not written yet */
    int status;       /* 0, or 1: something is wrong */
    uint64_t wrong_count, cut_count; /* fields of all explanations */
};

/* Counts what is wrong in an explanation, and appends it after a title, unless
 * only what is wrong is wanted and it is not. May write the bytes. is_partial:
 * it is the part of a message that was wanted, so that a cut is no fault. */
void output_explanation(struct output *o, const struct explain *e,
                        const char *title, bool is_partial);

/* Writes the bytes to stdout, and reports if there were too many. */
void output_flush(struct output *o);

#endif
