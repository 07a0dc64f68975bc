/* route.c: see socketio/route.h. route_request reads like a decision table:
 * origin, path, transport, session, version, method. */
#include "socketio/route.h"

#include <stdio.h>

#include "websocket/handshake.h"
#include "websocket/origin.h"

#define ANY_ORIGIN 255 /* origins is "*" */

static bool is_method(const struct http_head *head, const char *name) {
    return span_equal(head->method, span_from(name));
}

static void refuse(struct route *r, unsigned status, enum engine_code code) {
    r->kind = REQUEST_REFUSE;
    r->status = status;
    r->code = code;
}

/* Copies the value of key in the query. Returns how often key occurs, or 2 if
 * the value is malformed, because that is refused like a repeated key. */
static int query(const struct http_head *head, const char *key, char *value,
                 size_t size) {
    int count = http_query(head->target, key, value, size);
    return count < 0 ? 2 : count;
}

/* Returns the number of the request's origin in the list of allowed ones,
 * counted from 1; 0: it is not in the list, or there is no Origin. While a GET
 * waits, one byte is enough to remember it. */
static uint8_t find_origin(const struct http_head *head, const char *origins) {
    struct span origin = http_field(head, "Origin", NULL), one;
    if (!origins || !origin.data) return 0;
    if (strcmp(origins, "*") == 0) return ANY_ORIGIN;
    struct span list = span_from(origins);
    for (uint8_t i = 1; i < ANY_ORIGIN && http_element(&list, &one); i++)
        if (span_equal_ci(one, origin)) return i;
    return 0;
}

/* Routes a request with transport=polling and a sid. */
static void route_polling(struct route *r, const struct http_head *head) {
    if (is_method(head, "GET")) {
        r->kind = REQUEST_POLL;
    } else if (is_method(head, "POST")) {
        struct span type = http_field(head, "Content-Type", NULL);
        r->kind = REQUEST_PUSH;
        /* Engine.IO v4, "Payload encoding": binary packets are base64; the
         * bare octets of version 3 are refused. */
        r->has_bad_body =
            span_equal_ci(type, span_from("application/octet-stream"));
    } else {
        /* RFC 9110 §9.1: a general-purpose server MUST support HEAD: not
         * enforced: a poll without content would lose packets. */
        refuse(r, 400, CODE_BAD_REQUEST);
    }
}

/* Routes a request for the engine's path. */
static void route_engine(struct route *r, const struct http_head *head) {
    char transport[16], version[8];
    if (is_method(head, "OPTIONS")) {
        r->kind = REQUEST_PREFLIGHT;
        return;
    }
    int transports = query(head, "transport", transport, sizeof transport);
    bool is_websocket = strcmp(transport, "websocket") == 0;
    /* Engine.IO v4, "Query parameters": each once. */
    if (transports != 1 ||
        (!is_websocket && strcmp(transport, "polling") != 0)) {
        refuse(r, 400, CODE_UNKNOWN_TRANSPORT);
        return;
    }
    if (is_websocket != handshake_is_requested(head)) {
        refuse(r, 400, CODE_BAD_REQUEST);
        return;
    }
    int versions = query(head, "EIO", version, sizeof version);
    bool is_version_4 = versions == 1 && strcmp(version, "4") == 0;
    int sids = query(head, "sid", r->sid, sizeof r->sid);
    r->has_sid = sids > 0;
    if (sids > 1)
        refuse(r, 400, CODE_UNKNOWN_SESSION);
    else if (!r->has_sid && !is_version_4)
        refuse(r, 400, CODE_BAD_VERSION);
    else if (is_websocket)
        r->kind = REQUEST_UPGRADE;
    else if (r->has_sid)
        route_polling(r, head);
    else if (!is_method(head, "GET"))
        refuse(r, 400, CODE_BAD_METHOD);
    else
        r->kind = REQUEST_OPEN;
    r->has_bad_version = !is_version_4;
}

/* Routes a request for another path. */
static void route_other(struct route *r, const struct http_head *head) {
    if (handshake_is_requested(head)) {
        /* A bad handshake is refused with its own reason, whatever the path. */
        if (handshake_check(head) != 0)
            r->kind = REQUEST_UPGRADE;
        else
            refuse(r, 404, CODE_NONE);
    } else if (!is_method(head, "GET") && !is_method(head, "HEAD")) {
        refuse(r, 405, CODE_NONE);
    } else {
        r->kind = REQUEST_OTHER;
    }
}

void route_request(struct route *r, const struct http_head *head,
                   const struct route_options *o) {
    *r = (struct route){.code = CODE_NONE};
    r->origin = find_origin(head, o->origins);
    bool is_ours = span_equal(http_path(head->target), span_from(o->path));
    if (origin_check(head, o->is_loopback, o->origins) != 0)
        refuse(r, 403, is_ours ? CODE_FORBIDDEN : CODE_NONE);
    else if (is_ours)
        route_engine(r, head);
    else
        route_other(r, head);
}

bool route_cors(struct buf *out, uint8_t origin,
                const struct route_options *o) {
    if (origin == 0) return true;
    if (origin == ANY_ORIGIN)
        return buf_text(out, "Access-Control-Allow-Origin: *\r\n");
    struct span list = span_from(o->origins), one = {NULL, 0};
    for (uint8_t i = 0; i < origin; i++) http_element(&list, &one);
    /* The Fetch standard, "CORS protocol and credentials": cookies are only for
     * an origin that is named. RFC 9110 §12.5.5: a cache must know that the
     * response depends on Origin. */
    const struct span parts[] = {
        span_from("Access-Control-Allow-Origin: "),
        one,
        span_from("\r\nVary: Origin\r\n"
                  "Access-Control-Allow-Credentials: true\r\n"),
    };
    return buf_append_all(out, parts, sizeof parts / sizeof *parts);
}

const char *route_message(enum engine_code code) {
    static const char *const messages[] = {
        [CODE_UNKNOWN_TRANSPORT] = "Transport unknown",
        [CODE_UNKNOWN_SESSION] = "Session ID unknown",
        [CODE_BAD_METHOD] = "Bad handshake method",
        [CODE_BAD_REQUEST] = "Bad request",
        [CODE_FORBIDDEN] = "Forbidden",
        [CODE_BAD_VERSION] = "Unsupported protocol version",
        [CODE_NONE] = "",
    };
    return messages[code];
}
