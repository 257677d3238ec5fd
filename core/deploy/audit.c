#include "core/deploy/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/time.h"

enum { LINE_MAX_SIZE = 8192 };

static enum err_code write_line(const struct audit_line *line, struct sb *out, struct err *err)
{
    struct jw w;
    enum err_code rc;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_time(&w, "at", time_wall_ms());
    jw_put_int(&w, "pid", (int64_t)getpid());
    jw_put_sv(&w, "outcome", sv_of(line->outcome));
    jw_put_sv(&w, "action", line->action);
    jw_put_sv(&w, "operation", line->operation);
    jw_put_sv(&w, "account", line->account);
    jw_put_sv(&w, "region", line->region);
    jw_put_sv(&w, "caller", line->caller);
    jw_put_sv(&w, "text", sv_take(line->text, 1024));
    jw_put_sv(&w, "request_id", line->request_id);
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code append(const char *dir, struct sv text, struct err *err)
{
    int dir_fd;
    int fd;
    ssize_t written;
    enum err_code rc = file_private_dir(dir, &dir_fd, err);

    if (rc)
        return rc;
    rc = file_private_open(dir_fd, "audit.log", O_WRONLY | O_CREAT | O_APPEND, &fd, err);
    close(dir_fd);
    if (rc)
        return rc;
    written = write(fd, text.ptr, text.len);
    if (written < 0 || (size_t)written != text.len)
        rc = err_set(err, ERR_FAILED, "%s/audit.log: %s", dir,
                     written < 0 ? strerror(errno) : "the disk is full");
    if (close(fd) != 0 && !rc)
        rc = err_set(err, ERR_FAILED, "%s/audit.log: %s", dir, strerror(errno));
    return rc;
}

enum err_code audit_write(const char *dir, const struct audit_line *line, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    CLEANUP(sb_release) struct sb path;
    enum err_code rc;

    sb_init(&text, LINE_MAX_SIZE);
    sb_init(&path, 4096);
    rc = write_line(line, &text, err);
    if (!rc && dir == NULL)
        rc = file_user_dir("XDG_STATE_HOME", ".local/state", &path, err);
    if (!rc)
        rc = append(dir != NULL ? dir : sb_cstr(&path), sb_sv(&text), err);
    return rc ? err_prefix(err, "nothing was sent, because the audit log cannot be written") : rc;
}
