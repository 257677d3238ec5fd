#include "core/sandbox/engine.h"

#include "core/sandbox/conditions.h"
#include "core/sandbox/engine_parts.h"
#include "core/sandbox/failures.h"
#include "core/sandbox/pasts.h"
#include "core/sandbox/records.h"

static const int64_t MINUTE_MS = 60 * 1000;
static const int64_t APPROVAL_MINUTES = 7 * 24 * 60;

static enum err_code arrive(struct world *w, struct pipe *p, struct run *run, struct err *err);

const struct action_shape *shape_action(const struct shape *shape, size_t action, size_t *stage)
{
    for (size_t i = 0; i < shape->stage_count; i++) {
        const struct stage_shape *s = &shape->stages[i];

        if (action >= s->first && action - s->first < s->action_count) {
            if (stage != NULL)
                *stage = i;
            return &s->actions[action - s->first];
        }
    }
    return NULL;
}

bool attempt_waits(const struct pipe *p, const struct run *run, size_t action)
{
    const struct action_shape *shape = shape_action(run_shape(p, run), action, NULL);

    return shape != NULL && shape->provider == PROVIDER_MANUAL &&
           run->attempts[action].status == RUN_IN_PROGRESS;
}

static uint64_t chance(const struct run *run, uint64_t salt)
{
    return hash_mix(run->id.lo ^ hash_mix(salt));
}

int64_t engine_sped(const struct world *w, int64_t ms)
{
    int64_t quick = (int64_t)((double)ms / w->speed);

    return quick < 1 ? 1 : quick;
}

int64_t engine_duration(const struct world *w, const struct pipe *p, const struct run *run,
                        size_t action)
{
    const struct action_shape *shape = shape_action(run_shape(p, run), action, NULL);
    bool is_source = shape != NULL && shape->provider <= PROVIDER_S3;
    int64_t work = is_source ? 5000 : p->habit.work_ms;
    uint64_t part = chance(run, 7 + action) % 1000;

    if (work <= 0)
        work = 3 * MINUTE_MS;
    return engine_sped(w, work / 2 + work * (int64_t)part / 1000);
}

enum err_code engine_schedule(struct world *w, const struct pipe *p, const struct run *run,
                              enum event_kind kind, size_t action, int64_t at_ms, struct err *err)
{
    struct event event = {.at_ms = at_ms,
                          .run = run == NULL ? 0 : run->number,
                          .pipe = p->index,
                          .action = (uint16_t)action,
                          .kind = (uint16_t)kind};

    return timeline_add(&w->timeline, event, err);
}

void engine_task(const struct pipe *p, const struct run *run, size_t action, int64_t at_ms,
                 struct later *out)
{
    char id[UID_SIZE];

    *out = (struct later){.at_ms = at_ms, .kind = ENGINE_TASK};
    (void)snprintf(out->account, sizeof out->account, "%s", p->place->account);
    (void)snprintf(out->region, sizeof out->region, "%s", p->place->region);
    (void)snprintf(out->name, sizeof out->name, "%s/%s/%zu/%d", p->name, uid_text(run->id, id),
                   action, run->attempts[action].tries);
}

/* Who does what is real looks at it at once. */
enum err_code engine_put_off(struct world *w, const struct pipe *p, struct run *run, size_t action,
                             struct err *err)
{
    struct later later;

    run->attempts[action].due_at = INT64_MAX;
    engine_task(p, run, action, w->now_ms, &later);
    return later_add(w->records, &later, err);
}

static enum err_code begin_action(struct world *w, struct pipe *p, struct run *run, size_t action,
                                  const struct action_shape *shape, struct err *err)
{
    struct attempt *attempt = &run->attempts[action];
    struct deed *deed = run_deed(p, run, action);
    enum err_code rc = ERR_OK;

    *attempt = (struct attempt){.started_at = w->now_ms,
                                .changed_at = w->now_ms,
                                .status = RUN_IN_PROGRESS,
                                .tries = attempt->tries};
    if (deed != NULL)
        *deed = (struct deed){0};
    if (deed != NULL && shape->provider != PROVIDER_MANUAL)
        return engine_put_off(w, p, run, action, err);
    if (shape->provider == PROVIDER_MANUAL) {
        int64_t minutes = shape->timeout_minutes > 0 ? shape->timeout_minutes : APPROVAL_MINUTES;

        attempt->due_at = w->now_ms + engine_sped(w, minutes * MINUTE_MS);
        if (p->habit.approve_ms > 0)
            rc = engine_schedule(w, p, run, EVENT_APPROVAL_ANSWER, action,
                                 w->now_ms + engine_sped(w, p->habit.approve_ms), err);
    } else {
        attempt->due_at = w->now_ms + engine_duration(w, p, run, action);
    }
    return rc ? rc : engine_schedule(w, p, run, EVENT_ACTION_DONE, action, attempt->due_at, err);
}

