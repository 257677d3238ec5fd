/* Credentials from STS: a role assumed with other credentials, or with a web identity's token. */
#include "core/aws/caller.h"
#include "core/aws/cred_provider.h"
#include "core/aws/query.h"
#include "core/aws/sts.h"
#include "core/base/crypto.h"
#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/user.h"

enum { BODY_CAP = 64 * 1024, TOKEN_CAP = 32 * 1024, ROLE_SECONDS_MIN = 1, PERSON_MAX = 256 };

struct sts_task {
    struct cred_task task;
    struct aws *aws;
    uint64_t call;
    const char *provider;
    char *role_arn;
};

static void release(struct cred_task *task)
{
    struct sts_task *t = (struct sts_task *)task;

    aws_cancel(t->aws, t->call);
    mem_free(t->role_arn);
    mem_free(t);
}

static void on_reply(void *owner, const struct aws_reply *reply)
{
    struct sts_task *t = owner;
    struct err err = reply->err;
    struct cred cred;
    enum err_code rc = reply->code;

    t->call = 0;
    cred_init(&cred);
    if (rc == ERR_OK)
        rc = decode_credentials(reply->xml, t->provider, &cred, &err);
    if (rc)
        err_prefix(&err, "cannot assume %s", t->role_arn);
    cred_task_finish(&t->task, &cred, rc ? &err : NULL);
    cred_release(&cred);
}

/* The profile's region; without one, the main region of the partition that the role is in. */
static struct sv sts_region(const struct cred_request *r, struct sv role_arn)
{
    struct sv rest;

    if (r->settings->region[0] != '\0')
        return sv_of(r->settings->region);
    (void)sv_cut(role_arn, ':', &rest);
    rest = sv_cut(rest, ':', &rest);
    if (sv_eq(rest, SV("aws-cn")))
        return SV("cn-northwest-1");
    return sv_eq(rest, SV("aws-us-gov")) ? SV("us-gov-west-1") : SV("us-east-1");
}

enum err_code cred_sts_start(const struct cred_request *r, enum op op, const struct cred *source,
                             struct sv body, struct sv role_arn, const char *provider,
                             cred_task_fn *done, void *owner, struct cred_task **out,
                             struct err *err)
{
    struct endpoint endpoint;
    struct aws_exchange exchange = {.op = op,
                                    .endpoint = &endpoint,
                                    .cred = source,
                                    .body = body,
                                    .ca_bundle = sv_of(r->settings->ca_bundle),
                                    .max_attempts = r->settings->max_attempts,
                                    .app_id = sv_of(r->settings->app_id)};
    struct sts_task *t;
    enum err_code rc =
        endpoint_resolve(r->settings, SERVICE_STS, sts_region(r, role_arn), &endpoint, err);

    if (rc)
        return rc;
    t = mem_alloc(sizeof *t);
    if (t == NULL)
        return mem_err(err);
    *t = (struct sts_task){.task = {.release = release, .done = done, .owner = owner},
                           .aws = r->aws,
                           .provider = provider,
                           .role_arn = mem_alloc(role_arn.len + 1)};
    if (t->role_arn == NULL) {
        release(&t->task);
        return mem_err(err);
    }
    memcpy(t->role_arn, role_arn.ptr, role_arn.len);
    rc = aws_exchange(r->aws, &exchange, on_reply, t, &t->call, err);
    if (rc)
        release(&t->task);
    else
        *out = &t->task;
    return rc;
}

void cred_clean_name(char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "_+=,.@-";

    for (char *p = name; *p != '\0'; p++)
        *p = strchr(allowed, *p) != NULL ? *p : '-';
}

/* Not after the time, as the CLI's: CloudTrail and our audit then tell who it was, and a renewal
 * changes nothing. */
enum err_code cred_add_session_name(struct sb *body, const char *given, const char *behind,
                                    struct err *err)
{
    char person[PERSON_MAX];
    char name[SESSION_NAME_MAX + 1];

    if (given != NULL && given[0] != '\0')
        return query_add(body, "RoleSessionName", sv_of(given), err);
    if (behind == NULL || behind[0] == '\0')
        user_person(person, sizeof person);
    else
        (void)snprintf(person, sizeof person, "%s", behind);
    (void)snprintf(name, sizeof name, CALLER_OURS "%.*s",
                   (int)(SESSION_NAME_MAX - strlen(CALLER_OURS)), person);
    cred_clean_name(name);
    return query_add(body, "RoleSessionName", sv_of(name), err);
}

