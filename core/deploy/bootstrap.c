#include "core/deploy/bootstrap.h"

#include <inttypes.h>

#include "core/aws/query.h"
#include "core/base/mem.h"
#include "core/deploy/bootstrap_wish.h"
#include "core/deploy/doctor.h"
#include "core/deploy/template_bootstrap.h"
#include "core/net/http.h"

enum { ARENA_MAX = 16 << 20, BODY_MAX = 4096 };

#define CALLS                                                                                      \
    "CreateChangeSet, DescribeChangeSet, ExecuteChangeSet, DescribeStackEvents, "                  \
    "UpdateTerminationProtection"

/* One environment's stack, found and thought through. */
struct site_look {
    struct stack_place place;
    char name[ENVIRONMENT_NAME_SIZE];
    struct stack stack;
    enum stack_standing standing;
    struct bootstrap_wish wish;
};

/* The CICD environment's account; without one the account that keeps the environments. */
static const struct environment *find_cicd(const struct deploy *d)
{
    for (size_t i = 0; i < d->environment_count; i++) {
        if (d->environments[i].kind == ENVIRONMENT_CICD)
            return &d->environments[i];
    }
    return NULL;
}

static struct sv home_account(const struct deploy *d)
{
    const struct environment *cicd = find_cicd(d);

    return cicd == NULL ? sv_of(d->account) : cicd->account;
}

static enum err_code look(struct task *task, const struct bootstrap_job *b,
                          const struct environment *e, struct arena *arena, struct site_look *out,
                          struct err *err)
{
    enum err_code rc;

    *out =
        (struct site_look){.place = {.deploy = b->deploy, .account = e->account, .environment = e}};
    out->place.name = sv_of(environment_bootstrap_stack(e, out->name));
    rc = deploy_reach(task, b->deploy, e, &out->place.session, err);
    return rc ? rc : stack_look(task, &out->place, arena, &out->stack, &out->standing, err);
}

static bool has_template(enum stack_standing standing)
{
    return standing != STACK_ABSENT && standing != STACK_REVIEW && standing != STACK_DEAD &&
           standing != STACK_DELETE_FAILED;
}

/* A shell without a template has nothing to keep; what failed to be created still has its
 * parameters. */
static enum err_code think(const struct bootstrap_job *b, const struct environment *e,
                           struct arena *arena, struct defects *defects, struct site_look *look,
                           struct err *err)
{
    return bootstrap_wish_make(b, e, has_template(look->standing) ? &look->stack : NULL,
                               home_account(b->deploy), arena, defects, &look->wish, err);
}

/* ---- plan ---- */

static enum err_code head_bucket(struct task *task, const struct stack_place *place,
                                 const char *bucket, struct err *err)
{
    struct http_header owner = {SV("x-amz-expected-bucket-owner"), place->account};
    struct aws_rest rest = {
        .method = SV("HEAD"), .bucket = sv_of(bucket), .headers = &owner, .header_count = 1};
    const struct aws_reply *reply;

    place->deploy->calls++;
    return aws_await_rest(task, place->session, OP_HEAD_BUCKET, &rest, SV(""), &reply, err);
}

/* The bucket outlives its stack. CDK's is kept and so can be imported; DDK's goes with its stack
 * unless there is something in it, and CloudFormation then neither makes nor imports it. */
static enum err_code check_bucket(struct task *task, struct site_look *look,
                                  struct defects *defects, struct err *err)
{
    const struct environment *e = look->place.environment;
    bool is_cdk = e->bootstrap == BOOTSTRAP_CDK;
    char bucket[ENVIRONMENT_NAME_SIZE];
    struct err why = {0};
    char field[DEFECT_FIELD_SIZE];
    enum err_code rc;

    if (has_template(look->standing) || (!is_cdk && look->standing == STACK_DELETE_FAILED))
        return ERR_OK;
    (void)defect_field(field, SV_FMT, SV_ARG(e->name));
    rc = head_bucket(task, &look->place, environment_staging_bucket(e, bucket), &why);
    if (rc == ERR_CANCELLED || rc == ERR_LIMIT)
        return err_set(err, rc, "%s", why.text);
    if (!rc && is_cdk)
        look->wish.stack.there = SV(LOGICAL_STAGING_BUCKET);
    else if (!rc)
        defects_add(defects, field,
                    "bucket %.70s is left of an earlier bootstrap, and stands in the way: delete "
                    "it (aws s3 rb s3://%.70s --force), or edit the environment to another "
                    "qualifier",
                    bucket, bucket);
    if (rc == ERR_DENIED)
        defects_add(defects, field,
                    "bucket %.70s is somebody else's, or not yours to see: edit the environment "
                    "to another qualifier",
                    bucket);
    return ERR_OK;
}

