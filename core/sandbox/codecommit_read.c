/* What is in a repository: commits, folders, files, what differs; and what other services ask. */
#include "core/base/base64.h"
#include "core/base/mem.h"
#include "core/sandbox/codecommit_repo.h"
#include "core/sandbox/members.h"

/* Bytes as a JSON string of base64. */
static void put_bytes(struct call *c, const char *name, struct sv bytes)
{
    CLEANUP(sb_release) struct sb text;

    sb_init(&text, (size_t)2 * FILE_MOST);
    if (call_ok(c, base64_encode(bytes, &text, c->err)))
        call_put(c, name, text.len == 0 ? SV("") : sb_sv(&text));
}

static void put_blob(struct repo *repo, const char *id, const char *name, bool wants_size)
{
    CLEANUP(sb_release) struct sb bytes;
    struct call *c = repo->c;
    enum err_code rc;

    sb_init(&bytes, FILE_MOST);
    rc = repository_blob(repo->git, id, FILE_MOST, &bytes, c->err);
    if (rc == ERR_LIMIT) {
        call_fail(c, 400, "FileTooLargeException",
                  "The specified file exceeds the file size limit for AWS CodeCommit.");
    } else if (call_ok(c, rc)) {
        if (wants_size)
            call_put_int(c, "fileSize", (int64_t)bytes.len);
        put_bytes(c, name, sb_sv(&bytes));
    }
}

bool codecommit_is_id(struct sv text)
{
    bool is_good = text.len == OBJECT_SIZE - 1;

    for (size_t i = 0; i < text.len && is_good; i++)
        is_good = strchr("0123456789abcdefABCDEF", text.ptr[i]) != NULL;
    return is_good;
}

void codecommit_get_blob(struct call *c)
{
    CLEANUP(sb_release) struct sb bytes;
    struct sv id = call_text(c, "blobId", false);
    struct err why = {0};
    struct repo repo;

    sb_init(&bytes, FILE_MOST);
    if (repo_open(c, &repo)) {
        if (id.len == 0)
            call_fail(c, 400, "BlobIdRequiredException",
                      "A blob ID is required, but was not specified.");
        else if (!codecommit_is_id(id))
            call_fail(c, 400, "InvalidBlobIdException", "The specified blob is not valid.");
        else if (repository_blob(repo.git, id.ptr, FILE_MOST, &bytes, &why) == ERR_NOT_FOUND)
            call_fail(c, 400, "BlobIdDoesNotExistException", "The specified blob does not exist.");
        else
            put_blob(&repo, id.ptr, "content", false);
    }
    repo_close(&repo);
}

void codecommit_get_file(struct call *c)
{
    struct repository_entry entry;
    char commit[OBJECT_SIZE];
    struct repo repo;
    struct sv path;

    if (repo_open(c, &repo) && codecommit_path_of(c, c->in, "filePath", false, &path) &&
        repo_commit_of(&repo, "commitSpecifier", false, commit)) {
        enum err_code rc = repository_find(repo.git, commit, path, &entry, c->err);

        if (rc == ERR_NOT_FOUND || (!rc && entry.kind > ENTRY_LINK)) {
            call_fail(c, 400, "FileDoesNotExistException",
                      "The specified file does not exist: " SV_FMT, SV_ARG(sv_take(path, 256)));
        } else if (call_ok(c, rc)) {
            call_put(c, "commitId", sv_of(commit));
            call_put(c, "blobId", sv_of(entry.id));
            call_put(c, "filePath", path);
            call_put(c, "fileMode", sv_of(codecommit_mode_name(entry.mode)));
            put_blob(&repo, entry.id, "fileContent", true);
        }
    }
    repo_close(&repo);
}

/* The four lists of GetFolder, by kind. */
static const struct {
    const char *list;
    const char *id;
    bool has_mode;
} lists[] = {
    [ENTRY_FILE] = {"files", "blobId", true},
    [ENTRY_LINK] = {"symbolicLinks", "blobId", true},
    [ENTRY_FOLDER] = {"subFolders", "treeId", false},
    [ENTRY_MODULE] = {"subModules", "commitId", false},
};

static enum err_code list_entry(void *owner, const struct repository_entry *e, struct err *err)
{
    struct call *c = owner;
    cJSON *list = cJSON_GetObjectItemCaseSensitive(c->out, lists[e->kind].list);
    cJSON *item = call_add(c, list, NULL, cJSON_CreateObject());

