/* Endpoints: which URL serves a service in a region, and for which region and name to sign.
 *
 * Partitions aws, aws-cn, aws-us-gov (and the rest of facts/aws-api.md 3.9), FIPS, dual stack, and
 * what the user configured. Pure. */
#ifndef PENSTOCK_AWS_ENDPOINT_H
#define PENSTOCK_AWS_ENDPOINT_H

#include "core/aws/settings.h"

/* clang-format off */
/*    name             service id                     host prefix        signing name           FIPS in aws-us-gov */
#define SERVICE_LIST(X) \
    X(STS,             "sts",                         "sts",             "sts",                 GOV_PLAIN)  \
    X(CODEPIPELINE,    "codepipeline",                "codepipeline",    "codepipeline",        GOV_MARKED) \
    X(CLOUDFORMATION,  "cloudformation",              "cloudformation",  "cloudformation",      GOV_PLAIN)  \
    X(IAM,             "iam",                         "iam",             "iam",                 GOV_MARKED) \
    X(SSM,             "ssm",                         "ssm",             "ssm",                 GOV_PLAIN)  \
    X(CODECOMMIT,      "codecommit",                  "codecommit",      "codecommit",          GOV_MARKED) \
    X(CODEBUILD,       "codebuild",                   "codebuild",       "codebuild",           GOV_MARKED) \
    X(S3,              "s3",                          "s3",              "s3",                  GOV_MARKED) \
    X(KMS,             "kms",                         "kms",             "kms",                 GOV_MARKED) \
    X(LOGS,            "cloudwatch_logs",             "logs",            "logs",                GOV_PLAIN)  \
    X(ECR,             "ecr",                         "api.ecr",         "ecr",                 GOV_MARKED) \
    X(EVENTS,          "eventbridge",                 "events",          "events",              GOV_NEVER)  \
    X(CODECONNECTIONS, "codeconnections",             "codeconnections", "codeconnections",     GOV_MARKED) \
    X(TAGGING,         "resource_groups_tagging_api", "tagging",         "tagging",             GOV_MARKED) \
    X(SERVICE_QUOTAS,  "service_quotas",              "servicequotas",   "servicequotas",       GOV_PLAIN)
/* clang-format on */

#define SERVICE_ENUM(name, id, prefix, signing, gov) SERVICE_##name,
enum service { SERVICE_LIST(SERVICE_ENUM) SERVICE_COUNT };
#undef SERVICE_ENUM

const char *service_id(enum service s);
const char *service_signing_name(enum service s);

struct partition {
    const char *name;   /* "aws" */
    const char *suffix; /* "amazonaws.com" */
    const char *dual_suffix;
    const char *global_region;
    const char *console; /* "console.aws.amazon.com"; "" where we do not know it */
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
    char region[64];    /* to sign for: a global service's own */
    bool is_configured; /* the user's URL, not by the rules */
};

/* ERR_CONFIG for an unknown region without a configured endpoint, a malformed URL, or FIPS where
 * the partition has none. */
enum err_code endpoint_resolve(const struct aws_settings *settings, enum service service,
                               struct sv region, struct endpoint *out, struct err *err) MUST_CHECK;

/* The endpoint of one bucket, from that of S3 itself: "bucket.s3.REGION..." or, when its name has
 * dots or the endpoint is configured, in the path. ERR_CONFIG for a name that no bucket can have.
 */
enum err_code endpoint_for_bucket(const struct endpoint *s3, struct sv bucket, struct endpoint *out,
                                  struct err *err) MUST_CHECK;

#endif
