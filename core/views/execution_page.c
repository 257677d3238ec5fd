#include "core/views/execution_page.h"

#include "core/model/source_link.h"
#include "core/model/trigger.h"
#include "core/views/age.h"
#include "core/views/failure_page.h"

enum {
    REVISION = 7,
    ID_SHOWN = 8,
    AUTHOR = 14,
    FEW = 3,
    TOOK = 14,
    NUMBER = 8,
    BAR_LEAST = 8,
    NAME_MOST = 30,
    NAME_LEAST = 12,
    STATUS = 7,
    INDENT = 2,
    LINK_MAX = 4096
};

enum status execution_status(const struct pipeline_part *part, const struct execution *execution)
{
    const struct pipeline_state *state = &part->pipeline.state;

    for (size_t i = 0; i < state->stage_count && execution->status == STATUS_IN_PROGRESS; i++) {
        if (sv_eq(state->stages[i].execution_id, execution->id) &&
            stage_status(&state->stages[i]) == STATUS_WAITING)
            return STATUS_WAITING;
    }
    return execution->status;
}

int64_t execution_took(const struct execution *execution, int64_t now_ms)
{
    int64_t end = status_is_running(execution->status) ? now_ms : execution->updated_at;

    return execution->started_at > 0 && end >= execution->started_at ? end - execution->started_at
                                                                     : -1;
}

/* ---- the head ---- */

struct sv carried_author(const struct carried *carried)
{
    for (size_t i = 0; carried != NULL && i < carried->source_count; i++) {
        if (carried->sources[i].commit_count > 0)
            return carried->sources[i].commits[0].author;
    }
    return SV_NONE;
}

static void write_trigger(const struct execution_page *e, struct page *p)
{
    const struct execution *x = e->execution;
    struct sv person = trigger_person(x->trigger_detail);
    struct sv author = carried_author(e->carried);

    if (x->trigger.len == 0)
        return;
    page_f(p, "%-11s", "Trigger");
    page_sv(p, trigger_words(x->trigger));
    if (person.len > 0) {
        page_sv(p, SV(" by "));
        page_sv(p, person);
    } else if (author.len > 0) {
        page_sv(p, SV(", commit of "));
        page_sv(p, author);
    }
    if (x->trigger_detail.len > 0) {
        page_sv(p, SV(" ("));
        page_sv(p, x->trigger_detail);
        page_sv(p, SV(")"));
    }
    page_end_part(p, PAGE_TITLE, 0, strlen("Trigger"), 11);
}

static void write_times(const struct execution_page *e, struct page *p)
{
    const struct execution *x = e->execution;
    char at[AGE_SIZE];
    char age[AGE_AGO_SIZE];
    char took[AGE_SIZE];

    if (x->started_at == 0)
        return;
    page_f(p, "%-11s%s, %s; %s %s", "Started", age_moment(x->started_at, p->look, at),
           age_ago(x->started_at, p->look, age),
           status_is_running(x->status) ? "goes on for" : "took",
           duration_text(execution_took(x, p->look->now_ms), took));
    page_end_part(p, PAGE_TITLE, 0, strlen("Started"), 11);
}

static void write_head(const struct execution_page *e, struct page *p)
{
    const struct execution *x = e->execution;
    enum status status = execution_status(e->part, x);
    size_t len;

    page_status(p, status);
    len = p->text.len;
    page_sv(p, e->part->pipeline.row.id.name);
    page_sv(p, SV("  "));
    page_sv(p, x->id);
    page_end_part(p, page_tone_of(status), 0, len, 7);
    write_times(e, p);
    write_trigger(e, p);
    if (x->is_rollback)
        page_pair(p, "Rolls back", x->rollback_target.len > 0 ? x->rollback_target : SV("yes"));
    page_pair(p, "Stopped", x->stop_reason);
    page_pair(p, "Summary", x->status_summary);
}

/* ---- what it carried ---- */

