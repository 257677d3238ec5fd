/* The repository of a seeded pipeline: the commits that its runs carried, told from them.
 *
 * Commit ids are the runs' revisions and no hashes, so git itself cannot serve them: the operations
 * can, through repository.h. History is one line, in the order in which commits first appeared, so
 * one branch can always be forwarded to a later one. It cannot be committed to; branches can be
 * made, dropped and forwarded, which its record keeps:
 *   IsSeeded IsGone id description defaultBranch created modified Arn Tags
 *   Heads {BRANCH: {"commit","at"}}     commit is "" when the branch was deleted */
#ifndef PENSTOCK_SANDBOX_SEED_REPOSITORY_H
#define PENSTOCK_SANDBOX_SEED_REPOSITORY_H

#include "core/base/json.h"
#include "core/sandbox/repository.h"
#include "core/sandbox/world.h"

struct seed_repository;

/* The first pipeline with that repository as its source; NULL when there is none. */
const struct pipe *seed_repository_pipe(struct world *w, struct sv account, struct sv region,
                                        struct sv name);
/* Each name once, by pipeline. */
typedef void seed_repository_fn(void *owner, struct sv name);
void seed_repositories_each(struct world *w, struct sv account, struct sv region,
                            seed_repository_fn *fn, void *owner);
/* Its record as it is before anybody changed it. NULL = no memory. */
cJSON *seed_repository_record(const struct pipe *p);
/* Into the record: the branch stands there now; "" drops it. */
bool seed_repository_note(cJSON *record, struct sv branch, const char *commit, int64_t now_ms);

/* What it is now. The record is read, not kept. */
enum err_code seed_repository_open(const struct pipe *p, const cJSON *record,
                                   struct seed_repository **out, struct err *err) MUST_CHECK;
void seed_repository_close(struct seed_repository *r); /* NULL is fine */
/* Pipelines that have their source in it start with the commit that the branch has now. */
enum err_code seed_repository_pushed(struct world *w, const struct pipe *p, struct sv branch,
                                     const char *commit, struct err *err) MUST_CHECK;

/* What a run takes that somebody starts: the commit on which the pipeline's branch stands, into
 * start, and no new one. record is its repository's, NULL when it was deleted: then the source
 * fails, as it does without the branch. A source elsewhere has what the newest run found there, and
 * so has one whose repository was replaced by a real one. Made pipelines look themselves. */
struct start;
enum err_code seed_repository_start(const struct pipe *p, const cJSON *record, struct start *start,
                                    struct err *err) MUST_CHECK;

/* As repository.h has them. */
void seed_repository_branch(const struct seed_repository *r, struct sv branch,
                            char commit[OBJECT_SIZE]);
enum err_code seed_repository_branches(const struct seed_repository *r, branch_fn *fn, void *owner,
                                       struct err *err) MUST_CHECK;
void seed_repository_find_commit(const struct seed_repository *r, struct sv specifier,
                                 char commit[OBJECT_SIZE]);
enum err_code seed_repository_read(const struct seed_repository *r, const char *commit,
                                   struct commit_text *out, struct err *err) MUST_CHECK;
enum err_code seed_repository_find(const struct seed_repository *r, const char *commit,
                                   struct sv path, struct repository_entry *out,
                                   struct err *err) MUST_CHECK;
enum err_code seed_repository_folder(const struct seed_repository *r, const char *commit,
                                     struct sv path, entry_fn *fn, void *owner,
                                     char tree[OBJECT_SIZE], struct err *err) MUST_CHECK;
enum err_code seed_repository_blob(const struct seed_repository *r, const char *id, size_t most,
                                   struct sb *out, struct err *err) MUST_CHECK;
enum err_code seed_repository_differences(const struct seed_repository *r, const char *before,
                                          const char *after, difference_fn *fn, void *owner,
                                          struct err *err) MUST_CHECK;
/* How many commits the first is before the second; negative: after it. ERR_NOT_FOUND. */
enum err_code seed_repository_distance(const struct seed_repository *r, const char *from,
                                       const char *to, int64_t *out, struct err *err) MUST_CHECK;

#endif
