/* The JSON of `penstock status`: schema 1, which only grows. README, "JSON", says what each member
 * means; an unknown value is null. */
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/views/scope.h"

enum { ROW_CAP = 16 << 20 };

struct rowids {
    const struct scope *scope;
    int64_t *items;
    size_t count;
    size_t size;
    bool failed;
};

static bool collect(void *owner, const struct pipeline_row *row)
{
    struct rowids *ids = owner;

    if (scope_find(ids->scope, &row->id) == NULL)
        return true;
    if (ids->count == ids->size) {
        size_t size = ids->size > 0 ? ids->size * 2 : 64;
        int64_t *grown = mem_resize(ids->items, size, sizeof *grown);

        if (grown == NULL) {
            ids->failed = true;
            return false;
        }
        ids->items = grown;
        ids->size = size;
    }
    ids->items[ids->count++] = row->rowid;
    return true;
}

static struct sv or_null(struct sv text)
{
    return text.len > 0 ? text : SV_NONE;
}

static struct sv status_or_null(enum status status)
{
    return or_null(sv_of(status_aws(status)));
}

static void write_context(struct jw *w, const struct scope_item *item)
{
    jw_open(w, '{');
    jw_put_sv(w, "profile", item->profile);
    jw_put_sv(w, "account", or_null(item->account));
    jw_put_sv(w, "region", or_null(item->region));
    jw_put_time(w, "synced_at", item->freshness.synced_at);
    jw_put_sv(w, "error", item->code ? sv_of(item->error) : SV_NONE);
    jw_close(w, '}');
}

static void write_action(struct jw *w, const struct action_state *action)
{
    jw_open(w, '{');
    jw_put_sv(w, "name", action->name);
    jw_put_sv(w, "category", or_null(action->category));
    jw_put_sv(w, "status", status_or_null(action->status));
    jw_put_sv(w, "summary", or_null(action->summary));
    jw_put_sv(w, "error",
              or_null(action->error_message.len > 0 ? action->error_message : action->error_code));
    jw_put_bool(w, "waiting", action->status == STATUS_WAITING);
    jw_close(w, '}');
}

static void write_stage(struct jw *w, const struct stage_state *stage)
{
    jw_open(w, '{');
    jw_put_sv(w, "name", stage->name);
    jw_put_sv(w, "status", status_or_null(stage_status(stage)));
    jw_put_bool(w, "transition_enabled", stage->transition_enabled);
    jw_put_sv(w, "condition", or_null(stage->condition));
    jw_put_sv(w, "condition_status", or_null(stage->condition_status));
    jw_put_sv(w, "condition_text", or_null(stage->condition_text));
    jw_name(w, "actions");
    jw_open(w, '[');
    for (size_t i = 0; i < stage->action_count; i++)
        write_action(w, &stage->actions[i]);
    jw_close(w, ']');
    jw_close(w, '}');
}

void view_pipeline_json(struct jw *w, const struct cache_pipeline *pipeline, bool is_stale)
{
    const struct pipeline_row *row = &pipeline->row;

    jw_put_sv(w, "name", row->id.name);
    jw_put_sv(w, "account", row->id.account);
    jw_put_sv(w, "region", row->id.region);
    jw_put_sv(w, "strategy", sv_of(strategy_name(row->strategy)));
    jw_put_sv(w, "status", status_or_null(row->status));
    jw_put_sv(w, "execution_id", or_null(row->execution_id));
    jw_put_time(w, "started_at", row->started_at);
    jw_put_time(w, "updated_at", row->changed_at);
    jw_put_sv(w, "revision", or_null(row->revision));
    jw_put_sv(w, "revision_summary", or_null(row->revision_summary));
    jw_put_sv(w, "trigger", or_null(row->trigger));
    jw_put_bool(w, "stale", is_stale);
    jw_name(w, "stages");
    jw_open(w, '[');
    for (size_t i = 0; i < pipeline->state.stage_count; i++)
        write_stage(w, &pipeline->state.stages[i]);
    jw_close(w, ']');
}

static void write_head(struct jw *w, const struct scope *scope, int64_t now_ms)
{
    jw_open(w, '{');
    jw_put_int(w, "schema", 1);
    jw_put_time(w, "generated_at", now_ms);
    jw_name(w, "contexts");
    jw_open(w, '[');
    for (size_t i = 0; i < scope->count; i++)
        write_context(w, &scope->items[i]);
    jw_close(w, ']');
    jw_name(w, "pipelines");
    jw_open(w, '[');
}

/* A row that another penstock deleted since the list was made is left out. */
static enum err_code write_rows(struct cache *cache, const struct rowids *ids,
                                const struct view_json *ask, struct jw *w, struct err *err)
{
    struct arena arena;
    enum err_code rc = ERR_OK;

    arena_init(&arena, ROW_CAP);
    for (size_t i = 0; i < ids->count && rc == ERR_OK; i++) {
        struct cache_pipeline pipeline = {0};
        const struct scope_item *item;

        arena_clear(&arena);
        rc = cache_get_pipeline(cache, ids->items[i], &arena, &pipeline, err);
        if (rc == ERR_NOT_FOUND) {
            rc = ERR_OK;
            continue;
        }
        if (rc)
            break;
        item = scope_find(ids->scope, &pipeline.row.id);
        jw_open(w, '{');
        view_pipeline_json(w, &pipeline,
                           item == NULL ||
                               row_is_stale(&pipeline.row, &item->freshness, ask->now_ms));
        jw_close(w, '}');
        rc = jw_done(w);
        if (rc == ERR_OK && ask->flush != NULL)
            rc = ask->flush(ask->owner, w->out, err);
    }
    arena_release(&arena);
    return rc;
}

enum err_code view_write_json(struct cache *cache, const struct view_json *ask, struct sb *out,
                              struct err *err)
{
    struct scope scope;
    struct rowids ids = {.scope = &scope};
    struct jw w;
    enum err_code rc = scope_load(cache, ask->contexts, &scope, err);

    if (rc)
        return rc;
    rc = cache_pipelines(cache, ask->query, collect, &ids, err);
    if (rc == ERR_OK && ids.failed)
        rc = mem_err(err);
    if (rc == ERR_OK) {
        jw_init(&w, out, err);
        write_head(&w, &scope, ask->now_ms);
        rc = jw_done(&w);
    }
    if (rc == ERR_OK)
        rc = write_rows(cache, &ids, ask, &w, err);
    if (rc == ERR_OK) {
        jw_close(&w, ']');
        jw_close(&w, '}');
        rc = jw_done(&w);
    }
    mem_free(ids.items);
    scope_release(&scope);
    return rc;
}

enum err_code view_status_json(struct cache *cache, const struct context_list *contexts,
                               const struct pipeline_query *query, int64_t now_ms, struct sb *out,
                               struct err *err)
{
    struct view_json ask = {.contexts = contexts, .query = query, .now_ms = now_ms};

    return view_write_json(cache, &ask, out, err);
}
