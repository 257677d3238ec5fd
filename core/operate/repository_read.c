/* Reading a repository: its branches with their heads and how far they are from the default one,
 * the commits of a branch, and what a commit changed. */
#include "core/aws/commits.h"
#include "core/operate/divergence.h"
#include "core/operate/reach.h"
#include "core/operate/repository_parts.h"

enum { TEXTS_MAX = 64 << 20, BODY_MAX = 16 * 1024, COMPARED_MAX = 30, BATCH_MAX = 100 };

/* ---- what all of them need ---- */

bool commit_id_fits(struct sv text)
{
    bool fits = text.len == 40;

    for (size_t i = 0; i < text.len && fits; i++)
        fits = (text.ptr[i] >= '0' && text.ptr[i] <= '9') ||
               (text.ptr[i] >= 'a' && text.ptr[i] <= 'f');
    return fits;
}

enum err_code repository_begin(struct repository_look *l, struct task *task, struct deploy *deploy,
                               const struct operand *what, struct err *err)
{
    enum err_code rc;

    *l = (struct repository_look){.asker = {.task = task, .deploy = deploy}};
    arena_init(&l->arena, TEXTS_MAX);
    rc = repository_own(deploy->cache, what, &l->arena, &l->own, err);
    if (rc || l->own.repository.len == 0)
        return rc;
    l->what = &l->own;
    l->asker.account = l->own.id.account;
    return reach_place(task, deploy, NULL, l->own.id.account, l->own.id.region, &l->asker.session,
                       NULL, err);
}

void repository_end(struct repository_look *l)
{
    arena_release(&l->arena);
}

static enum err_code ask_head(struct repository_look *l, struct sv branch, struct sv *out,
                              struct err *err)
{
    const struct ask_member members[] = {
        {"repositoryName", l->what->repository}, {"branchName", branch}, ASK_END};
    const struct aws_reply *reply;
    struct sv id;
    enum err_code rc = ask_read(&l->asker, OP_GET_BRANCH, members, &reply, err);

    if (!rc)
        rc = decode_branch(reply->json, &id, err);
    if (rc)
        return rc;
    *out = arena_sv(&l->arena, id);
    return out->ptr == NULL ? arena_err(&l->arena, err) : ERR_OK;
}

enum err_code repository_resolve(struct repository_look *l, struct sv branch_or_commit,
                                 struct sv *out, struct err *err)
{
    if (!commit_id_fits(branch_or_commit))
        return ask_head(l, branch_or_commit, out, err);
    *out = branch_or_commit;
    return ERR_OK;
}

static struct commits_ask ask_of(const struct repository_look *l, struct sv before, struct sv after)
{
    return (struct commits_ask){.asker = l->asker,
                                .at = l->what->id,
                                .repository = l->what->repository,
                                .before = before,
                                .after = after};
}

/* ---- branches ---- */

struct naming {
    struct repository_look *look;
    struct repository_page *page;
};

static enum err_code take_names(void *owner, const struct aws_reply *reply, struct err *err)
{
    struct naming *n = owner;
    struct sv *names;
    size_t count = 0;
    enum err_code rc = decode_branches(reply->json, &n->look->arena, &names, &count, err);

    for (size_t i = 0; i < count && !rc; i++) {
        if (n->page->branch_count == BRANCH_ROWS_MAX)
            n->page->is_cut = true;
        else
            n->page->branches[n->page->branch_count++] = (struct branch_row){
                .name = names[i], .head = {.id = SV("")}, .ahead = -1, .behind = -1};
    }
    return rc;
}

static enum err_code read_names(struct repository_look *l, struct repository_page *page,
                                struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    struct naming n = {l, page};
    struct jw w;
    enum err_code rc;

    page->branches = arena_alloc(&l->arena, BRANCH_ROWS_MAX, sizeof *page->branches);
    if (page->branches == NULL)
        return arena_err(&l->arena, err);
    sb_init(&body, BODY_MAX);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "repositoryName", l->what->repository);
    jw_close(&w, '}');
    rc = jw_done(&w);
    l->asker.deploy->calls++;
    return rc ? rc
              : aws_await_pages(l->asker.task, l->asker.session, OP_LIST_BRANCHES, sb_sv(&body),
                                take_names, &n, err);
}

/* The default one first, then by name. */
static void sort(struct repository_page *page)
{
    for (size_t i = 1; i < page->branch_count; i++) {
        struct branch_row row = page->branches[i];
        bool is_default = sv_eq(row.name, page->repository.default_branch);
        size_t k = i;

        for (; k > 0; k--) {
            const struct branch_row *before = &page->branches[k - 1];

            if (sv_eq(before->name, page->repository.default_branch) ||
                (!is_default && sv_cmp(before->name, row.name) <= 0))
                break;
            page->branches[k] = *before;
        }
        page->branches[k] = row;
    }
}

