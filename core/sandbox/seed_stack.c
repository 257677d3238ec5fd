#include "core/sandbox/seed_stack.h"

#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sandbox/members.h"
#include "core/sandbox/pasts.h"
#include "core/sandbox/seed_story.h"

/* The stack of the demo that is not as it was made. */
static const char drifted[] = "weather-feed-b-Deploy-Stack";

/* ---- the stack ---- */

static cJSON *parsed(const char *text)
{
    cJSON *out = NULL;

    return json_parse(sv_of(text), &out, NULL) ? NULL : out;
}

/* What the template says and what is there are not the same: seen by drift detection only. */
static bool put_drift(cJSON *entry, int row)
{
    if (strcmp(seed_resource(row)->logical, "RawBucket") == 0)
        return member_set(entry, "SeedDrift",
                          parsed("{\"Status\":\"MODIFIED\",\"Path\":"
                                 "\"/VersioningConfiguration/Status\",\"Expected\":\"Enabled\","
                                 "\"Actual\":\"Suspended\"}"));
    if (strcmp(seed_resource(row)->logical, "DailyRule") == 0)
        return member_set(entry, "SeedDrift", parsed("{\"Status\":\"DELETED\"}"));
    return true;
}

/* What the events tell of it last; false: a creation has not come to it yet. */
static bool find_last(const struct story *s, int row, struct step *out)
{
    bool is_there = !s->is_first;

    *out = (struct step){.status = "CREATE_COMPLETE", .at_ms = s->thing->pipe->created_at};
    for (size_t i = 0; i < s->count; i++) {
        if (s->steps[i].row != row)
            continue;
        *out = s->steps[i];
        is_there = true;
    }
    return is_there;
}

static bool fill_entry(cJSON *entry, const struct story *s, int row, const struct step *last)
{
    char id[SEED_NAME_SIZE + 32];

    seed_resource_id(s->name, row, id, sizeof id);
    return member_put(entry, "Type", sv_of(seed_resource(row)->type)) &&
           member_put(entry, "Id", sv_of(id)) &&
           member_set(entry, "Properties", parsed(seed_resource(row)->properties)) &&
           member_set(entry, "IsLive", cJSON_CreateTrue()) &&
           member_put(entry, "Status", sv_of(last->status)) &&
           member_put(entry, "Reason", sv_of(last->reason)) &&
           member_put_int(entry, "At", last->at_ms) &&
           (!last->is_stuck || (member_set(entry, "Before", cJSON_Duplicate(entry, true)) &&
                                member_set(entry, "IsStuck", cJSON_CreateTrue()))) &&
           (strcmp(s->name, drifted) != 0 || put_drift(entry, row));
}

static bool put_resource(cJSON *all, cJSON *wants, const struct story *s, int row)
{
    cJSON *entry;
    cJSON *want;
    struct step last;

    if (!find_last(s, row, &last))
        return true;
    entry = member_object(all, seed_resource(row)->logical);
    want = member_object(wants, seed_resource(row)->logical);
    return entry != NULL && want != NULL && fill_entry(entry, s, row, &last) &&
           member_put(want, "Type", sv_of(seed_resource(row)->type)) &&
           member_set(want, "Properties", parsed(seed_resource(row)->properties)) &&
           member_list(want, "Needs") != NULL;
}

static bool put_resources(cJSON *stack, const struct story *s)
{
    cJSON *all = member_object(stack, "Resources");
    cJSON *compiled = member_object(stack, "Compiled");
    cJSON *wants = compiled == NULL ? NULL : member_object(compiled, "Resources");
    bool is_good = all != NULL && wants != NULL && member_object(compiled, "Outputs") != NULL;

    for (int row = 0; row < SEED_RESOURCES && is_good; row++)
        is_good = put_resource(all, wants, s, row);
    return is_good;
}

static bool put_text(cJSON *stack)
{
    cJSON *template = cJSON_CreateObject();
    const cJSON *wants = json_get(json_get(stack, "Compiled"), "Resources");
    cJSON *copy = cJSON_Duplicate(wants, true);
    char *text;
    bool is_good;

    for (cJSON *r = copy == NULL ? NULL : copy->child; r != NULL; r = r->next)
        cJSON_DeleteItemFromObjectCaseSensitive(r, "Needs");
    is_good = member_put(template, "AWSTemplateFormatVersion", SV("2010-09-09")) &&
              member_put(template, "Description", json_sv(stack, "Description"));
    is_good = member_set(template, "Resources", copy) && is_good;
    text = is_good ? cJSON_Print(template) : NULL;
    is_good = text != NULL && member_put(stack, "Text", sv_of(text));
    cJSON_free(text);
    cJSON_Delete(template);
    return is_good;
}

