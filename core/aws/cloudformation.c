#include "core/aws/cloudformation.h"

#include "core/aws/query.h"
#include "core/aws/xml_shape.h"

/* AWS allows 2,000 stacks in a region, 500 resources, 200 parameters and outputs and 50 tags in
 * each: what is past these is no AWS. */
enum {
    STACKS_MAX = 4000,
    EVENTS_MAX = 4000,
    RESOURCES_MAX = 4000,
    PAIRS_MAX = 1000,
    CHANGES_MAX = 4000,
    CHANGE_SETS_MAX = 4000,
    DETAILS_MAX = 2000 /* bytes of a change's details that are kept */
};

#define MEMBERS(table) .members = (table), .count = ARRAY_LEN(table)

/* clang-format off */
static const struct xml_member parameter_members[] = {
    XML_MEMBER(tag, "ParameterKey",   TEXT, key),
    XML_MEMBER(tag, "ParameterValue", TEXT, value),
};
static const struct xml_shape parameter_shape = {
    .noun = "parameter", MEMBERS(parameter_members), .size = sizeof(struct tag), .cap = PAIRS_MAX,
};

static const struct xml_member output_members[] = {
    XML_MEMBER(tag, "OutputKey",   TEXT, key),
    XML_MEMBER(tag, "OutputValue", TEXT, value),
};
static const struct xml_shape output_shape = {
    .noun = "output", MEMBERS(output_members), .size = sizeof(struct tag), .cap = PAIRS_MAX,
};

static const struct xml_member tag_members[] = {
    XML_MEMBER(tag, "Key",   TEXT, key),
    XML_MEMBER(tag, "Value", TEXT, value),
};
static const struct xml_shape tag_shape = {
    .noun = "tag", MEMBERS(tag_members), .size = sizeof(struct tag), .cap = PAIRS_MAX,
};

static const struct xml_member stack_members[] = {
    XML_MEMBER(stack, "StackName",                   TEXT, name),
    XML_MEMBER(stack, "StackId",                     TEXT, id),
    XML_MEMBER(stack, "StackStatus",                 TEXT, status),
    XML_MEMBER(stack, "StackStatusReason",           TEXT, reason),
    XML_MEMBER(stack, "Description",                 TEXT, description),
    XML_MEMBER(stack, "TemplateDescription",         TEXT, description),
    XML_MEMBER(stack, "RoleARN",                     TEXT, role_arn),
    XML_MEMBER(stack, "CreationTime",                TIME, created_at),
    XML_MEMBER(stack, "LastUpdatedTime",             TIME, updated_at),
    XML_MEMBER(stack, "EnableTerminationProtection", BOOL, is_protected),
    XML_MEMBER(stack, "ParentId",                    TEXT, parent_id),
    XML_MEMBER(stack, "DriftInformation/StackDriftStatus",   TEXT, drift),
    XML_MEMBER(stack, "DriftInformation/LastCheckTimestamp", TIME, drift_at),
    XML_MEMBERS_OF(stack, "Parameters", parameters, parameter_count, parameter_shape),
    XML_MEMBERS_OF(stack, "Outputs",    outputs,    output_count,    output_shape),
    XML_MEMBERS_OF(stack, "Tags",       tags,       tag_count,       tag_shape),
};
static xml_finish_fn read_exports;
static const struct xml_shape stack_shape = {
    .noun = "stack", MEMBERS(stack_members), .size = sizeof(struct stack), .cap = STACKS_MAX,
    .has_key = true, .finish = read_exports,
};

static const struct xml_member event_members[] = {
    XML_MEMBER(stack_event, "EventId",              TEXT, id),
    XML_MEMBER(stack_event, "StackId",              TEXT, stack_id),
    XML_MEMBER(stack_event, "LogicalResourceId",    TEXT, logical),
    XML_MEMBER(stack_event, "PhysicalResourceId",   TEXT, physical),
    XML_MEMBER(stack_event, "ResourceType",         TEXT, type),
    XML_MEMBER(stack_event, "ResourceStatus",       TEXT, status),
    XML_MEMBER(stack_event, "ResourceStatusReason", TEXT, reason),
    XML_MEMBER(stack_event, "ClientRequestToken",   TEXT, token),
    XML_MEMBER(stack_event, "Timestamp",            TIME, at_ms),
};
static const struct xml_shape event_shape = {
    .noun = "stack event", MEMBERS(event_members), .size = sizeof(struct stack_event),
    .cap = EVENTS_MAX, .has_key = true,
};