static enum err_code read_metadata(struct repository_look *l, struct repository_page *page,
                                   struct err *err)
{
    const struct ask_member name[] = {{"repositoryName", l->what->repository}, ASK_END};
    const struct aws_reply *reply;
    struct err why = {0};
    enum err_code rc = ask_read(&l->asker, OP_GET_REPOSITORY, name, &reply, &why);

    if (rc == ERR_NOT_FOUND)
        return err_set(err, rc, "there is no repository " SV_FMT " in account " SV_FMT ", " SV_FMT,
                       SV_ARG(sv_take(l->what->repository, 100)), SV_ARG(l->what->id.account),
                       SV_ARG(l->what->id.region));
    if (rc)
        return err_set(err, rc, "%s", why.text);
    return decode_repository(reply->json, &l->arena, &page->repository, err);
}

/* A branch that was deleted meanwhile is none. */
static enum err_code read_heads(struct repository_look *l, struct repository_page *page,
                                struct err *err)
{
    size_t kept = 0;

    for (size_t i = 0; i < page->branch_count; i++) {
        struct branch_row row = page->branches[i];
        struct err why = {0};
        enum err_code rc = ask_head(l, row.name, &row.head.id, &why);

        if (rc == ERR_NOT_FOUND)
            continue;
        if (rc)
            return err_set(err, rc, "%s", why.text);
        page->branches[kept++] = row;
    }
    page->branch_count = kept;
    return ERR_OK;
}

static enum err_code write_batch(const struct repository_look *l,
                                 const struct repository_page *page, struct sb *body,
                                 struct err *err)
{
    struct jw w;

    jw_init(&w, body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "repositoryName", l->what->repository);
    jw_name(&w, "commitIds");
    jw_open(&w, '[');
    for (size_t i = 0; i < page->branch_count && i < BATCH_MAX; i++) {
        bool is_asked = false;

        for (size_t k = 0; k < i && !is_asked; k++)
            is_asked = sv_eq(page->branches[k].head.id, page->branches[i].head.id);
        if (!is_asked)
            jw_sv(&w, page->branches[i].head.id);
    }
    jw_close(&w, ']');
    jw_close(&w, '}');
    return jw_done(&w);
}

static enum err_code read_head_commits(struct repository_look *l, struct repository_page *page,
                                       struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct commit *commits;
    size_t count = 0;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    if (page->branch_count == 0)
        return ERR_OK;
    rc = write_batch(l, page, &body, err);
    if (!rc)
        rc = deploy_read(l->asker.task, l->asker.deploy, l->asker.session, OP_BATCH_GET_COMMITS,
                         sb_sv(&body), &reply, err);
    if (!rc)
        rc = decode_commits(reply->json, &l->arena, &commits, &count, err);
    for (size_t i = 0; i < page->branch_count; i++) {
        for (size_t k = 0; k < count; k++) {
            if (sv_eq(commits[k].id, page->branches[i].head.id))
                page->branches[i].head = commits[k];
        }
    }
    return rc;
}

/* Not being able to count costs the two numbers, no more. */
static enum err_code count(struct repository_look *l, const struct branch_row *base,
                           struct branch_row *row, struct err *err)
{
    const struct commits_ask ask = ask_of(l, base->head.id, row->head.id);
    struct divergence found;
    struct err why = {0};
    enum err_code rc = divergence_find(&ask, &l->arena, &found, &why);

    if (rc == ERR_NOT_FOUND || rc == ERR_DENIED)
        return ERR_OK;
    if (rc)
        return err_set(err, rc, "%s", why.text);
    row->ahead = (int64_t)found.ahead;
    row->behind = (int64_t)found.behind;
    row->ahead_is_more = found.ahead_is_more;
    row->behind_is_more = found.behind_is_more;
    return ERR_OK;
}

static enum err_code compare(struct repository_look *l, struct repository_page *page,
                             struct err *err)
{
    const struct branch_row *base = &page->branches[0];
    enum err_code rc = ERR_OK;

    if (page->branch_count == 0 || !sv_eq(base->name, page->repository.default_branch))
        return ERR_OK;
    for (size_t i = 1; i < page->branch_count && i <= COMPARED_MAX && !rc; i++)
        rc = count(l, base, &page->branches[i], err);
    return rc;
}

static enum err_code put_page(struct repository_look *l, const struct repository_page *page,
                              struct err *err)
{
    CLEANUP(sb_release) struct sb json;
    struct jw w;
    enum err_code rc;

    sb_init(&json, DOCUMENT_MAX);
    jw_init(&w, &json, err);
    jw_open(&w, '{');
    repository_page_json(&w, page, true);
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc
              : repository_put(l->asker.deploy, DOCUMENT_REPOSITORY, l->what, sb_sv(&json), err);
}

static enum err_code read_page(struct repository_look *l, struct err *err)
{
    struct repository_page page = {.is_cut = false};
    enum err_code rc = read_metadata(l, &page, err);

