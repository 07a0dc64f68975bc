/* resume.c: see socketio/resume.h. */
#include "socketio/resume.h"

#include <stdio.h>

#include "socketio/json.h"

/* Copies a string without its quotes and returns its size. 0: no string, empty,
 * or too long. */
static uint8_t copy_string(uint8_t to[RESUME_MAX], struct span value) {
    if (value.len < 2 || value.data[0] != '"' || value.len - 2 > RESUME_MAX)
        return 0;
    memcpy(to, value.data + 1, value.len - 2);
    return (uint8_t)(value.len - 2);
}

bool resume_connected(struct resume *r, struct span answer) {
    struct resume next = {0};
    next.pid_len = copy_string(next.pid, json_member(answer, "pid"));
    bool is_recovered = next.pid_len > 0 && next.pid_len == r->pid_len &&
                        memcmp(next.pid, r->pid, next.pid_len) == 0;
    if (!is_recovered) *r = next;
    return is_recovered;
}

void resume_event(struct resume *r, struct span array) {
    struct span key, value, last = {NULL, 0};
    json_next(&array, &key, &value); /* the name */
    while (json_next(&array, &key, &value)) last = value;
    bool is_offset = last.len > 2 && last.data[0] == '"';
    if (r->pid_len == 0 || !is_offset) return;
    r->offset_len = copy_string(r->offset, last);
    r->is_too_long = r->offset_len == 0;
}

struct span resume_auth(const struct resume *r, struct span auth,
                        char text[RESUME_FRONT_MAX], struct span *rest) {
    *rest = auth;
    if (r->pid_len == 0 || r->is_too_long) return (struct span){NULL, 0};
    struct span object = json_trim(auth);
    if (object.len > 0) *rest = json_trim(span_skip(object, 1));
    bool is_empty = object.len == 0 || rest->data[0] == '}';
    if (is_empty) *rest = (struct span){NULL, 0};
    snprintf(text, RESUME_FRONT_MAX, "{\"pid\":\"%.*s%s%.*s\"%s", r->pid_len,
             (const char *)r->pid, r->offset_len ? "\",\"offset\":\"" : "",
             r->offset_len, (const char *)r->offset, is_empty ? "}" : ",");
    return span_from(text);
}
