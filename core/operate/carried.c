#include "core/operate/carried.h"

#include "core/base/json.h"

enum {
    MESSAGE_MAX = 1000,
    PATH_MAX_BYTES = 400,
    PARENTS_MAX = 16,
    AGAIN_MS = 60 * 1000,
    SCHEMA = 2
};

/* At most so many bytes, and no character in pieces. */
static struct sv at_most(struct sv text, size_t most)
{
    size_t len = text.len < most ? text.len : most;

    while (len > 0 && len < text.len && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
        len--;
    return sv_take(text, len);
}

/* ---- writing ---- */

static void put_text(struct jw *w, const char *name, struct sv text)
{
    if (text.len > 0)
        jw_put_sv(w, name, text);
}

static void put_commit(struct jw *w, const struct commit *c)
{
    jw_put_sv(w, "id", c->id);
    put_text(w, "author", c->author);
    put_text(w, "email", c->email);
    put_text(w, "message", at_most(c->message, MESSAGE_MAX));
    jw_put_int(w, "at", c->at);
    jw_name(w, "parents");
    jw_open(w, '[');
    for (size_t i = 0; i < c->parent_count && i < PARENTS_MAX; i++)
        jw_sv(w, c->parents[i]);
    jw_close(w, ']');
}

static void put_files(struct jw *w, const struct carried_source *s)
{
    jw_name(w, "files");
    jw_open(w, '[');
    for (size_t i = 0; i < s->file_count; i++) {
        const char sign[2] = {s->files[i].sign, '\0'};

        jw_open(w, '{');
        jw_put_sv(w, "sign", sv_of(sign));
        jw_put_sv(w, "path", at_most(s->files[i].path, PATH_MAX_BYTES));
        jw_close(w, '}');
    }
    jw_close(w, ']');
    jw_put_bool(w, "files_cut", s->files_cut);
}

/* clang-format off */
#define SOURCE_TEXTS(X) \
    X(action) X(provider) X(repository) X(branch) X(revision) X(summary) X(url) X(before) X(note)
#define CARRIED_TEXTS(X) X(execution_id) X(before_id) X(seen) X(trigger) X(trigger_detail)
/* clang-format on */

static void put_source(struct jw *w, const struct carried_source *s)
{
    jw_open(w, '{');
#define PUT(field) put_text(w, #field, s->field);
    SOURCE_TEXTS(PUT)
#undef PUT
    jw_put_bool(w, "is_walked", s->is_walked);
    jw_name(w, "commits");
    jw_open(w, '[');
    for (size_t i = 0; i < s->commit_count; i++) {
        jw_open(w, '{');
        put_commit(w, &s->commits[i]);
        jw_close(w, '}');
    }
    jw_close(w, ']');
    jw_put_bool(w, "commits_cut", s->commits_cut);
    jw_put_int(w, "taken", (int64_t)s->taken);
    jw_put_bool(w, "taken_cut", s->taken_cut);
    jw_put_int(w, "again", (int64_t)s->again);
    put_files(w, s);
    jw_close(w, '}');
}

enum err_code carried_write(const struct carried *carried, struct sb *out, struct err *err)
{
    struct jw w;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", SCHEMA);
#define PUT(field) put_text(&w, #field, carried->field);
    CARRIED_TEXTS(PUT)
#undef PUT
    jw_name(&w, "variables");
    jw_open(&w, '[');
    for (size_t i = 0; i < carried->variable_count; i++) {
        jw_open(&w, '{');
        jw_put_sv(&w, "name", carried->variables[i].name);
        jw_put_sv(&w, "value", carried->variables[i].value);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    jw_name(&w, "sources");
    jw_open(&w, '[');
    for (size_t i = 0; i < carried->source_count; i++)
        put_source(&w, &carried->sources[i]);
    jw_close(&w, ']');
    jw_close(&w, '}');
    return jw_done(&w);
}

enum err_code commit_document_write(const struct commit *commit, struct sb *out, struct err *err)
{
    struct jw w;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    put_commit(&w, commit);
    jw_close(&w, '}');
    return jw_done(&w);
}

/* ---- reading ---- */

static bool keep(const cJSON *json, const char *name, struct arena *arena, struct sv *out)
{
    struct sv text = json_sv(json, name);

    if (text.len == 0)
        return true;
    *out = arena_sv(arena, text);
    return out->ptr != NULL;
}

static size_t count_of(const cJSON *list, size_t most)
{
    size_t count = 0;

    for (const cJSON *item = list; item != NULL && count < most; item = item->next)
        count++;
    return count;
}

static size_t count_in(const cJSON *json, const char *name)
{
    int64_t count = json_int(json, name, 0);

    return count > 0 && count <= CARRIED_COMMITS_MAX ? (size_t)count : 0;
}

static bool read_commit(const cJSON *json, struct arena *arena, struct commit *out)
{
    const cJSON *item = json_list(json, "parents");
    size_t count = count_of(item, PARENTS_MAX);
    struct sv *parents = arena_alloc(arena, count, sizeof *parents);

    out->at = json_int(json, "at", 0);
    out->parents = parents;
    if (parents == NULL || !keep(json, "id", arena, &out->id) ||
        !keep(json, "author", arena, &out->author) || !keep(json, "email", arena, &out->email) ||
        !keep(json, "message", arena, &out->message))
        return false;
    for (; out->parent_count < count; item = item->next) {
        parents[out->parent_count] = arena_sv(arena, json_item_sv(item));
        if (parents[out->parent_count++].ptr == NULL)
            return false;
    }
    return true;
}

static bool read_commits(const cJSON *json, struct arena *arena, struct carried_source *out)
{
    const cJSON *item = json_list(json, "commits");
    size_t count = count_of(item, CARRIED_COMMITS_MAX);
    struct commit *commits = arena_alloc(arena, count, sizeof *commits);

    out->commits = commits;
    out->commits_cut = json_bool(json, "commits_cut", false);
    for (; commits != NULL && out->commit_count < count; item = item->next) {
        if (!read_commit(item, arena, &commits[out->commit_count++]))
            return false;
    }
    return commits != NULL;
}

static bool read_files(const cJSON *json, struct arena *arena, struct carried_source *out)
{
    const cJSON *item = json_list(json, "files");
    size_t count = count_of(item, CARRIED_FILES_MAX);
    struct file_change *files = arena_alloc(arena, count, sizeof *files);

    out->files = files;
    out->files_cut = json_bool(json, "files_cut", false);
    for (; files != NULL && out->file_count < count; item = item->next) {
        struct file_change *file = &files[out->file_count++];
        struct sv sign = json_sv(item, "sign");

        file->sign = sign.len == 1 ? sign.ptr[0] : '?';
        if (!keep(item, "path", arena, &file->path))
            return false;
    }
    return files != NULL;
}

static bool read_source(const cJSON *json, struct arena *arena, struct carried_source *out)
{
    bool is_kept = true;

#define KEEP(field) is_kept = is_kept && keep(json, #field, arena, &out->field);
    SOURCE_TEXTS(KEEP)
#undef KEEP
    out->is_walked = json_bool(json, "is_walked", false);
    out->taken = count_in(json, "taken");
    out->taken_cut = json_bool(json, "taken_cut", false);
    out->again = count_in(json, "again");
    return is_kept && read_commits(json, arena, out) && read_files(json, arena, out);
}

static bool read_variables(const cJSON *json, struct arena *arena, struct carried *out)
{
    const cJSON *item = json_list(json, "variables");
    size_t count = count_of(item, PAIRS_MAX);
    struct name_value *variables = arena_alloc(arena, count, sizeof *variables);

    out->variables = variables;
    for (; variables != NULL && out->variable_count < count; item = item->next) {
        struct name_value *v = &variables[out->variable_count++];

        if (!keep(item, "name", arena, &v->name) || !keep(item, "value", arena, &v->value))
            return false;
    }
    return variables != NULL;
}

static bool read_carried(const cJSON *json, struct arena *arena, struct carried *out)
{
    const cJSON *item = json_list(json, "sources");
    size_t count = count_of(item, CARRIED_SOURCES_MAX);
    struct carried_source *sources = arena_alloc(arena, count, sizeof *sources);
    bool is_kept = sources != NULL;

#define KEEP(field) is_kept = is_kept && keep(json, #field, arena, &out->field);
    CARRIED_TEXTS(KEEP)
#undef KEEP
    out->sources = sources;
    for (; is_kept && out->source_count < count; item = item->next)
        is_kept = read_source(item, arena, &sources[out->source_count++]);
    return is_kept && read_variables(json, arena, out);
}

enum err_code carried_parse(struct sv text, struct arena *arena, struct carried *out,
                            struct err *err)
{
    struct carried made = {0};
    cJSON *json = NULL;
    enum err_code rc = json_parse(text, &json, err);

