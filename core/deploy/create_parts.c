/* What creating and changing a pipeline have in common. */
#include "core/base/json.h"
#include "core/base/time.h"
#include "core/deploy/create.h"
#include "core/deploy/doctor.h"
#include "core/deploy/inventory.h"

enum { TEXT_MAX = 4 << 20 };

enum err_code create_stack_place(struct task *task, struct deploy *d, const struct blueprint *b,
                                 struct arena *arena, struct stack_place *out, struct err *err)
{
    char name[DERIVED_SIZE];
    enum err_code rc;

    *out = (struct stack_place){.deploy = d, .account = b->cicd->account, .environment = b->cicd};
    rc = deploy_reach(task, d, b->cicd, &out->session, err);
    if (rc)
        return rc;
    out->name =
        arena_sv(arena, sv_of(definition_name(b->definition, b->cicd, DERIVED_STACK, -1, name)));
    return out->name.ptr == NULL ? arena_err(arena, err) : ERR_OK;
}

enum err_code create_repository(struct task *task, struct deploy *d, const struct blueprint *b,
                                struct pipeline_repository *out, struct err *err)
{
    enum err_code rc;

    *out = (struct pipeline_repository){
        .deploy = d, .account = b->cicd->account, .name = b->definition->repository};
    rc = deploy_reach(task, d, b->cicd, &out->session, err);
    return rc ? rc : repository_look(task, out, b->definition->name, err);
}

static enum err_code keep_text(const cJSON *tree, struct arena *arena, struct sv *out,
                               struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    enum err_code rc;

    sb_init(&text, TEXT_MAX);
    rc = template_text(tree, &text, err);
    if (rc)
        return rc;
    *out = arena_sv(arena, sb_sv(&text));
    return out->ptr == NULL ? arena_err(arena, err) : ERR_OK;
}

enum err_code create_texts(const struct blueprint *b, struct arena *arena, struct sv *text,
                           struct sv *ddk_text, struct err *err)
{
    CLEANUP(sb_release) struct sb ddk;
    cJSON *tree = NULL;
    enum err_code rc = template_cicd(b, &tree, err);

    if (!rc)
        rc = keep_text(tree, arena, text, err);
    cJSON_Delete(tree);
    sb_init(&ddk, TEXT_MAX);
    if (!rc)
        rc = ddk_json(b, &ddk, err);
    if (rc)
        return rc;
    *ddk_text = arena_sv(arena, sb_sv(&ddk));
    return ddk_text->ptr == NULL ? arena_err(arena, err) : ERR_OK;
}

/* Pipelines are looked for in the context's own account and region: elsewhere nobody finds them. */
static void judge_home(const struct deploy *d, const struct definition *wanted, struct plan *plan)
{
    const struct environment *cicd =
        environment_find(d->environments, d->environment_count, wanted->cicd);

    if (cicd == NULL ||
        (sv_eq(cicd->account, sv_of(d->account)) && sv_eq(cicd->region, sv_of(d->region))))
        return;
    defects_add(
        plan->defects, "cicd",
        SV_FMT " is in account " SV_FMT ", " SV_FMT
               ", and these credentials work in account %s, %s: run penstock there (--profile, "
               "--region)",
        SV_ARG(cicd->name), SV_ARG(cicd->account), SV_ARG(cicd->region), d->account, d->region);
}

enum err_code create_blueprint(struct deploy *d, const struct definition *wanted,
                               struct arena *arena, struct blueprint *out, struct plan *plan,
                               bool *is_whole, struct err *err)
{
    static const struct environment none;

    definition_check(wanted, d->environments == NULL ? &none : d->environments,
                     d->environment_count, plan->defects);
    out->definition = wanted;
    judge_home(d, wanted, plan);
    *is_whole = plan->defects->errors == 0;
    if (!*is_whole)
        return ERR_OK;
    return deploy_blueprint(d, wanted, arena, &out->cicd, &out->targets, err);
}

/* ---- targets ---- */

struct target {
    const struct environment *environment;
    char field[64];
};

