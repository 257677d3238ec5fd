/* Calls from inside a task (core/net/task.h): ask, wait, go on with the answer.
 *
 * *reply is AWS's answer, also when the code is a failure, and lasts until the task's next wait;
 * NULL when nothing could be asked. */
#ifndef PENSTOCK_AWS_AWAIT_H
#define PENSTOCK_AWS_AWAIT_H

#include "core/aws/call.h"
#include "core/net/task.h"

enum err_code aws_await(struct task *task, struct aws_session *session, enum op op, struct sv body,
                        const struct aws_reply **reply, struct err *err) MUST_CHECK;
/* S3: rest as in aws_call_rest. */
enum err_code aws_await_rest(struct task *task, struct aws_session *session, enum op op,
                             const struct aws_rest *rest, struct sv body,
                             const struct aws_reply **reply, struct err *err) MUST_CHECK;
/* All pages; page is called for each that AWS gave, outside the task's stack. */
typedef enum err_code aws_take_fn(void *owner, const struct aws_reply *reply, struct err *err);
enum err_code aws_await_pages(struct task *task, struct aws_session *session, enum op op,
                              struct sv body, aws_take_fn *take, void *owner,
                              struct err *err) MUST_CHECK;

#endif
