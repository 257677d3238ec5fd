/* Saving a log: what is kept of it as plain lines in a new file. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/model/ansi.h"
#include "core/operate/log.h"

enum { CHUNKS_AT_ONCE = 16, PATH_CAP = 16 * 1024, TEXT_CAP = 64 << 20, ARENA_CAP = 1 << 20 };

struct saving {
    int fd;
    struct log_reader reader;
    struct ansi ansi;
    struct sb line;
    struct sb text; /* to be written */
    bool is_open;   /* the line goes on */
    enum err_code rc;
    struct err *err;
};

static enum err_code write_text(struct saving *s)
{
    struct sv text = sb_sv(&s->text);

    while (text.len > 0) {
        ssize_t n = write(s->fd, text.ptr, text.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(s->err, ERR_FAILED, "cannot write the file: %s", strerror(errno));
        text = sv_drop(text, (size_t)n);
    }
    sb_clear(&s->text);
    return ERR_OK;
}

static bool add_line(void *owner, int64_t number UNUSED, const struct log_line *line)
{
    struct saving *s = owner;

    if (!s->is_open) {
        ansi_begin(&s->ansi);
        sb_clear(&s->line);
    }
    s->rc = ansi_add(&s->ansi, line->text, &s->line, s->err);
    s->is_open = (line->flags & LOG_FLAG_GOES_ON) != 0;
    if (!s->rc && !s->is_open)
        s->rc = sb_add(&s->text, sb_sv(&s->line), s->err);
    if (!s->rc && !s->is_open)
        s->rc = sb_addc(&s->text, '\n', s->err);
    return s->rc == ERR_OK;
}

static enum err_code write_chunks(struct task *task, struct saving *s)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < s->reader.count && !rc; i++) {
        const struct log_chunk *c = &s->reader.chunks[i];

        rc = log_reader_each(&s->reader, c->first_line, c->first_line + c->lines, add_line, s,
                             s->err);
        rc = rc ? rc : s->rc;
        if (!rc)
            rc = write_text(s);
        if (!rc && i % CHUNKS_AT_ONCE == CHUNKS_AT_ONCE - 1)
            rc = task_sleep(task, 0, s->err);
    }
    return rc;
}

/* "FILE overwrite" is the answer to the refusal. */
static struct sv take_wish(struct sv path, bool *may_replace)
{
    static const struct sv wish = {" overwrite", 10};

    *may_replace = sv_ends(path, wish);
    return *may_replace ? sv_trim(sv_take(path, path.len - wish.len)) : path;
}

static enum err_code open_file(struct sv wanted, int *fd, struct err *err)
{
    CLEANUP(sb_release) struct sb path;
    CLEANUP(sb_release) struct sb written;
    struct stat st;
    bool may_replace;
    struct sv name = take_wish(wanted, &may_replace);
    int flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_CREAT | (may_replace ? O_TRUNC : O_EXCL);
    enum err_code rc;

    sb_init(&path, PATH_CAP);
    sb_init(&written, PATH_CAP);
    rc = sb_add(&written, name, err);
    if (!rc)
        rc = file_expand(sb_cstr(&written), &path, err);
    if (rc)
        return rc;
    if (may_replace && stat(sb_cstr(&path), &st) == 0 && !S_ISREG(st.st_mode))
        return err_set(err, ERR_USAGE, "%s is no regular file", sb_cstr(&path));
    *fd = open(sb_cstr(&path), flags, 0600);
    if (*fd >= 0)
        return ERR_OK;
    if (errno == EEXIST)
        return err_set(err, ERR_USAGE, "%s is there already: to replace it type :save %s overwrite",
                       sb_cstr(&path), sb_cstr(&written));
    return err_set(err, ERR_FAILED, "cannot make %s: %s", sb_cstr(&path), strerror(errno));
}

static enum err_code save(struct task *task, struct cache *cache, const struct cached_log *log,
                          struct saving *s)
{
    enum err_code rc;

    log_reader_init(&s->reader);
    sb_init(&s->line, TEXT_CAP);
    sb_init(&s->text, TEXT_CAP);
    rc = log_reader_open(&s->reader, cache, log, s->err);
    if (!rc)
        rc = write_chunks(task, s);
    if (fchmod(s->fd, 0600) != 0 && !rc)
        rc = err_set(s->err, ERR_FAILED, "cannot keep others from reading the file: %s",
                     strerror(errno));
    if (close(s->fd) != 0 && !rc)
        rc = err_set(s->err, ERR_FAILED, "cannot write the file: %s", strerror(errno));
    log_reader_release(&s->reader);
    sb_release(&s->line);
    sb_release(&s->text);
    return rc;
}

enum err_code log_save(struct task *task, struct deploy *deploy, const struct operand *what,
                       struct err *err)
{
    struct saving *s = mem_alloc(sizeof *s);
    struct cached_log log;
    struct arena arena;
    enum err_code rc = s == NULL ? mem_err(err) : ERR_OK;

    arena_init(&arena, ARENA_CAP);
    if (!rc)
        rc = cache_find_build_log(deploy->cache, what->id.partition, what->id.account,
                                  what->id.region, what->build, &arena, &log, err);
    if (!rc) {
        s->err = err;
        rc = open_file(what->path, &s->fd, err);
    }
    if (!rc)
        rc = save(task, deploy->cache, &log, s);
    arena_release(&arena);
    mem_free(s);
    return rc;
}