/* The lowest runOrder above `above` in the stage; 0 when there is none. */
static int next_order(const struct stage_shape *stage, int above)
{
    int lowest = 0;

    for (size_t i = 0; i < stage->action_count; i++) {
        int order = stage->actions[i].run_order;

        if (order > above && (lowest == 0 || order < lowest))
            lowest = order;
    }
    return lowest;
}

/* Those of the order that are not done and not at work. */
static enum err_code begin_group(struct world *w, struct pipe *p, struct run *run, int order,
                                 struct err *err)
{
    const struct stage_shape *stage = &p->shape->stages[run->stage];
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < stage->action_count && !rc; i++) {
        uint8_t status = run->attempts[stage->first + i].status;

        if (stage->actions[i].run_order == order && status != RUN_SUCCEEDED &&
            status != RUN_IN_PROGRESS)
            rc = begin_action(w, p, run, stage->first + i, &stage->actions[i], err);
    }
    return rc;
}

enum err_code engine_begin_stage(struct world *w, struct pipe *p, struct run *run, struct err *err)
{
    return begin_group(w, p, run, next_order(&p->shape->stages[run->stage], 0), err);
}

static enum err_code enter(struct world *w, struct pipe *p, struct run *run, struct err *err)
{
    struct stage_now *now = &p->stages[run->stage];

    run->where = WHERE_IN_STAGE;
    now->latest = run;
    now->status = RUN_IN_PROGRESS;
    now->auto_retries = now->manual_retries = 0;
    if (p->mode != RUN_MODE_PARALLEL)
        now->holder = run;
    pipe_touch(w, p, run);
    if (condition_of(p->shape, run->stage, CONDITION_ENTRY) != NULL)
        return condition_begin(w, p, run, CONDITION_ENTRY, err);
    return engine_begin_stage(w, p, run, err);
}

/* The oldest or newest run that waits for the stage. */
static struct run *waiting(const struct pipe *p, size_t stage, bool newest)
{
    struct run *found = NULL;

    for (size_t i = 0; i < p->run_count; i++) {
        struct run *run = p->runs[i];

        if (run->where == WHERE_WAITING && run->stage == stage && (found == NULL || newest))
            found = run;
    }
    return found;
}

static void end_run(struct world *w, struct pipe *p, struct run *run, enum run_status status)
{
    run->status = status;
    run->where = WHERE_OVER;
    pipe_touch(w, p, run);
}

/* SUPERSEDED mode keeps one waiting run per stage: the newest wins, also over those that started
 * later but arrived first. */
static void supersede(struct world *w, struct pipe *p, const struct run *winner)
{
    for (size_t i = 0; i < p->run_count; i++) {
        struct run *run = p->runs[i];
        char by[UID_SIZE];
        char text[64];

        if (run == winner || run->where != WHERE_WAITING || run->stage != winner->stage)
            continue;
        (void)snprintf(text, sizeof text, "Superseded by %s", uid_text(winner->id, by));
        if (world_intern(w, sv_of(text), &run->status_summary, NULL))
            run->status_summary = "Superseded";
        end_run(w, p, run, RUN_SUPERSEDED);
    }
}

/* Does a disabled transition hold back who comes to the stage? */
static bool is_held_back(const struct pipe *p, size_t stage)
{
    return p->stages[stage].is_closed || (stage > 0 && p->stages[stage - 1].is_out_closed);
}

/* The stage lets the next one in, when it is free and open. */
static enum err_code admit(struct world *w, struct pipe *p, size_t stage, struct err *err)
{
    struct stage_now *now = &p->stages[stage];
    struct run *next;

    if (is_held_back(p, stage) || now->holder != NULL)
        return ERR_OK;
    next = waiting(p, stage, p->mode == RUN_MODE_SUPERSEDED);
    if (next == NULL)
        return ERR_OK;
    if (p->mode == RUN_MODE_SUPERSEDED)
        supersede(w, p, next);
    return enter(w, p, next, err);
}

