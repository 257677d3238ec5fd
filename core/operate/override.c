/* Override a stage's condition that does not let an execution go on. AWS overrides what is asked
 * before entry and on success, never what is asked on failure. */
#include "core/aws/caller.h"
#include "core/operate/way.h"

enum { RULES_TEXT_MAX = 2000, RULE_VALUE_MAX = 200 };

struct overriding {
    struct sv execution;
    struct sv condition;
};

/* "before-entry" as people type it is "BEFORE_ENTRY"; "" for anything else. */
static struct sv condition_of(struct sv word)
{
    if (sv_eq_nocase(word, SV("BEFORE_ENTRY")) || sv_eq_nocase(word, SV("before-entry")))
        return SV("BEFORE_ENTRY");
    if (sv_eq_nocase(word, SV("ON_SUCCESS")) || sv_eq_nocase(word, SV("on-success")))
        return SV("ON_SUCCESS");
    return SV("");
}

static enum err_code refuse(struct turn *t, const struct stage_state *s, struct err *err)
{
    const struct overriding *found = t->found;

    if (t->input->condition.len > 0 && condition_of(t->input->condition).len == 0)
        return turn_wrong(t, err, "a condition is before-entry or on-success, not \"" SV_FMT "\"",
                          SV_ARG(sv_take(t->input->condition, 60)));
    if (s->condition.len == 0)
        return turn_text(t, &t->refusal, err, "no condition holds " SV_FMT, SV_ARG(s->name));
    if (!sv_eq(s->condition, found->condition))
        return turn_text(t, &t->refusal, err,
                         "the condition that holds " SV_FMT " is " SV_FMT
                         ", and only BEFORE_ENTRY and ON_SUCCESS can be overridden, each while it "
                         "holds",
                         SV_ARG(s->name), SV_ARG(s->condition));
    if (sv_eq(s->condition_status, SV("InProgress")))
        return turn_text(t, &t->refusal, err,
                         "the condition is still being looked at: wait for its answer");
    return ERR_OK;
}

/* ---- what its rules ask ---- */

static const cJSON *find_named(const cJSON *list, const char *key, struct sv name)
{
    while (list != NULL && !sv_eq(json_sv(list, key), name))
        list = list->next;
    return list;
}

static enum err_code add_value(struct sb *out, const char *key, struct sv value, bool *is_first,
                               struct err *err)
{
    enum err_code rc =
        sb_addf(out, err, "%s%s%s", *is_first ? ": " : ", ", key, key[0] != '\0' ? "=" : "");

    *is_first = false;
    return rc ? rc : sb_add_safe(out, sv_take(value, RULE_VALUE_MAX), err);
}

/* "Reconciled (VariableCheck: Operator=EQ, Value=yes)" */
static enum err_code add_rule(const cJSON *rule, struct sb *out, struct err *err)
{
    const cJSON *settings = json_get(rule, "configuration");
    bool is_first = true;
    enum err_code rc = sb_add(out, out->len > 0 ? SV(", ") : SV(""), err);

    if (!rc)
        rc = sb_add_safe(out, sv_take(json_sv(rule, "name"), RULE_VALUE_MAX), err);
    if (!rc)
        rc = sb_add(out, SV(" ("), err);
    if (!rc)
        rc = sb_add_safe(
            out, sv_take(json_sv(json_get(rule, "ruleTypeId"), "provider"), RULE_VALUE_MAX), err);
    for (const cJSON *c = json_list(rule, "commands"); c != NULL && !rc; c = c->next) {
        if (cJSON_IsString(c))
            rc = add_value(out, "", sv_of(c->valuestring), &is_first, err);
    }
    for (const cJSON *c = settings == NULL ? NULL : settings->child; c != NULL && !rc;
         c = c->next) {
        if (cJSON_IsString(c) && c->string != NULL)
            rc = add_value(out, c->string, sv_of(c->valuestring), &is_first, err);
    }
    return rc ? rc : sb_addc(out, ')', err);
}

static enum err_code add_rules(const cJSON *stage, struct sv condition, struct sb *out,
                               struct err *err)
{
    const cJSON *asked =
        json_get(stage, sv_eq(condition, SV("ON_SUCCESS")) ? "onSuccess" : "beforeEntry");
    enum err_code rc = ERR_OK;

