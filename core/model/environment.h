/* An environment: an account and region that pipelines deploy to, or the one they live in (CICD).
 *
 * Kept in AWS as the JSON of SSM parameter /penstock/environments/NAME of the CICD account; this is
 * what that JSON means. Pure. */
#ifndef PENSTOCK_MODEL_ENVIRONMENT_H
#define PENSTOCK_MODEL_ENVIRONMENT_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/defect.h"

/*       name     word */
#define ENVIRONMENT_KIND_LIST(X)                                                                   \
    X(TARGET, "target")                                                                            \
    X(CICD, "cicd")
#define ENVIRONMENT_KIND_ENUM(name, word) ENVIRONMENT_##name,
enum environment_kind { ENVIRONMENT_KIND_LIST(ENVIRONMENT_KIND_ENUM) ENVIRONMENT_KIND_COUNT };
#undef ENVIRONMENT_KIND_ENUM

#define BOOTSTRAP_LIST(X)                                                                          \
    X(CDK, "cdk")                                                                                  \
    X(DDK, "ddk")
#define BOOTSTRAP_ENUM(name, word) BOOTSTRAP_##name,
enum bootstrap { BOOTSTRAP_LIST(BOOTSTRAP_ENUM) BOOTSTRAP_COUNT };
#undef BOOTSTRAP_ENUM

/* Texts are borrowed from whoever read them; "" (never NULL) when not given. */
struct environment {
    struct sv name; /* 1 to 32 of [a-z0-9-], begins with a letter */
    enum environment_kind kind;
    struct sv account;     /* 12 digits */
    struct sv region;      /* "eu-west-1" */
    struct sv profile;     /* how to reach it: a profile, or ... */
    struct sv role_arn;    /* ... a role assumed from the CICD context; neither: that context */
    struct sv external_id; /* with role_arn only */
    struct sv stage;       /* that it serves by default; "" = any */
    struct sv team;
    enum bootstrap bootstrap; /* the dialect */
    struct sv qualifier;      /* "hnb659fds" */
    struct sv ddk_prefix;     /* DDK only: "ddk" */
    struct sv boundary;       /* ARN of a permissions boundary, "" = none */
    int64_t version;          /* of the parameter it was read from; 0 = not kept yet */
};

const char *environment_kind_word(enum environment_kind kind);
const char *bootstrap_word(enum bootstrap bootstrap);

/* Every defect of one environment; `others` are those that are kept already (for unique names and
 * one CICD), one of the same name is the one being changed. */
void environment_check(const struct environment *e, const struct environment *others, size_t count,
                       struct defects *defects);

/* The JSON of the parameter, {"schema":1,...}, and back. A text of another schema or shape is
 * ERR_REPLY with a sentence. Unknown members are kept out and told by *has_unknown. */
enum err_code environment_read(struct sv json, struct arena *arena, struct environment *out,
                               bool *has_unknown, struct err *err) MUST_CHECK;
enum err_code environment_write(const struct environment *e, struct sb *out,
                                struct err *err) MUST_CHECK;

/* ---- derived names, CDK's and DDK's contract (facts/cdk-ddk-sdlf-tsdat.md A1, A4) ---- */

/*       constant          CDK's name             DDK's name */
#define BOOTSTRAP_ROLE_LIST(X)                                                                     \
    X(FILE_PUBLISHING, "file-publishing-role", "file-publish")                                     \
    X(IMAGE_PUBLISHING, "image-publishing-role", "")                                               \
    X(LOOKUP, "lookup-role", "lookup")                                                             \
    X(DEPLOY, "deploy-role", "deploy")                                                             \
    X(CFN_EXEC, "cfn-exec-role", "cfn-exec")
#define BOOTSTRAP_ROLE_ENUM(name, cdk, ddk) BOOTSTRAP_ROLE_##name,
enum bootstrap_role { BOOTSTRAP_ROLE_LIST(BOOTSTRAP_ROLE_ENUM) BOOTSTRAP_ROLE_COUNT };
#undef BOOTSTRAP_ROLE_ENUM

enum { ENVIRONMENT_NAME_SIZE = 300 };
/* "" for a role that the dialect has not. */
const char *environment_role_name(const struct environment *e, enum bootstrap_role role,
                                  char out[ENVIRONMENT_NAME_SIZE]);
const char *environment_role_arn(const struct environment *e, enum bootstrap_role role,
                                 char out[ENVIRONMENT_NAME_SIZE]);
const char *environment_staging_bucket(const struct environment *e,
                                       char out[ENVIRONMENT_NAME_SIZE]);
const char *environment_version_parameter(const struct environment *e,
                                          char out[ENVIRONMENT_NAME_SIZE]);
const char *environment_bootstrap_stack(const struct environment *e,
                                        char out[ENVIRONMENT_NAME_SIZE]);
/* "aws", "aws-cn", "aws-us-gov": by the region's name. */
const char *environment_partition(const struct environment *e);
const char *partition_by_region(struct sv region);

#endif
