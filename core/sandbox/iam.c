/* What IAM answers to the other services: who may become whom, and who may do what. */
#include "core/sandbox/iam.h"

#include "core/base/mem.h"
#include "core/sandbox/accounts.h"
#include "core/sandbox/iam_parts.h"

bool iam_read_arn(struct sv arn, const char *service, struct sv *account, struct sv *rest)
{
    struct sv text = arn;

    if (!sv_eq(sv_cut(text, ':', &text), SV("arn")))
        return false;
    (void)sv_cut(text, ':', &text);
    if (!sv_eq(sv_cut(text, ':', &text), sv_of(service)))
        return false;
    (void)sv_cut(text, ':', &text);
    *account = sv_cut(text, ':', rest);
    return account->len > 0 && rest->len > 0;
}

enum err_code iam_role_by_arn(struct service *s, struct sv arn, bool is_exact, cJSON **out,
                              struct err *err)
{
    struct sv account;
    struct sv name;
    enum err_code rc;

    *out = NULL;
    if (iam_read_arn(arn, "sts", &account, &name)) {
        if (!sv_eq(sv_cut(name, '/', &name), SV("assumed-role")))
            return ERR_OK;
        return iam_role_get(s, account, sv_cut(name, '/', &(struct sv){0}), out, err);
    }
    if (!iam_read_arn(arn, "iam", &account, &name) || !sv_starts(name, SV("role/")))
        return ERR_OK;
    while (sv_find(name, SV("/")) >= 0)
        (void)sv_cut(name, '/', &name);
    rc = iam_role_get(s, account, name, out, err);
    if (!rc && is_exact && !sv_eq(json_sv(*out, "Arn"), arn)) {
        cJSON_Delete(*out);
        *out = NULL;
    }
    return rc;
}

/* ---- what a role's policies say ---- */

static enum err_code judge_managed(struct service *s, struct sv arn, const struct policy_ask *ask,
                                   enum policy_answer *best, struct err *err)
{
    cJSON *document;
    enum policy_answer one;
    enum err_code rc = iam_policy_document(s, arn, &document, err);

    if (rc)
        return rc;
    one = policy_judge(document, ask, false);
    *best = one > *best ? one : *best;
    cJSON_Delete(document);
    return ERR_OK;
}

enum err_code iam_role_judge(struct service *s, const cJSON *role, const struct policy_ask *ask,
                             enum policy_answer *out, struct err *err)
{
    const cJSON *inline_ones = json_get(role, "Policies");
    struct sv boundary = json_sv(role, "PermissionsBoundary");
    enum policy_answer best = POLICY_SILENT;
    enum policy_answer most = POLICY_SILENT;
    enum err_code rc = ERR_OK;

    for (const cJSON *p = inline_ones == NULL ? NULL : inline_ones->child; p != NULL; p = p->next) {
        enum policy_answer one = policy_judge(p, ask, false);

        best = one > best ? one : best;
    }
    for (const cJSON *a = json_list(role, "Attached"); a != NULL && !rc; a = a->next)
        rc = judge_managed(s, json_item_sv(a), ask, &best, err);
    if (!rc && boundary.len > 0) {
        rc = judge_managed(s, boundary, ask, &most, err);
        if (most == POLICY_SILENT || most == POLICY_DENIED)
            best = best == POLICY_DENIED ? best : most;
    }
    *out = best;
    return rc;
}

/* What is known of a caller in conditions. */
enum { VALUES_MAX = 8 };
static size_t values_of(const struct iam_caller *caller, struct sv role_arn, struct sv resource,
                        struct policy_value values[VALUES_MAX])
{
    struct sv account;
    struct sv rest;
    struct sv owner = iam_read_arn(resource, "iam", &account, &rest) ? account : caller->account;
    bool is_service = caller->account.len == 0;
    size_t count = 0;

    values[count++] = (struct policy_value){"sts:ExternalId", caller->external_id};
    values[count++] = (struct policy_value){"aws:ResourceAccount", owner};
    if (is_service) {
        /* A service works for the account whose role it takes. */
        values[count++] = (struct policy_value){"aws:SourceAccount", owner};
        values[count++] = (struct policy_value){"aws:PrincipalServiceName", caller->arn};
        return count;
    }
    values[count++] = (struct policy_value){"aws:PrincipalAccount", caller->account};
    values[count++] =
        (struct policy_value){"aws:PrincipalArn", role_arn.len > 0 ? role_arn : caller->arn};
    values[count++] = (struct policy_value){"aws:PrincipalIsAWSService", SV("false")};
    return count;
}

