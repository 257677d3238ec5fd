/* Which action's log is meant: what somebody who opens a log without saying more wants to see. */
#include "core/operate/log.h"

enum { RUNS_CAP = 32 << 20 };

/* CodeBuild's ids are "PROJECT:UUID"; AWS tells them as the action's external id. */
static bool is_build(struct sv provider, struct sv external_id)
{
    bool may_be =
        provider.len == 0 || sv_eq(provider, SV("CodeBuild")) || sv_eq(provider, SV("Commands"));

    return may_be && sv_find(external_id, SV(":")) > 0 && !sv_starts(external_id, SV("arn:")) &&
           sv_find(external_id, SV("/")) < 0;
}

static const struct action_def *find_def(const struct pipeline_def *def, struct sv stage,
                                         struct sv action)
{
    for (size_t i = 0; i < def->stage_count; i++) {
        const struct stage_def *s = &def->stages[i];

        for (size_t k = 0; sv_eq(s->name, stage) && k < s->action_count; k++) {
            if (sv_eq(s->actions[k].name, action))
                return &s->actions[k];
        }
    }
    return NULL;
}

struct choosing {
    const struct operand *what;
    const struct pipeline_def *def;
    struct log_choice best;
    bool has_best;
    bool wants_running;
    bool has_stage; /* one of that name was seen */
};

/* The lower the better. */
static int rank_of(const struct choosing *c, const struct log_choice *choice)
{
    int rank = choice->build.len > 0 ? 0 : 8;

    if (choice->status == STATUS_FAILED)
        return rank + c->wants_running;
    if (status_is_running(choice->status))
        return rank + !c->wants_running;
    return rank + (choice->status != STATUS_NONE ? 2 : 3);
}

static bool is_better(const struct choosing *c, const struct log_choice *choice)
{
    int rank = rank_of(c, choice);
    int best = rank_of(c, &c->best);

    return rank != best ? rank < best : choice->changed_at > c->best.changed_at;
}

static void consider(struct choosing *c, struct sv stage, struct sv execution_id,
                     const struct action_state *a)
{
    const struct action_def *def = find_def(c->def, stage, a->name);
    struct log_choice choice = {.stage = stage,
                                .action = a->name,
                                .execution_id = execution_id,
                                .category = a->category,
                                .provider = a->provider,
                                .build = SV(""),
                                .region = c->what->id.region,
                                .summary = a->error_message.len > 0 ? a->error_message : a->summary,
                                .url = a->external_url,
                                .status = a->status,
                                .changed_at = a->changed_at};

    if (c->what->stage.len > 0 && !sv_eq_nocase(stage, c->what->stage))
        return;
    c->has_stage = true;
    if (c->what->action.len > 0 && !sv_eq_nocase(a->name, c->what->action))
        return;
    if (def != NULL && choice.provider.len == 0)
        choice.provider = def->provider;
    if (def != NULL && choice.category.len == 0)
        choice.category = def->category;
    if (def != NULL && def->region.len > 0)
        choice.region = def->region;
    if (is_build(choice.provider, a->external_id))
        choice.build = a->external_id;
    if (!c->has_best || is_better(c, &choice)) {
        c->best = choice;
        c->has_best = true;
    }
}

/* Of the latest execution: a stage that it has not reached yet shows the one before, which counts
 * only when nobody asked for an execution. */
static void consider_state(struct choosing *c, const struct cache_pipeline *p)
{
    for (size_t i = 0; i < p->state.stage_count; i++) {
        const struct stage_state *s = &p->state.stages[i];
        bool is_wanted =
            c->what->execution_id.len == 0 || sv_eq(s->execution_id, c->what->execution_id);

        for (size_t k = 0; is_wanted && k < s->action_count; k++)
            consider(c, s->name, s->execution_id, &s->actions[k]);
    }
}

static enum err_code consider_runs(struct choosing *c, struct cache *cache, int64_t rowid,
                                   struct arena *arena, struct err *err)
{
    struct action_run *runs;
    size_t count;
    enum err_code rc = cache_runs(cache, rowid, c->what->execution_id, arena, &runs, &count, err);

    for (size_t i = 0; !rc && i < count; i++)
        consider(c, runs[i].stage, runs[i].execution_id, &runs[i].action);
    return rc;
}

