/* lan.c: see packets/lan.h. Entry points: lan_init, lan_add_port,
 * lan_add_ports, lan_connect, lan_disconnect; lan_send and lan_alarm add an
 * event, lan_next removes one. */
#include "packets/lan.h"

#include <assert.h>
#include <stdio.h>

void lan_init(struct lan *l) {
    l->now_us = 0;
    l->sent = l->dropped = 0;
    l->numbers = 0;
    l->port_count = l->slot_count = 0;
}

int lan_add_port(struct lan *l, const char *name) {
    assert(l->port_count < LAN_MAX_PORTS);
    struct lan_port *p = &l->port[l->port_count];
    *p = (struct lan_port){.peer = LAN_NO_PORT};
    snprintf(p->name, sizeof p->name, "%.*s", LAN_NAME_MAX - 1, name);
    return l->port_count++;
}

int lan_add_ports(struct lan *l, const char *name, int count) {
    int first = l->port_count;
    char numbered[2 * LAN_NAME_MAX];
    for (int i = 1; i <= count; i++) {
        snprintf(numbered, sizeof numbered, "%.8s.%d", name, i);
        lan_add_port(l, numbered);
    }
    return first;
}

void lan_connect(struct lan *l, int a, int b, uint32_t delay_us) {
    struct lan_port *p = &l->port[a], *q = &l->port[b];
    assert(a != b && p->peer == LAN_NO_PORT && q->peer == LAN_NO_PORT);
    p->peer = b;
    q->peer = a;
    p->delay_us = q->delay_us = delay_us;
}

void lan_disconnect(struct lan *l, int port) {
    int peer = l->port[port].peer;
    if (peer == LAN_NO_PORT) return;
    l->port[port].peer = l->port[peer].peer = LAN_NO_PORT;
}

/* Adds an event without its bytes. NULL: there is no space. */
static struct lan_slot *add_slot(struct lan *l, int from, int to,
                                 int64_t time_us) {
    if (l->slot_count == LAN_MAX_EVENTS) return NULL;
    struct lan_slot *s = &l->slot[l->slot_count++];
    s->time_us = time_us;
    s->number = l->numbers++;
    s->from = from;
    s->to = to;
    s->len = 0;
    return s;
}

bool lan_send(struct lan *l, int port, struct span frame) {
    assert(frame.len > 0 && frame.len <= LAN_MAX_FRAME);
    const struct lan_port *p = &l->port[port];
    if (p->peer == LAN_NO_PORT) return false;
    struct lan_slot *s =
        add_slot(l, port, p->peer, l->now_us + (int64_t)p->delay_us);
    if (!s) {
        l->dropped++;
        return false;
    }
    memcpy(s->bytes, frame.data, frame.len);
    s->len = frame.len;
    /* RFC 894: the payload is padded with zeros to the least length. */
    if (s->len < LAN_MIN_FRAME) {
        memset(s->bytes + s->len, 0, LAN_MIN_FRAME - s->len);
        s->len = LAN_MIN_FRAME;
    }
    l->sent++;
    return true;
}

bool lan_alarm(struct lan *l, int port, int64_t time_us) {
    if (time_us < l->now_us) time_us = l->now_us;
    return add_slot(l, port, port, time_us) != NULL;
}

static bool is_before(const struct lan_slot *a, const struct lan_slot *b) {
    if (a->time_us != b->time_us) return a->time_us < b->time_us;
    return a->number < b->number;
}

bool lan_next(struct lan *l, int64_t until_us, struct lan_event *event) {
    int first = 0;
    for (int i = 1; i < l->slot_count; i++)
        if (is_before(&l->slot[i], &l->slot[first])) first = i;
    if (l->slot_count == 0 || l->slot[first].time_us > until_us) {
        if (until_us != INT64_MAX && until_us > l->now_us) l->now_us = until_us;
        return false;
    }
    l->current = l->slot[first];
    l->slot[first] = l->slot[--l->slot_count];
    l->now_us = l->current.time_us;
    l->port[l->current.to].received += l->current.len > 0;
    *event = (struct lan_event){.time_us = l->current.time_us,
                                .from = l->current.from,
                                .to = l->current.to,
                                .bytes = {l->current.bytes, l->current.len}};
    return true;
}
