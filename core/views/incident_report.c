/* The incident's report, from what was gathered. */
#include "core/base/json.h"
#include "core/base/time.h"
#include "core/model/fold.h"
#include "core/operate/carried.h"
#include "core/views/age.h"
#include "core/views/incident_parts.h"

/* When a pipeline came right again after its last failure in the window; 0 = it has not failed, or
 * not come right: then *is_open. */
static int64_t mended_at(const struct incident *in, const struct pipeline_part *part, bool *is_open)
{
    int64_t bad = 0;
    int64_t good = 0;

    for (size_t i = 0; i < part->run_count; i++) {
        const struct action_state *action = &part->runs[i].action;

        if (status_kind(action->status) == STATUS_KIND_BAD && action->changed_at > bad)
            bad = action->changed_at;
    }
    if (status_kind(part->pipeline.row.status) == STATUS_KIND_BAD &&
        part->pipeline.row.changed_at > bad)
        bad = part->pipeline.row.changed_at;
    for (size_t i = 0; i < part->execution_count && bad >= in->since_ms; i++) {
        const struct execution *e = &part->executions[i];

        if (status_is_success(e->status) && e->updated_at > bad && e->started_at > 0 &&
            (good == 0 || e->updated_at < good))
            good = e->updated_at;
    }
    *is_open = *is_open || (bad >= in->since_ms && good == 0);
    return good;
}

static bool is_open(const struct incident *in, int64_t *mended)
{
    bool is_still = false;

    *mended = 0;
    for (size_t i = 0; i < in->tree.count; i++) {
        int64_t at = mended_at(in, &in->tree.parts[i], &is_still);

        if (at > *mended)
            *mended = at;
    }
    return is_still;
}

static const char *moment(int64_t ms, char out[TIME_RFC3339_SIZE])
{
    return time_rfc3339(ms / 1000 * 1000, out);
}

/* Failures also show where no transition was recorded: the cache then only knows how it stands. */
static void complete(struct incident *in)
{
    for (size_t i = 0; i < in->tree.count; i++) {
        const struct pipeline_row *row = &in->tree.parts[i].pipeline.row;

        if (status_kind(row->status) == STATUS_KIND_BAD && row->changed_at >= in->since_ms &&
            (in->broke_at == 0 || row->changed_at < in->broke_at))
            in->broke_at = row->changed_at;
    }
}

static enum err_code add_head(const struct incident *in, struct sb *out, struct err *err)
{
    const struct pipeline_id *id = &in->ask->id;
    char at[TIME_RFC3339_SIZE];
    char until[TIME_RFC3339_SIZE];
    char took[AGE_SIZE];
    int64_t mended;
    bool is_still = is_open(in, &mended);
    int64_t end = is_still || mended == 0 ? in->ask->now_ms : mended;
    enum err_code rc = sb_add(out, SV("# Incident: "), err);

    if (!rc)
        rc = markdown_add(out, id->name, INCIDENT_NAME_MOST, err);
    if (!rc)
        rc = sb_addf(out, err, "\n\n- **Where:** account ");
    if (!rc)
        rc = markdown_add(out, id->account, INCIDENT_NAME_MOST, err);
    if (!rc)
        rc = sb_add(out, SV(", region "), err);
    if (!rc)
        rc = markdown_add(out, id->region, INCIDENT_NAME_MOST, err);
    if (!rc)
        rc = sb_addf(out, err, "\n- **When:** from %s to %s, told from what penstock had seen\n",
                     moment(in->since_ms, at), moment(in->ask->now_ms, until));
    if (rc)
        return rc;
    if (in->broke_at == 0)
        return sb_add(out, SV("- **Failure:** none in this time\n"), err);
    return sb_addf(out, err, "- **Failure:** since %s, %s%s, duration %s\n",
                   moment(in->broke_at, at), is_still ? "not right again yet" : "recovered at ",
                   is_still ? "" : moment(end, until), duration_text(end - in->broke_at, took));
}

