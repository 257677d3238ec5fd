/* Which execution is meant, and which one it is compared with. */
#include "core/base/json.h"
#include "core/operate/execution_parts.h"
#include "core/operate/keeping.h"

enum {
    BODY_MAX = 8 * 1024,
    LISTED = 100,
    ROLLBACKS_MAX = 10 /* looked at for their stage: each is a call */
};

/* What the operations' own questions want: nothing else is asked of this turn. */
static struct turn turn_of(const struct reading *r, struct operation_input *none)
{
    return (struct turn){.operation = &operation_approve,
                         .input = none,
                         .operand = r->what,
                         .deploy = r->asker.deploy,
                         .session = r->asker.session,
                         .task = r->asker.task,
                         .arena = r->arena};
}

/* ---- the two executions ---- */

static const struct execution_sources *find_listed(const struct reading *r, struct sv id)
{
    for (size_t p = 0; p < r->page_count && id.len > 0; p++) {
        for (size_t i = 0; i < r->sizes[p]; i++) {
            if (sv_eq(r->pages[p][i].id, id))
                return &r->pages[p][i];
        }
    }
    return NULL;
}

bool execution_is_before(const struct reading *r, const struct execution_sources *e)
{
    return e != r->run && e->started_at <= r->run->started_at && status_is_success(e->status);
}

/* The newest come first: the one before is behind the one that is asked for. A rollback is no
 * success of the whole. */
static const struct execution_sources *success_before(const struct reading *r)
{
    bool is_behind = false;

    for (size_t p = 0; p < r->page_count; p++) {
        for (size_t i = 0; i < r->sizes[p]; i++) {
            const struct execution_sources *e = &r->pages[p][i];

            if (is_behind && status_is_success(e->status) && !e->is_rollback)
                return e;
            is_behind = is_behind || e == r->run;
        }
    }
    return NULL;
}

/* Is there enough in the pages? */
static bool has_both(const struct reading *r)
{
    struct sv other = r->to != NULL ? r->base : r->other;

    if (r->run == NULL)
        return false;
    if (r->to == NULL && other.len == 0)
        return success_before(r) != NULL;
    return other.len == 0 || find_listed(r, other) != NULL;
}

/* Whoever counts what an approval releases wants the revisions of those before, too. */
static enum err_code keep_listed(struct reading *r, const cJSON *json, struct err *err)
{
    const struct asker *a = &r->asker;
    struct execution *list = NULL;
    size_t count = 0;
    enum err_code rc = decode_executions(json, r->arena, &list, &count, err);

    return rc ? rc : keep_history(a->task, a->deploy, &r->what->id, list, count, NULL, 0, err);
}

static enum err_code list_page(struct reading *r, struct sv *token, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct asker *a = &r->asker;
    const struct aws_reply *reply;
    struct execution_sources *list = NULL;
    size_t count = 0;
    bool is_first;
    struct jw w;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "pipelineName", r->what->id.name);
    jw_put_int(&w, "maxResults", LISTED);
    if (token->len > 0)
        jw_put_sv(&w, "nextToken", *token);
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (rc == ERR_OK)
        rc = deploy_read(a->task, a->deploy, a->session, OP_LIST_PIPELINE_EXECUTIONS, sb_sv(&body),
                         &reply, err);
    if (rc == ERR_OK)
        rc = decode_execution_sources(reply->json, r->arena, &list, &count, err);
    if (rc)
        return rc;
    r->pages[r->page_count] = list;
    r->sizes[r->page_count++] = count;
    if (r->run == NULL && r->what->execution_id.len == 0 && count > 0)
        r->run = &list[0];
    else if (r->run == NULL)
        r->run = find_listed(r, r->what->execution_id);
    is_first = token->len == 0;
    *token = json_sv(reply->json, "nextToken");
    *token = token->len > 0 ? arena_sv(r->arena, *token) : SV("");
    if (token->ptr == NULL)
        return arena_err(r->arena, err);
    /* Last: keeping may wait, and the reply is gone then. */
    return is_first ? keep_listed(r, reply->json, err) : ERR_OK;
}

enum err_code execution_find_runs(struct reading *r, struct err *err)
{
    struct sv token = SV_NONE;
    enum err_code rc = ERR_OK;

    for (int i = 0; i < EXECUTION_PAGES_MAX && rc == ERR_OK; i++) {
        rc = list_page(r, &token, err);
        if (token.len == 0 || has_both(r))
            break;
    }
    if (rc == ERR_OK && r->run == NULL)
        rc = err_set(
            err, ERR_NOT_FOUND, "AWS does not list the execution " SV_FMT " of " SV_FMT " any more",
            SV_ARG(sv_take(r->what->execution_id, 40)), SV_ARG(sv_take(r->what->id.name, 100)));
    return rc;
}

