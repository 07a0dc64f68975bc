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

/* Does one thing that an honest client may do, or one that it may not. */
void model_act(struct model *m, int64_t now);
void model_break(struct model *m, int64_t now);

/* Makes it a stranger, which plays one script; and the next step of that. */
void stranger_start(struct model *m, int64_t now);
void stranger_act(struct model *m, int64_t now);

#endif