static bool put_pair(cJSON *list, const char *key_name, const char *key, const char *value_name,
                     const char *value)
{
    cJSON *item = cJSON_CreateObject();

    if (member_put(item, key_name, sv_of(key)) && member_put(item, value_name, sv_of(value)) &&
        cJSON_AddItemToArray(list, item))
        return true;
    cJSON_Delete(item);
    return false;
}

static bool put_lists(cJSON *stack, const struct story *s)
{
    const struct pipe *p = s->thing->pipe;
    cJSON *tags = member_list(stack, "Tags");
    cJSON *outputs = member_list(stack, "Outputs");
    cJSON *parameters = member_list(stack, "Parameters");
    cJSON *capabilities = member_list(stack, "Capabilities");
    char bucket[SEED_NAME_SIZE + 32];
    bool is_good = tags != NULL && outputs != NULL && parameters != NULL && capabilities != NULL &&
                   member_list(stack, "Notifications") != NULL;

    seed_resource_id(s->name, 0, bucket, sizeof bucket);
    for (size_t i = 0; i < p->tag_count && is_good; i++)
        is_good = put_pair(tags, "Key", p->tags[i].key, "Value", p->tags[i].value);
    /* As penstock tags what its builds deploy. */
    if (seed_environment(s->thing->action)[0] != '\0')
        is_good =
            is_good && put_pair(tags, "Key", "penstock:pipeline", "Value", p->repository) &&
            put_pair(tags, "Key", "penstock:stage", "Value", seed_environment(s->thing->action));
    return is_good && put_pair(tags, "Key", "pipeline", "Value", p->name) &&
           put_pair(tags, "Key", "stage", "Value", s->thing->stage->name) &&
           put_pair(outputs, "OutputKey", "BucketName", "OutputValue", bucket) &&
           put_pair(outputs, "OutputKey", "TableName", "OutputValue", "orders") &&
           put_pair(parameters, "ParameterKey", "Stage", "ParameterValue", s->thing->stage->name) &&
           list_add(capabilities, SV("CAPABILITY_NAMED_IAM"));
}

static bool put_status(cJSON *stack, const struct story *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->steps[i].row >= 0)
            continue;
        cJSON_DeleteItemFromObjectCaseSensitive(stack, "Reason");
        if (!member_put(stack, "Status", sv_of(s->steps[i].status)) ||
            !member_put(stack, "Reason", sv_of(s->steps[i].reason)))
            return false;
    }
    return s->is_first || member_put_int(stack, "Updated", s->began_ms);
}

/* What a resource was made with: without them an update would change all of them. */
static bool put_tags(cJSON *stack)
{
    const cJSON *tags = json_get(stack, "Tags");
    bool is_good = true;

    for (cJSON *e = cJSON_GetObjectItemCaseSensitive(stack, "Resources")->child;
         e != NULL && is_good; e = e->next)
        is_good = member_set(e, "Tags", cJSON_Duplicate(tags, true));
    return is_good;
}

/* By the pipeline's first run, as long as that is known. */
static int64_t created_at(const struct story *s)
{
    const struct pipe *p = s->thing->pipe;
    const struct run *first = p->runs[0];
    const struct attempt *attempt = &first->attempts[s->thing->number];

    return first->number == 1 && run_shape(p, first) == seed_shape(p) && attempt->started_at > 0
               ? attempt->started_at
               : p->created_at;
}

static cJSON *make_stack(const struct story *s)
{
    const struct pipe *p = s->thing->pipe;
    cJSON *stack = cJSON_CreateObject();
    char arn[600];
    bool is_stuck = seed_is_stuck(s->name);

    seed_stack_arn(p, s->thing->stage, s->thing->action, arn, sizeof arn);
    if (member_set(stack, "IsSeeded", cJSON_CreateTrue()) &&
        member_put(stack, "Name", sv_of(s->name)) && member_put(stack, "Id", sv_of(arn)) &&
        member_putf(stack, "Description", "Deployed by action %s of the pipeline %s",
                    s->thing->action->name, p->name) &&
        member_put_int(stack, "Created", created_at(s)) && put_status(stack, s) &&
        put_resources(stack, s) && put_lists(stack, s) && put_tags(stack) && put_text(stack) &&
        (!is_stuck || member_object(stack, "Before") != NULL))
        return stack;
    cJSON_Delete(stack);
    return NULL;
}

