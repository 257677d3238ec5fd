#include "core/views/incident_parts.h"

#include <stdlib.h>

#include "core/views/audits.h"
#include "core/views/notify.h"

enum {
    ARENA_CAP = 128 << 20,
    LINE_CAP = 64 * 1024,
    HOUR_MS = 60 * 60 * 1000,
    SKEW_MS = 5 * 60 * 1000
};

/* ---- events ---- */

static void fail(struct incident *in, enum err_code rc)
{
    if (in->rc == ERR_OK)
        in->rc = rc;
}

static void add_event(struct incident *in, int64_t at, const char *kind, const struct sb *text)
{
    struct incident_event *event = &in->events[in->count];

    if (in->count == INCIDENT_EVENTS_MAX) {
        in->has_more = true;
        return;
    }
    *event = (struct incident_event){
        .at = at, .number = in->count, .kind = kind, .text = arena_sv(&in->arena, sb_sv(text))};
    if (event->text.ptr == NULL)
        fail(in, arena_err(&in->arena, in->err));
    else
        in->count++;
}

/* Our own words, then somebody else's. */
static void add_words(struct incident *in, struct sb *out, const char *own, struct sv theirs,
                      size_t most)
{
    enum err_code rc;

    if (theirs.len == 0)
        return;
    rc = sb_add(out, sv_of(own), in->err);
    if (!rc)
        rc = markdown_add(out, theirs, most, in->err);
    if (rc)
        fail(in, rc);
}

static void note_failure(struct incident *in, struct sv pipeline, struct sv stage, int64_t at)
{
    struct incident_impact *impact = NULL;

    if (in->broke_at == 0 || at < in->broke_at)
        in->broke_at = at;
    for (size_t i = 0; i < in->impact_count && impact == NULL; i++) {
        if (sv_eq(in->impacts[i].pipeline, pipeline) && sv_eq(in->impacts[i].stage, stage))
            impact = &in->impacts[i];
    }
    if (impact == NULL) {
        struct sv kept = arena_sv(&in->arena, stage);

        if (in->impact_count == INCIDENT_IMPACTS_MAX || kept.ptr == NULL)
            return;
        impact = &in->impacts[in->impact_count++];
        *impact =
            (struct incident_impact){.pipeline = pipeline, .stage = kept, .first = at, .last = at};
    }
    impact->times++;
    if (at < impact->first)
        impact->first = at;
    if (at > impact->last)
        impact->last = at;
}

static const char *kind_of(const struct transition *t)
{
    if (t->kind == TRANSITION_GATE)
        return "gate";
    if (status_kind(t->to) == STATUS_KIND_BAD)
        return "failed";
    return t->to == STATUS_WAITING ? "waits" : "state";
}

/* How an action ended its run tells better: who answered, and with which words. */
static bool is_told_by_run(const struct incident *in, const struct transition *t)
{
    if (t->kind != TRANSITION_ACTION || status_is_running(t->to) || t->to == STATUS_WAITING)
        return false;
    for (size_t i = 0; i < in->part->run_count; i++) {
        const struct action_run *run = &in->part->runs[i];

        if (sv_eq(run->stage, t->stage) && sv_eq(run->action.name, t->action) &&
            sv_eq(run->execution_id, t->execution_id))
            return true;
    }
    return false;
}

static bool on_transition(void *owner, const struct transition *t)
{
    struct incident *in = owner;
    CLEANUP(sb_release) struct sb text;
    CLEANUP(sb_release) struct sb line;
    int64_t at = t->at > 0 ? t->at : t->observed_at;
    enum err_code rc;

    sb_init(&text, LINE_CAP);
    sb_init(&line, LINE_CAP);
    if (at < in->since_ms || is_told_by_run(in, t))
        return true;
    if (status_kind(t->to) == STATUS_KIND_BAD && t->kind == TRANSITION_ACTION)
        note_failure(in, in->part->pipeline.row.id.name, t->stage, at);
    rc = transition_text(t, &text, in->err);
    if (rc)
        fail(in, rc);
    add_words(in, &line, "", sb_sv(&text), INCIDENT_TEXT_MOST);
    if (t->execution_id.len > 0)
        add_words(in, &line, ", execution ", sv_take(t->execution_id, INCIDENT_ID_SHOWN),
                  INCIDENT_ID_SHOWN);
    add_event(in, at, kind_of(t), &line);
    return in->rc == ERR_OK;
}

