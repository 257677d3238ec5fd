/* A new commit, and a merge that is only tried: in an index that exists in memory only. */
#include "core/sandbox/repository_lib.h"

/* Both fill result; true: the change goes on. */
static bool fits(git_index *index, const char *path, struct file_change *change)
{
    char prefix[TREE_PATH_MAX + 2];

    (void)snprintf(prefix, sizeof prefix, "%s/", path);
    if (git_index_find_prefix(NULL, index, prefix) == 0) {
        change->result = CHANGE_IS_FOLDER;
        return false;
    }
    for (char *slash = strchr(prefix, '/'); slash[1] != '\0'; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (git_index_get_bypath(index, prefix, 0) != NULL) {
            change->result = CHANGE_UNDER_FILE;
            return false;
        }
        *slash = '/';
    }
    return true;
}

static enum err_code put(struct repository *r, git_index *index, const char *path,
                         struct file_change *change, struct err *err)
{
    const git_index_entry *old = git_index_get_bypath(index, path, 0);
    git_index_entry entry = {.path = path};
    int failed = 0;

    if (old == NULL && !fits(index, path, change))
        return ERR_OK;
    entry.mode = change->mode != 0 ? (uint32_t)change->mode
                 : old != NULL     ? old->mode
                                   : (uint32_t)GIT_FILEMODE_BLOB;
    if (change->kind == CHANGE_MODE)
        entry.id = old->id;
    else
        failed =
            git_blob_create_from_buffer(&entry.id, r->git, change->bytes.ptr, change->bytes.len);
    if (failed)
        return repository_fail(failed, "write a file", err);
    (void)git_oid_tostr(change->blob, OBJECT_SIZE, &entry.id);
    change->mode_then = (int)entry.mode;
    change->result = old == NULL ? CHANGE_ADDED : CHANGE_UPDATED;
    if (old != NULL && git_oid_equal(&old->id, &entry.id) && old->mode == entry.mode) {
        change->result = CHANGE_SAME;
        return ERR_OK;
    }
    failed = git_index_add(index, &entry);
    return failed ? repository_fail(failed, "change a folder", err) : ERR_OK;
}

static enum err_code keep_folder(struct repository *r, git_index *index, const char *path,
                                 struct err *err)
{
    char folder[TREE_PATH_MAX + 16];
    git_index_entry entry = {.path = folder, .mode = GIT_FILEMODE_BLOB};
    const char *slash = strrchr(path, '/');
    int failed;

    if (slash == NULL)
        return ERR_OK;
    (void)snprintf(folder, sizeof folder, "%.*s/", (int)(slash - path), path);
    if (git_index_find_prefix(NULL, index, folder) == 0)
        return ERR_OK;
    (void)snprintf(folder, sizeof folder, "%.*s/.gitkeep", (int)(slash - path), path);
    failed = git_blob_create_from_buffer(&entry.id, r->git, "", 0);
    if (!failed)
        failed = git_index_add(index, &entry);
    return failed ? repository_fail(failed, "keep a folder", err) : ERR_OK;
}

static enum err_code drop(struct repository *r, git_index *index, const char *path,
                          struct file_change *change, bool keeps_folder, struct err *err)
{
    const git_index_entry *old = git_index_get_bypath(index, path, 0);
    int failed;

    (void)git_oid_tostr(change->blob, OBJECT_SIZE, &old->id);
    change->mode_then = (int)old->mode;
    change->result = CHANGE_DELETED;
    failed = git_index_remove(index, path, 0);
    if (failed)
        return repository_fail(failed, "delete a file", err);
    return keeps_folder ? keep_folder(r, index, path, err) : ERR_OK;
}

static enum err_code apply(struct repository *r, git_index *index, struct new_commit *n,
                           struct file_change *change, struct err *err)
{
    char path[TREE_PATH_MAX + 1];

    if (!repository_path(change->path, path))
        return err_set(err, ERR_LIMIT, "a path is longer than %d bytes", TREE_PATH_MAX);
    change->result = CHANGE_NO_FILE;
    if (change->kind != CHANGE_PUT && git_index_get_bypath(index, path, 0) == NULL)
        return ERR_OK;
    return change->kind == CHANGE_DELETE ? drop(r, index, path, change, n->keep_folders, err)
                                         : put(r, index, path, change, err);
}

/* What would end a name or a line of a commit does not get into it. */
static void clean(const char *from, char out[PERSON_MAX])
{
    size_t at = 0;

    for (; *from != '\0' && at + 1 < PERSON_MAX; from++) {
        if (strchr("<>\n\r", *from) == NULL)
            out[at++] = *from;
    }
    out[at] = '\0';
}

