/* nameserver_test.c: udp/nameserver.h at a socket of the loopback interface */
#include "packets/unit.h"
#include "tcp/calls_unit.h"
#include "tcp/trace.h"
#include "udp/endpoint.h"
#include "udp/nameserver.h"

#include <poll.h>
#include <sys/socket.h>

UNIT_CALL(ssize_t, -1, sendto,
          (int fd, const void *bytes, size_t n, int flags,
           const struct sockaddr *to, socklen_t size),
          (fd, bytes, n, flags, to, size))
UNIT_CALL(int, -1, socket, (int family, int type, int protocol),
          (family, type, protocol))
UNIT_CALL(ssize_t, -1, recvmsg, (int fd, struct msghdr *message, int flags),
          (fd, message, flags))

static const uint8_t QUERY[] = "\xab\xcd\1\0\0\1\0\0\0\0\0\0" /* RD */
                               "\3www\7example\0\0\1\0";      /* and a 1 */

static int server, client;
static struct endpoint server_self, client_self;
static struct dns_message m;

static void open_both(const char *host) {
    server = endpoint_bind(host, 0, &server_self);
    client = endpoint_bind(host, 0, &client_self);
    UNIT_TRUE(server != -1 && client != -1);
}

static void close_both(void) {
    close(server);
    close(client);
}

static bool is_rd = true; /* RD in the query: recursion is desired */

static void send_query(size_t n) {
    uint8_t bytes[600] = {0};
    memcpy(bytes, QUERY, sizeof QUERY - 1);
    bytes[2] = is_rd;
    bytes[sizeof QUERY - 1] = DNS_IN;
    UNIT_INT(endpoint_sendto(client, bytes, n, &server_self), n);
}

/* Receives a reply into m: does it come from the server? */
static struct endpoint from;
static bool receive(void) {
    static uint8_t bytes[600]; /* m borrows from it */
    ssize_t n = endpoint_recvfrom(client, bytes, sizeof bytes, &from);
    UNIT_TRUE(n > 0);
    UNIT_INT(dns_parse((struct span){bytes, (size_t)n}, &m), n);
    UNIT_TRUE(m.is_response);
    return endpoint_equal(&from, &server_self);
}

static void answer_is(const char *expected) {
    char text[ADDRESS_TEXT_MAX];
    const struct dns_record *r = dns_answer(&m);
    UNIT_TRUE(r != NULL);
    if (!r) return;
    address_text(&r->address, text);
    UNIT_TEXT(text, strlen(text), expected);
}

/* A name may have many addresses, and each a time to live of one minute. */
static void the_example_has_the_names_of_the_lesson(void) {
    struct dns_name name;
    uint8_t bytes[300] = "\xab\xcd\1\0\0\1\0\0\0\0\0\0";
    static const struct {
        const char *name;
        int type, count;
        bool is_truncated;
    } rows[] = {{"host.example", DNS_A, 1, false},
                {"host.example", DNS_AAAA, 1, false},
                {"www.example", DNS_A, 2, false}, /* CNAME, and its A */
                {"none.example", DNS_A, 0, false},
                {"many.example", DNS_A, 0, true}};
    open_both("127.0.0.1");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        UNIT_INT(dns_name_from(&name, rows[i].name), 0);
        memcpy(bytes + DNS_HEADER, name.bytes, name.len);
        size_t n = DNS_HEADER + name.len;
        bytes[n + 1] = (uint8_t)rows[i].type;
        bytes[n + 3] = DNS_IN;
        bytes[n] = bytes[n + 2] = 0;
        UNIT_INT(endpoint_sendto(client, bytes, n + 4, &server_self), n + 4);
        UNIT_INT(nameserver_answer(server, &NAMESERVER_EXAMPLE, false), 0);
        UNIT_TRUE(receive());
        UNIT_INT(m.is_truncated, rows[i].is_truncated);
        if (m.is_truncated) continue;
        UNIT_INT(m.counts[DNS_ANSWERS], rows[i].count);
        for (int k = 0; k < rows[i].count; k++) UNIT_INT(m.records[k].ttl, 60);
    }
    close_both();
}

static void answers_a_query(void) {
    open_both("127.0.0.1");
    send_query(29);
    UNIT_INT(nameserver_answer(server, &NAMESERVER_EXAMPLE, false), 0);
    UNIT_TRUE(receive());
    UNIT_INT(m.id, 0xabcd);
    answer_is("192.0.2.10");
    UNIT_FALSE(endpoint_wait(client, 0));
    close_both();
}

/* Half a header, and a query that is too long; then a query gets a reply. */
static void survives_invalid_queries(void) {
    open_both("127.0.0.1");
    send_query(5);
    UNIT_INT(nameserver_answer(server, &NAMESERVER_EXAMPLE, true), 0);
    send_query(513);
    UNIT_INT(nameserver_answer(server, &NAMESERVER_EXAMPLE, true), -1);
    UNIT_FALSE(endpoint_wait(client, 0));
    send_query(512); /* has no space for a forged record */
    errno = 0;
    UNIT_INT(nameserver_answer(server, &NAMESERVER_EXAMPLE, true), -1);
    UNIT_INT(errno, EMSGSIZE);
    UNIT_FALSE(endpoint_wait(client, 0));
    send_query(29);
    UNIT_INT(nameserver_answer(server, &NAMESERVER_EXAMPLE, false), 0);
    UNIT_TRUE(receive());
    close_both();
}

