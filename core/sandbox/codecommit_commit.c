/* Commits by API: CreateCommit, PutFile and DeleteFile. */
#include "core/base/base64.h"
#include "core/base/mem.h"
#include "core/sandbox/codecommit_repo.h"
#include "core/sandbox/members.h"

/* One commit in the making. Bytes are those of contents, which a request's base64 fills. */
struct making {
    struct repo repo;
    struct sv branch;
    char head[OBJECT_SIZE]; /* "": the first commit */
    struct new_commit commit;
    struct file_change changes[FILES_MOST];
    struct sb contents[FILES_MOST];
};

static struct making *begin(struct call *c)
{
    struct making *m = mem_alloc(sizeof *m);

    if (!repo_check(c, m != NULL))
        return NULL;
    m->commit.changes = m->changes;
    for (size_t i = 0; i < FILES_MOST; i++)
        sb_init(&m->contents[i], (size_t)2 * FILE_MOST);
    if (repo_open(c, &m->repo))
        m->branch = codecommit_branch_name(c, "branchName");
    /* Its commits are told from runs and have no hashes (seed_repository.h). */
    if (!c->has_failed && repository_is_seeded(m->repo.git))
        call_fail(c, 400, "AccessDeniedException",
                  "The repository of a seeded pipeline can be read and its branches forwarded; to "
                  "commit, create one of your own");
    return m;
}

static void end(struct making *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < FILES_MOST; i++)
        sb_release(&m->contents[i]);
    repo_close(&m->repo);
    mem_free(m);
}

static enum err_code count_branch(void *owner, struct sv branch UNUSED, const char *commit UNUSED,
                                  struct err *err UNUSED)
{
    ++*(int *)owner;
    return ERR_OK;
}

/* Without a branch of that name the commit must be the very first of the repository. */
static void find_head(struct making *m)
{
    struct call *c = m->repo.c;
    int branches = 0;

    if (c->has_failed || !call_ok(c, repository_branch(m->repo.git, m->branch, m->head, c->err)) ||
        m->head[0] != '\0')
        return;
    if (call_ok(c, repository_branches(m->repo.git, count_branch, &branches, c->err)) &&
        branches > 0)
        call_fail(c, 400, "BranchDoesNotExistException", "Branch " SV_FMT " does not exist",
                  SV_ARG(m->branch));
}

static void check_parent(struct making *m)
{
    struct call *c = m->repo.c;
    struct sv parent = call_text(c, "parentCommitId", false);
    char found[OBJECT_SIZE] = "";

    find_head(m);
    if (c->has_failed || (parent.len == 0 && m->head[0] == '\0'))
        return;
    if (parent.len == 0)
        call_fail(c, 400, "ParentCommitIdRequiredException",
                  "A parent commit ID is required. To view the full commit ID of a branch in a "
                  "repository, use GetBranch or a Git command (for example, git pull or git log).");
    else if (parent.len != OBJECT_SIZE - 1)
        call_fail(c, 400, "InvalidParentCommitIdException",
                  "The parent commit ID is not valid. The commit ID cannot be empty, and must "
                  "match the head commit ID for the branch of the repository where you want to "
                  "add or update a file.");
    else if (call_ok(c, repository_find_commit(m->repo.git, parent, found, c->err)) &&
             found[0] == '\0')
        call_fail(c, 400, "ParentCommitDoesNotExistException",
                  "The parent commit ID does not exist in the specified branch of the specified "
                  "repository.");
    else if (!c->has_failed && strcmp(found, m->head) != 0)
        call_fail(c, 400, "ParentCommitIdOutdatedException",
                  "The parent commit ID " SV_FMT " is not the current tip of branch " SV_FMT
                  ". To view the full commit ID of the current head of the branch, use GetBranch.",
                  SV_ARG(parent), SV_ARG(m->branch));
    m->commit.parent = sv_of(m->head);
}

static int mode_of(struct call *c, const cJSON *object)
{
    struct sv mode = json_sv(object, "fileMode");

    if (mode.len == 0)
        return 0;
    if (sv_eq(mode, SV("EXECUTABLE")))
        return 0100755;
    if (sv_eq(mode, SV("SYMLINK")))
        return 0120000;
    if (!sv_eq(mode, SV("NORMAL")))
        call_fail(c, 400, "InvalidFileModeException", "The specified file mode is not valid.");
    return 0100644;
}

/* One more change, with its path and mode; NULL: the call has failed. */
static struct file_change *add(struct making *m, const cJSON *from, enum change_kind kind)
{
    struct call *c = m->repo.c;
    struct file_change *change = &m->changes[m->commit.count];
    struct sv path;

