#include "core/sandbox/repository.h"

#include "core/base/mem.h"
#include "core/sandbox/repository_lib.h"

static const char HEADS[] = "refs/heads/";

enum { BRANCH_MAX = 256, BRANCHES_MAX = 10000, REFERENCE_MAX = 300 };

enum err_code repository_fail(int code, const char *what, struct err *err)
{
    const git_error *last = git_error_last();

    return err_set(err, code == GIT_ENOTFOUND ? ERR_NOT_FOUND : ERR_FAILED, "cannot %s: %s", what,
                   last == NULL || last->message == NULL ? "git gives no reason" : last->message);
}

bool repository_read_id(struct sv text, git_oid *out)
{
    return text.len == OBJECT_SIZE - 1 && git_oid_fromstrn(out, text.ptr, text.len) == 0;
}

bool repository_path(struct sv path, char out[TREE_PATH_MAX + 1])
{
    if (path.len > TREE_PATH_MAX || (path.len > 0 && memchr(path.ptr, '\0', path.len) != NULL))
        return false;
    if (path.len > 0)
        memcpy(out, path.ptr, path.len);
    out[path.len] = '\0';
    return true;
}

/* Never shut down: its memory stays reachable until the end. Nobody's configuration is read. */
static enum err_code start_library(struct err *err)
{
    static bool done;

    if (done)
        return ERR_OK;
    if (git_libgit2_init() < 0)
        return repository_fail(0, "start libgit2", err);
    for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA; level <= GIT_CONFIG_LEVEL_GLOBAL; level++)
        (void)git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    done = true;
    return ERR_OK;
}

enum err_code repository_create(const char *path, struct err *err)
{
    git_repository_init_options options;
    git_repository *git = NULL;
    enum err_code rc = start_library(err);
    int failed;

    if (rc)
        return rc;
    (void)git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
    options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKDIR |
                    GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_NO_REINIT;
    options.initial_head = "main";
    failed = git_repository_init_ext(&git, path, &options);
    git_repository_free(git);
    return failed ? repository_fail(failed, "make a repository", err) : ERR_OK;
}

enum err_code repository_open(const char *path, struct repository **out, struct err *err)
{
    enum err_code rc = start_library(err);
    struct repository *r;
    int failed;

    if (rc)
        return rc;
    r = mem_alloc(sizeof *r);
    if (r == NULL)
        return mem_err(err);
    failed = git_repository_open_bare(&r->git, path);
    if (failed) {
        mem_free(r);
        return repository_fail(failed, "open a repository", err);
    }
    *out = r;
    return ERR_OK;
}

enum err_code repository_wrap(struct seed_repository *seeded, struct repository **out,
                              struct err *err)
{
    struct repository *r = mem_alloc(sizeof *r);

    if (r == NULL) {
        seed_repository_close(seeded);
        return mem_err(err);
    }
    r->seeded = seeded;
    *out = r;
    return ERR_OK;
}

bool repository_is_seeded(const struct repository *r)
{
    return r->seeded != NULL;
}

static enum err_code refuse(struct err *err)
{
    return err_set(err, ERR_FAILED, "the repository of a seeded pipeline cannot be changed so");
}

void repository_close(struct repository *r)
{
    if (r == NULL)
        return;
    git_repository_free(r->git);
    seed_repository_close(r->seeded);
    mem_free(r);
}

/* refs/heads/BRANCH; false when that is no name. */
static bool full_name(struct sv branch, char out[REFERENCE_MAX])
{
    int is_valid = 0;

    if (branch.len == 0 || branch.len > BRANCH_MAX || branch.ptr[0] == '-' ||
        memchr(branch.ptr, '\0', branch.len) != NULL)
        return false;
    (void)snprintf(out, REFERENCE_MAX, "%s" SV_FMT, HEADS, SV_ARG(branch));
    return git_reference_name_is_valid(&is_valid, out) == 0 && is_valid == 1;
}

bool repository_is_branch_name(struct sv name)
{
    char full[REFERENCE_MAX];

    return start_library(NULL) == ERR_OK && full_name(name, full);
}

/* "" when the reference leads to no commit. */
static enum err_code peel(struct repository *r, const char *name, char commit[OBJECT_SIZE],
                          struct err *err)
{
    git_reference *reference = NULL;
    git_object *object = NULL;
    int failed = git_reference_lookup(&reference, r->git, name);

    commit[0] = '\0';
    if (!failed)
        failed = git_reference_peel(&object, reference, GIT_OBJECT_COMMIT);
    if (!failed)
        (void)git_oid_tostr(commit, OBJECT_SIZE, git_object_id(object));
    git_object_free(object);
    git_reference_free(reference);
    if (!failed || failed == GIT_ENOTFOUND || failed == GIT_EINVALIDSPEC || failed == GIT_EPEEL)
        return ERR_OK;
    return repository_fail(failed, "read a reference", err);
}

enum err_code repository_branch(struct repository *r, struct sv branch, char commit[OBJECT_SIZE],
                                struct err *err)
{
    char name[REFERENCE_MAX];

