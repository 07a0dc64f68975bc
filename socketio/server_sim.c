/*
 * server_sim.c: a whole Socket.IO server, and hundreds of clients from a seed
 *
 *   server_sim [--first SEED] [--seeds N] [--memory]
 *
 * Each seed is one run. Clients connect, upgrade, send, cut connections, fall
 * silent and break every rule; connections are slow or deliver bytes in pieces;
 * time jumps, and the server is stopped for a while. After each turn of the
 * server's loop the invariants are checked. The first seed that breaks one ends
 * the program with 1 and a trace. With --memory one allocation of each run
 * fails. The simulation has no sockets and its own clock, so a seed gives the
 * same run on every machine.
 *
 * Invariants: each request has one response, in order (sim/endpoint.c). Every
 * event arrives once and in order (sim/ledger.h). Only its peer, a time-out or
 * the server's end closes a session (sim/model.c). The server meets its
 * deadlines, and its memory stays within limits (sim/checks.c). Slow readers
 * get their output (sim/joint.c). Every step makes progress (here, with an
 * alarm). In some runs the server keeps lost sockets, but only recovery_sim.c
 * has clients that it recovers.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "socketio/sim/memory.h"
#include "socketio/sim/model.h"
#include "socketio/sim/prng.h"
#include "socketio/sim/seeds.h"
#include "socketio/sim/sim.h"

struct sim sim;

/* A step that takes this many seconds is an endless loop in the server. */
enum {
    HANG_S = 5
};

static volatile sig_atomic_t hung_for;
static volatile unsigned long long running_seed, running_step;

static void on_alarm(int number) {
    static unsigned long long step;
    (void)number;
    hung_for = step == running_step ? hung_for + 1 : 0;
    step = running_step;
    if (hung_for < HANG_S) {
        alarm(1);
        return;
    }
    trace_fail(sim.fed_client, "every step makes progress",
               "the server hangs on what this client sent");
}

/* Prints the trace instead of a core dump; --first repeats the run. */
static void on_crash(int number) {
    signal(number, SIG_DFL);
    trace_fail(sim.fed_client, "the server does not crash",
               number == SIGABRT ? "an assert or a sanitizer" : "a signal");
}

static bool with_memory; /* --memory */

static void begin_run(uint64_t seed) {
    uint64_t messages = sim.messages, steps = sim.steps;
    sim = (struct sim){.now = 1000,
                       .fed_client = NO_CLIENT,
                       .messages = messages,
                       .steps = steps};
    prng_start(seed);
    trace_start(seed, with_memory);
    memory_start();
    running_seed = seed;
    options_choose(seed);
    model_begin_run();
    trace_step(0, sim.now);
    application_start();
    joint_start();
    if (with_memory) sim.failing = 1 + prng_below(prng_percent(50) ? 40 : 4000);
    if (!machine_open(&sim.options)) {
        perror("server_sim");
        exit(1);
    }
    memory_fail(sim.failing);
}

/* New clients take the places of those that have gone. */
static void begin_lives(void) {
    for (unsigned i = 0; i < sim.model_count; i++)
        if (models[i].phase == ABSENT && prng_percent(20))
            model_start(&models[i], sim.now);
}

static void set_time(int64_t now) {
    sim.now = now;
    trace_step(sim.step, now);
}

static int64_t next_wake(void) {
    int64_t wake = NEVER;
    for (unsigned i = 0; i < sim.model_count; i++)
        if (models[i].phase != ABSENT && models[i].wake < wake)
            wake = models[i].wake;
    return wake;
}

/* Wakes every client whose time has come, in a random order. */
static void wake_clients(void) {
    unsigned first = prng_below(sim.model_count);
    for (unsigned i = 0; i < sim.model_count; i++) {
        struct model *m = &models[(first + i) % sim.model_count];
        if (m->wake <= sim.now) model_wake(m, sim.now);
    }
}

/* Stops the server for a while, as SIGSTOP or a closed lid does. The clients go
 * on. */
static void stop_server(void) {
    static const int64_t times[] = {100, 700, 2000, 3500, 6000, 11000, 31000};
    int64_t end = sim.now + times[prng_below(7)] + prng_below(300);
    trace(NO_CLIENT, NO_LINK, "the server is stopped until", end,
          (struct span){0});
    for (int64_t wake; (wake = next_wake()) < end;) {
        set_time(wake > sim.now ? wake : sim.now + 1);
        wake_clients();
    }
    set_time(end);
    wake_clients();
}

