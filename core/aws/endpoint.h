/* Endpoints: which URL serves a service in a region, and for which region and name to sign.
 *
 * Partitions aws, aws-cn, aws-us-gov (and the rest of facts/aws-api.md 3.9), FIPS, dual stack, and
 * what the user configured. Pure. */
#ifndef PENSTOCK_AWS_ENDPOINT_H
#define PENSTOCK_AWS_ENDPOINT_H

#include "core/aws/settings.h"

/*       name          service id      host prefix     signing name */
#define SERVICE_LIST(X)                                                                            \
    X(STS, "sts", "sts", "sts")                                                                    \
    X(CODEPIPELINE, "codepipeline", "codepipeline", "codepipeline")

#define SERVICE_ENUM(name, id, prefix, signing) SERVICE_##name,
enum service { SERVICE_LIST(SERVICE_ENUM) SERVICE_COUNT };
#undef SERVICE_ENUM

const char *service_id(enum service s);
const char *service_signing_name(enum service s);

struct partition {
    const char *name;   /* "aws" */
    const char *suffix; /* "amazonaws.com" */
    const char *dual_suffix;
    const char *global_region;
};

/* The partition of a region by its pattern; NULL for a name that no pattern fits. */
const struct partition *partition_of_region(struct sv region);

enum { ENDPOINT_URL_MAX = 512 };

struct endpoint {
    char url[ENDPOINT_URL_MAX];  /* "https://sts.eu-west-1.amazonaws.com", no final slash */
    char host[ENDPOINT_URL_MAX]; /* for the Host header, with a non-default port */
    char path[ENDPOINT_URL_MAX]; /* "/" or what the configured URL had */
    const char *signing_name;
    const char *partition;
    char region[64];
};

/* ERR_CONFIG for an unknown region without a configured endpoint, or a malformed URL. */
enum err_code endpoint_resolve(const struct aws_settings *settings, enum service service,
                               struct sv region, struct endpoint *out, struct err *err) MUST_CHECK;

#endif
