/* penstock incident and digest: what is handed to other people, a report of one pipeline and the
 * last hours of all. */
#include "core/cli/out.h"
#include "core/cli/place.h"
#include "core/cli/reader.h"
#include "core/cli/verb.h"
#include "core/operate/history.h"
#include "core/views/age.h"
#include "core/views/incident.h"
#include "core/views/shift.h"

enum {
    ARENA_CAP = 16 << 20,
    FOUND_MAX = 64,
    HISTORIES_MOST = 25, /* pipelines whose executions are read for a hand-over */
    CARRIED_MOST = 10,   /* executions whose commits are read for a report */
    SHIFT_HOURS = 8,
    DAY_MS = 24 * 60 * 60 * 1000
};

static enum err_code read_since(struct cli *cli, int64_t now_ms, int64_t *out, struct err *err)
{
    const struct view_look look = {.now_ms = now_ms, .clock = LOOK_UTC};
    const char *since = cli_option(cli, OPTION_SINCE);

    *out = 0;
    return since == NULL ? ERR_OK : age_parse_since(sv_of(since), &look, out, err);
}

/* ---- incident ---- */

/* The CodePipelines that NAME means: one, or those of one logical pipeline. */
struct named {
    const struct scope *scope;
    struct arena arena;
    struct pipeline_row rows[FOUND_MAX];
    size_t count;
    bool is_short;
};

static bool keep_row(void *owner, const struct pipeline_row *row)
{
    struct named *n = owner;

    if (n->count == FOUND_MAX || scope_find(n->scope, &row->id) == NULL)
        return n->count < FOUND_MAX;
    n->rows[n->count] = *row;
    n->is_short = !pipeline_row_keep(&n->rows[n->count++], &n->arena);
    return !n->is_short;
}

static enum err_code find(struct session *s, const char *name, struct named *n, struct err *err)
{
    struct sv wanted = sv_of(name);
    const struct pipeline_query query = {.sort = SORT_NAME, .names = &wanted, .name_count = 1};
    struct err why = {0};
    enum err_code rc;

    /* What one reads may be of one place only, if that is said. */
    if (place_list_all(s, wanted, &why))
        cli_note("%s", why.text);
    n->scope = &s->scope;
    rc = cache_pipelines(s->cache, &query, keep_row, n, err);
    if (!rc && n->is_short)
        rc = arena_err(&n->arena, err);
    if (!rc && n->count == 0)
        rc = err_set(err, ERR_NOT_FOUND,
                     "there is no pipeline \"%.200s\" here; see penstock status", name);
    for (size_t i = 1; i < n->count && !rc; i++) {
        const struct pipeline_id *a = &n->rows[0].id;
        const struct pipeline_id *b = &n->rows[i].id;

        if (!sv_eq(a->account, b->account) || !sv_eq(a->region, b->region))
            rc = err_set(err, ERR_USAGE,
                         "\"%.100s\" is in " SV_FMT " " SV_FMT " and in " SV_FMT " " SV_FMT
                         ": name the --context",
                         name, SV_ARG(a->account), SV_ARG(a->region), SV_ARG(b->account),
                         SV_ARG(b->region));
    }
    return rc;
}

/* What the report lacks then is worth a note, not an end. */
static enum err_code read_one(struct reader *r, reading_fn *fn, const struct operand *what)
{
    struct err why = {0};
    enum err_code rc = reader_run(r, fn, what, &why);

    if (rc)
        cli_note("%s", why.text);
    return rc;
}

static enum err_code read_commits(struct reader *r, const struct pipeline_row *row,
                                  int64_t since_ms)
{
    struct session *s = r->session;
    struct execution *list;
    struct arena arena;
    size_t count = 0;
    size_t asked = 0;
    enum err_code rc = ERR_OK;

    arena_init(&arena, ARENA_CAP);
    if (cache_executions(s->cache, row->rowid, &arena, &list, &count, NULL))
        count = 0;
    for (size_t i = 0; i < count && asked < CARRIED_MOST && !session_is_cut_off(rc); i++) {
        const struct operand what = {.id = row->id, .execution_id = list[i].id};

        if (list[i].started_at < since_ms)
            continue;
        asked++;
        rc = read_one(r, execution_read, &what);
    }
    arena_release(&arena);
    return rc;
}

