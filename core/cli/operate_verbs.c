/* penstock release, stop, retry, rollback, approve, reject, transition, override, build, wait: what
 * is done to a pipeline that is there. Each resolves its words, fills an act and carries it out;
 * the cache then holds what AWS says of it. */
#include "core/cli/act_verb.h"
#include "core/cli/out.h"
#include "core/cli/place.h"
#include "core/cli/variables_ask.h"
#include "core/cli/waiting.h"

struct operate_row {
    enum action_id action;
    enum place_kind kind;
};

static struct sv copy(struct act *act, const char *text)
{
    return text == NULL ? SV("") : arena_sv(&act->arena, sv_of(text));
}

static enum err_code fill_pairs(struct act *act, const struct cli_pairs *from,
                                struct name_value **out, size_t *count, struct err *err)
{
    *out = arena_alloc(&act->arena, from->count + 1, sizeof **out);
    if (*out == NULL)
        return arena_err(&act->arena, err);
    *count = from->count;
    for (size_t i = 0; i < from->count; i++) {
        struct sv value;

        (*out)[i].name = sv_cut(sv_of(from->items[i]), '=', &value);
        (*out)[i].value = value.ptr == NULL ? SV("") : value;
    }
    return ERR_OK;
}

/* What the options say; words that a verb does not take were refused before. */
static enum err_code fill(struct cli *cli, struct act *act, struct operand *operand,
                          struct err *err)
{
    struct operation_input *in = &act->input.operation;
    enum err_code rc;

    in->operands = operand;
    in->operand_count = 1;
    in->reason = copy(act, cli_option(cli, OPTION_REASON));
    in->comment = copy(act, cli_option(cli, OPTION_COMMENT));
    in->is_abandon = cli_option(cli, OPTION_ABANDON) != NULL;
    in->is_all = cli_option(cli, OPTION_ALL_ACTIONS) != NULL;
    in->condition =
        copy(act, act->action == ACTION_OVERRIDE && cli->arg_count > 2 ? cli->args[2] : NULL);
    in->branch = in->from = SV("");
    rc = fill_pairs(act, &cli->revisions, &in->revisions, &in->revision_count, err);
    return rc ? rc : fill_pairs(act, &cli->variables, &in->variables, &in->variable_count, err);
}

/* "sales-prod: Succeeded"; pending: what it waits for, "" when it has ended. */
static enum err_code tell_rest(struct cli *cli, struct sv name, enum status status,
                               const char *pending, struct err *err)
{
    struct out out;
    struct jw w;
    enum err_code rc;

    out_init(&out);
    if (cli->format == CLI_JSON) {
        jw_init(&w, &out.text, err);
        jw_open(&w, '{');
        jw_put_int(&w, "schema", 1);
        jw_put_sv(&w, "pipeline", name);
        jw_put_sv(&w, "status", sv_of(status_aws(status)));
        if (pending[0] != '\0')
            jw_put_sv(&w, "pending", sv_of(pending));
        jw_close(&w, '}');
        rc = jw_done(&w);
    } else {
        rc = sb_add_safe(&out.text, name, err);
        if (!rc)
            rc = sb_addf(&out.text, err, ": %s", status_aws(status));
    }
    if (!rc)
        rc = sb_addc(&out.text, '\n', err);
    if (!rc)
        rc = out_flush(&out, err);
    out_release(&out);
    return rc;
}

static enum err_code wait_for(struct cli *cli, struct session *s, const struct waiting_for *what,
                              bool any_end, bool tells, struct err *err)
{
    enum status status = STATUS_UNKNOWN;
    struct err why = {0};
    enum err_code rc = waiting_run(s, what, &status, &why);

    if (!rc && tells)
        rc = tell_rest(cli, what->id.name, status, "", err);
    else if (rc == ERR_PENDING && tells && cli->format == CLI_JSON &&
             tell_rest(cli, what->id.name, status, why.text, err))
        return ERR_FAILED;
    if (rc && err != NULL)
        *err = why;
    if (rc || any_end || status_is_success(status))
        return rc;
    return err_set(err, ERR_FAILED, SV_FMT " ended as %s", SV_ARG(sv_take(what->id.name, 100)),
                   status_aws(status));
}

