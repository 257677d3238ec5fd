/* Deleting a pipeline: what AWS says there is, in the order in which it can go.
 *
 * While the CICD stack stands the pipeline can be found, so a delete that was cut off is run again
 * and goes on. Only the repository, which nobody can bring back, goes after it: found by its tag.
 */
#include "core/base/time.h"
#include "core/deploy/create.h"
#include "core/deploy/inventory.h"
#include "core/deploy/quiet.h"

enum { ARENA_MAX = 64 << 20, LEFT_MAX = 256 * 1024, EMPTY_TRIES = 3 };

#define TITLE_QUIET        "Stop the pipelines"
#define TITLE_APPLICATIONS "Application stacks"
#define TITLE_ARTIFACTS    "Artifacts"
#define TITLE_REMNANTS     "What an unfinished create left"
#define TITLE_LEFT         "What remains"

void removal_release(struct removal *r)
{
    arena_release(&r->arena);
    sb_release(&r->left);
    *r = (struct removal){0};
}

/* ---- plan ---- */

static bool is_listed(const struct deploy *d, const struct environment *e)
{
    for (size_t i = 0; i < d->environment_count; i++) {
        if (sv_eq(d->environments[i].account, e->account) &&
            sv_eq(d->environments[i].region, e->region))
            return true;
    }
    return false;
}

/* An environment that was taken off the list, or moved, hides what is deployed there. */
static enum err_code judge_environments(struct removal *r, struct plan *plan, struct err *err)
{
    struct environment *list;
    size_t count;
    enum err_code rc = template_environments(r->made.template_text, &r->arena, &list, &count, err);

    for (size_t i = 0; i < count && !rc && !r->keeps_applications; i++) {
        if (!is_listed(r->deploy, &list[i]))
            defects_add(plan->defects, "environments",
                        "environment " SV_FMT " was account " SV_FMT ", " SV_FMT
                        " when it was deployed to, and none on the list is: add one that is, or "
                        "keep the applications (--applications keep)",
                        SV_ARG(list[i].name), SV_ARG(list[i].account), SV_ARG(list[i].region));
    }
    return rc;
}

static bool is_of(const struct stack_resource *row, struct sv type)
{
    return sv_eq(row->type, type) && row->physical.len > 0 &&
           !sv_eq(row->status, SV("DELETE_COMPLETE"));
}

static enum err_code plan_quiet(struct removal *r, const struct environment *cicd,
                                struct plan *plan, struct err *err)
{
    struct plan_step *step = plan_step(plan, TITLE_QUIET, cicd->account, cicd->region,
                                       "DisableStageTransition, StopPipelineExecution, StopBuild");

    if (step == NULL)
        return arena_err(&plan->arena, err);
    for (size_t i = 0; i < r->inventory->resource_count; i++) {
        const struct stack_resource *row = &r->inventory->resources[i];

        if (is_of(row, SV("AWS::CodePipeline::Pipeline")) &&
            plan_item(plan, step, EFFECT_CHANGES, row->type, row->physical,
                      SV("nothing runs in it any more")) == NULL)
            return arena_err(&plan->arena, err);
    }
    return ERR_OK;
}

static enum err_code plan_applications(struct removal *r, struct plan *plan, struct err *err)
{
    struct plan_step *step =
        plan_step(plan, TITLE_APPLICATIONS, SV(""), SV(""), "DeleteStack in each environment");

    if (step == NULL)
        return arena_err(&plan->arena, err);
    for (size_t i = 0; i < r->inventory->application_count; i++) {
        const struct application *a = &r->inventory->applications[i];
        char detail[200];

        (void)snprintf(detail, sizeof detail, "stage " SV_FMT ", account " SV_FMT ", " SV_FMT,
                       SV_ARG(sv_take(a->stage, 60)), SV_ARG(a->environment->account),
                       SV_ARG(a->environment->region));
        if (plan_item(plan, step, r->keeps_applications ? EFFECT_LEAVES : EFFECT_DELETES,
                      SV("stack"), a->stack_name, sv_of(detail)) == NULL)
            return arena_err(&plan->arena, err);
    }
    return ERR_OK;
}

static bool is_bucket(const struct stack_resource *row)
{
    return sv_eq(row->type, SV("AWS::S3::Bucket")) && row->physical.len > 0;
}

