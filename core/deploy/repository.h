/* The pipeline's CodeCommit repository, without git: made, filled and branched by API calls. */
#ifndef PENSTOCK_DEPLOY_REPOSITORY_H
#define PENSTOCK_DEPLOY_REPOSITORY_H

#include "core/deploy/deploy.h"
#include "core/deploy/template.h"

enum { COMMIT_ID_SIZE = 64, BRANCHES_MAX = 64 };

struct pipeline_repository {
    struct deploy *deploy;
    struct aws_session *session;
    struct sv account;
    struct sv name;
    /* known after repository_look */
    bool exists;
    bool is_ours; /* it carries the tag penstock:pipeline of this pipeline */
    char arn[300];
    char clone_url[400];
    char default_branch[260];
};

/* pipeline: whose it should be. */
enum err_code repository_look(struct task *task, struct pipeline_repository *r, struct sv pipeline,
                              struct err *err) MUST_CHECK;
/* A closed CodeCommit (OperationNotAllowedException) is ERR_FAILED with what to do instead. */
enum err_code repository_make(struct task *task, struct pipeline_repository *r,
                              struct sv description, const struct tag *tags, size_t tag_count,
                              struct err *err) MUST_CHECK;
/* "" when there is no such branch. */
enum err_code repository_head(struct task *task, struct pipeline_repository *r, struct sv branch,
                              char commit[COMMIT_ID_SIZE], struct err *err) MUST_CHECK;
enum err_code repository_branch(struct task *task, struct pipeline_repository *r, struct sv branch,
                                struct sv commit, struct err *err) MUST_CHECK;
/* A file's bytes at the head of a branch; *is_there is false when there is none. */
enum err_code repository_read(struct task *task, struct pipeline_repository *r, struct sv branch,
                              struct sv path, struct sb *out, bool *is_there,
                              struct err *err) MUST_CHECK;
/* parent: "" only for the first commit of an empty repository. `commit` gets the new head; when the
 * files are there already, byte for byte, it stays the parent. */
enum err_code repository_commit(struct task *task, struct pipeline_repository *r, struct sv branch,
                                struct sv parent, struct sv message,
                                const struct repository_file *files, size_t count,
                                char commit[COMMIT_ID_SIZE], struct err *err) MUST_CHECK;
enum err_code repository_delete(struct task *task, struct pipeline_repository *r,
                                struct err *err) MUST_CHECK;

#endif
