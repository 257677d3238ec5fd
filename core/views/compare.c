#include "core/views/compare.h"

#include "core/base/json.h"
#include "core/model/trigger.h"
#include "core/views/age.h"
#include "core/views/history.h"

enum { LABEL = 12, ID_SHOWN = 8, REVISION = 7, SIDE_LEAST = 12, SIDE_MOST = 40, NAME_MOST = 28 };

/* ---- what is compared ---- */

const struct execution *tree_execution(const struct pipeline_tree *tree, struct sv id,
                                       const struct pipeline_part **part)
{
    const struct execution *found = NULL;

    for (size_t i = 0; i < tree->count && id.len > 0; i++) {
        for (size_t k = 0; k < tree->parts[i].execution_count; k++) {
            const struct execution *e = &tree->parts[i].executions[k];

            if (!sv_starts(e->id, id))
                continue;
            if (found != NULL && e->id.len != id.len)
                return NULL; /* a piece of two of them */
            found = e;
            *part = &tree->parts[i];
            if (e->id.len == id.len)
                return found;
        }
    }
    return found;
}

const struct execution *part_success_before(const struct pipeline_part *part,
                                            const struct execution *execution)
{
    bool is_behind = false;

    for (size_t i = 0; i < part->execution_count; i++) {
        const struct execution *e = &part->executions[i];

        if (is_behind && status_is_success(e->status))
            return e;
        is_behind = is_behind || e == execution || sv_eq(e->id, execution->id);
    }
    return NULL;
}

static enum err_code fill(struct cache *cache, const struct pipeline_tree *tree, struct sv id,
                          int64_t now_ms, struct arena *arena, struct compared *out,
                          struct err *err)
{
    struct timeline *timeline = arena_alloc(arena, 1, sizeof *timeline);
    struct carried *carried = arena_alloc(arena, 1, sizeof *carried);
    int64_t read_at;
    struct err why;
    enum err_code rc;

    out->execution = tree_execution(tree, id, &out->part);
    if (out->execution == NULL)
        return err_set(err, ERR_NOT_FOUND,
                       "there is no one execution \"" SV_FMT "\" here; see penstock history",
                       SV_ARG(sv_take(id, 64)));
    if (timeline == NULL || carried == NULL)
        return arena_err(arena, err);
    rc = timeline_make(out->part, out->execution, now_ms, arena, timeline, err);
    out->timeline = timeline;
    if (rc == ERR_OK && !carried_get(cache, &out->part->pipeline.row.id, out->execution->id,
                                     SV_NONE, arena, carried, &read_at, &why))
        out->carried = carried;
    return rc;
}

enum err_code comparison_make(struct cache *cache, const struct pipeline_tree *tree, struct sv one,
                              struct sv other, int64_t now_ms, struct arena *arena,
                              struct comparison *out, struct err *err)
{
    struct comparison made = {.reading = NULL};
    struct carried *between = arena_alloc(arena, 1, sizeof *between);
    int64_t read_at;
    struct err why;
    enum err_code rc = between == NULL ? arena_err(arena, err) : ERR_OK;

    if (rc == ERR_OK)
        rc = fill(cache, tree, one, now_ms, arena, &made.a, err);
    if (rc == ERR_OK)
        rc = fill(cache, tree, other, now_ms, arena, &made.b, err);
    if (rc)
        return rc;
    if (made.a.execution->started_at > made.b.execution->started_at) {
        struct compared later = made.a;

        made.a = made.b;
        made.b = later;
    }
    if (!carried_get(cache, &made.b.part->pipeline.row.id, made.b.execution->id,
                     made.a.execution->id, arena, between, &read_at, &why))
        made.between = between;
    else if (made.b.carried != NULL && sv_eq(made.b.carried->before_id, made.a.execution->id))
        made.between = made.b.carried;
    *out = made;
    return ERR_OK;
}

/* ---- the page ---- */

struct sides {
    const struct comparison *c;
    struct page *p;
    int names;
    int side;
};

static void pair(const struct sides *s, const char *label, struct sv a, struct sv b)
{
    if (a.len == 0 && b.len == 0)
        return;
    page_cell(s->p, s->names, sv_of(label));
    page_cell(s->p, s->side, a.len > 0 ? a : SV("-"));
    page_cell(s->p, s->side, b.len > 0 ? b : SV("-"));
    page_end_part(s->p, PAGE_TITLE, 0, strlen(label), 0);
}

static struct sv who(const struct compared *x)
{
    struct sv person = trigger_person(x->execution->trigger_detail);

    return person.len > 0 ? person : carried_author(x->carried);
}

static struct sv title_of(const struct execution *e)
{
    struct sv rest;

    return sv_cut(e->revision_summary, '\n', &rest);
}

static void status_text(const struct page *p, const struct compared *x, char out[32])
{
    enum status status = execution_status(x->part, x->execution);
    char ascii[2] = {status_ascii(status), '\0'};

    snprintf(out, 32, "%s %s", p->look->is_utf8 ? status_glyph(status) : ascii,
             status_word(status));
}

