/* CloudFormation: change sets. One is a record with what it wants of its stack (STACK_WANTS), and
 * what came out of the comparison (Changes). */
#include "core/sandbox/cfn_diff.h"
#include "core/sandbox/cfn_import.h"
#include "core/sandbox/cfn_request.h"
#include "core/sandbox/cfn_template.h"
#include "core/sandbox/seed_stack.h"

enum { COMPARE_MS = 3000 };

static const char no_changes[] = "The submitted information didn't contain changes. Submit "
                                 "different information to create a change set.";

/* ---- finding one ---- */

struct search {
    struct sv id;
    char key[CHANGE_SET_KEY_MAX];
};

static enum err_code look(void *owner, const struct record_key *key, const cJSON *value,
                          bool *goes_on, struct err *err UNUSED)
{
    struct search *s = owner;

    if (!sv_eq(json_sv(value, "Id"), s->id))
        return ERR_OK;
    (void)snprintf(s->key, sizeof s->key, SV_FMT, SV_ARG(key->name));
    *goes_on = false;
    return ERR_OK;
}

static void look_seeded(struct cfn *c, struct search *s)
{
    cJSON *set = change_set_seeded(c, SV(SEED_CHANGING_STACK));
    cJSON *stack = set == NULL ? NULL : stack_find(c, json_sv(set, "StackId"));

    if (stack != NULL && sv_eq(json_sv(set, "Id"), s->id))
        change_set_key(stack, json_sv(set, "Name"), s->key);
    cJSON_Delete(stack);
    cJSON_Delete(set);
}

/* The record's name; "" when there is none. */
static void find_key(struct cfn *c, const cJSON *in, char key[CHANGE_SET_KEY_MAX])
{
    struct search s = {.id = json_sv(in, "ChangeSetName")};
    struct sv stack_name = json_sv(in, "StackName");
    cJSON *stack;

    key[0] = '\0';
    if (sv_starts(s.id, SV("arn:"))) {
        struct record_key all = {
            .kind = "cfn.change_set", .account = c->account, .region = c->region, .name = SV("")};

        if (!c->has_failed)
            (void)cfn_ok(c, record_each(c->service->records, &all, SV(""), look, &s, c->err));
        if (s.key[0] == '\0')
            look_seeded(c, &s);
        (void)snprintf(key, CHANGE_SET_KEY_MAX, "%s", s.key);
        return;
    }
    if (stack_name.len == 0)
        cfn_refuse(c, "StackName must be specified if ChangeSetName is not specified as an ARN.");
    stack = stack_find(c, stack_name);
    if (stack == NULL)
        cfn_refuse(c, "Stack [" SV_FMT "] does not exist", SV_ARG(stack_name));
    else
        change_set_key(stack, s.id, key);
    cJSON_Delete(stack);
}

static cJSON *find(struct cfn *c, const cJSON *in, char key[CHANGE_SET_KEY_MAX])
{
    cJSON *set;

    find_key(c, in, key);
    set = key[0] == '\0' ? NULL : change_set_load(c, sv_of(key));
    if (set == NULL)
        cfn_refuse_as(c, 404, "ChangeSetNotFound", "ChangeSet [" SV_FMT "] does not exist",
                      SV_ARG(json_sv(in, "ChangeSetName")));
    return set;
}

/* A stack that was changed since makes it obsolete. */
static struct sv execution_status(struct cfn *c, const cJSON *set)
{
    struct sv status = json_sv(set, "ExecutionStatus");
    cJSON *stack = stack_find(c, json_sv(set, "StackId"));

    if (sv_eq(status, SV("AVAILABLE")) &&
        json_int(stack, "Updated", 0) != json_int(set, "StackUpdated", 0))
        status = SV("OBSOLETE");
    cJSON_Delete(stack);
    return status;
}

/* ---- creating ---- */

