#include "core/views/failure_page.h"

#include "core/base/json.h"
#include "core/views/age.h"
#include "core/views/execution_page.h"

enum { LATELY = 20, READ_CAP = 32 << 20, HANG = 11, COMMITS = 5, ID_SHOWN = 8, NUMBER = 7 };

/* ---- load ---- */

static enum err_code count_lately(struct cache *cache, struct failure_page *f, struct arena *arena,
                                  struct err *err)
{
    struct execution *list = NULL;
    struct arena read;
    size_t count = 0;
    bool is_past = false; /* the failure itself was met */
    int64_t rowid;
    enum err_code rc = cache_find_id(cache, &f->id, &rowid, err);

    arena_init(&read, READ_CAP);
    if (!rc && rowid != 0)
        rc = cache_executions(cache, rowid, &read, &list, &count, err);
    for (size_t i = 0; !rc && i < count; i++) {
        const struct execution *e = &list[i];

        if (status_is_running(e->status))
            continue;
        f->ended += i < LATELY;
        f->failed += i < LATELY && e->status == STATUS_FAILED;
        is_past = is_past || sv_eq(e->id, f->failure.execution_id);
        if (!is_past || f->succeeded_at != 0 || !status_is_success(e->status))
            continue;
        f->succeeded_at = e->updated_at;
        f->succeeded_id = arena_sv(arena, e->id);
        if (f->succeeded_id.ptr == NULL)
            rc = arena_err(arena, err);
    }
    arena_release(&read);
    return rc;
}

enum err_code failure_page_load(struct cache *cache, const struct operand *what,
                                struct arena *arena, struct failure_page *out, struct err *err)
{
    int64_t read_at;
    enum err_code rc;

    *out = (struct failure_page){.id = what->id, .succeeded_id = SV("")};
    rc = failure_get(cache, what, arena, &out->failure, &out->read_at, err);
    if (rc)
        return rc;
    out->has_carried = carried_get(cache, &what->id, out->failure.execution_id, SV_NONE, arena,
                                   &out->carried, &read_at, NULL) == ERR_OK;
    return count_lately(cache, out, arena, err);
}

/* ---- write ---- */

static void write_head(const struct failure_page *f, struct page *p)
{
    char at[AGE_SIZE];
    char age[AGE_AGO_SIZE];
    size_t len;

    page_status(p, STATUS_FAILED);
    len = p->text.len;
    page_sv(p, f->id.name);
    page_sv(p, SV("  execution "));
    page_sv(p, sv_take(f->failure.execution_id, ID_SHOWN));
    page_end_part(p, PAGE_BAD, 0, len, 7);
    if (f->failure.updated_at > 0) {
        page_f(p, "%-11s%s, %s", "Ended", age_moment(f->failure.updated_at, p->look, at),
               age_ago(f->failure.updated_at, p->look, age));
        page_end_part(p, PAGE_TITLE, 0, strlen("Ended"), HANG);
    }
    if (f->ended > 0) {
        page_f(p, "%-11s%d of the last %d executions failed", "Lately", f->failed, f->ended);
        if (f->succeeded_at > 0)
            page_f(p, "; the last success was " SV_FMT ", %s",
                   SV_ARG(sv_take(f->succeeded_id, ID_SHOWN)),
                   age_ago(f->succeeded_at, p->look, age));
        page_end_part(p, PAGE_TITLE, 0, strlen("Lately"), HANG);
    }
    page_pair(p, "Summary", f->failure.summary);
    page_pair(p, "Unread", f->failure.note);
}

static bool contains(struct sv text, struct sv part)
{
    return part.len == 0 || sv_find(text, part) >= 0;
}

struct sv failure_cause(const struct failed_action *a)
{
    if (a->resource_reason.len > 0)
        return contains(a->message, a->resource_reason) ? SV("") : a->resource_reason;
    for (size_t i = 0; i < a->line_count; i++) {
        if (a->lines[i].is_error)
            return contains(a->message, a->lines[i].text) ? SV("") : a->lines[i].text;
    }
    return SV("");
}

/* CodePipeline's error often ends with CodeBuild's own words. */
static bool error_tells_phase(const struct failed_action *a)
{
    return a->phase_reason.len > 0 && contains(a->message, a->phase) &&
           contains(a->message, a->phase_code) && contains(a->message, a->phase_reason);
}

