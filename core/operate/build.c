/* Builds: stop one that runs, begin one that has ended again. A build that a pipeline began does
 * not go back into the pipeline when it is retried: the plan says so. */
#include "core/operate/pipe.h"

struct building {
    struct sv status;
    struct sv project;
    int64_t number;
    struct sv initiator;
    struct sv newest; /* of its project, before a retry */
};

static enum err_code read_build(struct turn *t, struct building *out, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    const cJSON *json;
    struct jw w;
    enum err_code rc;

    sb_init(&body, 8 * 1024);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_name(&w, "ids");
    jw_open(&w, '[');
    jw_sv(&w, t->operand->build);
    jw_close(&w, ']');
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (!rc)
        rc = deploy_read(t->task, t->deploy, t->session, OP_BATCH_GET_BUILDS, sb_sv(&body), &reply,
                         err);
    if (rc)
        return rc;
    json = json_list(reply->json, "builds");
    if (json == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no build " SV_FMT " in account " SV_FMT,
                       SV_ARG(sv_take(t->operand->build, 200)), SV_ARG(t->operand->id.account));
    out->number = json_int(json, "buildNumber", 0);
    rc = turn_keep(t, json_sv(json, "buildStatus"), &out->status, err);
    if (!rc)
        rc = turn_keep(t, json_sv(json, "projectName"), &out->project, err);
    if (!rc)
        rc = turn_keep(t, json_sv(json, "initiator"), &out->initiator, err);
    return rc ? rc : turn_keep(t, json_sv(json, "arn"), &t->resource, err);
}

/* "codepipeline/sales-prod" leads to the environment that the pipeline serves. */
static struct sv pipeline_of(const struct building *b)
{
    return sv_starts(b->initiator, SV("codepipeline/")) ? sv_drop(b->initiator, 13) : SV("");
}

/* The stage whose action began it; "" when newer builds came since. */
static struct sv stage_of(const struct pipeline_state *state, struct sv build)
{
    for (size_t i = 0; i < state->stage_count; i++) {
        for (size_t k = 0; k < state->stages[i].action_count; k++) {
            if (sv_eq(state->stages[i].actions[k].external_id, build))
                return state->stages[i].name;
        }
    }
    return SV("");
}

/* A build does what its stage's action does, and the pipeline does not go on from it: so far it
 * reaches. Of which stage it is not known when newer ones came since: then all count. */
static enum err_code find_in_pipeline(struct turn *t, struct sv build, struct err *err)
{
    struct pipeline_state state = {0};
    struct sv stage = t->operand->stage;
    struct err why = {0};
    enum err_code rc = ERR_OK;

    if (t->operand->id.name.len > 0 && stage.len == 0) {
        rc = pipe_state(t, &state, &why);
        stage = rc ? stage : stage_of(&state, build);
    }
    /* A pipeline that is gone has no environments either. */
    if (rc && rc != ERR_NOT_FOUND)
        return err_set(err, rc, "%s", why.text);
    return pipe_environment(t, &state, stage, err);
}

static enum err_code find_environment(struct turn *t, const struct building *b, struct err *err)
{
    const struct operand *own = t->operand;
    struct operand led = *own;
    enum err_code rc;

    if (led.id.name.len == 0)
        led.id.name = pipeline_of(b);
    t->operand = &led;
    rc = find_in_pipeline(t, own->build, err);
    t->operand = own;
    t->pipelines = led.id.name;
    t->has_way = led.id.name.len > 0;
    return rc;
}

static enum err_code read_newest(struct turn *t, struct sv project, struct sv *out, struct err *err)
{
    const struct ask_member members[] = {
        {"projectName", project}, {"sortOrder", SV("DESCENDING")}, ASK_END};
    const struct aws_reply *reply;
    enum err_code rc = turn_ask(t, OP_LIST_BUILDS_FOR_PROJECT, members, &reply, err);

    return rc ? rc : turn_keep(t, json_item_sv(json_list(reply->json, "ids")), out, err);
}

static enum err_code look_at(struct turn *t, bool stops, struct err *err)
{
    struct building *found = arena_alloc(t->arena, 1, sizeof *found);
    bool runs;
    enum err_code rc;

    if (found == NULL)
        return arena_err(t->arena, err);
    t->found = found;
    rc = read_build(t, found, err);
    /* Which is the newest matters only when an answer is lost. */
    found->newest = SV("");
    if (!rc && !stops && t->is_again)
        rc = read_newest(t, found->project, &found->newest, err);
    if (!rc)
        rc = find_environment(t, found, err);
    if (!rc)
        rc = turn_text(t, &t->state, err, "build %lld of " SV_FMT " is " SV_FMT,
                       (long long)found->number, SV_ARG(found->project), SV_ARG(found->status));
    if (rc)
        return rc;
    runs = sv_eq(found->status, SV("IN_PROGRESS"));
    if (stops && !runs)
        return turn_text(t, &t->refusal, err, "the build has ended already: " SV_FMT,
                         SV_ARG(found->status));
    if (!stops && runs)
        return turn_text(t, &t->refusal, err, "the build still runs: stop it first");
    if (!stops && pipeline_of(found).len > 0)
        rc = turn_text(t, &t->hint, err,
                       "it was begun by pipeline " SV_FMT
                       ", which does not hear of another build: retry the stage instead",
                       SV_ARG(pipeline_of(found)));
    if (!rc && stops && pipeline_of(found).len > 0)
        rc =
            turn_text(t, &t->hint, err, "the action of pipeline " SV_FMT " that waits for it fails",
                      SV_ARG(pipeline_of(found)));
    if (!rc && stops)
        return turn_text(t, &t->effect, err, "stops it");
    return rc ? rc
              : turn_text(t, &t->effect, err, "begins a build of " SV_FMT " with the same source",
                          SV_ARG(found->project));
}

