/*
 * 207_stop_and_wait.c: reliable delivery over a channel that is not reliable
 *
 * Shows       An acknowledgment, a timer and a sequence number of one bit are
 *             enough: each word arrives once and in order.
 * By hand     Both ends of the stop-and-wait protocol, in simulated time.
 * Calls       packets/channel.h (loses and duplicates, from a seed)
 * Run         $ bin/207_stop_and_wait
 *             $ bin/207_stop_and_wait --runs 1000
 * Try         $ bin/207_stop_and_wait --ask --seed 7
 *             $ bin/207_stop_and_wait --break
 * Limits      One packet is under way at a time, so the line is idle for most
 *             of a round trip: udp/208_window.c
 * Read        RFC 1350 §2 (TFTP: stop-and-wait over UDP)
 */
#include "packets/channel.h"
#include "tcp/options.h"

#include <stdio.h>
#include <stdlib.h>

#define MS 1000        /* microseconds */
#define DELAY_MS 100   /* one way */
#define TIMEOUT_MS 250 /* a little more than the round trip */

#define WORDS 4
static const char *const words[WORDS] = {"send", "Eve", "ten", "coins"};

#define SENDER 0 /* the two sides, and the index of the channel to each */
#define RECEIVER 1

struct run {
    struct channel to[2]; /* to[RECEIVER] carries DATA, to[SENDER] ACKs */
    int64_t now, due;     /* us; due: when the sender's timer ends */
    int word;             /* under way; WORDS: all are acknowledged */
    int expected_bit;     /* the receiver's */
    int delivered_count;
    bool has_bit;     /* false: --break */
    bool is_in_order; /* what was delivered so far */
    bool is_shown[2]; /* the column of each side */
};

/* Prints one row of the ladder, in the column of the side that acts. */
static void show(const struct run *r, int side, const char *text, int bit,
                 const char *word, int fate) {
    if (!r->is_shown[side]) return;
    printf("%5d ms  %*s%s %d", (int)(r->now / MS), side * 32, "", text, bit);
    printf("%s%s%s%s\n", *word ? " " : "", word,
           fate & CHANNEL_LOST ? " (lost)" : "",
           fate & CHANNEL_DUPLICATED ? " (doubled)" : "");
}

/* Sends a packet of two bytes: the sequence bit and the number of the word. */
static void transmit(struct run *r, int from, int bit, int word) {
    uint8_t packet[2] = {(uint8_t)bit, (uint8_t)word};
    int fate = channel_send(&r->to[!from], r->now,
                            (struct span){packet, sizeof packet});
    show(r, from, from == SENDER ? "DATA" : "ACK", bit,
         from == SENDER ? words[word] : "", fate);
}

/* The sender sends a word, for the first time or again, and starts a timer. */
static void send_word(struct run *r) {
    transmit(r, SENDER, r->word % 2, r->word);
    r->due = r->now + (int64_t)TIMEOUT_MS * MS;
}

/* Only the ACK of the word under way counts: a late one has the other bit. */
static void on_ack(struct run *r, int bit) {
    if (r->word == WORDS || (r->has_bit && bit != r->word % 2)) return;
    r->due = INT64_MAX;
    if (++r->word < WORDS) send_word(r);
}

/* A word with the old bit was delivered before. It is acknowledged once more,
 * because the ACK may have been lost. */
static void on_data(struct run *r, int bit, int word) {
    if (!r->has_bit || bit == r->expected_bit) {
        show(r, RECEIVER, "delivers", bit, words[word], 0);
        if (word != r->delivered_count++) r->is_in_order = false;
        r->expected_bit = !bit;
    }
    transmit(r, RECEIVER, bit, word);
}

/* Simulates one transfer: jumps from each event to the next. */
static void transfer(struct run *r, uint32_t seed) {
    struct channel_options o = {.loss = 250, .duplication = 100};
    o.delay_us = DELAY_MS * MS;
    for (int side = 0; side < 2; side++) {
        o.seed = 2 * (uint64_t)seed + (uint64_t)side;
        channel_init(&r->to[side], &o);
    }
    send_word(r);
    for (;;) {
        int64_t due[2] = {channel_due_us(&r->to[SENDER]),
                          channel_due_us(&r->to[RECEIVER])};
        int64_t next = due[0] < due[1] ? due[0] : due[1];
        if (r->due < next) next = r->due;
        if (next == INT64_MAX) break; /* nothing is under way any more */
        r->now = next;
        struct span packet;
        if (channel_receive(&r->to[SENDER], r->now, &packet))
            on_ack(r, packet.data[0]);
        else if (channel_receive(&r->to[RECEIVER], r->now, &packet))
            on_data(r, packet.data[0], packet.data[1]);
        else
            send_word(r); /* the timer ended: retransmission */
    }
    for (int side = 0; side < 2; side++) channel_free(&r->to[side]);
}

int main(int argc, char **argv) {
    uint32_t seed = 1, runs = 1, exact = 0;
    bool is_broken = false, is_asking = false;
    const struct option_row options[] = {
        OPTION_NUMBER("--seed", "N", "of the first run", &seed, 0, 1 << 30),
        OPTION_NUMBER("--runs", "N", "show only the sum", &runs, 1, 1000000),
        OPTION_FLAG("--ask", "keep the receiver's side back", &is_asking),
        OPTION_FLAG("--break", "send no sequence bit", &is_broken),
        OPTION_END,
    };
    int status = options_parse(argc, argv, options);
    if (status != -1) return status;

    for (uint32_t i = 0; i < runs; i++) {
        struct run r = {.has_bit = !is_broken,
                        .is_in_order = true,
                        .is_shown = {runs == 1, runs == 1 && !is_asking}};
        transfer(&r, seed + i);
        exact += r.is_in_order && r.delivered_count == WORDS;
    }
    if (is_asking)
        puts("Which words does the receiver deliver, and which ACKs are lost?");
    else
        printf("What you saw: %u of %u transfers delivered each word once and "
               "in order.\n",
               exact, runs);
    return EXIT_SUCCESS;
}
