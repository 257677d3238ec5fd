#include "core/cli/session.h"

#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/cli/out.h"

enum { FRESH_MS = 60 * 1000, POLLED_MS = 5 * 60 * 1000, NAMES_CAP = 1 << 20 };

enum err_code session_open(struct session *s, struct cli *cli, bool is_cached, struct err *err)
{
    struct cache_options options = {.is_read_only = is_cached};
    struct err notice = {0};
    enum err_code rc;

    *s = (struct session){.cli = cli, .now_ms = time_wall_ms()};
    rc = context_list_load(&cli->contexts, &s->contexts, err);
    if (rc)
        return rc;
    rc = cache_open(&options, &s->cache, &notice, err);
    if (rc == ERR_OK && notice.text[0] != '\0')
        cli_note("%s", notice.text);
    if (rc == ERR_OK)
        cache_lease_scope(s->cache, context_list_hash(&s->contexts));
    if (rc == ERR_OK)
        rc = session_reload(s, err);
    if (rc)
        session_close(s);
    return rc;
}

void session_close(struct session *s)
{
    scope_release(&s->scope);
    aws_free(s->aws);
    net_close(s->net);
    cache_close(s->cache);
    context_list_release(&s->contexts);
    *s = (struct session){0};
}

enum err_code session_reload(struct session *s, struct err *err)
{
    scope_release(&s->scope);
    s->now_ms = time_wall_ms();
    return scope_load(s->cache, &s->contexts, &s->scope, err);
}

enum err_code session_connect(struct session *s, struct err *err)
{
    enum err_code rc = s->net != NULL ? ERR_OK : net_open(&s->net, err);

    if (rc == ERR_OK && s->aws == NULL)
        rc = aws_new(s->net, &s->aws, err);
    if (rc == ERR_OK)
        aws_set_read_only(s->aws, s->cli->is_read_only || s->contexts.is_read_only);
    return rc;
}

/* ---- names ---- */

/* The pipelines that the names mean, so far as the cache knows: AWS knows no logical names. */
struct expansion {
    const struct scope *scope;
    struct arena arena;
    struct sv *names;
    size_t count;
    size_t size;
};

static bool add_name(struct expansion *e, struct sv name)
{
    for (size_t i = 0; i < e->count; i++) {
        if (sv_eq(e->names[i], name))
            return true;
    }
    if (e->count == e->size) {
        size_t size = e->size > 0 ? e->size * 2 : 16;
        struct sv *grown = mem_resize(e->names, size, sizeof *grown);

        if (grown == NULL)
            return false;
        e->names = grown;
        e->size = size;
    }
    name = arena_sv(&e->arena, name);
    if (name.ptr == NULL)
        return false;
    e->names[e->count++] = name;
    return true;
}

static bool add_row(void *owner, const struct pipeline_row *row)
{
    struct expansion *e = owner;

    return scope_find(e->scope, &row->id) == NULL || add_name(e, row->id.name);
}

static enum err_code expand(struct session *s, const struct sv *names, size_t count,
                            struct expansion *out, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct pipeline_query query = {.sort = SORT_NAME, .names = &names[i], .name_count = 1};
        size_t before = out->count;
        enum err_code rc = cache_pipelines(s->cache, &query, add_row, out, err);

        if (rc)
            return rc;
        if (out->count == before && !add_name(out, names[i]))
            return mem_err(err);
    }
    return ERR_OK;
}

/* ---- sync ---- */

struct round {
    struct sync_result *result;
    bool is_done;
};

static void on_done(void *owner, const struct sync_result *result)
{
    struct round *round = owner;

    *round->result = *result;
    round->is_done = true;
}

static enum err_code run_round(struct session *s, const struct expansion *names,
                               struct sync_result *result, struct err *err)
{
    struct round round = {.result = result};
    struct sync_options options = {
        .contexts = &s->contexts, .names = names->names, .name_count = names->count};
    struct sync *sync = NULL;
    enum err_code rc = session_connect(s, err);

    if (rc == ERR_OK)
        rc = sync_start(s->aws, s->cache, &options, on_done, &round, &sync, err);
    while (rc == ERR_OK && !round.is_done)
        rc = net_wait(s->net, NULL, 0, -1, err);
    sync_stop(sync);
    return rc;
}

enum err_code session_sync(struct session *s, const struct sv *names, size_t count,
                           struct sync_result *result, struct err *err)
{
    struct expansion expansion = {.scope = &s->scope};
    enum err_code rc;

    *result = (struct sync_result){0};
    arena_init(&expansion.arena, NAMES_CAP);
    rc = expand(s, names, count, &expansion, err);
    if (rc == ERR_OK)
        rc = run_round(s, &expansion, result, err);
    mem_free(expansion.names);
    arena_release(&expansion.arena);
    return rc ? rc : session_reload(s, err);
}

