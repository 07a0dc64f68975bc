/*
 * 205_one_to_many.c: one UDP socket, many peers, and a stranger
 *
 * Shows       One client socket asks three servers. All of them see one port.
 *             Replies arrive in any order, and a stranger can send to that port
 *             as well.
 * By hand     The comparison of senders; connect, which lets the kernel do it.
 * Calls       udp/endpoint.h, tcp/pair.h (check), tcp/options.h
 * Run         $ bin/205_one_to_many
 *             $ bin/205_one_to_many --break
 * Try         Let server A take 9 turns. Does any other reply arrive later?
 * Limits      A sender's address can be forged: udp/211_forged.c. The client
 *             has no time limit for a server: udp/202_echo_client.c.
 * Read        RFC 5452 §9.1 (which replies to accept); udp(7), connect(2)
 */
#include "tcp/options.h"
#include "tcp/pair.h"
#include "udp/endpoint.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define SERVERS 3
#define TURN_OF_STRANGER 2
#define SILENCE_MS 100 /* when nothing arrives in this time, nothing will */

struct server {
    char name;
    int turns; /* until its reply is ready */
    int fd;
    struct endpoint self, client;
    bool has_replied; /* as the client sees it */
};

static struct server servers[SERVERS] = {
    {.name = 'A', .turns = 3},
    {.name = 'B', .turns = 4},
    {.name = 'C', .turns = 1},
};
static int client, stranger;
static struct endpoint client_self, stranger_self;

static int open_here(struct endpoint *self) {
    int fd = endpoint_bind("127.0.0.1", 0, self);
    check(fd != -1, "endpoint_bind");
    return fd;
}

/* The same socket sends to each server: the destination is an argument. */
static void ask_all(void) {
    char text[16], name[ENDPOINT_NAME_MAX];
    int same = 0;
    for (struct server *s = servers; s < servers + SERVERS; s++) {
        check(endpoint_sendto(client, "price?", 6, &s->self) == 6, "sendto");
        check(endpoint_recvfrom(s->fd, text, sizeof text, &s->client) == 6,
              "recvfrom");
        printf("%s asks %c", endpoint_name(&s->client, name), s->name);
        printf(" at %s\n", endpoint_name(&s->self, name));
        same += endpoint_equal(&s->client, &client_self);
    }
    printf("one source for all three: %s\n", same == SERVERS ? "yes" : "no");
}

/* The text does not prove whose it is. Address and port have to be those of a
 * server that was asked. */
static struct server *find_server(const struct endpoint *from) {
    for (struct server *s = servers; s < servers + SERVERS; s++)
        if (endpoint_equal(&s->self, from)) return s;
    return NULL;
}

/* Receives one datagram. Returns whether the client counts it as a reply. */
static bool receive_reply(bool is_broken) {
    char text[16];
    struct endpoint from;
    ssize_t n = endpoint_recvfrom(client, text, sizeof text, &from);
    check(n != -1, "recvfrom");
    struct server *s = find_server(&from);
    bool is_reply = is_broken || (s && !s->has_replied);
    printf("  %.*s, from %s: %s\n", (int)n, text,
           s ? "a server that was asked" : "a stranger",
           is_reply ? "believed" : "refused");
    if (s) s->has_replied = true;
    return is_reply;
}

/* Turn by turn, the servers work at their replies. The client does not wait for
 * one of them: it accepts each datagram that arrives. */
static void collect(bool is_broken) {
    int replies = 0;
    for (int turn = 1; replies < SERVERS; turn++) {
        if (turn == TURN_OF_STRANGER) {
            endpoint_sendto(stranger, "B: 1", 4, &client_self);
            replies += receive_reply(is_broken);
        }
        for (int i = 0; i < SERVERS && replies < SERVERS; i++) {
            char reply[16];
            if (servers[i].turns != turn) continue;
            snprintf(reply, sizeof reply, "%c: 10", servers[i].name);
            endpoint_sendto(servers[i].fd, reply, 5, &servers[i].client);
            replies += receive_reply(is_broken);
        }
    }
}

/* The other way: the kernel compares senders, and drops what others send. */
static void connect_to(const struct server *s) {
    int arrived = 0;
    struct endpoint from;
    char text[16];
    check(connect(client, &s->self.address.any, s->self.size) == 0, "connect");
    endpoint_sendto(stranger, "B: 1", 4, &client_self);
    for (int i = 0; i < SERVERS; i++)
        endpoint_sendto(servers[i].fd, "again", 5, &client_self);
    for (; endpoint_wait(client, SILENCE_MS); arrived++) {
        endpoint_recvfrom(client, text, sizeof text, &from);
        if (!endpoint_equal(&from, &s->self)) die("from another peer");
    }
    printf("connected to %c: four send, %d arrives\n", s->name, arrived);
}

int main(int argc, char **argv) {
    bool is_broken = false;
    int status = options_experiment(argc, argv, "believe everyone", &is_broken);
    if (status != -1) return status;
    client = open_here(&client_self);
    stranger = open_here(&stranger_self);
    for (int i = 0; i < SERVERS; i++)
        servers[i].fd = open_here(&servers[i].self);
    ask_all();
    collect(is_broken);
    for (int i = 0; i < 2 && !is_broken; i++) connect_to(&servers[i]);
    puts(is_broken
             ? "What you saw: three replies were counted; one of them was "
               "a stranger's, and B's real one was never read."
             : "What you saw: one socket had three peers; only the "
               "sender's address told whose reply it was.");
    return 0;
}
