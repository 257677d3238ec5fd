/* Reading a repository's folders and files, at a branch or a commit. */
#include "core/model/masking.h"
#include "core/operate/repository_parts.h"

static struct sv folder_of(struct sv path)
{
    return path.len == 0 ? SV("/") : path;
}

static const struct ask_member *name_place(const struct repository_look *l, const char *member,
                                           struct sv path, struct ask_member out[4])
{
    out[0] = (struct ask_member){"repositoryName", l->what->repository};
    out[1] = (struct ask_member){"commitSpecifier", l->what->commit};
    out[2] = (struct ask_member){member, path};
    out[3] = (struct ask_member)ASK_END;
    /* Without a word the default branch is meant. */
    if (l->what->commit.len == 0)
        out[1] = (struct ask_member){member, path};
    if (l->what->commit.len == 0)
        out[2] = (struct ask_member)ASK_END;
    return out;
}

/* ---- folders ---- */

static void put_entry(struct jw *w, const struct folder_entry *e)
{
    jw_open(w, '{');
    jw_put_int(w, "kind", e->kind);
    jw_put_sv(w, "path", e->path);
    jw_put_sv(w, "blob", e->blob);
    jw_put_sv(w, "mode", e->mode);
    jw_close(w, '}');
}

static enum err_code put_folder(struct repository_look *l, const struct folder_page *page,
                                struct err *err)
{
    CLEANUP(sb_release) struct sb json;
    struct jw w;
    enum err_code rc;

    sb_init(&json, DOCUMENT_MAX);
    jw_init(&w, &json, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_sv(&w, "commit", page->commit);
    jw_name(&w, "entries");
    jw_open(&w, '[');
    for (size_t i = 0; i < page->count && i < ENTRIES_MAX; i++)
        put_entry(&w, &page->entries[i]);
    jw_close(&w, ']');
    jw_put_bool(&w, "is_cut", page->count > ENTRIES_MAX);
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : repository_put(l->asker.deploy, DOCUMENT_FOLDER, l->what, sb_sv(&json), err);
}

static enum err_code read_folder(struct repository_look *l, struct err *err)
{
    struct ask_member members[4];
    const struct aws_reply *reply;
    struct folder_page page = {.count = 0};
    enum err_code rc =
        ask_read(&l->asker, OP_GET_FOLDER,
                 name_place(l, "folderPath", folder_of(l->what->path), members), &reply, err);

    if (!rc)
        rc = decode_entries(reply->json, &l->arena, &page.entries, &page.count, err);
    if (rc)
        return rc;
    page.commit = json_sv(reply->json, "commitId");
    return put_folder(l, &page, err);
}

enum err_code folder_read(struct task *task, struct deploy *deploy, const struct operand *what,
                          struct err *err)
{
    struct repository_look l;
    enum err_code rc = repository_begin(&l, task, deploy, what, err);

    if (!rc && l.what != NULL)
        rc = read_folder(&l, err);
    repository_end(&l);
    return rc;
}

/* ---- files ---- */

/* Nearly as git judges it, which looks for a NUL near the beginning only. */
static bool is_binary(struct sv bytes)
{
    return bytes.len > 0 && memchr(bytes.ptr, '\0', bytes.len) != NULL;
}

static enum err_code write_file(const struct file_page *page, struct sb *json, struct err *err)
{
    struct jw w;

    sb_clear(json);
    jw_init(&w, json, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_sv(&w, "commit", page->commit);
    jw_put_sv(&w, "mode", page->mode);
    jw_put_int(&w, "size", page->size);
    jw_put_bool(&w, "is_binary", page->is_binary);
    jw_put_bool(&w, "is_cut", page->is_cut);
    jw_put_int(&w, "masked", page->masked);
    jw_put_sv(&w, "text", page->text);
    jw_close(&w, '}');
    return jw_done(&w);
}

/* A text whose JSON would be too long for the cache is cut by halves until it fits. */
static enum err_code put_file(struct repository_look *l, struct file_page *page, struct err *err)
{
    CLEANUP(sb_release) struct sb json;
    struct err why = {0};
    enum err_code rc;

    sb_init(&json, DOCUMENT_MAX);
    rc = write_file(page, &json, &why);
    while (rc == ERR_LIMIT && page->text.len > 0) {
        page->text = sv_take(page->text, page->text.len / 2);
        page->is_cut = true;
        rc = write_file(page, &json, &why);
    }
    if (rc)
        return err_set(err, rc, "%s", why.text);
    return repository_put(l->asker.deploy, DOCUMENT_FILE, l->what, sb_sv(&json), err);
}

static enum err_code too_large(const struct repository_look *l, struct err *err)
{
    return err_set(err, ERR_LIMIT,
                   SV_FMT " is over %d MB, and CodeCommit gives such files to git only: see "
                          "penstock clone",
                   SV_ARG(sv_take(l->what->path, 200)), COMMIT_FILE_BYTES_MAX / (1024 * 1024));
}

static enum err_code take_file(struct repository_look *l, const cJSON *reply, struct err *err)
{
    CLEANUP(sb_release) struct sb bytes;
    CLEANUP(sb_release) struct sb masked;
    struct masking m = {0};
    struct file_page page = {.commit = json_sv(reply, "commitId"),
                             .mode = json_sv(reply, "fileMode"),
                             .size = json_int(reply, "fileSize", 0),
                             .text = SV("")};
    enum err_code rc;

    if (page.size > COMMIT_FILE_BYTES_MAX)
        return too_large(l, err);
    sb_init(&bytes, COMMIT_FILE_BYTES_MAX + 4);
    sb_init(&masked, 2 * FILE_SHOWN_MAX);
    rc = decode_file(reply, &bytes, err);
    if (rc)
        return rc;
    page.size = (int64_t)bytes.len;
    page.is_binary = is_binary(sb_sv(&bytes));
    page.is_cut = !page.is_binary && bytes.len > FILE_SHOWN_MAX;
    if (!page.is_binary && bytes.len > 0)
        rc = mask_text(&m, sv_take(sb_sv(&bytes), FILE_SHOWN_MAX), &masked, err);
    if (rc)
        return rc;
    page.masked = m.count;
    if (masked.len > 0)
        page.text = sb_sv(&masked);
    return put_file(l, &page, err);
}

static enum err_code read_file(struct repository_look *l, struct err *err)
{
    struct ask_member members[4];
    const struct aws_reply *reply;
    struct err why = {0};
    enum err_code rc = ask_read(&l->asker, OP_GET_FILE,
                                name_place(l, "filePath", l->what->path, members), &reply, &why);

    if (rc == ERR_LIMIT ||
        (rc && reply != NULL && sv_eq(reply->error_name, SV("FileTooLargeException"))))
        return too_large(l, err);
    if (rc)
        return err_set(err, rc, "%s", why.text);
    return take_file(l, reply->json, err);
}

enum err_code repository_file_read(struct task *task, struct deploy *deploy,
                                   const struct operand *what, struct err *err)
{
    struct repository_look l;
    enum err_code rc = repository_begin(&l, task, deploy, what, err);

    if (!rc && l.what != NULL)
        rc = read_file(&l, err);
    repository_end(&l);
    return rc;
}
