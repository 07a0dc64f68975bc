/* options.c: chooses the number of clients and the server's options */
#include "socketio/sim/prng.h"
#include "socketio/sim/sim.h"

static uint32_t choose(const uint32_t *values, uint32_t n) {
    return values[prng_below(n)];
}

/* Sets the options of every hundredth run, which fills the queues: clients send
 * long events to themselves and to each other, and seldom poll. */
static void choose_hoard(void) {
    struct engine_options *e = &sim.options.engine;
    sim.hoards = true;
    sim.model_count = 60;
    sim.message_max = 400000;
    sim.options.connect_timeout = 45000;
    e->ping_interval = 25000;
    e->ping_timeout = 20000;
    e->max_payload = 1000000;
    e->max_conns = sim.model_count * 3 + 4;
    e->max_sessions = sim.model_count + 10;
}

static void choose_usual(void) {
    static const char *const namespaces[] = {"/", "/custom", NULL};
    static const uint32_t intervals[] = {300, 2000, 5000, 25000};
    static const uint32_t timeouts[] = {200, 1500, 3000, 20000};
    static const uint32_t payloads[] = {3000, 20000, 100000, 1000000};
    uint32_t crowd = prng_below(100);
    sim.model_count = crowd < 10   ? prng_between(40, 120)
                      : crowd < 20 ? prng_between(1, 3)
                                   : prng_between(2, 24);
    struct engine_options e = {
        .path = "/socket.io/",
        .ping_interval = choose(intervals, 4),
        .ping_timeout = choose(timeouts, 4),
        .upgrade_timeout = prng_percent(50) ? 1000 : LIMIT_UPGRADE_MS,
        .max_payload = choose(payloads, 4),
        .max_conns = sim.model_count * 3 + 4,
        .max_sessions = sim.model_count + prng_below(sim.model_count),
    };
    for (size_t i = 0; i < sizeof e.seed; i++)
        e.seed[i] = (uint8_t)prng_below(256);
    sim.options = (struct server_options){
        .engine = e,
        .connect_timeout = prng_percent(50) ? 1000 : 45000,
        .ack_timeout = prng_percent(50) ? 500 : 10000,
        .asks_to_connect = prng_percent(50),
        .namespaces = namespaces,
    };
    sim.message_max = e.max_payload / 3 < 60000 ? e.max_payload / 3 : 60000;
}

/* In every second run a broadcast reaches only a few clients per round. In half
 * of the runs a sender waits until its broadcast has reached all. In every
 * third run the server keeps lost sockets for recovery. */
void options_choose(uint64_t seed) {
    static const uint32_t windows[] = {500, 5000, 30000, 120000};
    choose_usual();
    if (seed % 3 == 0) sim.options.recovery_ms = windows[seed / 3 % 4];
    if (seed % 2) sim.options.engine.max_receivers = 1 + seed / 2 % 4;
    if (seed / 8 % 2) sim.options.engine.max_ahead = 1;
    if (seed % 100 == 10) choose_hoard();
}