/* The stack that it is for; a creation makes an empty one that waits for the review. */
static cJSON *stack_for(struct cfn *c, struct sv name, struct sv set_name, bool is_creation)
{
    cJSON *stack = stack_find(c, name);

    if (stack_is(stack, "DELETE_COMPLETE")) {
        cJSON_Delete(stack);
        stack = NULL;
    }
    if (!is_creation && stack == NULL)
        cfn_refuse(c, "Stack [" SV_FMT "] does not exist", SV_ARG(name));
    else if (is_creation && stack != NULL && !stack_is(stack, "REVIEW_IN_PROGRESS"))
        cfn_refuse(c,
                   "Stack [" SV_FMT
                   "] already exists and cannot be created again with the changeSet [" SV_FMT "].",
                   SV_ARG(name), SV_ARG(set_name));
    else if (!is_creation && !stack_is(stack, "CREATE_COMPLETE UPDATE_COMPLETE IMPORT_COMPLETE "
                                              "UPDATE_ROLLBACK_COMPLETE CREATE_FAILED "
                                              "UPDATE_FAILED"))
        cfn_refuse(c, "Stack:" SV_FMT " is in " SV_FMT " state and can not be updated.",
                   SV_ARG(json_sv(stack, "Id")), SV_ARG(json_sv(stack, "Status")));
    if (stack != NULL || c->has_failed)
        return stack;
    cfn_check_name(c, "stackName", name);
    stack = stack_new(c, name);
    stack_set_status(c, stack, "REVIEW_IN_PROGRESS", SV("User Initiated"));
    return stack;
}

static void compare_later(struct cfn *c, const char *key)
{
    struct later later = {.at_ms = c->service->now_ms + service_quick(c->service, COMPARE_MS),
                          .kind = "cfn.change_set"};

    (void)snprintf(later.account, sizeof later.account, SV_FMT, SV_ARG(c->account));
    (void)snprintf(later.region, sizeof later.region, SV_FMT, SV_ARG(c->region));
    (void)snprintf(later.name, sizeof later.name, "%s", key);
    if (!c->has_failed)
        (void)cfn_ok(c, later_add(c->service->records, &later, c->err));
}

static void fill(struct cfn *c, const cJSON *in, const cJSON *stack, cJSON *set)
{
    static const char *const copied[] = {"ImportExistingResources", "OnStackFailure"};
    struct sv name = json_sv(in, "ChangeSetName");
    char uuid[UID_SIZE];

    cfn_put_text(c, set, "Name", name);
    (void)cfn_put(
        c, set, "Id",
        cfn_textf(c, "arn:" SV_FMT ":cloudformation:" SV_FMT ":" SV_FMT ":changeSet/" SV_FMT "/%s",
                  SV_ARG(cfn_partition(c->region)), SV_ARG(c->region), SV_ARG(c->account),
                  SV_ARG(sv_take(name, 128)), cfn_uuid(c, uuid)));
    cfn_put_text(c, set, "StackId", json_sv(stack, "Id"));
    cfn_put_text(c, set, "StackName", json_sv(stack, "Name"));
    cfn_put_int(c, set, "StackUpdated", json_int(stack, "Updated", 0));
    cfn_put_int(c, set, "Created", c->service->now_ms);
    cfn_put_text(c, set, "Status", SV("CREATE_PENDING"));
    cfn_put_text(c, set, "ExecutionStatus", SV("UNAVAILABLE"));
    /* Description is the template's, among what the stack is made of. */
    if (json_sv(in, "Description").len > 0)
        cfn_put_text(c, set, "Purpose", json_sv(in, "Description"));
    if (json_sv(in, "ClientToken").len > 0)
        cfn_put_text(c, set, "LastToken", json_sv(in, "ClientToken"));
    for (size_t i = 0; i < ARRAY_LEN(copied); i++) {
        if (json_sv(in, copied[i]).len > 0)
            cfn_put_text(c, set, copied[i], json_sv(in, copied[i]));
    }
}

