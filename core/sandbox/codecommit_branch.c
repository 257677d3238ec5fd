/* Branches: listed, made, deleted, and which one is the default. */
#include "core/base/mem.h"
#include "core/sandbox/codecommit_repo.h"
#include "core/sandbox/members.h"

enum { BRANCHES_PAGE = 100 };

struct page {
    struct call *c;
    cJSON *list;
    int64_t first;
    int64_t seen;
};

static enum err_code list_one(void *owner, struct sv branch, const char *commit UNUSED,
                              struct err *err UNUSED)
{
    struct page *p = owner;

    if (p->seen >= p->first && p->seen < p->first + BRANCHES_PAGE)
        (void)call_add(p->c, p->list, NULL, item_text(branch));
    p->seen++;
    return p->c->rc;
}

void codecommit_list_branches(struct call *c)
{
    struct sv token = call_text(c, "nextToken", false);
    struct page p = {.c = c};
    struct repo repo;

    if (token.len > 0 && (!sv_to_int(token, &p.first) || p.first < 1 || p.first > INT32_MAX))
        call_fail(c, 400, "InvalidContinuationTokenException",
                  "The specified continuation token is not valid.");
    p.list = call_add(c, c->out, "branches", cJSON_CreateArray());
    if (repo_open(c, &repo) && call_ok(c, repository_branches(repo.git, list_one, &p, c->err)) &&
        p.seen > p.first + BRANCHES_PAGE)
        (void)repo_check(
            c, member_putf(c->out, "nextToken", "%lld", (long long)p.first + BRANCHES_PAGE));
    repo_close(&repo);
}

/* The head of the branch; false: the call has failed. */
static bool head(struct repo *repo, struct sv branch, char commit[OBJECT_SIZE])
{
    struct call *c = repo->c;

    if (c->has_failed || !call_ok(c, repository_branch(repo->git, branch, commit, c->err)))
        return false;
    if (commit[0] == '\0')
        call_fail(c, 400, "BranchDoesNotExistException", "Branch " SV_FMT " does not exist",
                  SV_ARG(branch));
    return !c->has_failed;
}

static void put_branch(struct call *c, const char *name, struct sv branch, const char *commit)
{
    cJSON *out = call_add(c, c->out, name, cJSON_CreateObject());

    (void)repo_check(c, out != NULL && member_put(out, "branchName", branch) &&
                            member_put(out, "commitId", sv_of(commit)));
}

void codecommit_get_branch(struct call *c)
{
    char commit[OBJECT_SIZE];
    struct repo repo;

    if (repo_open(c, &repo)) {
        struct sv branch = codecommit_branch_name(c, "branchName");

        if (head(&repo, branch, commit))
            put_branch(c, "branch", branch, commit);
    }
    repo_close(&repo);
}

static void find_commit(struct repo *repo, struct sv id, char found[OBJECT_SIZE])
{
    struct call *c = repo->c;

    if (c->has_failed)
        return;
    if (id.len == 0)
        call_fail(c, 400, "CommitIdRequiredException", "A commit ID was not specified.");
    else if (id.len != OBJECT_SIZE - 1)
        call_fail(c, 400, "InvalidCommitIdException", "The specified commit ID is not valid.");
    else if (call_ok(c, repository_find_commit(repo->git, id, found, c->err)) && found[0] == '\0')
        call_fail(c, 400, "CommitDoesNotExistException",
                  "Commit does not exist in the repository: " SV_FMT, SV_ARG(id));
}

static void move(struct repo *repo, struct sv branch, const char *old, const char *new)
{
    struct call *c = repo->c;
    struct branch_move m = {.branch = branch, .old = old, .new = new};

    if (!c->has_failed)
        (void)call_ok(c, codecommit_moved(c->service, &repo->place, repo->git, true, &m, c->err));
}

void codecommit_create_branch(struct call *c)
{
    char old[OBJECT_SIZE] = "";
    char commit[OBJECT_SIZE] = "";
    struct repo repo;

    if (repo_open(c, &repo)) {
        struct sv branch = codecommit_branch_name(c, "branchName");

        find_commit(&repo, call_text(c, "commitId", false), commit);
        if (!c->has_failed && call_ok(c, repository_branch(repo.git, branch, old, c->err)) &&
            old[0] != '\0')
            call_fail(c, 400, "BranchNameExistsException", "Branch " SV_FMT " already exists",
                      SV_ARG(branch));
        move(&repo, branch, "", commit);
    }
    repo_close(&repo);
}

void codecommit_delete_branch(struct call *c)
{
    char commit[OBJECT_SIZE] = "";
    struct repo repo;

    if (repo_open(c, &repo)) {
        struct sv branch = codecommit_branch_name(c, "branchName");

        if (!c->has_failed && sv_eq(branch, json_sv(repo.record, "defaultBranch")))
            call_fail(c, 400, "DefaultBranchCannotBeDeletedException",
                      "The specified branch is the default branch for the repository, and cannot "
                      "be deleted. To delete this branch, you must first set another branch as the "
                      "default branch.");
        /* One that is not there is no error: there is nothing to tell then. */
        if (!c->has_failed && call_ok(c, repository_branch(repo.git, branch, commit, c->err)) &&
            commit[0] != '\0') {
            put_branch(c, "deletedBranch", branch, commit);
            move(&repo, branch, commit, "");
        }
    }
    repo_close(&repo);
}

void codecommit_default_branch(struct call *c)
{
    char commit[OBJECT_SIZE];
    struct repo repo;

    if (repo_open(c, &repo)) {
        struct sv branch = codecommit_branch_name(c, "defaultBranchName");

        if (head(&repo, branch, commit) &&
            repo_check(c, member_put(repo.record, "defaultBranch", branch)) && repo_save(&repo))
            (void)call_ok(c, repository_point_head(repo.git, branch, c->err));
    }
    repo_close(&repo);
}