/* A commit's first letters; of an S3 version or an image's digest what fits. */
struct sv revision_short(struct sv revision)
{
    enum { SHA = 40, MOST = 24 };
    size_t hex = 0;

    while (hex < revision.len && strchr("0123456789abcdef", revision.ptr[hex]) != NULL)
        hex++;
    return sv_take(revision, hex == revision.len && hex >= SHA ? REVISION : MOST);
}

void carried_summary(const struct carried *carried, const struct carried_source *source,
                     struct page *p)
{
    struct sv before = sv_take(carried->before_id, ID_SHOWN);

    if (source->note.len > 0) {
        page_sv(p, source->note);
        return;
    }
    if (!source->is_walked) {
        if (source->before.len > 0 && sv_eq(source->before, source->revision))
            page_f(p, "the same as in " SV_FMT, SV_ARG(before));
        else if (source->before.len > 0)
            page_f(p, SV_FMT " had " SV_FMT, SV_ARG(before),
                   SV_ARG(revision_short(source->before)));
        return;
    }
    if (source->commit_count == 0 && sv_eq(source->before, source->revision))
        page_f(p, "the same commit as");
    else if (source->commit_count == 0 && source->taken > 0)
        page_f(p, "takes %zu%s commit%s back, %zu%s file%s differ from", source->taken,
               source->taken_cut ? " or more" : "", source->taken == 1 ? "" : "s",
               source->file_count, source->files_cut ? "+" : "",
               source->file_count == 1 ? "" : "s");
    else if (source->commit_count == 0)
        page_f(p, "nothing new: it goes back, %zu%s file%s differ from", source->file_count,
               source->files_cut ? "+" : "", source->file_count == 1 ? "" : "s");
    else
        page_f(p, "%zu%s commit%s, %zu%s file%s since", source->commit_count,
               source->commits_cut ? "+" : "", source->commit_count == 1 ? "" : "s",
               source->file_count, source->files_cut ? "+" : "",
               source->file_count == 1 ? "" : "s");
    if (before.len > 0)
        page_f(p, " " SV_FMT, SV_ARG(before));
    else
        page_f(p, " the beginning: no run before it succeeded");
    if (source->commit_count > 0 && source->taken > 0)
        page_f(p, ", and takes %zu%s commit%s back", source->taken,
               source->taken_cut ? " or more" : "", source->taken == 1 ? "" : "s");
}

void carried_commits(const struct carried_source *source, size_t most, struct page *p)
{
    size_t shown = source->commit_count > most ? most : source->commit_count;
    struct view_look ages = *p->look;

    ages.clock = LOOK_AGE;
    for (size_t i = 0; i < shown; i++) {
        const struct commit *c = &source->commits[i];
        char age[AGE_SIZE];

        page_f(p, "  " SV_FMT " ", SV_ARG(sv_take(c->id, REVISION)));
        page_right(p, 4, sv_of(age_text(c->at, &ages, age)));
        page_sv(p, SV("  "));
        page_cell(p, AUTHOR, c->author.len > 0 ? c->author : c->email);
        page_sv(p, commit_title(c));
        page_end_part(p, PAGE_TITLE, 2, REVISION, 2 + REVISION + 1 + 4 + 2 + AUTHOR + 1);
    }
    if (shown < source->commit_count || (shown > 0 && source->commits_cut)) {
        page_f(p, "  and %zu%s more", source->commit_count - shown,
               source->commits_cut ? " or" : "");
        page_end(p, PAGE_DIM, 2);
    }
}

void carried_files(const struct carried_source *source, size_t most, struct page *p)
{
    size_t shown = source->file_count > most ? most : source->file_count;

    for (size_t i = 0; i < shown; i++) {
        page_f(p, "  %c ", source->files[i].sign);
        page_sv(p, source->files[i].path);
        page_end_part(p, PAGE_TITLE, 2, 1, 4);
    }
    if (shown < source->file_count || source->files_cut) {
        page_f(p, "  and %zu%s more files", source->file_count - shown,
               source->files_cut ? " or" : "");
        page_end(p, PAGE_DIM, 2);
    }
}

