/* explain_stream.c: see socketio/explain_stream.h. find_end finds the end of
 * the first message in some bytes; message explains it. */
#include "socketio/explain_stream.h"

enum {
    FRAME_MIN = 2, /* bytes of a frame's header, RFC 6455 §5.2 */
    MAX_REQUESTS = 32,
};

/* The result of find_end. */
enum end {
    NO_MESSAGE, /* no message begins here */
    MORE,       /* its end is after these bytes */
    WHOLE,      /* it has extent.len bytes */
    ENDLESS,    /* it lasts until the stream ends */
    MALFORMED,  /* its end cannot be found */
};

/* --- where a message ends --- */

static enum end known(struct explain_extent *x, uint64_t len,
                      struct span bytes) {
    x->len = len;
    return len <= bytes.len ? WHOLE : MORE;
}

/* RFC 6455 §5.2. Only the length of a frame matters here. */
static enum end frame_end(struct explain_extent *x, struct span bytes) {
    if (bytes.len < FRAME_MIN || !bytes.data) return MORE;
    uint64_t len = bytes.data[1] & 0x7f;
    size_t more = len < 126 ? 0 : len == 126 ? 2 : 8;
    size_t header = FRAME_MIN + more + (bytes.data[1] & 0x80 ? 4 : 0);
    if (bytes.len < header) return MORE;
    if (more > 0) len = 0;
    for (size_t i = 0; i < more; i++) len = len << 8 | bytes.data[2 + i];
    if (len > INT64_MAX) return MALFORMED;
    return known(x, header + len, bytes);
}

static enum end chunks_end(struct explain_extent *x, struct span bytes) {
    struct span left = span_skip(bytes, x->pos), piece;
    int result = 1;
    while (result == 1)
        result = http_body_next(&x->body, &left, BUF_MAX, &piece);
    x->pos = bytes.len - left.len;
    if (result < 0) return MALFORMED;
    return http_body_has_ended(&x->body) ? known(x, x->pos, bytes) : MORE;
}

/* RFC 9112 §6.3: the length of a body. */
static enum end body_end(struct explain_streams *c, struct explain_extent *x,
                         const struct http_head *h, struct span bytes) {
    bool is_request = h->status == 0;
    bool is_to_head = c->request_count > 0 && c->head_requests & 1;
    bool has_body = is_request || (h->status >= 200 && h->status != 204 &&
                                   h->status != 304 && !is_to_head);
    if (!has_body) return known(x, x->pos, bytes);
    if (h->chunked)
        return http_body_init(&x->body, h, BUF_MAX) < 0 ? MALFORMED
                                                        : chunks_end(x, bytes);
    bool has_length = http_field(h, "Content-Length", NULL).data != NULL;
    if (!is_request && !has_length) return ENDLESS;
    if (h->length > INT64_MAX) return MALFORMED;
    return known(x, x->pos + h->length, bytes);
}

static enum end http_end(struct explain_streams *c, struct explain_extent *x,
                         struct span bytes) {
    struct http_head h;
    memset(&h, 0, sizeof h);
    if (x->pos > 0) return chunks_end(x, bytes); /* the head was read */
    if (!explain_http_begins(bytes) || !bytes.data)
        return explain_http_may_begin(bytes) && bytes.len < 8 ? MORE
                                                              : NO_MESSAGE;
    bool is_response = bytes.data[0] == 'H' && bytes.data[1] == 'T';
    int n = is_response ? http_response(&h, bytes, x->seen)
                        : http_request(&h, bytes, x->seen);
    x->seen = bytes.len;
    if (n < 0) return MALFORMED;
    if (n == 0) return MORE;
    x->pos = (size_t)n;
    if (!is_response) h.status = 0;
    return body_end(c, x, &h, bytes);
}

/* Finds the end of the message at the start of bytes. It keeps its progress in
 * the extent, so that it does not search the same bytes again. */
static enum end find_end(struct explain_streams *c, struct explain_stream *s,
                         struct span bytes) {
    struct explain_extent *x = &s->extent;
    if (x->len > 0) return known(x, x->len, bytes);
    bool is_http = explain_http_begins(bytes);
    if (s->is_lost && !is_http) return NO_MESSAGE;
    if (explain_is_websocket(c->protocol) && !is_http)
        return frame_end(x, bytes);
    return http_end(c, x, bytes);
}

/* Must the message be explained now, because here bytes are over the limit of a
 * message, or n more bytes over that of all streams? */
static bool is_too_long(const struct explain_streams *c,
                        const struct explain_extent *x, size_t here, size_t n) {
    return x->len > EXPLAIN_MAX_MESSAGE || here > EXPLAIN_MAX_MESSAGE ||
           *c->kept_by_all + n > EXPLAIN_MAX_KEPT;
}

/* --- explaining one --- */

static void follow_requests(struct explain_streams *c,
                            const struct explain_http *h) {
    if (h->is_request && c->request_count < MAX_REQUESTS)
        c->head_requests |= (uint32_t)h->is_head << c->request_count++;
    bool is_final = h->status >= 200 || h->status == 101; /* RFC 9110 §15.2 */
    if (!is_final || c->request_count == 0) return;
    c->head_requests >>= 1;
    c->request_count--;
}

/* Explains the message at the start of the visible bytes. If it is not
 * complete, all visible bytes are its beginning. */
