/* penstock describe: all that the cache knows of one pipeline, as text or JSON. */
#include "core/base/json.h"
#include "core/base/time.h"
#include "core/cli/change.h"
#include "core/cli/out.h"
#include "core/cli/session.h"
#include "core/cli/verb.h"

enum { ROW_CAP = 16 << 20, LATEST = 10, LINE_CAP = 16 << 10, LABEL_WIDTH = 12 };

/* The last few transitions; the cache gives them oldest first. */
struct history {
    struct sb lines[LATEST];
    size_t count;
    enum err_code rc;
    struct err *err;
};

struct facts {
    const struct cache_pipeline *p;
    struct history *history;
    const struct scope_item *item; /* NULL when its context is gone */
    int64_t now_ms;
};

static bool keep_change(void *owner, const struct transition *t)
{
    struct history *h = owner;

    h->rc = change_line(t, false, &h->lines[h->count++], h->err);
    return h->rc == ERR_OK;
}

/* Read newest first, shown oldest first. */
static struct sv history_line(const struct history *h, size_t i)
{
    return sv_trim(sb_sv(&h->lines[h->count - 1 - i]));
}

/* ---- text ---- */

static enum err_code line(struct sb *out, const char *label, struct sv value, struct err *err)
{
    enum err_code rc;

    if (value.len == 0)
        return ERR_OK;
    rc = sb_addf(out, err, "%-*s ", LABEL_WIDTH, label);
    if (rc == ERR_OK)
        rc = sb_add_safe(out, value, err);
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code time_line(struct sb *out, const char *label, int64_t at, int64_t now_ms,
                               struct err *err)
{
    char text[TIME_RFC3339_SIZE];
    char age[TIME_AGE_SIZE];

    if (at == 0)
        return ERR_OK;
    return sb_addf(out, err, "%-*s %s (%s ago)\n", LABEL_WIDTH, label, time_rfc3339(at, text),
                   time_age(at, now_ms, age));
}

static enum err_code add_identity(struct sb *out, const struct facts *f, struct err *err)
{
    const struct pipeline_row *row = &f->p->row;
    enum err_code rc = line(out, "pipeline", row->id.name, err);

    if (rc == ERR_OK)
        rc = line(out, "status", sv_of(status_aws(row->status)), err);
    if (rc == ERR_OK)
        rc = line(out, "account", row->id.account, err);
    if (rc == ERR_OK)
        rc = line(out, "region", row->id.region, err);
    if (rc == ERR_OK)
        rc = line(out, "arn", f->p->arn, err);
    if (rc == ERR_OK)
        rc = sb_addf(out, err, "%-*s %lld\n", LABEL_WIDTH, "version", (long long)f->p->version);
    if (rc == ERR_OK)
        rc = line(out, "mode", sv_of(pipeline_mode_aws(row->mode)), err);
    if (rc == ERR_OK)
        rc = line(out, "strategy", sv_of(strategy_name(row->strategy)), err);
    if (rc == ERR_OK)
        rc = line(out, "logical", row->logical, err);
    return rc ? rc : line(out, "environment", row->environment, err);
}

static enum err_code add_execution(struct sb *out, const struct facts *f, struct err *err)
{
    const struct pipeline_row *row = &f->p->row;
    const struct execution *e = &f->p->latest;
    enum err_code rc = line(out, "execution", e->id, err);

