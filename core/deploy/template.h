/* Templates: a definition and its environments as CloudFormation, built as JSON trees, never by
 * putting texts together. Pure: no call, no clock.
 *
 * The CICD stack (DESIGN.md "Strategies", facts/data-all-pipelines.md 3 with its defects mended),
 * the bootstrap stacks (facts/cdk-ddk-sdlf-tsdat.md A1, A4), ddk.json (B) and the first files of
 * the repository. */
#ifndef PENSTOCK_DEPLOY_TEMPLATE_H
#define PENSTOCK_DEPLOY_TEMPLATE_H

#include "core/model/definition.h"

/* What a definition means: its environments found. All borrowed. */
struct blueprint {
    const struct definition *definition;
    const struct environment *cicd;
    const struct environment *const *targets; /* one per stage, in order */
};

/* Whose a stage is: what the stage says, else its environment, else the pipeline. */
struct sv blueprint_team(const struct blueprint *b, size_t stage);

/* The caller's (cJSON_Delete). Metadata.Penstock carries {"version": penstock's, "definition": as
 * definition_write has it, "environments": [the CICD one, then the targets, as they were]}. Needs
 * CAPABILITY_NAMED_IAM; over 51,200 bytes from about eight stages on. */
enum err_code template_cicd(const struct blueprint *b, cJSON **out, struct err *err) MUST_CHECK;
/* The definition out of a template's text; ERR_NOT_FOUND when penstock did not make it. */
enum err_code template_definition(struct sv template_text, struct arena *arena,
                                  struct definition *out, struct err *err) MUST_CHECK;

/* The environments as they were when it was made. */
enum err_code template_environments(struct sv template_text, struct arena *arena,
                                    struct environment **out, size_t *count,
                                    struct err *err) MUST_CHECK;

/* Parameters are by name as the CDK has them (TrustedAccounts, CloudFormationExecutionPolicies,
 * ...); the values of a first bootstrap stand as defaults, dialect and names follow e. */
enum err_code template_bootstrap(const struct environment *e, cJSON **out,
                                 struct err *err) MUST_CHECK;
enum { BOOTSTRAP_CDK_VERSION = 32, BOOTSTRAP_DDK_VERSION = 10 };

/* The tags of the stack and, by CloudFormation, of all that it makes: penstock:pipeline,
 * penstock:team, penstock:strategy, then the definition's. In the arena. */
enum err_code template_tags(const struct definition *d, struct arena *arena, struct tag **out,
                            size_t *count, struct err *err) MUST_CHECK;

/* What the template holds, for a plan: a line per resource. */
struct planned_resource {
    struct sv logical;
    struct sv type;
    struct sv physical; /* its name when the template gives one; "" */
    const char *cost;   /* "billed per month": static text, NULL = none of its own */
    bool is_kept;       /* DeletionPolicy Retain */
};
enum err_code template_resources(const cJSON *template_tree, struct arena *arena,
                                 struct planned_resource **out, size_t *count,
                                 struct err *err) MUST_CHECK;

/* Compact JSON text. */
enum err_code template_text(const cJSON *template_tree, struct sb *out, struct err *err) MUST_CHECK;

/* ---- the repository's first files ---- */

struct repository_file {
    struct sv path;  /* "src/app.py" */
    struct sv bytes; /* the arena's, or the program's own */
    bool is_executable;
};
enum {
    REPOSITORY_FILE_MAX = 6 * 1024 * 1024,
    REPOSITORY_FILES_SIZE = 7 * 1024 * 1024,
    REPOSITORY_FILES_MAX = 100
};

/* ddk.json for all branches; text is pretty and ends in a newline. The same input gives the same
 * bytes. */
enum err_code ddk_json(const struct blueprint *b, struct sb *out, struct err *err) MUST_CHECK;
/* The starter app with ddk.json and the buildspec, in the order of their paths. */
enum err_code starter_files(const struct blueprint *b, struct arena *arena,
                            struct repository_file **out, size_t *count,
                            struct err *err) MUST_CHECK;
/* The files below DIR instead of a starter, with our ddk.json in place of its own (and the
 * starter's buildspec when it has none); .git is passed over. Links, devices, what is too big or
 * too many, unreadable, or named as no repository takes it: ERR_USAGE or ERR_LIMIT naming the file
 * and what to do. */
enum err_code starter_from_dir(const struct blueprint *b, const char *dir, struct arena *arena,
                               struct repository_file **out, size_t *count,
                               struct err *err) MUST_CHECK;

#endif
