/* Declarations of pipelines of type V2: their variables, and the conditions of their stages. */
#include "core/sandbox/conditions.h"
#include "core/sandbox/pipelines_check.h"
#include "core/sandbox/rules.h"

static const char structure[] = "InvalidStructureException";
static const char bad_stage[] = "InvalidStageDeclarationException";

enum { VARIABLES_MAX = 50, RULES_MAX = 5, TIMEOUT_MIN = 5, TIMEOUT_MAX = 86400 };

static bool is_name(struct sv text, const char *others, size_t most)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if ((c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') &&
            (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return text.len > 0 && text.len <= most;
}

/* ---- variables ---- */

static void check_variable(struct call *c, const cJSON *variables, const cJSON *v)
{
    struct sv name = json_sv(v, "name");
    const cJSON *otherwise = json_get(v, "defaultValue");

    if (!is_name(name, "@-_", 128))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '" SV_FMT "' at 'pipeline.variables.member."
                  "name' failed to satisfy constraint: Member must have length between 1 and 128 "
                  "and satisfy regular expression pattern: [A-Za-z0-9@\\-_]+",
                  SV_ARG(sv_take(name, 200)));
    else if (otherwise != NULL &&
             (json_item_sv(otherwise).len < 1 || json_item_sv(otherwise).len > 1000))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value at 'pipeline.variables.member.defaultValue' "
                  "failed to satisfy constraint: Member must have length between 1 and 1000");
    else if (json_sv(v, "description").len > 200)
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value at 'pipeline.variables.member.description' "
                  "failed to satisfy constraint: Member must have length less than or equal to "
                  "200");
    for (const cJSON *other = variables->child; other != v && !c->has_failed; other = other->next) {
        if (sv_eq(json_sv(other, "name"), name))
            call_fail(c, 400, structure, "The variable '" SV_FMT "' is declared twice",
                      SV_ARG(name));
    }
}

void declaration_check_variables(struct call *c, const cJSON *pipeline)
{
    const cJSON *variables = c->has_failed ? NULL : json_get(pipeline, "variables");

    if (variables == NULL)
        return;
    if (!cJSON_IsArray(variables)) {
        call_fail(c, 400, "SerializationException", "variables is not a list");
        return;
    }
    if (cJSON_GetArraySize(variables) > VARIABLES_MAX)
        call_fail(c, 400, "LimitExceededException", "A pipeline can have at most %d variables",
                  VARIABLES_MAX);
    for (const cJSON *v = variables->child; v != NULL && !c->has_failed; v = v->next)
        check_variable(c, variables, v);
}

/* ---- conditions ---- */

/* Where a condition stands, for the sentences. */
struct where {
    struct sv stage;
    enum condition_kind kind;
    bool is_source;
    bool is_parallel;
};

static void check_rule(struct call *c, const struct where *at, const cJSON *rule)
{
    const cJSON *type = json_get(rule, "ruleTypeId");
    struct sv name = json_sv(rule, "name");
    struct sv owner = json_sv(type, "owner");
    struct sv version = json_sv(type, "version");
    struct sv provider = json_sv(type, "provider");
    int64_t minutes = json_int(rule, "timeoutInMinutes", TIMEOUT_MIN);
    char why[RULE_WHY_MAX] = "";

    if (!is_name(name, ".@-_", 100))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '" SV_FMT "' at 'rules.member.name' failed "
                  "to satisfy constraint: Member must have length between 1 and 100 and satisfy "
                  "regular expression pattern: [A-Za-z0-9.@\\-_]+",
                  SV_ARG(sv_take(name, 200)));
    else if (minutes < TIMEOUT_MIN || minutes > TIMEOUT_MAX)
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '%lld' at 'rules.member.timeoutInMinutes' "
                  "failed to satisfy constraint: Member must have value between %d and %d",
                  (long long)minutes, TIMEOUT_MIN, TIMEOUT_MAX);
    else if (!sv_eq(json_sv(type, "category"), SV("Rule")) || !rule_is_known(provider) ||
             (owner.ptr != NULL && !sv_eq(owner, SV("AWS"))) ||
             (version.ptr != NULL && !sv_eq(version, SV("1"))))
        call_fail(c, 400, bad_stage,
                  "RuleType (Category: '" SV_FMT "', Provider: '" SV_FMT "', Owner: '" SV_FMT
                  "', Version: '" SV_FMT "') in rule '" SV_FMT
                  "' is not available in region " SV_FMT,
                  SV_ARG(json_sv(type, "category")), SV_ARG(provider), SV_ARG(owner),
                  SV_ARG(version), SV_ARG(name), SV_ARG(c->region));
    else if (!rule_is_sound(provider, json_get(rule, "configuration"), why))
        call_fail(c, 400, bad_stage,
                  "Rule configuration for rule '" SV_FMT "' in %s of stage '" SV_FMT "' %s",
                  SV_ARG(name), condition_member(at->kind), SV_ARG(at->stage), why);
}

