#include "core/views/digest.h"

#include "core/base/mem.h"
#include "core/model/hash.h"

enum { DIGEST_CAP = 32 << 20, SLOTS = 64 * 1024, EVENT_CAP = 4096 };
_Static_assert(SLOTS > 2 * DIGEST_SCAN_MAX, "each pipeline that changed has a slot");

struct counting {
    const struct scope *scope;
    struct arena *arena;
    struct digest_change **slots;
    struct digest_change **all; /* the same, in the order of their last change */
    size_t count;
    size_t scanned;
    bool has_more;
    enum err_code rc;
    struct err *err;
};

static struct digest_change **slot_of(const struct counting *c, const struct pipeline_id *id)
{
    struct hash h;
    size_t at;

    hash_init(&h);
    hash_sv(&h, id->partition);
    hash_sv(&h, id->account);
    hash_sv(&h, id->region);
    hash_sv(&h, id->name);
    at = (size_t)hash_done(&h) & (SLOTS - 1);
    while (c->slots[at] != NULL && !pipeline_id_eq(&c->slots[at]->id, id))
        at = (at + 1) & (SLOTS - 1);
    return &c->slots[at];
}

static bool copy_id(struct arena *arena, const struct pipeline_id *id, struct pipeline_id *out)
{
    out->partition = arena_sv(arena, id->partition);
    out->account = arena_sv(arena, id->account);
    out->region = arena_sv(arena, id->region);
    out->name = arena_sv(arena, id->name);
    return out->partition.ptr != NULL && out->account.ptr != NULL && out->region.ptr != NULL &&
           out->name.ptr != NULL;
}

static struct digest_change *add(struct counting *c, const struct transition *t)
{
    struct arena *arena = c->arena;
    struct digest_change *one = arena_alloc(arena, 1, sizeof *one);

    if (one == NULL || !copy_id(arena, &t->id, &one->id)) {
        c->rc = arena_err(arena, c->err);
        return NULL;
    }
    one->at = t->at > 0 ? t->at : t->observed_at;
    one->status = STATUS_UNKNOWN;
    one->last_seq = t->seq;
    c->all[c->count++] = one;
    return one;
}

static void note_bad(struct digest_change *one, const struct transition *t)
{
    bool is_bad = status_kind(t->to) == STATUS_KIND_BAD;

    if (t->kind == TRANSITION_GATE || (!is_bad && status_kind(t->from) != STATUS_KIND_BAD))
        return;
    one->was_bad = true;
    if (is_bad && one->bad_at == 0)
        one->bad_at = t->at > 0 ? t->at : t->observed_at;
}

/* Newest first, so what is there already is later. */
static bool on_transition(void *owner, const struct transition *t)
{
    struct counting *c = owner;
    struct digest_change **slot;

    if (c->scanned++ == DIGEST_SCAN_MAX) {
        c->has_more = true;
        return false;
    }
    if (c->scope != NULL && scope_find(c->scope, &t->id) == NULL)
        return true;
    slot = slot_of(c, &t->id);
    if (*slot == NULL)
        *slot = add(c, t);
    if (*slot == NULL)
        return false;
    if (t->kind == TRANSITION_PIPELINE && !(*slot)->has_status) {
        (*slot)->has_status = true;
        (*slot)->status = t->to;
    }
    note_bad(*slot, t);
    if (t->kind == TRANSITION_ACTION && (*slot)->failed_seq == 0 &&
        status_kind(t->to) == STATUS_KIND_BAD)
        (*slot)->failed_seq = t->seq;
    if (t->kind == TRANSITION_ACTION && (*slot)->waiting_seq == 0 && t->to == STATUS_WAITING)
        (*slot)->waiting_seq = t->seq;
    return true;
}

static bool on_row(void *owner, const struct pipeline_row *row)
{
    struct counting *c = owner;
    struct digest_change *one = *slot_of(c, &row->id);

    if (one != NULL)
        one->status = row->status;
    return true;
}

/* A pipeline of which only parts changed stands where its row says. */
static enum err_code ask_rows(struct counting *c, struct cache *cache, struct err *err)
{
    struct sv *names = arena_alloc(c->arena, c->count + 1, sizeof *names);
    struct pipeline_query query = {.names = names};

    if (names == NULL)
        return arena_err(c->arena, err);
    for (size_t i = 0; i < c->count; i++) {
        if (!c->all[i]->has_status)
            names[query.name_count++] = c->all[i]->id.name;
    }
    return query.name_count == 0 ? ERR_OK : cache_pipelines(cache, &query, on_row, c, err);
}

static enum err_code scan(struct counting *c, struct cache *cache, int64_t since_ms,
                          struct err *err)
{
    const struct transition_query since = {.observed_since = since_ms, .newest_first = true};
    enum err_code rc = cache_transitions(cache, &since, on_transition, c, err);

    if (rc == ERR_OK)
        rc = c->rc;
    return rc ? rc : ask_rows(c, cache, err);
}

