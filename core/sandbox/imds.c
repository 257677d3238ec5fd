#include "core/sandbox/imds.h"

#include <inttypes.h>

#include "core/base/time.h"
#include "core/sandbox/accounts.h"
#include "core/sandbox/ids.h"

enum { TTL_MAX_S = 21600, CREDENTIALS_S = 6 * 3600 };

static const char ROLE[] = "penstock-instance";

bool imds_serves(struct sv path)
{
    return sv_starts(path, SV("/latest/"));
}

static enum err_code fail(struct reply *reply, int status, const char *code)
{
    reply->status = status;
    reply->content_type = "text/html";
    (void)snprintf(reply->error, sizeof reply->error, "%s", code);
    return ERR_OK;
}

static enum err_code answer(struct reply *reply, struct sv text, struct err *err)
{
    reply->content_type = "text/plain";
    return sb_add(&reply->body, text, err);
}

/* A token says until when it is good, sealed. */
static uint64_t seal(int64_t until_ms)
{
    return hash_mix(hash_text(SV("imds")) ^ (uint64_t)until_ms);
}

static enum err_code make_token(const struct request *request, int64_t wall_ms, struct reply *reply,
                                struct err *err)
{
    int64_t ttl_s;
    int64_t until_ms;
    char text[64];

    if (!sv_to_int(request_header(request, "X-aws-ec2-metadata-token-ttl-seconds"), &ttl_s) ||
        ttl_s < 1 || ttl_s > TTL_MAX_S)
        return fail(reply, 400, "BadRequest");
    until_ms = wall_ms + ttl_s * 1000;
    (void)snprintf(text, sizeof text, "PST%016" PRIx64 "%016" PRIx64, (uint64_t)until_ms,
                   seal(until_ms));
    return answer(reply, sv_of(text), err);
}

static bool has_token(const struct request *request, int64_t wall_ms)
{
    struct sv token = request_header(request, "X-aws-ec2-metadata-token");
    char text[64];
    uint64_t until = 0;
    uint64_t sealed = 0;

    if (token.len != 35 || !sv_starts(token, SV("PST")))
        return false;
    (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(sv_drop(token, 3)));
    if (sscanf(text, "%16" SCNx64 "%16" SCNx64, &until, &sealed) != 2)
        return false;
    return sealed == seal((int64_t)until) && wall_ms < (int64_t)until;
}

static enum err_code give_credentials(int64_t wall_ms, struct reply *reply, struct err *err)
{
    struct session session;
    struct jw w;
    enum err_code rc;

    rc = session_make(ACCOUNT_CICD, sv_of(ROLE), SV("i-0123456789abcdef0"),
                      (wall_ms / 1000 + CREDENTIALS_S) * 1000, &session, err);
    if (rc)
        return rc;
    reply->content_type = "text/plain";
    jw_init(&w, &reply->body, err);
    w.pretty = true;
    jw_open(&w, '{');
    jw_put_sv(&w, "Code", SV("Success"));
    jw_put_time(&w, "LastUpdated", wall_ms / 1000 * 1000);
    jw_put_sv(&w, "Type", SV("AWS-HMAC"));
    jw_put_sv(&w, "AccessKeyId", sv_of(session.access_key));
    jw_put_sv(&w, "SecretAccessKey", sv_of(session.secret));
    jw_put_sv(&w, "Token", sv_of(session.token));
    jw_put_time(&w, "Expiration", session.expires_at_ms);
    jw_close(&w, '}');
    return jw_done(&w);
}

static struct sv without_slash(struct sv path)
{
    return sv_ends(path, SV("/")) ? sv_take(path, path.len - 1) : path;
}

enum err_code imds_answer(const struct request *request, int64_t wall_ms, struct reply *reply,
                          struct err *err)
{
    struct sv path = without_slash(request->path);

    if (sv_eq(path, SV("/latest/api/token")))
        return sv_eq(request->method, SV("PUT")) ? make_token(request, wall_ms, reply, err)
                                                 : fail(reply, 405, "MethodNotAllowed");
    if (!sv_eq(request->method, SV("GET")))
        return fail(reply, 405, "MethodNotAllowed");
    if (!has_token(request, wall_ms))
        return fail(reply, 401, "Unauthorized");
    if (!sv_starts(path, SV("/latest/meta-data/")))
        return fail(reply, 404, "NotFound");
    path = sv_drop(path, 18);
    if (sv_eq(path, SV("iam/security-credentials")))
        return answer(reply, sv_of(ROLE), err);
    if (sv_eq(path, SV("iam/security-credentials/penstock-instance")))
        return give_credentials(wall_ms, reply, err);
    if (sv_eq(path, SV("placement/availability-zone")))
        return answer(reply, SV("eu-west-1a"), err);
    if (sv_eq(path, SV("placement/region")))
        return answer(reply, SV("eu-west-1"), err);
    return fail(reply, 404, "NotFound");
}
