/* A site: a session that a deploy keeps, and whose it was found to be. The first is the CICD
 * context's own, with an empty key. Inside a task, but for what finds. */
#ifndef PENSTOCK_DEPLOY_SITE_H
#define PENSTOCK_DEPLOY_SITE_H

#include "core/deploy/deploy.h"

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

struct site *site_find(const struct deploy *d, const struct aws_session *session); /* NULL */
struct site *site_of_key(struct deploy *d, struct sv key);                         /* NULL */
/* Its session is still to be opened. */
enum err_code site_add(struct deploy *d, struct sv key, struct site **out,
                       struct err *err) MUST_CHECK;
enum err_code site_home(struct deploy *d, struct site **out, struct err *err) MUST_CHECK;
void site_drop(struct deploy *d, struct site *site);
void site_close(struct site *site); /* it is no deploy's any more */

/* Who calls with a site's session; "" = not asked yet. */
const char *site_caller(const struct deploy *d, const struct site *site);
/* Account and ARN (NULL: nobody wants it) into buffers of 16 and 300 bytes. */
enum err_code site_ask(struct task *task, struct deploy *d, struct aws_session *session,
                       char *account, char *arn, struct err *err) MUST_CHECK;
/* Account and caller, asked again when the credentials are others than the last time. */
enum err_code site_identify(struct task *task, struct deploy *d, struct site *site,
                            struct err *err) MUST_CHECK;
/* The same, and it must be this account: ERR_CONFIG else. */
enum err_code site_guard(struct task *task, struct deploy *d, struct site *site, struct sv account,
                         struct err *err) MUST_CHECK;

/* What AWS allowed or denied, kept in the cache: what was learned helps the next time. */
void site_permit(struct deploy *d, const struct aws_session *session,
                 const struct permission *known);
/* AWS's own words before ours; "" for what nobody knows. */
void site_deny(struct deploy *d, const struct aws_session *session, const struct aws_reply *reply,
               struct sv iam, struct sv resource);

#endif
