#include "core/operate/pipe.h"

#include "core/aws/codepipeline.h"
#include "core/model/fold.h"
#include "core/operate/guard_place.h"

enum { LIST_CAP = 400, ROW_CAP = 4 << 20 };

struct sv short_id(struct sv id)
{
    return sv_take(id, SHORT_ID);
}

bool id_matches(struct sv id, struct sv word)
{
    return sv_eq(id, word) || (word.len >= SHORT_ID / 2 && sv_starts(id, word));
}

/* ---- asking ---- */

enum err_code pipe_def(struct turn *t, struct pipeline_def *out, struct err *err)
{
    const struct ask_member members[] = {{"name", t->operand->id.name}, ASK_END};
    const struct aws_reply *reply;
    enum err_code rc = turn_ask(t, OP_GET_PIPELINE, members, &reply, err);

    return rc ? rc : decode_pipeline(reply->json, t->arena, out, err);
}

enum err_code pipe_state(struct turn *t, struct pipeline_state *out, struct err *err)
{
    const struct ask_member members[] = {{"name", t->operand->id.name}, ASK_END};
    const struct aws_reply *reply;
    enum err_code rc = turn_ask(t, OP_GET_PIPELINE_STATE, members, &reply, err);

    return rc ? rc : decode_pipeline_state(reply->json, t->arena, out, err);
}

static enum err_code past_body(const struct turn *t, struct sv succeeded_in, struct sb *body,
                               struct err *err)
{
    struct jw w;

    jw_init(&w, body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "pipelineName", t->operand->id.name);
    jw_put_int(&w, "maxResults", PIPE_EXECUTIONS);
    if (succeeded_in.len > 0) {
        jw_name(&w, "filter");
        jw_open(&w, '{');
        jw_name(&w, "succeededInStage");
        jw_open(&w, '{');
        jw_put_sv(&w, "stageName", succeeded_in);
        jw_close(&w, '}');
        jw_close(&w, '}');
    }
    jw_close(&w, '}');
    return jw_done(&w);
}

/* The two decoders read the same list, each its own part. */
static enum err_code read_past(struct turn *t, const cJSON *json, struct pipe_list *out,
                               struct err *err)
{
    size_t sources = 0;
    enum err_code rc = decode_executions(json, t->arena, &out->runs, &out->count, err);

    if (!rc)
        rc = decode_execution_sources(json, t->arena, &out->sources, &sources, err);
    if (!rc && sources < out->count)
        out->count = sources;
    return rc;
}

enum err_code pipe_past(struct turn *t, struct sv succeeded_in, struct pipe_list *out,
                        struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply = NULL;
    struct err why = {0};
    enum err_code rc;

    *out = (struct pipe_list){0};
    sb_init(&body, 64 * 1024);
    rc = past_body(t, succeeded_in, &body, err);
    if (rc)
        return rc;
    rc = deploy_read(t->task, t->deploy, t->session, OP_LIST_PIPELINE_EXECUTIONS, sb_sv(&body),
                     &reply, &why);
    if (!rc)
        return read_past(t, reply->json, out, err);
    /* An AWS without the filter says so in one of these two ways. */
    out->no_filter = reply != NULL && succeeded_in.len > 0 &&
                     (sv_eq(reply->error_name, SV("ValidationException")) ||
                      sv_eq(reply->error_name, SV("SerializationException")));
    if (out->no_filter)
        return ERR_OK;
    if (err != NULL)
        *err = why;
    return rc;
}

/* The newest one's id; "-" for none. */
enum err_code pipe_list_trace(const struct pipe_list *list, struct sb *out, struct err *err)
{
    return sb_add(out, list->count > 0 ? sv_take(list->runs[0].id, 64) : SV("-"), err);
}

enum err_code pipe_list_recall(struct turn *t, struct sv trace, struct pipe_list *out,
                               struct err *err)
{
    enum err_code rc = pipe_past(t, SV(""), out, err);
    size_t since = 0;

