/* penstock history: a pipeline's executions with what each carried; one of them with its timeline;
 * two of them side by side. */
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/cli/out.h"
#include "core/cli/place.h"
#include "core/cli/reader.h"
#include "core/cli/verb.h"
#include "core/operate/history.h"
#include "core/views/compare.h"
#include "core/views/executions.h"
#include "core/views/figures.h"
#include "core/views/history.h"

enum { LIMIT = 10, ARENA_CAP = 256 << 20, COLS = 100, SEEN_MAX = 800, FOUND_MAX = 64 };
static const int64_t window_ms = (int64_t)DELIVERY_WINDOW_DAYS * 24 * 60 * 60 * 1000;

struct printing {
    struct session *session;
    struct pipeline_id id;
    struct executions list;
    struct arena arena;
    struct view_look look;
    struct out *out;
    struct reader reader;
};

/* ---- which pipeline ---- */

struct search {
    const struct scope *scope;
    struct arena *arena;
    struct pipeline_row rows[FOUND_MAX];
    size_t count;
    bool is_short;
};

static bool keep_row(void *owner, const struct pipeline_row *row)
{
    struct search *s = owner;

    if (scope_find(s->scope, &row->id) == NULL)
        return true;
    if (s->count == FOUND_MAX)
        return false;
    s->rows[s->count] = *row;
    s->is_short = !pipeline_row_keep(&s->rows[s->count++], s->arena);
    return !s->is_short;
}

/* Those of one logical pipeline belong together: only another place makes a name ambiguous. */
static bool is_one(const struct search *s)
{
    for (size_t i = 1; i < s->count; i++) {
        if (!sv_eq(s->rows[i].id.account, s->rows[0].id.account) ||
            !sv_eq(s->rows[i].id.region, s->rows[0].id.region) ||
            !sv_eq(s->rows[i].id.partition, s->rows[0].id.partition))
            return false;
    }
    return true;
}

static enum err_code tell_choices(const struct search *s, const char *name, struct err *err)
{
    char seen[SEEN_MAX] = "";
    size_t len = 0;

    for (size_t i = 0; i < s->count && len + 1 < sizeof seen; i++) {
        const struct pipeline_id *id = &s->rows[i].id;

        len += (size_t)snprintf(seen + len, sizeof seen - len, "%s" SV_FMT " in " SV_FMT " " SV_FMT,
                                i > 0 ? ", " : "", SV_ARG(id->name), SV_ARG(id->account),
                                SV_ARG(id->region));
    }
    return err_set(err, ERR_USAGE, "\"%s\" means several pipelines (%s): name its --context", name,
                   seen);
}

static enum err_code find(struct printing *p, const char *name, struct search *search,
                          struct err *err)
{
    struct sv wanted = sv_of(name);
    struct pipeline_query query = {.sort = SORT_NAME, .names = &wanted, .name_count = 1};
    struct err why = {0};
    enum err_code rc;

    /* What one reads may be of one place only, if that is said. */
    if (place_list_all(p->session, wanted, &why))
        cli_note("%s", why.text);
    search->scope = &p->session->scope;
    search->arena = &p->arena;
    rc = cache_pipelines(p->session->cache, &query, keep_row, search, err);
    if (rc == ERR_OK && search->is_short)
        rc = arena_err(&p->arena, err);
    if (rc == ERR_OK && search->count == 0)
        rc = err_set(err, ERR_NOT_FOUND, "there is no pipeline \"%s\" here; see penstock status",
                     name);
    if (rc == ERR_OK && !is_one(search))
        rc = tell_choices(search, name, err);
    if (rc == ERR_OK) {
        p->id = search->rows[0].id;
        p->id.name = wanted;
    }
    return rc;
}

/* ---- reading what is missing ---- */

static enum err_code open_reader(struct printing *p, struct err *err)
{
    return p->reader.is_open ? ERR_OK : reader_open(&p->reader, p->session, err);
}

static enum err_code read_history(struct printing *p, const struct search *found, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < found->count && rc == ERR_OK; i++) {
        const struct operand what = {.id = found->rows[i].id};

        rc = open_reader(p, err);
        if (rc == ERR_OK)
            rc = reader_run(&p->reader, history_read, &what, err);
    }
    return rc;
}

static bool get_carried(struct printing *p, const struct pipeline_id *id, struct sv execution,
                        struct sv other, struct carried *out)
{
    int64_t read_at;
    struct err why;

    return !carried_get(p->session->cache, id, execution, other, &p->arena, out, &read_at, &why);
}

/* NULL when it cannot be known: that is worth a note, not an end, as the rest is known without. */
static enum err_code need_carried(struct printing *p, const struct pipeline_id *id,
                                  struct sv execution, struct sv other, const struct carried **out,
                                  struct err *err)
{
    const struct operand what = {.id = *id, .execution_id = execution, .commit = other};
    struct carried *carried = arena_alloc(&p->arena, 1, sizeof *carried);
    struct err why;
    enum err_code rc;

