/* group.c: see socketio/group.h. */
#include "socketio/group.h"

#include <stdlib.h>

bool groups_init(struct groups *g, uint32_t max_groups, uint32_t max_records) {
    *g = (struct groups){.max = max_records, .used = 1};
    g->records = calloc((size_t)max_records + 1, sizeof *g->records);
    g->first = calloc((size_t)max_groups + 1, sizeof *g->first);
    return g->records && g->first;
}

void groups_free(struct groups *g) {
    free(g->records);
    free(g->first);
    g->records = NULL;
    g->first = NULL;
}

/* Returns where the number of the member's record of that group is stored:
 * list, or a field of the record before it. The number is 0 if there is no
 * record. */
static uint32_t *find(struct groups *g, uint32_t *list, uint32_t group) {
    while (*list && g->records[*list].group != group)
        list = &g->records[*list].next_of_member;
    return list;
}

static uint32_t allocate(struct groups *g) {
    uint32_t record = g->free;
    if (record)
        g->free = g->records[record].next_of_member;
    else if (g->used <= g->max)
        record = g->used++;
    return record;
}

bool groups_join(struct groups *g, uint32_t *list, uint32_t member,
                 uint32_t group) {
    if (*find(g, list, group)) return true;
    uint32_t record = allocate(g), second = g->first[group];
    if (record == 0) return false;
    g->records[record] = (struct membership){.member = member,
                                             .group = group,
                                             .next = second,
                                             .next_of_member = *list};
    if (second) g->records[second].previous = record;
    g->first[group] = record;
    *list = record;
    return true;
}

/* Removes the record whose number is *place from both lists. */
static void remove_record(struct groups *g, uint32_t *place) {
    uint32_t record = *place;
    struct membership *m = &g->records[record];
    *place = m->next_of_member;
    if (m->previous)
        g->records[m->previous].next = m->next;
    else
        g->first[m->group] = m->next;
    if (m->next) g->records[m->next].previous = m->previous;
    m->next_of_member = g->free;
    g->free = record;
}

void groups_leave(struct groups *g, uint32_t *list, uint32_t group) {
    uint32_t *place = find(g, list, group);
    if (*place) remove_record(g, place);
}

void groups_leave_all(struct groups *g, uint32_t *list) {
    while (*list) remove_record(g, list);
}

bool groups_has(const struct groups *g, uint32_t list, uint32_t group) {
    uint32_t found;
    while (groups_next_of(g, &list, &found))
        if (found == group) return true;
    return false;
}
