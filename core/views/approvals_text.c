/* Approvals as text and JSON. */
#include "core/base/json.h"
#include "core/views/age.h"
#include "core/views/approvals.h"

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

struct sv approval_goal(const struct approval *approval)
{
    return approval->environment.len > 0 ? approval->environment : approval->released;
}

const char *approval_commits(const struct approval *approval, char out[APPROVAL_COUNT_SIZE])
{
    if (approval->commit_count < 0)
        snprintf(out, APPROVAL_COUNT_SIZE, "?");
    else
        snprintf(out, APPROVAL_COUNT_SIZE, "%d%s", approval->commit_count,
                 approval->has_more ? "+" : "");
    return out;
}

bool approval_is_soon(const struct approval *approval, int64_t now_ms)
{
    return approval->expires > 0 && approval->expires - now_ms < APPROVAL_SOON_MS;
}

const char *approval_left(const struct approval *approval, int64_t now_ms,
                          char out[APPROVAL_LEFT_SIZE])
{
    int64_t left = approval->expires - now_ms;
    char text[AGE_SIZE];

    if (approval->expires == 0)
        snprintf(out, APPROVAL_LEFT_SIZE, "-");
    else if (left <= 0)
        snprintf(out, APPROVAL_LEFT_SIZE, "expired");
    else if (left < MINUTE_MS)
        snprintf(out, APPROVAL_LEFT_SIZE, "<1m SOON");
    else if (left < HOUR_MS)
        snprintf(out, APPROVAL_LEFT_SIZE, "%dm SOON", (int)(left / MINUTE_MS));
    else
        snprintf(out, APPROVAL_LEFT_SIZE, "%s%s", duration_text(left, text),
                 approval_is_soon(approval, now_ms) ? " SOON" : "");
    return out;
}

static struct sv or_null(struct sv text)
{
    return text.len > 0 ? text : SV_NONE;
}

static void approval_json(struct jw *w, const struct approval *a)
{
    const struct pipeline_row *row = &a->row;

    jw_open(w, '{');
    jw_put_sv(w, "pipeline", row->id.name);
    jw_put_sv(w, "stage", a->stage);
    jw_put_sv(w, "action", a->action);
    jw_put_sv(w, "account", row->id.account);
    jw_put_sv(w, "region", row->id.region);
    jw_put_time(w, "since", a->since);
    jw_put_time(w, "expires", a->expires);
    jw_put_sv(w, "revision", or_null(a->execution.revision));
    jw_put_sv(w, "summary", or_null(a->execution.revision_summary));
    jw_put_sv(w, "link", or_null(a->link));
    jw_put_sv(w, "logical", row->logical);
    jw_put_sv(w, "environment", or_null(a->environment));
    jw_put_sv(w, "releases_to", a->released);
    jw_put_sv(w, "execution_id", or_null(a->execution.id));
    jw_name(w, "commits");
    if (a->commit_count < 0)
        jw_null(w);
    else
        jw_int(w, a->commit_count);
    jw_put_bool(w, "has_more_commits", a->has_more);
    jw_put_int(w, "takes_back", (int64_t)a->taken);
    jw_put_int(w, "brings_back", (int64_t)a->again);
    jw_put_sv(w, "asked_by", or_null(a->asked));
    jw_put_sv(w, "author", or_null(a->author));
    jw_put_sv(w, "custom_data", or_null(a->data));
    jw_put_sv(w, "mode", sv_of(pipeline_mode_aws(row->mode)));
    jw_close(w, '}');
}

enum err_code approvals_json(const struct approvals *a, bool is_whole, struct sb *out,
                             struct err *err)
{
    struct jw w;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_name(&w, "approvals");
    jw_open(&w, '[');
    for (int i = 0; i < a->count; i++)
        approval_json(&w, &a->rows[i]);
    jw_close(&w, ']');
    if (!is_whole)
        jw_put_bool(&w, "incomplete", true);
    jw_close(&w, '}');
    return jw_done(&w);
}
