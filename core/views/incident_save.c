/* The incident as a file of its own. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/time.h"
#include "core/views/incident_parts.h"

enum { REPORT_CAP = 8 << 20 };

/* "sales-prod-20261121T120000Z.md": nothing in it that a shell or a path would mind. */
static void file_name(const struct incident_ask *ask, char out[160])
{
    char at[TIME_AMZ_SIZE];
    size_t len = 0;

    for (size_t i = 0; i < ask->id.name.len && len < 120; i++)
        out[len++] = incident_is_name_char(ask->id.name.ptr[i]) ? ask->id.name.ptr[i] : '_';
    (void)snprintf(out + len, 160 - len, "-%s.md", time_amz(ask->now_ms, at));
}

static enum err_code write_all(int fd, struct sv text, struct err *err)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.ptr, text.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(err, ERR_FAILED, "the incident cannot be written: %s", strerror(errno));
        text = sv_drop(text, (size_t)n);
    }
    return ERR_OK;
}

/* In the folder of the descriptor, which is closed. */
static enum err_code save_at(int dir_fd, const char *name, struct sv text, struct err *err)
{
    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int why = errno;
    enum err_code rc;

    if (fd < 0) {
        close(dir_fd);
        return err_set(err, ERR_FAILED, "%s cannot be written: %s", name, strerror(why));
    }
    rc = write_all(fd, text, err);
    if (close(fd) != 0 && !rc)
        rc = err_set(err, ERR_FAILED, "%s cannot be written: %s", name, strerror(errno));
    if (rc)
        (void)unlinkat(dir_fd, name, 0);
    close(dir_fd);
    return rc;
}

enum err_code incident_save(const struct incident_ask *ask, struct sb *path, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    char name[160];
    int dir_fd = -1;
    enum err_code rc;

    sb_init(&text, REPORT_CAP);
    rc = incident_write(ask, &text, err);
    if (rc)
        return rc;
    file_name(ask, name);
    sb_clear(path);
    rc = file_user_dir("XDG_DATA_HOME", ".local/share", path, err);
    if (!rc)
        rc = sb_add(path, SV("/incidents"), err);
    if (!rc)
        rc = file_private_dir(sb_cstr(path), &dir_fd, err);
    if (!rc)
        rc = save_at(dir_fd, name, sb_sv(&text), err);
    return rc ? rc : sb_addf(path, err, "/%s", name);
}
