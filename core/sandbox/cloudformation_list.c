/* CloudFormation: the operations that only read. */
#include "core/base/mem.h"
#include "core/sandbox/cfn_drift.h"
#include "core/sandbox/cfn_request.h"
#include "core/sandbox/cfn_template.h"
#include "core/sandbox/seed_stack.h"

enum { PAGE = 100 };

/* ---- stacks ---- */

void cfn_show_parameters(struct cfn *c, const cJSON *parameters, cJSON *to)
{
    static const char *const names[] = {"ParameterKey", "ParameterValue", "ResolvedValue"};
    cJSON *list = cfn_put(c, to, "Parameters", cfn_list(c));

    for (const cJSON *p = parameters == NULL ? NULL : parameters->child; p != NULL; p = p->next) {
        cJSON *item = cfn_put(c, list, NULL, cfn_object(c));

        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
            if (json_get(p, names[i]) != NULL)
                cfn_put_text(c, item, names[i],
                             i > 0 && json_bool(p, "IsHidden", false) ? SV("****")
                                                                      : json_sv(p, names[i]));
        }
    }
}

static void put_texts(struct cfn *c, const cJSON *from, const char *const names[][2], size_t count,
                      cJSON *to)
{
    for (size_t i = 0; i < count; i++) {
        if (json_sv(from, names[i][1]).len > 0)
            cfn_put_text(c, to, names[i][0], json_sv(from, names[i][1]));
    }
}

static void put_times(struct call *call, const cJSON *stack, cJSON *to)
{
    call_put_time(call, to, "CreationTime", json_int(stack, "Created", 0));
    if (json_get(stack, "Updated") != NULL)
        call_put_time(call, to, "LastUpdatedTime", json_int(stack, "Updated", 0));
    if (json_get(stack, "Deleted") != NULL)
        call_put_time(call, to, "DeletionTime", json_int(stack, "Deleted", 0));
}

static void put_drift(struct call *call, struct cfn *c, const char *member, struct sv status,
                      int64_t at_ms, cJSON *to)
{
    cJSON *drift = cfn_put(c, to, "DriftInformation", cfn_object(c));

    cfn_put_text(c, drift, member, status.len > 0 ? status : SV("NOT_CHECKED"));
    if (status.len > 0)
        call_put_time(call, drift, "LastCheckTimestamp", at_ms);
}

static void put_stack_drift(struct call *call, struct cfn *c, const cJSON *stack, cJSON *to)
{
    cJSON *drift = drift_load(c, stack);

    put_drift(call, c, "StackDriftStatus", json_sv(drift, "Status"), json_int(drift, "At", 0), to);
    cJSON_Delete(drift);
}

static void show_stack(struct call *call, struct cfn *c, const cJSON *stack, cJSON *to)
{
    static const char *const texts[][2] = {
        {"StackId", "Id"},
        {"StackName", "Name"},
        {"ChangeSetId", "ChangeSetId"},
        {"StackStatus", "Status"},
        {"StackStatusReason", "Reason"},
        {"RoleARN", "RoleARN"},
        {"Description", "Description"},
    };
    static const char *const lists[][2] = {{"NotificationARNs", "Notifications"},
                                           {"Capabilities", "Capabilities"},
                                           {"Outputs", "Outputs"},
                                           {"Tags", "Tags"}};

    put_texts(c, stack, texts, ARRAY_LEN(texts), to);
    cfn_show_parameters(c, json_get(stack, "Parameters"), to);
    put_times(call, stack, to);
    (void)cfn_put(c, to, "RollbackConfiguration", cfn_object(c));
    cfn_put_bool(c, to, "DisableRollback", json_bool(stack, "DisableRollback", false));
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        const cJSON *list = json_get(stack, lists[i][1]);

        (void)cfn_put(c, to, lists[i][0], list == NULL ? cfn_list(c) : cfn_copy(c, list));
    }
    cfn_put_bool(c, to, "EnableTerminationProtection", json_bool(stack, "Protected", false));
    put_stack_drift(call, c, stack, to);
}

/* A page of records: their names are the token. */
struct page {
    struct call *call;
    struct cfn *c;
    cJSON *list;
    const cJSON *only; /* statuses; NULL: all */
    struct sv physical;
    bool is_full;
    char token[1100];
};

static bool page_takes(struct page *p, const struct record_key *key, bool *goes_on)
{
    p->is_full = cJSON_GetArraySize(p->list) == PAGE;
    *goes_on = !p->is_full && !p->c->has_failed;
    if (*goes_on)
        (void)snprintf(p->token, sizeof p->token, "%s " SV_FMT, key->kind,
                       SV_ARG(sv_take(key->name, 1000)));
    return *goes_on;
}

