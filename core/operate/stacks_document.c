/* The stacks of a pipeline as a document of the cache, and back. */
#include "core/aws/shape.h"
#include "core/operate/stacks.h"

static const char *const words[] = {
#define STACK_KIND_WORD(name, word) [STACK_KIND_##name] = word,
    STACK_KIND_LIST(STACK_KIND_WORD)
#undef STACK_KIND_WORD
};
_Static_assert(ARRAY_LEN(words) == STACK_KIND_COUNT, "one word per kind");

const char *stack_kind_word(enum stack_kind kind)
{
    return words[kind];
}

/* ---- out ---- */

static void put_row(struct jw *w, const struct stack_row *row, bool is_document)
{
    void (*put_time)(struct jw *, const char *, int64_t) = is_document ? jw_put_epoch : jw_put_time;

    jw_open(w, '{');
    jw_put_sv(w, "name", row->name);
    jw_put_sv(w, "id", row->id);
    jw_put_sv(w, "kind", sv_of(stack_kind_word(row->kind)));
    jw_put_sv(w, "environment", row->environment);
    jw_put_sv(w, "action", row->where);
    jw_put_sv(w, "account", row->account);
    jw_put_sv(w, "region", row->region);
    jw_put_sv(w, "status", row->status);
    jw_put_sv(w, "reason", row->reason);
    jw_put_sv(w, "drift", row->drift);
    put_time(w, "drift_checked", row->drift_at);
    put_time(w, "created", row->created_at);
    put_time(w, "updated", row->updated_at);
    jw_put_bool(w, "is_protected", row->is_protected);
    jw_put_sv(w, "note", row->note);
    jw_close(w, '}');
}

void stack_list_json(struct jw *w, const struct stack_list *list, bool is_document)
{
    jw_put_int(w, "schema", 1);
    jw_put_sv(w, "pipeline", list->pipeline);
    jw_name(w, "stacks");
    jw_open(w, '[');
    for (size_t i = 0; i < list->count; i++)
        put_row(w, &list->rows[i], is_document);
    jw_close(w, ']');
}

/* ---- in ---- */

static enum err_code read_kind(const cJSON *json, void *object, struct arena *arena UNUSED,
                               struct err *err UNUSED)
{
    struct stack_row *row = object;
    struct sv word = json_sv(json, "kind");

    for (int i = 0; i < STACK_KIND_COUNT; i++) {
        if (sv_eq(word, sv_of(words[i])))
            row->kind = (enum stack_kind)i;
    }
    return ERR_OK;
}

/* clang-format off */
static const struct shape_member row_members[] = {
    MEMBER(stack_row, "name",          TEXT, name),
    MEMBER(stack_row, "id",            TEXT, id),
    MEMBER(stack_row, "environment",   TEXT, environment),
    MEMBER(stack_row, "action",        TEXT, where),
    MEMBER(stack_row, "account",       TEXT, account),
    MEMBER(stack_row, "region",        TEXT, region),
    MEMBER(stack_row, "status",        TEXT, status),
    MEMBER(stack_row, "reason",        TEXT, reason),
    MEMBER(stack_row, "drift",         TEXT, drift),
    MEMBER(stack_row, "drift_checked", TIME, drift_at),
    MEMBER(stack_row, "created",       TIME, created_at),
    MEMBER(stack_row, "updated",       TIME, updated_at),
    MEMBER(stack_row, "is_protected",  BOOL, is_protected),
    MEMBER(stack_row, "note",          TEXT, note),
};
static const struct shape row_shape = {
    .noun = "stack", MEMBERS(row_members), .size = sizeof(struct stack_row),
    .cap = STACK_ROWS_MAX, .has_key = true, .finish = read_kind,
};
static const struct shape_member list_members[] = {
    MEMBER(stack_list, "pipeline", TEXT, pipeline),
    LIST(stack_list, "stacks", rows, count, row_shape),
};
static const struct shape list_shape = {.noun = "list of stacks", MEMBERS(list_members)};
/* clang-format on */

enum err_code stack_list_get(struct cache *cache, const struct pipeline_id *id, struct arena *arena,
                             struct stack_list *out, int64_t *read_at, struct err *err)
{
    struct document_id key = {.kind = DOCUMENT_STACKS,
                              .partition = id->partition,
                              .account = id->account,
                              .region = id->region};
    struct stack_list made = {0};
    struct sv text;
    cJSON *json;
    enum err_code rc = logical_pipeline(cache, id, arena, &key.key, err);

    if (!rc)
        rc = cache_get_document(cache, &key, arena, &text, read_at, err);
    if (!rc)
        rc = json_parse(text, &json, err);
    if (rc)
        return rc;
    rc = shape_object(&list_shape, json, &made, arena, err);
    cJSON_Delete(json);
    if (!rc)
        *out = made;
    return rc;
}

enum err_code logical_pipeline(struct cache *cache, const struct pipeline_id *id,
                               struct arena *arena, struct sv *out, struct err *err)
{
    struct cache_pipeline pipeline;
    int64_t rowid = 0;
    enum err_code rc = cache_find_id(cache, id, &rowid, err);

    if (rc)
        return rc;
    *out = id->name;
    if (rowid != 0 && cache_get_pipeline(cache, rowid, arena, &pipeline, NULL) == ERR_OK)
        *out = pipeline.row.logical;
    return ERR_OK;
}
