#include "core/operate/feeds.h"

#include "core/aws/codepipeline.h"
#include "core/model/fold.h"
#include "core/operate/guard_place.h"
#include "core/operate/repository_page.h"
#include "core/operate/way.h"

enum { NAMED = 4, FEEDS_TEXT = 32 * 1024, PAGES_MAX = 50 };

struct feeds {
    struct turn *t;
    struct sv branch;
    struct sb *names;
    struct sb pipelines;
    struct sb guarded;
    struct sb environments;
    size_t met;
    size_t asked;
    struct err *err;
};

static bool reads_branch(const struct feeds *f, const struct action_def *a)
{
    return sv_eq(a->category, SV("Source")) && sv_eq(a->provider, SV("CodeCommit")) &&
           sv_eq(a->repository, f->t->operand->repository) && sv_eq(a->branch, f->branch);
}

static bool is_fed(const struct feeds *f, const struct pipeline_def *def)
{
    for (size_t i = 0; i < def->stage_count; i++) {
        for (size_t k = 0; k < def->stages[i].action_count; k++) {
            if (reads_branch(f, &def->stages[i].actions[k]))
                return true;
        }
    }
    return false;
}

static enum err_code add_piece(const struct feeds *f, struct sb *out, struct sv piece)
{
    return piece.len == 0
               ? ERR_OK
               : sb_addf(out, f->err, "%s" SV_FMT, out->len > 0 ? "," : "", SV_ARG(piece));
}

static bool has_piece(const struct sb *list, struct sv piece)
{
    struct sv rest = sb_sv(list);

    while (rest.len > 0) {
        if (sv_eq(sv_cut(rest, ',', &rest), piece))
            return true;
    }
    return false;
}

static enum err_code guard_all(struct feeds *f, struct sv places)
{
    enum err_code rc = ERR_OK;

    while (places.len > 0 && !rc)
        rc = guard_place_add(&f->guarded, sv_cut(places, ',', &places), f->err);
    return rc;
}

/* What the way of one pipeline tells. The places that were read for it serve the others. */
static enum err_code guard_walk(struct feeds *f, const struct turn *walk)
{
    f->t->is_placed = f->t->is_placed || walk->is_placed;
    f->t->places = walk->places;
    return guard_all(f, walk->environment);
}

static enum err_code add_name(struct feeds *f, struct sv name)
{
    enum err_code rc = ERR_OK;

    if (f->met++ < NAMED)
        rc = sb_addf(f->names, f->err, "%s" SV_FMT, f->names->len > 0 ? ", " : "", SV_ARG(name));
    return rc ? rc : add_piece(f, &f->pipelines, name);
}

/* What it reaches from its source on. That a transition is disabled is not asked of each: it counts
 * as open. */
static enum err_code take_def(struct feeds *f, struct sv name, const struct pipeline_def *def)
{
    const struct operand *own = f->t->operand;
    struct operand led = {.id = own->id, .environment = SV("")};
    struct turn walk = *f->t;
    struct way way;
    struct fold fold;
    enum err_code rc;

    if (!is_fed(f, def))
        return ERR_OK;
    fold_pipeline(def, NULL, 0, &fold);
    led.id.name = name;
    walk.operand = &led;
    rc = add_name(f, name);
    if (!rc)
        rc = way_find(&walk, NULL, def, SV(""), WAY_ENTERS, &way, f->err);
    if (!rc)
        rc = guard_walk(f, &walk);
    /* A gitflow pipeline's branch is its environment's, also when an approval stands before it. */
    return rc ? rc
              : add_piece(f, &f->environments,
                          fold.environment.len > 0 ? fold.environment : way.environments);
}

/* ---- the account ---- */

static bool get_cached(const struct feeds *f, const struct pipeline_summary *p,
                       struct pipeline_def *out)
{
    struct pipeline_id id = f->t->operand->id;
    int64_t rowid = 0;

    id.name = p->name;
    return f->t->deploy->cache != NULL &&
           cache_find_id(f->t->deploy->cache, &id, &rowid, NULL) == ERR_OK && rowid != 0 &&
           cache_get_def(f->t->deploy->cache, rowid, f->t->arena, out, NULL) == ERR_OK &&
           out->version == p->version;
}

static enum err_code ask_def(struct feeds *f, struct sv name, struct pipeline_def *out)
{
    const struct operand *own = f->t->operand;
    struct operand led = {.id = own->id};
    enum err_code rc;

    led.id.name = name;
    f->t->operand = &led;
    rc = pipe_def(f->t, out, f->err);
    f->t->operand = own;
    return rc;
}

static enum err_code take_summary(struct feeds *f, const struct pipeline_summary *p)
{
    struct pipeline_def def;
    enum err_code rc = ERR_OK;

