/* What CodeCommit's operations share: a repository is a record of its description and a bare git
 * repository under s->dir/git/ACCOUNT/REGION/NAME.git. */
#ifndef PENSTOCK_SANDBOX_CODECOMMIT_REPO_H
#define PENSTOCK_SANDBOX_CODECOMMIT_REPO_H

#include "core/sandbox/call.h"
#include "core/sandbox/repository.h"

#define REPOSITORY_KIND "codecommit.repository"

/* AWS's own limits. */
enum { FILE_MOST = 6 << 20, FILES_MOST_BYTES = 7 << 20, FILES_MOST = 100 };
enum { REPOSITORY_PATH_MAX = 1024, REPOSITORY_NAME_MAX = 100 };

bool codecommit_is_name(struct sv name);
/* Where its files are; ERR_NOT_FOUND when account, region or name could lead elsewhere. */
enum err_code codecommit_dir(const struct service *s, const struct codecommit_place *place,
                             char out[REPOSITORY_PATH_MAX], struct err *err) MUST_CHECK;
enum err_code codecommit_open(const struct service *s, const struct codecommit_place *place,
                              struct repository **out, struct err *err) MUST_CHECK;
/* An URL of the sandbox's own, because git must reach it. */
void codecommit_url(const struct service *s, struct sv name, char out[REPOSITORY_PATH_MAX]);

/* A repository that an operation names, for its time. */
struct repo {
    struct call *c;
    struct codecommit_place place;
    cJSON *record;
    struct repository *git;
};
/* The record of a repository of that name, or of a seeded pipeline's; NULL when there is none. */
enum err_code codecommit_record(const struct service *s, const struct codecommit_place *place,
                                cJSON **out, struct err *err) MUST_CHECK;
cJSON *repo_record(struct call *c, struct sv name); /* in the caller's account and region */
/* By the member repositoryName; false: the call has failed. repo_close in either case. */
bool repo_open(struct call *c, struct repo *out);
void repo_close(struct repo *repo);
bool repo_save(struct repo *repo);                /* its record, as changed now */
bool repo_check(struct call *c, bool had_memory); /* else the call has failed */
/* The tags of a request; NULL too when it has none. */
const cJSON *codecommit_tags(struct call *c);
/* Into the record's own, a list of Key and Value. False: no memory. */
bool codecommit_set_tags(cJSON *record, const cJSON *tags);

/* A name that must be there and be one; SV_NONE: the call has failed. */
struct sv codecommit_name(struct call *c, const char *member);
struct sv codecommit_branch_name(struct call *c, const char *member);
/* The commit that a member means; without it the default branch. False: the call has failed. */
bool repo_commit_of(struct repo *repo, const char *member, bool is_required,
                    char commit[OBJECT_SIZE]);
/* A path without the slash at its ends; is_root: it may be empty. */
bool codecommit_path_of(struct call *c, const cJSON *object, const char *member, bool may_be_root,
                        struct sv *out);
const char *codecommit_mode_name(int mode); /* "NORMAL" */

bool codecommit_is_id(struct sv text); /* 40 hex digits */
/* The commit as a member of that name, or, of a list, at its end. */
void codecommit_put_commit(struct call *c, cJSON *to, const char *name, struct sv id,
                           const struct commit_text *text);

/* A branch moves: record and events, then the branch itself when git is given (a push has moved it
 * already). old or new is "" when it is made or deleted. */
struct branch_move {
    struct sv branch;
    const char *old;
    const char *new;
};
enum err_code codecommit_moved(struct service *s, const struct codecommit_place *place,
                               struct repository *git, bool moves_it,
                               const struct branch_move *move, struct err *err) MUST_CHECK;

#endif
