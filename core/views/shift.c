#include "core/views/shift.h"

#include "core/aws/caller.h"
#include "core/model/fold.h"
#include "core/operate/guard.h"
#include "core/views/age.h"
#include "core/views/approvals.h"
#include "core/views/audits.h"
#include "core/views/digest.h"
#include "core/views/shift_parts.h"

enum { ARENA_CAP = 128 << 20 };

struct loading {
    const struct shift_ask *ask;
    struct shift *shift;
    struct pipeline_id *active; /* changed since, the latest first; in the shift's arena */
    size_t active_count;
    enum err_code rc;
    struct err *err;
};

/* ---- items ---- */

/* Copied into the arena, behind the others of its part. */
static void add(struct loading *l, enum shift_section section, const struct shift_item *item)
{
    struct shift_part *part = &l->shift->parts[section];
    struct arena *arena = &l->shift->arena;
    struct sv *texts[7];
    struct shift_item *kept;

    part->count++;
    if (part->count > (section == SHIFT_RELEASED ? SHIFT_RELEASES_MAX : SHIFT_ITEMS_MAX) || l->rc)
        return;
    kept = arena_alloc(arena, 1, sizeof *kept);
    if (kept == NULL) {
        l->rc = arena_err(arena, l->err);
        return;
    }
    *kept = *item;
    kept->next = NULL;
    texts[0] = &kept->subject;
    texts[1] = &kept->account;
    texts[2] = &kept->region;
    texts[3] = &kept->environment;
    texts[4] = &kept->who;
    texts[5] = &kept->text;
    texts[6] = &kept->partition;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        *texts[i] = arena_sv(arena, *texts[i]);
        if (texts[i]->ptr == NULL) {
            l->rc = arena_err(arena, l->err);
            return;
        }
    }
    if (part->last == NULL)
        part->items = kept;
    else
        part->last->next = kept;
    part->last = kept;
}

/* Not only what was seen to change: a host that looks for the first time knows when it did. */
static void keep_active(struct loading *l, const struct pipeline_row *row)
{
    struct arena *arena = &l->shift->arena;
    struct pipeline_id *id = &l->active[l->active_count];

    if (row->changed_at < l->ask->since_ms)
        return;
    if (l->active_count == SHIFT_PIPELINES_MAX) {
        l->shift->has_more = true;
        return;
    }
    id->partition = arena_sv(arena, row->id.partition);
    id->account = arena_sv(arena, row->id.account);
    id->region = arena_sv(arena, row->id.region);
    id->name = arena_sv(arena, row->id.name);
    if (id->partition.ptr == NULL || id->account.ptr == NULL || id->region.ptr == NULL ||
        id->name.ptr == NULL)
        l->rc = arena_err(arena, l->err);
    else
        l->active_count++;
}

static bool on_row(void *owner, const struct pipeline_row *row)
{
    struct loading *l = owner;
    struct shift_item item = {.at = row->changed_at,
                              .subject = row->id.name,
                              .partition = row->id.partition,
                              .account = row->id.account,
                              .region = row->id.region,
                              .environment = row->environment,
                              .text = row->error};

    if (l->ask->scope != NULL && scope_find(l->ask->scope, &row->id) == NULL)
        return true;
    l->shift->pipelines++;
    keep_active(l, row);
    if (status_kind(row->status) == STATUS_KIND_BAD)
        add(l, SHIFT_FAILING, &item);
    item.at = row->observed_at;
    item.text = row->trouble;
    if (row->trouble.len > 0)
        add(l, SHIFT_STALE, &item);
    return l->rc == ERR_OK;
}

static void add_contexts(struct loading *l)
{
    for (size_t i = 0; l->ask->scope != NULL && i < l->ask->scope->count; i++) {
        const struct scope_item *item = &l->ask->scope->items[i];
        char name[200];

        if (!freshness_is_stale(&item->freshness, l->ask->now_ms))
            continue;
        (void)snprintf(name, sizeof name, SV_FMT "@" SV_FMT, SV_ARG(sv_take(item->profile, 100)),
                       SV_ARG(sv_take(item->region, 60)));
        add(l, SHIFT_STALE,
            &(struct shift_item){.at = item->freshness.synced_at,
                                 .subject = sv_of(name),
                                 .account = item->account,
                                 .region = item->region,
                                 .text = item->error != NULL ? sv_of(item->error)
                                                             : SV("it was not read for long")});
    }
}

static enum err_code add_waiting(struct loading *l, struct err *err)
{
    struct approvals approvals;
    enum err_code rc;