static enum err_code add_part(const struct pipeline_part *part, struct sb *out, struct err *err)
{
    const struct pipeline_row *row = &part->pipeline.row;
    bool is_bad = status_kind(row->status) == STATUS_KIND_BAD;
    char at[TIME_RFC3339_SIZE];
    enum err_code rc = sb_add(out, SV("- **What:** "), err);

    if (!rc)
        rc = markdown_add(out, row->id.name, INCIDENT_NAME_MOST, err);
    if (!rc)
        rc = sb_addf(out, err, " is %s since %s",
                     row->status == STATUS_WAITING ? "Waiting" : status_aws(row->status),
                     row->changed_at > 0 ? moment(row->changed_at, at) : "an unknown time");
    if (!rc && is_bad && row->error.len > 0)
        rc = sb_add(out, SV(": "), err);
    if (!rc && is_bad)
        rc = markdown_add(out, row->error, INCIDENT_TEXT_MOST, err);
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code add_impact(const struct incident_impact *impact, struct sb *out,
                                struct err *err)
{
    struct sv environment = fold_stage_environment(impact->stage);
    char first[TIME_RFC3339_SIZE];
    char last[TIME_RFC3339_SIZE];
    enum err_code rc = sb_add(out, SV("- **Impact:** "), err);

    if (!rc)
        rc = markdown_add(out, impact->stage, INCIDENT_NAME_MOST, err);
    if (!rc)
        rc = sb_add(out, SV(" of "), err);
    if (!rc)
        rc = markdown_add(out, impact->pipeline, INCIDENT_NAME_MOST, err);
    if (!rc && environment.len > 0)
        rc = sb_add(out, SV(", environment "), err);
    if (!rc)
        rc = markdown_add(out, environment, INCIDENT_NAME_MOST, err);
    return rc ? rc
              : sb_addf(out, err, ": failed %zu time%s, first at %s, last at %s\n", impact->times,
                        impact->times == 1 ? "" : "s", moment(impact->first, first),
                        moment(impact->last, last));
}

/* What came into the pipeline while it was broken. */
static enum err_code add_held_up(const struct incident *in, struct sb *out, struct err *err)
{
    size_t came = 0;
    size_t good = 0;

    for (size_t i = 0; i < in->tree.count; i++) {
        for (size_t k = 0; k < in->tree.parts[i].execution_count; k++) {
            const struct execution *e = &in->tree.parts[i].executions[k];

            if (in->broke_at == 0 || e->started_at <= in->broke_at)
                continue;
            came++;
            good += status_is_success(e->status);
        }
    }
    if (came == 0)
        return ERR_OK;
    return sb_addf(out, err,
                   "- **Impact:** %zu execution%s started since it broke, %zu of them succeeded\n",
                   came, came == 1 ? "" : "s", good);
}

static enum err_code add_commit(const struct commit *commit, struct sb *out, struct err *err)
{
    char at[TIME_RFC3339_SIZE];
    enum err_code rc = sb_addf(out, err, "- %s ", commit->at > 0 ? moment(commit->at, at) : "");

    if (!rc)
        rc = markdown_add(out, sv_take(commit->id, INCIDENT_ID_SHOWN), INCIDENT_ID_SHOWN, err);
    if (!rc)
        rc = sb_add(out, SV(" "), err);
    if (!rc)
        rc = markdown_add(out, commit->author, INCIDENT_NAME_MOST, err);
    if (!rc)
        rc = sb_add(out, SV(": "), err);
    if (!rc)
        rc = markdown_add(out, commit_title(commit), INCIDENT_NAME_MOST, err);
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code add_carried(struct incident *in, const struct pipeline_part *part,
                                 const struct execution *e, bool *has_any, struct sb *out,
                                 struct err *err)
{
    struct carried carried;
    int64_t read_at;
    enum err_code rc = ERR_OK;

