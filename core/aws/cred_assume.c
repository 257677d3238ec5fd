/* Sessions by role: credentials that another session's AssumeRole gives, and what to do when it
 * does not give any. */
#include "core/aws/cred_provider.h"
#include "core/aws/exchange.h"
#include "core/aws/query.h"
#include "core/aws/sts.h"
#include "core/base/mem.h"

enum { ASSUME_BODY = 16 * 1024, ROLE_ARN_MAX = 2048 };

struct assume {
    struct cred_task task;
    struct aws *aws;
    const struct cred_role *role;
    uint64_t call;
};

static void release(struct cred_task *task)
{
    struct assume *a = (struct assume *)task;

    aws_cancel(a->aws, a->call);
    mem_free(a);
}

static void explain(const struct cred_role *role, const struct aws_reply *reply, struct err *err)
{
    int len = (int)sizeof err->text / 2;
    char why[sizeof err->text];

    snprintf(why, sizeof why, "%s", err->text);
    if (reply->code == ERR_DENIED)
        err_set(err, ERR_DENIED,
                "cannot assume %.200s: its trust policy must allow the caller%s, and the caller "
                "needs sts:AssumeRole on it: %.*s",
                role->arn,
                role->external_id[0] != '\0' ? " with just this external id"
                                             : " without an external id",
                len, why);
    else
        err_prefix(err, "cannot assume %.200s", role->arn);
}

static void on_reply(void *owner, const struct aws_reply *reply)
{
    struct assume *a = owner;
    struct err err = reply->err;
    enum err_code rc = reply->code;
    struct cred cred;

    a->call = 0;
    cred_init(&cred);
    if (rc == ERR_OK)
        rc = decode_credentials(reply->xml, "assume-role", &cred, &err);
    if (rc)
        explain(a->role, reply, &err);
    cred_task_finish(&a->task, &cred, rc ? &err : NULL);
    cred_release(&cred);
}

static enum err_code write_body(const struct cred_role *role, struct sb *body, struct err *err)
{
    enum err_code rc = query_add(body, "RoleArn", sv_of(role->arn), err);

    if (rc == ERR_OK)
        rc = cred_add_session_name(body, role->session_name, NULL, err);
    return rc ? rc : query_add(body, "ExternalId", sv_of(role->external_id), err);
}

enum err_code cred_assume_start(struct aws *aws, const struct cred_role *role, cred_task_fn *done,
                                void *owner, struct cred_task **out, struct err *err)
{
    CLEANUP(sb_release) struct sb body = {.cap = ASSUME_BODY};
    enum err_code rc = write_body(role, &body, err);
    struct assume *a;

    if (rc)
        return rc;
    a = mem_alloc(sizeof *a);
    if (a == NULL)
        return mem_err(err);
    *a = (struct assume){
        .task = {.release = release, .done = done, .owner = owner}, .aws = aws, .role = role};
    rc = aws_call(role->base, OP_STS_ASSUME_ROLE, sb_sv(&body), on_reply, a, &a->call, err);
    if (rc)
        release(&a->task);
    else
        *out = &a->task;
    return rc;
}

void cred_role_release(struct cred_role *role)
{
    mem_free(role->arn);
    mem_free(role->external_id);
    mem_free(role->session_name);
    *role = (struct cred_role){0};
}

static char *copy(struct sv text)
{
    char *made = mem_alloc(text.len + 1);

    if (made != NULL && text.len > 0)
        memcpy(made, text.ptr, text.len);
    return made;
}

/* As STS allows it; a person's login may be anything. */
static char *copy_name(struct sv text)
{
    char *made = copy(text.len < SESSION_NAME_MIN ? SV_NONE : sv_take(text, SESSION_NAME_MAX));

    if (made != NULL)
        cred_clean_name(made);
    return made;
}

/* "arn:PARTITION:iam::ACCOUNT:role/NAME" -> ACCOUNT; empty when it is something else. */
static struct sv account_of(struct sv arn)
{
    struct sv rest = arn;
    struct sv first = sv_cut(rest, ':', &rest);
    struct sv account;

    (void)sv_cut(rest, ':', &rest);
    if (!sv_eq(first, SV("arn")) || !sv_starts(rest, SV("iam::")))
        return SV_NONE;
    account = sv_cut(sv_drop(rest, strlen("iam::")), ':', &rest);
    return account.len == 12 && sv_starts(rest, SV("role/")) && rest.len > strlen("role/")
               ? account
               : SV_NONE;
}

enum err_code aws_session_assume(struct aws_session *base, struct sv role_arn,
                                 struct sv external_id, struct sv session_name, struct sv region,
                                 struct aws_session **out, struct err *err)
{
    struct sv account = account_of(role_arn);
    struct cred_chain *chain = NULL;
    struct aws_session *made;
    struct cred_role role;
    enum err_code rc;

    if (account.len == 0 || role_arn.len > ROLE_ARN_MAX)
        return err_set(err, ERR_CONFIG,
                       "\"" SV_FMT "\" is not a role: give its ARN, as "
                       "arn:aws:iam::111122223333:role/NAME",
                       SV_ARG(sv_take(role_arn, 100)));
    role = (struct cred_role){base, copy(role_arn), copy(external_id), copy_name(session_name)};
    rc = cred_chain_new_role(base->aws, base->settings, &role, &chain, err);
    if (rc == ERR_OK)
        rc = session_new(base->aws, base->settings, region, chain, &made, err);
    if (rc)
        return rc;
    rc = aws_session_set_account(made, account, err);
    if (rc)
        aws_session_free(made);
    else
        *out = made;
    return rc;
}