static cJSON *create(struct cfn *c, const cJSON *in)
{
    struct sv type = json_sv(in, "ChangeSetType");
    struct sv name = json_sv(in, "ChangeSetName");
    bool is_creation = sv_eq(type, SV("CREATE"));
    char key[CHANGE_SET_KEY_MAX];
    cJSON *stack;
    cJSON *old;
    cJSON *set;

    cfn_check_name(c, "changeSetName", name);
    if (type.len > 0 && !is_creation && !sv_eq(type, SV("UPDATE")))
        cfn_refuse(c, "The sandbox has change sets of type CREATE and UPDATE, not " SV_FMT,
                   SV_ARG(type));
    stack = stack_for(c, json_sv(in, "StackName"), name, is_creation);
    change_set_key(stack, name, key);
    old = change_set_load(c, sv_of(key));
    if (cfn_is_repeated(in, "ClientToken", old)) {
        cJSON_Delete(stack);
        return old;
    }
    if (old != NULL && !sv_eq(json_sv(old, "ExecutionStatus"), SV("EXECUTE_COMPLETE")))
        cfn_refuse_as(c, 400, "AlreadyExistsException", "ChangeSet [" SV_FMT "] already exists",
                      SV_ARG(name));
    cJSON_Delete(old);
    set = c->has_failed ? NULL : cfn_want(c, in, stack);
    if (set != NULL) {
        cfn_check_types(c, stack, set);
        fill(c, in, stack, set);
        change_set_save(c, sv_of(key), set);
        stack_save(c, stack);
        compare_later(c, key);
    }
    cJSON_Delete(stack);
    return set;
}

void cfn_create_change_set(struct call *call)
{
    struct cfn c;
    cJSON *set;

    (void)call_text(call, "StackName", true);
    (void)call_text(call, "ChangeSetName", true);
    cfn_open(&c, call);
    set = call->has_failed ? NULL : create(&c, call->in);
    cfn_close(&c, call);
    if (!call->has_failed) {
        call_put(call, "Id", json_sv(set, "Id"));
        call_put(call, "StackId", json_sv(set, "StackId"));
    }
    cJSON_Delete(set);
}

static void fail(struct cfn *c, cJSON *set, const char *why)
{
    cfn_put_text(c, set, "Status", SV("FAILED"));
    cfn_put_text(c, set, "StatusReason", sv_of(why));
}

static void compare(struct cfn *c, cJSON *set, const cJSON *stack)
{
    bool is_creation = stack_is(stack, "REVIEW_IN_PROGRESS");
    char why[STACK_WHY_MAX] = "";
    cJSON *template;

    if (!is_creation && !cfn_differs(stack, set)) {
        fail(c, set, no_changes);
        return;
    }
    if (sv_eq(json_sv(set, "ImportExistingResources"), SV("true")))
        (void)cfn_put(c, set, "Imports", cfn_imports(c, is_creation ? NULL : stack, set, why));
    if (why[0] != '\0') {
        fail(c, set, why);
        return;
    }
    template = cfn_read(c, json_sv(set, "Text"));
    (void)cfn_put(c, set, "Changes", cfn_diff(c, is_creation ? NULL : stack, set, template));
    cfn_put_text(c, set, "Status", SV("CREATE_COMPLETE"));
    cfn_put_text(c, set, "ExecutionStatus", SV("AVAILABLE"));
    cJSON_Delete(template);
}

enum err_code cloudformation_compare(struct service *s, const struct later *later, struct err *err)
{
    struct cfn c;
    cJSON *set;
    cJSON *stack = NULL;

    cfn_init(&c, s, sv_of(later->account), sv_of(later->region), err);
    set = change_set_load(&c, sv_of(later->name));
    if (set != NULL)
        stack = stack_find(&c, json_sv(set, "StackId"));
    if (stack != NULL && sv_eq(json_sv(set, "Status"), SV("CREATE_PENDING"))) {
        compare(&c, set, stack);
        change_set_save(&c, sv_of(later->name), set);
    }
    cJSON_Delete(stack);
    cJSON_Delete(set);
    return c.rc;
}

