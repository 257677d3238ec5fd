/* A scope: which accounts and regions the given contexts stand for, as the cache knows them.
 *
 * The cache holds the rows of every context it ever saw; what is shown is what was asked for. Two
 * profiles of one account and region are one scope item each; the fresher one speaks for a row. */
#ifndef PENSTOCK_VIEWS_SCOPE_H
#define PENSTOCK_VIEWS_SCOPE_H

#include "core/views/view.h"

struct scope_item {
    struct sv profile;
    struct sv region;
    struct sv partition;
    struct sv account; /* empty until known */
    struct sv caller_arn;
    struct freshness freshness;
    enum err_code code; /* why its data is not current; ERR_OK when it is */
    const char *error;  /* the sentence, in the scope or in the context list; NULL for ERR_OK */
};

struct scope {
    struct arena arena;
    struct scope_item *items;
    size_t count;
    bool is_partial; /* the cache holds rows of others, too */
};

/* contexts NULL: all that the cache knows. The list must outlive the scope. */
enum err_code scope_load(struct cache *cache, const struct context_list *contexts,
                         struct scope *out, struct err *err) MUST_CHECK;
void scope_release(struct scope *scope);

/* How many rows of the scope there are, and of each status. */
enum err_code scope_count(struct cache *cache, const struct scope *scope, struct cache_counts *out,
                          struct err *err) MUST_CHECK;

/* The item that a row belongs to; NULL when it was not asked for. */
const struct scope_item *scope_find(const struct scope *scope, const struct pipeline_id *id);

#endif
