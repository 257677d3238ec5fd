/* Quiet: pipelines and builds that must not go on while what they deploy is taken away. */
#ifndef PENSTOCK_DEPLOY_QUIET_H
#define PENSTOCK_DEPLOY_QUIET_H

#include "core/deploy/deploy.h"
#include "core/deploy/job.h"

struct quiet {
    struct task *task;
    struct job *job;
    struct deploy *deploy;
    struct aws_session *session;
    struct sv account;
    size_t stopped; /* executions and builds */
};

/* Nothing enters a stage any more, and what runs is abandoned. A pipeline that is gone is fine. */
enum err_code quiet_pipeline(struct quiet *q, struct sv pipeline, struct err *err) MUST_CHECK;
/* The project's builds are stopped and waited for. A project that is gone is fine. */
enum err_code quiet_project(struct quiet *q, struct sv project, struct err *err) MUST_CHECK;

#endif
