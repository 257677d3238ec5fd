#include "tui/work.h"

#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/operate/sending.h"
#include "tui/rescue.h"

/* ---- open and close ---- */

static const struct context *first_usable(const struct context_list *contexts)
{
    for (size_t i = 0; i < contexts->count; i++) {
        if (contexts->items[i].code == ERR_OK)
            return &contexts->items[i];
    }
    return &contexts->items[0];
}

enum err_code work_open(struct aws *aws, struct net *net, struct cache *cache,
                        const struct context_list *contexts, const struct context_options *options,
                        bool is_read_only, struct work **out, struct err *err)
{
    const struct context *context;
    struct work *work;
    enum err_code rc;

    if (contexts->count == 0)
        return err_set(err, ERR_CONFIG, "there is no context to work in");
    context = first_usable(contexts);
    work = xarray(1, sizeof *work);
    work->net = net;
    errands_open(work);
    rc = deploy_open(&work->deploy, aws, cache, contexts, context, options, err);
    if (!rc)
        rc = deploy_open(&work->reader, aws, cache, contexts, context, options, err);
    if (rc) {
        work_close(work);
        return rc;
    }
    work->deploy.is_read_only = work->deploy.is_read_only || is_read_only;
    work->reader.is_read_only = true; /* an errand only reads */
    *out = work;
    return ERR_OK;
}

void work_close(struct work *work)
{
    if (work == NULL)
        return;
    errands_close(work);
    if (work_runs(work))
        job_cancel(&work->act->job); /* the audit log is told */
    act_free(work->act);
    sending_forget();
    deploy_close(&work->reader);
    deploy_close(&work->deploy);
    mem_free(work);
}

/* ---- the act ---- */

bool work_runs(const struct work *work)
{
    return work != NULL && work->act != NULL && work->act->state == ACT_RUNS;
}

bool work_is_busy(const struct work *work)
{
    return work_runs(work) || (work->act != NULL && work->act->state == ACT_PLANS);
}

enum err_code work_new_act(struct work *work, enum action_id action, struct err *err)
{
    struct act *act;
    enum err_code rc;

    if (work_runs(work))
        return err_set(err, ERR_USAGE,
                       "one thing at a time: \"%s\" still runs; type :act to look at it",
                       work->act->plan.title);
    rc = act_new(action, &work->deploy, work->net, &act, err);
    if (rc)
        return rc;
    act_free(work->act);
    work->act = act;
    work->begun++;
    return ERR_OK;
}

enum err_code work_plan(struct work *work, int64_t now_ms, struct err *err)
{
    work->plan_began_ms = now_ms;
    work->silent_since_ms = 0;
    return act_plan(work->act, err);
}

static void listen(struct work *work)
{
    enum { JITTER_MS = 500 };
    int64_t ms = act_silent_ms(work->act);
    int64_t since = ms >= WORK_SILENT_MS ? time_wall_ms() - ms : 0;
    int64_t step = since - work->silent_since_ms;

    if (step > -JITTER_MS && step < JITTER_MS)
        return;
    work->silent_since_ms = since;
    work->silences++;
}

/* A new act counts from 0 again, so what was begun weighs more than all that it can count to. */
bool work_has_news(struct work *work)
{
    enum { BEGUN_SHIFT = 40 };
    uint64_t now = (work->begun << BEGUN_SHIFT) + work->errand_news;
    bool has_news;

    if (work->act != NULL && (work->act->task != NULL || work->act->job.task != NULL))
        listen(work);
    now += work->silences;
    if (work->act != NULL)
        now += work->act->changes + work->act->job.changes;
    has_news = now != work->seen;
    work->seen = now;
    return has_news;
}
