#include "core/sandbox/cfn_records.h"

#include "core/base/time.h"
#include "core/sandbox/seed_stack.h"

static struct record_key key_of(const struct cfn *c, const char *kind, struct sv name)
{
    return (struct record_key){
        .kind = kind, .account = c->account, .region = c->region, .name = name};
}

static cJSON *load(struct cfn *c, const char *kind, struct sv name)
{
    struct record_key key = key_of(c, kind, name);
    cJSON *value = NULL;

    if (!c->has_failed)
        (void)cfn_ok(c, record_get(c->service->records, &key, &value, c->err));
    return value;
}

static void store(struct cfn *c, const char *kind, struct sv name, const cJSON *value)
{
    struct record_key key = key_of(c, kind, name);

    if (!c->has_failed)
        (void)cfn_ok(c, record_put(c->service->records, &key, value, c->err));
}

static void drop(struct cfn *c, const char *kind, struct sv name)
{
    struct record_key key = key_of(c, kind, name);

    if (!c->has_failed)
        (void)cfn_ok(c, record_delete(c->service->records, &key, c->err));
}

/* arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/UUID */
static struct sv name_in_arn(struct sv arn)
{
    struct sv rest;

    (void)sv_cut(arn, '/', &rest);
    return sv_cut(rest, '/', &rest);
}

/* One that nobody has changed; a deleted one stays deleted. */
static cJSON *seeded_stack(struct cfn *c, struct sv name)
{
    cJSON *stack = NULL;
    cJSON *gone;

    if (c->has_failed ||
        !cfn_ok(c, seed_stack_json(c->service->world, c->account, c->region, name, &stack, c->err)))
        return NULL;
    gone = stack == NULL ? NULL : load(c, "cfn.gone", json_sv(stack, "Id"));
    if (gone != NULL) {
        cJSON_Delete(stack);
        stack = NULL;
    }
    cJSON_Delete(gone);
    return stack;
}

static cJSON *by_name(struct cfn *c, struct sv name)
{
    cJSON *stack = load(c, "cfn.stack", name);

    return stack != NULL ? stack : seeded_stack(c, name);
}

cJSON *stack_find(struct cfn *c, struct sv name)
{
    cJSON *stack;

    if (!sv_starts(name, SV("arn:")))
        return by_name(c, name);
    stack = by_name(c, name_in_arn(name));
    if (stack != NULL && sv_eq(json_sv(stack, "Id"), name))
        return stack;
    cJSON_Delete(stack);
    return load(c, "cfn.gone", name);
}

cJSON *stack_need(struct cfn *c, struct sv name)
{
    cJSON *stack = stack_find(c, name);

    if (stack == NULL)
        cfn_refuse(c, "Stack with id " SV_FMT " does not exist", SV_ARG(name));
    return stack;
}

const char *cfn_uuid(struct cfn *c, char out[UID_SIZE])
{
    uint64_t number = 0;

    (void)cfn_ok(c, records_next(c->service->records, &number, c->err));
    return uid_text(uid_derive(c->service->token_seed, number), out);
}

cJSON *stack_new(struct cfn *c, struct sv name)
{
    cJSON *stack = cfn_object(c);
    char uuid[UID_SIZE];

    cfn_put_text(c, stack, "Name", name);
    (void)cfn_put(
        c, stack, "Id",
        cfn_textf(c, "arn:" SV_FMT ":cloudformation:" SV_FMT ":" SV_FMT ":stack/" SV_FMT "/%s",
                  SV_ARG(cfn_partition(c->region)), SV_ARG(c->region), SV_ARG(c->account),
                  SV_ARG(name), cfn_uuid(c, uuid)));
    cfn_put_int(c, stack, "Created", c->service->now_ms);
    (void)cfn_put(c, stack, "Resources", cfn_object(c));
    (void)cfn_put(c, stack, "Outputs", cfn_list(c));
    return stack;
}

void stack_save(struct cfn *c, const cJSON *stack)
{
    if (stack == NULL)
        return;
    if (!stack_is(stack, "DELETE_COMPLETE")) {
        store(c, "cfn.stack", json_sv(stack, "Name"), stack);
        return;
    }
    drop(c, "cfn.stack", json_sv(stack, "Name"));
    store(c, "cfn.gone", json_sv(stack, "Id"), stack);
}

bool stack_is(const cJSON *stack, const char *statuses)
{
    return cfn_word(statuses, json_sv(stack, "Status"));
}

