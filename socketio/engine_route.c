/*
 * engine_route.c: what a request asks for, whether it may, and the start of it
 *
 *   GET  ?EIO=4&transport=polling        OPEN: a new session
 *   GET  ?transport=polling&sid=...      FETCH: packets, or wait for some
 *   POST ?transport=polling&sid=...      BRING packets
 *   GET  ?EIO=4&transport=websocket      UPGRADE: a new session; with sid, the
 *                                        probe of one that polls
 * All is decided when the head is there. A body that is not wanted is read all
 * the same, for the next request follows it.
 */
#include "socketio/engine_inside.h"
#include "websocket/handshake.h"
#include "websocket/origin.h"

/* What a request asks for. */
enum wish {
    REFUSE, /* with the link's status and code */
    PREFLIGHT,
    OPEN,
    FETCH,
    BRING,
    UPGRADE,
    OTHER, /* not for the engine */
};

/* Which of the allowed origins asks, counted from 1; it fits into a byte, so
 * that it can be remembered while a GET waits. 0: none, or our own. */
static uint8_t find_origin(const struct engine *e) {
    struct span origin = http_field(&e->request, "Origin", NULL), one;
    if (!e->o.origins || !origin.data) return 0;
    if (strcmp(e->o.origins, "*") == 0) return ANY_ORIGIN;
    struct span list = span_from(e->o.origins);
    for (uint8_t i = 1; i < ANY_ORIGIN && http_element(&list, &one); i++)
        if (span_equal_ci(one, origin)) return i;
    return 0;
}

static enum wish refuse(struct link *l, unsigned status, unsigned code) {
    l->status = (uint16_t)status;
    l->code = (uint8_t)code;
    l->session = NONE;
    return REFUSE;
}

/* A request for a session that polls. */
static enum wish wish_of_session(struct engine *e, struct link *l,
                                 uint32_t slot) {
    struct session *s = &e->sessions[slot];
    struct span method = e->request.method;
    if (s->state == SESSION_WEBSOCKET) return refuse(l, 400, BAD_REQUEST);
    l->session = slot;
    if (span_equal(method, span_from("GET"))) {
        if (s->link == NONE) return FETCH;
        /* Engine.IO v4: two GETs at once: both end, and so does the session. */
        session_close(e, slot, 1000, "1");
        return refuse(l, 400, BAD_REQUEST);
    }
    if (!span_equal(method, span_from("POST")))
        return refuse(l, 400, BAD_REQUEST);
    struct span type = http_field(&e->request, "Content-Type", NULL);
    /* Binary travels as base64; the bare octets of version 3 are refused. */
    if (s->post == NONE &&
        !span_equal_ci(type, span_from("application/octet-stream")))
        return BRING;
    session_close(e, slot, 1000, "1");
    return refuse(l, 400, BAD_REQUEST);
}

static enum wish wish_of_engine(struct engine *e, struct link *l) {
    const struct http_head *r = &e->request;
    char transport[16], id[ID_SIZE + 2], version[4];
    http_query(r->target, "transport", transport, sizeof transport);
    int ids = http_query(r->target, "sid", id, sizeof id);
    http_query(r->target, "EIO", version, sizeof version);
    bool websocket = strcmp(transport, "websocket") == 0;
    if (span_equal(r->method, span_from("OPTIONS"))) return PREFLIGHT;
    if (!websocket && strcmp(transport, "polling") != 0)
        return refuse(l, 400, UNKNOWN_TRANSPORT);
    if (websocket != handshake_is_requested(r))
        return refuse(l, 400, BAD_REQUEST);
    if (ids > 0) {
        uint32_t slot = session_find(e, span_from(id));
        if (slot == NONE) return refuse(l, 400, UNKNOWN_SESSION);
        l->session = slot;
        return websocket ? UPGRADE : wish_of_session(e, l, slot);
    }
    if (strcmp(version, "4") != 0) return refuse(l, 400, BAD_VERSION);
    if (e->sessions_open == e->o.max_sessions) return refuse(l, 503, NO_CODE);
    if (websocket) return UPGRADE;
    if (!span_equal(r->method, span_from("GET")))
        return refuse(l, 400, BAD_METHOD);
    return OPEN;
}

