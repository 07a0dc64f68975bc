/* routes.c: see packets/routes.h. */
#include "packets/routes.h"

#include <assert.h>

bool routes_add(struct routes *table, const struct route *route) {
    assert(route->network.len > 0 && route->prefix >= 0);
    assert(route->prefix <= 8 * route->network.len);
    if (table->count == ROUTES_MAX) return false;
    table->route[table->count++] = *route;
    return true;
}

void routes_remove(struct routes *table, const struct address *network,
                   int prefix) {
    int kept = 0;
    for (int i = 0; i < table->count; i++) {
        const struct route *r = &table->route[i];
        bool is_it = r->prefix == prefix && r->network.len == network->len &&
                     address_same_prefix(&r->network, network, prefix);
        if (!is_it) table->route[kept++] = *r;
    }
    table->count = kept;
}

/* RFC 1812 §5.2.4.3 (1) Basic Match and (2) Longest Match. */
const struct route *routes_find(const struct routes *table,
                                const struct address *destination) {
    const struct route *best = NULL;
    for (int i = 0; i < table->count; i++) {
        const struct route *r = &table->route[i];
        if (r->network.len != destination->len) continue;
        if (!address_same_prefix(&r->network, destination, r->prefix)) continue;
        if (!best || r->prefix > best->prefix) best = r;
    }
    return best;
}
