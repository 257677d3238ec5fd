/* Changing a pipeline: always a plan, then the stack's change set, then the repository. */
#include "core/deploy/create.h"
#include "core/deploy/inventory.h"
#include "core/deploy/quiet.h"

enum { ARENA_MAX = 64 << 20, LEFT_MAX = 64 * 1024 };

#define TITLE_DEFINITION "Definition"
#define TITLE_QUIET      "Stop what the removed stages run"
#define TITLE_ORPHANS    "Applications of removed stages"

void change_release(struct change *c)
{
    arena_release(&c->arena);
    *c = (struct change){0};
}

static enum effect effect_of(enum change_kind kind)
{
    switch (kind) {
    case CHANGE_ADDED:
        return EFFECT_CREATES;
    case CHANGE_REMOVED:
        return EFFECT_DELETES;
    case CHANGE_MOVED:
    case CHANGE_EDITED:
        break;
    }
    return EFFECT_CHANGES;
}

static enum err_code plan_definition(struct change *c, struct plan *plan, struct err *err)
{
    struct plan_step *step;

    if (c->change_count == 0)
        return ERR_OK;
    step = plan_step(plan, TITLE_DEFINITION, SV(""), SV(""), "");
    if (step == NULL)
        return arena_err(&plan->arena, err);
    for (size_t i = 0; i < c->change_count; i++) {
        const struct definition_change *row = &c->changes[i];

        if (plan_item(plan, step, effect_of(row->kind),
                      row->stage.len > 0 ? SV("stage") : SV("pipeline"),
                      row->stage.len > 0 ? row->stage : c->wanted->name, sv_of(row->text)) == NULL)
            return arena_err(&plan->arena, err);
    }
    return ERR_OK;
}

static bool has_stage(const struct definition *d, struct sv stage)
{
    for (size_t i = 0; i < d->stage_count; i++) {
        if (sv_eq(d->stages[i].stage, stage))
            return true;
    }
    return false;
}

/* Nobody has to let a commit in any more: that must not go unseen. */
static void judge_gates(const struct change *c, struct plan *plan)
{
    const struct definition *before = &c->before.definition;

    for (size_t i = 0; i < before->stage_count; i++) {
        for (size_t k = 0; k < c->wanted->stage_count; k++) {
            if (sv_eq(before->stages[i].stage, c->wanted->stages[k].stage) &&
                before->stages[i].approval && !c->wanted->stages[k].approval)
                defects_warn(plan->defects, "environments",
                             "stage " SV_FMT " loses its approval: commits reach it by themselves",
                             SV_ARG(before->stages[i].stage));
        }
    }
}

static bool removes_stages(const struct change *c)
{
    for (size_t i = 0; i < c->before.definition.stage_count; i++) {
        if (!has_stage(c->wanted, c->before.definition.stages[i].stage))
            return true;
    }
    return false;
}

/* What is deployed where no stage looks after it any more, also since an earlier edit. */
static enum err_code find_stray(struct task *task, struct change *c, struct err *err)
{
    struct defects *unheard = arena_alloc(&c->arena, 1, sizeof *unheard);
    struct inventory *all = c->inventory;
    size_t kept = 0;
    enum err_code rc;

    if (unheard == NULL)
        return arena_err(&c->arena, err);
    rc = inventory_applications(task, c->deploy, &c->before.definition, unheard, &c->arena, all,
                                err);
    for (size_t i = 0; i < all->application_count; i++) {
        if (!has_stage(c->wanted, all->applications[i].stage))
            all->applications[kept++] = all->applications[i];
    }
    all->application_count = kept;
    return rc;
}

static enum err_code find_orphans(struct task *task, struct change *c, struct plan *plan,
                                  struct err *err)
{
    enum err_code rc;

    c->inventory = arena_alloc(&c->arena, 1, sizeof *c->inventory);
    if (c->inventory == NULL)
        return arena_err(&c->arena, err);
    rc = find_stray(task, c, err);
    for (size_t i = 0; i < c->before.definition.stage_count && !rc; i++) {
        const struct definition_stage *stage = &c->before.definition.stages[i];

        if (!has_stage(c->wanted, stage->stage) &&
            environment_find(c->deploy->environments, c->deploy->environment_count,
                             stage->environment) == NULL)
            defects_warn(plan->defects, "environments",
                         "the environment of stage " SV_FMT
                         " is no longer on the list: what is deployed there is not looked for",
                         SV_ARG(stage->stage));
    }
    return rc;
}

static enum err_code plan_quiet(struct change *c, struct plan *plan, struct err *err)
{
    struct plan_step *step;

    if (!removes_stages(c))
        return ERR_OK;
    step = plan_step(plan, TITLE_QUIET, c->blueprint.cicd->account, c->blueprint.cicd->region,
                     "DisableStageTransition, StopPipelineExecution, StopBuild");
    return step == NULL ? arena_err(&plan->arena, err) : ERR_OK;
}