    if (rc == ERR_OK)
        rc = time_line(out, "started", e->started_at, f->now_ms, err);
    if (rc == ERR_OK)
        rc = time_line(out, "updated", e->updated_at, f->now_ms, err);
    if (rc == ERR_OK)
        rc = line(out, "revision", e->revision, err);
    if (rc == ERR_OK)
        rc = line(out, "summary", e->revision_summary, err);
    if (rc == ERR_OK)
        rc = line(out, "trigger", e->trigger, err);
    if (rc == ERR_OK)
        rc = line(out, "trigger by", e->trigger_detail, err);
    if (rc == ERR_OK)
        rc = line(out, "stopped", e->stop_reason, err);
    if (rc == ERR_OK)
        rc = line(out, "waits for", row->waiting, err);
    if (rc == ERR_OK)
        rc = line(out, "error", row->error, err);
    if (rc == ERR_OK)
        rc = line(out, "cannot read", row->trouble, err);
    for (size_t i = 0; i < f->p->tag_count && !rc; i++) {
        rc = sb_addf(out, err, "%-*s ", LABEL_WIDTH, "tag");
        if (rc == ERR_OK)
            rc = sb_add_safe(out, f->p->tags[i].key, err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '=', err);
        if (rc == ERR_OK)
            rc = sb_add_safe(out, f->p->tags[i].value, err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    return rc;
}

static const char *word(enum status status)
{
    return status == STATUS_NONE ? "never ran" : status_aws(status);
}

static enum err_code add_detail(struct sb *out, struct sv text, struct err *err)
{
    enum err_code rc = text.len > 0 ? sb_add(out, SV("      "), err) : ERR_OK;

    if (rc == ERR_OK && text.len > 0)
        rc = sb_add_safe(out, text, err);
    if (rc == ERR_OK && text.len > 0)
        rc = sb_addc(out, '\n', err);
    return rc;
}

static enum err_code add_action(struct sb *out, const struct action_state *a, int64_t now_ms,
                                struct err *err)
{
    char age[TIME_AGE_SIZE];
    enum err_code rc = sb_add(out, SV("    "), err);

    if (rc == ERR_OK)
        rc = sb_add_safe(out, a->name, err);
    if (rc == ERR_OK)
        rc = sb_addf(out, err, ": %s", word(a->status));
    if (rc == ERR_OK && a->changed_at > 0)
        rc = sb_addf(out, err, ", %s ago", time_age(a->changed_at, now_ms, age));
    if (rc == ERR_OK && a->category.len > 0) {
        rc = sb_add(out, SV(", "), err);
        if (rc == ERR_OK)
            rc = sb_add_safe(out, a->category, err);
    }
    if (rc == ERR_OK)
        rc = sb_addc(out, '\n', err);
    if (rc == ERR_OK)
        rc = add_detail(out, a->summary, err);
    if (rc == ERR_OK)
        rc = add_detail(out, a->error_message.len > 0 ? a->error_message : a->error_code, err);
    return rc ? rc : add_detail(out, a->external_url, err);
}

static enum err_code add_stage(struct sb *out, const struct stage_state *s, int64_t now_ms,
                               struct err *err)
{
    enum err_code rc = sb_add(out, SV("\n  "), err);

    if (rc == ERR_OK)
        rc = sb_add_safe(out, s->name, err);
    if (rc == ERR_OK)
        rc = sb_addf(out, err, ": %s%s", word(stage_status(s)),
                     s->transition_enabled ? "" : ", transition into it disabled");
    if (rc == ERR_OK && s->disabled_reason.len > 0) {
        rc = sb_add(out, SV(": "), err);
        if (rc == ERR_OK)
            rc = sb_add_safe(out, s->disabled_reason, err);
    }
    if (rc == ERR_OK)
        rc = sb_addc(out, '\n', err);
    for (size_t i = 0; i < s->action_count && !rc; i++)
        rc = add_action(out, &s->actions[i], now_ms, err);
    return rc;
}

static enum err_code add_text(struct sb *out, const struct facts *f, struct err *err)
{
    enum err_code rc = add_identity(out, f, err);

    if (rc == ERR_OK)
        rc = add_execution(out, f, err);
    for (size_t i = 0; i < f->p->state.stage_count && !rc; i++)
        rc = add_stage(out, &f->p->state.stages[i], f->now_ms, err);
    if (rc == ERR_OK && f->history->count > 0)
        rc = sb_add(out, SV("\nLatest changes\n"), err);
    for (size_t i = 0; i < f->history->count && !rc; i++)
        rc = sb_addf(out, err, "  " SV_FMT "\n", SV_ARG(history_line(f->history, i)));
    return rc;
}

/* ---- JSON ---- */

static void json_tags(struct jw *w, const struct cache_pipeline *p)
{
    jw_name(w, "tags");
    jw_open(w, '[');
    for (size_t i = 0; i < p->tag_count; i++) {
        jw_open(w, '{');
        jw_put_sv(w, "key", p->tags[i].key);
        jw_put_sv(w, "value", p->tags[i].value);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static enum err_code add_json(struct sb *out, const struct facts *f, struct err *err)
{
    const struct pipeline_row *row = &f->p->row;
    struct jw w;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_time(&w, "generated_at", f->now_ms);
    jw_name(&w, "pipeline");
    jw_open(&w, '{');
    view_pipeline_json(&w, f->p,
                       f->item == NULL || row_is_stale(row, &f->item->freshness, f->now_ms));
    jw_put_sv(&w, "arn", f->p->arn);
    jw_put_int(&w, "version", f->p->version);
    jw_put_sv(&w, "mode", sv_of(pipeline_mode_aws(row->mode)));
    jw_put_sv(&w, "logical", row->logical);
    jw_put_sv(&w, "environment", row->environment.len > 0 ? row->environment : SV_NONE);
    jw_put_sv(&w, "trouble", row->trouble.len > 0 ? row->trouble : SV_NONE);
    json_tags(&w, f->p);
    jw_name(&w, "changes");
    jw_open(&w, '[');
    for (size_t i = 0; i < f->history->count; i++)
        jw_sv(&w, history_line(f->history, i));
    jw_close(&w, ']');
    jw_close(&w, '}');
    jw_close(&w, '}');
    return jw_done(&w) ? jw_done(&w) : sb_addc(out, '\n', err);
}

static enum err_code describe(struct session *s, struct out *out, struct err *err)
{
    CLEANUP(arena_release) struct arena arena;
    struct cache_pipeline p = {0};
    struct history h = {.err = err};
    struct facts f = {.p = &p, .history = &h, .now_ms = s->now_ms};
    struct transition_query query = {.newest_first = true, .limit = LATEST};
    enum err_code rc = session_find(s, s->cli->args[0], &query.rowid, err);

    arena_init(&arena, ROW_CAP);
    for (size_t i = 0; i < LATEST; i++)
        sb_init(&h.lines[i], LINE_CAP);
    if (rc == ERR_OK)
        rc = cache_transitions(s->cache, &query, keep_change, &h, err);
    if (rc == ERR_OK)
        rc = h.rc;
    if (rc == ERR_OK)
        rc = cache_get_pipeline(s->cache, query.rowid, &arena, &p, err);
    if (rc == ERR_OK) {
        f.item = scope_find(&s->scope, &p.row.id);
        rc = s->cli->format == CLI_JSON ? add_json(&out->text, &f, err)
                                        : add_text(&out->text, &f, err);
    }
    for (size_t i = 0; i < LATEST; i++)
        sb_release(&h.lines[i]);
    return rc;
}

int run_describe(struct cli *cli)
{
    struct sv name = sv_of(cli->args[0]);
    struct session s;
    struct out out;
    struct err err = {0};
    int status = 0;

    if (session_open(&s, cli, cli->is_cached, &err))
        return cli_fail(&err);
    out_init(&out);
    if (session_freshen(&s, &name, 1, &status, &err) || describe(&s, &out, &err)) {
        /* What the network said has been told: without that the name might have been found. */
        status = status != 0 && err.code == ERR_NOT_FOUND ? status : cli_fail(&err);
        out_release(&out);
    } else {
        status = out_end(&out, status);
        if (status == 0)
            status = session_tell_stale(&s);
    }
    session_close(&s);
    return status;
}
