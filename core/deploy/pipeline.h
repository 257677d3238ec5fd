/* Pipelines in AWS: making one, changing it, taking it away; and the definition back out of AWS.
 *
 * The CICD stack carries the definition (template.h). Every step looks before it writes, so each
 * may be repeated; what a run that died had begun is found in AWS, never in a file of ours. */
#ifndef PENSTOCK_DEPLOY_PIPELINE_H
#define PENSTOCK_DEPLOY_PIPELINE_H

#include "core/deploy/deploy.h"
#include "core/deploy/job.h"
#include "core/deploy/plan.h"
#include "core/deploy/template.h"

struct made_pipeline {
    struct sv name;
    struct sv stack_status;
    struct sv stack_id;
    struct definition definition; /* as its stack has it */
    struct sv template_text;
};
/* By the pipeline's name; ERR_NOT_FOUND when there is no such stack, or it is not penstock's. */
enum err_code pipeline_fetch(struct task *task, struct deploy *d, struct sv name,
                             struct arena *arena, struct made_pipeline *out,
                             struct err *err) MUST_CHECK;
/* The names of all that penstock made here (stacks with the tag penstock:pipeline). */
enum err_code pipeline_names(struct task *task, struct deploy *d, struct arena *arena,
                             struct sv **out, size_t *count, struct err *err) MUST_CHECK;

/* ---- create ---- */

struct create {
    struct deploy *deploy;           /* loaded */
    const struct definition *wanted; /* borrowed for as long as this lives */
    const char *template_dir;        /* NULL = the definition's starter */
    bool uses_existing_repository;   /* told to */
    /* made by create_plan */
    struct arena arena;
    struct blueprint blueprint;
    struct repository_file *files;
    size_t file_count;
    struct sv template_text;
    struct sv ddk_json;
    uint64_t digest; /* of the change set that the plan showed, when there is a stack */
    bool retries;    /* first executions that failed in an earlier try */
};
/* Nothing is left written: a stack that exists is compared by a change set that is deleted again
 * (read-only: by its template). The plan's defects hold all that definition_check, the environments
 * and the doctor's glance find. */
enum err_code create_plan(struct task *task, struct create *c, struct plan *plan,
                          struct err *err) MUST_CHECK;
/* Check targets; repository; first commit; branches; stack by change set; first executions. owner:
 * struct create. */
enum err_code create_steps(struct create *c, struct job *job, struct err *err) MUST_CHECK;
void create_release(struct create *c);

/* ---- change ---- */

enum orphan { ORPHAN_ASK, ORPHAN_KEEP, ORPHAN_DELETE }; /* the application of a removed stage */

struct change {
    struct deploy *deploy;
    const struct definition *wanted;
    enum orphan orphans; /* ASK: the plan has a defect that asks, when there is any */
    struct arena arena;
    struct made_pipeline before;
    struct blueprint blueprint;
    struct sv template_text;
    struct sv ddk_json;
    struct definition_change *changes;
    size_t change_count;
    struct inventory *inventory; /* of the removed stages */
    uint64_t digest;
};
enum err_code change_plan(struct task *task, struct change *c, struct plan *plan,
                          struct err *err) MUST_CHECK;
/* New branches; stack by change set; ddk.json on every branch; applications of removed stages. */
enum err_code change_steps(struct change *c, struct job *job, struct err *err) MUST_CHECK;
void change_release(struct change *c);

/* ---- delete ---- */

struct removal {
    struct deploy *deploy;
    struct sv name;
    bool deletes_repository;
    bool keeps_applications;
    /* made by removal_plan */
    struct arena arena;
    struct made_pipeline made;
    bool has_stack; /* else only what an unfinished create left: repository, stack in review */
    const struct environment *cicd;
    struct inventory *inventory;
    struct sb left; /* what remains, told at the end, a line each */
};
/* The inventory is AWS's: the stack's resources, the tags, the definition's environments; never a
 * pattern of names. */
enum err_code removal_plan(struct task *task, struct removal *r, struct plan *plan,
                           struct err *err) MUST_CHECK;
/* Applications per environment; artifacts with all versions; stack; log groups; repository. */
enum err_code removal_steps(struct removal *r, struct job *job, struct err *err) MUST_CHECK;
void removal_release(struct removal *r);

#endif