static enum err_code plan_orphans(struct change *c, struct plan *plan, struct err *err)
{
    static const enum effect effects[] = {[ORPHAN_ASK] = EFFECT_LEAVES,
                                          [ORPHAN_KEEP] = EFFECT_LEAVES,
                                          [ORPHAN_DELETE] = EFFECT_DELETES};
    struct plan_step *step;
    bool is_new = false;

    if (c->inventory->application_count == 0)
        return ERR_OK;
    /* What an earlier edit left on purpose is only told. */
    for (size_t i = 0; i < c->inventory->application_count; i++)
        is_new = is_new || has_stage(&c->before.definition, c->inventory->applications[i].stage);
    if (c->orphans == ORPHAN_ASK && is_new)
        defects_add(plan->defects, "environments",
                    "a stage that is removed has an application deployed: say whether it is kept "
                    "or deleted (--applications keep|delete)");
    step = plan_step(plan, TITLE_ORPHANS, SV(""), SV(""),
                     c->orphans == ORPHAN_DELETE ? "DeleteStack" : "");
    if (step == NULL)
        return arena_err(&plan->arena, err);
    for (size_t i = 0; i < c->inventory->application_count; i++) {
        const struct application *a = &c->inventory->applications[i];
        char detail[120];

        (void)snprintf(detail, sizeof detail, "account " SV_FMT ", " SV_FMT,
                       SV_ARG(a->environment->account), SV_ARG(a->environment->region));
        if (plan_item(plan, step, effects[c->orphans], SV("stack"), a->stack_name, sv_of(detail)) ==
            NULL)
            return arena_err(&plan->arena, err);
    }
    return ERR_OK;
}

static enum err_code plan_files(struct task *task, struct change *c, struct plan *plan,
                                struct err *err)
{
    struct sv branches[BRANCHES_MAX];
    size_t count = create_branches(c->wanted, branches);
    struct pipeline_repository r;
    struct plan_step *step;
    enum err_code rc;

    if (c->wanted->source != SOURCE_CODECOMMIT)
        return ERR_OK;
    rc = create_repository(task, c->deploy, &c->blueprint, &r, err);
    if (rc)
        return rc;
    if (!r.exists) {
        defects_add(plan->defects, "source.repository", "repository " SV_FMT " is gone",
                    SV_ARG(r.name));
        return ERR_OK;
    }
    step = plan_step(plan, TITLE_BRANCHES, r.account, c->blueprint.cicd->region,
                     "GetBranch, CreateBranch, GetFile, CreateCommit");
    if (step == NULL)
        return arena_err(&plan->arena, err);
    for (size_t i = 0; i < count && !rc; i++) {
        CLEANUP(sb_release) struct sb old;
        char head[COMMIT_ID_SIZE];
        bool is_there = false;
        bool is_same;

        sb_init(&old, 8 << 20);
        rc = repository_head(task, &r, branches[i], head, err);
        if (!rc && head[0] != '\0')
            rc = repository_read(task, &r, branches[i], SV("ddk.json"), &old, &is_there, err);
        is_same = is_there && sv_eq(sb_sv(&old), c->ddk_json);
        if (!rc && plan_item(plan, step,
                             head[0] == '\0' ? EFFECT_CREATES
                             : is_same       ? EFFECT_KEEPS
                                             : EFFECT_CHANGES,
                             SV("branch"), branches[i],
                             is_same ? SV("") : SV("commit of ddk.json")) == NULL)
            rc = arena_err(&plan->arena, err);
    }
    return rc;
}

static bool does_nothing(const struct plan *plan)
{
    for (const struct plan_step *s = plan->steps; s != NULL; s = s->next) {
        for (const struct plan_item *i = s->items; i != NULL; i = i->next) {
            if (i->effect != EFFECT_KEEPS && i->effect != EFFECT_LEAVES)
                return false;
        }
    }
    return true;
}

enum err_code change_plan(struct task *task, struct change *c, struct plan *plan, struct err *err)
{
    bool is_whole;
    enum err_code rc;

    arena_init(&c->arena, ARENA_MAX);
    rc = pipeline_fetch(task, c->deploy, c->wanted->name, &c->arena, &c->before, err);
    if (!rc)
        rc = definition_compare(&c->before.definition, c->wanted, &c->arena, &c->changes,
                                &c->change_count, plan->defects, err);
    if (!rc)
        rc = create_blueprint(c->deploy, c->wanted, &c->arena, &c->blueprint, plan, &is_whole, err);
    if (rc || !is_whole)
        return rc;
    rc = create_texts(&c->blueprint, &c->arena, &c->template_text, &c->ddk_json, err);
    if (!rc)
        rc = plan_definition(c, plan, err);
    judge_gates(c, plan);
    if (!rc)
        rc = plan_quiet(c, plan, err);
    if (!rc)
        rc = create_plan_targets(task, c->deploy, &c->blueprint, plan, err);
    if (!rc)
        rc = plan_files(task, c, plan, err);
    if (!rc)
        rc = create_plan_stack(task, c->deploy, &c->blueprint, c->template_text, plan, &c->digest,
                               err);
    if (!rc)
        rc = find_orphans(task, c, plan, err);
    if (!rc)
        rc = plan_orphans(c, plan, err);
    if (!rc)
        rc = plan_keep_texts(plan, c->template_text, c->ddk_json, err);
    plan->is_nothing = !rc && does_nothing(plan);
    return rc;
}