/* The commit's page, and that of the pull request that it merged. */
static void write_links(struct sv url, struct sv message, struct page *p)
{
    CLEANUP(sb_release) struct sb page;
    struct sv request = source_link_request(message);

    sb_init(&page, LINK_MAX);
    if (url.len > 0) {
        page_sv(p, SV("  "));
        page_sv(p, url);
        page_end(p, PAGE_DIM, 2);
    }
    if (source_link_request_page(url, request, &page, NULL) || page.len == 0)
        return;
    page_sv(p, SV("  "));
    page_sv(p, sb_sv(&page));
    page_end(p, PAGE_DIM, 2);
}

static void write_source(const struct carried *carried, const struct carried_source *s,
                         struct page *p)
{
    size_t len = s->action.len;

    page_sv(p, s->action);
    page_sv(p, SV("  "));
    if (s->repository.len > 0) {
        page_sv(p, s->repository);
        page_sv(p, s->branch.len > 0 ? SV(" ") : SV(""));
        page_sv(p, s->branch);
        page_sv(p, SV("  "));
    }
    page_sv(p, s->is_walked ? sv_take(s->revision, REVISION) : revision_short(s->revision));
    page_sv(p, SV("  "));
    carried_summary(carried, s, p);
    page_end_part(p, PAGE_TITLE, 0, len, 2);
    if (s->commit_count == 0 && s->summary.len > 0) {
        struct sv rest;

        page_sv(p, SV("  "));
        page_sv(p, sv_cut(s->summary, '\n', &rest));
        page_end(p, PAGE_PLAIN, 2);
    }
    carried_commits(s, FEW, p);
    carried_files(s, FEW, p);
    write_links(s->url, s->summary, p);
}

/* What the list of executions has when nothing more was read: the first source's commit. */
static void write_unread(const struct execution_page *e, struct page *p)
{
    const struct execution *x = e->execution;
    struct sv rest;

    if (x->revision.len > 0) {
        page_f(p, "  " SV_FMT "  ", SV_ARG(sv_take(x->revision, REVISION)));
        page_sv(p, sv_cut(x->revision_summary, '\n', &rest));
        page_end_part(p, PAGE_TITLE, 2, REVISION, 11);
    }
    write_links(x->revision_url, x->revision_summary, p);
    page_sv(p, SV("  "));
    page_sv(p, sv_of(e->reading != NULL ? e->reading : "Its commits and files were not read yet."));
    page_end(p, PAGE_DIM, 2);
}

static void write_carried(const struct execution_page *e, struct page *p)
{
    page_blank(p);
    page_line(p, PAGE_TITLE, SV("What it carried"));
    if (e->carried == NULL) {
        write_unread(e, p);
        return;
    }
    for (size_t i = 0; i < e->carried->source_count; i++)
        write_source(e->carried, &e->carried->sources[i], p);
    if (e->carried->source_count == 0)
        page_line(p, PAGE_DIM, SV("  No source has told a revision."));
    for (size_t i = 0; i < e->carried->variable_count; i++) {
        page_sv(p, SV("  "));
        page_sv(p, e->carried->variables[i].name);
        page_sv(p, SV(" = "));
        page_sv(p, e->carried->variables[i].value);
        page_end(p, PAGE_PLAIN, 4);
    }
}

/* What did not fit above. */
static void write_rest(const struct execution_page *e, struct page *p)
{
    for (size_t i = 0; e->carried != NULL && i < e->carried->source_count; i++) {
        const struct carried_source *s = &e->carried->sources[i];

        if (s->commit_count > FEW) {
            page_blank(p);
            page_f(p, "All commits of " SV_FMT, SV_ARG(sv_take(s->action, 100)));
            page_end(p, PAGE_TITLE, 0);
            carried_commits(s, CARRIED_COMMITS_MAX, p);
        }
        if (s->file_count > FEW) {
            page_blank(p);
            page_f(p, "All files of " SV_FMT, SV_ARG(sv_take(s->action, 100)));
            page_end(p, PAGE_TITLE, 0);
            carried_files(s, CARRIED_FILES_MAX, p);
        }
    }
}

