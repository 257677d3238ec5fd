/* The engine's conditions: rules are asked, and what comes of their answers. */
#include "core/sandbox/conditions.h"

#include <stdarg.h>

#include "core/sandbox/engine.h"
#include "core/sandbox/engine_parts.h"
#include "core/sandbox/rules.h"

static const int64_t RULES_MS = 3000; /* what their answers take, about */

enum { AUTO_RETRIES = 1 };

static enum err_code say(struct world *w, const char **out, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

static enum err_code say(struct world *w, const char **out, struct err *err, const char *fmt, ...)
{
    char text[RULE_WHY_MAX + 160];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return world_intern(w, sv_of(text), out, err);
}

enum err_code condition_begin(struct world *w, struct pipe *p, struct run *run,
                              enum condition_kind kind, struct err *err)
{
    const struct condition_shape *c = condition_of(run_shape(p, run), run->stage, kind);
    struct verdict *v = run_verdict(run, run->stage, kind);

    *v = (struct verdict){.changed_at = w->now_ms,
                          .due_at = w->now_ms + engine_sped(w, RULES_MS),
                          .status = RUN_IN_PROGRESS};
    for (size_t i = 0; i < c->rule_count; i++) {
        struct ruling *r = &run->judged->rulings[c->first + i];
        uint8_t tries = r->status == RUN_NONE ? 0 : (uint8_t)(r->tries + 1);

        *r = (struct ruling){.started_at = w->now_ms,
                             .changed_at = w->now_ms,
                             .status = RUN_IN_PROGRESS,
                             .tries = tries};
    }
    pipe_touch(w, p, run);
    return engine_schedule(w, p, run, EVENT_CONDITION,
                           (size_t)run->stage * CONDITION_COUNT + (size_t)kind, v->due_at, err);
}

/* All rules are asked, also when an earlier one has failed: they run side by side. */
static enum err_code ask_rules(struct world *w, const struct pipe *p, struct run *run,
                               const struct condition_shape *c, struct verdict *v, struct err *err)
{
    enum err_code rc = ERR_OK;

    v->status = RUN_SUCCEEDED;
    v->changed_at = w->now_ms;
    v->due_at = 0;
    for (size_t i = 0; i < c->rule_count && !rc; i++) {
        struct ruling *r = &run->judged->rulings[c->first + i];
        struct rule_answer answer;

        rc = rule_ask(p, run, &c->rules[i], w->now_ms, &answer, err);
        if (rc)
            break;
        r->changed_at = w->now_ms;
        r->status = answer.is_good ? RUN_SUCCEEDED : RUN_FAILED;
        r->code = answer.code;
        rc = say(w, &r->summary, err, "%s", answer.why);
        if (!rc && !answer.is_good && v->status == RUN_SUCCEEDED)
            rc = say(w, &v->summary, err, "Rule %s failed: %s", c->rules[i].name, answer.why);
        if (answer.code != NULL)
            v->status = RUN_ERRORED;
        else if (!answer.is_good && v->status == RUN_SUCCEEDED)
            v->status = RUN_FAILED;
    }
    return rc;
}

/* ---- what comes of it ---- */

/* To the newest run that went through the stage; with none there is nothing to do. A rollback that
 * fails is not rolled back. */
static enum err_code roll_back(struct world *w, struct pipe *p, const struct run *run,
                               struct err *err)
{
    struct start start = {.trigger = "AutomatedRollback"};
    size_t stage = run->stage;
    char id[UID_SIZE];
    enum err_code rc;

    if (run->is_rollback || stage == 0 || p->mode == RUN_MODE_PARALLEL)
        return ERR_OK;
    for (size_t i = p->run_count; i-- > 0;) {
        const struct run *target = p->runs[i];

        if (target == run || target->version != p->version || target->is_rollback ||
            !stage_was_good(p, target, stage))
            continue;
        rc = world_intern(w, sv_of(uid_text(run->id, id)), &start.detail, err);
        return rc ? rc : engine_rollback(w, p, stage, target->id, &start, NULL, err);
    }
    return ERR_OK;
}

/* Once by itself for each time that the stage was entered. */
static enum err_code retry(struct world *w, struct pipe *p, struct run *run,
                           const struct condition_shape *c, struct err *err)
{
    struct stage_now *now = &p->stages[run->stage];

    if (now->latest != run || now->auto_retries >= AUTO_RETRIES)
        return engine_leave(w, p, run, RUN_FAILED, err);
    now->auto_retries++;
    now->is_last_auto = true;
    return engine_retry(w, p, run, c->retries_all, err);
}

static enum err_code engage(struct world *w, struct pipe *p, struct run *run,
                            const struct condition_shape *c, struct err *err)
{
    enum err_code rc;

    switch (c->result) {
    case RESULT_SKIP:
        return engine_leave(w, p, run, RUN_SKIPPED, err);
    case RESULT_RETRY:
        return retry(w, p, run, c, err);
    case RESULT_ROLLBACK:
        rc = engine_leave(w, p, run, RUN_FAILED, err);
        return rc ? rc : roll_back(w, p, run, err);
    case RESULT_FAIL:
    case RESULT_COUNT:
        break;
    }
    return engine_leave(w, p, run, RUN_FAILED, err);
}

/* Whether AWS looks at onFailure when an entry or success condition failed is not documented: here
 * it is for failed actions. */
static enum err_code go_on(struct world *w, struct pipe *p, struct run *run,
                           enum condition_kind kind, const struct condition_shape *c, bool is_good,
                           struct err *err)
{
    pipe_touch(w, p, run);
    if (run->status == RUN_STOPPING)
        return engine_leave(w, p, run, RUN_STOPPED, err);
    if (!is_good)
        return engage(w, p, run, c, err);
    switch (kind) {
    case CONDITION_ENTRY:
        return engine_begin_stage(w, p, run, err);
    case CONDITION_SUCCESS:
        return engine_leave(w, p, run, RUN_SUCCEEDED, err);
    case CONDITION_FAILURE:
    case CONDITION_COUNT:
        break;
    }
    return engine_leave(w, p, run, RUN_FAILED, err);
}

enum err_code condition_answer(struct world *w, struct pipe *p, struct run *run, size_t slot,
                               int64_t at_ms, struct err *err)
{
    size_t stage = slot / CONDITION_COUNT;
    enum condition_kind kind = (enum condition_kind)(slot % CONDITION_COUNT);
    struct verdict *v = run_verdict(run, stage, kind);
    const struct condition_shape *c;
    enum err_code rc;

    if (v == NULL || v->status != RUN_IN_PROGRESS || at_ms < v->due_at)
        return ERR_OK;
    c = condition_of(run_shape(p, run), stage, kind);
    rc = ask_rules(w, p, run, c, v, err);
    return rc ? rc : go_on(w, p, run, kind, c, v->status == RUN_SUCCEEDED, err);
}

enum err_code condition_stage_failed(struct world *w, struct pipe *p, struct run *run,
                                     struct err *err)
{
    const struct condition_shape *c =
        condition_of(run_shape(p, run), run->stage, CONDITION_FAILURE);

    if (c == NULL)
        return engine_leave(w, p, run, RUN_FAILED, err);
    return c->rule_count > 0 ? condition_begin(w, p, run, CONDITION_FAILURE, err)
                             : engage(w, p, run, c, err);
}

void condition_give_up(struct world *w, struct run *run, const struct shape *shape,
                       enum run_status status)
{
    if (run->judged == NULL)
        return;
    for (size_t i = 0; i < shape->stage_count * CONDITION_COUNT; i++) {
        struct verdict *v = &run->judged->verdicts[i];

        if (v->status == RUN_IN_PROGRESS)
            *v = (struct verdict){.changed_at = w->now_ms, .status = (uint8_t)status};
    }
    for (size_t i = 0; i < shape->rule_count; i++) {
        struct ruling *r = &run->judged->rulings[i];

        if (r->status != RUN_IN_PROGRESS)
            continue;
        r->status = RUN_ABANDONED;
        r->changed_at = w->now_ms;
    }
}

enum err_code condition_resume(struct world *w, const struct pipe *p, const struct run *run,
                               struct err *err)
{
    size_t count = run->judged == NULL ? 0 : run_shape(p, run)->stage_count * CONDITION_COUNT;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < count && !rc; i++) {
        const struct verdict *v = &run->judged->verdicts[i];

        if (v->status == RUN_IN_PROGRESS)
            rc = engine_schedule(w, p, run, EVENT_CONDITION, i, v->due_at, err);
    }
    return rc;
}