static enum err_code write_commit(struct repository *r, struct new_commit *n,
                                  const git_commit *parent, const git_oid *tree_id, struct err *err)
{
    CLEANUP(sb_release) struct sb message;
    char name[PERSON_MAX];
    char email[PERSON_MAX];
    git_signature who = {.name = name,
                         .email = email,
                         .when = {.time = n->author.at_s,
                                  .offset = n->author.offset_minutes,
                                  .sign = n->author.offset_minutes < 0 ? '-' : '+'}};
    git_tree *tree = NULL;
    git_oid id;
    int failed = git_tree_lookup(&tree, r->git, tree_id);
    enum err_code rc;

    clean(n->author.name, name);
    clean(n->author.email, email);
    sb_init(&message, n->message.len + 1);
    rc = sb_add(&message, n->message, err);
    if (!failed && !rc)
        failed = git_commit_create(&id, r->git, NULL, &who, &who, NULL, sb_cstr(&message), tree,
                                   parent == NULL ? 0 : 1, &parent);
    git_tree_free(tree);
    if (rc || failed)
        return rc ? rc : repository_fail(failed, "write a commit", err);
    (void)git_oid_tostr(n->tree, OBJECT_SIZE, tree_id);
    (void)git_oid_tostr(n->commit, OBJECT_SIZE, &id);
    return ERR_OK;
}

/* False when one of them cannot be, or all of them are as it was. */
static bool is_worth_it(const struct new_commit *n)
{
    bool changes = false;

    for (size_t i = 0; i < n->count; i++) {
        if (n->changes[i].result >= CHANGE_NO_FILE)
            return false;
        changes = changes || n->changes[i].result != CHANGE_SAME;
    }
    return changes;
}

static enum err_code build(struct repository *r, git_index *index, struct new_commit *n,
                           const git_commit *parent, struct err *err)
{
    git_oid tree;
    int failed;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < n->count && !rc; i++)
        rc = apply(r, index, n, &n->changes[i], err);
    if (rc || !is_worth_it(n))
        return rc;
    failed = git_index_write_tree_to(&tree, index, r->git);
    return failed ? repository_fail(failed, "write folders", err)
                  : write_commit(r, n, parent, &tree, err);
}

enum err_code repository_commit(struct repository *r, struct new_commit *n, struct err *err)
{
    git_index *index = NULL;
    git_commit *parent = NULL;
    git_tree *tree = NULL;
    git_oid id;
    enum err_code rc = ERR_OK;
    int failed;

    if (r->seeded != NULL)
        return err_set(err, ERR_FAILED, "a seeded repository cannot be committed to");
    failed = git_index_new(&index);
    n->commit[0] = '\0';
    if (!failed && n->parent.len > 0) {
        failed = repository_read_id(n->parent, &id) ? git_commit_lookup(&parent, r->git, &id)
                                                    : GIT_ENOTFOUND;
        if (!failed)
            failed = git_commit_tree(&tree, parent);
        if (!failed)
            failed = git_index_read_tree(index, tree);
    }
    rc = failed ? repository_fail(failed, "read the parent", err) : build(r, index, n, parent, err);
    git_tree_free(tree);
    git_commit_free(parent);
    git_index_free(index);
    return rc;
}

/* ---- a merge that is only tried ---- */

static enum err_code each_conflict(git_index *index, conflict_fn *fn, void *owner, struct err *err)
{
    git_index_conflict_iterator *conflicts = NULL;
    const git_index_entry *ancestor;
    const git_index_entry *ours;
    const git_index_entry *theirs;
    enum err_code rc = ERR_OK;
    int failed = git_index_conflict_iterator_new(&conflicts, index);

    while (!failed && !rc && git_index_conflict_next(&ancestor, &ours, &theirs, conflicts) == 0) {
        const git_index_entry *any = ours != NULL ? ours : theirs != NULL ? theirs : ancestor;

        rc = fn(owner, sv_of(any->path), err);
    }
    git_index_conflict_iterator_free(conflicts);
    return failed ? repository_fail(failed, "list conflicts", err) : rc;
}

/* In a seeded repository one history contains the other. */
enum err_code repository_conflicts(struct repository *r, const char *one, const char *other,
                                   char base[OBJECT_SIZE], conflict_fn *fn, void *owner,
                                   struct err *err)
{
    git_commit *ours = NULL;
    git_commit *theirs = NULL;
    git_index *index = NULL;
    git_oid first;
    git_oid second;
    git_oid common;
    enum err_code rc = ERR_OK;
    int failed = 0;

    base[0] = '\0';
    if (r->seeded != NULL)
        return ERR_OK;
    if (!repository_read_id(sv_of(one), &first) || !repository_read_id(sv_of(other), &second))
        failed = GIT_ENOTFOUND;
    if (!failed && git_merge_base(&common, r->git, &first, &second) == 0)
        (void)git_oid_tostr(base, OBJECT_SIZE, &common);
    if (!failed)
        failed = git_commit_lookup(&ours, r->git, &first);
    if (!failed)
        failed = git_commit_lookup(&theirs, r->git, &second);
    if (!failed)
        failed = git_merge_commits(&index, r->git, ours, theirs, NULL);
    rc =
        failed ? repository_fail(failed, "try a merge", err) : each_conflict(index, fn, owner, err);
    git_index_free(index);
    git_commit_free(theirs);
    git_commit_free(ours);
    return rc;
}