/* ---- what a stage runs ---- */

enum err_code execution_find_base(struct reading *r, struct err *err)
{
    struct operation_input none = {0};
    struct turn t = turn_of(r, &none);
    struct action_run *runs;
    size_t count;
    bool is_known;
    enum err_code rc;

    r->base = released_now(r->to);
    if (r->base.len > 0 || (!r->to->is_parallel && r->to->to->execution_id.len == 0))
        return ERR_OK;
    rc = pipe_runs(&t, SV(""), &runs, &count, err);
    if (rc)
        return rc;
    r->base = released_last(r->to, runs, count, &is_known);
    if (r->base.len == 0 && count == PIPE_RUNS_MAX)
        return err_set(err, ERR_LIMIT, "none of the last %d runs succeeded in " SV_FMT,
                       PIPE_RUNS_MAX, SV_ARG(sv_take(r->to->to->name, 100)));
    if (!is_known)
        return err_set(err, ERR_NOT_FOUND,
                       "none of the runs in " SV_FMT " succeeded in every action that it has now",
                       SV_ARG(sv_take(r->to->to->name, 100)));
    return ERR_OK;
}

/* The only stage that a rollback ran. */
static enum err_code rolled_back(struct reading *r, const struct execution_sources *run,
                                 struct sv *out, struct err *err)
{
    struct operation_input none = {0};
    struct turn t = turn_of(r, &none);
    struct action_run *runs;
    size_t count;
    enum err_code rc = pipe_runs(&t, run->id, &runs, &count, err);

    *out = !rc && count > 0 ? runs[0].stage : SV("");
    return rc;
}

/* All that AWS lists as succeeded there: of the pipeline's present version only, and none where it
 * does not know the question. */
static enum err_code list_there(struct reading *r, struct sv stage, struct err *err)
{
    struct operation_input none = {0};
    struct turn t = turn_of(r, &none);
    struct pipe_list *there = arena_alloc(r->arena, 1, sizeof *there);

    if (there == NULL)
        return arena_err(r->arena, err);
    r->there = there;
    return pipe_past(&t, stage, there, err);
}

static struct sv last_stage(const struct pipeline_def *def)
{
    for (size_t i = def->stage_count; i > 0; i--) {
        for (size_t k = 0; k < def->stages[i - 1].action_count; k++) {
            if (!sv_eq(def->stages[i - 1].actions[k].category, SV("Approval")))
                return def->stages[i - 1].name;
        }
    }
    return SV("");
}

/* A rollback is told beside what its stage ran before. */
static enum err_code before_rollback(struct reading *r, struct err *err)
{
    struct sv stage;
    enum err_code rc = rolled_back(r, r->run, &stage, err);

    r->before = success_before(r);
    if (!rc && stage.len > 0)
        rc = list_there(r, stage, err);
    for (size_t i = 0; !rc && r->there != NULL && i < r->there->count; i++) {
        const struct execution_sources *e = &r->there->sources[i];

        if (sv_eq(e->id, r->run->id) || e->started_at > r->run->started_at)
            continue;
        r->before = e;
        break;
    }
    return rc;
}

/* The success before it; or a rollback since then, when it was one of the last stage: that is what
 * the execution came upon at the end. Those of other stages never got there; behind the latest few
 * it is the success. */
static enum err_code before_run(struct reading *r, struct err *err)
{
    const struct execution_sources *whole = success_before(r);
    struct sv last = last_stage(&r->def);
    size_t asked = 0;
    enum err_code rc = ERR_OK;

    for (size_t p = 0; p < r->page_count && r->before == NULL && !rc; p++) {
        for (size_t i = 0; i < r->sizes[p] && r->before == NULL && !rc; i++) {
            const struct execution_sources *e = &r->pages[p][i];
            struct sv stage;

            if (!execution_is_before(r, e) ||
                !(e == whole || (e->is_rollback && asked++ < ROLLBACKS_MAX)))
                continue;
            if (e != whole)
                rc = rolled_back(r, e, &stage, err);
            if (e == whole || (!rc && sv_eq(stage, last)))
                r->before = e;
        }
    }
    return rc;
}

enum err_code execution_find_before(struct reading *r, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (r->to == NULL && r->other.len == 0)
        return r->run->is_rollback ? before_rollback(r, err) : before_run(r, err);
    r->before = find_listed(r, r->to != NULL ? r->base : r->other);
    /* Only then can something come back that was there. */
    if (r->to != NULL && r->before != NULL)
        rc = r->before->is_rollback ? list_there(r, r->to->to->name, err) : ERR_OK;
    return rc;
}
