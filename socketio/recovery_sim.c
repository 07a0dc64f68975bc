/*
 * recovery_sim.c: clients that lose their connections and are recovered
 *
 *   recovery_sim [--first SEED] [--seeds N] [--memory]
 *
 * Each seed is one run. A program emits to all, to rooms, to one socket, or to
 * all except one, while sockets join and leave rooms. A client begins by
 * polling or with a WebSocket, and may upgrade before it joins or later.
 * Connections break at any moment: output under way is lost, and sometimes the
 * server does not notice.
 *
 * Invariants (sim/recovery_rules.c): each event arrives in order, at most once,
 * and exactly once at a socket that is recovered, unless it is volatile. A
 * socket is recovered unless that took too long, it has missed too much, it has
 * left, or it was expelled. Its DISCONNECT is reported before that, with the
 * old handle. At the end of half of the runs the server has forgotten all
 * clients: it holds hardly more memory than at its start (here).
 *
 * With --memory at most one allocation of each run fails. The first seed
 * that breaks an invariant ends the program with 1. sim/recovery.h lists the
 * parts.
 */
#include <stdio.h>
#include <stdlib.h>

#include "socketio/handle.h"
#include "socketio/sim/memory.h"
#include "socketio/sim/prng.h"
#include "socketio/sim/recovery.h"
#include "socketio/sim/seeds.h"
#include "socketio/sim/sim.h"

#define MAX_TABLES 16     /* tables and buffers that the server gets later */
#define UNNOTICED_MS 1300 /* the ping interval and its time-out */

struct sim sim; /* files of sim/ refer to it */

static void begin_run(uint64_t seed, bool with_memory) {
    static const char *const namespaces[] = {"/", NULL};
    struct server_options o = SERVER_DEFAULTS(namespaces);
    prng_start(seed);
    memory_start();
    run = (struct recovery_run){.seed = seed, .now = 1000};
    run.big_percent = prng_below(20) == 0 ? 25 : 1;
    o.recovery_ms = RECOVERY_MS;
    o.engine.max_conns = CONNS;
    o.engine.max_sessions = SESSIONS;
    o.engine.ping_interval = 300;
    o.engine.ping_timeout = UNNOTICED_MS - 300;
    o.engine.seed[0] = (uint8_t)seed;
    uint32_t failing = with_memory ? 1 + prng_below(3000) : 0;
    if (!machine_open(&o)) abort();
    memory_fail(failing);
    wires_begin();
    for (unsigned i = 0; i < PEOPLE; i++)
        people[i] = (struct person){.conns = {NO_CONN, NO_CONN, NO_CONN},
                                    .client = NO_HANDLE,
                                    .old_client = NO_HANDLE,
                                    .expected = {.max = BUF_MAX}};
}

static void step(void) {
    run.now += prng_below(40);
    if (!run.is_quiet && prng_below(60) == 0) run.now += prng_below(4000);
    for (unsigned i = 0; i < PEOPLE; i++) {
        client_act(&people[i]);
        wires_deliver();
        if (!run.is_quiet && prng_percent(20)) program_act();
    }
    machine_expire(run.now);
    program_serve();
    wires_feed_kept();
    wires_deliver();
}

/* Lets all clients connect again and read everything. */
static void read_all(void) {
    run.is_quiet = true;
    for (int i = 0; i < 150; i++) {
        if (i == 50) memory_fail(0); /* no allocation fails any more */
        step();
    }
    for (unsigned i = 0; i < PEOPLE; i++) rules_check_complete(&people[i]);
}

static void lose_all(void) {
    for (unsigned i = 0; i < PEOPLE; i++) client_cut(&people[i], i % 2);
    program_serve();
}

/* RULE: when all clients have gone and the time for recovery has passed, the
 * server has forgotten them. It keeps what it had at the start, and tables of
 * rooms and acks, and the outbox. More than MAX_TABLES pieces of memory that
 * stay are a leak. */
static void check_all_forgotten(size_t at_start, size_t blocks_at_start) {
    for (int i = 0; i < 10; i++) {
        run.now += RECOVERY_MS / 2;
        machine_expire(run.now);
        program_serve();
        wires_deliver();
    }
    for (unsigned i = 0; i < PEOPLE; i++)
        if (people[i].client != NO_HANDLE)
            rules_fail(&people[i], "each CONNECT has its DISCONNECT");
    if (memory_held() > at_start + ((size_t)6 << 20))
        rules_fail(NULL, "memory stays within the limits");
    if (memory_blocks() > blocks_at_start + MAX_TABLES)
        rules_fail(NULL, "nothing is left of clients that have gone");
}

static void run_seed(uint64_t seed, bool with_memory) {
    begin_run(seed, with_memory);
    size_t at_start = memory_held(), blocks_at_start = memory_blocks();
    unsigned steps = prng_between(50, run.big_percent > 1 ? 150 : 400);
    for (unsigned i = 0; i < steps; i++) step();
    read_all();
    lose_all();
    if (prng_percent(50)) /* otherwise the server ends while it keeps some */
        check_all_forgotten(at_start, blocks_at_start);
    for (unsigned i = 0; i < PEOPLE; i++) buf_free(&people[i].expected);
    wires_free();
    machine_free();
    if (memory_held() > 0) rules_fail(NULL, "at the end everything is free");
}

int main(int argc, char **argv) {
    struct seeds seeds;
    if (!seeds_parse(&seeds, argc, argv, true)) return 2;
    for (unsigned long long i = 0; i < seeds.count; i++)
        run_seed(seeds.first + i, seeds.with_memory);
    printf("%llu seeds passed: %llu events, %llu times recovered, %llu new, "
           "%llu times by polling, %llu upgrades\n",
           seeds.count, totals.events, totals.recovered, totals.renewed,
           totals.polled, totals.upgraded);
    return 0;
}
