#include "core/actions/possible.h"

#include <stdarg.h>

#include "core/model/stack_word.h"
#include "core/operate/stack_page.h"

const enum action_id possible_order[] = {
    ACTION_APPROVE,       ACTION_REJECT,   ACTION_RETRY,        ACTION_OVERRIDE,
    ACTION_RELEASE,       ACTION_ENABLE,   ACTION_RETRY_BUILD,  ACTION_CONTINUE_ROLLBACK,
    ACTION_CREATE_BRANCH, ACTION_PROMOTE,  ACTION_DISABLE,      ACTION_STOP_BUILD,
    ACTION_STOP,          ACTION_ROLLBACK, ACTION_DELETE_STACK,
};
const size_t possible_count = ARRAY_LEN(possible_order);
_Static_assert(ARRAY_LEN(possible_order) == ACTION_COUNT - ACTION_RELEASE, "one row per operation");

enum { ID_SHOWN = 8 };

/* ---- what is known ---- */

static enum err_code load_def(struct cache *cache, int64_t rowid, struct arena *arena,
                              struct standing *out, struct err *err)
{
    struct err why = {0};
    enum err_code rc = cache_get_def(cache, rowid, arena, &out->def, &why);

    out->has_def = rc == ERR_OK;
    if (rc == ERR_OK || rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (err != NULL)
        *err = why;
    return rc;
}

static void load_stack(struct cache *cache, struct arena *arena, struct standing *out)
{
    struct stack_page page;
    int64_t read_at;

    if (out->what.stack.len > 0 &&
        stack_page_get(cache, &out->what, arena, &page, &read_at, NULL) == ERR_OK)
        out->stack_status = page.stack.status;
}

enum err_code standing_load(struct cache *cache, const struct operand *what, struct arena *arena,
                            struct standing *out, struct err *err)
{
    int64_t rowid = 0;
    enum err_code rc;

    *out = (struct standing){.what = *what, .stack_status = SV("")};
    load_stack(cache, arena, out);
    rc = cache_find_id(cache, &what->id, &rowid, err);
    if (rc || rowid == 0)
        return rc;
    rc = cache_get_pipeline(cache, rowid, arena, &out->pipeline, err);
    if (!rc)
        rc = load_def(cache, rowid, arena, out, err);
    out->is_known = rc == ERR_OK;
    return rc;
}

const struct stage_state *standing_stage(const struct standing *s, struct sv name)
{
    for (size_t i = 0; i < s->pipeline.state.stage_count; i++) {
        if (sv_eq(s->pipeline.state.stages[i].name, name))
            return &s->pipeline.state.stages[i];
    }
    return NULL;
}

const struct action_state *standing_action(const struct standing *s, struct sv stage,
                                           struct sv action)
{
    const struct stage_state *found = standing_stage(s, stage);

