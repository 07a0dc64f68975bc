/*
 * group.h: lists of the members of each group, for namespaces and rooms
 *
 *   group 0   [ 7 ] <-> [ 9 ] <-> [ 4 ]
 *               |         |
 *   group 1   [ 7 ] <-> [ 9 ]            a record is in two lists
 *
 * A record says that one member is in one group. It is in the list of the
 * group, which a broadcast walks, and in the list of the member, which is
 * walked when the member leaves all groups. The number of groups does not
 * change the cost of a step. Introduced in socketio/506_echo_server.c.
 */
#ifndef SOCKETIO_GROUP_H
#define SOCKETIO_GROUP_H

#include <stdbool.h>
#include <stdint.h>

struct membership { /* numbers of records; 0: none */
    uint32_t member, group;
    uint32_t next, previous; /* in the list of the group */
    uint32_t next_of_member; /* in that of the member, or of free records */
};

struct groups {
    struct membership *records; /* [0] is not used; untouched beyond used */
    uint32_t *first;            /* record of each group */
    uint32_t max, used, free;
};

/* At most max_records memberships at a time, in groups numbered below
 * max_groups. False: no memory; call groups_free. */
bool groups_init(struct groups *g, uint32_t max_groups, uint32_t max_records);
void groups_free(struct groups *g);

/* *list is the member's list, 0 while it is empty; the caller keeps it. To join
 * twice or to leave a group without being in it changes nothing. False: all
 * records are used. */
bool groups_join(struct groups *g, uint32_t *list, uint32_t member,
                 uint32_t group);
void groups_leave(struct groups *g, uint32_t *list, uint32_t group);
void groups_leave_all(struct groups *g, uint32_t *list);

/* Is the member with this list in the group? */
bool groups_has(const struct groups *g, uint32_t list, uint32_t group);

/* Walks the members of a group; *record starts as 0. False: no more. No member
 * may join or leave during the walk. */
static inline bool groups_next(const struct groups *g, uint32_t group,
                               uint32_t *record, uint32_t *member) {
    *record = *record ? g->records[*record].next : g->first[group];
    *member = g->records[*record].member;
    return *record != 0;
}

/* Walks the groups of a member; *next starts as its list. False: no more.
 * During the walk the member may leave the group that was returned last. */
static inline bool groups_next_of(const struct groups *g, uint32_t *next,
                                  uint32_t *group) {
    if (*next == 0) return false;
    *group = g->records[*next].group;
    *next = g->records[*next].next_of_member;
    return true;
}

#endif
