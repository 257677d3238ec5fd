/* Tasks: work of many calls written as one straight function, on the loop and in its one thread.
 *
 * A task has a stack of its own. Where it waits, the loop goes on; when what it waits for has come,
 * it goes on from there. So creating a pipeline reads from top to bottom, its clean-up is the usual
 * one, and nothing runs at the same time as anything else: between two waits a task is alone.
 * Waits stand in core/net and core/aws only (task_sleep, aws_await). */
#ifndef PENSTOCK_NET_TASK_H
#define PENSTOCK_NET_TASK_H

#include "core/net/net.h"

struct task;

typedef enum err_code task_fn(struct task *task, void *owner, struct err *err);
/* Called once from net_wait when fn has returned; the task is gone then. */
typedef void task_done_fn(void *owner, enum err_code rc, const struct err *err);

/* fn begins in the next net_wait. */
enum err_code task_start(struct net *net, task_fn *fn, task_done_fn *done, void *owner,
                         struct task **out, struct err *err) MUST_CHECK;

/* Where the task waits, and wherever it would wait from now on, it gets ERR_CANCELLED, so that it
 * unwinds and is gone when this returns. done is not called. NULL is fine; not from inside itself.
 */
void task_cancel(struct task *task);

struct net *task_net(const struct task *task);
bool task_is_cancelled(const struct task *task);
/* How long it has waited for what others bring; 0 while it runs or sleeps, and of NULL. */
int64_t task_waits_ms(const struct task *task);

/* Inside fn only. */
enum err_code task_sleep(struct task *task, int64_t ms, struct err *err) MUST_CHECK;

/* For those who make something to wait for: stop until task_wake, which runs the task at once, up
 * to its next wait or its end. ERR_CANCELLED when it was cancelled instead. */
enum err_code task_wait(struct task *task, struct err *err) MUST_CHECK;
void task_wake(struct task *task);

#endif
