/* plot.c: see tcp/plot.h. Entry point: plot_show. */
#include "tcp/plot.h"

#include <errno.h>
#include <stdio.h>

#define MAX_CHART (1024 * 1024) /* bytes */

/* Writes a chart to f. Returns 0, or -1 and errno. */
static int write_chart(const struct chart *c, FILE *f,
                       bool (*draw)(const struct chart *c, struct buf *out)) {
    struct buf out = {.max = MAX_CHART};
    bool is_done = draw(c, &out);
    if (!is_done) errno = ENOMEM;
    if (is_done) is_done = fwrite(out.bytes, 1, out.end, f) == out.end;
    buf_free(&out);
    return is_done ? 0 : -1;
}

int plot_show(const struct chart *c, const char *svg) {
    if (write_chart(c, stdout, chart_write_text) == -1) return -1;
    if (!svg) return 0;
    FILE *f = fopen(svg, "w");
    if (!f) return -1;
    int result = write_chart(c, f, chart_write_svg);
    if (fclose(f) == 0) return result;
    return -1;
}