    approvals_init(&approvals);
    rc = approvals_load(&approvals, l->ask->cache, l->ask->scope, NULL, err);
    for (int i = 0; i < approvals.count && !rc; i++) {
        const struct approval *a = &approvals.rows[i];
        char text[400];

        (void)snprintf(text, sizeof text, SV_FMT "/" SV_FMT "%s" SV_FMT,
                       SV_ARG(sv_take(a->stage, 100)), SV_ARG(sv_take(a->action, 100)),
                       a->execution.revision_summary.len > 0 ? ": " : "",
                       SV_ARG(sv_take(a->execution.revision_summary, 160)));
        add(l, SHIFT_WAITING,
            &(struct shift_item){.at = a->since,
                                 .subject = a->row.id.name,
                                 .account = a->row.id.account,
                                 .region = a->row.id.region,
                                 .environment = a->environment,
                                 .who = a->asked,
                                 .text = sv_of(text)});
    }
    approvals_release(&approvals);
    return rc;
}

/* ---- what was released ---- */

/* Who answered the execution's last approval, else who started it. */
static struct sv releaser(const struct pipeline_part *part, const struct execution *e)
{
    struct sv who = SV("");
    int64_t at = 0;

    for (size_t i = 0; i < part->run_count; i++) {
        const struct action_run *run = &part->runs[i];

        if (sv_eq(run->execution_id, e->id) && run->action.updated_by.len > 0 &&
            sv_eq(run->action.category, SV("Approval")) && run->action.changed_at >= at) {
            at = run->action.changed_at;
            who = run->action.updated_by;
        }
    }
    /* The detail is then the execution that failed, not a person. */
    if (who.len == 0 && sv_eq(e->trigger, SV("AutomatedRollback")))
        return SV("AWS, automatically");
    if (who.len == 0)
        who = e->trigger_detail.len > 0 ? e->trigger_detail : e->trigger;
    return sv_starts(who, SV("arn:")) ? caller_person(who) : who;
}

static void add_release(struct loading *l, const struct pipeline_part *part,
                        const struct execution *e, struct sv environment, int64_t at)
{
    const struct pipeline_id *id = &part->pipeline.row.id;
    char text[300];

    (void)snprintf(text, sizeof text, "%s" SV_FMT " " SV_FMT,
                   e->is_rollback ? "rolled back to " : "", SV_ARG(sv_take(e->revision, 8)),
                   SV_ARG(sv_take(e->revision_summary, 200)));
    add(l, SHIFT_RELEASED,
        &(struct shift_item){.at = at,
                             .subject = id->name,
                             .account = id->account,
                             .region = id->region,
                             .environment = environment,
                             .who = releaser(part, e),
                             .text = sv_trim(sv_of(text))});
}

static void add_releases(struct loading *l, const struct pipeline_part *part)
{
    bool has_environment = false;

    for (size_t i = 0; i < part->pipeline.state.stage_count; i++)
        has_environment =
            has_environment || sv_starts(part->pipeline.state.stages[i].name, SV("Deploy-Stage-"));
    for (size_t i = 0; i < part->stage_run_count && has_environment; i++) {
        const struct stage_run *run = &part->stage_runs[i];
        const struct execution *e = part_execution(part, run->execution_id);

        if (e != NULL && sv_starts(run->stage, SV("Deploy-Stage-")) &&
            run->status == STATUS_SUCCEEDED && run->ended_at >= l->ask->since_ms)
            add_release(l, part, e, fold_stage_environment(run->stage), run->ended_at);
    }
    for (size_t i = 0; i < part->execution_count && !has_environment; i++) {
        const struct execution *e = &part->executions[i];

        if (status_is_success(e->status) && e->updated_at >= l->ask->since_ms)
            add_release(l, part, e, SV(""), e->updated_at);
    }
}

/* One pipeline that changed: its releases and figures. */
static enum err_code add_changed(struct loading *l, const struct pipeline_id *id, struct err *err)
{
    const struct pipeline_ask ask = {.id = *id};
    struct shift *shift = l->shift;
    struct pipeline_tree tree;
    struct figures *figures;
    size_t count = 0;
    enum err_code rc;

    pipeline_tree_init(&tree);
    rc = pipeline_tree_load(&tree, l->ask->cache, &ask, err);
    pipeline_tree_narrow(&tree, id->name);
    for (size_t i = 0; i < tree.count && !rc; i++)
        add_releases(l, &tree.parts[i]);
    if (!rc && l->ask->has_figures)
        rc = figures_load(l->ask->cache, &tree, l->ask->figures_since_ms, l->ask->now_ms,
                          &shift->arena, &figures, &count, err);
    for (size_t i = 0; i < count && !rc && shift->figure_count < SHIFT_ITEMS_MAX; i++) {
        struct figures *kept = &shift->figures[shift->figure_count++];

        *kept = figures[i];
        kept->environment = arena_sv(&shift->arena, kept->environment);
        kept->pipeline = arena_sv(&shift->arena, kept->pipeline);
        if (kept->environment.ptr == NULL || kept->pipeline.ptr == NULL)
            rc = arena_err(&shift->arena, err);
    }
    pipeline_tree_release(&tree);
    return rc ? rc : l->rc;
}