static void add_execution(struct incident *in, const struct execution *e)
{
    CLEANUP(sb_release) struct sb line;

    sb_init(&line, LINE_CAP);
    if (e->started_at < in->since_ms)
        return;
    add_words(in, &line, "", in->part->pipeline.row.id.name, INCIDENT_NAME_MOST);
    add_words(in, &line, ": execution ", sv_take(e->id, INCIDENT_ID_SHOWN), INCIDENT_ID_SHOWN);
    if (e->is_rollback)
        add_words(in, &line, " rolls back to ",
                  e->rollback_target.len > 0 ? sv_take(e->rollback_target, INCIDENT_ID_SHOWN)
                                             : SV("an earlier one"),
                  INCIDENT_NAME_MOST);
    add_words(in, &line, ", started by ", e->trigger, INCIDENT_NAME_MOST);
    add_words(in, &line, " ", e->trigger_detail, INCIDENT_NAME_MOST);
    add_words(in, &line, ", commit ", sv_take(e->revision, INCIDENT_ID_SHOWN), INCIDENT_ID_SHOWN);
    add_words(in, &line, " ", e->revision_summary, INCIDENT_NAME_MOST);
    add_words(in, &line, ", stopped: ", e->stop_reason, INCIDENT_TEXT_MOST);
    add_event(in, e->started_at, "started", &line);
}

static void add_failure(struct incident *in, const struct action_run *run)
{
    CLEANUP(sb_release) struct sb line;
    struct sv pipeline = in->part->pipeline.row.id.name;

    sb_init(&line, LINE_CAP);
    note_failure(in, pipeline, run->stage, run->action.changed_at);
    add_words(in, &line, "", pipeline, INCIDENT_NAME_MOST);
    add_words(in, &line, ": ", run->stage, INCIDENT_NAME_MOST);
    add_words(in, &line, "/", run->action.name, INCIDENT_NAME_MOST);
    add_words(in, &line, " failed: ",
              run->action.error_message.len > 0 ? run->action.error_message
                                                : SV("no reason is known"),
              INCIDENT_TEXT_MOST);
    add_words(in, &line, ", execution ", sv_take(run->execution_id, INCIDENT_ID_SHOWN),
              INCIDENT_ID_SHOWN);
    add_event(in, run->action.changed_at, "failed", &line);
}

static void add_run(struct incident *in, const struct action_run *run)
{
    CLEANUP(sb_release) struct sb line;
    enum status status = run->action.status;
    bool is_yes = status_is_success(status);
    bool is_bad = status_kind(status) == STATUS_KIND_BAD;

    sb_init(&line, LINE_CAP);
    if (run->action.changed_at < in->since_ms || (!is_yes && !is_bad))
        return;
    if (!sv_eq(run->action.category, SV("Approval"))) {
        if (is_bad)
            add_failure(in, run);
        return;
    }
    add_words(in, &line, "", in->part->pipeline.row.id.name, INCIDENT_NAME_MOST);
    add_words(in, &line, ": ", run->stage, INCIDENT_NAME_MOST);
    add_words(in, &line, "/", run->action.name, INCIDENT_NAME_MOST);
    add_words(in, &line, is_yes ? " approved by " : " rejected by ",
              run->action.updated_by.len > 0 ? run->action.updated_by : SV("somebody unknown"),
              INCIDENT_NAME_MOST);
    add_words(in, &line, ": ",
              run->action.summary.len > 0 ? run->action.summary : run->action.error_message,
              INCIDENT_TEXT_MOST);
    add_words(in, &line, ", execution ", sv_take(run->execution_id, INCIDENT_ID_SHOWN),
              INCIDENT_ID_SHOWN);
    add_event(in, run->action.changed_at, is_yes ? "approved" : "rejected", &line);
}