static enum err_code plan_artifacts(struct removal *r, const struct environment *cicd,
                                    struct plan *plan, struct err *err)
{
    struct plan_step *step = plan_step(plan, TITLE_ARTIFACTS, cicd->account, cicd->region,
                                       "ListObjectVersions, DeleteObjects");

    if (step == NULL)
        return arena_err(&plan->arena, err);
    for (size_t i = 0; i < r->inventory->resource_count; i++) {
        const struct stack_resource *row = &r->inventory->resources[i];

        if (is_bucket(row) && plan_item(plan, step, EFFECT_DELETES, SV("objects of bucket"),
                                        row->physical, SV("all versions")) == NULL)
            return arena_err(&plan->arena, err);
    }
    return ERR_OK;
}

static enum err_code plan_stack(struct removal *r, const struct environment *cicd,
                                struct plan *plan, struct err *err)
{
    struct plan_step *step =
        plan_step(plan, TITLE_STACK, cicd->account, cicd->region, "DeleteStack");

    if (step == NULL)
        return arena_err(&plan->arena, err);
    for (size_t i = 0; i < r->inventory->resource_count; i++) {
        const struct stack_resource *row = &r->inventory->resources[i];
        bool is_key = sv_eq(row->type, SV("AWS::KMS::Key"));

        if (sv_eq(row->status, SV("DELETE_COMPLETE")))
            continue;
        if (plan_item(plan, step, EFFECT_DELETES, row->type,
                      row->physical.len > 0 ? row->physical : row->logical,
                      is_key ? SV("scheduled: AWS deletes a key after its waiting period")
                             : SV("")) == NULL)
            return arena_err(&plan->arena, err);
    }
    return ERR_OK;
}

static enum err_code plan_repository(struct task *task, struct removal *r, struct blueprint *b,
                                     struct plan *plan, struct err *err)
{
    struct pipeline_repository repository;
    struct plan_step *step;
    enum err_code rc;

    if (b->definition->source != SOURCE_CODECOMMIT)
        return ERR_OK;
    rc = create_repository(task, r->deploy, b, &repository, err);
    if (rc || !repository.exists)
        return rc;
    if (r->deletes_repository && !repository.is_ours)
        defects_add(plan->defects, "repository",
                    "repository " SV_FMT " was there before the pipeline (it has not its tag): "
                    "penstock does not delete it",
                    SV_ARG(repository.name));
    step = plan_step(plan, TITLE_REPOSITORY, b->cicd->account, b->cicd->region,
                     r->deletes_repository ? "DeleteRepository" : "");
    if (step == NULL ||
        plan_item(plan, step, r->deletes_repository ? EFFECT_DELETES : EFFECT_LEAVES,
                  SV("CodeCommit repository"), repository.name,
                  r->deletes_repository ? SV("with all its history; nobody can bring it back")
                                        : SV("")) == NULL)
        return arena_err(&plan->arena, err);
    return ERR_OK;
}

static enum err_code find_all(struct task *task, struct removal *r, struct plan *plan,
                              const struct environment *cicd, struct err *err)
{
    struct aws_session *session;
    enum err_code rc;

    r->inventory = arena_alloc(&r->arena, 1, sizeof *r->inventory);
    if (r->inventory == NULL)
        return arena_err(&r->arena, err);
    rc = judge_environments(r, plan, err);
    if (!rc)
        rc = inventory_applications(task, r->deploy, &r->made.definition, plan->defects, &r->arena,
                                    r->inventory, err);
    if (!rc)
        rc = deploy_reach(task, r->deploy, cicd, &session, err);
    return rc ? rc
              : inventory_resources(task, r->deploy, session, r->made.stack_id, &r->arena,
                                    r->inventory, err);
}

/* ---- what an unfinished create left ---- */

static struct pipeline_repository remnant_repository(const struct removal *r)
{
    return (struct pipeline_repository){.deploy = r->deploy,
                                        .session = r->deploy->home,
                                        .account = sv_of(r->deploy->account),
                                        .name = r->name};
}

