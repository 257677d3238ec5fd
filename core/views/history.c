#include "core/views/history.h"

#include "core/base/json.h"
#include "core/model/trigger.h"
#include "core/views/age.h"

enum { ID_SHOWN = 8, REVISION = 7, COMMITS_SHOWN = 5 };

/* ---- JSON ---- */

static struct sv or_null(struct sv text)
{
    return text.len > 0 ? text : SV_NONE;
}

static void put_ms(struct jw *w, const char *name, int64_t ms)
{
    jw_name(w, name);
    if (ms < 0)
        jw_null(w);
    else
        jw_int(w, ms);
}

static void commits_json(struct jw *w, const struct carried_source *s)
{
    jw_name(w, "commits");
    jw_open(w, '[');
    for (size_t i = 0; i < s->commit_count; i++) {
        const struct commit *c = &s->commits[i];

        jw_open(w, '{');
        jw_put_sv(w, "id", c->id);
        jw_put_sv(w, "author", or_null(c->author));
        jw_put_sv(w, "email", or_null(c->email));
        jw_put_time(w, "at", c->at);
        jw_put_sv(w, "message", or_null(c->message));
        jw_close(w, '}');
    }
    jw_close(w, ']');
    jw_put_bool(w, "has_more_commits", s->commits_cut);
    jw_put_int(w, "takes_back", (int64_t)s->taken);
    jw_name(w, "files");
    jw_open(w, '[');
    for (size_t i = 0; i < s->file_count; i++) {
        const char sign[2] = {s->files[i].sign, '\0'};

        jw_open(w, '{');
        jw_put_sv(w, "change", sv_of(sign));
        jw_put_sv(w, "path", s->files[i].path);
        jw_close(w, '}');
    }
    jw_close(w, ']');
    jw_put_bool(w, "has_more_files", s->files_cut);
}

