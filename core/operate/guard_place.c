#include "core/operate/guard_place.h"

#include "core/model/fold.h"
#include "core/operate/guard_name.h"
#include "core/operate/stacks.h"

struct place {
    struct sv name;
    struct sv stage;
    struct sv account;
    struct sv region;
    bool is_cicd;
    size_t rank; /* what this deploy read goes before what the cache keeps */
};

/* The turn's, in its arena. */
struct places {
    struct place *items;
    size_t count;
};

/* ---- what is known ---- */

static int compare_places(const struct place *a, const struct place *b)
{
    int diff = sv_cmp(a->name, b->name);

    if (diff == 0)
        diff = sv_cmp(a->account, b->account);
    return diff != 0 ? diff : sv_cmp(a->region, b->region);
}

static int by_place(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;
    int diff = compare_places(a, b);

    return diff != 0 ? diff : (a->rank > b->rank) - (a->rank < b->rank);
}

static void add_place(struct places *known, struct place place)
{
    place.rank = known->count;
    known->items[known->count++] = place;
}

/* Several contexts may keep the same one. */
static void keep_distinct(struct places *known)
{
    size_t kept = 0;

    if (known->count > 1)
        qsort(known->items, known->count, sizeof *known->items, by_place);
    for (size_t i = 0; i < known->count; i++) {
        if (kept == 0 || compare_places(&known->items[kept - 1], &known->items[i]) != 0)
            known->items[kept++] = known->items[i];
    }
    known->count = kept;
}

/* A cache that cannot be read knows nothing: the stages' names count all the same. */
static enum err_code read_places(struct turn *t, struct places *out, struct err *err)
{
    const struct deploy *d = t->deploy;
    struct cached_environment *kept = NULL;
    size_t count = 0;

    if (d->cache != NULL &&
        cache_list_environments(d->cache, SV("aws"), SV(""), SV(""), t->arena, &kept, &count, NULL))
        count = 0;
    out->items = arena_alloc(t->arena, d->environment_count + count + 1, sizeof *out->items);
    if (out->items == NULL)
        return arena_err(t->arena, err);
    for (size_t i = 0; i < d->environment_count; i++) {
        const struct environment *e = &d->environments[i];

        add_place(out, (struct place){.name = e->name,
                                      .stage = e->stage,
                                      .account = e->account,
                                      .region = e->region,
                                      .is_cicd = e->kind == ENVIRONMENT_CICD});
    }
    for (size_t i = 0; i < count; i++)
        add_place(out, (struct place){.name = kept[i].name,
                                      .stage = kept[i].stage,
                                      .account = kept[i].account,
                                      .region = kept[i].region,
                                      .is_cicd = sv_eq(kept[i].kind, SV("cicd"))});
    keep_distinct(out);
    return ERR_OK;
}

static enum err_code get_places(struct turn *t, const struct places **out, struct err *err)
{
    struct places *known;
    enum err_code rc;

    if (t->places == NULL) {
        known = arena_alloc(t->arena, 1, sizeof *known);
        if (known == NULL)
            return arena_err(t->arena, err);
        *known = (struct places){0};
        rc = read_places(t, known, err);
        if (rc)
            return rc;
        t->places = known;
    }
    *out = t->places;
    return ERR_OK;
}

/* ---- choosing ---- */

enum err_code guard_place_add(struct sb *out, struct sv name, struct err *err)
{
    struct sv rest = sb_sv(out);

    if (name.len == 0)
        return ERR_OK;
    while (rest.len > 0) {
        if (sv_eq(sv_cut(rest, ',', &rest), name))
            return ERR_OK;
    }
    return sb_addf(out, err, "," SV_FMT, SV_ARG(name));
}

static enum err_code add_stage(struct sb *out, struct sv stage, struct err *err)
{
    CLEANUP(sb_release) struct sb name;
    enum err_code rc;

    sb_init(&name, GUARD_PLACES_MAX);
    rc = sb_addf(&name, err, GUARD_STAGE SV_FMT, SV_ARG(stage));
    return rc ? rc : guard_place_add(out, sb_sv(&name), err);
}

static enum err_code add(struct turn *t, const struct place *p, struct sb *out, struct err *err)
{
    enum err_code rc = guard_place_add(out, p->name, err);

    t->is_placed = true;
    return rc ? rc : guard_place_add(out, p->stage, err);
}

static bool is_called(const struct place *p, struct sv name)
{
    return names_mean(p->name, name, true) || names_mean(p->stage, name, true);
}

/* What is called so is in that account: then the others there are not meant. */
static bool is_told_by_name(const struct places *known, struct sv name, struct sv account)
{
    for (size_t i = 0; i < known->count; i++) {
        if (sv_eq(known->items[i].account, account) && is_called(&known->items[i], name))
            return true;
    }
    return false;
}

