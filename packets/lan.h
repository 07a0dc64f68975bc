/*
 * lan.h: cables between ports, on which frames travel in virtual time
 *
 *   port 0 (ann) ======== port 1 (S1.1)     a cable joins two ports, both ways
 *   port 2 (S1.2) ======= port 3 (bob)
 *
 * A frame that is sent on a port arrives at the other end of its cable after
 * the delay of the cable. lan_next returns the frames one by one, in the order
 * of arrival; at the same time, in the order of sending. So a run is the same
 * each time, and a time-out of 30 s takes no time: the clock jumps to the next
 * event. Does not do: loss (the caller may ignore a frame), collisions, a limit
 * of the rate. Introduced in packets/303_ethernet.c.
 */
#ifndef PACKETS_LAN_H
#define PACKETS_LAN_H

#include "packets/span.h"

#define LAN_MAX_PORTS 64
#define LAN_MAX_EVENTS 512 /* frames and alarms under way; more are dropped */
#define LAN_MIN_FRAME 60   /* bytes; with the CRC the 64 of IEEE 802.3 */
#define LAN_MAX_FRAME 1518 /* bytes: header, VLAN tag, payload of 1500 */
#define LAN_NAME_MAX 12    /* bytes of a port's name, with the zero byte */
#define LAN_NO_PORT (-1)

struct lan_event {
    int64_t time_us;
    int from, to;      /* ports; of an alarm, both are its port */
    struct span bytes; /* the frame, which the receiver may change; empty: an
                        * alarm. Valid until the next lan_next */
};

struct lan_port {
    char name[LAN_NAME_MAX];
    int peer; /* the other end of its cable, or LAN_NO_PORT */
    uint32_t delay_us;
    uint32_t received; /* frames that have arrived at it */
};

struct lan_slot { /* an event under way */
    int64_t time_us;
    uint64_t number; /* counts all events, so that equal times have an order */
    int from, to;
    size_t len;
    uint8_t bytes[LAN_MAX_FRAME];
};

/* About 800 KB: make it static. */
struct lan {
    int64_t now_us;   /* of the event that lan_next returned last */
    uint32_t sent;    /* frames that were put on a cable */
    uint32_t dropped; /* frames, since LAN_MAX_EVENTS were under way */
    uint64_t numbers; /* events so far */
    int port_count, slot_count;
    struct lan_port port[LAN_MAX_PORTS];
    struct lan_slot slot[LAN_MAX_EVENTS]; /* in no order */
    struct lan_slot current;
};

/* Makes *l a network without ports, at the time 0. */
void lan_init(struct lan *l);

/* Adds a port without a cable and returns its number: 0, 1, and so on. A long
 * name is cut. There are at most LAN_MAX_PORTS. */
int lan_add_port(struct lan *l, const char *name);

/* Adds count ports, "S1.1", "S1.2" and so on if name is "S1"; more than 8 bytes
 * of name are cut. Returns the number of the first one. */
int lan_add_ports(struct lan *l, const char *name, int count);

/* Joins two ports, which have no cable yet, by a cable. */
void lan_connect(struct lan *l, int a, int b, uint32_t delay_us);

/* Pulls out the cable of a port. What is under way on it still arrives. */
void lan_disconnect(struct lan *l, int port);

/* Puts a copy of a frame, 1 to LAN_MAX_FRAME bytes, on the cable of a port now.
 * A short one is filled with zeros up to LAN_MIN_FRAME, as the hardware does.
 * False: the port has no cable, or the frame was dropped. */
bool lan_send(struct lan *l, int port, struct span frame);

/* Sets an alarm: lan_next returns it for this port at time_us, or now if that
 * is in the past. False: there is no space for it. */
bool lan_alarm(struct lan *l, int port, int64_t time_us);

/* Removes the next event that is due at until_us or before, and sets now_us to
 * its time. False: there is none, and now_us is until_us, or unchanged if that
 * is INT64_MAX or in the past. */
bool lan_next(struct lan *l, int64_t until_us, struct lan_event *event);

#endif