/* What is no whole number is passed over, as the CLI does. */
static enum err_code add_duration(struct sb *body, const char *value, struct err *err)
{
    int64_t seconds;

    if (value == NULL || !sv_to_int(sv_trim(sv_of(value)), &seconds) || seconds < ROLE_SECONDS_MIN)
        return ERR_OK;
    return sb_addf(body, err, "DurationSeconds=%lld&", (long long)seconds);
}

enum err_code cred_role_start(const struct cred_request *r, const struct cred *source,
                              cred_task_fn *done, void *owner, struct cred_task **out,
                              struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    struct sv arn = sv_of(aws_profile_get(r->files, r->profile, "role_arn"));
    const char *session = aws_profile_get(r->files, r->profile, "role_session_name");
    const char *from = aws_profile_get(r->files, r->profile, "source_profile");
    enum err_code rc;

    sb_init(&body, BODY_CAP);
    if (arn.len == 0)
        return err_set(err, ERR_CONFIG, "profile \"%s\" has an empty role_arn", r->profile);
    rc = query_add(&body, "RoleArn", arn, err);
    if (rc == ERR_OK)
        rc = cred_add_session_name(
            &body, session,
            from == NULL ? NULL : aws_profile_get(r->files, from, "role_session_name"), err);
    if (rc == ERR_OK)
        rc = query_add(&body, "ExternalId",
                       sv_of(aws_profile_get(r->files, r->profile, "external_id")), err);
    if (rc == ERR_OK)
        rc = add_duration(&body, aws_profile_get(r->files, r->profile, "duration_seconds"), err);
    if (rc == ERR_OK)
        rc = cred_sts_start(r, OP_STS_ASSUME_ROLE, source, sb_sv(&body), arn, "assume-role", done,
                            owner, out, err);
    if (body.ptr != NULL)
        crypto_wipe(body.ptr, body.size);
    return rc;
}

/* Read anew each time: whoever issued the token renews the file. */
static enum err_code read_token(const char *path, struct sb *out, struct err *err)
{
    enum err_code rc = file_read(path, TOKEN_CAP, out, err);

    if (rc) {
        err_prefix(err, "the web identity token");
        return err == NULL ? rc : (err->code = ERR_AUTH);
    }
    if (sv_trim(sb_sv(out)).len == 0)
        return err_set(err, ERR_AUTH, "the web identity token file %s is empty", path);
    return ERR_OK;
}

static enum err_code add_web_identity(const struct cred_request *r, struct sv arn, struct sb *token,
                                      struct sb *body, struct err *err)
{
    const char *path =
        cred_web_value(r->settings, r->files, r->profile, r->use_env, "web_identity_token_file");
    enum err_code rc = read_token(path, token, err);

    if (rc == ERR_OK)
        rc = query_add(body, "RoleArn", arn, err);
    if (rc == ERR_OK)
        rc = cred_add_session_name(
            body,
            cred_web_value(r->settings, r->files, r->profile, r->use_env, "role_session_name"),
            NULL, err);
    return rc ? rc : query_add(body, "WebIdentityToken", sv_trim(sb_sv(token)), err);
}

enum err_code cred_web_start(const struct cred_request *r, cred_task_fn *done, void *owner,
                             struct cred_task **out, struct err *err)
{
    struct sv arn =
        sv_of(cred_web_value(r->settings, r->files, r->profile, r->use_env, "role_arn"));
    struct sb token;
    struct sb body;
    enum err_code rc;

    if (arn.len == 0)
        return err_set(err, ERR_CONFIG,
                       "there is a web identity token file for profile \"%s\", but neither "
                       "role_arn nor AWS_ROLE_ARN names the role",
                       r->profile);
    sb_init(&token, TOKEN_CAP);
    sb_init(&body, BODY_CAP + 3 * TOKEN_CAP);
    rc = add_web_identity(r, arn, &token, &body, err);
    if (rc == ERR_OK)
        rc = cred_sts_start(r, OP_STS_ASSUME_ROLE_WEB, NULL, sb_sv(&body), arn,
                            "assume-role-with-web-identity", done, owner, out, err);
    if (token.ptr != NULL)
        crypto_wipe(token.ptr, token.size);
    if (body.ptr != NULL)
        crypto_wipe(body.ptr, body.size);
    sb_release(&token);
    sb_release(&body);
    return rc;
}
