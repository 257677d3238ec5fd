#include "core/views/scope.h"

enum { SCOPE_CAP = 4 << 20 };

static bool is_asked(const struct context *context, const struct cache_context *known)
{
    return sv_eq(context->profile, known->profile) &&
           (context->region.len == 0 || sv_eq(context->region, known->region));
}

static void fill_freshness(struct cache *cache, struct scope_item *item)
{
    cache_get_freshness(cache, item->profile, item->region, &item->freshness);
    /* A cache that was rebuilt holds nothing yet, whatever the freshness file still says. */
    if (item->account.len == 0)
        item->freshness.synced_at = 0;
    if (item->code == ERR_OK && freshness_is_failing(&item->freshness)) {
        item->code = item->freshness.code;
        item->error = item->freshness.error;
    }
}

static void fill_known(struct scope_item *item, const struct cache_context *known)
{
    item->profile = known->profile;
    item->region = known->region;
    item->partition = known->partition;
    item->account = known->account;
    item->caller_arn = known->caller_arn;
}

/* One item per context; several when its region is unknown and the cache has some. */
static size_t fill_context(const struct context *context, const struct cache_context *known,
                           size_t known_count, struct scope_item *items)
{
    struct scope_item blank = {
        .profile = context->profile,
        .region = context->region,
        .code = context->code,
        .error = context->code ? context->err.text : NULL,
    };
    size_t count = 0;

    for (size_t i = 0; i < known_count; i++) {
        if (!is_asked(context, &known[i]))
            continue;
        items[count] = blank;
        fill_known(&items[count++], &known[i]);
    }
    if (count == 0)
        items[count++] = blank;
    return count;
}

static bool has_others(const struct scope *scope, const struct cache_context *known, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct pipeline_id id = {.partition = known[i].partition,
                                 .account = known[i].account,
                                 .region = known[i].region};

        if (id.account.len > 0 && scope_find(scope, &id) == NULL)
            return true;
    }
    return false;
}

static enum err_code fill(struct cache *cache, const struct context_list *contexts,
                          struct scope *out, struct err *err)
{
    struct cache_context *known = NULL;
    size_t known_count = 0;
    size_t asked = contexts == NULL ? 0 : contexts->count;
    enum err_code rc = cache_list_contexts(cache, &out->arena, &known, &known_count, err);

    if (rc)
        return rc;
    out->items =
        arena_alloc(&out->arena, known_count * (asked + 1) + asked + 1, sizeof *out->items);
    if (out->items == NULL)
        return arena_err(&out->arena, err);
    for (size_t i = 0; i < asked; i++)
        out->count +=
            fill_context(&contexts->items[i], known, known_count, &out->items[out->count]);
    for (size_t i = 0; i < known_count && contexts == NULL; i++)
        fill_known(&out->items[out->count++], &known[i]);
    for (size_t i = 0; i < out->count; i++)
        fill_freshness(cache, &out->items[i]);
    out->is_partial = has_others(out, known, known_count);
    return ERR_OK;
}

enum err_code scope_load(struct cache *cache, const struct context_list *contexts,
                         struct scope *out, struct err *err)
{
    enum err_code rc;

    *out = (struct scope){0};
    arena_init(&out->arena, SCOPE_CAP);
    rc = fill(cache, contexts, out, err);
    if (rc)
        scope_release(out);
    return rc;
}

void scope_release(struct scope *scope)
{
    arena_release(&scope->arena);
    scope->items = NULL;
    scope->count = 0;
}

/* Is this the first of the items that stand for its account and region? */
static bool is_first(const struct scope *scope, size_t at)
{
    const struct scope_item *item = &scope->items[at];

    for (size_t i = 0; i < at; i++) {
        if (sv_eq(scope->items[i].account, item->account) &&
            sv_eq(scope->items[i].region, item->region) &&
            sv_eq(scope->items[i].partition, item->partition))
            return false;
    }
    return true;
}

enum err_code scope_count(struct cache *cache, const struct scope *scope, struct cache_counts *out,
                          struct err *err)
{
    struct cache_counts counts = {0};
    enum err_code rc = ERR_OK;

    if (!scope->is_partial)
        return cache_count(cache, out, err);
    for (size_t i = 0; rc == ERR_OK && i < scope->count; i++) {
        const struct scope_item *item = &scope->items[i];

        if (item->account.len > 0 && is_first(scope, i))
            rc = cache_count_in(cache, item->partition, item->account, item->region, &counts, err);
    }
    if (rc == ERR_OK)
        *out = counts;
    return rc;
}

const struct scope_item *scope_find(const struct scope *scope, const struct pipeline_id *id)
{
    const struct scope_item *best = NULL;

    for (size_t i = 0; i < scope->count; i++) {
        const struct scope_item *item = &scope->items[i];

        if (!sv_eq(item->account, id->account) || !sv_eq(item->region, id->region) ||
            !sv_eq(item->partition, id->partition))
            continue;
        if (best == NULL || item->freshness.synced_at > best->freshness.synced_at)
            best = item;
    }
    return best;
}
