/*
 * adapter.c: all calls to the server
 *
 * Memory allocated during these calls counts as the server's.
 */
#include "socketio/sim/memory.h"
#include "socketio/sim/sim.h"

static struct server *server;

bool machine_open(const struct server_options *o) {
    memory_is_servers(true);
    server = server_open(o);
    memory_is_servers(false);
    return server != NULL;
}

void machine_free(void) {
    memory_is_servers(true);
    server_free(server);
    memory_is_servers(false);
    server = NULL;
}

void machine_accept(uint32_t link, int64_t now) {
    memory_is_servers(true);
    server_accept(server, link, now);
    memory_is_servers(false);
}

void machine_feed(uint32_t link, struct span in, int64_t now) {
    memory_is_servers(true);
    server_feed(server, link, in, now);
    memory_is_servers(false);
}

void machine_lost(uint32_t link) {
    memory_is_servers(true);
    server_lost(server, link);
    memory_is_servers(false);
}

struct span machine_end_feed(void) {
    memory_is_servers(true);
    struct span rest = server_end_feed(server);
    memory_is_servers(false);
    return rest;
}

void machine_sent(uint32_t link, int64_t now) {
    memory_is_servers(true);
    server_sent(server, link, now);
    memory_is_servers(false);
}

void machine_expire(int64_t judged_ms) {
    memory_is_servers(true);
    server_expire(server, judged_ms);
    memory_is_servers(false);
}

bool machine_next(struct server_event *e) {
    memory_is_servers(true);
    bool got = server_next(server, e);
    memory_is_servers(false);
    return got;
}

bool machine_outgoing(struct outgoing *o) {
    memory_is_servers(true);
    bool got = server_outgoing(server, o);
    memory_is_servers(false);
    return got;
}

int machine_wait(int64_t now, int wait) {
    return server_wait(server, now, wait);
}

void machine_shut(int64_t now) {
    memory_is_servers(true);
    server_shut(server, now);
    memory_is_servers(false);
}

void machine_respond(uint32_t link, unsigned status, struct span body) {
    memory_is_servers(true);
    server_respond(server, link, status, "text/plain", body, NULL);
    memory_is_servers(false);
}

void machine_emit(struct server_target to, struct span name,
                  struct server_args args) {
    memory_is_servers(true);
    server_emit(server, to, name, args);
    memory_is_servers(false);
}

void machine_emit_volatile(struct server_target to, struct span name,
                           struct server_args args) {
    memory_is_servers(true);
    server_emit_volatile(server, to, name, args);
    memory_is_servers(false);
}

int64_t machine_emit_ack(struct server_socket to, struct span name,
                         struct server_args args) {
    memory_is_servers(true);
    int64_t id = server_emit_ack(server, to, name, args);
    memory_is_servers(false);
    return id;
}

bool machine_join(struct server_socket socket, struct span room) {
    memory_is_servers(true);
    bool has_joined = server_join(server, socket, room);
    memory_is_servers(false);
    return has_joined;
}

void machine_leave(struct server_socket socket, struct span room) {
    memory_is_servers(true);
    server_leave(server, socket, room);
    memory_is_servers(false);
}

void machine_disconnect(struct server_socket socket) {
    memory_is_servers(true);
    server_disconnect(server, socket);
    memory_is_servers(false);
}

void machine_close(uint32_t client, unsigned code) {
    memory_is_servers(true);
    server_close(server, client, code);
    memory_is_servers(false);
}

bool machine_allow(struct server_event *e) {
    memory_is_servers(true);
    bool is_allowed = server_allow(server, e);
    memory_is_servers(false);
    return is_allowed;
}

void machine_refuse(const struct server_event *e, const char *reason) {
    memory_is_servers(true);
    server_refuse(server, e, reason);
    memory_is_servers(false);
}

void machine_ack(const struct server_event *e, struct server_args args) {
    memory_is_servers(true);
    server_ack(server, e, args);
    memory_is_servers(false);
}
