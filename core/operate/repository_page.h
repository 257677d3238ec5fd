/* A pipeline's repository as pages show it: branches, the commits of one, what a commit changed,
 * folders and files. Each is a document of the cache, written by its reading. CodeCommit only: of
 * other sources the cache knows where they are, and they have pages of their own. */
#ifndef PENSTOCK_OPERATE_REPOSITORY_PAGE_H
#define PENSTOCK_OPERATE_REPOSITORY_PAGE_H

#include "core/aws/codecommit.h"
#include "core/model/commit.h"
#include "core/operate/reading.h"

enum {
    BRANCH_ROWS_MAX = 100,
    BRANCH_COMMITS_MAX = 50, /* that are shown of a branch */
    CHANGED_FILES_MAX = 500,
    ENTRIES_MAX = 2000,
    SOURCES_MAX = 40,
    FILE_SHOWN_MAX = 1 << 20 /* bytes */
};

/* ---- where a pipeline's sources are ---- */

/* A source action of a logical pipeline. */
struct repository_source {
    struct pipeline_id pipeline; /* the CodePipeline */
    struct sv environments;      /* those that it leads to, divided by commas; "" = none is known */
    struct sv action;
    struct sv provider; /* "CodeCommit", "CodeStarSourceConnection", "GitHub", "S3", ... */
    struct sv repository;
    struct sv branch;
    struct sv account; /* of the repository */
    struct sv region;
    struct sv link; /* a page of it, as the last execution told; "" = none is known */
};
/* From the cache: what its CodePipelines' definitions say. Texts in the arena. */
enum err_code repository_sources(struct cache *cache, const struct pipeline_id *id,
                                 struct arena *arena, struct repository_source **out, size_t *count,
                                 struct err *err) MUST_CHECK;
bool source_is_codecommit(const struct repository_source *source);
/* "a connection (GitHub, GitLab, Bitbucket)", "an S3 bucket": for sentences. */
const char *source_words(const struct repository_source *source);

/* Where pages and readings look when no repository was said: that of the pipeline's first
 * CodeCommit source, in its account and region. out->repository stays empty when it has none. */
enum err_code repository_own(struct cache *cache, const struct operand *what, struct arena *arena,
                             struct operand *out, struct err *err) MUST_CHECK;

/* ---- branches ---- */

struct branch_row {
    struct sv name;
    struct commit head; /* its message's first line, and no parents */
    int64_t ahead;      /* of the default branch; -1 = not counted */
    int64_t behind;
    bool ahead_is_more; /* than was counted */
    bool behind_is_more;
};
struct repository_page {
    struct repository repository;
    struct branch_row *branches; /* the default one first, then by name */
    size_t branch_count;
    bool is_cut; /* it has more branches */
};
/* Members of an object that is open. For the document the times are numbers, for people texts. */
struct jw;
void repository_page_json(struct jw *w, const struct repository_page *page, bool is_document);
/* what->repository in what->id's account and region. ERR_NOT_FOUND when it was not read yet. */
enum err_code repository_page_get(struct cache *cache, const struct operand *what,
                                  struct arena *arena, struct repository_page *out,
                                  int64_t *read_at, struct err *err) MUST_CHECK;
reading_fn repository_page_read;

/* ---- the commits of a branch ---- */

struct branch_page {
    struct commit *commits; /* the latest first; whole messages */
    size_t count;
    bool is_cut; /* there are more */
};
/* what->commit: the branch, or a commit. */
enum err_code branch_page_get(struct cache *cache, const struct operand *what, struct arena *arena,
                              struct branch_page *out, int64_t *read_at,
                              struct err *err) MUST_CHECK;
reading_fn branch_read;

/* ---- what a commit changed, against its first parent ---- */

struct commit_page {
    struct commit commit;
    struct file_change *files;
    size_t file_count;
    bool is_cut;
};
enum err_code commit_page_get(struct cache *cache, const struct operand *what, struct arena *arena,
                              struct commit_page *out, int64_t *read_at,
                              struct err *err) MUST_CHECK;
reading_fn commit_read;

/* ---- folders and files, at what->commit (a branch or a commit) ---- */

struct folder_page {
    struct sv commit; /* its id */
    struct folder_entry *entries;
    size_t count;
    bool is_cut;
};
enum err_code folder_page_get(struct cache *cache, const struct operand *what, struct arena *arena,
                              struct folder_page *out, int64_t *read_at,
                              struct err *err) MUST_CHECK;
reading_fn folder_read;

struct file_page {
    struct sv commit;
    struct sv mode;
    int64_t size;
    bool is_binary; /* it has no text */
    bool is_cut;    /* the text is its beginning */
    int64_t masked; /* values that look like secrets, which are not kept: "***" stands for each */
    struct sv text;
};
enum err_code file_page_get(struct cache *cache, const struct operand *what, struct arena *arena,
                            struct file_page *out, int64_t *read_at, struct err *err) MUST_CHECK;
/* ERR_LIMIT for a file of over 6 MB, which CodeCommit gives to git only. */
reading_fn repository_file_read;

#endif