/* What was done is in the cache when the verb ends, for whoever looks next. */
static enum err_code finish(struct cli *cli, struct bench *b, const struct act *act,
                            struct operand *operand, struct err *err)
{
    struct waiting_for what = {
        .id = operand->id, .execution = sv_of(act->execution), .timeout_s = cli->timeout_s};
    struct sync_result result;

    if (act->job.step_count == 0 || operand->id.name.len == 0)
        return ERR_OK;
    if (cli_option(cli, OPTION_WAIT) != NULL && act->job.state == JOB_DONE)
        return wait_for(cli, &b->session, &what, act->action == ACTION_STOP,
                        cli->format != CLI_JSON, err);
    return session_sync(&b->session, &operand->id.name, 1, &result, err);
}

static enum err_code run_act(struct cli *cli, struct bench *b, enum action_id action,
                             struct operand *operand, struct err *err)
{
    bool only_plan = cli_option(cli, OPTION_DRY_RUN) != NULL;
    struct act *act;
    struct err lost = {0};
    enum err_code rc = act_new(action, &b->deploy, b->session.net, &act, err);
    enum err_code end;

    if (rc)
        return rc;
    rc = fill(cli, act, operand, err);
    if (!rc && action == ACTION_RELEASE)
        rc = variables_ask(&b->session, &operand->id, &act->arena, &act->input.operation, err);
    if (!rc)
        rc = act_carry_out(cli, b, act, only_plan, err);
    /* Also after a failure: what AWS has by now is what is to be seen. */
    end = finish(cli, b, act, operand, rc ? &lost : err);
    act_free(act);
    return rc ? rc : end;
}

/* ---- one target ---- */

/* stop and rollback find theirs in what AWS lists for their plan. */
static bool wants_whole_id(enum action_id action)
{
    return action == ACTION_APPROVE || action == ACTION_REJECT || action == ACTION_RETRY;
}

static int operate(struct cli *cli, const struct operate_row *row, const struct place_words *words)
{
    CLEANUP(arena_release) struct arena arena;
    struct operand operand;
    struct bench b;
    struct err err = {0};
    int status = 0;

    arena_init(&arena, 32 << 20);
    if (bench_open_all(&b, cli, &err))
        return cli_fail(&err);
    if (place_find(&b.session, words, row->kind, &arena, &operand, &err)) {
        status = cli_fail(&err);
    } else {
        if (cli_option(cli, OPTION_EXECUTION) != NULL)
            operand.execution_id = sv_of(cli_option(cli, OPTION_EXECUTION));
        if (row->action == ACTION_ROLLBACK && cli->arg_count > 2)
            operand.execution_id = sv_of(cli->args[2]);
        if ((wants_whole_id(row->action) &&
             place_execution(&b.session, operand.execution_id, PLACE_TO_ACT, &arena, &operand,
                             &err)) ||
            run_act(cli, &b, row->action, &operand, &err))
            status = cli_fail(&err);
    }
    bench_close(&b);
    return status;
}

/* ---- the verbs ---- */

static struct place_words words_of(const struct cli *cli, size_t from, size_t most)
{
    size_t end = from + most < cli->arg_count ? from + most : cli->arg_count;

    return (struct place_words){.name = cli->args[from],
                                .stage = from + 1 < end ? cli->args[from + 1] : NULL,
                                .action = from + 2 < end ? cli->args[from + 2] : NULL};
}

static int operate_on(struct cli *cli, enum action_id action, enum place_kind kind, size_t words)
{
    struct place_words where = words_of(cli, 0, words);

    return operate(cli, &(struct operate_row){action, kind}, &where);
}

