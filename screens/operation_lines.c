/* What stands above the fields: on what, and what is known of it beforehand. */
#include "screens/operation_parts.h"

#include <stdarg.h>

#include "core/model/commit.h"
#include "core/operate/stack_page.h"
#include "core/views/age.h"
#include "core/views/approvals.h"

enum { NAMES_SHOWN = 6, APPROVALS_SHOWN = 20, COMMITS_SHOWN = 4, ID_SHOWN = 8, REVISION_SHOWN = 7 };

/* Those beyond the last are not shown. */
static enum err_code add_line(struct operation_form *f, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
static enum err_code add_line(struct operation_form *f, struct err *err, const char *fmt, ...)
{
    char text[1200];
    struct sv kept;
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (f->line_count == OPERATION_LINES_MAX)
        return ERR_OK;
    kept = arena_sv(&f->above, sv_of(text));
    if (kept.ptr == NULL)
        return arena_err(&f->above, err);
    f->lines[f->line_count++] = kept;
    return ERR_OK;
}

static bool is_review(const struct operation_form *f)
{
    return f->chosen.action == ACTION_APPROVE || f->chosen.action == ACTION_REJECT;
}

/* The two answers look alike but for their word. */
static const char *review_word(const struct operation_form *f)
{
    if (!is_review(f))
        return "";
    return f->chosen.action == ACTION_APPROVE ? "APPROVE " : "REJECT ";
}

static enum err_code add_place(struct operation_form *f, const char *word, const struct target *t,
                               struct err *err)
{
    return add_line(f, err, "%s%.120s%s%.100s%s%.100s, account %s, %s", word, t->name,
                    t->stage[0] != '\0' ? " / " : "", t->stage, t->action[0] != '\0' ? " / " : "",
                    t->action, t->account, t->region);
}

static enum err_code add_left_out(struct operation_form *f, struct err *err)
{
    const struct chosen *c = &f->chosen;

    if (c->left_out == 0)
        return ERR_OK;
    return add_line(f, err, "%zu marked %s left out: %s", c->left_out,
                    c->left_out == 1 ? "is" : "are",
                    c->left_why[0] != '\0' ? c->left_why : "it cannot be done to them");
}

static enum err_code add_places(struct operation_form *f, struct err *err)
{
    const struct chosen *c = &f->chosen;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < c->count && i < NAMES_SHOWN && !rc; i++)
        rc = add_place(f, review_word(f), &c->targets[i], err);
    if (!rc && c->count > NAMES_SHOWN)
        rc = add_line(f, err, "and %zu more", c->count - NAMES_SHOWN);
    return rc ? rc : add_left_out(f, err);
}

static const struct execution *execution_of(const struct operation_form *f, struct sv id)
{
    const struct pipeline_part *part = operation_part(f);
    const struct execution *found = part != NULL ? part_execution(part, id) : NULL;

    if (found == NULL && sv_eq(f->standing.pipeline.latest.id, id))
        found = &f->standing.pipeline.latest;
    return found;
}

static enum err_code add_execution(struct operation_form *f, const char *what, struct sv id,
                                   struct err *err)
{
    const struct execution *e = execution_of(f, id);

    if (id.len == 0)
        return ERR_OK;
    if (e == NULL)
        return add_line(f, err, "%s execution " SV_FMT, what, SV_ARG(sv_take(id, 40)));
    return add_line(f, err, "%s execution " SV_FMT " (%s): " SV_FMT " " SV_FMT, what,
                    SV_ARG(sv_take(id, ID_SHOWN)), status_word(e->status),
                    SV_ARG(sv_take(e->revision, REVISION_SHOWN)),
                    SV_ARG(sv_take(e->revision_summary, 300)));
}

/* ---- stopping: which, where it runs, and who else does ---- */

/* "in Deploy", "before Deploy"; "" = not told. */
static void write_place(const struct possible_run *run, char *out, size_t size)
{
    out[0] = '\0';
    if (run->stage.len > 0)
        snprintf(out, size, "%s " SV_FMT, run->waits ? "before" : "in",
                 SV_ARG(sv_take(run->stage, 100)));
}

void operation_run_text(const struct operation_form *f, const struct possible_run *run,
                        char out[OPERATION_RUN_TEXT])
{
    const struct execution *e = execution_of(f, run->execution_id);
    char place[120];

    write_place(run, place, sizeof place);
    snprintf(out, OPERATION_RUN_TEXT, SV_FMT "  %s  " SV_FMT " " SV_FMT,
             SV_ARG(sv_take(run->execution_id, ID_SHOWN)), place,
             SV_ARG(sv_take(e != NULL ? e->revision : SV(""), REVISION_SHOWN)),
             SV_ARG(sv_take(e != NULL ? e->revision_summary : SV(""), 200)));
}

