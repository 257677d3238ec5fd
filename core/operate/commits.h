/* Commits between two of a CodeCommit repository, by walking parents: what is reachable from the
 * one and not from the other, as `git log BEFORE..AFTER` tells. What never changes is asked once:
 * each commit is kept as a document. Inside a task. */
#ifndef PENSTOCK_OPERATE_COMMITS_H
#define PENSTOCK_OPERATE_COMMITS_H

#include "core/deploy/ask.h"
#include "core/operate/carried.h"

enum { COMMITS_KEPT_MOST = 100 }; /* by one commits_keep: BatchGetCommits takes so many */

struct commits_ask {
    struct asker asker;    /* its session is that of the repository's place */
    struct pipeline_id at; /* the place; its name does not matter */
    struct sv repository;
    struct sv before; /* "" = from the first commit on */
    struct sv after;
};

/* Where a source action's commits are: in the account of its role, in its own region. */
struct pipeline_id commits_at(const struct action_def *source, const struct pipeline_id *pipeline);
/* Reads and keeps those of these commits that are not kept yet, COMMITS_KEPT_MOST of them, in one
 * call. What the repository does not have is passed over. */
enum err_code commits_keep(const struct commits_ask *ask, const struct sv *ids, size_t count,
                           struct arena *arena, struct err *err) MUST_CHECK;
/* When it was written, in ms; 0 when it is not kept. */
int64_t commits_time(struct cache *cache, const struct pipeline_id *at, struct sv repository,
                     struct sv id, struct arena *arena);

/* The latest first, at most CARRIED_COMMITS_MAX; *is_cut tells that there are more. Text in the
 * arena. ERR_NOT_FOUND when `after` is not in the repository (any more). */
enum err_code commits_between(const struct commits_ask *ask, struct arena *arena,
                              struct commit **out, size_t *count, bool *is_cut,
                              struct err *err) MUST_CHECK;
/* Both ways: what `after` brings, and how much of `before` it takes back. An older commit brings
 * nothing: it is never told as everything from the first commit on. */
struct commits_change {
    struct commit *commits; /* as commits_between's */
    size_t count;
    bool is_cut;
    size_t taken; /* of `before` and not of `after`, at most CARRIED_COMMITS_MAX */
    bool taken_cut;
};
/* is_back: it is likely an older one. ERR_NOT_FOUND also when `before` is not there (any more). */
enum err_code commits_compare(const struct commits_ask *ask, bool is_back, struct arena *arena,
                              struct commits_change *out, struct err *err) MUST_CHECK;
/* The files that differ, at most CARRIED_FILES_MAX. */
enum err_code commits_files(const struct commits_ask *ask, struct arena *arena,
                            struct file_change **out, size_t *count, bool *is_cut,
                            struct err *err) MUST_CHECK;

#endif
