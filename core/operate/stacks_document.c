/* The stacks of a pipeline as a document of the cache, and back. */
#include "core/aws/shape.h"
#include "core/operate/stacks_named.h"

enum { NAMED_MAX = 100 }; /* more that failures name are left out */

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
    jw_put_sv(w, "named_by", row->source);
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
    MEMBER(stack_row, "named_by",      TEXT, source),
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

static enum err_code get_document(struct cache *cache, const struct document_id *key,
                                  struct arena *arena, struct stack_list *out, int64_t *read_at,
                                  struct err *err)
{
    struct sv text;
    cJSON *json;
    enum err_code rc = cache_get_document(cache, key, arena, &text, read_at, err);

    if (!rc)
        rc = json_parse(text, &json, err);
    if (rc)
        return rc;
    rc = shape_object(&list_shape, json, out, arena, err);
    cJSON_Delete(json);
    return rc;
}

/* ---- what failures tell beside it ---- */

struct adding {
    struct stack_list *list;
    size_t room;
    const struct pipeline_row *pipeline;
    struct arena *arena;
};

static enum err_code add_named(void *owner, const struct stack_row *row, struct err *err)
{
    struct adding *a = owner;
    struct stack_row *to = &a->list->rows[a->list->count];
    struct sv account = row->account.len > 0 ? row->account : a->pipeline->id.account;
    struct sv region = row->account.len > 0 ? row->region : a->pipeline->id.region;

    for (size_t i = 0; i < a->list->count; i++) {
        const struct stack_row *known = &a->list->rows[i];

        if (sv_eq(known->name, row->name) &&
            (row->account.len == 0 ||
             (sv_eq(known->account, account) && sv_eq(known->region, region))))
            return ERR_OK;
    }
    if (a->list->count == a->room)
        return ERR_OK;
    *to = (struct stack_row){.kind = row->kind,
                             .id = SV(""),
                             .reason = SV(""),
                             .drift = SV(""),
                             .note = row->status.len > 0 ? SV("") : SV("AWS was not asked for it"),
                             .name = arena_sv(a->arena, row->name),
                             .environment = arena_sv(a->arena, row->environment),
                             .where = arena_sv(a->arena, row->where),
                             .source = arena_sv(a->arena, row->source),
                             .account = arena_sv(a->arena, account),
                             .region = arena_sv(a->arena, region),
                             .status = arena_sv(a->arena, row->status)};
    if (to->status.ptr == NULL || to->region.ptr == NULL)
        return arena_err(a->arena, err);
    a->list->count++;
    return ERR_OK;
}

static enum err_code add_failures(struct cache *cache, const struct pipeline_id *id,
                                  struct arena *arena, struct stack_list *list, struct err *err)
{
    struct adding a = {.list = list, .room = list->count + NAMED_MAX, .arena = arena};
    struct stack_row *rows = arena_alloc(arena, a.room, sizeof *rows);
    struct pipeline_row *pipelines;
    size_t count = 0;
    enum err_code rc;

    if (rows == NULL)
        return arena_err(arena, err);
    if (list->count > 0)
        memcpy(rows, list->rows, list->count * sizeof *rows);
    list->rows = rows;
    rc = cache_siblings(cache, id->partition, id->account, id->region, list->pipeline, arena,
                        &pipelines, &count, err);
    for (size_t i = 0; i < count && !rc; i++) {
        a.pipeline = &pipelines[i];
        rc = stacks_of_failure(cache, &pipelines[i], add_named, &a, err);
    }
    return rc;
}

enum err_code stack_list_get(struct cache *cache, const struct pipeline_id *id, struct arena *arena,
                             struct stack_list *out, int64_t *read_at, struct err *err)
{
    struct document_id key = {.kind = DOCUMENT_STACKS,
                              .partition = id->partition,
                              .account = id->account,
                              .region = id->region};
    struct stack_list made = {0};
    struct err why = {0};
    enum err_code found;
    enum err_code rc = logical_pipeline(cache, id, arena, &key.key, err);

    if (rc)
        return rc;
    found = get_document(cache, &key, arena, &made, read_at, &why);
    if (found == ERR_NOT_FOUND) {
        made = (struct stack_list){.pipeline = key.key};
        *read_at = 0;
    } else if (found) {
        return err_set(err, found, "%s", why.text);
    }
    rc = add_failures(cache, id, arena, &made, err);
    if (!rc && found == ERR_NOT_FOUND && made.count == 0)
        return err_set(err, ERR_NOT_FOUND, "%s", why.text);
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
