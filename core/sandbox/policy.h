/* Policies: what one document says to one question. Pure: no records, no clock.
 *
 * A statement speaks when its principal (in documents that have some), action, resource and every
 * condition fit. A condition key that the question does not give counts as absent, as AWS has it.
 * An explicit Deny wins within the document; who asks several documents lets it win over all. */
#ifndef PENSTOCK_SANDBOX_POLICY_H
#define PENSTOCK_SANDBOX_POLICY_H

#include "core/base/json.h"

struct policy_value {
    const char *key; /* "sts:ExternalId" */
    struct sv value; /* SV_NONE: absent */
};

struct policy_ask {
    struct sv action;   /* "sts:AssumeRole" */
    struct sv resource; /* "*": any one will do, unless it is to be all */
    bool is_of_all;
    /* Who asks: what a Principal may name. */
    struct sv account;
    struct sv arn;      /* of the user or session */
    struct sv role_arn; /* of a session's role */
    struct sv service;  /* "codebuild.amazonaws.com" */
    const struct policy_value *values;
    size_t value_count;
};

enum policy_answer { POLICY_SILENT, POLICY_ALLOWED, POLICY_ALLOWED_BY_NAME, POLICY_DENIED };

/* BY_NAME: the principal is named itself, not by its account or '*': then the account that owns
 * what is asked for needs no policy of the principal's. */
enum policy_answer policy_judge(const cJSON *document, const struct policy_ask *ask,
                                bool has_principals);

enum { POLICY_WHY_MAX = 256 };
/* Is it a document at all? Else why has AWS's sentence. */
bool policy_is_sound(const cJSON *document, bool has_principals, char why[POLICY_WHY_MAX]);

/* '*' and '?' stand for any text and any character. */
bool policy_fits(struct sv pattern, struct sv text, bool ignores_case);
/* The account of "123456789012" or "arn:aws:iam::123456789012:root", else SV_NONE. */
struct sv policy_account(struct sv principal);

#endif
