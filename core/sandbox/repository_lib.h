/* libgit2, for the files of repository.h: the one header here that knows it. */
#ifndef PENSTOCK_SANDBOX_REPOSITORY_LIB_H
#define PENSTOCK_SANDBOX_REPOSITORY_LIB_H

#include <git2.h>

#include "core/sandbox/repository.h"
#include "core/sandbox/seed_repository.h"

struct repository {
    git_repository *git; /* one of the two */
    struct seed_repository *seeded;
};

/* libgit2's own sentence for what could not be done. GIT_ENOTFOUND is ERR_NOT_FOUND. */
enum err_code repository_fail(int code, const char *what, struct err *err);
/* False for what is no whole id. */
bool repository_read_id(struct sv text, git_oid *out);
/* The tree of a commit; *out is the caller's. */
enum err_code repository_tree(struct repository *r, const char *commit, git_tree **out,
                              struct err *err) MUST_CHECK;

enum { TREE_PATH_MAX = 4096 };
/* A terminated copy for the library; false when it is too long or has a NUL in it. */
bool repository_path(struct sv path, char out[TREE_PATH_MAX + 1]);

#endif