static const struct xml_member resource_members[] = {
    XML_MEMBER(stack_resource, "LogicalResourceId",    TEXT, logical),
    XML_MEMBER(stack_resource, "PhysicalResourceId",   TEXT, physical),
    XML_MEMBER(stack_resource, "ResourceType",         TEXT, type),
    XML_MEMBER(stack_resource, "ResourceStatus",       TEXT, status),
    XML_MEMBER(stack_resource, "ResourceStatusReason", TEXT, reason),
    XML_MEMBER(stack_resource, "Metadata",             TEXT, metadata),
    XML_MEMBER(stack_resource, "DriftInformation/StackResourceDriftStatus", TEXT, drift),
    XML_MEMBER(stack_resource, "LastUpdatedTimestamp", TIME, updated_at),
};
static const struct xml_shape resource_shape = {
    .noun = "stack resource", MEMBERS(resource_members), .size = sizeof(struct stack_resource),
    .cap = RESOURCES_MAX, .has_key = true,
};

static const struct xml_member change_members[] = {
    XML_MEMBER(stack_change, "ResourceChange/LogicalResourceId",  TEXT, logical),
    XML_MEMBER(stack_change, "ResourceChange/Action",             TEXT, action),
    XML_MEMBER(stack_change, "ResourceChange/PhysicalResourceId", TEXT, physical),
    XML_MEMBER(stack_change, "ResourceChange/ResourceType",       TEXT, type),
    XML_MEMBER(stack_change, "ResourceChange/Replacement",        TEXT, replacement),
    XML_MEMBER(stack_change, "ResourceChange/PolicyAction",       TEXT, policy_action),
};
static xml_finish_fn read_lists;
static const struct xml_shape change_shape = {
    .noun = "change", MEMBERS(change_members), .size = sizeof(struct stack_change),
    .cap = CHANGES_MAX, .has_key = true, .finish = read_lists,
};

static const struct xml_member change_set_members[] = {
    XML_MEMBER(change_set, "ChangeSetId",     TEXT, id),
    XML_MEMBER(change_set, "ChangeSetName",   TEXT, name),
    XML_MEMBER(change_set, "StackId",         TEXT, stack_id),
    XML_MEMBER(change_set, "Status",          TEXT, status),
    XML_MEMBER(change_set, "StatusReason",    TEXT, reason),
    XML_MEMBER(change_set, "ExecutionStatus", TEXT, execution_status),
    XML_MEMBER(change_set, "Description",     TEXT, description),
    XML_MEMBER(change_set, "CreationTime",    TIME, created_at),
    XML_MEMBERS_OF(change_set, "Changes", changes, change_count, change_shape),
};
static const struct xml_shape change_set_shape = {
    .noun = "change set", MEMBERS(change_set_members), .size = sizeof(struct change_set),
    .cap = CHANGE_SETS_MAX, .has_key = true,
};
/* clang-format on */

static enum err_code add_word(struct sb *text, struct sv word, const char *mark, struct err *err)
{
    if (text->len + word.len + 16 > DETAILS_MAX)
        return ERR_OK;
    return sb_addf(text, err, "%s" SV_FMT "%s", text->len > 0 ? ", " : "", SV_ARG(word), mark);
}

static enum err_code join_scope(const struct xml *change, struct sb *text, struct err *err)
{
    const struct xml *scope = xml_get(change, "Scope");
    const struct xml *at = scope == NULL ? NULL : scope->child;
    enum err_code rc = ERR_OK;

    for (; at != NULL && rc == ERR_OK; at = at->next)
        rc = add_word(text, at->text, "", err);
    return rc;
}

