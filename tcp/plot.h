/*
 * plot.h: shows a chart in the terminal, and writes it to an SVG file
 *
 * packets/chart.h draws the chart. Introduced in tcp/118_nagle.c.
 */
#ifndef TCP_PLOT_H
#define TCP_PLOT_H

#include "packets/chart.h"

/* Prints c as text to stdout; if svg is not NULL, also writes a file of that
 * name. Returns 0, or -1 and errno. */
int plot_show(const struct chart *c, const char *svg);

/* The option of a program for that file. */
#define OPTION_SVG(where_)                                                     \
    OPTION_TEXT("--svg", "FILE", "write the chart to FILE", where_)

#endif
