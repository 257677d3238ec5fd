/* The instance metadata service, version 2: a token, then the role's name and its credentials, or
 * the availability zone for the region. Where nothing answers we are not on EC2, and that is no
 * failure but ERR_NOT_FOUND. */
#include <strings.h>

#include "core/aws/cred_provider.h"
#include "core/base/crypto.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/net/http.h"

enum {
    REPLY_CAP = 64 * 1024,
    NAME_MAX_LEN = 128,
    TIMEOUT_S_MAX = 60,
    ATTEMPTS_MAX = 10,
    EXTEND_MS = 15 * 60 * 1000,
    JITTER_MS_LEAST = 2 * 60 * 1000,
    JITTER_MS_SPAN = 8 * 60 * 1000
};

enum step { STEP_TOKEN, STEP_ROLE, STEP_CREDENTIALS, STEP_ZONE };

struct imds_task {
    struct cred_task task;
    struct aws *aws;
    struct net *net;
    uint64_t http;
    enum step step;
    bool wants_region;
    bool is_v1_disabled;
    int attempt;
    int attempts;
    int timeout_ms;
    struct sb base; /* ends in a slash */
    struct sb token;
    struct sb role;
    cred_region_fn *region_done; /* with task.owner */
    struct imds_task *next;      /* among the look-ups of regions */
};

/* Look-ups of regions by their owners, for cred_imds_cancel. */
static struct imds_task *region_tasks;

static void release(struct cred_task *task)
{
    struct imds_task *t = (struct imds_task *)task;

    for (struct imds_task **at = &region_tasks; *at != NULL; at = &(*at)->next) {
        if (*at == t) {
            *at = t->next;
            break;
        }
    }
    http_cancel(t->net, t->http);
    if (t->token.ptr != NULL)
        crypto_wipe(t->token.ptr, t->token.size);
    sb_release(&t->base);
    sb_release(&t->token);
    sb_release(&t->role);
    mem_free(t);
}

static void finish_region(struct imds_task *t, struct sv region, const struct err *err)
{
    cred_region_fn *done = t->region_done;
    void *owner = t->task.owner;
    struct err copied = {0};
    char name[NAME_MAX_LEN + 1] = "";

    if (err != NULL)
        copied = *err;
    if (region.len > 0)
        memcpy(name, region.ptr, region.len);
    release(&t->task);
    done(owner, sv_of(name), err == NULL ? NULL : &copied);
}

static void finish(struct imds_task *t, struct cred *cred, const struct err *err)
{
    if (t->wants_region)
        finish_region(t, SV_NONE, err);
    else
        cred_task_finish(&t->task, cred, err);
}

static enum err_code nothing_there(struct err *err)
{
    return err_set(err, ERR_NOT_FOUND,
                   "no instance metadata service answers here, or it knows no role");
}

static void on_reply(void *owner, const struct http_reply *reply);

static enum err_code make_url(const struct imds_task *t, struct sb *url, struct err *err)
{
    static const char role[] = "latest/meta-data/iam/security-credentials/";
    const char *path = role;

    if (t->step == STEP_TOKEN)
        path = "latest/api/token";
    else if (t->step == STEP_ZONE)
        path = "latest/meta-data/placement/availability-zone/";
    return sb_addf(url, err, "%s%s%s", sb_cstr(&t->base), path,
                   t->step == STEP_CREDENTIALS ? sb_cstr(&t->role) : "");
}

static enum err_code ask(struct imds_task *t, struct err *err)
{
    CLEANUP(sb_release) struct sb url;
    struct http_header header = {SV("x-aws-ec2-metadata-token"), sb_sv(&t->token)};
    struct http_request request = {.method = SV("GET"),
                                   .headers = &header,
                                   .header_count = t->token.len > 0 ? 1 : 0,
                                   .no_proxy = true,
                                   .connect_timeout_ms = t->timeout_ms,
                                   .idle_timeout_ms = t->timeout_ms,
                                   .total_timeout_ms = 2 * t->timeout_ms,
                                   .reply_cap = REPLY_CAP};
    enum err_code rc;

    sb_init(&url, 4096);
    rc = make_url(t, &url, err);
    if (rc)
        return rc;
    if (t->step == STEP_TOKEN) {
        request.method = SV("PUT");
        request.header_count = 1;
        header = (struct http_header){SV("x-aws-ec2-metadata-token-ttl-seconds"), SV("21600")};
    }
    request.url = sb_sv(&url);
    return http_start(t->net, &request, on_reply, t, &t->http, err);
}

