/* typed.c: see socketio/typed.h. check_event checks the event as a server
 * would. */
#include "socketio/typed.h"

#include <stdio.h>

#include "packets/hex.h"
#include "socketio/json.h"
#include "websocket/utf8.h"

#define MAX_ARRIVED 65536 /* bytes of names; later ones are dropped */

/* Consumes the next word of *rest, and the spaces after it. */
static struct span parse_word(struct span *rest) {
    size_t n = 0;
    while (n < rest->len && rest->data[n] != ' ') n++;
    struct span word = {rest->data, n};
    *rest = json_trim(span_skip(*rest, n));
    return word;
}

/* Decodes hexadecimal digits into one more attachment. */
static const char *add_attachment(struct typed *t, struct span hex) {
    char placeholder[60];
    if (t->event.count == LIMIT_ATTACHMENTS) return "too many attachments";
    if (hex.len % 2 != 0) return "a byte has two hexadecimal digits";
    uint8_t *to = t->bytes.bytes + t->bytes.end;
    for (size_t i = 0; i < hex.len; i += 2) {
        int high = hex_digit(hex.data[i]), low = hex_digit(hex.data[i + 1]);
        if (high < 0 || low < 0) return "a byte has two hexadecimal digits";
        to[i / 2] = (uint8_t)(high * 16 + low);
    }
    t->bytes.end += (uint32_t)(hex.len / 2);
    t->event.attachments[t->event.count] = (struct span){to, hex.len / 2};
    snprintf(placeholder, sizeof placeholder,
             ",{\"_placeholder\":true,\"num\":%u}", t->event.count++);
    buf_text(&t->json, placeholder);
    return NULL;
}

static const char *add_attachments(struct typed *t, struct span rest) {
    const char *wrong = NULL;
    if (rest.len == 0) return "no bytes";
    /* Reserved once, so that the bytes do not move. */
    if (!buf_reserve(&t->bytes, rest.len)) return "out of memory";
    while (rest.len > 0 && !wrong) wrong = add_attachment(t, parse_word(&rest));
    return wrong;
}

/* Returns NULL if a server would accept the event, or an error text. */
static const char *check_event(const struct typed *t) {
    struct packet p = {.type = PACKET_EVENT};
    struct buf text = {.max = BUF_MAX};
    buf_text(&text, "2"); /* not checked: this module wrote the attachments */
    buf_append(&text, buf_view(&t->json).data, buf_view(&t->json).len);
    int error = text.failed ? 0 : packet_parse(&p, buf_view(&text), NULL);
    buf_free(&text);
    return error ? packet_explain(error) : NULL;
}

/* Has the event that /wait names arrived already? */
static bool has_arrived(const struct typed *t) {
    struct span rest = buf_view(&t->arrived);
    while (rest.data && rest.len > 0) {
        const char *name = (const char *)rest.data;
        if (json_string_equal((struct span){rest.data, strlen(name)},
                              t->awaited))
            return true;
        rest = span_skip(rest, strlen(name) + 1);
    }
    return false;
}

static const char *parse_command(struct typed *t, struct span rest) {
    struct span command = parse_word(&rest);
    bool is_binary = span_equal(command, span_from("/binary"));
    t->event.wants_ack = span_equal(command, span_from("/ack"));
    if (span_equal(command, span_from("/wait"))) {
        struct span name = parse_word(&rest);
        if (name.len == 0 || name.len >= sizeof t->awaited || rest.len > 0)
            return "not one name";
        memcpy(t->awaited, name.data, name.len);
        if (has_arrived(t)) t->awaited[0] = '\0';
        return NULL;
    }
    if (!is_binary && !t->event.wants_ack &&
        !span_equal(command, span_from("/emit")))
        return "no such command";
    struct span name = parse_word(&rest);
    buf_text(&t->json, "[");
    json_write_string(&t->json, name);
    const char *wrong = NULL;
    if (is_binary) {
        wrong = add_attachments(t, rest);
    } else if (rest.len > 0) {
        buf_text(&t->json, ",");
        buf_append(&t->json, rest.data, rest.len);
    }
    buf_text(&t->json, "]");
    return wrong;
}

/* Begins a new line; keeps the names that have arrived. */
static void begin(struct typed *t) {
    struct buf arrived = t->arrived;
    buf_free(&t->json);
    buf_free(&t->bytes);
    *t = (struct typed){.json.max = BUF_MAX, .bytes.max = BUF_MAX};
    t->arrived = arrived;
}

/* ["message","hello"] */
static void write_message(struct typed *t, struct span text) {
    snprintf(t->awaited, sizeof t->awaited, "message-back");
    buf_text(&t->json, "[\"message\",");
    json_write_string(&t->json, text);
    buf_text(&t->json, "]");
}

const char *typed_parse(struct typed *t, struct span line) {
    const char *wrong = NULL;
    begin(t);
    if (!utf8_valid(line.data, line.len)) return "not UTF-8";
    bool is_slash = line.len > 0 && line.data[0] == '/';
    bool is_escaped = is_slash && line.len > 1 && line.data[1] == '/';
    if (is_slash && !is_escaped)
        wrong = parse_command(t, line);
    else
        write_message(t, span_skip(line, is_escaped));
    if (t->json.failed) return "out of memory";
    t->event.json = buf_view(&t->json);
    if (t->event.json.len > 0) buf_clear(&t->arrived);
    return wrong || t->event.json.len == 0 ? wrong : check_event(t);
}

void typed_free(struct typed *t) {
    buf_free(&t->json);
    buf_free(&t->bytes);
    buf_free(&t->arrived);
}

bool typed_waits(const struct typed *t) {
    return t->event.wants_ack || *t->awaited;
}

bool typed_is_reply(struct typed *t, const struct socket_client_event *e) {
    uint8_t zero = 0;
    struct span name[] = {e->name, {&zero, 1}};
    t->arrived.max = MAX_ARRIVED;
    if (e->type == SOCKET_CLIENT_EVENT) buf_append_all(&t->arrived, name, 2);
    if (e->type == SOCKET_CLIENT_ACK) return t->event.wants_ack;
    return e->type == SOCKET_CLIENT_EVENT && *t->awaited &&
           json_string_equal(e->name, t->awaited);
}
