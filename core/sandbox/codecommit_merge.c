/* One branch forwarded to another, and whether two can be merged. */
#include "core/base/mem.h"
#include "core/sandbox/codecommit_repo.h"
#include "core/sandbox/members.h"

/* How far tips may be apart is written nowhere; this is far more than anybody promotes at once. */
enum { DIVERGENCE_MAX = 1000 };

static bool commit_of(struct repo *repo, const char *member, char commit[OBJECT_SIZE])
{
    struct call *c = repo->c;
    struct sv specifier = call_text(c, member, true);

    if (!c->has_failed && specifier.len == 0)
        call_fail(c, 400, "CommitRequiredException", "A commit was not specified.");
    return !c->has_failed && repo_commit_of(repo, member, true, commit);
}

/* Which branch moves: the target, else the destination, which must be a branch then. */
static struct sv target_of(struct repo *repo, char head[OBJECT_SIZE])
{
    struct call *c = repo->c;
    bool is_given = json_get(c->in, "targetBranch") != NULL;
    struct sv branch = call_text(c, is_given ? "targetBranch" : "destinationCommitSpecifier", true);

    if (sv_starts(branch, SV("refs/heads/")))
        branch = sv_drop(branch, 11);
    if (!c->has_failed && branch.len == 0)
        call_fail(c, 400, "BranchNameRequiredException",
                  "A branch name is required, but was not specified.");
    else if (!c->has_failed && !repository_is_branch_name(branch))
        call_fail(c, 400, is_given ? "InvalidTargetBranchException" : "InvalidBranchNameException",
                  "The specified target branch is not valid.");
    if (c->has_failed || !call_ok(c, repository_branch(repo->git, branch, head, c->err)))
        return SV_NONE;
    if (head[0] == '\0')
        call_fail(c, 400, "BranchDoesNotExistException", "Branch " SV_FMT " does not exist",
                  SV_ARG(sv_take(branch, 256)));
    return branch;
}

/* The histories of both, told apart; false: the call has failed. */
static bool compare(struct repo *repo, const char *destination, const char *source, size_t *behind,
                    size_t *ahead)
{
    struct call *c = repo->c;

    if (c->has_failed ||
        !call_ok(c, repository_divergence(repo->git, destination, source, behind, ahead, c->err)))
        return false;
    if (*behind > DIVERGENCE_MAX || *ahead > DIVERGENCE_MAX)
        call_fail(c, 400, "TipsDivergenceExceededException",
                  "The divergence between the tips of the provided commit specifiers is too great "
                  "to determine whether there might be any merge conflicts. Locally compare the "
                  "specifiers using git diff or a diff tool.");
    return !c->has_failed;
}

static void forward(struct repo *repo, struct sv branch, const char *head, const char *source)
{
    struct call *c = repo->c;
    struct branch_move move = {.branch = branch, .old = head, .new = source};
    struct commit_text text = {0};
    size_t behind = 0;
    size_t ahead = 0;

    if (!compare(repo, head, source, &behind, &ahead))
        return;
    if (behind > 0)
        call_fail(c, 400, "ManualMergeRequiredException",
                  "The branches cannot be merged by fast-forward: " SV_FMT
                  " has %zu commits that the source has not. You must manually merge the branches "
                  "and resolve any conflicts.",
                  SV_ARG(branch), behind);
    sb_init(&text.message, REPLY_BODY_MAX);
    if (!c->has_failed && call_ok(c, repository_read_commit(repo->git, source, &text, c->err)) &&
        (ahead == 0 ||
         call_ok(c, codecommit_moved(c->service, &repo->place, repo->git, true, &move, c->err)))) {
        call_put(c, "commitId", sv_of(source));
        call_put(c, "treeId", sv_of(text.tree));
    }
    sb_release(&text.message);
}

void codecommit_fast_forward(struct call *c)
{
    char source[OBJECT_SIZE] = "";
    char destination[OBJECT_SIZE] = "";
    char head[OBJECT_SIZE] = "";
    struct repo repo;

    if (repo_open(c, &repo) && commit_of(&repo, "sourceCommitSpecifier", source) &&
        commit_of(&repo, "destinationCommitSpecifier", destination)) {
        struct sv branch = target_of(&repo, head);

        if (!c->has_failed && strcmp(head, destination) != 0)
            call_fail(c, 400, "ConcurrentReferenceUpdateException",
                      "The merge cannot be completed because the target branch has been modified. "
                      "Wait a few minutes, and then try again.");
        forward(&repo, branch, head, source);
    }
    repo_close(&repo);
}

/* ---- GetMergeConflicts ---- */

static enum err_code put_conflict(void *owner, struct sv path, struct err *err UNUSED)
{
    struct call *c = owner;
    cJSON *list = cJSON_GetObjectItemCaseSensitive(c->out, "conflictMetadataList");
    cJSON *item = call_add(c, list, NULL, cJSON_CreateObject());

    if (item != NULL)
        (void)repo_check(c, member_put(item, "filePath", path) &&
                                member_put_int(item, "numberOfConflicts", 1) &&
                                member_set(item, "contentConflict", cJSON_CreateTrue()));
    return c->rc;
}

void codecommit_merge_conflicts(struct call *c)
{
    struct sv option = call_text(c, "mergeOption", true);
    bool is_forward = sv_eq(option, SV("FAST_FORWARD_MERGE"));
    char source[OBJECT_SIZE] = "";
    char destination[OBJECT_SIZE] = "";
    char base[OBJECT_SIZE] = "";
    size_t behind = 0;
    size_t ahead = 0;
    struct repo repo;

    if (!c->has_failed && !is_forward && !sv_eq(option, SV("SQUASH_MERGE")) &&
        !sv_eq(option, SV("THREE_WAY_MERGE")))
        call_fail(c, 400, "InvalidMergeOptionException",
                  "The specified merge option is not valid for this operation.");
    if (repo_open(c, &repo) && commit_of(&repo, "sourceCommitSpecifier", source) &&
        commit_of(&repo, "destinationCommitSpecifier", destination) &&
        compare(&repo, destination, source, &behind, &ahead)) {
        cJSON *list = call_add(c, c->out, "conflictMetadataList", cJSON_CreateArray());

        if (behind > 0 && !is_forward)
            (void)call_ok(c, repository_conflicts(repo.git, destination, source, base, put_conflict,
                                                  c, c->err));
        call_put(c, "destinationCommitId", sv_of(destination));
        call_put(c, "sourceCommitId", sv_of(source));
        if (base[0] != '\0')
            call_put(c, "baseCommitId", sv_of(base));
        (void)call_add(
            c, c->out, "mergeable",
            cJSON_CreateBool(behind == 0 || (!is_forward && list != NULL && list->child == NULL)));
    }
    repo_close(&repo);
}
