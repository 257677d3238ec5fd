/* The one door for writes: refused, sent or failed, the audit has it. */
#include "core/base/log.h"
#include "core/base/time.h"
#include "core/deploy/audit.h"
#include "core/deploy/site.h"

enum {
    AUDIT_STEP_MS = 20, /* the thread waits no longer at once */
    AUDIT_PATIENCE_MS = 5000,
    SENT_TEXT_MAX = 1024
};

static enum err_code audit(const struct deploy *d, const struct write *w, const char *outcome,
                           struct sv text, const struct aws_reply *reply, struct sv after,
                           struct err *err)
{
    struct audit_line line = {.outcome = outcome,
                              .action = sv_of(d->action),
                              .operation = sv_of(op_name(w->op)),
                              .account = w->account,
                              .region = sv_of(aws_session_region(w->session)),
                              .caller = sv_of(site_caller(d, site_find(d, w->session))),
                              .target = w->target,
                              .text = text,
                              .reason = w->reason.len > 0 ? w->reason : sv_of(d->reason),
                              .before = w->before,
                              .after = after,
                              .request_id = reply == NULL ? SV_NONE : reply->request_id};

    return audit_write_within(d->audit_dir, &line, AUDIT_STEP_MS, err);
}

/* Others who write are waited for without stopping the loop. */
static enum err_code audit_sent(struct task *task, const struct deploy *d, const struct write *w,
                                struct err *err)
{
    int64_t until_ms = time_mono_ms() + AUDIT_PATIENCE_MS;
    char text[SENT_TEXT_MAX];
    struct err why = {0};
    enum err_code rc;

    (void)snprintf(text, sizeof text, "%.200s%s" SV_FMT "%s", w->text, w->trace.len > 0 ? " [" : "",
                   SV_ARG(w->trace), w->trace.len > 0 ? "]" : "");
    for (;;) {
        rc = audit(d, w, "sent", w->trace.len > 0 ? sv_of(text) : sv_of(w->text), NULL, SV_NONE,
                   &why);
        if (rc != ERR_PENDING || time_mono_ms() > until_ms)
            break;
        rc = task_sleep(task, AUDIT_STEP_MS, err);
        if (rc)
            return rc;
    }
    return rc ? err_set(err, rc, "%s", why.text) : ERR_OK;
}

/* What has happened: the audit keeps it when it cannot write it now. */
static void audit_late(const struct deploy *d, const struct write *w, const char *outcome,
                       struct sv text, const struct aws_reply *reply, struct sv after)
{
    struct err lost = {0};

    if (audit(d, w, outcome, text, reply, after, &lost))
        log_error("%s", lost.text);
}

/* What a write left behind, as far as its answer names it; else what a yes means. */
static void tell_after(const struct write *w, const struct aws_reply *reply, char *out, size_t size)
{
    static const struct {
        const char *object;
        const char *member;
        const char *word;
    } names[] = {
        {NULL, "pipelineExecutionId", "execution"},
        {"build", "id", "build"},
        {NULL, "commitId", "commit"},
        {NULL, "StackId", "stack"},
    };

    (void)snprintf(out, size, SV_FMT, SV_ARG(sv_take(w->after, size - 1)));
    for (size_t i = 0; i < ARRAY_LEN(names) && out[0] == '\0'; i++) {
        const cJSON *from =
            names[i].object == NULL ? reply->json : json_get(reply->json, names[i].object);
        struct sv value = json_sv(from, names[i].member);

        if (value.len > 0)
            (void)snprintf(out, size, "%s " SV_FMT, names[i].word, SV_ARG(sv_take(value, 200)));
    }
}

static enum err_code send_write(struct task *task, struct deploy *d, const struct write *w,
                                const struct aws_reply **reply, struct err *err)
{
    d->calls++;
    if (w->is_sent != NULL)
        *w->is_sent = true;
    if (w->rest != NULL)
        return aws_await_rest(task, w->session, w->op, w->rest, w->body, reply, err);
    return aws_await(task, w->session, w->op, w->body, reply, err);
}

/* What is refused here was never sent, and is in the audit all the same. */
static enum err_code may_write(struct task *task, struct deploy *d, const struct write *w,
                               struct err *err)
{
    struct site *site = NULL;
    bool is_read_only = false;
    enum err_code rc = context_read_only(d->env, &is_read_only, err);

    if (rc)
        return err_prefix(err, "nothing is written while the config cannot be read");
    if (d->is_read_only || is_read_only)
        return err_set(err, ERR_USAGE, "penstock is read-only here: it will not %s", w->text);
    if (w->session == d->home) {
        rc = site_home(d, &site, err);
        if (rc)
            return rc;
    } else if ((site = site_find(d, w->session)) == NULL) {
        return err_set(err, ERR_FAILED, "a session that nobody opened");
    }
    return site_guard(task, d, site, w->account, err);
}

static void keep_outcome(struct deploy *d, const struct write *w, const struct aws_reply *reply,
                         enum err_code rc)
{
    struct permission allowed = {.account = w->account,
                                 .iam_action = sv_of(w->iam),
                                 .resource = w->resource,
                                 .is_allowed = true};

    if (rc == ERR_DENIED && reply != NULL)
        site_deny(d, w->session, reply, sv_of(w->iam), w->resource);
    if (!rc)
        site_permit(d, w->session, &allowed);
}

enum err_code deploy_write(struct task *task, struct deploy *d, const struct write *write,
                           const struct aws_reply **reply, struct err *err)
{
    const char *outcome = "done";
    char after[600] = "";
    struct err why = {0};
    enum err_code rc;

    *reply = NULL;
    rc = may_write(task, d, write, &why);
    if (rc) {
        audit_late(d, write, "refused", sv_of(why.text), NULL, SV_NONE);
        return err_set(err, rc, "%s", why.text);
    }
    rc = audit_sent(task, d, write, err);
    if (rc)
        return rc;
    rc = send_write(task, d, write, reply, &why);
    if (rc)
        outcome = *reply == NULL || (*reply)->is_unknown ? "unknown"
                  : rc == ERR_DENIED                     ? "denied"
                                                         : "failed";
    if (!rc)
        tell_after(write, *reply, after, sizeof after);
    audit_late(d, write, outcome, rc ? sv_of(why.text) : sv_of(write->text), *reply, sv_of(after));
    keep_outcome(d, write, *reply, rc);
    if (rc && err != NULL)
        *err = why;
    if (rc && rc != ERR_CANCELLED && *reply != NULL && (*reply)->is_unknown)
        return err_set(err, rc,
                       "%.300s. Whether AWS did it is not known: run this again, it looks first",
                       why.text);
    return rc;
}