/* ---- the timeline ---- */

static int name_width(const struct timeline *t, int cols)
{
    int widest = NAME_LEAST;
    int most = cols / 3 < NAME_MOST ? cols / 3 : NAME_MOST;

    for (size_t i = 0; i < t->count; i++) {
        const struct timeline_row *row = &t->rows[i];
        int width = row->action.len > 0 ? INDENT + text_width(row->action) : text_width(row->stage);

        widest = width > widest ? width : widest;
    }
    return widest > most && most >= NAME_LEAST ? most : widest;
}

static void took_text(const struct timeline_row *row, char out[64])
{
    char worked[AGE_SIZE];
    char waited[AGE_SIZE];

    out[0] = '\0';
    if (row->from == 0)
        return;
    if (row->worked_ms >= 0)
        snprintf(out, 64, "%s", duration_text(row->worked_ms, worked));
    else
        snprintf(out, 64, "%s %s", row->to == 0 ? "waits" : "waited",
                 duration_text(row->waited_ms, waited));
}

/* shown: whose bar, status and time they are; named: whose name stands before them. */
static void write_row(const struct timeline *t, const struct timeline_row *named,
                      const struct timeline_row *shown, int names, int bar, struct page *p)
{
    bool is_action = named->action.len > 0;
    char took[64];
    size_t start;

    page_sv(p, is_action ? SV("    ") : SV("  "));
    page_cell(p, is_action ? names - INDENT : names, is_action ? named->action : named->stage);
    start = p->text.len;
    page_status(p, shown->status);
    if (bar > 0 && p->rc == ERR_OK)
        p->rc = timeline_bar(t, shown, bar, p->look->is_utf8, &p->text, p->err);
    took_text(shown, took);
    page_right(p, TOOK, sv_of(took));
    if (shown->action.len > 0 && shown->tries > 1)
        page_f(p, " %zux", shown->tries);
    page_end_part(p, page_tone_of(shown->status), start, STATUS + 2, 4);
}

/* A stage of one action is one line: the action's, by the stage's name. */
static void write_rows(const struct timeline *t, int names, int bar, struct page *p)
{
    for (size_t i = 0; i < t->count;) {
        const struct timeline_row *stage = &t->rows[i++];
        size_t first = i;

        while (i < t->count && t->rows[i].action.len > 0)
            i++;
        write_row(t, stage, i == first + 1 ? &t->rows[first] : stage, names, bar, p);
        for (size_t k = first; k < i && i > first + 1; k++)
            write_row(t, &t->rows[k], &t->rows[k], names, bar, p);
    }
}

static void write_timeline(const struct execution_page *e, struct page *p)
{
    const struct timeline *t = e->timeline;
    int names = name_width(t, p->cols);
    int bar = p->cols - 2 - names - 1 - STATUS - TOOK - 5;
    char at[AGE_SIZE];
    char whole[AGE_SIZE];

    page_blank(p);
    page_f(p, "Timeline");
    if (t->from > 0)
        page_f(p, "  %s from %s%s", duration_text(t->to - t->from, whole),
               age_moment(t->from, p->look, at), t->is_running ? " until now" : "");
    page_end_part(p, PAGE_TITLE, 0, strlen("Timeline"), 2);
    if (t->count == 0 || e->unread != NULL) {
        page_sv(p, SV("  "));
        page_sv(p, sv_of(e->unread != NULL ? e->unread : "Its stages are not known."));
        page_end(p, PAGE_DIM, 2);
        return;
    }
    write_rows(t, names, bar >= BAR_LEAST ? bar : 0, p);
    if (bar >= BAR_LEAST) {
        page_f(p, "  %s", timeline_legend(p->look->is_utf8));
        page_end(p, PAGE_DIM, 2);
    }
}

