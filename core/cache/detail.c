/* What a definition says beyond the names of its stages and actions, as one text of JSON in the
 * pipeline's row: only pages of one pipeline want it, and each member of it only now and then. */
#include "core/base/json.h"
#include "core/cache/store.h"

enum { PARTS_MAX = 100 };

/* clang-format off */
#define DEF_TEXTS(X) \
    X(name) X(category) X(owner) X(provider) X(branch) X(repository) X(project) X(stack) \
    X(change_set) X(role_arn) X(region) X(data) X(link)
/* clang-format on */

static void put_text(struct jw *w, const char *name, struct sv text)
{
    if (text.len > 0)
        jw_put_sv(w, name, text);
}

static void put_action(struct jw *w, const struct action_def *a)
{
    jw_open(w, '{');
#define PUT(field) put_text(w, #field, a->field);
    DEF_TEXTS(PUT)
#undef PUT
    if (a->timeout_minutes != 0)
        jw_put_int(w, "timeout_minutes", a->timeout_minutes);
    jw_put_int(w, "run_order", a->run_order);
    jw_close(w, '}');
}

static void put_stage(struct jw *w, const struct stage_def *s)
{
    jw_open(w, '{');
    jw_put_sv(w, "name", s->name);
    jw_name(w, "actions");
    jw_open(w, '[');
    for (size_t i = 0; i < s->action_count; i++)
        put_action(w, &s->actions[i]);
    jw_close(w, ']');
    jw_close(w, '}');
}

enum err_code detail_write(const struct pipeline_def *def, struct sb *out, struct err *err)
{
    struct jw w;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "type", def->type);
    jw_name(&w, "stages");
    jw_open(&w, '[');
    for (size_t i = 0; i < def->stage_count; i++)
        put_stage(&w, &def->stages[i]);
    jw_close(&w, ']');
    jw_name(&w, "variables");
    jw_open(&w, '[');
    for (size_t i = 0; i < def->variable_count; i++) {
        jw_open(&w, '{');
        jw_put_sv(&w, "name", def->variables[i].name);
        if (def->variables[i].value.ptr != NULL)
            jw_put_sv(&w, "value", def->variables[i].value);
        put_text(&w, "description", def->variables[i].description);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    jw_close(&w, '}');
    return jw_done(&w);
}

/* ---- reading ---- */

static bool keep(const cJSON *json, const char *name, struct arena *arena, struct sv *out)
{
    struct sv text = json_sv(json, name);

    if (text.ptr == NULL)
        return true;
    *out = arena_sv(arena, text);
    return out->ptr != NULL;
}

static bool read_action(const cJSON *json, struct arena *arena, struct action_def *a)
{
    bool is_kept = true;

#define KEEP(field) is_kept = is_kept && keep(json, #field, arena, &a->field);
    DEF_TEXTS(KEEP)
#undef KEEP
    a->timeout_minutes = json_int(json, "timeout_minutes", 0);
    a->run_order = json_int(json, "run_order", 1);
    return is_kept;
}

static size_t count_of(const cJSON *list)
{
    size_t count = 0;

    for (const cJSON *item = list; item != NULL && count < PARTS_MAX; item = item->next)
        count++;
    return count;
}

static bool read_stage(const cJSON *json, struct arena *arena, struct stage_def *s)
{
    const cJSON *item = json_list(json, "actions");
    struct action_def *actions;

    s->action_count = count_of(item);
    s->actions = actions = arena_alloc(arena, s->action_count, sizeof *actions);
    if (actions == NULL || !keep(json, "name", arena, &s->name))
        return false;
    for (size_t i = 0; i < s->action_count; i++, item = item->next) {
        if (!read_action(item, arena, &actions[i]))
            return false;
    }
    return true;
}

static bool read_variables(const cJSON *list, struct arena *arena, struct pipeline_def *out)
{
    struct variable_def *variables;
    const cJSON *item = list;

    out->variable_count = count_of(list);
    out->variables = variables = arena_alloc(arena, out->variable_count, sizeof *variables);
    if (variables == NULL)
        return false;
    for (size_t i = 0; i < out->variable_count; i++, item = item->next) {
        if (!keep(item, "name", arena, &variables[i].name) ||
            !keep(item, "value", arena, &variables[i].value) ||
            !keep(item, "description", arena, &variables[i].description))
            return false;
    }
    return true;
}

static bool read_parts(const cJSON *json, struct arena *arena, struct pipeline_def *out)
{
    const cJSON *item = json_list(json, "stages");
    struct stage_def *stages;

    out->stage_count = count_of(item);
    out->stages = stages = arena_alloc(arena, out->stage_count, sizeof *stages);
    if (stages == NULL || !keep(json, "type", arena, &out->type))
        return false;
    for (size_t i = 0; i < out->stage_count; i++, item = item->next) {
        if (!read_stage(item, arena, &stages[i]))
            return false;
    }
    return read_variables(json_list(json, "variables"), arena, out);
}

static enum err_code read_detail(struct sv detail, struct arena *arena, struct pipeline_def *out,
                                 struct err *err)
{
    cJSON *json = NULL;
    enum err_code rc;

    if (detail.len == 0)
        return err_set(err, ERR_NOT_FOUND,
                       "the definition was not read yet: penstock sync reads it");
    rc = json_parse(detail, &json, err);
    if (rc)
        return rc;
    rc = read_parts(json, arena, out) ? ERR_OK : arena_err(arena, err);
    cJSON_Delete(json);
    return rc;
}

enum err_code cache_get_def(struct cache *cache, int64_t rowid, struct arena *arena,
                            struct pipeline_def *out, struct err *err)
{
    struct pipeline_def def = {0};
    struct db_stmt *st;
    bool has_row;
    enum err_code rc = use(cache, STATEMENT_DEF_GET, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, rowid);
    rc = db_step(cache->db, st, &has_row, err);
    if (rc)
        return rc;
    if (!has_row)
        return err_set(err, ERR_NOT_FOUND, "that pipeline is not in the cache any more");
    def.name = arena_sv(arena, db_sv(st, 1));
    def.arn = arena_sv(arena, db_sv(st, 2));
    def.version = db_int(st, 3);
    def.updated_at = db_int(st, 4);
    def.mode = pipeline_mode_from_aws(db_sv(st, 5));
    rc = def.name.ptr == NULL || def.arn.ptr == NULL ? arena_err(arena, err)
                                                     : read_detail(db_sv(st, 0), arena, &def, err);
    db_reset(st);
    if (!rc)
        *out = def;
    return rc;
}