/* They are all of one place. */
static enum err_code read_missing(struct session *s, const struct named *n, int64_t since_ms,
                                  int *status, struct err *err)
{
    struct reader reader = {0};
    enum err_code met = ERR_OK;
    enum err_code rc = s->cli->is_cached ? ERR_OK : reader_open(&reader, s, err);

    for (size_t i = 0; i < n->count && reader.is_open && !session_is_cut_off(met); i++) {
        const struct operand what = {.id = n->rows[i].id};

        if (!session_is_reachable(s, &what.id))
            continue;
        met = read_one(&reader, history_read, &what);
        if (!session_is_cut_off(met))
            met = read_commits(&reader, &n->rows[i], since_ms);
    }
    if (session_is_cut_off(met))
        *status = err_exit_status(met);
    reader_close(&reader);
    return rc;
}

static enum err_code print_incident(struct session *s, struct out *out, int *status,
                                    struct err *err)
{
    struct named named = {.count = 0};
    struct incident_ask ask = {.cache = s->cache, .now_ms = s->now_ms};
    enum err_code rc = read_since(s->cli, s->now_ms, &ask.since_ms, err);

    arena_init(&named.arena, ARENA_CAP);
    if (!rc)
        rc = find(s, s->cli->args[0], &named, err);
    if (!rc)
        rc = read_missing(s, &named,
                          ask.since_ms > 0 ? ask.since_ms
                                           : s->now_ms - (int64_t)INCIDENT_HOURS * 3600 * 1000,
                          status, err);
    if (!rc) {
        ask.id = named.rows[0].id;
        ask.id.name = sv_of(s->cli->args[0]);
        rc = s->cli->format == CLI_JSON ? incident_json(&ask, &out->text, err)
                                        : incident_write(&ask, &out->text, err);
    }
    if (!rc && s->cli->format == CLI_JSON)
        rc = sb_addc(&out->text, '\n', err);
    arena_release(&named.arena);
    return rc;
}

/* ---- digest ---- */

static enum err_code read_window(struct cli *cli, int64_t now_ms, int64_t *out, struct err *err)
{
    const char *text = cli_option(cli, OPTION_DAYS);
    int64_t days = DELIVERY_WINDOW_DAYS;

    if (text != NULL && (!sv_to_int(sv_of(text), &days) || days < 1 || days > 365))
        return err_set(err, ERR_USAGE, "--days takes a number from 1 to 365, not \"%.40s\"", text);
    *out = now_ms - days * DAY_MS;
    return ERR_OK;
}

/* The pipelines whose executions tell what was released, the latest first. */
struct changed {
    struct named named;
    enum err_code met[FOUND_MAX]; /* what each was answered with */
    bool lacks;
    int64_t since_ms;
};

static bool keep_changed(void *owner, const struct pipeline_row *row)
{
    struct changed *c = owner;

    return row->changed_at < c->since_ms || c->named.count == HISTORIES_MOST ||
           keep_row(&c->named, row);
}

/* A place that a pipeline before this one could not be read from is not waited for again. */
static bool is_lost(const struct changed *c, size_t at)
{
    const struct pipeline_id *id = &c->named.rows[at].id;

    for (size_t i = 0; i < at; i++) {
        const struct pipeline_id *other = &c->named.rows[i].id;

        if (session_is_cut_off(c->met[i]) && sv_eq(other->account, id->account) &&
            sv_eq(other->region, id->region))
            return true;
    }
    return false;
}