static enum err_code add_changes(struct loading *l, struct err *err)
{
    struct shift *shift = l->shift;
    struct digest_change **all;
    bool has_more = false;
    size_t count;
    enum err_code rc = digest_changes(l->ask->cache, l->ask->scope, l->ask->since_ms, &shift->arena,
                                      &all, &count, &has_more, err);

    shift->changed = l->active_count;
    shift->has_more = shift->has_more || has_more;
    for (size_t i = 0; i < count && !rc; i++) {
        if (all[i]->was_bad && status_is_success(all[i]->status))
            add(l, SHIFT_RECOVERED,
                &(struct shift_item){.at = all[i]->at,
                                     .subject = all[i]->id.name,
                                     .account = all[i]->id.account,
                                     .region = all[i]->id.region});
    }
    for (size_t i = 0; i < l->active_count && !rc; i++)
        rc = add_changed(l, &l->active[i], err);
    return rc ? rc : l->rc;
}

/* ---- what was done by hand, and what is forbidden ---- */

/* An action's own end; each of its calls has rows besides. */
static bool on_audit(void *owner, const struct audit_row *row)
{
    struct loading *l = owner;
    char text[600];

    if (row->line.operation.len > 0 || sv_eq(row->outcome, SV("confirmed")) ||
        sv_eq(row->outcome, SV("planned")))
        return true;
    (void)snprintf(text, sizeof text, SV_FMT ": " SV_FMT "%s" SV_FMT, SV_ARG(row->outcome),
                   SV_ARG(sv_take(row->line.text, 300)), row->line.reason.len > 0 ? "; " : "",
                   SV_ARG(sv_take(row->line.reason, 200)));
    add(l, SHIFT_BY_HAND,
        &(struct shift_item){.at = row->at_ms,
                             .subject = row->line.action,
                             .account = row->line.account,
                             .region = row->line.region,
                             .who = audit_who(row),
                             .text = sv_of(text)});
    return l->rc == ERR_OK;
}

static bool on_freeze(void *owner, const struct freeze_view *freeze)
{
    struct loading *l = owner;
    char text[400];

    (void)snprintf(text, sizeof text, "until %s: " SV_FMT, freeze->until,
                   SV_ARG(sv_take(freeze->reason, 250)));
    add(l, SHIFT_FREEZES,
        &(struct shift_item){.at = freeze->until_ms,
                             .subject = freeze->name,
                             .environment = freeze->environments,
                             .text = sv_of(text)});
    return l->rc == ERR_OK;
}

/* A hand-over without them is better than none, and says so. */
static void add_local(struct loading *l)
{
    const struct audit_query query = {.since_ms = l->ask->since_ms};
    struct err lost = {0};

    if (audit_read(l->ask->audit_dir, &query, on_audit, l, &lost))
        add(l, SHIFT_BY_HAND,
            &(struct shift_item){.subject = SV("the audit cannot be read"),
                                 .text = sv_of(lost.text)});
    if (guard_freezes(l->ask->env, l->ask->now_ms, on_freeze, l, &lost))
        add(l, SHIFT_FREEZES,
            &(struct shift_item){.subject = SV("the config cannot be read"),
                                 .text = sv_of(lost.text)});
}

enum err_code shift_load(const struct shift_ask *ask, struct shift *out, struct err *err)
{
    const struct pipeline_query all = {.sort = SORT_CHANGED};
    struct shift shift = {.since_ms = ask->since_ms, .now_ms = ask->now_ms};
    struct loading l = {.ask = ask, .shift = &shift, .err = err};
    enum err_code rc;

    arena_init(&shift.arena, ARENA_CAP);
    l.active = arena_alloc(&shift.arena, SHIFT_PIPELINES_MAX, sizeof *l.active);
    shift.figures = arena_alloc(&shift.arena, SHIFT_ITEMS_MAX, sizeof *shift.figures);
    if (l.active == NULL || shift.figures == NULL) {
        rc = arena_err(&shift.arena, err);
        arena_release(&shift.arena);
        return rc;
    }
    rc = cache_pipelines(ask->cache, &all, on_row, &l, err);
    rc = rc ? rc : l.rc;
    if (!rc)
        rc = shift_explain(&shift, ask->cache, err);
    if (!rc)
        rc = add_waiting(&l, err);
    if (!rc)
        rc = add_changes(&l, err);
    if (!rc)
        rc = shift_group_releases(&shift, err);
    if (!rc) {
        add_contexts(&l);
        add_local(&l);
        rc = l.rc;
    }
    if (rc)
        shift_release(&shift);
    else
        *out = shift;
    return rc;
}

void shift_release(struct shift *shift)
{
    arena_release(&shift->arena);
    *shift = (struct shift){.arena = shift->arena};
}