static enum err_code add_run(struct operation_form *f, const struct possible_run *run,
                             bool is_stopped, struct err *err)
{
    char place[120];

    write_place(run, place, sizeof place);
    if (is_stopped && place[0] == '\0')
        return ERR_OK;
    if (is_stopped)
        return add_line(f, err, "it %s %s", run->waits ? "waits" : "is", place);
    return add_line(f, err, "execution " SV_FMT " %s%s%s as well, and is left alone",
                    SV_ARG(sv_take(run->execution_id, ID_SHOWN)), run->waits ? "waits" : "runs",
                    place[0] != '\0' ? " " : "", place);
}

static enum err_code add_stop(struct operation_form *f, struct err *err)
{
    const struct possible *p = &f->possible;
    struct sv id = p->completed.execution_id;
    enum err_code rc;

    if (p->must_choose && f->standing.what.stage.len > 0)
        return add_line(f, err, "%zu executions run, and none of them is " SV_FMT "'s",
                        p->running_count, SV_ARG(sv_take(f->standing.what.stage, 100)));
    if (p->must_choose)
        return add_line(f, err, "%zu executions run", p->running_count);
    rc = add_execution(f, "stops", id, err);
    for (size_t i = 0; i < p->running_count && !rc; i++)
        rc = add_run(f, &p->running[i], sv_eq(p->running[i].execution_id, id), err);
    return rc;
}

/* ---- approvals: as the inbox tells of them ---- */

static bool is_this(const struct approval *a, const struct target *t)
{
    struct pipeline_id id = target_id(t);

    return pipeline_id_eq(&a->row.id, &id) && sv_eq(a->stage, sv_of(t->stage)) &&
           sv_eq(a->action, sv_of(t->action)) &&
           (t->execution_id[0] == '\0' || a->row.mode != MODE_PARALLEL ||
            sv_eq(a->execution.id, sv_of(t->execution_id)));
}

static enum err_code add_commits(struct operation_form *f, const struct approval *a,
                                 struct err *err)
{
    int count = a->commit_count < COMMITS_SHOWN ? a->commit_count : COMMITS_SHOWN;
    enum err_code rc = ERR_OK;

    for (int i = 0; i < count && a->commits != NULL && !rc; i++) {
        const struct commit *c = &a->commits[i];

        rc = add_line(f, err, "  " SV_FMT " " SV_FMT "%s" SV_FMT,
                      SV_ARG(sv_take(c->id, REVISION_SHOWN)), SV_ARG(sv_take(commit_title(c), 120)),
                      c->author.len > 0 ? ", " : "", SV_ARG(sv_take(c->author, 60)));
    }
    if (!rc && count > 0 && (a->commit_count > count || a->has_more))
        rc = add_line(f, err, "  and %s%d more", a->has_more ? "at least " : "",
                      a->commit_count - count);
    return rc;
}

static bool is_one(const struct approval *a)
{
    return a->commit_count == 1 && !a->has_more;
}

/* What does not happen is said, too: both answers let something be sent to AWS. */
static enum err_code add_rejection(struct operation_form *f, const struct approval *a,
                                   struct err *err)
{
    struct sv goal = sv_take(approval_goal(a), 80);
    char count[APPROVAL_COUNT_SIZE];
    char what[200];

    snprintf(what, sizeof what, "rejecting fails it, so this does not go to " SV_FMT ":",
             SV_ARG(goal));
    if (a->commit_count < 0)
        return add_execution(f, what, a->execution.id, err);
    return add_line(
        f, err,
        "rejecting fails execution " SV_FMT "%s" SV_FMT ": %s %s commit%s not go to " SV_FMT,
        SV_ARG(sv_take(a->execution.id, ID_SHOWN)), a->asked.len > 0 ? ", asked for by " : "",
        SV_ARG(sv_take(a->asked, 100)), is_one(a) ? "this" : "these", approval_commits(a, count),
        is_one(a) ? " does" : "s do", SV_ARG(goal));
}

static enum err_code add_release(struct operation_form *f, const struct approval *a,
                                 struct err *err)
{
    char count[APPROVAL_COUNT_SIZE];
    char what[200];

