/* Commits between two of a CodeCommit repository, by walking parents: what is reachable from the
 * one and not from the other, as `git log BEFORE..AFTER` tells. What never changes is asked once:
 * each commit is kept as a document. Inside a task. */
#ifndef PENSTOCK_OPERATE_COMMITS_H
#define PENSTOCK_OPERATE_COMMITS_H

#include "core/deploy/ask.h"
#include "core/operate/carried.h"

struct commits_ask {
    struct asker asker;    /* its session is that of the repository's place */
    struct pipeline_id at; /* the place; its name does not matter */
    struct sv repository;
    struct sv before; /* "" = from the first commit on */
    struct sv after;
};

/* The latest first, at most CARRIED_COMMITS_MAX; *is_cut tells that there are more. Text in the
 * arena. ERR_NOT_FOUND when `after` is not in the repository (any more). */
enum err_code commits_between(const struct commits_ask *ask, struct arena *arena,
                              struct commit **out, size_t *count, bool *is_cut,
                              struct err *err) MUST_CHECK;
/* The files that differ, at most CARRIED_FILES_MAX. */
enum err_code commits_files(const struct commits_ask *ask, struct arena *arena,
                            struct file_change **out, size_t *count, bool *is_cut,
                            struct err *err) MUST_CHECK;

#endif