enum err_code iam_role_answer(struct service *s, struct sv role_arn, struct sv action,
                              struct sv resource, enum policy_answer *out, struct err *err)
{
    struct policy_value values[VALUES_MAX];
    struct iam_caller caller = {.arn = role_arn};
    struct policy_ask ask = {.action = action, .resource = resource, .values = values};
    struct sv rest;
    cJSON *role;
    enum err_code rc = iam_role_by_arn(s, role_arn, false, &role, err);

    *out = POLICY_SILENT;
    if (rc)
        return rc;
    if (!iam_read_arn(role_arn, "iam", &caller.account, &rest))
        (void)iam_read_arn(role_arn, "sts", &caller.account, &rest);
    ask.value_count = values_of(&caller, json_sv(role, "Arn"), resource, values);
    if (role != NULL)
        rc = iam_role_judge(s, role, &ask, out, err);
    cJSON_Delete(role);
    return rc;
}

enum err_code iam_role_allows(struct service *s, struct sv role_arn, struct sv action,
                              struct sv resource, bool *allows, struct err *err)
{
    enum policy_answer answer;
    enum err_code rc = iam_role_answer(s, role_arn, action, resource, &answer, err);

    *allows = !rc && (answer == POLICY_ALLOWED || answer == POLICY_ALLOWED_BY_NAME);
    return rc;
}

/* ---- who may become whom ---- */

/* The trust policy first. Named by its account, or of another account, a session's role must hold
 * the permission too; the users of the sandbox hold all. */
static enum err_code judge_caller(struct service *s, const cJSON *target, const cJSON *own_role,
                                  const struct policy_ask *ask, bool *may, struct err *err)
{
    enum policy_answer trust =
        policy_judge(json_get(target, "AssumeRolePolicyDocument"), ask, true);
    enum policy_answer own = POLICY_ALLOWED;
    struct sv account = SV_NONE;
    struct sv rest;
    bool is_inside =
        iam_read_arn(ask->resource, "iam", &account, &rest) && sv_eq(account, ask->account);
    enum err_code rc = ERR_OK;

    if (own_role != NULL)
        rc = iam_role_judge(s, own_role, ask, &own, err);
    if (own == POLICY_SILENT && trust == POLICY_ALLOWED_BY_NAME && is_inside)
        own = POLICY_ALLOWED;
    *may = !rc && (trust == POLICY_ALLOWED || trust == POLICY_ALLOWED_BY_NAME) &&
           (own == POLICY_ALLOWED || own == POLICY_ALLOWED_BY_NAME);
    return rc;
}

enum err_code iam_may_do(struct service *s, const struct iam_caller *caller, struct sv action,
                         struct sv role_arn, bool *may, char why[IAM_WHY_MAX], struct err *err)
{
    struct policy_value values[VALUES_MAX];
    bool is_service = caller->account.len == 0;
    struct policy_ask ask = {.action = action,
                             .resource = role_arn,
                             .account = caller->account,
                             .arn = caller->arn,
                             .service = is_service ? caller->arn : SV_NONE,
                             .values = values};
    cJSON *own_role = NULL;
    cJSON *target = NULL;
    enum err_code rc = iam_role_by_arn(s, role_arn, true, &target, err);

    *may = false;
    if (!rc && !is_service)
        rc = iam_role_by_arn(s, caller->arn, false, &own_role, err);
    /* A session whose role is gone may do nothing. */
    if (!rc && target != NULL &&
        (is_service || own_role != NULL || sv_find(caller->arn, SV(":user/")) > 0 ||
         sv_ends(caller->arn, SV(":root")))) {
        ask.role_arn = json_sv(own_role, "Arn");
        ask.value_count = values_of(caller, ask.role_arn, role_arn, values);
        rc = judge_caller(s, target, own_role, &ask, may, err);
    }
    cJSON_Delete(own_role);
    cJSON_Delete(target);
    if (!rc && !*may)
        (void)snprintf(
            why, IAM_WHY_MAX,
            "User: " SV_FMT " is not authorized to perform: " SV_FMT " on resource: " SV_FMT,
            SV_ARG(sv_take(caller->arn, 300)), SV_ARG(action), SV_ARG(sv_take(role_arn, 500)));
    return rc;
}

