#include "core/deploy/repository.h"

#include "core/aws/codecommit.h"
#include "core/deploy/ask.h"

enum { BODY_SMALL = 64 * 1024, BODY_COMMIT = 12 * 1024 * 1024 };

static struct asker asker_of(struct task *task, const struct pipeline_repository *r)
{
    return (struct asker){
        .task = task, .deploy = r->deploy, .session = r->session, .account = r->account};
}

static void keep(char *to, size_t size, struct sv text)
{
    (void)snprintf(to, size, SV_FMT, SV_ARG(sv_take(text, size - 1)));
}

static void take_metadata(struct pipeline_repository *r, const cJSON *metadata)
{
    r->exists = true;
    keep(r->arn, sizeof r->arn, json_sv(metadata, "Arn"));
    keep(r->clone_url, sizeof r->clone_url, json_sv(metadata, "cloneUrlHttp"));
    keep(r->default_branch, sizeof r->default_branch, json_sv(metadata, "defaultBranch"));
}

static enum err_code look_at_tags(const struct asker *a, struct pipeline_repository *r,
                                  struct sv pipeline, struct err *err)
{
    const struct ask_member arn[] = {{"resourceArn", sv_of(r->arn)}, ASK_END};
    const struct aws_reply *reply;
    enum err_code rc = ask_read(a, OP_LIST_REPOSITORY_TAGS, arn, &reply, err);

    if (!rc)
        r->is_ours = sv_eq(json_sv(json_get(reply->json, "tags"), "penstock:pipeline"), pipeline);
    return rc;
}

enum err_code repository_look(struct task *task, struct pipeline_repository *r, struct sv pipeline,
                              struct err *err)
{
    const struct asker a = asker_of(task, r);
    const struct ask_member name[] = {{"repositoryName", r->name}, ASK_END};
    const struct aws_reply *reply;
    struct err why = {0};
    enum err_code rc = ask_read(&a, OP_GET_REPOSITORY, name, &reply, &why);

    r->exists = r->is_ours = false;
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc && err != NULL)
        *err = why;
    if (rc)
        return rc;
    take_metadata(r, json_get(reply->json, "repositoryMetadata"));
    return look_at_tags(&a, r, pipeline, err);
}

static enum err_code explain_closed(const struct aws_reply *reply, enum err_code rc,
                                    struct err *err)
{
    if (reply == NULL || !sv_eq(reply->error_name, SV("OperationNotAllowedException")))
        return rc;
    return err_set(
        err, ERR_FAILED,
        "AWS does not let this account have new CodeCommit repositories "
        "(OperationNotAllowedException): use a connection to GitHub, GitLab or Bitbucket "
        "as the source instead, or name an existing repository");
}

enum err_code repository_make(struct task *task, struct pipeline_repository *r,
                              struct sv description, const struct tag *tags, size_t tag_count,
                              struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct write write = {.session = r->session,
                          .account = r->account,
                          .op = OP_CREATE_REPOSITORY,
                          .text = "create the repository"};
    struct jw w;
    enum err_code rc;

    sb_init(&body, BODY_SMALL);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "repositoryName", r->name);
    if (description.len > 0)
        jw_put_sv(&w, "repositoryDescription", sv_take(description, 1000));
    jw_name(&w, "tags");
    jw_open(&w, '{');
    for (size_t i = 0; i < tag_count; i++) {
        char key[160];

        keep(key, sizeof key, tags[i].key);
        jw_put_sv(&w, key, tags[i].value);
    }
    jw_close(&w, '}');
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (rc)
        return rc;
    write.body = sb_sv(&body);
    rc = deploy_write(task, r->deploy, &write, &reply, err);
    if (rc)
        return explain_closed(reply, rc, err);
    take_metadata(r, json_get(reply->json, "repositoryMetadata"));
    r->is_ours = true;
    return ERR_OK;
}