/* ---- what was done by hand ---- */

bool incident_is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '@';
}

/* As a whole word: sales is not in sales-prod. */
static bool has_name(struct sv text, struct sv name)
{
    ptrdiff_t at;

    while ((at = sv_find(text, name)) >= 0 && name.len > 0) {
        struct sv behind = sv_drop(text, (size_t)at + name.len);

        if ((at == 0 || !incident_is_name_char(text.ptr[at - 1])) &&
            (behind.len == 0 || !incident_is_name_char(behind.ptr[0])))
            return true;
        text = sv_drop(text, (size_t)at + 1);
    }
    return false;
}

static bool is_about(const struct incident *in, const struct audit_row *row)
{
    const struct pipeline_id *id = &in->ask->id;

    if (row->line.account.len > 0 && !sv_eq(row->line.account, id->account) &&
        row->line.target.len > 0)
        return false;
    if (has_name(row->line.action, id->name) || has_name(row->line.target, id->name) ||
        has_name(row->line.text, id->name))
        return true;
    for (size_t i = 0; i < in->tree.count; i++) {
        struct sv name = in->tree.parts[i].pipeline.row.id.name;

        if (has_name(row->line.action, name) || has_name(row->line.target, name) ||
            has_name(row->line.text, name))
            return true;
    }
    return false;
}

/* What was sent has another row with its outcome, unless the program died before. */
static bool on_audit(void *owner, const struct audit_row *row)
{
    struct incident *in = owner;
    CLEANUP(sb_release) struct sb line;

    sb_init(&line, LINE_CAP);
    if (row->at_ms > in->ask->now_ms || sv_eq(row->outcome, SV("sent")) || !is_about(in, row))
        return true;
    add_words(in, &line, "", audit_who(row), INCIDENT_NAME_MOST);
    add_words(in, &line, " (", row->ssh_client, INCIDENT_NAME_MOST);
    add_words(in, &line, "", row->ssh_client.len > 0 ? SV(")") : SV(""), 1);
    add_words(in, &line, ": ", row->line.action, INCIDENT_NAME_MOST);
    add_words(in, &line, ", ", row->line.operation, INCIDENT_NAME_MOST);
    add_words(in, &line, " of ", row->line.target, INCIDENT_NAME_MOST);
    add_words(in, &line, ", ", row->outcome, INCIDENT_NAME_MOST);
    add_words(in, &line, ": ", row->line.text, INCIDENT_TEXT_MOST);
    add_words(in, &line, "; reason: ", row->line.reason, INCIDENT_TEXT_MOST);
    add_words(in, &line, "; request id ", row->line.request_id, INCIDENT_NAME_MOST);
    add_event(in, row->at_ms, "by hand", &line);
    return in->rc == ERR_OK;
}

/* ---- gathering ---- */

/* How far back the failure goes that stands now. */
struct streak {
    int64_t broke_at;
    bool has_ended;
};

static bool on_earlier(void *owner, const struct transition *t)
{
    struct streak *s = owner;

    if (t->kind != TRANSITION_PIPELINE)
        return true;
    s->has_ended = status_is_success(t->to);
    if (!s->has_ended && status_kind(t->to) == STATUS_KIND_BAD)
        s->broke_at = t->at > 0 ? t->at : t->observed_at;
    return !s->has_ended;
}

static enum err_code choose_since(struct incident *in, struct err *err)
{
    enum err_code rc = ERR_OK;

    in->since_ms = in->ask->since_ms;
    if (in->since_ms > 0)
        return ERR_OK;
    in->since_ms = in->ask->now_ms - (int64_t)INCIDENT_HOURS * HOUR_MS;
    for (size_t i = 0; i < in->tree.count && !rc; i++) {
        const struct pipeline_row *row = &in->tree.parts[i].pipeline.row;
        const struct transition_query back = {.rowid = row->rowid, .newest_first = true};
        struct streak streak = {0};

        if (status_kind(row->status) != STATUS_KIND_BAD)
            continue;
        rc = cache_transitions(in->ask->cache, &back, on_earlier, &streak, err);
        if (streak.broke_at > 0 && streak.broke_at - HOUR_MS < in->since_ms)
            in->since_ms = streak.broke_at - HOUR_MS;
    }
    return rc;
}

