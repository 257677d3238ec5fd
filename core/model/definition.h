/* A pipeline's definition: what a person asks for, in one JSON file or by the wizard.
 *
 * The file (README, "A pipeline's file"): {"schema":1,"name","description","tags":{},"cicd",
 * "team","strategy":"trunk|gitflow","source":{"type":"codecommit|connection","connection_arn",
 * "repository"},"template":"cdk|cloudformation|empty","environments":[{"stage","environment","team",
 * "approval":bool,"branch"}],"variables":{}}. Pure: nobody is asked here; what only AWS knows
 * (bootstrapped? trusting?) is checked by core/deploy. */
#ifndef PENSTOCK_MODEL_DEFINITION_H
#define PENSTOCK_MODEL_DEFINITION_H

#include "core/model/environment.h"
#include "core/model/pipeline.h"

#define STRATEGY_LIST(X)                                                                           \
    X(TRUNK, "trunk")                                                                              \
    X(GITFLOW, "gitflow")
#define STRATEGY_ENUM(name, word) STRATEGY_##name,
enum strategy { STRATEGY_LIST(STRATEGY_ENUM) STRATEGY_COUNT };
#undef STRATEGY_ENUM

#define SOURCE_LIST(X)                                                                             \
    X(CODECOMMIT, "codecommit")                                                                    \
    X(CONNECTION, "connection")
#define SOURCE_ENUM(name, word) SOURCE_##name,
enum source_kind { SOURCE_LIST(SOURCE_ENUM) SOURCE_COUNT };
#undef SOURCE_ENUM

#define STARTER_LIST(X)                                                                            \
    X(CDK, "cdk")                                                                                  \
    X(CLOUDFORMATION, "cloudformation")                                                            \
    X(EMPTY, "empty")
#define STARTER_ENUM(name, word) STARTER_##name,
enum starter { STARTER_LIST(STARTER_ENUM) STARTER_COUNT };
#undef STARTER_ENUM

enum {
    STAGES_TRUNK_MAX = 25, /* 2S stages of one pipeline: CodePipeline takes 50 */
    STAGES_GITFLOW_MAX = 40,
    DEFINITION_TAGS_MAX = 40,
    DEFINITION_VARIABLES_MAX = 40,
    DEFINITION_SIZE_MAX = 256 * 1024
};

struct definition_stage {
    struct sv stage;       /* "dev" */
    struct sv environment; /* name of an environment */
    struct sv team;        /* "" = the environment's, else the pipeline's */
    bool approval;         /* somebody must let it in */
    struct sv branch;      /* "" = by strategy */
};

struct variable {
    struct sv name;
    struct sv value;
};

/* Texts "" (never NULL) when not given; memory is the arena's of whoever made it. */
struct definition {
    struct sv name;
    struct sv description;
    struct tag *tags;
    size_t tag_count;
    struct sv cicd; /* name of an environment of kind CICD */
    struct sv team;
    enum strategy strategy;
    enum source_kind source;
    struct sv connection_arn;
    struct sv repository; /* CodeCommit: default the pipeline's name; connection: "owner/repo" */
    enum starter starter;
    struct definition_stage *stages; /* in order */
    size_t stage_count;
    struct variable *variables;
    size_t variable_count;
};

const char *strategy_word(enum strategy s);
const char *source_word(enum source_kind s);
const char *starter_word(enum starter s);
/* What it means, a line for a form. */
const char *strategy_help(enum strategy s);

/* Read the file's text. What is no JSON at all is an err with line and column; every other defect
 * (a wrong type, an unknown member, an unknown word) goes into defects, each with its field, and
 * the rest is read on. Defaults are filled in: repository = name, template cdk, approval false for
 * the first stage and for every gitflow stage but prod, true for the others, branches by strategy.
 */
enum err_code definition_read(struct sv json, struct arena *arena, struct definition *out,
                              struct defects *defects, struct err *err) MUST_CHECK;
/* Pretty, members in the documented order, nothing that equals its default left out: reading it
 * gives the same definition. */
enum err_code definition_write(const struct definition *d, struct sb *out,
                               struct err *err) MUST_CHECK;
/* A copy in another arena. */
enum err_code definition_copy(const struct definition *from, struct arena *arena,
                              struct definition *out, struct err *err) MUST_CHECK;

