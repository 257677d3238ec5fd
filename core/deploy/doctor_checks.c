/* What the doctor looks at once an environment is reached. */
#include "core/deploy/doctor_checks.h"

#include "core/aws/iam.h"
#include "core/aws/query.h"
#include "core/base/json.h"
#include "core/deploy/stack.h"

enum { ARENA_MAX = 8 << 20, BODY_MAX = 16 * 1024, LOW_BUILDS = 5, LOW_PIPELINES = 50 };

static enum err_code ask_role(struct visit *v, enum op op, enum bootstrap_role role,
                              const struct aws_reply **reply, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    char name[ENVIRONMENT_NAME_SIZE];
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    rc =
        query_add(&body, "RoleName", sv_of(environment_role_name(v->environment, role, name)), err);
    return rc ? rc : deploy_read(v->task, v->deploy, v->session, op, sb_sv(&body), reply, err);
}

static void advise_bootstrap(struct visit *v, enum check check)
{
    finding_advise(v, check, "penstock env bootstrap " SV_FMT, SV_ARG(v->environment->name));
}

static void no_role(struct visit *v, enum check check, enum bootstrap_role role)
{
    char name[ENVIRONMENT_NAME_SIZE];

    finding_set(v, check, VERDICT_FAILS, "there is no role %.200s",
                environment_role_name(v->environment, role, name));
    advise_bootstrap(v, check);
}

/* ---- trust ---- */

static void judge_trust(struct visit *v, const cJSON *policy)
{
    struct sv account = v->cicd->account;
    enum trust assume = trust_judge(policy, account, "sts:AssumeRole");
    enum trust tag = trust_judge(policy, account, "sts:TagSession");

    v->found->trusts = assume == TRUST_YES && tag == TRUST_YES;
    if (v->found->trusts) {
        finding_set(v, CHECK_TRUST, VERDICT_GOOD, "it trusts account " SV_FMT, SV_ARG(account));
        return;
    }
    if (assume == TRUST_NO)
        finding_set(v, CHECK_TRUST, VERDICT_FAILS, "the deploy role does not trust account " SV_FMT,
                    SV_ARG(account));
    else if (assume == TRUST_PERHAPS)
        finding_set(v, CHECK_TRUST, VERDICT_WARNS,
                    "the deploy role trusts account " SV_FMT
                    " under a condition that only AWS can judge",
                    SV_ARG(account));
    else
        finding_set(v, CHECK_TRUST, VERDICT_WARNS,
                    "the deploy role trusts account " SV_FMT " without session tags "
                    "(sts:TagSession)",
                    SV_ARG(account));
    advise_bootstrap(v, CHECK_TRUST);
}

enum err_code check_trust(struct visit *v, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    const struct aws_reply *reply;
    struct iam_role role;
    struct err why = {0};
    cJSON *policy = NULL;
    enum err_code rc;

    arena_init(&arena, ARENA_MAX);
    if (v->cicd == NULL) {
        finding_set(v, CHECK_TRUST, VERDICT_SKIPPED,
                    v->environment->kind == ENVIRONMENT_CICD
                        ? "pipelines live here: no trust is needed"
                        : "no CICD environment is known, whose account it would be");
        return ERR_OK;
    }
    rc = ask_role(v, OP_GET_ROLE, BOOTSTRAP_ROLE_DEPLOY, &reply, &why);
    if (!rc)
        rc = decode_role(reply->xml, &arena, &role, &why);
    if (!rc)
        rc = json_parse(role.trust, &policy, &why);
    if (!rc)
        judge_trust(v, policy);
    cJSON_Delete(policy);
    if (rc == ERR_NOT_FOUND) {
        no_role(v, CHECK_TRUST, BOOTSTRAP_ROLE_DEPLOY);
        return ERR_OK;
    }
    return rc ? finding_failed(v, CHECK_TRUST, "iam:GetRole", &why, err) : ERR_OK;
}

/* ---- policies ---- */

