/* Repositories: bare git repositories on disk, as CodeCommit's operations need them.
 *
 * Objects are written first and a branch is moved last, so what is interrupted leaves only objects
 * that nothing names. Object ids are 40 hex digits. The library (libgit2) is known to
 * repository_lib.h alone; no configuration of the host's or of its users is read. */
#ifndef PENSTOCK_SANDBOX_REPOSITORY_H
#define PENSTOCK_SANDBOX_REPOSITORY_H

#include "core/base/text.h"

enum { OBJECT_SIZE = 41 };

struct repository;

/* Parents are made; an empty one whose HEAD is main. */
enum err_code repository_create(const char *path, struct err *err) MUST_CHECK;
enum err_code repository_open(const char *path, struct repository **out,
                              struct err *err) MUST_CHECK;
/* One of a seeded pipeline, which becomes this repository's. It can be read; what would change it
 * is ERR_FAILED (branches: see seed_repository.h). */
struct seed_repository;
enum err_code repository_wrap(struct seed_repository *seeded, struct repository **out,
                              struct err *err) MUST_CHECK;
bool repository_is_seeded(const struct repository *r);
void repository_close(struct repository *r); /* NULL is fine */

bool repository_is_branch_name(struct sv name);
/* commit is "" when there is no such branch. */
enum err_code repository_branch(struct repository *r, struct sv branch, char commit[OBJECT_SIZE],
                                struct err *err) MUST_CHECK;
/* All of them in the order of their names. */
typedef enum err_code branch_fn(void *owner, struct sv branch, const char *commit, struct err *err);
enum err_code repository_branches(struct repository *r, branch_fn *fn, void *owner,
                                  struct err *err) MUST_CHECK;
/* Made when it is not there. */
enum err_code repository_move_branch(struct repository *r, struct sv branch, const char *commit,
                                     struct err *err) MUST_CHECK;
enum err_code repository_drop_branch(struct repository *r, struct sv branch,
                                     struct err *err) MUST_CHECK;
/* Which branch a clone checks out; it need not be there yet. */
enum err_code repository_point_head(struct repository *r, struct sv branch,
                                    struct err *err) MUST_CHECK;

/* What a branch, a tag, a full reference name or a whole id means; "" when it means no commit. */
enum err_code repository_find_commit(struct repository *r, struct sv specifier,
                                     char commit[OBJECT_SIZE], struct err *err) MUST_CHECK;

/* How many commits each has in its history that the other has not: 0 of the first means that the
 * first can be forwarded to the second. */
enum err_code repository_divergence(struct repository *r, const char *one, const char *other,
                                    size_t *only_one, size_t *only_other,
                                    struct err *err) MUST_CHECK;

/* Each path that a merge of the two could not settle, and their newest common commit ("": none). */
typedef enum err_code conflict_fn(void *owner, struct sv path, struct err *err);
enum err_code repository_conflicts(struct repository *r, const char *one, const char *other,
                                   char base[OBJECT_SIZE], conflict_fn *fn, void *owner,
                                   struct err *err) MUST_CHECK;

enum { PERSON_MAX = 256, PARENTS_MAX = 16 };

struct commit_person {
    char name[PERSON_MAX];
    char email[PERSON_MAX];
    int64_t at_s;
    int offset_minutes;
};

struct commit_text {
    char tree[OBJECT_SIZE];
    char parents[PARENTS_MAX][OBJECT_SIZE];
    size_t parent_count; /* at most PARENTS_MAX of them are told */
    struct commit_person author;
    struct commit_person committer;
    struct sb message; /* the caller's: sb_init before, sb_release after */
};
/* ERR_NOT_FOUND when there is no such commit. */
enum err_code repository_read_commit(struct repository *r, const char *commit,
                                     struct commit_text *out, struct err *err) MUST_CHECK;

enum entry_kind { ENTRY_FILE, ENTRY_LINK, ENTRY_FOLDER, ENTRY_MODULE };

struct repository_entry {
    enum entry_kind kind;
    int mode; /* 0100644 and the like */
    char id[OBJECT_SIZE];
    struct sv path; /* from the root; lives during the call */
    struct sv name;
};
/* ERR_NOT_FOUND when the commit has nothing of that path. path and name of *out are empty. */
enum err_code repository_find(struct repository *r, const char *commit, struct sv path,
                              struct repository_entry *out, struct err *err) MUST_CHECK;
/* What is in a folder, not deeper; an empty path is the root. ERR_NOT_FOUND when it is none. */
typedef enum err_code entry_fn(void *owner, const struct repository_entry *entry, struct err *err);
enum err_code repository_folder(struct repository *r, const char *commit, struct sv path,
                                entry_fn *fn, void *owner, char tree[OBJECT_SIZE],
                                struct err *err) MUST_CHECK;
/* ERR_NOT_FOUND when there is no such blob, ERR_LIMIT when it is over most bytes. */
enum err_code repository_blob(struct repository *r, const char *id, size_t most, struct sb *out,
                              struct err *err) MUST_CHECK;

/* One file that differs; an empty id: it is not on that side. */
struct difference {
    char kind; /* 'A', 'M' or 'D' */
    char before[OBJECT_SIZE];
    char after[OBJECT_SIZE];
    int before_mode;
    int after_mode;
    struct sv path;
};
typedef enum err_code difference_fn(void *owner, const struct difference *d, struct err *err);
/* before may be "": everything is new. */
enum err_code repository_differences(struct repository *r, const char *before, const char *after,
                                     difference_fn *fn, void *owner, struct err *err) MUST_CHECK;

/* What a commit changes, a file each. */
enum change_kind { CHANGE_PUT, CHANGE_DELETE, CHANGE_MODE };
enum change_result {
    CHANGE_SAME, /* there was nothing to change */
    CHANGE_ADDED,
    CHANGE_UPDATED,
    CHANGE_DELETED,
    CHANGE_NO_FILE,   /* to delete, or to change the mode of */
    CHANGE_IS_FOLDER, /* a folder has that name */
    CHANGE_UNDER_FILE /* a file has the name of one of its folders */
};

struct file_change {
    enum change_kind kind;
    struct sv path;
    struct sv bytes;
    int mode; /* 0 of CHANGE_PUT: as it was, else 0100644 */

    enum change_result result;
    char blob[OBJECT_SIZE];
    int mode_then; /* what it has, or had when it is deleted */
};

struct new_commit {
    struct sv parent; /* empty: the first one */
    struct file_change *changes;
    size_t count;
    bool keep_folders; /* one that would be empty gets a .gitkeep */
    struct commit_person author;
    struct sv message;

    char tree[OBJECT_SIZE];
    char commit[OBJECT_SIZE];
};
/* Writes objects only. commit is "" when one of the changes cannot be (see their results) or none
 * changes anything. */
enum err_code repository_commit(struct repository *r, struct new_commit *n,
                                struct err *err) MUST_CHECK;

#endif
