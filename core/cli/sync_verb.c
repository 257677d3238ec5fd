/* penstock sync: one round over all contexts, and what it changed. */
#include "core/cli/change.h"
#include "core/cli/out.h"
#include "core/cli/session.h"
#include "core/cli/verb.h"

struct changes {
    const struct scope *scope;
    struct out *out;
    size_t count;
    enum err_code rc;
    struct err *err;
};

static bool print_change(void *owner, const struct transition *t)
{
    struct changes *c = owner;

    if (scope_find(c->scope, &t->id) == NULL)
        return true;
    c->count++;
    c->rc = change_line(t, true, &c->out->text, c->err);
    if (c->rc == ERR_OK)
        c->rc = out_spill(c->out, c->err);
    return c->rc == ERR_OK;
}

/* A cache that is filled for the first time would print every stage of every pipeline. */
static bool was_empty(struct session *s)
{
    for (size_t i = 0; i < s->scope.count; i++) {
        if (s->scope.items[i].freshness.synced_at > 0)
            return false;
    }
    return true;
}

static enum err_code print_changes(struct session *s, int64_t since, struct out *out,
                                   struct err *err)
{
    struct changes c = {.scope = &s->scope, .out = out, .err = err};
    const struct transition_query query = {.after_seq = since};
    enum err_code rc = cache_transitions(s->cache, &query, print_change, &c, err);

    return rc ? rc : c.rc;
}

static enum err_code print_summary(const struct sync_result *r, struct out *out, struct err *err)
{
    return sb_addf(&out->text, err,
                   "%zu pipelines, %zu changed, %zu removed, %llu calls, %llu throttled\n",
                   r->pipelines, r->changed, r->removed, (unsigned long long)r->calls,
                   (unsigned long long)r->throttled);
}

/* Every context that failed, not only the worst. */
static int tell_failures(const struct session *s, const struct sync_result *result)
{
    struct err err = result->err;
    bool is_told = false;

    for (size_t i = 0; i < s->scope.count; i++) {
        const struct scope_item *item = &s->scope.items[i];

        if (item->code == ERR_OK)
            continue;
        err_set(&err, item->code, SV_FMT "%s" SV_FMT ": %s", SV_ARG(item->profile),
                item->region.len > 0 ? "@" : "", SV_ARG(item->region), item->error);
        cli_fail(&err);
        is_told = true;
    }
    if (result->code == ERR_OK)
        return 0;
    if (!is_told)
        cli_fail(&result->err);
    return err_exit_status(result->code);
}

static enum err_code sync_and_print(struct session *s, struct out *out, int *status,
                                    struct err *err)
{
    bool is_first = was_empty(s);
    struct sync_result result;
    int64_t since = 0;
    enum err_code rc = change_last_seq(s->cache, &since, err);

    if (rc == ERR_OK)
        rc = session_sync(s, NULL, 0, &result, err);
    if (rc == ERR_OK && !is_first)
        rc = print_changes(s, since, out, err);
    if (rc == ERR_OK)
        rc = print_summary(&result, out, err);
    if (rc == ERR_OK)
        rc = out_flush(out, err);
    if (rc == ERR_OK)
        *status = tell_failures(s, &result);
    return rc;
}

int run_sync(struct cli *cli)
{
    struct session s;
    struct out out;
    struct err err = {0};
    int status = 0;

    if (session_open(&s, cli, false, &err))
        return cli_fail(&err);
    out_init(&out);
    if (sync_and_print(&s, &out, &status, &err))
        status = cli_fail(&err);
    out_release(&out);
    session_close(&s);
    return status;
}
