/* Creating a pipeline: its plan and its steps, in the order that is safe to be cut off anywhere. */
#include "core/deploy/create.h"

#include "core/aws/connections.h"
#include "core/base/json.h"
#include "core/deploy/executions.h"

enum { ARENA_MAX = 64 << 20, CONNECTION_POLL_MS = 2000, CONNECTION_WAIT_MS = 10 * 60 * 1000 };

void create_release(struct create *c)
{
    arena_release(&c->arena);
    *c = (struct create){0};
}

static bool has_repository(const struct create *c)
{
    return c->wanted->source == SOURCE_CODECOMMIT;
}

/* ---- plan ---- */

static enum err_code load_files(struct create *c, struct err *err)
{
    if (!has_repository(c))
        return ERR_OK;
    if (c->template_dir != NULL)
        return starter_from_dir(&c->blueprint, c->template_dir, &c->arena, &c->files,
                                &c->file_count, err);
    return starter_files(&c->blueprint, &c->arena, &c->files, &c->file_count, err);
}

static void judge_repository(const struct create *c, const struct pipeline_repository *r,
                             struct plan *plan)
{
    if (r->exists && !r->is_ours && !c->uses_existing_repository)
        defects_add(plan->defects, "source.repository",
                    "repository " SV_FMT " exists and is not this pipeline's: choose another name, "
                    "or say that it is to be used (--use-existing-repository)",
                    SV_ARG(r->name));
}

static enum err_code plan_repository(struct create *c, const struct pipeline_repository *r,
                                     struct plan *plan, struct err *err)
{
    struct plan_step *step =
        plan_step(plan, TITLE_REPOSITORY, r->account, c->blueprint.cicd->region,
                  r->exists ? "GetRepository" : "GetRepository, CreateRepository");

    judge_repository(c, r, plan);
    if (step == NULL || plan_item(plan, step, r->exists ? EFFECT_KEEPS : EFFECT_CREATES,
                                  SV("CodeCommit repository"), r->name, SV("")) == NULL)
        return arena_err(&plan->arena, err);
    return ERR_OK;
}

/* A repository with commits gets ddk.json only. */
static enum err_code plan_commit(struct create *c, bool has_commits, struct plan *plan,
                                 struct err *err)
{
    struct plan_step *step = plan_step(plan, TITLE_COMMIT, c->blueprint.cicd->account,
                                       c->blueprint.cicd->region, "GetBranch, CreateCommit");

    if (step == NULL)
        return arena_err(&plan->arena, err);
    for (size_t i = 0; i < c->file_count; i++) {
        char size[32];

        if (has_commits && !sv_eq(c->files[i].path, SV("ddk.json")))
            continue;
        (void)snprintf(size, sizeof size, "%zu bytes", c->files[i].bytes.len);
        if (plan_item(plan, step, EFFECT_CREATES, SV("file"), c->files[i].path, sv_of(size)) ==
            NULL)
            return arena_err(&plan->arena, err);
    }
    return ERR_OK;
}

/* One that was there before may lack what the pipelines need of it. */
static enum err_code judge_old(struct task *task, struct pipeline_repository *r, bool has_main,
                               struct plan *plan, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    bool is_there = true;
    enum err_code rc = ERR_OK;

    sb_init(&text, 8 << 20);
    if (!has_main && r->default_branch[0] != '\0')
        defects_add(plan->defects, "source.repository",
                    "repository " SV_FMT " has commits and no branch main (its default is %s): "
                    "make main first",
                    SV_ARG(r->name), r->default_branch);
    if (has_main)
        rc = repository_read(task, r, SV("main"), SV("buildspec.yml"), &text, &is_there, err);
    if (!rc && !is_there)
        defects_warn(plan->defects, "source.repository",
                     "main of " SV_FMT " has no buildspec.yml: every build will fail until it has",
                     SV_ARG(r->name));
    return rc;
}

