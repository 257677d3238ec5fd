/* The doctor: is an environment fit for pipelines? A list of checks, each with its finding and what
 * to do about it. Reads only. */
#ifndef PENSTOCK_DEPLOY_DOCTOR_H
#define PENSTOCK_DEPLOY_DOCTOR_H

#include "core/deploy/deploy.h"

/* clang-format off */
/*       name         word              title */
#define CHECK_LIST(X) \
    X(CREDENTIALS,    "credentials",    "credentials")                              \
    X(IDENTITY,       "identity",       "the account is the configured one")        \
    X(CLOCK,          "clock",          "this host's clock")                        \
    X(BOOTSTRAP,      "bootstrap",      "bootstrap version")                        \
    X(TRUST,          "trust",          "deploy role trusts the CICD account")      \
    X(POLICIES,       "policies",       "execution role has policies")              \
    X(BOUNDARY,       "boundary",       "permissions boundary is there")            \
    X(BUCKET,         "bucket",         "staging bucket is there and ours")         \
    X(PROTECTION,     "protection",     "bootstrap stack is protected")             \
    X(CODECOMMIT,     "codecommit",     "CodeCommit can be used")                   \
    X(QUOTAS,         "quotas",         "quotas that matter")
/* clang-format on */
#define CHECK_ENUM(name, word, title) CHECK_##name,
enum check { CHECK_LIST(CHECK_ENUM) CHECK_COUNT };
#undef CHECK_ENUM
const char *check_word(enum check c);
const char *check_title(enum check c);

enum verdict { VERDICT_SKIPPED, VERDICT_GOOD, VERDICT_WARNS, VERDICT_FAILS };
const char *verdict_word(enum verdict v); /* "-", "ok", "warn", "FAIL" */

struct finding {
    enum verdict verdict;
    char text[300];   /* what was found */
    char advice[300]; /* what to do; "" when it is good */
};

struct diagnosis {
    char environment[64];
    struct finding findings[CHECK_COUNT];
    int64_t checked_at;        /* wall ms */
    int64_t bootstrap_version; /* 0 = none was found */
    bool trusts;               /* the deploy role trusts the CICD account, TagSession too */
};
enum verdict diagnosis_worst(const struct diagnosis *d);
/* The one line for a list: the first failure, else the first warning, else "". */
const char *diagnosis_line(const struct diagnosis *d);

/* Every check that can be made is made, one's failure does not hide the others; only what hinders
 * the doctor itself is returned. The cache is told. cicd may be NULL: then trust is skipped. */
enum err_code doctor_examine(struct task *task, struct deploy *d, const struct environment *e,
                             const struct environment *cicd, struct diagnosis *out,
                             struct err *err) MUST_CHECK;
/* What creating a pipeline needs to know: credentials, identity, bootstrap, trust only. */
enum err_code doctor_glance(struct task *task, struct deploy *d, const struct environment *e,
                            const struct environment *cicd, struct diagnosis *out,
                            struct err *err) MUST_CHECK;

#endif
