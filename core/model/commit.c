#include "core/model/commit.h"

enum { COMMITS_MAX = 256 };

struct sv commit_title(const struct commit *commit)
{
    struct sv rest;

    return sv_trim(sv_cut(sv_trim(commit->message), '\n', &rest));
}

static size_t find(const struct commit *commits, size_t count, struct sv id)
{
    size_t i = 0;

    while (i < count && !sv_eq(commits[i].id, id))
        i++;
    return i;
}

int commits_since(const struct commit *commits, size_t count, struct sv base, struct commit *out)
{
    bool is_old[COMMITS_MAX] = {false};
    size_t waiting[COMMITS_MAX];
    size_t left = 0;
    size_t at = find(commits, count, base);
    int fresh = 0;

    if (at == count || count > COMMITS_MAX)
        return -1;
    is_old[at] = true;
    waiting[left++] = at;
    while (left > 0) {
        const struct commit *commit = &commits[waiting[--left]];

        for (size_t i = 0; i < commit->parent_count; i++) {
            at = find(commits, count, commit->parents[i]);
            if (at == count || is_old[at])
                continue;
            is_old[at] = true;
            waiting[left++] = at;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (is_old[i])
            continue;
        if (out != NULL)
            out[fresh] = commits[i];
        fresh++;
    }
    return fresh;
}