    if (f->chosen.action == ACTION_REJECT)
        return add_rejection(f, a, err);
    snprintf(what, sizeof what, "releases to " SV_FMT ":", SV_ARG(sv_take(approval_goal(a), 80)));
    if (a->commit_count < 0)
        return add_execution(f, what, a->execution.id, err);
    return add_line(f, err, "releases %s commit%s to " SV_FMT ", execution " SV_FMT "%s" SV_FMT,
                    approval_commits(a, count), is_one(a) ? "" : "s",
                    SV_ARG(sv_take(approval_goal(a), 80)),
                    SV_ARG(sv_take(a->execution.id, ID_SHOWN)),
                    a->asked.len > 0 ? ", asked for by " : "", SV_ARG(sv_take(a->asked, 100)));
}

static enum err_code add_wait(struct operation_form *f, const struct approval *a,
                              const struct view_look *look, struct err *err)
{
    char waited[AGE_SIZE];
    char left[APPROVAL_LEFT_SIZE];

    if (a->since == 0)
        return ERR_OK;
    return add_line(f, err, "waits for %s, expires in: %s",
                    duration_text(look->now_ms - a->since, waited),
                    approval_left(a, look->now_ms, left));
}

static enum err_code add_words(struct operation_form *f, const struct approval *a, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (a->data.len > 0)
        rc = add_line(f, err, "says: " SV_FMT, SV_ARG(sv_take(a->data, 1000)));
    if (!rc && a->link.len > 0)
        rc = add_line(f, err, "link: " SV_FMT, SV_ARG(sv_take(a->link, 1000)));
    return rc;
}

/* Somebody was quicker, or it expired: what the lines said is past. What the cache knows of how it
 * ended, when the stage still has that execution. */
static enum err_code add_decided(struct operation_form *f, struct err *err)
{
    struct operand what = target_operand(&f->chosen.targets[0]);
    const struct stage_state *stage;
    const struct action_state *action;
    struct standing now;
    enum err_code rc = standing_load(f->cache, &what, &f->above, &now, err);

    if (rc)
        return rc;
    stage = standing_stage(&now, what.stage);
    action = standing_action(&now, what.stage, what.action);
    if (action == NULL || !sv_eq(stage->execution_id, what.execution_id) ||
        (action->status != STATUS_SUCCEEDED && action->status != STATUS_FAILED))
        return add_line(f, err, "It does NOT WAIT any more: it was answered, or has expired.");
    return add_line(f, err, "It does NOT WAIT any more: it was %s%s" SV_FMT "%s" SV_FMT,
                    action->status == STATUS_SUCCEEDED ? "APPROVED" : "REJECTED, or has expired",
                    action->updated_by.len > 0 ? ", by " : "",
                    SV_ARG(sv_take(action->updated_by, 200)), action->summary.len > 0 ? ": " : "",
                    SV_ARG(sv_take(action->summary, 500)));
}

/* Of several that wait in one stage each lets nothing through alone. */
static enum err_code add_beside(struct operation_form *f, const struct approvals *all,
                                const struct approval *a, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int i = 0; i < all->count && f->chosen.action == ACTION_APPROVE && !rc; i++) {
        const struct approval *b = &all->rows[i];

        if (pipeline_id_eq(&a->row.id, &b->row.id) && sv_eq(a->stage, b->stage) &&
            sv_eq(a->execution.id, b->execution.id) && !sv_eq(a->action, b->action))
            rc = add_line(f, err,
                          SV_FMT " still waits in this stage: nothing goes on until it is "
                                 "approved too",
                          SV_ARG(sv_take(b->action, 100)));
    }
    return rc;
}

static enum err_code add_approval(struct operation_form *f, const struct view_look *look,
                                  struct err *err)
{
    struct approvals all;
    bool has_waited = f->has_waited;
    enum err_code rc;

    f->waits = false;

    approvals_init(&all);
    rc = approvals_load(&all, f->cache, NULL, NULL, err);
    for (int i = 0; i < all.count && !rc; i++) {
        const struct approval *a = &all.rows[i];

        if (!is_this(a, &f->chosen.targets[0]))
            continue;
        f->waits = f->has_waited = true;
        rc = add_release(f, a, err);
        if (!rc)
            rc = add_beside(f, &all, a, err);
        if (!rc)
            rc = add_commits(f, a, err);
        if (!rc)
            rc = add_wait(f, a, look, err);
        if (!rc)
            rc = add_words(f, a, err);
        break;
    }
    approvals_release(&all);
    return rc || f->waits || !has_waited ? rc : add_decided(f, err);
}