/* The shell of a stack whose change set was never executed. */
static enum err_code find_shell(struct task *task, struct removal *r, bool *is_there,
                                struct err *err)
{
    struct definition named = {.name = r->name};
    struct stack_place place = {
        .deploy = r->deploy, .session = r->deploy->home, .account = sv_of(r->deploy->account)};
    char name[DERIVED_SIZE];
    enum stack_standing standing;
    struct stack stack;
    enum err_code rc;

    place.name = sv_of(definition_name(&named, NULL, DERIVED_STACK, -1, name));
    rc = stack_look(task, &place, &r->arena, &stack, &standing, err);
    *is_there = !rc && standing == STACK_REVIEW;
    if (*is_there)
        r->made.stack_id = stack.id;
    return rc;
}

static enum err_code plan_remnants(struct task *task, struct removal *r, struct plan *plan,
                                   const struct err *why, struct err *err)
{
    struct pipeline_repository repository = remnant_repository(r);
    struct plan_step *step;
    bool has_shell = false;
    enum err_code rc = repository_look(task, &repository, r->name, err);

    if (!rc)
        rc = find_shell(task, r, &has_shell, err);
    if (rc)
        return rc;
    if (!has_shell && (!repository.exists || !repository.is_ours)) {
        if (err != NULL)
            *err = *why;
        return why->code;
    }
    step = plan_step(plan, TITLE_REMNANTS, sv_of(r->deploy->account), sv_of(r->deploy->region),
                     "DeleteStack, DeleteRepository");
    if (step == NULL)
        return arena_err(&plan->arena, err);
    if (has_shell && plan_item(plan, step, EFFECT_DELETES, SV("stack in review"), r->made.stack_id,
                               SV("it was never deployed")) == NULL)
        return arena_err(&plan->arena, err);
    if (repository.exists && repository.is_ours &&
        plan_item(plan, step, r->deletes_repository ? EFFECT_DELETES : EFFECT_LEAVES,
                  SV("CodeCommit repository"), r->name, SV("")) == NULL)
        return arena_err(&plan->arena, err);
    return ERR_OK;
}

static job_step_fn delete_remnants;
static enum err_code delete_remnants(struct job *job, struct task *task, void *owner,
                                     struct err *err)
{
    struct removal *r = owner;
    struct stack_place place = {.deploy = r->deploy,
                                .session = r->deploy->home,
                                .account = sv_of(r->deploy->account),
                                .name = r->made.stack_id};
    struct pipeline_repository repository = remnant_repository(r);
    bool has_shell;
    enum err_code rc = find_shell(task, r, &has_shell, err);

    if (!rc && has_shell)
        rc = stack_delete(task, job, &place, r->made.stack_id, err);
    if (!rc)
        rc = repository_look(task, &repository, r->name, err);
    if (rc || !repository.exists || !repository.is_ours)
        return rc;
    if (!r->deletes_repository)
        return sb_addf(&r->left, err, "CodeCommit repository " SV_FMT ": kept\n", SV_ARG(r->name));
    return repository_delete(task, &repository, err);
}

enum err_code removal_plan(struct task *task, struct removal *r, struct plan *plan, struct err *err)
{
    struct blueprint b = {.definition = &r->made.definition};
    struct err why = {0};
    enum err_code rc;

    arena_init(&r->arena, ARENA_MAX);
    sb_init(&r->left, LEFT_MAX);
    rc = pipeline_fetch(task, r->deploy, r->name, &r->arena, &r->made, &why);
    if (rc == ERR_NOT_FOUND)
        return plan_remnants(task, r, plan, &why, err);
    if (rc && err != NULL)
        *err = why;
    if (!rc)
        rc = deploy_environment(r->deploy, r->made.definition.cicd, &b.cicd, err);
    if (rc)
        return rc;
    r->has_stack = true;
    r->cicd = b.cicd;
    rc = find_all(task, r, plan, b.cicd, err);
    if (!rc)
        rc = plan_quiet(r, b.cicd, plan, err);
    if (!rc)
        rc = plan_applications(r, plan, err);
    if (!rc)
        rc = plan_artifacts(r, b.cicd, plan, err);
    if (!rc)
        rc = plan_stack(r, b.cicd, plan, err);
    return rc ? rc : plan_repository(task, r, &b, plan, err);
}

/* ---- steps ---- */

