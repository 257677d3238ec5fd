/* An operation on a scripted AWS: planned, agreed to in silence, run. */
#ifndef PENSTOCK_TESTS_OPERATE_STAGE_H
#define PENSTOCK_TESTS_OPERATE_STAGE_H

#include <sys/stat.h>

#include "core/operate/operate.h"
#include "tests/unit/deploy/twin.h"

struct ops {
    struct twin twin;
    const struct answer *answers;
    size_t count;
    struct operating o;
    struct plan plan;
    struct job job;
    struct operation_input in;
    struct operand operands[OPERANDS_MAX + 1];
    const struct operation *operation;
};

#define OPS_STATE ".GetPipelineState\r"
#define OPS_DEF   ".GetPipeline\r"
#define OPS_LIST  ".ListPipelineExecutions\r"
#define OPS_RUNS  ".ListActionExecutions\r"
#define OPS_RUN   ".GetPipelineExecution\r"
#define OPS_STATE_OF(stages)                                                                       \
    "{\"pipelineName\":\"sales\",\"pipelineVersion\":3,\"stageStates\":[" stages "]}"
#define OPS_LISTED(rows) "{\"pipelineExecutionSummaries\":[" rows "]}"
#define OPS_EXECUTED(status)                                                                       \
    "{\"pipelineExecution\":{\"pipelineVersion\":3,\"status\":\"" status "\"}}"
#define OPS_EXECUTION(id, status)                                                                  \
    "{\"pipelineExecutionId\":\"" id "\",\"status\":\"" status                                     \
    "\",\"startTime\":1700000000,\"sourceRevisions\":[{\"actionName\":\"Source\","                 \
    "\"revisionId\":\"rev-" id "\",\"revisionSummary\":\"why " id "\"}]}"

static inline void ops_begin(struct ops *s, const struct operation *operation,
                             const struct answer *answers, size_t count)
{
    memset(s, 0, sizeof *s);
    s->operation = operation;
    s->answers = answers;
    s->count = count;
    twin_open(&s->twin, answers, count);
    snprintf(s->twin.deploy.action, sizeof s->twin.deploy.action, "test");
    s->in.operands = s->operands;
    s->in.operand_count = 1;
    for (size_t i = 0; i < ARRAY_LEN(s->operands); i++)
        s->operands[i].id =
            (struct pipeline_id){SV("aws"), SV("111111111111"), SV("eu-west-1"), SV("sales")};
}

static inline enum err_code ops_plan_task(struct task *task, void *owner, struct err *err)
{
    struct ops *s = owner;

    return operate_plan(task, &s->o, &s->plan, err);
}

/* Its code; the sentence is in s->twin.err. */
static inline enum err_code ops_plan(struct ops *s)
{
    struct err err = {0};

    s->o =
        (struct operating){.deploy = &s->twin.deploy, .operation = s->operation, .input = &s->in};
    REQUIRE_OK(plan_init(&s->plan, &err), &err);
    return twin_run(&s->twin, ops_plan_task, s);
}

static inline enum job_state ops_run(struct ops *s)
{
    struct err err = {0};

    job_init(&s->job, "test");
    REQUIRE_OK(operate_steps(&s->o, &s->job, &err), &err);
    return twin_job(&s->twin, &s->job);
}

/* Cancelled while this call, which gets no answer, is on its way. */
static inline enum job_state ops_cancel_at(struct ops *s, const char *to)
{
    struct err err = {0};

    job_init(&s->job, "test");
    REQUIRE_OK(operate_steps(&s->o, &s->job, &err), &err);
    s->twin.is_done = false;
    s->job.done = twin_job_end;
    s->job.listener = &s->twin;
    REQUIRE_OK(job_start(&s->job, s->twin.net, &err), &err);
    while (twin_asked(&s->twin, to) == 0 && !s->twin.is_done)
        REQUIRE_OK(net_wait(s->twin.net, NULL, 0, 10, &err), &err);
    job_cancel(&s->job);
    twin_until(&s->twin, &s->twin.is_done);
    return s->job.state;
}

static inline void ops_end(struct ops *s)
{
    job_release(&s->job);
    plan_release(&s->plan);
    operating_release(&s->o);
    twin_close(&s->twin, s->answers, s->count);
}

/* The first thing in the way; "" when nothing is. */
static inline const char *ops_refusal(const struct ops *s)
{
    for (size_t i = 0; i < s->plan.defects->count; i++) {
        if (!s->plan.defects->items[i].is_warning)
            return s->plan.defects->items[i].text;
    }
    return "";
}

static inline const char *ops_hint(const struct ops *s)
{
    for (size_t i = 0; i < s->plan.defects->count; i++) {
        if (s->plan.defects->items[i].is_warning)
            return s->plan.defects->items[i].text;
    }
    return "";
}

static inline struct sv ops_effect(const struct ops *s)
{
    return s->plan.steps->items->detail;
}

static inline struct sv ops_state(const struct ops *s)
{
    return s->plan.steps->items->name;
}

/* The settings of the person, such as [freeze]. */
static inline void ops_config(struct ops *s, const char *text)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof path, "%s/penstock", s->twin.dir);
    REQUIRE(mkdir(path, 0700) == 0);
    snprintf(path, sizeof path, "%s/penstock/config", s->twin.dir);
    file = fopen(path, "we");
    REQUIRE(file != NULL);
    REQUIRE(fputs(text, file) >= 0 && fclose(file) == 0);
}

static inline void ops_config_end(struct ops *s)
{
    char path[128];

    snprintf(path, sizeof path, "%s/penstock/config", s->twin.dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/penstock", s->twin.dir);
    rmdir(path);
}

#define OPS_BEGIN(s, name, answers) ops_begin(s, &operation_##name, answers, ARRAY_LEN(answers))
#define OPS_PLANNED(s)              REQUIRE_OK(ops_plan(s), &(s)->twin.err)
#define OPS_HAS(text, piece)        CHECK_TRUE(strstr((text), (piece)) != NULL)
#define OPS_HAS_SV(text, piece)     CHECK_TRUE(sv_find((text), sv_of(piece)) >= 0)

#endif
