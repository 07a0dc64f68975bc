/*
 * hostile_test.c: what a server may do to the clients 409 and 507
 *
 * Each row is a server that does one wrong thing, and the line that the client
 * must print. All of them run side by side. A client ends with status 1 and
 * that one line, in limited time and memory, whatever the server does.
 */
#define _DEFAULT_SOURCE /* wait4 */
#include "packets/unit.h"
#include "websocket/handshake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    ANSWER_MS = 400, /* --timeout of the clients */
    MAX_MS = 15000,  /* that a client may take; sanitizers are slow */
    MAX_KIB = 40960, /* of memory; a client of its own takes 4 MiB */
};

enum client {
    C409,
    C507,
    POLLING
}; /* POLLING: 507 --transport polling */
enum begin {
    RAW,
    HEAD,
    UPGRADE
}; /* then bytes; after a head; after a 101 */
enum end {
    HOLD,
    CLOSE,
    RESET,
    REPEAT,
    DRIP
};

/* A sanitizer keeps much more memory; elsewhere than on Linux the unit of
 * ru_maxrss is another. */
#if !defined __linux__ || defined __SANITIZE_ADDRESS__
#define COUNTS_KIB false
#elif defined __has_feature
#define COUNTS_KIB !__has_feature(address_sanitizer)
#else
#define COUNTS_KIB true
#endif

struct row {
    enum client client;
    const char *name;
    enum begin begin;
    enum end end;
    const char *bytes; /* no NUL in them */
    const char *expected;
};

#define F(n, text) "\x81" n text /* a frame of less than 126 bytes */
#define OPEN                                                                   \
    F("\x3f", "0{\"sid\":\"a\",\"upgrades\":[],\"pingInterval\":300,"          \
              "\"pingTimeout\":200}")
#define JOINED OPEN F("\x0d", "40{\"sid\":\"b\"}")
#define TIMED_OUT "the server did not answer in time"
#define OK200(n) "HTTP/1.1 200 OK\r\nContent-Length: " n "\r\n\r\n"
#define POLLED(n, text) OK200(n) text
#define STRAY "not a packet that is expected here"