static void number(struct page *p, int64_t ms)
{
    char text[AGE_SIZE];

    page_right(p, NUMBER, sv_of(ms < 0 ? "-" : duration_text(ms, text)));
}

static void write_durations(const struct execution_page *e, struct page *p)
{
    const struct timeline *t = e->timeline;
    int names = name_width(t, p->cols);

    if (t->count == 0 || e->unread != NULL)
        return;
    page_blank(p);
    page_cell(p, names + 2, SV("Work"));
    page_right(p, NUMBER, SV("this"));
    page_right(p, NUMBER, SV("p50"));
    page_right(p, NUMBER, SV("p90"));
    page_end(p, PAGE_TITLE, 0);
    for (size_t i = 0; i < t->count; i++) {
        const struct timeline_row *row = &t->rows[i];
        char verdict[VERDICT_SIZE];

        if (row->action.len > 0 || (row->worked_ms < 0 && row->p50_ms < 0))
            continue;
        page_sv(p, SV("  "));
        page_cell(p, names, row->stage);
        number(p, row->worked_ms);
        number(p, row->p50_ms);
        number(p, row->p90_ms);
        page_f(p, "  %s", timeline_verdict(row, verdict));
        page_end(p, PAGE_PLAIN, 4);
    }
}

/* What the failure's card knows of this action beyond AWS's words. */
static void write_cause(const struct failure *card, struct sv stage, struct sv action,
                        struct page *p)
{
    for (size_t i = 0; card != NULL && i < card->action_count; i++) {
        const struct failed_action *a = &card->actions[i];
        struct sv cause = failure_cause(a);

        if (!sv_eq(a->stage, stage) || !sv_eq(a->action, action) || cause.len == 0)
            continue;
        page_sv(p, SV("    "));
        page_sv(p, a->resource);
        page_sv(p, a->resource.len > 0 ? SV(": ") : SV(""));
        page_sv(p, cause);
        page_end(p, PAGE_BAD, 4);
    }
}

static bool write_error(const struct execution_page *e, struct sv stage,
                        const struct action_state *action, bool has_title, struct page *p)
{
    struct sv error = action->error_message.len > 0 ? action->error_message : action->error_code;
    char at[AGE_SIZE];

    if (error.len == 0)
        return has_title;
    if (!has_title) {
        page_blank(p);
        page_line(p, PAGE_TITLE, SV("Errors"));
    }
    page_f(p, "  %s  " SV_FMT "/" SV_FMT ": ", age_moment(action->changed_at, p->look, at),
           SV_ARG(sv_take(stage, 200)), SV_ARG(sv_take(action->name, 200)));
    page_sv(p, error);
    page_end(p, PAGE_BAD, 4);
    write_cause(e->failure, stage, action->name, p);
    return true;
}

/* Of every try: the last one may go well, or go on. What was not listed yet is in the state. */
static void write_errors(const struct execution_page *e, struct page *p)
{
    const struct pipeline_part *part = e->part;
    const struct pipeline_state *state = &part->pipeline.state;
    bool has_title = false;

    for (size_t i = 0; i < part->run_count; i++) {
        const struct action_run *run = &part->runs[i];

        if (sv_eq(run->execution_id, e->execution->id))
            has_title = write_error(e, run->stage, &run->action, has_title, p);
    }
    for (size_t i = 0; i < state->stage_count && !has_title; i++) {
        const struct stage_state *s = &state->stages[i];

        for (size_t k = 0; k < s->action_count; k++) {
            if (sv_eq(s->execution_id, e->execution->id) && s->actions[k].status == STATUS_FAILED)
                has_title = write_error(e, s->name, &s->actions[k], has_title, p);
        }
    }
}

void execution_page_write(const struct execution_page *e, struct page *p)
{
    write_head(e, p);
    write_errors(e, p);
    write_timeline(e, p);
    write_carried(e, p);
    write_durations(e, p);
    write_rest(e, p);
}
