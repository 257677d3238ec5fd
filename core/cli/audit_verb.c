/* penstock audit: what was done, refused and failed; whether it is as it was written; and a copy of
 * it for elsewhere. */
#include "core/base/json.h"
#include "core/base/time.h"
#include "core/cli/out.h"
#include "core/cli/table.h"
#include "core/cli/verb.h"
#include "core/views/age.h"
#include "core/views/audits.h"

enum { ROWS_DEFAULT = 100, ROWS_MAX = 1000000 };

static enum err_code read_query(struct cli *cli, struct audit_query *out, struct err *err)
{
    const struct view_look look = {.now_ms = time_wall_ms(), .clock = LOOK_UTC};
    const char *since = cli_option(cli, OPTION_SINCE);
    const char *limit = cli_option(cli, OPTION_LIMIT);
    int64_t number = 0;

    *out = (struct audit_query){.filter = cli->arg_count > 0 ? sv_of(cli->args[0]) : SV("")};
    if (limit != NULL && (!sv_to_int(sv_of(limit), &number) || number < 1 || number > ROWS_MAX))
        return err_set(err, ERR_USAGE, "--limit takes a number from 1 to %d", ROWS_MAX);
    out->limit = (int)number;
    return since == NULL ? ERR_OK : age_parse_since(sv_of(since), &look, &out->since_ms, err);
}

/* ---- the rows ---- */

struct printing {
    struct out *out;
    struct table_options look;
    bool has_any;
    enum err_code rc;
    struct err *err;
};

/* Padded, and cut where a terminal shows it. */
static enum err_code add_cell(struct printing *p, struct sv text, int width, struct err *err)
{
    CLEANUP(sb_release) struct sb clean;
    struct sv rest;
    int cells = 0;
    enum err_code rc;

    sb_init(&clean, 64 << 10);
    rc = sb_add_safe(&clean, text, err);
    rest = sb_sv(&clean);
    while (!rc && rest.len > 0) {
        struct sv one = rest;
        uint32_t c = utf8_next(&rest);
        int wide = text_char_width(c);

        if (p->look.kind == TABLE_FITTED && cells + wide > width - (rest.len > 0)) {
            rc = sb_addc(&p->out->text, '~', err);
            cells++;
            break;
        }
        one.len -= rest.len;
        rc = p->look.is_7bit && c > 0x7e ? sb_addc(&p->out->text, '?', err)
                                         : sb_add(&p->out->text, one, err);
        cells += wide;
    }
    for (; !rc && cells < width; cells++)
        rc = sb_addc(&p->out->text, ' ', err);
    return rc ? rc : sb_addc(&p->out->text, ' ', err);
}

/* Cells of the columns; a terminal gives the text what is left, when that is enough. */
struct widths {
    int time;
    int outcome;
    int who;
    int what;
    int target;
    int text; /* 0 = not there */
};

static struct widths widths_of(const struct table_options *look)
{
    struct widths w = {20, 9, 14, 26, 30, 0};
    int left;

    if (look->kind != TABLE_FITTED) {
        w.text = 1;
        return w;
    }
    if (look->cells < 100)
        w = (struct widths){14, 9, 10, look->cells < 72 ? 18 : 22, 30, 0};
    left = look->cells - w.time - w.outcome - w.who - w.what - 4;
    if (left < w.target)
        w.target = left > 1 ? left : 1;
    else if (left - w.target > 20)
        w.text = left - w.target - 1;
    return w;
}

static enum err_code print_line(struct printing *p, const char *at, const struct audit_row *row,
                                struct err *err)
{
    const struct widths w = widths_of(&p->look);
    struct sb *out = &p->out->text;
    enum err_code rc;

    /* Where it is narrow, without the year. */
    rc = w.time == 20 ? sb_addf(out, err, "%-20s ", at)
                      : sb_addf(out, err, "%.5s %.8s ", at + 5, at + 11);
    if (!rc)
        rc = add_cell(p, row->outcome, w.outcome, err);
    if (!rc)
        rc = add_cell(p, audit_who(row), w.who, err);
    if (!rc)
        rc = add_cell(p, audit_what(row), w.what, err);
    if (!rc)
        rc = add_cell(p, audit_target(row), w.target, err);
    if (!rc && w.text > 0)
        rc = add_cell(p, row->line.text, w.text, err);
    while (out->len > 0 && out->ptr[out->len - 1] == ' ')
        out->ptr[--out->len] = '\0';
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code print_row(struct printing *p, const struct audit_row *row, struct err *err)
{
    char at[TIME_RFC3339_SIZE];
    enum err_code rc;

    rc = print_line(p, time_rfc3339(row->at_ms / 1000 * 1000, at), row, err);
    return rc ? rc : out_spill(p->out, err);
}

static bool on_row(void *owner, const struct audit_row *row)
{
    struct printing *p = owner;

    p->has_any = true;
    p->rc = print_row(p, row, p->err);
    return p->rc == ERR_OK;
}

struct writing {
    struct jw w;
    struct out *out;
    enum err_code rc;
    struct err *err;
};

static bool on_json_row(void *owner, const struct audit_row *row)
{
    struct writing *w = owner;

    audit_put_row(&w->w, row, NULL);
    w->rc = out_spill(w->out, w->err);
    return w->rc == ERR_OK;
}

/* The last so many, oldest first: where they begin is found by reading backwards. */
struct from_seq {
    int64_t seq;
    audit_row_fn *fn;
    void *owner;
};

static bool keep_seq(void *owner, const struct audit_row *row)
{
    *(int64_t *)owner = row->seq;
    return true;
}

static bool give_from(void *owner, const struct audit_row *row)
{
    struct from_seq *f = owner;

    return row->seq < f->seq || f->fn(f->owner, row);
}

/* Newest last, as a terminal wants it. */
static enum err_code each(const struct audit_query *query, audit_row_fn *fn, void *owner,
                          struct err *err)
{
    struct audit_query forward = *query;
    struct from_seq from = {.seq = INT64_MIN, .fn = fn, .owner = owner};
    enum err_code rc = ERR_OK;