static enum err_code plan_branches(struct task *task, struct create *c,
                                   struct pipeline_repository *r, struct plan *plan,
                                   bool *has_commits, struct err *err)
{
    struct sv branches[BRANCHES_MAX];
    size_t count = create_branches(c->wanted, branches);
    struct plan_step *step;
    enum effect effects[BRANCHES_MAX] = {EFFECT_CREATES};
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < count && !rc; i++) {
        char head[COMMIT_ID_SIZE] = "";

        if (r->exists)
            rc = repository_head(task, r, branches[i], head, err);
        effects[i] = head[0] == '\0' ? EFFECT_CREATES : EFFECT_KEEPS;
    }
    *has_commits = effects[0] == EFFECT_KEEPS;
    if (!rc && r->exists)
        rc = judge_old(task, r, *has_commits, plan, err);
    if (!rc)
        rc = plan_commit(c, *has_commits, plan, err);
    if (rc)
        return rc;
    step = plan_step(plan, TITLE_BRANCHES, r->account, c->blueprint.cicd->region,
                     "GetBranch, CreateBranch");
    if (step == NULL)
        return arena_err(&plan->arena, err);
    for (size_t i = 0; i < count; i++) {
        if (plan_item(plan, step, effects[i], SV("branch"), branches[i], SV("")) == NULL)
            return arena_err(&plan->arena, err);
    }
    return ERR_OK;
}

static enum err_code read_connection(struct task *task, struct create *c,
                                     struct aws_session *session, struct arena *arena,
                                     struct connection *out, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct jw w;
    enum err_code rc;

    sb_init(&body, 4096);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "ConnectionArn", c->wanted->connection_arn);
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (!rc)
        rc = deploy_read(task, c->deploy, session, OP_GET_CONNECTION, sb_sv(&body), &reply, err);
    return rc ? rc : decode_connection(reply->json, arena, out, err);
}

static enum err_code plan_connection(struct task *task, struct create *c, struct plan *plan,
                                     struct err *err)
{
    struct plan_step *step = plan_step(plan, TITLE_CONNECTION, SV(""), SV(""), "GetConnection");
    struct aws_session *session;
    struct connection connection;
    CLEANUP(sb_release) struct sb url;
    struct err why = {0};
    enum err_code rc;

    sb_init(&url, 1024);
    if (step == NULL)
        return arena_err(&plan->arena, err);
    rc = deploy_reach(task, c->deploy, c->blueprint.cicd, &session, err);
    if (rc)
        return rc;
    rc = read_connection(task, c, session, &plan->arena, &connection, &why);
    if (rc == ERR_NOT_FOUND)
        defects_add(plan->defects, "source.connection_arn", "%s", why.text);
    else if (rc && err != NULL)
        *err = why;
    if (rc)
        return rc == ERR_NOT_FOUND ? ERR_OK : rc;
    if (sv_eq(connection.status, SV("PENDING")) &&
        connection_url(c->blueprint.cicd->region, &url, err) == ERR_OK)
        defects_warn(plan->defects, "source.connection_arn",
                     "the connection is PENDING: a person finishes it at %s; the job waits for it",
                     sb_cstr(&url));
    defects_warn(plan->defects, "source",
                 "penstock cannot write to " SV_FMT
                 ": commit ddk.json (shown here) and a buildspec.yml to each branch yourself",
                 SV_ARG(c->wanted->repository));
    return plan_item(plan, step, EFFECT_KEEPS, SV("connection"), connection.name,
                     connection.status) == NULL
               ? arena_err(&plan->arena, err)
               : ERR_OK;
}

static enum err_code plan_source(struct task *task, struct create *c, struct plan *plan,
                                 struct err *err)
{
    struct pipeline_repository r;
    bool has_commits;
    enum err_code rc;

    if (!has_repository(c))
        return plan_connection(task, c, plan, err);
    rc = create_repository(task, c->deploy, &c->blueprint, &r, err);
    if (!rc)
        rc = plan_repository(c, &r, plan, err);
    return rc ? rc : plan_branches(task, c, &r, plan, &has_commits, err);
}

/* The pipelines that the definition makes. */
static size_t pipelines_of(const struct create *c, struct arena *arena, struct followed *out)
{
    const struct definition *d = c->wanted;
    size_t count = d->strategy == STRATEGY_TRUNK ? 1 : d->stage_count;

    for (size_t i = 0; i < count; i++) {
        char name[DERIVED_SIZE];
        bool is_trunk = d->strategy == STRATEGY_TRUNK;

        out[i] = (struct followed){0};
        out[i].name = arena_sv(
            arena, sv_of(definition_name(d, c->blueprint.cicd,
                                         is_trunk ? DERIVED_PIPELINE : DERIVED_STAGE_PIPELINE,
                                         is_trunk ? -1 : (int)i, name)));
    }
    return count;
}

static enum err_code plan_first(struct create *c, struct plan *plan, struct err *err)
{
    struct followed pipelines[STAGES_GITFLOW_MAX];
    size_t count = pipelines_of(c, &plan->arena, pipelines);
    struct plan_step *step =
        plan_step(plan, TITLE_FIRST, c->blueprint.cicd->account, c->blueprint.cicd->region,
                  "GetPipelineState, StartPipelineExecution when none began by itself");