/* ---- steps ---- */

static job_step_fn check_targets;
static enum err_code check_targets(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct change *c = owner;

    return create_check_targets(job, task, c->deploy, &c->blueprint, err);
}

/* Before the stack: a new pipeline must find its branch. */
static job_step_fn make_branches;
static enum err_code make_branches(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct change *c = owner;
    struct pipeline_repository r;
    enum err_code rc = create_repository(task, c->deploy, &c->blueprint, &r, err);

    return rc ? rc : create_make_branches(job, task, &r, c->wanted, c->ddk_json, err);
}

static job_step_fn apply_stack;
static enum err_code apply_stack(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct change *c = owner;

    return create_apply_stack(job, task, c->deploy, &c->blueprint, c->template_text, c->digest,
                              err);
}

static job_step_fn put_ddk_json;
static enum err_code put_ddk_json(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct change *c = owner;
    struct pipeline_repository r;
    size_t commits = 0;
    enum err_code rc = create_repository(task, c->deploy, &c->blueprint, &r, err);

    if (!rc)
        rc = create_put_ddk_json(job, task, &r, c->wanted, c->ddk_json, &commits, err);
    if (!rc && commits == 0)
        job_was_done(job, "every branch has it");
    if (!rc && commits > 0)
        job_note(job, "committed to %zu; their pipelines start", commits);
    return rc;
}

/* While their projects are there: a build that still ran would deploy again. */
static job_step_fn stop_removed;
static enum err_code stop_removed(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct change *c = owner;
    const struct definition *before = &c->before.definition;
    struct quiet q = {
        .task = task, .job = job, .deploy = c->deploy, .account = c->blueprint.cicd->account};
    char name[DERIVED_SIZE];
    enum err_code rc = deploy_reach(task, c->deploy, c->blueprint.cicd, &q.session, err);

    for (size_t i = 0; i < before->stage_count && !rc; i++) {
        if (has_stage(c->wanted, before->stages[i].stage))
            continue;
        if (before->strategy == STRATEGY_GITFLOW)
            rc = quiet_pipeline(&q,
                                sv_of(definition_name(before, c->blueprint.cicd,
                                                      DERIVED_STAGE_PIPELINE, (int)i, name)),
                                err);
        if (!rc)
            rc = quiet_project(
                &q,
                sv_of(definition_name(before, c->blueprint.cicd, DERIVED_PROJECT, (int)i, name)),
                err);
    }
    if (!rc)
        job_note(job, "%zu executions and builds were stopped", q.stopped);
    return rc;
}

static job_step_fn delete_orphans;
static enum err_code delete_orphans(struct job *job, struct task *task, void *owner,
                                    struct err *err)
{
    struct change *c = owner;
    CLEANUP(sb_release) struct sb left;
    enum err_code rc;

    sb_init(&left, LEFT_MAX);
    rc = find_stray(task, c, err);
    for (size_t i = 0; i < c->inventory->application_count && !rc; i++)
        rc = application_delete(task, job, c->deploy, &c->inventory->applications[i], &left, err);
    if (!rc)
        job_note(job, "%zu deleted%s%s", c->inventory->application_count,
                 left.len > 0 ? "; kept: " : "", sb_cstr(&left));
    return rc;
}

enum err_code change_steps(struct change *c, struct job *job, struct err *err)
{
    bool has_repository = c->wanted->source == SOURCE_CODECOMMIT;
    enum err_code rc = job_add_step(job, check_targets, c, err, TITLE_TARGETS);

    if (!rc && removes_stages(c))
        rc = job_add_step(job, stop_removed, c, err, TITLE_QUIET);
    if (!rc && has_repository)
        rc = job_add_step(job, make_branches, c, err, TITLE_BRANCHES);
    if (!rc)
        rc = job_add_step(job, apply_stack, c, err, TITLE_STACK);
    if (!rc && has_repository)
        rc = job_add_step(job, put_ddk_json, c, err, TITLE_DDK_JSON);
    if (!rc && c->orphans == ORPHAN_DELETE)
        rc = job_add_step(job, delete_orphans, c, err, TITLE_ORPHANS);
    return rc;
}