static void write_head(const struct sides *s)
{
    const struct compared *a = &s->c->a;
    const struct compared *b = &s->c->b;
    const struct view_look *look = s->p->look;
    char one[64];
    char two[64];

    pair(s, "", sv_take(a->execution->id, ID_SHOWN), sv_take(b->execution->id, ID_SHOWN));
    if (a->part != b->part)
        pair(s, "Pipeline", a->part->pipeline.row.id.name, b->part->pipeline.row.id.name);
    status_text(s->p, a, one);
    status_text(s->p, b, two);
    pair(s, "Status", sv_of(one), sv_of(two));
    pair(s, "Started", sv_of(age_moment(a->execution->started_at, look, one)),
         sv_of(age_moment(b->execution->started_at, look, two)));
    pair(s, "Took", sv_of(duration_text(execution_took(a->execution, look->now_ms), one)),
         sv_of(duration_text(execution_took(b->execution, look->now_ms), two)));
    pair(s, "Trigger", trigger_words(a->execution->trigger), trigger_words(b->execution->trigger));
    pair(s, "By", who(a), who(b));
    pair(s, "Commit", sv_take(a->execution->revision, REVISION),
         sv_take(b->execution->revision, REVISION));
    pair(s, "Message", title_of(a->execution), title_of(b->execution));
}

static const struct timeline_row *find_row(const struct timeline *t, struct sv stage)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->rows[i].action.len == 0 && sv_eq(t->rows[i].stage, stage))
            return &t->rows[i];
    }
    return NULL;
}

static void side_text(const struct page *p, const struct timeline_row *row, char out[80])
{
    char ascii[2];
    char text[AGE_SIZE];

    snprintf(out, 80, "-");
    if (row == NULL || row->from == 0)
        return;
    ascii[0] = status_ascii(row->status);
    ascii[1] = '\0';
    snprintf(out, 80, "%s %-4s %s%s", p->look->is_utf8 ? status_glyph(row->status) : ascii,
             status_word(row->status),
             row->worked_ms >= 0 ? ""
             : row->to == 0      ? "waits "
                                 : "waited ",
             duration_text(row->worked_ms < 0 ? row->waited_ms : row->worked_ms, text));
}

/* "+1m12s, 1.4x" of work that both did. */
static void difference_text(const struct timeline_row *a, const struct timeline_row *b,
                            char out[64])
{
    char text[AGE_SIZE];
    int64_t more;

    out[0] = '\0';
    if (a == NULL || b == NULL || a->worked_ms < 0 || b->worked_ms < 0 || a->from == 0 ||
        b->from == 0)
        return;
    more = b->worked_ms - a->worked_ms;
    if (more > -1000 && more < 1000) {
        snprintf(out, 64, "the same");
        return;
    }
    duration_text(more < 0 ? -more : more, text);
    if (a->worked_ms > 0)
        snprintf(out, 64, "%c%s, %.1fx", more < 0 ? '-' : '+', text,
                 (double)b->worked_ms / (double)a->worked_ms);
    else
        snprintf(out, 64, "%c%s", more < 0 ? '-' : '+', text);
}

static void write_stage(const struct sides *s, struct sv stage)
{
    const struct timeline_row *a = find_row(s->c->a.timeline, stage);
    const struct timeline_row *b = find_row(s->c->b.timeline, stage);
    bool is_worse = b != NULL && status_kind(b->status) == STATUS_KIND_BAD &&
                    (a == NULL || status_kind(a->status) != STATUS_KIND_BAD);
    char text[80];

    page_cell(s->p, s->names, stage);
    side_text(s->p, a, text);
    page_cell(s->p, s->side, sv_of(text));
    side_text(s->p, b, text);
    page_cell(s->p, s->side, sv_of(text));
    difference_text(a, b, text);
    page_sv(s->p, sv_of(text));
    page_end(s->p, is_worse ? PAGE_BAD : PAGE_PLAIN, 4);
}

static void write_stages(const struct sides *s)
{
    const struct timeline *a = s->c->a.timeline;
    const struct timeline *b = s->c->b.timeline;

    page_blank(s->p);
    page_line(s->p, PAGE_TITLE, SV("Stages: the work of each"));
    for (size_t i = 0; i < b->count; i++) {
        if (b->rows[i].action.len == 0)
            write_stage(s, b->rows[i].stage);
    }
    for (size_t i = 0; i < a->count; i++) {
        if (a->rows[i].action.len == 0 && find_row(b, a->rows[i].stage) == NULL)
            write_stage(s, a->rows[i].stage);
    }
}

static struct sv value_of(const struct carried *carried, struct sv name)
{
    for (size_t i = 0; carried != NULL && i < carried->variable_count; i++) {
        if (sv_eq(carried->variables[i].name, name))
            return carried->variables[i].value;
    }
    return SV_NONE;
}

