/* A deploy whose AWS is a script: replies in their order, whatever is asked. */
#ifndef PENSTOCK_TESTS_DEPLOY_STAGE_H
#define PENSTOCK_TESTS_DEPLOY_STAGE_H

#include "core/deploy/deploy.h"
#include "core/deploy/job.h"
#include "tests/unit/audit_files.h"
#include "tests/unit/aws/session_stage.h"

enum { STAGE_REPLIES = 12, STAGE_REPLY_SIZE = 4096 };

struct deploy_stage {
    struct session_stage aws;
    struct context context;
    struct context_list contexts;
    struct context_options options;
    struct deploy deploy;
    struct job job;
    char audit_dir[64];
    struct step steps[STAGE_REPLIES];
    char bytes[STAGE_REPLIES][STAGE_REPLY_SIZE];
    size_t count;
    bool has_ended;
    enum err_code rc;
    struct err err;
};

#define STAGE_ACCOUNT "111111111111"

/* The next reply. */
static inline void deploy_stage_reply(struct deploy_stage *s, int status, const char *body)
{
    REQUIRE(s->count < STAGE_REPLIES);
    snprintf(s->bytes[s->count], STAGE_REPLY_SIZE,
             "HTTP/1.1 %d X\r\nContent-Type: x\r\nContent-Length: %zu\r\n\r\n%s", status,
             strlen(body), body);
    s->steps[s->count] = (struct step){STEP_KEEP, s->bytes[s->count]};
    s->count++;
}

static inline void deploy_stage_identity(struct deploy_stage *s, const char *account)
{
    char body[600];

    snprintf(body, sizeof body,
             "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::%s:user/ops"
             "</Arn><UserId>U</UserId><Account>%s</Account></GetCallerIdentityResult>"
             "</GetCallerIdentityResponse>",
             account, account);
    deploy_stage_reply(s, 200, body);
}

/* All replies are told by now. */
static inline void deploy_stage_open(struct deploy_stage *s)
{
    struct err err = {0};

    no_proxies();
    stage_open(&s->aws, s->steps, s->count);
    snprintf(s->audit_dir, sizeof s->audit_dir, "/tmp/penstock-deploy-XXXXXX");
    REQUIRE(mkdtemp(s->audit_dir) != NULL);
    s->context = (struct context){
        .profile = SV("cicd"), .region = SV("eu-west-1"), .settings = s->aws.settings};
    s->contexts = (struct context_list){.files = s->aws.files, .items = &s->context, .count = 1};
    s->options = (struct context_options){.env = &s->aws.env};
    REQUIRE_OK(
        deploy_open(&s->deploy, s->aws.aws, NULL, &s->contexts, &s->context, &s->options, &err),
        &err);
    s->deploy.audit_dir = s->audit_dir;
    /* As deploy_who leaves it, without asking. */
    snprintf(s->deploy.account, sizeof s->deploy.account, STAGE_ACCOUNT);
    snprintf(s->deploy.partition, sizeof s->deploy.partition, "aws");
}

/* What was asked is in s->aws.got. */
static inline void deploy_stage_close(struct deploy_stage *s)
{
    job_release(&s->job);
    deploy_close(&s->deploy);
    stage_close(&s->aws);
    audit_files_remove(s->audit_dir);
    rmdir(s->audit_dir);
}

static inline void deploy_stage_end(void *owner, enum err_code rc, const struct err *err)
{
    struct deploy_stage *s = owner;

    s->has_ended = true;
    s->rc = rc;
    s->err = *err;
}

static inline void deploy_stage_wait(struct deploy_stage *s, const bool *has_ended)
{
    int64_t end_ms = time_mono_ms() + 20000;
    struct err err = {0};

    while (!*has_ended && time_mono_ms() < end_ms)
        REQUIRE_OK(net_wait(s->aws.net, NULL, 0, 100, &err), &err);
    REQUIRE(*has_ended);
}

/* fn on a task, to its end; owner is the stage. */
static inline enum err_code deploy_stage_run(struct deploy_stage *s, task_fn *fn)
{
    struct task *task;
    struct err err = {0};

    s->has_ended = false;
    REQUIRE_OK(task_start(s->aws.net, fn, deploy_stage_end, s, &task, &err), &err);
    deploy_stage_wait(s, &s->has_ended);
    return s->rc;
}

static inline void deploy_stage_job_end(void *listener, struct job *job)
{
    deploy_stage_end(listener, job->err.code, &job->err);
}

/* The job's steps, to its end. */
static inline enum job_state deploy_stage_job(struct deploy_stage *s)
{
    struct err err = {0};

    s->has_ended = false;
    s->job.done = deploy_stage_job_end;
    s->job.listener = s;
    REQUIRE_OK(job_start(&s->job, s->aws.net, &err), &err);
    deploy_stage_wait(s, &s->has_ended);
    return s->job.state;
}

#endif
