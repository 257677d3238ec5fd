/* Repositories, branches, commits, folders and files as documents of the cache, and back. */
#include "core/aws/shape.h"
#include "core/base/time.h"
#include "core/operate/repository_parts.h"

enum { KEY_MAX = 8192 };

/* ---- keys ---- */

/* A branch's name has no colon, so none of these is another's. */
static enum err_code write_key(enum document_kind kind, const struct operand *what, struct sb *out,
                               struct err *err)
{
    bool has_commit = kind != DOCUMENT_REPOSITORY;
    bool has_path = kind == DOCUMENT_FOLDER || kind == DOCUMENT_FILE;
    enum err_code rc = sb_add(out, what->repository, err);

    if (!rc && has_commit)
        rc = sb_addf(out, err, "/" SV_FMT, SV_ARG(what->commit));
    return rc || !has_path ? rc : sb_addf(out, err, ":" SV_FMT, SV_ARG(what->path));
}

enum err_code repository_put(const struct deploy *deploy, enum document_kind kind,
                             const struct operand *what, struct sv json, struct err *err)
{
    CLEANUP(sb_release) struct sb key;
    struct document_id id = {kind, what->id.partition, what->id.account, what->id.region, SV_NONE};
    enum err_code rc;

    sb_init(&key, KEY_MAX);
    rc = write_key(kind, what, &key, err);
    id.key = sb_sv(&key);
    return rc ? rc : cache_put_document(deploy->cache, &id, json, time_wall_ms(), err);
}

static enum err_code get(struct cache *cache, enum document_kind kind, const struct operand *what,
                         const struct shape *shape, void *out, struct arena *arena,
                         int64_t *read_at, struct err *err)
{
    CLEANUP(sb_release) struct sb key;
    struct document_id id = {kind, what->id.partition, what->id.account, what->id.region, SV_NONE};
    struct sv text;
    cJSON *json;
    enum err_code rc;

    sb_init(&key, KEY_MAX);
    rc = write_key(kind, what, &key, err);
    id.key = sb_sv(&key);
    if (!rc)
        rc = cache_get_document(cache, &id, arena, &text, read_at, err);
    if (!rc)
        rc = json_parse(text, &json, err);
    if (rc)
        return rc;
    rc = shape_object(shape, json, out, arena, err);
    cJSON_Delete(json);
    return rc;
}

/* ---- commits ---- */

void repository_put_commit(struct jw *w, const struct commit *c)
{
    enum { MESSAGE_KEPT = 4000 };

    jw_put_sv(w, "id", c->id);
    jw_put_sv(w, "author", c->author.ptr == NULL ? SV("") : c->author);
    jw_put_sv(w, "email", c->email.ptr == NULL ? SV("") : c->email);
    jw_put_sv(w, "message", c->message.ptr == NULL ? SV("") : sv_take(c->message, MESSAGE_KEPT));
    jw_put_epoch(w, "at", c->at);
    jw_name(w, "parents");
    jw_open(w, '[');
    for (size_t i = 0; i < c->parent_count; i++)
        jw_sv(w, c->parents[i]);
    jw_close(w, ']');
}

static enum err_code read_parents(const cJSON *json, void *object, struct arena *arena,
                                  struct err *err)
{
    enum { PARENTS_MAX = 64 };
    struct commit *commit = object;
    const cJSON *list = json_list(json, "parents");
    struct sv *parents;
    size_t count = 0;

    for (const cJSON *p = list; p != NULL && count < PARENTS_MAX; p = p->next)
        count++;
    parents = arena_alloc(arena, count + 1, sizeof *parents);
    if (parents == NULL)
        return arena_err(arena, err);
    commit->parents = parents;
    for (const cJSON *p = list; commit->parent_count < count; p = p->next) {
        parents[commit->parent_count] = arena_sv(arena, json_item_sv(p));
        if (parents[commit->parent_count++].ptr == NULL)
            return arena_err(arena, err);
    }
    return ERR_OK;
}

/* clang-format off */
#define COMMIT_MEMBERS(in, prefix) \
    MEMBER(in, "id",      TEXT, prefix id),      \
    MEMBER(in, "author",  TEXT, prefix author),  \
    MEMBER(in, "email",   TEXT, prefix email),   \
    MEMBER(in, "message", TEXT, prefix message), \
    MEMBER(in, "at",      TIME, prefix at)

