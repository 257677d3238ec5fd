/* Keeping what a reading found of a pipeline's history. Inside a task: while another penstock
 * writes, the task waits and the loop goes on. */
#ifndef PENSTOCK_OPERATE_KEEPING_H
#define PENSTOCK_OPERATE_KEEPING_H

#include "core/deploy/deploy.h"

/* As cache_put_history, in a transaction of its own. A pipeline that was not synced yet keeps
 * nothing, which is no failure. */
enum err_code keep_history(struct task *task, struct deploy *deploy, const struct pipeline_id *id,
                           const struct execution *executions, size_t execution_count,
                           const struct action_run *runs, size_t run_count,
                           struct err *err) MUST_CHECK;

#endif