static const struct row rows[] = {
    /* before HTTP */
    {C409, "silent after accept", RAW, HOLD, "", TIMED_OUT},
    {C507, "silent after accept", RAW, HOLD, "", TIMED_OUT},
    {POLLING, "silent after accept", RAW, HOLD, "", TIMED_OUT},
    {C409, "closes at once", RAW, CLOSE, "", "before it had responded"},
    {C507, "closes at once", RAW, CLOSE, "", "before it had responded"},
    {POLLING, "closes at once", RAW, CLOSE, "", "before it had responded"},
    {C409, "resets at once", HEAD, RESET, "", ""},
    {C507, "resets at once", HEAD, RESET, "", "the connection is lost"},
    {C507, "another protocol", RAW, HOLD, "SSH-2.0-OpenSSH_9\r\n",
     "the response is not HTTP"},
    /* the head of the response */
    {C409, "endless fields", HEAD, REPEAT, "HTTP/1.1 101 X\r\nA: b\r\n",
     "the response is not HTTP"},
    {POLLING, "endless line", HEAD, REPEAT, "HHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHH",
     "the head of the response is too long"},
    {C409, "a byte now and then", HEAD, DRIP, "HTTP/1.1 101", TIMED_OUT},
    {C507, "a byte now and then", HEAD, DRIP, "HTTP/1.1 101", TIMED_OUT},
    {POLLING, "a byte now and then", HEAD, DRIP, "HTTP/1.1 200", TIMED_OUT},
    {C409, "wrong accept", HEAD, HOLD,
     "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
     "Sec-WebSocket-Accept: AAAA\r\n\r\n",
     "Sec-WebSocket-Accept does not belong to our key"},
    {C507, "redirect", HEAD, HOLD,
     "HTTP/1.1 302 Found\r\nLocation: http://evil/\r\n"
     "Content-Length: 0\r\n\r\n",
     "refused, status 302"},
    {POLLING, "redirect", HEAD, HOLD,
     "HTTP/1.1 302 Found\r\nLocation: http://evil/\r\n"
     "Content-Length: 0\r\n\r\n",
     "refused, status 302"},
    {POLLING, "100 Continue without end", HEAD, REPEAT,
     "HTTP/1.1 100 Continue\r\n\r\n", "too many responses"},
    {POLLING, "101 unasked", HEAD, HOLD, "HTTP/1.1 101 X\r\n\r\n",
     "too many responses"},
    /* the content */
    {POLLING, "9 MB announced", HEAD, HOLD, OK200("9000000"),
     "the response is too long"},
    {POLLING, "endless content", HEAD, REPEAT,
     "HTTP/1.1 200 OK\r\n\r\n________________________________", "too long"},
    {POLLING, "an empty payload", HEAD, HOLD, OK200("0"), "an empty payload"},
    {POLLING, "400 with words", HEAD, HOLD,
     "HTTP/1.1 400 X\r\nContent-Length: 10\r\n\r\n{\"code\":1}",
     "refused, status 400: {\"code\":1}"},
    {POLLING, "more than a response", HEAD, HOLD,
     "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1more",
     "the server closed the session"},
    {POLLING, "base64 that is none", HEAD, HOLD, POLLED("3", "b=="),
     "not a payload"},
    {POLLING, "no more after the open packet", HEAD, HOLD,
     POLLED("63", "0{\"sid\":\"a\",\"upgrades\":[],\"pingInterval\":300,"
                  "\"pingTimeout\":200}"),
     "the server"},
    /* WebSocket */
    {C409, "2^62 bytes announced", UPGRADE, HOLD,
     "\x82\x7f\x3f\xff\xff\xff\xff\xff\xff\xff", "code 1009"},
    {C507, "length over 2^63", UPGRADE, HOLD,
     "\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", "code 1002"},
    {C409, "masked frame", UPGRADE, HOLD, "\x81\x81keyyx", "code 1002"},
    {C507, "reserved opcode", UPGRADE, HOLD, "\x83", "code 1002"},
    {C409, "RSV1 without an extension", UPGRADE, HOLD, "\xc1", "code 1002"},
    {C409, "not UTF-8", UPGRADE, HOLD, "\x81\x02\xff\xfe", "code 1007"},
    {C507, "not UTF-8", UPGRADE, HOLD, "\x81\x02\xff\xfe", "code 1007"},
    {C409, "continuation of nothing", UPGRADE, HOLD, "\x80\x01x", "code 1002"},
    {C409, "endless fragments", UPGRADE, REPEAT, "\x01\x01x", "code 1002"},
    {C409, "ends in a frame", UPGRADE, CLOSE, "\x81\x7ehe",
     "without a close frame"},
    {C507, "ends without a close", UPGRADE, CLOSE, OPEN,
     "without a close frame"},
    {C409, "ping flood", UPGRADE, REPEAT, "\x89\x01p", TIMED_OUT},
    {C507, "ping flood before it is open", UPGRADE, REPEAT, "\x89\x01p",
     TIMED_OUT},
    {C409, "escapes in the reason", UPGRADE, HOLD, "\x88\x05\x03\xf0\x1b[2J",
     "code 1008"},
    {C507, "close code that is none", UPGRADE, HOLD, "\x88\x02\x03\xed",
     "code 1002"},
    /* Engine.IO */
    {C507, "connects before it opens", UPGRADE, HOLD,
     F("\x0d", "40{\"sid\":\"b\"}"), STRAY},
    {C507, "no numbers", UPGRADE, HOLD, F("\x0c", "0{\"sid\":\"a\"}"),
     "not an open packet"},
    {C507, "an interval of 1e99 ms", UPGRADE, HOLD,
     F("\x30", "0{\"sid\":\"a\",\"pingInterval\":1e99,\"pingTimeout\":1}"),
     "not an open packet"},
    {POLLING, "a line end in the session id", HEAD, HOLD,
     POLLED("54", "0{\"sid\":\"a\\r\\nX\",\"pingInterval\":1,"
                  "\"pingTimeout\":1}    "),
     "not an open packet"},
    {C507, "binary instead", UPGRADE, HOLD,
     "\x82\x03"
     "0{}",
     STRAY},
    {C507, "two open packets", UPGRADE, HOLD, OPEN OPEN, STRAY},
    {C507, "silent after the open packet", UPGRADE, HOLD, OPEN,
     "the server did not answer the CONNECT"},
    {C507, "no ping", UPGRADE, HOLD,
     F("\x3c", "0{\"sid\":\"a\",\"upgrades\":[],\"pingInterval\":50,"
               "\"pingTimeout\":9}"),
     "the server has not pinged in time"},
    {C507, "pings for ever", UPGRADE, REPEAT,
     OPEN "\x81\x01"
          "2",
     ""},
    {C507, "closes the session", UPGRADE, HOLD, OPEN F("\x01", "1"),
     "the server closed the session"},
    /* Socket.IO */
    {C507, "refuses", UPGRADE, HOLD, OPEN F("\x12", "44{\"message\":\"no\"}"),
     "refused: {\"message\":\"no\"}"},
    {C507, "not JSON", UPGRADE, HOLD, OPEN F("\x04", "4[]{"), "not Socket.IO"},
    {C507, "a type that is none", UPGRADE, HOLD, OPEN F("\x02", "49"),
     "not Socket.IO"},
    {C507, "an ack too early", UPGRADE, HOLD, OPEN F("\x05", "430[]"), STRAY},
    {C507, "never replies", UPGRADE, HOLD, JOINED, "the server"},
    {C507, "puts the client out", UPGRADE, HOLD, JOINED F("\x02", "41"),
     "disconnected by the server"},
    {C507, "connects twice", UPGRADE, HOLD, JOINED F("\x04", "40{}"), STRAY},
    {C507, "an attachment of nothing", UPGRADE, HOLD, JOINED "\x82\x01x",
     "an attachment without its packet"},
    {C507, "text instead of an attachment", UPGRADE, HOLD,
     JOINED F("\x27", "451-[\"e\",{\"_placeholder\":true,\"num\":0}]")
         F("\x07", "42[\"f\"]"),
     "an attachment is missing"},
    {C507, "11 attachments", UPGRADE, HOLD, JOINED F("\x09", "4511-[\"\"]"),
     "not Socket.IO"},
};