static enum err_code look_stop(struct turn *t, struct err *err)
{
    return look_at(t, true, err);
}

static enum err_code look_retry(struct turn *t, struct err *err)
{
    return look_at(t, false, err);
}

static enum err_code send_stop(struct turn *t, struct err *err)
{
    const struct ask_member members[] = {{"id", t->operand->build}, ASK_END};
    const struct aws_reply *reply;
    enum err_code rc = turn_text(t, &t->then, err, "the build is being stopped");

    return rc ? rc : turn_send(t, OP_STOP_BUILD, members, "stop the build", &reply, err);
}

static enum err_code send_retry(struct turn *t, struct err *err)
{
    const struct ask_member members[] = {
        {"id", t->operand->build}, {"idempotencyToken", sv_of(t->token)}, ASK_END};
    const struct aws_reply *reply;
    enum err_code rc = turn_send(t, OP_RETRY_BUILD, members, "retry the build", &reply, err);

    return rc ? rc
              : turn_text(t, &t->result, err, "build " SV_FMT,
                          SV_ARG(sv_take(json_sv(json_get(reply->json, "build"), "id"), 255)));
}

static enum err_code was_stopped(struct turn *t, bool *is_done, struct err *err)
{
    struct building now;
    enum err_code rc = read_build(t, &now, err);

    if (!rc)
        *is_done = !sv_eq(now.status, SV("IN_PROGRESS"));
    return rc;
}

/* A build that was not there before, and that no pipeline began: when the token is too old. */
static enum err_code was_retried(struct turn *t, bool *is_done, struct err *err)
{
    const struct building *found = t->found;
    const struct operand *own = t->operand;
    struct operand newest = *own;
    struct building now = {.initiator = SV("")};
    enum err_code rc = read_newest(t, found->project, &newest.build, err);

    if (rc || newest.build.len == 0 || sv_eq(newest.build, found->newest))
        return rc;
    t->operand = &newest;
    rc = read_build(t, &now, err);
    t->operand = own;
    *is_done = !rc && pipeline_of(&now).len == 0;
    return rc || !*is_done ? rc
                           : turn_text(t, &t->result, err, "build " SV_FMT, SV_ARG(newest.build));
}

/* was_stopped asks for nothing but the build. */
static enum err_code recall_stop(struct turn *t, struct sv trace, struct err *err)
{
    (void)t;
    (void)trace;
    (void)err;
    return ERR_OK;
}

static enum err_code trace_retry(const struct turn *t, struct sb *out, struct err *err)
{
    const struct building *found = t->found;

    return sb_add(out, found->newest.len > 0 ? found->newest : SV("-"), err);
}

static enum err_code recall_retry(struct turn *t, struct sv trace, struct err *err)
{
    struct building *found = arena_alloc(t->arena, 1, sizeof *found);
    enum err_code rc;

    if (found == NULL)
        return arena_err(t->arena, err);
    t->found = found;
    rc = read_build(t, found, err);
    return rc ? rc : turn_keep(t, sv_eq(trace, SV("-")) ? SV("") : trace, &found->newest, err);
}

static enum err_code line_of(const struct turn *t, enum err_code rc, const char *option,
                             struct sb *out, struct err *err)
{
    if (rc)
        return rc;
    return option != NULL ? line_option(out, option, t->operand->build, err)
                          : line_word(out, t->operand->build, err);
}

static enum err_code aws_stop(const struct turn *t, struct sb *out, struct err *err)
{
    return line_of(t, line_aws(t, "codebuild", "stop-build", out, err), "id", out, err);
}

static enum err_code aws_retry(const struct turn *t, struct sb *out, struct err *err)
{
    return line_of(t, line_aws(t, "codebuild", "retry-build", out, err), "id", out, err);
}

static enum err_code own_stop(const struct turn *t, struct sb *out, struct err *err)
{
    return line_of(t, line_own(t, "build stop", out, err), NULL, out, err);
}

static enum err_code own_retry(const struct turn *t, struct sb *out, struct err *err)
{
    return line_of(t, line_own(t, "build retry", out, err), NULL, out, err);
}

const struct operation operation_stop_build = {
    .iam = "codebuild:StopBuild",
    .verb = "stop build",
    .look = look_stop,
    .send = send_stop,
    .was_done = was_stopped,
    .recall = recall_stop,
    .aws_line = aws_stop,
    .own_line = own_stop,
};

const struct operation operation_retry_build = {
    .iam = "codebuild:RetryBuild",
    .verb = "retry build",
    .has_token = true,
    .look = look_retry,
    .send = send_retry,
    .was_done = was_retried,
    .trace = trace_retry,
    .recall = recall_retry,
    .aws_line = aws_retry,
    .own_line = own_retry,
};