    if (rc || sv_eq(trace, SV("-"))) {
        out->count = 0;
        return rc;
    }
    while (since < out->count && !sv_eq(out->runs[since].id, trace))
        since++;
    if (since == out->count)
        return err_set(err, ERR_FAILED,
                       "execution " SV_FMT ", which was the latest then, is no longer listed",
                       SV_ARG(sv_take(trace, SHORT_ID)));
    out->runs += since;
    out->sources += since;
    out->count -= since;
    return ERR_OK;
}

bool pipe_list_has(const struct pipe_list *list, struct sv execution)
{
    for (size_t i = 0; i < list->count; i++) {
        if (sv_eq(list->runs[i].id, execution))
            return true;
    }
    return false;
}

static enum err_code runs_body(const struct turn *t, struct sv execution, struct sv token,
                               struct sb *body, struct err *err)
{
    struct jw w;

    jw_init(&w, body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "pipelineName", t->operand->id.name);
    jw_put_int(&w, "maxResults", 100);
    if (execution.len > 0) {
        jw_name(&w, "filter");
        jw_open(&w, '{');
        jw_put_sv(&w, "pipelineExecutionId", execution);
        jw_close(&w, '}');
    }
    if (token.len > 0)
        jw_put_sv(&w, "nextToken", token);
    jw_close(&w, '}');
    return jw_done(&w);
}

static enum err_code add_runs(struct turn *t, const cJSON *json, struct action_run *all,
                              size_t *count, struct sv *token, struct err *err)
{
    struct action_run *page;
    size_t got;
    enum err_code rc = decode_action_runs(json, t->arena, &page, &got, err);

    for (size_t i = 0; i < got && *count < PIPE_RUNS_MAX && !rc; i++)
        all[(*count)++] = page[i];
    return rc ? rc : turn_keep(t, json_sv(json, "nextToken"), token, err);
}

enum err_code pipe_runs(struct turn *t, struct sv execution, struct action_run **out, size_t *count,
                        struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    struct sv token = SV("");
    enum err_code rc = ERR_OK;

    *count = 0;
    *out = arena_alloc(t->arena, PIPE_RUNS_MAX, sizeof **out);
    if (*out == NULL)
        return arena_err(t->arena, err);
    sb_init(&body, 64 * 1024);
    do {
        const struct aws_reply *reply;

        sb_clear(&body);
        rc = runs_body(t, execution, token, &body, err);
        if (!rc)
            rc = deploy_read(t->task, t->deploy, t->session, OP_LIST_ACTION_EXECUTIONS,
                             sb_sv(&body), &reply, err);
        if (!rc)
            rc = add_runs(t, reply->json, *out, count, &token, err);
    } while (!rc && token.len > 0 && *count < PIPE_RUNS_MAX);
    return rc;
}

enum err_code pipe_execution_status(struct turn *t, struct sv execution, enum status *out,
                                    struct err *err)
{
    const struct ask_member members[] = {
        {"pipelineName", t->operand->id.name}, {"pipelineExecutionId", execution}, ASK_END};
    const struct aws_reply *reply;
    enum err_code rc = turn_ask(t, OP_GET_PIPELINE_EXECUTION, members, &reply, err);

    *out = STATUS_UNKNOWN;
    if (rc && reply != NULL && sv_eq(reply->error_name, SV("PipelineExecutionNotFoundException")))
        return ERR_OK;
    if (!rc)
        *out = status_from_aws(json_sv(json_get(reply->json, "pipelineExecution"), "status"));
    return rc;
}

/* ---- finding ---- */

static void add_name(struct sb *names, struct sv name)
{
    /* Only for the sentence: one that does not fit is left out. */
    if (sb_addf(names, NULL, "%s" SV_FMT, names->len > 0 ? ", " : "", SV_ARG(name)))
        return;
}