static enum err_code judge_inline(struct visit *v, struct err *err)
{
    const struct aws_reply *reply;
    struct err why = {0};
    enum err_code rc = ask_role(v, OP_LIST_ROLE_POLICIES, BOOTSTRAP_ROLE_CFN_EXEC, &reply, &why);

    if (rc)
        return finding_failed(v, CHECK_POLICIES, "iam:ListRolePolicies", &why, err);
    if (xml_text(reply->xml, "PolicyNames/member").len > 0) {
        finding_set(v, CHECK_POLICIES, VERDICT_GOOD, "it has inline policies");
        return ERR_OK;
    }
    finding_set(v, CHECK_POLICIES, VERDICT_FAILS,
                "the execution role has no policy: it can deploy nothing");
    finding_advise(v, CHECK_POLICIES,
                   "penstock env bootstrap " SV_FMT
                   " --policy arn:%s:iam::aws:policy/AdministratorAccess, or a narrower one",
                   SV_ARG(v->environment->name), environment_partition(v->environment));
    return ERR_OK;
}

enum err_code check_policies(struct visit *v, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    const struct aws_reply *reply;
    struct tag *policies;
    size_t count = 0;
    struct err why = {0};
    enum err_code rc;

    arena_init(&arena, ARENA_MAX);
    rc = ask_role(v, OP_LIST_ATTACHED_ROLE_POLICIES, BOOTSTRAP_ROLE_CFN_EXEC, &reply, &why);
    if (!rc)
        rc = decode_attached_policies(reply->xml, &arena, &policies, &count, &why);
    if (rc == ERR_NOT_FOUND) {
        no_role(v, CHECK_POLICIES, BOOTSTRAP_ROLE_CFN_EXEC);
        return ERR_OK;
    }
    if (rc)
        return finding_failed(v, CHECK_POLICIES, "iam:ListAttachedRolePolicies", &why, err);
    if (count == 0)
        return judge_inline(v, err);
    if (count == 1)
        finding_set(v, CHECK_POLICIES, VERDICT_GOOD, SV_FMT, SV_ARG(sv_take(policies[0].key, 128)));
    else
        finding_set(v, CHECK_POLICIES, VERDICT_GOOD, SV_FMT " and %zu more",
                    SV_ARG(sv_take(policies[0].key, 128)), count - 1);
    return ERR_OK;
}

/* ---- boundary ---- */

enum err_code check_boundary(struct visit *v, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct sv boundary = v->environment->boundary;
    struct err why = {0};
    enum err_code rc;

    sb_init(&body, 8 * 1024);
    if (boundary.len == 0)
        return ERR_OK;
    rc = query_add(&body, "PolicyArn", boundary, err);
    if (rc)
        return rc;
    rc = deploy_read(v->task, v->deploy, v->session, OP_GET_POLICY, sb_sv(&body), &reply, &why);
    if (rc == ERR_NOT_FOUND) {
        finding_set(v, CHECK_BOUNDARY, VERDICT_FAILS, "there is no policy " SV_FMT,
                    SV_ARG(sv_take(boundary, 200)));
        finding_advise(v, CHECK_BOUNDARY,
                       "make it, or penstock env edit " SV_FMT " --boundary ARN (\"\" for none)",
                       SV_ARG(v->environment->name));
        return ERR_OK;
    }
    if (rc)
        return finding_failed(v, CHECK_BOUNDARY, "iam:GetPolicy", &why, err);
    finding_set(v, CHECK_BOUNDARY, VERDICT_GOOD, SV_FMT, SV_ARG(sv_take(boundary, 200)));
    return ERR_OK;
}

/* ---- bucket ---- */

static enum err_code head_bucket(struct visit *v, const char *bucket, bool asks_owner,
                                 struct err *err)
{
    struct http_header owner = {.name = SV("x-amz-expected-bucket-owner"),
                                .value = v->environment->account};
    struct aws_rest rest = {.method = SV("HEAD"),
                            .bucket = sv_of(bucket),
                            .headers = &owner,
                            .header_count = asks_owner ? 1 : 0};
    const struct aws_reply *reply;

