/* penstock approvals: what waits for a person, the oldest first. */
#include "core/base/time.h"
#include "core/cli/columns.h"
#include "core/cli/out.h"
#include "core/cli/reader.h"
#include "core/cli/table.h"
#include "core/cli/verb.h"
#include "core/operate/history.h"
#include "core/views/approvals.h"
#include "core/views/view.h"

enum { WHERE_MAX = 600 };

/* What each one releases, where nobody has read it yet, and what waits in PARALLEL executions. That
 * this fails hides no approval of the others: it is told, and the list is not whole. */
static enum err_code read_missing(struct session *s, bool *is_whole, struct err *err)
{
    const struct operand nothing = {.execution_id = SV_NONE};
    struct reader reader = {0};
    struct err why;
    enum err_code rc = reader_open(&reader, s, err);

    if (rc == ERR_OK && reader_run(&reader, approvals_read, &nothing, &why)) {
        cli_note("%s", why.text);
        *is_whole = false;
    }
    reader_close(&reader);
    return rc;
}

/* What nobody has asked for lately may lack an approval. */
static bool is_current(const struct session *s)
{
    for (size_t i = 0; i < s->contexts.count; i++) {
        if (s->contexts.items[i].code)
            return false;
    }
    for (size_t i = 0; i < s->scope.count; i++) {
        if (freshness_is_stale(&s->scope.items[i].freshness, s->now_ms))
            return false;
    }
    return true;
}

static void add_row(struct columns *c, const struct approval *a, int64_t now_ms)
{
    char text[WHERE_MAX];
    char age[TIME_AGE_SIZE];

    columns_add(c, sv_of(time_age(a->since, now_ms, age)));
    columns_add(c, sv_of(approval_left(a, now_ms, text)));
    columns_add(c, a->row.id.name);
    columns_add(c, approval_goal(a));
    snprintf(text, sizeof text, SV_FMT "/" SV_FMT, SV_ARG(sv_take(a->stage, 200)),
             SV_ARG(sv_take(a->action, 200)));
    columns_add(c, sv_of(text));
    columns_add(c, sv_take(a->execution.id, 8));
    columns_add(c, sv_of(approval_commits(a, text)));
    columns_add(c, sv_take(a->execution.revision, 8));
    columns_add(c, a->asked);
    columns_add(c, a->execution.revision_summary);
}

static enum err_code print_table(const struct approvals *list, int64_t now_ms, bool is_whole,
                                 struct sb *out, struct err *err)
{
    struct columns c;
    enum err_code rc;

    if (list->count == 0)
        return sb_add(out,
                      is_whole ? SV("nothing waits\n")
                               : SV("none is known, and not all could be read\n"),
                      err);
    columns_init(
        &c, "WAITS|EXPIRES IN|PIPELINE|TO|STAGE/ACTION|EXECUTION|COMMITS|COMMIT|ASKED BY|SUMMARY");
    for (int i = 0; i < list->count; i++)
        add_row(&c, &list->rows[i], now_ms);
    rc = columns_print(&c, table_cells(), out, err);
    columns_release(&c);
    return rc;
}

static enum err_code print(struct session *s, const struct approvals *list, bool is_whole,
                           struct out *out, struct err *err)
{
    enum err_code rc;

    if (s->cli->format != CLI_JSON)
        return print_table(list, s->now_ms, is_whole, &out->text, err);
    rc = approvals_json(list, is_whole, &out->text, err);
    return rc ? rc : sb_addc(&out->text, '\n', err);
}

static enum err_code list(struct session *s, bool is_whole, struct out *out, struct err *err)
{
    struct approvals list;
    struct err why;
    bool was_whole = is_whole;
    enum err_code rc = ERR_OK;

    if (s->cli->is_cached)
        is_whole = is_current(s);
    else
        rc = read_missing(s, &is_whole, &why);
    /* That a context cannot be used has been told; what others know is shown all the same. */
    if (rc && was_whole)
        return err_set(err, rc, "%s", why.text);
    approvals_init(&list);
    rc = approvals_load(&list, s->cache, &s->scope, NULL, err);
    if (rc == ERR_OK)
        rc = print(s, &list, is_whole, out, err);
    approvals_release(&list);
    return rc;
}

int run_approvals(struct cli *cli)
{
    struct session s;
    struct out out;
    struct err err = {0};
    int status = 0;

    if (session_open(&s, cli, cli->is_cached, &err))
        return cli_fail(&err);
    out_init(&out);
    if (session_freshen(&s, NULL, 0, &status, &err) || list(&s, status == 0, &out, &err)) {
        status = cli_fail(&err);
        out_release(&out);
    } else {
        status = out_end(&out, status);
        if (status == 0)
            status = session_tell_stale(&s);
    }
    session_close(&s);
    return status;
}