static enum err_code gather_part(struct incident *in, const struct pipeline_part *part,
                                 struct err *err)
{
    const struct transition_query since = {.rowid = part->pipeline.row.rowid,
                                           .observed_since =
                                               in->since_ms > SKEW_MS ? in->since_ms - SKEW_MS : 0};
    enum err_code rc;

    in->part = part;
    rc = cache_transitions(in->ask->cache, &since, on_transition, in, err);
    for (size_t i = 0; i < part->execution_count && !rc && !in->rc; i++)
        add_execution(in, &part->executions[i]);
    for (size_t i = 0; i < part->run_count && !rc && !in->rc; i++)
        add_run(in, &part->runs[i]);
    return rc ? rc : in->rc;
}

static int by_time(const void *a, const void *b)
{
    const struct incident_event *x = a;
    const struct incident_event *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static enum err_code gather(struct incident *in, struct err *err)
{
    const struct audit_query by_hand = {.is_oldest_first = true, .since_ms = in->since_ms};
    struct err lost = {0};
    enum err_code rc = ERR_OK;

    in->events = arena_alloc(&in->arena, INCIDENT_EVENTS_MAX, sizeof *in->events);
    if (in->events == NULL)
        return arena_err(&in->arena, err);
    for (size_t i = 0; i < in->tree.count && !rc; i++)
        rc = gather_part(in, &in->tree.parts[i], err);
    if (rc)
        return rc;
    /* A report without the audit is better than none, and says so. */
    if (audit_read(in->ask->audit_dir, &by_hand, on_audit, in, &lost)) {
        CLEANUP(sb_release) struct sb line;

        sb_init(&line, LINE_CAP);
        add_words(in, &line, "The audit cannot be read: ", sv_of(lost.text), INCIDENT_TEXT_MOST);
        add_event(in, in->ask->now_ms, "missing", &line);
    }
    qsort(in->events, in->count, sizeof *in->events, by_time);
    return in->rc;
}

/* What is made is released also after a failure. */
static enum err_code make(struct incident *in, struct sb *report, struct err *err)
{
    const struct incident_ask *ask = in->ask;
    const struct pipeline_ask asked = {.id = ask->id};
    enum err_code rc;

    in->err = err;
    arena_init(&in->arena, ARENA_CAP);
    pipeline_tree_init(&in->tree);
    rc = pipeline_tree_load(&in->tree, ask->cache, &asked, err);
    pipeline_tree_narrow(&in->tree, ask->id.name);
    if (!rc && in->tree.count == 0)
        rc = err_set(err, ERR_NOT_FOUND, "there is no pipeline " SV_FMT " in the cache",
                     SV_ARG(sv_take(ask->id.name, INCIDENT_NAME_MOST)));
    if (!rc)
        rc = choose_since(in, err);
    if (!rc)
        rc = gather(in, err);
    return rc ? rc : incident_report(in, report, err);
}

static void release(struct incident *in)
{
    pipeline_tree_release(&in->tree);
    arena_release(&in->arena);
}

enum err_code incident_write(const struct incident_ask *ask, struct sb *out, struct err *err)
{
    struct incident in = {.ask = ask};
    enum err_code rc = make(&in, out, err);

    release(&in);
    return rc;
}

enum err_code incident_json(const struct incident_ask *ask, struct sb *out, struct err *err)
{
    CLEANUP(sb_release) struct sb report;
    struct incident in = {.ask = ask};
    enum err_code rc;

    sb_init(&report, out->cap);
    rc = make(&in, &report, err);
    if (!rc)
        rc = incident_report_json(&in, sb_sv(&report), out, err);
    release(&in);
    return rc;
}