#define COUNT (sizeof rows / sizeof *rows)

static struct run {
    int listener, errors, status;
    pid_t server, client;
    char text[1000];
    long kib, ms;
} runs[COUNT];

static long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void nap(void) {
    poll(NULL, 0, 20);
}

/* Reads a request head, and answers it with a 101 if that is how it begins. */
static void begin(const struct row *r, int fd) {
    struct buf head = {.max = LIMIT_HTTP_HEAD}, out = {.max = 1000};
    struct http_head request;
    int size = 0;
    for (char byte; r->begin != RAW && size == 0;) {
        if (recv(fd, &byte, 1, 0) != 1) _exit(0);
        buf_append(&head, &byte, 1);
        if (byte == '\n') size = http_request(&request, buf_view(&head), 0);
    }
    if (r->begin == UPGRADE && handshake_respond(&out, &request, 101, NULL))
        send(fd, out.bytes, out.end, MSG_NOSIGNAL);
    buf_free(&head);
    buf_free(&out);
}

/* One connection to the server of a row. */
static _Noreturn void serve(const struct row *r, int fd) {
    size_t n = strlen(r->bytes);
    char byte;
    begin(r, fd);
    if (n > 0 && send(fd, r->bytes, n, MSG_NOSIGNAL) == -1) _exit(0);
    struct linger reset = {1, 0};
    if (r->end == RESET)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    if (r->end == REPEAT) {
        static char much[65536];
        size_t tail = strcmp(r->name, "pings for ever") == 0 ? 3 : n, all = 0;
        if (r->bytes[n - 1] == '_') tail = 1;
        while (all + tail <= sizeof much) {
            memcpy(much + all, r->bytes + n - tail, tail);
            all += tail;
        }
        while (send(fd, much, all, MSG_NOSIGNAL) > 0) continue;
    }
    while (r->end == DRIP && send(fd, " ", 1, MSG_NOSIGNAL) == 1) nap();
    if (r->end == CLOSE) shutdown(fd, SHUT_WR);
    while ((r->end == HOLD || r->end == CLOSE) && recv(fd, &byte, 1, 0) == 1)
        continue;
    _exit(0);
}

