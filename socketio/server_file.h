/*
 * server_file.h: a file of a page, as the response to a SERVER_REQUEST
 *
 *   unsigned status = files_load(root, path, &body);     tcp/files.h
 *   server_respond_file(s, &e, status, buf_view(&body));
 *
 * The media type depends on the path; the other fields are those of
 * websocket/page_fields.h. Introduced in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_SERVER_FILE_H
#define SOCKETIO_SERVER_FILE_H

#include "socketio/server.h"

/* status 200: body is the file at the path of e, and the response may be a 304.
 * Any other status: body is an error text. */
void server_respond_file(struct server *s, const struct server_event *e,
                         unsigned status, struct span body);

#endif
