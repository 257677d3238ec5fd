/* Executions, as a job follows them: each change of a stage or action is an event. */
#ifndef PENSTOCK_DEPLOY_EXECUTIONS_H
#define PENSTOCK_DEPLOY_EXECUTIONS_H

#include "core/deploy/deploy.h"
#include "core/deploy/job.h"

enum { FOLLOWED_ACTIONS = 120 }; /* a trunk of 25 stages has 74 */

struct followed {
    struct sv name;                  /* a CodePipeline */
    uint64_t told[FOLLOWED_ACTIONS]; /* of each action: what was told last */
    bool rests;
    bool is_restarted;   /* it was started */
    char waits_for[120]; /* the approval; "" = none */
    char failure[JOB_NOTE_SIZE];
};

/* Until each pipeline's latest execution has ended well or waits for a person's approval. One that
 * never ran is started once. ERR_FAILED with the first failed action and its error. With no_wait
 * it looks once: all have begun, or ERR_PENDING. */
enum err_code executions_follow(struct task *task, struct job *job, struct deploy *d,
                                struct aws_session *session, struct sv account,
                                struct followed *pipelines, size_t count,
                                struct err *err) MUST_CHECK;
/* The first stage that failed, if one did, is tried again: a connection's source fails while a
 * person has not finished its handshake, a build when the queue is full. */
enum err_code executions_retry(struct task *task, struct deploy *d, struct aws_session *session,
                               struct sv account, struct sv pipeline, struct err *err) MUST_CHECK;

#endif
