/* The engine's clock: what is due happens, and pipelines that a seed made do what is their habit.
 */
#include "core/sandbox/conditions.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/engine_parts.h"
#include "core/sandbox/failures.h"

/* However fast the clock, a pipeline commits no more often: --speed must not become a flood. */
static const int64_t HABIT_MIN_MS = 500;

/* In the stage that is to fail it is the last action that is not an approval. */
static bool is_to_fail(const struct pipe *p, const struct run *run, size_t action)
{
    const struct stage_shape *stage = &p->shape->stages[run->stage];
    size_t last = stage->action_count;

    if (run->fail_stage != run->stage)
        return false;
    for (size_t i = 0; i < stage->action_count; i++) {
        if (stage->actions[i].provider != PROVIDER_MANUAL)
            last = i;
    }
    return action == stage->first + last;
}

/* What it fails with must be something that such an action can say. */
int engine_outlook(const struct pipe *p, const struct run *run, size_t action)
{
    const struct action_shape *shape = shape_action(run_shape(p, run), action, NULL);

    return shape != NULL && is_to_fail(p, run, action)
               ? failure_of_provider(shape->provider, run->failure)
               : FAILURE_NONE;
}

static enum err_code start_by_habit(struct world *w, struct pipe *p, struct err *err)
{
    static const struct start commit = {.trigger = "CloudWatchEvent",
                                        .detail = "arn:aws:events:eu-west-1:111111111111:rule/"
                                                  "penstock-commit",
                                        .fail_stage = FAIL_BY_HABIT};
    enum err_code rc = ERR_OK;
    int64_t part;

    if (p->habit.every_ms <= 0)
        return ERR_OK;
    /* A pipeline that waits for a person is left waiting: nobody gains from a pile behind it. */
    if (engine_on_their_way(p) < 3)
        rc = engine_start(w, p, &commit, NULL, err);
    if (rc)
        return rc;
    part = (int64_t)(hash_mix(p->next_number ^ hash_text(sv_of(p->name))) % 1000);
    part = engine_sped(w, p->habit.every_ms * (500 + part) / 1000);
    p->next_start_at = w->now_ms + (part < HABIT_MIN_MS ? HABIT_MIN_MS : part);
    return engine_schedule(w, p, NULL, EVENT_START, 0, p->next_start_at, err);
}

enum err_code engine_wake(struct world *w, struct pipe *p, struct err *err)
{
    uint64_t part = hash_text(sv_of(p->name)) % 1000;

    p->next_start_at = w->now_ms + engine_sped(w, p->habit.every_ms * (int64_t)part / 1000);
    return engine_schedule(w, p, NULL, EVENT_START, 0, p->next_start_at, err);
}

static struct run *run_by_number(const struct pipe *p, uint64_t number)
{
    for (size_t i = p->run_count; i-- > 0;) {
        if (p->runs[i]->number == number)
            return p->runs[i];
    }
    return NULL;
}

static enum err_code handle(struct world *w, const struct event *event, struct err *err)
{
    struct pipe *p = w->pipes[event->pipe];
    struct run *run = run_by_number(p, event->run);
    bool waits;
    int failure = FAILURE_NONE;

    if (event->kind == EVENT_START)
        return event->at_ms == p->next_start_at ? start_by_habit(w, p, err) : ERR_OK;
    if (run != NULL && event->kind == EVENT_CONDITION)
        return condition_answer(w, p, run, event->action, event->at_ms, err);
    if (run == NULL || run->attempts[event->action].status != RUN_IN_PROGRESS)
        return ERR_OK;
    waits = attempt_waits(p, run, event->action);
    if (event->kind == EVENT_APPROVAL_ANSWER) {
        return engine_answer(w, p, run, event->action, true, "Looks good",
                             "arn:aws:iam::111111111111:user/ops", err);
    }
    if (event->at_ms < run->attempts[event->action].due_at)
        return ERR_OK;
    if (waits)
        failure = FAILURE_APPROVAL_EXPIRED;
    else
        failure = engine_outlook(p, run, event->action);
    return engine_finish(w, p, run, event->action, failure, err);
}

enum err_code engine_advance(struct world *w, int64_t until_ms, size_t max_events, struct err *err)
{
    enum err_code rc = ERR_OK;
    struct event event;
    size_t done = 0;

    while (!rc && timeline_take(&w->timeline, until_ms, &event)) {
        if (event.at_ms > w->now_ms)
            w->now_ms = event.at_ms;
        rc = handle(w, &event, err);
        if (++done == max_events)
            return rc;
    }
    if (!rc && until_ms > w->now_ms)
        w->now_ms = until_ms;
    return rc;
}

enum err_code engine_resume(struct world *w, struct pipe *p, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t r = 0; r < p->run_count && !rc; r++) {
        struct run *run = p->runs[r];

        rc = condition_resume(w, p, run, err);
        for (size_t a = 0; a < run_shape(p, run)->action_count && !rc; a++) {
            if (run->attempts[a].status != RUN_IN_PROGRESS)
                continue;
            /* A task that is still there is one too many, which does no harm. */
            if (run_deed(p, run, a) != NULL && !attempt_waits(p, run, a)) {
                rc = engine_put_off(w, p, run, a, err);
                continue;
            }
            rc = engine_schedule(w, p, run, EVENT_ACTION_DONE, a, run->attempts[a].due_at, err);
            if (!rc && p->habit.approve_ms > 0 && attempt_waits(p, run, a))
                rc = engine_schedule(
                    w, p, run, EVENT_APPROVAL_ANSWER, a,
                    run->attempts[a].started_at + engine_sped(w, p->habit.approve_ms), err);
        }
    }
    if (!rc && p->next_start_at > 0)
        rc = engine_schedule(w, p, NULL, EVENT_START, 0, p->next_start_at, err);
    return rc;
}

/* Moments after now come nearer by the same factor, so the heap keeps its order. */
static int64_t nearer(const struct world *w, int64_t at_ms, double factor)
{
    if (at_ms <= w->now_ms)
        return at_ms;
    return w->now_ms + (int64_t)((double)(at_ms - w->now_ms) / factor);
}

void engine_set_speed(struct world *w, double speed)
{
    double factor = speed / w->speed;

    w->speed = speed;
    for (size_t i = 0; i < w->timeline.count; i++)
        w->timeline.events[i].at_ms = nearer(w, w->timeline.events[i].at_ms, factor);
    for (size_t i = 0; i < w->pipe_count; i++) {
        struct pipe *p = w->pipes[i];

        if (p->shape->is_made)
            continue;
        p->next_start_at = nearer(w, p->next_start_at, factor);
        for (size_t r = 0; r < p->run_count; r++) {
            struct run *run = p->runs[r];
            size_t verdicts = run->judged == NULL ? 0 : p->shape->stage_count * CONDITION_COUNT;

            for (size_t a = 0; a < p->shape->action_count; a++)
                run->attempts[a].due_at = nearer(w, run->attempts[a].due_at, factor);
            for (size_t v = 0; v < verdicts; v++)
                run->judged->verdicts[v].due_at =
                    nearer(w, run->judged->verdicts[v].due_at, factor);
        }
    }
}