static void write_phase(const struct failed_action *a, struct page *p)
{
    char took[AGE_SIZE];

    if (a->phase.len == 0 || error_tells_phase(a))
        return;
    page_f(p, "%-11s", "Phase");
    page_sv(p, a->phase);
    page_f(p, " after %s", duration_text(a->phase_seconds * 1000, took));
    if (a->phase_code.len > 0) {
        page_sv(p, SV(", "));
        page_sv(p, a->phase_code);
    }
    if (a->phase_reason.len > 0) {
        page_sv(p, SV(": "));
        page_sv(p, a->phase_reason);
    }
    page_end_part(p, PAGE_TITLE, 0, strlen("Phase"), HANG);
}

static void write_stack(const struct failed_action *a, struct page *p)
{
    if (a->stack.len == 0)
        return;
    page_f(p, "%-11s", "Stack");
    page_sv(p, a->stack);
    if (a->stack_status.len > 0) {
        page_sv(p, SV(" is "));
        page_sv(p, a->stack_status);
        page_sv(p, SV(" in "));
        page_sv(p, a->stack_account);
        page_sv(p, SV(" "));
        page_sv(p, a->stack_region);
    }
    page_end_part(p, PAGE_TITLE, 0, strlen("Stack"), HANG);
    if (a->resource.len == 0)
        return;
    page_f(p, "%-11s", "Resource");
    page_sv(p, a->resource);
    page_sv(p, SV(" ("));
    page_sv(p, a->resource_type);
    page_sv(p, SV(") "));
    page_sv(p, a->resource_status);
    page_end_part(p, PAGE_TITLE, 0, strlen("Resource"), HANG);
    if (contains(a->message, a->resource_reason))
        return;
    page_f(p, "%*s", HANG, "");
    page_sv(p, a->resource_reason);
    page_end(p, PAGE_BAD, HANG);
}

static void write_log(const struct failed_action *a, struct page *p)
{
    if (a->line_count == 0)
        return;
    page_f(p, "%-11slines %lld to %lld of %lld", "Log", (long long)a->lines[0].number + 1,
           (long long)a->lines[a->line_count - 1].number + 1, (long long)a->log_lines);
    page_end_part(p, PAGE_TITLE, 0, strlen("Log"), HANG);
    for (size_t i = 0; i < a->line_count; i++) {
        page_f(p, "%*lld  ", NUMBER, (long long)a->lines[i].number + 1);
        page_sv(p, a->lines[i].text);
        if (a->lines[i].is_error)
            page_end(p, PAGE_BAD, NUMBER + 2);
        else
            page_end_part(p, PAGE_DIM, 0, NUMBER, NUMBER + 2);
    }
}

static void write_action(const struct failed_action *a, struct page *p)
{
    page_blank(p);
    page_sv(p, a->stage);
    page_sv(p, SV(" / "));
    page_sv(p, a->action.len > 0 ? a->action : SV("condition"));
    if (a->provider.len > 0) {
        page_sv(p, SV("  ("));
        page_sv(p, a->provider);
        page_sv(p, SV(")"));
    }
    page_end(p, PAGE_TITLE, 0);
    page_f(p, "%-11s", "Error");
    page_sv(p, a->code);
    page_sv(p, a->code.len > 0 && a->message.len > 0 ? SV(": ") : SV(""));
    page_sv(p, a->message.len > 0 ? a->message : a->code.len > 0 ? SV("") : SV("AWS says none"));
    page_end(p, PAGE_BAD, HANG);
    /* The log's lines say it better, and belong on the first page. */
    if (a->line_count == 0)
        write_phase(a, p);
    write_stack(a, p);
    page_pair(p, "Unread", a->note);
    write_log(a, p);
    if (a->line_count > 0)
        write_phase(a, p);
    page_pair(p, "Link", a->url);
}

static void write_carried(const struct failure_page *f, struct page *p)
{
    page_blank(p);
    page_line(p, PAGE_TITLE, SV("New since the last success"));
    if (!f->has_carried)
        page_line(p, PAGE_DIM, SV("It was not read what this execution carried."));
    for (size_t i = 0; f->has_carried && i < f->carried.source_count; i++) {
        const struct carried_source *source = &f->carried.sources[i];

        page_cell(p, 14, source->action);
        page_sv(p, revision_short(source->revision));
        page_sv(p, SV("  "));
        carried_summary(&f->carried, source, p);
        page_end(p, PAGE_PLAIN, HANG);
        if (source->is_walked)
            carried_commits(source, COMMITS, p);
    }
}