enum err_code pipe_stage(const struct turn *t, const struct pipeline_state *state,
                         const struct stage_state **out, struct err *err)
{
    CLEANUP(sb_release) struct sb names;

    sb_init(&names, LIST_CAP);
    for (size_t i = 0; i < state->stage_count; i++) {
        if (sv_eq(state->stages[i].name, t->operand->stage)) {
            *out = &state->stages[i];
            return ERR_OK;
        }
        add_name(&names, state->stages[i].name);
    }
    return err_set(err, ERR_NOT_FOUND, SV_FMT " has no stage \"" SV_FMT "\"; its stages are: %s",
                   SV_ARG(sv_take(t->operand->id.name, 100)),
                   SV_ARG(sv_take(t->operand->stage, 100)), sb_cstr(&names));
}

enum err_code pipe_action(const struct turn *t, const struct stage_state *stage,
                          const struct action_state **out, struct err *err)
{
    CLEANUP(sb_release) struct sb names;

    sb_init(&names, LIST_CAP);
    for (size_t i = 0; i < stage->action_count; i++) {
        if (sv_eq(stage->actions[i].name, t->operand->action)) {
            *out = &stage->actions[i];
            return ERR_OK;
        }
        add_name(&names, stage->actions[i].name);
    }
    return err_set(err, ERR_NOT_FOUND,
                   "stage " SV_FMT " has no action \"" SV_FMT "\"; its actions are: %s",
                   SV_ARG(sv_take(stage->name, 100)), SV_ARG(sv_take(t->operand->action, 100)),
                   sb_cstr(&names));
}

/* ---- where it leads ---- */

/* Which environment a gitflow pipeline serves, when only its tags say so. */
static enum err_code add_cached(const struct turn *t, struct sb *out, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    struct cache_pipeline p;
    int64_t rowid = 0;

    arena_init(&arena, ROW_CAP);
    if (t->deploy->cache == NULL ||
        cache_find_id(t->deploy->cache, &t->operand->id, &rowid, NULL) || rowid == 0 ||
        cache_get_pipeline(t->deploy->cache, rowid, &arena, &p, NULL) || p.row.environment.len == 0)
        return ERR_OK;
    return guard_place_add(out, p.row.environment, err);
}

static enum err_code add_stage(struct turn *t, struct sb *out, struct sv stage, struct err *err)
{
    const struct stage_def named = {.name = stage};

    return guard_place_stage(t, &named, out, err);
}

enum err_code pipe_environment(struct turn *t, const struct pipeline_state *state, struct sv stage,
                               struct err *err)
{
    CLEANUP(sb_release) struct sb all;
    struct sv own = fold_stage_environment(stage);
    size_t known;
    enum err_code rc;

    sb_init(&all, GUARD_PLACES_MAX);
    rc = sb_add(&all, t->operand->environment, err);
    if (!rc && stage.len > 0)
        rc = add_stage(t, &all, stage, err);
    for (size_t i = 0; i < state->stage_count && stage.len == 0 && !rc; i++)
        rc = add_stage(t, &all, state->stages[i].name, err);
    known = all.len;
    if (!rc && own.len == 0)
        rc = add_cached(t, &all, err);
    t->is_placed = t->is_placed || t->operand->environment.len > 0 || all.len > known;
    return rc ? rc : turn_keep(t, sb_sv(&all), &t->environment, err);
}

enum err_code pipe_resource(struct turn *t, struct sv stage, struct sv action, struct err *err)
{
    const struct pipeline_id *id = &t->operand->id;

    return turn_text(
        t, &t->resource, err,
        "arn:" SV_FMT ":codepipeline:" SV_FMT ":" SV_FMT ":" SV_FMT "%s" SV_FMT "%s" SV_FMT,
        SV_ARG(id->partition), SV_ARG(id->region), SV_ARG(id->account), SV_ARG(id->name),
        stage.len > 0 ? "/" : "", SV_ARG(stage), action.len > 0 ? "/" : "", SV_ARG(action));
}
