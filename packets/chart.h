/*
 * chart.h: series of points, drawn as text or as an SVG image
 *
 *     100 +                        p
 *         |            p
 *      10 +#           f           f       #: points of several series
 *          10         100        1000
 *          f = fork   p = poll; x: clients
 *
 * Both forms come from one struct chart. A linear axis contains 0, so lengths
 * can be compared. A logarithmic axis has its ticks at powers of ten. Nothing
 * is averaged or smoothed. Introduced in tcp/118_nagle.c.
 */
#ifndef PACKETS_CHART_H
#define PACKETS_CHART_H

#include "packets/buf.h"

#define CHART_MAX_SERIES 8
#define CHART_MAX_VALUE 1e15

/* A point is left out if a coordinate is not a number, or beyond
 * CHART_MAX_VALUE in either direction; on a logarithmic axis also if it is less
 * than 1 / CHART_MAX_VALUE. */
struct chart_point {
    double x, y;
};

struct chart_series {
    const char *name;
    char mark; /* in the text form: a printable character, another for each */
    const struct chart_point *points;
    size_t count; /* of points; the line of the SVG joins them in this order */
};

/* The caller owns all that this points to. Texts are UTF-8. */
struct chart {
    const char *title, *x_label, *y_label; /* the labels with their units */
    bool is_x_log, is_y_log;
    const struct chart_series *series;
    size_t series_count; /* at most CHART_MAX_SERIES */
};

/* Appends the chart as text: 20 lines, of at most 75 characters if the caller's
 * texts are short. False: out is full. */
bool chart_write_text(const struct chart *c, struct buf *out);

/* Appends the chart as a complete SVG file. Each series is a line with a dot at
 * each point, in colours that most people can distinguish. False: out is
 * full. */
bool chart_write_svg(const struct chart *c, struct buf *out);

#endif