static void write_variable(const struct sides *s, struct sv name)
{
    struct sv a = value_of(s->c->a.carried, name);
    struct sv b = value_of(s->c->b.carried, name);

    page_cell(s->p, s->names, name);
    page_cell(s->p, s->side, a.len > 0 ? a : SV("-"));
    page_cell(s->p, s->side, b.len > 0 ? b : SV("-"));
    page_sv(s->p, sv_eq(a, b) ? SV("") : SV("differs"));
    page_end(s->p, sv_eq(a, b) ? PAGE_PLAIN : PAGE_ATTENTION, 4);
}

static void write_variables(const struct sides *s)
{
    const struct carried *a = s->c->a.carried;
    const struct carried *b = s->c->b.carried;

    if ((a == NULL || a->variable_count == 0) && (b == NULL || b->variable_count == 0))
        return;
    page_blank(s->p);
    page_line(s->p, PAGE_TITLE, SV("Variables"));
    for (size_t i = 0; b != NULL && i < b->variable_count; i++)
        write_variable(s, b->variables[i].name);
    for (size_t i = 0; a != NULL && i < a->variable_count; i++) {
        if (value_of(b, a->variables[i].name).ptr == NULL)
            write_variable(s, a->variables[i].name);
    }
}

static void write_between(const struct comparison *c, struct page *p)
{
    page_blank(p);
    page_line(p, PAGE_TITLE, SV("What is new in the later one"));
    if (c->between == NULL) {
        page_sv(p, SV("  "));
        page_sv(p, sv_of(c->reading != NULL ? c->reading
                                            : "The commits between them were not read yet."));
        page_end(p, PAGE_DIM, 2);
        return;
    }
    for (size_t i = 0; i < c->between->source_count; i++) {
        const struct carried_source *source = &c->between->sources[i];

        page_sv(p, source->action);
        page_sv(p, SV("  "));
        carried_summary(c->between, source, p);
        page_end_part(p, PAGE_TITLE, 0, source->action.len, 2);
        carried_commits(source, CARRIED_COMMITS_MAX, p);
        carried_files(source, CARRIED_FILES_MAX, p);
    }
}

void comparison_write(const struct comparison *c, struct page *p)
{
    struct sides s = {.c = c, .p = p, .names = LABEL};
    const struct timeline *t = c->b.timeline;
    int left;

    for (size_t i = 0; i < t->count; i++) {
        int width = t->rows[i].action.len == 0 ? text_width(t->rows[i].stage) : 0;

        s.names = width > s.names ? width : s.names;
    }
    if (s.names > NAME_MOST || s.names > p->cols / 3)
        s.names = p->cols / 3 < NAME_MOST ? p->cols / 3 : NAME_MOST;
    left = (p->cols - s.names - 1 - 14) / 2 - 1;
    s.side = left < SIDE_LEAST ? SIDE_LEAST : left > SIDE_MOST ? SIDE_MOST : left;
    write_head(&s);
    write_stages(&s);
    write_variables(&s);
    write_between(c, p);
}

/* ---- JSON ---- */

static void side_json(struct jw *w, const char *name, const struct timeline_row *row)
{
    jw_name(w, name);
    if (row == NULL || row->from == 0) {
        jw_null(w);
        return;
    }
    jw_open(w, '{');
    jw_put_sv(w, "status", sv_of(status_aws(row->status)));
    jw_name(w, "worked_ms");
    if (row->worked_ms < 0)
        jw_null(w);
    else
        jw_int(w, row->worked_ms);
    jw_put_int(w, "waited_ms", row->waited_ms);
    jw_close(w, '}');
}

enum err_code comparison_json(const struct comparison *c, struct sb *out, struct err *err)
{
    const struct timeline *b = c->b.timeline;
    struct jw w;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_name(&w, "executions");
    jw_open(&w, '[');
    history_execution_json(&w, &(struct execution_page){.part = c->a.part,
                                                        .execution = c->a.execution,
                                                        .carried = c->a.carried,
                                                        .timeline = c->a.timeline});
    history_execution_json(&w, &(struct execution_page){.part = c->b.part,
                                                        .execution = c->b.execution,
                                                        .carried = c->b.carried,
                                                        .timeline = c->b.timeline});
    jw_close(&w, ']');
    jw_name(&w, "stages");
    jw_open(&w, '[');
    for (size_t i = 0; i < b->count; i++) {
        if (b->rows[i].action.len > 0)
            continue;
        jw_open(&w, '{');
        jw_put_sv(&w, "name", b->rows[i].stage);
        side_json(&w, "earlier", find_row(c->a.timeline, b->rows[i].stage));
        side_json(&w, "later", &b->rows[i]);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    jw_name(&w, "between");
    if (c->between == NULL)
        jw_null(&w);
    else
        history_sources_json(&w, c->between);
    jw_close(&w, '}');
    return jw_done(&w);
}