static enum err_code arrive(struct world *w, struct pipe *p, struct run *run, struct err *err)
{
    run->where = WHERE_WAITING;
    pipe_touch(w, p, run);
    if (p->mode == RUN_MODE_PARALLEL && !is_held_back(p, run->stage))
        return enter(w, p, run, err);
    if (p->mode == RUN_MODE_SUPERSEDED)
        supersede(w, p, waiting(p, run->stage, true));
    return admit(w, p, run->stage, err);
}

enum err_code engine_leave(struct world *w, struct pipe *p, struct run *run, enum run_status status,
                           struct err *err)
{
    size_t stage = run->stage;
    struct stage_now *now = &p->stages[stage];
    bool goes_on = status == RUN_SUCCEEDED || status == RUN_SKIPPED;
    enum err_code rc = ERR_OK;

    if (now->latest == run)
        now->status = status;
    if (now->holder == run)
        now->holder = NULL;
    if (!goes_on || stage >= run->last) {
        end_run(w, p, run, goes_on ? RUN_SUCCEEDED : status);
    } else {
        run->stage = (uint16_t)(stage + 1);
        rc = arrive(w, p, run, err);
    }
    return rc ? rc : admit(w, p, stage, err);
}

struct tally {
    size_t running;
    size_t failed;
    int highest_order; /* among those that began */
};

static struct tally count(const struct pipe *p, const struct run *run)
{
    const struct stage_shape *stage = &p->shape->stages[run->stage];
    struct tally tally = {0};

    for (size_t i = 0; i < stage->action_count; i++) {
        uint8_t status = run->attempts[stage->first + i].status;

        if (status != RUN_NONE && stage->actions[i].run_order > tally.highest_order)
            tally.highest_order = stage->actions[i].run_order;
        if (status == RUN_IN_PROGRESS)
            tally.running++;
        if (status == RUN_FAILED)
            tally.failed++;
    }
    return tally;
}

/* An action ended: what now? A stage that fails waits for the actions that still run beside. */
static enum err_code go_on(struct world *w, struct pipe *p, struct run *run, struct err *err)
{
    struct tally tally = count(p, run);
    int order;

    pipe_touch(w, p, run);
    if (tally.running > 0)
        return ERR_OK;
    if (run->status == RUN_STOPPING)
        return engine_leave(w, p, run, RUN_STOPPED, err);
    if (tally.failed > 0)
        return condition_stage_failed(w, p, run, err);
    order = next_order(&p->shape->stages[run->stage], tally.highest_order);
    if (order > 0)
        return begin_group(w, p, run, order, err);
    if (condition_of(p->shape, run->stage, CONDITION_SUCCESS) != NULL)
        return condition_begin(w, p, run, CONDITION_SUCCESS, err);
    return engine_leave(w, p, run, RUN_SUCCEEDED, err);
}

enum err_code engine_finish(struct world *w, struct pipe *p, struct run *run, size_t action,
                            int failure, struct err *err)
{
    struct attempt *attempt = &run->attempts[action];

    attempt->changed_at = w->now_ms;
    attempt->due_at = 0;
    attempt->status = failure == FAILURE_NONE ? RUN_SUCCEEDED : RUN_FAILED;
    attempt->failure = (uint8_t)failure;
    return go_on(w, p, run, err);
}

enum err_code engine_end(struct world *w, struct pipe *p, struct run *run, size_t action,
                         bool is_good, struct err *err)
{
    return engine_finish(w, p, run, action, is_good ? FAILURE_NONE : FAILURE_TOLD, err);
}

enum err_code engine_answer(struct world *w, struct pipe *p, struct run *run, size_t action,
                            bool approved, const char *summary, const char *by, struct err *err)
{
    struct attempt *attempt = &run->attempts[action];

    attempt->summary = summary;
    attempt->by = by;
    return engine_finish(w, p, run, action, approved ? FAILURE_NONE : FAILURE_REJECTED, err);
}

size_t engine_on_their_way(const struct pipe *p)
{
    size_t number = 0;

    for (size_t i = 0; i < p->run_count; i++)
        number += !run_is_over(p->runs[i]);
    return number;
}