    *out = NULL;
    if (carried == NULL)
        return arena_err(&p->arena, err);
    if (get_carried(p, id, execution, other, carried))
        *out = carried;
    /* Read before its sources had told their revisions. */
    if (p->session->cli->is_cached || (*out != NULL && carried->source_count > 0))
        return ERR_OK;
    rc = open_reader(p, err);
    if (rc)
        return rc;
    if (reader_run(&p->reader, other.len > 0 ? compare_read : execution_read, &what, &why))
        cli_note("%s", why.text);
    else if (get_carried(p, id, execution, other, carried))
        *out = carried;
    return ERR_OK;
}

static enum err_code make_page(struct printing *p, const struct pipeline_part *part,
                               const struct execution *execution, struct execution_page *out,
                               struct err *err)
{
    struct timeline *timeline = arena_alloc(&p->arena, 1, sizeof *timeline);
    enum err_code rc = timeline == NULL ? arena_err(&p->arena, err) : ERR_OK;

    *out = (struct execution_page){.part = part, .execution = execution, .timeline = timeline};
    if (rc == ERR_OK)
        rc = need_carried(p, &part->pipeline.row.id, execution->id, SV_NONE, &out->carried, err);
    return rc ? rc : timeline_make(part, execution, p->look.now_ms, &p->arena, timeline, err);
}

/* ---- printing ---- */

static enum err_code add_line(void *owner, const struct page_line *line, struct err *err)
{
    struct printing *p = owner;
    enum err_code rc = sb_add_safe(&p->out->text, line->text, err);

    if (rc == ERR_OK)
        rc = sb_addc(&p->out->text, '\n', err);
    return rc ? rc : out_spill(p->out, err);
}

static enum err_code load_figures(struct printing *p, struct figures **out, size_t *count,
                                  struct err *err)
{
    return figures_load(p->session->cache, &p->list.tree, p->look.now_ms - window_ms,
                        p->look.now_ms, &p->arena, out, count, err);
}

static enum err_code print_list_json(struct printing *p, int limit, struct err *err)
{
    struct figures *figures = NULL;
    size_t count = 0;
    struct jw w;
    enum err_code rc;

    jw_init(&w, &p->out->text, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_sv(&w, "pipeline", p->id.name);
    jw_name(&w, "executions");
    jw_open(&w, '[');
    for (int i = 0; i < p->list.count && i < limit; i++) {
        const struct execution_row *row = &p->list.rows[i];
        struct execution_page page;

        rc = make_page(p, row->part, row->execution, &page, err);
        if (rc)
            return rc;
        history_execution_json(&w, &page);
    }
    jw_close(&w, ']');
    rc = load_figures(p, &figures, &count, err);
    if (rc)
        return rc;
    jw_name(&w, "delivery");
    figures_json(&w, figures, count);
    jw_close(&w, '}');
    return jw_done(&w) ? jw_done(&w) : sb_addc(&p->out->text, '\n', err);
}

static enum err_code print_list(struct printing *p, int limit, struct err *err)
{
    struct figures *figures = NULL;
    size_t count = 0;
    struct page page;
    enum err_code rc = ERR_OK;

    if (p->session->cli->format == CLI_JSON)
        return print_list_json(p, limit, err);
    if (p->list.count == 0)
        return sb_add(&p->out->text, SV("no execution is known\n"), err);
    page_init(&page, &p->look, COLS, add_line, p, err);
    for (int i = 0; i < p->list.count && i < limit && rc == ERR_OK; i++) {
        const struct execution_row *row = &p->list.rows[i];
        struct execution_page one;

        rc = make_page(p, row->part, row->execution, &one, err);
        if (rc == ERR_OK && i > 0)
            page_blank(&page);
        if (rc == ERR_OK)
            history_execution_write(&one, &page);
    }
    if (rc) {
        sb_release(&page.text);
        return rc;
    }
    rc = page_done(&page);
    if (rc == ERR_OK)
        rc = load_figures(p, &figures, &count, err);
    if (rc == ERR_OK)
        rc = sb_addf(&p->out->text, err, "\nDelivery in %d days\n", DELIVERY_WINDOW_DAYS);
    return rc ? rc : figures_text(figures, count, true, &p->out->text, err);
}

static enum err_code print_one(struct printing *p, struct sv id, struct err *err)
{
    const struct pipeline_part *part = NULL;
    const struct execution *execution = tree_execution(&p->list.tree, id, &part);
    struct execution_page one;
    struct page page;
    struct jw w;
    enum err_code rc;

