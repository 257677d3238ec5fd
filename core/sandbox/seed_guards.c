#include "core/sandbox/seed_guards.h"

#include "core/base/json.h"
#include "core/sandbox/conditions.h"

/* clang-format off */
static const struct approval_row {
    const char *pipeline;
    const char *action;
    int minutes; /* 0: AWS's seven days */
    const char *custom;
    const char *link;
} approvals[] = {
    {"customer-360",          "ManualApproval-test", 2880, "Compare the row counts with the CRM before prod: they may differ by 10 at most.", "https://wiki.example.invalid/crm/release-checklist"},
    {"supply-chain-forecast", "ManualApproval-uat",  0,    "Planning signs off first (planning@example.invalid).", NULL},
    {"dmc-release",           "Owner",               1440, "The owners of the changed data products must have agreed.", "https://catalog.example.invalid/changes?state=open"},
    {"edge-log-archive",      "Approve",             1440, "Publish only when the partition is complete.", "https://edge.example.invalid/partitions"},
    {"landing-zone-baseline", "Security",            4320, "No open finding above medium.", "https://security.example.invalid/findings"},
    {"landing-zone-baseline", "Operations",          4320, "The change window is agreed with every domain.", NULL},
    {"text-torture",          "Approve",             0,    "\x1b[2J\x1b[31mapprove\x1b[0m \xe2\x80\xaeton od\xe2\x80\xac\ttab\nline \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", "javascript:alert(1)//\x1b]8;;https://example.invalid\x1b\\"},
};

#define RULE(name, provider, configuration) \
    "{\"name\":\"" name "\",\"ruleTypeId\":{\"category\":\"Rule\",\"owner\":\"AWS\",\"provider\":\"" provider "\",\"version\":\"1\"},\"configuration\":{" configuration "}}"
#define CONDITION(member, result, rules) \
    "{\"" member "\":{\"conditions\":[{\"result\":\"" result "\",\"rules\":[" rules "]}]}}"

static const struct condition_row {
    const char *pipeline;
    const char *stage;
    const char *json;
} conditions[] = {
    {"backup-vault", "Deploy", CONDITION("beforeEntry", "FAIL",
        RULE("Change-ticket", "VariableCheck", "\"Variable\":\"#{variables.CHANGE_TICKET}\",\"Operator\":\"MATCHES\",\"Value\":\"CHG[0-9]+\"") ","
        RULE("Any-day", "DeploymentWindow", "\"Cron\":\"* * * ? * *\",\"TimeZone\":\"UTC+1\""))},
    {"finance-ledger-test", "Deploy-Stage-test", CONDITION("onSuccess", "FAIL",
        RULE("Trial-balance", "LambdaInvoke", "\"FunctionName\":\"ledger-trial-balance\",\"UserParameters\":\"{}\"") ","
        RULE("Reconciled", "VariableCheck", "\"Variable\":\"#{variables.RECONCILED}\",\"Operator\":\"EQ\",\"Value\":\"yes\""))},
    {"reference-data", "Deploy-Stage-prod", CONDITION("beforeEntry", "SKIP",
        RULE("Quarter-begins", "DeploymentWindow", "\"Cron\":\"* * * 1 JAN,APR,JUL,OCT ?\""))},
    {"dmc-release", "Development", "{\"onFailure\":{\"result\":\"RETRY\",\"retryConfiguration\":{\"retryMode\":\"FAILED_ACTIONS\"}}}"},
    {"dmc-release", "Production", "{\"onFailure\":{\"result\":\"ROLLBACK\"}}"},
};

static const struct variable_row {
    const char *pipeline;
    struct variable variable;
} variables[] = {
    {"supply-chain-forecast", {"HORIZON_WEEKS", "26", "How far the forecast looks ahead"}},
    {"supply-chain-forecast", {"SCENARIO", NULL, "Which scenario of planning is computed"}},
    {"backup-vault",          {"CHANGE_TICKET", "none", "The ticket of this change (CHG and a number)"}},
    {"finance-ledger-test",   {"RECONCILED", "no", "Has finance reconciled the test ledger?"}},
};

