/* CodeCommit: what a folder has. */
#include "core/aws/codecommit.h"

enum { ENTRIES_MAX = 20000 };

static const struct {
    const char *list;
    const char *blob;
    enum entry_kind kind;
} lists[] = {
    {"subFolders", "treeId", ENTRY_FOLDER},
    {"files", "blobId", ENTRY_FILE},
    {"symbolicLinks", "blobId", ENTRY_LINK},
    {"subModules", "commitId", ENTRY_MODULE},
};

static enum err_code count_entries(const cJSON *json, size_t *out, struct err *err)
{
    *out = 0;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        for (const cJSON *at = json_list(json, lists[i].list); at != NULL; at = at->next)
            (*out)++;
    }
    return *out > ENTRIES_MAX
               ? err_set(err, ERR_LIMIT, "a folder of over %d files", (int)ENTRIES_MAX)
               : ERR_OK;
}

enum err_code decode_entries(const cJSON *json, struct arena *arena, struct folder_entry **out,
                             size_t *count, struct err *err)
{
    struct folder_entry *rows;
    size_t n = 0;
    size_t wanted;
    enum err_code rc = count_entries(json, &wanted, err);

    if (rc)
        return rc;
    rows = arena_alloc(arena, wanted + 1, sizeof *rows);
    if (rows == NULL)
        return arena_err(arena, err);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        for (const cJSON *at = json_list(json, lists[i].list); at != NULL; at = at->next) {
            struct folder_entry *e = &rows[n];

            e->kind = lists[i].kind;
            e->path = arena_sv(arena, json_sv(at, "absolutePath"));
            e->blob = arena_sv(arena, json_sv(at, lists[i].blob));
            e->mode = arena_sv(arena, json_sv(at, "fileMode"));
            if (e->path.ptr == NULL || e->blob.ptr == NULL || e->mode.ptr == NULL)
                return arena_err(arena, err);
            n += e->path.len > 0;
        }
    }
    *out = rows;
    *count = n;
    return ERR_OK;
}