/* "to prod: 2 commits, waits for 1d0h: NAME / STAGE / ACTION, account 111111111111": the goal, that
 * matters most, is what is never cut. */
static enum err_code add_marked(struct operation_form *f, const struct approval *a,
                                const struct view_look *look, struct err *err)
{
    char count[APPROVAL_COUNT_SIZE];
    char commits[40] = "commits not known yet";
    char waited[AGE_SIZE] = "";

    if (a->commit_count >= 0)
        snprintf(commits, sizeof commits, "%s commit%s", approval_commits(a, count),
                 is_one(a) ? "" : "s");
    if (a->since > 0)
        duration_text(look->now_ms - a->since, waited);
    return add_line(
        f, err, "%s" SV_FMT ": %s%s%s: " SV_FMT " / " SV_FMT " / " SV_FMT ", account " SV_FMT,
        f->chosen.action == ACTION_REJECT ? "not to " : "to ",
        SV_ARG(sv_take(approval_goal(a), 80)), commits, waited[0] != '\0' ? ", waits for " : "",
        waited, SV_ARG(sv_take(a->row.id.name, 120)), SV_ARG(sv_take(a->stage, 100)),
        SV_ARG(sv_take(a->action, 100)), SV_ARG(a->row.id.account));
}

static const struct approval *approval_of(const struct approvals *all, const struct target *t)
{
    for (int i = 0; i < all->count; i++) {
        if (is_this(&all->rows[i], t))
            return &all->rows[i];
    }
    return NULL;
}

/* A line for each; what the cache does not know to wait has its place only. */
static enum err_code add_review_set(struct operation_form *f, const struct view_look *look,
                                    struct err *err)
{
    const struct chosen *c = &f->chosen;
    struct approvals all;
    enum err_code rc;

    approvals_init(&all);
    rc = approvals_load(&all, f->cache, NULL, NULL, err);
    if (!rc)
        rc = add_line(f, err, "%sthese %zu", review_word(f), c->count);
    for (size_t i = 0; i < c->count && i < APPROVALS_SHOWN && !rc; i++) {
        const struct approval *a = approval_of(&all, &c->targets[i]);

        rc = a != NULL ? add_marked(f, a, look, err) : add_place(f, "", &c->targets[i], err);
    }
    approvals_release(&all);
    return rc ? rc : add_left_out(f, err);
}

/* ---- conditions ---- */

/* What holds each stage that could be meant, and why. */
static enum err_code add_conditions(struct operation_form *f, struct err *err)
{
    const struct possible *p = &f->possible;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < p->stage_count && !rc; i++) {
        const struct stage_state *s = p->stages[i];
        bool is_before = sv_eq(s->condition, SV("BEFORE_ENTRY"));
        struct sv id = is_before && s->inbound_id.len > 0 ? s->inbound_id : s->execution_id;

        rc = add_line(f, err, "holds execution " SV_FMT " %s " SV_FMT ": " SV_FMT " is " SV_FMT,
                      SV_ARG(sv_take(id, ID_SHOWN)), is_before ? "before" : "after",
                      SV_ARG(sv_take(s->name, 100)), SV_ARG(sv_take(s->condition, 40)),
                      SV_ARG(sv_take(s->condition_status, 40)));
        if (!rc && s->condition_text.len > 0)
            rc = add_line(f, err, "because: " SV_FMT, SV_ARG(sv_take(s->condition_text, 1000)));
    }
    return rc;
}

/* What is left to the pipeline, since nobody is asked. */
static enum err_code add_defaults(struct operation_form *f, struct err *err)
{
    if (f->chosen.count > 1)
        return add_line(f, err, "Each with its own defaults and its newest revisions.");
    if (!f->standing.has_def)
        return add_line(f, err, "Its variables are not known yet: they get their defaults.");
    return ERR_OK;
}

/* Why all actions are proposed. */
static enum err_code add_retry(struct operation_form *f, const struct possible *p, struct err *err)
{
    enum err_code rc = add_execution(f, "retries", p->completed.execution_id, err);

    if (!rc && p->prefers_all)
        rc = add_line(f, err,
                      "Its ChangeSet does not exist any more, so the action that failed cannot "
                      "succeed alone: all actions of the stage are proposed.");
    return rc;
}

/* What is in the stage, as much as is known of it; an id always. */
static struct candidate now_in(const struct operation_form *f, const struct stage_state *s)
{
    const struct execution *e = execution_of(f, s->execution_id);