/* Moves the time to the next deadline of a client or the server; sometimes to
 * some ms later. */
static void let_time_pass(void) {
    int64_t wake = next_wake();
    if (joint_due() < wake) wake = joint_due();
    if (wake == NEVER) wake = sim.now + 10;
    if (wake < sim.now) wake = sim.now;
    if (prng_percent(15)) wake += prng_below(6);
    set_time(wake);
}

static void step(bool spawning) {
    sim.step++;
    running_step = ++sim.steps;
    if (spawning) begin_lives();
    let_time_pass();
    wake_clients();
    if (prng_below(1000) < 8) stop_server();
    joint_turn(sim.now);
    checks_turn(sim.now);
}

/* The server ends as on SIGTERM: every connection must end soon. */
static void shut_down(void) {
    trace(NO_CLIENT, NO_LINK, "the server is asked to end", -1,
          (struct span){0});
    sim.shut = true;
    joint_shut(sim.now);
    for (int64_t end = sim.now + 120000; sim.now < end;) {
        bool any = false;
        struct cable *w;
        step(false);
        for (unsigned i = 0; (w = cable_at(i)); i++) any |= w->server_open;
        if (!any) return;
    }
    trace_fail(NO_CLIENT, "the server ends", "a connection is left");
}

static void pass_all_timeouts(void) {
    for (int i = 0; i < 6; i++) {
        set_time(sim.now + 45001);
        joint_turn(sim.now);
    }
}

/* RULE: at the end every session is free: a client can open as many as the
 * server allows, and not one more. */
static void open_all_sessions(void) {
    static const char get[] =
        "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n";
    uint32_t largest = sim.options.engine.max_sessions;
    int64_t wake = 0;
    struct cable *wires[MAX_WIRES];
    for (uint32_t i = 0; i <= largest; i++) {
        wires[i] = cable_connect(NO_CLIENT, 1 << 20, &wake, 1, sim.now);
        cable_put(wires[i], span_from(get));
    }
    joint_turn(sim.now);
    joint_turn(sim.now);
    for (uint32_t i = 0, good = 0; i <= largest; i++) {
        struct span out = buf_view(&wires[i]->out);
        good += out.len > 12 && memcmp(out.data + 9, "200", 3) == 0;
        if (i == largest && good != largest)
            trace_fail(NO_CLIENT, "at the end every session is free",
                       good < largest ? "some are not" : "there are too many");
        cable_shut(wires[i], true);
    }
    joint_turn(sim.now);
    pass_all_timeouts();
}

/* Breaks all connections, and lets every time-out pass. */
static void end_run(void) {
    if (prng_percent(30)) shut_down();
    for (unsigned i = 0; i < sim.model_count; i++) {
        if (models[i].phase == ABSENT) continue;
        if (!models[i].fault) models[i].fault = "the run ends";
        model_end(&models[i], "the run ends", sim.now);
        endpoint_shut(&models[i].poll, true);
        endpoint_shut(&models[i].post, true);
        endpoint_shut(&models[i].ws, true);
    }
    joint_lose_all(sim.now);
    pass_all_timeouts();
    memory_fail(0);
    checks_end();
    if (!sim.shut) open_all_sessions();
    for (unsigned i = 0; i < MAX_MODELS; i++) {
        models[i].joined = 0;
        model_free(&models[i]);
    }
    machine_free();
    cable_free_all();
    joint_end();
    application_start();
    if (memory_held() > 0)
        trace_fail(NO_CLIENT, "at the end everything is free",
                   "memory is left");
}

static void run(uint64_t seed) {
    begin_run(seed);
    unsigned steps = prng_between(200, 1500);
    if (sim.hoards) steps = 300;
    for (unsigned i = 0; i < steps; i++) step(i + 50 < steps);
    end_run();
}

int main(int argc, char **argv) {
    struct seeds seeds;
    if (!seeds_parse(&seeds, argc, argv, true)) return 2;
    with_memory = seeds.with_memory;
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    signal(SIGABRT, on_crash);
    signal(SIGSEGV, on_crash);
    alarm(1);
    time_t begin = time(NULL);
    for (unsigned long long i = 0; i < seeds.count; i++) run(seeds.first + i);
    alarm(0);
    double seconds = difftime(time(NULL), begin);
    printf(
        "%llu seeds passed: %llu steps, %llu messages, %.0f seeds a minute\n",
        seeds.count, (unsigned long long)sim.steps,
        (unsigned long long)sim.messages,
        (double)seeds.count * 60 / (seconds > 0 ? seconds : 1));
    return 0;
}
