/* penstock stack: a pipeline's CloudFormation stacks, one of them whole, and what can be done to
 * it. */
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/cli/act_verb.h"
#include "core/cli/logical.h"
#include "core/cli/out.h"
#include "core/cli/reader.h"
#include "core/operate/stack_page.h"
#include "core/operate/stacks.h"
#include "core/views/stack_text.h"

enum { ARENA_CAP = 64 << 20, COLS = 200 };

struct asking {
    struct session *session;
    struct arena arena;
    struct pipeline_id id;
    struct stack_list list;
    int64_t read_at; /* 0 = the list is not known */
    struct operand what;
    struct out out;
};

static struct view_look look_of(const struct session *s)
{
    return (struct view_look){
        .now_ms = s->now_ms, .is_utf8 = text_is_utf8() && !s->cli->is_ascii, .is_wide = true};
}

/* ---- the list ---- */

static enum err_code get_list(struct asking *a, struct err *err)
{
    return stack_list_get(a->session->cache, &a->id, &a->arena, &a->list, &a->read_at, err);
}

static enum err_code read_list(struct asking *a, struct reader *r, struct err *err)
{
    const struct operand what = {.id = a->id};
    enum err_code rc = a->session->cli->is_cached ? ERR_OK : reader_run(r, stacks_read, &what, err);

    return rc ? rc : get_list(a, err);
}

static bool is_of(const struct stack_row *stack, const struct pipeline_row *pipeline)
{
    bool is_its_action = sv_starts(stack->where, pipeline->id.name) &&
                         sv_starts(sv_drop(stack->where, pipeline->id.name.len), SV("/"));

    return is_its_action || sv_eq(stack->environment, pipeline->environment) ||
           (stack->where.len == 0 && stack->environment.len == 0);
}

/* Of a CodePipeline that is one of several in its logical pipeline, only its own stacks. */
static enum err_code narrow(struct asking *a, struct err *err)
{
    const struct pipeline_row *own = NULL;
    struct pipeline_row *rows;
    size_t count = 0;
    size_t kept = 0;
    enum err_code rc =
        cache_siblings(a->session->cache, a->id.partition, a->id.account, a->id.region,
                       a->list.pipeline, &a->arena, &rows, &count, err);

    for (size_t i = 0; i < count && !rc; i++) {
        if (sv_eq(rows[i].id.name, sv_of(a->session->cli->args[0])))
            own = &rows[i];
    }
    if (rc || own == NULL || count < 2)
        return rc;
    for (size_t i = 0; i < a->list.count; i++) {
        if (is_of(&a->list.rows[i], own))
            a->list.rows[kept++] = a->list.rows[i];
    }
    a->list.count = kept;
    return ERR_OK;
}

static enum err_code print_list(struct asking *a, struct err *err)
{
    const struct view_look look = look_of(a->session);
    struct sb *out = &a->out.text;
    struct page page;
    struct jw w;
    enum err_code rc;

    if (a->session->cli->format != CLI_JSON) {
        page_init(&page, &look, COLS, page_to_sb, out, err);
        stack_list_write(&a->list, a->session->cli->is_cached ? a->read_at : 0, &page);
        return page_done(&page);
    }
    jw_init(&w, out, err);
    jw_open(&w, '{');
    stack_list_json(&w, &a->list, false);
    jw_put_time(&w, "read", a->read_at);
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : sb_addc(out, '\n', err);
}

/* ---- one ---- */

/* By name or ARN; one that the list does not have is looked for where the pipeline is. */
static enum err_code find_stack(struct asking *a, const char *word, struct err *err)
{
    const struct stack_row *found = NULL;
    struct sv name = sv_of(word);

    a->what = (struct operand){.id = a->id, .stack = name, .stage = SV("")};
    for (size_t i = 0; i < a->list.count; i++) {
        const struct stack_row *row = &a->list.rows[i];

        if (!sv_eq(row->name, name) && !sv_eq(row->id, name))
            continue;
        if (found != NULL)
            return err_set(err, ERR_USAGE,
                           "stack " SV_FMT " is in several places: give its ARN, as in penstock "
                           "stack NAME --json",
                           SV_ARG(sv_take(name, 128)));
        found = row;
    }
    if (found == NULL)
        return ERR_OK;
    a->what.id.account = found->account;
    a->what.id.region = found->region;
    a->what.id.name = a->list.pipeline;
    a->what.stage = found->environment;
    a->what.environment = found->environment;
    if (found->id.len > 0)
        a->what.stack = found->id;
    return ERR_OK;
}

/* Where a stack is, the list of before tells well enough. */
static enum err_code locate(struct asking *a, struct reader *r, const char *word, struct err *err)
{
    struct err none;
    enum err_code rc = ERR_OK;

    if (get_list(a, &none))
        rc = read_list(a, r, err);
    return rc ? rc : find_stack(a, word, err);
}

static enum err_code print_page(struct asking *a, const struct stack_page *stack, int64_t read_at,
                                struct err *err)
{
    const struct view_look look = look_of(a->session);
    const struct stack_text text = {.page = stack,
                                    .account = a->what.id.account,
                                    .region = a->what.id.region,
                                    .read_at = a->session->cli->is_cached ? read_at : 0,
                                    .only_events =
                                        cli_option(a->session->cli, OPTION_EVENTS) != NULL};
    struct sb *out = &a->out.text;
    struct page page;
    struct jw w;
    enum err_code rc;