    if (step == NULL)
        return arena_err(&plan->arena, err);
    for (size_t i = 0; i < count; i++) {
        if (plan_item(plan, step, EFFECT_CREATES, SV("execution"), pipelines[i].name, SV("")) ==
            NULL)
            return arena_err(&plan->arena, err);
    }
    return ERR_OK;
}

/* Only a stack of the same definition is gone on with; another one is an edit. */
static enum err_code plan_old(struct task *task, struct create *c, struct plan *plan,
                              struct err *err)
{
    struct made_pipeline made;
    struct definition_change *changes;
    struct err why = {0};
    size_t count;
    enum err_code rc = pipeline_fetch(task, c->deploy, c->wanted->name, &plan->arena, &made, &why);

    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc) {
        if (err != NULL)
            *err = why;
        return rc;
    }
    rc = definition_compare(&made.definition, c->wanted, &plan->arena, &changes, &count,
                            plan->defects, err);
    if (!rc && count > 0 && sv_eq(made.stack_status, SV("CREATE_COMPLETE")))
        defects_add(plan->defects, "name",
                    "pipeline " SV_FMT " exists with another definition (%s): change it with "
                    "penstock edit",
                    SV_ARG(c->wanted->name), changes[0].text);
    return rc;
}

enum err_code create_plan(struct task *task, struct create *c, struct plan *plan, struct err *err)
{
    bool is_whole;
    enum err_code rc;

    arena_init(&c->arena, ARENA_MAX);
    rc = create_blueprint(c->deploy, c->wanted, &c->arena, &c->blueprint, plan, &is_whole, err);
    if (rc || !is_whole)
        return rc;
    rc = load_files(c, err);
    if (!rc)
        rc = create_texts(&c->blueprint, &c->arena, &c->template_text, &c->ddk_json, err);
    if (!rc)
        rc = plan_old(task, c, plan, err);
    if (!rc)
        rc = create_plan_targets(task, c->deploy, &c->blueprint, plan, err);
    if (!rc)
        rc = plan_source(task, c, plan, err);
    if (!rc)
        rc = create_plan_stack(task, c->deploy, &c->blueprint, c->template_text, plan, &c->digest,
                               err);
    if (!rc)
        rc = plan_first(c, plan, err);
    if (!rc)
        rc = plan_keep_texts(plan, c->template_text, c->ddk_json, err);
    return rc;
}

/* ---- steps ---- */

static job_step_fn check_targets;
static enum err_code check_targets(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct create *c = owner;

    return create_check_targets(job, task, c->deploy, &c->blueprint, err);
}

static job_step_fn make_repository;
static enum err_code make_repository(struct job *job, struct task *task, void *owner,
                                     struct err *err)
{
    struct create *c = owner;
    CLEANUP(arena_release) struct arena arena;
    struct pipeline_repository r;
    struct tag *tags;
    size_t count;
    enum err_code rc = create_repository(task, c->deploy, &c->blueprint, &r, err);

    arena_init(&arena, 1 << 20);
    if (rc)
        return rc;
    if (r.exists && !r.is_ours && !c->uses_existing_repository)
        return err_set(err, ERR_FAILED,
                       "repository " SV_FMT " exists and is not this pipeline's: nothing was "
                       "changed in it",
                       SV_ARG(r.name));
    if (r.exists) {
        job_was_done(job, "%s", r.clone_url);
        return ERR_OK;
    }
    rc = template_tags(c->wanted, &arena, &tags, &count, err);
    if (!rc)
        rc = repository_make(task, &r, c->wanted->description, tags, count, err);
    if (!rc)
        job_note(job, "%s", r.clone_url);
    return rc;
}

static job_step_fn commit_files;
static enum err_code commit_files(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct create *c = owner;
    struct pipeline_repository r;
    char head[COMMIT_ID_SIZE];
    enum err_code rc = create_repository(task, c->deploy, &c->blueprint, &r, err);

    if (!rc)
        rc = repository_head(task, &r, SV("main"), head, err);
    if (rc)
        return rc;
    if (head[0] != '\0') {
        job_was_done(job, "main is at %.8s", head);
        return ERR_OK;
    }
    rc = repository_commit(task, &r, SV("main"), SV(""), SV("penstock: first commit"), c->files,
                           c->file_count, head, err);
    if (!rc)
        job_note(job, "%zu files, main is at %.8s", c->file_count, head);
    return rc;
}

