#include "core/operate/place.h"

#include "core/model/fold.h"

enum { LIST_CAP = 400, WORD_SHOWN = 100 };

/* ---- NAME ---- */

struct loading {
    place_fn *takes;
    const void *owner;
    struct sv name;
    int64_t ids[PLACES_MAX];
    size_t count;
};

/* One of that very name finds room behind as many parts of logical ones as there may be. */
static bool add_row(void *owner, const struct pipeline_row *row)
{
    struct loading *l = owner;

    if (l->takes != NULL && !l->takes(l->owner, &row->id))
        return true;
    if (l->count < PLACES_MAX)
        l->ids[l->count++] = row->rowid;
    else if (sv_eq(row->id.name, l->name))
        l->ids[PLACES_MAX - 1] = row->rowid;
    return true;
}

static bool is_named(const struct place_rows *p, const struct pipeline_id *place)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct pipeline_id *id = &p->items[i].row.id;

        if (sv_eq(id->name, p->name) && sv_eq(id->account, place->account) &&
            sv_eq(id->region, place->region))
            return true;
    }
    return false;
}

/* Beside one of that very name the parts of a logical one are not meant, since only that name can
 * tell it from them; in another place they are, since that can be told. */
static void drop_parts(struct place_rows *p)
{
    size_t kept = 0;
    bool keeps[PLACES_MAX];

    for (size_t i = 0; i < p->count; i++) {
        const struct pipeline_id *id = &p->items[i].row.id;

        keeps[i] = sv_eq(id->name, p->name) || !is_named(p, id);
        p->dropped += !keeps[i];
    }
    for (size_t i = 0; i < p->count; i++) {
        if (keeps[i])
            p->items[kept++] = p->items[i];
    }
    p->count = kept;
}

enum err_code place_rows_load(struct cache *cache, struct sv name, place_fn *takes,
                              const void *owner, struct arena *arena, struct place_rows *out,
                              struct err *err)
{
    struct pipeline_query query = {.sort = SORT_NAME, .names = &name, .name_count = 1};
    struct loading l = {.takes = takes, .owner = owner, .name = name};
    struct place_rows p = {.name = name};
    enum err_code rc = cache_pipelines(cache, &query, add_row, &l, err);

    if (rc)
        return rc;
    p.items = arena_alloc(arena, l.count + 1, sizeof *p.items);
    if (p.items == NULL)
        return arena_err(arena, err);
    for (; p.count < l.count && !rc; p.count++)
        rc = cache_get_pipeline(cache, l.ids[p.count], arena, &p.items[p.count], err);
    if (rc)
        return rc;
    drop_parts(&p);
    *out = p;
    return ERR_OK;
}

/* ---- STAGE ---- */

bool place_takes_action(const struct action_state *action, enum place_kind kind)
{
    return kind != PLACE_APPROVAL || sv_eq(action->category, SV("Approval"));
}

bool place_takes_stage(const struct stage_state *stage, enum place_kind kind)
{
    if (kind != PLACE_APPROVAL)
        return true;
    for (size_t i = 0; i < stage->action_count; i++) {
        if (place_takes_action(&stage->actions[i], kind))
            return true;
    }
    return false;
}

/* Of this environment; of an approval that of the next stage that deploys, which it releases to. */
static bool serves(const struct cache_pipeline *p, size_t at, struct sv environment,
                   enum place_kind kind)
{
    struct sv own = fold_stage_environment(p->state.stages[at].name);

    for (size_t i = at + 1; kind == PLACE_APPROVAL && i < p->state.stage_count; i++) {
        struct sv next = fold_stage_environment(p->state.stages[i].name);

        if (next.len > 0 && sv_starts(p->state.stages[i].name, SV("Deploy"))) {
            own = next;
            break;
        }
    }
    return sv_eq(own, environment) ||
           (own.len == 0 && p->row.environment.len > 0 && sv_eq(p->row.environment, environment));
}

enum { FITS_BEST = 3 };

/* How well a stage of the environment fits what is to be done; 0 = not at all. */
static int fitness(const struct stage_state *s, enum place_kind kind)
{
    bool deploys = sv_starts(s->name, SV("Deploy"));

    switch (kind) {
    case PLACE_APPROVAL:
        return !place_takes_stage(s, kind) ? 0 : stage_status(s) == STATUS_WAITING ? FITS_BEST : 2;
    case PLACE_FAILED:
        return s->status == STATUS_FAILED || s->status == STATUS_STOPPED ? FITS_BEST
               : deploys                                                 ? 2
                                                                         : 1;
    case PLACE_STAGE:
    case PLACE_PIPELINE:
        break;
    }
    return deploys ? 2 : 1;
}

/* *rival: another stage whose approval waits for the same environment; else NULL. */
static const struct stage_state *stage_in(const struct cache_pipeline *p, struct sv word,
                                          enum place_kind kind, const struct stage_state **rival)
{
    const struct stage_state *best = NULL;
    int fits = 0;

    *rival = NULL;
    for (size_t i = 0; i < p->state.stage_count; i++) {
        if (sv_eq(p->state.stages[i].name, word))
            return &p->state.stages[i];
    }
    for (size_t i = 0; i < p->state.stage_count; i++) {
        const struct stage_state *s = &p->state.stages[i];
        int how = serves(p, i, word, kind) ? fitness(s, kind) : 0;

        if (how == FITS_BEST && fits == FITS_BEST && kind == PLACE_APPROVAL && *rival == NULL)
            *rival = s;
        if (how > fits) {
            fits = how;
            best = s;
        }
    }
    return best;
}

/* ---- choosing ---- */

