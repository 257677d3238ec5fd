/* What is there from the beginning: the roles of accounts.h, read as IAM's, and policies that AWS
 * made, as far as pipelines use them. */
#include "core/base/mem.h"
#include "core/sandbox/accounts.h"
#include "core/sandbox/iam_parts.h"

/* clang-format off */
#define ALLOW(actions, resource) "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\"," actions ",\"Resource\":" resource "}]}"

static const struct {
    const char *path; /* with the name */
    const char *document;
} policies[] = {
    {"/AdministratorAccess", ALLOW("\"Action\":\"*\"", "\"*\"")},
    {"/PowerUserAccess",
     "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"NotAction\":[\"iam:*\",\"organizations:*\",\"account:*\"],\"Resource\":\"*\"},"
     "{\"Effect\":\"Allow\",\"Action\":[\"account:GetAccountInformation\",\"account:ListRegions\",\"iam:CreateServiceLinkedRole\",\"iam:DeleteServiceLinkedRole\",\"iam:ListRoles\",\"organizations:DescribeOrganization\"],\"Resource\":\"*\"}]}"},
    /* AWS's has some thousand actions; all of them begin so. */
    {"/ReadOnlyAccess", ALLOW("\"Action\":[\"*:BatchGet*\",\"*:Describe*\",\"*:Filter*\",\"*:Get*\",\"*:List*\",\"*:Lookup*\",\"*:Search*\",\"*:View*\",\"cloudformation:Detect*\",\"cloudformation:ValidateTemplate\",\"codecommit:GitPull\",\"iam:Simulate*\"]", "\"*\"")},
    {"/AWSCloudFormationReadOnlyAccess", ALLOW("\"Action\":[\"cloudformation:Describe*\",\"cloudformation:EstimateTemplateCost\",\"cloudformation:Get*\",\"cloudformation:List*\",\"cloudformation:ValidateTemplate\",\"cloudformation:Detect*\"]", "\"*\"")},
    {"/service-role/AWSLambdaBasicExecutionRole", ALLOW("\"Action\":[\"logs:CreateLogGroup\",\"logs:CreateLogStream\",\"logs:PutLogEvents\"]", "\"*\"")},
};
/* clang-format on */

/* "arn:P:iam::aws:policy/NAME" -> "/NAME"; SV_NONE for another. */
static struct sv aws_path(struct sv arn)
{
    struct sv account;
    struct sv rest;

    return iam_read_arn(arn, "iam", &account, &rest) && sv_eq(account, SV("aws")) &&
                   sv_starts(rest, SV("policy/"))
               ? sv_drop(rest, 6)
               : SV_NONE;
}

static size_t find_policy(struct sv arn)
{
    struct sv path = aws_path(arn);
    size_t i = 0;

    while (i < ARRAY_LEN(policies) && !sv_eq(path, sv_of(policies[i].path)))
        i++;
    return i;
}

cJSON *iam_aws_policy(struct sv arn)
{
    size_t at = find_policy(arn);
    const char *name = at == ARRAY_LEN(policies) ? NULL : strrchr(policies[at].path, '/') + 1;
    cJSON *policy = name == NULL ? NULL : cJSON_CreateObject();
    char id[24];

    role_unique_id(SV("aws"), sv_of(name), id);
    if (policy != NULL && member_putf(policy, "PolicyId", "ANPA%s", id + 4) &&
        member_put(policy, "PolicyName", sv_of(name)) && member_put(policy, "Arn", arn) &&
        member_put(policy, "Path",
                   sv_make(policies[at].path, (size_t)(name - policies[at].path))) &&
        member_put_int(policy, "CreateDate", 1423178326000))
        return policy;
    cJSON_Delete(policy);
    return NULL;
}

static enum err_code own_document(struct service *s, struct sv arn, cJSON **out, struct err *err)
{
    struct sv account;
    struct sv name;
    struct record_key key = {.kind = "iam.policy", .region = SV("")};
    cJSON *policy;
    enum err_code rc;

    *out = NULL;
    if (!iam_read_arn(arn, "iam", &account, &name) || !sv_starts(name, SV("policy/")))
        return ERR_OK;
    while (sv_find(name, SV("/")) >= 0)
        (void)sv_cut(name, '/', &name);
    key.account = account;
    key.name = name;
    rc = record_get(s->records, &key, &policy, err);
    if (!rc && sv_eq(json_sv(policy, "Arn"), arn))
        *out = cJSON_DetachItemFromObjectCaseSensitive(policy, "Document");
    cJSON_Delete(policy);
    return rc;
}

