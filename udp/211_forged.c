/*
 * 211_forged.c: a sender's address is only what the packet says
 *
 * Shows       One forged datagram, and two echo servers answer each other. A
 *             few more, and a server sends a victim far more than was asked.
 * By hand     The forgery; a guard that notices the loop; a limit for answers.
 * Calls       udp/endpoint.h, tcp/pair.h (check), tcp/options.h
 * Run         $ bin/211_forged
 *             $ bin/211_forged --break
 * Try         Let PLACES be 5. Do four strangers still beat the guard?
 * Limits      A client that repeats what it got looks like a loop. No server
 *             here validates an address, as QUIC does: RFC 9000 §8.1.
 * Read        RFC 2827 (BCP 38), RFC 5358, RFC 7873 (DNS cookies); raw(7)
 */
#include "tcp/options.h"
#include "tcp/pair.h"
#include "udp/endpoint.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_RETURNS 3  /* how often a peer may send our own answer back */
#define MAX_ANSWERS 20 /* the program ends a loop after so many */
#define STRANGERS 4
#define PLACES 4      /* peers that a guard remembers */
#define LIST_LEN 1200 /* the answer to "list" */
#define SILENCE_MS 50 /* when nothing arrives in this time, nothing will */

struct server { /* 201's two calls, and a guard */
    char name;
    int fd, next;
    struct endpoint self;
    struct { /* the guard's table; a new peer replaces the oldest one */
        struct endpoint peer;
        char answer; /* the last one to this peer: one byte, in this lesson */
        int returns; /* how often in a row the peer has sent it back */
    } seen[PLACES];
};

static int open_here(struct endpoint *self, uint16_t port) {
    int fd = endpoint_bind("127.0.0.1", port, self);
    check(fd != -1, "endpoint_bind");
    return fd;
}

/* Sends datagrams from an address that is another's a moment later: the
 * attacker binds it, sends, and lets go; then its owner binds it. Nothing in
 * the packets shows it. Returns the owner's socket, and its address. */
static int forge(const char *text, int times, const struct endpoint *to,
                 struct endpoint *owner) {
    int attacker = open_here(owner, 0);
    for (int i = 0; i < times; i++)
        check(endpoint_sendto(attacker, text, strlen(text), to) > 0, "send");
    close(attacker);
    return open_here(owner, ntohs(owner->address.in.sin_port));
}

/* Does a peer keep sending back the last answer that it got? An echo server
 * does. A peer that is not in the table is a new one. */
static bool is_echo_loop(struct server *s, const struct endpoint *peer,
                         char byte) {
    int i = 0;
    while (i < PLACES && !endpoint_equal(&s->seen[i].peer, peer)) i++;
    bool is_new = i == PLACES;
    if (is_new) i = s->next++ % PLACES;
    bool is_return = !is_new && s->seen[i].answer == byte;
    s->seen[i].peer = *peer;
    s->seen[i].answer = byte;
    s->seen[i].returns = is_return ? s->seen[i].returns + 1 : 0;
    return s->seen[i].returns >= MAX_RETURNS;
}

/* Echoes one datagram. Returns false if the guard sees a loop. */
static bool answer(struct server *s) {
    char byte;
    struct endpoint peer;
    check(endpoint_recvfrom(s->fd, &byte, 1, &peer) == 1, "recvfrom");
    if (is_echo_loop(s, &peer, byte)) return false;
    return endpoint_sendto(s->fd, &byte, 1, &peer) == 1;
}

/* Each of the strangers asks s something, and s answers. */
static void ask_from_many(struct server *s) {
    static int strangers[STRANGERS];
    static struct endpoint self;
    for (int i = 0; i < STRANGERS; i++) {
        if (strangers[i] == 0) strangers[i] = open_here(&self, 0);
        check(endpoint_sendto(strangers[i], "!", 1, &s->self) == 1, "sendto");
        answer(s);
    }
}

static int loop_two_servers(bool is_broken) {
    static struct server a = {.name = 'A'}, b = {.name = 'B'};
    struct server *s = &b;
    char name[ENDPOINT_NAME_MAX];
    int answers = 0;
    b.fd = open_here(&b.self, 0);
    a.fd = forge("?", 1, &b.self, &a.self);
    printf("A at %s has sent nothing; B gets a datagram from it\n",
           endpoint_name(&a.self, name));
    for (; answers < MAX_ANSWERS && answer(s); s = s == &a ? &b : &a) {
        printf("%s%c", answers++ == 0 ? "who answers: " : " ", s->name);
        if (is_broken) ask_from_many(s);
    }
    printf(answers < MAX_ANSWERS ? "; %c sees a loop\n" : " ...\n", s->name);
    return answers;
}

/* A server answers "list" with LIST_LEN bytes, but never with more than factor
 * times the bytes of the request. Counts what arrives at the victim. */
static void amplify(const char *how, size_t factor) {
    static char list[LIST_LEN];
    struct endpoint self, victim, peer;
    size_t in = 0, out = 0;
    int server = open_here(&self, 0);
    int owner = forge("list", 5, &self, &victim);
    for (; endpoint_wait(server, SILENCE_MS); in += 4) {
        check(endpoint_recvfrom(server, list, LIST_LEN, &peer) == 4, "recv");
        size_t n = 4 * factor < LIST_LEN ? 4 * factor : LIST_LEN;
        check(endpoint_sendto(server, list, n, &peer) != -1, "sendto");
    }
    while (endpoint_wait(owner, SILENCE_MS))
        out += (size_t)endpoint_recvfrom(owner, list, LIST_LEN, &peer);
    printf("%-14s  %zu bytes in, %zu bytes out to the victim, %zu for each\n",
           how, in, out, in ? out / in : 0);
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "fill the table", &is_broken);
    if (status != -1) return status;
    int n = loop_two_servers(is_broken);
    if (!is_broken) amplify("no limit:", LIST_LEN);
    if (!is_broken) amplify("three for one:", 3);
    printf("What you saw: %d answers to one forged datagram%s.\n", n,
           n < MAX_ANSWERS ? ", then silence" : "; the guards forgot A and B");
    return 0;
}
