/*
 * 407_closing.c: the close handshake above the FIN
 *
 * Shows       A FIN says that the bytes have ended, a close frame that the
 *             conversation has, and why. 1006 says that there was none.
 * By hand     The order of close frames and FINs.
 * Calls       websocket/conn.h and close_code.h, introduced here; tcp/state.h
 * Run         $ bin/407_closing
 *             $ bin/407_closing --break
 * Try         $ bin/407_closing --ask --seed 2
 * Limits      No time limit: a peer may never answer a close. 408 has one.
 * Read        RFC 6455 §5.5.1, §7.1, §7.4
 */
#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "tcp/state.h"
#include "websocket/close_code.h"
#include "websocket/conn.h"
#include "websocket/masks.h"

#include <stdio.h>
#include <sys/socket.h>

#define CLIENT 0
#define SERVER 1
#define MAX_MESSAGE 1000 /* bytes that this server accepts */

/* What a client sends; the key of its mask is 0, so that it can be read. */
#define ROW(label, bytes)                                                      \
    { label, bytes, sizeof(bytes) - 1 }
static const struct row {
    const char *label, *bytes;
    size_t len;
} rows[] = {
    ROW("close, 1000", "\x88\x82\0\0\0\0\x03\xe8"),
    ROW("close, 1001", "\x88\x82\0\0\0\0\x03\xe9"),
    ROW("close without a code", "\x88\x80\0\0\0\0"),
    ROW("close, 1006", "\x88\x82\0\0\0\0\x03\xee"),
    ROW("a reserved bit", "\xc1\x82\0\0\0\0hi"),
    ROW("not masked", "\x81\x02hi"),
    ROW("text, not UTF-8", "\x81\x82\0\0\0\0\xc3("),
    ROW("1001 bytes follow", "\x82\xfe\x03\xe9\0\0\0\0"),
    ROW("half a message, a FIN", "\x81\x85\0\0\0\0He"),
};

static int ends[2];          /* sockets: the client's, the server's */
static struct conn conns[2]; /* the WebSocket machines above them */
static struct mask_source masks;
static struct buf out = {.max = 100}; /* bytes that one end sends next */
static bool is_asking, is_broken;

static void open_connection(void) { /* the end of the process closes it */
    static const uint8_t seed[MASKS_SEED]; /* a real client's is random */
    conn_free(&conns[CLIENT]);
    conn_free(&conns[SERVER]);
    buf_clear(&out);
    check(pair_open(ends) == 0, "connect");
    masks_init(&masks, seed);
    conn_init_client(&conns[CLIENT], MAX_MESSAGE, &masks);
    conn_init_server(&conns[SERVER], MAX_MESSAGE);
}

/* Sends the bytes in out from one end. The conn of the other end writes a reply
 * to out. Returns the code that the connection is closed with, or 0. */
static unsigned deliver(int from) {
    uint8_t bytes[100];
    struct conn_event e = {0};
    struct span in = {bytes, out.end};
    check(io_send_all(ends[from], out.bytes, in.len) == 0, "send");
    check(io_recv_all(ends[!from], bytes, in.len) >= 0, "receive");
    buf_clear(&out);
    bool is_event = conn_next(&conns[!from], &in, &e, &out);
    return is_event && e.type == CONN_CLOSED ? e.code : 0;
}

static void print_hex(const uint8_t *bytes, size_t n, int width) {
    for (size_t i = 0; i < n; i++) printf(" %02x", bytes[i]);
    printf("%*s", width - 3 * (int)n, "");
}

/* One end sends the bytes in out, or a FIN if there are none. Prints states. */
static void step(const char *label, int from, enum tcp_state of_client,
                 enum tcp_state of_server) {
    printf("  %-24s", label);
    print_hex(out.bytes, out.end, 26);
    if (out.end == 0) check(shutdown(ends[from], SHUT_WR) == 0, "shutdown");
    deliver(from);
    printf("%-11s  %s\n", state_name(state_wait(ends[0], of_client, 1000)),
           state_name(state_wait(ends[1], of_server, 1000)));
}

/* RFC 6455 §7.1.1: after both close frames the server ends TCP first. */
static void close_in_order(void) {
    open_connection();
    conn_close(&conns[CLIENT], 1000, &out);
    step("client: a close frame", CLIENT, STATE_ESTABLISHED, STATE_ESTABLISHED);
    step("server: a close frame", SERVER, STATE_ESTABLISHED, STATE_ESTABLISHED);
    step("server: a FIN", SERVER, STATE_CLOSE_WAIT, STATE_FIN_WAIT2);
    step("client: a FIN", CLIENT, STATE_CLOSE, STATE_CLOSE);
}

/* The client sends a row, and a FIN unless the server replies with a close. */
static void send_row(const struct row *r, bool is_named) {
    open_connection();
    buf_append(&out, r->bytes, r->len);
    if (is_named) printf("  %-24s", r->label);
    if (!is_named) print_hex(out.bytes, out.end, 26);
    deliver(CLIENT);
    if (!is_asking) print_hex(out.bytes, out.end, 17);
    unsigned code = deliver(SERVER);
    if (code == 0) {
        char byte;
        check(shutdown(ends[CLIENT], SHUT_WR) == 0, "shutdown");
        check(io_recv(ends[SERVER], &byte, 1) == 0, "there was more");
        code = is_broken ? 1000 : 1006; /* the wrong way: a FIN is normal */
    }
    if (is_asking) puts("?");
    if (!is_asking) printf("%u %s\n", code, close_code_meaning(code));
}

int main(int argc, char **argv) {
    uint32_t seed = 0, count = sizeof rows / sizeof *rows;
    const struct option_row options[] = {
        OPTION_NUMBER("--seed", "N", "bytes, in another order", &seed, 1, 99),
        OPTION_FLAG("--ask", "keep back what the server sends", &is_asking),
        OPTION_FLAG("--break", "treat a FIN as a close", &is_broken),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    if (seed == 0) close_in_order();
    puts("the client sends          the server sends  code");
    for (uint32_t i = 0; i < count; i++)
        send_row(&rows[(seed + i * (1 + seed % 2 * 3)) % count], seed == 0);
    puts(is_asking   ? "What does the server send, and which code is it?"
         : is_broken ? "What you saw: half of a message, a normal closure."
                     : "What you saw: the reason on the wire, except 1006.");
    return 0;
}