void history_sources_json(struct jw *w, const struct carried *carried)
{
    jw_open(w, '[');
    for (size_t i = 0; i < carried->source_count; i++) {
        const struct carried_source *s = &carried->sources[i];

        jw_open(w, '{');
        jw_put_sv(w, "action", s->action);
        jw_put_sv(w, "provider", or_null(s->provider));
        jw_put_sv(w, "repository", or_null(s->repository));
        jw_put_sv(w, "branch", or_null(s->branch));
        jw_put_sv(w, "revision", or_null(s->revision));
        jw_put_sv(w, "summary", or_null(s->summary));
        jw_put_sv(w, "link", or_null(s->url));
        jw_put_sv(w, "since_revision", or_null(s->before));
        jw_put_bool(w, "commits_known", s->is_walked);
        jw_put_sv(w, "note", or_null(s->note));
        commits_json(w, s);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void variables_json(struct jw *w, const struct carried *carried)
{
    jw_open(w, '[');
    for (size_t i = 0; i < carried->variable_count; i++) {
        jw_open(w, '{');
        jw_put_sv(w, "name", carried->variables[i].name);
        jw_put_sv(w, "value", carried->variables[i].value);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void row_json(struct jw *w, const struct timeline_row *row)
{
    jw_put_sv(w, "name", row->action.len > 0 ? row->action : row->stage);
    jw_put_sv(w, "status", or_null(sv_of(status_aws(row->status))));
    jw_put_time(w, "started_at", row->from);
    jw_put_time(w, "ended_at", row->to);
    put_ms(w, "worked_ms", row->from > 0 ? row->worked_ms : -1);
    put_ms(w, "waited_ms", row->from > 0 ? row->waited_ms : -1);
    jw_put_int(w, "tries", (int64_t)row->tries);
}

static void stages_json(struct jw *w, const struct timeline *t)
{
    jw_open(w, '[');
    for (size_t i = 0; i < t->count;) {
        const struct timeline_row *stage = &t->rows[i++];

        jw_open(w, '{');
        row_json(w, stage);
        put_ms(w, "p50_ms", stage->p50_ms);
        put_ms(w, "p90_ms", stage->p90_ms);
        jw_name(w, "actions");
        jw_open(w, '[');
        for (; i < t->count && t->rows[i].action.len > 0; i++) {
            jw_open(w, '{');
            row_json(w, &t->rows[i]);
            jw_put_sv(w, "error", or_null(t->rows[i].error));
            jw_put_sv(w, "summary", or_null(t->rows[i].summary));
            jw_put_sv(w, "by", or_null(t->rows[i].who));
            jw_close(w, '}');
        }
        jw_close(w, ']');
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

void history_execution_json(struct jw *w, const struct execution_page *e)
{
    const struct execution *x = e->execution;
    const struct pipeline_row *row = &e->part->pipeline.row;

    jw_open(w, '{');
    jw_put_sv(w, "id", x->id);
    jw_put_sv(w, "pipeline", row->id.name);
    jw_put_sv(w, "account", row->id.account);
    jw_put_sv(w, "region", row->id.region);
    jw_put_sv(w, "environment", or_null(row->environment));
    jw_put_sv(w, "status", sv_of(status_aws(execution_status(e->part, x))));
    jw_put_sv(w, "status_summary", or_null(x->status_summary));
    jw_put_time(w, "started_at", x->started_at);
    jw_put_time(w, "updated_at", x->updated_at);
    jw_put_sv(w, "revision", or_null(x->revision));
    jw_put_sv(w, "summary", or_null(x->revision_summary));
    jw_put_sv(w, "link", or_null(x->revision_url));
    jw_put_sv(w, "trigger", or_null(x->trigger));
    jw_put_sv(w, "trigger_detail", or_null(x->trigger_detail));
    jw_put_sv(w, "triggered_by", or_null(trigger_person(x->trigger_detail)));
    jw_put_sv(w, "stop_reason", or_null(x->stop_reason));
    jw_put_bool(w, "is_rollback", x->is_rollback);
    jw_put_sv(w, "rollback_target", or_null(x->rollback_target));
    jw_put_sv(w, "since_execution", e->carried != NULL ? or_null(e->carried->before_id) : SV_NONE);
    jw_name(w, "sources");
    if (e->carried == NULL)
        jw_null(w); /* not read */
    else
        history_sources_json(w, e->carried);
    jw_name(w, "variables");
    if (e->carried == NULL)
        jw_null(w);
    else
        variables_json(w, e->carried);
    jw_name(w, "stages");
    stages_json(w, e->timeline);
    jw_close(w, '}');
}

/* ---- text ---- */

static void write_head(const struct execution_page *e, struct page *p)
{
    const struct execution *x = e->execution;
    struct sv person = trigger_person(x->trigger_detail);
    char at[AGE_SIZE];
    char took[AGE_SIZE];

    page_status(p, execution_status(e->part, x));
    page_f(p, SV_FMT "  %s  %s  ", SV_ARG(sv_take(x->id, ID_SHOWN)),
           x->started_at > 0 ? age_moment(x->started_at, p->look, at) : "-",
           duration_text(execution_took(x, p->look->now_ms), took));
    page_sv(p, e->part->pipeline.row.id.name);
    if (x->trigger.len > 0) {
        page_sv(p, SV(", "));
        page_sv(p, x->is_rollback ? SV("a rollback") : trigger_words(x->trigger));
    }
    if (person.len > 0) {
        page_sv(p, SV(" by "));
        page_sv(p, person);
    }
    page_end(p, PAGE_PLAIN, 0);
}

static void write_carried(const struct execution_page *e, struct page *p)
{
    for (size_t i = 0; e->carried != NULL && i < e->carried->source_count; i++) {
        const struct carried_source *s = &e->carried->sources[i];

        page_f(p, "  " SV_FMT "  ",
               SV_ARG(s->is_walked ? sv_take(s->revision, REVISION) : revision_short(s->revision)));
        carried_summary(e->carried, s, p);
        page_end(p, PAGE_PLAIN, 2);
        carried_commits(s, COMMITS_SHOWN, p);
    }
}

static void write_stages(const struct execution_page *e, struct page *p)
{
    bool has_one = false;

    for (size_t i = 0; i < e->timeline->count; i++) {
        const struct timeline_row *row = &e->timeline->rows[i];
        char text[AGE_SIZE];
        char verdict[VERDICT_SIZE];

        if (row->action.len > 0 || row->from == 0)
            continue;
        page_sv(p, has_one ? SV(", ") : SV("  "));
        has_one = true;
        page_sv(p, row->stage);
        if (row->worked_ms >= 0)
            page_f(p, " %s", duration_text(row->worked_ms, text));
        if (row->waited_ms > 0)
            page_f(p, " %s %s", row->worked_ms < 0 && row->to == 0 ? "waits" : "waited",
                   duration_text(row->waited_ms, text));
        if (!status_is_success(row->status))
            page_f(p, " %s", status_word(row->status));
        timeline_verdict(row, verdict);
        if (row->worked_ms > 0 && row->worked_ms > row->p90_ms && strstr(verdict, "slower") != NULL)
            page_f(p, " (%s)", verdict);
    }
    if (has_one)
        page_end(p, PAGE_PLAIN, 2);
}

void history_execution_write(const struct execution_page *e, struct page *p)
{
    write_head(e, p);
    if (e->carried != NULL)
        write_carried(e, p);
    else if (e->execution->revision.len > 0) {
        struct sv rest;

        page_f(p, "  " SV_FMT "  ", SV_ARG(sv_take(e->execution->revision, REVISION)));
        page_sv(p, sv_cut(e->execution->revision_summary, '\n', &rest));
        page_end(p, PAGE_PLAIN, 2);
    }
    write_stages(e, p);
}