/* One that can be overridden: there is no override of what follows a failure. */
static bool failure_is_condition(const struct failed_action *a)
{
    return a->action.len == 0 && sv_eq(a->code, SV("Failed")) &&
           !sv_eq(a->provider, SV("ON_FAILURE"));
}

/* What is run again is actions: where only conditions failed there are none. */
static bool can_be_retried(const struct failure_page *f)
{
    for (size_t i = 0; i < f->failure.action_count; i++) {
        if (f->failure.actions[i].action.len > 0)
            return true;
    }
    return false;
}

static void step(struct page *p, enum page_tone tone, const char *text)
{
    page_sv(p, sv_of(text));
    page_end(p, tone, 3);
}

static void write_next(const struct failure_page *f, bool is_console, struct page *p)
{
    const struct failed_action *a = &f->failure.actions[0];
    bool needs_all = failure_needs_all_actions(a);

    page_blank(p);
    page_line(p, PAGE_TITLE, SV("Next"));
    if (a->line_count > 0)
        step(p, PAGE_PLAIN,
             is_console ? "L  the whole log, at its first error" : "penstock logs: the whole log");
    if (a->stack.len > 0)
        step(p, PAGE_PLAIN,
             is_console ? "K  the stacks: events, resources, and how to free one that is stuck"
                        : "penstock stack: events and resources");
    if (failure_is_condition(a))
        step(p, PAGE_PLAIN,
             is_console ? "O  override the condition, if the stage may be left in spite of it"
                        : "penstock override: let it go on in spite of its condition");
    if (!can_be_retried(f))
        step(p, PAGE_PLAIN,
             is_console ? "T  actions: roll the stage back, release anew"
                        : "penstock rollback or release");
    else if (needs_all)
        step(p, PAGE_ATTENTION,
             is_console ? "T  retry the stage with ALL actions: its change set is gone, the failed "
                          "action alone would fail again"
                        : "penstock retry --all-actions: its change set is gone, the failed action "
                          "alone would fail again");
    else
        step(p, PAGE_PLAIN,
             is_console ? "T  actions: retry the stage, roll it back, release anew"
                        : "penstock retry, rollback or release");
    if (is_console)
        step(p, PAGE_PLAIN, "Y  copy the error or the link");
}

void failure_page_write(const struct failure_page *f, bool is_console, struct page *p)
{
    write_head(f, p);
    for (size_t i = 0; i < f->failure.action_count; i++)
        write_action(&f->failure.actions[i], p);
    write_carried(f, p);
    if (f->failure.action_count > 0)
        write_next(f, is_console, p);
}

enum err_code failure_page_json(const struct failure_page *f, struct sb *out, struct err *err)
{
    struct jw w;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_sv(&w, "pipeline", f->id.name);
    jw_put_sv(&w, "account", f->id.account);
    jw_put_sv(&w, "region", f->id.region);
    jw_put_time(&w, "read", f->read_at);
    failure_json(&w, &f->failure, false);
    jw_put_int(&w, "ended_lately", f->ended);
    jw_put_int(&w, "failed_lately", f->failed);
    jw_put_sv(&w, "last_success", f->succeeded_id.len > 0 ? f->succeeded_id : SV_NONE);
    jw_put_time(&w, "last_success_at", f->succeeded_at);
    jw_name(&w, "commits");
    jw_open(&w, '[');
    for (size_t i = 0; f->has_carried && i < f->carried.source_count; i++) {
        const struct carried_source *s = &f->carried.sources[i];

        for (size_t k = 0; k < s->commit_count; k++) {
            jw_open(&w, '{');
            jw_put_sv(&w, "id", s->commits[k].id);
            jw_put_sv(&w, "author", s->commits[k].author);
            jw_put_sv(&w, "title", commit_title(&s->commits[k]));
            jw_close(&w, '}');
        }
    }
    jw_close(&w, ']');
    jw_close(&w, '}');
    return jw_done(&w);
}