enum err_code seed_stack_json(struct world *w, struct sv account, struct sv region, struct sv name,
                              cJSON **out, struct err *err)
{
    struct seed_thing thing;
    struct story *story;
    char text[SEED_NAME_SIZE];
    enum err_code rc = ERR_OK;

    *out = NULL;
    if (!seed_find(w, account, region, PROVIDER_CLOUDFORMATION, seed_stack_of, name, &thing))
        return ERR_OK;
    story = mem_alloc(sizeof *story);
    if (story == NULL)
        return mem_err(err);
    seed_stack_of(&thing, text);
    if (story_newest(w, &thing, text, story)) {
        *out = make_stack(story);
        rc = *out == NULL ? mem_err(err) : ERR_OK;
    }
    mem_free(story);
    return rc;
}

struct walk {
    struct world *world;
    struct story *story;
    seed_stack_fn *fn;
    void *owner;
};

static bool walk_stack(void *owner, const struct seed_thing *thing)
{
    struct walk *walk = owner;
    char name[SEED_NAME_SIZE];

    seed_stack_of(thing, name);
    if (story_newest(walk->world, thing, name, walk->story))
        walk->fn(walk->owner, sv_of(name));
    return true;
}

void seed_stacks_each(struct world *w, struct sv account, struct sv region, seed_stack_fn *fn,
                      void *owner)
{
    struct walk walk = {.world = w, .fn = fn, .owner = owner};

    walk.story = mem_alloc(sizeof *walk.story);
    if (walk.story != NULL)
        seed_each(w, account, region, PROVIDER_CLOUDFORMATION, walk_stack, &walk);
    mem_free(walk.story);
}

/* ---- events ---- */

static bool put_event(cJSON *list, const struct story *s, const struct step *step,
                      const char *stack_arn)
{
    cJSON *event = cJSON_CreateObject();
    char at[TIME_RFC3339_SIZE];
    char id[SEED_NAME_SIZE + 32];
    char uuid[UID_SIZE];
    bool is_good;

    if (step->row >= 0)
        seed_resource_id(s->name, step->row, id, sizeof id);
    (void)uid_text(uid_derive(s->run->id, (uint64_t)step->at_ms), uuid);
    is_good = step->row < 0 ? member_put(event, "EventId", sv_of(uuid))
                            : member_putf(event, "EventId", "%s-%s-%s", step->logical, step->status,
                                          time_rfc3339(step->at_ms, at));
    is_good =
        is_good &&
        member_put(event, "LogicalResourceId", sv_of(step->row < 0 ? s->name : step->logical)) &&
        member_put(event, "PhysicalResourceId", sv_of(step->row < 0 ? stack_arn : id)) &&
        member_put(event, "ResourceType", sv_of(step->type)) &&
        member_put(event, "ResourceStatus", sv_of(step->status)) &&
        member_put(event, "ResourceStatusReason", sv_of(step->reason)) &&
        member_put_int(event, "At", step->at_ms) && cJSON_AddItemToArray(list, event);
    if (!is_good)
        cJSON_Delete(event);
    return is_good;
}

struct telling {
    struct world *world;
    const struct seed_thing *thing;
    struct story *story;
    const char *name;
    const char *arn;
    cJSON *list;
};

static bool put_try(struct telling *t, const struct run *run, const struct attempt *attempt)
{
    bool is_good = true;

    if (!story_tell(t->world, t->thing, run, attempt, t->name, t->story))
        return true;
    for (size_t k = 0; k < t->story->count && is_good; k++)
        is_good = put_event(t->list, t->story, &t->story->steps[k], t->arn);
    return is_good;
}

static bool put_run(struct telling *t, const struct run *run)
{
    bool is_good = true;

    if (run_shape(t->thing->pipe, run) != seed_shape(t->thing->pipe))
        return true;
    for (size_t k = 0; k < run->past_count && is_good; k++) {
        if (run->pasts[k].action == t->thing->number)
            is_good = put_try(t, run, &run->pasts[k].attempt);
    }
    return is_good && put_try(t, run, &run->attempts[t->thing->number]);
}