static const struct given_row {
    const char *pipeline;
    const char *message;
    const char *json;
} given[] = {
    {"supply-chain-forecast", NULL, "{\"variables\":{\"SCENARIO\":\"baseline\"},\"revisions\":{}}"},
    {"supply-chain-forecast", "forecast: holidays of 2027", "{\"variables\":{\"SCENARIO\":\"holidays-2027\",\"HORIZON_WEEKS\":\"52\"},\"revisions\":{}}"},
    {"backup-vault",          "vault: keep 35 days", "{\"variables\":{\"CHANGE_TICKET\":\"CHG48213\"},\"revisions\":{}}"},
    {"backup-vault",          "vault: keep 90 days", "{\"variables\":{\"CHANGE_TICKET\":\"CHG48377\"},\"revisions\":{}}"},
    {"finance-ledger-test",   NULL, "{\"variables\":{\"RECONCILED\":\"yes\"},\"revisions\":{}}"},
};
/* clang-format on */

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

const char *seed_given(const char *pipeline, const char *message)
{
    for (size_t i = 0; i < ARRAY_LEN(given); i++) {
        if (strcmp(given[i].pipeline, pipeline) == 0 && is_same(given[i].message, message))
            return given[i].json;
    }
    return NULL;
}

enum err_code seed_variables(struct world *w, struct pipe *p, struct err *err)
{
    struct variable *list = arena_alloc(&w->arena, ARRAY_LEN(variables), sizeof *list);

    if (list == NULL)
        return arena_err(&w->arena, err);
    for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
        if (strcmp(variables[i].pipeline, p->name) == 0)
            list[p->variable_count++] = variables[i].variable;
    }
    p->variables = list;
    if (p->variable_count > 0 || p->shape->has_conditions)
        p->type = "V2";
    return ERR_OK;
}

static enum err_code set_conditions(struct world *w, const char *pipeline, struct stage_shape *s,
                                    size_t *rules, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < ARRAY_LEN(conditions) && !rc; i++) {
        cJSON *declared = NULL;

        if (strcmp(conditions[i].pipeline, pipeline) != 0 ||
            strcmp(conditions[i].stage, s->name) != 0)
            continue;
        rc = json_parse(sv_of(conditions[i].json), &declared, err);
        if (!rc)
            rc = conditions_read(w, declared, rules, &s->conditions, err);
        cJSON_Delete(declared);
    }
    return rc;
}

/* The actions are copied: those of the shape may be others' too. */
static enum err_code set_approvals(struct world *w, const char *pipeline, struct stage_shape *s,
                                   struct err *err)
{
    struct action_shape *actions = arena_alloc(&w->arena, s->action_count, sizeof *actions);

    if (actions == NULL)
        return arena_err(&w->arena, err);
    memcpy(actions, s->actions, s->action_count * sizeof *actions);
    for (size_t a = 0; a < s->action_count; a++) {
        for (size_t i = 0; i < ARRAY_LEN(approvals); i++) {
            if (strcmp(approvals[i].pipeline, pipeline) != 0 ||
                strcmp(approvals[i].action, actions[a].name) != 0)
                continue;
            actions[a].timeout_minutes = approvals[i].minutes;
            actions[a].custom = approvals[i].custom;
            actions[a].link = approvals[i].link;
        }
    }
    s->actions = actions;
    return ERR_OK;
}

static bool has_guards(const char *pipeline)
{
    for (size_t i = 0; i < ARRAY_LEN(approvals); i++) {
        if (strcmp(approvals[i].pipeline, pipeline) == 0)
            return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(conditions); i++) {
        if (strcmp(conditions[i].pipeline, pipeline) == 0)
            return true;
    }
    return false;
}

enum err_code seed_guard(struct world *w, const char *pipeline, const struct shape **shape,
                         struct err *err)
{
    size_t count = (*shape)->stage_count;
    struct shape *guarded;
    struct stage_shape *stages;
    enum err_code rc = ERR_OK;

    if (!has_guards(pipeline))
        return ERR_OK;
    guarded = arena_alloc(&w->arena, 1, sizeof *guarded);
    stages = arena_alloc(&w->arena, count, sizeof *stages);
    if (guarded == NULL || stages == NULL)
        return arena_err(&w->arena, err);
    *guarded = **shape;
    memcpy(stages, guarded->stages, count * sizeof *stages);
    guarded->stages = stages;
    for (size_t i = 0; i < count && !rc; i++) {
        rc = set_approvals(w, pipeline, &stages[i], err);
        if (!rc)
            rc = set_conditions(w, pipeline, &stages[i], &guarded->rule_count, err);
        guarded->has_conditions = guarded->has_conditions || stages[i].conditions != NULL;
    }
    *shape = guarded;
    return rc;
}