/* The CICD environment first, each once. */
static size_t list_targets(const struct blueprint *b, struct target *out, size_t room)
{
    size_t count = 0;

    (void)snprintf(out[count].field, sizeof out->field, "cicd");
    out[count++].environment = b->cicd;
    for (size_t i = 0; i < b->definition->stage_count && count < room; i++) {
        size_t k = 0;

        while (k < count && out[k].environment != b->targets[i])
            k++;
        if (k < count)
            continue;
        (void)snprintf(out[count].field, sizeof out->field, "environments[%zu].environment", i);
        out[count++].environment = b->targets[i];
    }
    return count;
}

static enum err_code glance(struct task *task, struct deploy *d, const struct blueprint *b,
                            const struct target *t, struct diagnosis *out, struct err *err)
{
    const struct environment *cicd = t->environment == b->cicd ? NULL : b->cicd;

    return doctor_glance(task, d, t->environment, cicd, out, err);
}

static void add_findings(struct plan *plan, const struct target *t, const struct diagnosis *found)
{
    for (int i = 0; i < CHECK_COUNT; i++) {
        const struct finding *f = &found->findings[i];

        if (f->verdict == VERDICT_FAILS)
            defects_add(plan->defects, t->field, SV_FMT ": %s; %s", SV_ARG(t->environment->name),
                        f->text, f->advice);
        if (f->verdict == VERDICT_WARNS)
            defects_warn(plan->defects, t->field, SV_FMT ": %s; %s", SV_ARG(t->environment->name),
                         f->text, f->advice);
    }
}

enum err_code create_plan_targets(struct task *task, struct deploy *d, const struct blueprint *b,
                                  struct plan *plan, struct err *err)
{
    struct target targets[STAGES_GITFLOW_MAX + 2] = {0};
    size_t count = list_targets(b, targets, ARRAY_LEN(targets));
    struct plan_step *step =
        plan_step(plan, TITLE_TARGETS, SV(""), SV(""),
                  "GetCallerIdentity, GetParameter, GetRole in each account (reads only)");
    enum err_code rc = step == NULL ? arena_err(&plan->arena, err) : ERR_OK;

    for (size_t i = 0; i < count && !rc; i++) {
        const struct environment *e = targets[i].environment;
        struct diagnosis found;
        char detail[160];

        rc = glance(task, d, b, &targets[i], &found, err);
        if (rc)
            return rc;
        add_findings(plan, &targets[i], &found);
        (void)snprintf(detail, sizeof detail, "account " SV_FMT ", " SV_FMT ", bootstrap %lld",
                       SV_ARG(e->account), SV_ARG(e->region), (long long)found.bootstrap_version);
        if (plan_item(plan, step, EFFECT_KEEPS, SV("environment"), e->name, sv_of(detail)) == NULL)
            rc = arena_err(&plan->arena, err);
    }
    return rc;
}

enum err_code create_check_targets(struct job *job, struct task *task, struct deploy *d,
                                   const struct blueprint *b, struct err *err)
{
    struct target targets[STAGES_GITFLOW_MAX + 2] = {0};
    size_t count = list_targets(b, targets, ARRAY_LEN(targets));
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < count && !rc; i++) {
        struct diagnosis found;

        job_note(job, "%zu of %zu: " SV_FMT, i + 1, count, SV_ARG(targets[i].environment->name));
        rc = glance(task, d, b, &targets[i], &found, err);
        if (!rc && diagnosis_worst(&found) == VERDICT_FAILS)
            return err_set(err, ERR_FAILED, SV_FMT ": %s", SV_ARG(targets[i].environment->name),
                           diagnosis_line(&found));
    }
    if (!rc)
        job_note(job, "%zu are bootstrapped and trust account " SV_FMT, count,
                 SV_ARG(b->cicd->account));
    return rc;
}

/* ---- the stack ---- */

static enum err_code make_wish(const struct blueprint *b, struct sv text, struct arena *arena,
                               struct stack_wish *out, struct err *err)
{
    struct tag *tags;
    enum err_code rc;

