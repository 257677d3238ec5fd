#include "core/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/base/time.h"

static int log_fd = -1;
static enum log_level log_limit;

enum err_code log_open(const char *path, enum log_level level, struct err *err)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

    if (fd < 0)
        return err_set(err, ERR_USAGE, "cannot write the log %s: %s", path, strerror(errno));
    log_close();
    log_fd = fd;
    log_limit = level;
    return ERR_OK;
}

void log_close(void)
{
    if (log_fd >= 0)
        close(log_fd);
    log_fd = -1;
}

void log_write(enum log_level level, const char *function, const char *fmt, ...)
{
    static const char *const words[] = {"error", "info", "debug"};
    char text[ERR_TEXT_MAX];
    char when[TIME_RFC3339_SIZE];
    struct sb line;
    va_list args;

    if (log_fd < 0 || level > log_limit)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    sb_init(&line, 4096);
    /* A line that cannot be written is lost: the log must never stop the program. */
    if (sb_addf(&line, NULL, "%s %d %s %s: ", time_rfc3339(time_wall_ms(), when), (int)getpid(),
                words[level], function) == ERR_OK &&
        sb_add_safe(&line, sv_of(text), NULL) == ERR_OK && sb_addc(&line, '\n', NULL) == ERR_OK &&
        write(log_fd, line.ptr, line.len) < 0)
        log_close();
    sb_release(&line);
}