    /* An older penstock's took an older revision for all that was ever committed. */
    if (rc == ERR_OK && json_int(json, "schema", SCHEMA) < SCHEMA)
        rc = err_set(err, ERR_NOT_FOUND, "what it carried was not read yet");
    if (rc == ERR_OK && !read_carried(json, arena, &made))
        rc = arena_err(arena, err);
    cJSON_Delete(json);
    if (rc == ERR_OK)
        *out = made;
    return rc;
}

enum err_code commit_document_parse(struct sv text, struct arena *arena, struct commit *out,
                                    struct err *err)
{
    struct commit made = {0};
    cJSON *json = NULL;
    enum err_code rc = json_parse(text, &json, err);

    if (rc == ERR_OK && !read_commit(json, arena, &made))
        rc = arena_err(arena, err);
    if (rc == ERR_OK && made.id.len == 0)
        rc = err_set(err, ERR_NOT_FOUND, "this commit was not read yet");
    cJSON_Delete(json);
    if (rc == ERR_OK)
        *out = made;
    return rc;
}

bool carried_is_whole(const struct carried *carried)
{
    for (size_t i = 0; i < carried->source_count; i++) {
        if (carried->sources[i].note.len > 0)
            return false;
    }
    return true;
}

bool carried_is_fresh(const struct carried *carried, int64_t read_at, int64_t now_ms)
{
    return carried_is_whole(carried) || (read_at <= now_ms && now_ms - read_at < AGAIN_MS);
}

/* ---- the cache ---- */

enum err_code carried_key(struct sv pipeline, struct sv execution_id, struct sv other,
                          struct sb *out, struct err *err)
{
    enum err_code rc = sb_add(out, pipeline, err);

