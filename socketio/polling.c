/* polling.c: see socketio/polling.h. */
#include "socketio/polling.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT "text/plain; charset=UTF-8"
#define MAX_FIELDS 1024 /* bytes of CORS fields */

struct polling *polling_new(struct http_server *server, uint32_t conn) {
    struct polling *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->conn = conn;
    http_conn_init(&p->http, server);
    return p;
}

static void end_payload(struct polling *p) {
    timer_stop(&p->turn);
    buf_free(&p->body);
    p->payload = (struct span){0};
}

void polling_free(struct polling *p) {
    end_payload(p);
    http_conn_free(&p->http);
    free(p);
}

void polling_accept_body(struct polling *p, uint32_t max) {
    buf_init(&p->body, max);
    http_conn_accept_body(&p->http, max);
}

bool polling_add_body(struct polling *p, struct span piece) {
    if (buf_append(&p->body, piece.data, piece.len)) return true;
    http_conn_abort(&p->http);
    return false;
}

void polling_begin_payload(struct polling *p) {
    p->payload = buf_view(&p->body);
    /* An empty body is one empty packet, which payload_next refuses. */
    if (!p->payload.data) p->payload = span_from("");
}

int polling_next_packet(struct polling *p, struct payload_packet *packet) {
    int got = payload_next(&p->payload, packet);
    if (got <= 0) end_payload(p);
    return got;
}

/* Writes the CORS fields of the route, then more, as one text. False: no
 * memory. */
static bool write_fields(const struct polling *p, const struct route_options *o,
                         const char *more, struct buf *fields) {
    buf_init(fields, MAX_FIELDS);
    return route_cors(fields, p->route.origin, o) && buf_text(fields, more) &&
           buf_append(fields, "", 1);
}

static void respond(struct polling *p, struct buf *out,
                    const struct route_options *o, unsigned status,
                    const char *type, struct span body, const char *more) {
    struct buf fields;
    end_payload(p);
    if (write_fields(p, o, more, &fields))
        http_conn_respond(&p->http, out, status, type, body,
                          (char *)fields.bytes);
    else
        http_conn_abort(&p->http);
    buf_free(&fields);
}

void polling_respond(struct polling *p, struct buf *out,
                     const struct route_options *o, struct span text) {
    /* RFC 9111 §5.2.2.5: a cache must not store the response of a GET. */
    respond(p, out, o, 200, TEXT, text, "Cache-Control: no-store\r\n");
}

void polling_respond_preflight(struct polling *p, struct buf *out,
                               const struct route_options *o) {
    bool is_allowed = p->route.origin != 0;
    respond(p, out, o, 204, NULL, (struct span){0},
            is_allowed ? "Access-Control-Allow-Methods: GET, POST\r\n"
                         "Access-Control-Allow-Headers: Content-Type\r\n"
                       : "");
}

void polling_refuse(struct polling *p, struct buf *out,
                    const struct route_options *o, unsigned status,
                    enum engine_code code) {
    char text[100];
    if (code == CODE_NONE) {
        snprintf(text, sizeof text, "%u %s\n", status, http_reason(status));
        /* RFC 9110 §15.5.6: an origin server MUST generate Allow in a 405. */
        respond(p, out, o, status, "text/plain", span_from(text),
                status == 405 ? "Allow: GET, HEAD\r\n" : "");
        return;
    }
    snprintf(text, sizeof text, "{\"code\":%u,\"message\":\"%s\"}",
             (unsigned)code, route_message(code));
    respond(p, out, o, status, "application/json", span_from(text), "");
}

static bool write_text(struct buf *out, const char *packet) {
    return !packet ||
           payload_write(out, false, span_from(packet), out->end == 0);
}

int polling_write(struct buf *out, const char *first, const struct queue *q,
                  size_t max, const char *last) {
    uint32_t n = 0;
    if (!write_text(out, first)) return -1;
    for (; q && n < q->count; n++) {
        struct shared *packet = q->packets[n];
        if (n > 0 && out->end + 1 + packet->len > max) break;
        if (!payload_write(out, packet->is_binary, shared_view(packet),
                           out->end == 0))
            return -1;
    }
    return write_text(out, last) ? (int)n : -1;
}