    if (c->has_failed || !codecommit_path_of(c, from, "filePath", false, &path))
        return NULL;
    if (m->commit.count == FILES_MOST) {
        call_fail(c, 400, "MaximumFileEntriesExceededException",
                  "The number of specified files to change as part of this commit exceeds the "
                  "maximum number of files that can be changed in a single commit (%d). Consider "
                  "using a Git client for these changes.",
                  FILES_MOST);
        return NULL;
    }
    for (size_t i = 0; i < m->commit.count; i++) {
        if (sv_eq(m->changes[i].path, path))
            call_fail(c, 400, "SamePathRequestException",
                      "The file path " SV_FMT " occurs more than once in the request.",
                      SV_ARG(sv_take(path, 256)));
    }
    *change = (struct file_change){.kind = kind, .path = path, .mode = mode_of(c, from)};
    m->commit.count++;
    return c->has_failed ? NULL : change;
}

static void add_content(struct making *m, const cJSON *from, const char *missing)
{
    struct call *c = m->repo.c;
    struct file_change *change = add(m, from, CHANGE_PUT);
    const cJSON *content = json_get(from, "fileContent");
    struct sb *bytes;

    if (change == NULL)
        return;
    if (json_get(from, "sourceFile") != NULL) {
        call_fail(c, 400, missing, "The sandbox copies no files: give fileContent for " SV_FMT ".",
                  SV_ARG(sv_take(change->path, 256)));
        return;
    }
    if (!cJSON_IsString(content)) {
        call_fail(c, 400, missing, "The content of the file " SV_FMT " is required.",
                  SV_ARG(sv_take(change->path, 256)));
        return;
    }
    bytes = &m->contents[change - m->changes];
    if (strlen(content->valuestring) / 4 * 3 <= (size_t)FILE_MOST + 3) {
        enum err_code rc = base64_decode(json_item_sv(content), bytes, c->err);

        if (rc == ERR_REPLY)
            call_fail(c, 400, "SerializationException", "fileContent is not base64");
        else
            (void)call_ok(c, rc);
        change->bytes = bytes->len == 0 ? SV("") : sb_sv(bytes);
    } else {
        change->bytes = sv_make(NULL, (size_t)FILE_MOST + 1);
    }
}

static struct sv folder_of(struct sv path)
{
    while (path.len > 0 && path.ptr[path.len - 1] != '/')
        path.len--;
    return path;
}

static void check_sizes(struct making *m)
{
    struct call *c = m->repo.c;
    size_t total = 0;

    for (size_t i = 0; i < m->commit.count && !c->has_failed; i++) {
        struct sv folder = folder_of(m->changes[i].path);
        size_t in_folder = 0;

        total += m->changes[i].bytes.len;
        for (size_t k = 0; k < m->commit.count; k++) {
            if (sv_eq(folder_of(m->changes[k].path), folder))
                in_folder += m->changes[k].bytes.len;
        }
        if (m->changes[i].bytes.len > FILE_MOST || total > FILES_MOST_BYTES)
            call_fail(c, 400, "FileContentSizeLimitExceededException",
                      "The file cannot be added because it is too large. The maximum file size is "
                      "6 MB, and the combined file content change size is 7 MB. Consider making "
                      "these changes using a Git client.");
        else if (in_folder > FILE_MOST)
            call_fail(c, 400, "FolderContentSizeLimitExceededException",
                      "The commit cannot be created because at least one of the overall changes in "
                      "the commit results in a folder whose contents exceed the limit of 6 MB. "
                      "Either reduce the number and size of your changes, or split the changes "
                      "across multiple folders.");
    }
}

/* Without a name the caller's own: the last part of its ARN. */
static void set_author(struct making *m, const char *name_member)
{
    struct call *c = m->repo.c;
    struct sv name = call_text(c, name_member, false);
    struct sv email = call_text(c, "email", false);
    struct commit_person *who = &m->commit.author;

    if (name.len == 0) {
        name = c->request->who.arn;
        while (sv_find(name, SV("/")) >= 0)
            (void)sv_cut(name, '/', &name);
    }
    if (name.len >= PERSON_MAX || email.len >= PERSON_MAX)
        call_fail(c, 400, "NameLengthExceededException",
                  "The user name is not valid because it has exceeded the character limit for "
                  "author names.");
    (void)snprintf(who->name, sizeof who->name, SV_FMT, SV_ARG(name));
    (void)snprintf(who->email, sizeof who->email, SV_FMT, SV_ARG(email));
    who->at_s = c->service->now_ms / 1000;
    m->commit.message = call_text(c, "commitMessage", false);
    m->commit.keep_folders = call_bool(c, "keepEmptyFolders", false);
}