static const char *usual_message(const struct run *run)
{
    static const char *const messages[] = {
        "orders: add the returns table",
        "Fix null customer ids in the curated layer",
        "chore: bump aws-cdk-lib to 2.151.0",
        "glue: read Parquet with the new schema (#214)",
        "Revert \"sales: partition by day\"",
        "Lake Formation: grant select to analysts",
        "ingest: retry S3 503 with jitter",
        "docs: how to replay a day",
        "Pr\xc3\xa9visions: arrondir les montants \xc3\xa0 deux d\xc3\xa9"
        "cimales",
        "\xe5\x9c\xa8\xe5\xba\xab\xe3\x83\x86\xe3\x83\xbc\xe3\x83\x96\xe3\x83\xab\xe3\x81\xab"
        "\xe5\x80\x89\xe5\xba\xab\xe5\x88\x97\xe3\x82\x92\xe8\xbf\xbd\xe5\x8a\xa0 \xf0\x9f\x93\xa6",
        "athena: workgroup with a scan limit",
        "Merge pull request #87 from data-platform/feature/late-events",
    };

    return messages[chance(run, 3) % ARRAY_LEN(messages)];
}

static void plan_failure(const struct pipe *p, struct run *run, const struct start *start)
{
    size_t stages = p->shape->stage_count;

    run->failure = (uint8_t)start->failure;
    if (run->failure == FAILURE_NONE)
        run->failure = (uint8_t)(1 + chance(run, 4) % (FAILURE_COMMON_END - 1));
    run->fail_stage = start->fail_stage;
    if (start->fail_stage != FAIL_BY_HABIT)
        return;
    run->fail_stage = FAIL_NOWHERE;
    if (stages > 1 && (int)(chance(run, 5) % 100) < p->habit.fail_percent)
        run->fail_stage = 1 + (int)(chance(run, 6) % (stages - 1));
}

enum err_code engine_start(struct world *w, struct pipe *p, const struct start *start,
                           struct run **out, struct err *err)
{
    struct run *run;
    enum err_code rc;

    if (p->mode != RUN_MODE_SUPERSEDED && engine_on_their_way(p) >= RUNS_AT_ONCE)
        return err_set(err, ERR_LIMIT, "more than %d executions at once", RUNS_AT_ONCE);
    rc = pipe_add_run(w, p, p->version, &run, err);
    if (rc)
        return rc;
    run->given = start->given;
    if (!uid_eq(start->revision, UID_NONE))
        run->revision = start->revision;
    run->status = RUN_IN_PROGRESS;
    run->trigger = start->trigger;
    run->trigger_detail = start->detail;
    run->message = start->message;
    run->request_token = start->request_token;
    if (!p->shape->is_made && run->message == NULL)
        run->message = usual_message(run);
    if (!p->shape->is_made)
        plan_failure(p, run, start);
    rc = arrive(w, p, run, err);
    if (!rc && out != NULL)
        *out = run;
    return rc;
}

/* What earlier stages made is what the stage works with again. */
static void copy_deeds(const struct pipe *p, struct run *run, struct run *earlier)
{
    size_t first = p->shape->stages[run->stage].first;

    if (!p->shape->is_made || run_shape(p, earlier) != p->shape)
        return;
    for (size_t i = 0; i < first; i++) {
        *run_deed(p, run, i) = *run_deed(p, earlier, i);
        run->attempts[i].summary = earlier->attempts[i].summary;
    }
}

/* The rollback's run starts in the stage and ends with it. The documents only say that the stage
 * is rolled back; that later stages are left alone is how the console shows it. */
enum err_code engine_rollback(struct world *w, struct pipe *p, size_t stage, struct uid target,
                              const struct start *start, struct run **out, struct err *err)
{
    struct run *earlier;
    struct run *run;
    enum err_code rc = pipe_add_run(w, p, p->version, &run, err);

    if (rc)
        return rc;
    /* Not before: a run more may have taken the oldest one away. */
    earlier = pipe_find_run(p, target);
    run->status = RUN_IN_PROGRESS;
    run->trigger = start->trigger;
    run->trigger_detail = start->detail;
    run->is_rollback = true;
    run->rollback_target = target;
    run->stage = run->last = (uint16_t)stage;
    if (earlier != NULL) {
        run->revision = earlier->revision;
        run->message = earlier->message;
        run->given = earlier->given;
        copy_deeds(p, run, earlier);
    }
    rc = arrive(w, p, run, err);
    if (!rc && out != NULL)
        *out = run;
    return rc;
}

void engine_take_up(struct world *w, struct pipe *p, struct run *run)
{
    struct stage_now *now = &p->stages[run->stage];

    /* One that is to stop after what works now is still to stop. */
    if (run->status != RUN_STOPPING) {
        run->status = RUN_IN_PROGRESS;
        run->stop_reason = NULL;
        now->status = RUN_IN_PROGRESS;
    }
    run->where = WHERE_IN_STAGE;
    if (p->mode != RUN_MODE_PARALLEL)
        now->holder = run;
    pipe_touch(w, p, run);
}