bool session_is_fresh(const struct session *s)
{
    int64_t allowed = cache_lease_holder(s->cache) > 0 ? POLLED_MS : FRESH_MS;

    for (size_t i = 0; i < s->scope.count; i++) {
        const struct scope_item *item = &s->scope.items[i];

        if (item->code || s->now_ms - item->freshness.synced_at > allowed)
            return false;
    }
    return true;
}

enum err_code session_freshen(struct session *s, const struct sv *names, size_t count, int *status,
                              struct err *err)
{
    struct sync_result result;
    enum err_code rc;

    *status = 0;
    if (s->cli->is_cached || (!s->cli->is_refresh && session_is_fresh(s)))
        return ERR_OK;
    rc = session_sync(s, names, count, &result, err);
    if (rc)
        return rc;
    s->is_cut_off = session_is_cut_off(result.code);
    /* A name that AWS does not know is told by whoever looks for it, with the context's name. */
    if (result.code && !(count > 0 && result.code == ERR_NOT_FOUND))
        *status = cli_fail(&result.err);
    return ERR_OK;
}

bool session_is_reachable(const struct session *s, const struct pipeline_id *id)
{
    const struct scope_item *item = scope_find(&s->scope, id);

    if (s->is_cut_off && s->scope.count == 1)
        return false;
    return item == NULL || item->code == ERR_OK;
}

bool session_is_cut_off(enum err_code code)
{
    return code == ERR_NET || code == ERR_TLS || code == ERR_TIMEOUT || code == ERR_THROTTLED ||
           code == ERR_SERVER || code == ERR_AUTH;
}

static void tell_item(const struct scope_item *item, int64_t now_ms)
{
    char age[TIME_AGE_SIZE];

    time_age(item->freshness.synced_at, now_ms, age);
    if (item->freshness.synced_at == 0)
        cli_note(SV_FMT "@" SV_FMT " was never synced: run penstock sync", SV_ARG(item->profile),
                 SV_ARG(item->region));
    else
        cli_note(SV_FMT "@" SV_FMT " is stale (%s old): %s", SV_ARG(item->profile),
                 SV_ARG(item->region), age, item->code ? item->error : "run penstock sync");
}

int session_tell_stale(const struct session *s)
{
    int status = 0;

    if (!s->cli->is_cached)
        return 0;
    /* A context that cannot even be named right, such as an unknown profile, is not staleness. */
    for (size_t i = 0; i < s->contexts.count; i++) {
        if (s->contexts.items[i].code)
            return cli_fail(&s->contexts.items[i].err);
    }
    for (size_t i = 0; i < s->scope.count; i++) {
        if (!freshness_is_stale(&s->scope.items[i].freshness, s->now_ms))
            continue;
        status = err_exit_status(ERR_STALE);
        tell_item(&s->scope.items[i], s->now_ms);
    }
    return status;
}

/* ---- one row by name ---- */

struct search {
    const struct scope *scope;
    struct sv name;
    int64_t rowid;
    size_t count; /* rows that fit equally well */
    bool is_exact;
    struct sb seen;
};

/* A pipeline of that name is meant rather than the parts of a logical one. */
static bool look(void *owner, const struct pipeline_row *row)
{
    struct search *search = owner;
    bool is_exact = sv_eq(row->id.name, search->name);

    if (scope_find(search->scope, &row->id) == NULL || (search->is_exact && !is_exact))
        return true;
    if (is_exact && !search->is_exact) {
        search->is_exact = true;
        search->count = 0;
        sb_clear(&search->seen);
    }
    search->count++;
    search->rowid = row->rowid;
    /* Only for the sentence: one that does not fit is left out. */
    if (sb_addf(&search->seen, NULL, "%s" SV_FMT " in " SV_FMT " " SV_FMT,
                search->seen.len > 0 ? ", " : "", SV_ARG(row->id.name), SV_ARG(row->id.account),
                SV_ARG(row->id.region)))
        return true;
    return true;
}

enum err_code session_find(struct session *s, const char *name, int64_t *rowid, struct err *err)
{
    struct search search = {.scope = &s->scope, .name = sv_of(name)};
    struct pipeline_query query = {.sort = SORT_NAME, .names = &search.name, .name_count = 1};
    enum err_code rc;

    sb_init(&search.seen, ERR_TEXT_MAX / 2);
    rc = cache_pipelines(s->cache, &query, look, &search, err);
    if (rc == ERR_OK && search.count == 0)
        rc = err_set(err, ERR_NOT_FOUND, "there is no pipeline \"%s\" here; see penstock status",
                     name);
    else if (rc == ERR_OK && search.count > 1)
        rc = err_set(err, ERR_USAGE,
                     "\"%s\" means %zu pipelines (%s): name one of them, or its --context", name,
                     search.count, sb_cstr(&search.seen));
    if (rc == ERR_OK)
        *rowid = search.rowid;
    sb_release(&search.seen);
    return rc;
}