/* Events are found newest first: their names count down. */
static void name_event(struct cfn *c, const cJSON *stack, char *out, size_t size)
{
    struct sv id = json_sv(stack, "Id");
    uint64_t number = 0;

    (void)cfn_ok(c, records_next(c->service->records, &number, c->err));
    (void)snprintf(out, size, SV_FMT "/%016llx", SV_ARG(sv_drop(id, id.len > 36 ? id.len - 36 : 0)),
                   (unsigned long long)(UINT64_MAX - number));
}

void stack_save_event(struct cfn *c, const cJSON *stack, struct sv logical, struct sv physical,
                      struct sv type, const char *status, struct sv reason)
{
    cJSON *event = cfn_object(c);
    char name[64];
    char uuid[UID_SIZE];
    char at[TIME_RFC3339_SIZE];

    name_event(c, stack, name, sizeof name);
    if (sv_eq(physical, json_sv(stack, "Id")))
        cfn_put_text(c, event, "EventId", sv_of(cfn_uuid(c, uuid)));
    else
        (void)cfn_put(c, event, "EventId",
                      cfn_textf(c, SV_FMT "-%s-%s", SV_ARG(logical), status,
                                time_rfc3339(c->service->now_ms, at)));
    cfn_put_text(c, event, "LogicalResourceId", logical);
    cfn_put_text(c, event, "PhysicalResourceId", physical);
    cfn_put_text(c, event, "ResourceType", type);
    cfn_put_text(c, event, "ResourceStatus", sv_of(status));
    if (reason.len > 0)
        cfn_put_text(c, event, "ResourceStatusReason", reason);
    if (json_sv(stack, "Token").len > 0)
        cfn_put_text(c, event, "ClientRequestToken", json_sv(stack, "Token"));
    cfn_put_int(c, event, "At", c->service->now_ms);
    store(c, "cfn.event", sv_of(name), event);
    cJSON_Delete(event);
}

static void put_reason(struct cfn *c, cJSON *object, struct sv reason)
{
    if (reason.len > 0)
        cfn_put_text(c, object, "Reason", reason);
    else
        cfn_drop(object, "Reason");
}

void stack_set_status(struct cfn *c, cJSON *stack, const char *status, struct sv reason)
{
    cfn_put_text(c, stack, "Status", sv_of(status));
    put_reason(c, stack, reason);
    stack_save_event(c, stack, json_sv(stack, "Name"), json_sv(stack, "Id"),
                     SV("AWS::CloudFormation::Stack"), status, reason);
}

void stack_set_resource(struct cfn *c, const cJSON *stack, const char *logical, cJSON *entry,
                        const char *status, struct sv reason)
{
    cfn_put_text(c, entry, "Status", sv_of(status));
    cfn_put_int(c, entry, "At", c->service->now_ms);
    put_reason(c, entry, reason);
    stack_save_event(c, stack, sv_of(logical), json_sv(entry, "Id"), json_sv(entry, "Type"), status,
                     reason);
}

/* ---- change sets ---- */

void change_set_key(const cJSON *stack, struct sv name, char out[CHANGE_SET_KEY_MAX])
{
    struct sv id = json_sv(stack, "Id");

    (void)snprintf(out, CHANGE_SET_KEY_MAX, SV_FMT "/" SV_FMT,
                   SV_ARG(sv_drop(id, id.len > 36 ? id.len - 36 : 0)), SV_ARG(sv_take(name, 128)));
}

cJSON *change_set_seeded(struct cfn *c, struct sv stack_name)
{
    cJSON *record = load(c, "cfn.stack", stack_name);
    cJSON *stack = record == NULL ? seeded_stack(c, stack_name) : NULL;
    cJSON *set = NULL;

    if (stack != NULL)
        (void)cfn_ok(c, seed_change_set_json(c->service->world, c->account, c->region, stack_name,
                                             &set, c->err));
    cJSON_Delete(record);
    cJSON_Delete(stack);
    return set;
}

cJSON *change_set_load(struct cfn *c, struct sv key)
{
    cJSON *set = load(c, "cfn.change_set", key);
    char own[CHANGE_SET_KEY_MAX];
    cJSON *stack;

    if (set != NULL || c->has_failed)
        return set;
    set = change_set_seeded(c, SV(SEED_CHANGING_STACK));
    if (set == NULL)
        return NULL;
    stack = stack_find(c, json_sv(set, "StackId"));
    change_set_key(stack, json_sv(set, "Name"), own);
    cJSON_Delete(stack);
    if (sv_eq(key, sv_of(own)))
        return set;
    cJSON_Delete(set);
    return NULL;
}

