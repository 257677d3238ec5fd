#include "core/deploy/deploy.h"

#include "core/aws/caller.h"
#include "core/aws/sts.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/deploy/audit.h"
#include "core/deploy/denial.h"
#include "core/deploy/environments.h"

enum {
    ARENA_MAX = 4 << 20,
    AUDIT_STEP_MS = 20, /* the thread waits no longer at once */
    AUDIT_PATIENCE_MS = 5000
};

/* A session and what it was found to be. Texts are its own: environments are read again. */
struct site {
    struct site *next;
    struct sb key; /* account, region and the way there */
    struct aws_settings settings;
    bool has_settings;
    struct aws_session *session;
    bool is_home;       /* the CICD context's own session */
    uint64_t known_key; /* whose credentials were last found to be of `account` */
    char account[16];
    char caller[300]; /* "" = not asked */
};

enum err_code deploy_open(struct deploy *d, struct aws *aws, struct cache *cache,
                          const struct context_list *contexts, const struct context *context,
                          const struct context_options *options, struct err *err)
{
    *d = (struct deploy){.aws = aws,
                         .cache = cache,
                         .contexts = contexts,
                         .context = context,
                         .options = &options->aws,
                         .env = options->env,
                         .is_read_only = contexts->is_read_only};
    arena_init(&d->arena, ARENA_MAX);
    if (context->code) {
        if (err != NULL)
            *err = context->err;
        return context->code;
    }
    if (context->region.len == 0)
        return err_set(err, ERR_CONFIG,
                       "no region is set: give --region, or set region in the AWS profile");
    (void)snprintf(d->region, sizeof d->region, SV_FMT, SV_ARG(context->region));
    return aws_session_new(aws, &context->settings, context->region, &d->home, err);
}

static void close_site(struct site *site)
{
    if (!site->is_home)
        aws_session_free(site->session);
    if (site->has_settings)
        aws_settings_release(&site->settings);
    sb_release(&site->key);
    mem_free(site);
}

void deploy_close(struct deploy *d)
{
    struct err lost = {0};

    if (audit_write_kept(d->audit_dir, AUDIT_WAIT_MS, &lost))
        log_error("%s", lost.text);
    /* Sessions by role stand on home. */
    while (d->sites != NULL) {
        struct site *next = d->sites->next;

        close_site(d->sites);
        d->sites = next;
    }
    aws_session_free(d->home);
    arena_release(&d->arena);
    *d = (struct deploy){0};
}

/* ---- permissions ---- */

static struct site *site_of(const struct deploy *d, const struct aws_session *session)
{
    struct site *site = d->sites;

    while (site != NULL && site->session != session)
        site = site->next;
    return site;
}

/* Who calls with a site's session; "" = not asked yet. */
static const char *caller_of(const struct deploy *d, const struct site *site)
{
    if (site != NULL && site->caller[0] != '\0')
        return site->caller;
    return site == NULL || site->is_home ? d->caller : "";
}

/* What was learned helps the next time; that it cannot be kept changes nothing. */
static void keep_permission(struct deploy *d, const struct aws_session *session,
                            const struct permission *known)
{
    const struct site *site = site_of(d, session);
    struct permission p = *known;
    struct err why = {0};

    p.partition = sv_of(aws_session_partition(session));
    p.at = time_wall_ms();
    if (p.account.len == 0)
        p.account = sv_of(site != NULL && site->account[0] != '\0' ? site->account : d->account);
    if (p.caller.len == 0)
        p.caller = sv_of(caller_of(d, site));
    p.caller = permission_caller(p.caller);
    if (d->cache == NULL || p.account.len == 0 || p.caller.len == 0 || p.iam_action.len == 0)
        return;
    if (cache_put_permission(d->cache, &p, &why))
        log_info("%s", why.text);
}

/* AWS's own words before ours; "" for what nobody knows. */
static void keep_denial(struct deploy *d, const struct aws_session *session,
                        const struct aws_reply *reply, struct sv iam, struct sv resource)
{
    struct denial_words words = denial_read(reply->body);
    struct permission p = {.caller = words.caller,
                           .iam_action = words.iam_action.len > 0 ? words.iam_action : iam,
                           .resource = resource.len > 0 ? resource : words.resource};

    keep_permission(d, session, &p);
}

enum err_code deploy_read(struct task *task, struct deploy *d, struct aws_session *session,
                          enum op op, struct sv body, const struct aws_reply **reply,
                          struct err *err)
{
    enum err_code rc;