static enum err_code go_on(struct imds_task *t, enum step step, struct err *err)
{
    t->step = step;
    t->attempt = 0;
    return ask(t, err);
}

static enum step after_token(const struct imds_task *t)
{
    return t->wants_region ? STEP_ZONE : STEP_ROLE;
}

/* Version 1 only where the service answered but knows no tokens, or did not answer in time: from a
 * container one hop further away the token's reply does not arrive. */
static enum err_code on_token(struct imds_task *t, const struct http_reply *reply, struct err *err)
{
    if (reply->code == ERR_OK && reply->status == 200 && reply->body.len > 0) {
        enum err_code rc = sb_add(&t->token, sv_trim(reply->body), err);

        return rc ? rc : go_on(t, after_token(t), err);
    }
    if ((reply->code && !reply->was_sent) || (reply->code == ERR_OK && reply->status == 400))
        return nothing_there(err);
    if (t->is_v1_disabled)
        return err_set(err, ERR_AUTH,
                       "the instance metadata service gave no token, and version 1 is switched off "
                       "(ec2_metadata_v1_disabled)");
    return go_on(t, after_token(t), err);
}

static bool is_name(struct sv text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              strchr("+=,.@_-", c) != NULL) ||
            c == '\0')
            return false;
    }
    return text.len > 0 && text.len <= NAME_MAX_LEN;
}

/* In an outage the service hands out what is about to expire or has; AWS goes on accepting it. The
 * jitter spreads when a fleet asks again. */
static void extend(struct cred *cred)
{
    unsigned char random[2] = {0};
    int64_t now = time_wall_ms();
    int64_t offset;

    if (crypto_random(random, sizeof random, NULL))
        random[0] = (unsigned char)(now & 0xff);
    offset = EXTEND_MS + JITTER_MS_LEAST +
             (int64_t)(random[0] * 256 + random[1]) * JITTER_MS_SPAN / 65536;
    if (cred->expires_at_ms > now + offset)
        return;
    log_info("the instance's credentials end soon; they are used for %lld minutes more",
             (long long)(offset / 60000));
    cred->expires_at_ms = now + offset;
}

static void on_credentials(struct imds_task *t, const struct http_reply *reply)
{
    struct err err = {0};
    struct cred cred;

    cred_init(&cred);
    if (cred_decode_json(reply->body, "Token", CRED_JSON_EXPIRES, "the instance metadata service",
                         "imds", &cred, &err)) {
        /* An answer {"Code", "Message"} means that the role cannot be used: no credentials. */
        log_info("%s", err.text);
        if (err.code != ERR_LIMIT)
            nothing_there(&err);
        finish(t, NULL, &err);
        return;
    }
    extend(&cred);
    finish(t, &cred, NULL);
    cred_release(&cred);
}

/* The step's answer is good. */
static enum err_code on_answer(struct imds_task *t, struct sv body, struct err *err)
{
    struct sv rest;
    struct sv name = sv_trim(sv_cut(sv_trim(body), '\n', &rest));
    enum err_code rc;

    if (!is_name(name))
        return err_set(err, ERR_AUTH, "the instance metadata service gave an impossible name");
    rc = sb_add(&t->role, name, err);
    return rc ? rc : go_on(t, STEP_CREDENTIALS, err);
}

static void on_reply(void *owner, const struct http_reply *reply)
{
    struct imds_task *t = owner;
    bool is_good = reply->code == ERR_OK && reply->status == 200 && reply->body.len > 0;
    bool is_refused = reply->code == ERR_OK && (reply->status == 400 || reply->status == 403 ||
                                                reply->status == 404 || reply->status == 405);
    struct err err = {0};
    enum err_code rc;

    t->http = 0;
    if (!is_good && !(t->step == STEP_TOKEN && is_refused) && ++t->attempt < t->attempts)
        rc = ask(t, &err);
    else if (t->step == STEP_TOKEN)
        rc = on_token(t, reply, &err);
    else if (!is_good)
        rc = nothing_there(&err);
    else if (t->step == STEP_CREDENTIALS) {
        on_credentials(t, reply);
        return;
    } else if (t->step == STEP_ZONE) {
        struct sv zone = sv_trim(reply->body);

        if (is_name(zone) && zone.len > 1) {
            finish_region(t, sv_take(zone, zone.len - 1), NULL);
            return;
        }
        rc = nothing_there(&err);
    } else {
        rc = on_answer(t, reply->body, &err);
    }
    if (rc)
        finish(t, NULL, &err);
}