static enum wish wish_of(struct engine *e, struct link *l) {
    const struct http_head *r = &e->request;
    bool ours = span_equal(http_path(r->target), span_from(e->o.path));
    if (origin_check(r, e->o.loopback, e->o.origins))
        return refuse(l, 403, ours ? FORBIDDEN : NO_CODE);
    if (ours) return wish_of_engine(e, l);
    if (handshake_is_requested(r) && handshake_check(r) != 0) return UPGRADE;
    if (handshake_is_requested(r)) return refuse(l, 404, NO_CODE);
    if (!span_equal(r->method, span_from("GET")) && !l->headless)
        return refuse(l, 405, NO_CODE);
    return OTHER;
}

static bool open_session(struct engine *e, uint32_t link,
                         struct engine_event *ev) {
    char text[256];
    uint32_t slot = session_new(e, SESSION_POLLING);
    struct span greeting = {(uint8_t *)text, session_greeting(e, slot, text)};
    http_answer(e, link, 200, "text/plain; charset=UTF-8", greeting);
    *ev = (struct engine_event){ENGINE_OPENED, slot, link, false, {0}};
    return true;
}

/* A GET that waits, unless there is something to answer. */
static void fetch(struct engine *e, uint32_t link) {
    struct link *l = &e->links[link];
    struct session *s = &e->sessions[l->session];
    struct span noop = span_from("6");
    l->state = LINK_WAITS;
    timer_stop(&l->timer); /* the heartbeat bounds it */
    s->link = link;
    if (s->queue.end > 0)
        mail_answer_later(e, l->session);
    else if (s->probed) /* the client is about to change over */
        session_put(e, l->session, false, &noop, 1);
}

static bool grant(struct engine *e, uint32_t link, enum wish wish,
                  struct engine_event *ev) {
    struct link *l = &e->links[link];
    uint32_t slot = l->session;
    switch (wish) {
    case PREFLIGHT:
        http_answer_with(e, link, 204, NULL, (struct span){0},
                         l->origin
                             ? "Access-Control-Allow-Methods: GET, POST\r\n"
                               "Access-Control-Allow-Headers: Content-Type\r\n"
                             : "");
        return false;
    case OPEN:
        return open_session(e, link, ev);
    case FETCH:
        fetch(e, link);
        return false;
    case UPGRADE:
        l->session = NONE;
        return websocket_open(e, link, slot, ev);
    case OTHER:
        e->asked = link;
        *ev = (struct engine_event){ENGINE_REQUEST, NONE, link, false,
                                    e->request.target};
        return true;
    default:
        http_refuse(e, link, l->status, l->code);
        return false;
    }
}

/* Prepares for the body of a request. False: it is refused already. */
static bool expect_body(struct engine *e, uint32_t link, enum wish wish) {
    struct link *l = &e->links[link];
    int too_big = http_body_init(&l->body, &e->request, e->o.max_payload);
    if (too_big) {
        l->close = true;
        http_refuse(e, link, (unsigned)-too_big, NO_CODE);
        return false;
    }
    if (wish == BRING) {
        l->status = 0;
        e->sessions[l->session].post = link;
    } else if (wish != REFUSE) {
        refuse(l, 400, wish == OTHER ? NO_CODE : BAD_REQUEST);
    }
    /* RFC 9110 §10.1.1: the client waits to be told to go on. */
    if (e->request.expects)
        buf_text(mail_to(e, link), "HTTP/1.1 100 Continue\r\n\r\n");
    l->held.max = e->o.max_payload & INT32_MAX;
    l->state = LINK_BODY;
    timer_start(&e->body, &l->timer, e->now);
    return true;
}

bool engine_route_request(struct engine *e, uint32_t link,
                          struct engine_event *ev) {
    struct link *l = &e->links[link];
    const struct http_head *r = &e->request;
    l->close = !r->keep_alive || ++e->requests >= LIMIT_HTTP_PIPELINED;
    l->headless = span_equal(r->method, span_from("HEAD"));
    l->origin = find_origin(e);
    l->session = NONE;
    enum wish wish = wish_of(e, l);
    if (r->chunked || r->length > 0 || wish == BRING) {
        /* An empty body ends here: nothing more may come. */
        if (expect_body(e, link, wish)) http_take_body(e, link);
        return false;
    }
    return grant(e, link, wish, ev);
}
