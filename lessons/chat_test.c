/* chat_test.c: bin/410_chat from outside: its page, its cookie, which pages may
 * open a WebSocket, and a client that does not read */
#include "packets/unit.h"
#include "tcp/connect.h"
#include "tcp/io.h"
#include "websocket/conn.h"
#include "websocket/http.h"
#include "websocket/masks.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_MS 20000 /* sanitizers and valgrind are slow */
#define HANDSHAKE                                                              \
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"              \
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"                     \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define PROTOCOL "Sec-WebSocket-Protocol: lines.chat\r\n"
#define ANN "Cookie: name=Ann\r\n"

static pid_t pid;
static int output; /* of the server */
static char port[10], text[100000];

/* Reads what fd has, up to its end; with is_line, up to a newline. */
static size_t read_text(int fd, bool is_line) {
    size_t n = 0;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (n < sizeof text - 1 && poll(&p, 1, TIMEOUT_MS) == 1) {
        ssize_t got = read(fd, text + n, is_line ? 1 : sizeof text - 1 - n);
        if (got <= 0) break;
        n += (size_t)got;
        if (is_line && text[n - 1] == '\n') break;
    }
    text[n] = '\0';
    return n;
}

static void program_path(char path[PATH_MAX], const char *name) {
    const char *bin = getenv("BIN");
    snprintf(path, PATH_MAX, "%s/%s", bin ? bin : "bin", name);
}

