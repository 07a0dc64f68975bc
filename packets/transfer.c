/* transfer.c: see packets/transfer.h. Entry point: transfer_next is one step of
 * the simulation. */
#include "packets/transfer.h"
#include "packets/cursor.h"

void transfer_init(struct transfer *t, const struct transfer_options *options) {
    struct channel_options channel = options->channel;
    *t = (struct transfer){.now_us = 0};
    window_sender_init(&t->sender, &options->window, options->total);
    window_receiver_init(&t->receiver, &options->window);
    channel.seed = 2 * options->channel.seed;
    channel_init(&t->data, &channel);
    channel.seed++;
    channel.rate = 0;
    channel_init(&t->acks, &channel);
}

void transfer_free(struct transfer *t) {
    channel_free(&t->data);
    channel_free(&t->acks);
}

/* FNV-1a, over 32 bits at a time: the order counts. */
static void add_to_digest(uint64_t *digest, uint32_t payload) {
    *digest = (*digest ^ payload) * 0x100000001b3;
}

/* Was a packet lost or dropped, or was there no memory to send it? */
static bool is_lost(int fate) {
    return fate == -1 || fate & (CHANNEL_LOST | CHANNEL_DROPPED);
}

static void send_data(struct transfer *t, struct transfer_event *e) {
    uint8_t bytes[TRANSFER_PACKET] = {0};
    struct buf packet = {.bytes = bytes, .cap = sizeof bytes, .max = 5};
    e->kind = TRANSFER_SENT;
    e->seq = window_seq(&t->sender.options, e->number);
    cursor_put_u8(&packet, e->seq);
    cursor_put_u32(&packet, e->number);
    e->is_again = e->number != t->sent_count;
    if (e->is_again) {
        t->resent_count++;
    } else {
        t->sent_count++;
        add_to_digest(&t->sent_digest, e->number);
    }
    e->is_lost = is_lost(
        channel_send(&t->data, t->now_us, (struct span){bytes, sizeof bytes}));
}

/* Delivers all packets that are in order now. */
static void deliver(struct transfer *t) {
    uint32_t number;
    for (; window_deliver(&t->receiver, &number); t->delivered_count++)
        add_to_digest(&t->delivered_digest, t->kept[number % WINDOW_MAX]);
}

static void receive_data(struct transfer *t, struct transfer_event *e,
                         struct span packet) {
    struct cursor c = cursor_from(packet);
    uint32_t payload;
    e->kind = TRANSFER_ARRIVED;
    e->seq = cursor_u8(&c);
    payload = cursor_u32(&c);
    e->is_kept = window_receive(&t->receiver, e->seq, &e->number);
    e->is_early = e->is_kept && e->number != t->receiver.base;
    e->is_wrong = e->is_kept && e->number != payload;
    if (e->is_kept) t->kept[e->number % WINDOW_MAX] = payload;
    deliver(t);
    int ack = window_ack(&t->receiver, e->seq);
    if (ack == -1) return;
    uint8_t byte = (uint8_t)ack;
    e->is_lost =
        is_lost(channel_send(&t->acks, t->now_us, (struct span){&byte, 1}));
}

/* Returns when the next timer is due or packet arrives. */
static int64_t next_us(const struct transfer *t) {
    int64_t next = window_due_us(&t->sender);
    int64_t data = channel_due_us(&t->data), ack = channel_due_us(&t->acks);
    if (data < next) next = data;
    return ack < next ? ack : next;
}

bool transfer_next(struct transfer *t, struct transfer_event *e) {
    struct span packet;
    *e = (struct transfer_event){.number = 0};
    while (!window_send(&t->sender, t->now_us, &e->number)) {
        int64_t next = next_us(t);
        if (next == INT64_MAX) return false;
        t->now_us = next;
        if (channel_receive(&t->acks, next, &packet)) {
            e->kind = TRANSFER_ACKED;
            e->seq = packet.data[0];
            e->count = window_on_ack(&t->sender, e->seq);
            return true;
        }
        if (channel_receive(&t->data, next, &packet)) {
            receive_data(t, e, packet);
            return true;
        }
    }
    send_data(t, e);
    return true;
}

const char *transfer_mark(const struct transfer_event *e) {
    if (e->kind == TRANSFER_SENT) return e->is_lost ? "x" : "";
    if (!e->is_kept) return e->is_lost ? "-~" : "-";
    if (e->is_wrong) return e->is_lost ? "!~" : "!";
    if (e->is_early) return e->is_lost ? "+~" : "+";
    return e->is_lost ? "~" : "";
}

bool transfer_is_exact(const struct transfer *t) {
    return t->delivered_count == t->sender.total &&
           t->sent_count == t->sender.total &&
           t->delivered_digest == t->sent_digest;
}
