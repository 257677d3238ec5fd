#include "core/sandbox/cfn_work.h"

#include "core/sandbox/cfn_intrinsics.h"
#include "core/sandbox/resource.h"

/* What an entry remembers of itself before it is changed. */
static const char *const remembered[] = {"Type",  "Id",   "Properties",     "Attributes",
                                         "Needs", "Tags", "DeletionPolicy", "UpdateReplacePolicy"};

cJSON *work_add(struct work *w, const char *key, const char *logical, const char *deed)
{
    cJSON *item = cfn_put(w->c, w->items, key, cfn_object(w->c));

    cfn_put_text(w->c, item, "Do", sv_of(deed));
    cfn_put_text(w->c, item, "State", SV("waiting"));
    cfn_put_text(w->c, item, "Logical", sv_of(logical));
    (void)cfn_put(w->c, item, "Waits", cfn_list(w->c));
    return item;
}

bool work_item_is(const cJSON *item, const char *state)
{
    return sv_eq(json_sv(item, "State"), sv_of(state));
}

static void set_state(struct work *w, cJSON *item, const char *state)
{
    cfn_put_text(w->c, item, "State", sv_of(state));
}

/* Nobody waits for it any longer. */
static void finish(struct work *w, cJSON *item)
{
    set_state(w, item, "done");
    for (cJSON *other = w->items->child; other != NULL; other = other->next) {
        cJSON *waits = cfn_get(other, "Waits");

        for (cJSON *key = waits == NULL ? NULL : waits->child; key != NULL; key = key->next) {
            if (!sv_eq(json_item_sv(key), sv_of(item->string)))
                continue;
            cJSON_Delete(cJSON_DetachItemViaPointer(waits, key));
            break;
        }
    }
}

static cJSON *entry_of(struct work *w, cJSON *item)
{
    cJSON *own = cfn_get(item, "Entry");

    return own != NULL ? own : cfn_get_sv(cfn_get(w->stack, "Resources"), json_sv(item, "Logical"));
}

static const char *logical_of(const cJSON *item)
{
    struct sv logical = json_sv(item, "Logical");

    return logical.ptr == NULL ? "" : logical.ptr;
}

static void tell(struct work *w, cJSON *item, const char *status, struct sv reason)
{
    stack_set_resource(w->c, w->stack, logical_of(item), entry_of(w, item), status, reason);
}

static void fail(struct work *w, cJSON *item, const char *status, struct sv reason)
{
    set_state(w, item, "failed");
    tell(w, item, status, reason);
    if (json_get(w->stack, "FirstFailure") == NULL)
        (void)cfn_put(
            w->c, w->stack, "FirstFailure",
            cfn_textf(w->c, "%s: " SV_FMT, logical_of(item), SV_ARG(sv_take(reason, 900))));
}

static void schedule(struct work *w, const cJSON *item, const char *step, int64_t ms)
{
    struct cfn *c = w->c;
    struct later later = {.at_ms = c->service->now_ms + service_quick(c->service, ms),
                          .kind = "cfn.work"};

    (void)snprintf(later.account, sizeof later.account, SV_FMT, SV_ARG(c->account));
    (void)snprintf(later.region, sizeof later.region, SV_FMT, SV_ARG(c->region));
    (void)snprintf(later.name, sizeof later.name, SV_FMT "|%lld|%s|%s",
                   SV_ARG(json_sv(w->stack, "Name")), (long long)w->number, item->string, step);
    if (!c->has_failed)
        (void)cfn_ok(c, later_add(c->service->records, &later, c->err));
}

static const struct resource_type *type_of(const cJSON *entry)
{
    return resource_type_find(json_sv(entry, "Type"));
}

/* The clock's milliseconds for a share of what the type takes. */
static int64_t share(const cJSON *entry, int percent)
{
    const struct resource_type *type = type_of(entry);

    return type == NULL ? 1 : (int64_t)type->seconds * 10 * percent;
}

/* ---- asking the type ---- */

static void put_tag(struct cfn *c, cJSON *list, const char *key, struct sv value)
{
    cJSON *tag = cfn_put(c, list, NULL, cfn_object(c));

    cfn_put_text(c, tag, "Key", sv_of(key));
    cfn_put_text(c, tag, "Value", value);
}

static cJSON *tags_of(struct work *w, const char *logical)
{
    cJSON *list = w->tags == NULL ? cfn_list(w->c) : cfn_copy(w->c, w->tags);

    put_tag(w->c, list, "aws:cloudformation:stack-name", json_sv(w->stack, "Name"));
    put_tag(w->c, list, "aws:cloudformation:stack-id", json_sv(w->stack, "Id"));
    put_tag(w->c, list, "aws:cloudformation:logical-id", sv_of(logical));
    return list;
}