static const struct shape_member commit_members[] = { COMMIT_MEMBERS(commit, ) };
static const struct shape commit_shape = {
    .noun = "commit", MEMBERS(commit_members), .size = sizeof(struct commit),
    .cap = BRANCH_COMMITS_MAX, .has_key = true, .finish = read_parents,
};

/* ---- the shapes ---- */

static const struct shape_member head_members[] = { COMMIT_MEMBERS(branch_row, head.) };
static const struct shape head_shape = {.noun = "commit", MEMBERS(head_members)};
static const struct shape_member row_members[] = {
    MEMBER(branch_row, "name",           TEXT, name),
    INSIDE("head", head_shape),
    MEMBER(branch_row, "ahead",          INT,  ahead),
    MEMBER(branch_row, "behind",         INT,  behind),
    MEMBER(branch_row, "ahead_is_more",  BOOL, ahead_is_more),
    MEMBER(branch_row, "behind_is_more", BOOL, behind_is_more),
};
static const struct shape row_shape = {
    .noun = "branch", MEMBERS(row_members), .size = sizeof(struct branch_row),
    .cap = BRANCH_ROWS_MAX, .has_key = true,
};
static const struct shape_member page_members[] = {
    MEMBER(repository_page, "name",           TEXT, repository.name),
    MEMBER(repository_page, "arn",            TEXT, repository.arn),
    MEMBER(repository_page, "clone_url",      TEXT, repository.clone_url),
    MEMBER(repository_page, "default_branch", TEXT, repository.default_branch),
    MEMBER(repository_page, "description",    TEXT, repository.description),
    LIST(repository_page, "branches", branches, branch_count, row_shape),
    MEMBER(repository_page, "is_cut",         BOOL, is_cut),
};
static const struct shape page_shape = {
    .noun = "repository", MEMBERS(page_members), .has_key = true,
};

static const struct shape_member branch_members[] = {
    LIST(branch_page, "commits", commits, count, commit_shape),
    MEMBER(branch_page, "is_cut", BOOL, is_cut),
};
static const struct shape branch_shape = {.noun = "branch", MEMBERS(branch_members)};

static const struct shape_member file_members[] = {
    MEMBER(file_change, "path", TEXT, path),
};
static shape_finish_fn read_sign;
static const struct shape file_shape = {
    .noun = "file", MEMBERS(file_members), .size = sizeof(struct file_change),
    .cap = CHANGED_FILES_MAX, .has_key = true, .finish = read_sign,
};
static const struct shape_member difference_members[] = {
    LIST(commit_page, "files", files, file_count, file_shape),
    MEMBER(commit_page, "is_cut", BOOL, is_cut),
};
static shape_finish_fn read_commit;
static const struct shape difference_shape = {
    .noun = "commit", MEMBERS(difference_members), .finish = read_commit,
};

static const struct shape_member entry_members[] = {
    MEMBER(folder_entry, "path", TEXT, path),
    MEMBER(folder_entry, "blob", TEXT, blob),
    MEMBER(folder_entry, "mode", TEXT, mode),
};
static shape_finish_fn read_kind;
static const struct shape entry_shape = {
    .noun = "entry", MEMBERS(entry_members), .size = sizeof(struct folder_entry),
    .cap = ENTRIES_MAX, .has_key = true, .finish = read_kind,
};
static const struct shape_member folder_members[] = {
    MEMBER(folder_page, "commit", TEXT, commit),
    LIST(folder_page, "entries", entries, count, entry_shape),
    MEMBER(folder_page, "is_cut", BOOL, is_cut),
};
static const struct shape folder_shape = {.noun = "folder", MEMBERS(folder_members)};

static const struct shape_member text_members[] = {
    MEMBER(file_page, "commit",    TEXT, commit),
    MEMBER(file_page, "mode",      TEXT, mode),
    MEMBER(file_page, "size",      INT,  size),
    MEMBER(file_page, "is_binary", BOOL, is_binary),
    MEMBER(file_page, "is_cut",    BOOL, is_cut),
    MEMBER(file_page, "masked",    INT,  masked),
    MEMBER(file_page, "text",      TEXT, text),
};
static const struct shape text_shape = {.noun = "file", MEMBERS(text_members)};
/* clang-format on */

static enum err_code read_sign(const cJSON *json, void *object, struct arena *arena UNUSED,
                               struct err *err UNUSED)
{
    struct sv sign = json_sv(json, "sign");

    ((struct file_change *)object)->sign = '?';
    if (sign.len == 1 && sv_find(SV("AMD"), sign) >= 0)
        ((struct file_change *)object)->sign = sign.ptr[0];
    return ERR_OK;
}

