/* The sync lease: who polls a set of contexts. The lock is the lease; the pid in the file only
 * names its holder. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/cache/store.h"

const char *lease_name(const struct cache *cache, char out[LEASE_NAME_SIZE])
{
    snprintf(out, LEASE_NAME_SIZE, "sync-%016llx.lock", (unsigned long long)cache->lease_scope);
    return out;
}

static void close_file(struct cache *cache)
{
    if (cache->lease >= 0)
        close(cache->lease);
    cache->lease = -1;
}

void cache_lease_scope(struct cache *cache, uint64_t contexts)
{
    if (contexts == cache->lease_scope)
        return;
    cache_lease_drop(cache);
    close_file(cache);
    watch_forget_lease(cache);
    cache->lease_scope = contexts;
}

/* Written only when it differs, since each write wakes whoever watches the directory. Without its
 * pid the lease holds all the same. */
static void sign(int fd)
{
    char pid[24];
    char there[24];
    int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());

    if (pread(fd, there, sizeof there, 0) == len && memcmp(pid, there, (size_t)len) == 0)
        return;
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)len, 0) != len)
        log_debug("cannot write the pid into the lease");
}

/* Asked again while it is ours, this notices that the file was deleted under us. */
bool cache_lease_try(struct cache *cache)
{
    char name[LEASE_NAME_SIZE];

    if (cache->is_in_memory)
        return true;
    if (cache->is_read_only)
        return false;
    cache->has_lease =
        lock_take(cache->dir_fd, lease_name(cache, name), 0, &cache->lease, NULL) == ERR_OK;
    if (cache->has_lease)
        sign(cache->lease);
    return cache->has_lease;
}

void cache_lease_drop(struct cache *cache)
{
    if (!cache->has_lease)
        return;
    cache->has_lease = false;
    lock_release(cache->lease);
    close_file(cache); /* which wakes who waits for it */
}

/* A pid in a file that nobody locks is of one who died. */
static bool is_locked(int fd)
{
    if (flock(fd, LOCK_SH | LOCK_NB) != 0)
        return errno == EWOULDBLOCK;
    flock(fd, LOCK_UN);
    return false;
}

long cache_lease_holder(struct cache *cache)
{
    char name[LEASE_NAME_SIZE];
    char text[24] = "";
    int64_t pid = 0;
    ssize_t len;
    int fd = -1;

    if (cache->is_in_memory || cache->has_lease)
        return (long)getpid();
    if (file_private_open(cache->dir_fd, lease_name(cache, name), O_RDONLY, &fd, NULL))
        return 0;
    len = pread(fd, text, sizeof text, 0);
    if (len <= 0 || !sv_to_int(sv_trim(sv_make(text, (size_t)len)), &pid) || !is_locked(fd))
        pid = 0;
    close(fd);
    return (long)pid;
}