    if (item != NULL && member_put(item, lists[e->kind].id, sv_of(e->id)) &&
        member_put(item, "absolutePath", e->path) && member_put(item, "relativePath", e->name) &&
        (!lists[e->kind].has_mode ||
         member_put(item, "fileMode", sv_of(codecommit_mode_name(e->mode)))))
        return ERR_OK;
    return mem_err(err);
}

void codecommit_get_folder(struct call *c)
{
    char commit[OBJECT_SIZE];
    char tree[OBJECT_SIZE];
    struct repo repo;
    struct sv path;

    if (repo_open(c, &repo) && codecommit_path_of(c, c->in, "folderPath", true, &path) &&
        repo_commit_of(&repo, "commitSpecifier", false, commit)) {
        enum err_code rc;

        for (size_t i = 0; i < ARRAY_LEN(lists); i++)
            (void)call_add(c, c->out, lists[i].list, cJSON_CreateArray());
        rc = c->has_failed ? c->rc
                           : repository_folder(repo.git, commit, path, list_entry, c, tree, c->err);
        if (rc == ERR_NOT_FOUND) {
            call_fail(c, 400, "FolderDoesNotExistException",
                      "The specified folder does not exist: " SV_FMT, SV_ARG(sv_take(path, 256)));
        } else if (call_ok(c, rc)) {
            call_put(c, "commitId", sv_of(commit));
            call_put(c, "folderPath", path);
            call_put(c, "treeId", sv_of(tree));
        }
    }
    repo_close(&repo);
}

static void put_person(struct call *c, cJSON *commit, const char *name,
                       const struct commit_person *p)
{
    int offset = p->offset_minutes < 0 ? -p->offset_minutes : p->offset_minutes;
    cJSON *out = call_add(c, commit, name, cJSON_CreateObject());

    (void)repo_check(c,
                     out != NULL && member_put(out, "name", sv_of(p->name)) &&
                         member_put(out, "email", sv_of(p->email)) &&
                         member_putf(out, "date", "%lld %c%02d%02d", (long long)p->at_s,
                                     p->offset_minutes < 0 ? '-' : '+', offset / 60, offset % 60));
}

void codecommit_put_commit(struct call *c, cJSON *to, const char *name, struct sv id,
                           const struct commit_text *text)
{
    cJSON *out = call_add(c, to, name, cJSON_CreateObject());
    cJSON *parents = call_add(c, out, "parents", cJSON_CreateArray());

    if (c->has_failed ||
        !repo_check(c, member_put(out, "commitId", id) &&
                           member_put(out, "treeId", sv_of(text->tree)) &&
                           member_put(out, "message", sv_of(sb_cstr(&text->message))) &&
                           member_put(out, "additionalData", SV(""))))
        return;
    for (size_t i = 0; i < text->parent_count; i++)
        (void)call_add(c, parents, NULL, cJSON_CreateString(text->parents[i]));
    put_person(c, out, "author", &text->author);
    put_person(c, out, "committer", &text->committer);
}

void codecommit_get_commit(struct call *c)
{
    struct commit_text text = {0};
    struct sv id = call_text(c, "commitId", false);
    struct repo repo;

    sb_init(&text.message, REPLY_BODY_MAX);
    if (repo_open(c, &repo)) {
        if (id.len == 0) {
            call_fail(c, 400, "CommitIdRequiredException", "A commit ID was not specified.");
        } else if (!codecommit_is_id(id)) {
            call_fail(c, 400, "InvalidCommitIdException", "The specified commit ID is not valid.");
        } else {
            enum err_code rc = repository_read_commit(repo.git, id.ptr, &text, c->err);

            if (rc == ERR_NOT_FOUND)
                call_fail(c, 400, "CommitIdDoesNotExistException",
                          "The specified commit ID does not exist.");
            else if (call_ok(c, rc))
                codecommit_put_commit(c, c->out, "commit", id, &text);
        }
    }
    repo_close(&repo);
    sb_release(&text.message);
}

struct compare {
    struct call *c;
    cJSON *list;
    struct sv path; /* only below it */
    int64_t first;
    int64_t most;
    int64_t seen;
};

static bool put_side(cJSON *item, const char *name, const char *id, struct sv path, int mode)
{
    cJSON *side = id[0] == '\0' ? NULL : member_object(item, name);

    return id[0] == '\0' ||
           (side != NULL && member_put(side, "blobId", sv_of(id)) &&
            member_put(side, "path", path) && member_putf(side, "mode", "%06o", (unsigned)mode));
}

static enum err_code list_difference(void *owner, const struct difference *d, struct err *err)
{
    struct compare *compare = owner;
    cJSON *item;