    if (e->started_at < in->since_ms || carried_get(in->ask->cache, &part->pipeline.row.id, e->id,
                                                    SV(""), &in->arena, &carried, &read_at, NULL))
        return ERR_OK;
    for (size_t i = 0; i < carried.source_count && !rc; i++) {
        for (size_t k = 0; k < carried.sources[i].commit_count && !rc; k++) {
            if (!*has_any)
                rc = sb_add(out, SV("\n## Commits\n\n"), err);
            *has_any = true;
            if (!rc)
                rc = add_commit(&carried.sources[i].commits[k], out, err);
        }
    }
    return rc;
}

static enum err_code add_commits(struct incident *in, struct sb *out, struct err *err)
{
    bool has_any = false;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < in->tree.count; i++) {
        const struct pipeline_part *part = &in->tree.parts[i];

        for (size_t k = 0; k < part->execution_count && !rc; k++)
            rc = add_carried(in, part, &part->executions[k], &has_any, out, err);
    }
    return rc;
}

static enum err_code add_timeline(const struct incident *in, struct sb *out, struct err *err)
{
    enum err_code rc = sb_add(out, SV("\n## Timeline\n\n"), err);

    for (size_t i = 0; i < in->count && !rc; i++) {
        char at[TIME_RFC3339_SIZE];

        rc = sb_addf(out, err, "- %s **%s** " SV_FMT "\n", moment(in->events[i].at, at),
                     in->events[i].kind, SV_ARG(in->events[i].text));
    }
    if (!rc && in->count == 0)
        rc = sb_add(out, SV("Nothing is known of this time.\n"), err);
    if (!rc && in->has_more)
        rc = sb_addf(out, err, "\nMore than %d events: give a later --since.\n",
                     INCIDENT_EVENTS_MAX);
    return rc;
}

enum err_code incident_report(struct incident *in, struct sb *out, struct err *err)
{
    enum err_code rc;

    complete(in);
    rc = add_head(in, out, err);
    for (size_t i = 0; i < in->tree.count && !rc; i++)
        rc = add_part(&in->tree.parts[i], out, err);
    for (size_t i = 0; i < in->impact_count && !rc; i++)
        rc = add_impact(&in->impacts[i], out, err);
    if (!rc)
        rc = add_held_up(in, out, err);
    if (!rc)
        rc = add_timeline(in, out, err);
    return rc ? rc : add_commits(in, out, err);
}

/* ---- as JSON ---- */

static void put_impacts(struct jw *w, const struct incident *in)
{
    jw_name(w, "impacts");
    jw_open(w, '[');
    for (size_t i = 0; i < in->impact_count; i++) {
        const struct incident_impact *impact = &in->impacts[i];

        jw_open(w, '{');
        jw_put_sv(w, "pipeline", impact->pipeline);
        jw_put_sv(w, "stage", impact->stage);
        jw_put_sv(w, "environment", fold_stage_environment(impact->stage));
        jw_put_int(w, "failures", (int64_t)impact->times);
        jw_put_time(w, "first", impact->first);
        jw_put_time(w, "last", impact->last);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void put_events(struct jw *w, const struct incident *in)
{
    jw_name(w, "events");
    jw_open(w, '[');
    for (size_t i = 0; i < in->count; i++) {
        jw_open(w, '{');
        jw_put_time(w, "at", in->events[i].at);
        jw_put_sv(w, "kind", sv_of(in->events[i].kind));
        jw_put_sv(w, "markdown", in->events[i].text);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

enum err_code incident_report_json(const struct incident *in, struct sv report, struct sb *out,
                                   struct err *err)
{
    int64_t mended;
    bool is_still = is_open(in, &mended);
    struct jw w;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_sv(&w, "pipeline", in->ask->id.name);
    jw_put_sv(&w, "account", in->ask->id.account);
    jw_put_sv(&w, "region", in->ask->id.region);
    jw_put_time(&w, "since", in->since_ms);
    jw_put_time(&w, "until", in->ask->now_ms);
    jw_put_bool(&w, "failing", is_still);
    jw_put_time(&w, "failed_at", in->broke_at);
    jw_put_time(&w, "recovered_at", is_still || in->broke_at == 0 ? 0 : mended);
    jw_put_bool(&w, "truncated", in->has_more);
    put_impacts(&w, in);
    put_events(&w, in);
    jw_put_sv(&w, "markdown", report);
    jw_close(&w, '}');
    return jw_done(&w);
}
