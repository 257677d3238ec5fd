/* What the files of seed_repository.h share. */
#ifndef PENSTOCK_SANDBOX_SEED_REPOSITORY_PARTS_H
#define PENSTOCK_SANDBOX_SEED_REPOSITORY_PARTS_H

#include "core/sandbox/seed_repository.h"

enum { BRANCHES_OF_ONE_MAX = 200, BRANCH_SIZE = 260 };

struct commit {
    struct uid id;
    int64_t at_ms;
    const char *message;
};

struct branch {
    char name[BRANCH_SIZE];
    size_t commit;
};

struct seed_repository {
    struct commit *commits;
    size_t count;
    struct branch branches[BRANCHES_OF_ONE_MAX];
    size_t branch_count;
};

/* The place of the commit in the line; r->count when it has none of that id. */
size_t seed_commit_at(const struct seed_repository *r, struct sv id);
enum err_code seed_no_commit(const char *commit, struct err *err);
/* Of all files whose path begins so, as the commit at that place has them. */
void seed_folder_id(const struct seed_repository *r, size_t at, struct sv path,
                    char out[OBJECT_SIZE]);

#endif