    *out = (struct stack_wish){.template_text = text};
    rc = template_tags(b->definition, arena, &tags, &out->tag_count, err);
    out->tags = tags;
    return rc;
}

/* There is something that could be lost. */
static bool stands(enum stack_standing standing)
{
    return standing != STACK_ABSENT && standing != STACK_REVIEW;
}

static bool is_own(const struct stack *stack, struct sv pipeline)
{
    for (size_t i = 0; i < stack->tag_count; i++) {
        if (sv_eq(stack->tags[i].key, SV("penstock:pipeline")))
            return sv_eq(stack->tags[i].value, pipeline);
    }
    return false;
}

enum err_code create_plan_stack(struct task *task, struct deploy *d, const struct blueprint *b,
                                struct sv text, struct plan *plan, uint64_t *digest,
                                struct err *err)
{
    struct stack_place place;
    struct stack_wish wish;
    struct stack stack;
    enum stack_standing standing;
    struct plan_step *step;
    enum err_code rc = create_stack_place(task, d, b, &plan->arena, &place, err);

    *digest = 0;
    if (!rc)
        rc = make_wish(b, text, &plan->arena, &wish, err);
    if (!rc)
        rc = stack_look(task, &place, &plan->arena, &stack, &standing, err);
    if (rc)
        return rc;
    wish.change_set_name = "penstock-plan";
    if (stands(standing) && !is_own(&stack, b->definition->name)) {
        defects_add(plan->defects, "name",
                    "stack " SV_FMT " exists and is not this pipeline's: choose another name",
                    SV_ARG(place.name));
        return ERR_OK;
    }
    step = plan_step(plan, TITLE_STACK, b->cicd->account, b->cicd->region,
                     "CreateChangeSet, DescribeChangeSet, ExecuteChangeSet, DescribeStackEvents");
    if (step == NULL)
        return arena_err(&plan->arena, err);
    return stack_plan(task, &place, &wish, &stack, standing, plan, step, digest, err);
}

/* Pipelines that ran before another resource failed have left artifacts, and CloudFormation deletes
 * no bucket that is not empty. */
static enum err_code empty_remnants(struct job *job, struct task *task,
                                    const struct stack_place *place, const struct stack *stack,
                                    struct arena *arena, struct err *err)
{
    struct inventory remnants = {0};
    enum err_code rc =
        inventory_resources(task, place->deploy, place->session, stack->id, arena, &remnants, err);

    for (size_t i = 0; i < remnants.resource_count && !rc; i++) {
        const struct stack_resource *row = &remnants.resources[i];
        size_t gone;

        if (sv_eq(row->type, SV("AWS::S3::Bucket")) && row->physical.len > 0 &&
            !sv_eq(row->status, SV("DELETE_COMPLETE")))
            rc = bucket_empty(task, job, place->deploy, place->session, place->account,
                              row->physical, &gone, err);
    }
    return rc;
}

enum err_code create_apply_stack(struct job *job, struct task *task, struct deploy *d,
                                 const struct blueprint *b, struct sv text, uint64_t digest,
                                 struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    struct stack_place place;
    struct stack_wish wish;
    struct stack stack;
    enum stack_standing standing;
    enum err_code rc;

    arena_init(&arena, TEXT_MAX);
    rc = create_stack_place(task, d, b, &arena, &place, err);
    if (!rc)
        rc = make_wish(b, text, &arena, &wish, err);
    if (!rc)
        rc = stack_look(task, &place, &arena, &stack, &standing, err);
    if (rc)
        return rc;
    if (stands(standing) && !is_own(&stack, b->definition->name))
        return err_set(err, ERR_FAILED,
                       "stack " SV_FMT " is not this pipeline's: nothing was changed in it",
                       SV_ARG(place.name));
    if (standing == STACK_DEAD || standing == STACK_DELETE_FAILED)
        rc = empty_remnants(job, task, &place, &stack, &arena, err);
    if (rc)
        return rc;
    wish.change_set_name = "penstock-apply";
    return stack_apply(task, job, &place, &wish, digest, err);
}

/* ---- branches ---- */

