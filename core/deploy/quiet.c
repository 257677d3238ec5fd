#include "core/deploy/quiet.h"

#include "core/aws/codebuild.h"
#include "core/aws/codepipeline.h"
#include "core/base/json.h"
#include "core/deploy/ask.h"

enum {
    BODY_MAX = 64 * 1024,
    ARENA_MAX = 16 << 20,
    BUILDS_MAX = 100,
    POLL_MS = 500,
    POLLS_MAX = 600
};

static const char why[] = "penstock takes this pipeline away";

static struct asker asker_of(const struct quiet *q)
{
    return (struct asker){
        .task = q->task, .deploy = q->deploy, .session = q->session, .account = q->account};
}

/* ---- pipelines ---- */

static enum err_code close_stages(struct quiet *q, struct sv pipeline, struct arena *arena,
                                  struct err *err)
{
    const struct asker a = asker_of(q);
    const struct ask_member name[] = {{"name", pipeline}, ASK_END};
    const struct aws_reply *reply;
    struct pipeline_state state = {0};
    enum err_code rc = ask_read(&a, OP_GET_PIPELINE_STATE, name, &reply, err);

    if (!rc)
        rc = decode_pipeline_state(reply->json, arena, &state, err);
    for (size_t i = 1; i < state.stage_count && !rc; i++) {
        const struct ask_member close[] = {{"pipelineName", pipeline},
                                           {"stageName", state.stages[i].name},
                                           {"transitionType", SV("Inbound")},
                                           {"reason", sv_of(why)},
                                           ASK_END};

        if (state.stages[i].transition_enabled)
            rc = ask_write(&a, OP_DISABLE_STAGE_TRANSITION, close, "let nothing into a stage",
                           &reply, err);
    }
    return rc;
}

static enum err_code stop_one(struct quiet *q, struct sv pipeline, struct sv id, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct write write = {.session = q->session,
                          .account = q->account,
                          .op = OP_STOP_PIPELINE_EXECUTION,
                          .text = "stop an execution"};
    struct jw w;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "pipelineName", pipeline);
    jw_put_sv(&w, "pipelineExecutionId", id);
    jw_put_bool(&w, "abandon", true);
    jw_put_sv(&w, "reason", sv_of(why));
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (rc)
        return rc;
    write.body = sb_sv(&body);
    rc = deploy_write(q->task, q->deploy, &write, &reply, err);
    q->stopped += rc == ERR_OK;
    /* It ended while we asked, or is stopping already. */
    return reply != NULL &&
                   (sv_eq(reply->error_name, SV("PipelineExecutionNotStoppableException")) ||
                    sv_eq(reply->error_name, SV("DuplicatedStopRequestException")))
               ? ERR_OK
               : rc;
}

enum err_code quiet_pipeline(struct quiet *q, struct sv pipeline, struct err *err)
{
    const struct asker a = asker_of(q);
    CLEANUP(arena_release) struct arena arena;
    const struct ask_member name[] = {{"pipelineName", pipeline}, ASK_END};
    const struct aws_reply *reply;
    struct execution *executions;
    size_t count = 0;
    enum err_code rc;

    arena_init(&arena, ARENA_MAX);
    rc = close_stages(q, pipeline, &arena, err);
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (!rc)
        rc = ask_read(&a, OP_LIST_PIPELINE_EXECUTIONS, name, &reply, err);
    if (!rc)
        rc = decode_executions(reply->json, &arena, &executions, &count, err);
    for (size_t i = 0; i < count && !rc; i++) {
        if (status_is_running(executions[i].status))
            rc = stop_one(q, pipeline, executions[i].id, err);
    }
    return rc;
}

/* ---- builds ---- */

/* Those of the first page that run: builds are listed newest first. */
static enum err_code running(struct quiet *q, struct sv project, struct arena *arena,
                             struct sv *ids, size_t *count, struct err *err)
{
    const struct asker a = asker_of(q);
    CLEANUP(sb_release) struct sb body;
    const struct ask_member name[] = {{"projectName", project}, ASK_END};
    const struct aws_reply *reply;
    struct build *builds;
    size_t listed = 0;
    struct jw w;
    enum err_code rc = ask_read(&a, OP_LIST_BUILDS_FOR_PROJECT, name, &reply, err);

    *count = 0;
    sb_init(&body, BODY_MAX);
    if (rc)
        return rc;
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_name(&w, "ids");
    jw_open(&w, '[');
    for (const cJSON *i = json_list(reply->json, "ids"); i != NULL && listed < BUILDS_MAX;
         i = i->next, listed++)
        jw_sv(&w, json_item_sv(i));
    jw_close(&w, ']');
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (rc || listed == 0)
        return rc;
    rc =
        deploy_read(q->task, q->deploy, q->session, OP_BATCH_GET_BUILDS, sb_sv(&body), &reply, err);
    if (!rc)
        rc = decode_builds(reply->json, arena, &builds, &listed, err);
    for (size_t i = 0; i < listed && !rc; i++) {
        if (sv_eq(builds[i].status, SV("IN_PROGRESS")))
            ids[(*count)++] = builds[i].id;
    }
    return rc;
}

enum err_code quiet_project(struct quiet *q, struct sv project, struct err *err)
{
    const struct asker a = asker_of(q);
    enum err_code rc = ERR_OK;

    for (int i = 0; i < POLLS_MAX && !rc; i++) {
        CLEANUP(arena_release) struct arena arena;
        struct sv ids[BUILDS_MAX];
        size_t count;

        arena_init(&arena, ARENA_MAX);
        rc = running(q, project, &arena, ids, &count, err);
        if (rc == ERR_NOT_FOUND)
            return ERR_OK;
        if (rc || count == 0)
            return rc;
        for (size_t k = 0; k < count && i == 0 && !rc; k++) {
            const struct ask_member id[] = {{"id", ids[k]}, ASK_END};
            const struct aws_reply *reply;

            rc = ask_write(&a, OP_STOP_BUILD, id, "stop a build", &reply, err);
            q->stopped += rc == ERR_OK;
        }
        job_note(q->job, "waits for %zu builds of " SV_FMT " to end", count, SV_ARG(project));
        if (!rc)
            rc = task_sleep(q->task, POLL_MS, err);
    }
    return rc ? rc
              : err_set(err, ERR_TIMEOUT, "builds of " SV_FMT " do not end: stop them first",
                        SV_ARG(project));
}
