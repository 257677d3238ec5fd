/* CodeCommit: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_CODECOMMIT_H
#define PENSTOCK_SANDBOX_CODECOMMIT_H

#include "core/base/json.h"

struct service;

/* clang-format off */
/*       service  operation  function */
#define CODECOMMIT_CALLS(X)
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