/* The branch that the strategy gives to a stage, or what the stage itself says. */
struct sv definition_branch(const struct definition *d, size_t stage);
const struct environment *environment_find(const struct environment *items, size_t count,
                                           struct sv name);

/* Everything that can be known without AWS: required, lengths, characters, reserved words, unique
 * stages, duplicate account+region+stage, blank rows, unknown environments, a CICD environment that
 * is one, limits of every derived name with the longest name that fits, 50 stages, branches legal
 * for git and not nested in one another ("a" beside "a/b"). environments NULL: they are not known
 * yet, and what only they can tell is left out. */
void definition_check(const struct definition *d, const struct environment *environments,
                      size_t count, struct defects *defects);

/* ---- derived names: one table; the template, the plan, the checks and the delete use it ---- */

/* $N name, $S stage, $A CICD account, $R CICD region.
 *       constant     limit  pattern                      per stage  of  */
#define DERIVED_LIST(X)                                                                            \
    X(STACK, 128, "penstock-$N", false, "CloudFormation stack")                                    \
    X(PIPELINE, 100, "$N", false, "CodePipeline")                                                  \
    X(STAGE_PIPELINE, 100, "$N-$S", true, "CodePipeline")                                          \
    X(REPOSITORY, 100, "$N", false, "CodeCommit repository")                                       \
    X(BUCKET, 63, "$N-artifacts-$A-$R", false, "S3 bucket")                                        \
    X(KEY_ALIAS, 256, "alias/$N-artifacts", false, "KMS alias")                                    \
    X(PIPELINE_ROLE, 64, "$N-pipeline-$R", false, "IAM role")                                      \
    X(EVENTS_ROLE, 64, "$N-events-$R", false, "IAM role")                                          \
    X(BUILD_ROLE, 64, "$N-build-$S-$R", true, "IAM role")                                          \
    X(PROJECT, 150, "$N-build-$S", true, "CodeBuild project")                                      \
    X(LOG_GROUP, 512, "/aws/codebuild/$N-build-$S", true, "log group")                             \
    X(RULE, 64, "$N-source", false, "EventBridge rule")                                            \
    X(STAGE_RULE, 64, "$N-source-$S", true, "EventBridge rule")                                    \
    X(APPLICATION, 128, "$N-$S", true, "CloudFormation stack of the application")                  \
    X(PARAMETERS, 900, "/$N/$S/", true, "SSM parameters of the build")                             \
    X(SECRETS, 500, "$N/$S/", true, "secrets of the build")                                        \
    X(SOURCE_STAGE, 100, "Source-$S", true, "stage of a pipeline")                                 \
    X(DEPLOY_STAGE, 100, "Deploy-Stage-$S", true, "stage of a pipeline")                           \
    X(APPROVAL_STAGE, 100, "ManualApproval-$S", true, "stage of a pipeline")                       \
    X(DEPLOY_ACTION, 100, "deploy-$S", true, "action of a pipeline")

#define DERIVED_ENUM(name, limit, pattern, per_stage, of) DERIVED_##name,
enum derived { DERIVED_LIST(DERIVED_ENUM) DERIVED_COUNT };
#undef DERIVED_ENUM

enum { DERIVED_SIZE = 1024 };
/* stage: index, or -1 where the name has none. cicd may be NULL where account and region do not
 * matter. */
const char *definition_name(const struct definition *d, const struct environment *cicd,
                            enum derived what, int stage, char out[DERIVED_SIZE]);
/* Does this strategy and source use it? */
bool definition_uses(const struct definition *d, enum derived what);

/* ---- what a change is ---- */

enum change_kind { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_MOVED, CHANGE_EDITED };
struct definition_change {
    enum change_kind kind;
    struct sv stage; /* "" = of the pipeline itself */
    char text[DEFECT_TEXT_SIZE];
};
enum { DEFINITION_CHANGES_MAX = 200 };
/* What differs, a line each; what cannot be changed (name, strategy, cicd, source, repository) goes
 * into defects. */
enum err_code definition_compare(const struct definition *before, const struct definition *after,
                                 struct arena *arena, struct definition_change **out, size_t *count,
                                 struct defects *defects, struct err *err) MUST_CHECK;

#endif