static void explain(struct making *m, const char *when_same)
{
    struct call *c = m->repo.c;

    for (size_t i = 0; i < m->commit.count; i++) {
        struct sv path = sv_take(m->changes[i].path, 256);

        if (m->changes[i].result == CHANGE_NO_FILE)
            call_fail(c, 400, "FileDoesNotExistException",
                      "The specified file does not exist: " SV_FMT, SV_ARG(path));
        if (m->changes[i].result == CHANGE_IS_FOLDER)
            call_fail(c, 400, "FileNameConflictsWithDirectoryNameException",
                      "A file cannot be added to the repository because the specified file name "
                      "has the same name as a directory: " SV_FMT,
                      SV_ARG(path));
        if (m->changes[i].result == CHANGE_UNDER_FILE)
            call_fail(c, 400, "DirectoryNameConflictsWithFileNameException",
                      "A file cannot be added to the repository because the specified path name "
                      "has the same name as a file that already exists: " SV_FMT,
                      SV_ARG(path));
    }
    call_fail(c, 400, when_same,
              "The commit cannot be created because no changes will be made to the repository as a "
              "result of this commit. A commit must contain at least one change.");
}

/* The branch moves last. False: the call has failed. */
static bool finish(struct making *m, const char *when_same)
{
    struct call *c = m->repo.c;
    struct branch_move move = {.branch = m->branch, .old = m->head, .new = m->commit.commit};

    check_sizes(m);
    check_parent(m);
    if (c->has_failed || !call_ok(c, repository_commit(m->repo.git, &m->commit, c->err)))
        return false;
    if (m->commit.commit[0] == '\0') {
        explain(m, when_same);
        return false;
    }
    call_put(c, "commitId", sv_of(m->commit.commit));
    call_put(c, "treeId", sv_of(m->commit.tree));
    return !c->has_failed && call_ok(c, codecommit_moved(c->service, &m->repo.place, m->repo.git,
                                                         true, &move, c->err));
}

static void tell(struct making *m)
{
    static const struct {
        const char *list;
        enum change_result result;
    } lists[] = {{"filesAdded", CHANGE_ADDED},
                 {"filesUpdated", CHANGE_UPDATED},
                 {"filesDeleted", CHANGE_DELETED}};
    struct call *c = m->repo.c;

    for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
        cJSON *list = call_add(c, c->out, lists[l].list, cJSON_CreateArray());

        for (size_t i = 0; i < m->commit.count && !c->has_failed; i++) {
            const struct file_change *f = &m->changes[i];
            cJSON *item =
                f->result == lists[l].result ? call_add(c, list, NULL, cJSON_CreateObject()) : NULL;

            if (item != NULL)
                (void)repo_check(
                    c, member_put(item, "absolutePath", f->path) &&
                           member_put(item, "blobId", sv_of(f->blob)) &&
                           member_put(item, "fileMode", sv_of(codecommit_mode_name(f->mode_then))));
        }
    }
}

static void add_modes(struct making *m)
{
    for (const cJSON *f = json_list(m->repo.c->in, "setFileModes"); f != NULL; f = f->next) {
        if (json_sv(f, "fileMode").len == 0)
            call_fail(m->repo.c, 400, "FileModeRequiredException",
                      "The commit cannot be created because no file mode is specified.");
        (void)add(m, f, CHANGE_MODE);
    }
}

void codecommit_create_commit(struct call *c)
{
    struct making *m = begin(c);

    if (!c->has_failed && m != NULL) {
        for (const cJSON *f = json_list(c->in, "putFiles"); f != NULL && !c->has_failed;
             f = f->next)
            add_content(m, f, "SourceFileOrContentRequiredException");
        for (const cJSON *f = json_list(c->in, "deleteFiles"); f != NULL; f = f->next)
            (void)add(m, f, CHANGE_DELETE);
        add_modes(m);
        if (m->commit.count == 0)
            call_fail(c, 400, "FileEntryRequiredException",
                      "The commit cannot be created because no files have been specified as added, "
                      "updated, or changed (PutFile or DeleteFile) for the commit.");
        set_author(m, "authorName");
        if (finish(m, "NoChangeException"))
            tell(m);
    }
    end(m);
}

void codecommit_put_file(struct call *c)
{
    struct making *m = begin(c);

    if (!c->has_failed && m != NULL) {
        add_content(m, c->in, "FileContentRequiredException");
        set_author(m, "name");
        if (finish(m, "SameFileContentException"))
            call_put(c, "blobId", sv_of(m->changes[0].blob));
    }
    end(m);
}

void codecommit_delete_file(struct call *c)
{
    struct making *m = begin(c);

    if (!c->has_failed && m != NULL) {
        (void)add(m, c->in, CHANGE_DELETE);
        set_author(m, "name");
        if (finish(m, "FileDoesNotExistException")) {
            call_put(c, "blobId", sv_of(m->changes[0].blob));
            call_put(c, "filePath", m->changes[0].path);
        }
    }
    end(m);
}
