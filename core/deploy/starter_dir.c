/* A folder of the host's as the first files. Everything is opened by descriptor, no link is
 * followed, and what cannot be committed is refused by name: a first commit that lacks a file
 * unseen would be worse than none. */
#include "core/deploy/starter.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIR_DEPTH_MAX = 20, DIR_ENTRIES_MAX = 20000, DIR_PATH_SIZE = 1024 };

struct walk {
    struct starter_set *set;
    const char *dir;
    size_t entries;
};

static enum err_code unreadable(const struct walk *w, const char *path, struct err *err)
{
    return err_set(err, ERR_USAGE, "cannot read %s/%s: %s; make it readable or leave it out",
                   w->dir, path, strerror(errno));
}

/* Git's, and CodeCommit's, idea of a path: what ends up in somebody's terminal holds no controls.
 */
static bool is_committable(struct sv path)
{
    while (path.len > 0) {
        struct sv before = path;
        uint32_t c = utf8_next(&path);

        if (c == '\\' || (c == 0xFFFD && before.len - path.len == 1) || text_safe(c) != c)
            return false;
    }
    return true;
}

static enum err_code fill(const struct walk *w, int fd, const char *path, struct sv bytes,
                          char *into, struct err *err)
{
    size_t at = 0;

    for (;;) {
        /* One byte more than there should be, to see whether it grew. */
        ssize_t got = read(fd, into + at, bytes.len + 1 - at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return unreadable(w, path, err);
        at += (size_t)got;
        if (at > bytes.len || (got == 0 && at < bytes.len))
            return err_set(err, ERR_USAGE, "%s/%s changed while it was read; try again", w->dir,
                           path);
        if (got == 0)
            return ERR_OK;
    }
}

static enum err_code take_file(struct walk *w, int fd, const char *path, const struct stat *st,
                               struct err *err)
{
    struct sv bytes = {NULL, (size_t)st->st_size};
    enum err_code rc;
    char *into;

    if (st->st_size > REPOSITORY_FILE_MAX)
        return err_set(err, ERR_LIMIT,
                       "%s/%s is larger than %d MB, which is what CodeCommit takes; leave it out",
                       w->dir, path, REPOSITORY_FILE_MAX / (1024 * 1024));
    into = arena_alloc(w->set->arena, bytes.len + 1, 1);
    if (into == NULL)
        return arena_err(w->set->arena, err);
    rc = fill(w, fd, path, bytes, into, err);
    if (rc)
        return rc;
    bytes.ptr = into;
    return starter_add(w->set, sv_of(path), bytes, (st->st_mode & S_IXUSR) != 0, err);
}

static enum err_code refuse_kind(const struct walk *w, const char *path, const struct stat *st,
                                 struct err *err)
{
    if (S_ISLNK(st->st_mode))
        return err_set(err, ERR_USAGE,
                       "%s/%s is a symbolic link; put the file itself there or leave it out",
                       w->dir, path);
    return err_set(err, ERR_USAGE, "%s/%s is neither a file nor a folder; leave it out", w->dir,
                   path);
}

static enum err_code take_dir(struct walk *w, int fd, const char *path, int depth, struct err *err);

/* Looked at before it is opened, because opening a device may already do something. */
static enum err_code take(struct walk *w, int dir_fd, const char *name, const char *path, int depth,
                          struct err *err)
{
    struct stat st;
    enum err_code rc;
    int fd;

    if (!is_committable(sv_of(path)))
        return err_set(err, ERR_USAGE,
                       "%s/%s has characters in its name that no repository takes; rename it",
                       w->dir, path);
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return unreadable(w, path, err);
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return refuse_kind(w, path, &st, err);
    fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return unreadable(w, path, err);
    if (fstat(fd, &st) != 0)
        rc = unreadable(w, path, err);
    else if (S_ISDIR(st.st_mode))
        return take_dir(w, fd, path, depth + 1, err);
    else if (S_ISREG(st.st_mode))
        rc = take_file(w, fd, path, &st, err);
    else
        rc = refuse_kind(w, path, &st, err);
    close(fd);
    return rc;
}

static enum err_code take_entry(struct walk *w, DIR *dir, const char *name, const char *above,
                                int depth, struct err *err)
{
    char path[DIR_PATH_SIZE];
    int len = snprintf(path, sizeof path, "%s%s%s", above, above[0] == '\0' ? "" : "/", name);

    if (len < 0 || (size_t)len >= sizeof path)
        return err_set(err, ERR_LIMIT, "a path below %s is over %zu bytes; leave it out", w->dir,
                       sizeof path - 1);
    if (++w->entries > DIR_ENTRIES_MAX)
        return err_set(err, ERR_LIMIT, "%s has more than %d entries; choose a smaller folder",
                       w->dir, DIR_ENTRIES_MAX);
    return take(w, dirfd(dir), name, path, depth, err);
}

/* Closes fd. */
static enum err_code take_dir(struct walk *w, int fd, const char *path, int depth, struct err *err)
{
    enum err_code rc = ERR_OK;
    DIR *dir;

    if (depth > DIR_DEPTH_MAX) {
        close(fd);
        return err_set(err, ERR_LIMIT, "%s/%s is more than %d folders deep; leave it out", w->dir,
                       path, DIR_DEPTH_MAX);
    }
    dir = fdopendir(fd);
    if (dir == NULL) {
        rc = unreadable(w, path, err);
        close(fd);
        return rc;
    }
    while (!rc) {
        const struct dirent *entry;

        errno = 0;
        entry = readdir(dir);
        if (entry == NULL && errno != 0)
            rc = unreadable(w, path, err);
        if (entry == NULL)
            break;
        /* ddk.json is ours to write; .git is another repository's. */
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            sv_eq_nocase(sv_of(entry->d_name), SV(".git")) ||
            (depth == 0 && strcmp(entry->d_name, "ddk.json") == 0))
            continue;
        rc = take_entry(w, dir, entry->d_name, path, depth, err);
    }
    closedir(dir);
    return rc;
}

enum err_code starter_from_dir(const struct blueprint *b, const char *dir, struct arena *arena,
                               struct repository_file **out, size_t *count, struct err *err)
{
    struct starter_set set;
    struct walk w = {.set = &set, .dir = dir};
    enum err_code rc = starter_begin(&set, arena, err);
    int fd;

    if (rc)
        return rc;
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_USAGE, "cannot open the folder %s: %s", dir, strerror(errno));
    rc = take_dir(&w, fd, "", 0, err);
    if (!rc)
        rc = starter_add_buildspec(&set, b, err);
    return rc ? rc : starter_end(&set, b, out, count, err);
}
