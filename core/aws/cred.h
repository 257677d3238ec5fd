/* Credentials: the AWS CLI v2's chain of providers, refreshed before they expire.
 *
 * The one struct that holds secrets; cleansed when released, never logged, never cached on disk.
 * Order and rules: facts/aws-api.md 3. Providers that need the network or a child process
 * (assumed roles, web identity, credential_process, container, IMDS) work on the loop; nothing
 * ever prompts. */
#ifndef PENSTOCK_AWS_CRED_H
#define PENSTOCK_AWS_CRED_H

#include "core/aws/settings.h"
#include "core/net/net.h"

struct cred {
    char *access_key;
    char *secret_key;
    char *token;           /* NULL when there is none */
    char *account;         /* NULL unless the provider told it */
    int64_t expires_at_ms; /* wall; 0 = never */
    const char *provider;  /* "environment", "assume-role", ...: static text */
};

void cred_init(struct cred *cred);
void cred_release(struct cred *cred); /* cleanses */
enum err_code cred_copy(struct cred *to, const struct cred *from, struct err *err) MUST_CHECK;

struct aws; /* call.h */
struct cred_chain;

/* The chain for one profile; reads no file yet beyond what settings hold. */
enum err_code cred_chain_new(struct aws *aws, const struct aws_settings *settings,
                             struct cred_chain **out, struct err *err) MUST_CHECK;
void cred_chain_free(struct cred_chain *chain); /* nobody is called back any more */

typedef void cred_done_fn(void *owner, const struct cred *cred, const struct err *err);

/* Credentials that are good for some minutes yet. ERR_OK and *cred when they are at hand
 * (borrowed until the next call on the chain); ERR_PENDING when done will be called from net_wait
 * (cred NULL on failure); any other code is the failure. Several callers may wait at once: each is
 * called. Refresh begins 15 minutes before expiry in the background and is waited for in the last
 * 10. cred_cancel drops a waiting caller. */
enum err_code cred_get(struct cred_chain *chain, cred_done_fn *done, void *owner,
                       const struct cred **cred, struct err *err) MUST_CHECK;
void cred_cancel(struct cred_chain *chain, void *owner);

/* AWS said that they have expired or are unknown: drop them and read files and providers anew at
 * the next cred_get (the files may have been renewed by another program). */
void cred_expired(struct cred_chain *chain);

/* The region of the instance we run on, when nothing else names one: IMDS's availability zone less
 * its last letter. done is called once from net_wait, with an empty region and the reason in err on
 * failure (ERR_NOT_FOUND: no metadata service, or it is switched off), NULL in err on success.
 * settings must live until then. */
typedef void cred_region_fn(void *owner, struct sv region, const struct err *err);
enum err_code cred_imds_region(struct aws *aws, const struct aws_settings *settings,
                               cred_region_fn *done, void *owner, struct err *err) MUST_CHECK;
void cred_imds_cancel(struct aws *aws, void *owner); /* drops what owner waits for */

#endif