static void start(const char *option) {
    char path[PATH_MAX];
    int ends[2];
    program_path(path, "410_chat");
    if (pipe(ends) == -1) abort();
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(path, path, "--port", "0", option, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    output = ends[0];
    read_text(output, true);
    UNIT_INT(strncmp(text, "listening on 127.0.0.1:", 23), 0);
    snprintf(port, sizeof port, "%.*s", (int)strcspn(text + 23, "\n"),
             text + 23);
}

/* Ends the server, and reads the rest of its output into text. */
static void stop(void) {
    int status = 0;
    kill(pid, SIGTERM);
    read_text(output, false);
    waitpid(pid, &status, 0);
    UNIT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(output);
}

static int dial(void) {
    char why[256];
    int fd = connect_to("127.0.0.1", port, why, sizeof why);
    if (fd == -1) abort();
    return fd;
}

/* Sends a request, and a FIN; text is the response. Returns its status. */
static int send_request(const char *request) {
    int fd = dial();
    UNIT_INT(io_send_all(fd, request, strlen(request)), 0);
    shutdown(fd, SHUT_WR);
    read_text(fd, false);
    close(fd);
    return strncmp(text, "HTTP/1.1 ", 9) == 0 ? atoi(text + 9) : -1;
}

static void one_port_has_the_files_of_the_page(void) {
    start(NULL);
    UNIT_INT(send_request("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"), 200);
    UNIT_TRUE(strstr(text, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
    UNIT_TRUE(strstr(text, "connect-src 'self'"));
    UNIT_TRUE(strstr(text, "<script type=\"module\" src=\"/chat.js\">"));
    UNIT_INT(send_request("GET /chat.js HTTP/1.0\r\nHost: localhost\r\n\r\n"),
             200);
    UNIT_TRUE(strstr(text, "\r\nContent-Type: text/javascript"));
    UNIT_INT(send_request("GET /chat.css HTTP/1.0\r\nHost: localhost\r\n\r\n"),
             200);
    /* The attacker's page is not of this origin. */
    UNIT_INT(send_request("GET /attack.js HTTP/1.0\r\nHost: localhost\r\n\r\n"),
             404);
    UNIT_INT(send_request("GET /../attack/attack.js HTTP/1.0\r\n\r\n"), 403);
    UNIT_INT(send_request("GET /login?name=Ann HTTP/1.0\r\n\r\n"), 404);
    UNIT_INT(send_request("DELETE / HTTP/1.0\r\nHost: localhost\r\n\r\n"), 405);
    stop();
    UNIT_TEXT(text, strlen(text), ""); /* one line on stdout, no more */
}

static void a_login_sets_the_cookie(void) {
    static const char *const bad[] = {
        "/login",
        "/login?name=",
        "/login?name=two%20words",
        "/login?name=%ff",
        "/login?name=a&name=b",
        "/login?name=a%0d%0ab",
        "/login?name=1234567890123456789012345678901",
        "/login?name=12345678901234567890123456789012",
    };
    char request[300];
    start(NULL);
    UNIT_INT(send_request("POST /login?name=Zo%C3%AB HTTP/1.0\r\n\r\n"), 204);
    UNIT_TRUE(strstr(text, "\r\nSet-Cookie: name=Zo%C3%AB; Path=/; HttpOnly; "
                           "SameSite=Strict\r\n"));
    UNIT_INT(
        send_request("POST /login?name=%3bA HTTP/1.1\r\nHost: localhost\r\n"
                     "Content-Length: 5\r\n\r\nhello"),
        204);
    UNIT_TRUE(strstr(text, "\r\nSet-Cookie: name=%3BA; "));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(request, sizeof request, "POST %s HTTP/1.0\r\n\r\n", bad[i]);
        UNIT_INT(send_request(request), 400);
        UNIT_TRUE(strstr(text, "Set-Cookie") == NULL);
    }
    /* A page of another origin cannot give the user another name. */
    UNIT_INT(send_request(
                 "POST /login?name=Eve HTTP/1.1\r\nHost: localhost\r\n"
                 "Origin: http://evil.example\r\nConnection: close\r\n\r\n"),
             403);
    UNIT_TRUE(strstr(text, "Set-Cookie") == NULL);
    stop();
}

/* RFC 6455 §10.2: with another Origin than expected, 403. */
static void only_its_own_page_may_open_a_websocket(void) {
    static const struct {
        const char *fields;
        int status;
        const char *body;
    } cases[] = {
        {PROTOCOL ANN, 101, ""}, /* a client that is no browser */
        {PROTOCOL ANN "Origin: http://localhost\r\n", 101, ""},
        {PROTOCOL ANN "Origin: http://evil.example\r\n", 403, "this origin"},
        {PROTOCOL ANN "Origin: http://localhost:81\r\n", 403, "this origin"},
        {PROTOCOL ANN "Origin: null\r\n", 403, "this origin"},
        {PROTOCOL ANN "Origin: http://localhost\r\nOrigin: http://localhost"
                      "\r\n",
         403, "this origin"},
        {ANN, 400, ""},
        {"Sec-WebSocket-Protocol: chat\r\n" ANN, 400, ""},
        {"Sec-WebSocket-Protocol: chat, lines.chat\r\n" ANN, 101, ""},
        {PROTOCOL, 403, "no name: "},
        {PROTOCOL "Cookie: name=\r\n", 403, "no name: "},
        {PROTOCOL "Cookie: name=two%20words\r\n", 403, "no name: "},
        {PROTOCOL "Cookie: name=Ann; name=Eve\r\n", 403, "no name: "},
        {PROTOCOL "Cookie: other=Ann\r\n", 403, "no name: "},
    };
    char request[600];
    start(NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(request, sizeof request, HANDSHAKE "%s\r\n", cases[i].fields);
        int status = send_request(request);
        UNIT_INT(status, cases[i].status);
        if (status != cases[i].status) puts(cases[i].fields);
        UNIT_TRUE(strstr(text, cases[i].body) != NULL);
        if (status == 101)
            UNIT_TRUE(strstr(text, "\r\nSec-WebSocket-Protocol: lines.chat"
                                   "\r\n"));
    }
    /* DNS rebinding: another name for this machine. */
    UNIT_INT(send_request("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 403);
    stop();
}

/* --- clients --- */

struct client {
    int fd;
    struct conn conn;
    struct buf in;
};

static struct mask_source masks;
static struct buf out = {.max = 100000};

static void receive(struct client *c) {
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    uint8_t *space = buf_reserve(&c->in, 4096);
    ssize_t n =
        space && poll(&p, 1, TIMEOUT_MS) == 1 ? io_recv(c->fd, space, 4096) : 0;
    c->in.end += n > 0 ? (uint32_t)n : 0;
}

static void join(struct client *c, const char *name) {
    char request[600];
    struct http_head h;
    int n = 0;
    *c = (struct client){.fd = dial(), .in = {.max = 100000}};
    snprintf(request, sizeof request,
             HANDSHAKE PROTOCOL "Cookie: name=%s\r\n\r\n", name);
    UNIT_INT(io_send_all(c->fd, request, strlen(request)), 0);
    while (n == 0) {
        uint32_t before = c->in.end;
        receive(c);
        n = http_response(&h, buf_view(&c->in), 0);
        if (c->in.end == before) break;
    }
    UNIT_TRUE(n > 0 && h.status == 101);
    if (n > 0) buf_consume(&c->in, (size_t)n);
    conn_init_client(&c->conn, 10000, &masks);
}

static void send_frame(struct client *c, unsigned opcode, const char *line) {
    struct span payload = span_from(line);
    buf_clear(&out);
    conn_send(&out, opcode, &payload, 1, &masks);
    UNIT_INT(io_send_all(c->fd, out.bytes, out.end), 0);
}

/* Expects one line, or with a code the close frame. */
static void expect(struct client *c, const char *expected, unsigned code) {
    struct conn_event e = {.type = CONN_PONG};
    for (;;) {
        struct span in = buf_view(&c->in);
        size_t before = in.len;
        bool is_event = conn_next(&c->conn, &in, &e, &out);
        if (is_event && code == 0)
            UNIT_TEXT(e.payload.data, e.payload.len, expected);
        buf_consume(&c->in, before - in.len);
        if (is_event) break;
        receive(c);
        if (buf_view(&c->in).len == 0) break;
    }
    UNIT_INT(e.type, code ? CONN_CLOSED : CONN_MESSAGE);
    if (code) UNIT_INT(e.code, code);
}

static void disconnect(struct client *c) {
    close(c->fd);
    conn_free(&c->conn);
    buf_free(&c->in);
}

static void two_clients_talk(void) {
    struct client ann, zoe;
    start(NULL);
    join(&ann, "Ann");
    expect(&ann, "hello Ann", 0);
    send_frame(&ann, FRAME_TEXT, "join books");
    expect(&ann, "here Ann", 0);
    join(&zoe, "Zo%C3%AB");
    expect(&zoe, "hello Zo\xc3\xab", 0);
    send_frame(&zoe, FRAME_TEXT, "join books");
    expect(&zoe, "here Ann", 0);
    expect(&zoe, "here Zo\xc3\xab", 0);
    expect(&ann, "joined Zo\xc3\xab", 0);
    send_frame(&zoe, FRAME_TEXT, "typing");
    expect(&ann, "typing Zo\xc3\xab", 0);
    send_frame(&zoe, FRAME_TEXT, "say hello, Ann");
    expect(&ann, "said Zo\xc3\xab hello, Ann", 0);
    expect(&zoe, "said Zo\xc3\xab hello, Ann", 0); /* not its own typing */
    disconnect(&zoe);
    expect(&ann, "left Zo\xc3\xab", 0);
    disconnect(&ann);
    stop();
}

/* RFC 6455 §7.4.1: 1003, 1008, 1009. */
static void a_wrong_message_closes_the_connection(void) {
    static char longest[2002];
    struct client ann, ben;
    start(NULL);
    join(&ann, "Ann");
    expect(&ann, "hello Ann", 0);
    send_frame(&ann, FRAME_TEXT, "join music");
    expect(&ann, "here Ann", 0);
    for (int i = 0; i < 3; i++) {
        static const unsigned codes[] = {1003, 1008, 1009};
        join(&ben, "Ben");
        expect(&ben, "hello Ben", 0);
        memset(longest, 'x', sizeof longest - 1);
        send_frame(&ben, i == 0 ? FRAME_BINARY : FRAME_TEXT,
                   i == 2 ? longest : "nonsense");
        expect(&ben, "", codes[i]);
        disconnect(&ben);
    }
    memcpy(longest, "say ", 4);
    longest[2000] = '\0'; /* as long as a line may be */
    send_frame(&ann, FRAME_TEXT, longest);
    memmove(longest + 9, longest + 4, 1900);
    memcpy(longest, "said Ann ", 9);
    struct conn_event e = {.type = CONN_PONG};
    while (buf_view(&ann.in).len < 2000) receive(&ann);
    struct span in = buf_view(&ann.in);
    UNIT_TRUE(conn_next(&ann.conn, &in, &e, &out));
    UNIT_INT(e.payload.len, 2000 - 4 + 9);
    UNIT_INT(memcmp(e.payload.data, longest, 1000), 0);
    disconnect(&ann);
    stop();
}

/* RFC 6455 §7.4.1: 1001 */
static void the_server_says_that_it_goes_away(void) {
    struct client ann;
    start(NULL);
    join(&ann, "Ann");
    expect(&ann, "hello Ann", 0);
    kill(pid, SIGTERM);
    expect(&ann, "", 1001);
    UNIT_INT(io_send_all(ann.fd, out.bytes, out.end), 0); /* its close frame */
    stop();
    disconnect(&ann);
}

/* --- a client that does not read --- */

static void run_slow_reader(void) {
    char path[PATH_MAX], command[PATH_MAX + 40];
    program_path(path, "slow_reader");
    snprintf(command, sizeof command, "%s 127.0.0.1:%s 2>&1", path, port);
    FILE *f = popen(command, "r");
    if (!f) abort();
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    UNIT_INT(pclose(f), 0);
}

static unsigned number_after(const char *label) {
    const char *at = strstr(text, label);
    return at ? (unsigned)strtoul(at + strlen(label), NULL, 10) : 0;
}

/* The server closes Ben with 1008, after all that it sent to him before. */
static void a_client_that_does_not_read_is_closed(void) {
    start(NULL);
    run_slow_reader();
    unsigned said = number_after("Ann says "), read = number_after("reads: ");
    UNIT_TRUE(strstr(text, "\nThen Cat gets: left Ben\n") != NULL);
    UNIT_TRUE(strstr(text, ", and a close frame: 1008\n") != NULL);
    UNIT_TRUE(said > LIMIT_WS_MESSAGE / 8 / 1896 && said < 20000);
    UNIT_TRUE(read > 0 && read <= said && said - read <= 2);
    stop();
}

static void without_a_bound_the_memory_grows(void) {
    start("--break");
    run_slow_reader();
    UNIT_INT(number_after("Ann says "), 20000);
    UNIT_INT(number_after("reads: "), 20000);
    UNIT_TRUE(strstr(text, "\nBen is still there.\n") != NULL);
    stop();
    /* 20 000 lines are 38 MB. The kernels keep some of that; Linux, 10 MB. */
    UNIT_TRUE(number_after("What you saw: ") > 10000000);
    UNIT_TRUE(
        strstr(text, " bytes kept for one client; this process grew by ") !=
        NULL);
    UNIT_TRUE(number_after("grew by ") > 1000);
}

UNIT_MAIN("chat", UNIT_TEST(one_port_has_the_files_of_the_page),
          UNIT_TEST(a_login_sets_the_cookie),
          UNIT_TEST(only_its_own_page_may_open_a_websocket),
          UNIT_TEST(two_clients_talk),
          UNIT_TEST(a_wrong_message_closes_the_connection),
          UNIT_TEST(the_server_says_that_it_goes_away),
          UNIT_TEST(a_client_that_does_not_read_is_closed),
          UNIT_TEST(without_a_bound_the_memory_grows))
