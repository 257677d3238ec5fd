#include "core/aws/commits.h"

#include "core/aws/shape.h"

enum { COMMITS_MAX = 200, PARENTS_MAX = 64, FILES_MAX = 2000 };

/* clang-format off */
static const struct shape_member person_members[] = {
    MEMBER(commit, "name",  TEXT, author),
    MEMBER(commit, "email", TEXT, email),
};
static const struct shape person_shape = {.noun = "author", MEMBERS(person_members)};

static const struct shape_member commit_members[] = {
    MEMBER(commit, "commitId", TEXT, id),
    MEMBER(commit, "message",  TEXT, message),
    INSIDE("author", person_shape),
};
static shape_finish_fn finish_commit;
static const struct shape commit_shape = {
    .noun = "commit", MEMBERS(commit_members), .size = sizeof(struct commit), .cap = COMMITS_MAX,
    .has_key = true, .finish = finish_commit,
};

static const struct shape_member blob_members[] = {
    MEMBER(file_change, "path", TEXT, path),
};
static const struct shape blob_shape = {.noun = "blob", MEMBERS(blob_members)};

static const struct shape_member difference_members[] = {
    INSIDE("beforeBlob", blob_shape),
    INSIDE("afterBlob",  blob_shape),
};
static shape_finish_fn finish_difference;
static const struct shape difference_shape = {
    .noun = "difference", MEMBERS(difference_members), .size = sizeof(struct file_change),
    .cap = FILES_MAX, .finish = finish_difference,
};
/* clang-format on */

/* "1484167798 -0800": seconds since 1970 and the author's zone, which nobody wants. */
static int64_t read_date(struct sv text)
{
    struct sv zone;
    int64_t seconds;

    if (!sv_to_int(sv_cut(text, ' ', &zone), &seconds) || seconds <= 0 || seconds > 253402300799)
        return 0;
    return seconds * 1000;
}

static enum err_code finish_commit(const cJSON *json, void *object, struct arena *arena,
                                   struct err *err)
{
    struct commit *commit = object;
    const cJSON *list = json_list(json, "parents");
    struct sv *parents;
    size_t count = 0;

    for (const cJSON *p = list; p != NULL && count < PARENTS_MAX; p = p->next)
        count++;
    commit->at = read_date(json_sv(json_get(json, "author"), "date"));
    commit->parents = parents = arena_alloc(arena, count, sizeof *parents);
    if (parents == NULL)
        return arena_err(arena, err);
    for (const cJSON *p = list; commit->parent_count < count; p = p->next) {
        parents[commit->parent_count] = arena_sv(arena, json_item_sv(p));
        if (parents[commit->parent_count++].ptr == NULL)
            return arena_err(arena, err);
    }
    return ERR_OK;
}

static enum err_code finish_difference(const cJSON *json, void *object, struct arena *arena,
                                       struct err *err)
{
    struct file_change *change = object;
    struct sv word = json_sv(json, "changeType");

    (void)arena;
    (void)err;
    change->sign = word.len == 1 && memchr("AMD", word.ptr[0], 3) != NULL ? word.ptr[0] : '?';
    return ERR_OK;
}

enum err_code decode_commit(const cJSON *json, struct arena *arena, struct commit *out,
                            struct err *err)
{
    struct commit made = {0};
    const cJSON *commit = json_get(json, "commit");
    enum err_code rc;

    if (commit == NULL || json_sv(commit, "commitId").len == 0)
        return err_set(err, ERR_REPLY, "expected AWS, got a commit without its id");
    rc = shape_object(&commit_shape, commit, &made, arena, err);
    if (rc == ERR_OK)
        *out = made;
    return rc;
}

enum err_code decode_commits(const cJSON *json, struct arena *arena, struct commit **out,
                             size_t *count, struct err *err)
{
    return shape_list(&commit_shape, json_get(json, "commits"), (void **)out, count, arena, err);
}

enum err_code decode_differences(const cJSON *json, struct arena *arena, struct file_change **out,
                                 size_t *count, struct err *err)
{
    return shape_list(&difference_shape, json_get(json, "differences"), (void **)out, count, arena,
                      err);
}
