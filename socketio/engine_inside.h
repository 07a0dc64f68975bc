/*
 * engine_inside.h: what the files of the engine share, and nobody else
 *
 *   engine.c          opening, feeding, time-outs, the order of events
 *   engine_http.c     requests and answers as bytes
 *   engine_route.c    what a request asks for, and whether it may
 *   engine_session.c  sessions: ids, packets in and out, heartbeat, closing
 *   engine_upgrade.c  WebSocket links, and the upgrade from polling
 *   engine_mail.c     what goes out
 */
#ifndef SOCKETIO_ENGINE_INSIDE_H
#define SOCKETIO_ENGINE_INSIDE_H

#include "packets/timer.h"
#include "socketio/engine.h"
#include "websocket/conn.h"
#include "websocket/http_body.h"

#define NONE UINT32_MAX /* no link, no session */
#define ID_SIZE 20      /* characters of a session's id */
#define SEND_PARTS 15   /* at most, of one message */
#define ANY_ORIGIN 255  /* --cors '*' */

enum engine_code { /* Engine.IO's numbers for what is wrong with a request */
    UNKNOWN_TRANSPORT,
    UNKNOWN_SESSION,
    BAD_METHOD,
    BAD_REQUEST,
    FORBIDDEN,
    BAD_VERSION,
    NO_CODE = 255, /* an error of HTTP itself */
};

enum link_state {
    LINK_FREE,
    LINK_HEAD, /* a request's head is due, or part of it is here */
    LINK_BODY,
    LINK_WAITS, /* its GET has no answer yet */
    LINK_WEBSOCKET,
    LINK_ENDED, /* nothing more goes out */
};

struct link {
    struct timer timer; /* the first member: a timer that is due is its link */
    union {
        struct {
            struct buf held; /* a cut head, or the body so far */
            union {
                struct http_body body;
                uint32_t seen; /* of a cut head */
            };
        };
        struct conn ws;
    };
    /* Whose GET waits, whose POST comes in, whose WebSocket it is. */
    uint32_t session;
    uint16_t status; /* to answer with when the body has been read; 0: a POST */
    uint8_t code;    /* and the Engine.IO error in that answer */
    uint8_t state;
    uint8_t origin; /* which of the allowed ones asks; see cors_fields */
    bool close;     /* after the next answer */
    bool headless;  /* HEAD: the answer has no body */
};

enum session_state {
    SESSION_FREE,
    SESSION_POLLING,
    SESSION_WEBSOCKET,
    SESSION_CLOSED, /* its ENGINE_CLOSED is due, or has just been told */
};

struct session {
    struct timer timer; /* the first member; heartbeat, at last dying */
    struct buf queue;   /* polling: packets that no GET has fetched yet */
    uint8_t secret[12];
    uint32_t link;  /* the GET that waits, or the WebSocket */
    uint32_t probe; /* a WebSocket that may take over */
    union {
        uint32_t post;      /* the link whose POST is coming in */
        uint32_t next_free; /* of a free slot */
    };
    uint16_t groups;
    uint8_t state;
    bool probed;    /* 2probe has come */
    bool answering; /* listed in engine.answers */
};

struct engine {
    struct engine_options o;
    struct link *links;
    struct session *sessions;
    uint32_t links_used, used; /* the tables are untouched from there on */
    uint32_t first_free;       /* slot below used */
    uint32_t sessions_open, polling;
    uint64_t ids;         /* given so far */
    int64_t now, expired; /* expired: all that was due then is done */
    bool shut;

    struct timers head, body, idle, closing, probe; /* of links */
    struct timers ping, pong, dying;                /* of sessions */

    struct span in; /* not yet consumed, of the link that was fed */
    uint32_t in_link, requests;
    struct span post;   /* not yet consumed, of a POST's payload */
    uint32_t post_link; /* NONE: no POST is being read */
    uint32_t asked;     /* the link of an ENGINE_REQUEST without an answer */
    uint32_t told;      /* the session whose ENGINE_CLOSED was the last event */
    struct buf lent;    /* the memory behind the last event, or behind post */
    struct http_head request;

    struct buf reply; /* to the bytes being read: pongs, a close */
    struct buf bytes, letters, gathered, answers; /* see engine_mail.c */
    uint32_t letter, member;                      /* the next to be pulled */
    bool published; /* there is a letter to a group */
};

/* engine.c: no more output; whatever it held is given back. */
void link_end(struct engine *e, uint32_t link);

/* engine_route.c: acts on the head in e->request. */
bool engine_route_request(struct engine *e, uint32_t link,
                          struct engine_event *ev);

/* engine_http.c: each consumes from e->in or e->post; true: *ev is set. */
bool http_take_head(struct engine *e, uint32_t link, struct engine_event *ev);
void http_take_body(struct engine *e, uint32_t link);
bool http_take_post(struct engine *e, struct engine_event *ev);
void http_answer(struct engine *e, uint32_t link, unsigned status,
                 const char *type, struct span body);
/* The same with more fields, whole lines. */
void http_answer_with(struct engine *e, uint32_t link, unsigned status,
                      const char *type, struct span body, const char *fields);
/* An error: of Engine.IO, as JSON, or of HTTP (code NO_CODE). */
void http_refuse(struct engine *e, uint32_t link, unsigned status,
                 unsigned code);
/* The same for what is not HTTP (an http_error), or came too late (-408); then
 * the link ends, for where the next request begins nobody knows. */
void http_fail(struct engine *e, uint32_t link, int error);

/* engine_session.c */
/* A slot must be free: sessions_open is below max_sessions. */
uint32_t session_new(struct engine *e, uint8_t state);
uint32_t session_find(const struct engine *e, struct span id);
size_t session_greeting(const struct engine *e, uint32_t slot, char text[256]);
int session_packet(struct engine *e, uint32_t slot, bool binary,
                   struct span packet, struct engine_event *ev);
/* Queues a packet of a polling session: text with its type first, or binary. */
void session_put(struct engine *e, uint32_t slot, bool binary,
                 const struct span *parts, size_t k);
void session_answer(struct engine *e); /* the GETs for which there is mail */
void session_beat(struct engine *e, struct session *s);
/* Its probe becomes its link, and what was queued goes there. */
void session_take_over(struct engine *e, uint32_t slot);
/* Closes its links, too: a WebSocket with code, a waiting GET with the packet
 * last ("1" close, "6" noop). session_end leaves its main link alone. */
void session_close(struct engine *e, uint32_t slot, unsigned code,
                   const char *last);
void session_end(struct engine *e, uint32_t slot);
void session_free(struct engine *e, uint32_t slot);

/* engine_upgrade.c. slot: NONE for a new session. */
bool websocket_open(struct engine *e, uint32_t link, uint32_t slot,
                    struct engine_event *ev);
bool websocket_take(struct engine *e, uint32_t link, struct engine_event *ev);
void websocket_send(struct engine *e, uint32_t link, bool binary,
                    struct span payload);
void websocket_close(struct engine *e, uint32_t link, unsigned code);
void websocket_give_up(struct engine *e, uint32_t link); /* an upgrade */

/* engine_mail.c */
struct buf *mail_to(struct engine *e, uint32_t link);
void mail_end(struct engine *e, uint32_t link, enum mail_then then);
void mail_answer_later(struct engine *e, uint32_t slot);

#endif