    d->calls++;
    rc = aws_await(task, session, op, body, reply, err);
    if (rc == ERR_DENIED && *reply != NULL)
        keep_denial(d, session, *reply, SV(""), SV(""));
    return rc;
}

/* Who calls with this session: account and ARN into buffers of 16 and 300 bytes. */
static enum err_code ask_identity(struct task *task, struct deploy *d, struct aws_session *session,
                                  char *account, char *arn, struct err *err)
{
    const struct aws_reply *reply;
    struct caller caller;
    enum err_code rc =
        deploy_read(task, d, session, OP_STS_GET_CALLER_IDENTITY, SV(""), &reply, err);

    if (!rc)
        rc = decode_caller(reply->xml, &caller, err);
    if (rc)
        return rc;
    (void)snprintf(account, 16, SV_FMT, SV_ARG(sv_take(caller.account, 15)));
    if (arn != NULL)
        (void)snprintf(arn, 300, SV_FMT, SV_ARG(sv_take(caller.arn, 299)));
    return aws_session_set_account(session, sv_of(account), err);
}

static struct site *find_site(struct deploy *d, struct sv key)
{
    struct site *site = d->sites;

    while (site != NULL && !sv_eq(sb_sv(&site->key), key))
        site = site->next;
    return site;
}

static enum err_code add_site(struct deploy *d, struct sv key, struct site **out, struct err *err)
{
    struct site *site = mem_alloc(sizeof *site);
    enum err_code rc;

    if (site == NULL)
        return mem_err(err);
    sb_init(&site->key, 8192);
    rc = sb_add(&site->key, key, err);
    if (rc) {
        close_site(site);
        return rc;
    }
    site->next = d->sites;
    d->sites = site;
    *out = site;
    return ERR_OK;
}

/* The first, for the context itself: its key is empty. */
static enum err_code home_site(struct deploy *d, struct site **out, struct err *err)
{
    enum err_code rc;

    *out = find_site(d, SV(""));
    if (*out != NULL)
        return ERR_OK;
    rc = add_site(d, SV(""), out, err);
    if (rc)
        return rc;
    (*out)->is_home = true;
    (*out)->session = d->home;
    return ERR_OK;
}

enum err_code deploy_who(struct task *task, struct deploy *d, struct err *err)
{
    struct site *site;
    enum err_code rc;

    if (d->account[0] != '\0')
        return ERR_OK;
    rc = home_site(d, &site, err);
    if (!rc)
        rc = ask_identity(task, d, d->home, d->account, d->caller, err);
    if (rc) {
        d->account[0] = '\0';
        return rc;
    }
    (void)snprintf(d->partition, sizeof d->partition, "%s", aws_session_partition(d->home));
    (void)snprintf(site->account, sizeof site->account, "%s", d->account);
    site->known_key = aws_session_used_key(d->home);
    return ERR_OK;
}

enum err_code deploy_load(struct task *task, struct deploy *d, struct err *err)
{
    enum err_code rc = deploy_who(task, d, err);

    if (rc)
        return rc;
    d->notice = (struct err){0};
    d->environments = NULL;
    d->environment_count = 0;
    arena_clear(&d->arena);
    rc = environments_read(task, d, &d->arena, &d->environments, &d->environment_count, &d->notice,
                           err);
    if (!rc && d->notice.text[0] != '\0')
        log_error("%s", d->notice.text);
    return rc;
}

enum err_code deploy_environment(const struct deploy *d, struct sv name,
                                 const struct environment **out, struct err *err)
{
    CLEANUP(sb_release) struct sb names;

    sb_init(&names, 300);
    *out = environment_find(d->environments, d->environment_count, name);
    if (*out != NULL)
        return ERR_OK;
    for (size_t i = 0; i < d->environment_count; i++) {
        if (sb_addf(&names, NULL, "%s" SV_FMT, i == 0 ? "" : ", ", SV_ARG(d->environments[i].name)))
            break;
    }
    return err_set(err, ERR_NOT_FOUND,
                   "there is no environment " SV_FMT " in account %s, %s; there %s %s",
                   SV_ARG(sv_take(name, 64)), d->account, d->region,
                   d->environment_count == 0 ? "are" : "are:",
                   d->environment_count == 0 ? "none yet: see penstock env add" : sb_cstr(&names));
}