    if (a->session->cli->format != CLI_JSON) {
        page_init(&page, &look, COLS, page_to_sb, out, err);
        stack_page_write(&text, &page);
        return page_done(&page);
    }
    jw_init(&w, out, err);
    jw_open(&w, '{');
    stack_page_json(&w, stack, false);
    jw_put_sv(&w, "account", a->what.id.account);
    jw_put_sv(&w, "region", a->what.id.region);
    jw_put_sv(&w, "pipeline", a->what.id.name);
    jw_put_time(&w, "read", read_at);
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code show_stack(struct asking *a, struct reader *r, struct err *err)
{
    struct cli *cli = a->session->cli;
    reading_fn *fn = cli_option(cli, OPTION_DRIFT) != NULL ? stack_drift_read : stack_read;
    struct stack_page page;
    int64_t read_at;
    enum err_code rc = locate(a, r, cli->args[1], err);

    if (!rc && !cli->is_cached)
        rc = reader_run(r, fn, &a->what, err);
    if (!rc)
        rc = stack_page_get(a->session->cache, &a->what, &a->arena, &page, &read_at, err);
    return rc ? rc : print_page(a, &page, read_at, err);
}

static enum err_code show(struct asking *a, struct err *err)
{
    struct cli *cli = a->session->cli;
    struct reader reader = {0};
    enum err_code rc = logical_find(a->session, cli->args[0], &a->arena, &a->id, err);

    if (!rc && !cli->is_cached)
        rc = reader_open(&reader, a->session, err);
    if (!rc && cli->arg_count > 1)
        rc = show_stack(a, &reader, err);
    else if (!rc)
        rc = read_list(a, &reader, err);
    if (!rc && cli->arg_count == 1)
        rc = narrow(a, err);
    if (!rc && cli->arg_count == 1)
        rc = print_list(a, err);
    reader_close(&reader);
    return rc;
}

static int run_show(struct cli *cli)
{
    struct session s;
    struct asking a = {.session = &s};
    struct err err = {0};
    int status = 0;

    if (session_open(&s, cli, cli->is_cached, &err))
        return cli_fail(&err);
    arena_init(&a.arena, ARENA_CAP);
    out_init(&a.out);
    if (show(&a, &err)) {
        out_release(&a.out);
        status = cli_fail(&err);
    } else {
        status = out_end(&a.out, 0);
    }
    arena_release(&a.arena);
    session_close(&s);
    return status;
}

/* ---- what is done to it ---- */

static enum err_code fill(struct cli *cli, struct act *act, struct operand *what, struct err *err)
{
    struct operation_input *in = &act->input.operation;

    in->operands = what;
    in->operand_count = 1;
    in->reason = sv_of(cli_option(cli, OPTION_REASON));
    in->skipped = arena_alloc(&act->arena, cli->skipped.count + 1, sizeof *in->skipped);
    if (in->skipped == NULL)
        return arena_err(&act->arena, err);
    for (size_t i = 0; i < cli->skipped.count; i++)
        in->skipped[in->skipped_count++] = sv_of(cli->skipped.items[i]);
    return ERR_OK;
}

/* What AWS has by now is what pages show; that it cannot be read changes nothing. */
static void read_again(struct asking *a, struct reader *r)
{
    const struct operand list = {.id = a->id};
    struct err lost;

    if (reader_run(r, stack_read, &a->what, &lost) || reader_run(r, stacks_read, &list, &lost))
        log_info("%s", lost.text);
}

static enum err_code carry_out(struct cli *cli, struct bench *b, enum action_id action,
                               struct asking *a, struct reader *r, struct err *err)
{
    bool only_plan = cli_option(cli, OPTION_DRY_RUN) != NULL;
    struct act *act;
    enum err_code rc = act_new(action, &b->deploy, b->session.net, &act, err);

    if (rc)
        return rc;
    rc = fill(cli, act, &a->what, err);
    if (!rc)
        rc = act_carry_out(cli, b, act, only_plan, err);
    act_free(act);
    if (!only_plan)
        read_again(a, r);
    return rc;
}

static int operate(struct cli *cli, enum action_id action)
{
    struct bench b;
    struct asking a = {.session = &b.session};
    struct reader reader = {0};
    struct err err = {0};
    enum err_code rc;

    if (bench_open_all(&b, cli, &err))
        return cli_fail(&err);
    arena_init(&a.arena, ARENA_CAP);
    rc = logical_find(a.session, cli->args[0], &a.arena, &a.id, &err);
    if (!rc)
        rc = reader_open(&reader, a.session, &err);
    if (!rc)
        rc = locate(&a, &reader, cli->args[2], &err);
    if (!rc)
        rc = carry_out(cli, &b, action, &a, &reader, &err);
    reader_close(&reader);
    arena_release(&a.arena);
    bench_close(&b);
    return rc ? cli_fail(&err) : 0;
}

int run_stack(struct cli *cli)
{
    struct err err;

    if (cli->arg_count == 1 && cli_option(cli, OPTION_DRIFT) != NULL) {
        err_set(&err, ERR_USAGE,
                "--drift needs STACK, one of those that penstock stack %.100s lists", cli->args[0]);
        return cli_fail(&err);
    }
    if (cli->arg_count < 3)
        return run_show(cli);
    if (strcmp(cli->args[1], "continue-rollback") == 0)
        return operate(cli, ACTION_CONTINUE_ROLLBACK);
    if (strcmp(cli->args[1], "delete") == 0)
        return operate(cli, ACTION_DELETE_STACK);
    err_set(&err, ERR_USAGE,
            "stack NAME takes continue-rollback or delete before STACK, not \"%s\"", cli->args[1]);
    return cli_fail(&err);
}
