/* CodePipeline: one execution as a whole, and what its rules answered. */
#include "core/sandbox/conditions.h"
#include "core/sandbox/input.h"
#include "core/sandbox/pipelines_history.h"
#include "core/sandbox/pipelines_values.h"
#include "core/sandbox/render.h"

enum { RULES_PAGE = 100 };

static void put_uid(struct jw *w, const char *name, struct uid id)
{
    char text[UID_SIZE];

    jw_put_sv(w, name, sv_of(uid_text(id, text)));
}

/* The name of what the action puts out first; that of a seeded one is the same everywhere. */
static struct sv output_of(const struct action_shape *action)
{
    if (action->json == NULL)
        return SV("SourceOutput");
    return json_sv(json_list(action->json, "outputArtifacts"), "name");
}

/* What the sources brought in, by artifact. */
static void put_artifacts(struct jw *w, const struct pipe *p, const struct run *run)
{
    const struct stage_shape *stage = &run_shape(p, run)->stages[0];

    jw_name(w, "artifactRevisions");
    jw_open(w, '[');
    for (size_t i = 0; i < stage->action_count; i++) {
        const struct action_shape *action = &stage->actions[i];
        struct external external;

        if (run->attempts[i].status != RUN_SUCCEEDED && !run->is_rollback)
            continue;
        render_external(p, run, i, action, &external);
        if (external.id[0] == '\0')
            continue;
        jw_open(w, '{');
        jw_put_sv(w, "name", output_of(action));
        jw_put_sv(w, "revisionId", sv_of(external.id));
        render_revision_summary(w, p, run, i, action);
        if (run->attempts[i].changed_at > 0)
            jw_put_epoch(w, "created", run->attempts[i].changed_at);
        if (external.url[0] != '\0')
            jw_put_sv(w, "revisionUrl", sv_of(external.url));
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

enum err_code pipelines_get_run(struct service *s, struct request *request, struct reply *reply,
                                struct err *err)
{
    CLEANUP(input_close) struct input in;
    struct pipe *p;
    struct run *run;
    struct sv id;
    struct jw w;

    input_open(&in, s, request, reply);
    p = input_pipe(&in, "pipelineName");
    id = input_text(&in, NULL, "pipelineExecutionId", TEXT_UUID, true);
    run = p == NULL ? NULL : input_run(&in, p, id);
    if (in.has_failed)
        return ERR_OK;
    jw_init(&w, &reply->body, err);
    jw_open(&w, '{');
    jw_name(&w, "pipelineExecution");
    jw_open(&w, '{');
    jw_put_sv(&w, "pipelineName", sv_of(p->name));
    jw_put_int(&w, "pipelineVersion", run->version);
    put_uid(&w, "pipelineExecutionId", run->id);
    jw_put_sv(&w, "status", run_status_aws(run->status));
    if (run->status_summary != NULL)
        jw_put_sv(&w, "statusSummary", sv_of(run->status_summary));
    put_artifacts(&w, p, run);
    jw_name(&w, "variables");
    values_put_variables(&w, p, run);
    history_put_trigger(&w, p, run);
    jw_close(&w, '}');
    jw_close(&w, '}');
    return jw_done(&w);
}

/* ---- rules ---- */

/* ruleTypeId, configuration and what became of its variables. */
static void put_input(struct jw *w, const struct pipe *p, const struct run *run,
                      const struct rule_shape *rule)
{
    cJSON *declared = NULL;
    struct sv role;

    jw_name(w, "input");
    jw_open(w, '{');
    if (json_parse(sv_of(rule->json), &declared, w->err) == ERR_OK) {
        jw_name(w, "ruleTypeId");
        render_json(w, json_get(declared, "ruleTypeId"));
        jw_name(w, "configuration");
        render_json(w, json_get(declared, "configuration"));
        jw_name(w, "resolvedConfiguration");
        values_render(w, p, run, json_get(declared, "configuration"));
        role = json_sv(declared, "roleArn");
        if (role.len > 0)
            jw_put_sv(w, "roleArn", role);
    }
    cJSON_Delete(declared);
    jw_put_sv(w, "region", sv_of(p->place->region));
    jw_close(w, '}');
}

static void put_output(struct jw *w, const struct ruling *r)
{
    jw_name(w, "output");
    jw_open(w, '{');
    jw_name(w, "executionResult");
    jw_open(w, '{');
    if (r->summary != NULL)
        jw_put_sv(w, "externalExecutionSummary", sv_of(r->summary));
    render_ruling_error(w, r);
    jw_close(w, '}');
    jw_close(w, '}');
}

static void put_rule(struct jw *w, const struct pipe *p, const struct run *run, size_t number)
{
    const struct shape *shape = run_shape(p, run);
    const struct ruling *r = &run->judged->rulings[number];
    size_t stage = 0;
    const struct rule_shape *rule = shape_rule(shape, number, &stage);

    jw_open(w, '{');
    put_uid(w, "pipelineExecutionId", run->id);
    put_uid(w, "ruleExecutionId", ruling_uid(run, number));
    jw_put_int(w, "pipelineVersion", run->version);
    jw_put_sv(w, "stageName", sv_of(shape->stages[stage].name));
    jw_put_sv(w, "ruleName", sv_of(rule->name));
    jw_put_epoch(w, "startTime", r->started_at);
    jw_put_epoch(w, "lastUpdateTime", r->changed_at);
    jw_put_sv(w, "status", run_status_aws((enum run_status)r->status));
    put_input(w, p, run, rule);
    put_output(w, r);
    jw_close(w, '}');
}

/* A position holds the run's number and the rule's. */
enum { RULE_BITS = 12 };

static uint64_t position_of(const struct run *run, size_t rule)
{
    return run->number << RULE_BITS | rule;
}

enum err_code pipelines_list_rules(struct service *s, struct request *request, struct reply *reply,
                                   struct err *err)
{
    CLEANUP(input_close) struct input in;
    const struct run *only;
    struct pipe *p;
    uint64_t below = UINT64_MAX;
    uint64_t next = 0;
    int64_t room;
    bool is_latest; /* makes no difference: of a rule only the last answer is kept */
    struct jw w;

    input_open(&in, s, request, reply);
    p = input_pipe(&in, "pipelineName");
    room = input_int(&in, "maxResults", 1, 100, RULES_PAGE);
    only = p == NULL ? NULL : history_filter(&in, p, &is_latest);
    if (!input_page(&in, UINT64_MAX, &below))
        return ERR_OK;
    jw_init(&w, &reply->body, err);
    jw_open(&w, '{');
    jw_name(&w, "ruleExecutionDetails");
    jw_open(&w, '[');
    for (size_t i = p->run_count; i-- > 0 && next == 0;) {
        const struct run *run = p->runs[i];

        if (run->judged == NULL || (only != NULL && run != only))
            continue;
        for (size_t r = run_shape(p, run)->rule_count; r-- > 0 && next == 0;) {
            if (run->judged->rulings[r].status == RUN_NONE || position_of(run, r) >= below)
                continue;
            if (room-- == 0)
                next = position_of(run, r) + 1;
            else
                put_rule(&w, p, run, r);
        }
    }
    jw_close(&w, ']');
    if (next != 0 && page_token(&w, &in, next))
        return w.rc;
    jw_close(&w, '}');
    return jw_done(&w);
}