    v->deploy->calls++;
    return aws_await_rest(v->task, v->session, OP_HEAD_BUCKET, &rest, SV(""), &reply, err);
}

/* S3 refuses in one way what is another account's and what is not allowed: asked without the
 * owner it tells which. */
enum err_code check_bucket(struct visit *v, struct err *err)
{
    char bucket[ENVIRONMENT_NAME_SIZE];
    struct err why = {0};
    enum err_code rc;

    (void)environment_staging_bucket(v->environment, bucket);
    rc = head_bucket(v, bucket, true, &why);
    if (!rc) {
        finding_set(v, CHECK_BUCKET, VERDICT_GOOD, "%.200s", bucket);
        return ERR_OK;
    }
    if (rc == ERR_NOT_FOUND) {
        finding_set(v, CHECK_BUCKET, VERDICT_FAILS, "there is no bucket %.200s", bucket);
        finding_advise(v, CHECK_BUCKET,
                       "make it anew by hand with that name, or bootstrap with another qualifier: "
                       "CloudFormation does not notice that it is gone");
        return ERR_OK;
    }
    if (rc != ERR_DENIED || head_bucket(v, bucket, false, NULL))
        return finding_failed(v, CHECK_BUCKET, "s3:ListBucket", &why, err);
    finding_set(v, CHECK_BUCKET, VERDICT_FAILS, "bucket %.200s belongs to another account", bucket);
    finding_advise(v, CHECK_BUCKET, "put nothing into it: bootstrap with another qualifier");
    return ERR_OK;
}

/* ---- protection ---- */

static void judge_protection(struct visit *v, const struct stack *stack,
                             enum stack_standing standing)
{
    if (standing == STACK_ABSENT || standing == STACK_REVIEW) {
        finding_set(v, CHECK_PROTECTION, VERDICT_SKIPPED,
                    "the bootstrap is of no stack of the usual name");
        return;
    }
    if (standing == STACK_GOOD && stack->is_protected) {
        finding_set(v, CHECK_PROTECTION, VERDICT_GOOD, "it cannot be deleted by accident");
        return;
    }
    if (standing == STACK_GOOD)
        finding_set(v, CHECK_PROTECTION, VERDICT_WARNS,
                    "stack " SV_FMT " can be deleted by accident, which would break every "
                    "deployment for good",
                    SV_ARG(sv_take(stack->name, 128)));
    else
        finding_set(v, CHECK_PROTECTION, VERDICT_WARNS, "stack " SV_FMT " is " SV_FMT,
                    SV_ARG(sv_take(stack->name, 128)), SV_ARG(sv_take(stack->status, 60)));
    advise_bootstrap(v, CHECK_PROTECTION);
}

enum err_code check_protection(struct visit *v, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    char name[ENVIRONMENT_NAME_SIZE];
    struct stack_place place = {.deploy = v->deploy,
                                .session = v->session,
                                .account = v->environment->account,
                                .environment = v->environment};
    enum stack_standing standing;
    struct stack stack;
    struct err why = {0};

    arena_init(&arena, ARENA_MAX);
    place.name = sv_of(environment_bootstrap_stack(v->environment, name));
    if (stack_look(v->task, &place, &arena, &stack, &standing, &why))
        return finding_failed(v, CHECK_PROTECTION, "cloudformation:DescribeStacks", &why, err);
    judge_protection(v, &stack, standing);
    return ERR_OK;
}

/* ---- CodeCommit ---- */

enum err_code check_codecommit(struct visit *v, struct err *err)
{
    const struct aws_reply *reply;
    struct err why = {0};
    enum err_code rc;

