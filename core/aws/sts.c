#include "core/aws/sts.h"

#include "core/base/mem.h"
#include "core/base/time.h"

/* A reply may come with its <OpResponse> around it or without. */
static const struct xml *unwrap(const struct xml *xml, const char *result)
{
    const struct xml *inner = xml_get(xml, result);

    return inner == NULL ? xml : inner;
}

enum err_code decode_caller(const struct xml *xml, struct caller *out, struct err *err)
{
    const struct xml *result = unwrap(xml, "GetCallerIdentityResult");
    struct caller made = {.account = xml_text(result, "Account"),
                          .arn = xml_text(result, "Arn"),
                          .user_id = xml_text(result, "UserId")};

    if (made.account.len == 0 || made.arn.len == 0)
        return err_set(err, ERR_REPLY, "expected AWS, got a caller identity without an account");
    *out = made;
    return ERR_OK;
}

/* The fifth field of "arn:aws:sts::123456789012:assumed-role/NAME/SESSION". */
static struct sv arn_account(struct sv arn)
{
    for (int i = 0; i < 4; i++)
        (void)sv_cut(arn, ':', &arn);
    return sv_cut(arn, ':', &arn);
}

static char *copy(struct sv text)
{
    char *made = mem_alloc(text.len + 1);

    if (made != NULL && text.len > 0)
        memcpy(made, text.ptr, text.len);
    return made;
}

enum err_code decode_credentials(const struct xml *xml, const char *provider, struct cred *out,
                                 struct err *err)
{
    const struct xml *role = unwrap(xml, "AssumeRoleResult");
    const struct xml *result = unwrap(role, "AssumeRoleWithWebIdentityResult");
    struct sv access_key = xml_text(result, "Credentials/AccessKeyId");
    struct sv secret_key = xml_text(result, "Credentials/SecretAccessKey");
    struct sv token = xml_text(result, "Credentials/SessionToken");
    struct sv account = arn_account(xml_text(result, "AssumedRoleUser/Arn"));
    struct cred made;

    cred_init(&made);
    if (access_key.len == 0 || secret_key.len == 0 || token.len == 0 ||
        !time_parse_rfc3339(xml_text(result, "Credentials/Expiration"), &made.expires_at_ms))
        return err_set(err, ERR_REPLY, "expected AWS, got credentials that are not complete");
    made.provider = provider;
    made.access_key = copy(access_key);
    made.secret_key = copy(secret_key);
    made.token = copy(token);
    made.account = account.len > 0 ? copy(account) : NULL;
    if (made.access_key == NULL || made.secret_key == NULL || made.token == NULL ||
        (account.len > 0 && made.account == NULL)) {
        cred_release(&made);
        return mem_err(err);
    }
    *out = made;
    return ERR_OK;
}