static void message(struct explain_streams *c, struct explain_stream *s,
                    struct dissector *d, enum end end) {
    struct explain_http h = {.is_to_head =
                                 c->request_count > 0 && c->head_requests & 1};
    size_t here = dissector_left(d).len;
    uint64_t len = end == ENDLESS || end == MALFORMED ? here : s->extent.len;
    bool is_unknown = len == 0;
    if (is_unknown) len = (uint64_t)here + 1;
    dissector_narrow(d, EXPLAIN_APPLICATION, (size_t)len, "data");
    explain_message(d, &c->protocol, &h);
    dissector_leave(d);
    follow_requests(c, &h);
    c->is_partial = len > here;
    s->skip = end == ENDLESS ? UINT64_MAX : len > here ? len - here : 0;
    s->is_lost = end == MALFORMED || is_unknown;
    if (s->is_lost) s->skip = 0;
    s->extent = (struct explain_extent){.len = 0};
}

/* --- what is kept --- */

/* Removes the bytes that the last call explained. */
static void drop_explained(struct explain_streams *c,
                           struct explain_stream *s) {
    *c->kept_by_all -= s->done;
    buf_consume(&s->kept, s->done);
    s->done = 0;
    if (buf_view(&s->kept).len == 0) buf_free(&s->kept);
}

static void drop(struct explain_streams *c, struct explain_stream *s) {
    s->done = buf_view(&s->kept).len;
    s->extent = (struct explain_extent){.len = 0};
    drop_explained(c, s);
}

void explain_streams_reset(struct explain_streams *c, size_t *kept_by_all) {
    for (int i = 0; i < 2 && c->kept_by_all; i++) drop(c, &c->stream[i]);
    *c = (struct explain_streams){.kept_by_all = kept_by_all};
    for (int i = 0; i < 2; i++) buf_init(&c->stream[i].kept, BUF_MAX);
}

static void keep(struct explain_streams *c, struct explain_stream *s,
                 struct span bytes) {
    if (buf_append(&s->kept, bytes.data, bytes.len)) {
        *c->kept_by_all += bytes.len;
    } else { /* no memory */
        drop(c, s);
        s->is_lost = true;
    }
}

/* Returns how many of n bytes belong to a message that was explained before. */
static size_t skipped(struct explain_stream *s, size_t n) {
    if (s->skip < n) n = (size_t)s->skip;
    if (s->skip != UINT64_MAX) s->skip -= n;
    return n;
}

void explain_stream_add(struct explain_streams *c, int from,
                        struct span bytes) {
    struct explain_stream *s = &c->stream[from];
    s->position += bytes.len;
    keep(c, s, span_skip(bytes, skipped(s, bytes.len)));
}

/* Marks n bytes as data that is not explained here. */
static void unexplained(struct dissector *d, size_t n, const char *words) {
    dissector_bytes(d, n, "data");
    dissector_note(d, words);
}

void explain_stream_segment(struct explain_streams *c, int from,
                            struct dissector *d) {
    struct explain_stream *s = &c->stream[from];
    struct span left = dissector_left(d);
    drop_explained(c, s);
    if (buf_view(&s->kept).len > 0) {
        explain_stream_add(c, from, left);
        unexplained(d, left.len, "goes on with a message that began earlier");
        return;
    }
    s->position += left.len;
    size_t n = skipped(s, left.len);
    if (n > 0) unexplained(d, n, "of a message that was explained earlier");
    while (left = dissector_left(d), left.len > 0) {
        enum end end = find_end(c, s, left);
        if (end == NO_MESSAGE) {
            s->extent = (struct explain_extent){.len = 0};
            if (s->is_lost)
                unexplained(d, left.len,
                            "the start of the next message is unknown");
            return;
        }
        if (end == MORE && !is_too_long(c, &s->extent, left.len, left.len)) {
            keep(c, s, left);
            unexplained(d, left.len, "begins a message that goes on later");
            return;
        }
        message(c, s, d, end);
    }
}

/* Explains the first n bytes that are kept. */
static bool explain_kept(struct explain_streams *c, struct explain_stream *s,
                         size_t n, enum end end, struct explain *e,
                         uint64_t *offset) {
    struct dissector d;
    struct span view = buf_view(&s->kept);
    *offset = s->position - view.len;
    dissector_begin(&d, e, (struct span){view.data, n}, EXPLAIN_APPLICATION,
                    "data");
    message(c, s, &d, end);
    dissector_finish(&d);
    s->done = n;
    return true;
}

bool explain_stream_next(struct explain_streams *c, int from, struct explain *e,
                         uint64_t *offset) {
    struct explain_stream *s = &c->stream[from];
    drop_explained(c, s);
    struct span view = buf_view(&s->kept);
    if (view.len == 0) return false;
    enum end end = find_end(c, s, view);
    if (end == NO_MESSAGE) drop(c, s);
    if (end == NO_MESSAGE) return false;
    if (end == MORE && !is_too_long(c, &s->extent, view.len, 0)) return false;
    size_t n = end == WHOLE ? (size_t)s->extent.len : view.len;
    return explain_kept(c, s, n, end, e, offset);
}

bool explain_stream_missing(struct explain_streams *c, int from, uint64_t n,
                            struct explain *e, uint64_t *offset) {
    struct explain_stream *s = &c->stream[from];
    drop_explained(c, s);
    struct span view = buf_view(&s->kept);
    bool has_kept = view.len > 0;
    if (has_kept) explain_kept(c, s, view.len, MORE, e, offset);
    s->position += n;
    if (s->skip < n) s->is_lost = true;
    if (s->skip < n)
        s->skip = 0;
    else if (s->skip != UINT64_MAX)
        s->skip -= n;
    return has_kept;
}