    if (query->limit > 0)
        rc = audit_read(NULL, query, keep_seq, &from.seq, err);
    forward.limit = 0;
    forward.is_oldest_first = true;
    return rc ? rc : audit_read(NULL, &forward, give_from, &from, err);
}

/* One that is gone is not one that was never begun. */
static enum err_code note_nothing(const struct audit_query *query, struct err *err)
{
    struct audit_verdict verdict = {0};
    enum err_code rc = audit_verify(NULL, &verdict, err);

    if (!rc && (verdict.rows > 0 || query->filter.len > 0 || query->since_ms > 0))
        cli_note("no row is like that");
    else if (!rc)
        cli_note("%s", verdict.text);
    return rc;
}

static enum err_code print_table(struct cli *cli, const struct audit_query *query, struct out *out,
                                 struct err *err)
{
    struct printing p = {.out = out, .err = err};
    enum err_code rc;

    table_options_detect(cli->is_ascii, false, &p.look);
    rc = each(query, on_row, &p, err);
    if (!rc)
        rc = p.rc;
    if (!rc && !p.has_any)
        rc = note_nothing(query, err);
    return rc;
}

static enum err_code print_json(const struct audit_query *query, struct out *out, struct err *err)
{
    struct writing w = {.out = out, .err = err};
    enum err_code rc;

    jw_init(&w.w, &out->text, err);
    jw_open(&w.w, '{');
    jw_put_int(&w.w, "schema", 1);
    jw_name(&w.w, "audit");
    jw_open(&w.w, '[');
    rc = each(query, on_json_row, &w, err);
    rc = rc ? rc : w.rc;
    if (rc)
        return rc;
    jw_close(&w.w, ']');
    jw_close(&w.w, '}');
    rc = jw_done(&w.w);
    return rc ? rc : sb_addc(&out->text, '\n', err);
}

/* ---- the other faces ---- */

static enum err_code verify(struct cli *cli, struct out *out, int *status, struct err *err)
{
    struct audit_verdict verdict = {0};
    struct jw w;
    enum err_code rc = cli->arg_count > 0 ? audit_verify_file(cli->args[0], &verdict, err)
                                          : audit_verify(NULL, &verdict, err);

    if (rc)
        return rc;
    *status = verdict.bad_seq != 0 ? err_exit_status(ERR_FAILED) : 0;
    if (cli->format != CLI_JSON)
        return sb_addf(&out->text, err, "%s\n%s%s", verdict.text, verdict.note,
                       verdict.note[0] != '\0' ? "\n" : "");
    jw_init(&w, &out->text, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_bool(&w, "whole", verdict.bad_seq == 0);
    jw_put_int(&w, "rows", verdict.rows);
    jw_name(&w, "first_bad_row");
    if (verdict.bad_seq == 0)
        jw_null(&w);
    else
        jw_int(&w, verdict.bad_seq);
    jw_put_sv(&w, "text", sv_of(verdict.text));
    jw_name(&w, "without_outcome");
    jw_open(&w, '[');
    for (int64_t i = 0; i < verdict.open && i < AUDIT_OPEN_MAX; i++)
        jw_int(&w, verdict.open_seqs[i]);
    jw_close(&w, ']');
    jw_put_sv(&w, "note", sv_of(verdict.note));
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : sb_addc(&out->text, '\n', err);
}

static enum err_code export(struct cli *cli, const struct audit_query *query, struct err *err) {
    const char *path = cli_option(cli, OPTION_EXPORT); int64_t rows = 0;
    enum err_code rc = audit_export(NULL, query, path, &rows, err);

    if (!rc && strcmp(path, "-") != 0) cli_note("%lld rows are in %.300s", (long long)rows, path);
    return rc;
}

int run_audit(struct cli *cli)
{
    struct audit_query query;
    struct err err = {0};
    struct out out;
    int status = 0;
    enum err_code rc = read_query(cli, &query, &err);

    out_init(&out);
    if (query.limit == 0 && query.since_ms == 0 && cli_option(cli, OPTION_EXPORT) == NULL)
        query.limit = ROWS_DEFAULT;
    if (!rc && cli_option(cli, OPTION_VERIFY) != NULL)
        rc = verify(cli, &out, &status, &err);
    else if (!rc && cli_option(cli, OPTION_EXPORT) != NULL)
        rc = export(cli, &query, &err);
    else if (!rc)
        rc = cli->format == CLI_JSON ? print_json(&query, &out, &err)
                                     : print_table(cli, &query, &out, &err);
    if (rc) {
        out_release(&out);
        return cli_fail(&err);
    }
    return out_end(&out, status);
}
