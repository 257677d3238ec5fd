/* penstock status: the pipelines, from the cache, after a sync when that is needed. */
#include "core/base/mem.h"
#include "core/cli/session.h"
#include "core/cli/table.h"
#include "core/cli/verb.h"

/* What was asked for, and which of it has been seen. */
struct wanted {
    struct sv names[CLI_ARG_MAX];
    bool is_found[CLI_ARG_MAX];
    size_t count;
};

struct printing {
    struct session *session;
    struct wanted *wanted;
    struct table *table; /* NULL: only mark */
    enum err_code rc;
    struct err *err;
};

static void mark(struct wanted *wanted, const struct pipeline_row *row)
{
    for (size_t i = 0; i < wanted->count; i++) {
        if (sv_eq(wanted->names[i], row->id.name) || sv_eq(wanted->names[i], row->logical))
            wanted->is_found[i] = true;
    }
}

static bool take_row(void *owner, const struct pipeline_row *row)
{
    struct printing *p = owner;

    if (scope_find(&p->session->scope, &row->id) == NULL)
        return true;
    mark(p->wanted, row);
    if (p->table != NULL)
        p->rc = table_row(p->table, row, p->err);
    return p->rc == ERR_OK;
}

/* Of a context that was never read nothing is known: that is told as staleness. */
static void tell_empty(const struct session *s)
{
    for (size_t i = 0; i < s->scope.count; i++) {
        const struct scope_item *item = &s->scope.items[i];

        if (item->freshness.synced_at > 0)
            cli_note("no pipelines in " SV_FMT "@" SV_FMT, SV_ARG(item->profile),
                     SV_ARG(item->region));
    }
}

static enum err_code print_table(struct session *s, const struct pipeline_query *query,
                                 struct wanted *wanted, struct out *out, struct err *err)
{
    bool is_plain = s->cli->format == CLI_PLAIN;
    struct table_options options;
    struct table *table = mem_alloc(sizeof *table);
    struct printing p = {.session = s, .wanted = wanted, .table = table, .err = err};
    enum err_code rc;

    if (table == NULL)
        return mem_err(err);
    table_options_detect(s->cli->is_ascii, is_plain, &options);
    options.now_ms = s->now_ms;
    table_init(table, is_plain ? &view_plain : &view_pipelines, &options, out);
    rc = cache_pipelines(s->cache, query, take_row, &p, err);
    if (rc == ERR_OK)
        rc = p.rc;
    if (rc == ERR_OK)
        rc = table_end(table, err);
    if (rc == ERR_OK && table->total == 0 && query->name_count == 0)
        tell_empty(s);
    table_release(table);
    mem_free(table);
    return rc;
}

static enum err_code spill(void *owner, struct sb *out UNUSED, struct err *err)
{
    return out_spill(owner, err);
}

static enum err_code print_json(struct session *s, const struct pipeline_query *query,
                                struct wanted *wanted, struct out *out, struct err *err)
{
    struct printing marking = {.session = s, .wanted = wanted};
    struct view_json ask = {.contexts = &s->contexts,
                            .query = query,
                            .now_ms = s->now_ms,
                            .flush = spill,
                            .owner = out};
    enum err_code rc = view_write_json(s->cache, &ask, &out->text, err);

    if (rc == ERR_OK)
        rc = sb_addc(&out->text, '\n', err);
    if (rc == ERR_OK && wanted->count > 0)
        rc = cache_pipelines(s->cache, query, take_row, &marking, err);
    return rc;
}

/* Each name that means no row is told; the rows of the others are printed all the same. */
static int tell_missing(const struct wanted *wanted)
{
    int status = 0;

    for (size_t i = 0; i < wanted->count; i++) {
        struct err err;

        if (wanted->is_found[i])
            continue;
        err_set(&err, ERR_NOT_FOUND,
                "there is no pipeline \"" SV_FMT "\" here; see penstock status",
                SV_ARG(wanted->names[i]));
        status = cli_fail(&err);
    }
    return status;
}

static enum err_code print(struct session *s, struct wanted *wanted, struct out *out,
                           struct err *err)
{
    struct pipeline_query query = {
        .sort = SORT_ATTENTION, .names = wanted->names, .name_count = wanted->count};

    return s->cli->format == CLI_JSON ? print_json(s, &query, wanted, out, err)
                                      : print_table(s, &query, wanted, out, err);
}

int run_status(struct cli *cli)
{
    struct wanted wanted = {.count = cli->arg_count};
    struct session s;
    struct out out;
    struct err err = {0};
    int status = 0;
    int missing;

    for (size_t i = 0; i < cli->arg_count; i++)
        wanted.names[i] = sv_of(cli->args[i]);
    if (session_open(&s, cli, cli->is_cached, &err))
        return cli_fail(&err);
    out_init(&out);
    if (session_freshen(&s, wanted.names, wanted.count, &status, &err) ||
        print(&s, &wanted, &out, &err)) {
        out_release(&out);
        session_close(&s);
        return cli_fail(&err);
    }
    status = out_end(&out, status);
    /* After a failure that has been told nobody knows whether the others are there. */
    missing = status != 0 ? 0 : tell_missing(&wanted);
    if (status == 0)
        status = session_tell_stale(&s);
    session_close(&s);
    return status != 0 ? status : missing;
}