size_t create_branches(const struct definition *d, struct sv out[BRANCHES_MAX])
{
    size_t count = 0;

    out[count++] = SV("main");
    for (size_t i = 0; i < d->stage_count && count < BRANCHES_MAX; i++) {
        struct sv branch = definition_branch(d, i);
        size_t k = 0;

        while (k < count && !sv_eq(out[k], branch))
            k++;
        if (k == count)
            out[count++] = branch;
    }
    return count;
}

static enum err_code announce(struct job *job, struct sv subject, const char *type,
                              const char *status, struct err *err)
{
    struct job_event event = {.at_ms = time_wall_ms()};

    (void)snprintf(event.subject, sizeof event.subject, SV_FMT, SV_ARG(sv_take(subject, 199)));
    (void)snprintf(event.type, sizeof event.type, "%s", type);
    (void)snprintf(event.status, sizeof event.status, "%s", status);
    return job_event(job, &event, err);
}

static enum err_code put_on_branch(struct job *job, struct task *task,
                                   struct pipeline_repository *r, struct sv branch,
                                   struct sv ddk_text, size_t *commits, struct err *err)
{
    CLEANUP(sb_release) struct sb old;
    struct repository_file file = {.path = SV("ddk.json"), .bytes = ddk_text};
    char head[COMMIT_ID_SIZE];
    char commit[COMMIT_ID_SIZE];
    bool is_there = false;
    enum err_code rc = repository_head(task, r, branch, head, err);

    sb_init(&old, 8 << 20);
    if (!rc && head[0] == '\0')
        rc = err_set(err, ERR_FAILED, "branch " SV_FMT " of repository " SV_FMT " is gone",
                     SV_ARG(branch), SV_ARG(r->name));
    if (!rc)
        rc = repository_read(task, r, branch, file.path, &old, &is_there, err);
    if (rc || (is_there && sv_eq(sb_sv(&old), ddk_text)))
        return rc;
    rc = repository_commit(task, r, branch, sv_of(head), SV("penstock: environments"), &file, 1,
                           commit, err);
    if (!rc)
        rc = announce(job, branch, "ddk.json", "COMMITTED", err);
    ++*commits;
    return rc;
}

enum err_code create_make_branches(struct job *job, struct task *task,
                                   struct pipeline_repository *r, const struct definition *d,
                                   struct sv ddk_text, struct err *err)
{
    struct sv branches[BRANCHES_MAX];
    size_t count = create_branches(d, branches);
    char main_head[COMMIT_ID_SIZE];
    char head[COMMIT_ID_SIZE];
    size_t made = 0;
    size_t commits = 0;
    enum err_code rc = repository_head(task, r, branches[0], main_head, err);

    if (!rc && main_head[0] == '\0')
        rc = err_set(err, ERR_FAILED, "repository " SV_FMT " has no branch main to begin from",
                     SV_ARG(r->name));
    for (size_t i = 1; i < count && !rc; i++) {
        rc = repository_head(task, r, branches[i], head, err);
        if (rc || head[0] != '\0')
            continue;
        rc = repository_branch(task, r, branches[i], sv_of(main_head), err);
        if (!rc)
            rc = announce(job, branches[i], "branch", "CREATED", err);
        /* Before its pipeline is there: the first run must know the stage. */
        if (!rc)
            rc = put_on_branch(job, task, r, branches[i], ddk_text, &commits, err);
        made++;
    }
    if (!rc && made == 0)
        job_was_done(job, "%zu %s there", count, count == 1 ? "is" : "are");
    if (!rc && made > 0)
        job_note(job, "%zu made", made);
    return rc;
}

enum err_code create_put_ddk_json(struct job *job, struct task *task, struct pipeline_repository *r,
                                  const struct definition *d, struct sv ddk_text, size_t *commits,
                                  struct err *err)
{
    struct sv branches[BRANCHES_MAX];
    size_t count = create_branches(d, branches);
    enum err_code rc = ERR_OK;

    *commits = 0;
    for (size_t i = 0; i < count && !rc; i++)
        rc = put_on_branch(job, task, r, branches[i], ddk_text, commits, err);
    return rc;
}