static void read_histories(struct reader *reader, struct changed *c, int *status)
{
    for (size_t i = 0; i < c->named.count; i++) {
        const struct operand what = {.id = c->named.rows[i].id};

        if (!session_is_reachable(reader->session, &what.id) || is_lost(c, i))
            continue;
        c->met[i] = read_one(reader, history_read, &what);
        c->lacks = c->lacks || c->met[i];
        if (session_is_cut_off(c->met[i]))
            *status = err_exit_status(c->met[i]);
    }
}

/* AWS's history of what changed, as far as a few seconds allow; *lacks: not all could be read. */
static enum err_code read_changed(struct session *s, int64_t since_ms, bool *lacks, int *status,
                                  struct err *err)
{
    const struct pipeline_query latest = {.sort = SORT_CHANGED};
    struct changed c = {.since_ms = since_ms};
    struct reader reader = {0};
    enum err_code rc;

    *lacks = false;
    if (s->cli->is_cached)
        return ERR_OK;
    arena_init(&c.named.arena, ARENA_CAP);
    c.named.scope = &s->scope;
    rc = cache_pipelines(s->cache, &latest, keep_changed, &c, err);
    if (!rc && c.named.count > 0)
        rc = reader_open(&reader, s, err);
    if (reader.is_open)
        read_histories(&reader, &c, status);
    reader_close(&reader);
    arena_release(&c.named.arena);
    *lacks = c.lacks;
    return rc;
}

static bool is_whole(const struct session *s)
{
    for (size_t i = 0; i < s->contexts.count; i++) {
        if (s->contexts.items[i].code)
            return false;
    }
    for (size_t i = 0; i < s->scope.count; i++) {
        if (s->scope.items[i].code)
            return false;
    }
    return true;
}

static enum err_code print_digest(struct session *s, struct out *out, int *status, struct err *err)
{
    struct shift_ask ask = {.cache = s->cache,
                            .scope = &s->scope,
                            .env = s->cli->contexts.env,
                            .now_ms = s->now_ms,
                            .has_figures = s->cli->format == CLI_JSON};
    struct shift shift;
    bool lacks = false;
    enum err_code rc = read_since(s->cli, s->now_ms, &ask.since_ms, err);

    if (!rc)
        rc = read_window(s->cli, s->now_ms, &ask.figures_since_ms, err);
    if (ask.since_ms == 0)
        ask.since_ms = s->now_ms - (int64_t)SHIFT_HOURS * 3600 * 1000;
    if (!rc)
        rc = read_changed(s, ask.since_ms, &lacks, status, err);
    if (!rc)
        rc = shift_load(&ask, &shift, err);
    if (rc)
        return rc;
    shift.is_incomplete = lacks || !is_whole(s);
    rc = s->cli->format == CLI_JSON ? shift_json(&shift, &out->text, err)
                                    : shift_text(&shift, &out->text, err);
    shift_release(&shift);
    return rc;
}

/* ---- both ---- */

/* status: of what could not be asked, told already; else it is left. */
typedef enum err_code print_fn(struct session *s, struct out *out, int *status, struct err *err);

static int run(struct cli *cli, print_fn *print)
{
    struct session s;
    struct err err = {0};
    struct out out;
    int status = 0;
    int stale;
    enum err_code rc = session_open(&s, cli, cli->is_cached, &err);

    if (rc)
        return cli_fail(&err);
    out_init(&out);
    rc = session_freshen(&s, NULL, 0, &status, &err);
    if (!rc)
        rc = print(&s, &out, &status, &err);
    stale = rc ? 0 : session_tell_stale(&s);
    session_close(&s);
    if (rc) {
        out_release(&out);
        /* What the network said has been told: without that the name might have been found. */
        return status != 0 && rc == ERR_NOT_FOUND ? status : cli_fail(&err);
    }
    return out_end(&out, status != 0 ? status : stale);
}

int run_incident(struct cli *cli)
{
    return run(cli, print_incident);
}

int run_digest(struct cli *cli)
{
    return run(cli, print_digest);
}
