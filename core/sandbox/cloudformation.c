/* CloudFormation: the operations that change stacks, and its own resource types. */
#include "core/sandbox/cloudformation.h"

#include "core/sandbox/cfn_diff.h"
#include "core/sandbox/cfn_request.h"
#include "core/sandbox/resource.h"

static const char updatable[] = "CREATE_COMPLETE UPDATE_COMPLETE UPDATE_ROLLBACK_COMPLETE "
                                "IMPORT_COMPLETE CREATE_FAILED UPDATE_FAILED";

/* ---- resource types of its own ---- */

static enum err_code make_handle(struct resource_ask *ask)
{
    uint64_t number;
    char uuid[UID_SIZE];
    enum err_code rc = records_next(ask->service->records, &number, ask->err);

    if (rc)
        return rc;
    (void)snprintf(ask->id, sizeof ask->id,
                   "https://cloudformation-waitcondition-" SV_FMT ".s3." SV_FMT ".amazonaws.com/%s",
                   SV_ARG(ask->region), SV_ARG(ask->region),
                   uid_text(uid_derive(ask->service->token_seed, number), uuid));
    return ERR_OK;
}

static enum err_code make_metadata(struct resource_ask *ask)
{
    return resource_name(ask, NULL, 255, false);
}

/* CDK's analytics: what it says may change, nothing follows from it. */
static enum err_code nothing(struct resource_ask *ask UNUSED)
{
    return ERR_OK;
}

extern const struct resource_type cloudformation_types[];
const struct resource_type cloudformation_types[] = {
    {.type = "AWS::CloudFormation::WaitConditionHandle",
     .seconds = 1,
     .create = make_handle,
     .remove = nothing},
    {.type = "AWS::CDK::Metadata",
     .seconds = 1,
     .create = make_metadata,
     .update = nothing,
     .remove = nothing},
    {0},
};

/* ---- creating ---- */

static cJSON *create(struct cfn *c, struct sv name, const cJSON *in)
{
    cJSON *old = stack_find(c, name);
    cJSON *stack;
    cJSON *want;

    if (cfn_is_repeated(in, "ClientRequestToken", old))
        return old;
    if (old != NULL)
        cfn_refuse_as(c, 400, "AlreadyExistsException", "Stack [" SV_FMT "] already exists",
                      SV_ARG(name));
    cJSON_Delete(old);
    cfn_check_name(c, "stackName", name);
    stack = stack_new(c, name);
    want = cfn_want(c, in, stack);
    cfn_put_options(c, in, stack);
    cfn_put_bool(c, stack, "Protected", cfn_flag(in, "EnableTerminationProtection"));
    stack_take_wants(c, stack, want);
    cJSON_Delete(want);
    stack_create(c, stack);
    stack_save(c, stack);
    return stack;
}

void cfn_create_stack(struct call *call)
{
    struct sv name = call_text(call, "StackName", true);
    struct cfn c;
    cJSON *stack;

    cfn_open(&c, call);
    stack = create(&c, name, call->in);
    cfn_close(&c, call);
    if (!call->has_failed)
        call_put(call, "StackId", json_sv(stack, "Id"));
    cJSON_Delete(stack);
}

/* ---- updating ---- */

static void check_updatable(struct cfn *c, const cJSON *stack)
{
    if (stack != NULL && !stack_is(stack, updatable))
        cfn_refuse(c, "Stack:" SV_FMT " is in " SV_FMT " state and can not be updated.",
                   SV_ARG(json_sv(stack, "Id")), SV_ARG(json_sv(stack, "Status")));
}

void cfn_check_types(struct cfn *c, const cJSON *stack, const cJSON *want)
{
    const cJSON *news = json_get(json_get(want, "Compiled"), "Resources");
    cJSON *changed = cfn_list(c);
    char names[600];

    for (const cJSON *old =
             json_get(stack, "Resources") == NULL ? NULL : json_get(stack, "Resources")->child;
         old != NULL; old = old->next) {
        const cJSON *new = json_get(news, old->string);

        if (new != NULL && !sv_eq(json_sv(new, "Type"), json_sv(old, "Type")))
            cfn_add_once(c, changed, sv_of(old->string));
    }
    cfn_join(changed, names, sizeof names);
    if (names[0] != '\0')
        cfn_refuse(c,
                   "Update of resource type is not permitted. The new template modifies resource "
                   "type of the following resources: [%s]",
                   names);
    cJSON_Delete(changed);
}

static void update(struct cfn *c, cJSON *stack, const cJSON *in)
{
    cJSON *want;

    check_updatable(c, stack);
    want = c->has_failed ? NULL : cfn_want(c, in, stack);
    if (want != NULL) {
        cfn_check_types(c, stack, want);
        if (!cfn_differs(stack, want) && !stack_is(stack, "CREATE_FAILED UPDATE_FAILED"))
            cfn_refuse(c, "No updates are to be performed.");
        cfn_put_options(c, in, stack);
        stack_update(c, stack, want);
        stack_save(c, stack);
    }
    cJSON_Delete(want);
}

