/* Credentials that lie in the environment or in a file, and what all providers need to make one. */
#include "core/aws/cred_provider.h"
#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "core/base/time.h"

void cred_init(struct cred *cred)
{
    *cred = (struct cred){.provider = ""};
}

static void wipe(char *secret)
{
    if (secret != NULL)
        crypto_wipe(secret, strlen(secret));
    mem_free(secret);
}

void cred_release(struct cred *cred)
{
    wipe(cred->access_key);
    wipe(cred->secret_key);
    wipe(cred->token);
    mem_free(cred->account);
    cred_init(cred);
}

static struct sv sv_or_none(const char *text)
{
    return text == NULL || text[0] == '\0' ? SV_NONE : sv_of(text);
}

static bool copy(char **to, struct sv text)
{
    if (text.ptr == NULL)
        return true;
    *to = mem_alloc(text.len + 1);
    if (*to != NULL && text.len > 0)
        memcpy(*to, text.ptr, text.len);
    return *to != NULL;
}

enum err_code cred_make(struct cred *out, const char *provider, struct sv access_key,
                        struct sv secret_key, struct sv token, struct sv account, struct err *err)
{
    struct cred made;

    cred_init(&made);
    made.provider = provider;
    if (!copy(&made.access_key, access_key) || !copy(&made.secret_key, secret_key) ||
        !copy(&made.token, token) || !copy(&made.account, account)) {
        cred_release(&made);
        return mem_err(err);
    }
    *out = made;
    return ERR_OK;
}

enum err_code cred_copy(struct cred *to, const struct cred *from, struct err *err)
{
    enum err_code rc =
        cred_make(to, from->provider, sv_of(from->access_key), sv_of(from->secret_key),
                  sv_of(from->token), sv_of(from->account), err);

    if (rc == ERR_OK)
        to->expires_at_ms = from->expires_at_ms;
    return rc;
}

/* What would break a header, or a signature without a word why. */
static bool is_clean(struct sv text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] <= ' ' || text.ptr[i] == 0x7f)
            return false;
    }
    return true;
}

static enum err_code check_keys(const char *where, struct sv access_key, struct sv secret_key,
                                struct sv token, struct err *err)
{
    if (secret_key.len == 0)
        return err_set(err, ERR_AUTH, "%s has an access key id but no secret access key", where);
    if (access_key.len == 0)
        return err_set(err, ERR_AUTH, "%s has an empty access key id", where);
    if (!is_clean(access_key) || !is_clean(secret_key) || !is_clean(token))
        return err_set(err, ERR_AUTH, "a key or token in %s contains blanks or control characters",
                       where);
    return ERR_OK;
}

enum err_code cred_from_environment(const struct aws_env *env, struct cred *out, struct err *err)
{
    static const char where[] = "the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)";
    const char *token = aws_env_get(env, "AWS_SECURITY_TOKEN");
    const char *expires = aws_env_get(env, "AWS_CREDENTIAL_EXPIRATION");
    struct sv access_key = sv_or_none(aws_env_get(env, "AWS_ACCESS_KEY_ID"));
    struct sv secret_key = sv_or_none(aws_env_get(env, "AWS_SECRET_ACCESS_KEY"));
    int64_t expires_at_ms = 0;
    enum err_code rc;

    if (access_key.len == 0)
        return err_set(err, ERR_AUTH, "AWS_ACCESS_KEY_ID is not set");
    if (token == NULL)
        token = aws_env_get(env, "AWS_SESSION_TOKEN");
    if (expires != NULL && !time_parse_rfc3339(sv_of(expires), &expires_at_ms))
        return err_set(err, ERR_AUTH, "AWS_CREDENTIAL_EXPIRATION is not a time: %s", expires);
    rc = check_keys(where, access_key, secret_key, sv_or_none(token), err);
    if (rc == ERR_OK)
        rc = cred_make(out, "environment", access_key, secret_key, sv_or_none(token),
                       sv_or_none(aws_env_get(env, "AWS_ACCOUNT_ID")), err);
    if (rc == ERR_OK)
        out->expires_at_ms = expires_at_ms;
    return rc;
}