int run_release(struct cli *cli)
{
    return operate_on(cli, ACTION_RELEASE, PLACE_PIPELINE, 1);
}

int run_stop(struct cli *cli)
{
    return operate_on(cli, ACTION_STOP, PLACE_PIPELINE, 1);
}

int run_retry(struct cli *cli)
{
    return operate_on(cli, ACTION_RETRY, PLACE_FAILED, 2);
}

int run_rollback(struct cli *cli)
{
    return operate_on(cli, ACTION_ROLLBACK, PLACE_STAGE, 2);
}

int run_approve(struct cli *cli)
{
    return operate_on(cli, ACTION_APPROVE, PLACE_APPROVAL, 3);
}

int run_reject(struct cli *cli)
{
    return operate_on(cli, ACTION_REJECT, PLACE_APPROVAL, 3);
}

int run_override(struct cli *cli)
{
    return operate_on(cli, ACTION_OVERRIDE, PLACE_STAGE, 2);
}

static int wrong_word(const struct cli *cli, const char *first, const char *second)
{
    struct err err;

    err_set(&err, ERR_USAGE, "%s takes %s or %s, not \"%s\"", cli->verb, first, second,
            cli->args[0]);
    return cli_fail(&err);
}

int run_transition(struct cli *cli)
{
    bool enables = strcmp(cli->args[0], "enable") == 0;
    struct place_words where = words_of(cli, 1, 2);

    if (!enables && strcmp(cli->args[0], "disable") != 0)
        return wrong_word(cli, "enable", "disable");
    return operate(
        cli, &(struct operate_row){enables ? ACTION_ENABLE : ACTION_DISABLE, PLACE_STAGE}, &where);
}

/* ---- builds ---- */

struct identity {
    struct deploy *deploy;
};

static enum err_code who(struct task *task, void *owner, struct err *err)
{
    return deploy_who(task, ((struct identity *)owner)->deploy, err);
}

/* A build's id does not tell its account: it is that of the one context. */
int run_build(struct cli *cli)
{
    bool stops = strcmp(cli->args[0], "stop") == 0;
    struct bench b;
    struct identity identity = {&b.deploy};
    struct operand operand = {.stage = SV(""), .action = SV(""), .execution_id = SV("")};
    struct err err = {0};
    int status = 0;

    if (!stops && strcmp(cli->args[0], "retry") != 0)
        return wrong_word(cli, "stop", "retry");
    if (bench_open(&b, cli, &err))
        return cli_fail(&err);
    operand.build = sv_of(cli->args[1]);
    operand.environment = operand.stack = operand.repository = SV("");
    operand.commit = operand.path = operand.id.name = SV("");
    if (errand_run(b.session.net, who, &identity, &err)) {
        status = cli_fail(&err);
    } else {
        operand.id.partition = sv_of(b.deploy.partition);
        operand.id.account = sv_of(b.deploy.account);
        operand.id.region = sv_of(b.deploy.region);
        if (run_act(cli, &b, stops ? ACTION_STOP_BUILD : ACTION_RETRY_BUILD, &operand, &err))
            status = cli_fail(&err);
    }
    bench_close(&b);
    return status;
}

/* ---- wait ---- */

int run_wait(struct cli *cli)
{
    CLEANUP(arena_release) struct arena arena;
    struct place_words words = words_of(cli, 0, 1);
    struct waiting_for what = {.execution = SV(""), .timeout_s = cli->timeout_s};
    struct operand operand;
    struct session s;
    struct err err = {0};
    int status = 0;

    arena_init(&arena, 32 << 20);
    if (session_open(&s, cli, false, &err))
        return cli_fail(&err);
    if (place_find(&s, &words, PLACE_PIPELINE, &arena, &operand, &err)) {
        status = cli_fail(&err);
    } else {
        what.id = operand.id;
        if (wait_for(cli, &s, &what, false, true, &err))
            status = cli_fail(&err);
    }
    session_close(&s);
    return status;
}