enum err_code deploy_blueprint(struct deploy *d, const struct definition *definition,
                               struct arena *arena, const struct environment **cicd,
                               const struct environment *const **targets, struct err *err)
{
    const struct environment **list =
        arena_alloc(arena, definition->stage_count + 1, sizeof(*list));
    enum err_code rc;

    if (list == NULL)
        return arena_err(arena, err);
    rc = deploy_environment(d, definition->cicd, cicd, err);
    for (size_t i = 0; i < definition->stage_count && !rc; i++)
        rc = deploy_environment(d, definition->stages[i].environment, &list[i], err);
    *targets = list;
    return rc;
}

/* ---- reaching an environment ---- */

static enum err_code write_key(const struct environment *e, struct sb *out, struct err *err)
{
    return sb_addf(out, err, SV_FMT "|" SV_FMT "|" SV_FMT "|" SV_FMT "|" SV_FMT, SV_ARG(e->account),
                   SV_ARG(e->region), SV_ARG(e->profile), SV_ARG(e->role_arn),
                   SV_ARG(e->external_id));
}

/* Of a role that is assumed from home: after who is known to be there, else as the chain does it.
 */
static struct sv session_name(const struct deploy *d, char *room, size_t size)
{
    struct sv person = caller_person(sv_of(d->caller));

    if (sv_starts(person, SV(CALLER_OURS)))
        return person;
    if (caller_is_program(person))
        return SV("");
    (void)snprintf(room, size, CALLER_OURS SV_FMT, SV_ARG(person));
    return sv_of(room);
}

static enum err_code open_session(struct deploy *d, struct site *site, const struct environment *e,
                                  struct err *err)
{
    char name[sizeof d->caller + sizeof CALLER_OURS];

    if (e->profile.len > 0) {
        struct aws_options options = {.profile = e->profile,
                                      .region = e->region,
                                      .endpoint_url = d->options->endpoint_url,
                                      .ca_bundle = d->options->ca_bundle};
        enum err_code rc =
            aws_settings_resolve(d->env, &d->contexts->files, &options, &site->settings, err);

        if (rc)
            return rc;
        site->has_settings = true;
        return aws_session_new(d->aws, &site->settings, e->region, &site->session, err);
    }
    if (e->role_arn.len > 0)
        return aws_session_assume(d->home, e->role_arn, e->external_id,
                                  session_name(d, name, sizeof name), e->region, &site->session,
                                  err);
    return aws_session_new(d->aws, aws_session_settings(d->home), e->region, &site->session, err);
}

static void drop_site(struct deploy *d, struct site *site)
{
    struct site **at = &d->sites;

    while (*at != site)
        at = &(*at)->next;
    *at = site->next;
    close_site(site);
}

static enum err_code find_or_open(struct deploy *d, const struct environment *e, struct site **out,
                                  struct err *err)
{
    CLEANUP(sb_release) struct sb key;
    enum err_code rc;

    sb_init(&key, 8192);
    rc = write_key(e, &key, err);
    if (rc)
        return rc;
    *out = find_site(d, sb_sv(&key));
    if (*out != NULL)
        return ERR_OK;
    rc = add_site(d, sb_sv(&key), out, err);
    if (rc)
        return rc;
    rc = open_session(d, *out, e, err);
    if (rc)
        drop_site(d, *out);
    return rc;
}

/* The account must be the planned one, and is asked again when the credentials are others. */
static enum err_code guard(struct task *task, struct deploy *d, struct site *site,
                           struct sv account, struct err *err)
{
    uint64_t key = aws_session_used_key(site->session);
    enum err_code rc = ERR_OK;

    if (site->account[0] == '\0' || key == 0 || key != site->known_key) {
        rc = ask_identity(task, d, site->session, site->account, site->caller, err);
        site->known_key = rc ? 0 : aws_session_used_key(site->session);
        if (rc)
            site->account[0] = '\0';
    }
    if (rc || sv_eq(sv_of(site->account), account))
        return rc;
    return err_set(err, ERR_CONFIG,
                   "the credentials are of account %s, but account " SV_FMT
                   " is meant: correct the environment's profile or role",
                   site->account, SV_ARG(account));
}

enum err_code deploy_reach(struct task *task, struct deploy *d, const struct environment *e,
                           struct aws_session **out, struct err *err)
{
    struct site *site;
    enum err_code rc = find_or_open(d, e, &site, err);

    if (!rc)
        rc = guard(task, d, site, e->account, err);
    if (rc)
        return err_prefix(err, "environment " SV_FMT, SV_ARG(e->name));
    *out = site->session;
    return ERR_OK;
}