    if (sv_eq(f->now.execution_id, s->execution_id))
        return f->now;
    if (e == NULL)
        return (struct candidate){.execution_id = s->execution_id};
    return (struct candidate){.execution_id = e->id,
                              .started_at = e->started_at,
                              .revision = e->revision,
                              .summary = e->revision_summary};
}

/* "now: Deploy-Stage-prod is FAIL with 3f65a1b2, 2h ago: a1b2c3d add the returns table, Ana" */
static enum err_code add_now(struct operation_form *f, struct err *err)
{
    const struct stage_state *s = standing_stage(&f->standing, operation_stage_chosen(f));
    struct candidate now;
    char age[AGE_AGO_SIZE] = "";

    if (s == NULL || s->execution_id.len == 0)
        return ERR_OK;
    now = now_in(f, s);
    if (now.started_at > 0)
        age_ago(now.started_at, &f->look, age);
    return add_line(f, err,
                    "now: " SV_FMT " is %s with " SV_FMT "%s%s%s" SV_FMT " " SV_FMT "%s" SV_FMT,
                    SV_ARG(sv_take(s->name, 100)), status_word(s->status),
                    SV_ARG(sv_take(now.execution_id, ID_SHOWN)), age[0] != '\0' ? ", " : "", age,
                    now.revision.len > 0 ? ": " : "", SV_ARG(sv_take(now.revision, REVISION_SHOWN)),
                    SV_ARG(sv_take(now.summary, 200)), now.author.len > 0 ? ", " : "",
                    SV_ARG(sv_take(now.author, 60)));
}

/* Begun on an execution, its name is expected in the list. */
static enum err_code add_rollback(struct operation_form *f, struct err *err)
{
    struct sv asked = f->standing.what.execution_id;
    enum err_code rc = add_now(f, err);
    bool is_there = asked.len == 0 || f->candidate_count == 0;

    for (size_t i = 0; i < f->candidate_count && !is_there; i++)
        is_there = sv_eq(f->candidates[i].execution_id, asked);
    if (rc || is_there)
        return rc;
    return add_line(f, err, "execution " SV_FMT " is none to go back to in " SV_FMT,
                    SV_ARG(sv_take(asked, ID_SHOWN)),
                    SV_ARG(sv_take(operation_stage_chosen(f), 100)));
}

/* What the rollback failed at, which is what the field is for. */
static enum err_code add_stuck(struct operation_form *f, struct err *err)
{
    const struct operand what = target_operand(&f->chosen.targets[0]);
    struct stack_page page;
    int64_t read_at;
    size_t shown = 0;
    enum err_code rc = ERR_OK;

    if (stack_page_get(f->cache, &what, &f->above, &page, &read_at, NULL))
        return ERR_OK;
    for (size_t i = 0; i < page.resource_count && shown < NAMES_SHOWN && !rc; i++) {
        const struct stack_resource *r = &page.resources[i];

        if (!sv_eq(r->status, SV("UPDATE_FAILED")))
            continue;
        shown++;
        rc = add_line(f, err, "could not be taken back: " SV_FMT " (" SV_FMT ")%s" SV_FMT,
                      SV_ARG(sv_take(r->logical, 100)), SV_ARG(sv_take(r->type, 100)),
                      r->reason.len > 0 ? ": " : "", SV_ARG(sv_take(r->reason, 500)));
    }
    if (!rc && shown > 0)
        rc = add_line(f, err, "Mend the cause first, or skip it: else it fails again.");
    return rc;
}

enum err_code operation_add_lines(struct operation_form *f, struct err *err)
{
    const struct view_look *look = &f->look;
    enum err_code rc;

    arena_clear(&f->above);
    f->line_count = 0;
    if (is_review(f) && f->chosen.count > 1)
        return add_review_set(f, look, err);
    rc = add_places(f, err);
    if (rc)
        return rc;
    if (f->chosen.action == ACTION_RELEASE)
        return add_defaults(f, err);
    if (f->chosen.count != 1)
        return ERR_OK;
    switch (f->chosen.action) {
    case ACTION_APPROVE:
    case ACTION_REJECT:
        return add_approval(f, look, err);
    case ACTION_STOP:
        return add_stop(f, err);
    case ACTION_RETRY:
        return add_retry(f, &f->possible, err);
    case ACTION_ROLLBACK:
        return add_rollback(f, err);
    case ACTION_OVERRIDE:
        return add_conditions(f, err);
    case ACTION_CONTINUE_ROLLBACK:
        return add_stuck(f, err);
    default: /* nothing more is known beforehand */
        return ERR_OK;
    }
}
