/*
 * application.h: functions that the files of the simulated program share
 *
 *   application.c        events, namespaces: what 506 does
 *   application_room.c   rooms, acks, refusals: what 506 does not do
 */
#ifndef SOCKETIO_SIM_APPLICATION_H
#define SOCKETIO_SIM_APPLICATION_H

#include "socketio/sim/model.h"

/* Records that m must receive message next, then the attachments of e. */
void application_expect(struct model *m, struct span message,
                        const struct server_event *e, bool is_broadcast);

/* "42/custom,["name",args]". Valid until the next call. */
struct span application_event_text(const struct server_event *e,
                                   struct span name, struct span args);

/* Adds the message and its attachments to the bytes that queues may hold. */
void application_count(struct span message, const struct server_event *e);

/* Handles an event that 506 does not have. */
void application_handle_in_rooms(struct model *m, const struct server_event *e);

/* Decides on a CONNECT of a client. */
void application_decide(struct model *m, struct server_event *e);

/* Check that each ack is reported once, as arrived or as timed out. */
void application_handle_ack(struct model *m, const struct server_event *e);
void application_handle_ack_timeout(const struct server_event *e);
void application_forget_acks(void);

#endif
