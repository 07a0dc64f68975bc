/* server_file.c: see socketio/server_file.h. */
#include "socketio/server_file.h"

#include "websocket/http.h"
#include "websocket/media_type.h"
#include "websocket/page_fields.h"

void server_respond_file(struct server *s, const struct server_event *e,
                         unsigned status, struct span body) {
    char fields[PAGE_FIELDS_SIZE];
    const char *type = media_type(http_path(e->name));
    unsigned fresh = page_fields(fields, body, e->args.json);
    /* A browser shows a lesson as plain text; it would download Markdown. */
    if (status != 200 || strncmp(type, "text/markdown", 13) == 0)
        type = "text/plain; charset=utf-8";
    if (status == 200) status = fresh; /* or 304 */
    server_respond(s, e->conn, status, type, body, fields);
}
