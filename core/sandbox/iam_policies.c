/* Policies: those inside a role, those attached to it, and an account's own. */
#include "core/base/mem.h"
#include "core/sandbox/accounts.h"
#include "core/sandbox/iam_parts.h"
#include "core/sandbox/page.h"
#include "core/sandbox/tagging.h"

enum { POLICY_NAME_MAX = 128, INLINE_MAX = 10240, MANAGED_MAX = 6144 };

/* ---- inside a role ---- */

static cJSON *inline_ones(cJSON *role)
{
    return cJSON_GetObjectItemCaseSensitive(role, "Policies");
}

void iam_put_role_policy(struct call *c)
{
    struct sv name = iam_asked_name(c, "PolicyName", POLICY_NAME_MAX);
    cJSON *role = iam_asked_role(c);
    cJSON *document = iam_asked_document(c, "PolicyDocument", false, INLINE_MAX, "RolePolicySize");
    char *all = NULL;

    if (document == NULL || role == NULL) {
        cJSON_Delete(document);
        cJSON_Delete(role);
        return;
    }
    if (call_ok(c, member_set(inline_ones(role), name.ptr, document) ? ERR_OK : mem_err(c->err)))
        all = cJSON_PrintUnformatted(inline_ones(role));
    if (all == NULL)
        (void)call_ok(c, mem_err(c->err));
    /* All of them together, without their names. */
    if (all != NULL && strlen(all) > INLINE_MAX + 512)
        call_fail(c, 409, "LimitExceeded",
                  "Maximum policy size of %d bytes exceeded for role " SV_FMT, INLINE_MAX,
                  SV_ARG(json_sv(role, "RoleName")));
    cJSON_free(all);
    (void)iam_store_role(c, role);
    cJSON_Delete(role);
}

/* The document of that name, or NULL and the refusal. */
static const cJSON *asked_inline(struct call *c, cJSON *role, struct sv *name)
{
    const cJSON *document;

    *name = call_text(c, "PolicyName", true);
    document = c->has_failed ? NULL : json_get(inline_ones(role), name->ptr);
    if (document == NULL)
        call_fail(c, 404, "NoSuchEntity", "The role policy with name " SV_FMT " cannot be found.",
                  SV_ARG(sv_take(*name, 128)));
    return document;
}

void iam_get_role_policy(struct call *c)
{
    cJSON *role = iam_asked_role(c);
    struct sv name;
    const cJSON *document = asked_inline(c, role, &name);

    if (document != NULL) {
        call_put(c, "RoleName", json_sv(role, "RoleName"));
        call_put(c, "PolicyName", name);
        iam_put_document(c, c->out, "PolicyDocument", document);
    }
    cJSON_Delete(role);
}

void iam_delete_role_policy(struct call *c)
{
    cJSON *role = iam_asked_role(c);
    struct sv name;

    if (asked_inline(c, role, &name) != NULL) {
        cJSON_DeleteItemFromObjectCaseSensitive(inline_ones(role), name.ptr);
        (void)iam_store_role(c, role);
    }
    cJSON_Delete(role);
}

void iam_list_role_policies(struct call *c)
{
    cJSON *role = iam_asked_role(c);
    cJSON *names = cJSON_CreateArray();
    bool is_good = names != NULL;

    for (const cJSON *p = role == NULL ? NULL : inline_ones(role)->child; p != NULL && is_good;
         p = p->next)
        is_good = list_add(names, sv_of(p->string));
    cJSON_Delete(role);
    if (call_ok(c, is_good ? ERR_OK : mem_err(c->err)))
        iam_put_page(c, "PolicyNames", names);
    else
        cJSON_Delete(names);
}

/* ---- attached to a role ---- */

void iam_attach_role_policy(struct call *c)
{
    struct sv arn = call_text(c, "PolicyArn", true);
    cJSON *role = iam_asked_role(c);
    cJSON *attached = role == NULL ? NULL : member_list(role, "Attached");
    cJSON *document = NULL;

    if (!c->has_failed && call_ok(c, iam_policy_document(c->service, arn, &document, c->err)) &&
        document == NULL)
        call_fail(c, 404, "NoSuchEntity", "Policy " SV_FMT " does not exist or is not attachable.",
                  SV_ARG(sv_take(arn, 400)));
    cJSON_Delete(document);
    if (!list_has(attached, arn) && cJSON_GetArraySize(attached) >= IAM_ATTACHED_MAX)
        call_fail(c, 409, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: %d",
                  IAM_ATTACHED_MAX);
    if (!c->has_failed && call_ok(c, list_add(attached, arn) ? ERR_OK : mem_err(c->err)))
        (void)iam_store_role(c, role);
    cJSON_Delete(role);
}

