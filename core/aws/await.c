#include "core/aws/await.h"

struct waiting {
    struct task *task;
    const struct aws_reply *reply; /* NULL: not yet */
    aws_take_fn *take;
    void *owner;
    enum err_code rc;
    struct err err;
};

static void on_reply(void *owner, const struct aws_reply *reply)
{
    struct waiting *w = owner;

    w->reply = reply;
    task_wake(w->task);
}

static enum err_code outcome(const struct aws_reply *reply, struct err *err)
{
    if (reply->code && err != NULL)
        *err = reply->err;
    return reply->code;
}

/* The caller of the task, not AWS, ended the wait: nobody must come back to this stack. */
static enum err_code wait_for(struct waiting *w, struct aws_session *session, uint64_t id,
                              struct err *err)
{
    enum err_code rc = task_wait(w->task, err);

    if (rc)
        aws_cancel(aws_session_aws(session), id);
    return rc;
}

static enum err_code answer(struct waiting *w, enum err_code rc, struct aws_session *session,
                            uint64_t id, const struct aws_reply **reply, struct err *err)
{
    *reply = NULL;
    if (!rc)
        rc = wait_for(w, session, id, err);
    if (rc)
        return rc;
    *reply = w->reply;
    return outcome(w->reply, err);
}

enum err_code aws_await(struct task *task, struct aws_session *session, enum op op, struct sv body,
                        const struct aws_reply **reply, struct err *err)
{
    struct waiting w = {.task = task};
    uint64_t id = 0;
    enum err_code rc = aws_call(session, op, body, on_reply, &w, &id, err);

    return answer(&w, rc, session, id, reply, err);
}

enum err_code aws_await_rest(struct task *task, struct aws_session *session, enum op op,
                             const struct aws_rest *rest, struct sv body,
                             const struct aws_reply **reply, struct err *err)
{
    struct waiting w = {.task = task};
    uint64_t id = 0;
    enum err_code rc = aws_call_rest(session, op, rest, body, on_reply, &w, &id, err);

    return answer(&w, rc, session, id, reply, err);
}

static bool on_page(void *owner, const struct aws_reply *reply, bool is_last)
{
    struct waiting *w = owner;

    w->rc = reply->code ? outcome(reply, &w->err) : w->take(w->owner, reply, &w->err);
    if (!is_last && !w->rc)
        return true;
    w->reply = reply;
    task_wake(w->task);
    return false;
}

enum err_code aws_await_pages(struct task *task, struct aws_session *session, enum op op,
                              struct sv body, aws_take_fn *take, void *owner, struct err *err)
{
    struct waiting w = {.task = task, .take = take, .owner = owner};
    uint64_t id;
    enum err_code rc = aws_call_pages(session, op, body, on_page, &w, &id, err);

    if (!rc)
        rc = wait_for(&w, session, id, err);
    if (!rc && w.rc && err != NULL)
        *err = w.err;
    return rc ? rc : w.rc;
}