/* ---- the other contexts ---- */

/* A context's own session is kept as a site, too; its key begins with what no environment's does.
 */
static enum err_code context_site(struct deploy *d, const struct context *context,
                                  struct site **out, struct err *err)
{
    CLEANUP(sb_release) struct sb key;
    enum err_code rc;

    sb_init(&key, 8192);
    if (context == d->context)
        return home_site(d, out, err);
    rc = sb_addf(&key, err, "@" SV_FMT "|" SV_FMT, SV_ARG(context->profile),
                 SV_ARG(context->region));
    if (rc)
        return rc;
    *out = find_site(d, sb_sv(&key));
    if (*out != NULL)
        return ERR_OK;
    rc = add_site(d, sb_sv(&key), out, err);
    if (!rc)
        rc = aws_session_new(d->aws, &context->settings, context->region, &(*out)->session, err);
    if (rc && *out != NULL)
        drop_site(d, *out);
    return rc;
}

/* What the cache remembers is a hint only: the guard asks AWS before anything is done there. */
static bool may_be_in(struct deploy *d, const struct context *context, struct sv account)
{
    struct cache_context known;
    struct arena arena;
    bool is_other;

    if (d->cache == NULL)
        return true;
    arena_init(&arena, 64 * 1024);
    is_other = cache_get_context(d->cache, context->profile, context->region, &arena, &known,
                                 NULL) == ERR_OK &&
               known.account.len > 0 && !sv_eq(known.account, account);
    arena_release(&arena);
    return !is_other;
}

static enum err_code identify(struct task *task, struct deploy *d, struct site *site,
                              struct err *err)
{
    uint64_t key = aws_session_used_key(site->session);
    enum err_code rc = ERR_OK;

    if (site->account[0] == '\0' || site->caller[0] == '\0' || key == 0 || key != site->known_key) {
        rc = ask_identity(task, d, site->session, site->account, site->caller, err);
        site->known_key = rc ? 0 : aws_session_used_key(site->session);
        if (rc)
            site->account[0] = '\0';
    }
    return rc;
}

enum err_code deploy_at(struct task *task, struct deploy *d, struct sv account, struct sv region,
                        struct aws_session **out, char caller[300], struct err *err)
{
    struct err why = {0};

    for (size_t i = 0; i < d->contexts->count; i++) {
        const struct context *context = &d->contexts->items[i];
        struct site *site;
        enum err_code rc;

        if (context->code || !sv_eq(context->region, region) || !may_be_in(d, context, account))
            continue;
        rc = context_site(d, context, &site, &why);
        if (!rc)
            rc = identify(task, d, site, &why);
        if (rc == ERR_CANCELLED)
            return err_set(err, rc, "%s", why.text);
        if (rc || !sv_eq(sv_of(site->account), account))
            continue;
        *out = site->session;
        (void)snprintf(caller, 300, "%s", site->caller);
        return ERR_OK;
    }
    if (why.code != ERR_OK)
        return err_set(err, why.code, "%s", why.text);
    return err_set(err, ERR_NOT_FOUND,
                   "no context works in account " SV_FMT ", region " SV_FMT
                   ": name one with --context PROFILE@REGION",
                   SV_ARG(account), SV_ARG(region));
}

/* ---- writing ---- */

static enum err_code audit(const struct deploy *d, const struct write *w, const char *outcome,
                           struct sv text, const struct aws_reply *reply, struct sv after,
                           struct err *err)
{
    struct audit_line line = {.outcome = outcome,
                              .action = sv_of(d->action),
                              .operation = sv_of(op_name(w->op)),
                              .account = w->account,
                              .region = sv_of(aws_session_region(w->session)),
                              .caller = sv_of(caller_of(d, site_of(d, w->session))),
                              .target = w->target,
                              .text = text,
                              .reason = w->reason,
                              .before = w->before,
                              .after = after,
                              .request_id = reply == NULL ? SV_NONE : reply->request_id};

    return audit_write_within(d->audit_dir, &line, AUDIT_STEP_MS, err);
}

/* Others who write are waited for without stopping the loop. */
static enum err_code audit_sent(struct task *task, const struct deploy *d, const struct write *w,
                                struct err *err)
{
    int64_t until_ms = time_mono_ms() + AUDIT_PATIENCE_MS;
    struct err why = {0};
    enum err_code rc;