void cfn_update_stack(struct call *call)
{
    struct sv name = call_text(call, "StackName", true);
    struct cfn c;
    cJSON *stack;

    cfn_open(&c, call);
    stack = stack_find(&c, name);
    if (stack == NULL || stack_is(stack, "DELETE_COMPLETE"))
        cfn_refuse(&c, "Stack [" SV_FMT "] does not exist", SV_ARG(name));
    if (!cfn_is_repeated(call->in, "ClientRequestToken", stack))
        update(&c, stack, call->in);
    cfn_close(&c, call);
    if (!call->has_failed)
        call_put(call, "StackId", json_sv(stack, "Id"));
    cJSON_Delete(stack);
}

void cfn_cancel_update(struct call *call)
{
    struct sv name = call_text(call, "StackName", true);
    struct cfn c;
    cJSON *stack;

    cfn_open(&c, call);
    stack = stack_need(&c, name);
    if (stack != NULL && !stack_is(stack, "UPDATE_IN_PROGRESS"))
        cfn_refuse(&c, "CancelUpdateStack cannot be called from current stack status");
    if (!c.has_failed)
        stack_roll_back(&c, stack, SV("User Initiated"));
    stack_save(&c, stack);
    cJSON_Delete(stack);
    cfn_close(&c, call);
}

void cfn_continue_rollback(struct call *call)
{
    struct sv name = call_text(call, "StackName", true);
    struct cfn c;
    cJSON *stack;

    cfn_open(&c, call);
    stack = stack_need(&c, name);
    if (stack != NULL && !stack_is(stack, "UPDATE_ROLLBACK_FAILED"))
        cfn_refuse(&c,
                   "Stack:" SV_FMT " is in " SV_FMT
                   " state and can not continue rollback; only UPDATE_ROLLBACK_FAILED can",
                   SV_ARG(json_sv(stack, "Id")), SV_ARG(json_sv(stack, "Status")));
    cfn_check_role(&c, json_sv(call->in, "RoleARN"));
    if (!c.has_failed)
        stack_continue(&c, stack, json_get(call->in, "ResourcesToSkip"));
    stack_save(&c, stack);
    cJSON_Delete(stack);
    cfn_close(&c, call);
}

void cfn_rollback_stack(struct call *call)
{
    struct sv name = call_text(call, "StackName", true);
    struct cfn c;
    cJSON *stack;

    cfn_open(&c, call);
    stack = stack_need(&c, name);
    if (stack != NULL && !stack_is(stack, "CREATE_FAILED UPDATE_FAILED"))
        cfn_refuse(&c, "Stack:" SV_FMT " is in " SV_FMT " state and can not be rolled back.",
                   SV_ARG(json_sv(stack, "Id")), SV_ARG(json_sv(stack, "Status")));
    if (!c.has_failed)
        cfn_put_bool(&c, stack, "RetainExceptOnCreate", cfn_flag(call->in, "RetainExceptOnCreate"));
    if (!c.has_failed)
        stack_roll_back(&c, stack, SV("User Initiated"));
    stack_save(&c, stack);
    cfn_close(&c, call);
    if (!call->has_failed)
        call_put(call, "StackId", json_sv(stack, "Id"));
    cJSON_Delete(stack);
}

/* ---- deleting ---- */

static void check_retain(struct cfn *c, const cJSON *stack, const cJSON *retain)
{
    if (cJSON_GetArraySize(retain) > 0 && !stack_is(stack, "DELETE_FAILED")) {
        cfn_refuse(c,
                   "Invalid operation on stack [" SV_FMT
                   "]. RetainResources may be used only for a stack in DELETE_FAILED state",
                   SV_ARG(json_sv(stack, "Id")));
        return;
    }
    for (const cJSON *name = retain == NULL ? NULL : retain->child; name != NULL;
         name = name->next) {
        const cJSON *entry =
            cJSON_IsString(name) ? json_get(json_get(stack, "Resources"), name->valuestring) : NULL;

        if (!sv_eq(json_sv(entry, "Status"), SV("DELETE_FAILED")))
            cfn_refuse(c,
                       "Resource " SV_FMT
                       " cannot be retained: only resources in DELETE_FAILED state can",
                       SV_ARG(json_item_sv(name)));
    }
}