static void start_server(const struct row *r, struct run *run) {
    run->server = fork();
    if (run->server != 0) return;
    for (;;) {
        int fd = accept(run->listener, NULL, NULL);
        if (fd == -1) _exit(0);
        if (fork() == 0) serve(r, fd);
        close(fd);
    }
}

static void start_client(const struct row *r, struct run *run, unsigned port) {
    int ends[2];
    char path[500], url[80], ms[20];
    const char *bin = getenv("BIN");
    bool is_409 = r->client == C409;
    snprintf(path, sizeof path, "%s/%s", bin ? bin : "bin",
             is_409 ? "409_echo_client" : "507_echo_client");
    snprintf(url, sizeof url,
             is_409 ? "ws://127.0.0.1:%u/" : "http://127.0.0.1:%u", port);
    /* Where a limit is to end it, the machine may be slow to reach that. */
    bool is_limited = r->end == REPEAT && !strstr(r->expected, "in time");
    snprintf(ms, sizeof ms, "%d", is_limited ? MAX_MS / 2 : ANSWER_MS);
    if (pipe(ends) != 0) abort();
    run->client = fork();
    if (run->client == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        if (r->client == POLLING)
            execl(path, path, "--timeout", ms, "--transport", "polling", url,
                  "hello", (char *)NULL);
        execl(path, path, "--timeout", ms, url, "hello", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    run->errors = ends[0];
}

static void start(const struct row *r, struct run *run) {
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    run->listener = socket(AF_INET, SOCK_STREAM, 0);
    UNIT_INT(bind(run->listener, (struct sockaddr *)&at, sizeof at), 0);
    UNIT_INT(listen(run->listener, 8), 0);
    UNIT_INT(getsockname(run->listener, (struct sockaddr *)&at, &n), 0);
    start_server(r, run);
    start_client(r, run, ntohs(at.sin_port));
}

static bool is_running(struct run *run, long begin) {
    struct rusage usage;
    if (run->client == 0) return false;
    pid_t got = wait4(run->client, &run->status, WNOHANG, &usage);
    if (got == 0 && now_ms() - begin < MAX_MS) return true;
    if (got == 0) kill(run->client, SIGKILL);
    if (got == 0) waitpid(run->client, &run->status, 0);
    run->ms = now_ms() - begin;
    run->kib = usage.ru_maxrss;
    run->client = 0;
    kill(run->server, SIGKILL);
    waitpid(run->server, NULL, 0);
    return false;
}

static void judge(const struct row *r, struct run *run) {
    char name[100];
    ssize_t n = read(run->errors, run->text, sizeof run->text - 1);
    run->text[n > 0 ? n : 0] = '\0';
    bool is_one_line =
        n > 0 && strchr(run->text, '\n') == run->text + strlen(run->text) - 1;
    bool is_good = WIFEXITED(run->status) && WEXITSTATUS(run->status) == 1 &&
                   is_one_line && strstr(run->text, r->expected);
    snprintf(name, sizeof name, "%d %s: status %d, %ld ms, %ld KiB, %.40s",
             r->client, r->name, run->status, run->ms, run->kib, run->text);
    unit_report(is_good, name, __LINE__, __FILE__);
    if (COUNTS_KIB) UNIT_TRUE(run->kib < MAX_KIB);
    close(run->errors);
    close(run->listener);
}

static void every_server_gets_one_line_in_time(void) {
    long begin_ms = now_ms();
    bool any = true;
    for (size_t i = 0; i < COUNT; i++) start(&rows[i], &runs[i]);
    while (any) {
        any = false;
        for (size_t i = 0; i < COUNT; i++)
            any = is_running(&runs[i], begin_ms) || any;
        nap();
    }
    for (size_t i = 0; i < COUNT; i++) judge(&rows[i], &runs[i]);
}

UNIT_MAIN("hostile", UNIT_TEST(every_server_gets_one_line_in_time))
