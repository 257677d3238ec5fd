#include "core/operate/failure.h"

enum { KEY_CAP = 600, READ_CAP = 32 << 20 };

bool failure_needs_all_actions(const struct failed_action *action)
{
    return sv_find(action->message, SV("ChangeSet")) >= 0 &&
           sv_find(action->message, SV("does not exist")) >= 0;
}

/* ---- which execution ---- */

/* One that runs on may have failed already: in a stage where another try waits for nobody. */
static bool has_failed_stage(const struct cache_pipeline *p)
{
    for (size_t i = 0; i < p->state.stage_count; i++) {
        const struct stage_state *s = &p->state.stages[i];

        if (s->status == STATUS_FAILED && sv_eq(s->execution_id, p->latest.id))
            return true;
    }
    return false;
}

static enum err_code latest_failed(struct cache *cache, int64_t rowid, struct arena *arena,
                                   struct sv *out, struct err *err)
{
    struct execution *list;
    size_t count;
    enum err_code rc = cache_executions(cache, rowid, arena, &list, &count, err);

    for (size_t i = 0; !rc && i < count; i++) {
        if (list[i].status != STATUS_FAILED)
            continue;
        *out = list[i].id;
        return ERR_OK;
    }
    return rc ? rc : ERR_NOT_FOUND;
}

static enum err_code choose(struct cache *cache, const struct operand *what, struct arena *arena,
                            struct sv *out, struct err *err)
{
    struct cache_pipeline p;
    int64_t rowid;
    enum err_code rc = cache_find_id(cache, &what->id, &rowid, err);

    if (!rc && rowid == 0)
        rc = err_set(err, ERR_NOT_FOUND, "the cache has no pipeline " SV_FMT,
                     SV_ARG(sv_take(what->id.name, 100)));
    if (!rc)
        rc = cache_get_pipeline(cache, rowid, arena, &p, err);
    if (rc)
        return rc;
    *out = p.latest.id;
    if (p.latest.status == STATUS_FAILED || has_failed_stage(&p))
        return ERR_OK;
    rc = latest_failed(cache, rowid, arena, out, err);
    if (rc != ERR_NOT_FOUND)
        return rc;
    return err_set(err, rc, "no execution of " SV_FMT " that is known has failed",
                   SV_ARG(sv_take(what->id.name, 100)));
}

enum err_code failure_execution(struct cache *cache, const struct operand *what,
                                struct arena *arena, struct sv *out, struct err *err)
{
    struct arena read;
    struct sv found = what->execution_id;
    enum err_code rc = ERR_OK;

    arena_init(&read, READ_CAP);
    if (found.len == 0)
        rc = choose(cache, what, &read, &found, err);
    if (!rc) {
        *out = arena_sv(arena, found);
        if (out->ptr == NULL)
            rc = arena_err(arena, err);
    }
    arena_release(&read);
    return rc;
}

/* ---- the document ---- */

static enum err_code get(struct cache *cache, const struct pipeline_id *id, struct sv execution_id,
                         struct arena *arena, struct sv *json, int64_t *read_at, struct err *err)
{
    char key[KEY_CAP];
    struct document_id document = {.kind = DOCUMENT_FAILURE,
                                   .partition = id->partition,
                                   .account = id->account,
                                   .region = id->region};

    (void)snprintf(key, sizeof key, SV_FMT "/" SV_FMT, SV_ARG(sv_take(id->name, 300)),
                   SV_ARG(sv_take(execution_id, 200)));
    document.key = sv_of(key);
    return cache_get_document(cache, &document, arena, json, read_at, err);
}

bool failure_is_kept(struct cache *cache, const struct pipeline_id *id, struct sv execution_id)
{
    struct arena arena;
    struct sv json;
    int64_t read_at;
    bool is_kept;

    arena_init(&arena, 2 * DOCUMENT_MAX);
    is_kept = get(cache, id, execution_id, &arena, &json, &read_at, NULL) == ERR_OK;
    arena_release(&arena);
    return is_kept;
}

enum err_code failure_get(struct cache *cache, const struct operand *what, struct arena *arena,
                          struct failure *out, int64_t *read_at, struct err *err)
{
    struct arena text;
    struct sv execution_id;
    struct sv json;
    enum err_code rc;

    arena_init(&text, 2 * DOCUMENT_MAX);
    rc = failure_execution(cache, what, &text, &execution_id, err);
    if (!rc)
        rc = get(cache, &what->id, execution_id, &text, &json, read_at, err);
    if (!rc)
        rc = failure_parse(json, arena, out, err);
    arena_release(&text);
    return rc;
}