    if (execution == NULL)
        return err_set(err, ERR_NOT_FOUND,
                       "there is no one execution \"" SV_FMT "\" here; see penstock history",
                       SV_ARG(sv_take(id, 64)));
    rc = make_page(p, part, execution, &one, err);
    if (rc)
        return rc;
    if (p->session->cli->format == CLI_JSON) {
        jw_init(&w, &p->out->text, err);
        jw_open(&w, '{');
        jw_put_int(&w, "schema", 1);
        jw_name(&w, "execution");
        history_execution_json(&w, &one);
        jw_close(&w, '}');
        return jw_done(&w) ? jw_done(&w) : sb_addc(&p->out->text, '\n', err);
    }
    page_init(&page, &p->look, COLS, add_line, p, err);
    execution_page_write(&one, &page);
    return page_done(&page);
}

static enum err_code print_two(struct printing *p, struct sv one, struct sv other, struct err *err)
{
    struct cache *cache = p->session->cache;
    struct comparison c;
    struct page page;
    enum err_code rc =
        comparison_make(cache, &p->list.tree, one, other, p->look.now_ms, &p->arena, &c, err);

    if (rc == ERR_OK)
        rc = need_carried(p, &c.a.part->pipeline.row.id, c.a.execution->id, SV_NONE, &c.a.carried,
                          err);
    if (rc == ERR_OK)
        rc = need_carried(p, &c.b.part->pipeline.row.id, c.b.execution->id, SV_NONE, &c.b.carried,
                          err);
    if (rc == ERR_OK && c.a.part == c.b.part && c.between == NULL)
        rc = need_carried(p, &c.b.part->pipeline.row.id, c.b.execution->id, c.a.execution->id,
                          &c.between, err);
    if (rc)
        return rc;
    if (p->session->cli->format == CLI_JSON) {
        rc = comparison_json(&c, &p->out->text, err);
        return rc ? rc : sb_addc(&p->out->text, '\n', err);
    }
    c.reading = c.a.part == c.b.part ? NULL : "They are of different pipelines.";
    page_init(&page, &p->look, COLS, add_line, p, err);
    comparison_write(&c, &page);
    return page_done(&page);
}

/* ---- the verb ---- */

static enum err_code read_limit(const struct cli *cli, int *out, struct err *err)
{
    const char *text = cli_option(cli, OPTION_LIMIT);
    int64_t limit = LIMIT;

    if (text != NULL && (!sv_to_int(sv_of(text), &limit) || limit < 1 || limit > 1000))
        return err_set(err, ERR_USAGE, "--limit takes a number from 1 to 1000, not \"%.40s\"",
                       text);
    *out = (int)limit;
    return ERR_OK;
}

static enum err_code check_words(const struct cli *cli, struct err *err)
{
    bool compares = cli_option(cli, OPTION_COMPARE) != NULL;

    if (compares && cli_option(cli, OPTION_EXECUTION) != NULL)
        return err_set(err, ERR_USAGE, "--execution and --compare do not go together");
    if (compares != (cli->arg_count == 2))
        return err_set(err, ERR_USAGE,
                       compares ? "--compare takes two executions: --compare A B"
                                : "\"%.60s\" is one word too many",
                       cli->args[1]);
    return ERR_OK;
}

static enum err_code print(struct printing *p, struct err *err)
{
    const struct cli *cli = p->session->cli;
    struct search *found = mem_alloc(sizeof *found);
    int limit = LIMIT;
    enum err_code rc = found == NULL ? mem_err(err) : read_limit(cli, &limit, err);

    if (rc == ERR_OK) {
        *found = (struct search){.count = 0};
        rc = find(p, cli->args[0], found, err);
    }
    if (rc == ERR_OK && !cli->is_cached)
        rc = read_history(p, found, err);
    if (rc == ERR_OK)
        rc = executions_load(&p->list, p->session->cache, &p->id, NULL, err);
    if (rc == ERR_OK && cli_option(cli, OPTION_COMPARE) != NULL)
        rc = print_two(p, sv_of(cli_option(cli, OPTION_COMPARE)), sv_of(cli->args[1]), err);
    else if (rc == ERR_OK && cli_option(cli, OPTION_EXECUTION) != NULL)
        rc = print_one(p, sv_of(cli_option(cli, OPTION_EXECUTION)), err);
    else if (rc == ERR_OK)
        rc = print_list(p, limit, err);
    mem_free(found);
    return rc;
}

int run_history(struct cli *cli)
{
    struct sv name = sv_of(cli->args[0]);
    struct session s;
    struct out out;
    struct printing p = {.session = &s, .out = &out};
    struct err err = {0};
    int status = 0;

    if (check_words(cli, &err) || session_open(&s, cli, cli->is_cached, &err))
        return cli_fail(&err);
    out_init(&out);
    arena_init(&p.arena, ARENA_CAP);
    executions_init(&p.list);
    p.look = (struct view_look){
        .now_ms = s.now_ms, .is_utf8 = !cli->is_ascii && text_is_utf8(), .clock = LOOK_UTC};
    if (session_freshen(&s, &name, 1, &status, &err) || print(&p, &err)) {
        /* What the network said has been told: without that the name might have been found. */
        status = status != 0 && err.code == ERR_NOT_FOUND ? status : cli_fail(&err);
        out_release(&out);
    } else {
        status = out_end(&out, status);
        if (status == 0)
            status = session_tell_stale(&s);
    }
    reader_close(&p.reader);
    executions_release(&p.list);
    arena_release(&p.arena);
    session_close(&s);
    return status;
}