static const char *setting(const struct cred_request *r, const char *variable, const char *key)
{
    const char *value = aws_env_get(r->settings->env, variable);

    if (value == NULL)
        value = aws_profile_get(r->files, r->settings->profile, key);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

static enum err_code number(const struct cred_request *r, const char *variable, const char *key,
                            int most, int *out, struct err *err)
{
    const char *value = setting(r, variable, key);
    int64_t number;

    *out = 1;
    if (value == NULL)
        return ERR_OK;
    if (!sv_to_int(sv_trim(sv_of(value)), &number) || number < 1 || number > most)
        return err_set(err, ERR_CONFIG, "%s (%s) must be a number from 1 to %d", variable, key,
                       most);
    *out = (int)number;
    return ERR_OK;
}

static enum err_code choose_base(const struct cred_request *r, struct sb *out, struct err *err)
{
    const char *base =
        setting(r, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    const char *mode =
        setting(r, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
    bool is_v6 = aws_settings_switch(r->settings->env, r->files, r->settings->profile,
                                     "AWS_IMDS_USE_IPV6", "imds_use_ipv6");

    if (mode != NULL && strcasecmp(mode, "ipv4") != 0 && strcasecmp(mode, "ipv6") != 0)
        return err_set(err, ERR_CONFIG,
                       "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE must be IPv4 or IPv6");
    if (mode != NULL)
        is_v6 = strcasecmp(mode, "ipv6") == 0;
    if (base == NULL)
        base = is_v6 ? "http://[fd00:ec2::254]/" : "http://169.254.169.254/";
    return sb_addf(out, err, "%s%s", base, sv_ends(sv_of(base), SV("/")) ? "" : "/");
}

static bool is_disabled(const struct aws_env *env)
{
    const char *value = aws_env_get(env, "AWS_EC2_METADATA_DISABLED");

    return value != NULL && strcasecmp(value, "true") == 0;
}

static enum err_code prepare(struct imds_task *t, const struct cred_request *r, struct err *err)
{
    int seconds;
    enum err_code rc = number(r, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout",
                              TIMEOUT_S_MAX, &seconds, err);

    if (rc)
        return rc;
    t->timeout_ms = 1000 * seconds;
    rc = number(r, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts",
                ATTEMPTS_MAX, &t->attempts, err);
    if (rc == ERR_OK)
        rc = choose_base(r, &t->base, err);
    return rc ? rc : ask(t, err);
}

static enum err_code start(const struct cred_request *r, struct imds_task task,
                           struct imds_task **out, struct err *err)
{
    struct imds_task *t;
    enum err_code rc;

    if (is_disabled(r->settings->env))
        return nothing_there(err);
    t = mem_alloc(sizeof *t);
    if (t == NULL)
        return mem_err(err);
    *t = task;
    t->task.release = release;
    t->aws = r->aws;
    t->net = aws_net(r->aws);
    t->is_v1_disabled =
        aws_settings_switch(r->settings->env, r->files, r->settings->profile,
                            "AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled");
    sb_init(&t->base, 2048);
    sb_init(&t->token, 4096);
    sb_init(&t->role, NAME_MAX_LEN);
    rc = prepare(t, r, err);
    if (rc)
        release(&t->task);
    else
        *out = t;
    return rc;
}

enum err_code cred_imds_start(const struct cred_request *r, cred_task_fn *done, void *owner,
                              struct cred_task **out, struct err *err)
{
    struct imds_task *t = NULL;
    enum err_code rc =
        start(r, (struct imds_task){.task = {.done = done, .owner = owner}}, &t, err);

    if (rc == ERR_OK)
        *out = &t->task;
    return rc;
}

enum err_code cred_imds_region(struct aws *aws, const struct aws_settings *settings,
                               cred_region_fn *done, void *owner, struct err *err)
{
    const struct cred_request r = {.aws = aws, .settings = settings, .files = settings->files};
    struct imds_task *t = NULL;
    enum err_code rc = start(
        &r, (struct imds_task){.task = {.owner = owner}, .wants_region = true, .region_done = done},
        &t, err);

    if (rc)
        return rc;
    t->next = region_tasks;
    region_tasks = t;
    return ERR_OK;
}

void cred_imds_cancel(struct aws *aws, void *owner)
{
    struct imds_task *t = region_tasks;

    while (t != NULL) {
        struct imds_task *next = t->next;

        if (t->aws == aws && t->task.owner == owner)
            release(&t->task);
        t = next;
    }
}
