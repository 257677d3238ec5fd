#include "core/aws/codecommit.h"

#include "core/aws/shape.h"
#include "core/base/base64.h"

enum { REPOSITORIES_MAX = 5000, NAMES_MAX = 5000 };

/* clang-format off */
static const struct shape_member repository_members[] = {
    MEMBER(repository, "repositoryName",        TEXT, name),
    MEMBER(repository, "repositoryId",          TEXT, id),
    MEMBER(repository, "Arn",                   TEXT, arn),
    MEMBER(repository, "cloneUrlHttp",          TEXT, clone_url),
    MEMBER(repository, "defaultBranch",         TEXT, default_branch),
    MEMBER(repository, "repositoryDescription", TEXT, description),
};
static const struct shape repository_shape = {
    .noun = "repository", MEMBERS(repository_members), .size = sizeof(struct repository),
    .cap = REPOSITORIES_MAX, .has_key = true,
};
/* clang-format on */

enum err_code decode_repository(const cJSON *json, struct arena *arena, struct repository *out,
                                struct err *err)
{
    struct repository made = {0};
    enum err_code rc =
        shape_object(&repository_shape, json_get(json, "repositoryMetadata"), &made, arena, err);

    if (rc == ERR_OK)
        *out = made;
    return rc;
}

enum err_code decode_repositories(const cJSON *json, struct arena *arena, struct repository **out,
                                  size_t *count, struct err *err)
{
    void *rows = NULL;
    enum err_code rc =
        shape_list(&repository_shape, json_get(json, "repositories"), &rows, count, arena, err);

    if (rc == ERR_OK)
        *out = rows;
    return rc;
}

/* Of a list of texts, or of objects' member of that name. */
static enum err_code read_names(const cJSON *list, const char *member, struct arena *arena,
                                struct sv **out, size_t *count, struct err *err)
{
    size_t wanted = 0;
    size_t n = 0;
    struct sv *names;

    if (!cJSON_IsArray(list))
        return err_set(err, ERR_REPLY, "expected AWS, got a CodeCommit reply without its list");
    for (const cJSON *item = list->child; item != NULL; item = item->next)
        wanted++;
    if (wanted > NAMES_MAX)
        return err_set(err, ERR_LIMIT, "reply over %d names", NAMES_MAX);
    names = arena_alloc(arena, wanted, sizeof *names);
    if (names == NULL)
        return arena_err(arena, err);
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        names[n] = arena_sv(arena, member == NULL ? json_item_sv(item) : json_sv(item, member));
        if (names[n++].ptr == NULL)
            return arena_err(arena, err);
    }
    *out = names;
    *count = n;
    return ERR_OK;
}

enum err_code decode_branches(const cJSON *json, struct arena *arena, struct sv **out,
                              size_t *count, struct err *err)
{
    return read_names(json_get(json, "branches"), NULL, arena, out, count, err);
}

enum err_code decode_folder(const cJSON *json, struct arena *arena, struct sv **out, size_t *count,
                            struct err *err)
{
    return read_names(json_get(json, "files"), "absolutePath", arena, out, count, err);
}

enum err_code decode_branch(const cJSON *json, struct sv *commit, struct err *err)
{
    struct sv id = json_sv(json_get(json, "branch"), "commitId");

    if (id.len == 0)
        return err_set(err, ERR_REPLY, "expected AWS, got a branch without a commit");
    *commit = id;
    return ERR_OK;
}

enum err_code decode_file(const cJSON *json, struct sb *content, struct err *err)
{
    struct sv text = json_sv(json, "fileContent");

    /* An empty file has an empty text, so absence shows in the pointer only. */
    if (text.ptr == NULL)
        return err_set(err, ERR_REPLY, "expected AWS, got a file without its content");
    return base64_decode(text, content, err);
}

static enum err_code check(const struct commit_request *r, struct err *err)
{
    size_t sum = 0;

    if (r->file_count > COMMIT_FILES_MAX)
        return err_set(err, ERR_LIMIT, "a commit has %zu files, CodeCommit takes %d at a time",
                       r->file_count, COMMIT_FILES_MAX);
    for (size_t i = 0; i < r->file_count; i++) {
        if (r->files[i].content.len > COMMIT_FILE_BYTES_MAX)
            return err_set(err, ERR_LIMIT, SV_FMT " is over the %d MB that CodeCommit takes",
                           SV_ARG(sv_take(r->files[i].path, 200)),
                           COMMIT_FILE_BYTES_MAX / (1024 * 1024));
        sum += r->files[i].content.len;
    }
    if (sum > COMMIT_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "a commit is over the %d MB that CodeCommit takes at a time",
                       COMMIT_BYTES_MAX / (1024 * 1024));
    return ERR_OK;
}

static enum err_code write_file(struct jw *w, const struct commit_file *file, struct sb *scratch,
                                struct err *err)
{
    enum err_code rc;

    sb_clear(scratch);
    rc = base64_encode(file->content, scratch, err);
    jw_open(w, '{');
    jw_put_sv(w, "filePath", file->path);
    jw_put_sv(w, "fileMode", file->is_executable ? SV("EXECUTABLE") : SV("NORMAL"));
    jw_put_sv(w, "fileContent", scratch->len > 0 ? sb_sv(scratch) : SV(""));
    jw_close(w, '}');
    return rc;
}

enum err_code commit_write(const struct commit_request *r, struct sb *body, struct err *err)
{
    const struct {
        const char *name;
        struct sv value;
    } fields[] = {
        {"repositoryName", r->repository}, {"branchName", r->branch}, {"parentCommitId", r->parent},
        {"authorName", r->author},         {"email", r->email},       {"commitMessage", r->message},
    };
    CLEANUP(sb_release) struct sb scratch = {.cap = COMMIT_FILE_BYTES_MAX / 3 * 4 + 8};
    enum err_code rc = check(r, err);
    struct jw w;

    if (rc)
        return rc;
    jw_init(&w, body, err);
    jw_open(&w, '{');
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (fields[i].value.len > 0)
            jw_put_sv(&w, fields[i].name, fields[i].value);
    }
    jw_name(&w, "putFiles");
    jw_open(&w, '[');
    for (size_t i = 0; i < r->file_count && rc == ERR_OK; i++)
        rc = write_file(&w, &r->files[i], &scratch, err);
    jw_close(&w, ']');
    jw_close(&w, '}');
    return rc ? rc : jw_done(&w);
}