/* Goes on after the token, if that is of this kind; kinds come in this order. */
static void read_page(struct page *p, const char *kind, struct sv prefix, record_fn *fn)
{
    struct record_key all = {
        .kind = kind, .account = p->c->account, .region = p->c->region, .name = prefix};
    struct sv rest = json_sv(p->call->in, "NextToken");
    struct sv token_kind = sv_cut(rest, ' ', &rest);
    struct sv after = sv_eq(token_kind, sv_of(kind)) ? rest : SV("");

    if (!p->c->has_failed && !p->is_full)
        (void)cfn_ok(p->c, record_each(p->c->service->records, &all, after, fn, p, p->c->err));
}

static void end_page(struct page *p)
{
    if (p->is_full)
        cfn_put_text(p->c, p->call->out, "NextToken", sv_of(p->token));
}

/* ---- names of stacks: records and seeded ones in one order ---- */

static enum err_code offer_kept(void *owner, const struct record_key *key,
                                const cJSON *value UNUSED, bool *goes_on UNUSED,
                                struct err *err UNUSED)
{
    pick_offer(owner, key->name);
    return ERR_OK;
}

static void offer_seeded(void *owner, struct sv name)
{
    pick_offer(owner, name);
}

/* The page's names; NULL: it has failed. */
static struct pick *pick_stacks(struct cfn *c, struct sv after)
{
    struct record_key all = {
        .kind = "cfn.stack", .account = c->account, .region = c->region, .name = SV("")};
    struct pick *pick = c->has_failed ? NULL : mem_alloc(sizeof *pick);

    if (c->has_failed || !cfn_ok(c, pick == NULL ? mem_err(c->err) : ERR_OK))
        return NULL;
    pick->prefix = SV("");
    pick->pattern = SV("");
    pick->after = after;
    pick->limit = PAGE;
    if (cfn_ok(c, record_each(c->service->records, &all, after, offer_kept, pick, c->err)))
        seed_stacks_each(c->service->world, c->account, c->region, offer_seeded, pick);
    return pick;
}

/* Each of the page, found again: a seeded one that was deleted is not there. */
static void read_stacks(struct page *p, struct sv after,
                        void (*show)(struct page *p, const cJSON *stack))
{
    struct pick *pick = pick_stacks(p->c, after);

    for (size_t i = 0; pick != NULL && i < pick->count && !p->c->has_failed; i++) {
        cJSON *stack = stack_find(p->c, sv_of(pick->names[i]));

        if (stack != NULL)
            show(p, stack);
        cJSON_Delete(stack);
    }
    if (pick != NULL && pick->has_more) {
        p->is_full = true;
        (void)snprintf(p->token, sizeof p->token, "cfn.stack %s", pick->names[pick->count - 1]);
    }
    mem_free(pick);
}

/* What follows the kind in the token; empty without one of that kind. */
static struct sv token_after(const struct page *p, const char *kind)
{
    struct sv rest = json_sv(p->call->in, "NextToken");
    struct sv token_kind = sv_cut(rest, ' ', &rest);

    return sv_eq(token_kind, sv_of(kind)) && rest.ptr != NULL ? rest : SV("");
}

static void add_stack(struct page *p, const cJSON *stack)
{
    show_stack(p->call, p->c, stack, cfn_put(p->c, p->list, NULL, cfn_object(p->c)));
}

void cfn_describe_stacks(struct call *call)
{
    struct sv name = call_text(call, "StackName", false);
    struct cfn c;
    struct page p = {.call = call, .c = &c};
    cJSON *stack;

    cfn_open(&c, call);
    p.list = cfn_put(&c, call->out, "Stacks", cfn_list(&c));
    if (name.len == 0) {
        read_stacks(&p, token_after(&p, "cfn.stack"), add_stack);
    } else {
        stack = stack_need(&c, name);
        if (stack != NULL)
            add_stack(&p, stack);
        cJSON_Delete(stack);
    }
    end_page(&p);
    cfn_close(&c, call);
}

static void put_listed(struct page *p, const cJSON *stack)
{
    static const char *const texts[][2] = {{"StackId", "Id"},
                                           {"StackName", "Name"},
                                           {"TemplateDescription", "Description"},
                                           {"StackStatus", "Status"},
                                           {"StackStatusReason", "Reason"}};
    cJSON *item;

    if (p->only != NULL && !cfn_has(p->only, json_sv(stack, "Status")))
        return;
    item = cfn_put(p->c, p->list, NULL, cfn_object(p->c));
    put_texts(p->c, stack, texts, ARRAY_LEN(texts), item);
    put_times(p->call, stack, item);
    put_stack_drift(p->call, p->c, stack, item);
}

