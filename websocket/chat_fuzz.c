/* chat_fuzz.c: four clients do what the input says; each keeps a list of the
 * clients here from the lines that it gets, and all lists are right */
#include "packets/exact_unit.h"
#include "websocket/chat.h"
#include "websocket/conn.h"
#include "websocket/masks.h"
#include "websocket/utf8.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum {
    COUNT = 4
};

static const char *const names[COUNT] = {"a", "b", "\xc3\xab", "dd"};

static struct {
    struct outbox outbox;
    struct chat chat;
    bool is_there[COUNT];
    int channel[COUNT];     /* 0: none, as the model knows it */
    int here[COUNT][COUNT]; /* as each client was informed */
    unsigned said_count[COUNT], expected[COUNT];
} m;

static int number_of(struct span name) {
    for (int i = 0; i < COUNT; i++)
        if (span_equal(name, span_from(names[i]))) return i;
    abort();
}

/* verb NAME, or verb NAME TEXT */
static void handle_line(int client, struct span line) {
    uint8_t *space = memchr(line.data, ' ', line.len);
    assert(space && utf8_valid(line.data, line.len));
    size_t n = (size_t)(space - line.data);
    struct span verb = {line.data, n}, name = span_skip(line, n + 1);
    uint8_t *end = memchr(name.data, ' ', name.len);
    if (end) name.len = (size_t)(end - name.data);
    int about = number_of(name);
    if (span_equal(verb, span_from("here")) ||
        span_equal(verb, span_from("joined")))
        m.here[client][about]++;
    if (span_equal(verb, span_from("left"))) m.here[client][about]--;
    if (span_equal(verb, span_from("said"))) m.said_count[client]++;
}

static void deliver(void) {
    struct outgoing o;
    struct mask_source masks = {0};
    while (outbox_next(&m.outbox, &o)) {
        struct span in = o.bytes;
        struct conn client;
        struct conn_event e;
        struct buf out = {.max = 100};
        assert(m.is_there[o.conn] && o.then == OUTBOX_OPEN);
        conn_init_client(&client, 10000, &masks);
        while (conn_next(&client, &in, &e, &out)) {
            assert(e.type == CONN_MESSAGE && e.opcode == FRAME_TEXT);
            handle_line((int)o.conn, e.payload);
        }
        conn_free(&client);
        buf_free(&out);
    }
}

static void check(void) {
    for (int i = 0; i < COUNT; i++) {
        assert(m.said_count[i] == m.expected[i]);
        for (int k = 0; k < COUNT; k++) {
            bool is_here = m.channel[i] && m.channel[i] == m.channel[k];
            assert(!m.channel[i] || m.here[i][k] == is_here);
        }
    }
}

static void receive(uint32_t client, struct span line) {
    int before = m.channel[client];
    bool is_said = line.len > 4 && memcmp(line.data, "say ", 4) == 0;
    int joined = span_equal(line, span_from("join books"))   ? 1
                 : span_equal(line, span_from("join music")) ? 2
                                                             : 0;
    if (joined)
        memset(m.here[client], 0, sizeof m.here[client]); /* a new list */
    if (joined) m.channel[client] = joined;
    if (!chat_receive(&m.chat, client, line)) {
        assert(m.channel[client] == before);
        return;
    }
    for (int i = 0; i < COUNT && is_said; i++)
        if (m.channel[i] == before) m.expected[i]++;
}

/* Comes, or goes. */
static void toggle(uint32_t client) {
    m.is_there[client] = !m.is_there[client];
    if (m.is_there[client]) {
        chat_enter(&m.chat, client, names[client]);
        return;
    }
    chat_leave(&m.chat, client);
    m.channel[client] = 0;
    memset(m.here[client], 0, sizeof m.here[client]);
}

/* A byte selects a client and an action; a line follows, up to a newline. */
static size_t act(const uint8_t *bytes, size_t n) {
    static const char *const lines[] = {"join books", "join music", "say x",
                                        "typing"};
    uint32_t client = bytes[0] & 3;
    unsigned command = bytes[0] >> 2 & 7;
    if (command == 7 || !m.is_there[client]) {
        toggle(client);
        return 1;
    }
    if (command < 4) {
        receive(client, span_from(lines[command]));
        return 1;
    }
    const uint8_t *end = memchr(bytes + 1, '\n', n - 1);
    size_t len = end ? (size_t)(end - bytes - 1) : n - 1;
    uint8_t *exact = unit_exact(bytes + 1, len);
    if (len <= LIMIT_CHAT_LINE && utf8_valid(exact, len))
        receive(client, (struct span){exact, len});
    free(exact);
    return len + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    memset(&m, 0, sizeof m);
    if (!outbox_init(&m.outbox, COUNT, 1 << 20) ||
        !chat_init(&m.chat, COUNT, &m.outbox))
        abort();
    for (size_t at = 0; at < n; at += act(bytes + at, n - at)) {
        deliver();
        check();
    }
    deliver();
    check();
    chat_free(&m.chat);
    outbox_free(&m.outbox);
    return 0;
}
