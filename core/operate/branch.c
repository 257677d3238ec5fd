/* Operations on branches: make one, and promote one to another's place by a fast-forward, which
 * moves a branch on and never loses a commit. */
#include "core/model/branch.h"

#include "core/aws/codecommit.h"
#include "core/base/json.h"
#include "core/operate/commits.h"
#include "core/operate/divergence.h"
#include "core/operate/feeds.h"
#include "core/operate/repository_parts.h"
#include "core/operate/turn.h"

enum { SHORT_COMMIT = 8, LIST_MAX = 2000, NEWEST_SHOWN = 3, TITLE_SHOWN = 60 };

struct found {
    struct sv from;   /* the commit that the source stands at */
    struct sv source; /* the source's name */
    struct sv head;   /* of the branch that is moved; "" = there is none */
};

/* ---- looking ---- */

static struct sv shortened(struct sv commit)
{
    return sv_take(commit, SHORT_COMMIT);
}

/* *out is "" when there is no such branch. */
static enum err_code ask_head(struct turn *t, struct sv branch, struct sv *out, struct err *err)
{
    const struct ask_member members[] = {
        {"repositoryName", t->operand->repository}, {"branchName", branch}, ASK_END};
    const struct aws_reply *reply;
    struct err why = {0};
    struct sv id;
    enum err_code rc = turn_ask(t, OP_GET_BRANCH, members, &reply, &why);

    *out = SV("");
    if (rc == ERR_NOT_FOUND && reply != NULL &&
        sv_eq(reply->error_name, SV("BranchDoesNotExistException")))
        return ERR_OK;
    if (!rc)
        rc = decode_branch(reply->json, &id, &why);
    return rc ? err_set(err, rc, "%s", why.text) : turn_keep(t, id, out, err);
}

static enum err_code ask_commit(struct turn *t, struct sv id, struct err *err)
{
    const struct ask_member members[] = {
        {"repositoryName", t->operand->repository}, {"commitId", id}, ASK_END};
    const struct aws_reply *reply;

    return turn_ask(t, OP_GET_COMMIT, members, &reply, err);
}

/* Without a word the repository's default branch is meant. */
static enum err_code read_repository(struct turn *t, struct found *f, struct err *err)
{
    const struct ask_member name[] = {{"repositoryName", t->operand->repository}, ASK_END};
    const struct aws_reply *reply;
    struct repository repository = {0};
    enum err_code rc = turn_ask(t, OP_GET_REPOSITORY, name, &reply, err);

    if (!rc)
        rc = decode_repository(reply->json, t->arena, &repository, err);
    if (rc)
        return rc;
    f->source = t->input->from.len > 0 ? t->input->from : repository.default_branch;
    t->resource = repository.arn;
    return ERR_OK;
}

static enum err_code read_source(struct turn *t, struct found *f, struct err *err)
{
    enum err_code rc;

    if (f->source.len == 0)
        return turn_text(t, &t->refusal, err, "the repository has no commit yet");
    f->from = f->source;
    if (commit_id_fits(f->source))
        return ask_commit(t, f->source, err);
    rc = ask_head(t, f->source, &f->from, err);
    if (rc || f->from.len > 0)
        return rc;
    return err_set(err, ERR_NOT_FOUND, "repository " SV_FMT " has no branch " SV_FMT,
                   SV_ARG(sv_take(t->operand->repository, 100)), SV_ARG(sv_take(f->source, 100)));
}

static enum err_code begin(struct turn *t, struct found **out, struct err *err)
{
    struct found *f = arena_alloc(t->arena, 1, sizeof *f);

    if (f == NULL)
        return arena_err(t->arena, err);
    *f = (struct found){.from = SV(""), .source = SV(""), .head = SV("")};
    t->found = *out = f;
    if (t->operand->repository.len == 0)
        return err_set(err, ERR_USAGE, "which repository is meant is not said");
    return read_repository(t, f, err);
}

static bool is_there(const struct found *f)
{
    return f->head.len > 0;
}

/* ---- make a branch ---- */

