#include "core/deploy/doctor.h"

#include <inttypes.h>
#include <stdarg.h>

#include "core/aws/ssm.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/time.h"
#include "core/deploy/doctor_checks.h"
#include "core/deploy/template.h"

enum {
    ARENA_MAX = 4 << 20,
    BODY_MAX = 4096,
    CDK_LEAST = 6,     /* what the CDK's templates refuse to be deployed below */
    CDK_ADVISED = 21,  /* below, the staging bucket can be taken over (aws-cdk 31885) */
    CLOCK_FAR_S = 240, /* AWS refuses from five minutes on */
};

#define CHECK_WORD(name, word, title)  [CHECK_##name] = (word),
#define CHECK_TITLE(name, word, title) [CHECK_##name] = (title),
static const char *const words[] = {CHECK_LIST(CHECK_WORD)};
static const char *const titles[] = {CHECK_LIST(CHECK_TITLE)};

const char *check_word(enum check c)
{
    return words[c];
}

const char *check_title(enum check c)
{
    return titles[c];
}

const char *verdict_word(enum verdict v)
{
    static const char *const verdicts[] = {[VERDICT_SKIPPED] = "-",
                                           [VERDICT_GOOD] = "ok",
                                           [VERDICT_WARNS] = "warn",
                                           [VERDICT_FAILS] = "FAIL"};

    return verdicts[v];
}

static const struct finding *worst(const struct diagnosis *d)
{
    const struct finding *found = &d->findings[0];

    for (int i = 1; i < CHECK_COUNT; i++) {
        if (d->findings[i].verdict > found->verdict)
            found = &d->findings[i];
    }
    return found;
}

enum verdict diagnosis_worst(const struct diagnosis *d)
{
    return worst(d)->verdict;
}

const char *diagnosis_line(const struct diagnosis *d)
{
    const struct finding *found = worst(d);

    return found->verdict >= VERDICT_WARNS ? found->text : "";
}

/* ---- findings ---- */

void finding_set(struct visit *v, enum check check, enum verdict verdict, const char *fmt, ...)
{
    struct finding *f = &v->found->findings[check];
    va_list args;

    f->verdict = verdict;
    f->advice[0] = '\0';
    va_start(args, fmt);
    (void)vsnprintf(f->text, sizeof f->text, fmt, args);
    va_end(args);
}

void finding_advise(struct visit *v, enum check check, const char *fmt, ...)
{
    struct finding *f = &v->found->findings[check];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(f->advice, sizeof f->advice, fmt, args);
    va_end(args);
}

enum err_code finding_failed(struct visit *v, enum check check, const char *right,
                             const struct err *why, struct err *err)
{
    if (why->code == ERR_CANCELLED || why->code == ERR_LIMIT)
        return err_set(err, why->code, "%s", why->text);
    if (why->code == ERR_DENIED) {
        finding_set(v, check, VERDICT_WARNS, "cannot look: %s is missing", right);
        finding_advise(v, check, "allow %s to whoever calls there, then look again", right);
        return ERR_OK;
    }
    finding_set(v, check, VERDICT_FAILS, "cannot look: %.280s", why->text);
    finding_advise(v, check, "look again: penstock env doctor " SV_FMT,
                   SV_ARG(v->environment->name));
    return ERR_OK;
}

/* ---- credentials and identity: what deploy_reach says ---- */

static void advise_credentials(struct visit *v, enum err_code rc)
{
    const struct environment *e = v->environment;

    if (rc == ERR_AUTH && e->profile.len > 0)
        finding_advise(
            v, CHECK_CREDENTIALS,
            "make or renew that profile (aws configure sso, aws sso login --profile " SV_FMT
            "), or name another: penstock env edit " SV_FMT " --profile P",
            SV_ARG(e->profile), SV_ARG(e->name));
    else if (rc == ERR_DENIED && e->role_arn.len > 0)
        finding_advise(v, CHECK_CREDENTIALS,
                       "let the role's trust policy name the CICD account, or reach it otherwise: "
                       "penstock env edit " SV_FMT " --profile P",
                       SV_ARG(e->name));
    else
        finding_advise(v, CHECK_CREDENTIALS,
                       "say how it is reached: penstock env edit " SV_FMT " --profile P",
                       SV_ARG(e->name));
}

/* deploy_reach says whose session it is about; a finding needs not be told. */
static const char *reason(const struct environment *e, const struct err *why)
{
    char start[80];
    int len =
        snprintf(start, sizeof start, "environment " SV_FMT ": ", SV_ARG(sv_take(e->name, 60)));

    return len > 0 && sv_starts(sv_of(why->text), sv_of(start)) ? why->text + len : why->text;
}

