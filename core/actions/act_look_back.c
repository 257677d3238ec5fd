/* Leaving while a write is out: one look at what became of it, and not for long. */
#include "core/actions/act_parts.h"
#include "core/base/time.h"

enum { LOOK_MS = 50 };

struct look_back {
    struct operating *operating;
    struct sb *out;
    bool is_over;
};

static enum err_code look_task(struct task *task, void *owner, struct err *err)
{
    struct look_back *l = owner;

    return operate_look_back(l->operating, task, l->out, err);
}

static void on_looked(void *owner, enum err_code rc, const struct err *err)
{
    struct look_back *l = owner;

    (void)rc;
    (void)err;
    l->is_over = true;
}

bool act_look_back(struct act *act, int within_ms, struct sb *out)
{
    struct look_back l = {.out = out};
    int64_t until_ms = time_mono_ms() + within_ms;
    struct err why = {0};
    struct task *task = NULL;
    enum err_code rc;

    if (!action_is_operation(act->action) || act->state != ACT_ENDED ||
        !operate_is_open(&act->work->operating))
        return false;
    l.operating = &act->work->operating;
    rc = task_start(act->net, look_task, on_looked, &l, &task, &why);
    while (!rc && !l.is_over && time_mono_ms() < until_ms)
        rc = net_wait(act->net, NULL, 0, LOOK_MS, &why);
    if (!l.is_over)
        task_cancel(task);
    return true;
}