    for (;;) {
        rc = audit(d, w, "sent", sv_of(w->text), NULL, SV_NONE, &why);
        if (rc != ERR_PENDING || time_mono_ms() > until_ms)
            break;
        rc = task_sleep(task, AUDIT_STEP_MS, err);
        if (rc)
            return rc;
    }
    return rc ? err_set(err, rc, "%s", why.text) : ERR_OK;
}

/* What has happened: the audit keeps it when it cannot write it now. */
static void audit_late(const struct deploy *d, const struct write *w, const char *outcome,
                       struct sv text, const struct aws_reply *reply, struct sv after)
{
    struct err lost = {0};

    if (audit(d, w, outcome, text, reply, after, &lost))
        log_error("%s", lost.text);
}

/* What a write left behind, as far as its answer names it; else what a yes means. */
static void tell_after(const struct write *w, const struct aws_reply *reply, char *out, size_t size)
{
    static const struct {
        const char *object;
        const char *member;
        const char *word;
    } names[] = {
        {NULL, "pipelineExecutionId", "execution"},
        {"build", "id", "build"},
        {NULL, "commitId", "commit"},
        {NULL, "StackId", "stack"},
    };

    (void)snprintf(out, size, SV_FMT, SV_ARG(sv_take(w->after, size - 1)));
    for (size_t i = 0; i < ARRAY_LEN(names) && out[0] == '\0'; i++) {
        const cJSON *from =
            names[i].object == NULL ? reply->json : json_get(reply->json, names[i].object);
        struct sv value = json_sv(from, names[i].member);

        if (value.len > 0)
            (void)snprintf(out, size, "%s " SV_FMT, names[i].word, SV_ARG(sv_take(value, 200)));
    }
}

static enum err_code send_write(struct task *task, struct deploy *d, const struct write *w,
                                const struct aws_reply **reply, struct err *err)
{
    d->calls++;
    if (w->is_sent != NULL)
        *w->is_sent = true;
    if (w->rest != NULL)
        return aws_await_rest(task, w->session, w->op, w->rest, w->body, reply, err);
    return aws_await(task, w->session, w->op, w->body, reply, err);
}

/* What is refused here was never sent, and is in the audit all the same. */
static enum err_code may_write(struct task *task, struct deploy *d, const struct write *w,
                               struct err *err)
{
    struct site *site = NULL;

    if (d->is_read_only)
        return err_set(err, ERR_USAGE, "penstock is read-only here: it will not %s", w->text);
    if (w->session == d->home) {
        enum err_code rc = home_site(d, &site, err);

        if (rc)
            return rc;
    } else if ((site = site_of(d, w->session)) == NULL) {
        return err_set(err, ERR_FAILED, "a session that nobody opened");
    }
    return guard(task, d, site, w->account, err);
}

static void keep_outcome(struct deploy *d, const struct write *w, const struct aws_reply *reply,
                         enum err_code rc)
{
    struct permission allowed = {.account = w->account,
                                 .iam_action = sv_of(w->iam),
                                 .resource = w->resource,
                                 .is_allowed = true};

    if (rc == ERR_DENIED && reply != NULL)
        keep_denial(d, w->session, reply, sv_of(w->iam), w->resource);
    if (!rc)
        keep_permission(d, w->session, &allowed);
}

enum err_code deploy_write(struct task *task, struct deploy *d, const struct write *write,
                           const struct aws_reply **reply, struct err *err)
{
    const char *outcome = "done";
    char after[600] = "";
    struct err why = {0};
    enum err_code rc;

    *reply = NULL;
    rc = may_write(task, d, write, &why);
    if (rc) {
        audit_late(d, write, "refused", sv_of(why.text), NULL, SV_NONE);
        return err_set(err, rc, "%s", why.text);
    }
    rc = audit_sent(task, d, write, err);
    if (rc)
        return rc;
    rc = send_write(task, d, write, reply, &why);
    if (rc)
        outcome = *reply == NULL || (*reply)->is_unknown ? "unknown"
                  : rc == ERR_DENIED                     ? "denied"
                                                         : "failed";
    if (!rc)
        tell_after(write, *reply, after, sizeof after);
    audit_late(d, write, outcome, rc ? sv_of(why.text) : sv_of(write->text), *reply, sv_of(after));
    keep_outcome(d, write, *reply, rc);
    if (rc && err != NULL)
        *err = why;
    if (rc && rc != ERR_CANCELLED && *reply != NULL && (*reply)->is_unknown)
        return err_set(err, rc,
                       "%.300s. Whether AWS did it is not known: run this again, it looks first",
                       why.text);
    return rc;
}