/* Credentials that answer for another account are good ones, of somebody else. */
static enum err_code reach(struct visit *v, struct err *err)
{
    const struct environment *e = v->environment;
    struct err why = {0};
    enum err_code rc = deploy_reach(v->task, v->deploy, e, &v->session, &why);

    if (rc == ERR_CANCELLED || rc == ERR_LIMIT)
        return err_set(err, rc, "%s", why.text);
    if (rc == ERR_CONFIG && sv_find(sv_of(why.text), SV("credentials are of account")) >= 0) {
        finding_set(v, CHECK_CREDENTIALS, VERDICT_GOOD, "they are accepted");
        finding_set(v, CHECK_IDENTITY, VERDICT_FAILS, "%.280s", reason(e, &why));
        finding_advise(v, CHECK_IDENTITY,
                       "penstock env edit " SV_FMT " --profile P, or --account NUMBER",
                       SV_ARG(e->name));
    } else if (rc) {
        finding_set(v, CHECK_CREDENTIALS, VERDICT_FAILS, "%.280s", reason(e, &why));
        advise_credentials(v, rc);
    } else {
        finding_set(v, CHECK_CREDENTIALS, VERDICT_GOOD, "they are accepted (%s)",
                    aws_session_provider(v->session));
        finding_set(v, CHECK_IDENTITY, VERDICT_GOOD, "account " SV_FMT, SV_ARG(e->account));
    }
    return ERR_OK;
}

/* ---- clock and bootstrap: one GetParameter tells both ---- */

static void judge_clock(struct visit *v, const struct aws_reply *reply)
{
    int64_t theirs;
    int64_t off_s;

    if (reply == NULL || !time_parse_http(aws_reply_header(reply, SV("date")), &theirs)) {
        finding_set(v, CHECK_CLOCK, VERDICT_SKIPPED, "AWS did not say what time it is");
        return;
    }
    off_s = (time_wall_ms() - theirs) / 1000;
    if (off_s < CLOCK_FAR_S && off_s > -CLOCK_FAR_S) {
        finding_set(v, CHECK_CLOCK, VERDICT_GOOD, "right to within %d minutes", CLOCK_FAR_S / 60);
        return;
    }
    finding_set(v, CHECK_CLOCK, VERDICT_WARNS, "%" PRId64 " minutes %s AWS's",
                (off_s < 0 ? -off_s : off_s) / 60, off_s < 0 ? "behind" : "ahead of");
    finding_advise(v, CHECK_CLOCK,
                   "set it by NTP: penstock corrects for it, the AWS CLI and the CDK do not");
}

static void judge_cdk(struct visit *v, int64_t version)
{
    const char *name = v->environment->name.ptr;
    int len = (int)v->environment->name.len;

    if (version < CDK_LEAST) {
        finding_set(v, CHECK_BOOTSTRAP, VERDICT_FAILS,
                    "version %" PRId64 ", but deployments need at least %d", version, CDK_LEAST);
        finding_advise(v, CHECK_BOOTSTRAP, "penstock env bootstrap %.*s", len, name);
    } else if (version < CDK_ADVISED) {
        finding_set(v, CHECK_BOOTSTRAP, VERDICT_WARNS,
                    "version %" PRId64 ": below %d others can take over its staging bucket",
                    version, CDK_ADVISED);
        finding_advise(v, CHECK_BOOTSTRAP, "penstock env bootstrap %.*s", len, name);
    } else if (version < BOOTSTRAP_CDK_VERSION) {
        finding_set(v, CHECK_BOOTSTRAP, VERDICT_GOOD,
                    "version %" PRId64 " (penstock env bootstrap %.*s would make it %d)", version,
                    len, name, BOOTSTRAP_CDK_VERSION);
    } else {
        finding_set(v, CHECK_BOOTSTRAP, VERDICT_GOOD, "version %" PRId64, version);
    }
}

static void judge_version(struct visit *v, struct sv text)
{
    int64_t version = 0;

    if (!sv_to_int(text, &version) || version < 1) {
        finding_set(v, CHECK_BOOTSTRAP, VERDICT_FAILS, "its version is no number: " SV_FMT,
                    SV_ARG(sv_take(text, 40)));
        finding_advise(v, CHECK_BOOTSTRAP, "penstock env bootstrap " SV_FMT,
                       SV_ARG(v->environment->name));
        return;
    }
    v->found->bootstrap_version = version;
    if (v->environment->bootstrap == BOOTSTRAP_CDK)
        judge_cdk(v, version);
    else
        finding_set(v, CHECK_BOOTSTRAP, VERDICT_GOOD, "DDK's version %" PRId64, version);
}

