/*
 * 206_chaos.c: what localhost hides
 *
 * Shows       The loopback delivers each datagram once, in order and intact. On
 *             a network, only a number and a check in it show the faults.
 * By hand     Dice with a seed, and the four faults that they decide.
 * Calls       udp/endpoint.h, packets/checksum.h, check of tcp/pair.h
 * Run         $ bin/206_chaos
 *             $ bin/206_chaos --break
 * Try         $ bin/206_chaos --ask --seed 4
 * Limits      Nobody sends again: udp/207_stop_and_wait.c
 * Read        RFC 768 (Checksum), RFC 8085 §3.3 (what UDP leaves to you)
 */
#include "packets/checksum.h"
#include "tcp/options.h"
#include "tcp/pair.h"
#include "udp/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 20

struct datagram {
    char text[12];  /* "07 pays 20" */
    uint16_t check; /* of the text */
};

#define SENDER 0
#define MIDDLE 1
#define RECEIVER 2
static int fds[3];
static struct endpoint selves[3];
static bool is_trusting, is_asking;  /* --break, --ask */
static const char *fates[COUNT + 1]; /* what the middle did, by number */
static char places[COUNT + 1][40];   /* where each arrived, by number */

static const char LOST[] = "lost", DOUBLED[] = "doubled", LATE[] = "late",
                  CORRUPTED[] = "corrupted", FINE[] = "";
static uint32_t dice = 1;    /* the last throw; in the beginning the seed */
static struct datagram held; /* a late one, while others overtake it */
static int overtakers;       /* that it still waits for; 0: none is held */

/* Each throw follows from the one before it, so the seed decides all of them: a
 * linear congruential generator. Each fault gets 8 of 100 datagrams. */
static const char *throw_dice(void) {
    const char *const faults[] = {LOST, DOUBLED, CORRUPTED, LATE};
    dice = dice * 1664525 + 1013904223;
    uint32_t i = (dice >> 16) % 100 / 8;
    return i < 3 || (i == 3 && overtakers == 0) ? faults[i] : FINE;
}

static void forward(const struct datagram *d) {
    endpoint_sendto(fds[MIDDLE], d, sizeof *d, &selves[RECEIVER]);
}

/* The kernel computes a new UDP checksum for what the middle sends. It is right
 * for the wrong bit, as behind a proxy with broken memory. */
static const char *pass(struct datagram *d) {
    const char *fate = throw_dice();
    if (fate == CORRUPTED) d->text[8] ^= 4; /* one bit of the amount */
    if (fate == DOUBLED) forward(d);
    if (fate != LOST && fate != LATE) forward(d);
    if (overtakers > 0 && --overtakers == 0) forward(&held);
    if (fate == LATE) {
        held = *d;
        overtakers = 2;
    }
    return fate;
}

/* The sum that UDP uses, too. Here the sending program computes it. */
static uint16_t check_of(struct span text) {
    return checksum_of(checksum_add(0, text));
}

static void receive(int end, struct datagram *d) {
    check(recv(fds[end], d, sizeof *d, 0) == sizeof *d, "recv");
}

static void send_all(int to) {
    for (uint8_t i = 1; i <= COUNT; i++) {
        struct datagram d = {.check = 0};
        snprintf(d.text, sizeof d.text, "%02d pays 20", i);
        d.check = check_of(span_from(d.text));
        endpoint_sendto(fds[SENDER], &d, sizeof d, &selves[to]);
        if (to == MIDDLE) receive(MIDDLE, &d);
        if (to == MIDDLE) fates[i] = pass(&d);
    }
    if (overtakers > 0) forward(&held);
}

/* Adds up the payments, and counts the numbers that follow the one before. */
static void receive_all(const char *way) {
    struct datagram d;
    long n = 0, last = 0, ordered = 0, paid = 0;
    memset(places, 0, sizeof places);
    while (endpoint_wait(fds[RECEIVER], 100)) {
        receive(RECEIVER, &d);
        long number = strtol(d.text, NULL, 10);
        bool is_first = *places[number] == '\0';
        bool is_intact = d.check == check_of(span_from(d.text));
        ordered += number == last + 1;
        last = number;
        sprintf(places[number] + strlen(places[number]), " %ld%s", ++n,
                is_intact ? "" : ", check failed");
        if (is_trusting || (is_first && is_intact))
            paid += strtol(d.text + 8, NULL, 10);
    }
    if (is_asking) return;
    printf("%s: %ld arrived, %ld in order, %ld paid\n", way, n, ordered, paid);
}

int main(int argc, char **argv) {
    const struct option_row options[] = {
        OPTION_NUMBER("--seed", "N", "of the dice", &dice, 0, UINT32_MAX),
        OPTION_FLAG("--ask", "keep the receiver's side back", &is_asking),
        OPTION_FLAG("--break", "a receiver that trusts", &is_trusting),
        OPTION_END};
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;
    for (int i = 0; i < 3; i++)
        fds[i] = endpoint_bind("127.0.0.1", 0, &selves[i]);
    check(fds[0] != -1 && fds[1] != -1 && fds[2] != -1, "endpoint_bind");
    send_all(RECEIVER);
    receive_all("directly");
    send_all(MIDDLE);
    receive_all("through the middle");
    puts("sent  in the middle  arrived as number");
    for (int i = 1; i <= COUNT; i++)
        printf("%4d  %-13s %s\n", i, fates[i],
               is_asking    ? " ?"
               : *places[i] ? places[i]
                            : " never");
    puts(is_asking     ? "Where does each arrive, and how much is paid?"
         : is_trusting ? "What you saw: it paid whatever arrived, each time."
                       : "What you saw: only a number and a check find the "
                         "faults.");
}