static job_step_fn make_branches;
static enum err_code make_branches(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct create *c = owner;
    struct pipeline_repository r;
    size_t commits = 0;
    enum err_code rc = create_repository(task, c->deploy, &c->blueprint, &r, err);

    if (!rc)
        rc = create_make_branches(job, task, &r, c->wanted, c->ddk_json, err);
    /* Of an existing repository, or after an edit of the file between two tries. */
    if (!rc)
        rc = create_put_ddk_json(job, task, &r, c->wanted, c->ddk_json, &commits, err);
    if (!rc && commits > 0)
        job_note(job, "ddk.json was committed to %zu", commits);
    return rc;
}

static job_step_fn apply_stack;
static enum err_code apply_stack(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct create *c = owner;
    enum err_code rc =
        create_apply_stack(job, task, c->deploy, &c->blueprint, c->template_text, c->digest, err);

    c->retries = job->steps[job->at].state == STEP_WAS_DONE;
    return rc;
}

/* Polled, because only a person can finish it, in the AWS console. */
static job_step_fn await_connection;
static enum err_code await_connection(struct job *job, struct task *task, void *owner,
                                      struct err *err)
{
    struct create *c = owner;
    CLEANUP(sb_release) struct sb url;
    struct aws_session *session;
    enum err_code rc = deploy_reach(task, c->deploy, c->blueprint.cicd, &session, err);

    sb_init(&url, 1024);
    if (!rc)
        rc = connection_url(c->blueprint.cicd->region, &url, err);
    for (int64_t waited_ms = 0; !rc; waited_ms += CONNECTION_POLL_MS) {
        CLEANUP(arena_release) struct arena arena;
        struct connection connection;

        arena_init(&arena, 1 << 20);
        rc = read_connection(task, c, session, &arena, &connection, err);
        if (rc)
            return rc;
        if (sv_eq(connection.status, SV("AVAILABLE")))
            return ERR_OK;
        if (!sv_eq(connection.status, SV("PENDING")))
            return err_set(err, ERR_FAILED, "the connection is " SV_FMT ": look at it at %s",
                           SV_ARG(sv_take(connection.status, 40)), sb_cstr(&url));
        if (c->deploy->no_wait || waited_ms >= CONNECTION_WAIT_MS)
            return err_set(err, ERR_PENDING,
                           "the connection is PENDING: finish it at %s, then run this again",
                           sb_cstr(&url));
        job_note(job, "PENDING: finish the connection at %s", sb_cstr(&url));
        rc = task_sleep(task, CONNECTION_POLL_MS, err);
    }
    return rc;
}

static job_step_fn follow_first;
static enum err_code follow_first(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct create *c = owner;
    CLEANUP(arena_release) struct arena arena;
    struct followed pipelines[STAGES_GITFLOW_MAX];
    struct aws_session *session;
    size_t count;
    enum err_code rc;

    arena_init(&arena, 1 << 20);
    count = pipelines_of(c, &arena, pipelines);
    for (size_t i = 0; i < count; i++) {
        if (pipelines[i].name.ptr == NULL)
            return arena_err(&arena, err);
    }
    rc = deploy_reach(task, c->deploy, c->blueprint.cicd, &session, err);
    for (size_t i = 0; i < count && !rc && (c->retries || !has_repository(c)); i++)
        rc = executions_retry(task, c->deploy, session, c->blueprint.cicd->account,
                              pipelines[i].name, err);
    c->retries = true;
    return rc ? rc
              : executions_follow(task, job, c->deploy, session, c->blueprint.cicd->account,
                                  pipelines, count, err);
}

enum err_code create_steps(struct create *c, struct job *job, struct err *err)
{
    enum err_code rc = job_add_step(job, check_targets, c, err, TITLE_TARGETS);

    if (!rc && has_repository(c)) {
        rc = job_add_step(job, make_repository, c, err, TITLE_REPOSITORY);
        if (!rc)
            rc = job_add_step(job, commit_files, c, err, TITLE_COMMIT);
        if (!rc)
            rc = job_add_step(job, make_branches, c, err, TITLE_BRANCHES);
    }
    if (!rc)
        rc = job_add_step(job, apply_stack, c, err, TITLE_STACK);
    if (!rc && !has_repository(c))
        rc = job_add_step(job, await_connection, c, err, TITLE_CONNECTION);
    return rc ? rc : job_add_step(job, follow_first, c, err, TITLE_FIRST);
}
