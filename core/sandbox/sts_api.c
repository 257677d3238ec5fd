/* STS: who am I, and let me be somebody else. */
#include "core/base/time.h"
#include "core/sandbox/accounts.h"
#include "core/sandbox/iam_parts.h"
#include "core/sandbox/service.h"

enum { SESSION_MIN_S = 900, SESSION_MAX_S = 43200, SESSION_DEFAULT_S = 3600, CHAINED_MAX_S = 3600 };

static enum err_code wrap(struct reply *reply, const char *operation, const char *result,
                          struct err *err)
{
    reply->content_type = "text/xml";
    return sb_addf(&reply->body, err,
                   "<%sResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"
                   "  <%sResult>\n%s  </%sResult>\n  <ResponseMetadata>\n"
                   "    <RequestId>%s</RequestId>\n  </ResponseMetadata>\n</%sResponse>\n",
                   operation, operation, result, operation, reply->request_id, operation);
}

enum err_code sts_get_caller_identity(struct service *s UNUSED, struct request *request,
                                      struct reply *reply, struct err *err)
{
    char result[1024];

    (void)snprintf(result, sizeof result,
                   "    <Arn>" SV_FMT "</Arn>\n    <UserId>" SV_FMT
                   "</UserId>\n    <Account>" SV_FMT "</Account>\n",
                   SV_ARG(request->who.arn), SV_ARG(request->who.user_id),
                   SV_ARG(request->who.account));
    return wrap(reply, "GetCallerIdentity", result, err);
}

static bool is_session_name(struct sv name)
{
    if (name.len < 2 || name.len > 64)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if ((c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') &&
            strchr("_+=,.@-", c) == NULL)
            return false;
    }
    return true;
}

struct wish {
    cJSON *role; /* as IAM has it; NULL when there is none */
    enum account account;
    struct sb arn;
    struct sb name;
    struct sb other; /* external id, or web identity token */
    int64_t seconds;
};

static void release_wish(struct wish *wish)
{
    cJSON_Delete(wish->role);
    sb_release(&wish->arn);
    sb_release(&wish->name);
    sb_release(&wish->other);
}

static bool invalid(struct reply *reply, const char *text)
{
    reply_fail(reply, DIALECT_QUERY, 400, "ValidationError", "%s", text);
    return false;
}

static bool read_wish(const struct request *request, struct wish *wish, struct reply *reply)
{
    CLEANUP(sb_release) struct sb seconds;

    *wish = (struct wish){.seconds = SESSION_DEFAULT_S};
    sb_init(&wish->arn, 2048);
    sb_init(&wish->name, 2048);
    sb_init(&wish->other, 1 << 16);
    sb_init(&seconds, 64);
    if (!request_param(request, "RoleArn", &wish->arn))
        return invalid(reply, "1 validation error detected: Value null at 'roleArn' failed to "
                              "satisfy constraint: Member must not be null");
    if (wish->arn.len < 20)
        return invalid(reply, "1 validation error detected: Value at 'roleArn' failed to satisfy "
                              "constraint: Member must have length greater than or equal to 20");
    if (!request_param(request, "RoleSessionName", &wish->name) ||
        !is_session_name(sb_sv(&wish->name)))
        return invalid(reply, "1 validation error detected: Value at 'roleSessionName' failed to "
                              "satisfy constraint: Member must satisfy regular expression pattern: "
                              "[\\w+=,.@-]*");
    if (request_param(request, "DurationSeconds", &seconds) &&
        !sv_to_int(sb_sv(&seconds), &wish->seconds))
        return invalid(reply, "DurationSeconds must be a number");
    if (wish->seconds < SESSION_MIN_S || wish->seconds > SESSION_MAX_S)
        return invalid(reply, "1 validation error detected: Value at 'durationSeconds' failed to "
                              "satisfy constraint: Member must have value between 900 and 43200");
    return true;
}

static enum err_code find_role(struct service *s, struct wish *wish, struct err *err)
{
    struct sv account;
    struct sv rest;
    enum err_code rc = iam_role_by_arn(s, sb_sv(&wish->arn), true, &wish->role, err);

    if (!rc && wish->role != NULL &&
        (!iam_read_arn(sb_sv(&wish->arn), "iam", &account, &rest) ||
         !account_find(account, &wish->account))) {
        cJSON_Delete(wish->role);
        wish->role = NULL;
    }
    return rc;
}

