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

/* Counts the fields of e that are wrong or cut, and appends a title and e. With
 * is_check, it appends them only if there are such fields. May write the bytes.
 * is_partial: e is only a part of a message, so a cut field is no fault. */
void output_explanation(struct output *o, const struct explain *e,
                        const char *title, bool is_partial);

/* Writes the bytes to stdout, and reports if there were too many. */
void output_flush(struct output *o);

#endif