/* What a type is asked; its answer, unless why says otherwise, is in ask. */
static void ask_type(struct work *w, const char *logical, resource_fn *fn, struct resource_ask *ask)
{
    struct cfn *c = w->c;
    cJSON *tags = tags_of(w, logical);

    ask->service = c->service;
    ask->account = c->account;
    ask->region = c->region;
    ask->stack_name = json_sv(w->stack, "Name");
    ask->stack_id = json_sv(w->stack, "Id");
    ask->logical_id = sv_of(logical);
    ask->tags = tags;
    ask->err = c->err;
    if (ask->attributes == NULL)
        ask->attributes = cfn_object(c);
    if (!c->has_failed && fn != NULL)
        (void)cfn_ok(c, fn(ask));
    ask->tags = NULL;
    cJSON_Delete(tags);
}

static void check_fault(struct work *w, struct resource_ask *ask, const char *name)
{
    char uuid[UID_SIZE];

    if (ask->why[0] == '\0' && faults_strike(w->c->service->faults, FAULT_RESOURCE, sv_of(name)))
        (void)resource_refuse(ask,
                              "Resource handler returned message: \"The sandbox was told that this "
                              "resource fails\" (RequestToken: %s, HandlerErrorCode: "
                              "GeneralServiceException)",
                              cfn_uuid(w->c, uuid));
}

/* ---- making and changing ---- */

static void adopt(struct cfn *c, cJSON *entry, const cJSON *want)
{
    static const char *const names[] = {"Type",     "Needs",       "DeletionPolicy",
                                        "Metadata", "Description", "UpdateReplacePolicy"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const cJSON *item = json_get(want, names[i]);

        if (item != NULL)
            (void)cfn_put(c, entry, names[i], cfn_copy(c, item));
        else
            cfn_drop(entry, names[i]);
    }
}

static void remember(struct cfn *c, cJSON *entry)
{
    cJSON *before;

    if (json_get(entry, "Before") != NULL)
        return;
    before = cfn_put(c, entry, "Before", cfn_object(c));
    for (size_t i = 0; i < ARRAY_LEN(remembered); i++) {
        const cJSON *item = json_get(entry, remembered[i]);

        if (item != NULL)
            (void)cfn_put(c, before, remembered[i], cfn_copy(c, item));
    }
}

/* Does one of the properties differ whose change makes another resource? */
static bool needs_another(const struct resource_type *type, const cJSON *old, const cJSON *new)
{
    const cJSON *const both[] = {old, new};

    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        for (const cJSON *p = both[i] == NULL ? NULL : both[i]->child; p != NULL; p = p->next) {
            const cJSON *other = json_get(both[1 - i], p->string);

            if (other != NULL && cJSON_Compare(p, other, true))
                continue;
            if (type->update == NULL || cfn_word(type->replaced_by, sv_of(p->string)))
                return true;
        }
    }
    return false;
}

/* Resolved; NULL with the reason when AWS cannot. */
static cJSON *resolve(struct work *w, const cJSON *properties, char why[STACK_WHY_MAX])
{
    struct cfn inner;
    struct cfn_scope x = {.c = &inner,
                          .made = json_get(w->stack, "Resources"),
                          .stack_name = json_sv(w->stack, "Name"),
                          .stack_id = json_sv(w->stack, "Id")};
    cJSON *out;

    cfn_init(&inner, w->c->service, w->c->account, w->c->region, w->c->err);
    out = cfn_eval(&x, properties);
    (void)cfn_ok(w->c, inner.rc);
    (void)snprintf(why, STACK_WHY_MAX, "%s", inner.why);
    return out;
}

static bool same_tags(struct work *w, const cJSON *entry, const struct resource_type *type)
{
    const cJSON *old = json_get(entry, "Tags");
    const cJSON *new = w->tags;

    if (type->update == NULL || (cJSON_GetArraySize(old) == 0 && cJSON_GetArraySize(new) == 0))
        return true;
    return old != NULL && new != NULL &&cJSON_Compare(old, new, true);
}

static void begin_new(struct work *w, cJSON *item, const cJSON *want)
{
    cJSON *resources = cfn_get(w->stack, "Resources");
    cJSON *entry = cfn_put(w->c, resources, logical_of(item), cfn_object(w->c));

    adopt(w->c, entry, want);
    if (w->is_update)
        cfn_put_bool(w->c, entry, "IsNew", true);
    tell(w, item, "CREATE_IN_PROGRESS", SV_NONE);
}