/* Once more what failed or was given up, or all of the stage. What still works goes on; what never
 * began is begun when nothing else is to be. */
enum err_code engine_retry(struct world *w, struct pipe *p, struct run *run, bool all,
                           struct err *err)
{
    const struct stage_shape *stage = &p->shape->stages[run->stage];
    int order = 0;
    enum err_code rc;

    for (size_t i = 0; i < stage->action_count; i++) {
        struct attempt *attempt = &run->attempts[stage->first + i];
        bool is_done = attempt->status == RUN_SUCCEEDED && !all;

        if (is_done || attempt->status == RUN_IN_PROGRESS)
            continue;
        rc = attempt->status == RUN_NONE ? ERR_OK : past_keep(p, run, stage->first + i, err);
        if (rc)
            return rc;
        if (attempt->status != RUN_NONE)
            *attempt = (struct attempt){.tries = (uint8_t)(attempt->tries + 1)};
        if (order == 0 || stage->actions[i].run_order < order)
            order = stage->actions[i].run_order;
    }
    run->fail_stage = FAIL_NOWHERE;
    engine_take_up(w, p, run);
    return begin_group(w, p, run, order, err);
}

/* Conditions that are being asked end with that status. */
static void abandon_actions(struct world *w, const struct pipe *p, struct run *run,
                            enum run_status status)
{
    for (size_t i = 0; i < p->shape->action_count; i++) {
        if (run->attempts[i].status != RUN_IN_PROGRESS)
            continue;
        run->attempts[i].status = RUN_ABANDONED;
        run->attempts[i].changed_at = w->now_ms;
        run->attempts[i].due_at = 0;
    }
    condition_give_up(w, run, p->shape, status);
}

enum err_code engine_stop(struct world *w, struct pipe *p, struct run *run, bool abandon,
                          const char *reason, struct err *err)
{
    run->stop_reason = reason;
    if (run->where == WHERE_WAITING) {
        end_run(w, p, run, RUN_STOPPED);
        return ERR_OK;
    }
    if (abandon) {
        abandon_actions(w, p, run, RUN_ABANDONED);
        return engine_leave(w, p, run, RUN_STOPPED, err);
    }
    run->status = RUN_STOPPING;
    if (p->stages[run->stage].latest == run)
        p->stages[run->stage].status = RUN_STOPPING;
    pipe_touch(w, p, run);
    return ERR_OK;
}

/* Those that may go in now, go in. */
static enum err_code let_in(struct world *w, struct pipe *p, size_t stage, struct err *err)
{
    struct run *next;
    enum err_code rc = ERR_OK;

    if (p->mode != RUN_MODE_PARALLEL)
        return admit(w, p, stage, err);
    while (!rc && !is_held_back(p, stage) && (next = waiting(p, stage, false)) != NULL)
        rc = enter(w, p, next, err);
    return rc;
}

enum err_code engine_set_transition(struct world *w, struct pipe *p, size_t stage, bool is_open,
                                    const char *reason, const char *by, struct err *err)
{
    struct stage_now *now = &p->stages[stage];

    now->is_closed = !is_open;
    now->reason = is_open ? NULL : reason;
    now->changed_by = by;
    now->changed_at = w->now_ms;
    pipe_touch(w, p, NULL);
    return let_in(w, p, stage, err);
}

enum err_code engine_set_outbound(struct world *w, struct pipe *p, size_t stage, bool is_open,
                                  struct err *err)
{
    p->stages[stage].is_out_closed = !is_open;
    pipe_touch(w, p, NULL);
    return stage + 1 < p->shape->stage_count ? let_in(w, p, stage + 1, err) : ERR_OK;
}

enum err_code engine_update(struct world *w, struct pipe *p, struct err *err)
{
    enum err_code rc = ERR_OK;

    p->version++;
    p->updated_at = w->now_ms;
    pipe_touch(w, p, NULL);
    for (size_t i = 0; i < p->run_count && !rc; i++) {
        struct run *run = p->runs[i];

        if (run_is_over(run))
            continue;
        abandon_actions(w, p, run, RUN_CANCELLED);
        run->status_summary = "The pipeline definition was updated";
        if (run->where == WHERE_WAITING)
            end_run(w, p, run, RUN_CANCELLED);
        else
            rc = engine_leave(w, p, run, RUN_CANCELLED, err);
    }
    return rc;
}
