/* A rule's targets and tags. */
#include "core/base/mem.h"
#include "core/sandbox/events.h"
#include "core/sandbox/events_rule.h"
#include "core/sandbox/members.h"

enum { TARGETS_PER_CALL = 10, TAGS_MOST = 50 };

/* Which target of the list has that id; -1 when none has. */
static int position(const cJSON *list, struct sv id)
{
    int at = 0;

    for (const cJSON *t = list->child; t != NULL; t = t->next, at++) {
        if (sv_eq(json_sv(t, "Id"), id))
            return at;
    }
    return -1;
}

static void put_target(struct call *c, cJSON *list, const cJSON *target)
{
    struct sv id = json_sv(target, "Id");
    struct sv arn = json_sv(target, "Arn");
    cJSON *copy;
    int at;

    if (id.len == 0 || id.len > 64 || arn.len == 0)
        call_fail(c, 400, "ValidationException", "A target needs an Id and an Arn.");
    else if (!sv_starts(arn, SV("arn:")))
        call_fail(c, 400, "ValidationException",
                  "Parameter " SV_FMT " is not valid. Reason: Provided Arn is not in correct "
                  "format.",
                  SV_ARG(sv_take(arn, 256)));
    else if (sv_find(arn, SV(":codepipeline:")) >= 0 && json_sv(target, "RoleArn").len == 0)
        call_fail(c, 400, "ValidationException", "RoleArn is required for target " SV_FMT ".",
                  SV_ARG(sv_take(arn, 256)));
    if (c->has_failed)
        return;
    copy = cJSON_Duplicate(target, true);
    at = position(list, id);
    if (at < 0)
        (void)call_add(c, list, NULL, copy);
    else if (rule_check(c, copy != NULL))
        (void)cJSON_ReplaceItemInArray(list, at, copy);
}

static void put_no_failures(struct call *c)
{
    call_put_int(c, "FailedEntryCount", 0);
    (void)call_add(c, c->out, "FailedEntries", cJSON_CreateArray());
}

void events_put_targets(struct call *c)
{
    struct sv name = rule_name(c, "Rule");
    const cJSON *targets = json_get(c->in, "Targets");
    cJSON *rule = rule_of(c, name);
    cJSON *list = c->has_failed ? NULL : member_list(rule, "Targets");

    if (cJSON_GetArraySize(targets) < 1 || cJSON_GetArraySize(targets) > TARGETS_PER_CALL)
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value at 'targets' failed to satisfy constraint: "
                  "Member must have length between 1 and %d",
                  TARGETS_PER_CALL);
    if (!c->has_failed)
        (void)rule_check(c, list != NULL);
    for (const cJSON *t = c->has_failed ? NULL : targets->child; t != NULL && !c->has_failed;
         t = t->next)
        put_target(c, list, t);
    if (!c->has_failed && cJSON_GetArraySize(list) > TARGETS_MOST)
        call_fail(c, 400, "LimitExceededException",
                  "The requested resource exceeds the maximum number allowed.");
    if (call_store(c, RULE_KIND, c->region, name, rule))
        put_no_failures(c);
    cJSON_Delete(rule);
}

static void remove_one(struct call *c, cJSON *list, cJSON *failures, const cJSON *id)
{
    int at = position(list, json_item_sv(id));
    cJSON *failure;

    if (at >= 0) {
        cJSON_DeleteItemFromArray(list, at);
        return;
    }
    failure = call_add(c, failures, NULL, cJSON_CreateObject());
    (void)rule_check(
        c, failure != NULL && member_put(failure, "TargetId", json_item_sv(id)) &&
               member_put(failure, "ErrorCode", SV("ResourceNotFoundException")) &&
               member_put(failure, "ErrorMessage", SV("The specified target does not exist.")));
}