enum err_code digest_changes(struct cache *cache, const struct scope *scope, int64_t since_ms,
                             struct arena *arena, struct digest_change ***out, size_t *count,
                             bool *has_more, struct err *err)
{
    struct counting c = {.scope = scope, .arena = arena, .err = err};
    enum err_code rc;

    c.slots = mem_array(SLOTS, sizeof(struct digest_change *));
    c.all = arena_alloc(arena, DIGEST_SCAN_MAX, sizeof(struct digest_change *));
    if (c.slots == NULL)
        rc = mem_err(err);
    else
        rc = c.all == NULL ? arena_err(arena, err) : scan(&c, cache, since_ms, err);
    mem_free(c.slots);
    *out = c.all;
    *count = c.count;
    *has_more = c.has_more;
    return rc;
}

/* ---- the few lines ---- */

static void count_statuses(struct digest *d, struct digest_change *const *all)
{
    for (size_t i = 0; i < d->changed; i++) {
        enum status status = all[i]->status;

        d->failed += status_kind(status) == STATUS_KIND_BAD;
        d->waiting += status == STATUS_WAITING;
        d->running += status != STATUS_WAITING && status_is_running(status);
        d->succeeded += status_is_success(status);
    }
}

/* What needs a person comes first, then the latest. */
static bool is_before(const struct digest_change *a, const struct digest_change *b)
{
    int least = status_rank(STATUS_WAITING) + 1;
    int first = status_rank(a->status) < least ? status_rank(a->status) : least;
    int second = status_rank(b->status) < least ? status_rank(b->status) : least;

    return first != second ? first < second : a->at > b->at;
}

static void choose(struct digest_change *const *all, size_t changed,
                   const struct digest_change **chosen, size_t *count)
{
    for (size_t i = 0; i < changed; i++) {
        const struct digest_change *one = all[i];
        size_t at = *count;

        while (at > 0 && is_before(one, chosen[at - 1]))
            at--;
        if (at == DIGEST_LINES)
            continue;
        *count += *count < DIGEST_LINES;
        memmove(chosen + at + 1, chosen + at, (*count - at - 1) * sizeof *chosen);
        chosen[at] = one;
    }
}

struct telling {
    struct sb text;
    enum err_code rc;
    struct err *err;
};

static bool tell(void *owner, const struct transition *t)
{
    struct telling *telling = owner;

    telling->rc = transition_event(t, &telling->text, telling->err);
    return false;
}

enum err_code digest_summary(struct cache *cache, const struct digest_change *change,
                             struct arena *arena, struct sv *out, struct err *err)
{
    struct transition_query query = {.after_seq = change->last_seq - 1, .limit = 1};
    struct telling telling = {.err = err};
    enum err_code rc;

    if (status_kind(change->status) == STATUS_KIND_BAD && change->failed_seq > 0)
        query.after_seq = change->failed_seq - 1;
    if (change->status == STATUS_WAITING && change->waiting_seq > 0)
        query.after_seq = change->waiting_seq - 1;
    sb_init(&telling.text, EVENT_CAP);
    rc = cache_transitions(cache, &query, tell, &telling, err);
    if (rc == ERR_OK)
        rc = telling.rc;
    if (rc == ERR_OK) {
        *out = arena_sv(arena, sv_take(sb_sv(&telling.text), DIGEST_TEXT));
        rc = out->ptr == NULL ? arena_err(arena, err) : ERR_OK;
    }
    sb_release(&telling.text);
    return rc;
}

static enum err_code fill(struct digest *digest, struct cache *cache, const struct scope *scope,
                          struct err *err)
{
    const struct digest_change *chosen[DIGEST_LINES + 1];
    struct digest_change **all;
    size_t count = 0;
    enum err_code rc = digest_changes(cache, scope, digest->since_ms, &digest->arena, &all,
                                      &digest->changed, &digest->has_more, err);

    if (rc)
        return rc;
    count_statuses(digest, all);
    choose(all, digest->changed, chosen, &count);
    for (size_t i = 0; i < count && !rc; i++) {
        struct digest_line *line = &digest->lines[digest->line_count];

        *line = (struct digest_line){
            .id = chosen[i]->id, .status = chosen[i]->status, .at = chosen[i]->at};
        rc = digest_summary(cache, chosen[i], &digest->arena, &line->summary, err);
        digest->line_count += rc == ERR_OK;
    }
    return rc;
}

enum err_code digest_load(struct cache *cache, const struct scope *scope, int64_t since_ms,
                          struct digest *out, struct err *err)
{
    struct digest digest = {.since_ms = since_ms};
    enum err_code rc;

    arena_init(&digest.arena, DIGEST_CAP);
    rc = fill(&digest, cache, scope, err);
    if (rc)
        digest_release(&digest);
    else
        *out = digest;
    return rc;
}

void digest_release(struct digest *digest)
{
    arena_release(&digest->arena);
    *digest = (struct digest){.arena = digest->arena};
}
