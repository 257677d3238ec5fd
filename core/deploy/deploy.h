/* Deploy: what every plan and every write shares. The CICD context's session and who we are there,
 * the environments that AWS keeps, the sessions that reach them, and the one door for writes.
 *
 * All functions with a task run inside one (core/net/task.h). */
#ifndef PENSTOCK_DEPLOY_DEPLOY_H
#define PENSTOCK_DEPLOY_DEPLOY_H

#include "core/aws/await.h"
#include "core/cache/cache.h"
#include "core/model/definition.h"
#include "core/sync/context.h"

struct site; /* an environment's session, kept as long as the deploy */

struct deploy {
    struct aws *aws;
    struct cache *cache; /* NULL: nothing is kept locally */
    const struct context_list *contexts;
    const struct context *context; /* the CICD context: profile and region */
    const struct aws_options *options;
    const struct aws_env *env;
    struct aws_session *home;
    const char *audit_dir; /* NULL: the user's own */
    bool is_read_only;
    bool no_wait;     /* a step that would only watch ends as ERR_PENDING */
    char action[160]; /* for the audit log: "create sales" */
    char reason[400]; /* ...of each write that tells none; "" = none */
    /* known after deploy_who */
    char account[16];
    char partition[24];
    char region[64];
    char caller[300];
    /* known after deploy_load; in the arena, by name */
    struct arena arena;
    struct environment *environments;
    size_t environment_count;
    struct err notice; /* what under their path is no environment; "" = nothing */
    struct site *sites;
    uint64_t calls; /* to AWS, for figures and tests */
};

/* context is one of the list's, with a region. Nothing is asked yet. */
enum err_code deploy_open(struct deploy *d, struct aws *aws, struct cache *cache,
                          const struct context_list *contexts, const struct context *context,
                          const struct context_options *options, struct err *err) MUST_CHECK;
void deploy_close(struct deploy *d); /* a zeroed one is fine */

/* GetCallerIdentity in the CICD context, once. */
enum err_code deploy_who(struct task *task, struct deploy *d, struct err *err) MUST_CHECK;
/* The environments, read from SSM; the cache is told. Reading again forgets the old ones. */
enum err_code deploy_load(struct task *task, struct deploy *d, struct err *err) MUST_CHECK;
/* ERR_NOT_FOUND names those that there are. */
enum err_code deploy_environment(const struct deploy *d, struct sv name,
                                 const struct environment **out, struct err *err) MUST_CHECK;
/* The definition's environments; ERR_NOT_FOUND as above. Arrays in the arena. */
enum err_code deploy_blueprint(struct deploy *d, const struct definition *definition,
                               struct arena *arena, const struct environment **cicd,
                               const struct environment *const **targets,
                               struct err *err) MUST_CHECK;
/* The session that reaches an environment, in its region, its identity found equal to the
 * configured account (ERR_CONFIG else, naming both). The deploy's. */
enum err_code deploy_reach(struct task *task, struct deploy *d, const struct environment *e,
                           struct aws_session **out, struct err *err) MUST_CHECK;

/* The session of the context that works in this account and region, found by the cache or by asking
 * who the contexts are; ERR_NOT_FOUND names what to do when none does. caller: who we are there.
 * The deploy's. */
enum err_code deploy_at(struct task *task, struct deploy *d, struct sv account, struct sv region,
                        struct aws_session **out, char caller[300], struct err *err) MUST_CHECK;

/* Reads count; what AWS denies is kept as a permission (core/cache). */
enum err_code deploy_read(struct task *task, struct deploy *d, struct aws_session *session,
                          enum op op, struct sv body, const struct aws_reply **reply,
                          struct err *err) MUST_CHECK;

/* One write. Refused with ERR_USAGE when read-only. Before it is sent the session's caller must be
 * of the planned account (asked again whenever the credentials are others than the last time), and
 * the audit log has it as sent; afterwards the log has its outcome. */
struct write {
    struct aws_session *session;
    struct sv account; /* planned */
    enum op op;
    struct sv body;
    const struct aws_rest *rest; /* S3, else NULL */
    bool *is_sent;               /* true from when it may have left; NULL = nobody asks */
    const char *text;            /* what it does: "create the repository sales" */
    const char *iam;    /* NULL, or the IAM action that it needs: what AWS says of it is kept */
    struct sv target;   /* these for the audit; may be empty */
    struct sv resource; /* a pipeline's name, for the permission */
    struct sv reason;
    struct sv trace; /* what its row "sent" ends in: audit_mark's; "" = nothing */
    struct sv before;
    struct sv after; /* what AWS's yes makes of it; "" = the id that its answer names */
};
enum err_code deploy_write(struct task *task, struct deploy *d, const struct write *write,
                           const struct aws_reply **reply, struct err *err) MUST_CHECK;

#endif