static enum err_code plan_list(struct plan *plan, struct plan_step *step, const char *noun,
                               struct sv before, struct sv after, struct err *err)
{
    struct sv rest = after;
    struct sv item;
    bool is_full = false;

    while (comma_next(&rest, &item)) {
        bool was = comma_has(before, item);

        is_full = is_full || plan_item(plan, step, was ? EFFECT_KEEPS : EFFECT_CREATES, sv_of(noun),
                                       item, SV("")) == NULL;
    }
    rest = before;
    while (comma_next(&rest, &item)) {
        if (!comma_has(after, item))
            is_full = is_full || plan_item(plan, step, EFFECT_DELETES, sv_of(noun), item,
                                           SV("others were named")) == NULL;
    }
    return is_full ? arena_err(&plan->arena, err) : ERR_OK;
}

static enum err_code plan_protection(struct plan *plan, struct plan_step *step,
                                     const struct site_look *look, struct err *err)
{
    if (look->stack.is_protected)
        return ERR_OK;
    if (plan_item(plan, step, EFFECT_CHANGES, SV("termination protection"), look->place.name,
                  SV("is turned on")) == NULL)
        return arena_err(&plan->arena, err);
    plan->is_nothing = false;
    return ERR_OK;
}

static enum err_code plan_changes(struct task *task, struct bootstrap_target *t,
                                  struct site_look *look, struct plan *plan, struct plan_step *step,
                                  struct err *err)
{
    const struct bootstrap_wish *w = &look->wish;
    enum err_code rc = plan_list(plan, step, "trusted account", w->trusted_before, w->trusted, err);

    if (!rc)
        rc = plan_list(plan, step, "execution policy", w->policies_before, w->policies, err);
    if (!rc)
        rc = plan_protection(plan, step, look, err);
    look->wish.stack.change_set_name = "penstock-plan";
    if (!rc)
        rc = stack_plan(task, &look->place, &look->wish.stack, &look->stack, look->standing, plan,
                        step, &t->digest, err);
    if (look->standing != STACK_GOOD || t->digest != stack_no_changes() ||
        look->place.deploy->is_read_only)
        plan->is_nothing = false;
    if (!rc && plan->template_text.len == 0)
        plan->template_text = w->stack.template_text;
    return rc;
}

static enum err_code plan_target(struct task *task, struct bootstrap_job *b,
                                 struct bootstrap_target *t, struct plan *plan, struct err *err)
{
    const struct environment *e = t->environment;
    struct site_look found;
    size_t errors = plan->defects->errors;
    char title[JOB_TITLE_SIZE];
    struct plan_step *step;
    enum err_code rc = look(task, b, e, &plan->arena, &found, err);

    if (!rc)
        rc = think(b, e, &plan->arena, plan->defects, &found, err);
    if (!rc)
        rc = check_bucket(task, &found, plan->defects, err);
    if (rc)
        return rc;
    (void)snprintf(t->trusted, sizeof t->trusted, SV_FMT, SV_ARG(found.wish.trusted));
    (void)snprintf(t->policies, sizeof t->policies, SV_FMT, SV_ARG(found.wish.policies));
    (void)snprintf(title, sizeof title, "Bootstrap " SV_FMT, SV_ARG(e->name));
    step = plan_step(plan, title, e->account, e->region, CALLS);
    if (step == NULL)
        return arena_err(&plan->arena, err);
    return plan->defects->errors > errors ? ERR_OK : plan_changes(task, t, &found, plan, step, err);
}

/* One that cannot be looked at is a defect of its own, so that all of them are told at once. */
enum err_code bootstrap_plan(struct task *task, struct bootstrap_job *b, struct plan *plan,
                             struct err *err)
{
    enum err_code rc = ERR_OK;

