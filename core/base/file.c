#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err_code read_all(int fd, const char *path, size_t cap, struct sb *out, struct err *err)
{
    char chunk[16 * 1024];
    size_t total = 0;

    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        enum err_code rc;

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, ERR_FAILED, "cannot read %s: %s", path, strerror(errno));
        if (got == 0)
            return ERR_OK;
        total += (size_t)got;
        if (total > cap)
            return err_set(err, ERR_LIMIT, "%s is larger than %zu bytes", path, cap);
        rc = sb_add(out, sv_make(chunk, (size_t)got), err);
        /* What is read may be a secret: credentials, a token. */
        explicit_bzero(chunk, (size_t)got);
        if (rc)
            return rc;
    }
}

enum err_code file_read(const char *path, size_t cap, struct sb *out, struct err *err)
{
    /* Not blocking, so that opening a fifo cannot hang before it is refused. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    enum err_code rc;

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return err_set(err, ERR_NOT_FOUND, "%s does not exist", path);
    if (fd < 0)
        return err_set(err, ERR_FAILED, "cannot open %s: %s", path, strerror(errno));
    if (fstat(fd, &st) != 0)
        rc = err_set(err, ERR_FAILED, "cannot look at %s: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        rc = err_set(err, ERR_FAILED, "%s is not a regular file", path);
    /* In one piece, so that growing leaves no copy of a secret behind. */
    else if (st.st_size <= 0 || (size_t)st.st_size > cap ||
             !(rc = sb_reserve(out, (size_t)st.st_size, err)))
        rc = read_all(fd, path, cap, out, err);
    close(fd);
    return rc;
}

/* A directory through which our own is reached: whoever may write to it could put another in its
 * place, unless it is sticky (as /tmp), where only root and the entry's owner may. */
static enum err_code check_parent(const struct stat *st, const char *path, struct err *err)
{
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return err_set(err, ERR_CACHE, "%s lies in a directory that belongs to another user", path);
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0 && (st->st_mode & S_ISVTX) == 0)
        return err_set(err, ERR_CACHE,
                       "%s lies in a directory that others can write to; make it yours alone "
                       "(chmod go-w)",
                       path);
    return ERR_OK;
}

/* Every directory from fd up to the root, followed by ".." so that symbolic links on the way here
 * do not matter: what counts is where the directory really is. Closes fd. */
static enum err_code check_parents(int fd, const char *path, struct err *err)
{
    enum err_code rc = ERR_OK;
    struct stat st;
    struct stat up_st;

    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            close(fd);
        return err_set(err, ERR_CACHE, "cannot look around %s: %s", path, strerror(errno));
    }
    for (;;) {
        int up;

        rc = check_parent(&st, path, err);
        if (rc)
            break;
        up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        close(fd);
        fd = up;
        if (up < 0 || fstat(up, &up_st) != 0) {
            rc = err_set(err, ERR_CACHE, "cannot look around %s: %s", path, strerror(errno));
            break;
        }
        if (up_st.st_dev == st.st_dev && up_st.st_ino == st.st_ino)
            break; /* the root is its own parent */
        st = up_st;
    }
    if (fd >= 0)
        close(fd);
    return rc;
}

/* Make the last name of path, whose parent is there. mkdir and then chmod, because the umask may
 * have taken bits that we need. */
static enum err_code make_dir(const char *path, struct err *err)
{
    if (mkdir(path, 0700) == 0) {
        if (chmod(path, 0700) == 0)
            return ERR_OK;
    } else if (errno == EEXIST) {
        return ERR_OK; /* another penstock was quicker; it is checked like any other */
    }
    return err_set(err, ERR_FAILED, "cannot create the directory %s: %s", path, strerror(errno));
}

/* The directory that holds path's last name, opened; made when it is missing. */
static enum err_code make_parents(char *path, struct err *err)
{
    for (char *p = path + 1; *p != '\0'; p++) {
        enum err_code rc = ERR_OK;
        struct stat st;
        char *up;

        if (*p != '/' || p[-1] == '/')
            continue;
        *p = '\0';
        if (stat(path, &st) != 0) {
            up = strrchr(path, '/');
            if (up > path) {
                *up = '\0';
                rc = check_parents(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), path, err);
                *up = '/';
            }
            if (rc == ERR_OK)
                rc = make_dir(path, err);
        }
        *p = '/';
        if (rc)
            return rc;
    }
    return ERR_OK;
}

static enum err_code check_dir(int fd, const char *path, struct err *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return err_set(err, ERR_CACHE, "cannot look at %s: %s", path, strerror(errno));
    if (st.st_uid != geteuid())
        return err_set(err, ERR_CACHE, "%s belongs to another user", path);
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return err_set(err, ERR_CACHE, "others can write to %s; make it yours alone (chmod 700)",
                       path);
    return check_parents(openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC), path, err);
}

enum err_code file_private_dir(const char *path, int *out, struct err *err)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    char copy[PATH_MAX];
    size_t len = strlen(path);
    enum err_code rc = ERR_OK;
    int fd;

    /* O_NOFOLLOW does not see a link when a slash follows its name. */
    while (len > 1 && path[len - 1] == '/')
        len--;
    if (path[0] != '/' || len >= sizeof copy)
        return err_set(err, ERR_CACHE, "%s is not an absolute path of usual length", path);
    memcpy(copy, path, len);
    copy[len] = '\0';
    fd = open(copy, flags);
    if (fd < 0 && errno == ENOENT) {
        rc = make_parents(copy, err);
        if (rc == ERR_OK)
            rc = make_dir(copy, err);
        if (rc)
            return rc;
        fd = open(copy, flags);
    }
    if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
        return err_set(err, ERR_CACHE, "%s is a link or not a directory", copy);
    if (fd < 0)
        return err_set(err, ERR_FAILED, "cannot open the directory %s: %s", copy, strerror(errno));
    rc = check_dir(fd, copy, err);
    if (rc) {
        close(fd);
        return rc;
    }
    *out = fd;
    return ERR_OK;
}