typedef const char *get_fn(const struct aws_files *files, const char *profile, const char *key);

enum err_code cred_from_file(const struct cred_request *r, enum cred_source source,
                             struct cred *out, struct err *err)
{
    bool is_shared = source == CRED_SHARED_FILE;
    get_fn *get = is_shared ? aws_credentials_get : aws_config_get;
    const char *token = get(r->files, r->profile, "aws_security_token");
    struct sv access_key = sv_or_none(get(r->files, r->profile, "aws_access_key_id"));
    struct sv secret_key = sv_or_none(get(r->files, r->profile, "aws_secret_access_key"));
    char where[ERR_TEXT_MAX / 2];
    enum err_code rc;

    if (token == NULL)
        token = get(r->files, r->profile, "aws_session_token");
    snprintf(where, sizeof where, "profile \"%s\" in %s", r->profile,
             is_shared ? r->files->credentials_path : r->files->config_path);
    rc = check_keys(where, access_key, secret_key, sv_or_none(token), err);
    if (rc)
        return rc;
    return cred_make(out, is_shared ? "shared-credentials-file" : "config-file", access_key,
                     secret_key, sv_or_none(token),
                     sv_or_none(get(r->files, r->profile, "aws_account_id")), err);
}

static enum err_code from_json(const cJSON *json, const char *token_name,
                               enum cred_json_flags flags, const char *what, const char *provider,
                               struct cred *out, struct err *err)
{
    struct sv access_key = json_sv(json, "AccessKeyId");
    struct sv secret_key = json_sv(json, "SecretAccessKey");
    struct sv expires = json_sv(json, "Expiration");
    int64_t expires_at_ms = 0;
    struct sv token = json_sv(json, token_name);
    bool must_expire = (flags & CRED_JSON_EXPIRES) != 0;
    enum err_code rc;

    if ((flags & CRED_JSON_VERSION_1) != 0 && json_int(json, "Version", 0) != 1)
        return err_set(err, ERR_AUTH, "%s gave JSON without \"Version\": 1", what);
    if (access_key.len == 0 || secret_key.len == 0 || (must_expire && expires.len == 0))
        return err_set(err, ERR_AUTH, "%s gave JSON without AccessKeyId, SecretAccessKey%s", what,
                       must_expire ? " or Expiration" : "");
    if (expires.len > 0 && !time_parse_rfc3339(expires, &expires_at_ms))
        return err_set(err, ERR_AUTH, "%s gave an Expiration that is not a time", what);
    rc = check_keys(what, access_key, secret_key, token, err);
    if (rc == ERR_OK)
        rc = cred_make(out, provider, access_key, secret_key, token.len > 0 ? token : SV_NONE,
                       json_sv(json, "AccountId"), err);
    if (rc == ERR_OK)
        out->expires_at_ms = expires_at_ms;
    return rc;
}

/* cJSON frees its strings unwiped. */
static void wipe_strings(cJSON *item)
{
    for (; item != NULL; item = item->next) {
        if (cJSON_IsString(item))
            crypto_wipe(item->valuestring, strlen(item->valuestring));
        wipe_strings(item->child);
    }
}

enum err_code cred_decode_json(struct sv text, const char *token_name, enum cred_json_flags flags,
                               const char *what, const char *provider, struct cred *out,
                               struct err *err)
{
    cJSON *json = NULL;
    enum err_code rc;

    if (json_parse(text, &json, NULL))
        return err_set(err, ERR_AUTH, "%s did not answer in JSON", what);
    rc = from_json(json, token_name, flags, what, provider, out, err);
    wipe_strings(json);
    cJSON_Delete(json);
    return rc;
}

void cred_task_cancel(struct cred_task *task)
{
    if (task != NULL)
        task->release(task);
}

void cred_task_finish(struct cred_task *task, struct cred *cred, const struct err *err)
{
    cred_task_fn *done = task->done;
    void *owner = task->owner;
    struct err copied = {0};

    /* err may live in the task. */
    if (err != NULL)
        copied = *err;
    task->release(task);
    done(owner, err == NULL ? cred : NULL, err == NULL ? NULL : &copied);
}