static enum err_code grant(struct service *s, const struct wish *wish, const char *operation,
                           const char *more, struct reply *reply, struct err *err)
{
    struct sv role = json_sv(wish->role, "RoleName");
    struct sv account = sv_of(account_number(wish->account));
    struct session session;
    char unique[24];
    char expires[TIME_RFC3339_SIZE];
    char result[3072];
    enum err_code rc;

    if (wish->seconds > json_int(wish->role, "MaxSessionDuration", SESSION_DEFAULT_S)) {
        invalid(reply, "The requested DurationSeconds exceeds the MaxSessionDuration set for this "
                       "role.");
        return ERR_OK;
    }
    rc = session_make(wish->account, role, sb_sv(&wish->name),
                      (s->wall_ms / 1000 + wish->seconds) * 1000, &session, err);
    if (rc)
        return rc;
    role_unique_id(account, role, unique);
    (void)snprintf(result, sizeof result,
                   "%s    <AssumedRoleUser>\n      <AssumedRoleId>%s:%s</AssumedRoleId>\n"
                   "      <Arn>arn:aws:sts::%s:assumed-role/" SV_FMT "/%s</Arn>\n"
                   "    </AssumedRoleUser>\n"
                   "    <Credentials>\n      <AccessKeyId>%s</AccessKeyId>\n"
                   "      <SecretAccessKey>%s</SecretAccessKey>\n"
                   "      <SessionToken>%s</SessionToken>\n"
                   "      <Expiration>%s</Expiration>\n    </Credentials>\n",
                   more, unique, sb_cstr(&wish->name), account_number(wish->account), SV_ARG(role),
                   sb_cstr(&wish->name), session.access_key, session.secret, session.token,
                   time_rfc3339(session.expires_at_ms, expires));
    return wrap(reply, operation, result, err);
}

/* Tags are passed only with a permission of their own. */
static enum err_code may_assume(struct service *s, const struct request *request,
                                const struct wish *wish, bool *may, char why[IAM_WHY_MAX],
                                struct err *err)
{
    CLEANUP(sb_release) struct sb tag;
    struct iam_caller caller = {.account = request->who.account,
                                .arn = request->who.arn,
                                .external_id = wish->other.len > 0 ? sb_sv(&wish->other) : SV_NONE};
    enum err_code rc = iam_may_assume(s, &caller, sb_sv(&wish->arn), may, why, err);

    sb_init(&tag, 512);
    if (!rc && *may && request_param(request, "Tags.member.1.Key", &tag))
        rc = iam_may_do(s, &caller, SV("sts:TagSession"), sb_sv(&wish->arn), may, why, err);
    return rc;
}

enum err_code sts_assume_role(struct service *s, struct request *request, struct reply *reply,
                              struct err *err)
{
    CLEANUP(release_wish) struct wish wish;
    char why[IAM_WHY_MAX];
    bool may = false;
    enum err_code rc;

    if (!read_wish(request, &wish, reply))
        return ERR_OK;
    (void)request_param(request, "ExternalId", &wish.other);
    rc = find_role(s, &wish, err);
    if (!rc)
        rc = may_assume(s, request, &wish, &may, why, err);
    if (rc)
        return rc;
    if (!may || wish.role == NULL) {
        reply_fail(reply, DIALECT_QUERY, 403, "AccessDenied", "%s", why);
        return ERR_OK;
    }
    if (request->who.role_name.len > 0 && wish.seconds > CHAINED_MAX_S) {
        invalid(reply, "The requested DurationSeconds exceeds the 1 hour session limit for roles "
                       "assumed by role chaining");
        return ERR_OK;
    }
    return grant(s, &wish, "AssumeRole", "", reply, err);
}

/* Any token is taken for that of a good identity, except one that says "expired" or "bad". */
enum err_code sts_assume_role_web(struct service *s, struct request *request, struct reply *reply,
                                  struct err *err)
{
    CLEANUP(release_wish) struct wish wish;
    const struct role *known;
    enum err_code rc;

    if (!read_wish(request, &wish, reply))
        return ERR_OK;
    rc = find_role(s, &wish, err);
    if (rc)
        return rc;
    known = role_find(json_sv(wish.role, "RoleName"));
    if (!request_param(request, "WebIdentityToken", &wish.other) || wish.other.len < 4) {
        invalid(reply, "1 validation error detected: Value at 'webIdentityToken' failed to satisfy "
                       "constraint: Member must have length greater than or equal to 4");
        return ERR_OK;
    }
    if (sv_starts(sb_sv(&wish.other), SV("expired"))) {
        reply_fail(reply, DIALECT_QUERY, 400, "ExpiredTokenException",
                   "Token expired: current date/time must be before the expiration date/time");
        return ERR_OK;
    }
    if (sv_starts(sb_sv(&wish.other), SV("bad-"))) {
        reply_fail(reply, DIALECT_QUERY, 400, "InvalidIdentityToken", "Token is not valid");
        return ERR_OK;
    }
    if (known == NULL || !known->trusts_web) {
        reply_fail(reply, DIALECT_QUERY, 403, "AccessDenied",
                   "Not authorized to perform sts:AssumeRoleWithWebIdentity");
        return ERR_OK;
    }
    return grant(s, &wish, "AssumeRoleWithWebIdentity",
                 "    <SubjectFromWebIdentityToken>system:serviceaccount:lake:penstock"
                 "</SubjectFromWebIdentityToken>\n    <Audience>sts.amazonaws.com</Audience>\n"
                 "    <Provider>arn:aws:iam::111111111111:oidc-provider/oidc.example.invalid"
                 "</Provider>\n",
                 reply, err);
}