void iam_detach_role_policy(struct call *c)
{
    struct sv arn = call_text(c, "PolicyArn", true);
    cJSON *role = iam_asked_role(c);
    cJSON *attached = role == NULL ? NULL : member_list(role, "Attached");

    if (!list_has(attached, arn))
        call_fail(c, 404, "NoSuchEntity", "Policy " SV_FMT " was not found.",
                  SV_ARG(sv_take(arn, 400)));
    list_remove(attached, arn);
    (void)iam_store_role(c, role);
    cJSON_Delete(role);
}

void iam_list_attached(struct call *c)
{
    cJSON *role = iam_asked_role(c);
    cJSON *list = cJSON_CreateArray();

    for (const cJSON *a = json_list(role, "Attached"); a != NULL && !c->has_failed; a = a->next) {
        cJSON *row = call_add(c, list, NULL, cJSON_CreateObject());
        const char *slash = strrchr(json_item_sv(a).ptr, '/');

        (void)call_add(c, row, "PolicyName", cJSON_CreateString(slash == NULL ? "" : slash + 1));
        (void)call_add(c, row, "PolicyArn", item_text(json_item_sv(a)));
    }
    if (role != NULL)
        iam_put_page(c, "AttachedPolicies", list);
    else
        cJSON_Delete(list);
    cJSON_Delete(role);
}

/* ---- an account's own ---- */

struct counting {
    struct sv arn;
    int attached;
    int bounds;
};

static enum err_code count_one(void *owner, const struct record_key *key UNUSED, const cJSON *role,
                               bool *goes_on UNUSED, struct err *err UNUSED)
{
    struct counting *counting = owner;

    counting->attached += list_has(json_get(role, "Attached"), counting->arn);
    counting->bounds += sv_eq(json_sv(role, "PermissionsBoundary"), counting->arn);
    return ERR_OK;
}

static bool count_uses(struct call *c, struct counting *counting)
{
    struct record_key key = {.kind = "iam.role", .account = c->account, .region = SV("")};

    return !c->has_failed &&
           call_ok(c, record_each(c->service->records, &key, SV(""), count_one, counting, c->err));
}

static cJSON *shown(struct call *c, const cJSON *policy, bool is_whole)
{
    struct counting counting = {.arn = json_sv(policy, "Arn")};
    struct sv version = json_sv(policy, "DefaultVersionId");
    cJSON *out = cJSON_CreateObject();

    (void)count_uses(c, &counting);
    if (!members_copy(out, policy,
                      is_whole ? "PolicyName PolicyId Arn Path Description Tags"
                               : "PolicyName PolicyId Arn Path") ||
        !member_put(out, "DefaultVersionId", version.len == 0 ? SV("v1") : version) ||
        !member_put_int(out, "AttachmentCount", counting.attached) ||
        !member_put_int(out, "PermissionsBoundaryUsageCount", counting.bounds) ||
        !member_set(out, "IsAttachable", cJSON_CreateTrue()))
        (void)call_ok(c, mem_err(c->err));
    call_put_time(c, out, "CreateDate", json_int(policy, "CreateDate", 0));
    call_put_time(c, out, "UpdateDate",
                  json_int(policy, "UpdateDate", json_int(policy, "CreateDate", 0)));
    return out;
}

void iam_create_policy(struct call *c)
{
    struct sv name = iam_asked_name(c, "PolicyName", POLICY_NAME_MAX);
    struct sv path = call_text(c, "Path", false);
    cJSON *document = iam_asked_document(c, "PolicyDocument", false, MANAGED_MAX, "PolicySize");
    cJSON *policy = call_record(c, "iam.policy", SV(""), name);
    char id[24];

    path = path.ptr == NULL ? SV("/") : path;
    if (policy != NULL)
        call_fail(c, 409, "EntityAlreadyExists",
                  "A policy called " SV_FMT " already exists. Duplicate names are not allowed.",
                  SV_ARG(name));
    cJSON_Delete(policy);
    if (c->has_failed) {
        cJSON_Delete(document);
        return;
    }
    policy = cJSON_CreateObject();
    role_unique_id(c->account, name, id);
    if (call_ok(c, member_set(policy, "Document", document) &&
                           member_put(policy, "PolicyName", name) &&
                           member_put(policy, "Path", path) &&
                           member_putf(policy, "PolicyId", "ANPA%s", id + 4) &&
                           member_putf(policy, "Arn", "arn:%s:iam::" SV_FMT ":policy" SV_FMT SV_FMT,
                                       arn_partition(c->region), SV_ARG(c->account), SV_ARG(path),
                                       SV_ARG(name)) &&
                           member_put(policy, "DefaultVersionId", SV("v1")) &&
                           member_put_int(policy, "CreateDate", c->service->now_ms / 1000 * 1000) &&
                           members_copy(policy, c->in, "Description")
                       ? tags_merge(policy, json_get(c->in, "Tags"), c->err)
                       : mem_err(c->err)) &&
        call_store(c, "iam.policy", SV(""), name, policy))
        (void)call_add(c, c->out, "Policy", shown(c, policy, true));
    cJSON_Delete(policy);
}

