#include "core/views/digest.h"

#include "core/base/mem.h"
#include "core/model/hash.h"

enum { DIGEST_CAP = 32 << 20, SLOTS = 64 * 1024, EVENT_CAP = 4096 };
_Static_assert(SLOTS > 2 * DIGEST_SCAN_MAX, "each pipeline that changed has a slot");

/* One pipeline that changed. */
struct changed {
    struct pipeline_id id;
    int64_t at;
    enum status status;
    bool has_status;
    int64_t last_seq;
    int64_t failed_seq; /* of the last action that did; 0 = none */
    int64_t waiting_seq;
};

struct counting {
    const struct scope *scope;
    struct digest *digest;
    struct changed **slots;
    struct changed **all; /* the same, in the order of their last change */
    size_t scanned;
    enum err_code rc;
    struct err *err;
};

static struct changed **slot_of(const struct counting *c, const struct pipeline_id *id)
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

static struct changed *add(struct counting *c, const struct transition *t)
{
    struct arena *arena = &c->digest->arena;
    struct changed *one = arena_alloc(arena, 1, sizeof *one);

    if (one == NULL || !copy_id(arena, &t->id, &one->id)) {
        c->rc = arena_err(arena, c->err);
        return NULL;
    }
    one->at = t->at > 0 ? t->at : t->observed_at;
    one->status = STATUS_UNKNOWN;
    one->last_seq = t->seq;
    c->all[c->digest->changed++] = one;
    return one;
}

/* Newest first, so what is there already is later. */
static bool on_transition(void *owner, const struct transition *t)
{
    struct counting *c = owner;
    struct changed **slot;

    if (c->scanned++ == DIGEST_SCAN_MAX) {
        c->digest->has_more = true;
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
    struct changed *one = *slot_of(c, &row->id);

    if (one != NULL)
        one->status = row->status;
    return true;
}

/* A pipeline of which only parts changed stands where its row says. */
static enum err_code ask_rows(struct counting *c, struct cache *cache, struct err *err)
{
    struct sv *names = arena_alloc(&c->digest->arena, c->digest->changed, sizeof *names);
    struct pipeline_query query = {.names = names};

    if (names == NULL)
        return arena_err(&c->digest->arena, err);
    for (size_t i = 0; i < c->digest->changed; i++) {
        if (!c->all[i]->has_status)
            names[query.name_count++] = c->all[i]->id.name;
    }
    return query.name_count == 0 ? ERR_OK : cache_pipelines(cache, &query, on_row, c, err);
}

static void count_statuses(struct counting *c)
{
    struct digest *d = c->digest;

    for (size_t i = 0; i < d->changed; i++) {
        enum status status = c->all[i]->status;

        d->failed += status_kind(status) == STATUS_KIND_BAD;
        d->waiting += status == STATUS_WAITING;
        d->running += status != STATUS_WAITING && status_is_running(status);
        d->succeeded += status_is_success(status);
    }
}

/* What needs a person comes first, then the latest. */
static bool is_before(const struct changed *a, const struct changed *b)
{
    int least = status_rank(STATUS_WAITING) + 1;
    int first = status_rank(a->status) < least ? status_rank(a->status) : least;
    int second = status_rank(b->status) < least ? status_rank(b->status) : least;

    return first != second ? first < second : a->at > b->at;
}

static void choose(const struct counting *c, const struct changed **chosen, size_t *count)
{
    for (size_t i = 0; i < c->digest->changed; i++) {
        const struct changed *one = c->all[i];
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

static enum err_code write_line(struct cache *cache, const struct changed *one,
                                struct digest *digest, struct err *err)
{
    struct digest_line *line = &digest->lines[digest->line_count];
    struct transition_query query = {.after_seq = one->last_seq - 1, .limit = 1};
    struct telling telling = {.err = err};
    enum err_code rc;

    if (status_kind(one->status) == STATUS_KIND_BAD && one->failed_seq > 0)
        query.after_seq = one->failed_seq - 1;
    if (one->status == STATUS_WAITING && one->waiting_seq > 0)
        query.after_seq = one->waiting_seq - 1;
    sb_init(&telling.text, EVENT_CAP);
    rc = cache_transitions(cache, &query, tell, &telling, err);
    if (rc == ERR_OK)
        rc = telling.rc;
    *line = (struct digest_line){.id = one->id, .status = one->status, .at = one->at};
    if (rc == ERR_OK) {
        line->summary = arena_sv(&digest->arena, sv_take(sb_sv(&telling.text), DIGEST_TEXT));
        rc = line->summary.ptr == NULL ? arena_err(&digest->arena, err) : ERR_OK;
    }
    sb_release(&telling.text);
    digest->line_count += rc == ERR_OK;
    return rc;
}

static enum err_code fill(struct counting *c, struct cache *cache, struct err *err)
{
    const struct changed *chosen[DIGEST_LINES + 1];
    const struct transition_query since = {.observed_since = c->digest->since_ms,
                                           .newest_first = true};
    size_t count = 0;
    enum err_code rc = cache_transitions(cache, &since, on_transition, c, err);

    if (rc == ERR_OK)
        rc = c->rc;
    if (rc == ERR_OK)
        rc = ask_rows(c, cache, err);
    if (rc)
        return rc;
    count_statuses(c);
    choose(c, chosen, &count);
    for (size_t i = 0; i < count && !rc; i++)
        rc = write_line(cache, chosen[i], c->digest, err);
    return rc;
}

enum err_code digest_load(struct cache *cache, const struct scope *scope, int64_t since_ms,
                          struct digest *out, struct err *err)
{
    struct digest digest = {.since_ms = since_ms};
    struct counting c = {.scope = scope, .digest = &digest, .err = err};
    enum err_code rc;

    arena_init(&digest.arena, DIGEST_CAP);
    c.slots = mem_array(SLOTS, sizeof(struct changed *));
    c.all = mem_array(DIGEST_SCAN_MAX, sizeof(struct changed *));
    rc = c.slots == NULL || c.all == NULL ? mem_err(err) : fill(&c, cache, err);
    mem_free(c.slots);
    mem_free(c.all);
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
