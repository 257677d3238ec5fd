/* Rules: made, described, switched, listed and deleted. */
#include "core/sandbox/events.h"

#include <ctype.h>

#include "core/base/mem.h"
#include "core/sandbox/events_pattern.h"
#include "core/sandbox/events_rule.h"
#include "core/sandbox/members.h"

bool rule_check(struct call *c, bool had_memory)
{
    return call_ok(c, had_memory ? ERR_OK : mem_err(c->err));
}

void rule_arn(struct sv account, struct sv region, struct sv name, char out[EVENTS_ARN_MAX])
{
    (void)snprintf(out, EVENTS_ARN_MAX, "arn:%s:events:" SV_FMT ":" SV_FMT ":rule/" SV_FMT,
                   arn_partition(region), SV_ARG(region), SV_ARG(account), SV_ARG(name));
}

static bool is_name(struct sv name)
{
    bool is_good = name.len > 0 && name.len <= 64;

    for (size_t i = 0; i < name.len && is_good; i++) {
        unsigned char c = (unsigned char)name.ptr[i];

        is_good = isascii(c) && c != '\0' && (isalnum(c) || strchr(".-_", c) != NULL);
    }
    return is_good;
}

static void check_bus(struct call *c)
{
    struct sv bus = call_text(c, "EventBusName", false);

    if (bus.len > 0 && !sv_eq(bus, SV("default")) && !sv_ends(bus, SV(":event-bus/default")))
        call_fail(c, 400, "ResourceNotFoundException", "Event bus " SV_FMT " does not exist.",
                  SV_ARG(sv_take(bus, 256)));
}

struct sv rule_name(struct call *c, const char *member)
{
    struct sv name = call_text(c, member, true);

    if (!c->has_failed && !is_name(name))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '" SV_FMT "' at '%s' failed to satisfy "
                  "constraint: Member must satisfy regular expression pattern: "
                  "[\\.\\-_A-Za-z0-9]+ and have length between 1 and 64",
                  SV_ARG(sv_take(name, 128)), strcmp(member, "Name") == 0 ? "name" : "rule");
    check_bus(c);
    return c->has_failed ? SV_NONE : name;
}

cJSON *rule_of(struct call *c, struct sv name)
{
    cJSON *rule = call_record(c, RULE_KIND, c->region, name);

    if (!c->has_failed && rule == NULL)
        call_fail(c, 400, "ResourceNotFoundException",
                  "Rule " SV_FMT " does not exist on EventBus default.", SV_ARG(name));
    return rule;
}

void rule_page(struct call *c, const char *name, cJSON *all)
{
    struct sv token = call_text(c, "NextToken", false);
    int64_t most = call_int(c, "Limit", 1, EVENTS_PAGE, EVENTS_PAGE);
    int64_t first = 0;
    cJSON *list = call_add(c, c->out, name, cJSON_CreateArray());

    if (token.len > 0 && (!sv_to_int(token, &first) || first < 1))
        call_fail(c, 400, "ValidationException", "The provided NextToken is not valid.");
    (void)rule_check(c, all != NULL);
    for (int64_t i = 0; i < first && !c->has_failed && all->child != NULL; i++)
        cJSON_Delete(cJSON_DetachItemFromArray(all, 0));
    for (int64_t i = 0; i < most && !c->has_failed && all->child != NULL; i++)
        (void)call_add(c, list, NULL, cJSON_DetachItemFromArray(all, 0));
    if (!c->has_failed && all->child != NULL)
        (void)rule_check(c, member_putf(c->out, "NextToken", "%lld", (long long)(first + most)));
    cJSON_Delete(all);
}

static void check_pattern(struct call *c, struct sv text)
{
    char out[PATTERN_WHY_MAX];
    struct err why = {0};
    cJSON *pattern = NULL;
    const char *fault = NULL;

    if (c->has_failed || text.len == 0)
        return;
    fault =
        json_parse(text, &pattern, &why) ? "the pattern is no JSON" : pattern_fault(pattern, out);
    if (fault != NULL)
        call_fail(c, 400, "InvalidEventPatternException", "Event pattern is not valid. Reason: %s",
                  fault);
    cJSON_Delete(pattern);
}

static enum err_code count_one(void *owner, const struct record_key *key UNUSED,
                               const cJSON *value UNUSED, bool *goes_on UNUSED,
                               struct err *err UNUSED)
{
    ++*(int *)owner;
    return ERR_OK;
}

static void check_count(struct call *c)
{
    struct record_key all = {.kind = RULE_KIND, .account = c->account, .region = c->region};
    int count = 0;

    if (!c->has_failed)
        (void)call_ok(c, record_each(c->service->records, &all, SV(""), count_one, &count, c->err));
    if (count >= RULES_MOST)
        call_fail(c, 400, "LimitExceededException",
                  "The requested resource exceeds the maximum number allowed.");
}

/* What a rule is said to be replaces what it was; its targets stay, and so do its tags. */
static void fill(struct call *c, cJSON *rule, bool is_new)
{
    static const char members[] = "EventPattern ScheduleExpression Description RoleArn";
    struct sv state = call_text(c, "State", false);

    for (struct sv rest = sv_of(members); rest.len > 0;) {
        struct sv word = sv_cut(rest, ' ', &rest);
        char name[32];

        (void)snprintf(name, sizeof name, SV_FMT, SV_ARG(word));
        cJSON_DeleteItemFromObjectCaseSensitive(rule, name);
    }
    (void)rule_check(c, members_copy(rule, c->in, members) &&
                            (!is_new || members_copy(rule, c->in, "Tags")) &&
                            member_put(rule, "State", state.len > 0 ? state : SV("ENABLED")));
}