static enum err_code check_file(int fd, const char *name, int flags, struct err *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return err_set(err, ERR_CACHE, "cannot look at %s: %s", name, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_CACHE, "%s is not a regular file", name);
    if (st.st_uid != geteuid())
        return err_set(err, ERR_CACHE, "%s belongs to another user", name);
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return err_set(err, ERR_CACHE, "others can write to %s; make it yours alone (chmod 600)",
                       name);
    if ((flags & O_CREAT) != 0 && (st.st_mode & 07777) != 0600 && fchmod(fd, 0600) != 0)
        return err_set(err, ERR_CACHE, "cannot protect %s: %s", name, strerror(errno));
    return ERR_OK;
}

enum err_code file_private_open(int dir_fd, const char *name, int flags, int *out, struct err *err)
{
    /* O_TRUNC waits until the file is known to be ours. */
    int fd = openat(dir_fd, name,
                    (flags & ~O_TRUNC) | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    enum err_code rc;

    if (fd < 0 && errno == ENOENT)
        return err_set(err, ERR_NOT_FOUND, "%s does not exist", name);
    if (fd < 0 && errno == ELOOP)
        return err_set(err, ERR_CACHE, "%s is a link", name);
    if (fd < 0)
        return err_set(err, ERR_FAILED, "cannot open %s: %s", name, strerror(errno));
    rc = check_file(fd, name, flags, err);
    if (rc == ERR_OK && (flags & O_TRUNC) != 0 && ftruncate(fd, 0) != 0)
        rc = err_set(err, ERR_CACHE, "cannot empty %s: %s", name, strerror(errno));
    if (rc) {
        close(fd);
        return rc;
    }
    *out = fd;
    return ERR_OK;
}

enum err_code file_user_dir(const char *xdg_variable, const char *otherwise, struct sb *out,
                            struct err *err)
{
    const char *xdg = getenv(xdg_variable);
    const char *home = getenv("HOME");

    if (xdg != NULL && xdg[0] == '/')
        return sb_addf(out, err, "%s/penstock", xdg);
    if (home != NULL && home[0] == '/')
        return sb_addf(out, err, "%s/%s/penstock", home, otherwise);
    return err_set(err, ERR_NOT_FOUND, "neither %s nor HOME names a directory", xdg_variable);
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* What stands behind a '$': "NAME" or "{NAME}". Empty when it is no variable; *used tells how much
 * of rest the form takes. */
static struct sv variable_name(struct sv rest, size_t *used)
{
    struct sv name = rest;

    name.len = 0;
    if (rest.len > 0 && rest.ptr[0] == '{') {
        ptrdiff_t end = sv_find(rest, SV("}"));

        if (end < 0)
            return name;
        *used = (size_t)end + 1;
        return sv_make(rest.ptr + 1, (size_t)end - 1);
    }
    while (name.len < rest.len && is_name_char(rest.ptr[name.len]))
        name.len++;
    *used = name.len;
    return name;
}

static const char *look_up(file_lookup_fn *lookup, const void *env, struct sv name)
{
    char text[256];

    if (name.len == 0 || name.len >= sizeof text)
        return NULL;
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    return lookup(env, text);
}

static enum err_code expand_variables(struct sv path, file_lookup_fn *lookup, const void *env,
                                      struct sb *out, struct err *err)
{
    while (path.len > 0) {
        ptrdiff_t at = sv_find(path, SV("$"));
        size_t plain = at < 0 ? path.len : (size_t)at;
        size_t used = 0;
        const char *value;
        enum err_code rc = sb_add(out, sv_take(path, plain), err);

        if (rc)
            return rc;
        path = sv_drop(path, plain);
        if (path.len == 0)
            break;
        value = look_up(lookup, env, variable_name(sv_drop(path, 1), &used));
        if (value != NULL)
            rc = sb_add(out, sv_of(value), err);
        else
            rc = sb_add(out, sv_take(path, used + 1), err);
        if (rc)
            return rc;
        path = sv_drop(path, used + 1);
    }
    return ERR_OK;
}

enum err_code file_expand_with(const char *path, file_lookup_fn *lookup, const void *env,
                               struct sb *out, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    enum err_code rc;

    sb_init(&text, PATH_MAX);
    rc = expand_variables(sv_of(path), lookup, env, &text, err);
    if (rc)
        return rc;
    if (sv_eq(sb_sv(&text), SV("~")) || sv_starts(sb_sv(&text), SV("~/"))) {
        const char *home = lookup(env, "HOME");

        if (home == NULL || home[0] == '\0')
            return err_set(err, ERR_NOT_FOUND, "%s needs HOME, which is not set", path);
        rc = sb_add(out, sv_of(home), err);
        return rc ? rc : sb_add(out, sv_drop(sb_sv(&text), 1), err);
    }
    return sb_add(out, sb_sv(&text), err);
}

static const char *from_environment(const void *env UNUSED, const char *name)
{
    return getenv(name);
}

enum err_code file_expand(const char *path, struct sb *out, struct err *err)
{
    return file_expand_with(path, from_environment, NULL, out, err);
}