static void put_choice(struct sb *list, struct sv name, struct sv account, struct sv region)
{
    /* Only for the sentence: one that does not fit is left out. */
    if (sb_addf(list, NULL, "%s" SV_FMT "%s" SV_FMT "%s" SV_FMT, list->len > 0 ? ", " : "",
                SV_ARG(name), account.len > 0 ? " in " : "", SV_ARG(account),
                region.len > 0 ? " " : "", SV_ARG(region)))
        return;
}

static enum err_code tell_stages(const struct place_rows *p, const struct place_choice *how,
                                 struct err *err)
{
    CLEANUP(sb_release) struct sb list;
    struct sv name = p->count == 1 ? p->items[0].row.id.name : p->name;

    sb_init(&list, LIST_CAP);
    for (size_t i = 0; i < p->count; i++) {
        for (size_t k = 0; k < p->items[i].state.stage_count; k++)
            put_choice(&list, p->items[i].state.stages[k].name, SV(""), SV(""));
    }
    return err_set(err, ERR_NOT_FOUND, SV_FMT " has no stage or environment " SV_FMT "; it has: %s",
                   SV_ARG(sv_take(name, WORD_SHOWN)), SV_ARG(sv_take(how->stage, WORD_SHOWN)),
                   sb_cstr(&list));
}

static bool is_one_place(const struct place_rows *p)
{
    const struct pipeline_id *first = &p->items[0].row.id;

    for (size_t i = 1; i < p->count; i++) {
        const struct pipeline_id *id = &p->items[i].row.id;

        if (!sv_eq(id->account, first->account) || !sv_eq(id->region, first->region) ||
            sv_eq(id->name, first->name))
            return false;
    }
    return true;
}

static enum err_code tell_rows(const struct place_rows *p, const bool *fits, size_t count,
                               const char *advice, struct err *err)
{
    CLEANUP(sb_release) struct sb list;

    sb_init(&list, LIST_CAP);
    for (size_t i = 0; i < p->count; i++) {
        const struct pipeline_id *id = &p->items[i].row.id;
        bool is_alike = is_one_place(p);

        if (fits[i])
            put_choice(&list, id->name, is_alike ? SV("") : id->account,
                       is_alike ? SV("") : id->region);
    }
    return err_set(err, ERR_USAGE, "\"" SV_FMT "\" means %zu pipelines (%s): name one of them%s",
                   SV_ARG(sv_take(p->name, WORD_SHOWN)), count, sb_cstr(&list), advice);
}

static enum err_code tell_rivals(const struct place_choice *how, const struct stage_state *a,
                                 const struct stage_state *b, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "approvals of " SV_FMT " wait in " SV_FMT " and " SV_FMT ": name the stage",
                   SV_ARG(sv_take(how->stage, WORD_SHOWN)), SV_ARG(sv_take(a->name, WORD_SHOWN)),
                   SV_ARG(sv_take(b->name, WORD_SHOWN)));
}

/* A stage of the only pipeline that is not there. One whose state was never read may have it. */
static bool is_refused(const struct place_rows *p, const struct place_choice *how)
{
    return p->count > 1 || (how->is_strict && p->items[0].state.stage_count > 0);
}

enum err_code place_rows_choose(const struct place_rows *p, const struct place_choice *how,
                                const struct cache_pipeline **out, struct sv *stage,
                                struct err *err)
{
    const struct cache_pipeline *chosen = NULL;
    const struct stage_state *rival = NULL;
    const struct stage_state *found = NULL;
    bool fits[PLACES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < p->count; i++) {
        fits[i] = how->stage.len == 0 || stage_in(&p->items[i], how->stage, how->kind, &rival);
        if (fits[i])
            chosen = &p->items[i];
        count += fits[i];
    }
    if (count > 1)
        return tell_rows(p, fits, count, how->advice, err);
    if (count == 0 && is_refused(p, how))
        return tell_stages(p, how, err);
    *out = chosen != NULL ? chosen : &p->items[0];
    if (how->stage.len > 0)
        found = stage_in(*out, how->stage, how->kind, &rival);
    if (found != NULL && rival != NULL)
        return tell_rivals(how, found, rival, err);
    *stage = found != NULL ? found->name : how->stage;
    return ERR_OK;
}

/* ---- ACTION ---- */

enum err_code place_check_action(const struct cache_pipeline *p, struct sv stage, struct sv action,
                                 enum place_kind kind, struct err *err)
{
    CLEANUP(sb_release) struct sb list;
    const char *what = kind == PLACE_APPROVAL ? "approval" : "action";
    const struct stage_state *s = NULL;

    sb_init(&list, LIST_CAP);
    for (size_t i = 0; i < p->state.stage_count && s == NULL; i++) {
        if (sv_eq(p->state.stages[i].name, stage))
            s = &p->state.stages[i];
    }
    if (s == NULL || s->action_count == 0)
        return ERR_OK;
    for (size_t i = 0; i < s->action_count; i++) {
        if (!place_takes_action(&s->actions[i], kind))
            continue;
        if (sv_eq(s->actions[i].name, action))
            return ERR_OK;
        put_choice(&list, s->actions[i].name, SV(""), SV(""));
    }
    return err_set(err, ERR_NOT_FOUND, SV_FMT " of " SV_FMT " has no %s " SV_FMT "; it has: %s",
                   SV_ARG(sv_take(stage, WORD_SHOWN)), SV_ARG(sv_take(p->row.id.name, WORD_SHOWN)),
                   what, SV_ARG(sv_take(action, WORD_SHOWN)),
                   list.len > 0 ? sb_cstr(&list) : "none");
}