static enum err_code tell_create(struct turn *t, const struct found *f, struct err *err)
{
    CLEANUP(sb_release) struct sb names;
    struct sv environments;
    enum err_code rc;

    sb_init(&names, LIST_MAX);
    rc = feeds_find(t, t->input->branch, &names, &environments, err);
    if (!rc)
        rc = turn_text(t, &t->state, err, SV_FMT " at " SV_FMT "%s", SV_ARG(f->source),
                       SV_ARG(shortened(f->from)), is_there(f) ? ", the branch is there" : "");
    return rc ? rc
              : turn_text(t, &t->effect, err, "makes branch " SV_FMT " at " SV_FMT "%s%s",
                          SV_ARG(sv_take(t->input->branch, 200)), SV_ARG(shortened(f->from)),
                          names.len > 0 ? ": starts pipeline " : "", sb_cstr(&names));
}

static enum err_code refuse_create(struct turn *t, const struct found *f, struct err *err)
{
    const char *fault = branch_fault(t->input->branch);

    if (fault != NULL)
        return turn_wrong(t, err, "the branch's name %s", fault);
    if (!is_there(f))
        return ERR_OK;
    if (sv_eq(f->head, f->from)) {
        t->is_settled = true;
        return turn_text(t, &t->effect, err, "nothing: the branch is there, at that commit");
    }
    return turn_text(t, &t->refusal, err,
                     "there is a branch " SV_FMT " already, at " SV_FMT ": promote moves it on",
                     SV_ARG(sv_take(t->input->branch, 200)), SV_ARG(shortened(f->head)));
}

static enum err_code look_create(struct turn *t, struct err *err)
{
    struct found *f = NULL;
    enum err_code rc = begin(t, &f, err);

    if (!rc)
        rc = read_source(t, f, err);
    if (!rc && t->refusal.len == 0 && branch_fault(t->input->branch) == NULL)
        rc = ask_head(t, t->input->branch, &f->head, err);
    if (!rc)
        rc = tell_create(t, f, err);
    return rc || t->refusal.len > 0 ? rc : refuse_create(t, f, err);
}

static enum err_code send_create(struct turn *t, struct err *err)
{
    const struct found *f = t->found;
    const struct ask_member members[] = {{"repositoryName", t->operand->repository},
                                         {"branchName", t->input->branch},
                                         {"commitId", f->from},
                                         ASK_END};
    const struct aws_reply *reply;
    enum err_code rc =
        turn_text(t, &t->then, err, "the branch is at " SV_FMT, SV_ARG(shortened(f->from)));

    if (!rc)
        rc = turn_send(t, OP_CREATE_BRANCH, members, "create the branch", &reply, err);
    return rc ? rc
              : turn_text(t, &t->result, err, "the branch is at " SV_FMT,
                          SV_ARG(shortened(f->from)));
}

/* Is the branch where it was to be? */
static enum err_code was_moved(struct turn *t, bool *is_done, struct err *err)
{
    const struct found *f = t->found;
    struct sv head;
    enum err_code rc = ask_head(t, t->input->branch, &head, err);

    if (rc)
        return rc;
    *is_done = sv_eq(head, f->from);
    return turn_text(t, &t->result, err, "the branch is at " SV_FMT, SV_ARG(shortened(head)));
}

static enum err_code put_repository(const struct turn *t, const char *command, struct sb *out,
                                    struct err *err)
{
    enum err_code rc = line_aws(t, "codecommit", command, out, err);

    return rc ? rc : line_option(out, "repository-name", t->operand->repository, err);
}

static enum err_code aws_create(const struct turn *t, struct sb *out, struct err *err)
{
    const struct found *f = t->found;
    enum err_code rc = put_repository(t, "create-branch", out, err);

    if (!rc)
        rc = line_option(out, "branch-name", t->input->branch, err);
    return rc ? rc : line_option(out, "commit-id", f->from, err);
}

static enum err_code put_own_line(const struct turn *t, const char *word, struct sb *out,
                                  struct err *err)
{
    enum err_code rc = line_own(t, word, out, err);