    for (const cJSON *c = json_list(asked, "conditions"); c != NULL && !rc; c = c->next) {
        for (const cJSON *r = json_list(c, "rules"); r != NULL && !rc; r = r->next)
            rc = add_rule(r, out, err);
    }
    return rc;
}

/* Whoever overrides it should know what was asked. Who may not read the definition is not told. */
static enum err_code tell_rules(struct turn *t, struct err *err)
{
    const struct ask_member members[] = {{"name", t->operand->id.name}, ASK_END};
    const struct overriding *found = t->found;
    CLEANUP(sb_release) struct sb rules;
    const struct aws_reply *reply;
    struct err why = {0};
    const cJSON *stages;
    enum err_code rc;

    sb_init(&rules, RULES_TEXT_MAX);
    if (t->is_again || found->condition.len == 0)
        return ERR_OK;
    rc = turn_ask(t, OP_GET_PIPELINE, members, &reply, &why);
    if (rc)
        return rc == ERR_CANCELLED ? err_set(err, rc, "%s", why.text) : ERR_OK;
    stages = json_list(json_get(reply->json, "pipeline"), "stages");
    rc = add_rules(find_named(stages, "name", t->operand->stage), found->condition, &rules, &why);
    if (rc == ERR_LIMIT)
        rc = ERR_OK; /* what fits is told */
    if (rc || rules.len == 0)
        return rc ? err_set(err, rc, "%s", why.text) : ERR_OK;
    return turn_text(t, &t->effect, err, SV_FMT ", which asks %s", SV_ARG(t->effect),
                     sb_cstr(&rules));
}

static const char *place_of(struct sv condition)
{
    if (sv_eq(condition, SV("BEFORE_ENTRY")))
        return "before";
    return sv_eq(condition, SV("ON_SUCCESS")) ? "after" : "in";
}

static enum err_code look(struct turn *t, struct err *err)
{
    struct overriding *found = arena_alloc(t->arena, 1, sizeof *found);
    struct pipeline_state state;
    const struct stage_state *s;
    struct way way;
    enum err_code rc;

    if (found == NULL)
        return arena_err(t->arena, err);
    t->found = found;
    rc = pipe_state(t, &state, err);
    if (!rc)
        rc = pipe_stage(t, &state, &s, err);
    if (!rc)
        rc = way_find(t, &state, NULL, s->name, WAY_RUNS, &way, err);
    if (!rc)
        rc = pipe_resource(t, s->name, SV(""), err);
    if (rc)
        return rc;
    found->execution =
        t->operand->execution_id.len > 0 ? t->operand->execution_id : s->execution_id;
    found->condition = t->input->condition.len > 0 ? condition_of(t->input->condition)
                                                   : condition_of(s->condition);
    rc = turn_text(t, &t->state, err, "execution " SV_FMT " %s " SV_FMT ": %.*s %.*s%s" SV_FMT,
                   SV_ARG(short_id(found->execution)), place_of(s->condition), SV_ARG(s->name),
                   SV_ARG(s->condition.len > 0 ? s->condition : SV("no condition")),
                   SV_ARG(s->condition_status), s->condition_text.len > 0 ? ": " : "",
                   SV_ARG(sv_take(s->condition_text, 1000)));
    if (!rc)
        rc = turn_text(t, &t->effect, err, "lets execution " SV_FMT " go on in spite of " SV_FMT,
                       SV_ARG(short_id(found->execution)), SV_ARG(found->condition));
    if (!rc)
        rc = refuse(t, s, err);
    return rc || t->refusal.len > 0 ? rc : tell_rules(t, err);
}

static enum err_code send(struct turn *t, struct err *err)
{
    const struct overriding *found = t->found;
    const struct ask_member members[] = {{"pipelineName", t->operand->id.name},
                                         {"stageName", t->operand->stage},
                                         {"pipelineExecutionId", found->execution},
                                         {"conditionType", found->condition},
                                         ASK_END};
    const struct aws_reply *reply;
    enum err_code rc = turn_text(t, &t->then, err, SV_FMT " of " SV_FMT " is overridden",
                                 SV_ARG(found->condition), SV_ARG(t->operand->stage));

    return rc ? rc
              : turn_send(t, OP_OVERRIDE_STAGE_CONDITION, members, "override the condition", &reply,
                          err);
}

/* ---- was it done? ---- */