cJSON *seed_stack_events(struct world *w, struct sv account, struct sv region, struct sv name)
{
    cJSON *list = cJSON_CreateArray();
    struct story *story = mem_alloc(sizeof *story);
    struct seed_thing thing;
    struct telling t;
    char text[SEED_NAME_SIZE];
    char arn[600];
    bool is_good = list != NULL && story != NULL;

    if (!seed_find(w, account, region, PROVIDER_CLOUDFORMATION, seed_stack_of, name, &thing)) {
        mem_free(story);
        return list;
    }
    seed_stack_of(&thing, text);
    seed_stack_arn(thing.pipe, thing.stage, thing.action, arn, sizeof arn);
    t = (struct telling){w, &thing, story, text, arn, list};
    for (size_t i = 0; i < thing.pipe->run_count && is_good; i++)
        is_good = put_run(&t, thing.pipe->runs[i]);
    mem_free(story);
    if (is_good)
        return list;
    cJSON_Delete(list);
    return NULL;
}

/* ---- the change set that waits ---- */

static const char changes[] =
    "[{\"Type\":\"Resource\",\"ResourceChange\":{\"Action\":\"Modify\",\"LogicalResourceId\":"
    "\"LoadFunction\",\"PhysicalResourceId\":\"schema-registry-deploy-stack-load\","
    "\"ResourceType\":\"AWS::Lambda::Function\",\"Replacement\":\"False\",\"Scope\":[\"Properties\""
    "],\"Details\":[{\"Target\":{\"Attribute\":\"Properties\",\"Name\":\"MemorySize\","
    "\"RequiresRecreation\":\"Never\"},\"Evaluation\":\"Static\",\"ChangeSource\":"
    "\"DirectModification\"}]}},{\"Type\":\"Resource\",\"ResourceChange\":{\"Action\":\"Add\","
    "\"LogicalResourceId\":\"ReplayQueue\",\"ResourceType\":\"AWS::SQS::Queue\",\"Scope\":[],"
    "\"Details\":[]}}]";

static bool put_wants(cJSON *set, const cJSON *stack)
{
    cJSON *resources_wanted;
    cJSON *queue = parsed("{\"Type\":\"AWS::SQS::Queue\",\"Properties\":{},\"Needs\":[]}");
    bool is_good = members_copy(set, stack,
                                "Text Parameters Tags Capabilities Notifications "
                                "Description Compiled");
    cJSON *function;

    resources_wanted = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(set, "Compiled"), "Resources");
    function = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(resources_wanted, "LoadFunction"), "Properties");
    is_good = is_good && member_put_int(function, "MemorySize", 1024);
    return member_set(resources_wanted, "ReplayQueue", queue) && is_good;
}

enum err_code seed_change_set_json(struct world *w, struct sv account, struct sv region,
                                   struct sv stack_name, cJSON **out, struct err *err)
{
    cJSON *stack = NULL;
    cJSON *set;
    enum err_code rc = ERR_OK;

    *out = NULL;
    if (sv_eq(stack_name, SV(SEED_CHANGING_STACK)))
        rc = seed_stack_json(w, account, region, stack_name, &stack, err);
    if (rc || stack == NULL)
        return rc;
    set = cJSON_CreateObject();
    if (member_put(set, "Name", SV("more-memory")) &&
        member_putf(set, "Id",
                    "arn:%s:cloudformation:" SV_FMT ":" SV_FMT
                    ":changeSet/more-memory/5d0c6c1e-9f0a-4b6e-8a57-0d6f3c2b1a90",
                    arn_partition(region), SV_ARG(region), SV_ARG(account)) &&
        member_put(set, "StackId", json_sv(stack, "Id")) &&
        member_put(set, "StackName", json_sv(stack, "Name")) &&
        member_put_int(set, "StackUpdated", json_int(stack, "Updated", 0)) &&
        member_put_int(set, "Created", json_int(stack, "Created", 0)) &&
        member_put(set, "Status", SV("CREATE_COMPLETE")) &&
        member_put(set, "ExecutionStatus", SV("AVAILABLE")) &&
        member_put(set, "Purpose",
                   SV("Waits for a review: more memory, and a queue for replays")) &&
        member_set(set, "Changes", parsed(changes)) && put_wants(set, stack)) {
        *out = set;
    } else {
        cJSON_Delete(set);
        rc = mem_err(err);
    }
    cJSON_Delete(stack);
    return rc;
}