/* Before anything is deleted: a build that still ran would deploy it again. */
static job_step_fn stop_pipelines;
static enum err_code stop_pipelines(struct job *job, struct task *task, void *owner,
                                    struct err *err)
{
    struct removal *r = owner;
    const struct inventory *all = r->inventory;
    struct quiet q = {.task = task, .job = job, .deploy = r->deploy, .account = r->cicd->account};
    enum err_code rc = deploy_reach(task, r->deploy, r->cicd, &q.session, err);

    for (size_t i = 0; i < all->resource_count && !rc; i++) {
        if (is_of(&all->resources[i], SV("AWS::CodePipeline::Pipeline")))
            rc = quiet_pipeline(&q, all->resources[i].physical, err);
    }
    for (size_t i = 0; i < all->resource_count && !rc; i++) {
        if (is_of(&all->resources[i], SV("AWS::CodeBuild::Project")))
            rc = quiet_project(&q, all->resources[i].physical, err);
    }
    if (!rc)
        job_note(job, "%zu executions and builds were stopped", q.stopped);
    return rc;
}

/* Looked for again: what ran when the plan was made may have deployed something since. */
static enum err_code look_again(struct task *task, struct removal *r, struct err *err)
{
    struct defects *unheard = arena_alloc(&r->arena, 1, sizeof *unheard);

    if (unheard == NULL)
        return arena_err(&r->arena, err);
    return inventory_applications(task, r->deploy, &r->made.definition, unheard, &r->arena,
                                  r->inventory, err);
}

static job_step_fn delete_applications;
static enum err_code delete_applications(struct job *job, struct task *task, void *owner,
                                         struct err *err)
{
    struct removal *r = owner;
    const struct inventory *all = r->inventory;
    size_t pending = 0;
    enum err_code rc = look_again(task, r, err);

    for (size_t i = 0; i < all->application_count && !rc; i++) {
        const struct application *a = &all->applications[i];

        if (r->keeps_applications)
            rc = sb_addf(&r->left, err, "stack " SV_FMT " (account " SV_FMT ", " SV_FMT "): kept\n",
                         SV_ARG(a->stack_name), SV_ARG(a->environment->account),
                         SV_ARG(a->environment->region));
        else
            rc = application_delete(task, job, r->deploy, a, &r->left, err);
        /* Without waiting all of them are begun at once. */
        pending += rc == ERR_PENDING;
        if (rc == ERR_PENDING && i + 1 < all->application_count)
            rc = ERR_OK;
    }
    if (!rc && pending > 0)
        return err_set(err, ERR_PENDING, "%zu application stacks go by themselves at AWS", pending);
    if (!rc)
        job_note(job, "%zu %s", all->application_count, r->keeps_applications ? "kept" : "deleted");
    return rc;
}

static job_step_fn delete_repository;
static enum err_code delete_repository(struct job *job, struct task *task, void *owner,
                                       struct err *err)
{
    struct removal *r = owner;
    struct blueprint b = {.definition = &r->made.definition, .cicd = r->cicd};
    struct pipeline_repository repository;
    enum err_code rc = create_repository(task, r->deploy, &b, &repository, err);

    if (rc)
        return rc;
    if (!repository.exists) {
        job_was_done(job, "there is none");
        return ERR_OK;
    }
    if (!r->deletes_repository) {
        job_was_done(job, "kept");
        return sb_addf(&r->left, err, "CodeCommit repository " SV_FMT ": kept\n",
                       SV_ARG(repository.name));
    }
    if (!repository.is_ours)
        return err_set(err, ERR_FAILED, "repository " SV_FMT " is not this pipeline's any more",
                       SV_ARG(repository.name));
    return repository_delete(task, &repository, err);
}

static enum err_code empty_buckets(struct job *job, struct task *task, struct removal *r,
                                   size_t *gone, struct err *err)
{
    struct aws_session *session;
    enum err_code rc = deploy_reach(task, r->deploy, r->cicd, &session, err);

    *gone = 0;
    for (size_t i = 0; i < r->inventory->resource_count && !rc; i++) {
        const struct stack_resource *row = &r->inventory->resources[i];
        size_t more = 0;

        if (is_bucket(row))
            rc = bucket_empty(task, job, r->deploy, session, r->cicd->account, row->physical, &more,
                              err);
        *gone += more;
    }
    return rc;
}

