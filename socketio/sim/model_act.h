/*
 * model_act.h: the single acts of a client of the simulation
 *
 * What an honest client does is in model_act.c, what ends the session of a mean
 * one in model_fault.c, and what speaks no Socket.IO in stranger.c.
 */
#ifndef SOCKETIO_SIM_MODEL_ACT_H
#define SOCKETIO_SIM_MODEL_ACT_H

#include "socketio/sim/model.h"

/* Sends the CONNECT to a namespace, by its number. */
void model_join(struct model *m, unsigned nsp);

/* "", "/custom," or "/made,"; and a namespace that the client has joined. */
const char *model_prefix(unsigned nsp);
unsigned model_nsp(const struct model *m);

/* Emits an event with its number in it. */
void model_emit(struct model *m, const char *name, int64_t id,
                unsigned attachments);

/* The application must report that, next. */
void model_expect(struct model *m, enum server_event_type type, unsigned nsp,
                  struct span args, int64_t id);

/* model_room.c: rooms, namespaces that are new or refused, being put out, and
 * what answers an event that wants an ack: "42/custom,17[...". */
void model_act_in_rooms(struct model *m);
void model_answer(struct model *m, struct span message);
void model_was_put_out(struct model *m, struct span message);

/* Does one thing that an honest client may do, or one that it may not. */
void model_act(struct model *m, int64_t now);
void model_break(struct model *m, int64_t now);

/* Makes it a stranger, which plays one script; and the next step of that. */
void stranger_start(struct model *m, int64_t now);
void stranger_act(struct model *m, int64_t now);

#endif