    if (!rc)
        rc = line_word(out, t->operand->id.name, err);
    if (!rc)
        rc = line_word(out, t->input->branch, err);
    return rc ? rc : line_option(out, "from", t->input->from, err);
}

static enum err_code own_create(const struct turn *t, struct sb *out, struct err *err)
{
    return put_own_line(t, "branch create", out, err);
}

const struct operation operation_create_branch = {
    .iam = "codecommit:CreateBranch",
    .verb = "create branch",
    .look = look_create,
    .send = send_create,
    .was_done = was_moved,
    .aws_line = aws_create,
    .own_line = own_create,
};

/* ---- promote ---- */

static struct commits_ask ask_of(const struct turn *t, const struct found *f)
{
    return (struct commits_ask){.asker = {t->task, t->deploy, t->session, t->operand->id.account},
                                .at = t->operand->id,
                                .repository = t->operand->repository,
                                .before = f->head,
                                .after = f->from};
}

/* ". The newest: 1a2b3c4d fix the parser; 9f8e7d6c drop the view": what was counted is kept, so
 * that AWS is mostly not asked again; without it the count is told. */
static enum err_code add_newest(struct turn *t, const struct found *f, struct sb *out,
                                struct err *err)
{
    const struct commits_ask ask = ask_of(t, f);
    struct commit *commits = NULL;
    size_t count = 0;
    bool is_cut;
    struct err why = {0};
    enum err_code rc = commits_between(&ask, t->arena, &commits, &count, &is_cut, &why);

    if (rc == ERR_CANCELLED)
        return err_set(err, rc, "%s", why.text);
    if (rc)
        return ERR_OK;
    for (size_t i = 0; i < count && i < NEWEST_SHOWN && !rc; i++)
        rc = sb_addf(out, err, "%s" SV_FMT " " SV_FMT, i == 0 ? ". The newest: " : "; ",
                     SV_ARG(shortened(commits[i].id)),
                     SV_ARG(sv_take(commit_title(&commits[i]), TITLE_SHOWN)));
    return rc;
}

static enum err_code tell_promote(struct turn *t, const struct found *f, const struct divergence *d,
                                  struct err *err)
{
    CLEANUP(sb_release) struct sb names;
    CLEANUP(sb_release) struct sb newest;
    struct sv environments;
    enum err_code rc;

    sb_init(&names, LIST_MAX);
    sb_init(&newest, LIST_MAX);
    rc = feeds_find(t, t->input->branch, &names, &environments, err);
    if (!rc && d->ahead > 0 && d->behind == 0)
        rc = add_newest(t, f, &newest, err);
    if (!rc)
        rc = turn_text(t, &t->state, err, SV_FMT " at " SV_FMT ", " SV_FMT " at " SV_FMT,
                       SV_ARG(sv_take(t->input->branch, 200)), SV_ARG(shortened(f->head)),
                       SV_ARG(sv_take(f->source, 200)), SV_ARG(shortened(f->from)));
    return rc ? rc
              : turn_text(t, &t->effect, err, "moves %s%s" SV_FMT " by %s%zu commit%s%s%s%s",
                          environments.len > 0 ? environments.ptr : "",
                          environments.len > 0 ? "'s branch " : "branch ",
                          SV_ARG(sv_take(t->input->branch, 200)),
                          d->ahead_is_more ? "more than " : "", d->ahead, d->ahead == 1 ? "" : "s",
                          names.len > 0 ? ": starts pipeline " : "", sb_cstr(&names),
                          sb_cstr(&newest));
}

/* AWS judges it for good: where the paths did not meet within the walk it may still be one. */
static enum err_code judge(struct turn *t, const struct found *f, const struct divergence *d,
                           struct err *err)
{
    if (d->ahead == 0 && !d->behind_is_more) {
        t->is_settled = true;
        return turn_text(t, &t->effect, err, "nothing: " SV_FMT " has all of " SV_FMT " already",
                         SV_ARG(sv_take(t->input->branch, 200)), SV_ARG(sv_take(f->source, 200)));
    }
    if (d->behind > 0 && !d->behind_is_more && !d->ahead_is_more)
        return turn_text(t, &t->refusal, err,
                         "it is no fast-forward: " SV_FMT " has %zu commit%s that " SV_FMT
                         " lacks, which has %zu of its own: merge them with git first",
                         SV_ARG(sv_take(t->input->branch, 200)), d->behind,
                         d->behind == 1 ? "" : "s", SV_ARG(sv_take(f->source, 200)), d->ahead);
    if (d->ahead_is_more || d->behind_is_more)
        return turn_text(t, &t->hint, err,
                         "the two are further apart than is counted here: CodeCommit refuses it "
                         "when it is no fast-forward");
    return ERR_OK;
}

