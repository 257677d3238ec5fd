/* What the providers of the credential chain share; for cred*.c only.
 *
 * A provider either answers at once (what lies in files and the environment) or is a task on the
 * loop that ends by calling its owner once. The plan says which provider begins and which roles are
 * assumed from there. */
#ifndef PENSTOCK_AWS_CRED_PROVIDER_H
#define PENSTOCK_AWS_CRED_PROVIDER_H

#include "core/aws/call.h"

/* What a provider may look at. Everything is borrowed and outlives the task. */
struct cred_request {
    struct aws *aws;
    const struct aws_settings *settings;
    const struct aws_files *files; /* the freshest; not settings' own */
    const char *profile;           /* whose keys count; may be a source profile */
    bool use_env;                  /* the environment's web identity counts too */
    int process_limit_ms;          /* how long a credential_process may run */
};

/* cred is the receiver's from then on; NULL when err tells why. */
typedef void cred_task_fn(void *owner, struct cred *cred, const struct err *err);

/* The head of every task's own struct. */
struct cred_task {
    void (*release)(struct cred_task *task); /* stops it and frees it */
    cred_task_fn *done;
    void *owner;
};

void cred_task_cancel(struct cred_task *task); /* nobody is called; NULL is fine */
/* Free the task, then call its owner. Takes cred's contents and leaves it empty. */
void cred_task_finish(struct cred_task *task, struct cred *cred, const struct err *err);

/* Where the credentials of a plan begin. */
enum cred_source {
    CRED_NONE,
    CRED_ENVIRONMENT,
    CRED_WEB_IDENTITY,
    CRED_SHARED_FILE,
    CRED_PROCESS,
    CRED_CONFIG_FILE,
    CRED_CONTAINER,
    CRED_IMDS
};

enum { CRED_ROLES_MAX = 16, SESSION_NAME_MIN = 2, SESSION_NAME_MAX = 64 };

struct cred_plan {
    enum cred_source source;
    const char *profile;               /* for the source */
    const char *roles[CRED_ROLES_MAX]; /* profiles with role_arn; the last is assumed first */
    size_t role_count;
    bool use_env;
    bool must_answer; /* named by the profile: finding nothing is an error of its own */
};

/* Strings are borrowed from settings and files. */
enum err_code cred_plan_make(const struct aws_settings *settings, const struct aws_files *files,
                             struct cred_plan *out, struct err *err) MUST_CHECK;

/* "assume-role" keys of a web identity: the environment's first, where it counts. */
const char *cred_web_value(const struct aws_settings *settings, const struct aws_files *files,
                           const char *profile, bool use_env, const char *key);

/* At once. */
enum err_code cred_from_environment(const struct aws_env *env, struct cred *out,
                                    struct err *err) MUST_CHECK;
enum err_code cred_from_file(const struct cred_request *r, enum cred_source source,
                             struct cred *out, struct err *err) MUST_CHECK;

/* On the loop. done is never called from inside these. */
enum err_code cred_process_start(const struct cred_request *r, cred_task_fn *done, void *owner,
                                 struct cred_task **out, struct err *err) MUST_CHECK;
enum err_code cred_container_start(const struct cred_request *r, cred_task_fn *done, void *owner,
                                   struct cred_task **out, struct err *err) MUST_CHECK;
/* ERR_NOT_FOUND, here or to done, when there is no metadata service or no role. */
enum err_code cred_imds_start(const struct cred_request *r, cred_task_fn *done, void *owner,
                              struct cred_task **out, struct err *err) MUST_CHECK;
enum err_code cred_web_start(const struct cred_request *r, cred_task_fn *done, void *owner,
                             struct cred_task **out, struct err *err) MUST_CHECK;
/* r->profile's role_arn, assumed with source. */
enum err_code cred_role_start(const struct cred_request *r, const struct cred *source,
                              cred_task_fn *done, void *owner, struct cred_task **out,
                              struct err *err) MUST_CHECK;

/* A role assumed with another session's credentials. */
struct cred_role {
    struct aws_session *base; /* outlives the chain */
    char *arn;
    char *external_id;  /* "" = none */
    char *session_name; /* "" = our own */
};
/* The chain that has nothing but this role; role's contents are its from then on, also on failure.
 */
enum err_code cred_chain_new_role(struct aws *aws, const struct aws_settings *settings,
                                  struct cred_role *role, struct cred_chain **out,
                                  struct err *err) MUST_CHECK;
void cred_role_release(struct cred_role *role);
enum err_code cred_assume_start(struct aws *aws, const struct cred_role *role, cred_task_fn *done,
                                void *owner, struct cred_task **out, struct err *err) MUST_CHECK;

/* One STS exchange for cred_web_start and cred_role_start; body is wiped by the caller. */
enum err_code cred_sts_start(const struct cred_request *r, enum op op, const struct cred *source,
                             struct sv body, struct sv role_arn, const char *provider,
                             cred_task_fn *done, void *owner, struct cred_task **out,
                             struct err *err) MUST_CHECK;
/* The session name of a role: the given one, else one that tells who is behind, and is the same at
 * each renewal: "penstock-" and behind, or without it (NULL, "") the person at this host. */
enum err_code cred_add_session_name(struct sb *body, const char *given, const char *behind,
                                    struct err *err) MUST_CHECK;
void cred_clean_name(char *name); /* to what STS allows in a session's name */

/* {"AccessKeyId", "SecretAccessKey", token_name, "Expiration", "AccountId"}. The text is never
 * quoted in an error. what names the source in sentences: "credential_process of profile x". */
enum cred_json_flags { CRED_JSON_EXPIRES = 1, CRED_JSON_VERSION_1 = 2 };
enum err_code cred_decode_json(struct sv text, const char *token_name, enum cred_json_flags flags,
                               const char *what, const char *provider, struct cred *out,
                               struct err *err) MUST_CHECK;

/* Copy the texts; NULL token and account stay NULL. */
enum err_code cred_make(struct cred *out, const char *provider, struct sv access_key,
                        struct sv secret_key, struct sv token, struct sv account,
                        struct err *err) MUST_CHECK;

/* For tests, which cannot wait a minute. */
void cred_chain_set_process_limit(struct cred_chain *chain, int limit_ms);
void cred_chain_set_hold_off(struct cred_chain *chain, int hold_off_ms);

#endif
