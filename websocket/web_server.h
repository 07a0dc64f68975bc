/*
 * web_server.h: a server for browsers as a machine: HTTP and WebSocket
 *
 *   tcp/links.h  <-- struct machine -->  web_server  -- on_event -->  program
 *                                            ^------ respond, send -----'
 *
 * The machine has the connections (websocket/web.h) by number, and their output
 * (packets/outbox.h), which may send the same bytes to many. The program gets
 * events and responds to them. Introduced in websocket/410_chat.c.
 */
#ifndef WEBSOCKET_WEB_SERVER_H
#define WEBSOCKET_WEB_SERVER_H

#include "packets/machine.h"
#include "websocket/web.h"

#define WEB_SERVER_LIMITS(X)                                                   \
    X(LIMIT_OUTPUT, 65536, "bytes", "of output: send it, then read on")        \
    X(LIMIT_QUEUE, 262144, "bytes", "unsent to a WebSocket: see UNSENT")

/* Includes the limits of the modules that it uses. */
#define WEB_SERVER_ALL_LIMITS(X)                                               \
    WEB_SERVER_LIMITS(X)                                                       \
    OUTBOX_LIMITS(X) HTTP_LIMITS(X) HANDSHAKE_LIMITS(X) CONN_LIMITS(X)

enum web_server_limits {
    WEB_SERVER_LIMITS(LIMIT_ENUM)
};

enum web_server_event_type {
    WEB_SERVER_REQUEST, /* respond now, by one of the functions below */
    WEB_SERVER_MESSAGE, /* of a WebSocket */
    WEB_SERVER_UNSENT,  /* more than LIMIT_QUEUE bytes to a WebSocket */
    WEB_SERVER_CLOSED,  /* the last event of a WebSocket: send no more */
};

struct web_server_event {
    enum web_server_event_type type;
    uint32_t conn;                /* its number */
    const struct http_head *head; /* REQUEST: until on_event returns */
    unsigned opcode;              /* MESSAGE: FRAME_TEXT or FRAME_BINARY */
    struct span payload;          /* MESSAGE: until on_event returns */
    size_t unsent;                /* UNSENT: bytes that the server keeps */
};

struct web_server;

typedef void web_server_on_event(struct web_server *s,
                                 const struct web_server_event *e);

struct web_server_slot;

struct web_server { /* must not move */
    struct web web;
    struct outbox outbox;
    struct web_server_slot *slots; /* by number */
    uint32_t max;                  /* number of slots */
    web_server_on_event *on_event;
    int64_t now;
    struct buf lines;             /* of the trace, waiting */
    struct web_server_line *line; /* the last one taken */
    bool is_traced; /* the program sets it after web_server_init */
};

/* max: connections, numbered from 0; max_message: bytes of a message. False: no
 * memory. */
bool web_server_init(struct web_server *s, uint32_t max, size_t max_message,
                     web_server_on_event *on_event);
void web_server_free(struct web_server *s);

/* Returns the machine that tcp/links.h runs. */
struct machine web_server_machine(struct web_server *s);

/* Respond to REQUEST like http_conn_respond and http_conn_respond_status. */
void web_server_respond(struct web_server *s, uint32_t conn, unsigned status,
                        const char *type, struct span body, const char *fields);
void web_server_respond_status(struct web_server *s, uint32_t conn,
                               unsigned status);

/* Responds to REQUEST. Status 200: body is the file at the path of the request,
 * and the response may be a 304 (websocket/page_fields.h). Any other status:
 * body is plain text. A method other than GET and HEAD gets a 405. */
void web_server_respond_file(struct web_server *s, uint32_t conn,
                             unsigned status, struct span body);

/* Responds to a handshake. 101 selects protocol, for which handshake_offers is
 * true; any other status is a refusal (handshake_respond). True: a WebSocket is
 * open, and CLOSED will follow. False: refused, or no memory. */
bool web_server_upgrade(struct web_server *s, uint32_t conn, unsigned status,
                        const char *protocol);

/* Sends a close frame with the code to a WebSocket, and nothing more. */
void web_server_end(struct web_server *s, uint32_t conn, unsigned code);

#endif
