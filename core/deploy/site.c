#include "core/deploy/site.h"

#include "core/aws/sts.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/deploy/denial.h"

struct site *site_find(const struct deploy *d, const struct aws_session *session)
{
    struct site *site = d->sites;

    while (site != NULL && site->session != session)
        site = site->next;
    return site;
}

/* Who calls with a site's session; "" = not asked yet. */
const char *site_caller(const struct deploy *d, const struct site *site)
{
    if (site != NULL && site->caller[0] != '\0')
        return site->caller;
    return site == NULL || site->is_home ? d->caller : "";
}

/* What was learned helps the next time; that it cannot be kept changes nothing. */
void site_permit(struct deploy *d, const struct aws_session *session,
                 const struct permission *known)
{
    const struct site *site = site_find(d, session);
    struct permission p = *known;
    struct err why = {0};

    p.partition = sv_of(aws_session_partition(session));
    p.at = time_wall_ms();
    if (p.account.len == 0)
        p.account = sv_of(site != NULL && site->account[0] != '\0' ? site->account : d->account);
    if (p.caller.len == 0)
        p.caller = sv_of(site_caller(d, site));
    p.caller = permission_caller(p.caller);
    if (d->cache == NULL || p.account.len == 0 || p.caller.len == 0 || p.iam_action.len == 0)
        return;
    if (cache_put_permission(d->cache, &p, &why))
        log_info("%s", why.text);
}

/* AWS's own words before ours; "" for what nobody knows. */
void site_deny(struct deploy *d, const struct aws_session *session, const struct aws_reply *reply,
               struct sv iam, struct sv resource)
{
    struct denial_words words = denial_read(reply->body);
    struct permission p = {.caller = words.caller,
                           .iam_action = words.iam_action.len > 0 ? words.iam_action : iam,
                           .resource = resource.len > 0 ? resource : words.resource};

    site_permit(d, session, &p);
}

void site_close(struct site *site)
{
    if (!site->is_home)
        aws_session_free(site->session);
    if (site->has_settings)
        aws_settings_release(&site->settings);
    sb_release(&site->key);
    mem_free(site);
}

/* Who calls with this session: account and ARN into buffers of 16 and 300 bytes. */
enum err_code site_ask(struct task *task, struct deploy *d, struct aws_session *session,
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

struct site *site_of_key(struct deploy *d, struct sv key)
{
    struct site *site = d->sites;

    while (site != NULL && !sv_eq(sb_sv(&site->key), key))
        site = site->next;
    return site;
}

enum err_code site_add(struct deploy *d, struct sv key, struct site **out, struct err *err)
{
    struct site *site = mem_alloc(sizeof *site);
    enum err_code rc;

    if (site == NULL)
        return mem_err(err);
    sb_init(&site->key, 8192);
    rc = sb_add(&site->key, key, err);
    if (rc) {
        site_close(site);
        return rc;
    }
    site->next = d->sites;
    d->sites = site;
    *out = site;
    return ERR_OK;
}

/* The first, for the context itself: its key is empty. */
enum err_code site_home(struct deploy *d, struct site **out, struct err *err)
{
    enum err_code rc;

    *out = site_of_key(d, SV(""));
    if (*out != NULL)
        return ERR_OK;
    rc = site_add(d, SV(""), out, err);
    if (rc)
        return rc;
    (*out)->is_home = true;
    (*out)->session = d->home;
    return ERR_OK;
}

void site_drop(struct deploy *d, struct site *site)
{
    struct site **at = &d->sites;

    while (*at != site)
        at = &(*at)->next;
    *at = site->next;
    site_close(site);
}

/* The account must be the planned one, and is asked again when the credentials are others. */
enum err_code site_guard(struct task *task, struct deploy *d, struct site *site, struct sv account,
                         struct err *err)
{
    uint64_t key = aws_session_used_key(site->session);
    enum err_code rc = ERR_OK;

    if (site->account[0] == '\0' || key == 0 || key != site->known_key) {
        rc = site_ask(task, d, site->session, site->account, site->caller, err);
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

enum err_code site_identify(struct task *task, struct deploy *d, struct site *site, struct err *err)
{
    uint64_t key = aws_session_used_key(site->session);
    enum err_code rc = ERR_OK;

    if (site->account[0] == '\0' || site->caller[0] == '\0' || key == 0 || key != site->known_key) {
        rc = site_ask(task, d, site->session, site->account, site->caller, err);
        site->known_key = rc ? 0 : aws_session_used_key(site->session);
        if (rc)
            site->account[0] = '\0';
    }
    return rc;
}