/* ---- describing ---- */

static void put_head(struct call *call, struct cfn *c, const cJSON *set, cJSON *to)
{
    static const char *const names[][2] = {
        {"ChangeSetName", "Name"},        {"ChangeSetId", "Id"},
        {"StackId", "StackId"},           {"StackName", "StackName"},
        {"Description", "Purpose"},       {"Status", "Status"},
        {"StatusReason", "StatusReason"}, {"ImportExistingResources", "ImportExistingResources"},
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (json_get(set, names[i][1]) != NULL)
            cfn_put_text(c, to, names[i][0], json_sv(set, names[i][1]));
    }
    cfn_put_text(c, to, "ExecutionStatus", execution_status(c, set));
    call_put_time(call, to, "CreationTime", json_int(set, "Created", 0));
    cfn_put_bool(c, to, "IncludeNestedStacks", false);
}

void cfn_describe_change_set(struct call *call)
{
    static const char *const copied[][2] = {{"NotificationARNs", "Notifications"},
                                            {"Capabilities", "Capabilities"},
                                            {"Tags", "Tags"},
                                            {"Changes", "Changes"}};
    char key[CHANGE_SET_KEY_MAX];
    struct cfn c;
    cJSON *set;

    (void)call_text(call, "ChangeSetName", true);
    cfn_open(&c, call);
    set = find(&c, call->in, key);
    if (set != NULL) {
        put_head(call, &c, set, call->out);
        if (json_get(set, "OnStackFailure") != NULL)
            call_put(call, "OnStackFailure", json_sv(set, "OnStackFailure"));
        cfn_show_parameters(&c, json_get(set, "Parameters"), call->out);
        (void)cfn_put(&c, call->out, "RollbackConfiguration", cfn_object(&c));
        for (size_t i = 0; i < ARRAY_LEN(copied); i++) {
            if (json_get(set, copied[i][1]) != NULL)
                call_put_copy(call, copied[i][0], json_get(set, copied[i][1]));
            else
                (void)cfn_put(&c, call->out, copied[i][0], cfn_list(&c));
        }
    }
    cJSON_Delete(set);
    cfn_close(&c, call);
}

struct listing {
    struct call *call;
    struct cfn *c;
    cJSON *list;
};

static enum err_code add_summary(void *owner, const struct record_key *key UNUSED,
                                 const cJSON *value, bool *goes_on UNUSED, struct err *err UNUSED)
{
    struct listing *l = owner;

    if (!sv_eq(json_sv(value, "ExecutionStatus"), SV("EXECUTE_COMPLETE")))
        put_head(l->call, l->c, value, cfn_put(l->c, l->list, NULL, cfn_object(l->c)));
    return ERR_OK;
}

void cfn_list_change_sets(struct call *call)
{
    struct sv name = call_text(call, "StackName", true);
    char prefix[CHANGE_SET_KEY_MAX];
    struct cfn c;
    struct listing l = {.call = call, .c = &c};
    struct record_key all = {
        .kind = "cfn.change_set", .account = call->account, .region = call->region};
    cJSON *stack;
    cJSON *seeded;

    cfn_open(&c, call);
    stack = stack_find(&c, name);
    if (stack == NULL)
        cfn_refuse(&c, "Stack [" SV_FMT "] does not exist", SV_ARG(name));
    change_set_key(stack, SV(""), prefix);
    all.name = sv_of(prefix);
    l.list = cfn_put(&c, call->out, "Summaries", cfn_list(&c));
    if (!c.has_failed)
        (void)cfn_ok(&c, record_each(c.service->records, &all, SV(""), add_summary, &l, c.err));
    seeded = stack == NULL ? NULL : change_set_seeded(&c, json_sv(stack, "Name"));
    if (seeded != NULL)
        put_head(call, &c, seeded, cfn_put(&c, l.list, NULL, cfn_object(&c)));
    cJSON_Delete(seeded);
    cJSON_Delete(stack);
    cfn_close(&c, call);
}