static enum err_code add_called(struct turn *t, const struct places *known, struct sv name,
                                struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < known->count && !rc; i++) {
        if (is_called(&known->items[i], name))
            rc = add(t, &known->items[i], out, err);
    }
    return rc;
}

/* In one account there may be several: those of the region, else all of them. */
static enum err_code add_inside(struct turn *t, const struct places *known, struct sv account,
                                struct sv region, struct sb *out, struct err *err)
{
    bool has_region = false;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < known->count; i++)
        has_region = has_region || (sv_eq(known->items[i].account, account) &&
                                    sv_eq(known->items[i].region, region));
    for (size_t i = 0; i < known->count && !rc; i++) {
        const struct place *p = &known->items[i];

        if (sv_eq(p->account, account) && (!has_region || sv_eq(p->region, region)))
            rc = add(t, p, out, err);
    }
    return rc;
}

static bool keeps_pipelines(const struct places *known, struct sv account)
{
    for (size_t i = 0; i < known->count; i++) {
        if (known->items[i].is_cicd && sv_eq(known->items[i].account, account))
            return true;
    }
    return false;
}

static bool releases(const struct turn *t, const struct places *known, const struct action_def *a)
{
    struct sv own = t->operand->id.account;

    if (sv_eq(a->category, SV("Source")) || sv_eq(a->category, SV("Approval")))
        return false;
    return sv_eq(a->category, SV("Deploy")) || !sv_eq(action_account(a, &t->operand->id), own) ||
           !keeps_pipelines(known, own);
}

static struct sv region_of(const struct action_def *a, const struct pipeline_id *id)
{
    return a->region.len > 0 ? a->region : id->region;
}

/* An action before it works in the same place. */
static bool is_repeated(const struct turn *t, const struct places *known,
                        const struct stage_def *stage, size_t at)
{
    const struct pipeline_id *id = &t->operand->id;
    const struct action_def *a = &stage->actions[at];

    for (size_t i = 0; i < at; i++) {
        const struct action_def *b = &stage->actions[i];

        if (sv_eq(action_account(a, id), action_account(b, id)) &&
            sv_eq(region_of(a, id), region_of(b, id)) && releases(t, known, b))
            return true;
    }
    return false;
}

static enum err_code add_actions(struct turn *t, const struct places *known,
                                 const struct stage_def *stage, struct sb *out, struct err *err)
{
    const struct pipeline_id *id = &t->operand->id;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < stage->action_count && !rc; i++) {
        const struct action_def *a = &stage->actions[i];

        if (releases(t, known, a) && !is_repeated(t, known, stage, i) &&
            !is_told_by_name(known, stage->name, action_account(a, id)))
            rc = add_inside(t, known, action_account(a, id), region_of(a, id), out, err);
    }
    return rc;
}

bool guard_place_def(struct turn *t, struct pipeline_def *out)
{
    int64_t rowid = 0;

    return t->deploy->cache != NULL &&
           cache_find_id(t->deploy->cache, &t->operand->id, &rowid, NULL) == ERR_OK && rowid != 0 &&
           cache_get_def(t->deploy->cache, rowid, t->arena, out, NULL) == ERR_OK;
}

static const struct stage_def *with_actions(struct turn *t, const struct stage_def *stage)
{
    struct pipeline_def def;

    if (stage->action_count > 0 || !guard_place_def(t, &def))
        return stage;
    for (size_t i = 0; i < def.stage_count; i++) {
        if (sv_eq(def.stages[i].name, stage->name))
            return &def.stages[i];
    }
    return stage;
}

enum err_code guard_place_stage(struct turn *t, const struct stage_def *stage, struct sb *out,
                                struct err *err)
{
    struct sv environment = fold_stage_environment(stage->name);
    const struct places *known;
    enum err_code rc;

    if (environment.len > 0) {
        t->is_placed = true;
        return guard_place_add(out, environment, err);
    }
    rc = add_stage(out, stage->name, err);
    if (!rc)
        rc = get_places(t, &known, err);
    if (!rc)
        rc = add_called(t, known, stage->name, out, err);
    if (rc || known->count == 0)
        return rc;
    return add_actions(t, known, with_actions(t, stage), out, err);
}

enum err_code guard_place_account(struct turn *t, struct sv name, struct sv account,
                                  struct sv region, struct sb *out, struct err *err)
{
    const struct places *known;
    enum err_code rc = get_places(t, &known, err);

    if (!rc && name.len > 0)
        rc = add_stage(out, name, err);
    if (!rc && name.len > 0)
        rc = add_called(t, known, name, out, err);
    return rc || (name.len > 0 && is_told_by_name(known, name, account))
               ? rc
               : add_inside(t, known, account, region, out, err);
}
