/* CodeCommit: repositories, their branches and files, and a commit by API. */
#ifndef PENSTOCK_AWS_CODECOMMIT_H
#define PENSTOCK_AWS_CODECOMMIT_H

#include "core/base/arena.h"
#include "core/base/json.h"

/* What one CreateCommit may carry. */
enum {
    COMMIT_FILES_MAX = 100,
    COMMIT_FILE_BYTES_MAX = 6 * 1024 * 1024,
    COMMIT_BYTES_MAX = 7 * 1024 * 1024
};

struct repository {
    struct sv name;
    struct sv id;
    struct sv arn;
    struct sv clone_url; /* HTTPS */
    struct sv default_branch;
    struct sv description;
};
/* GetRepository and CreateRepository. */
enum err_code decode_repository(const cJSON *json, struct arena *arena, struct repository *out,
                                struct err *err) MUST_CHECK;
/* ListRepositories: name and id only. */
enum err_code decode_repositories(const cJSON *json, struct arena *arena, struct repository **out,
                                  size_t *count, struct err *err) MUST_CHECK;
/* ListBranches: their names. */
enum err_code decode_branches(const cJSON *json, struct arena *arena, struct sv **out,
                              size_t *count, struct err *err) MUST_CHECK;
/* GetBranch: the commit it stands at, borrowed. */
enum err_code decode_branch(const cJSON *json, struct sv *commit, struct err *err) MUST_CHECK;
/* GetFile: the bytes are added to content. */
enum err_code decode_file(const cJSON *json, struct sb *content, struct err *err) MUST_CHECK;
/* GetFolder: the paths of its files, not of its folders'. */
enum err_code decode_folder(const cJSON *json, struct arena *arena, struct sv **out, size_t *count,
                            struct err *err) MUST_CHECK;

/* One entry of a folder. */
enum entry_kind { ENTRY_FOLDER, ENTRY_FILE, ENTRY_LINK, ENTRY_MODULE };
struct folder_entry {
    enum entry_kind kind;
    struct sv path; /* from the root */
    struct sv blob; /* of a file */
    struct sv mode; /* NORMAL EXECUTABLE SYMLINK */
};
/* GetFolder: all that is in it, folders first. */
enum err_code decode_entries(const cJSON *json, struct arena *arena, struct folder_entry **out,
                             size_t *count, struct err *err) MUST_CHECK;

struct commit_file {
    struct sv path; /* without a slash in front */
    struct sv content;
    bool is_executable;
};

/* CreateCommit's body. Empty texts are left out; ERR_LIMIT for more than one commit can carry. */
struct commit_request {
    struct sv repository;
    struct sv branch;
    struct sv parent; /* empty for the first commit of a repository */
    struct sv author;
    struct sv email;
    struct sv message;
    const struct commit_file *files;
    size_t file_count;
};
enum err_code commit_write(const struct commit_request *request, struct sb *body,
                           struct err *err) MUST_CHECK;

#endif