void change_set_save(struct cfn *c, struct sv key, const cJSON *set)
{
    store(c, "cfn.change_set", key, set);
}

static enum err_code drop_one(void *owner, const struct record_key *key, const cJSON *value UNUSED,
                              bool *goes_on UNUSED, struct err *err)
{
    struct cfn *c = owner;

    return record_delete(c->service->records, key, err);
}

void stack_drop_change_sets(struct cfn *c, const cJSON *stack)
{
    char prefix[CHANGE_SET_KEY_MAX];
    struct record_key all = key_of(c, "cfn.change_set", SV(""));

    change_set_key(stack, SV(""), prefix);
    all.name = sv_of(prefix);
    if (!c->has_failed)
        (void)cfn_ok(c, record_each(c->service->records, &all, SV(""), drop_one, c, c->err));
}

/* ---- exports ---- */

struct importers {
    struct cfn *c;
    struct sv name;
    cJSON *list;
};

static enum err_code add_importer(void *owner, const struct record_key *key, const cJSON *value,
                                  bool *goes_on, struct err *err UNUSED)
{
    struct importers *i = owner;

    if (cfn_has(json_get(json_get(value, "Compiled"), "Imports"), i->name))
        (void)cfn_put(i->c, i->list, NULL, cfn_text(i->c, key->name));
    *goes_on = !i->c->has_failed;
    return ERR_OK;
}

cJSON *stack_importers(struct cfn *c, struct sv export_name)
{
    struct importers i = {.c = c, .name = export_name, .list = cfn_list(c)};
    struct record_key all = key_of(c, "cfn.stack", SV(""));

    if (!c->has_failed)
        (void)cfn_ok(c, record_each(c->service->records, &all, SV(""), add_importer, &i, c->err));
    return i.list;
}

static const cJSON *export_of(const cJSON *outputs, struct sv name)
{
    const cJSON *o = outputs == NULL ? NULL : outputs->child;

    while (o != NULL && !sv_eq(json_sv(o, "ExportName"), name))
        o = o->next;
    return o;
}

void stack_check_exports(struct cfn *c, const cJSON *stack, const cJSON *outputs)
{
    for (const cJSON *o = json_list(stack, "Outputs"); o != NULL && !c->has_failed; o = o->next) {
        struct sv name = json_sv(o, "ExportName");
        const cJSON *other = export_of(outputs, name);
        cJSON *importers;
        char names[600];

        if (name.ptr == NULL ||
            (other != NULL && sv_eq(json_sv(other, "OutputValue"), json_sv(o, "OutputValue"))))
            continue;
        importers = stack_importers(c, name);
        cfn_join(importers, names, sizeof names);
        if (names[0] != '\0')
            cfn_refuse(c, "Export " SV_FMT " cannot be %s as it is in use by %s", SV_ARG(name),
                       other == NULL ? "deleted" : "updated", names);
        cJSON_Delete(importers);
    }
}

static void add_export(struct cfn *c, const cJSON *stack, const cJSON *output)
{
    struct sv name = json_sv(output, "ExportName");
    cJSON *old = load(c, "cfn.export", name);
    cJSON *record = cfn_object(c);

    if (old != NULL && !sv_eq(json_sv(old, "StackId"), json_sv(stack, "Id")))
        cfn_refuse(c, "Export with name " SV_FMT " is already exported by stack " SV_FMT,
                   SV_ARG(name), SV_ARG(name_in_arn(json_sv(old, "StackId"))));
    cfn_put_text(c, record, "StackId", json_sv(stack, "Id"));
    cfn_put_text(c, record, "Value", json_sv(output, "OutputValue"));
    store(c, "cfn.export", name, record);
    cJSON_Delete(old);
    cJSON_Delete(record);
}

void stack_set_exports(struct cfn *c, const cJSON *stack, const cJSON *outputs)
{
    stack_check_exports(c, stack, outputs);
    for (const cJSON *o = outputs == NULL ? NULL : outputs->child; o != NULL; o = o->next) {
        if (json_sv(o, "ExportName").ptr != NULL)
            add_export(c, stack, o);
    }
    for (const cJSON *o = json_list(stack, "Outputs"); o != NULL; o = o->next) {
        struct sv name = json_sv(o, "ExportName");

        if (name.ptr != NULL && export_of(outputs, name) == NULL)
            drop(c, "cfn.export", name);
    }
}
