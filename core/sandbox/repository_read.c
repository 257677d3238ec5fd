/* What a repository holds: commits, folders, files and what differs between two commits. */
#include "core/base/mem.h"
#include "core/sandbox/repository_lib.h"

enum { DIFFERENCES_MAX = 100000 };

static enum err_code find_commit(struct repository *r, const char *commit, git_commit **out,
                                 struct err *err)
{
    git_oid id;
    int failed = repository_read_id(sv_of(commit), &id) ? git_commit_lookup(out, r->git, &id)
                                                        : GIT_ENOTFOUND;

    return failed ? repository_fail(failed, "find a commit", err) : ERR_OK;
}

enum err_code repository_tree(struct repository *r, const char *commit, git_tree **out,
                              struct err *err)
{
    git_commit *found;
    enum err_code rc = find_commit(r, commit, &found, err);
    int failed;

    if (rc)
        return rc;
    failed = git_commit_tree(out, found);
    git_commit_free(found);
    return failed ? repository_fail(failed, "read a commit's tree", err) : ERR_OK;
}

static void copy_person(const git_signature *from, struct commit_person *out)
{
    (void)snprintf(out->name, sizeof out->name, "%s", from->name);
    (void)snprintf(out->email, sizeof out->email, "%s", from->email);
    out->at_s = from->when.time;
    out->offset_minutes = from->when.offset;
}

enum err_code repository_read_commit(struct repository *r, const char *commit,
                                     struct commit_text *out, struct err *err)
{
    git_commit *found;
    const char *message;
    enum err_code rc;

    if (r->seeded != NULL)
        return seed_repository_read(r->seeded, commit, out, err);
    rc = find_commit(r, commit, &found, err);
    if (rc)
        return rc;
    (void)git_oid_tostr(out->tree, OBJECT_SIZE, git_commit_tree_id(found));
    out->parent_count = git_commit_parentcount(found);
    if (out->parent_count > PARENTS_MAX)
        out->parent_count = PARENTS_MAX;
    for (size_t i = 0; i < out->parent_count; i++)
        (void)git_oid_tostr(out->parents[i], OBJECT_SIZE, git_commit_parent_id(found, (unsigned)i));
    copy_person(git_commit_author(found), &out->author);
    copy_person(git_commit_committer(found), &out->committer);
    message = git_commit_message(found);
    rc = sb_add(&out->message, sv_of(message == NULL ? "" : message), err);
    git_commit_free(found);
    return rc;
}

static void fill(const git_tree_entry *from, struct repository_entry *out)
{
    git_filemode_t mode = git_tree_entry_filemode(from);

    out->kind = mode == GIT_FILEMODE_TREE     ? ENTRY_FOLDER
                : mode == GIT_FILEMODE_LINK   ? ENTRY_LINK
                : mode == GIT_FILEMODE_COMMIT ? ENTRY_MODULE
                                              : ENTRY_FILE;
    out->mode = (int)mode;
    (void)git_oid_tostr(out->id, OBJECT_SIZE, git_tree_entry_id(from));
}

enum err_code repository_find(struct repository *r, const char *commit, struct sv path,
                              struct repository_entry *out, struct err *err)
{
    char name[TREE_PATH_MAX + 1];
    git_tree *tree;
    git_tree_entry *entry = NULL;
    int failed;
    enum err_code rc;

    if (r->seeded != NULL)
        return seed_repository_find(r->seeded, commit, path, out, err);
    rc = repository_tree(r, commit, &tree, err);
    if (rc)
        return rc;
    failed =
        repository_path(path, name) ? git_tree_entry_bypath(&entry, tree, name) : GIT_ENOTFOUND;
    if (failed) {
        rc = repository_fail(failed, "find a path", err);
    } else {
        *out = (struct repository_entry){0};
        fill(entry, out);
    }
    git_tree_entry_free(entry);
    git_tree_free(tree);
    return rc;
}

static enum err_code each(const git_tree *tree, struct sv path, entry_fn *fn, void *owner,
                          struct err *err)
{
    CLEANUP(sb_release) struct sb full;
    enum err_code rc = ERR_OK;

    sb_init(&full, (size_t)2 * TREE_PATH_MAX);
    for (size_t i = 0; i < git_tree_entrycount(tree) && !rc; i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
        struct repository_entry e = {.name = sv_of(git_tree_entry_name(entry))};

        fill(entry, &e);
        sb_clear(&full);
        rc = sb_addf(&full, err, SV_FMT "%s" SV_FMT, SV_ARG(path), path.len == 0 ? "" : "/",
                     SV_ARG(e.name));
        e.path = sb_sv(&full);
        if (!rc)
            rc = fn(owner, &e, err);
    }
    return rc;
}