int64_t condition_due(const struct run *run, const struct shape *shape)
{
    size_t count = run->judged == NULL ? 0 : shape->stage_count * CONDITION_COUNT;
    int64_t due = INT64_MAX;

    for (size_t i = 0; i < count; i++) {
        const struct verdict *v = &run->judged->verdicts[i];

        if (v->status == RUN_IN_PROGRESS && v->due_at < due)
            due = v->due_at;
    }
    return due;
}

/* ---- in spite of it ---- */

bool condition_is_overridable(const struct pipe *p, const struct run *run, size_t stage,
                              enum condition_kind kind)
{
    const struct condition_shape *c = condition_of(run_shape(p, run), stage, kind);
    const struct verdict *v = run_verdict(run, stage, kind);

    return c != NULL && v != NULL && c->result == RESULT_FAIL && run->version == p->version &&
           (v->status == RUN_FAILED || v->status == RUN_ERRORED) && run_is_over(run) &&
           run->status == RUN_FAILED && run->stage == stage;
}

enum err_code condition_override(struct world *w, struct pipe *p, struct run *run,
                                 enum condition_kind kind, const char *by, struct err *err)
{
    struct verdict *v = run_verdict(run, run->stage, kind);
    enum err_code rc = say(w, &v->summary, err, "Overridden by %s", by);

    if (rc)
        return rc;
    v->status = RUN_OVERRIDDEN;
    v->changed_at = w->now_ms;
    engine_take_up(w, p, run);
    return kind == CONDITION_ENTRY ? engine_begin_stage(w, p, run, err)
                                   : engine_leave(w, p, run, RUN_SUCCEEDED, err);
}
