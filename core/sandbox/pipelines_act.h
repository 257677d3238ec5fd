/* What the actions of made pipelines do: for the files pipelines_act*.c. */
#ifndef PENSTOCK_SANDBOX_PIPELINES_ACT_H
#define PENSTOCK_SANDBOX_PIPELINES_ACT_H

#include "core/sandbox/engine.h"
#include "core/sandbox/service.h"

enum { ACT_ROLE_MAX = 1024, ARTIFACT_KEY_MAX = 160 };

/* One action that is at work. */
struct act {
    struct service *s;
    struct err *err;
    struct pipe *p;
    struct run *run;
    size_t number;
    const struct action_shape *action;
    struct attempt *attempt;
    struct deed *deed;
    cJSON *configuration; /* resolved */
    struct sv role;       /* whose permissions count */
    bool is_first;        /* it has only just begun, or the sandbox has */
};

/* AWS's sentence for the failure of an action, which ends with it. */
enum err_code act_fail(struct act *a, const char *code, const char *fmt, ...)
    PRINTF_LIKE(3, 4) MUST_CHECK;
/* After its output artifacts were put into the pipeline's bucket; fails the action if they cannot
 * be.
 */
enum err_code act_succeed(struct act *a) MUST_CHECK;
/* Look again after so many ms of work. */
enum err_code act_wait(struct act *a, int64_t ms) MUST_CHECK;
/* A text of the deed or the attempt, for as long as the world lives. */
enum err_code act_keep(struct act *a, const char **out, const char *fmt, ...)
    PRINTF_LIKE(3, 4) MUST_CHECK;
/* Does the role hold it? If not the action has ended, with who says so ("The service role ..."). */
enum err_code act_allowed(struct act *a, const char *permission, const char *arn,
                          bool *is_allowed) MUST_CHECK;

/* What an artifact was made from: the source's place and commit. Of what a build put out it is the
 * pipeline's first source. False: there is none. */
bool act_source(struct act *a, struct sv artifact, struct codecommit_place *place,
                struct sv *commit);

/* *is_good false: the action has ended, with S3's reason. */
enum err_code act_put_artifacts(struct act *a, bool *is_good) MUST_CHECK;
/* Where a run's artifact lies; the bucket of a pipeline that a seed made is "". */
const char *artifact_key(const struct pipe *p, const struct run *run, struct sv artifact,
                         char out[ARTIFACT_KEY_MAX]);
struct sv artifact_bucket(const struct pipe *p, const struct run *run);

enum err_code act_codecommit(struct act *a) MUST_CHECK;
enum err_code act_connection(struct act *a) MUST_CHECK;
enum err_code act_s3(struct act *a) MUST_CHECK;
enum err_code act_codebuild(struct act *a) MUST_CHECK;
enum err_code act_cloudformation(struct act *a) MUST_CHECK;

#endif
