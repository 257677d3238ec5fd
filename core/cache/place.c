/* The cache's directory and its files: made, checked, moved aside.
 *
 * SQLite opens by path. The path is where the checked directory really is, below parents that no
 * other user can change, so it leads to what was checked. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/cache/store.h"

const char cache_file[] = "cache.db";
static const char damage_file[] = "cache.db.damaged";

enum { ASIDE_TRIES = 100, NAME_SIZE = 96 };

/* The directory's own path, without the links by which we came. */
static enum err_code real_path(struct cache *cache, struct err *err)
{
    char link[32];
    char path[PATH_MAX];
    ssize_t len;

    snprintf(link, sizeof link, "/proc/self/fd/%d", cache->dir_fd);
    len = readlink(link, path, sizeof path - 1);
    if (len > 0)
        path[len] = '\0';
    if (len <= 0 && realpath(cache->asked_dir, path) == NULL)
        return err_set(err, ERR_FAILED, "cannot find %s: %s", cache->asked_dir, strerror(errno));
    cache->dir = mem_dup(path);
    return cache->dir == NULL ? mem_err(err) : ERR_OK;
}

enum err_code place_open(struct cache *cache, struct err *err)
{
    enum err_code rc = file_private_dir(cache->asked_dir, &cache->dir_fd, err);

    if (rc == ERR_OK)
        rc = real_path(cache, err);
    if (rc)
        place_close(cache);
    return rc;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void place_close(struct cache *cache)
{
    close_fd(&cache->write_lock);
    close_fd(&cache->lease);
    close_fd(&cache->freshness);
    close_fd(&cache->dir_fd);
    cache->has_lease = false;
    cache->is_watched = false; /* another directory may come */
    mem_free(cache->dir);
    cache->dir = NULL;
}

enum err_code place_look(struct cache *cache, enum file_state *out, struct err *err)
{
    struct stat st;

    if (fstatat(cache->dir_fd, cache_file, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT)
            return err_set(err, ERR_FAILED, "cannot look at %s/%s: %s", cache->dir, cache_file,
                           strerror(errno));
        *out = FILE_ABSENT;
        return ERR_OK;
    }
    if (S_ISLNK(st.st_mode))
        return err_set(err, ERR_CACHE, "%s/%s is a link; remove it", cache->dir, cache_file);
    if (st.st_uid != geteuid())
        return err_set(err, ERR_CACHE, "%s/%s belongs to another user", cache->dir, cache_file);
    if (!S_ISREG(st.st_mode)) {
        *out = FILE_STRANGE;
        return ERR_OK;
    }
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return err_set(err, ERR_CACHE, "others can write to %s/%s; make it yours alone (chmod 600)",
                       cache->dir, cache_file);
    if ((st.st_mode & 077) != 0 && !cache->is_read_only &&
        fchmodat(cache->dir_fd, cache_file, 0600, 0) != 0)
        return err_set(err, ERR_CACHE, "cannot protect %s/%s: %s", cache->dir, cache_file,
                       strerror(errno));
    *out = FILE_FINE;
    return ERR_OK;
}

static const char *const parts[] = {"", "-wal", "-shm"};

enum err_code place_create(struct cache *cache, struct err *err)
{
    char name[NAME_SIZE];
    int fd = -1;
    enum err_code rc;

    /* A log without its file belongs to a cache that somebody deleted. */
    for (size_t i = 1; i < ARRAY_LEN(parts); i++) {
        snprintf(name, sizeof name, "%s%s", cache_file, parts[i]);
        unlinkat(cache->dir_fd, name, 0);
    }
    rc = file_private_open(cache->dir_fd, cache_file, O_RDWR | O_CREAT | O_EXCL, &fd, err);
    if (rc == ERR_OK)
        close(fd);
    return rc;
}

enum err_code place_move_aside(struct cache *cache, const char *why, struct err *err)
{
    char when[TIME_AMZ_SIZE];
    char from[NAME_SIZE];
    char to[NAME_SIZE];
    bool is_taken = true;

    time_amz(time_wall_ms(), when);
    snprintf(to, sizeof to, "%s.%s-%s", cache_file, why, when);
    for (int i = 2; is_taken && i < ASIDE_TRIES; i++) {
        is_taken = place_has(cache, to, NULL);
        if (is_taken)
            snprintf(to, sizeof to, "%s.%s-%s.%d", cache_file, why, when, i);
    }
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        char target[NAME_SIZE + 8];

        snprintf(from, sizeof from, "%s%s", cache_file, parts[i]);
        snprintf(target, sizeof target, "%s%s", to, parts[i]);
        if (renameat(cache->dir_fd, from, cache->dir_fd, target) != 0 && errno != ENOENT)
            return err_set(err, ERR_FAILED, "cannot move the damaged %s/%s aside: %s", cache->dir,
                           from, strerror(errno));
    }
    place_unmark(cache);
    unlinkat(cache->dir_fd, "freshness", 0); /* it spoke of rows that are gone */
    return ERR_OK;
}

bool place_has(const struct cache *cache, const char *name, off_t *size)
{
    struct stat st;

    if (fstatat(cache->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    if (size != NULL)
        *size = st.st_size;
    return true;
}

void place_remember(struct cache *cache)
{
    struct stat st;

    if (fstatat(cache->dir_fd, cache_file, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    cache->device = st.st_dev;
    cache->inode = st.st_ino;
}

bool place_was_replaced(const struct cache *cache)
{
    struct stat st;

    if (cache->is_in_memory || cache->is_read_only)
        return false;
    return fstatat(cache->dir_fd, cache_file, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
           st.st_dev != cache->device || st.st_ino != cache->inode;
}

void place_mark_damaged(const struct cache *cache)
{
    int fd = -1;

    if (!cache->is_in_memory && !cache->is_read_only &&
        file_private_open(cache->dir_fd, damage_file, O_RDWR | O_CREAT, &fd, NULL) == ERR_OK)
        close(fd);
}

bool place_is_marked(const struct cache *cache)
{
    return place_has(cache, damage_file, NULL);
}

void place_unmark(const struct cache *cache)
{
    unlinkat(cache->dir_fd, damage_file, 0);
}