    commit[0] = '\0';
    if (r->seeded != NULL) {
        seed_repository_branch(r->seeded, branch, commit);
        return ERR_OK;
    }
    return full_name(branch, name) ? peel(r, name, commit, err) : ERR_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum err_code repository_branches(struct repository *r, branch_fn *fn, void *owner, struct err *err)
{
    git_strarray names = {0};
    enum err_code rc = ERR_OK;
    int failed;

    if (r->seeded != NULL)
        return seed_repository_branches(r->seeded, fn, owner, err);
    failed = git_reference_list(&names, r->git);
    if (failed)
        return repository_fail(failed, "list references", err);
    if (names.count > BRANCHES_MAX)
        rc = err_set(err, ERR_LIMIT, "more than %d references in a repository", BRANCHES_MAX);
    if (names.count > 1)
        qsort(names.strings, names.count, sizeof names.strings[0], by_text);
    for (size_t i = 0; i < names.count && !rc; i++) {
        struct sv name = sv_of(names.strings[i]);
        char commit[OBJECT_SIZE];

        if (!sv_starts(name, sv_of(HEADS)))
            continue;
        rc = peel(r, names.strings[i], commit, err);
        if (!rc && commit[0] != '\0')
            rc = fn(owner, sv_drop(name, strlen(HEADS)), commit, err);
    }
    git_strarray_dispose(&names);
    return rc;
}

enum err_code repository_move_branch(struct repository *r, struct sv branch, const char *commit,
                                     struct err *err)
{
    char name[REFERENCE_MAX];
    git_reference *made = NULL;
    git_oid id;
    int failed;

    if (r->seeded != NULL)
        return refuse(err);
    if (!full_name(branch, name) || !repository_read_id(sv_of(commit), &id))
        return err_set(err, ERR_FAILED, "\"" SV_FMT "\" cannot be a branch", SV_ARG(branch));
    failed = git_reference_create(&made, r->git, name, &id, 1, NULL);
    git_reference_free(made);
    return failed ? repository_fail(failed, "move a branch", err) : ERR_OK;
}

enum err_code repository_drop_branch(struct repository *r, struct sv branch, struct err *err)
{
    char name[REFERENCE_MAX];
    int failed;

    if (r->seeded != NULL)
        return refuse(err);
    if (!full_name(branch, name))
        return ERR_OK;
    failed = git_reference_remove(r->git, name);
    return failed ? repository_fail(failed, "remove a branch", err) : ERR_OK;
}

enum err_code repository_point_head(struct repository *r, struct sv branch, struct err *err)
{
    char name[REFERENCE_MAX];
    int failed;

    if (r->seeded != NULL) /* its record says it */
        return ERR_OK;
    failed = full_name(branch, name) ? git_repository_set_head(r->git, name) : GIT_EINVALIDSPEC;
    return failed ? repository_fail(failed, "set the default branch", err) : ERR_OK;
}

enum err_code repository_find_commit(struct repository *r, struct sv specifier,
                                     char commit[OBJECT_SIZE], struct err *err)
{
    static const char *const roots[] = {"refs/heads/", "refs/tags/", ""};
    git_oid id;

    commit[0] = '\0';
    if (r->seeded != NULL) {
        seed_repository_find_commit(r->seeded, specifier, commit);
        return ERR_OK;
    }
    if (repository_read_id(specifier, &id)) {
        git_commit *found = NULL;

        if (git_commit_lookup(&found, r->git, &id) == 0)
            (void)git_oid_tostr(commit, OBJECT_SIZE, &id);
        git_commit_free(found);
        return ERR_OK;
    }
    if (specifier.len == 0 || specifier.len > BRANCH_MAX ||
        memchr(specifier.ptr, '\0', specifier.len) != NULL)
        return ERR_OK;
    for (size_t i = 0; i < ARRAY_LEN(roots) && commit[0] == '\0'; i++) {
        char name[REFERENCE_MAX];
        enum err_code rc;

        (void)snprintf(name, sizeof name, "%s" SV_FMT, roots[i], SV_ARG(specifier));
        rc = peel(r, name, commit, err);
        if (rc)
            return rc;
    }
    return ERR_OK;
}

enum err_code repository_divergence(struct repository *r, const char *one, const char *other,
                                    size_t *only_one, size_t *only_other, struct err *err)
{
    int64_t distance = 0;
    git_oid first;
    git_oid second;
    int failed = 0;
    enum err_code rc;

    if (r->seeded != NULL) {
        rc = seed_repository_distance(r->seeded, one, other, &distance, err);
        *only_one = distance < 0 ? (size_t)-distance : 0;
        *only_other = distance > 0 ? (size_t)distance : 0;
        return rc;
    }
    if (!repository_read_id(sv_of(one), &first) || !repository_read_id(sv_of(other), &second))
        failed = GIT_ENOTFOUND;
    if (!failed)
        failed = git_graph_ahead_behind(only_one, only_other, r->git, &first, &second);
    return failed ? repository_fail(failed, "compare two histories", err) : ERR_OK;
}
