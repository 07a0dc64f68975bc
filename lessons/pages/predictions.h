/*
 * predictions.h: is each prediction of a page answered on the page?
 *
 *   ## Predict                          A section of numbered items. For each,
 *                                       the page must say "(answer to N)".
 *   1. How many packets are there?
 *   ...
 *   There are three (answer to 1).
 */
#ifndef LESSONS_PAGES_PREDICTIONS_H
#define LESSONS_PAGES_PREDICTIONS_H

/* Reports each prediction that is not answered, at its line. */
void predictions_check(const char *page);

#endif
