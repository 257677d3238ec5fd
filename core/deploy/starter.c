/* The starters: small apps under assets/starters, embedded in the program. A file called STAGE is
 * there once for every stage. */
#include "core/deploy/starter.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/assets.h"

enum { STARTER_PATH_SIZE = 512 };

static const char stage_file[] = "/STAGE.json";

enum err_code starter_begin(struct starter_set *set, struct arena *arena, struct err *err)
{
    struct repository_file *items = arena_alloc(arena, REPOSITORY_FILES_MAX, sizeof *items);

    if (items == NULL)
        return arena_err(arena, err);
    *set = (struct starter_set){.arena = arena, .items = items};
    return ERR_OK;
}

enum err_code starter_add(struct starter_set *set, struct sv path, struct sv bytes,
                          bool is_executable, struct err *err)
{
    struct sv kept;

    if (set->count == REPOSITORY_FILES_MAX)
        return err_set(err, ERR_LIMIT,
                       "more than %d files for the first commit (" SV_FMT
                       " is one too many); leave some out and push them later",
                       REPOSITORY_FILES_MAX, SV_ARG(path));
    if (bytes.len > REPOSITORY_FILE_MAX)
        return err_set(err, ERR_LIMIT,
                       SV_FMT " is larger than %d MB, which is what CodeCommit takes; leave it out",
                       SV_ARG(path), REPOSITORY_FILE_MAX / (1024 * 1024));
    if (bytes.len > REPOSITORY_FILES_SIZE - set->size)
        return err_set(err, ERR_LIMIT,
                       "the files are larger than %d MB together (" SV_FMT
                       " is one too many); leave some out and push them later",
                       REPOSITORY_FILES_SIZE / (1024 * 1024), SV_ARG(path));
    kept = arena_sv(set->arena, path);
    if (kept.ptr == NULL)
        return arena_err(set->arena, err);
    set->items[set->count++] =
        (struct repository_file){.path = kept, .bytes = bytes, .is_executable = is_executable};
    set->size += bytes.len;
    return ERR_OK;
}

bool starter_has(const struct starter_set *set, struct sv path)
{
    for (size_t i = 0; i < set->count; i++) {
        if (sv_eq(set->items[i].path, path))
            return true;
    }
    return false;
}

static int by_path(const void *a, const void *b)
{
    const struct repository_file *x = a;
    const struct repository_file *y = b;

    return sv_cmp(x->path, y->path);
}

enum err_code starter_end(struct starter_set *set, const struct blueprint *b,
                          struct repository_file **out, size_t *count, struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    struct sv kept;
    enum err_code rc;

    sb_init(&text, REPOSITORY_FILE_MAX);
    rc = ddk_json(b, &text, err);
    if (rc)
        return rc;
    kept = arena_sv(set->arena, sb_sv(&text));
    if (kept.ptr == NULL)
        return arena_err(set->arena, err);
    rc = starter_add(set, SV("ddk.json"), kept, false, err);
    if (rc)
        return rc;
    qsort(set->items, set->count, sizeof set->items[0], by_path);
    *out = set->items;
    *count = set->count;
    return ERR_OK;
}

/* "starters/cdk/" of this definition. */
static struct sv folder(const struct blueprint *b, char out[STARTER_PATH_SIZE])
{
    int len =
        snprintf(out, STARTER_PATH_SIZE, "starters/%s/", starter_word(b->definition->starter));

    return sv_make(out, len < 0 ? 0 : (size_t)len);
}

static enum err_code add_per_stage(struct starter_set *set, const struct blueprint *b,
                                   struct sv path, struct sv bytes, struct err *err)
{
    struct sv before = sv_take(path, path.len - (sizeof stage_file - 2));
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < b->definition->stage_count && !rc; i++) {
        CLEANUP(sb_release) struct sb name;

        sb_init(&name, STARTER_PATH_SIZE);
        rc = sb_addf(&name, err, SV_FMT SV_FMT ".json", SV_ARG(before),
                     SV_ARG(b->definition->stages[i].stage));
        if (!rc && !starter_has(set, sb_sv(&name)))
            rc = starter_add(set, sb_sv(&name), bytes, false, err);
    }
    return rc;
}

enum err_code starter_files(const struct blueprint *b, struct arena *arena,
                            struct repository_file **out, size_t *count, struct err *err)
{
    char text[STARTER_PATH_SIZE];
    struct sv below = folder(b, text);
    struct starter_set set;
    enum err_code rc = starter_begin(&set, arena, err);

    for (const struct asset *a = assets; !rc && a->path != NULL; a++) {
        struct sv path = sv_of(a->path);
        struct sv bytes = sv_make(a->bytes, a->len);

        if (!sv_starts(path, below))
            continue;
        path = sv_drop(path, below.len);
        if (sv_ends(path, sv_of(stage_file)))
            rc = add_per_stage(&set, b, path, bytes, err);
        else
            rc = starter_add(&set, path, bytes, false, err);
    }
    return rc ? rc : starter_end(&set, b, out, count, err);
}

enum err_code starter_add_buildspec(struct starter_set *set, const struct blueprint *b,
                                    struct err *err)
{
    char text[STARTER_PATH_SIZE];
    size_t start = folder(b, text).len;

    snprintf(text + start, sizeof text - start, "buildspec.yml");
    if (starter_has(set, SV("buildspec.yml")))
        return ERR_OK;
    for (const struct asset *a = assets; a->path != NULL; a++) {
        if (strcmp(a->path, text) == 0)
            return starter_add(set, SV("buildspec.yml"), sv_make(a->bytes, a->len), false, err);
    }
    return err_set(err, ERR_NOT_FOUND, "the program holds no %s", text);
}
