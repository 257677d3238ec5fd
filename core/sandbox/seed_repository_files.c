/* The files of a seeded repository at each of its commits: which version of which are there. */
#include "core/sandbox/seed_files.h"
#include "core/sandbox/seed_repository_parts.h"

/* Of the files that a commit touches, of a file's version in it, and of a folder. */
enum { SALT_TOUCH = 43, SALT_FILE = 500, SALT_TREE = 37, FILES_TOUCHED_MAX = 3 };

/* One of those that stay is always among them: a commit changes something. */
static bool touches(const struct commit *c, size_t file)
{
    uint64_t mixed = hash_mix(c->id.hi ^ SALT_TOUCH);
    size_t count = 1 + mixed % FILES_TOUCHED_MAX;

    for (size_t i = 0; i < count; i++) {
        size_t touched;

        mixed = hash_mix(mixed);
        touched = mixed % seed_files_count();
        while (i == 0 && seed_file_life(touched) != SEED_FILE_STAYS)
            touched = (touched + 1) % seed_files_count();
        if (touched == file)
            return true;
    }
    return false;
}

/* The version that the commit at that place has; false: it has no such file. */
static bool version_at(const struct seed_repository *r, size_t at, size_t file, struct uid *out)
{
    enum seed_file_life life = seed_file_life(file);

    for (size_t i = at; i > 0; i--) {
        if (!touches(&r->commits[i], file))
            continue;
        *out = uid_derive(r->commits[i].id, SALT_FILE + file);
        return life != SEED_FILE_IS_REMOVED;
    }
    *out = uid_derive(r->commits[0].id, SALT_FILE + file);
    return life != SEED_FILE_IS_ADDED;
}

void seed_folder_id(const struct seed_repository *r, size_t at, struct sv path,
                    char out[OBJECT_SIZE])
{
    struct uid id = {hash_text(path), SALT_TREE};
    struct uid version;

    for (size_t f = 0; f < seed_files_count(); f++) {
        if (sv_starts(seed_file_path(f), path) && version_at(r, at, f, &version))
            id = uid_derive(id, version.lo);
    }
    (void)uid_commit(id, out);
}

static void fill_file(size_t file, struct uid version, struct repository_entry *out)
{
    out->kind = ENTRY_FILE;
    out->mode = seed_file_mode(file);
    (void)uid_commit(version, out->id);
}

enum err_code seed_repository_find(const struct seed_repository *r, const char *commit,
                                   struct sv path, struct repository_entry *out, struct err *err)
{
    size_t at = seed_commit_at(r, sv_of(commit));
    struct uid version;

    if (at == r->count)
        return seed_no_commit(commit, err);
    *out = (struct repository_entry){0};
    for (size_t f = 0; f < seed_files_count(); f++) {
        struct sv name = seed_file_path(f);

        if (!sv_starts(name, path) || !version_at(r, at, f, &version))
            continue;
        if (name.len == path.len) {
            fill_file(f, version, out);
            return ERR_OK;
        }
        if (name.ptr[path.len] == '/') {
            out->kind = ENTRY_FOLDER;
            out->mode = 040000;
            seed_folder_id(r, at, sv_take(name, path.len + 1), out->id);
            return ERR_OK;
        }
    }
    return err_set(err, ERR_NOT_FOUND, "there is no such path");
}

/* Files are in the order of their paths, so a folder's stand together. */
enum err_code seed_repository_folder(const struct seed_repository *r, const char *commit,
                                     struct sv path, entry_fn *fn, void *owner,
                                     char tree[OBJECT_SIZE], struct err *err)
{
    size_t at = seed_commit_at(r, sv_of(commit));
    size_t skip = path.len == 0 ? 0 : path.len + 1;
    struct sv last = SV_NONE;
    struct sv whole = SV(""); /* the path with its slash */
    bool is_there = path.len == 0;
    struct uid version;
    enum err_code rc = ERR_OK;

    if (at == r->count)
        return seed_no_commit(commit, err);
    for (size_t f = 0; f < seed_files_count() && !rc; f++) {
        struct sv name = seed_file_path(f);
        struct repository_entry e = {0};
        struct sv rest;

        if (!sv_starts(name, path) ||
            (skip > 0 && (name.len < skip || name.ptr[path.len] != '/')) ||
            !version_at(r, at, f, &version))
            continue;
        is_there = true;
        whole = sv_take(name, skip);
        e.name = sv_cut(sv_drop(name, skip), '/', &rest);
        e.path = sv_take(name, skip + e.name.len);
        if (rest.ptr != NULL && sv_eq(e.path, last))
            continue;
        last = e.path;
        fill_file(f, version, &e);
        if (rest.ptr != NULL) {
            e.kind = ENTRY_FOLDER;
            e.mode = 040000;
            seed_folder_id(r, at, sv_take(name, e.path.len + 1), e.id);
        }
        rc = fn(owner, &e, err);
    }
    if (!is_there)
        return err_set(err, ERR_NOT_FOUND, "there is no such folder");
    seed_folder_id(r, at, whole, tree);
    return rc;
}

enum err_code seed_repository_blob(const struct seed_repository *r, const char *id, size_t most,
                                   struct sb *out, struct err *err)
{
    size_t before = out->len;

    for (size_t i = 0; i < r->count; i++) {
        for (size_t f = 0; f < seed_files_count(); f++) {
            struct uid version = uid_derive(r->commits[i].id, SALT_FILE + f);
            char text[COMMIT_SIZE];
            enum err_code rc;

            if ((i > 0 && !touches(&r->commits[i], f)) ||
                strncmp(uid_commit(version, text), id, OBJECT_SIZE - 1) != 0)
                continue;
            rc = seed_file_text(f, version, out, err);
            return !rc && out->len - before > most
                       ? err_set(err, ERR_LIMIT, "the file is larger than %zu bytes", most)
                       : rc;
        }
    }
    return err_set(err, ERR_NOT_FOUND, "there is no such blob");
}

enum err_code seed_repository_differences(const struct seed_repository *r, const char *before,
                                          const char *after, difference_fn *fn, void *owner,
                                          struct err *err)
{
    size_t from = seed_commit_at(r, sv_of(before));
    size_t to = seed_commit_at(r, sv_of(after));
    enum err_code rc = ERR_OK;

    if (to == r->count || (before[0] != '\0' && from == r->count))
        return seed_no_commit(to == r->count ? after : before, err);
    for (size_t f = 0; f < seed_files_count() && !rc; f++) {
        struct difference d = {.path = seed_file_path(f)};
        struct uid old = UID_NONE;
        struct uid new = UID_NONE;
        bool was = before[0] != '\0' && version_at(r, from, f, &old);
        bool is = version_at(r, to, f, &new);

        if ((!was && !is) || (was && is && uid_eq(old, new)))
            continue;
        d.kind = !was ? 'A' : !is ? 'D' : 'M';
        d.before_mode = was ? seed_file_mode(f) : 0;
        d.after_mode = is ? seed_file_mode(f) : 0;
        if (was)
            (void)uid_commit(old, d.before);
        if (is)
            (void)uid_commit(new, d.after);
        rc = fn(owner, &d, err);
    }
    return rc;
}
