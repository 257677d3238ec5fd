/* CodeCommit's history: commits and the files that differ between two of them. */
#ifndef PENSTOCK_AWS_COMMITS_H
#define PENSTOCK_AWS_COMMITS_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/commit.h"

/* GetCommit. Text in the arena. */
enum err_code decode_commit(const cJSON *json, struct arena *arena, struct commit *out,
                            struct err *err) MUST_CHECK;
/* BatchGetCommits: those that there are. */
enum err_code decode_commits(const cJSON *json, struct arena *arena, struct commit **out,
                             size_t *count, struct err *err) MUST_CHECK;
/* One page of GetDifferences. */
enum err_code decode_differences(const cJSON *json, struct arena *arena, struct file_change **out,
                                 size_t *count, struct err *err) MUST_CHECK;

#endif