static enum err_code compare(struct turn *t, const struct found *f, struct divergence *out,
                             struct err *err)
{
    const struct commits_ask ask = ask_of(t, f);

    return divergence_find(&ask, t->arena, out, err);
}

static enum err_code look_promote(struct turn *t, struct err *err)
{
    struct divergence d = {0};
    struct found *f = NULL;
    enum err_code rc = begin(t, &f, err);

    if (!rc && t->input->branch.len == 0)
        return err_set(err, ERR_USAGE, "which branch is to be moved is not said");
    if (!rc)
        rc = read_source(t, f, err);
    if (!rc)
        rc = ask_head(t, t->input->branch, &f->head, err);
    if (!rc && !is_there(f))
        return err_set(err, ERR_NOT_FOUND,
                       "repository " SV_FMT " has no branch " SV_FMT ": branch create makes it",
                       SV_ARG(sv_take(t->operand->repository, 100)),
                       SV_ARG(sv_take(t->input->branch, 100)));
    if (!rc && !sv_eq(f->head, f->from))
        rc = compare(t, f, &d, err);
    if (!rc)
        rc = tell_promote(t, f, &d, err);
    return rc ? rc : judge(t, f, &d, err);
}

static enum err_code explain(const struct aws_reply *reply, enum err_code rc, struct err *err)
{
    static const char *const names[] = {"TipsDivergenceExceededException",
                                        "ManualMergeRequiredException",
                                        "TipOfSourceReferenceIsDifferentException"};

    for (size_t i = 0; reply != NULL && i < ARRAY_LEN(names); i++) {
        if (sv_eq(reply->error_name, sv_of(names[i])))
            return err_set(err, ERR_FAILED,
                           "it is no fast-forward (%s), and nothing was moved: merge the branches "
                           "with git first",
                           names[i]);
    }
    return rc;
}

static enum err_code send_promote(struct turn *t, struct err *err)
{
    const struct found *f = t->found;
    const struct ask_member members[] = {{"repositoryName", t->operand->repository},
                                         {"sourceCommitSpecifier", f->from},
                                         {"destinationCommitSpecifier", t->input->branch},
                                         {"targetBranch", t->input->branch},
                                         ASK_END};
    const struct aws_reply *reply;
    enum err_code rc =
        turn_send(t, OP_MERGE_BRANCHES_BY_FAST_FORWARD, members, "move the branch on", &reply, err);

    return rc ? explain(reply, rc, err)
              : turn_text(t, &t->result, err, "the branch is at " SV_FMT,
                          SV_ARG(shortened(f->from)));
}

static enum err_code aws_promote(const struct turn *t, struct sb *out, struct err *err)
{
    const struct found *f = t->found;
    enum err_code rc = put_repository(t, "merge-branches-by-fast-forward", out, err);

    if (!rc)
        rc = line_option(out, "source-commit-specifier", f->from, err);
    if (!rc)
        rc = line_option(out, "destination-commit-specifier", t->input->branch, err);
    return rc ? rc : line_option(out, "target-branch", t->input->branch, err);
}

static enum err_code own_promote(const struct turn *t, struct sb *out, struct err *err)
{
    return put_own_line(t, "branch promote", out, err);
}

const struct operation operation_promote = {
    .iam = "codecommit:MergeBranchesByFastForward",
    .verb = "promote",
    .look = look_promote,
    .send = send_promote,
    .was_done = was_moved,
    .aws_line = aws_promote,
    .own_line = own_promote,
};