/* The policy that the ARN names, also of AWS's own; NULL and the refusal. */
static cJSON *asked_policy(struct call *c, bool may_be_aws)
{
    struct sv arn = call_text(c, "PolicyArn", true);
    struct sv name = arn;
    cJSON *policy;

    while (sv_find(name, SV("/")) >= 0)
        (void)sv_cut(name, '/', &name);
    policy = may_be_aws ? iam_aws_policy(arn) : NULL;
    if (policy == NULL)
        policy = call_record(c, "iam.policy", SV(""), name);
    if (policy != NULL && sv_eq(json_sv(policy, "Arn"), arn))
        return policy;
    call_fail(c, 404, "NoSuchEntity", "Policy " SV_FMT " was not found.",
              SV_ARG(sv_take(arn, 400)));
    cJSON_Delete(policy);
    return NULL;
}

void iam_get_policy(struct call *c)
{
    cJSON *policy = asked_policy(c, true);

    if (policy != NULL)
        (void)call_add(c, c->out, "Policy", shown(c, policy, true));
    cJSON_Delete(policy);
}

static struct sv version_of(const cJSON *policy)
{
    struct sv version = json_sv(policy, "DefaultVersionId");

    return version.len == 0 ? SV("v1") : version;
}

/* Only the default version is kept: earlier ones go when a new one comes. */
static cJSON *shown_version(struct call *c, const cJSON *policy)
{
    cJSON *version = cJSON_CreateObject();

    (void)call_add(c, version, "VersionId", item_text(version_of(policy)));
    (void)call_add(c, version, "IsDefaultVersion", cJSON_CreateTrue());
    call_put_time(c, version, "CreateDate",
                  json_int(policy, "UpdateDate", json_int(policy, "CreateDate", 0)));
    return version;
}

void iam_get_policy_version(struct call *c)
{
    cJSON *policy = asked_policy(c, true);
    struct sv wanted = call_text(c, "VersionId", true);
    cJSON *document = NULL;
    cJSON *version;

    if (!c->has_failed && !sv_eq(wanted, version_of(policy)))
        call_fail(c, 404, "NoSuchEntity", "Policy " SV_FMT " version " SV_FMT " does not exist.",
                  SV_ARG(json_sv(policy, "Arn")), SV_ARG(sv_take(wanted, 20)));
    if (!c->has_failed &&
        call_ok(c, iam_policy_document(c->service, json_sv(policy, "Arn"), &document, c->err))) {
        version = shown_version(c, policy);
        iam_put_document(c, version, "Document", document);
        (void)call_add(c, c->out, "PolicyVersion", version);
    }
    cJSON_Delete(document);
    cJSON_Delete(policy);
}

void iam_list_policy_versions(struct call *c)
{
    cJSON *policy = asked_policy(c, true);
    cJSON *list = cJSON_CreateArray();

    if (policy != NULL)
        (void)call_add(c, list, NULL, shown_version(c, policy));
    iam_put_page(c, "Versions", list);
    cJSON_Delete(policy);
}

void iam_create_policy_version(struct call *c)
{
    cJSON *policy = asked_policy(c, false);
    cJSON *document = iam_asked_document(c, "PolicyDocument", false, MANAGED_MAX, "PolicySize");
    int64_t number = 1;

    if (document == NULL || policy == NULL) {
        cJSON_Delete(document);
        cJSON_Delete(policy);
        return;
    }
    (void)sv_to_int(sv_drop(version_of(policy), 1), &number);
    if (call_ok(c, member_set(policy, "Document", document) &&
                           member_put_int(policy, "UpdateDate", c->service->now_ms / 1000 * 1000) &&
                           member_putf(policy, "DefaultVersionId", "v%lld", (long long)number + 1)
                       ? ERR_OK
                       : mem_err(c->err)) &&
        call_store(c, "iam.policy", SV(""), json_sv(policy, "PolicyName"), policy))
        (void)call_add(c, c->out, "PolicyVersion", shown_version(c, policy));
    cJSON_Delete(policy);
}