    if (!get_cached(f, p, &def)) {
        if (++f->asked > FEEDS_ASKED_MAX)
            return err_set(f->err, ERR_LIMIT,
                           "more than %d pipelines of the account are not in the cache: sync first",
                           FEEDS_ASKED_MAX);
        rc = ask_def(f, p->name, &def);
    }
    return rc ? rc : take_def(f, p->name, &def);
}

static enum err_code ask_page(struct feeds *f, struct sv *token)
{
    const struct ask_member more[] = {{"nextToken", *token}, ASK_END};
    const struct ask_member none[] = {ASK_END};
    const struct aws_reply *reply;
    struct pipeline_summary *page;
    size_t count = 0;
    enum err_code rc =
        turn_ask(f->t, OP_LIST_PIPELINES, token->len > 0 ? more : none, &reply, f->err);

    if (!rc)
        rc = decode_pipelines(reply->json, f->t->arena, &page, &count, f->err);
    if (!rc)
        rc = turn_keep(f->t, json_sv(reply->json, "nextToken"), token, f->err);
    for (size_t i = 0; i < count && !rc; i++)
        rc = take_summary(f, &page[i]);
    return rc;
}

static enum err_code read_account(struct feeds *f)
{
    struct sv token = SV("");
    enum err_code rc;
    int pages = 0;

    do
        rc = ask_page(f, &token);
    while (!rc && token.len > 0 && ++pages < PAGES_MAX);
    if (!rc && token.len > 0)
        rc = err_set(f->err, ERR_LIMIT, "the account has too many pipelines");
    return rc;
}

/* ---- elsewhere ---- */

/* A pipeline that others made: as its stages are called. */
static enum err_code guard_stages(struct feeds *f, const struct pipeline_id *id)
{
    struct operand led = {.id = *id, .environment = SV("")};
    struct turn walk = *f->t;
    struct pipeline_def def;
    struct way way;
    enum err_code rc;

    walk.operand = &led;
    if (!guard_place_def(&walk, &def))
        return ERR_OK;
    rc = way_find(&walk, NULL, &def, SV(""), WAY_ENTERS, &way, f->err);
    return rc ? rc : guard_walk(f, &walk);
}

/* The operand's own pipeline may be in another account than its repository. */
static enum err_code read_cache(struct feeds *f)
{
    struct turn *t = f->t;
    struct repository_source *sources = NULL;
    size_t count = 0;
    enum err_code rc = ERR_OK;

    if (t->deploy->cache != NULL)
        rc = repository_sources(t->deploy->cache, &t->operand->id, t->arena, &sources, &count,
                                f->err);
    for (size_t i = 0; i < count && !rc; i++) {
        const struct repository_source *s = &sources[i];

        if (!source_is_codecommit(s) || !sv_eq(s->repository, t->operand->repository) ||
            !sv_eq(s->branch, f->branch) || has_piece(&f->pipelines, s->pipeline.name))
            continue;
        rc = add_name(f, s->pipeline.name);
        if (!rc)
            rc = guard_all(f, s->environments);
        if (!rc && s->environments.len == 0)
            rc = guard_stages(f, &s->pipeline);
        if (!rc)
            rc = add_piece(f, &f->environments, s->environments);
        t->is_placed = t->is_placed || s->environments.len > 0;
    }
    return rc;
}

static enum err_code keep(struct feeds *f, struct sv *environments)
{
    struct turn *t = f->t;
    enum err_code rc = ERR_OK;

    if (f->met > NAMED)
        rc = sb_addf(f->names, f->err, " and %zu more", f->met - NAMED);
    if (!rc)
        rc = turn_keep(t, sb_sv(&f->pipelines), &t->pipelines, f->err);
    if (!rc)
        rc = turn_keep(t, sb_sv(&f->guarded), &t->environment, f->err);
    t->has_way = f->met > 0;
    return rc ? rc : turn_keep(t, sb_sv(&f->environments), environments, f->err);
}

enum err_code feeds_find(struct turn *t, struct sv branch, struct sb *names,
                         struct sv *environments, struct err *err)
{
    struct err why = {0};
    struct feeds f = {.t = t, .branch = branch, .names = names, .err = &why};
    enum err_code rc;

    *environments = SV("");
    sb_init(&f.pipelines, FEEDS_TEXT);
    sb_init(&f.guarded, GUARD_PLACES_MAX);
    sb_init(&f.environments, FEEDS_TEXT);
    t->is_placed = t->is_placed || t->operand->environment.len > 0;
    rc = guard_all(&f, t->operand->environment);
    if (!rc)
        rc = read_account(&f);
    if (!rc)
        rc = read_cache(&f);
    if (!rc)
        rc = keep(&f, environments);
    sb_release(&f.pipelines);
    sb_release(&f.guarded);
    sb_release(&f.environments);
    if (rc == ERR_CANCELLED || rc == ERR_AUTH)
        return err_set(err, rc, "%s", why.text);
    return rc == ERR_OK
               ? rc
               : turn_text(t, &t->refusal, err,
                           "which pipelines the branch starts cannot be told: %.380s", why.text);
}
