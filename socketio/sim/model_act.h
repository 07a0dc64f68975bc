/*
 * model_act.h: the actions of a client of the simulation
 *
 * model_act.c has the actions of an honest client, model_fault.c those of a
 * malicious one, and stranger.c those of a client without Socket.IO.
 */
#ifndef SOCKETIO_SIM_MODEL_ACT_H
#define SOCKETIO_SIM_MODEL_ACT_H

#include "socketio/sim/model.h"

/* Sends the CONNECT to a namespace, by its number. */
void model_join(struct model *m, unsigned nsp);

/* Return "", "/custom," or "/made,"; and the number of a namespace that the
 * client has joined. */
const char *model_prefix(unsigned nsp);
unsigned model_nsp(const struct model *m);

/* Emits an event that contains its number. */
void model_emit(struct model *m, const char *name, int64_t id,
                unsigned attachments);

/* Records an event that the server must report next. */
void model_expect(struct model *m, enum server_event_type type, unsigned nsp,
                  struct span args, int64_t id);

/* model_room.c: uses rooms and new or refused namespaces, replies to an event
 * with an ack id ("42/custom,17[..."), and handles being expelled. */
void model_act_in_rooms(struct model *m);
void model_acknowledge(struct model *m, struct span message);
void model_was_expelled(struct model *m, struct span message);

/* Do one thing that a client may do; or one that it may not do. */
void model_act(struct model *m, int64_t now);
void model_break(struct model *m, int64_t now);

/* Make the client a stranger, which plays one script; do the script's next
 * step. */
void stranger_start(struct model *m, int64_t now);
void stranger_act(struct model *m, int64_t now);

#endif