/* The root itself is no entry of a tree. */
static int descend(struct repository *r, git_tree *root, struct sv path, git_tree **out)
{
    char name[TREE_PATH_MAX + 1];
    git_tree_entry *entry = NULL;
    int failed;

    if (path.len == 0)
        return git_tree_dup(out, root);
    failed =
        repository_path(path, name) ? git_tree_entry_bypath(&entry, root, name) : GIT_ENOTFOUND;
    if (!failed && git_tree_entry_type(entry) != GIT_OBJECT_TREE)
        failed = GIT_ENOTFOUND;
    if (!failed)
        failed = git_tree_lookup(out, r->git, git_tree_entry_id(entry));
    git_tree_entry_free(entry);
    return failed;
}

enum err_code repository_folder(struct repository *r, const char *commit, struct sv path,
                                entry_fn *fn, void *owner, char tree[OBJECT_SIZE], struct err *err)
{
    git_tree *root;
    git_tree *folder = NULL;
    enum err_code rc;
    int failed;

    if (r->seeded != NULL)
        return seed_repository_folder(r->seeded, commit, path, fn, owner, tree, err);
    rc = repository_tree(r, commit, &root, err);
    if (rc)
        return rc;
    failed = descend(r, root, path, &folder);
    if (failed) {
        rc = repository_fail(failed, "find a folder", err);
    } else {
        (void)git_oid_tostr(tree, OBJECT_SIZE, git_tree_id(folder));
        rc = each(folder, path, fn, owner, err);
    }
    git_tree_free(folder);
    git_tree_free(root);
    return rc;
}

enum err_code repository_blob(struct repository *r, const char *id, size_t most, struct sb *out,
                              struct err *err)
{
    git_blob *blob = NULL;
    git_oid oid;
    enum err_code rc;
    int failed;

    if (r->seeded != NULL)
        return seed_repository_blob(r->seeded, id, most, out, err);
    failed =
        repository_read_id(sv_of(id), &oid) ? git_blob_lookup(&blob, r->git, &oid) : GIT_ENOTFOUND;
    if (failed)
        return repository_fail(failed, "find a blob", err);
    if ((uint64_t)git_blob_rawsize(blob) > most)
        rc = err_set(err, ERR_LIMIT, "the file is larger than %zu bytes", most);
    else
        rc = sb_add(out, sv_make(git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob)), err);
    git_blob_free(blob);
    return rc;
}

static void fill_side(const git_diff_file *file, bool is_there, char id[OBJECT_SIZE], int *mode)
{
    id[0] = '\0';
    *mode = 0;
    if (!is_there)
        return;
    (void)git_oid_tostr(id, OBJECT_SIZE, &file->id);
    *mode = file->mode;
}

static enum err_code tell(const git_diff *diff, difference_fn *fn, void *owner, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (git_diff_num_deltas(diff) > DIFFERENCES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d files differ", DIFFERENCES_MAX);
    for (size_t i = 0; i < git_diff_num_deltas(diff) && !rc; i++) {
        const git_diff_delta *delta = git_diff_get_delta(diff, i);
        bool is_new = delta->status == GIT_DELTA_ADDED;
        bool is_gone = delta->status == GIT_DELTA_DELETED;
        struct difference d = {.kind = is_new    ? 'A'
                                       : is_gone ? 'D'
                                                 : 'M',
                               .path = sv_of(delta->new_file.path)};

        fill_side(&delta->old_file, !is_new, d.before, &d.before_mode);
        fill_side(&delta->new_file, !is_gone, d.after, &d.after_mode);
        rc = fn(owner, &d, err);
    }
    return rc;
}

enum err_code repository_differences(struct repository *r, const char *before, const char *after,
                                     difference_fn *fn, void *owner, struct err *err)
{
    git_tree *from = NULL;
    git_tree *to = NULL;
    git_diff *diff = NULL;
    enum err_code rc;

    if (r->seeded != NULL)
        return seed_repository_differences(r->seeded, before, after, fn, owner, err);
    rc = before[0] == '\0' ? ERR_OK : repository_tree(r, before, &from, err);
    if (!rc)
        rc = repository_tree(r, after, &to, err);
    if (!rc) {
        int failed = git_diff_tree_to_tree(&diff, r->git, from, to, NULL);

        rc = failed ? repository_fail(failed, "compare two commits", err)
                    : tell(diff, fn, owner, err);
    }
    git_diff_free(diff);
    git_tree_free(to);
    git_tree_free(from);
    return rc;
}
