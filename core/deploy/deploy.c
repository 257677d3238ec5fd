#include "core/deploy/deploy.h"

#include "core/aws/caller.h"
#include "core/base/log.h"
#include "core/deploy/audit.h"
#include "core/deploy/environments.h"
#include "core/deploy/site.h"

enum { ARENA_MAX = 4 << 20 };

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

void deploy_close(struct deploy *d)
{
    struct err lost = {0};

    if (audit_write_kept(d->audit_dir, AUDIT_WAIT_MS, &lost))
        log_error("%s", lost.text);
    /* Sessions by role stand on home. */
    while (d->sites != NULL) {
        struct site *next = d->sites->next;

        site_close(d->sites);
        d->sites = next;
    }
    aws_session_free(d->home);
    arena_release(&d->arena);
    *d = (struct deploy){0};
}

enum err_code deploy_read(struct task *task, struct deploy *d, struct aws_session *session,
                          enum op op, struct sv body, const struct aws_reply **reply,
                          struct err *err)
{
    enum err_code rc;

    d->calls++;
    rc = aws_await(task, session, op, body, reply, err);
    if (rc == ERR_DENIED && *reply != NULL)
        site_deny(d, session, *reply, SV(""), SV(""));
    return rc;
}

enum err_code deploy_who(struct task *task, struct deploy *d, struct err *err)
{
    struct site *site;
    enum err_code rc;

    if (d->account[0] != '\0')
        return ERR_OK;
    rc = site_home(d, &site, err);
    if (!rc)
        rc = site_ask(task, d, d->home, d->account, d->caller, err);
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

static enum err_code find_or_open(struct deploy *d, const struct environment *e, struct site **out,
                                  struct err *err)
{
    CLEANUP(sb_release) struct sb key;
    enum err_code rc;

    sb_init(&key, 8192);
    rc = write_key(e, &key, err);
    if (rc)
        return rc;
    *out = site_of_key(d, sb_sv(&key));
    if (*out != NULL)
        return ERR_OK;
    rc = site_add(d, sb_sv(&key), out, err);
    if (rc)
        return rc;
    rc = open_session(d, *out, e, err);
    if (rc)
        site_drop(d, *out);
    return rc;
}

enum err_code deploy_reach(struct task *task, struct deploy *d, const struct environment *e,
                           struct aws_session **out, struct err *err)
{
    struct site *site;
    enum err_code rc = find_or_open(d, e, &site, err);

    if (!rc)
        rc = site_guard(task, d, site, e->account, err);
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
        return site_home(d, out, err);
    rc = sb_addf(&key, err, "@" SV_FMT "|" SV_FMT, SV_ARG(context->profile),
                 SV_ARG(context->region));
    if (rc)
        return rc;
    *out = site_of_key(d, sb_sv(&key));
    if (*out != NULL)
        return ERR_OK;
    rc = site_add(d, sb_sv(&key), out, err);
    if (!rc)
        rc = aws_session_new(d->aws, &context->settings, context->region, &(*out)->session, err);
    if (rc && *out != NULL)
        site_drop(d, *out);
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
            rc = site_identify(task, d, site, &why);
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
