/* Locks between processes: flock on files that hold nothing else, which the kernel frees when
 * their holder dies. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/time.h"
#include "core/cache/store.h"

enum { RETRY_MS = 2 };

/* A lock on a file that was deleted or replaced meanwhile excludes nobody. */
static bool is_current(int dir_fd, const char *name, int fd)
{
    struct stat there;
    struct stat ours;

    return fstatat(dir_fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &ours) == 0 &&
           there.st_dev == ours.st_dev && there.st_ino == ours.st_ino;
}

static enum err_code lock_fd(int fd, const char *name, int64_t deadline, struct err *err)
{
    const struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};

    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            return err_set(err, ERR_FAILED, "cannot lock %s: %s", name, strerror(errno));
        if (time_mono_ms() >= deadline)
            return err_set(err, ERR_PENDING, "another penstock is writing to the cache; retry");
        nanosleep(&pause, NULL);
    }
    return ERR_OK;
}

enum err_code lock_take(int dir_fd, const char *name, int wait_ms, int *fd, struct err *err)
{
    int64_t deadline = time_mono_ms() + wait_ms;

    for (;;) {
        enum err_code rc;

        if (*fd < 0) {
            rc = file_private_open(dir_fd, name, O_RDWR | O_CREAT, fd, err);
            if (rc)
                return rc;
        }
        rc = lock_fd(*fd, name, deadline, err);
        if (rc || is_current(dir_fd, name, *fd))
            return rc;
        close(*fd);
        *fd = -1;
    }
}

void lock_release(int fd)
{
    if (fd >= 0)
        flock(fd, LOCK_UN);
}
