/* What remembers the audit's last row: the head beside the table, and two traces of it elsewhere,
 * so that an audit which was taken away whole does not read as one that was never begun. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/deploy/audit_store.h"

enum { HEAD_MAX = 200, PATH_CAP = 4096, COPY_MAX = HEAD_MAX + PATH_CAP };

/* ---- the head ---- */

static bool parse_head(struct sv text, struct audit_head *out)
{
    struct sv hash;
    struct sv seq = sv_cut(text, ' ', &hash);

    hash = sv_trim(hash);
    if (!sv_to_int(seq, &out->seq) || out->seq < 0 || hash.len != AUDIT_HASH_SIZE - 1)
        return false;
    (void)snprintf(out->hash, sizeof out->hash, SV_FMT, SV_ARG(hash));
    return true;
}

enum err_code audit_head_read(struct audit_store *s, struct audit_head *out, struct err *err)
{
    char text[HEAD_MAX];
    struct err why = {0};
    ssize_t len;
    int fd;
    enum err_code rc = file_private_open(s->dir_fd, "audit.head", O_RDONLY, &fd, &why);

    *out = (struct audit_head){.is_there = rc != ERR_NOT_FOUND};
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc)
        return err_set(err, rc, "%s", why.text);
    len = read(fd, text, sizeof text);
    close(fd);
    if (len < 0)
        return err_set(err, ERR_FAILED, "%s/audit.head: %s", sb_cstr(&s->dir), strerror(errno));
    /* A program died between making and writing it: before the first row that is no fault. */
    out->is_there = len > 0;
    out->is_bad = len > 0 && !parse_head(sv_make(text, (size_t)len), out);
    if (out->is_bad)
        out->seq = 0;
    return ERR_OK;
}

/* In place, always as many bytes, in one write: whenever a program dies there is a whole one. Not
 * waited for: after a power cut it may be an older one, which is no fault. */
enum err_code audit_head_write(struct audit_store *s, int64_t seq, const char *hash,
                               struct err *err)
{
    char text[HEAD_MAX];
    int len = snprintf(text, sizeof text, "%020lld %s\n", (long long)seq, hash);
    int fd;
    bool is_written;
    enum err_code rc = file_private_open(s->dir_fd, "audit.head", O_WRONLY | O_CREAT, &fd, err);

    if (rc)
        return rc;
    is_written = pwrite(fd, text, (size_t)len, 0) == len && (seq > 0 || fsync(fd) == 0);
    if (close(fd) == 0 && is_written)
        return ERR_OK;
    return err_set(err, ERR_FAILED, "%s/audit.head cannot be written: %s", sb_cstr(&s->dir),
                   strerror(errno));
}

/* ---- the traces ---- */

static ssize_t read_at(int dir_fd, const char *name, char *text, size_t size)
{
    int fd;
    ssize_t len;

    if (file_private_open(dir_fd, name, O_RDONLY, &fd, NULL))
        return -1;
    len = read(fd, text, size);
    close(fd);
    return len;
}

static void keep_later(struct sv text, struct audit_head *out)
{
    struct audit_head one = {.is_there = true};

    if (parse_head(text, &one) && one.seq > out->seq)
        *out = one;
}

/* Beside the cache, for the user's own audit only; -1 = there is none. */
static int open_copy_dir(const struct audit_store *s, bool makes)
{
    CLEANUP(sb_release) struct sb dir;
    int fd = -1;

    sb_init(&dir, PATH_CAP);
    if (!s->is_users || file_user_dir("XDG_STATE_HOME", ".local/state", &dir, NULL) ||
        (!makes && access(sb_cstr(&dir), F_OK) != 0) || file_private_dir(sb_cstr(&dir), &fd, NULL))
        return -1;
    return fd;
}

/* Its second line is the folder that it is of: another one's audit is not missed here. */
static void read_copy(const struct audit_store *s, struct audit_head *out)
{
    char text[COPY_MAX];
    int dir_fd = open_copy_dir(s, false);
    ssize_t len = dir_fd < 0 ? -1 : read_at(dir_fd, "audit.seen", text, sizeof text);
    struct sv rest;
    struct sv first;

    if (dir_fd >= 0)
        close(dir_fd);
    if (len <= 0)
        return;
    first = sv_cut(sv_make(text, (size_t)len), '\n', &rest);
    if (sv_eq(sv_trim(rest), sb_sv(&s->dir)))
        keep_later(first, out);
}

void audit_trace_read(const struct audit_store *s, struct audit_head *out)
{
    char text[HEAD_MAX];
    ssize_t len = s->dir_fd < 0 ? -1 : read_at(s->dir_fd, "audit.lock", text, sizeof text);

    *out = (struct audit_head){.is_there = false};
    if (len > 0)
        keep_later(sv_make(text, (size_t)len), out);
    read_copy(s, out);
}

/* A trace that cannot be written tells less, later: no reason to stop a write. */
void audit_trace_write(const struct audit_store *s, int64_t seq, const char *hash)
{
    char text[HEAD_MAX];
    char copy[COPY_MAX];
    int len = snprintf(text, sizeof text, "%020lld %s\n", (long long)seq, hash);
    int copy_len = snprintf(copy, sizeof copy, "%s%s\n", text, sb_cstr(&s->dir));
    int dir_fd = open_copy_dir(s, true);
    int fd;

    if (pwrite(s->lock_fd, text, (size_t)len, 0) != len)
        log_info("%s/audit.lock: %s", sb_cstr(&s->dir), strerror(errno));
    if (dir_fd < 0)
        return;
    if (file_private_open(dir_fd, "audit.seen", O_WRONLY | O_CREAT, &fd, NULL) == ERR_OK) {
        if (pwrite(fd, copy, (size_t)copy_len, 0) != copy_len || ftruncate(fd, copy_len) != 0)
            log_info("audit.seen: %s", strerror(errno));
        close(fd);
    }
    close(dir_fd);
}
