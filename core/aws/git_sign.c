/* Signature V4 with a method of its own, GIT: no payload, no date header, and a time without its
 * 'Z' in what is signed. */
#include "core/aws/git_sign.h"

#include "core/aws/sign.h"
#include "core/base/crypto.h"
#include "core/base/time.h"

enum { USER_MAX = 64 * 1024, PASSWORD_MAX = 128, REQUEST_MAX = 8 * 1024 };

static void wipe(struct sb *text)
{
    if (text->ptr != NULL)
        crypto_wipe(text->ptr, text->size);
    sb_release(text);
}

void git_login_release(struct git_login *login)
{
    wipe(&login->user);
    wipe(&login->password);
}

static struct sv without_port(struct sv host)
{
    struct sv rest;

    return sv_cut(host, ':', &rest);
}

static enum err_code string_to_sign(const struct sign_input *in, struct sv host, struct sv path,
                                    const char *time, struct sb *out, struct err *err)
{
    CLEANUP(sb_release) struct sb request = {.cap = REQUEST_MAX};
    CLEANUP(sb_release) struct sb scope = {.cap = REQUEST_MAX};
    char hash[SIGN_HEX_SIZE];
    enum err_code rc;

    rc = sb_addf(&request, err, "GIT\n%s" SV_FMT "\n\nhost:" SV_FMT "\n\nhost\n",
                 sv_starts(path, SV("/")) ? "" : "/", SV_ARG(path), SV_ARG(without_port(host)));
    if (rc == ERR_OK)
        rc = sign_hash(sb_sv(&request), hash, err);
    if (rc == ERR_OK)
        rc = sign_scope(in, &scope, err);
    return rc ? rc
              : sb_addf(out, err, "AWS4-HMAC-SHA256\n%.15s\n%s\n%s", time, sb_cstr(&scope), hash);
}

/* Reserved at once, so that no copy of the token is left behind by growing. */
static enum err_code write_user(const struct cred *cred, struct sb *user, struct err *err)
{
    struct sv token = sv_of(cred->token);
    enum err_code rc = sb_reserve(user, strlen(cred->access_key) + 1 + token.len, err);

    if (rc == ERR_OK)
        rc = sb_add(user, sv_of(cred->access_key), err);
    if (rc == ERR_OK && token.len > 0)
        rc = sb_addc(user, '%', err);
    return rc ? rc : sb_add(user, token, err);
}

static enum err_code write_password(const struct cred *cred, const struct sign_input *in,
                                    struct sv text, const char *time, struct sb *password,
                                    struct err *err)
{
    char signature[SIGN_HEX_SIZE];
    struct sign_keys *keys;
    enum err_code rc = sign_keys_new(&keys, err);

    if (rc)
        return rc;
    rc = sign_signature(keys, sv_of(cred->secret_key), in, text, signature, err);
    sign_keys_free(keys);
    if (rc == ERR_OK)
        rc = sb_reserve(password, strlen(time) + strlen(signature), err);
    if (rc == ERR_OK)
        rc = sb_addf(password, err, "%s%s", time, signature);
    crypto_wipe(signature, sizeof signature);
    return rc;
}

enum err_code git_sign(const struct cred *cred, struct sv region, struct sv host, struct sv path,
                       int64_t time_ms, struct git_login *out, struct err *err)
{
    const struct sign_input in = {
        .region = region, .service = SV("codecommit"), .time_ms = time_ms};
    CLEANUP(sb_release) struct sb text = {.cap = REQUEST_MAX};
    struct git_login made;
    char time[TIME_AMZ_SIZE];
    enum err_code rc;

    (void)time_amz(time_ms, time);
    sb_init(&made.user, USER_MAX);
    sb_init(&made.password, PASSWORD_MAX);
    rc = string_to_sign(&in, host, path, time, &text, err);
    if (rc == ERR_OK)
        rc = write_user(cred, &made.user, err);
    if (rc == ERR_OK)
        rc = write_password(cred, &in, sb_sv(&text), time, &made.password, err);
    if (rc)
        git_login_release(&made);
    else
        *out = made;
    return rc;
}

struct sv git_host_region(struct sv host)
{
    static const char *const suffixes[] = {"amazonaws.com", "vpce.amazonaws.com",
                                           "amazonaws.com.cn", "vpce.amazonaws.com.cn",
                                           "amazonaws.eu"};
    struct sv rest = without_port(host);
    struct sv label = sv_cut(rest, '.', &rest);

    /* "vpce-0a1b-2c3d.git-codecommit.eu-west-1.vpce.amazonaws.com" */
    if (sv_starts(label, SV("vpce-")))
        label = sv_cut(rest, '.', &rest);
    if (!sv_eq(label, SV("git-codecommit")) && !sv_eq(label, SV("git-codecommit-fips")))
        return SV_NONE;
    label = sv_cut(rest, '.', &rest);
    for (size_t i = 0; i < ARRAY_LEN(suffixes) && label.len > 0; i++) {
        if (sv_eq(rest, sv_of(suffixes[i])))
            return label;
    }
    return SV_NONE;
}
