#include "core/actions/drafts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/mem.h"

enum { FILE_NAME_SIZE = 256, FILE_MAX = DEFINITION_SIZE_MAX + 64 * 1024, LOOKED_AT_MAX = 10000 };

static const char create_end[] = ".json";
static const char change_end[] = ".change.json";

/* ---- names ---- */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/* Whatever a person types is a name here: other bytes as %XX, and no name at all as "%". */
static enum err_code file_name(struct sv name, bool is_change, char out[FILE_NAME_SIZE],
                               struct err *err)
{
    static const char digits[] = "0123456789abcdef";
    size_t len = 0;

    for (size_t i = 0; i < name.len && len < FILE_NAME_SIZE - 32; i++) {
        unsigned char c = (unsigned char)name.ptr[i];

        if (is_plain(name.ptr[i])) {
            out[len++] = name.ptr[i];
            continue;
        }
        out[len++] = '%';
        out[len++] = digits[c >> 4];
        out[len++] = digits[c & 15];
    }
    if (name.len > DRAFT_NAME_MAX || len >= FILE_NAME_SIZE - 32)
        return err_set(err, ERR_LIMIT, "the name is too long to keep a draft of it: shorten it");
    snprintf(out + len, FILE_NAME_SIZE - len, "%s%s", name.len == 0 ? "%" : "",
             is_change ? change_end : create_end);
    return ERR_OK;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* False for a file that is no draft. */
static bool name_of_file(struct sv file, char out[FILE_NAME_SIZE], struct draft_row *row)
{
    size_t len = 0;

    row->is_change = sv_ends(file, sv_of(change_end));
    if (!sv_ends(file, sv_of(create_end)) || file.len >= FILE_NAME_SIZE)
        return false;
    file.len -= strlen(row->is_change ? change_end : create_end);
    if (sv_eq(file, SV("%")))
        file.len = 0;
    for (size_t i = 0; i < file.len; i++) {
        int high = i + 2 < file.len ? digit_value(file.ptr[i + 1]) : -1;
        int low = i + 2 < file.len ? digit_value(file.ptr[i + 2]) : -1;

        if (is_plain(file.ptr[i])) {
            out[len++] = file.ptr[i];
            continue;
        }
        if (file.ptr[i] != '%' || high < 0 || low < 0)
            return false;
        out[len++] = (char)(high * 16 + low);
        i += 2;
    }
    row->name = sv_make(out, len);
    return true;
}

/* ---- the directory ---- */

/* Reading makes nothing: ERR_NOT_FOUND when it is not there. */
static enum err_code open_dir(bool is_made, int *fd, struct err *err)
{
    CLEANUP(sb_release) struct sb path;
    struct stat st;
    enum err_code rc;