static enum err_code read_version(struct visit *v, const struct aws_reply **reply,
                                  struct arena *arena, struct parameter *out, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    char name[ENVIRONMENT_NAME_SIZE];
    struct jw w;
    enum err_code rc;

    *reply = NULL;
    sb_init(&body, BODY_MAX);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "Name", sv_of(environment_version_parameter(v->environment, name)));
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (!rc)
        rc =
            deploy_read(v->task, v->deploy, v->session, OP_GET_PARAMETER, sb_sv(&body), reply, err);
    return rc ? rc : decode_parameter((*reply)->json, arena, out, err);
}

static enum err_code check_version(struct visit *v, bool with_clock, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    char name[ENVIRONMENT_NAME_SIZE];
    const struct aws_reply *reply;
    struct parameter parameter = {0};
    struct err why = {0};
    enum err_code rc;

    arena_init(&arena, ARENA_MAX);
    rc = read_version(v, &reply, &arena, &parameter, &why);
    if (with_clock)
        judge_clock(v, reply);
    if (!rc) {
        judge_version(v, parameter.value);
        return ERR_OK;
    }
    if (rc != ERR_NOT_FOUND)
        return finding_failed(v, CHECK_BOOTSTRAP, "ssm:GetParameter", &why, err);
    finding_set(v, CHECK_BOOTSTRAP, VERDICT_FAILS, "not bootstrapped: there is no parameter %.200s",
                environment_version_parameter(v->environment, name));
    finding_advise(v, CHECK_BOOTSTRAP, "penstock env bootstrap " SV_FMT,
                   SV_ARG(v->environment->name));
    return ERR_OK;
}

/* ---- the two examinations ---- */

static bool is_reached(const struct visit *v)
{
    return v->found->findings[CHECK_CREDENTIALS].verdict == VERDICT_GOOD &&
           v->found->findings[CHECK_IDENTITY].verdict == VERDICT_GOOD;
}

static bool is_bootstrapped(const struct visit *v)
{
    return v->found->bootstrap_version > 0 ||
           v->found->findings[CHECK_BOOTSTRAP].verdict == VERDICT_WARNS;
}

static void begin(struct visit *v)
{
    *v->found = (struct diagnosis){.checked_at = time_wall_ms()};
    (void)snprintf(v->found->environment, sizeof v->found->environment, SV_FMT,
                   SV_ARG(sv_take(v->environment->name, 63)));
}

enum err_code doctor_glance(struct task *task, struct deploy *d, const struct environment *e,
                            const struct environment *cicd, struct diagnosis *out, struct err *err)
{
    struct visit v = {.task = task, .deploy = d, .environment = e, .cicd = cicd, .found = out};
    enum err_code rc;

    begin(&v);
    rc = reach(&v, err);
    if (rc || !is_reached(&v))
        return rc;
    rc = check_version(&v, false, err);
    if (!rc)
        rc = check_boundary(&v, err);
    return rc || !is_bootstrapped(&v) ? rc : check_trust(&v, err);
}

/* An environment that is on no list, or a cache that cannot be written, is no fault of his. */
static void tell_cache(const struct visit *v)
{
    const struct deploy *d = v->deploy;
    struct err err = {0};
    struct cached_environment row = {.name = v->environment->name,
                                     .checked_at = v->found->checked_at,
                                     .bootstrap_version = v->found->bootstrap_version,
                                     .verdict = (int)diagnosis_worst(v->found),
                                     .trusts = v->found->trusts,
                                     .line = sv_of(diagnosis_line(v->found))};

    if (d->cache != NULL && cache_put_diagnosis(d->cache, sv_of(d->partition), sv_of(d->account),
                                                sv_of(d->region), &row, &err))
        log_info("the diagnosis is not kept: %s", err.text);
}

static enum err_code examine(struct visit *v, struct err *err)
{
    static check_fn *const on_bootstrap[] = {check_trust, check_policies, check_bucket,
                                             check_protection};
    enum err_code rc = check_version(v, true, err);

    for (size_t i = 0; i < ARRAY_LEN(on_bootstrap) && is_bootstrapped(v) && !rc; i++)
        rc = on_bootstrap[i](v, err);
    if (!rc)
        rc = check_boundary(v, err);
    if (!rc)
        rc = check_codecommit(v, err);
    return rc ? rc : check_quotas(v, err);
}

enum err_code doctor_examine(struct task *task, struct deploy *d, const struct environment *e,
                             const struct environment *cicd, struct diagnosis *out, struct err *err)
{
    struct visit v = {.task = task, .deploy = d, .environment = e, .cicd = cicd, .found = out};
    enum err_code rc;

    begin(&v);
    rc = reach(&v, err);
    if (!rc && is_reached(&v))
        rc = examine(&v, err);
    if (!rc)
        tell_cache(&v);
    return rc;
}