void iam_delete_policy_version(struct call *c)
{
    cJSON *policy = asked_policy(c, false);
    struct sv wanted = call_text(c, "VersionId", true);

    if (!c->has_failed && sv_eq(wanted, version_of(policy)))
        call_fail(c, 409, "DeleteConflict", "Cannot delete the default version of a policy.");
    else
        call_fail(c, 404, "NoSuchEntity", "Policy version " SV_FMT " does not exist.",
                  SV_ARG(sv_take(wanted, 20)));
    cJSON_Delete(policy);
}

void iam_delete_policy(struct call *c)
{
    cJSON *policy = asked_policy(c, false);
    struct counting counting = {.arn = json_sv(policy, "Arn")};
    struct record_key key = {.kind = "iam.policy", .account = c->account, .region = SV("")};

    if (count_uses(c, &counting) && counting.attached + counting.bounds > 0)
        call_fail(c, 409, "DeleteConflict", "Cannot delete a policy attached to entities.");
    key.name = json_sv(policy, "PolicyName");
    if (!c->has_failed)
        (void)call_ok(c, record_delete(c->service->records, &key, c->err));
    cJSON_Delete(policy);
}

static cJSON *listed(struct call *c, const cJSON *policy)
{
    return shown(c, policy, false);
}

/* Of the account's own, whatever the scope: AWS's have no end. */
void iam_list_policies(struct call *c)
{
    bool are_wanted = !sv_eq(call_text(c, "Scope", false), SV("AWS"));

    iam_put_page(c, "Policies",
                 are_wanted ? page_collect(c, "iam.policy", SV(""), SV(""), listed)
                            : cJSON_CreateArray());
}

/* ---- simulated ---- */

static const char *decision(enum policy_answer answer)
{
    switch (answer) {
    case POLICY_ALLOWED:
    case POLICY_ALLOWED_BY_NAME:
        return "allowed";
    case POLICY_DENIED:
        return "explicitDeny";
    case POLICY_SILENT:
        break;
    }
    return "implicitDeny";
}

static void simulate_one(struct call *c, const cJSON *role, struct sv action, struct sv resource,
                         cJSON *out)
{
    const struct policy_value values[] = {{"aws:PrincipalAccount", c->account},
                                          {"aws:PrincipalArn", json_sv(role, "Arn")}};
    /* Without a resource it is asked for all of them. */
    struct policy_ask ask = {.action = action,
                             .resource = resource,
                             .is_of_all = true,
                             .values = values,
                             .value_count = ARRAY_LEN(values)};
    enum policy_answer answer = POLICY_ALLOWED; /* of a user, who may do all */
    cJSON *row;

    if (role != NULL && !call_ok(c, iam_role_judge(c->service, role, &ask, &answer, c->err)))
        return;
    row = call_add(c, out, NULL, cJSON_CreateObject());
    (void)call_add(c, row, "EvalActionName", item_text(action));
    (void)call_add(c, row, "EvalResourceName", item_text(resource));
    (void)call_add(c, row, "EvalDecision", cJSON_CreateString(decision(answer)));
}

void iam_simulate(struct call *c)
{
    struct sv source = call_text(c, "PolicySourceArn", true);
    const cJSON *resources = json_list(c->in, "ResourceArns");
    cJSON *out = cJSON_CreateArray();
    cJSON *role = NULL;

    if (!c->has_failed && (sv_find(source, SV(":iam::")) < 0 || sv_ends(source, SV(":root"))))
        call_fail(c, 400, "InvalidInput",
                  "Invalid Entity Arn: " SV_FMT " does not clearly define entity type and name.",
                  SV_ARG(sv_take(source, 400)));
    if (!c->has_failed && json_list(c->in, "ActionNames") == NULL)
        call_fail(c, 400, "ValidationError",
                  "1 validation error detected: Value null at 'actionNames' failed to satisfy "
                  "constraint: Member must not be null");
    if (!c->has_failed && sv_find(source, SV(":user/")) < 0 &&
        call_ok(c, iam_role_by_arn(c->service, source, true, &role, c->err)) && role == NULL)
        call_fail(c, 404, "NoSuchEntity", "The entity " SV_FMT " cannot be found.",
                  SV_ARG(sv_take(source, 400)));
    for (const cJSON *a = json_list(c->in, "ActionNames"); a != NULL && !c->has_failed;
         a = a->next) {
        if (resources == NULL)
            simulate_one(c, role, json_item_sv(a), SV("*"), out);
        for (const cJSON *r = resources; r != NULL && !c->has_failed; r = r->next)
            simulate_one(c, role, json_item_sv(a), json_item_sv(r), out);
    }
    cJSON_Delete(role);
    iam_put_page(c, "EvaluationResults", out);
}
