/*
 * 312_session.c: a session that outlives its connections
 *
 * Shows       The server keeps a session, and a token names it. A client that
 *             lost its connection resumes: nothing is lost or done twice.
 * By hand     The token, resuming, and the reply that the session keeps.
 * Calls       tcp/pair.h (connections), tcp/io.h (random bytes), tcp/options.h
 * Run         $ bin/312_session
 *             $ bin/312_session --break
 * Try         $ bin/312_session --ask --seed 7
 * Limits      No TLS and no password; one session, which never ends: 503.
 * Read        RFC 6265 §8.4 (session identifiers), RFC 4086 §2 (randomness)
 */
#include "tcp/io.h"
#include "tcp/options.h"
#include "tcp/pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT 64  /* bytes; no line of this protocol is longer */
#define CLIENT 0 /* the two sides: their ends, and their columns */
#define SERVER 1
#define CUT_LATE 1  /* the command is done, and its reply gets lost */
#define CUT_EARLY 2 /* half of the command arrives */
static const char *const fates[] = {"", " (cut late)", " (cut early)"};

/* What the server keeps: nothing about a connection. */
static struct session {
    char token[33];   /* 16 random bytes in hexadecimal */
    int coins, done;  /* done: the number of the last command */
    char reply[TEXT]; /* to the last command */
} session = {.coins = 100};

static int ends[2]; /* both ends of the current connection */
static bool is_known, is_broken, is_asking; /* known: it has shown the token */

static void show(int side, const char *text, const char *note) {
    if (side == CLIENT || !is_asking)
        printf("%*s%s%s\n", side * 32, "", text, note);
}

/* The server: a new session. Its token comes from the system's random source,
 * so nobody can guess it, not even from all earlier tokens. */
static void log_in(char *reply) {
    uint8_t bytes[16];
    check(io_random(bytes, sizeof bytes) == 0, "random");
    for (size_t i = 0; i < 16; i++)
        snprintf(session.token + 2 * i, 3, "%02x", bytes[i]);
    snprintf(reply, TEXT, "TOKEN %s", session.token);
    is_known = true;
}

/* The server: does a command, and keeps its number and its reply. */
static void pay(int number, int coins) {
    session.done = number;
    session.coins -= coins;
    snprintf(session.reply, TEXT, "%d OK, %d left", number, session.coins);
}

/* The server: handles a line and writes the reply. If the client repeats the
 * last command, the server only repeats its reply. */
static void handle(const char *line, char *reply) {
    char token[TEXT];
    const char *verb = strstr(line, " PAY ");
    snprintf(reply, TEXT, "REFUSED");
    if (strcmp(line, "LOGIN ada\n") == 0) {
        log_in(reply);
    } else if (sscanf(line, "RESUME %63s", token) == 1) {
        is_known = strcmp(token, session.token) == 0;
        if (is_known) snprintf(reply, TEXT, "RESUMED");
    } else if (is_known && verb) {
        int number = (int)strtol(line, NULL, 10);
        if (number == session.done && !is_broken)
            show(SERVER, "done before, so only", "");
        else
            pay(number, (int)strtol(verb + 5, NULL, 10));
        snprintf(reply, TEXT, "%s", session.reply);
    }
}

/* Sends a line and receives the reply. Returns false if the connection was cut:
 * the client cannot see whether the server has handled the line. */
static bool request(const char *line, unsigned fate, char *reply) {
    char sent[TEXT], arrived[TEXT];
    int n = snprintf(sent, TEXT, "%s\n", line);
    if (fate == CUT_EARLY) sent[n / 2] = '\0';
    show(CLIENT, line, fates[fate]);
    pair_transfer(ends[CLIENT], ends[SERVER], sent, arrived);
    if (fate) close(ends[CLIENT]);
    if (fate == CUT_EARLY) {
        check(io_recv(ends[SERVER], sent, 1) == 0, "end");
        show(SERVER, arrived, ", then EOF: dropped");
    } else {
        handle(arrived, sent);
        show(SERVER, sent, fate ? " (lost)" : "");
        check(io_send_all(ends[SERVER], sent, strlen(sent)) == 0, "send");
    }
    if (fate) close(ends[SERVER]);
    return !fate && io_recv_all(ends[CLIENT], reply, strlen(sent)) > 0;
}

/* Opens a connection, which the server does not know yet. Sends a line. */
static void connect_as(const char *name, const char *line, char *reply) {
    check(pair_open(ends) == 0, "pair_open");
    is_known = false;
    show(CLIENT, name, " connects");
    request(line, 0, reply);
}

int main(int argc, char **argv) {
    char token[TEXT], reply[TEXT] = "", line[TEXT];
    uint32_t seed = 16;
    const struct option_row options[] = {
        OPTION_NUMBER("--seed", "N", "of the cuts", &seed, 0, 1 << 30),
        OPTION_FLAG("--ask", "keep the server's side back", &is_asking),
        OPTION_FLAG("--break", "do again what is sent again", &is_broken),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;

    connect_as("Ada", "LOGIN ada", reply);
    snprintf(token, TEXT, "RESUME %.32s", reply + strlen("TOKEN "));
    for (int number = 1; number <= 3;) {
        seed = seed * 1664525 + 1013904223; /* half of the tries are cut */
        snprintf(line, TEXT, "%d PAY 10", number);
        bool is_done = request(line, (seed >> 30) % 3, reply);
        if (!is_done) connect_as("Ada", token, reply);
        number += is_done;
    }
    connect_as("a stranger", "RESUME 1", reply);
    if (is_asking)
        puts("How many coins has Ada at the end? And with --break?");
    else
        printf("What you saw: 3 times 10 coins, paid: %d.\n",
               100 - session.coins);
}