static void delete (struct cfn *c, cJSON *stack, const cJSON *in)
{
    const cJSON *retain = json_get(in, "RetainResources");

    if (json_bool(stack, "Protected", false))
        cfn_refuse(c, "Stack [" SV_FMT "] cannot be deleted while TerminationProtection is enabled",
                   SV_ARG(json_sv(stack, "Name")));
    if (stack_is(stack, "UPDATE_IN_PROGRESS UPDATE_ROLLBACK_IN_PROGRESS "
                        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS "
                        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"))
        cfn_refuse(c, "Stack [" SV_FMT "] cannot be deleted while in status " SV_FMT,
                   SV_ARG(json_sv(stack, "Name")), SV_ARG(json_sv(stack, "Status")));
    check_retain(c, stack, retain);
    stack_check_exports(c, stack, NULL);
    cfn_check_role(c, json_sv(in, "RoleARN"));
    if (json_sv(in, "ClientRequestToken").len > 0)
        cfn_put_text(c, stack, "Token", json_sv(in, "ClientRequestToken"));
    stack_delete(c, stack, retain);
    stack_save(c, stack);
}

void cfn_delete_stack(struct call *call)
{
    struct sv name = call_text(call, "StackName", true);
    struct cfn c;
    cJSON *stack;

    cfn_open(&c, call);
    stack = stack_find(&c, name);
    if (stack != NULL && !stack_is(stack, "DELETE_IN_PROGRESS DELETE_COMPLETE"))
        delete (&c, stack, call->in);
    cJSON_Delete(stack);
    cfn_close(&c, call);
}

void cfn_protect(struct call *call)
{
    struct sv name = call_text(call, "StackName", true);
    struct cfn c;
    cJSON *stack;

    (void)call_text(call, "EnableTerminationProtection", true);
    cfn_open(&c, call);
    stack = stack_need(&c, name);
    if (stack != NULL)
        cfn_put_bool(&c, stack, "Protected", cfn_flag(call->in, "EnableTerminationProtection"));
    stack_save(&c, stack);
    cfn_close(&c, call);
    if (!call->has_failed)
        call_put(call, "StackId", json_sv(stack, "Id"));
    cJSON_Delete(stack);
}

/* ---- for the sandbox's builds ---- */

static cJSON *input_of(struct cfn *c, const struct cloudformation_ask *ask)
{
    cJSON *in = cfn_object(c);
    cJSON *capabilities = cfn_put(c, in, "Capabilities", cfn_list(c));

    cfn_add_once(c, capabilities, SV("CAPABILITY_NAMED_IAM"));
    cfn_put_text(c, in, "TemplateBody", ask->template_text);
    if (ask->role_arn.len > 0)
        cfn_put_text(c, in, "RoleARN", ask->role_arn);
    if (ask->tags != NULL)
        (void)cfn_put(c, in, "Tags", cfn_copy(c, ask->tags));
    return in;
}

/* A deployment that changes nothing is a good one. What a failed creation left is in the way, as at
 * AWS. */
static void deploy(struct cfn *c, const struct cloudformation_ask *ask, const cJSON *in)
{
    cJSON *stack = stack_find(c, ask->stack_name);
    cJSON *want;

    if (stack == NULL) {
        cJSON_Delete(create(c, ask->stack_name, in));
        return;
    }
    check_updatable(c, stack);
    want = c->has_failed ? NULL : cfn_want(c, in, stack);
    if (want != NULL) {
        cfn_check_types(c, stack, want);
        if (!c->has_failed && cfn_differs(stack, want)) {
            stack_update(c, stack, want);
            stack_save(c, stack);
        }
    }
    cJSON_Delete(want);
    cJSON_Delete(stack);
}

enum err_code cloudformation_deploy(struct service *s, const struct cloudformation_ask *ask,
                                    char why[STACK_WHY_MAX], struct err *err)
{
    struct cfn c;
    cJSON *in;

    cfn_init(&c, s, ask->account, ask->region, err);
    in = input_of(&c, ask);
    deploy(&c, ask, in);
    cJSON_Delete(in);
    (void)snprintf(why, STACK_WHY_MAX, "%s", c.why);
    return c.rc;
}

enum err_code cloudformation_status(struct service *s, struct sv account, struct sv region,
                                    struct sv stack_name, char status[STACK_STATUS_MAX],
                                    char why[STACK_WHY_MAX], struct err *err)
{
    struct cfn c;
    cJSON *stack;
    struct sv reason;

    cfn_init(&c, s, account, region, err);
    stack = stack_find(&c, stack_name);
    if (stack != NULL && stack_is(stack, "DELETE_COMPLETE")) {
        cJSON_Delete(stack);
        stack = NULL;
    }
    reason = json_sv(stack, "FirstFailure");
    if (reason.ptr == NULL)
        reason = json_sv(stack, "Reason");
    (void)snprintf(status, STACK_STATUS_MAX, SV_FMT, SV_ARG(json_sv(stack, "Status")));
    (void)snprintf(why, STACK_WHY_MAX, SV_FMT, SV_ARG(reason));
    cJSON_Delete(stack);
    return c.rc;
}