static job_step_fn empty_artifacts;
static enum err_code empty_artifacts(struct job *job, struct task *task, void *owner,
                                     struct err *err)
{
    size_t gone;
    enum err_code rc = empty_buckets(job, task, owner, &gone, err);

    if (!rc)
        job_note(job, "%zu object versions deleted", gone);
    return rc;
}

static enum err_code list_kept(struct task *task, struct removal *r, struct aws_session *session,
                               struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    struct inventory after = {0};
    enum err_code rc;

    arena_init(&arena, ARENA_MAX);
    rc = inventory_resources(task, r->deploy, session, r->made.stack_id, &arena, &after, err);
    for (size_t i = 0; i < after.resource_count && !rc; i++) {
        const struct stack_resource *row = &after.resources[i];

        if (sv_eq(row->status, SV("DELETE_SKIPPED")))
            rc = sb_addf(&r->left, err, SV_FMT " " SV_FMT ": kept by its DeletionPolicy\n",
                         SV_ARG(row->type), SV_ARG(row->physical));
        else if (sv_eq(row->type, SV("AWS::KMS::Key")))
            rc = sb_addf(&r->left, err,
                         "KMS key " SV_FMT ": AWS deletes it when its waiting period is over\n",
                         SV_ARG(row->physical));
    }
    return rc;
}

/* A build that was still running may have written again: empty and try once more. */
static job_step_fn delete_stack;
static enum err_code delete_stack(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct removal *r = owner;
    struct stack_place place = {.deploy = r->deploy,
                                .account = r->cicd->account,
                                .name = r->made.stack_id,
                                .environment = r->cicd};
    enum err_code rc = deploy_reach(task, r->deploy, r->cicd, &place.session, err);

    for (int i = 0; i < EMPTY_TRIES && !rc; i++) {
        struct err why = {0};
        size_t gone;

        rc = stack_delete(task, job, &place, r->made.stack_id, &why);
        if (!rc)
            return list_kept(task, r, place.session, err);
        if (rc != ERR_FAILED || i + 1 == EMPTY_TRIES) {
            if (err != NULL)
                *err = why;
            return rc;
        }
        rc = empty_buckets(job, task, r, &gone, err);
        if (!rc && gone == 0) {
            if (err != NULL)
                *err = why;
            return why.code;
        }
    }
    return rc;
}

static job_step_fn tell_left;
static enum err_code tell_left(struct job *job, struct task *task UNUSED, void *owner,
                               struct err *err)
{
    struct removal *r = owner;
    struct sv rest = sb_sv(&r->left);
    size_t count = 0;
    enum err_code rc = ERR_OK;

    while (rest.len > 0 && !rc) {
        struct job_event event = {.at_ms = time_wall_ms(), .status = "REMAINS"};
        struct sv line = sv_cut(rest, '\n', &rest);

        if (line.len == 0)
            continue;
        (void)snprintf(event.text, sizeof event.text, SV_FMT, SV_ARG(sv_take(line, 399)));
        rc = job_event(job, &event, err);
        count++;
    }
    if (count == 0)
        job_note(job, "nothing remains");
    else
        job_note(job, "%zu remain, listed above", count);
    return rc;
}

enum err_code removal_steps(struct removal *r, struct job *job, struct err *err)
{
    enum err_code rc;

    if (!r->has_stack) {
        rc = job_add_step(job, delete_remnants, r, err, TITLE_REMNANTS);
        return rc ? rc : job_add_step(job, tell_left, r, err, TITLE_LEFT);
    }
    rc = job_add_step(job, stop_pipelines, r, err, TITLE_QUIET);
    if (!rc)
        rc = job_add_step(job, delete_applications, r, err, TITLE_APPLICATIONS);
    if (!rc)
        rc = job_add_step(job, empty_artifacts, r, err, TITLE_ARTIFACTS);
    if (!rc)
        rc = job_add_step(job, delete_stack, r, err, TITLE_STACK);
    if (!rc && r->made.definition.source == SOURCE_CODECOMMIT)
        rc = job_add_step(job, delete_repository, r, err, TITLE_REPOSITORY);
    return rc ? rc : job_add_step(job, tell_left, r, err, TITLE_LEFT);
}