    if (v->environment->kind != ENVIRONMENT_CICD) {
        finding_set(v, CHECK_CODECOMMIT, VERDICT_SKIPPED, "no repositories are kept here");
        return ERR_OK;
    }
    rc = deploy_read(v->task, v->deploy, v->session, OP_LIST_REPOSITORIES, SV("{}"), &reply, &why);
    if (rc && reply != NULL && sv_eq(reply->error_name, SV("OperationNotAllowedException"))) {
        finding_set(v, CHECK_CODECOMMIT, VERDICT_FAILS,
                    "AWS does not let this account use CodeCommit");
        finding_advise(v, CHECK_CODECOMMIT,
                       "use a connection as the pipelines' source, or ask AWS support");
        return ERR_OK;
    }
    if (rc)
        return finding_failed(v, CHECK_CODECOMMIT, "codecommit:ListRepositories", &why, err);
    finding_set(v, CHECK_CODECOMMIT, VERDICT_GOOD, "%s",
                json_list(reply->json, "repositories") != NULL
                    ? "there are repositories"
                    : "no repository yet; whether this account may make one shows only then");
    return ERR_OK;
}

/* ---- quotas ---- */

struct quota {
    const char *service;
    const char *name; /* a piece of AWS's own */
    const char *noun;
    int64_t low;
    int64_t value; /* -1: not told */
};

static enum err_code take_quotas(void *owner, const struct aws_reply *reply, struct err *err UNUSED)
{
    struct quota *q = owner;
    const cJSON *row = json_list(reply->json, "Quotas");

    for (; row != NULL; row = row->next) {
        if (sv_find(json_sv(row, "QuotaName"), sv_of(q->name)) >= 0)
            q->value = json_int(row, "Value", q->value);
    }
    return ERR_OK;
}

static enum err_code read_quota(struct visit *v, struct quota *q, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    struct jw w;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "ServiceCode", sv_of(q->service));
    jw_put_int(&w, "MaxResults", 100);
    jw_close(&w, '}');
    rc = jw_done(&w);
    v->deploy->calls++;
    return rc ? rc
              : aws_await_pages(v->task, v->session, OP_LIST_SERVICE_QUOTAS, sb_sv(&body),
                                take_quotas, q, err);
}

static void judge_quotas(struct visit *v, const struct quota *quotas, size_t count)
{
    char text[200] = "";
    size_t len = 0;

    for (size_t i = 0; i < count; i++) {
        const struct quota *q = &quotas[i];

        if (q->value < 0)
            continue;
        if (q->value < q->low) {
            finding_set(v, CHECK_QUOTAS, VERDICT_WARNS, "only %lld %s", (long long)q->value,
                        q->noun);
            finding_advise(v, CHECK_QUOTAS,
                           "ask for more: https://console.aws.amazon.com/servicequotas/home/"
                           "services/%s/quotas",
                           q->service);
            return;
        }
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%lld %s", len > 0 ? ", " : "",
                                (long long)q->value, q->noun);
    }
    finding_set(v, CHECK_QUOTAS, len > 0 ? VERDICT_GOOD : VERDICT_SKIPPED, "%s",
                len > 0 ? text : "AWS does not tell those that matter");
}

enum err_code check_quotas(struct visit *v, struct err *err)
{
    struct quota quotas[] = {
        {"codebuild", "running builds for Linux/Small", "small builds at once", LOW_BUILDS, -1},
        {"codepipeline", "pipelines per Region", "pipelines", LOW_PIPELINES, -1},
    };

    if (v->environment->kind != ENVIRONMENT_CICD) {
        finding_set(v, CHECK_QUOTAS, VERDICT_SKIPPED, "no pipelines run here");
        return ERR_OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(quotas); i++) {
        struct err why = {0};
        enum err_code rc = read_quota(v, &quotas[i], &why);

        if (rc == ERR_CANCELLED || rc == ERR_LIMIT)
            return err_set(err, rc, "%s", why.text);
        if (rc) {
            finding_set(v, CHECK_QUOTAS, VERDICT_SKIPPED, "they cannot be read%s",
                        rc == ERR_DENIED ? ": servicequotas:ListServiceQuotas is missing" : "");
            return ERR_OK;
        }
    }
    judge_quotas(v, quotas, ARRAY_LEN(quotas));
    return ERR_OK;
}
