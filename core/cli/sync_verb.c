/* penstock sync: one round over all contexts, and what it changed. Why something failed meanwhile
 * is read at once, as the console does, so that it can be looked at without the network. */
#include "core/cli/change.h"
#include "core/cli/out.h"
#include "core/cli/reader.h"
#include "core/cli/verb.h"
#include "core/operate/failure.h"

enum { CARDS_MOST = 3, ARENA_CAP = 1 << 20 };

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

/* ---- cards of what has just failed ---- */

struct failed {
    const struct scope *scope;
    struct arena arena;
    struct operand items[CARDS_MOST]; /* the latest first */
    size_t count;
};

static bool is_listed(const struct failed *f, const struct transition *t)
{
    for (size_t i = 0; i < f->count; i++) {
        if (pipeline_id_eq(&f->items[i].id, &t->id) &&
            sv_eq(f->items[i].execution_id, t->execution_id))
            return true;
    }
    return false;
}

/* What cannot be kept is left out: its card is read when it is asked for. */
static bool keep_failed(void *owner, const struct transition *t)
{
    struct failed *f = owner;
    struct operand what;

    if (t->to != STATUS_FAILED || t->kind == TRANSITION_ACTION || t->execution_id.len == 0 ||
        scope_find(f->scope, &t->id) == NULL || is_listed(f, t))
        return true;
    what = (struct operand){.id = {.partition = arena_sv(&f->arena, t->id.partition),
                                   .account = arena_sv(&f->arena, t->id.account),
                                   .region = arena_sv(&f->arena, t->id.region),
                                   .name = arena_sv(&f->arena, t->id.name)},
                            .execution_id = arena_sv(&f->arena, t->execution_id)};
    if (what.id.partition.ptr == NULL || what.id.account.ptr == NULL ||
        what.id.region.ptr == NULL || what.id.name.ptr == NULL || what.execution_id.ptr == NULL)
        return false;
    f->items[f->count++] = what;
    return f->count < CARDS_MOST;
}

/* A card that cannot be read now is worth a note: the round went well. */
static void read_cards(struct session *s, const struct failed *f)
{
    struct reader reader = {0};
    struct err why = {0};
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < f->count && !rc; i++) {
        if (failure_is_kept(s->cache, &f->items[i].id, f->items[i].execution_id))
            continue;
        rc = reader.is_open ? ERR_OK : reader_open(&reader, s, &why);
        if (!rc && reader_run(&reader, failure_read, &f->items[i], &why))
            cli_note(SV_FMT ": why it failed could not be read: %s",
                     SV_ARG(sv_take(f->items[i].id.name, 100)), why.text);
    }
    if (rc)
        cli_note("%s", why.text);
    reader_close(&reader);
}

static enum err_code read_ahead(struct session *s, int64_t since, struct err *err)
{
    const struct transition_query query = {.after_seq = since, .newest_first = true};
    struct failed failed = {.scope = &s->scope};
    enum err_code rc;

    arena_init(&failed.arena, ARENA_CAP);
    rc = cache_transitions(s->cache, &query, keep_failed, &failed, err);
    if (!rc)
        read_cards(s, &failed);
    arena_release(&failed.arena);
    return rc;
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
    if (rc == ERR_OK && !is_first)
        rc = read_ahead(s, since, err);
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