/* It is there already (cfn_import.h). The reasons are AWS's own of an import. */
static void begin_import(struct work *w, cJSON *item, const cJSON *want, struct sv id)
{
    cJSON *resources = cfn_get(w->stack, "Resources");
    cJSON *entry = cfn_put(w->c, resources, logical_of(item), cfn_object(w->c));

    adopt(w->c, entry, want);
    cfn_put_text(w->c, entry, "Id", id);
    cfn_put_bool(w->c, entry, "IsImported", true);
    if (w->is_update)
        cfn_put_bool(w->c, entry, "IsNew", true);
    cfn_put_bool(w->c, item, "IsImport", true);
    tell(w, item, "IMPORT_IN_PROGRESS", SV("Resource import started."));
}

static const char *failure_of(const cJSON *item)
{
    if (json_bool(item, "IsImport", false))
        return "IMPORT_FAILED";
    return json_bool(item, "IsNew", false) ? "CREATE_FAILED" : "UPDATE_FAILED";
}

static void begin_change(struct work *w, cJSON *item, cJSON *entry, bool is_replacement)
{
    remember(w->c, entry);
    cfn_put_bool(w->c, item, "IsReplacement", is_replacement);
    tell(w, item, "UPDATE_IN_PROGRESS",
         is_replacement ? SV("Requested update requires the creation of a new physical resource; "
                             "hence creating one.")
                        : SV_NONE);
}

static void begin_make(struct work *w, cJSON *item)
{
    const cJSON *all = json_get(json_get(w->stack, "Compiled"), "Resources");
    const cJSON *want = json_get(all, logical_of(item));
    const struct resource_type *type = type_of(want);
    cJSON *entry = entry_of(w, item);
    bool is_new = !json_bool(entry, "IsLive", false);
    struct sv there = json_sv(json_get(w->stack, "Imports"), logical_of(item));
    char why[STACK_WHY_MAX];
    cJSON *properties = resolve(w, json_get(want, "Properties"), why);
    bool is_same = !is_new && properties != NULL && type != NULL &&
                   cJSON_Compare(properties, json_get(entry, "Properties"), true) &&
                   same_tags(w, entry, type);

    if (is_same || w->c->has_failed || type == NULL) {
        cJSON_Delete(properties);
        finish(w, item);
        return;
    }
    if (is_new && there.len > 0)
        begin_import(w, item, want, there);
    else if (is_new)
        begin_new(w, item, want);
    else
        begin_change(w, item, entry,
                     needs_another(type, json_get(entry, "Properties"), properties));
    cfn_put_bool(w->c, item, "IsNew", is_new && there.len == 0);
    if (properties == NULL) {
        fail(w, item, failure_of(item), sv_of(why));
        return;
    }
    (void)cfn_put(w->c, item, "Properties", properties);
    set_state(w, item, "working");
    schedule(w, item, "start", share(want, 25));
}

static void check_name(const struct resource_type *type, struct resource_ask *ask,
                       const cJSON *entry)
{
    struct sv name =
        type->name_property == NULL ? SV_NONE : json_sv(ask->properties, type->name_property);

    if (name.len > 0 && sv_eq(name, json_sv(json_get(entry, "Properties"), type->name_property)))
        (void)resource_refuse(ask,
                              "CloudFormation cannot update a stack when a custom-named resource "
                              "requires replacing. Rename " SV_FMT " and update the stack again.",
                              SV_ARG(name));
}

static void keep_answer(struct work *w, cJSON *entry, struct resource_ask *ask, cJSON *properties)
{
    cfn_put_text(w->c, entry, "Id", sv_of(ask->id));
    (void)cfn_put(w->c, entry, "Attributes", ask->attributes);
    ask->attributes = NULL;
    (void)cfn_put(w->c, entry, "Properties", properties);
    (void)cfn_put(w->c, entry, "Tags", w->tags == NULL ? cfn_list(w->c) : cfn_copy(w->c, w->tags));
    cfn_put_bool(w->c, entry, "IsLive", true);
}

/* What is imported is the stack's from here on, and is then changed to what the template says. How
 * far AWS's handlers do that is written nowhere: it tells of the stack's tags only. */
static void import(struct work *w, cJSON *item, const struct resource_type *type,
                   struct resource_ask *ask)
{
    char id[RESOURCE_ID_MAX];