enum err_code iam_policy_document(struct service *s, struct sv arn, cJSON **out, struct err *err)
{
    size_t at = find_policy(arn);

    if (at < ARRAY_LEN(policies))
        return json_parse(sv_of(policies[at].document), out, err);
    return own_document(s, arn, out, err);
}

/* ---- roles ---- */

static const char trusts_cicd[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
    "\"arn:aws:iam::111111111111:root\"},\"Action\":\"sts:AssumeRole\"}]}";
static const char trusts_web[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Federated\":"
    "\"arn:aws:iam::111111111111:oidc-provider/oidc.example.invalid\"},\"Action\":"
    "\"sts:AssumeRoleWithWebIdentity\"}]}";
static const char trusts_ec2[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
    "\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}";

static enum err_code trust_of(const struct role *role, cJSON **out, struct err *err)
{
    char text[512];

    if (role->trusts_cicd && role->external_id != NULL) {
        /* Without its "}]}", then a condition. */
        (void)snprintf(text, sizeof text,
                       "%.*s,\"Condition\":{\"StringEquals\":{\"sts:ExternalId\":\"%s\"}}}]}",
                       (int)sizeof trusts_cicd - 4, trusts_cicd, role->external_id);
        return json_parse(sv_of(text), out, err);
    }
    return json_parse(sv_of(role->trusts_cicd  ? trusts_cicd
                            : role->trusts_web ? trusts_web
                                               : trusts_ec2),
                      out, err);
}

/* {"own": its policy}; empty when it has none. */
static enum err_code put_own_policy(cJSON *made, const struct role *role, struct err *err)
{
    cJSON *own = member_object(made, "Policies");
    cJSON *document = NULL;
    enum err_code rc = own == NULL ? mem_err(err) : ERR_OK;

    if (rc || role->policy == NULL)
        return rc;
    rc = json_parse(sv_of(role->policy), &document, err);
    return rc || member_set(own, "own", document) ? rc : mem_err(err);
}

static const char *policy_of(enum rights rights)
{
    switch (rights) {
    case RIGHTS_ALL:
        return "arn:aws:iam::aws:policy/AdministratorAccess";
    case RIGHTS_READ:
        return "arn:aws:iam::aws:policy/ReadOnlyAccess";
    case RIGHTS_NONE:
        break;
    }
    return NULL;
}

static enum err_code built_in_role(struct sv account, const struct role *role, cJSON **out,
                                   struct err *err)
{
    const char *policy = policy_of(role->rights);
    cJSON *made = cJSON_CreateObject();
    cJSON *trust = NULL;
    cJSON *attached = made == NULL ? NULL : member_list(made, "Attached");
    char id[24];
    enum err_code rc = attached == NULL ? mem_err(err) : trust_of(role, &trust, err);

    role_unique_id(account, sv_of(role->name), id);
    if (!rc && (!member_set(made, "AssumeRolePolicyDocument", trust) ||
                !member_put(made, "RoleName", sv_of(role->name)) ||
                !member_put(made, "Path", SV("/")) || !member_put(made, "RoleId", sv_of(id)) ||
                !member_putf(made, "Arn", "arn:aws:iam::" SV_FMT ":role/%s", SV_ARG(account),
                             role->name) ||
                !member_put_int(made, "CreateDate", 1700000000000) ||
                !member_put_int(made, "MaxSessionDuration", role->max_session_s) ||
                member_list(made, "Tags") == NULL ||
                (policy != NULL && !list_add(attached, sv_of(policy)))))
        rc = mem_err(err);
    if (!rc)
        rc = put_own_policy(made, role, err);
    if (rc)
        cJSON_Delete(made);
    else
        *out = made;
    return rc;
}

enum err_code iam_role_get(struct service *s, struct sv account, struct sv name, cJSON **out,
                           struct err *err)
{
    struct record_key key = {
        .kind = "iam.role", .account = account, .region = SV(""), .name = name};
    const struct role *role = role_find(name);
    enum account number;
    enum err_code rc = record_get(s->records, &key, out, err);

    if (rc || *out != NULL || role == NULL || !account_find(account, &number))
        return rc;
    return built_in_role(account, role, out, err);
}