void events_remove_targets(struct call *c)
{
    struct sv name = rule_name(c, "Rule");
    const cJSON *ids = json_get(c->in, "Ids");
    cJSON *rule = rule_of(c, name);
    cJSON *list = c->has_failed ? NULL : member_list(rule, "Targets");
    cJSON *failures =
        c->has_failed ? NULL : call_add(c, c->out, "FailedEntries", cJSON_CreateArray());

    if (!cJSON_IsArray(ids))
        call_fail(c, 400, "ValidationException", "Ids is required.");
    if (!c->has_failed)
        (void)rule_check(c, list != NULL);
    for (const cJSON *id = c->has_failed ? NULL : ids->child; id != NULL && !c->has_failed;
         id = id->next)
        remove_one(c, list, failures, id);
    if (call_store(c, RULE_KIND, c->region, name, rule))
        call_put_int(c, "FailedEntryCount", cJSON_GetArraySize(failures));
    cJSON_Delete(rule);
}

void events_list_targets(struct call *c)
{
    struct sv name = rule_name(c, "Rule");
    cJSON *rule = rule_of(c, name);

    if (!c->has_failed)
        rule_page(c, "Targets",
                  json_get(rule, "Targets") == NULL
                      ? cJSON_CreateArray()
                      : cJSON_Duplicate(json_get(rule, "Targets"), true));
    cJSON_Delete(rule);
}

/* ---- tags ---- */

/* The rule of an ARN, which must be the caller's. */
static cJSON *tagged(struct call *c, struct sv *name)
{
    struct sv arn = call_text(c, "ResourceARN", true);
    char head[EVENTS_ARN_MAX];

    rule_arn(c->account, c->region, SV(""), head);
    *name = sv_drop(arn, strlen(head));
    if (!c->has_failed && (!sv_starts(arn, sv_of(head)) || name->len == 0))
        call_fail(c, 400, "ResourceNotFoundException", "Rule " SV_FMT " does not exist.",
                  SV_ARG(sv_take(arn, 256)));
    return c->has_failed ? NULL : rule_of(c, *name);
}

static void drop_tag(cJSON *list, struct sv key)
{
    int at = 0;

    for (const cJSON *t = list->child; t != NULL; t = t->next, at++) {
        if (sv_eq(json_sv(t, "Key"), key)) {
            cJSON_DeleteItemFromArray(list, at);
            return;
        }
    }
}

void events_tag(struct call *c)
{
    struct sv name = SV_NONE;
    cJSON *rule = tagged(c, &name);
    cJSON *list = c->has_failed ? NULL : member_list(rule, "Tags");

    if (!c->has_failed)
        (void)rule_check(c, list != NULL);
    for (const cJSON *t = json_list(c->in, "Tags"); t != NULL && !c->has_failed; t = t->next) {
        drop_tag(list, json_sv(t, "Key"));
        (void)call_add(c, list, NULL, cJSON_Duplicate(t, true));
    }
    if (!c->has_failed && cJSON_GetArraySize(list) > TAGS_MOST)
        call_fail(c, 400, "LimitExceededException", "A rule has at most %d tags.", TAGS_MOST);
    (void)call_store(c, RULE_KIND, c->region, name, rule);
    cJSON_Delete(rule);
}

void events_untag(struct call *c)
{
    struct sv name = SV_NONE;
    cJSON *rule = tagged(c, &name);
    cJSON *list = c->has_failed ? NULL : member_list(rule, "Tags");

    if (!c->has_failed)
        (void)rule_check(c, list != NULL);
    for (const cJSON *k = json_list(c->in, "TagKeys"); k != NULL && !c->has_failed; k = k->next)
        drop_tag(list, json_item_sv(k));
    (void)call_store(c, RULE_KIND, c->region, name, rule);
    cJSON_Delete(rule);
}

void events_list_tags(struct call *c)
{
    struct sv name = SV_NONE;
    cJSON *rule = tagged(c, &name);
    const cJSON *list = json_get(rule, "Tags");

    if (!c->has_failed)
        (void)call_add(c, c->out, "Tags",
                       list == NULL ? cJSON_CreateArray() : cJSON_Duplicate(list, true));
    cJSON_Delete(rule);
}
