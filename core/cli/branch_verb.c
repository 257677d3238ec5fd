/* penstock branch: the branches of a pipeline's repository, made and promoted. */
#include "core/base/json.h"
#include "core/cli/act_verb.h"
#include "core/cli/logical.h"
#include "core/cli/out.h"
#include "core/cli/reader.h"
#include "core/operate/repository_page.h"
#include "core/views/repository_text.h"

enum { ARENA_CAP = 64 << 20, COLS = 200 };

struct asking {
    struct session *session;
    struct arena arena;
    struct operand what;
    struct repository_source *sources;
    size_t source_count;
    struct out out;
};

/* The pipeline's own repository; a source that is none of CodeCommit's is said to be what it is. */
static enum err_code locate(struct asking *a, struct err *err)
{
    struct operand pipeline = {.repository = SV(""), .commit = SV(""), .path = SV("")};
    enum err_code rc =
        logical_find(a->session, a->session->cli->args[1], &a->arena, &pipeline.id, err);

    if (!rc)
        rc = repository_sources(a->session->cache, &pipeline.id, &a->arena, &a->sources,
                                &a->source_count, err);
    if (!rc)
        rc = repository_own(a->session->cache, &pipeline, &a->arena, &a->what, err);
    if (rc || a->what.repository.len > 0)
        return rc;
    if (a->source_count == 0)
        return err_set(err, ERR_NOT_FOUND, "no source of %.100s is known: run penstock sync",
                       a->session->cli->args[1]);
    return err_set(
        err, ERR_NOT_FOUND, "%.100s takes %s, whose branches are not CodeCommit's%s" SV_FMT,
        a->session->cli->args[1], source_words(&a->sources[0]),
        a->sources[0].link.len > 0 ? ": " : "", SV_ARG(sv_take(a->sources[0].link, 200)));
}

/* ---- the list ---- */

static enum err_code print(struct asking *a, const struct repository_page *page, struct err *err)
{
    const struct view_look look = {.now_ms = a->session->now_ms, .is_wide = true};
    struct sb *out = &a->out.text;
    struct page text;
    struct jw w;
    enum err_code rc;

    if (a->session->cli->format != CLI_JSON) {
        page_init(&text, &look, COLS, page_to_sb, out, err);
        branches_write(page, a->sources, a->source_count, &text);
        return page_done(&text);
    }
    jw_init(&w, out, err);
    jw_open(&w, '{');
    repository_page_json(&w, page, false);
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code list(struct asking *a, struct err *err)
{
    struct repository_page page;
    struct reader reader = {0};
    int64_t read_at;
    enum err_code rc = locate(a, err);

    if (!rc && !a->session->cli->is_cached)
        rc = reader_open(&reader, a->session, err);
    if (!rc && !a->session->cli->is_cached)
        rc = reader_run(&reader, repository_page_read, &a->what, err);
    reader_close(&reader);
    if (!rc)
        rc = repository_page_get(a->session->cache, &a->what, &a->arena, &page, &read_at, err);
    return rc ? rc : print(a, &page, err);
}

static int run_list(struct cli *cli)
{
    struct session s;
    struct asking a = {.session = &s};
    struct err err = {0};
    int status = 0;

    if (session_open(&s, cli, cli->is_cached, &err))
        return cli_fail(&err);
    arena_init(&a.arena, ARENA_CAP);
    out_init(&a.out);
    if (list(&a, &err)) {
        out_release(&a.out);
        status = cli_fail(&err);
    } else {
        status = out_end(&a.out, 0);
    }
    arena_release(&a.arena);
    session_close(&s);
    return status;
}

/* ---- create and promote ---- */

static enum err_code carry_out(struct cli *cli, struct bench *b, enum action_id action,
                               struct asking *a, struct err *err)
{
    bool only_plan = cli_option(cli, OPTION_DRY_RUN) != NULL;
    struct act *act;
    enum err_code rc = act_new(action, &b->deploy, b->session.net, &act, err);

    if (rc)
        return rc;
    a->what.commit = sv_of(cli->args[2]);
    act->input.operation.operands = &a->what;
    act->input.operation.operand_count = 1;
    act->input.operation.branch = sv_of(cli->args[2]);
    act->input.operation.from = sv_of(cli_option(cli, OPTION_FROM));
    act->input.operation.reason = sv_of(cli_option(cli, OPTION_REASON));
    rc = act_carry_out(cli, b, act, only_plan, err);
    act_free(act);
    return rc;
}

static int operate(struct cli *cli, enum action_id action)
{
    struct bench b;
    struct asking a = {.session = &b.session};
    struct err err = {0};
    enum err_code rc;

    if (bench_open_all(&b, cli, &err))
        return cli_fail(&err);
    arena_init(&a.arena, ARENA_CAP);
    rc = locate(&a, &err);
    if (!rc)
        rc = carry_out(cli, &b, action, &a, &err);
    arena_release(&a.arena);
    bench_close(&b);
    return rc ? cli_fail(&err) : 0;
}

static int wrong(const char *sentence)
{
    struct err err;

    err_set(&err, ERR_USAGE, "%s", sentence);
    return cli_fail(&err);
}

int run_branch(struct cli *cli)
{
    bool promotes = strcmp(cli->args[0], "promote") == 0;

    if (strcmp(cli->args[0], "list") == 0)
        return cli->arg_count == 2 ? run_list(cli) : wrong("branch list takes NAME only");
    if (!promotes && strcmp(cli->args[0], "create") != 0)
        return wrong("branch takes list, create or promote");
    if (cli->arg_count < 3)
        return wrong("branch create and promote need NAME and BRANCH");
    if (promotes && cli_option(cli, OPTION_FROM) == NULL)
        return wrong("branch promote needs --from, the branch with what is new");
    return operate(cli, promotes ? ACTION_PROMOTE : ACTION_CREATE_BRANCH);
}