/* A property is listed once for each of its causes. */
static enum err_code join_details(const struct xml *change, struct sb *text, struct err *err)
{
    const struct xml *details = xml_get(change, "Details");
    const struct xml *at = details == NULL ? NULL : details->child;
    struct sv last = SV_NONE;
    enum err_code rc = ERR_OK;

    for (; at != NULL && rc == ERR_OK; at = at->next) {
        struct sv name = xml_text(at, "Target/Name");
        struct sv recreates = xml_text(at, "Target/RequiresRecreation");

        name = name.len > 0 ? name : xml_text(at, "Target/Attribute");
        if (name.len == 0 || sv_eq(name, last))
            continue;
        last = name;
        rc = add_word(text, name,
                      sv_eq(recreates, SV("Always"))          ? " (recreated)"
                      : sv_eq(recreates, SV("Conditionally")) ? " (may be recreated)"
                                                              : "",
                      err);
    }
    return rc;
}

static enum err_code keep(const struct sb *text, struct arena *arena, struct sv *out,
                          struct err *err)
{
    *out = arena_sv(arena, sb_sv(text));
    return out->ptr == NULL ? arena_err(arena, err) : ERR_OK;
}

static enum err_code read_lists(const struct xml *node, void *object, struct arena *arena,
                                struct err *err)
{
    const struct xml *change = xml_get(node, "ResourceChange");
    struct stack_change *out = object;
    CLEANUP(sb_release) struct sb text = {.cap = DETAILS_MAX + 256};
    enum err_code rc = join_scope(change, &text, err);

    if (rc == ERR_OK)
        rc = keep(&text, arena, &out->scope, err);
    sb_clear(&text);
    if (rc == ERR_OK)
        rc = join_details(change, &text, err);
    return rc ? rc : keep(&text, arena, &out->details, err);
}

static enum err_code read_exports(const struct xml *node, void *object, struct arena *arena,
                                  struct err *err)
{
    const struct xml *outputs = xml_get(node, "Outputs");
    const struct xml *at = outputs == NULL ? NULL : outputs->child;
    struct stack *out = object;

    out->exports = arena_alloc(arena, out->output_count + 1, sizeof *out->exports);
    if (out->exports == NULL)
        return arena_err(arena, err);
    for (; at != NULL && out->export_count < out->output_count; at = at->next) {
        struct sv name = xml_text(at, "ExportName");

        if (name.len == 0)
            continue;
        out->exports[out->export_count] = arena_sv(arena, name);
        if (out->exports[out->export_count++].ptr == NULL)
            return arena_err(arena, err);
    }
    return ERR_OK;
}

enum err_code decode_stacks(const struct xml *xml, struct arena *arena, struct stack **out,
                            size_t *count, struct err *err)
{
    const struct xml *list = xml_get(xml, "Stacks");
    void *rows = NULL;
    enum err_code rc;

    if (list == NULL)
        list = xml_get(xml, "StackSummaries");
    if (list == NULL)
        return err_set(err, ERR_REPLY, "expected AWS, got a reply without a list of stacks");
    rc = xml_shape_list(&stack_shape, list, "member", &rows, count, arena, err);
    if (rc == ERR_OK)
        *out = rows;
    return rc;
}

static struct sv find(const struct tag *pairs, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (sv_eq(pairs[i].key, sv_of(key)))
            return pairs[i].value;
    }
    return SV_NONE;
}

struct sv stack_output(const struct stack *stack, const char *key)
{
    return find(stack->outputs, stack->output_count, key);
}

struct sv stack_parameter(const struct stack *stack, const char *key)
{
    return find(stack->parameters, stack->parameter_count, key);
}

enum err_code decode_stack_events(const struct xml *xml, struct arena *arena,
                                  struct stack_event **out, size_t *count, struct err *err)
{
    const struct xml *list = xml_get(xml, "StackEvents");
    void *rows = NULL;
    enum err_code rc;

    if (list == NULL)
        return err_set(err, ERR_REPLY, "expected AWS, got a reply without stack events");
    rc = xml_shape_list(&event_shape, list, "member", &rows, count, arena, err);
    if (rc == ERR_OK)
        *out = rows;
    return rc;
}