static enum err_code add_gone(void *owner, const struct record_key *key, const cJSON *value,
                              bool *goes_on, struct err *err UNUSED)
{
    struct page *p = owner;

    if ((p->only == NULL || cfn_has(p->only, json_sv(value, "Status"))) &&
        page_takes(p, key, goes_on))
        put_listed(p, value);
    return ERR_OK;
}

/* Those that are gone come after the others, on pages of their own. */
void cfn_list_stacks(struct call *call)
{
    struct cfn c;
    struct page p = {.call = call, .c = &c};
    bool is_second = sv_starts(json_sv(call->in, "NextToken"), SV("cfn.gone "));

    cfn_open(&c, call);
    if (cJSON_IsArray(json_get(call->in, "StackStatusFilter")))
        p.only = json_get(call->in, "StackStatusFilter");
    p.list = cfn_put(&c, call->out, "StackSummaries", cfn_list(&c));
    if (!is_second)
        read_stacks(&p, token_after(&p, "cfn.stack"), put_listed);
    if (!p.is_full)
        read_page(&p, "cfn.gone", SV(""), add_gone);
    end_page(&p);
    cfn_close(&c, call);
}

/* ---- resources ---- */

static void show_resource(struct call *call, struct cfn *c, const cJSON *entry, const cJSON *drift,
                          const char *time, cJSON *to)
{
    static const char *const texts[][2] = {{"PhysicalResourceId", "Id"},
                                           {"ResourceType", "Type"},
                                           {"ResourceStatus", "Status"},
                                           {"ResourceStatusReason", "Reason"}};

    cfn_put_text(c, to, "LogicalResourceId", sv_of(entry->string));
    put_texts(c, entry, texts, ARRAY_LEN(texts), to);
    call_put_time(call, to, time, json_int(entry, "At", 0));
    put_drift(call, c, "StackResourceDriftStatus",
              json_sv(json_get(json_get(drift, "Resources"), entry->string), "Status"),
              json_int(drift, "At", 0), to);
}

static void show_stack_names(struct cfn *c, const cJSON *stack, cJSON *to)
{
    cfn_put_text(c, to, "StackName", json_sv(stack, "Name"));
    cfn_put_text(c, to, "StackId", json_sv(stack, "Id"));
}

void cfn_list_resources(struct call *call)
{
    struct sv name = call_text(call, "StackName", true);
    int64_t first = call_int(call, "NextToken", 0, 100000, 0);
    struct cfn c;
    cJSON *stack;
    cJSON *drift;
    cJSON *list;
    int64_t at = 0;

    cfn_open(&c, call);
    stack = stack_need(&c, name);
    drift = drift_load(&c, stack);
    list = cfn_put(&c, call->out, "StackResourceSummaries", cfn_list(&c));
    for (const cJSON *e = stack == NULL ? NULL : json_get(stack, "Resources")->child;
         e != NULL && at < first + PAGE; e = e->next, at++) {
        if (at >= first)
            show_resource(call, &c, e, drift, "LastUpdatedTimestamp",
                          cfn_put(&c, list, NULL, cfn_object(&c)));
    }
    if (at < cJSON_GetArraySize(json_get(stack, "Resources")))
        (void)cfn_put(&c, call->out, "NextToken", cfn_textf(&c, "%lld", (long long)at));
    cJSON_Delete(drift);
    cJSON_Delete(stack);
    cfn_close(&c, call);
}

static enum err_code find_physical(void *owner, const struct record_key *key, const cJSON *value,
                                   bool *goes_on, struct err *err UNUSED)
{
    struct page *p = owner;

    for (const cJSON *e = json_get(value, "Resources")->child; e != NULL; e = e->next) {
        if (!sv_eq(json_sv(e, "Id"), p->physical))
            continue;
        (void)snprintf(p->token, sizeof p->token, SV_FMT, SV_ARG(sv_take(key->name, 128)));
        *goes_on = false;
    }
    return ERR_OK;
}

/* The stack that has this resource. */
static cJSON *stack_of(struct page *p)
{
    p->physical = json_sv(p->call->in, "PhysicalResourceId");
    if (p->physical.len == 0)
        cfn_refuse(p->c, "Either StackName or PhysicalResourceId must be specified");
    read_page(p, "cfn.stack", SV(""), find_physical);
    if (p->token[0] == '\0')
        cfn_refuse(p->c, "Stack for " SV_FMT " does not exist", SV_ARG(p->physical));
    return p->c->has_failed ? NULL : stack_find(p->c, sv_of(p->token));
}