    sb_init(&path, PATH_MAX);
    rc = file_user_dir("XDG_DATA_HOME", ".local/share", &path, err);
    if (rc == ERR_OK)
        rc = sb_add(&path, SV("/drafts"), err);
    if (rc)
        return rc;
    if (!is_made && lstat(sb_cstr(&path), &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return err_set(err, ERR_NOT_FOUND, "there are no drafts yet");
    return file_private_dir(sb_cstr(&path), fd, err);
}

static int later_first(const void *a, const void *b)
{
    const struct draft_row *x = a;
    const struct draft_row *y = b;

    if (x->saved_at != y->saved_at)
        return x->saved_at > y->saved_at ? -1 : 1;
    return sv_cmp(x->name, y->name);
}

/* When the list is full the oldest gives way, unless the new one is older still. */
static struct draft_row *room_for(struct draft_row *rows, size_t *count, int64_t saved_at)
{
    size_t oldest = 0;

    if (*count < DRAFTS_MAX)
        return &rows[(*count)++];
    for (size_t i = 1; i < *count; i++) {
        if (rows[i].saved_at < rows[oldest].saved_at)
            oldest = i;
    }
    return rows[oldest].saved_at < saved_at ? &rows[oldest] : NULL;
}

static enum err_code list_entry(int dir_fd, const char *file, struct arena *arena,
                                struct draft_row *rows, size_t *count, struct err *err)
{
    char name[FILE_NAME_SIZE];
    struct draft_row row;
    struct draft_row *place;
    struct stat st;

    if (!name_of_file(sv_of(file), name, &row) ||
        fstatat(dir_fd, file, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
        return ERR_OK;
    row.saved_at = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    place = room_for(rows, count, row.saved_at);
    if (place == NULL)
        return ERR_OK;
    row.name = arena_sv(arena, row.name);
    if (row.name.ptr == NULL) {
        *place = (struct draft_row){.name = SV("")};
        return arena_err(arena, err);
    }
    *place = row;
    return ERR_OK;
}

enum err_code drafts_list(struct arena *arena, struct draft_row **out, size_t *count,
                          struct err *err)
{
    struct draft_row *rows = arena_alloc(arena, DRAFTS_MAX, sizeof *rows);
    const struct dirent *entry;
    size_t found = 0;
    DIR *dir;
    int fd;
    enum err_code rc;

    if (rows == NULL)
        return arena_err(arena, err);
    rc = open_dir(false, &fd, err);
    if (rc == ERR_NOT_FOUND) {
        *out = rows;
        *count = 0;
        return ERR_OK;
    }
    if (rc)
        return rc;
    dir = fdopendir(fd);
    if (dir == NULL) {
        close(fd);
        return err_set(err, ERR_FAILED, "cannot list the drafts: %s", strerror(errno));
    }
    for (int i = 0; rc == ERR_OK && i < LOOKED_AT_MAX && (entry = readdir(dir)) != NULL; i++)
        rc = list_entry(dirfd(dir), entry->d_name, arena, rows, &found, err);
    closedir(dir);
    if (rc)
        return rc;
    qsort(rows, found, sizeof *rows, later_first);
    *out = rows;
    *count = found;
    return ERR_OK;
}

/* ---- reading ---- */

static enum err_code read_bytes(int dir_fd, const char *file, struct sb *out, struct err *err)
{
    int fd;
    ssize_t got = 0;
    enum err_code rc = file_private_open(dir_fd, file, O_RDONLY, &fd, err);

    if (rc)
        return rc;
    do {
        rc = sb_reserve(out, 16 * 1024, err);
        got = rc ? 0 : read(fd, out->ptr + out->len, 16 * 1024);
        out->len += got > 0 ? (size_t)got : 0;
    } while (got > 0 || (got < 0 && errno == EINTR));
    if (got < 0)
        rc = err_set(err, ERR_FAILED, "cannot read the draft %s: %s", file, strerror(errno));
    close(fd);
    return rc;
}

static enum err_code parse(struct sv text, bool is_change, struct arena *arena, struct draft *out,
                           struct err *err)
{
    static struct defects untold; /* what is wrong is told by definition_check, again and again */
    struct draft d = {.is_change = is_change};
    cJSON *tree;
    const cJSON *ours;
    enum err_code rc;

    untold.count = untold.errors = untold.left_out = 0;
    rc = definition_read(text, arena, &d.definition, &untold, err);
    if (rc == ERR_OK)
        rc = json_parse_written(text, &tree, err);
    if (rc)
        return rc;
    ours = json_get(tree, "penstock");
    d.template_dir = arena_sv(arena, json_sv(ours, "template_dir"));
    d.uses_existing_repository = json_bool(ours, "uses_existing_repository", false);
    cJSON_Delete(tree);
    if (d.template_dir.ptr == NULL)
        return arena_err(arena, err);
    *out = d;
    return ERR_OK;
}

/* What memory alone refused is as good as before. */
static enum err_code move_aside(int dir_fd, const char *file, struct err *err)
{
    char aside[FILE_NAME_SIZE + 16];

    if (err->code != ERR_USAGE)
        return err->code;
    snprintf(aside, sizeof aside, "%s.broken", file);
    if (renameat(dir_fd, file, dir_fd, aside) != 0)
        return err_prefix(err, "the draft %s is broken", file);
    return err_prefix(err, "the draft %s is broken and was renamed to %s", file, aside);
}

enum err_code draft_read(struct sv name, bool is_change, struct arena *arena, struct draft *out,
                         struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    char file[FILE_NAME_SIZE];
    struct err own = {0};
    int dir_fd;
    enum err_code rc = file_name(name, is_change, file, err);

    sb_init(&text, FILE_MAX);
    if (rc == ERR_OK)
        rc = open_dir(false, &dir_fd, err);
    if (rc)
        return rc;
    rc = read_bytes(dir_fd, file, &text, &own);
    if (rc == ERR_OK) {
        rc = parse(sb_sv(&text), is_change, arena, out, &own);
        if (rc)
            rc = move_aside(dir_fd, file, &own);
    }
    close(dir_fd);
    return rc ? err_set(err, rc, "%s", own.text) : ERR_OK;
}

/* ---- writing ---- */

static bool add_ours(cJSON *tree, const struct draft *d, const char *template_dir)
{
    cJSON *ours = cJSON_AddObjectToObject(tree, "penstock");

    return ours != NULL &&
           (d->template_dir.len == 0 ||
            cJSON_AddStringToObject(ours, "template_dir", template_dir) != NULL) &&
           cJSON_AddBoolToObject(ours, "uses_existing_repository", d->uses_existing_repository) !=
               NULL;
}

static enum err_code write_text(const struct draft *d, struct sb *out, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    CLEANUP(sb_release) struct sb dir;
    char *printed = NULL;
    cJSON *tree;
    enum err_code rc;

    sb_init(&text, FILE_MAX);
    sb_init(&dir, PATH_MAX);
    rc = sb_add(&dir, d->template_dir, err);
    if (rc == ERR_OK)
        rc = definition_write(&d->definition, &text, err);
    if (rc == ERR_OK)
        rc = json_parse(sb_sv(&text), &tree, err);
    if (rc)
        return rc;
    if (add_ours(tree, d, sb_cstr(&dir)))
        printed = cJSON_Print(tree);
    cJSON_Delete(tree);
    rc = printed == NULL ? mem_err(err) : sb_addf(out, err, "%s\n", printed);
    cJSON_free(printed);
    return rc;
}

/* On the disk before it takes the other's place, or a crash could leave it empty. */
static enum err_code write_bytes(int fd, struct sv text, struct err *err)
{
    while (text.len > 0) {
        ssize_t put = write(fd, text.ptr, text.len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return err_set(err, ERR_FAILED, "the draft cannot be kept: %s",
                           put < 0 ? strerror(errno) : "the disk is full");
        text = sv_drop(text, (size_t)put);
    }
    return fsync(fd) == 0
               ? ERR_OK
               : err_set(err, ERR_FAILED, "the draft cannot be kept: %s", strerror(errno));
}

static enum err_code put(int dir_fd, const char *file, struct sv text, struct err *err)
{
    char beside[48];
    int fd;
    enum err_code rc;

    snprintf(beside, sizeof beside, ".draft-%ld", (long)getpid());
    rc = file_private_open(dir_fd, beside, O_WRONLY | O_CREAT | O_TRUNC, &fd, err);
    if (rc)
        return rc;
    rc = write_bytes(fd, text, err);
    if (close(fd) != 0 && rc == ERR_OK)
        rc = err_set(err, ERR_FAILED, "the draft cannot be kept: %s", strerror(errno));
    if (rc == ERR_OK && renameat(dir_fd, beside, dir_fd, file) != 0)
        rc = err_set(err, ERR_FAILED, "the draft cannot be kept: %s", strerror(errno));
    if (rc)
        unlinkat(dir_fd, beside, 0);
    return rc;
}

enum err_code draft_write(const struct draft *draft, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    char file[FILE_NAME_SIZE];
    int dir_fd;
    enum err_code rc = file_name(draft->definition.name, draft->is_change, file, err);

    sb_init(&text, FILE_MAX);
    if (rc == ERR_OK)
        rc = write_text(draft, &text, err);
    if (rc == ERR_OK)
        rc = open_dir(true, &dir_fd, err);
    if (rc)
        return rc;
    rc = put(dir_fd, file, sb_sv(&text), err);
    close(dir_fd);
    return rc;
}

enum err_code draft_remove(struct sv name, bool is_change, struct err *err)
{
    char file[FILE_NAME_SIZE];
    int dir_fd;
    enum err_code rc = file_name(name, is_change, file, err);

    if (rc == ERR_OK)
        rc = open_dir(false, &dir_fd, err);
    if (rc)
        return rc == ERR_NOT_FOUND ? ERR_OK : rc;
    if (unlinkat(dir_fd, file, 0) != 0 && errno != ENOENT)
        rc = err_set(err, ERR_FAILED, "cannot delete the draft %s: %s", file, strerror(errno));
    close(dir_fd);
    return rc;
}