    if (!rc)
        rc = read_names(l, &page, err);
    if (!rc)
        rc = read_heads(l, &page, err);
    if (!rc)
        rc = read_head_commits(l, &page, err);
    if (rc)
        return rc;
    sort(&page);
    /* Shown while the walk that counts is still under way. */
    rc = put_page(l, &page, err);
    if (!rc)
        rc = compare(l, &page, err);
    return rc ? rc : put_page(l, &page, err);
}

static enum err_code run(struct task *task, struct deploy *deploy, const struct operand *what,
                         enum err_code (*fn)(struct repository_look *, struct err *),
                         struct err *err)
{
    struct repository_look l;
    enum err_code rc = repository_begin(&l, task, deploy, what, err);

    if (!rc && l.what != NULL)
        rc = fn(&l, err);
    repository_end(&l);
    return rc;
}

enum err_code repository_page_read(struct task *task, struct deploy *deploy,
                                   const struct operand *what, struct err *err)
{
    return run(task, deploy, what, read_page, err);
}

/* ---- a branch ---- */

static enum err_code put_commits(struct repository_look *l, const struct commit *commits,
                                 size_t count, bool is_cut, struct err *err)
{
    CLEANUP(sb_release) struct sb json;
    struct jw w;
    enum err_code rc;

    sb_init(&json, DOCUMENT_MAX);
    jw_init(&w, &json, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_name(&w, "commits");
    jw_open(&w, '[');
    for (size_t i = 0; i < count && i < BRANCH_COMMITS_MAX; i++) {
        jw_open(&w, '{');
        repository_put_commit(&w, &commits[i]);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    jw_put_bool(&w, "is_cut", is_cut);
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : repository_put(l->asker.deploy, DOCUMENT_BRANCH, l->what, sb_sv(&json), err);
}

static enum err_code read_branch(struct repository_look *l, struct err *err)
{
    struct commits_ask ask;
    struct commit *commits;
    size_t found = 0;
    bool is_cut = false;
    struct sv head;
    enum err_code rc = repository_resolve(l, l->what->commit, &head, err);

    if (rc)
        return rc;
    ask = ask_of(l, SV(""), head);
    rc = commits_between(&ask, &l->arena, &commits, &found, &is_cut, err);
    return rc ? rc : put_commits(l, commits, found, is_cut, err);
}

enum err_code branch_read(struct task *task, struct deploy *deploy, const struct operand *what,
                          struct err *err)
{
    return run(task, deploy, what, read_branch, err);
}

/* ---- a commit ---- */

static enum err_code ask_commit(struct repository_look *l, struct sv id, struct commit *out,
                                struct err *err)
{
    const struct ask_member members[] = {
        {"repositoryName", l->what->repository}, {"commitId", id}, ASK_END};
    const struct aws_reply *reply;
    enum err_code rc = ask_read(&l->asker, OP_GET_COMMIT, members, &reply, err);

    return rc ? rc : decode_commit(reply->json, &l->arena, out, err);
}

static enum err_code put_difference(struct repository_look *l, const struct commit_page *page,
                                    struct err *err)
{
    CLEANUP(sb_release) struct sb json;
    struct jw w;
    enum err_code rc;

    sb_init(&json, DOCUMENT_MAX);
    jw_init(&w, &json, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_name(&w, "commit");
    jw_open(&w, '{');
    repository_put_commit(&w, &page->commit);
    jw_close(&w, '}');
    jw_name(&w, "files");
    jw_open(&w, '[');
    for (size_t i = 0; i < page->file_count && i < CHANGED_FILES_MAX; i++) {
        jw_open(&w, '{');
        jw_put_sv(&w, "path", page->files[i].path);
        jw_put_sv(&w, "sign", sv_make(&page->files[i].sign, 1));
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    jw_put_bool(&w, "is_cut", page->is_cut);
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc
              : repository_put(l->asker.deploy, DOCUMENT_DIFFERENCE, l->what, sb_sv(&json), err);
}

static enum err_code read_commit(struct repository_look *l, struct err *err)
{
    struct commit_page page = {.is_cut = false};
    struct commits_ask ask;
    struct sv id;
    enum err_code rc = repository_resolve(l, l->what->commit, &id, err);

    if (!rc)
        rc = ask_commit(l, id, &page.commit, err);
    if (rc)
        return rc;
    ask = ask_of(l, page.commit.parent_count > 0 ? page.commit.parents[0] : SV(""), id);
    rc = commits_files(&ask, &l->arena, &page.files, &page.file_count, &page.is_cut, err);
    return rc ? rc : put_difference(l, &page, err);
}

enum err_code commit_read(struct task *task, struct deploy *deploy, const struct operand *what,
                          struct err *err)
{
    return run(task, deploy, what, read_commit, err);
}
