/*
 * switch.h: a learning switch, IEEE 802.1D (there it is called a bridge)
 *
 *   table  | MAC address | port | last seen |     from the source of each frame
 *
 *   destination in the table   -> that port only
 *   not in it, or a group      -> flooded: to all ports but that of its arrival
 *
 * A switch needs no configuration. It learns the port of a station when the
 * station sends, and removes the entry when the station has sent nothing for
 * SWITCH_AGE_US. A switch changes nothing in a frame, and a frame has no field
 * that counts how often it was forwarded. Does not do: VLANs, the spanning tree
 * protocol. Introduced in packets/304_router.c.
 */
#ifndef PACKETS_SWITCH_H
#define PACKETS_SWITCH_H

#include "packets/address.h"
#include "packets/lan.h"

#define SWITCH_MAX_PORTS 16
#define SWITCH_MAX_ENTRIES 64   /* of the table; real ones have thousands */
#define SWITCH_AGE_US 300000000 /* IEEE 802.1D §7.9.2, Table 7-5: 300 s */

struct switch_entry {
    uint8_t mac[ADDRESS_MAC];
    int port;
    int64_t seen_us;
};

struct ethernet_switch {
    int port_count, entry_count;
    int first_port; /* its number in the lan, after switch_add */
    struct switch_entry entry[SWITCH_MAX_ENTRIES];
};

enum switch_learning { /* what the switch learns from a frame */
    SWITCH_KNOWN,      /* nothing new: its source is at this port */
    SWITCH_LEARNT,     /* a new entry */
    SWITCH_MOVED,      /* the source was at another port before */
    SWITCH_FULL,       /* a new address, for which the table has no space */
    SWITCH_REFUSED,    /* the source is a group address, which is wrong */
};

struct switch_decision {
    enum switch_learning learning;
    uint32_t ports;  /* that send the frame: bit 0 is port 0. May be none */
    bool is_flooded; /* the destination is a group, or not in the table */
};

/* Makes *s a switch with ports 0 to port_count - 1 and an empty table. */
void switch_init(struct ethernet_switch *s, int port_count);

/* Learns from a frame that arrives by a port, and decides where it goes. False:
 * the frame has no complete header, and is dropped. */
bool switch_forward(struct ethernet_switch *s, int64_t now_us, int port,
                    struct span frame, struct switch_decision *decision);

/* Does what switch_init does, and adds the ports to l, "S1.1" and so on if name
 * is "S1". Returns the number of the first one. */
int switch_add(struct ethernet_switch *s, struct lan *l, const char *name,
               int port_count);

/* Handles an event of the network if it is at a port of this switch. */
void switch_receive(struct ethernet_switch *s, struct lan *l,
                    const struct lan_event *event);

/* Returns the port that leads to a station; -1: it has no entry. */
int switch_find(const struct ethernet_switch *s, int64_t now_us,
                const uint8_t mac[ADDRESS_MAC]);

#endif