/* Who is named by a rule of the condition, where AWS names anybody but us; "" = nobody. */
static struct sv another(const cJSON *state, struct sv caller)
{
    for (const cJSON *c = json_list(state, "conditionStates"); c != NULL; c = c->next) {
        for (const cJSON *r = json_list(c, "ruleStates"); r != NULL; r = r->next) {
            struct sv by = json_sv(json_get(r, "latestExecution"), "lastUpdatedBy");

            if (by.len > 0 && !caller_same(by, caller))
                return by;
        }
    }
    return SV("");
}

/* Its execution is no longer in the stage: it went on, or was superseded or stopped there. */
static enum err_code judge_gone(struct turn *t, bool *is_done, struct err *err)
{
    const struct overriding *found = t->found;
    enum status status;
    enum err_code rc = pipe_execution_status(t, found->execution, &status, err);

    *is_done = false;
    if (rc || (status != STATUS_IN_PROGRESS && status != STATUS_SUCCEEDED))
        return rc;
    return err_set(err, ERR_FAILED,
                   "execution " SV_FMT " has left the stage; who let it go on is not told",
                   SV_ARG(short_id(found->execution)));
}

/* Whether AWS names who overrides, and where, is not documented: another name leaves it open. */
static enum err_code was_done(struct turn *t, bool *is_done, struct err *err)
{
    const struct ask_member members[] = {{"name", t->operand->id.name}, ASK_END};
    const struct overriding *found = t->found;
    const struct aws_reply *reply;
    const cJSON *stage;
    const cJSON *state;
    struct sv by;
    enum err_code rc = turn_ask(t, OP_GET_PIPELINE_STATE, members, &reply, err);

    if (rc)
        return rc;
    stage = find_named(json_list(reply->json, "stageStates"), "stageName", t->operand->stage);
    state =
        json_get(stage, sv_eq(found->condition, SV("ON_SUCCESS")) ? "onSuccessConditionState"
                                                                  : "beforeEntryConditionState");
    by = another(state, sv_of(t->caller));
    if (!sv_eq(json_sv(json_get(stage, "latestExecution"), "pipelineExecutionId"),
               found->execution))
        return judge_gone(t, is_done, err);
    *is_done = sv_eq(json_sv(json_get(state, "latestExecution"), "status"), SV("Overridden"));
    if (!*is_done || by.len == 0)
        return ERR_OK;
    *is_done = false;
    return err_set(err, ERR_FAILED, "it is overridden, and AWS names " SV_FMT " with it",
                   SV_ARG(sv_take(by, 200)));
}

/* "EXECUTION/CONDITION" */
static enum err_code trace(const struct turn *t, struct sb *out, struct err *err)
{
    const struct overriding *found = t->found;

    return sb_addf(out, err, SV_FMT "/" SV_FMT, SV_ARG(found->execution), SV_ARG(found->condition));
}

static enum err_code recall(struct turn *t, struct sv trace, struct err *err)
{
    struct overriding *found = arena_alloc(t->arena, 1, sizeof *found);

    if (found == NULL)
        return arena_err(t->arena, err);
    t->found = found;
    found->execution = sv_cut(trace, '/', &found->condition);
    return ERR_OK;
}

/* ---- lines ---- */

static enum err_code aws_line(const struct turn *t, struct sb *out, struct err *err)
{
    const struct overriding *found = t->found;
    enum err_code rc = line_aws(t, "codepipeline", "override-stage-condition", out, err);

    if (!rc)
        rc = line_option(out, "pipeline-name", t->operand->id.name, err);
    if (!rc)
        rc = line_option(out, "stage-name", t->operand->stage, err);
    if (!rc)
        rc = line_option(out, "pipeline-execution-id", found->execution, err);
    return rc ? rc : line_option(out, "condition-type", found->condition, err);
}

static enum err_code own_line(const struct turn *t, struct sb *out, struct err *err)
{
    const struct overriding *found = t->found;
    enum err_code rc = line_own(t, "override", out, err);

    if (!rc)
        rc = line_word(out, t->operand->id.name, err);
    if (!rc)
        rc = line_word(out, t->operand->stage, err);
    return rc ? rc : line_word(out, found->condition, err);
}

const struct operation operation_override = {
    .iam = "codepipeline:OverrideStageCondition",
    .verb = "override the condition of",
    .look = look,
    .send = send,
    .was_done = was_done,
    .trace = trace,
    .recall = recall,
    .aws_line = aws_line,
    .own_line = own_line,
};