    if (rc == ERR_OK)
        rc = sb_addc(out, '/', err);
    if (rc == ERR_OK)
        rc = sb_add(out, execution_id, err);
    if (rc == ERR_OK && other.len > 0)
        rc = sb_addc(out, '/', err);
    return rc || other.len == 0 ? rc : sb_add(out, other, err);
}

bool carried_recall(const struct carried *known, struct carried_source *source)
{
    for (size_t i = 0; i < known->source_count; i++) {
        const struct carried_source *s = &known->sources[i];

        if (!s->is_walked || s->note.len > 0 || !sv_eq(s->action, source->action) ||
            !sv_eq(s->repository, source->repository) || !sv_eq(s->revision, source->revision) ||
            !sv_eq(s->before, source->before))
            continue;
        *source = *s;
        return true;
    }
    return false;
}

enum err_code carried_get(struct cache *cache, const struct pipeline_id *id, struct sv execution_id,
                          struct sv other, struct arena *arena, struct carried *out,
                          int64_t *read_at, struct err *err)
{
    CLEANUP(sb_release) struct sb key;
    struct document_id document = {DOCUMENT_EXECUTION, id->partition, id->account, id->region,
                                   SV_NONE};
    struct sv json;
    enum err_code rc;

    sb_init(&key, 1024);
    rc = carried_key(id->name, execution_id, other, &key, err);
    document.key = sb_sv(&key);
    if (rc == ERR_OK)
        rc = cache_get_document(cache, &document, arena, &json, read_at, err);
    return rc ? rc : carried_parse(json, arena, out, err);
}