    for (size_t i = 0; found != NULL && i < found->action_count; i++) {
        if (sv_eq(found->actions[i].name, action))
            return &found->actions[i];
    }
    return NULL;
}

const struct action_def *standing_def(const struct standing *s, struct sv stage, struct sv action)
{
    for (size_t i = 0; s->has_def && i < s->def.stage_count; i++) {
        const struct stage_def *def = &s->def.stages[i];

        for (size_t k = 0; sv_eq(def->name, stage) && k < def->action_count; k++) {
            if (sv_eq(def->actions[k].name, action))
                return &def->actions[k];
        }
    }
    return NULL;
}

/* ---- judging ---- */

static void no(struct possible *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void no(struct possible *p, const char *fmt, ...)
{
    va_list args;

    p->concerns = true;
    va_start(args, fmt);
    (void)vsnprintf(p->text, sizeof p->text, fmt, args);
    va_end(args);
}

static void yes(struct possible *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void yes(struct possible *p, const char *fmt, ...)
{
    va_list args;

    p->concerns = p->fits = true;
    va_start(args, fmt);
    (void)vsnprintf(p->text, sizeof p->text, fmt, args);
    va_end(args);
}

static bool is_asked(struct sv asked, struct sv name)
{
    return asked.len == 0 || sv_eq(asked, name);
}

static const struct action_state *waiting_in(const struct standing *s,
                                             const struct stage_state *stage)
{
    for (size_t i = 0; i < stage->action_count; i++) {
        if (stage->actions[i].status == STATUS_WAITING &&
            is_asked(s->what.action, stage->actions[i].name))
            return &stage->actions[i];
    }
    return NULL;
}

static bool is_of_one_run(const struct standing *s)
{
    return s->pipeline.row.mode == MODE_PARALLEL && s->what.execution_id.len > 0;
}

/* One execution was asked for, an old one maybe, and another one is there. */
static bool is_another(const struct standing *s, struct sv there)
{
    return s->what.execution_id.len > 0 && there.len > 0 && !sv_eq(there, s->what.execution_id);
}

static void no_longer(struct possible *p, struct sv there)
{
    no(p, "not the latest execution: that is " SV_FMT, SV_ARG(sv_take(there, ID_SHOWN)));
}

static bool is_meant(const struct standing *s, const struct stage_state *stage,
                     const struct action_state *action)
{
    return action->status == STATUS_WAITING && is_asked(s->what.stage, stage->name) &&
           is_asked(s->what.action, action->name) && !is_another(s, stage->execution_id);
}

/* Of those that could be meant; none is taken for the others. */
static size_t count_waiting(const struct standing *s)
{
    size_t count = 0;

    for (size_t i = 0; i < s->pipeline.state.stage_count; i++) {
        const struct stage_state *stage = &s->pipeline.state.stages[i];

        for (size_t k = 0; k < stage->action_count; k++)
            count += is_meant(s, stage, &stage->actions[k]);
    }
    return count;
}

static void tell_waiting(const struct standing *s, struct possible *p)
{
    CLEANUP(sb_release) struct sb list;

    sb_init(&list, POSSIBLE_TEXT - 40);
    for (size_t i = 0; i < s->pipeline.state.stage_count; i++) {
        const struct stage_state *stage = &s->pipeline.state.stages[i];

        for (size_t k = 0; k < stage->action_count; k++) {
            /* Only for the sentence: one that does not fit is left out. */
            if (is_meant(s, stage, &stage->actions[k]) &&
                sb_addf(&list, NULL, "%s" SV_FMT " " SV_FMT, list.len > 0 ? ", " : "",
                        SV_ARG(stage->name), SV_ARG(stage->actions[k].name)))
                break;
        }
    }
    no(p, "%zu wait, name one: %s", count_waiting(s), sb_cstr(&list));
}

static void judge_approval(const struct standing *s, struct possible *p)
{
    const struct action_state *named = standing_action(s, s->what.stage, s->what.action);

    for (size_t i = 0; i < s->pipeline.state.stage_count && !is_of_one_run(s); i++) {
        const struct stage_state *stage = &s->pipeline.state.stages[i];
        const struct action_state *waiting = waiting_in(s, stage);

        if (waiting == NULL || !is_asked(s->what.stage, stage->name))
            continue;
        if (is_another(s, stage->execution_id)) {
            no_longer(p, stage->execution_id);
            continue;
        }
        if (count_waiting(s) > 1) {
            tell_waiting(s, p);
            return;
        }
        p->completed.stage = stage->name;
        p->completed.action = waiting->name;
        p->completed.execution_id = stage->execution_id;
        yes(p, SV_FMT "/" SV_FMT " waits", SV_ARG(sv_take(stage->name, 60)),
            SV_ARG(sv_take(waiting->name, 60)));
        return;
    }
    /* The state tells of one execution only; the plan asks AWS of the one that is meant. */
    if (is_of_one_run(s) && named != NULL)
        yes(p, SV_FMT "/" SV_FMT ", execution " SV_FMT, SV_ARG(sv_take(s->what.stage, 50)),
            SV_ARG(sv_take(s->what.action, 50)), SV_ARG(sv_take(s->what.execution_id, ID_SHOWN)));
    else if (!p->concerns && named != NULL && sv_eq(named->category, SV("Approval")))
        no(p, "it does not wait");
    else if (!p->concerns)
        snprintf(p->text, sizeof p->text, "no approval waits%s" SV_FMT,
                 s->what.stage.len > 0 ? " in " : "", SV_ARG(sv_take(s->what.stage, 100)));
}

/* The stages that a predicate takes, among those that were asked for. */
typedef bool stage_fn(const struct standing *s, size_t index);

static void collect(const struct standing *s, stage_fn *takes, struct possible *p)
{
    for (size_t i = 0; i < s->pipeline.state.stage_count; i++) {
        const struct stage_state *stage = &s->pipeline.state.stages[i];

        if (is_asked(s->what.stage, stage->name) && takes(s, i) && p->stage_count < POSSIBLE_STAGES)
            p->stages[p->stage_count++] = stage;
    }
    if (p->stage_count > 0 && p->completed.stage.len == 0)
        p->completed.stage = p->stages[0]->name;
}

/* Whom the stage holds: what waits before it comes first. */
static struct sv stage_id(const struct stage_state *stage)
{
    return stage->inbound_id.len > 0 ? stage->inbound_id : stage->execution_id;
}

static bool has_failed(const struct standing *s, size_t i)
{
    enum status status = s->pipeline.state.stages[i].status;

    return status == STATUS_FAILED || status == STATUS_ERRORED || status == STATUS_STOPPED;
}

static bool has_condition(const struct standing *s, size_t i)
{
    const struct stage_state *stage = &s->pipeline.state.stages[i];

    return stage->condition.len > 0 && (sv_eq_nocase(stage->condition_status, SV("Failed")) ||
                                        sv_eq_nocase(stage->condition_status, SV("Errored")));
}

/* Of a stage that only its condition fails there is nothing to run again. */
static bool can_rerun(const struct standing *s, size_t i)
{
    const struct stage_state *stage = &s->pipeline.state.stages[i];
    bool has_bad = stage->action_count == 0 || !has_condition(s, i);

    for (size_t k = 0; k < stage->action_count; k++) {
        enum status status = stage->actions[k].status;

        has_bad = has_bad || status_kind(status) == STATUS_KIND_BAD || status == STATUS_STOPPED;
    }
    return has_failed(s, i) && has_bad;
}

static bool fails_it(const struct standing *s, size_t i)
{
    return can_rerun(s, i) && !is_another(s, s->pipeline.state.stages[i].execution_id);
}

/* What a change set that was executed or dropped leaves behind: its own action alone cannot run
 * again. */
static bool lost_its_change_set(const struct stage_state *stage)
{
    for (size_t i = 0; i < stage->action_count; i++) {
        struct sv text = stage->actions[i].error_message;

        if (sv_find(text, SV("ChangeSet")) >= 0 && sv_find(text, SV("does not exist")) >= 0)
            return true;
    }
    return false;
}

/* What was found in other executions than the one that was asked for is none of its; false when
 * that was all. */
static bool keep_its_own(const struct standing *s, stage_fn *takes, struct possible *p)
{
    struct sv there = stage_id(p->stages[0]);

    p->stage_count = 0;
    p->completed.stage = s->what.stage;
    collect(s, takes, p);
    if (p->stage_count == 0)
        no_longer(p, there);
    return p->stage_count > 0;
}

static void judge_retry(const struct standing *s, struct possible *p)
{
    struct sv asked = sv_take(s->what.execution_id, ID_SHOWN);

    collect(s, can_rerun, p);
    if (p->stage_count == 0) {
        collect(s, has_failed, p);
        if (p->stage_count > 0)
            no(p, "only its condition failed: no action is there to run again");
        else if (s->what.stage.len > 0)
            no(p, "the stage has not failed");
        else
            snprintf(p->text, sizeof p->text, "no stage has failed");
        p->stage_count = 0;
        p->completed = s->what;
        return;
    }
    if (!keep_its_own(s, fails_it, p))
        return;
    p->completed.execution_id = p->stages[0]->execution_id;
    p->prefers_all = lost_its_change_set(p->stages[0]);
    yes(p, SV_FMT " is %s%s" SV_FMT, SV_ARG(sv_take(p->stages[0]->name, 80)),
        status_word(p->stages[0]->status), asked.len > 0 ? " in " : "", SV_ARG(asked));
}

static bool holds_it(const struct standing *s, size_t i)
{
    return has_condition(s, i) && !is_another(s, stage_id(&s->pipeline.state.stages[i]));
}

static void judge_override(const struct standing *s, struct possible *p)
{
    const struct stage_state *named = standing_stage(s, s->what.stage);

    collect(s, has_condition, p);
    if (p->stage_count > 0) {
        if (!keep_its_own(s, holds_it, p))
            return;
        p->completed.execution_id = stage_id(p->stages[0]);
        yes(p, SV_FMT " is held by " SV_FMT, SV_ARG(sv_take(p->stages[0]->name, 80)),
            SV_ARG(sv_take(p->stages[0]->condition, 40)));
    } else if (named != NULL && named->condition.len > 0) {
        no(p, "its condition holds nothing back");
    } else {
        snprintf(p->text, sizeof p->text, "no condition holds anything back");
    }
}

/* Of the pipeline as a whole: it begins at the source, whatever stage the cursor is on. */
static void judge_release(const struct standing *s, struct possible *p)
{
    p->completed.stage = p->completed.action = p->completed.build = SV("");
    if (s->what.execution_id.len > 0)
        yes(p, "a new execution, of the newest commit");
    else if (s->pipeline.row.trouble.len > 0)
        yes(p, "though reading it failed lately");
    else if (status_is_running(s->pipeline.row.status))
        yes(p, "an execution runs already: %s", status_word(s->pipeline.row.status));
    else
        yes(p, "start an execution");
}

/* ---- stop ---- */

static const struct possible_run *running_find(const struct possible *p, struct sv id)
{
    for (size_t i = 0; i < p->running_count; i++) {
        if (id.len > 0 && sv_eq(p->running[i].execution_id, id))
            return &p->running[i];
    }
    return NULL;
}

static void add_running(struct possible *p, struct sv id, struct sv stage, bool waits)
{
    if (id.len > 0 && running_find(p, id) == NULL && p->running_count < POSSIBLE_RUNNING)
        p->running[p->running_count++] = (struct possible_run){id, stage, waits};
}

/* In a stage that runs, before one, or only begun. */
static void collect_running(const struct standing *s, struct possible *p)
{
    const struct execution *latest = &s->pipeline.latest;

    for (size_t i = s->pipeline.state.stage_count; i-- > 0;) {
        const struct stage_state *stage = &s->pipeline.state.stages[i];

        if (status_is_running(stage->status))
            add_running(p, stage->execution_id, stage->name, false);
        add_running(p, stage->inbound_id, stage->name, true);
    }
    if (status_is_running(latest->status))
        add_running(p, latest->id, SV(""), false);
}

/* The one that was asked for, or that the stage shows while it runs anywhere, or the only one. */
static struct sv meant_to_stop(const struct standing *s, struct possible *p)
{
    const struct stage_state *stage = standing_stage(s, s->what.stage);

    if (s->what.execution_id.len > 0)
        return s->what.execution_id;
    if (stage != NULL && running_find(p, stage->execution_id) != NULL)
        return stage->execution_id;
    p->must_choose = p->running_count > 1;
    return p->running_count > 0 ? p->running[0].execution_id : s->pipeline.latest.id;
}

static void say_stop(const struct standing *s, struct sv id, struct possible *p)
{
    enum status status =
        sv_eq(id, s->pipeline.latest.id) ? s->pipeline.latest.status : STATUS_UNKNOWN;
    const struct possible_run *run = running_find(p, id);
    bool is_elsewhere = run != NULL && run->stage.len > 0 && s->what.stage.len > 0 &&
                        !sv_eq(run->stage, s->what.stage);

    yes(p, "execution " SV_FMT "%s%s%s" SV_FMT, SV_ARG(sv_take(id, ID_SHOWN)),
        status == STATUS_UNKNOWN ? "" : " is ", status == STATUS_UNKNOWN ? "" : status_word(status),
        !is_elsewhere ? ""
        : run->waits  ? ", before "
                      : ", in ",
        SV_ARG(is_elsewhere ? sv_take(run->stage, 60) : SV("")));
}

static void judge_stop(const struct standing *s, struct possible *p)
{
    struct sv id;
    bool is_latest;
    bool runs;

    collect_running(s, p);
    id = meant_to_stop(s, p);
    /* What a state of one execution does not tell of, the plan asks AWS. */
    is_latest = id.len == 0 || sv_eq(id, s->pipeline.latest.id);
    runs = running_find(p, id) != NULL || (s->pipeline.row.mode == MODE_PARALLEL && !is_latest);
    if (!runs && is_latest)
        no(p, "nothing runs");
    else if (!runs)
        no(p, "execution " SV_FMT " does not run", SV_ARG(sv_take(id, ID_SHOWN)));
    if (!runs)
        return;
    if (p->must_choose) {
        yes(p, "one of %zu executions", p->running_count);
        return;
    }
    p->completed.execution_id = id;
    say_stop(s, id, p);
}

static bool takes_rollback(const struct standing *s, size_t i)
{
    return i > 0 && !status_is_running(s->pipeline.state.stages[i].status) &&
           s->pipeline.state.stages[i].status != STATUS_NONE;
}

/* Of several the one that failed is proposed. */
static void propose_failed(const struct standing *s, struct possible *p)
{
    for (size_t i = 0; i < s->pipeline.state.stage_count && p->stage_count > 1; i++) {
        if (has_failed(s, i) && takes_rollback(s, i))
            p->completed.stage = s->pipeline.state.stages[i].name;
    }
}

static const char *why_no_rollback(const struct standing *s)
{
    const struct stage_state *stage = standing_stage(s, s->what.stage);

    if (stage == NULL)
        return "there is no such stage";
    if (stage == s->pipeline.state.stages)
        return "the first stage has nothing to go back to";
    return status_is_running(stage->status) ? "the stage runs" : "the stage never ran";
}

static void judge_rollback(const struct standing *s, struct possible *p)
{
    struct sv id = sv_take(s->what.execution_id, ID_SHOWN);
    const char *back = id.len > 0 ? ", to " : "";

    if (s->has_def && sv_eq(s->def.type, SV("V1"))) {
        no(p, "a pipeline of type V1 cannot");
        return;
    }
    collect(s, takes_rollback, p);
    propose_failed(s, p);
    if (p->stage_count > 1)
        yes(p, "one of %zu stages%s" SV_FMT, p->stage_count, back, SV_ARG(id));
    else if (p->stage_count > 0)
        yes(p, SV_FMT "%s" SV_FMT, SV_ARG(sv_take(p->completed.stage, 100)), back, SV_ARG(id));
    else if (s->what.stage.len > 0)
        no(p, "%s", why_no_rollback(s));
}

static bool is_closed(const struct standing *s, size_t i)
{
    return i > 0 && !s->pipeline.state.stages[i].transition_enabled;
}

static bool is_open(const struct standing *s, size_t i)
{
    return i > 0 && s->pipeline.state.stages[i].transition_enabled;
}

/* For who names one; elsewhere it is not offered. */
static const char *why_no_transition(const struct standing *s, bool enables)
{
    if (standing_stage(s, s->what.stage) == s->pipeline.state.stages)
        return "no transition leads into the first stage";
    return enables ? "the transition is enabled" : "the transition is disabled already";
}

static void judge_transition(const struct standing *s, bool enables, struct possible *p)
{
    const char *all = s->what.execution_id.len > 0 ? ", for all executions" : "";

    collect(s, enables ? is_closed : is_open, p);
    if (p->stage_count == 0 && s->what.stage.len > 0)
        snprintf(p->text, sizeof p->text, "%s", why_no_transition(s, enables));
    if (p->stage_count > 1)
        yes(p, "into one of %zu stages%s", p->stage_count, all);
    else if (p->stage_count > 0)
        yes(p, "into " SV_FMT "%s", SV_ARG(sv_take(p->completed.stage, 100)), all);
}

static void judge_build(const struct standing *s, bool stops, struct possible *p)
{
    const struct action_state *a = standing_action(s, s->what.stage, s->what.action);
    bool is_build = a != NULL && sv_eq(a->provider, SV("CodeBuild")) && a->external_id.len > 0;

    bool is_it = is_build && sv_eq(a->external_id, s->what.build);

    if (is_it && stops && !status_is_running(a->status)) {
        no(p, "the build is over");
    } else if (is_it && !stops && status_is_running(a->status)) {
        no(p, "the build still runs");
    } else if (s->what.build.len > 0) {
        yes(p, SV_FMT, SV_ARG(sv_take(s->what.build, 100)));
    }
    if (!is_build || s->what.build.len > 0)
        return;
    p->completed.build = a->external_id;
    if (stops && !status_is_running(a->status))
        return;
    if (!stops && a->status != STATUS_FAILED)
        return;
    yes(p, SV_FMT, SV_ARG(sv_take(a->external_id, 100)));
}

/* What is not known is the plan's to find out. */
static void judge_stack(const struct standing *s, bool continues, struct possible *p)
{
    struct sv name = sv_take(stack_name_of(s->what.stack), 100);
    struct sv status = sv_take(s->stack_status, 60);

    if (name.len == 0)
        return;
    if (status.len == 0 ||
        (continues ? sv_eq(status, SV("UPDATE_ROLLBACK_FAILED"))
                   : !stack_word_is_busy(status) && !sv_eq(status, SV("DELETE_COMPLETE"))))
        yes(p, SV_FMT, SV_ARG(name));
    else
        no(p, "it is " SV_FMT, SV_ARG(status));
}

static void judge_repository(const struct standing *s, struct possible *p)
{
    if (s->what.repository.len > 0)
        yes(p, SV_FMT "%s" SV_FMT, SV_ARG(sv_take(s->what.repository, 80)),
            s->what.commit.len > 0 ? ", from " : "", SV_ARG(sv_take(s->what.commit, 40)));
}

/* Stages there are of a pipeline that the cache knows. */
static void judge_pipeline(const struct standing *s, enum action_id action, struct possible *p)
{
    if (!s->is_known || s->what.stack.len > 0 || s->what.repository.len > 0)
        return;
    if (action == ACTION_APPROVE || action == ACTION_REJECT)
        judge_approval(s, p);
    else if (action == ACTION_RETRY)
        judge_retry(s, p);
    else if (action == ACTION_OVERRIDE)
        judge_override(s, p);
    else if (action == ACTION_RELEASE)
        judge_release(s, p);
    else if (action == ACTION_STOP)
        judge_stop(s, p);
    else if (action == ACTION_ROLLBACK)
        judge_rollback(s, p);
    else
        judge_transition(s, action == ACTION_ENABLE, p);
    /* They are of the whole stage, whichever of its actions they were begun at. */
    if (action == ACTION_RETRY || action == ACTION_OVERRIDE || action == ACTION_ROLLBACK ||
        action == ACTION_ENABLE || action == ACTION_DISABLE)
        p->completed.action = SV("");
}

void possible_judge(const struct standing *s, enum action_id action, struct possible *out)
{
    *out = (struct possible){.completed = s->what};
    switch (action) {
    case ACTION_RELEASE:
    case ACTION_STOP:
    case ACTION_RETRY:
    case ACTION_ROLLBACK:
    case ACTION_APPROVE:
    case ACTION_REJECT:
    case ACTION_ENABLE:
    case ACTION_DISABLE:
    case ACTION_OVERRIDE:
        judge_pipeline(s, action, out);
        return;
    case ACTION_STOP_BUILD:
    case ACTION_RETRY_BUILD:
        judge_build(s, action == ACTION_STOP_BUILD, out);
        return;
    case ACTION_CONTINUE_ROLLBACK:
    case ACTION_DELETE_STACK:
        judge_stack(s, action == ACTION_CONTINUE_ROLLBACK, out);
        return;
    case ACTION_CREATE_BRANCH:
    case ACTION_PROMOTE:
        judge_repository(s, out);
        return;
    case ACTION_ENVIRONMENT_ADD:
    case ACTION_ENVIRONMENT_EDIT:
    case ACTION_ENVIRONMENT_REMOVE:
    case ACTION_BOOTSTRAP:
    case ACTION_CREATE:
    case ACTION_EDIT:
    case ACTION_DELETE:
    case ACTION_COUNT:
        return;
    }
}