enum err_code repository_head(struct task *task, struct pipeline_repository *r, struct sv branch,
                              char commit[COMMIT_ID_SIZE], struct err *err)
{
    const struct asker a = asker_of(task, r);
    const struct ask_member name[] = {{"repositoryName", r->name}, {"branchName", branch}, ASK_END};
    const struct aws_reply *reply;
    struct err why = {0};
    enum err_code rc = ask_read(&a, OP_GET_BRANCH, name, &reply, &why);

    commit[0] = '\0';
    if (rc == ERR_NOT_FOUND && reply != NULL &&
        sv_eq(reply->error_name, SV("BranchDoesNotExistException")))
        return ERR_OK;
    if (rc && err != NULL)
        *err = why;
    if (!rc)
        keep(commit, COMMIT_ID_SIZE, json_sv(json_get(reply->json, "branch"), "commitId"));
    return rc;
}

enum err_code repository_branch(struct task *task, struct pipeline_repository *r, struct sv branch,
                                struct sv commit, struct err *err)
{
    const struct asker a = asker_of(task, r);
    const struct ask_member members[] = {
        {"repositoryName", r->name}, {"branchName", branch}, {"commitId", commit}, ASK_END};
    const struct aws_reply *reply;

    return ask_write(&a, OP_CREATE_BRANCH, members, "create a branch", &reply, err);
}

enum err_code repository_read(struct task *task, struct pipeline_repository *r, struct sv branch,
                              struct sv path, struct sb *out, bool *is_there, struct err *err)
{
    const struct asker a = asker_of(task, r);
    const struct ask_member members[] = {
        {"repositoryName", r->name}, {"commitSpecifier", branch}, {"filePath", path}, ASK_END};
    const struct aws_reply *reply;
    struct err why = {0};
    enum err_code rc = ask_read(&a, OP_GET_FILE, members, &reply, &why);

    *is_there = rc == ERR_OK;
    if (rc == ERR_NOT_FOUND && reply != NULL &&
        sv_eq(reply->error_name, SV("FileDoesNotExistException")))
        return ERR_OK;
    if (rc && err != NULL)
        *err = why;
    return rc ? rc : decode_file(reply->json, out, err);
}

enum err_code repository_commit(struct task *task, struct pipeline_repository *r, struct sv branch,
                                struct sv parent, struct sv message,
                                const struct repository_file *files, size_t count,
                                char commit[COMMIT_ID_SIZE], struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct write write = {.session = r->session,
                          .account = r->account,
                          .op = OP_CREATE_COMMIT,
                          .text = "commit files"};
    struct commit_file list[COMMIT_FILES_MAX];
    struct commit_request request = {.repository = r->name,
                                     .branch = branch,
                                     .parent = parent,
                                     .author = SV("penstock"),
                                     .message = message,
                                     .files = list,
                                     .file_count = count};
    enum err_code rc;

    sb_init(&body, BODY_COMMIT);
    if (count > COMMIT_FILES_MAX)
        return err_set(err, ERR_LIMIT, "%zu files are more than one commit takes (%d)", count,
                       COMMIT_FILES_MAX);
    for (size_t i = 0; i < count; i++)
        list[i] = (struct commit_file){files[i].path, files[i].bytes, files[i].is_executable};
    rc = commit_write(&request, &body, err);
    if (rc)
        return rc;
    write.body = sb_sv(&body);
    rc = deploy_write(task, r->deploy, &write, &reply, err);
    if (!rc)
        keep(commit, COMMIT_ID_SIZE, json_sv(reply->json, "commitId"));
    if (rc && reply != NULL && sv_eq(reply->error_name, SV("NoChangeException"))) {
        keep(commit, COMMIT_ID_SIZE, parent);
        return ERR_OK;
    }
    return rc;
}

enum err_code repository_delete(struct task *task, struct pipeline_repository *r, struct err *err)
{
    const struct asker a = asker_of(task, r);
    const struct ask_member name[] = {{"repositoryName", r->name}, ASK_END};
    const struct aws_reply *reply;

    return ask_write(&a, OP_DELETE_REPOSITORY, name, "delete the repository and all its history",
                     &reply, err);
}