static enum err_code read_commit(const cJSON *json, void *object, struct arena *arena,
                                 struct err *err)
{
    struct commit_page *page = object;

    return shape_object(&commit_shape, json_get(json, "commit"), &page->commit, arena, err);
}

static enum err_code read_kind(const cJSON *json, void *object, struct arena *arena UNUSED,
                               struct err *err UNUSED)
{
    int64_t kind = json_int(json, "kind", ENTRY_FILE);

    if (kind >= ENTRY_FOLDER && kind <= ENTRY_MODULE)
        ((struct folder_entry *)object)->kind = (enum entry_kind)kind;
    return ERR_OK;
}

/* ---- the pages ---- */

static void put_branch(struct jw *w, const struct branch_row *b, bool is_document)
{
    jw_open(w, '{');
    jw_put_sv(w, "name", b->name);
    if (is_document)
        jw_name(w, "head");
    if (is_document)
        jw_open(w, '{');
    jw_put_sv(w, is_document ? "id" : "commit", b->head.id);
    jw_put_sv(w, "author", b->head.author.ptr == NULL ? SV("") : b->head.author);
    jw_put_sv(w, is_document ? "message" : "title", commit_title(&b->head));
    if (is_document)
        jw_put_epoch(w, "at", b->head.at);
    else
        jw_put_time(w, "at", b->head.at);
    if (is_document)
        jw_close(w, '}');
    jw_put_int(w, "ahead", b->ahead);
    jw_put_int(w, "behind", b->behind);
    jw_put_bool(w, "ahead_is_more", b->ahead_is_more);
    jw_put_bool(w, "behind_is_more", b->behind_is_more);
    jw_close(w, '}');
}

void repository_page_json(struct jw *w, const struct repository_page *page, bool is_document)
{
    const struct repository *r = &page->repository;

    jw_put_int(w, "schema", 1);
    jw_put_sv(w, "name", r->name);
    jw_put_sv(w, "arn", r->arn.ptr == NULL ? SV("") : r->arn);
    jw_put_sv(w, "clone_url", r->clone_url.ptr == NULL ? SV("") : r->clone_url);
    jw_put_sv(w, "default_branch", r->default_branch.ptr == NULL ? SV("") : r->default_branch);
    jw_put_sv(w, "description", r->description.ptr == NULL ? SV("") : r->description);
    jw_name(w, "branches");
    jw_open(w, '[');
    for (size_t i = 0; i < page->branch_count; i++)
        put_branch(w, &page->branches[i], is_document);
    jw_close(w, ']');
    jw_put_bool(w, "is_cut", page->is_cut);
}

enum err_code repository_page_get(struct cache *cache, const struct operand *what,
                                  struct arena *arena, struct repository_page *out,
                                  int64_t *read_at, struct err *err)
{
    struct repository_page made = {0};
    enum err_code rc =
        get(cache, DOCUMENT_REPOSITORY, what, &page_shape, &made, arena, read_at, err);

    if (!rc)
        *out = made;
    return rc;
}

enum err_code branch_page_get(struct cache *cache, const struct operand *what, struct arena *arena,
                              struct branch_page *out, int64_t *read_at, struct err *err)
{
    struct branch_page made = {0};
    enum err_code rc = get(cache, DOCUMENT_BRANCH, what, &branch_shape, &made, arena, read_at, err);

    if (!rc)
        *out = made;
    return rc;
}

enum err_code commit_page_get(struct cache *cache, const struct operand *what, struct arena *arena,
                              struct commit_page *out, int64_t *read_at, struct err *err)
{
    struct commit_page made = {0};
    enum err_code rc =
        get(cache, DOCUMENT_DIFFERENCE, what, &difference_shape, &made, arena, read_at, err);

    if (!rc)
        *out = made;
    return rc;
}

enum err_code folder_page_get(struct cache *cache, const struct operand *what, struct arena *arena,
                              struct folder_page *out, int64_t *read_at, struct err *err)
{
    struct folder_page made = {0};
    enum err_code rc = get(cache, DOCUMENT_FOLDER, what, &folder_shape, &made, arena, read_at, err);

    if (!rc)
        *out = made;
    return rc;
}

enum err_code file_page_get(struct cache *cache, const struct operand *what, struct arena *arena,
                            struct file_page *out, int64_t *read_at, struct err *err)
{
    struct file_page made = {0};
    enum err_code rc = get(cache, DOCUMENT_FILE, what, &text_shape, &made, arena, read_at, err);

    if (!rc)
        *out = made;
    return rc;
}