enum err_code decode_stack_resources(const struct xml *xml, struct arena *arena,
                                     struct stack_resource **out, size_t *count, struct err *err)
{
    const struct xml *list = xml_get(xml, "StackResourceSummaries");
    bool is_one = xml_get(xml, "StackResourceDetail") != NULL;
    void *rows = NULL;
    enum err_code rc;

    if (list == NULL && !is_one)
        return err_set(err, ERR_REPLY, "expected AWS, got a reply without stack resources");
    rc = xml_shape_list(&resource_shape, is_one ? xml : list,
                        is_one ? "StackResourceDetail" : "member", &rows, count, arena, err);
    if (rc == ERR_OK)
        *out = rows;
    return rc;
}

enum err_code decode_change_set(const struct xml *xml, struct arena *arena, struct change_set *out,
                                struct err *err)
{
    struct change_set made = {0};
    enum err_code rc = xml_shape_read(&change_set_shape, xml, &made, arena, err);

    if (rc == ERR_OK)
        *out = made;
    return rc;
}

enum err_code decode_change_sets(const struct xml *xml, struct arena *arena,
                                 struct change_set **out, size_t *count, struct err *err)
{
    const struct xml *list = xml_get(xml, "Summaries");
    void *rows = NULL;
    enum err_code rc;

    if (list == NULL)
        return err_set(err, ERR_REPLY, "expected AWS, got a reply without change sets");
    rc = xml_shape_list(&change_set_shape, list, "member", &rows, count, arena, err);
    if (rc == ERR_OK)
        *out = rows;
    return rc;
}

bool change_set_is_empty(const struct change_set *set)
{
    static const char *const words[] = {"didn't contain changes", "didn\u2019t contain changes",
                                        "No updates are to be performed"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (sv_eq(set->status, SV("FAILED")) && sv_find(set->reason, sv_of(words[i])) >= 0)
            return true;
    }
    return false;
}

static enum err_code write_parameters(const struct change_set_request *r, struct sb *body,
                                      struct err *err)
{
    static const char list[] = "Parameters.member";
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < r->parameter_count && rc == ERR_OK; i++) {
        const struct tag *p = &r->parameters[i];
        bool is_as_before = p->value.ptr == NULL;

        rc = query_add_member(body, list, i + 1, "ParameterKey", p->key, err);
        if (rc == ERR_OK)
            rc = query_add_member(body, list, i + 1,
                                  is_as_before ? "UsePreviousValue" : "ParameterValue",
                                  is_as_before ? SV("true") : p->value, err);
    }
    return rc;
}

static enum err_code write_tags(const struct change_set_request *r, struct sb *body,
                                struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < r->tag_count && rc == ERR_OK; i++) {
        rc = query_add_member(body, "Tags.member", i + 1, "Key", r->tags[i].key, err);
        if (rc == ERR_OK)
            rc = query_add_member(body, "Tags.member", i + 1, "Value", r->tags[i].value, err);
    }
    for (size_t i = 0; i < r->capability_count && rc == ERR_OK; i++)
        rc = query_add_member(body, "Capabilities.member", i + 1, NULL, r->capabilities[i], err);
    return rc;
}

enum err_code change_set_write(const struct change_set_request *r, struct sb *body, struct err *err)
{
    const struct {
        const char *name;
        struct sv value;
    } fields[] = {
        {"StackName", r->stack},
        {"ChangeSetName", r->name},
        {"ChangeSetType", r->is_create ? SV("CREATE") : SV("UPDATE")},
        {"TemplateBody", r->template_body},
        {"TemplateURL", r->template_url},
        {"UsePreviousTemplate",
         r->template_body.len + r->template_url.len == 0 ? SV("true") : SV_NONE},
        {"ImportExistingResources", r->imports_existing ? SV("true") : SV_NONE},
        {"RoleARN", r->role_arn},
        {"ClientToken", r->token},
        {"Description", r->description},
    };
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < ARRAY_LEN(fields) && rc == ERR_OK; i++)
        rc = query_add(body, fields[i].name, fields[i].value, err);
    if (rc == ERR_OK)
        rc = write_parameters(r, body, err);
    return rc ? rc : write_tags(r, body, err);
}