    (void)snprintf(id, sizeof id, "%s", ask->id);
    ask_type(w, logical_of(item), type->exists, ask);
    if (ask->why[0] == '\0' && strcmp(id, ask->id) != 0)
        (void)resource_refuse(ask, "Resource %s of type %s does not exist any more", id,
                              type->type);
    if (ask->why[0] != '\0')
        return;
    tell(w, item, "IMPORT_COMPLETE", SV("Resource import completed."));
    cfn_put_bool(w->c, item, "IsImport", false);
    tell(w, item, "UPDATE_IN_PROGRESS",
         SV("Apply stack-level tags to imported resource if applicable."));
}

static void take_old(struct work *w, const cJSON *entry, struct resource_ask *ask)
{
    ask->old = json_get(entry, "Properties");
    ask->old_attributes = json_get(entry, "Attributes");
    if (ask->old_attributes != NULL)
        ask->attributes = cfn_copy(w->c, ask->old_attributes);
    (void)snprintf(ask->id, sizeof ask->id, SV_FMT, SV_ARG(json_sv(entry, "Id")));
}

/* The type's row makes it or changes it. */
static void start_make(struct work *w, cJSON *item)
{
    cJSON *entry = entry_of(w, item);
    const struct resource_type *type = type_of(entry);
    bool is_new = json_bool(item, "IsNew", false);
    bool is_replacement = json_bool(item, "IsReplacement", false);
    bool is_made = is_new || is_replacement;
    struct resource_ask ask = {.properties = json_get(item, "Properties")};

    if (type == NULL)
        return;
    if (is_replacement)
        check_name(type, &ask, entry);
    if (!is_made)
        take_old(w, entry, &ask);
    resource_check(type, &ask, logical_of(item));
    check_fault(w, &ask, logical_of(item));
    if (ask.why[0] == '\0' && json_bool(item, "IsImport", false))
        import(w, item, type, &ask);
    if (ask.why[0] == '\0')
        ask_type(w, logical_of(item), is_made ? type->create : type->update, &ask);
    if (ask.why[0] != '\0') {
        fail(w, item, failure_of(item), sv_of(ask.why));
    } else {
        keep_answer(w, entry, &ask, cfn_copy(w->c, json_get(item, "Properties")));
        cfn_put_bool(w->c, entry, "IsTouched", true);
        if (is_replacement)
            cfn_put_bool(w->c, entry, "IsReplaced", true);
        if (is_made)
            tell(w, item, is_new ? "CREATE_IN_PROGRESS" : "UPDATE_IN_PROGRESS",
                 SV("Resource creation Initiated"));
        schedule(w, item, "end", share(entry, 75));
    }
    cJSON_Delete(ask.attributes);
}

/* ---- putting back ---- */

static void begin_restore(struct work *w, cJSON *item)
{
    set_state(w, item, "working");
    tell(w, item, "UPDATE_IN_PROGRESS", SV_NONE);
    schedule(w, item, "start", share(entry_of(w, item), 25));
}

/* What was made instead is removed later. */
static void give_up_replacement(struct work *w, cJSON *item, cJSON *entry)
{
    cJSON *old = cfn_put(w->c, cfn_get(w->stack, "Old"), NULL, cfn_object(w->c));

    for (size_t i = 0; i < ARRAY_LEN(remembered); i++) {
        if (json_get(entry, remembered[i]) != NULL)
            (void)cfn_put(w->c, old, remembered[i], cfn_copy(w->c, json_get(entry, remembered[i])));
    }
    cfn_put_text(w->c, old, "Logical", sv_of(logical_of(item)));
}

static void change_back(struct work *w, cJSON *item, cJSON *entry, struct resource_ask *ask)
{
    const struct resource_type *type = type_of(entry);
    const cJSON *before = json_get(entry, "Before");
    char undoing[300];

    ask->properties = json_get(before, "Properties");
    ask->old = json_get(entry, "Properties");
    ask->old_attributes = json_get(entry, "Attributes");
    ask->attributes = cfn_copy(w->c, ask->old_attributes);
    (void)snprintf(ask->id, sizeof ask->id, SV_FMT, SV_ARG(json_sv(entry, "Id")));
    check_fault(w, ask, logical_of(item));
    (void)snprintf(undoing, sizeof undoing, "undo-%s", logical_of(item));
    check_fault(w, ask, undoing);
    if (ask->why[0] == '\0' && type != NULL)
        ask_type(w, logical_of(item), type->update, ask);
}

