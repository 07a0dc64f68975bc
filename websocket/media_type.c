/* media_type.c: see websocket/media_type.h */
#include "websocket/media_type.h"

const char *media_type(struct span path) {
    static const struct {
        const char *end, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".md", "text/markdown; charset=utf-8"},
        {".txt", "text/plain; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".json", "application/json"},
        {"/", "text/html; charset=utf-8"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct span end = span_from(types[i].end);
        if (path.len < end.len) continue;
        if (span_equal(span_skip(path, path.len - end.len), end))
            return types[i].type;
    }
    return "application/octet-stream";
}