void events_put_rule(struct call *c)
{
    struct sv name = rule_name(c, "Name");
    struct sv pattern = call_text(c, "EventPattern", false);
    struct sv schedule = call_text(c, "ScheduleExpression", false);
    struct sv state = call_text(c, "State", false);
    cJSON *rule = call_record(c, RULE_KIND, c->region, name);
    bool is_new = rule == NULL;
    char arn[EVENTS_ARN_MAX];

    if (pattern.len == 0 && schedule.len == 0)
        call_fail(c, 400, "ValidationException",
                  "Parameter(s) EventPattern or ScheduleExpression must be specified.");
    if (state.len > 0 && !sv_eq(state, SV("ENABLED")) && !sv_eq(state, SV("DISABLED")))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '" SV_FMT "' at 'state' failed to satisfy "
                  "constraint: Member must satisfy enum value set: [ENABLED, DISABLED]",
                  SV_ARG(sv_take(state, 64)));
    check_pattern(c, pattern);
    if (is_new) {
        check_count(c);
        rule = cJSON_CreateObject();
    }
    rule_arn(c->account, c->region, name, arn);
    if (!c->has_failed && rule_check(c, member_put(rule, "Arn", sv_of(arn))))
        fill(c, rule, is_new);
    if (call_store(c, RULE_KIND, c->region, name, rule))
        call_put(c, "RuleArn", sv_of(arn));
    cJSON_Delete(rule);
}

static bool put_rule(cJSON *out, const struct record_key *key, const cJSON *rule)
{
    return out != NULL && member_put(out, "Name", key->name) &&
           members_copy(out, rule,
                        "Arn EventPattern State Description ScheduleExpression RoleArn") &&
           member_put(out, "EventBusName", SV("default"));
}

void events_describe_rule(struct call *c)
{
    struct sv name = rule_name(c, "Name");
    cJSON *rule = rule_of(c, name);
    struct record_key key = {.account = c->account, .region = c->region, .name = name};

    if (!c->has_failed)
        (void)rule_check(c, put_rule(c->out, &key, rule) &&
                                member_put(c->out, "CreatedBy", c->account));
    cJSON_Delete(rule);
}

void events_delete_rule(struct call *c)
{
    struct sv name = rule_name(c, "Name");
    cJSON *rule = call_record(c, RULE_KIND, c->region, name);
    struct record_key key = {
        .kind = RULE_KIND, .account = c->account, .region = c->region, .name = name};

    if (json_list(rule, "Targets") != NULL)
        call_fail(c, 400, "ValidationException", "Rule can't be deleted since it has targets.");
    if (!c->has_failed && rule != NULL)
        (void)call_ok(c, record_delete(c->service->records, &key, c->err));
    cJSON_Delete(rule);
}

static void turn(struct call *c, struct sv state)
{
    struct sv name = rule_name(c, "Name");
    cJSON *rule = rule_of(c, name);

    if (!c->has_failed && rule_check(c, member_put(rule, "State", state)))
        (void)call_store(c, RULE_KIND, c->region, name, rule);
    cJSON_Delete(rule);
}

void events_enable_rule(struct call *c)
{
    turn(c, SV("ENABLED"));
}

void events_disable_rule(struct call *c)
{
    turn(c, SV("DISABLED"));
}

struct finding {
    cJSON *list;
    struct sv target; /* names of rules with it, not rules */
};

static bool has_target(const cJSON *rule, struct sv arn)
{
    for (const cJSON *t = json_list(rule, "Targets"); t != NULL; t = t->next) {
        if (sv_eq(json_sv(t, "Arn"), arn))
            return true;
    }
    return false;
}

static enum err_code find_one(void *owner, const struct record_key *key, const cJSON *value,
                              bool *goes_on UNUSED, struct err *err)
{
    struct finding *f = owner;
    cJSON *item;

    if (f->target.ptr != NULL)
        return !has_target(value, f->target) || list_add(f->list, key->name) ? ERR_OK
                                                                             : mem_err(err);
    item = cJSON_CreateObject();
    if (put_rule(item, key, value) && cJSON_AddItemToArray(f->list, item))
        return ERR_OK;
    cJSON_Delete(item);
    return mem_err(err);
}

static void find(struct call *c, struct sv prefix, struct sv target, const char *name)
{
    struct record_key key = {
        .kind = RULE_KIND, .account = c->account, .region = c->region, .name = prefix};
    struct finding f = {.list = cJSON_CreateArray(), .target = target};

    check_bus(c);
    if (!c->has_failed && rule_check(c, f.list != NULL))
        (void)call_ok(c, record_each(c->service->records, &key, SV(""), find_one, &f, c->err));
    rule_page(c, name, f.list);
}

void events_list_rules(struct call *c)
{
    find(c, call_text(c, "NamePrefix", false), SV_NONE, "Rules");
}

void events_list_by_target(struct call *c)
{
    struct sv target = call_text(c, "TargetArn", true);

    if (!c->has_failed)
        find(c, SV(""), target, "RuleNames");
}

void events_test_pattern(struct call *c)
{
    struct sv pattern = call_text(c, "EventPattern", true);
    struct sv event = call_text(c, "Event", true);
    struct err why = {0};
    cJSON *p = NULL;
    cJSON *e = NULL;

    check_pattern(c, pattern);
    if (!c->has_failed && (json_parse(event, &e, &why) || !cJSON_IsObject(e)))
        call_fail(c, 400, "ValidationException", "Parameter Event is not valid.");
    if (!c->has_failed && call_ok(c, json_parse(pattern, &p, c->err)))
        (void)call_add(c, c->out, "Result", cJSON_CreateBool(pattern_matches(p, e)));
    cJSON_Delete(p);
    cJSON_Delete(e);
}