void cfn_describe_resources(struct call *call)
{
    struct sv name = call_text(call, "StackName", false);
    struct sv logical = call_text(call, "LogicalResourceId", false);
    struct cfn c;
    struct page p = {.call = call, .c = &c};
    cJSON *stack;
    cJSON *drift;
    cJSON *list;

    cfn_open(&c, call);
    stack = name.len == 0 ? stack_of(&p) : stack_need(&c, name);
    drift = drift_load(&c, stack);
    list = cfn_put(&c, call->out, "StackResources", cfn_list(&c));
    for (const cJSON *e = stack == NULL ? NULL : json_get(stack, "Resources")->child;
         e != NULL && cJSON_GetArraySize(list) < PAGE && !c.has_failed; e = e->next) {
        cJSON *item;

        if (logical.len > 0 && !sv_eq(logical, sv_of(e->string)))
            continue;
        item = cfn_put(&c, list, NULL, cfn_object(&c));
        show_stack_names(&c, stack, item);
        show_resource(call, &c, e, drift, "Timestamp", item);
    }
    cJSON_Delete(drift);
    cJSON_Delete(stack);
    cfn_close(&c, call);
}

void cfn_put_metadata(struct cfn *c, const cJSON *metadata, cJSON *to)
{
    char *text;

    if (metadata == NULL)
        return;
    text = cJSON_PrintUnformatted(metadata);
    (void)cfn_put(c, to, "Metadata", text == NULL ? NULL : cJSON_CreateString(text));
    cJSON_free(text);
}

void cfn_describe_resource(struct call *call)
{
    struct sv name = call_text(call, "StackName", true);
    struct sv logical = call_text(call, "LogicalResourceId", true);
    struct cfn c;
    cJSON *stack;
    const cJSON *entry = NULL;
    cJSON *drift;
    cJSON *detail;

    cfn_open(&c, call);
    stack = stack_need(&c, name);
    drift = drift_load(&c, stack);
    entry = cfn_get_sv(cfn_get(stack, "Resources"), logical);
    if (entry == NULL) {
        cfn_refuse(&c, "Resource " SV_FMT " does not exist for stack " SV_FMT, SV_ARG(logical),
                   SV_ARG(name));
    } else {
        detail = cfn_put(&c, call->out, "StackResourceDetail", cfn_object(&c));
        show_stack_names(&c, stack, detail);
        show_resource(call, &c, entry, drift, "LastUpdatedTimestamp", detail);
        cfn_put_metadata(&c, json_get(entry, "Metadata"), detail);
    }
    cJSON_Delete(drift);
    cJSON_Delete(stack);
    cfn_close(&c, call);
}

/* ---- exports and limits ---- */

static enum err_code add_export(void *owner, const struct record_key *key, const cJSON *value,
                                bool *goes_on, struct err *err UNUSED)
{
    struct page *p = owner;
    cJSON *item;

    if (!page_takes(p, key, goes_on))
        return ERR_OK;
    item = cfn_put(p->c, p->list, NULL, cfn_object(p->c));
    cfn_put_text(p->c, item, "ExportingStackId", json_sv(value, "StackId"));
    cfn_put_text(p->c, item, "Name", key->name);
    cfn_put_text(p->c, item, "Value", json_sv(value, "Value"));
    return ERR_OK;
}

void cfn_list_exports(struct call *call)
{
    struct cfn c;
    struct page p = {.call = call, .c = &c};

    cfn_open(&c, call);
    p.list = cfn_put(&c, call->out, "Exports", cfn_list(&c));
    read_page(&p, "cfn.export", SV(""), add_export);
    end_page(&p);
    cfn_close(&c, call);
}

void cfn_list_imports(struct call *call)
{
    struct sv name = call_text(call, "ExportName", true);
    struct cfn c;
    cJSON *list;

    cfn_open(&c, call);
    list = stack_importers(&c, name);
    if (list != NULL && list->child == NULL)
        cfn_refuse(&c, "Export '" SV_FMT "' is not imported by any stack.", SV_ARG(name));
    (void)cfn_put(&c, call->out, "Imports", list);
    cfn_close(&c, call);
}

void cfn_describe_limits(struct call *call)
{
    static const struct {
        const char *name;
        int64_t value;
    } limits[] = {{"StackLimit", 2000},
                  {"StackOutputsLimit", TEMPLATE_OUTPUTS_MAX},
                  {"ConcurrentResourcesLimit", 2500}};
    struct cfn c;
    cJSON *list;

    cfn_open(&c, call);
    list = cfn_put(&c, call->out, "AccountLimits", cfn_list(&c));
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        cJSON *item = cfn_put(&c, list, NULL, cfn_object(&c));

        cfn_put_text(&c, item, "Name", sv_of(limits[i].name));
        cfn_put_int(&c, item, "Value", limits[i].value);
    }
    cfn_close(&c, call);
}