static void start_restore(struct work *w, cJSON *item)
{
    cJSON *entry = entry_of(w, item);
    struct resource_ask ask = {.properties = NULL};
    cJSON *before;

    if (json_bool(entry, "IsReplaced", false))
        give_up_replacement(w, item, entry);
    else if (json_bool(entry, "IsTouched", false))
        change_back(w, item, entry, &ask);
    cJSON_Delete(ask.attributes);
    if (ask.why[0] != '\0') {
        cfn_put_bool(w->c, entry, "IsStuck", true);
        fail(w, item, "UPDATE_FAILED", sv_of(ask.why));
        return;
    }
    before = cfn_get(entry, "Before");
    for (size_t i = 0; i < ARRAY_LEN(remembered); i++) {
        const cJSON *member = json_get(before, remembered[i]);

        if (member != NULL)
            (void)cfn_put(w->c, entry, remembered[i], cfn_copy(w->c, member));
        else
            cfn_drop(entry, remembered[i]);
    }
    cfn_drop(entry, "Before");
    cfn_drop(entry, "IsTouched");
    cfn_drop(entry, "IsReplaced");
    cfn_drop(entry, "IsStuck");
    schedule(w, item, "end", share(entry, 75));
}

/* ---- removing ---- */

/* What was imported by what has failed is left alone, as it was found. (What AWS's event says then
 * is not known.) */
static bool is_kept(const struct work *w, const cJSON *entry)
{
    struct sv policy = json_sv(entry, "Policy");

    if (policy.ptr == NULL)
        policy = json_sv(entry, "DeletionPolicy");
    if (json_bool(entry, "IsRetained", false) ||
        (w->undoes && json_bool(entry, "IsImported", false)))
        return true;
    if (sv_eq(policy, SV("RetainExceptOnCreate")))
        return !w->undoes;
    return sv_eq(policy, SV("Retain")) &&
           !(w->undoes && json_bool(w->stack, "RetainExceptOnCreate", false));
}

static void begin_remove(struct work *w, cJSON *item)
{
    cJSON *entry = entry_of(w, item);

    if (is_kept(w, entry)) {
        tell(w, item, "DELETE_SKIPPED", SV_NONE);
        cfn_put_bool(w->c, entry, "IsLive", false);
        finish(w, item);
        return;
    }
    set_state(w, item, "working");
    tell(w, item, "DELETE_IN_PROGRESS", SV_NONE);
    schedule(w, item, "start", share(entry, 50));
}

static void start_remove(struct work *w, cJSON *item)
{
    cJSON *entry = entry_of(w, item);
    const struct resource_type *type = type_of(entry);
    struct resource_ask ask = {.properties = json_get(entry, "Properties"),
                               .old_attributes = json_get(entry, "Attributes")};

    (void)snprintf(ask.id, sizeof ask.id, SV_FMT, SV_ARG(json_sv(entry, "Id")));
    if (type != NULL && ask.properties != NULL)
        ask_type(w, logical_of(item), type->remove, &ask);
    cJSON_Delete(ask.attributes);
    if (ask.why[0] != '\0') {
        fail(w, item, "DELETE_FAILED", sv_of(ask.why));
        return;
    }
    tell(w, item, "DELETE_COMPLETE", SV_NONE);
    cfn_put_bool(w->c, entry, "IsLive", false);
    finish(w, item);
}

/* ---- all of them ---- */

static const struct doing {
    const char *name;
    void (*begin)(struct work *w, cJSON *item);
    void (*start)(struct work *w, cJSON *item);
} doings[] = {
    {"make", begin_make, start_make},
    {"restore", begin_restore, start_restore},
    {"remove", begin_remove, start_remove},
};

static const struct doing *doing_of(const cJSON *item)
{
    size_t i = 0;

    while (i + 1 < ARRAY_LEN(doings) && !sv_eq(json_sv(item, "Do"), sv_of(doings[i].name)))
        i++;
    return &doings[i];
}

void work_begin(struct work *w, cJSON *item)
{
    doing_of(item)->begin(w, item);
}

void work_step(struct work *w, cJSON *item, struct sv step)
{
    bool is_new = json_bool(item, "IsNew", false);

    if (sv_eq(step, SV("start"))) {
        doing_of(item)->start(w, item);
        return;
    }
    tell(w, item, is_new ? "CREATE_COMPLETE" : "UPDATE_COMPLETE", SV_NONE);
    finish(w, item);
}

void work_cancel(struct work *w, cJSON *item)
{
    if (!work_item_is(item, "working"))
        return;
    if (json_bool(item, "IsImport", false))
        fail(w, item, "IMPORT_FAILED", SV("Resource import cancelled"));
    else if (json_bool(item, "IsNew", false))
        fail(w, item, "CREATE_FAILED", SV("Resource creation cancelled"));
    else
        fail(w, item, "UPDATE_FAILED", SV("Resource update cancelled"));
}