enum err_code iam_may_assume(struct service *s, const struct iam_caller *caller, struct sv role_arn,
                             bool *may, char why[IAM_WHY_MAX], struct err *err)
{
    return iam_may_do(s, caller, SV("sts:AssumeRole"), role_arn, may, why, err);
}

/* ---- are they there? ---- */

static bool is_service_name(struct sv name)
{
    return sv_ends(name, SV(".amazonaws.com")) || sv_ends(name, SV(".amazonaws.com.cn"));
}

static enum err_code aws_principal_exists(struct service *s, struct sv principal, bool *exists,
                                          struct err *err)
{
    struct sv account = policy_account(principal);
    struct sv rest = SV_NONE;
    enum account number;
    cJSON *role;
    enum err_code rc;

    *exists = sv_eq(principal, SV("*"));
    if (*exists)
        return ERR_OK;
    if (account.ptr != NULL) {
        *exists = account_find(account, &number);
        return ERR_OK;
    }
    if (iam_read_arn(principal, "iam", &account, &rest) && sv_eq(rest, SV("user/ops"))) {
        *exists = account_find(account, &number);
        return ERR_OK;
    }
    rc = iam_role_by_arn(s, principal, true, &role, err);
    *exists = !rc && role != NULL;
    cJSON_Delete(role);
    return rc;
}

static enum err_code one_exists(struct service *s, const char *kind, struct sv principal,
                                bool *exists, struct err *err)
{
    if (strcmp(kind, "AWS") == 0)
        return aws_principal_exists(s, principal, exists, err);
    *exists = strcmp(kind, "Service") == 0
                  ? is_service_name(principal)
                  : strcmp(kind, "Federated") == 0 || strcmp(kind, "CanonicalUser") == 0;
    return ERR_OK;
}

static enum err_code of_kind_exist(struct service *s, const cJSON *kind, bool *exist,
                                   char missing[IAM_WHY_MAX], struct err *err)
{
    const cJSON *item = cJSON_IsArray(kind) ? kind->child : kind;
    enum err_code rc = ERR_OK;

    while (item != NULL && *exist && !rc) {
        rc = one_exists(s, kind->string, json_item_sv(item), exist, err);
        if (!rc && !*exist)
            (void)snprintf(missing, IAM_WHY_MAX, "\"%s\":\"" SV_FMT "\"", kind->string,
                           SV_ARG(sv_take(json_item_sv(item), 600)));
        item = cJSON_IsArray(kind) ? item->next : NULL;
    }
    return rc;
}

static enum err_code of_statement_exist(struct service *s, const cJSON *statement, bool *exist,
                                        char missing[IAM_WHY_MAX], struct err *err)
{
    const cJSON *principal = json_get(statement, "Principal");
    enum err_code rc = ERR_OK;

    if (principal == NULL)
        principal = json_get(statement, "NotPrincipal");
    if (cJSON_IsString(principal) && !sv_eq(json_item_sv(principal), SV("*"))) {
        *exist = false;
        (void)snprintf(missing, IAM_WHY_MAX, "\"" SV_FMT "\"",
                       SV_ARG(sv_take(json_item_sv(principal), 600)));
    }
    for (const cJSON *kind = cJSON_IsObject(principal) ? principal->child : NULL;
         kind != NULL && *exist && !rc; kind = kind->next)
        rc = of_kind_exist(s, kind, exist, missing, err);
    return rc;
}

enum err_code iam_principals_exist(struct service *s, const cJSON *policy, bool *exist,
                                   char missing[IAM_WHY_MAX], struct err *err)
{
    const cJSON *statements = json_get(policy, "Statement");
    const cJSON *one = cJSON_IsArray(statements) ? statements->child : statements;
    enum err_code rc = ERR_OK;

    *exist = true;
    while (one != NULL && *exist && !rc) {
        rc = of_statement_exist(s, one, exist, missing, err);
        one = cJSON_IsArray(statements) ? one->next : NULL;
    }
    return rc;
}