/* The stack is a record from now on, and has none. */
static void drop_seeded(struct cfn *c, const char *key)
{
    cJSON *set = c->has_failed || key[0] == '\0' ? NULL : change_set_load(c, sv_of(key));
    cJSON *stack = set == NULL ? NULL : stack_find(c, json_sv(set, "StackId"));

    if (json_bool(stack, "IsSeeded", false))
        stack_save(c, stack);
    cJSON_Delete(stack);
    cJSON_Delete(set);
}

void cfn_delete_change_set(struct call *call)
{
    char key[CHANGE_SET_KEY_MAX];
    struct cfn c;
    struct record_key record = {
        .kind = "cfn.change_set", .account = call->account, .region = call->region};

    (void)call_text(call, "ChangeSetName", true);
    cfn_open(&c, call);
    find_key(&c, call->in, key);
    drop_seeded(&c, key);
    record.name = sv_of(key);
    if (!c.has_failed && key[0] != '\0')
        (void)cfn_ok(&c, record_delete(c.service->records, &record, c.err));
    cfn_close(&c, call);
}

/* ---- executing ---- */

static void execute(struct cfn *c, const cJSON *in, cJSON *set, cJSON *stack)
{
    if (json_get(set, "OnStackFailure") != NULL)
        cfn_put_text(c, stack, "OnFailure", json_sv(set, "OnStackFailure"));
    cfn_put_options(c, in, stack);
    if (sv_eq(json_sv(set, "OnStackFailure"), SV("DO_NOTHING")))
        cfn_put_bool(c, stack, "DisableRollback", true);
    cfn_put_text(c, stack, "ChangeSetId", json_sv(set, "Id"));
    stack_drop_change_sets(c, stack);
    if (stack_is(stack, "REVIEW_IN_PROGRESS")) {
        stack_take_wants(c, stack, set);
        stack_create(c, stack);
    } else {
        stack_update(c, stack, set);
    }
    stack_save(c, stack);
}

void cfn_execute_change_set(struct call *call)
{
    char key[CHANGE_SET_KEY_MAX];
    struct cfn c;
    cJSON *set;
    cJSON *stack = NULL;
    struct sv status;
    bool is_repeated;

    (void)call_text(call, "ChangeSetName", true);
    cfn_open(&c, call);
    set = find(&c, call->in, key);
    if (set != NULL)
        stack = stack_find(&c, json_sv(set, "StackId"));
    status = set == NULL ? SV_NONE : execution_status(&c, set);
    is_repeated = sv_eq(status, SV("EXECUTE_COMPLETE")) &&
                  cfn_is_repeated(call->in, "ClientRequestToken", stack);
    if (set != NULL && !is_repeated && !sv_eq(status, SV("AVAILABLE")))
        cfn_refuse_as(&c, 400, "InvalidChangeSetStatus",
                      "ChangeSet [" SV_FMT "] cannot be executed in its current execution status "
                      "of [" SV_FMT "]",
                      SV_ARG(json_sv(set, "Id")), SV_ARG(status));
    if (stack != NULL && !is_repeated &&
        !stack_is(stack, "REVIEW_IN_PROGRESS CREATE_COMPLETE UPDATE_COMPLETE "
                         "UPDATE_ROLLBACK_COMPLETE IMPORT_COMPLETE CREATE_FAILED "
                         "UPDATE_FAILED"))
        cfn_refuse(&c, "Stack:" SV_FMT " is in " SV_FMT " state and can not be updated.",
                   SV_ARG(json_sv(stack, "Id")), SV_ARG(json_sv(stack, "Status")));
    if (!c.has_failed && stack != NULL && !is_repeated) {
        execute(&c, call->in, set, stack);
        cfn_put_text(&c, set, "ExecutionStatus", SV("EXECUTE_COMPLETE"));
        change_set_save(&c, sv_of(key), set);
    }
    cJSON_Delete(stack);
    cJSON_Delete(set);
    cfn_close(&c, call);
}