static void check_rules(struct call *c, const struct where *at, const cJSON *rules)
{
    int count = cJSON_GetArraySize(rules);

    if (count < 1 || count > RULES_MAX) {
        call_fail(c, 400, bad_stage,
                  "The condition in %s of stage '" SV_FMT
                  "' has %d rule(s). There must be 1 to %d rules in a condition",
                  condition_member(at->kind), SV_ARG(at->stage), count, RULES_MAX);
        return;
    }
    for (const cJSON *r = rules->child; r != NULL && !c->has_failed; r = r->next) {
        check_rule(c, at, r);
        for (const cJSON *o = rules->child; o != r && !c->has_failed; o = o->next) {
            if (sv_eq(json_sv(o, "name"), json_sv(r, "name")))
                call_fail(c, 400, bad_stage,
                          "Rule names must be unique in a condition: '" SV_FMT "' is used twice",
                          SV_ARG(json_sv(r, "name")));
        }
    }
}

static bool is_result_of(enum condition_kind kind, enum condition_result result)
{
    switch (kind) {
    case CONDITION_ENTRY:
        return result == RESULT_FAIL || result == RESULT_SKIP;
    case CONDITION_SUCCESS:
        return result == RESULT_FAIL || result == RESULT_ROLLBACK;
    case CONDITION_FAILURE:
    case CONDITION_COUNT:
        break;
    }
    return true;
}

static void check_result(struct call *c, const struct where *at, struct sv text)
{
    enum condition_result result;

    if (!condition_read_result(text, &result))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '" SV_FMT "' at 'result' failed to satisfy "
                  "constraint: Member must satisfy enum value set: [ROLLBACK, FAIL, RETRY, SKIP]",
                  SV_ARG(sv_take(text, 100)));
    else if (!is_result_of(at->kind, result))
        call_fail(c, 400, bad_stage,
                  "The result " SV_FMT " is not supported for %s of stage '" SV_FMT "'",
                  SV_ARG(text), condition_member(at->kind), SV_ARG(at->stage));
    else if (result == RESULT_ROLLBACK && (at->is_source || at->is_parallel))
        call_fail(c, 400, bad_stage,
                  "The result ROLLBACK is not supported for %s of stage '" SV_FMT "': %s",
                  condition_member(at->kind), SV_ARG(at->stage),
                  at->is_source ? "it is the source stage" : "the pipeline is in PARALLEL mode");
}

/* onFailure may be a result alone. */
static void check_condition(struct call *c, const struct where *at, const cJSON *declared)
{
    const cJSON *conditions = json_get(declared, "conditions");
    struct sv mode = json_sv(json_get(declared, "retryConfiguration"), "retryMode");
    struct sv result = json_sv(json_list(declared, "conditions"), "result");

    if (at->kind == CONDITION_FAILURE && result.ptr == NULL)
        result = json_sv(declared, "result");
    if (!cJSON_IsObject(declared))
        call_fail(c, 400, "SerializationException", "%s is not an object",
                  condition_member(at->kind));
    else if (conditions == NULL && at->kind != CONDITION_FAILURE)
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value null at '%s.conditions' failed to satisfy "
                  "constraint: Member must not be null",
                  condition_member(at->kind));
    else if (conditions != NULL && cJSON_GetArraySize(conditions) != 1)
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value at '%s.conditions' failed to satisfy "
                  "constraint: Member must have length equal to 1",
                  condition_member(at->kind));
    else if (mode.ptr != NULL && !sv_eq(mode, SV("FAILED_ACTIONS")) &&
             !sv_eq(mode, SV("ALL_ACTIONS")))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '" SV_FMT "' at 'retryConfiguration."
                  "retryMode' failed to satisfy constraint: Member must satisfy enum value set: "
                  "[FAILED_ACTIONS, ALL_ACTIONS]",
                  SV_ARG(sv_take(mode, 100)));
    if (!c->has_failed)
        check_result(c, at, result);
    if (!c->has_failed && conditions != NULL)
        check_rules(c, at, json_get(json_list(declared, "conditions"), "rules"));
}

void declaration_check_conditions(struct call *c, const cJSON *pipeline)
{
    const cJSON *stages = json_list(pipeline, "stages");

    for (const cJSON *s = stages; s != NULL; s = s->next) {
        for (int k = 0; k < CONDITION_COUNT && !c->has_failed; k++) {
            struct where at = {
                .stage = json_sv(s, "name"),
                .kind = (enum condition_kind)k,
                .is_source = s == stages,
                .is_parallel = sv_eq(json_sv(pipeline, "executionMode"), SV("PARALLEL")),
            };
            const cJSON *declared = json_get(s, condition_member(at.kind));

            if (declared != NULL)
                check_condition(c, &at, declared);
        }
    }
}