static enum err_code not_found(const struct choosing *c, struct err *err)
{
    const struct operand *w = c->what;

    if (w->stage.len > 0 && !c->has_stage)
        return err_set(err, ERR_NOT_FOUND, SV_FMT " has no stage " SV_FMT " that ran%s" SV_FMT,
                       SV_ARG(sv_take(w->id.name, 100)), SV_ARG(sv_take(w->stage, 100)),
                       w->execution_id.len > 0 ? " in " : "", SV_ARG(sv_take(w->execution_id, 36)));
    if (w->action.len > 0)
        return err_set(err, ERR_NOT_FOUND, "stage " SV_FMT " has no action " SV_FMT,
                       SV_ARG(sv_take(w->stage, 100)), SV_ARG(sv_take(w->action, 100)));
    if (w->execution_id.len > 0)
        return err_set(err, ERR_NOT_FOUND,
                       "nothing is known of how execution " SV_FMT " of " SV_FMT " ran",
                       SV_ARG(sv_take(w->execution_id, 36)), SV_ARG(sv_take(w->id.name, 100)));
    return err_set(err, ERR_NOT_FOUND, SV_FMT " never ran: there is no log",
                   SV_ARG(sv_take(w->id.name, 100)));
}

static enum err_code choose(struct choosing *c, struct cache *cache, int64_t rowid,
                            struct arena *arena, struct err *err)
{
    struct cache_pipeline p;
    struct pipeline_def def = {.name = SV("")};
    enum err_code rc = cache_get_pipeline(cache, rowid, arena, &p, err);

    if (rc)
        return rc;
    c->def = &def;
    if (cache_get_def(cache, rowid, arena, &def, NULL))
        def = (struct pipeline_def){.name = SV("")};
    consider_state(c, &p);
    if (c->what->execution_id.len > 0)
        rc = consider_runs(c, cache, rowid, arena, err);
    if (rc)
        return rc;
    return c->has_best && c->best.status != STATUS_NONE ? ERR_OK : not_found(c, err);
}

static bool keep(struct arena *arena, struct log_choice *c)
{
    struct sv *const texts[] = {&c->stage, &c->action, &c->execution_id, &c->category, &c->provider,
                                &c->build, &c->region, &c->summary,      &c->url};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        *texts[i] = arena_sv(arena, *texts[i]);
        if (texts[i]->ptr == NULL)
            return false;
    }
    return true;
}

enum err_code log_choose(struct cache *cache, const struct operand *what, bool wants_running,
                         struct arena *arena, struct log_choice *out, struct err *err)
{
    struct choosing c = {.what = what, .wants_running = wants_running};
    struct arena read;
    int64_t rowid;
    enum err_code rc = cache_find_id(cache, &what->id, &rowid, err);

    if (rc)
        return rc;
    if (rowid == 0)
        return err_set(err, ERR_NOT_FOUND, "the cache has no pipeline " SV_FMT,
                       SV_ARG(sv_take(what->id.name, 100)));
    arena_init(&read, RUNS_CAP);
    rc = choose(&c, cache, rowid, &read, err);
    if (!rc && !keep(arena, &c.best))
        rc = arena_err(arena, err);
    if (!rc)
        *out = c.best;
    arena_release(&read);
    return rc;
}

enum err_code log_instead(const struct log_choice *choice, struct sb *out, struct err *err)
{
    enum err_code rc = sb_add_safe(out, choice->action, err);
    const char *what = " writes no log that penstock can read: see its link";

    if (rc)
        return rc;
    if (sv_eq(choice->category, SV("Approval")))
        what = " is an approval: it has no log; :approvals shows what waits";
    else if (sv_eq(choice->category, SV("Source")))
        what = " is a source: it has no log";
    else if (sv_eq(choice->provider, SV("CloudFormation")))
        what = " is a CloudFormation action: its log is the stack's events; :stacks shows them";
    else if (sv_eq(choice->provider, SV("CodeBuild")))
        what = status_is_running(choice->status) ? " has not begun a build yet"
                                                 : " began no build: there is no log";
    rc = sb_add(out, sv_of(what), err);
    if (!rc && choice->summary.len > 0)
        rc = sb_add(out, SV(". AWS says: "), err);
    if (!rc && choice->summary.len > 0)
        rc = sb_add_safe(out, choice->summary, err);
    return rc;
}