    if (compare->path.len > 0 &&
        (!sv_starts(d->path, compare->path) ||
         (d->path.len > compare->path.len && d->path.ptr[compare->path.len] != '/')))
        return ERR_OK;
    if (compare->seen++ < compare->first || compare->seen > compare->first + compare->most)
        return ERR_OK;
    item = call_add(compare->c, compare->list, NULL, cJSON_CreateObject());
    return item != NULL && put_side(item, "beforeBlob", d->before, d->path, d->before_mode) &&
                   put_side(item, "afterBlob", d->after, d->path, d->after_mode) &&
                   member_putf(item, "changeType", "%c", d->kind)
               ? ERR_OK
               : mem_err(err);
}

/* One path serves for both sides: the sandbox knows no renames. */
void codecommit_differences(struct call *c)
{
    struct sv token = call_text(c, "NextToken", false);
    struct compare compare = {.c = c, .most = 100};
    char before[OBJECT_SIZE] = "";
    char after[OBJECT_SIZE];
    struct repo repo;
    bool is_good = repo_open(c, &repo);

    if (token.len > 0 &&
        (!sv_to_int(token, &compare.first) || compare.first < 1 || compare.first > INT32_MAX))
        call_fail(c, 400, "InvalidContinuationTokenException",
                  "The specified continuation token is not valid.");
    compare.most = call_int(c, "MaxResults", 1, 100, 100);
    if (json_get(c->in, "beforePath") != NULL)
        is_good = is_good && codecommit_path_of(c, c->in, "beforePath", true, &compare.path);
    if (json_get(c->in, "afterPath") != NULL)
        is_good = is_good && codecommit_path_of(c, c->in, "afterPath", true, &compare.path);
    if (is_good && json_get(c->in, "beforeCommitSpecifier") != NULL)
        is_good = repo_commit_of(&repo, "beforeCommitSpecifier", true, before);
    compare.list = call_add(c, c->out, "differences", cJSON_CreateArray());
    if (is_good && repo_commit_of(&repo, "afterCommitSpecifier", true, after) &&
        call_ok(c, repository_differences(repo.git, before, after, list_difference, &compare,
                                          c->err)) &&
        compare.seen > compare.first + compare.most)
        (void)repo_check(
            c, member_putf(c->out, "NextToken", "%lld", (long long)(compare.first + compare.most)));
    repo_close(&repo);
}

/* ---- what other services ask ---- */

enum err_code codecommit_head(struct service *s, const struct codecommit_place *place,
                              struct sv branch, char commit[COMMIT_TEXT], struct err *err)
{
    struct repository *git;
    enum err_code rc = codecommit_open(s, place, &git, err);

    commit[0] = '\0';
    if (rc)
        return rc == ERR_NOT_FOUND ? ERR_OK : rc;
    rc = repository_branch(git, branch, commit, err);
    repository_close(git);
    return rc;
}

/* Ids come from anywhere: a terminated copy. */
static void copy_id(struct sv id, char out[OBJECT_SIZE])
{
    (void)snprintf(out, OBJECT_SIZE, SV_FMT, SV_ARG(id));
}

enum err_code codecommit_file(struct service *s, const struct codecommit_place *place,
                              struct sv commit, struct sv path, struct sb *out, struct err *err)
{
    struct repository_entry entry;
    char id[OBJECT_SIZE];
    struct repository *git;
    enum err_code rc = codecommit_open(s, place, &git, err);

    if (rc)
        return rc;
    copy_id(commit, id);
    rc = repository_find(git, id, path, &entry, err);
    if (!rc && entry.kind > ENTRY_LINK)
        rc = err_set(err, ERR_NOT_FOUND, SV_FMT " is no file", SV_ARG(sv_take(path, 256)));
    if (!rc)
        rc = repository_blob(git, entry.id, out->cap - out->len, out, err);
    repository_close(git);
    return rc;
}

enum err_code codecommit_message(struct service *s, const struct codecommit_place *place,
                                 struct sv commit, struct sb *out, struct err *err)
{
    struct commit_text text = {0};
    char id[OBJECT_SIZE];
    struct repository *git;
    struct sv rest;
    enum err_code rc = codecommit_open(s, place, &git, err);

    if (rc)
        return rc;
    sb_init(&text.message, REPLY_BODY_MAX);
    copy_id(commit, id);
    rc = repository_read_commit(git, id, &text, err);
    if (!rc)
        rc = sb_add(out, sv_cut(sv_of(sb_cstr(&text.message)), '\n', &rest), err);
    sb_release(&text.message);
    repository_close(git);
    return rc;
}
