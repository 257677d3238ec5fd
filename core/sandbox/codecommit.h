/* CodeCommit: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_CODECOMMIT_H
#define PENSTOCK_SANDBOX_CODECOMMIT_H

#include "core/base/json.h"

struct service;

/* clang-format off */
/*       service  operation  function */
#define CODECOMMIT_CALLS(X) \
    X("codecommit", "CreateRepository",            codecommit_create)          \
    X("codecommit", "GetRepository",               codecommit_get)             \
    X("codecommit", "BatchGetRepositories",        codecommit_get_batch)       \
    X("codecommit", "ListRepositories",            codecommit_list)            \
    X("codecommit", "DeleteRepository",            codecommit_delete)          \
    X("codecommit", "UpdateRepositoryDescription", codecommit_describe)        \
    X("codecommit", "UpdateRepositoryName",        codecommit_rename)          \
    X("codecommit", "TagResource",                 codecommit_tag)             \
    X("codecommit", "UntagResource",               codecommit_untag)           \
    X("codecommit", "ListTagsForResource",         codecommit_list_tags)       \
    X("codecommit", "ListBranches",                codecommit_list_branches)   \
    X("codecommit", "GetBranch",                   codecommit_get_branch)      \
    X("codecommit", "CreateBranch",                codecommit_create_branch)   \
    X("codecommit", "DeleteBranch",                codecommit_delete_branch)   \
    X("codecommit", "UpdateDefaultBranch",         codecommit_default_branch)  \
    X("codecommit", "CreateCommit",                codecommit_create_commit)   \
    X("codecommit", "PutFile",                     codecommit_put_file)        \
    X("codecommit", "DeleteFile",                  codecommit_delete_file)     \
    X("codecommit", "GetCommit",                   codecommit_get_commit)      \
    X("codecommit", "GetFile",                     codecommit_get_file)        \
    X("codecommit", "GetFolder",                   codecommit_get_folder)      \
    X("codecommit", "GetBlob",                     codecommit_get_blob)        \
    X("codecommit", "GetDifferences",              codecommit_differences)     \
    X("codecommit", "BatchGetCommits",             codecommit_get_commits)     \
    X("codecommit", "ListFileCommitHistory",       codecommit_file_history)    \
    X("codecommit", "MergeBranchesByFastForward",  codecommit_fast_forward)    \
    X("codecommit", "GetMergeConflicts",           codecommit_merge_conflicts)
/*       kind     function: what happens later */
#define CODECOMMIT_LATER(X)
/* clang-format on */

/* The commit at a branch's head; "" when there is no such repository or branch. */
enum { COMMIT_TEXT = 41 };
struct codecommit_place {
    struct sv account;
    struct sv region;
    struct sv repository;
};
enum err_code codecommit_head(struct service *s, const struct codecommit_place *place,
                              struct sv branch, char commit[COMMIT_TEXT],
                              struct err *err) MUST_CHECK;
/* The bytes of a file in a commit; ERR_NOT_FOUND when it has none of that path. */
enum err_code codecommit_file(struct service *s, const struct codecommit_place *place,
                              struct sv commit, struct sv path, struct sb *out,
                              struct err *err) MUST_CHECK;
/* The first line of its message. */
enum err_code codecommit_message(struct service *s, const struct codecommit_place *place,
                                 struct sv commit, struct sb *out, struct err *err) MUST_CHECK;

#endif