    plan->is_nothing = true;
    for (size_t i = 0; i < b->target_count && !rc; i++) {
        struct err why = {0};

        b->targets[i].job = b;
        rc = plan_target(task, b, &b->targets[i], plan, &why);
        if (rc == ERR_CANCELLED || rc == ERR_LIMIT)
            return err_set(err, rc, "%s", why.text);
        if (rc) {
            defects_add(plan->defects, "", "%s", why.text);
            plan->is_nothing = false;
            rc = ERR_OK;
        }
    }
    plan->is_nothing = plan->is_nothing && plan->defects->errors == 0;
    return rc;
}

/* ---- step ---- */

/* Who was trusted since the plan was made would be dropped unseen. */
static enum err_code check_plan(const struct bootstrap_target *t, const struct bootstrap_wish *w,
                                const struct defects *defects, struct err *err)
{
    enum err_code rc = defects_err(defects, err);

    if (rc || (sv_eq(w->trusted, sv_of(t->trusted)) && sv_eq(w->policies, sv_of(t->policies))))
        return rc;
    return err_set(err, ERR_FAILED,
                   "somebody else changed the bootstrap of " SV_FMT
                   " in between, and nothing was written: make the plan again and look at it",
                   SV_ARG(t->environment->name));
}

static enum err_code protect(struct task *task, const struct stack_place *place, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct write write = {.session = place->session,
                          .account = place->account,
                          .op = OP_UPDATE_TERMINATION_PROTECTION,
                          .text = "protect the bootstrap stack from being deleted"};
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    rc = query_add(&body, "StackName", place->name, err);
    if (!rc)
        rc = query_add_bool(&body, "EnableTerminationProtection", true, err);
    if (rc)
        return rc;
    write.body = sb_sv(&body);
    return deploy_write(task, place->deploy, &write, &reply, err);
}

/* The contract is the version parameter: it must say what was installed. */
static enum err_code verify(struct job *job, struct task *task, const struct bootstrap_target *t,
                            int64_t version, struct err *err)
{
    const struct environment *e = t->environment;
    struct deploy *d = t->job->deploy;
    const struct environment *cicd = e->kind == ENVIRONMENT_CICD ? NULL : find_cicd(d);
    struct diagnosis *found = mem_alloc(sizeof *found);
    enum err_code rc = found == NULL ? mem_err(err) : doctor_examine(task, d, e, cicd, found, err);

    if (!rc && found->bootstrap_version != version)
        rc = err_set(err, ERR_FAILED,
                     "the stack is made, but the version of the bootstrap reads %" PRId64
                     " instead of %" PRId64 ": look with penstock env doctor " SV_FMT,
                     found->bootstrap_version, version, SV_ARG(e->name));
    if (!rc && job->steps[job->at].state == STEP_RUNS)
        job_note(job, "version %" PRId64 "%s%s", version,
                 diagnosis_worst(found) >= VERDICT_WARNS ? "; " : "", diagnosis_line(found));
    mem_free(found);
    return rc;
}

static enum err_code apply(struct job *job, struct task *task, struct bootstrap_target *t,
                           struct arena *arena, struct defects *defects, struct err *err)
{
    struct site_look found;
    enum err_code rc = look(task, t->job, t->environment, arena, &found, err);

    if (!rc)
        rc = think(t->job, t->environment, arena, defects, &found, err);
    if (!rc)
        rc = check_plan(t, &found.wish, defects, err);
    found.wish.stack.change_set_name = "penstock-apply";
    if (!rc)
        rc = stack_apply(task, job, &found.place, &found.wish.stack, t->digest, err);
    if (!rc && !found.stack.is_protected)
        rc = protect(task, &found.place, err);
    return rc ? rc : verify(job, task, t, found.wish.version, err);
}

static job_step_fn run_target;
static enum err_code run_target(struct job *job, struct task *task, void *owner, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    struct defects *defects;

    arena_init(&arena, ARENA_MAX);
    defects = arena_alloc(&arena, 1, sizeof *defects);
    if (defects == NULL)
        return arena_err(&arena, err);
    return apply(job, task, owner, &arena, defects, err);
}

enum err_code bootstrap_steps(struct bootstrap_job *b, struct job *job, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < b->target_count && !rc; i++)
        rc = job_add_step(job, run_target, &b->targets[i], err, "Bootstrap " SV_FMT,
                          SV_ARG(b->targets[i].environment->name));
    return rc;
}