/* The socket is that of the first forged reply. Three of these are sent, then
 * the true reply. */
static void reports_calls_that_fail(void) {
    static const struct {
        const char *call;
        int number;
    } calls[] = {{"socket", 1}, {"sendto", 1}, {"sendto", 2},
                 {"sendto", 3}, {"sendto", 4}, {"recvmsg", 1}};
    open_both("127.0.0.1");
    int before = count_descriptors();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        send_query(29);
        fail_call(calls[i].call, calls[i].number, EMFILE);
        UNIT_INT(nameserver_answer(server, &NAMESERVER_EXAMPLE, true), -1);
        UNIT_INT(errno, EMFILE);
        UNIT_TRUE(call_has_failed());
        UNIT_INT(count_descriptors(), before);
    }
    close_both();
}

/* Runs nameserver_run in a child: it replies without forged replies, and a
 * signal ends it. */
static void end_by(int number) {
    static char buffer[BUFSIZ];
    char line[100] = "", name[ENDPOINT_NAME_MAX], expected[400], trace[400];
    int out[2], errors[2], status = -1;
    UNIT_INT(pipe(out), 0);
    UNIT_INT(pipe(errors), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(errors[1], STDERR_FILENO);
        close(errors[0]);
        close(errors[1]);
        trace_is_on = true;
        setvbuf(stdout, buffer, _IOFBF, sizeof buffer); /* as a pipe's is */
        nameserver_run("127.0.0.1", 0, &NAMESERVER_EXAMPLE);
        _exit(1);
    }
    close(out[1]);
    close(errors[1]);
    for (size_t n = 0; n < sizeof line - 1 && !strchr(line, '\n'); n++)
        UNIT_INT(read(out[0], line + n, 1), 1);
    UNIT_TRUE(strncmp(line, "listening on 127.0.0.1:", 23) == 0);
    UNIT_INT(line[strlen(line) - 1], '\n');
    unsigned long port = strtoul(line + 23, NULL, 10);
    client = endpoint_bind("127.0.0.1", 0, &client_self);
    endpoint_from(&server_self, "127.0.0.1", (uint16_t)port);
    for (int i = 0; i < 2; i++) {
        send_query(29);
        UNIT_TRUE(receive());
        answer_is("192.0.2.10");
    }
    endpoint_name(&client_self, name);
    int all = snprintf(expected, sizeof expected,
                       "<- %s 29 B\n-> %s 64 B\n<- %s 29 B\n-> %s 64 B\n", name,
                       name, name, name);
    for (int i = 0; i < all; i++) UNIT_INT(read(errors[0], trace + i, 1), 1);
    UNIT_TEXT(trace, (size_t)all, expected);
    close(errors[0]); /* the reader ends, and the server does not */
    for (int i = 0; i < 2; i++) {
        send_query(29);
        UNIT_TRUE(receive());
    }
    UNIT_INT(kill(pid, number), 0);
    UNIT_INT(waitpid(pid, &status, 0), pid);
    UNIT_INT(status, 0);
    close(out[0]);
    close(client);
}

static void runs_until_a_signal_ends_it(void) {
    end_by(SIGINT);
    end_by(SIGTERM);
}

static void listens_only_at_an_address_of_this_machine(void) {
    UNIT_INT(nameserver_run("192.0.2.1", 0, &NAMESERVER_EXAMPLE), -1);
    UNIT_INT(errno, EADDRNOTAVAIL);
}

/* Each forged reply has one fault: so each comparison is needed. */
static void attacks_with_one_fault_at_a_time(void) {
    for (int is_v6 = 0; is_v6 < 2; is_v6++) {
        open_both(is_v6 ? "::1" : "127.0.0.1");
        is_rd = is_v6;
        send_query(29);
        UNIT_INT(nameserver_answer(server, &NAMESERVER_EXAMPLE, true), 0);
        for (int i = 0; i < 3; i++) {
            char name[DNS_TEXT_MAX];
            UNIT_INT(receive(), i != 0);
            /* The kernel has chosen the other port. */
            UNIT_TRUE(i != 0 || ntohs(from.address.in.sin_port) >= 1024);
            UNIT_INT(m.id, i == 1 ? 0xabcc : 0xabcd);
            UNIT_INT(m.recursion_desired, is_rd);
            dns_name_text(&m.question.name, name);
            UNIT_TEXT(name, strlen(name),
                      i == 2 ? "vww.example" : "www.example");
            answer_is("203.0.113.66");
            UNIT_INT(dns_answer(&m)->ttl, 24 * 60 * 60);
        }
        UNIT_TRUE(receive());
        answer_is("192.0.2.10");
        close_both();
    }
}

UNIT_MAIN("udp/nameserver", UNIT_TEST(answers_a_query),
          UNIT_TEST(the_example_has_the_names_of_the_lesson),
          UNIT_TEST(survives_invalid_queries),
          UNIT_TEST(reports_calls_that_fail),
          UNIT_TEST(runs_until_a_signal_ends_it),
          UNIT_TEST(listens_only_at_an_address_of_this_machine),
          UNIT_TEST(attacks_with_one_fault_at_a_time))
